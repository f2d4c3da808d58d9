//! Shapes of bodies that are read or written by hand: for the description of the interface only.
#![expect(dead_code, reason = "they describe what other code reads and writes")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// A calendar day from 1900-01-01 to 2199-12-31, China Standard Time.
#[derive(ToSchema)]
#[schema(value_type = String, format = Date, example = "2024-08-30")]
pub(crate) struct Day(String);

/// An instant with its offset (RFC 3339), or a day, which stands for its end in China Standard Time.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Moment {
    Day(Day),
    Instant(Instant),
}

/// An instant with its offset (RFC 3339).
#[derive(ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2024-08-30T09:00:00+08:00")]
pub(crate) struct Instant(String);

/// A customs office, four digits, or `*` for all.
#[derive(ToSchema)]
#[schema(value_type = String, example = "3101")]
pub(crate) struct Offices(String);

/// A text; a number or a flag is taken as it is written.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Written {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// The value of a fact; of a family an object of its members, years or months. Null: unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum FactValue {
    Text(String),
    Number(f64),
    Flag(bool),
    Members(BTreeMap<String, MemberValue>),
    Unknown,
}

/// The value of a fact for one member, year or month. Null: unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum MemberValue {
    Text(String),
    Number(f64),
    Flag(bool),
    Unknown,
}

/// A matter's facts by name; which there are says `greenlane pack facts`.
#[derive(ToSchema)]
pub(crate) struct Facts {
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
pub(crate) enum Matters {
    One(Facts),
    Many(Vec<Facts>),
}

/// As in docs/decision.schema.json.
#[derive(ToSchema)]
pub(crate) struct Decision {
    matter_id: String,
}

/// A decision and its place in the log.
#[derive(ToSchema)]
pub(crate) struct Decided {
    /// Entry of the log; null for a dry run.
    entry: Option<u64>,
    decision: Decision,
}

/// A matter that was not decided.
#[derive(ToSchema)]
pub(crate) struct RejectedMatter {
    /// Which one, from 1; null if the message as a whole is meant.
    matter: Option<u64>,
    field: Option<String>,
    reason: String,
}

/// Decisions of many matters, and which matters could not be understood.
#[derive(ToSchema)]
pub(crate) struct DecidedMany {
    answers: Vec<Decided>,
    rejected: Vec<RejectedMatter>,
}

/// One matter is answered by one decision, a list or a message by many.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Decisions {
    One(Decided),
    Many(DecidedMany),
}

/// An enterprise by at least one identifier.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEnterprise {
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
pub(crate) enum NewEnterprises {
    One(NewEnterprise),
    Many(Vec<NewEnterprise>),
}

/// An enterprise that is known.
#[derive(ToSchema)]
pub(crate) struct Registered {
    /// Entry of the log that says so.
    entry: u64,
    /// Number of the enterprise.
    enterprise: u64,
    /// Whether it was not known before, or got another identifier or name.
    new: bool,
}

/// Enterprises of a list, in its order.
#[derive(ToSchema)]
pub(crate) struct RegisteredMany {
    enterprises: Vec<Registered>,
}

#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Registration {
    One(Registered),
    Many(RegisteredMany),
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdentifierKind {
    CustomsCode,
    Uscc,
    AeoCode,
    Other,
}

/// An identifier of an enterprise.
#[derive(ToSchema)]
pub(crate) struct Identifier {
    kind: IdentifierKind,
    id: String,
}

/// An enterprise.
#[derive(ToSchema)]
pub(crate) struct Enterprise {
    /// Its number.
    enterprise: u64,
    name: Option<String>,
    identifiers: Vec<Identifier>,
}

/// A fact's value; null if it is stated to be unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum KnownValue {
    Flag(bool),
    Count(u64),
    Text(String),
}

/// A fact and where it comes from.
#[derive(ToSchema)]
pub(crate) struct KnownFact {
    value: Option<KnownValue>,
    /// Record that states it; null if it was counted from events.
    record: Option<u64>,
}

/// What is known about an enterprise on a day, as known at an instant.
#[derive(ToSchema)]
pub(crate) struct KnownEnterprise {
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
pub(crate) enum RecordKind {
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
pub(crate) struct NewRecord {
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
pub(crate) struct Withdrawn {
    /// The row that took it back.
    by: u64,
    ground: String,
    person: String,
    at_us: i64,
}

/// A value as it was stated. Null: unknown.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum StatedValue {
    Text(String),
    Unknown,
}

/// What was stated about an enterprise.
#[derive(ToSchema)]
pub(crate) struct Record {
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
pub(crate) struct RecordMade {
    entry: u64,
    enterprise: u64,
    record: u64,
}

/// Why something is taken back.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ground {
    /// The legal ground, or the paper behind it.
    ground: Written,
}

/// A record that takes another one back.
#[derive(ToSchema)]
pub(crate) struct RecordWithdrawn {
    entry: u64,
    record: u64,
    withdraws: u64,
}

/// What happened to or with an enterprise.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEvent {
    /// Any identifier of the enterprise.
    enterprise: Written,
    /// A kind of the pack, such as `finding`.
    kind: Written,
    on: Day,
    /// CNY with at most two decimals, of kinds that are summed.
    amount: Option<Written>,
    /// The paper behind it.
    reference: Option<Written>,
}

/// One event, or a list of them: at most 10,000.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum NewEvents {
    One(NewEvent),
    Many(Vec<NewEvent>),
}

/// An event that was written.
#[derive(ToSchema)]
pub(crate) struct EventMade {
    entry: u64,
    event: u64,
}

/// An event that was set aside.
#[derive(ToSchema)]
pub(crate) struct RejectedEvent {
    /// Which one, from 1.
    event: u64,
    field: Option<String>,
    reason: String,
}

/// Events that were written, in the order in which they came, and those that were set aside.
#[derive(ToSchema)]
pub(crate) struct EventsMade {
    entry: u64,
    events: Vec<u64>,
    rejected: Vec<RejectedEvent>,
}

#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum Events {
    One(EventMade),
    Many(EventsMade),
}

/// What happened to or with an enterprise.
#[derive(ToSchema)]
pub(crate) struct Event {
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
}

/// An event that takes another one back.
#[derive(ToSchema)]
pub(crate) struct EventWithdrawn {
    entry: u64,
    event: u64,
    withdraws: u64,
}

/// What is wrong, and where: a field of a matter or statement, a place in a pack's files, or a case of it.
#[derive(ToSchema)]
pub(crate) struct Fault {
    field: Option<String>,
    file: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
    measure: Option<String>,
    case: Option<String>,
    reason: String,
}

/// A case that fails.
#[derive(ToSchema)]
pub(crate) struct FailedCase {
    measure: String,
    case: String,
    reason: String,
}

/// What was done, or what was refused.
#[derive(ToSchema)]
#[serde(untagged)]
pub(crate) enum What {
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
    },
}

/// Which entries are delivered. A list that is empty leaves nothing out.
#[derive(ToSchema)]
pub(crate) struct Filter {
    /// Kinds of entries, such as `decision` or `pack`.
    kinds: Vec<String>,
    /// Decisions about these kinds of matters.
    matters: Vec<String>,
    /// Decisions that grant one of these measures.
    measures: Vec<String>,
    /// Decisions at these customs offices.
    offices: Vec<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Granted,
    Refused,
    Undetermined,
    OutOfScope,
}

/// A rate, and whether the draw lies below it.
#[derive(ToSchema)]
pub(crate) struct DrawnRate {
    /// An exact decimal from 0 to 1.
    rate: String,
    selected: bool,
}

/// One stage of a matter on both sides; null: no rate.
#[derive(ToSchema)]
pub(crate) struct StageFlip {
    before: Option<DrawnRate>,
    after: Option<DrawnRate>,
}

/// A measure that came out otherwise; null: the pack has no such measure.
#[derive(ToSchema)]
pub(crate) struct VerdictFlip {
    measure: String,
    before: Option<Verdict>,
    after: Option<Verdict>,
}

/// A matter for which something came out otherwise.
#[derive(ToSchema)]
pub(crate) struct Flip {
    /// Its entry in the log.
    entry: u64,
    matter_id: String,
    measures: Vec<VerdictFlip>,
    /// Null if rate and selection are the same.
    inspection: Option<StageFlip>,
    /// Null if rate and selection are the same.
    sampling: Option<StageFlip>,
}

/// Matters by verdict.
#[derive(ToSchema)]
pub(crate) struct VerdictCounts {
    granted: u64,
    refused: u64,
    undetermined: u64,
    /// Or no such measure.
    out_of_scope: u64,
}

/// How many matters went from one verdict to another.
#[derive(ToSchema)]
pub(crate) struct ChangedVerdict {
    before: Verdict,
    after: Verdict,
    matters: u64,
}

/// All matters by one measure.
#[derive(ToSchema)]
pub(crate) struct MeasureTotals {
    measure: String,
    before: VerdictCounts,
    after: VerdictCounts,
    changes: Vec<ChangedVerdict>,
}

/// All matters by one stage.
#[derive(ToSchema)]
pub(crate) struct StageTotals {
    rate_changed: u64,
    selected_before: u64,
    selected_after: u64,
    newly_selected: u64,
    no_longer_selected: u64,
}

/// What came out otherwise.
#[derive(ToSchema)]
pub(crate) struct Compared {
    /// Matters that were decided with both packs.
    matters: u64,
    /// Matters for which something came out otherwise.
    flipped: u64,
    measures: Vec<MeasureTotals>,
    inspection: StageTotals,
    sampling: StageTotals,
    /// Facts that some matter states and the tried pack does not know.
    facts_left_out: Vec<String>,
    /// The first thousand of the flipped matters.
    flips: Vec<Flip>,
}
