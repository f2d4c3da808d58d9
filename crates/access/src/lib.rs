//! Who may do what: roles, actions, and the rules in one file that a person can read, [`access.cedar`](RULES).
//!
//! [`Rules::check`] answers for one [`Caller`], one [`Action`] and one [`Resource`]. Nothing here knows HTTP, databases or
//! clocks: who the caller is has been found out before, and what follows from the answer is the server's business.
//!
//! ```
//! use greenlane_access::{Action, Caller, Resource, Role, Rules};
//!
//! let rules = Rules::embedded();
//! let officer = Caller { roles: [Role::Officer].into(), offices: ["3101".to_owned()].into(), ..Caller::default() };
//! let at = |office: &str| Resource::Matter { office: Some(office.to_owned()), parties: Vec::new() };
//! assert!(rules.check(&officer, Action::Decide, &at("3101")).is_ok());
//! assert!(rules.check(&officer, Action::Decide, &at("3102")).is_err());
//! ```

mod action;
mod caller;
mod resource;
mod role;
mod rules;

pub use action::Action;
pub use caller::{ALL_OFFICES, Caller, CallerKind};
pub use resource::Resource;
pub use role::Role;
pub use rules::{RULES, Refusal, Rules};
