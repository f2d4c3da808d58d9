//! What the decision behind a task says about it: what is to be checked and how, and why.

use greenlane_engine::Decided;
use greenlane_engine::explain::effect_words;
use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, FactSource, FactType};
use greenlane_policy::pack::{Effect, Verdict, WaiverOf};
use greenlane_store::KeptTask;
use greenlane_terms::Language;
use maud::{Markup, html};

use crate::card::card;
use crate::logged_decision::LoggedDecision;
use crate::names::queue_name;
use crate::reason::{decided_by, drawn};

/// A granted measure that bears on how the work is done.
struct How {
    measure: String,
    title: String,
    effects: Vec<String>,
}

/// What a decision says about the work: how it is done, and the goods.
struct Look {
    is_ordered: bool,
    how: Vec<How>,
    /// Label and value; of a class of goods the label alone.
    goods: Vec<(String, Option<String>)>,
}

impl Look {
    fn of(language: Language, seen: &LoggedDecision) -> Look {
        let explanation = seen.with(|decided| decided.explain(language.name()));
        let is_ordered = explanation.inspection.is_some_and(|rate| rate.mandatory == Some(true));
        let (how, goods) = seen.with(|decided| {
            let words = Words { row: decided.row, language: language.name() };
            (how(decided, &words), goods(&words))
        });
        Look { is_ordered, how, goods }
    }
}

/// Whether an effect says how a matter is checked; the others say whether, when and for whom.
const fn bears_on_work(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::SamplingRate(_)
            | Effect::LotRegime { .. }
            | Effect::ReviewMode { .. }
            | Effect::Waiver(WaiverOf::OnSiteReview)
            | Effect::Quarantine(_)
    )
}

fn how(decided: &Decided<'_>, words: &Words<'_>) -> Vec<How> {
    let granted = (0..decided.measures()).filter(|at| decided.verdict(*at) == Verdict::Granted);
    let one = |at: usize| {
        let (measure, version) = (decided.measure(at), decided.version(at)?);
        let effects = version.effects.iter().filter(|effect| bears_on_work(effect));
        let effects: Vec<String> = effects.map(|effect| effect_words(words, effect)).collect();
        let title = measure.title.get(words.language).to_owned();
        (!effects.is_empty()).then(|| How { measure: measure.id.clone(), title, effects })
    };
    granted.filter_map(one).collect()
}

/// What is known about the goods. That they are of no class says nothing about what to look at.
fn goods(words: &Words<'_>) -> Vec<(String, Option<String>)> {
    let facts = &words.row.pack.facts;
    let columns = (0u16..).map(ColumnId).zip(&facts.columns);
    let of_goods = columns.filter(|(column, _)| facts.fact_of(*column).source == FactSource::Item);
    let known = of_goods.filter_map(|(column, info)| {
        let label = words.label(column);
        match info.fact_type {
            FactType::Id => words.row.matters.text(column, 0).map(|text| (label, Some(text.to_owned()))),
            FactType::Flag => (words.row.stated(column) == Some(1)).then_some((label, None)),
            _ => words.row.stated(column).map(|coded| (label, Some(words.value(column, coded)))),
        }
    });
    known.collect()
}

/// What is to be checked: the work, an order, how it is done, the goods.
pub(super) fn what(language: Language, kept: &KeptTask, seen: &LoggedDecision) -> Markup {
    let Look { is_ordered, how, goods } = Look::of(language, seen);
    let content = html! {
        div."card-body" {
            p {
                strong { (queue_name(&seen.law.engine.pack, kept.of.queue, language)) }
                @if is_ordered { " · " (language.say("必检指令，必须办理", "by a mandatory order")) }
                @if let Some((lot, round)) = kept.of.lot {
                    " · " (language.say("检验批 ", "inspection lot ")) (lot) (language.say("，第 ", ", round ")) (round) (language.say(" 轮", ""))
                }
            }
            @if how.is_empty() {
                p { (language.say("没有措施规定特别的检查方式。", "No measure says that it is checked in another way than usual.")) }
            } @else {
                ul { @for one in &how {
                    li { a."text-decoration-underline" href={ "/law/" (one.measure) } { (one.title) } ": " (one.effects.join(language.say("；", "; "))) }
                } }
            }
            @if goods.is_empty() {
                p."mb-0"."text-secondary" { (language.say("决定中没有商品信息。", "The decision knows nothing about the goods.")) }
            } @else {
                ul."mb-0" { @for (label, value) in &goods {
                    li { (label) @if let Some(value) = value { ": " span translate="no" { (value) } } }
                } }
            }
        }
    };
    card("look", language.say("查什么", "What to check"), &content)
}

/// The draw and the rate, and the measures that count.
pub(super) fn why(language: Language, seen: &LoggedDecision) -> Markup {
    let pack = &seen.law.engine.pack;
    let explanation = seen.with(|decided| decided.explain(language.name()));
    let ordered = explanation.inspection.as_ref().is_some_and(|rate| rate.mandatory == Some(true));
    let content = html! {
        div."card-body" {
            @if ordered {
                p { (language.say("必检指令：必须查验，任何措施均不得降低其查验率。", "A mandatory order: no measure lowers its rate.")) }
            }
            @if let Some(stage) = seen.record.inspection.filter(|_| !ordered) { (drawn(language, language.say("查验", "Inspection"), &stage)) }
            @if let Some(stage) = seen.record.sampling { (drawn(language, language.say("抽批", "Sampling"), &stage)) }
            @if let Some(rate) = explanation.inspection.as_ref().filter(|_| !ordered) {
                p { (language.say("比率依据：", "The rate is that of: ")) (decided_by(language, pack, &rate.decided_by)) }
            }
            ul."mb-0" {
                @for measure in explanation.measures.iter().filter(|one| one.verdict == Verdict::Granted) {
                    li { a."text-decoration-underline" href={ "/law/" (measure.id) } { (measure.title) } " " span."text-secondary" translate="no" { (measure.citation) } }
                }
            }
        }
    };
    card("why", language.say("查验依据", "Why"), &content)
}
