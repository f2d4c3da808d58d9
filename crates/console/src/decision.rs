//! One matter from facts to effect: each measure with its conditions, what is still needed, what would change it, the draw.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_desk::actions::discretion::{may_know, tell};
use greenlane_desk::actions::log::{hidden, readable as readable_matter};
use greenlane_desk::actions::matters::kept_id;
use greenlane_desk::decisions::is_follow_up;
use greenlane_engine::explain::Explanation;
use greenlane_engine::outcome::RateOutcome;
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_policy::units::{Rate, Ratio};
use greenlane_store::{Entry, Kind};
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::{Language, Stage};
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use super::card::card as card_of;
use super::facts::declared;
use super::logged_decision::LoggedDecision;
use super::measure::card;
use super::moments::moment;
use super::names::measure_title;
use super::page::{Here, page};
use super::reader::Reader;
use super::reason::{decided_by, drawn, percent};
use super::redirect::see;
use super::table::rows;
use super::verify::verify;
use super::{addresses, origins};

/// Decisions about one matter that are listed.
const MOST_DECISIONS: u32 = 20;

/// A matter that is looked for.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    matter: String,
}

/// `GET /decisions`: a field for the number of a matter; with one, its decision.
pub(super) async fn find(reader: Reader, Query(wanted): Query<Wanted>) -> Response {
    match wanted.matter.trim() {
        "" => page(&reader, Here::Decisions, reader.say("决定", "Decisions"), &field(reader.language, "")),
        matter => see(Some(&addresses::decision(matter))),
    }
}

/// Which decision about the matter, by its entry of the log; the last one without.
#[derive(Default, Deserialize)]
pub(super) struct DecisionQuery {
    entry: Option<EntryNumber>,
}

/// `GET /decisions/{matter}`
pub(super) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(matter): Path<String>,
    Query(which): Query<DecisionQuery>,
) -> Response {
    match content(&service, &reader, &matter, which.entry).await {
        Ok(content) => {
            page(&reader, Here::Decisions, &format!("{} {matter}", reader.say("决定", "Decision")), &content)
        }
        Err(error) => reader.refuse(error),
    }
}

fn field(language: Language, matter: &str) -> Markup {
    let label = language
        .say("事项编号（报关单号、申请编号等）", "Number of the matter: a declaration, an application, …");
    html! {
        form."mb-3"."d-flex"."gap-2" method="get" action="/decisions" role="search" {
            label."visually-hidden" for="matter" { (label) }
            input."form-control" id="matter" name="matter" value=(matter) autocomplete="off" required placeholder=(label);
            button.btn."btn-primary" type="submit" { (language.say("查找", "Find")) }
        }
    }
}

async fn content(
    service: &Service,
    reader: &Reader,
    matter: &str,
    entry: Option<EntryNumber>,
) -> Result<Markup, NotDone> {
    let matter = kept_id(service, matter.to_owned()).await?;
    let matter = matter.as_str();
    let seen = match entry {
        Some(entry) => LoggedDecision::at(service, entry).await?.filter(|seen| seen.entry.subject == matter),
        None => LoggedDecision::of(service, matter).await?,
    };
    let missing = || NotDone::not_found(format!("the log has no decision about `{matter}`"));
    let seen = seen.ok_or_else(|| hidden(&reader.caller, missing(), None))?;
    let readable = readable_matter(service, &reader.caller, seen.number, &seen.entry).await;
    let of = readable.map_err(|why| hidden(&reader.caller, missing(), Some(why)))?;
    if is_follow_up(matter).is_some() {
        tell(service, &reader.caller, &of, seen.number, &seen.entry).await?;
    }
    let is_told = may_know(service, &reader.caller, &of, seen.number, &seen.entry).await?;
    let language = reader.language;
    let explanation = seen.with(|decided| decided.explain(reader.language.name()));
    let pack = &seen.law.engine.pack;
    let (granted, others): (Vec<_>, Vec<_>) =
        explanation.measures.iter().partition(|measure| measure.verdict == Verdict::Granted);
    let decided = service.reading().entries_about(matter, Some(Kind::Decision), MOST_DECISIONS).await?;
    let since = origins::since(service, &seen).await?;
    Ok(html! {
        (field(language, matter))
        (overtaken(language, matter, seen.number, &decided))
        div.row."row-cards" {
            div."col-12"."col-lg-4" {
                (head(language, &explanation, &seen, is_told))
                @if let Some(rate) = explanation.inspection.as_ref().filter(|_| is_told) { (stage(language, pack, reader.say("查验", "Inspection"), rate)) }
                @if let Some(rate) = explanation.sampling.as_ref().filter(|_| is_told) { (stage(language, pack, reader.say("抽批", "Sampling"), rate)) }
                (declared(language, &seen, &since))
                (decisions(language, matter, seen.number, &decided))
            }
            div."col-12"."col-lg-8" {
                @for measure in granted.iter().chain(&others) { (card(language, measure)) }
            }
        }
    })
}

/// That this is not the last decision about the matter.
fn overtaken(language: Language, matter: &str, shown: EntryNumber, all: &[(EntryNumber, Entry)]) -> Markup {
    let latest = all.first().filter(|(number, _)| *number > shown);
    html! { @if let Some((number, entry)) = latest {
        div.alert."alert-warning" role="status" data-overtaken { div {
            (language.say("此后又作出过决定：", "The matter was decided again since: "))
            a."text-decoration-underline" href=(addresses::decision_of(matter, *number)) { (moment(entry.at_us)) }
        } }
    } }
}

/// Every decision about the matter, if there is more than one, the latest first.
fn decisions(language: Language, matter: &str, shown: EntryNumber, all: &[(EntryNumber, Entry)]) -> Markup {
    let lines = html! { @for (number, entry) in all { tr {
        td { @if *number == shown { strong { (number) } } @else { a href=(addresses::decision_of(matter, *number)) { (number) } } }
        td { (moment(entry.at_us)) }
    } } };
    html! { @if all.len() > 1 {
        (card_of("decisions", language.say("对此事项的决定", "Decisions about this matter"), &rows(&lines)))
    } }
}

fn head(language: Language, explanation: &Explanation, seen: &LoggedDecision, is_told: bool) -> Markup {
    html! {
        div.card."mb-3" {
            div."card-body" {
                dl."mb-0" {
                    dt { (language.say("事项", "Matter")) } dd { (explanation.matter) }
                    dt { (language.say("适用法规日期", "Law of the day")) } dd { (explanation.decided_on) }
                    @if !seen.epoch().is_empty() { dt { (language.say("抽取密钥日", "Drawn with the key of")) } dd { (seen.epoch()) } }
                    @if let Some(office) = &explanation.office { dt { (language.say("关区", "Office")) } dd { (office) } }
                    @if let Some(level) = &explanation.treated_as { dt { (language.say("适用等级", "Treated as")) } dd { (level) } }
                    dt { (language.say("决定时间", "Decided at")) } dd { (moment(seen.entry.at_us)) }
                    dt { (language.say("日志条目", "Entry of the log")) }
                    dd { @if is_told {
                        a href={ "/v1/log/entries/" (seen.number) "/receipt" } download={ "receipt-" (seen.number) ".json" } {
                            (seen.number) " · " (language.say("下载回执", "download the receipt"))
                        }
                    } @else { (seen.number) } }
                }
                @if !is_told { p."text-secondary"."mb-0" data-not-told { (language.say(
                    "抽取结果在海关领取任务后或者当日密钥公布后告知。",
                    "What was drawn is told once customs has claimed the task or the key of the day is revealed.",
                )) } }
                @if let Some(stage) = seen.record.inspection.as_ref().filter(|_| is_told) { (drawn(language, language.say("查验", "Inspection"), stage)) (verify(language, seen, Stage::Inspection, stage)) }
                @if let Some(stage) = seen.record.sampling.as_ref().filter(|_| is_told) { (drawn(language, language.say("抽批", "Sampling"), stage)) (verify(language, seen, Stage::Sampling, stage)) }
            }
        }
    }
}

/// How a rate is made: base rate × factors, the floor, or an order.
fn stage(language: Language, pack: &Pack, what: &str, rate: &RateOutcome) -> Markup {
    let share = |ratio: Ratio| Rate::from_ratio(ratio).map_or_else(|| ratio.to_string(), percent);
    html! {
        div.card."mb-3" {
            div."card-header" { h2."card-title" { (what) ": " (percent(rate.rate)) } }
            div."card-body" {
                p."mb-1" { (language.say("通道基准率 ", "base rate of the lane ")) (share(rate.base_rate)) }
                @for factor in &rate.factors {
                    p."mb-1" { "× " (factor.factor.to_string()) " " (measure_title(pack, &factor.measure, language)) }
                }
                @if let Some(floor) = rate.raised_to_floor { p."mb-1" { (language.say("提高到最低比率 ", "raised to the floor ")) (share(floor)) } }
                p."mb-0"."text-secondary" { (language.say("依据：", "by ")) (decided_by(language, pack, &rate.decided_by)) }
            }
        }
    }
}
