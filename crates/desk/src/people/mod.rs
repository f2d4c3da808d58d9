//! People and machines: signing in, tokens, and the trail of what they did and what was refused.

mod accounts;
mod callers;
mod changes;
mod passwords;
mod secrets;
pub mod signing_in;
mod tokens;
mod trail;

pub use accounts::{AccountProblem, create_account, revoke_token};
pub use accounts::{check_account, check_name, check_offices};
pub use callers::{Callers, Credential, NotSignedIn};
pub use changes::declare_administration;
pub use changes::{Approved, approve, ask, reject, widened};
pub use passwords::PasswordProblem;
pub use secrets::{Secret, SecretError, SecretKind};
pub use signing_in::{FirstLogin, first_administrator, invite};
pub use signing_in::{SESSION_US, SignInError, open_session};
pub use tokens::{GivenToken, MOST_DAYS, TokenFor, give_token};
pub use trail::{ANONYMOUS, Refused, Trail, TrailKeeper, done};
