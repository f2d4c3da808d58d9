//! What one inspection takes, which no log knows: the reader says it.

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::reader::Reader;

/// What one inspection takes, as it was filled in; either may be left empty.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Each {
    /// Hours.
    hours: String,
    /// What it costs the enterprise, CNY.
    cost: String,
}

impl Each {
    /// Hours and money of some inspections, as far as the reader says what one takes.
    pub(crate) fn worth(&self, reader: &Reader, inspections: i64) -> String {
        let times = |text: &str, unit: &str| {
            let each: i64 = text.trim().parse().ok()?;
            Some(format!("{} {unit}", each.checked_mul(inspections)?))
        };
        let both =
            [times(&self.hours, reader.say("小时", "hours")), times(&self.cost, reader.say("元", "CNY"))];
        both.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The fields of a form.
    pub(crate) fn fields(&self, reader: &Reader) -> Markup {
        html! {
            (field("hours", reader.say("每次查验小时数", "Hours of one inspection"), "number", &self.hours))
            (field("cost", reader.say("每次查验费用（元）", "Cost of one inspection (CNY)"), "number", &self.cost))
        }
    }
}

/// A field of a form in a row of four.
pub(super) fn field(name: &str, label: &str, kind: &str, value: &str) -> Markup {
    html! {
        div."col-6"."col-lg-3" {
            label."form-label" for=(name) { (label) }
            input."form-control" id=(name) name=(name) type=(kind) value=(value) autocomplete="off";
        }
    }
}
