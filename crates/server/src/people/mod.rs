//! People and machines: signing in, tokens, and the trail of what they did and what was refused.

mod accounts;
mod callers;
mod changes;
mod passwords;
mod secrets;
pub(crate) mod signing_in;
mod tokens;
mod trail;

pub use accounts::{AccountProblem, create_account, revoke_token};
pub(crate) use accounts::{check_account, check_name, check_offices};
pub(crate) use callers::{Callers, Credential, NotSignedIn};
pub use changes::declare_administration;
pub(crate) use changes::{approve, ask, reject, widened};
pub use passwords::PasswordProblem;
pub use secrets::{Secret, SecretError, SecretKind};
pub use signing_in::{FirstLogin, first_administrator, invite};
pub(crate) use signing_in::{SESSION_US, SignInError, open_session};
pub use tokens::{GivenToken, MOST_DAYS, TokenFor, give_token};
pub(crate) use trail::{ANONYMOUS, Refused, Trail, TrailKeeper, done};
