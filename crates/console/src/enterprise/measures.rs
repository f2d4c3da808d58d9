//! Which measures an enterprise has, and which it misses and by how much, as far as they depend on itself.

use greenlane_engine::explain::MeasureExplanation;
use greenlane_engine::{Engine, Truth};
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use maud::{Markup, html};

use crate::measure::verdict_badge;
use crate::one_decision::look_at;
use crate::registry_facts::{RegistryFact, supposed};

/// Facts that a measure depends on which are named at once.
const MOST_NAMED: usize = 6;

/// Every measure once, by what it comes to where it comes to most.
pub(super) fn measures(engine: &Engine, stated: &[RegistryFact], today: Day, language: Language) -> Markup {
    let pack = &engine.pack;
    let mut found: Vec<MeasureExplanation> = Vec::new();
    for matter in matters(pack) {
        let row = supposed(pack, today, Some(matter), stated, &[]);
        let explained = look_at(engine, &row, |decided| decided.explain(language.name()));
        for measure in explained.measures {
            match found.iter_mut().find(|known| known.id == measure.id) {
                Some(known) if rank(known.verdict) <= rank(measure.verdict) => {}
                Some(known) => *known = measure,
                None => found.push(measure),
            }
        }
    }
    let of =
        |wanted: Verdict| found.iter().filter(move |measure| measure.verdict == wanted).collect::<Vec<_>>();
    html! {
        (list(language, language.say("已适用", "It has"), &of(Verdict::Granted)))
        (list(language, language.say("视具体事项而定", "Depends on the matter"), &of(Verdict::Undetermined)))
        (list(language, language.say("未能适用", "It misses"), &of(Verdict::Refused)))
    }
}

/// Codes of matters that a measure is about.
fn matters(pack: &Pack) -> impl Iterator<Item = u8> {
    let mut codes: Vec<u8> = pack.deciding().flat_map(|measure| measure.matters.iter().copied()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter()
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Granted => 0,
        Verdict::Undetermined => 1,
        Verdict::Refused => 2,
        Verdict::OutOfScope => 3,
    }
}

fn list(language: Language, title: &str, measures: &[&MeasureExplanation]) -> Markup {
    html! {
        @if !measures.is_empty() {
            section.card."mb-3" {
                div."card-header" { h2."card-title" { (title) " " span."text-secondary" { (measures.len()) } } }
                div."list-group"."list-group-flush" {
                    @for measure in measures {
                        div."list-group-item" data-measure=(measure.id) data-verdict=(measure.verdict.name()) {
                            div."d-flex" {
                                a href={ "/law/" (measure.id) } { (measure.title) }
                                span."text-secondary"."ms-2" translate="no" { (measure.citation) }
                                span."ms-auto" { (verdict_badge(language, measure.verdict)) }
                            }
                            @for because in measure.conditions.iter().filter(|one| one.truth == Truth::False).flat_map(|one| &one.because) {
                                div."text-secondary" { (because) }
                            }
                            @for needs in measure.needs.iter().take(1) { (depends_on(language, needs)) }
                        }
                    }
                }
            }
        }
    }
}

/// The first of the facts that a measure depends on, with the others behind a click.
fn depends_on(language: Language, needs: &[String]) -> Markup {
    let comma = language.say("、", ", ");
    let (first, others) = needs.split_at(needs.len().min(MOST_NAMED));
    html! {
        div."text-secondary" { (language.say("取决于：", "depends on: ")) (first.join(comma)) }
        @if !others.is_empty() {
            details."text-secondary" { summary { (language.say("另有 ", "and ")) (others.len()) (language.say(" 项", " more")) } (others.join(comma)) }
        }
    }
}
