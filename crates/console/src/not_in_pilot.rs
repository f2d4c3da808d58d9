//! Measures that an office does not apply since it takes no part in their pilot: else nobody could tell why nothing is granted.

use greenlane_engine::{Decided, Truth};
use greenlane_policy::expression::Proposition;
use greenlane_policy::facts::FactSource;
use greenlane_policy::pack::{Measure, Verdict};
use greenlane_terms::Language;
use maud::{Markup, html};

use super::measure::verdict_badge;

/// A card for each measure about the matter that the office alone keeps out of scope, of those that are wanted.
pub(super) fn not_in_pilot(
    decided: &Decided<'_>,
    language: Language,
    is_wanted: impl Fn(&Measure) -> bool,
) -> Markup {
    let found = (0..decided.measures()).filter(|at| is_outside(decided, *at)).map(|at| decided.measure(at));
    let found = found.filter(|measure| is_wanted(measure));
    html! {
        @for measure in found {
            section.card."mb-3" data-outside=(measure.id) {
                div."card-header" {
                    h2."card-title" { (measure.title.get(language.name())) }
                    div."ms-auto" { (verdict_badge(language, Verdict::OutOfScope)) }
                }
                div."card-body" { (language.say("该关区不在试点范围。", "This office is not in the pilot.")) }
            }
        }
    }
}

fn is_outside(decided: &Decided<'_>, at: usize) -> bool {
    let row = &decided.row;
    let (measure, code) = (decided.measure(at), row.value(row.pack.core.matter));
    let is_about = measure.matters.iter().any(|one| Some(i64::from(*one)) == code);
    let is_in_no_pilot = measure.pilot.is_some_and(|pilot| row.value(pilot) == Some(0));
    let Some(version) = decided.version(at).filter(|_| is_about && is_in_no_pilot) else { return false };
    // Whoever asks for one reform need not be told of the pilots of others.
    let is_asked = |part: &Proposition| row.truth(part) != Truth::False || !reads_matter_only(decided, part);
    version.conditions.iter().all(|condition| is_asked(&condition.proposition))
}

/// Whether it is about nothing but what the application itself says.
fn reads_matter_only(decided: &Decided<'_>, part: &Proposition) -> bool {
    let mut is_so = true;
    part.each_fact(&mut |column| {
        is_so &= decided.row.pack.facts.fact_of(column).source == FactSource::Matter;
    });
    is_so
}
