//! Audit: the head of the log, what it says about a subject, keys of draws, and who did what.

mod deeds;
mod search;
mod trail;
mod witnesses;

use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_desk::actions::log::may_read;
use greenlane_desk::{NotDone, Problem};
use greenlane_ledger::day_key::{CommitmentBody, RevealBody};
use greenlane_store::{Entry, Kind, LogKey, TreeHead};
use greenlane_terms::Language;
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use self::search::search;
use self::trail::trail;
use super::card::card;
use super::page::{Here, page};
use super::reader::Reader;
use super::table::table;

/// Entries of a list at most.
const SHOWN: u32 = 100;

/// What is looked for, whose deeds, and where the trail goes on.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    about: String,
    #[serde(default)]
    who: String,
    before: Option<EntryNumber>,
}

/// `GET /audit`
pub(super) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    match content(&service, &reader, &wanted).await {
        Ok(content) => page(&reader, Here::Audit, reader.say("审计", "Audit"), &content),
        Err(error) => reader.refuse(error),
    }
}

async fn content(service: &Service, reader: &Reader, wanted: &Wanted) -> Result<Markup, NotDone> {
    reader.caller.may(Action::ReadTrail, &Resource::Service)?;
    let language = reader.language;
    let tree = service.reading().sign_head(&service.keys.log, reader.now_us).await?;
    let log_key = LogKey::of(&service.keys.log).to_string();
    let commitments = service.reading().entries_of_kind(Kind::Commitment, None, SHOWN).await?;
    let reveals = service.reading().entries_of_kind(Kind::Reveal, None, SHOWN).await?;
    Ok(html! {
        (head(language, &tree, &log_key))
        (witnesses::witnesses(language, &service.witnesses))
        (search(service, reader, wanted.about.trim()).await?)
        (keys(language, &commitments, &reveals))
        (trail(service, reader, wanted.who.trim(), wanted.before).await?)
    })
}

fn head(language: Language, tree: &TreeHead, log_key: &str) -> Markup {
    card(
        "head",
        language.say("日志树头", "Head of the log"),
        &html! {
            div."card-body" {
                dl."mb-0" {
                    dt { (language.say("条目数", "Entries")) } dd data-size=(tree.size) { (tree.size) }
                    dt { (language.say("树根", "Root")) } dd { code { (hex::encode(tree.root)) } }
                    dt { (language.say("签名", "Signature")) } dd { code { (hex::encode(tree.signature)) } }
                    dt { (language.say("日志公钥", "Key of the log")) } dd { code { (log_key) } }
                    dt { (language.say("自行核验", "Check it yourself")) } dd { code { "greenlane audit log --database … --log-key " (log_key) } }
                }
            }
            (known_before(language, tree))
        },
    )
}

/// A head that the reader kept is compared with this one in the reader's browser, by a proof and nothing that this page says.
fn known_before(language: Language, tree: &TreeHead) -> Markup {
    html! {
        form."card-body" data-consistency data-size=(tree.size) data-root=(hex::encode(tree.root))
            data-say-same=(language.say("今日的日志以您留存的日志开头，没有改写", "the log of today begins with the one that you kept: nothing was rewritten"))
            data-say-other=(language.say("今日的日志与您留存的树头不一致", "the log of today does not begin with the head that you kept"))
            data-say-none=(language.say("日志没有这么多条目，无法取得证明", "no proof: the log has fewer entries than that")) {
            h3 { (language.say("与留存的树头比对", "Compare with a head that you kept")) }
            div.row."g-2" {
                div."col-12"."col-lg-3" {
                    label."form-label" for="kept-size" { (language.say("留存的条目数", "Its entries")) }
                    input #kept-size."form-control" type="number" min="1" required;
                }
                div."col-12"."col-lg-9" {
                    label."form-label" for="kept-root" { (language.say("留存的树根", "Its root")) }
                    input #kept-root."form-control" pattern="[0-9a-f]{64}" autocomplete="off" required;
                }
            }
            button.btn."mt-2" type="submit" { (language.say("比对", "Compare")) }
            p."mt-2"."mb-0" role="status" {}
        }
    }
}

/// Whether the reader sees an entry. One that is damaged is seen by whoever reads the trail, so that nobody takes it for missing.
async fn sees(
    service: &Service,
    reader: &Reader,
    number: EntryNumber,
    entry: &Entry,
) -> Result<bool, NotDone> {
    match may_read(service, &reader.caller, number, entry).await {
        Ok(()) => Ok(true),
        Err(why) if why.problem() == Problem::Damaged => Ok(true),
        Err(why) if why.problem().status() >= 500 => Err(why),
        Err(_) => Ok(false),
    }
}

/// A kind of entries in words.
pub(super) fn kind(language: Language, kind: Kind) -> &'static str {
    match kind {
        Kind::Decision => language.say("决定", "decision"),
        Kind::Pack => language.say("规则包", "pack"),
        Kind::Commitment => language.say("密钥承诺", "commitment to a key"),
        Kind::Reveal => language.say("密钥公布", "key revealed"),
        Kind::Audit => language.say("操作记录", "who did what"),
        Kind::Registry => language.say("企业名录", "registry"),
        Kind::Casework => language.say("作业", "work"),
        Kind::Alarm => language.say("预警", "alarm"),
        Kind::State => language.say("数据状态", "state"),
    }
}

/// A key or commitment, or why the entry cannot be read.
fn key_or_fault(language: Language, read: serde_json::Result<String>) -> Markup {
    match read {
        Ok(text) => html! { code { (text) } },
        Err(error) => cannot_be_read(language, &error.to_string()),
    }
}

/// An entry of the log that cannot be read, and why.
fn cannot_be_read(language: Language, error: &str) -> Markup {
    html! {
        span.badge."bg-red-lt" { (language.say("无法读取", "cannot be read")) } " " code translate="no" { (error) }
    }
}

/// Keys of the days: committed to before, revealed after.
fn keys(
    language: Language,
    commitments: &[(EntryNumber, Entry)],
    reveals: &[(EntryNumber, Entry)],
) -> Markup {
    card(
        "keys",
        language.say("抽取密钥", "Keys of the draws"),
        &table(
            &html! {
                th { (language.say("日期", "Day")) } th { (language.say("承诺值", "Commitment")) } th { (language.say("密钥", "Key")) }
            },
            &html! {
                @for (number, commitment) in commitments {
                    tr {
                        td { time { (commitment.subject) } }
                        td { (key_or_fault(language, serde_json::from_slice(&commitment.body).map(|body: CommitmentBody| body.commitment))) " " span."text-secondary" { (language.say("条目 ", "entry ")) (number) } }
                        td { @match reveals.iter().find(|(_, reveal)| reveal.subject == commitment.subject) {
                            Some((number, reveal)) => { (key_or_fault(language, serde_json::from_slice(&reveal.body).map(|body: RevealBody| body.key))) " " span."text-secondary" { (language.say("条目 ", "entry ")) (number) } }
                            None => (language.say("尚未公布", "not revealed yet")),
                        } }
                    }
                }
            },
        ),
    )
}
