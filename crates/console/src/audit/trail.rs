//! Who did what, and what was refused.

use std::cmp::Reverse;
use std::collections::HashMap;

use greenlane_desk::NotDone;
use greenlane_store::{Entry, Kind};
use greenlane_terms::Language;
use greenlane_terms::numbers::{AccountNumber, EntryNumber};
use greenlane_transport::Service;
use maud::{Markup, html};

use super::deeds::{deed, person};
use super::{SHOWN, sees};
use crate::card::card;
use crate::moments::moment;
use crate::move_history::ITSELF;
use crate::reader::Reader;
use crate::table::table;

/// Entries that say what people did, but for what they did with accounts.
const KINDS: [Kind; 3] = [Kind::Casework, Kind::Registry, Kind::Pack];

/// Entries of each of these kinds among which those of one person are looked for.
const LOOKED_AT: u32 = 1_000;

/// The trail, the latest first: everybody's, before an entry; or the latest of one account. Of work the reader sees what they may
/// read.
pub(super) async fn trail(
    service: &Service,
    reader: &Reader,
    who: &str,
    before: Option<EntryNumber>,
) -> Result<Markup, NotDone> {
    let language = reader.language;
    let mut entries = match who {
        "" => everybodys(service, before).await?,
        who => theirs(service, who).await?,
    };
    entries.sort_unstable_by_key(|(number, _)| Reverse(*number));
    entries.truncate(SHOWN as usize);
    let is_cut = entries.len() == SHOWN as usize;
    let earlier = entries.last().map(|(number, _)| *number).filter(|_| who.is_empty() && is_cut);
    let mut readable = Vec::new();
    for (number, entry) in entries {
        let is_by_itself = person(&entry).is_ok_and(|person| person.as_deref() == Some(ITSELF));
        if !is_by_itself && sees(service, reader, number, &entry).await? {
            readable.push((number, entry));
        }
    }
    let logins = logins_of(service, &readable).await?;
    let content = html! {
        (search(language, who))
        @if readable.is_empty() { div."card-body" { (language.say("没有操作记录。", "Nothing was done.")) } }
        @else { (deeds(language, &readable, &logins)) }
        @if !who.is_empty() { p."card-body"."text-secondary" { (language.say(
            "最多显示最近100条；作业、企业名录和规则包的操作在各自最近1000条中查找。",
            "The latest 100 at most; of work, registry and packs the latest 1,000 entries each are looked through.",
        )) } }
        @if let Some(last) = earlier {
            div."card-body" { a.btn href={ "/audit?before=" (last) } { (language.say("更早的", "Earlier")) } }
        }
    };
    Ok(card("trail", language.say("操作记录", "Who did what"), &content))
}

async fn everybodys(
    service: &Service,
    before: Option<EntryNumber>,
) -> Result<Vec<(EntryNumber, Entry)>, NotDone> {
    let mut entries = service.reading().entries_of_kind(Kind::Audit, before, SHOWN).await?;
    for kind in KINDS {
        entries.extend(service.reading().entries_of_kind(kind, before, SHOWN).await?);
    }
    Ok(entries)
}

async fn theirs(service: &Service, who: &str) -> Result<Vec<(EntryNumber, Entry)>, NotDone> {
    let account = service.reading().account_by_login(who).await?;
    // `anonymous`, `server`, and accounts by their numbers are known to the trail by these names.
    let subject = account.map_or_else(|| who.to_owned(), |account| format!("account:{}", account.number));
    let mut entries = service.reading().entries_about(&subject, Some(Kind::Audit), SHOWN).await?;
    for kind in KINDS {
        let found = service.reading().entries_of_kind(kind, None, LOOKED_AT).await?;
        // What cannot be read may be theirs.
        let is_theirs = |entry: &Entry| person(entry).map_or(true, |person| person.as_deref() == Some(who));
        entries.extend(found.into_iter().filter(|(_, entry)| is_theirs(entry)));
    }
    Ok(entries)
}

fn search(language: Language, who: &str) -> Markup {
    let label = language.say("登录名，或者 anonymous、server", "A login, or anonymous, or server");
    html! {
        form."card-body"."d-flex"."gap-2" method="get" action="/audit" role="search" {
            input."form-control" name="who" value=(who) aria-label=(label) placeholder=(label) autocomplete="off";
            button.btn type="submit" { (language.say("只看此人", "Show theirs")) }
        }
    }
}

/// The logins of the accounts in a trail, by subject.
async fn logins_of(
    service: &Service,
    trail: &[(EntryNumber, Entry)],
) -> Result<HashMap<String, String>, NotDone> {
    let mut logins = HashMap::new();
    for (_, entry) in trail {
        let number = entry
            .subject
            .strip_prefix("account:")
            .and_then(|number| number.parse().ok())
            .map(AccountNumber::new);
        let Some(number) = number.filter(|_| !logins.contains_key(&entry.subject)) else { continue };
        if let Some(account) = service.reading().account(number).await? {
            logins.insert(entry.subject.clone(), account.of.login);
        }
    }
    Ok(logins)
}

fn deeds(language: Language, entries: &[(EntryNumber, Entry)], logins: &HashMap<String, String>) -> Markup {
    let head = html! {
        th."d-none"."d-md-table-cell" { (language.say("条目", "Entry")) } th { (language.say("时间", "When")) }
        th."d-none"."d-md-table-cell" { (language.say("操作人", "Who")) } th { (language.say("操作内容", "What")) }
    };
    // Why an entry cannot be read stands beside, with what it says.
    let who = |entry: &Entry| match (person(entry).ok().flatten(), logins.get(&entry.subject)) {
        (Some(person), _) => html! { (person) },
        (None, Some(login)) => html! { (login) " " span."text-secondary" { (entry.subject) } },
        (None, None) => html! { (entry.subject) },
    };
    let rows = html! {
        @for (number, entry) in entries {
            tr {
                td."d-none"."d-md-table-cell" { (number) }
                td { (moment(entry.at_us)) }
                td."d-none"."d-md-table-cell" translate="no" { (who(entry)) }
                // On a phone who did it stands above what they did, so that both have room.
                td."deed" { div."d-md-none" translate="no" { (who(entry)) } (deed(language, *number, entry)) }
            }
        }
    };
    table(&head, &rows)
}
