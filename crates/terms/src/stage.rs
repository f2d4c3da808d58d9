//! The stages a matter is drawn for, each with a name that never changes, and those of them whose rate the law sets.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a draw decides. Draws of two stages for one matter are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Whether a declaration is inspected.
    Inspection,
    /// Whether a goods item is sampled.
    Sampling,
    /// Whether a lot is inspected on site.
    OnSiteLot,
    /// Whether documents are reviewed.
    Review,
    /// Which officer does it.
    Officer,
}

impl Stage {
    /// All stages.
    pub const ALL: [Stage; 5] =
        [Stage::Inspection, Stage::Sampling, Stage::OnSiteLot, Stage::Review, Stage::Officer];

    /// The stable name, part of every draw's message: it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Inspection => "inspection",
            Stage::Sampling => "sampling",
            Stage::OnSiteLot => "on-site-lot",
            Stage::Review => "review",
            Stage::Officer => "officer",
        }
    }
}

/// A stage whose rate the law sets: who is drawn for it, and how often, follows from measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateStage {
    /// Inspection of a declaration.
    Inspection,
    /// Sampling of a goods item.
    Sampling,
}

impl RateStage {
    /// Both.
    pub const ALL: [RateStage; 2] = [RateStage::Inspection, RateStage::Sampling];

    /// The draw of it.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            RateStage::Inspection => Stage::Inspection,
            RateStage::Sampling => Stage::Sampling,
        }
    }

    /// That of its draw.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.stage().name()
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_stage_is_its_text_in_json() {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
        }
        for stage in RateStage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
        }
    }

    #[test]
    fn the_names_are_those_of_every_draw_ever_made() {
        let names: Vec<&str> = Stage::ALL.into_iter().map(Stage::name).collect();
        assert_eq!(names, ["inspection", "sampling", "on-site-lot", "review", "officer"]);
    }
}
