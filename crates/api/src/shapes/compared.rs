//! What a dry run answers.

use utoipa::ToSchema;

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Granted,
    Refused,
    Undetermined,
    OutOfScope,
}

/// A rate, and whether the draw lies below it.
#[derive(ToSchema)]
pub struct DrawnRate {
    /// An exact decimal from 0 to 1.
    rate: String,
    selected: bool,
}

/// One stage of a matter on both sides; null: no rate.
#[derive(ToSchema)]
pub struct StageFlip {
    before: Option<DrawnRate>,
    after: Option<DrawnRate>,
}

/// A measure that came out otherwise; null: the pack has no such measure.
#[derive(ToSchema)]
pub struct VerdictFlip {
    measure: String,
    before: Option<Verdict>,
    after: Option<Verdict>,
}

/// A matter for which something came out otherwise.
#[derive(ToSchema)]
pub struct Flip {
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
pub struct VerdictCounts {
    granted: u64,
    refused: u64,
    undetermined: u64,
    /// Or no such measure.
    out_of_scope: u64,
}

/// How many matters went from one verdict to another.
#[derive(ToSchema)]
pub struct ChangedVerdict {
    before: Verdict,
    after: Verdict,
    matters: u64,
}

/// All matters by one measure.
#[derive(ToSchema)]
pub struct MeasureTotals {
    measure: String,
    before: VerdictCounts,
    after: VerdictCounts,
    changes: Vec<ChangedVerdict>,
}

/// All matters by one stage.
#[derive(ToSchema)]
pub struct StageTotals {
    rate_changed: u64,
    selected_before: u64,
    selected_after: u64,
    newly_selected: u64,
    no_longer_selected: u64,
}

/// What came out otherwise.
#[derive(ToSchema)]
pub struct Compared {
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
