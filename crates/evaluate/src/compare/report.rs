//! What a comparison found, as machines read it.

use greenlane_policy::pack::Verdict;
use greenlane_policy::units::Rate;
use serde::{Serialize, Serializer};

use super::or_out_of_scope;

/// A rate, and whether the draw lies below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnRate {
    /// The rate.
    #[serde(serialize_with = "as_text")]
    pub rate: Rate,
    /// Whether the matter is selected.
    pub selected: bool,
}

fn as_text<S: Serializer>(rate: &Rate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(rate)
}

/// Before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Side<T> {
    /// With the first pack; `None` if it says nothing.
    pub before: Option<T>,
    /// With the second pack; `None` if it says nothing.
    pub after: Option<T>,
}

/// Rate and draw of one stage on both sides.
pub type StageFlip = Side<DrawnRate>;

impl StageFlip {
    pub(super) fn of([before, after]: [Option<DrawnRate>; 2]) -> StageFlip {
        Side { before, after }
    }
}

/// A measure that came out otherwise for one matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictFlip {
    /// Row label of the measure.
    pub measure: String,
    /// Verdict on both sides; `None` where the pack has no such measure.
    #[serde(flatten)]
    pub verdict: Side<Verdict>,
}

/// A matter for which something came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// Its entry in the log.
    pub entry: u64,
    /// The matter.
    pub matter_id: String,
    /// Measures with another verdict.
    pub measures: Vec<VerdictFlip>,
    /// Inspection, if rate or selection is another.
    pub inspection: Option<StageFlip>,
    /// Sampling, if rate or selection is another.
    pub sampling: Option<StageFlip>,
}

/// Matters by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerdictCounts {
    /// Granted.
    pub granted: u64,
    /// Refused.
    pub refused: u64,
    /// Undetermined.
    pub undetermined: u64,
    /// Out of scope, or no such measure.
    pub out_of_scope: u64,
}

impl VerdictCounts {
    fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Granted => &mut self.granted,
            Verdict::Refused => &mut self.refused,
            Verdict::Undetermined => &mut self.undetermined,
            Verdict::OutOfScope => &mut self.out_of_scope,
        } += 1;
    }
}

/// How many matters went from one verdict to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedVerdict {
    /// With the first pack.
    pub before: Verdict,
    /// With the second pack.
    pub after: Verdict,
    /// Matters.
    pub matters: u64,
}

/// All matters by one measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureTotals {
    /// Row label of the measure.
    pub measure: String,
    /// With the first pack.
    pub before: VerdictCounts,
    /// With the second pack.
    pub after: VerdictCounts,
    /// What changed.
    pub changes: Vec<ChangedVerdict>,
}

/// All matters by one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StageTotals {
    /// Matters with another rate.
    pub rate_changed: u64,
    /// Selected with the first pack.
    pub selected_before: u64,
    /// Selected with the second pack.
    pub selected_after: u64,
    /// Selected with the second pack only.
    pub newly_selected: u64,
    /// Selected with the first pack only.
    pub no_longer_selected: u64,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Matters that were decided with both packs.
    pub matters: u64,
    /// Matters for which something came out otherwise.
    pub flipped: u64,
    /// Every measure of either pack.
    pub measures: Vec<MeasureTotals>,
    /// Inspection.
    pub inspection: StageTotals,
    /// Sampling.
    pub sampling: StageTotals,
    /// Facts that some matter states and the second pack does not know, or not with these values.
    pub facts_left_out: Vec<String>,
    /// The first of the flipped matters.
    pub flips: Vec<Flip>,
}

impl Compared {
    pub(super) fn new(measures: Vec<String>) -> Compared {
        let (before, after) = (VerdictCounts::default(), VerdictCounts::default());
        let totals = |measure| MeasureTotals { measure, before, after, changes: Vec::new() };
        Compared {
            matters: 0,
            flipped: 0,
            measures: measures.into_iter().map(totals).collect(),
            inspection: StageTotals::default(),
            sampling: StageTotals::default(),
            facts_left_out: Vec::new(),
            flips: Vec::new(),
        }
    }

    pub(super) fn left_out(&mut self, facts: Vec<String>) {
        for fact in facts {
            if !self.facts_left_out.contains(&fact) {
                self.facts_left_out.push(fact);
            }
        }
    }

    /// Counts the verdicts of one measure; whether they differ.
    pub(super) fn verdicts(&mut self, at: usize, pair: [Option<Verdict>; 2]) -> bool {
        let [before, after] = pair.map(or_out_of_scope);
        let totals = &mut self.measures[at];
        totals.before.count(before);
        totals.after.count(after);
        if before == after {
            return false;
        }
        let known = totals.changes.iter_mut().find(|known| known.before == before && known.after == after);
        match known {
            Some(known) => known.matters += 1,
            None => totals.changes.push(ChangedVerdict { before, after, matters: 1 }),
        }
        true
    }

    pub(super) fn verdict_flip(&self, at: usize, [before, after]: [Option<Verdict>; 2]) -> VerdictFlip {
        VerdictFlip { measure: self.measures[at].measure.clone(), verdict: Side { before, after } }
    }

    /// Counts the rates of one stage; whether rate or selection differs.
    pub(super) fn stage(&mut self, stage: usize, pair: [Option<DrawnRate>; 2]) -> bool {
        let totals = if stage == 0 { &mut self.inspection } else { &mut self.sampling };
        let [before, after] = pair.map(|side| side.is_some_and(|side| side.selected));
        let rates = pair.map(|side| side.map(|side| side.rate));
        totals.rate_changed += u64::from(rates[0] != rates[1]);
        totals.selected_before += u64::from(before);
        totals.selected_after += u64::from(after);
        totals.newly_selected += u64::from(after && !before);
        totals.no_longer_selected += u64::from(before && !after);
        pair[0] != pair[1]
    }
}
