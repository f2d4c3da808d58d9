//! Bodies of the registry: enterprises, records, events.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::{Day, FactValue, Written};

/// An enterprise by at least one identifier.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnterprise {
    /// Ten digits or capitals.
    customs_code: Option<Written>,
    /// Unified social credit code, 18 digits or capitals.
    uscc: Option<Written>,
    aeo_code: Option<Written>,
    /// Any identifier, of whatever kind.
    enterprise: Option<Written>,
    name: Option<Written>,
    /// The paper behind it.
    ground: Option<Written>,
}

/// One enterprise, or a list of them: at most 10,000.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum NewEnterprises {
    One(NewEnterprise),
    Many(Vec<NewEnterprise>),
}

/// An enterprise that is known.
#[derive(ToSchema)]
pub struct Registered {
    /// Entry of the log that says so.
    entry: u64,
    /// Number of the enterprise.
    enterprise: u64,
    /// Whether it was not known before, or got another identifier or name.
    new: bool,
}

/// Enterprises of a list, in its order.
#[derive(ToSchema)]
pub struct RegisteredMany {
    enterprises: Vec<Registered>,
}

#[derive(ToSchema)]
#[serde(untagged)]
pub enum Registration {
    One(Registered),
    Many(RegisteredMany),
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    CustomsCode,
    Uscc,
    AeoCode,
    Other,
}

/// An identifier of an enterprise.
#[derive(ToSchema)]
pub struct Identifier {
    kind: IdentifierKind,
    id: String,
}

/// An enterprise.
#[derive(ToSchema)]
pub struct Enterprise {
    /// Its number.
    enterprise: u64,
    name: Option<String>,
    identifiers: Vec<Identifier>,
}

/// A fact's value; null if it is stated to be unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum KnownValue {
    Flag(bool),
    Count(u64),
    Text(String),
}

/// A fact and where it comes from.
#[derive(ToSchema)]
pub struct KnownFact {
    value: Option<KnownValue>,
    /// Record that states it; null if it was counted from events.
    record: Option<u64>,
}

/// What is known about an enterprise on a day, as known at an instant.
#[derive(ToSchema)]
pub struct KnownEnterprise {
    /// Its number.
    enterprise: u64,
    name: Option<String>,
    identifiers: Vec<Identifier>,
    on: Day,
    /// The instant that was asked for; null: now.
    as_of_us: Option<i64>,
    facts: BTreeMap<String, KnownFact>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    Level,
    Type,
    Licence,
    Statement,
    Registration,
    Pilot,
    Relation,
    Other,
}

/// What is stated about an enterprise: at least one fact, or `related`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// `other` if not said.
    kind: Option<RecordKind>,
    /// First day on which it holds.
    valid_from: Day,
    /// Last day on which it holds; null: no end is known.
    valid_to: Option<Day>,
    facts: Option<BTreeMap<String, FactValue>>,
    /// Any identifier of another enterprise, of a relation.
    related: Option<Written>,
    /// The legal ground, or the paper behind it.
    ground: Written,
}

/// How something was taken back.
#[derive(ToSchema)]
pub struct Withdrawn {
    /// The row that took it back.
    by: u64,
    ground: String,
    person: String,
    at_us: i64,
}

/// A value as it was stated. Null: unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum StatedValue {
    Text(String),
    Unknown,
}

/// What was stated about an enterprise.
#[derive(ToSchema)]
pub struct Record {
    record: u64,
    kind: RecordKind,
    valid_from: Day,
    valid_to: Option<Day>,
    /// By name; members, years and months as `tax_paid[2023]`.
    facts: BTreeMap<String, StatedValue>,
    /// Number of the other enterprise of a relation.
    related: Option<u64>,
    ground: String,
    /// Login of whoever recorded it.
    person: String,
    at_us: i64,
    withdrawn: Option<Withdrawn>,
}

/// A record that was written.
#[derive(ToSchema)]
pub struct RecordMade {
    entry: u64,
    enterprise: u64,
    record: u64,
}

/// Why something is taken back.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The legal ground, or the paper behind it.
    ground: Written,
}

/// A record that takes another one back.
#[derive(ToSchema)]
pub struct RecordWithdrawn {
    entry: u64,
    record: u64,
    withdraws: u64,
}

/// What happened to or with an enterprise.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// Any identifier of the enterprise.
    enterprise: Written,
    /// A kind of the pack, such as `finding`.
    kind: Written,
    on: Day,
    /// CNY with at most two decimals, of kinds that are summed.
    amount: Option<Written>,
    /// The paper behind it.
    reference: Option<Written>,
    /// The office that records it, four digits; its people alone withdraw it. Default: the one that the caller serves, or all
    /// for a caller of all offices.
    office: Option<Written>,
}

/// One event, or a list of them: at most 10,000.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum NewEvents {
    One(NewEvent),
    Many(Vec<NewEvent>),
}

/// An event that was written.
#[derive(ToSchema)]
pub struct EventMade {
    entry: u64,
    event: u64,
}

/// An event that was set aside.
#[derive(ToSchema)]
pub struct RejectedEvent {
    /// Which one, from 1.
    event: u64,
    field: Option<String>,
    reason: String,
}

/// Events that were written, in the order in which they came, and those that were set aside.
#[derive(ToSchema)]
pub struct EventsMade {
    entry: u64,
    events: Vec<u64>,
    rejected: Vec<RejectedEvent>,
}

#[derive(ToSchema)]
#[serde(untagged)]
pub enum Events {
    One(EventMade),
    Many(EventsMade),
}

/// What happened to or with an enterprise.
#[derive(ToSchema)]
pub struct Event {
    event: u64,
    kind: String,
    on: Day,
    /// CNY.
    #[schema(pattern = r"^-?[0-9]+\.[0-9]{2}$")]
    amount: String,
    reference: String,
    /// Login of whoever recorded it.
    person: String,
    at_us: i64,
    withdrawn: Option<Withdrawn>,
    /// The office that recorded it, four digits; null if it was recorded for all of them.
    office: Option<String>,
}

/// An event that takes another one back.
#[derive(ToSchema)]
pub struct EventWithdrawn {
    entry: u64,
    event: u64,
    withdraws: u64,
}
