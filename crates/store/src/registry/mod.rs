//! The enterprise registry and the history of enterprises, on two time axes: when something holds, and when it was
//! recorded.

mod changes;
mod enterprises;
mod events;
mod import;
mod lists;
mod lookup;
mod records;
mod store;

pub use crate::author::Author;
pub(crate) use changes::Change;
pub use changes::{Changed, RegistryError};
pub use enterprises::{Identifier, NewEnterprise};
pub(crate) use events::post_within as post_events;
pub use events::{Event, NewEvent};
pub use import::{Imported, ImportedEvents, Registration};
pub use lists::Enterprise;
pub use lookup::{Changes, EventDay, Found, LookedUp, Version};
pub use records::{NewRecord, Record, Withdrawal};
pub(crate) use records::{end_record, record_within};

/// What an identifier is. The number is kept and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentifierKind {
    /// Customs code (海关编码).
    CustomsCode,
    /// Unified social credit code (统一社会信用代码).
    Uscc,
    /// Code of an authorised economic operator.
    AeoCode,
    /// Any other.
    Other,
}

/// What a record states. The number is kept and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// Credit level.
    Level,
    /// Type of enterprise.
    Type,
    /// A licence: after its last day the flags it states are known to be false.
    Licence,
    /// A statement, such as of accounts.
    Statement,
    /// A registration; ends as a licence.
    Registration,
    /// Place in a pilot; ends as a licence.
    Pilot,
    /// Relation to another enterprise: group, supply chain.
    Relation,
    /// Anything else.
    Other,
}

/// Numbers and names of a closed list.
macro_rules! numbered {
    ($kind:ident: $($variant:ident = $number:literal $name:literal),+) => {
        impl $kind {
            /// All of them.
            pub const ALL: &[$kind] = &[$($kind::$variant),+];

            /// The number in the store.
            #[must_use]
            pub const fn number(self) -> i16 {
                match self { $($kind::$variant => $number),+ }
            }

            /// As in files and the API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($kind::$variant => $name),+ }
            }

            /// The one of that number.
            #[must_use]
            pub fn of_number(number: i16) -> Option<$kind> {
                $kind::ALL.iter().copied().find(|kind| kind.number() == number)
            }

            /// The one of that name.
            #[must_use]
            pub fn of_name(name: &str) -> Option<$kind> {
                $kind::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

numbered!(IdentifierKind: CustomsCode = 1 "customs_code", Uscc = 2 "uscc", AeoCode = 3 "aeo_code", Other = 4 "other");
numbered!(RecordKind: Level = 1 "level", Type = 2 "type", Licence = 3 "licence", Statement = 4 "statement",
    Registration = 5 "registration", Pilot = 6 "pilot", Relation = 7 "relation", Other = 8 "other");

impl RecordKind {
    /// Whether a flag that such a record stated is known to be false after its last day.
    #[must_use]
    pub fn ends_flags(self) -> bool {
        matches!(self, RecordKind::Licence | RecordKind::Registration | RecordKind::Pilot)
    }
}
