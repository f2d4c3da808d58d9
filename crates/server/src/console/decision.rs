//! One matter from facts to effect: each measure with its conditions, what is still needed, what would change it, the draw.

use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_access::Action;
use greenlane_engine::explain::Explanation;
use greenlane_engine::outcome::RateOutcome;
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_selection::Stage;
use maud::{Markup, html};

use super::facts::declared;
use super::language::Language;
use super::measure::card;
use super::names::measure_title;
use super::page::{Here, page};
use super::reader::Reader;
use super::reason::{decided_by, drawn};
use super::seen::Seen;
use super::verify::verify;
use crate::api::{ApiError, Service};
use crate::parties::matter_of;

/// `GET /decisions/{matter}`
pub(super) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(matter): Path<String>,
) -> Response {
    match content(&service, &reader, &matter).await {
        Ok(content) => {
            page(&reader, Here::Nowhere, &format!("{} {matter}", reader.say("决定", "Decision")), &content)
        }
        Err(error) => reader.refuse(error),
    }
}

async fn content(service: &Service, reader: &Reader, matter: &str) -> Result<Markup, ApiError> {
    let seen = Seen::of(service, matter).await?;
    let seen =
        seen.ok_or_else(|| ApiError::not_found(format!("the log has no decision about `{matter}`")))?;
    reader.caller.may(Action::ReadMatter, &matter_of(&service.laws, seen.number, &seen.entry).await?)?;
    let language = reader.language;
    let explanation = seen.with(|decided| decided.explain(reader.language.name()));
    let pack = &seen.law.engine.pack;
    let (granted, others): (Vec<_>, Vec<_>) =
        explanation.measures.iter().partition(|measure| measure.verdict == Verdict::Granted);
    Ok(html! {
        div.row."row-cards" {
            div."col-12"."col-lg-4" {
                (head(language, &explanation, &seen))
                @if let Some(rate) = &explanation.inspection { (stage(language, pack, reader.say("查验", "Inspection"), rate)) }
                @if let Some(rate) = &explanation.sampling { (stage(language, pack, reader.say("抽批", "Sampling"), rate)) }
                (declared(language, &seen))
            }
            div."col-12"."col-lg-8" {
                @for measure in granted.iter().chain(&others) { (card(language, measure)) }
            }
        }
    })
}

fn head(language: Language, explanation: &Explanation, seen: &Seen) -> Markup {
    html! {
        div.card."mb-3" {
            div."card-body" {
                dl."mb-0" {
                    dt { (language.say("事项", "Matter")) } dd { (explanation.matter) }
                    dt { (language.say("适用的法律日期", "Law of the day")) } dd { (explanation.decided_on) }
                    @if let Some(office) = &explanation.office { dt { (language.say("关区", "Office")) } dd { (office) } }
                    @if let Some(level) = &explanation.treated_as { dt { (language.say("适用等级", "Treated as")) } dd { (level) } }
                    dt { (language.say("日志条目", "Entry of the log")) }
                    dd { a href={ "/v1/log/entries/" (seen.number) "/receipt" } download={ "receipt-" (seen.number) ".json" } {
                        (seen.number) " · " (language.say("下载回执", "download the receipt"))
                    } }
                }
                @if let Some(stage) = &seen.record.inspection { (drawn(language, language.say("查验", "Inspection"), stage)) (verify(language, seen, Stage::Inspection, stage)) }
                @if let Some(stage) = &seen.record.sampling { (drawn(language, language.say("抽批", "Sampling"), stage)) (verify(language, seen, Stage::Sampling, stage)) }
            }
        }
    }
}

/// How a rate is made: base rate × factors, the floor, or an order.
fn stage(language: Language, pack: &Pack, what: &str, rate: &RateOutcome) -> Markup {
    html! {
        div.card."mb-3" {
            div."card-header" { h2."card-title" { (what) ": " (rate.rate.to_string()) } }
            div."card-body" {
                p."mb-1" { (language.say("通道基准率 ", "base rate of the lane ")) (rate.base_rate.to_string()) }
                @for factor in &rate.factors {
                    p."mb-1" { "× " (factor.factor.to_string()) " " (measure_title(pack, &factor.measure, language)) }
                }
                @if let Some(floor) = &rate.raised_to_floor { p."mb-1" { (language.say("提高到最低比率 ", "raised to the floor ")) (floor.to_string()) } }
                p."mb-0"."text-secondary" { (language.say("依据：", "by ")) (decided_by(language, pack, &rate.decided_by)) }
            }
        }
    }
}
