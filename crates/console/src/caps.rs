//! Realised rates beside each other, and whether a legal cap is kept.

use greenlane_desk::rates::shown::{CapJudged, CapShown, DrawsShown};
use greenlane_policy::facts::scaled;
use greenlane_policy::pack::Pack;
use greenlane_policy::units::scaled_text;
use greenlane_terms::{Language, RateStage};
use maud::{Markup, html};

use super::names::{code_name, measure_title};

/// A share as a percentage with two places.
fn percent(share: f64) -> String {
    let ten_thousandths: u64 = format!("{share:.4}").replace('.', "").parse().unwrap_or_default();
    format!("{}.{:02} %", ten_thousandths / 100, ten_thousandths % 100)
}

/// A share as a pack has it, such as `0.20`, in percent.
fn share(share: &str) -> String {
    scaled(share, 4)
        .map_or_else(|| share.to_owned(), |parts| format!("{} %", scaled_text(parts.into(), 2, 0)))
}

fn rate(language: Language, draws: &DrawsShown) -> Markup {
    html! {
        @match draws.realised {
            Some(realised) => { strong { (percent(realised)) } }
            None => { "–" }
        }
        div."text-secondary"."small" {
            (percent(draws.lower)) " – " (percent(draws.upper)) " · "
            (draws.selected) "/" (draws.draws) (language.say(" 票", " drawn"))
        }
    }
}

/// A row for each cap.
pub(super) fn table(language: Language, pack: &Pack, caps: &[CapShown]) -> Markup {
    let head = html! {
        th { (language.say("措施", "Measure")) }
        th { (language.say("环节", "Stage")) }
        th { (language.say("适用措施者", "With the measure")) }
        th { (language.say("比较对象", "Compared with")) }
        th { (language.say("比值", "Ratio")) }
        th { (language.say("法定上限", "Legal cap")) }
        th { (language.say("结论", "Finding")) }
    };
    html! {
        (super::table::table(&head, &html! { @for cap in caps { (line(language, pack, cap)) } }))
        p."card-body"."text-secondary"."small"."mb-0" { (language.say(
            "区间为 99.9 % 置信界，全年任何时候查看均有效；包括按必检指令查验的事项。",
            "The ranges are bounds at 99.9 %, whenever one looks in the year. Matters inspected by a mandatory order are included.",
        )) }
    }
}

fn line(language: Language, pack: &Pack, cap: &CapShown) -> Markup {
    let (badge, zh, en) = match cap.state {
        CapJudged::Held => ("bg-green-lt", "符合", "kept"),
        CapJudged::Open => ("bg-secondary-lt", "尚不能判断", "cannot be told yet"),
        CapJudged::Broken => ("bg-red-lt", "超过上限", "broken"),
    };
    let stage = match cap.stage {
        RateStage::Inspection => language.say("查验", "inspection"),
        RateStage::Sampling => language.say("抽批", "sampling"),
    };
    html! {
        tr {
            td {
                (measure_title(pack, &cap.measure, language))
                @if let Some(class) = &cap.class { div."text-secondary"."small" { (class_name(pack, class, language)) } }
            }
            td { (stage) }
            td."realised" { (rate(language, &cap.favoured)) }
            td."realised" {
                (rate(language, &cap.others))
                div."text-secondary"."small" { (code_name(pack, "credit_level", &cap.against, language)) }
            }
            td { @if let Some(ratio) = cap.ratio { (percent(ratio)) } @else { "–" } }
            td {
                (language.say(if cap.is_strict { "低于 " } else { "不高于 " }, if cap.is_strict { "below " } else { "at most " })) (share(&cap.share))
                div."text-secondary"."small" { (language.say("比较对象比率的百分比", "of the rate compared with")) }
            }
            td { span.{ "badge " (badge) } { (language.say(zh, en)) } }
        }
    }
}

/// A class of goods in words: that of its flag, `is_food`.
fn class_name(pack: &Pack, class: &str, language: Language) -> String {
    let column = pack.facts.column(&format!("is_{class}"));
    column.map_or_else(
        || class.to_owned(),
        |column| pack.facts.fact_of(column).label.get(language.name()).to_owned(),
    )
}
