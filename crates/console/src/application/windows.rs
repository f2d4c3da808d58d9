//! Windows of time that a measure opens from a day, such as those of a disclosure, on a line of time.

use greenlane_engine::Decided;
use greenlane_policy::pack::{Effect, Verdict};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use maud::{Markup, html};

use crate::card::card;
use crate::timeline::{Span, timeline};

/// A card for each measure in scope that has windows and whose first day is known.
pub(super) fn windows(decided: &Decided<'_>, today: Day, language: Language) -> Markup {
    let in_scope = (0..decided.measures()).filter(|at| decided.verdict(*at) != Verdict::OutOfScope);
    let cards = in_scope.flat_map(|at| {
        let effects = decided.version(at).map_or(&[][..], |version| &version.effects);
        effects.iter().filter_map(move |effect| one((decided, at), effect, today, language))
    });
    html! { @for card in cards { (card) } }
}

fn one(
    (decided, at): (&Decided<'_>, usize),
    effect: &Effect,
    today: Day,
    language: Language,
) -> Option<Markup> {
    let Effect::Window { from, windows } = effect else { return None };
    let first = Day(i32::try_from(decided.row.value(*from)?).ok()?);
    let spans: Vec<Span> = windows
        .iter()
        .map(|window| {
            let label = window.label.get(language.name());
            Span { name: html! { (label) }, from: first, to: Some(first.plus_months(window.months)) }
        })
        .collect();
    let measure = decided.measure(at);
    Some(card(
        &format!("windows-{}", measure.id),
        measure.title.get(language.name()),
        &timeline(language, &spans, today),
    ))
}
