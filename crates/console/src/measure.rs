//! A measure for one matter, as a card: verdict, conditions, what it does, what is needed, what would change it.

use greenlane_engine::Truth;
use greenlane_engine::explain::{ConditionExplanation, MeasureExplanation};
use greenlane_engine::labels::verdict_words;
use greenlane_policy::pack::Verdict;
use greenlane_terms::Language;
use maud::{Markup, html};

/// Values that a condition shows at once.
const FEW: usize = 2;

/// A verdict in words, with its colour.
pub(super) fn verdict_badge(language: Language, verdict: Verdict) -> Markup {
    let badge = match verdict {
        Verdict::Granted => "bg-green-lt",
        Verdict::Refused => "bg-red-lt",
        Verdict::Undetermined => "bg-yellow-lt",
        Verdict::OutOfScope => "bg-secondary-lt",
    };
    let [zh, en] = verdict_words(verdict);
    html! { span.{ "badge " (badge) } { (language.say(zh, en)) } }
}

/// The card.
pub(super) fn card(language: Language, measure: &MeasureExplanation) -> Markup {
    html! {
        section.card."mb-3" data-measure=(measure.id) data-verdict=(measure.verdict.name()) {
            div."card-header" {
                h2."card-title" { a href={ "/law/" (measure.id) } { (measure.title) } }
                div."ms-auto" { (verdict_badge(language, measure.verdict)) }
            }
            div."card-body" {
                p."text-secondary" { span translate="no" { (measure.citation) } " · " (measure.version_from) @if let Some(to) = &measure.version_to { " – " (to) } }
                @if let Some(note) = &measure.note { div.alert."alert-warning"."py-2" { (note) } }
                ul."list-unstyled"."mb-2" { @for condition in &measure.conditions { (condition_line(language, condition)) } }
                @if !measure.effects.is_empty() { ul { @for effect in &measure.effects { li { (effect) } } } }
                @for needs in measure.needs.iter().take(1) {
                    p."mb-1" { strong { (language.say("还需要：", "Still needed: ")) } (needs.join(language.say("、", ", "))) }
                }
                @for change in measure.changes.iter().take(1) {
                    p."mb-0" { strong { (language.say("如果这样就适用：", "It would be granted if: ")) } (change.join(language.say("；", "; "))) }
                }
            }
        }
    }
}

/// What a condition came to, with its mark.
pub(super) fn truth_badge(language: Language, truth: Truth) -> Markup {
    let (mark, badge, zh, en) = match truth {
        Truth::True => ("✓", "bg-green-lt", "成立", "holds"),
        Truth::False => ("✗", "bg-red-lt", "不成立", "does not hold"),
        Truth::Unknown => ("?", "bg-secondary-lt", "未知", "unknown"),
    };
    html! {
        span.{ "badge " (badge) } title=(language.say(zh, en)) {
            span aria-hidden="true" { (mark) } span."visually-hidden" { (language.say(zh, en)) }
        }
    }
}

fn condition_line(language: Language, condition: &ConditionExplanation) -> Markup {
    html! {
        li {
            (truth_badge(language, condition.truth)) " " (condition.words)
            @for because in &condition.because { div."text-secondary"."ms-4" { (because) } }
            (observed(language, &condition.observed))
        }
    }
}

/// What a condition that holds was compared with; many values are shown when they are asked for.
fn observed(language: Language, lines: &[String]) -> Markup {
    let each = html! { @for line in lines { div."text-secondary"."ms-4" { (line) } } };
    html! {
        @if lines.len() > FEW {
            details."ms-4" { summary."text-secondary" { (lines.len()) (language.say(" 项数值", " values")) } (each) }
        } @else { (each) }
    }
}
