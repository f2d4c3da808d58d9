//! What is asked about.

/// What an action is done to, with all that rules may want to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A matter.
    Matter {
        /// Customs office, four digits; `None` if it is not known.
        office: Option<String>,
        /// Identifiers of the enterprises that are parties to it.
        parties: Vec<String>,
    },
    /// An enterprise of the registry.
    Enterprise {
        /// Its identifiers.
        ids: Vec<String>,
    },
    /// An event of an enterprise.
    Event {
        /// The office that records or recorded it, four digits; `None` if it was recorded for all of them.
        office: Option<String>,
    },
    /// A change that gives an account more rights, or lets somebody into it.
    AccountChange {
        /// Whose account.
        about: u64,
        /// The account that asked for it; `None` on the server itself.
        asked_by: Option<u64>,
    },
    /// A release of the law.
    Release {
        /// Accounts that uploaded or submitted it.
        proposed_by: Vec<u64>,
    },
    /// The login of an account: its password, sessions, tokens.
    Login {
        /// Whose.
        account: u64,
    },
    /// What has no attributes of its own: the log, the law, the metrics, the accounts as a whole.
    Service,
}
