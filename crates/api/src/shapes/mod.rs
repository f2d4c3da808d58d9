//! Shapes of bodies that are read or written by hand: for the description of the interface only.
#![expect(dead_code, reason = "they describe what other code reads and writes")]

pub mod casework;
pub mod compared;
pub mod registry;

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// A calendar day from 1900-01-01 to 2199-12-31, China Standard Time.
#[derive(ToSchema)]
#[schema(value_type = String, format = Date, example = "2024-08-30")]
pub struct Day(String);

/// An instant with its offset (RFC 3339), or a day, which stands for its end in China Standard Time.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Moment {
    Day(Day),
    Instant(Instant),
}

/// An instant with its offset (RFC 3339).
#[derive(ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2024-08-30T09:00:00+08:00")]
pub struct Instant(String);

/// A customs office, four digits, or `*` for all.
#[derive(ToSchema)]
#[schema(value_type = String, example = "3101")]
pub struct Offices(String);

/// A text; a number or a flag is taken as it is written.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Written {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// The value of a fact; of a family an object of its members, years or months. Null: unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum FactValue {
    Text(String),
    Number(f64),
    Flag(bool),
    Members(BTreeMap<String, MemberValue>),
    Unknown,
}

/// The value of a fact for one member, year or month. Null: unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum MemberValue {
    Text(String),
    Number(f64),
    Flag(bool),
    Unknown,
}

/// A matter's facts by name; which there are says `greenlane pack facts`.
#[derive(ToSchema)]
pub struct Facts {
    /// Names the matter for ever.
    #[schema(min_length = 1)]
    matter_id: String,
    /// Kind of matter: a code of the pack, such as `import_declaration`.
    #[schema(min_length = 1)]
    matter: String,
    /// The day whose law applies; today in China Standard Time if not said.
    decided_on: Option<Day>,
    /// Customs office, four digits.
    #[schema(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    #[serde(flatten)]
    facts: BTreeMap<String, FactValue>,
}

/// One matter, or many: at most 10,000.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Matters {
    One(Facts),
    Many(Vec<Facts>),
}

/// As in docs/decision.schema.json.
#[derive(ToSchema)]
pub struct Decision {
    matter_id: String,
}

/// A decision and its place in the log.
#[derive(ToSchema)]
pub struct Decided {
    /// Entry of the log; null for a dry run.
    entry: Option<u64>,
    decision: Decision,
    /// If the call asked with `sources=true`: names of facts by where they come from (`declarant`, `customs`, `officer`, `registry` and
    /// others, as in docs/decision.md); null for decisions that were recorded without.
    #[schema(required = false)]
    sources: Option<BTreeMap<String, Vec<String>>>,
}

/// A matter that was not decided.
#[derive(ToSchema)]
pub struct RejectedMatter {
    /// Which one, from 1; null if the message as a whole is meant.
    matter: Option<u64>,
    field: Option<String>,
    reason: String,
}

/// Decisions of many matters, and which matters could not be understood.
#[derive(ToSchema)]
pub struct DecidedMany {
    answers: Vec<Decided>,
    rejected: Vec<RejectedMatter>,
}

/// One matter is answered by one decision, a list or a message by many.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Decisions {
    One(Decided),
    Many(DecidedMany),
}

/// A case that fails.
#[derive(ToSchema)]
pub struct FailedCase {
    measure: String,
    case: String,
    reason: String,
}

/// What was done, or what was refused.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum What {
    Done {
        did: String,
        about: String,
    },
    Refused {
        /// Method and path.
        refused: String,
        /// Kind of problem.
        problem: String,
        why: String,
        /// Address.
        from: String,
        times: u64,
        /// Of refusals that were too many for an entry each: when the first of them was counted, and some of them.
        since_us: Option<i64>,
        samples: Option<Vec<RefusalSample>>,
    },
}

/// One of many refusals.
#[derive(ToSchema)]
pub struct RefusalSample {
    /// Method and path.
    refused: String,
    why: String,
    /// Address.
    from: String,
}

/// Which entries are delivered. A list that is empty leaves nothing out.
#[derive(ToSchema)]
pub struct Filter {
    /// Kinds of entries, such as `decision` or `pack`.
    kinds: Vec<String>,
    /// Decisions about these kinds of matters.
    matters: Vec<String>,
    /// Decisions that grant one of these measures.
    measures: Vec<String>,
    /// Decisions at these customs offices.
    offices: Vec<String>,
    /// Whether the receiver is one of customs' own, who learns what was drawn before enterprises are told.
    draws: bool,
}
