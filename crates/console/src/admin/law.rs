//! What the law in force says about places and days: offices with their pilots and people, and the working-day calendar.

use std::collections::BTreeMap;

use greenlane_desk::NotDone;
use greenlane_policy::pack::{Pack, Pilot, PilotOffice};
use greenlane_policy::working_days::{DayKind, ListedDay, WorkingDays};
use greenlane_terms::Language;
use greenlane_terms::numbers::AccountNumber;
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
    for account in service.reading().accounts(AccountNumber::new(0), MOST_ACCOUNTS).await? {
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
pub(super) fn calendar(service: &Service, reader: &Reader) -> Markup {
    let law = service.laws.in_force();
    let head = html! {
        th { (reader.say("日期", "Day")) }
        th { (reader.say("种类", "Kind")) }
        th { (reader.say("名称", "Name")) }
    };
    let rows = listed(&law.engine.pack.working_days, reader.today().year(), reader.language);
    let content = html! {
        details { summary."card-body" { (reader.say("显示", "Show")) } (table(&head, &rows)) }
        (change(reader, CALENDAR))
    };
    card("calendar", reader.say("工作日历", "Working-day calendar"), &content)
}

/// The listed days of a year and later.
fn listed(days: &WorkingDays, year: i16, language: Language) -> Markup {
    let kind = |of: &ListedDay| match of.kind {
        DayKind::Holiday => language.say("放假", "holiday"),
        DayKind::Workday => language.say("上班", "working day"),
    };
    html! {
        @for (day, of) in days.listed().filter(|(day, _)| day.year() >= year) {
            tr { td { (day) } td { (kind(of)) } td { (of.name(language)) } }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_shows_the_listed_days_from_the_first_of_the_year_on() {
        let pack = Pack::embedded().unwrap();
        let shown = |year, language| listed(&pack.working_days, year, language).into_string();
        let row = |cells: [&str; 3]| format!("<tr><td>{}</td></tr>", cells.join("</td><td>"));
        let last = shown(2026, Language::En);
        assert!(last.starts_with(&row(["2026-01-01", "holiday", "New Year's Day"])), "{last}");
        assert!(shown(2024, Language::Zh).contains(&row(["2024-02-04", "上班", "春节调休上班"])));
        assert_eq!(shown(2027, Language::En), "", "no day of that year is listed");
    }
}
