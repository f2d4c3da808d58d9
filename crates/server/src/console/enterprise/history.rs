//! What was recorded about an enterprise: its level over time, and what happened.

use greenlane_policy::pack::Pack;
use greenlane_store::registry::{Record, RecordKind};
use maud::{Markup, html};

use super::label_of;
use crate::api::{ApiError, Service, enterprise_of};
use crate::clock::today;
use crate::console::card::card;
use crate::console::language::Language;
use crate::console::names::code_name;
use crate::console::table::rows;
use crate::console::timeline::{Span, timeline};

/// Records and events that are shown at most.
const SHOWN: u32 = 1_000;

/// Its levels, the latest first.
pub(super) async fn levels(
    service: &Service,
    language: Language,
    number: u64,
    pack: &Pack,
) -> Result<Markup, ApiError> {
    let mut records = service.store.records(number, 0, SHOWN).await?;
    records.retain(|one| one.withdrawn.is_none() && one.record.facts.iter().any(|(name, _)| name == "level"));
    records.sort_by_key(|one| std::cmp::Reverse((one.record.valid_from, one.number)));
    let level = |facts: &[(String, Option<String>)]| {
        facts.iter().find(|(name, _)| name == "level").and_then(|(_, value)| value.clone())
    };
    let name = |one: &Record| {
        html! {
            @match level(&one.record.facts) {
                Some(level) => (code_name(pack, "credit_level", &level, language)),
                None => (language.say("未知", "unknown")),
            }
            div."text-secondary"."small" translate="no" { (one.author.ground) }
        }
    };
    // A level ends where the next one begins.
    let ends =
        [None].into_iter().chain(records.iter().map(|later| Some(later.record.valid_from.plus_days(-1))));
    let spans: Vec<Span> = records
        .iter()
        .zip(ends)
        .map(|(one, end)| Span {
            name: name(one),
            from: one.record.valid_from,
            to: one.record.valid_to.or(end),
        })
        .collect();
    let content = html! {
        @if records.is_empty() { div."card-body" { (language.say("没有信用等级记录。", "No level is recorded.")) } }
        @else { (timeline(language, &spans, today())) }
    };
    Ok(card("levels", language.say("信用等级沿革", "Level over time"), &content))
}

/// What happened, the latest first.
pub(super) async fn events(service: &Service, language: Language, number: u64) -> Result<Markup, ApiError> {
    let mut events = service.store.events(number, 0, SHOWN).await?;
    events.retain(|one| one.withdrawn.is_none());
    events.sort_by_key(|one| std::cmp::Reverse((one.on, one.number)));
    let content = html! {
        @if events.is_empty() { div."card-body" { (language.say("没有事件记录。", "No event is recorded.")) } }
        @else {
            (rows(&html! { @for one in &events {
                tr {
                    td { (one.on) }
                    td { (kind(language, &one.kind)) }
                    td { @if one.amount_fen != 0 { (greenlane_policy::units::Fen(one.amount_fen)) } }
                    td translate="no" { (one.author.ground) }
                }
            } }))
        }
    };
    Ok(card("events", language.say("事件", "Events"), &content))
}

/// Kinds of events that the law counts, in words; others as they were posted.
fn kind(language: Language, kind: &str) -> Markup {
    let (zh, en) = match kind {
        "finding" => ("查发", "finding"),
        "late_payment" => ("逾期缴税", "late payment of tax"),
        "penalty" => ("海关行政处罚", "customs penalty"),
        "downgrade" => ("下调信用等级", "downgrade"),
        "suspension" => ("暂停信用管理措施", "measures suspended"),
        "tax_payment" => ("缴纳税款", "tax paid"),
        other => return html! { span translate="no" { (other) } },
    };
    html! { (language.say(zh, en)) }
}

/// Licences, registrations and places in pilots on a line of time: when each ends.
pub(super) async fn licences(
    service: &Service,
    language: Language,
    number: u64,
    pack: &Pack,
) -> Result<Markup, ApiError> {
    let mut records = service.store.records(number, 0, SHOWN).await?;
    let ends = |kind| matches!(kind, RecordKind::Licence | RecordKind::Registration | RecordKind::Pilot);
    records.retain(|one| one.withdrawn.is_none() && ends(one.record.kind));
    if records.is_empty() {
        return Ok(html! {});
    }
    records.sort_by_key(|one| (one.record.valid_to, one.number));
    let name = |one: &Record| {
        let facts = one.record.facts.iter().map(|(name, _)| label_of(pack, language, name));
        html! {
            (facts.collect::<Vec<_>>().join(language.say("、", ", ")))
            @if one.record.valid_to.is_some_and(|to| to < today()) { " " span.badge."bg-red-lt" { (language.say("已到期", "over")) } }
        }
    };
    let spans: Vec<Span> = records
        .iter()
        .map(|one| Span { name: name(one), from: one.record.valid_from, to: one.record.valid_to })
        .collect();
    Ok(card(
        "licences",
        language.say("证照、注册和试点资格", "Licences, registrations, pilots"),
        &timeline(language, &spans, today()),
    ))
}

/// Other enterprises that it is bound to: groups, partners of the supply chain, carriers.
pub(super) async fn relations(
    service: &Service,
    language: Language,
    number: u64,
) -> Result<Markup, ApiError> {
    let mut records = service.store.records(number, 0, SHOWN).await?;
    records.retain(|one| one.withdrawn.is_none() && one.record.related.is_some());
    let mut lines = Vec::new();
    for one in &records {
        let Some(other) = one.record.related else { continue };
        let (enterprise, _) = enterprise_of(service, other).await?;
        let identifier =
            enterprise.as_ref().and_then(|one| one.identifiers.first()).map(|one| one.id.clone());
        let name = enterprise.and_then(|one| one.name);
        lines.push((identifier.unwrap_or_else(|| other.to_string()), name, one));
    }
    if lines.is_empty() {
        return Ok(html! {});
    }
    let lines = html! {
        @for (identifier, name, one) in &lines {
            tr {
                td { a href={ "/enterprises/" (identifier) } translate="no" { (name.as_deref().unwrap_or(identifier)) } }
                td { (one.record.valid_from) " – " @if let Some(to) = one.record.valid_to { (to) } }
                td translate="no" { (one.author.ground) }
            }
        }
    };
    Ok(card("relations", language.say("关联企业", "Related enterprises"), &rows(&lines)))
}
