//! What the law in force says about places and days: offices with their pilots and people, and the working-day calendar.

use std::collections::BTreeMap;

use greenlane_desk::NotDone;
use greenlane_policy::pack::{Pack, Pilot, PilotOffice};
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};

use crate::card::card;
use crate::reader::Reader;
use crate::table::table;

/// Accounts that are looked at.
const MOST_ACCOUNTS: u32 = 1_000;

const PILOTS: &str = "reference/pilots.csv";
const CALENDAR: &str = "reference/calendar.csv";

/// What an office has.
#[derive(Default)]
struct Office {
    pilots: Vec<String>,
    people: Vec<String>,
}

/// Every office that a pilot names or somebody serves.
pub(super) async fn offices(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let mut offices: BTreeMap<String, Office> = BTreeMap::new();
    for pilot in &pack.pilots {
        for office in &pilot.offices {
            let words = pilot_words(pack, pilot, office, reader.language);
            offices.entry(name(office)).or_default().pilots.push(words);
        }
    }
    for account in service.reading().accounts(0, MOST_ACCOUNTS).await? {
        for office in account.of.offices {
            offices.entry(office).or_default().people.push(account.of.login.clone());
        }
    }
    let head = html! {
        th { (reader.say("关区", "Office")) }
        th { (reader.say("试点", "Pilots")) }
        th { (reader.say("人员", "People")) }
    };
    let rows = html! {
        @for (name, office) in &offices {
            tr {
                td { @if name == "*" { (reader.say("全部", "all")) } @else { (name) } }
                td { @for pilot in &office.pilots { div { (pilot) } } }
                td translate="no" { (office.people.join(" ")) }
            }
        }
    };
    let content = html! { (table(&head, &rows)) (change(reader, PILOTS)) };
    Ok(card("offices", reader.say("关区和试点", "Offices and pilots"), &content))
}

fn name(office: &PilotOffice) -> String {
    if office.first == office.last {
        format!("{:04}", office.first)
    } else {
        format!("{:04}–{:04}", office.first, office.last)
    }
}

fn pilot_words(pack: &Pack, pilot: &Pilot, office: &PilotOffice, language: Language) -> String {
    let label = pack.facts.fact_of(pilot.flag).label.get(language.name());
    let to = office.period.to.map_or_else(String::new, |to| to.to_string());
    format!("{label}: {} – {to}", office.period.from)
}

/// Days that are listed otherwise than their day of the week has it, of this year and later.
pub(super) async fn calendar(service: &Service, reader: &Reader) -> Result<Markup, NotDone> {
    let files = service.reading().pack_files(service.laws.in_force().number).await?;
    let text = files.iter().find(|(path, _)| *path == CALENDAR).map_or("", |(_, text)| text);
    let mut lines = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(text.as_bytes());
    let year = format!("{:04}", reader.today().year());
    let days = lines.records().filter_map(Result::ok);
    let days = days.filter(|day| day.get(0).is_some_and(|day| day >= year.as_str()));
    let head = html! {
        th { (reader.say("日期", "Day")) }
        th { (reader.say("种类", "Kind")) }
        th { (reader.say("名称", "Name")) }
    };
    let name = if reader.language == Language::Zh { 2 } else { 3 };
    let rows = html! {
        @for day in days {
            tr {
                td { (day.get(0).unwrap_or_default()) }
                td { (if day.get(1) == Some("holiday") { reader.say("放假", "holiday") } else { reader.say("上班", "working day") }) }
                td { (day.get(name).unwrap_or_default()) }
            }
        }
    };
    let content = html! {
        details { summary."card-body" { (reader.say("显示", "Show")) } (table(&head, &rows)) }
        (change(reader, CALENDAR))
    };
    Ok(card("calendar", reader.say("工作日历", "Working-day calendar"), &content))
}

/// How it is changed: as the law is.
fn change(reader: &Reader, file: &str) -> Markup {
    html! {
        p."card-body"."text-secondary"."mb-0" {
            (reader.say("这是规则的一部分，由政策编辑修改：", "It is part of the law, and changed by policy editors: "))
            @if reader.caller.can_propose() { a href={ "/law/file?file=" (file) } { code { (file) } } } @else { code { (file) } }
        }
    }
}
