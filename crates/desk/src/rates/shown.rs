//! Rates, caps and alarms as the interface and the log tell them.

use greenlane_policy::units::Ratio;
use greenlane_selection::{CapState, DrawCounts};
use greenlane_terms::RateStage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::abandoned::AbandonedShown;
use super::report::{ALPHA, KeptCap, Realised};

/// Names of the stages, for the description of the interface.
fn rate_stage() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(RateStage::ALL.map(RateStage::name)))
        .build()
}

/// Draws of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DrawsShown {
    /// Matters that were drawn; each counts once.
    pub draws: u64,
    /// How many were selected, those of mandatory orders among them.
    pub selected: u64,
    /// How many by a mandatory order, which no measure lowers.
    pub ordered: u64,
    /// Mean of the rates that were set; null without a draw.
    pub set: Option<f64>,
    /// Share that was selected; null without a draw.
    pub realised: Option<f64>,
    /// Lower bound on the mean of the true rates; both bounds hold with 99.9 % confidence however often one looks.
    pub lower: f64,
    /// Upper bound on it.
    pub upper: f64,
}

/// Draws of one stage, goods class and level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RateShown {
    /// Four digits; null: all offices that were asked for, together.
    pub office: Option<String>,
    /// What is drawn for.
    #[schema(schema_with = rate_stage)]
    pub stage: RateStage,
    /// Class of the goods, such as `food`; null: none of those that are told apart.
    pub class: Option<String>,
    /// Level of the enterprises, such as `advanced`; null: unknown.
    pub level: Option<String>,
    /// What they came to.
    #[serde(flatten)]
    pub draws: DrawsShown,
    /// Draws that contradict a rate of 0 or 1.
    impossible: u64,
    /// Whether the draws can have been made at the rates that were set.
    is_credible: bool,
}

/// A measure's legal cap on the rate of those who have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CapShown {
    /// Four digits; null: all offices that were asked for, together.
    pub office: Option<String>,
    /// The measure.
    pub measure: String,
    /// Article or instrument that sets the cap.
    pub article: String,
    /// What is drawn for.
    #[schema(schema_with = rate_stage)]
    pub stage: RateStage,
    /// Class of the goods; null: all together.
    pub class: Option<String>,
    /// Level of those it is compared with.
    pub against: String,
    /// The share of their rate that it may reach at most, such as `0.20`.
    pub share: String,
    /// Whether it must stay below that share.
    pub is_strict: bool,
    /// Realised rate of those who have the measure as a share of that of the others; null as long as nobody of them was
    /// selected.
    pub ratio: Option<f64>,
    /// What the rates say about the cap.
    pub state: CapJudged,
    /// Draws of those who have the measure.
    pub favoured: DrawsShown,
    /// Draws of that level without it.
    pub others: DrawsShown,
}

/// What realised rates say about a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapJudged {
    /// It is kept, with 99.9 % confidence.
    Held,
    /// Too few draws, or too close, to tell.
    Open,
    /// It is not credible that it is kept: an alarm.
    Broken,
}

/// What an alarm is about: a cap that is broken, draws that cannot have been made at the rates that were set, or selected
/// matters that an enterprise abandons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlarmShown {
    /// `cap`, `rate` or `abandoned`.
    pub alarm: AlarmAbout,
    /// Year of the matters.
    pub year: i32,
    /// Of an alarm about a cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapShown>,
    /// Of an alarm about a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateShown>,
    /// Of an alarm about selected matters that an enterprise abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned: Option<AbandonedShown>,
}

impl AlarmShown {
    /// As it stands in the log. It is made of texts, numbers and lists, which can always be written; one that could not be would not
    /// be raised, rather than stand there as nothing.
    pub(super) fn written(&self) -> Vec<u8> {
        serde_json::json!(self).to_string().into_bytes()
    }
}

/// Why an alarm was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmAbout {
    /// A legal cap is broken.
    Cap,
    /// A rate that was set is not credible.
    Rate,
    /// An enterprise abandons matters that were selected.
    Abandoned,
}

/// An office where a measure is not applied as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotApplied {
    /// Customs office, four digits.
    pub office: String,
    /// The measure whose cap is broken; null: the draws of a level do not fit the rates that were set.
    pub measure: Option<String>,
    /// Article or instrument that sets the cap.
    pub article: Option<String>,
    /// What is drawn for.
    #[schema(schema_with = rate_stage)]
    pub stage: RateStage,
    /// Class of the goods; null: all together.
    pub class: Option<String>,
    level: Option<String>,
    why: AlarmAbout,
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl DrawsShown {
    fn of(counts: &DrawCounts) -> DrawsShown {
        let bounds = counts.bounds(ALPHA);
        DrawsShown {
            draws: counts.draws(),
            selected: counts.inspected(),
            ordered: counts.ordered,
            set: counts.set_rate(),
            realised: counts.realised_rate(),
            lower: bounds.lower,
            upper: bounds.upper,
        }
    }
}

impl RateShown {
    /// As the interface and the pages show it.
    #[must_use]
    pub fn of(found: &Realised) -> RateShown {
        RateShown {
            office: found.office.map(|office| office.to_string()),
            stage: found.stage,
            class: filled(&found.class),
            level: filled(&found.level),
            draws: DrawsShown::of(&found.draws),
            impossible: found.draws.impossible,
            is_credible: found.draws.is_credible(ALPHA),
        }
    }

    /// The office where draws are not as they were set.
    pub fn not_applied(&self) -> Option<NotApplied> {
        Some(NotApplied {
            office: self.office.clone().filter(|_| !self.is_credible)?,
            measure: None,
            article: None,
            stage: self.stage,
            class: self.class.clone(),
            level: self.level.clone(),
            why: AlarmAbout::Rate,
        })
    }
}

impl CapShown {
    /// As the interface and the pages show it.
    #[must_use]
    pub fn of(found: &KeptCap) -> CapShown {
        CapShown {
            office: found.office.map(|office| office.to_string()),
            measure: found.measure.clone(),
            article: found.cap.article.clone(),
            stage: found.stage,
            class: found.class.as_deref().and_then(filled),
            against: found.against.clone(),
            share: Ratio(found.cap.most).to_string(),
            is_strict: found.cap.is_strict,
            ratio: found.favoured.ratio_to(&found.others),
            state: found.state.into(),
            favoured: DrawsShown::of(&found.favoured),
            others: DrawsShown::of(&found.others),
        }
    }

    /// The office where the cap is broken.
    pub fn not_applied(&self) -> Option<NotApplied> {
        Some(NotApplied {
            office: self.office.clone().filter(|_| self.state == CapJudged::Broken)?,
            measure: Some(self.measure.clone()),
            article: Some(self.article.clone()),
            stage: self.stage,
            class: self.class.clone(),
            level: None,
            why: AlarmAbout::Cap,
        })
    }
}

impl From<CapState> for CapJudged {
    fn from(state: CapState) -> CapJudged {
        match state {
            CapState::Held => CapJudged::Held,
            CapState::Open => CapJudged::Open,
            CapState::Breached => CapJudged::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::pack::Cap;
    use greenlane_terms::Office;
    use serde_json::json;

    use super::*;

    fn office() -> Option<Office> {
        Office::of_number(801)
    }

    fn rate(office: Option<Office>, draws: DrawCounts) -> RateShown {
        let (class, level) = ("food".to_owned(), "advanced".to_owned());
        RateShown::of(&Realised { office, stage: RateStage::Sampling, class, level, draws })
    }

    fn cap(office: Option<Office>, state: CapState) -> CapShown {
        CapShown::of(&KeptCap {
            office,
            measure: "9".to_owned(),
            stage: RateStage::Inspection,
            class: Some(String::new()),
            against: "advanced".to_owned(),
            cap: Cap { most: 10_000, is_strict: false, article: "九".to_owned() },
            favoured: DrawCounts { trials: 10, selected: 1, ..DrawCounts::default() },
            others: DrawCounts::default(),
            state,
        })
    }

    #[test]
    fn draws_are_shown_with_what_was_set_what_came_of_it_and_bounds_on_it() {
        let draws = DrawCounts {
            trials: 100,
            selected: 4,
            expected: 5_000_000_000,
            always: 3,
            ordered: 2,
            never: 7,
            impossible: 0,
        };
        let shown = rate(office(), draws);
        assert_eq!((shown.office.as_deref(), shown.impossible, shown.is_credible), (Some("0801"), 0, true));
        assert_eq!((shown.class.as_deref(), shown.level.as_deref()), (Some("food"), Some("advanced")));
        let DrawsShown { draws, selected, ordered, set, realised, lower, upper } = shown.draws;
        assert_eq!((draws, selected, ordered), (110, 7, 2));
        assert_eq!((set, realised), (Some(8.0 / 110.0), Some(7.0 / 110.0)));
        assert!(0.0 < lower && lower < 7.0 / 110.0 && 7.0 / 110.0 < upper && upper < 1.0, "{lower} {upper}");
        let none = rate(None, DrawCounts::default());
        assert_eq!((none.office, none.draws.set, none.draws.realised), (None, None, None));
        assert_eq!((none.draws.lower, none.draws.upper), (0.0, 1.0));
    }

    #[test]
    fn a_rate_is_not_applied_at_the_office_where_its_draws_are_not_credible() {
        let impossible = DrawCounts { never: 1, impossible: 1, ..DrawCounts::default() };
        assert_eq!(rate(office(), DrawCounts::default()).not_applied(), None);
        assert_eq!(rate(None, impossible).not_applied(), None, "all offices are none");
        let shown = rate(office(), impossible).not_applied().unwrap();
        let expected = json!({
            "office": "0801", "measure": null, "article": null, "stage": "sampling", "class": "food", "level": "advanced",
            "why": "rate",
        });
        assert_eq!(json!(shown), expected);
    }

    #[test]
    fn a_cap_is_not_applied_at_the_office_where_it_is_broken() {
        for (state, judged) in [
            (CapState::Held, CapJudged::Held),
            (CapState::Open, CapJudged::Open),
            (CapState::Breached, CapJudged::Broken),
        ] {
            let shown = cap(office(), state);
            assert_eq!((shown.state, shown.class.as_deref(), shown.ratio), (judged, None, None));
            assert_eq!(shown.not_applied().is_some(), judged == CapJudged::Broken, "{state:?}");
            assert_eq!(cap(None, state).not_applied(), None, "all offices are none");
        }
        let expected = json!({
            "office": "0801", "measure": "9", "article": "九", "stage": "inspection", "class": null, "level": null, "why": "cap",
        });
        assert_eq!(json!(cap(office(), CapState::Breached).not_applied().unwrap()), expected);
    }

    #[test]
    fn the_interface_names_both_stages() {
        let described = serde_json::to_value(rate_stage()).unwrap();
        assert_eq!(
            (&described["type"], &described["enum"]),
            (&json!("string"), &json!(["inspection", "sampling"]))
        );
    }
}
