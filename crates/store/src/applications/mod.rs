//! Applications as they are kept, and how they rest when the registry changes what they rest on.

mod rest;
pub(crate) mod rows;
pub(crate) mod sealed;

use greenlane_casework::{AnyState, Application, ApplicationKind, ApplicationStep, Given, Verdict};
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EnterpriseNumber, EntryNumber, RecordNumber};
use serde_json::{Map, Value};

pub(crate) use rest::{entry, make, rest, said, touch};

/// An application that is made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewApplication {
    /// What is asked for.
    pub kind: ApplicationKind,
    /// Customs office.
    pub office: Office,
    /// The enterprise, as the application names it.
    pub applicant: String,
    /// Its number in the registry.
    pub enterprise: EnterpriseNumber,
    /// The reform that an admission is to.
    pub programme: Option<String>,
    /// What the application states besides the registry.
    pub facts: Map<String, Value>,
}

/// An application as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptApplication {
    /// Its number.
    pub number: ApplicationNumber,
    /// What it is about.
    pub of: NewApplication,
    /// How far it has come.
    pub application: Application,
    /// Where it stands among those that wait: the lowest is next; `None` before it was submitted.
    pub stands_at: Option<i64>,
    /// Entry of the log with the decision that the state rests on.
    pub decision: Option<EntryNumber>,
    /// The registry's record that makes it count in decisions.
    pub record: Option<RecordNumber>,
    /// Login of whoever made it; `None` for those of earlier versions.
    pub author: Option<String>,
    /// 32 random bytes that seal the entry about it until it is submitted; `None` if it is nobody's secret.
    pub seal: Option<[u8; 32]>,
    /// When something that it rests on changed last, with the registry or by a person's move: microseconds since 1970-01-01
    /// UTC, and later with each change.
    pub touched_us: i64,
    /// Whether something has changed since it was last looked at.
    pub unchecked: bool,
    /// The next day on which something may happen by itself.
    pub look_on: Option<Day>,
    /// When it was made.
    pub opened_us: i64,
    /// When it was moved last.
    pub moved_us: i64,
}

/// What the law says about an application, and on what that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What it says; `None` where it does not count.
    pub verdict: Option<Verdict>,
    /// The entry of the decision; `None` for a draft, whose decision is not kept.
    pub entry: Option<EntryNumber>,
    /// [`KeptApplication::touched_us`] before it was decided: a later change makes it worthless.
    pub touched_us: i64,
}

/// A move by a person.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationMove {
    /// Which one.
    pub step: ApplicationStep,
    /// As what.
    pub actor: greenlane_casework::Actor,
    /// The days that it says.
    pub given: Given,
    /// Facts that it adds to the application, or states anew.
    pub facts: Map<String, Value>,
    /// For an admission: how many places its reform has at the office; `None`: as many as ask.
    pub places: Option<u64>,
}

/// When an application is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The day in China Standard Time.
    pub today: Day,
    /// How many days before something is due people are reminded.
    pub notice_days: i32,
    /// The instant, microseconds since 1970-01-01 UTC.
    pub us: i64,
}

/// Which applications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationFilter {
    /// Of this kind only.
    pub kind: Option<ApplicationKind>,
    /// In states of these names only; in any if there are none.
    pub states: Vec<&'static str>,
    /// Of this enterprise only.
    pub enterprise: Option<EnterpriseNumber>,
    /// To this reform only.
    pub programme: Option<String>,
    /// Something is due until this day.
    pub due_until: Option<Day>,
    /// At these customs offices; `None`: all.
    pub offices: Option<Vec<Office>>,
    /// What of drafts that are their author's alone.
    pub drafts: Drafts,
}

/// Which drafts that are private ([`greenlane_casework::Application::is_private`]) a reader sees in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Drafts {
    /// None.
    #[default]
    Hidden,
    /// Those that this login made.
    By(String),
    /// All: the list is of the reader's own enterprise.
    Own,
}

/// In which order, and after which one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationOrder {
    /// By number, after a number.
    Number(ApplicationNumber),
    /// As they are taken: those that were submitted, after a place and a number.
    Turn(i64, ApplicationNumber),
    /// The latest first, before a number.
    Latest(ApplicationNumber),
}

/// An application that was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct MovedApplication {
    /// As it is now.
    pub application: KeptApplication,
    /// The last entry of the log about it; `None` if nothing was moved.
    pub entry: Option<EntryNumber>,
}

impl KeptApplication {
    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> AnyState {
        self.application.state
    }
}
