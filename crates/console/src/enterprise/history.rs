//! What was recorded about an enterprise: its level over time, and what happened.

use greenlane_access::Action;
use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::one_of as enterprise_of;
use greenlane_desk::levels::Level;
use greenlane_policy::pack::Pack;
use greenlane_store::StoreError;
use greenlane_store::registry::{Event, Record};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber, RecordNumber};
use greenlane_transport::Service;
use maud::{Markup, html};

use crate::card::card;
use crate::names::code_name;
use crate::reader::Reader;
use crate::table::rows;
use crate::timeline::{Span, timeline};

/// Records or events that are read at a time.
const PAGE: u32 = 1_000;

/// Events that are shown, the latest.
const SHOWN: usize = 200;

/// Everything that was recorded about an enterprise, the earliest first.
pub(crate) async fn records_of(service: &Service, number: EnterpriseNumber) -> Result<Vec<Record>, NotDone> {
    whole(|after| service.reading().records(number, RecordNumber::new(after), PAGE), |one| one.number.get())
        .await
}

/// Everything that happened, the earliest recorded first.
pub(crate) async fn events_of(service: &Service, number: EnterpriseNumber) -> Result<Vec<Event>, NotDone> {
    whole(|after| service.reading().events(number, EventNumber::new(after), PAGE), |one| one.number.get())
        .await
}

/// All of what comes in pages of [`PAGE`], each after the last number of the page before.
async fn whole<T, P>(page_after: impl Fn(u64) -> P, number: impl Fn(&T) -> u64) -> Result<Vec<T>, NotDone>
where
    P: Future<Output = Result<Vec<T>, StoreError>>,
{
    let mut all = Vec::new();
    loop {
        let page = page_after(all.last().map_or(0, &number)).await?;
        let is_last = page.len() < PAGE as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// Its levels on a line of time.
pub(super) fn levels(language: Language, pack: &Pack, levels: &[Level<'_>], today: Day) -> Markup {
    let name = |one: &Level<'_>| {
        html! {
            (level_name(language, pack, one))
            div."text-secondary"."small" translate="no" { (one.ground) }
        }
    };
    let spans: Vec<Span> =
        levels.iter().map(|one| Span { name: name(one), from: one.from, to: one.to }).collect();
    let content = html! {
        @if spans.is_empty() { div."card-body" { (language.say("没有信用等级记录。", "No level is recorded.")) } }
        @else { (timeline(language, &spans, today)) }
    };
    card("levels", language.say("信用等级沿革", "Level over time"), &content)
}

/// A level in words.
pub(super) fn level_name(language: Language, pack: &Pack, of: &Level<'_>) -> String {
    match of.code {
        Some(level) => code_name(pack, "credit_level", level, language).to_owned(),
        None => language.say("未知", "unknown").to_owned(),
    }
}

/// What happened, the latest first.
pub(super) async fn events(
    service: &Service,
    reader: &Reader,
    number: EnterpriseNumber,
) -> Result<Markup, NotDone> {
    let language = reader.language;
    let mut events = events_of(service, number).await?;
    events.retain(|one| one.withdrawn.is_none());
    events.sort_by_key(|one| std::cmp::Reverse((one.on, one.number)));
    let more = events.len().saturating_sub(SHOWN);
    events.truncate(SHOWN);
    let content = html! {
        @if events.is_empty() { div."card-body" { (language.say("没有事件记录。", "No event is recorded.")) } }
        @else {
            (rows(&html! { @for one in &events {
                tr {
                    td { (one.on) }
                    td { (event_kind(language, &one.kind)) }
                    td { @if one.amount_fen != 0 { (greenlane_policy::units::Fen(one.amount_fen)) } }
                    td translate="no" {
                        (one.author.ground)
                        // Who recorded it is for those who work with it.
                        @if reader.caller.who.enterprise.is_empty() { div."text-secondary"."small" { (one.author.person) } }
                    }
                }
            } }))
            @if more > 0 { p."card-body"."text-secondary"."mb-0" { (more) (language.say(" 件更早的事件未列出。", " earlier events are not listed.")) } }
        }
    };
    Ok(card("events", language.say("事件", "Events"), &content))
}

/// Kinds of events that the law counts, in words; others as they were posted.
pub(crate) fn event_kind(language: Language, kind: &str) -> Markup {
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

/// Other enterprises that it is bound to: groups, partners of the supply chain, carriers. Who they are is said to whoever may read
/// them; the ground, which says what binds them, is a part of its own record.
pub(super) async fn relations(
    service: &Service,
    reader: &Reader,
    records: &[Record],
) -> Result<Markup, NotDone> {
    let language = reader.language;
    let mut lines = Vec::new();
    for one in records {
        let Some(other) = one.record.related else { continue };
        let (enterprise, resource) = enterprise_of(service, other).await?;
        let who = reader.caller.can(Action::ReadEnterprise, &resource).then(|| {
            let identifier =
                enterprise.as_ref().and_then(|one| one.identifiers.first()).map(|one| one.id.clone());
            (identifier.unwrap_or_else(|| other.to_string()), enterprise.and_then(|one| one.name))
        });
        lines.push((who, one));
    }
    if lines.is_empty() {
        return Ok(html! {});
    }
    let lines = html! {
        @for (who, one) in &lines {
            tr {
                td { @match who {
                    Some((identifier, name)) => a href={ "/enterprises/" (identifier) } translate="no" { (name.as_deref().unwrap_or(identifier)) },
                    None => (language.say("另一企业", "another enterprise")),
                } }
                td { (one.record.valid_from) " – " @if let Some(to) = one.record.valid_to { (to) } }
                td translate="no" { (one.author.ground) }
            }
        }
    };
    Ok(card("relations", language.say("关联企业", "Related enterprises"), &rows(&lines)))
}
