//! How often a measure was granted, refused, undetermined, and which condition refuses most: for those who see its worth.

use greenlane_desk::NotDone;
use greenlane_evaluate::benefits::{Benefits, Outcomes};
use greenlane_policy::pack::{Measure, Verdict};
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};
use tokio::time::Instant;

use crate::benefits::{PATIENCE, progress, seen_by};
use crate::card::card;
use crate::measure::verdict_badge;
use crate::reader::{Reader, Visitor};
use crate::table::rows;

/// The card; nothing for those who may not see all matters.
pub(super) async fn often(
    service: &Service,
    visitor: &Visitor,
    measure: &Measure,
) -> Result<Markup, NotDone> {
    let Some(reader) = Reader::of(visitor) else { return Ok(html! {}) };
    let sees_all = seen_by(service, &reader).await;
    if !sees_all.is_ok_and(|seen| seen.offices.is_none() && seen.enterprise.is_none()) {
        return Ok(html! {});
    }
    let id = measure.id.clone();
    let look = move |benefits: &Benefits| benefits.outcomes(&id).cloned().unwrap_or_default();
    let content = match service.benefits.look(Instant::now() + PATIENCE, look).await? {
        Err(counting) => html! { div."card-body" { (progress(&reader, counting)) } },
        Ok(outcomes) => counts(reader.language, measure, &outcomes),
    };
    Ok(card("often", reader.say("适用情况", "How often"), &content))
}

fn counts(language: Language, measure: &Measure, outcomes: &Outcomes) -> Markup {
    let mut refusing: Vec<(&str, u64)> =
        outcomes.refusing.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    refusing.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words = |name: &str| {
        let conditions = measure.versions.iter().rev().flat_map(|version| &version.conditions);
        conditions
            .into_iter()
            .find(|one| one.name == name)
            .map(|one| one.text.get(language.name()).to_owned())
    };
    let line = |verdict: Verdict, count: u64| {
        html! { tr { td { (verdict_badge(language, verdict)) } td."text-end" data-count=(verdict.name()) { (count) } td {} } }
    };
    rows(&html! {
        (line(Verdict::Granted, outcomes.granted))
        (line(Verdict::Refused, outcomes.refused))
        @for (name, count) in refusing {
            // A condition of an older pack may have no words in this one.
            tr { td {} td."text-end" { (count) } td { (language.say("不成立：", "does not hold: ")) @match words(name) { Some(words) => (words), None => code { (name) } } } }
        }
        (line(Verdict::Undetermined, outcomes.undetermined))
    })
}
