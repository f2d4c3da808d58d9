//! What was recorded about an enterprise: its level over time, and what happened.

use greenlane_access::Action;
use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::one_of as enterprise_of;
use greenlane_policy::pack::Pack;
use greenlane_store::StoreError;
use greenlane_store::registry::{Event, Record};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
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
pub(crate) async fn records_of(service: &Service, number: u64) -> Result<Vec<Record>, NotDone> {
    whole(|after| service.reading().records(number, after, PAGE), |one| one.number).await
}

/// Everything that happened, the earliest recorded first.
pub(crate) async fn events_of(service: &Service, number: u64) -> Result<Vec<Event>, NotDone> {
    whole(|after| service.reading().events(number, after, PAGE), |one| one.number).await
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

/// A level, and the days on which it was in force.
pub(super) struct Level<'r> {
    /// Its code; `None` if the record says that it is unknown.
    pub level: Option<&'r str>,
    pub from: Day,
    pub to: Option<Day>,
    ground: &'r str,
}

/// The levels of an enterprise, the latest first. On each day it has the one that decisions find: of the records that have begun
/// and not ended, that with the latest first day, and of one day the last that was recorded.
pub(super) fn levels_of(records: &[Record]) -> Vec<Level<'_>> {
    let level = |one: &Record| one.record.facts.iter().position(|(name, _)| name == "level");
    let stated: Vec<(&Record, usize)> = records.iter().filter_map(|one| Some((one, level(one)?))).collect();
    let begins = stated.iter().map(|(one, _)| one.record.valid_from);
    let over = stated.iter().filter_map(|(one, _)| Some(one.record.valid_to?.plus_days(1)));
    let mut turns: Vec<Day> = begins.chain(over).collect();
    turns.sort_unstable();
    turns.dedup();
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut before = None;
    for (at, from) in turns.iter().enumerate() {
        let to = turns.get(at + 1).map(|next| next.plus_days(-1));
        let has =
            |one: &Record| one.record.valid_from <= *from && one.record.valid_to.is_none_or(|to| *from <= to);
        let found = stated.iter().filter(|(one, _)| has(one));
        let found = found.max_by_key(|(one, _)| (one.record.valid_from, one.number));
        match (found, levels.last_mut()) {
            (Some((one, _)), Some(last)) if before == Some(one.number) => last.to = to,
            (Some((one, at)), _) => levels.push(Level {
                level: one.record.facts[*at].1.as_deref(),
                from: *from,
                to,
                ground: &one.author.ground,
            }),
            (None, _) => {}
        }
        before = found.map(|(one, _)| one.number);
    }
    levels.reverse();
    levels
}

/// The level of a day, and since when it has been the same without a break: a level that is confirmed is no new one.
pub(super) fn held_on<'l>(levels: &'l [Level<'_>], day: Day) -> Option<(&'l Level<'l>, Day)> {
    let at = levels.iter().position(|one| one.from <= day && one.to.is_none_or(|to| day <= to))?;
    let held = &levels[at];
    let mut since = held.from;
    for earlier in &levels[at + 1..] {
        if earlier.level != held.level || earlier.to != Some(since.plus_days(-1)) {
            break;
        }
        since = earlier.from;
    }
    Some((held, since))
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
    match of.level {
        Some(level) => code_name(pack, "credit_level", level, language).to_owned(),
        None => language.say("未知", "unknown").to_owned(),
    }
}

/// What happened, the latest first.
pub(super) async fn events(service: &Service, reader: &Reader, number: u64) -> Result<Markup, NotDone> {
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

#[cfg(test)]
mod tests {
    use greenlane_store::registry::RecordKind;

    use super::super::recorded::recorded;
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// The levels that come of records of levels, with their first and last day.
    fn shown(of: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        let records: Vec<_> =
            of.iter().map(|(level, from, to)| (["level", level], day(from), to.map(day))).collect();
        let line = |one: &Level<'_>| {
            let to = one.to.map_or_else(String::new, |to| to.to_string());
            format!("{} {} {to}", one.level.unwrap_or("?"), one.from).trim_end().to_owned()
        };
        levels_of(&recorded(RecordKind::Level, &records)).iter().map(line).collect()
    }

    #[test]
    fn a_level_that_ended_gives_way_to_the_one_that_still_runs() {
        let of = [("advanced", "2020-01-01", None), ("regular", "2023-01-01", Some("2023-06-30"))];
        assert_eq!(
            shown(&of),
            ["advanced 2023-07-01", "regular 2023-01-01 2023-06-30", "advanced 2020-01-01 2022-12-31"]
        );
        let again = [("regular", "2024-02-29", None), ("advanced", "2024-02-29", Some("2024-02-29"))];
        assert_eq!(
            shown(&again),
            ["regular 2024-03-01", "advanced 2024-02-29 2024-02-29"],
            "the last recorded counts"
        );
        let gap = [("advanced", "2020-01-01", Some("2020-12-31")), ("advanced", "2022-01-01", None)];
        assert_eq!(shown(&gap), ["advanced 2022-01-01", "advanced 2020-01-01 2020-12-31"]);
        assert_eq!(shown(&[]), [""; 0]);
    }

    fn held(of: &[(&'static str, &str, Option<&str>)], on: &str) -> Option<[String; 2]> {
        let level = |(level, from, to): &(&'static str, &str, Option<&str>)| Level {
            level: Some(level),
            from: day(from),
            to: to.map(day),
            ground: "",
        };
        let levels: Vec<Level<'_>> = of.iter().map(level).collect();
        let (one, since) = held_on(&levels, day(on))?;
        Some([one.level?.to_owned(), since.to_string()])
    }

    #[test]
    fn a_level_that_was_confirmed_is_held_since_it_was_first_given() {
        let of = [
            ("advanced", "2024-03-01", None),
            ("advanced", "2021-03-01", Some("2024-02-29")),
            ("regular", "2020-01-01", Some("2021-02-28")),
        ];
        assert_eq!(held(&of, "2024-03-01"), Some(["advanced".into(), "2021-03-01".into()]));
        assert_eq!(held(&of, "2024-02-29"), Some(["advanced".into(), "2021-03-01".into()]));
        assert_eq!(held(&of, "2021-02-28"), Some(["regular".into(), "2020-01-01".into()]));
        assert_eq!(held(&of, "2019-12-31"), None);
    }

    #[test]
    fn a_level_that_was_lost_for_a_day_begins_anew() {
        let of = [("advanced", "2024-03-01", None), ("advanced", "2021-03-01", Some("2024-02-28"))];
        assert_eq!(held(&of, "2024-03-01"), Some(["advanced".into(), "2024-03-01".into()]));
        assert_eq!(held(&of, "2024-02-29"), None);
    }
}
