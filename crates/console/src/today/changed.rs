//! What has changed lately: the law, and for an enterprise what was recorded about it and how its applications fared.

use greenlane_access::{Action, Resource, Role};
use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::one_of as enterprise_of;
use greenlane_store::KeptApplication;
use greenlane_store::registry::{Author, RecordKind};
use greenlane_terms::Language;
use greenlane_terms::time::begins_us;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::is_one_of;
use crate::application::recent_of;
use crate::card::card;
use crate::enterprise::{event_kind, events_of, records_of};
use crate::moments::moment;
use crate::reader::Reader;
use crate::table::rows;

/// What is older is not told.
const DAYS: i32 = 30;

/// Lines at most.
const SHOWN: usize = 10;

/// Versions of the law that are looked at, the latest.
const LOOKED_AT: u32 = 200;

struct Change {
    at_us: i64,
    when: Markup,
    /// A link to it.
    about: Markup,
    what: Markup,
}

/// A line for each change, the latest first; nothing if nothing has changed.
pub(super) async fn changed(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let mut changes = law(service, reader).await?;
    if is_one_of(reader, &[Role::Enterprise]) {
        for id in &reader.caller.who.enterprise {
            changes.extend(enterprise(service, reader, id).await?);
        }
        changes.extend(applications(service, reader).await?);
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.at_us));
    changes.truncate(SHOWN);
    let lines = html! {
        @for change in &changes { tr { td."text-nowrap" { (change.when) } td { (change.about) } td { (change.what) } } }
    };
    Ok(match changes.as_slice() {
        [] => html! {},
        _ => card("changed", reader.say("近期变化", "What has changed"), &rows(&lines)),
    })
}

/// Versions of the law that came into force, or will.
async fn law(service: &Service, reader: &Reader) -> Result<Vec<Change>, NotDone> {
    if !reader.caller.can(Action::ReadLaw, &Resource::Service) {
        return Ok(Vec::new());
    }
    let first = reader.today().plus_days(-DAYS);
    let mut changes = Vec::new();
    for release in service.reading().published_releases(None, LOOKED_AT).await? {
        let Some(from) = release.from.filter(|from| *from >= first) else { continue };
        let reason = release.moves.iter().rev().find_map(|made| made.reason.as_deref()).unwrap_or_default();
        let about = html! {
            a href={ "/law/changes/" (release.number) } { (reader.say("规则版本 ", "Version of the law ")) (release.number) }
        };
        let what = html! { (reader.say("生效", "in force")) div."text-secondary"."small" translate="no" { (reason) } };
        changes.push(Change { at_us: begins_us(from), when: html! { time { (from) } }, about, what });
    }
    Ok(changes)
}

/// What was recorded about an enterprise.
async fn enterprise(service: &Service, reader: &Reader, id: &str) -> Result<Vec<Change>, NotDone> {
    let (number, language) = (service.number_of(id, None).await?, reader.language);
    if !reader.caller.can(Action::ReadEnterprise, &enterprise_of(service, number).await?.1) {
        return Ok(Vec::new());
    }
    let since_us = begins_us(reader.today().plus_days(-DAYS));
    let line = |kind: Markup, at_us: i64, author: &Author, withdrawn: Option<(i64, &Author)>| {
        let (at_us, author) = withdrawn.unwrap_or((at_us, author));
        let about = html! { a href={ "/enterprises/" (id) } translate="no" { (id) } };
        let what = html! {
            (kind)
            @if withdrawn.is_some() { (language.say("（已撤回）", " (taken back)")) }
            div."text-secondary"."small" translate="no" { (author.ground) }
        };
        Change { at_us, when: moment(at_us), about, what }
    };
    let mut changes = Vec::new();
    for one in records_of(service, number).await? {
        let kind = html! { (record_kind(language, one.record.kind)) };
        let withdrawn = one.withdrawn.as_ref().map(|taken| (taken.at_us, &taken.author));
        changes.push(line(kind, one.at_us, &one.author, withdrawn));
    }
    for one in events_of(service, number).await? {
        let withdrawn = one.withdrawn.as_ref().map(|taken| (taken.at_us, &taken.author));
        changes.push(line(event_kind(language, &one.kind), one.at_us, &one.author, withdrawn));
    }
    changes.retain(|change| change.at_us >= since_us && change.at_us <= reader.now_us);
    Ok(changes)
}

/// How applications fared.
async fn applications(service: &Service, reader: &Reader) -> Result<Vec<Change>, NotDone> {
    let language = reader.language;
    let since_us = begins_us(reader.today().plus_days(-DAYS));
    let recent = recent_of(service, reader, since_us).await?;
    let change = |kept: KeptApplication| Change {
        at_us: kept.moved_us,
        when: moment(kept.moved_us),
        about: html! { a href={ "/applications/" (kept.number) } { (language.words(kept.of.kind.words())) " " (kept.number) } },
        what: html! { (language.words(kept.state().words())) },
    };
    Ok(recent.into_iter().map(change).collect())
}

const fn record_kind(language: Language, kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Level => language.say("信用等级", "credit level"),
        RecordKind::Type => language.say("企业类型", "type of enterprise"),
        RecordKind::Licence => language.say("证照", "licence"),
        RecordKind::Statement => language.say("申报数据", "statement"),
        RecordKind::Registration => language.say("注册", "registration"),
        RecordKind::Pilot => language.say("试点资格", "place in a pilot"),
        RecordKind::Relation => language.say("关联企业", "related enterprise"),
        RecordKind::Other => language.say("其他记录", "another record"),
    }
}
