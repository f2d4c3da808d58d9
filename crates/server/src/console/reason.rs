//! Why a matter is drawn: the draw, the rate, and what made the rate.

use greenlane_policy::pack::Pack;
use greenlane_store::StageRecord;
use maud::{Markup, html};

use super::language::Language;
use super::names::measure_title;

/// A draw beside its rate; nothing if nothing was drawn.
pub(super) fn drawn(language: Language, what: &str, stage: &StageRecord) -> Markup {
    let Some((draw, selected)) = stage.draw else { return html! {} };
    html! {
        p."mb-1" {
            (what) ": "
            @if selected { strong { (language.say("抽中", "selected")) } } @else { (language.say("未抽中", "not selected")) }
            " · " (language.say("比率 ", "rate ")) (stage.rate.to_string())
            " · " (language.say("抽取数 ", "draw ")) (draw.to_string())
        }
    }
}

/// What decided a rate.
pub(super) fn decided_by<'p>(language: Language, pack: &'p Pack, by: &'p str) -> &'p str {
    match by {
        "base rate" => language.say("通道基准率", "the base rate of the lane"),
        "floor" => language.say("通道最低比率", "the floor of the lane"),
        "mandatory order" => language.say("布控指令", "a mandatory order"),
        measure => measure_title(pack, measure, language),
    }
}
