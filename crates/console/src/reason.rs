//! Why a matter is drawn: the draw, the rate, and what made the rate.

use greenlane_policy::pack::Pack;
use greenlane_policy::units::{Rate, scaled_text};
use greenlane_store::StageRecord;
use greenlane_terms::Language;
use maud::{Markup, html};

use super::names::measure_title;

/// A draw beside its rate; nothing if nothing was drawn.
pub(super) fn drawn(language: Language, what: &str, stage: &StageRecord) -> Markup {
    let Some((draw, selected)) = stage.draw else { return html! {} };
    html! {
        p."mb-1" {
            (what) ": "
            @if selected { strong { (language.say("抽中", "selected")) } } @else { (language.say("未抽中", "not selected")) }
            " · " (language.say("比率 ", "rate ")) (percent(stage.rate))
            " · " (language.say("抽取数 ", "draw ")) (draw.to_string())
        }
    }
}

/// A rate in percent, exactly: 0.244 %.
pub(super) fn percent(rate: Rate) -> String {
    format!("{} %", scaled_text(rate.parts().into(), 10, 0))
}

/// What decided a rate.
pub(super) fn decided_by<'p>(language: Language, pack: &'p Pack, by: &'p str) -> &'p str {
    match by {
        "base rate" => language.say("通道基准率", "the base rate of the lane"),
        "floor" => language.say("通道最低比率", "the floor of the lane"),
        "mandatory order" => language.say("必检指令", "a mandatory order"),
        measure => measure_title(pack, measure, language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shown_in_percent_without_being_rounded() {
        let shown =
            ["0.00244", "1", "0", "0.000000000001", "0.5"].map(|text| percent(Rate::parse(text).unwrap()));
        assert_eq!(shown, ["0.244 %", "100 %", "0 %", "0.0000000001 %", "50 %"]);
    }
}
