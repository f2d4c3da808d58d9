//! What the world outside has been told by the office: by this the office is judged.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_terms::numbers::{ApplicationNumber, EntryNumber, TaskNumber};
use serde_json::Value;

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its entry in the log.
    pub entry: EntryNumber,
    /// Hash of the pack that decided.
    pub pack: String,
    /// The day whose law counted.
    pub decided_on: String,
}

/// What was told so far.
#[derive(Debug, Default)]
pub struct Known {
    /// Decisions that were acknowledged, by their matters.
    pub decisions: BTreeMap<String, Told>,
    /// Of each lot, how many of its goods items were told to be inspected on site as its first.
    pub firsts: BTreeMap<String, u32>,
    /// Tasks that officers ended, each once.
    pub done: BTreeSet<TaskNumber>,
    /// Applications that were made.
    pub applications: BTreeSet<ApplicationNumber>,
    /// What went wrong, and how often.
    pub faults: BTreeMap<&'static str, u64>,
    /// States in which lots and applications were seen.
    pub states: BTreeSet<String>,
    /// Moves of applications, and how often each was made.
    pub moves: BTreeMap<String, u64>,
    /// How often each thing was looked at.
    pub looked: u64,
}

impl Known {
    /// Hears of a decision, which must be the first one of its matter, or the same once more.
    pub fn hear(&mut self, decision: &Value, entry: EntryNumber) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (pack, decided_on) = (text(&decision["pack"]["hash"]), text(&decision["decided_on"]));
        let told = Told { entry, pack, decided_on };
        let matter = text(&decision["matter_id"]);
        match self.decisions.get(&matter) {
            Some(before) => assert_eq!(*before, told, "{matter} was decided twice"),
            None => {
                if let Some(lot) = lot_of_first(decision) {
                    *self.firsts.entry(lot).or_insert(0) += 1;
                }
                self.decisions.insert(matter, told);
            }
        }
    }

    /// Something went wrong on purpose.
    pub fn fault(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_insert(0) += 1;
    }
}

/// The lot of which a goods item is inspected on site as the first.
fn lot_of_first(decision: &Value) -> Option<String> {
    let effects = decision["effects"].as_array()?;
    let regime = effects.iter().find(|effect| effect["effect"] == "lot_regime")?;
    (regime["inspection"] == "on_site").then(|| super::trade::lot_of(decision["matter_id"].as_str().unwrap()))
}
