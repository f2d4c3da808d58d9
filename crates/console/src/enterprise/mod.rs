//! Enterprise: who it is, its level over time, what is known about it, what happened, and which measures it has or misses.

use greenlane_terms::Office;
use greenlane_terms::numbers::{ApplicationNumber, EnterpriseNumber};

mod benefits;
mod history;
mod licences;
mod measures;
#[cfg(test)]
mod recorded;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_engine::Row;
use greenlane_engine::words::Words;
use greenlane_evaluate::benefits::Asked;
use greenlane_policy::facts::FactValue;
use greenlane_policy::pack::Pack;
use greenlane_policy::text::Text;
use greenlane_store::registry::{Enterprise, IdentifierKind};
use greenlane_store::{ApplicationFilter, ApplicationOrder, Drafts};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use maud::{Markup, html};
use serde::Deserialize;

use self::benefits::benefits;
pub(super) use self::history::{event_kind, events_of, records_of};
use self::history::{events, level_name, levels, relations};
pub(super) use self::licences::due_lines;
use self::licences::licences;
use self::measures::measures;
use super::addresses::enterprise as address;
use super::application::{head as application_head, row as application_row};
use super::benefits::Each;
use super::card::card;
use super::page::{Here, page};
use super::reader::Reader;
use super::registry_facts::{RegistryFact, registry_facts, supposed};
use super::table::{rows, table};
use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::seen as enterprise_seen;
use greenlane_desk::actions::tasks::of_caller as tasks_of;
use greenlane_desk::levels::{held_on, levels_of};
use greenlane_transport::Service;

/// Applications that are listed.
const SHOWN: u32 = 200;

/// Which enterprise.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    each: Each,
}

/// `GET /enterprises`: a field for any identifier; with one, the enterprise itself.
pub(super) async fn find(
    State(service): State<Service>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    match wanted.id.trim() {
        "" => {
            let own = &reader.caller.who.enterprise;
            let content = html! {
                (field(reader.language, ""))
                @for id in own { p { a href=(address(id)) { (reader.say("本企业 ", "Your enterprise ")) span translate="no" { (id) } } } }
            };
            page(&reader, Here::Enterprises, reader.say("企业", "Enterprises"), &content)
        }
        id => shown(&service, &reader, id, &wanted.each).await,
    }
}

/// `GET /enterprises/{id}`
pub(super) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    shown(&service, &reader, &id, &wanted.each).await
}

async fn shown(service: &Service, reader: &Reader, id: &str, each: &Each) -> Response {
    match content(service, reader, id, each).await {
        Ok((title, content)) => page(reader, Here::Enterprises, &title, &content),
        Err(error) => reader.refuse(error),
    }
}

fn field(language: Language, id: &str) -> Markup {
    html! {
        form."mb-3"."d-flex"."gap-2" method="get" action="/enterprises" role="search" {
            label."visually-hidden" for="id" { (language.say("海关注册编码、统一社会信用代码或者AEO编码", "Customs code, USCC or AEO code")) }
            input."form-control" id="id" name="id" value=(id) autocomplete="off" required
                placeholder=(language.say("海关注册编码、统一社会信用代码或者AEO编码", "Customs code, USCC or AEO code"));
            button.btn."btn-primary" type="submit" { (language.say("查找", "Find")) }
        }
    }
}

async fn content(
    service: &Service,
    reader: &Reader,
    id: &str,
    each: &Each,
) -> Result<(String, Markup), NotDone> {
    let language = reader.language;
    let (number, enterprise) = enterprise_seen(service, &reader.caller, id, None).await?;
    let (law, today) = (service.laws.in_force(), reader.today());
    let stated = registry_facts(service, &law, id, today).await?;
    let known_by = enterprise.iter().flat_map(|one| &one.identifiers).map(|one| one.id.clone());
    let names: Vec<String> = known_by.chain([id.to_owned()]).collect();
    let offices = offices_seen(reader, &names);
    let drafts = match names.iter().any(|name| reader.caller.who.enterprise.contains(name)) {
        true => Drafts::Own,
        false => Drafts::By(reader.caller.person().to_owned()),
    };
    let (pack, mut records) = (&law.engine.pack, records_of(service, number).await?);
    records.retain(|one| one.withdrawn.is_none());
    let held = levels_of(&records);
    let since = held_on(&held, today).map(|(one, since)| (level_name(language, pack, one), since));
    let content = html! {
        (field(language, id))
        (identifiers(language, enterprise.as_ref()))
        div.row."row-cards" {
            div."col-12"."col-lg-5" {
                (levels(language, pack, &held, today))
                (now(language, pack, &stated, today))
                (licences(language, pack, &records, today))
                (relations(service, reader, &records).await?)
                (events(service, reader, number).await?)
            }
            div."col-12"."col-lg-7" {
                @if let Some(offices) = offices {
                    (benefits(service, reader, Asked { enterprise: Some(names), offices: offices.clone(), ..Asked::default() }, since, each).await?)
                    (applications(service, reader, number, offices, drafts).await?)
                }
                (measures(&law.engine, &stated, today, language))
            }
        }
    };
    Ok((format!("{} {id}", language.say("企业", "Enterprise")), content))
}

/// The offices (`None`: all) at which the reader sees matters of an enterprise with these identifiers; nothing if at none.
fn offices_seen(reader: &Reader, identifiers: &[String]) -> Option<Option<Vec<Office>>> {
    let anywhere = Resource::Matter { office: None, parties: identifiers.to_vec() };
    if reader.caller.can(Action::ReadMatter, &anywhere) {
        return Some(None);
    }
    tasks_of(&reader.caller).ok().map(|seen| seen.offices)
}

/// What it has asked for at these offices, the latest first.
async fn applications(
    service: &Service,
    reader: &Reader,
    number: EnterpriseNumber,
    offices: Option<Vec<Office>>,
    drafts: Drafts,
) -> Result<Markup, NotDone> {
    let language = reader.language;
    let filter =
        ApplicationFilter { enterprise: Some(number), offices, drafts, ..ApplicationFilter::default() };
    let order = ApplicationOrder::Latest(ApplicationNumber::new(u64::MAX));
    let found = service.reading().applications(&filter, order, SHOWN).await?;
    if found.is_empty() {
        return Ok(html! {});
    }
    let rows = html! { @for kept in &found { (application_row(language, reader.now_us, kept)) } };
    Ok(card("applications", language.say("申请", "Applications"), &table(&application_head(language), &rows)))
}

fn identifiers(language: Language, enterprise: Option<&Enterprise>) -> Markup {
    let kind = |kind: IdentifierKind| match kind {
        IdentifierKind::CustomsCode => language.say("海关注册编码", "customs code"),
        IdentifierKind::Uscc => language.say("统一社会信用代码", "USCC"),
        IdentifierKind::AeoCode => language.say("AEO编码", "AEO code"),
        IdentifierKind::Other => language.say("其他编号", "other identifier"),
    };
    html! {
        @if let Some(enterprise) = enterprise {
            @if let Some(name) = &enterprise.name { p.lead translate="no" { (name) } }
            p { @for one in &enterprise.identifiers {
                span."me-3" { (kind(one.kind)) " " strong translate="no" { (one.id) } }
            } }
        }
    }
}

/// What is known today. Facts have a name in each role of a party; here they are the enterprise's own.
fn now(language: Language, pack: &Pack, stated: &[RegistryFact], today: Day) -> Markup {
    let nothing = supposed(pack, today, None, &[], &[]);
    let words = Words { row: Row { pack, matters: &nothing, row: 0 }, language: language.name() };
    let in_words = |(_, name, text): &RegistryFact| {
        let (role, column) = pack
            .facts
            .roles
            .iter()
            .find_map(|(role, label)| Some((label, pack.facts.party_column(role, name)?)))?;
        let value = match pack.facts.read(column, text) {
            Ok(FactValue::Flag(flag)) => words.value(column, i64::from(flag)),
            Ok(FactValue::Coded(coded)) => words.value(column, coded),
            _ => text.clone(),
        };
        Some((without_role(&words.label(column), role.get(language.name())), value))
    };
    let facts = stated.iter().filter_map(in_words);
    let facts = html! { @for (label, value) in facts { tr { th scope="row" { (label) } td { (value) } } } };
    card("known", language.say("今日所知", "RegistryFact today"), &rows(&facts))
}

/// A fact about an enterprise in words, without a party; its name if the pack does not know it.
fn label_of(pack: &Pack, language: Language, name: &str, today: Day) -> String {
    let nothing = supposed(pack, today, None, &[], &[]);
    let words = Words { row: Row { pack, matters: &nothing, row: 0 }, language: language.name() };
    let label = |(role, label): &(String, Text)| {
        let column = pack.facts.party_column(role, name)?;
        Some(without_role(&words.label(column), label.get(language.name())))
    };
    pack.facts.roles.iter().find_map(label).unwrap_or_else(|| name.to_owned())
}

/// A label without the party it is about: "debt-to-asset ratio of the applicant at the end of 2023", "申请人信用等级".
fn without_role(label: &str, role: &str) -> String {
    label.replacen(&format!(" of the {role}"), "", 1).replacen(role, "", 1)
}
