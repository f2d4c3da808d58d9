//! One version of the law: its way so far, what it changes, what it would do, and what may be done with it.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_desk::actions::packs::{may_move, move_pack, readable};
use greenlane_desk::laws::Law;
use greenlane_desk::said::day_in;
use greenlane_store::{Release, ReleaseStep, in_force_on};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use super::differs::differs;
use super::onwards::onwards;
use super::tried::{Wanted, tried};
use super::{in_force, state_badge, state_words};
use crate::card::card;
use crate::moments::moment;
use crate::page::{Here, page};
use crate::reader::Reader;
use crate::redirect::see;
use crate::table::table;

/// `GET /law/changes/{number}?last=10000&on=2026-12-01`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<PackNumber>,
    Query(wanted): Query<Wanted>,
) -> Response {
    match content(&service, &reader, number, &wanted).await {
        Ok(content) => page(
            &reader,
            Here::Law,
            &format!("{} {number}", reader.say("规则版本", "Version of the law")),
            &content,
        ),
        Err(error) => reader.refuse(error),
    }
}

async fn content(
    service: &Service,
    reader: &Reader,
    number: PackNumber,
    wanted: &Wanted,
) -> Result<Markup, NotDone> {
    let release = readable(service, &reader.caller, number).await?;
    let law = service.laws.get(number).await?;
    let before = before(service, number).await?;
    let differs = match &before {
        Some(before) => differs(service, reader.language, before, &law).await?,
        None => html! { div."card-body" { (reader.say("这是第一个版本。", "It is the first version.")) } },
    };
    let is_now = service.laws.in_force().number == number;
    let is_only = before.is_none();
    let compared = before.map_or(0, |before| before.number.get());
    Ok(html! {
        p { (state_badge(reader.language, release.state)) @if is_now { " " (in_force(reader.language)) } " " span."text-secondary" { code { (release.hash) } } }
        (card("differs", &format!("{} {compared}", reader.say("与下列版本的差异：", "What differs from version")), &differs))
        @if !is_now { (tried(service, reader, number, wanted, &law).await?) }
        // The only law there is cannot be withdrawn.
        @if !is_only { (moves(reader, &release)) }
        (onwards(reader, &release, &law))
        (move_history(reader, &release))
    })
}

/// The version that this one is compared with: the one in force, or for that one the one before it.
async fn before(service: &Service, number: PackNumber) -> Result<Option<Arc<Law>>, NotDone> {
    let now = service.laws.in_force();
    if now.number != number {
        return Ok(Some(now));
    }
    let mut others = service.reading().approved_packs().await?;
    others.retain(|approval| approval.number != number);
    match in_force_on(&others, service.clock.today()) {
        Some(approval) => Ok(Some(service.laws.get(approval.number).await?)),
        None => Ok(None),
    }
}

fn move_history(reader: &Reader, release: &Release) -> Markup {
    let head = html! {
        th { (reader.say("办理", "Move")) }
        th { (reader.say("何人", "Who")) }
        th { (reader.say("何时", "When")) }
        th { (reader.say("理由", "Why")) }
        th { (reader.say("日志条目", "Entry of the log")) }
    };
    let rows = html! {
        @for made in &release.moves {
            tr {
                td { (state_words(reader.language, made.state)) @if let Some(from) = made.from { " " (reader.say("自 ", "from ")) (from) } }
                td translate="no" { (made.person) }
                td { (moment(made.at_us)) }
                td translate="no" { (made.reason.as_deref().unwrap_or_default()) }
                td { a href={ "/v1/log/entries/" (made.entry) "/receipt" } download={ "receipt-" (made.entry) ".json" } { (made.entry) } }
            }
        }
    };
    card("way", reader.say("经过", "History"), &table(&head, &rows))
}

/// Words of a step, and whether it needs a reason.
const STEPS: [(&str, &str, &str, bool); 6] = [
    ("submit", "提交批准", "Submit for approval", false),
    ("approve", "批准", "Approve", false),
    ("reject", "驳回", "Reject", true),
    ("withdraw", "撤回", "Withdraw", true),
    ("approve-withdrawal", "批准撤回", "Approve the withdrawal", false),
    ("reject-withdrawal", "驳回撤回，继续施行", "Leave it in force", true),
];

fn step_named(name: &str, from: Day) -> Option<ReleaseStep> {
    match name {
        "submit" => Some(ReleaseStep::Submit),
        "approve" => Some(ReleaseStep::Approve { from }),
        "reject" => Some(ReleaseStep::Reject),
        "withdraw" => Some(ReleaseStep::Withdraw),
        "approve-withdrawal" => Some(ReleaseStep::ApproveWithdrawal),
        "reject-withdrawal" => Some(ReleaseStep::RejectWithdrawal),
        _ => None,
    }
}

fn moves(reader: &Reader, release: &Release) -> Markup {
    // Whoever brought it takes it back; others reject it.
    let is_own = release.moves.iter().any(|made| made.person == reader.caller.person());
    let may = |name: &str| {
        let step = step_named(name, reader.today()).filter(|step| !is_own || *step != ReleaseStep::Reject);
        step.is_some_and(|step| may_move(&reader.caller, release, step))
    };
    let possible: Vec<_> = STEPS.into_iter().filter(|(name, ..)| may(name)).collect();
    if possible.is_empty() {
        return html! {};
    }
    let one = |(name, zh, en, needs_reason): (&str, &'static str, &'static str, bool)| {
        html! {
            form."col-12"."col-md-6"."col-xl-4" method="post" action={ "/law/changes/" (release.number) "/" (name) } {
                @if name == "approve" {
                    label."form-label" for="from" { (reader.say("自何日起生效", "In force from")) }
                    input."form-control"."mb-2" id="from" name="from" type="date" value=(reader.today()) min=(reader.today()) required;
                }
                label."form-label" for={ "reason-" (name) } { (reader.say("理由", "Why")) }
                input."form-control"."mb-2" id={ "reason-" (name) } name="reason" required[needs_reason] maxlength="2000";
                button.{ "btn" @if !needs_reason { " btn-primary" } } type="submit" { (reader.say(zh, en)) }
            }
        }
    };
    let forms = html! { div."card-body" { div.row."g-3" { @for step in possible { (one(step)) } } } };
    card("moves", reader.say("办理", "What may be done"), &forms)
}

/// Why, and from when on.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    from: String,
}

/// `POST /law/changes/{number}/{step}`
pub(crate) async fn make_move(
    State(service): State<Service>,
    reader: Reader,
    Path((number, name)): Path<(PackNumber, String)>,
    Form(Asked { reason, from }): Form<Asked>,
) -> Response {
    let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let moved = async {
        let from = if from.is_empty() { Ok(reader.today()) } else { day_in("from", &from) };
        let from = from.map_err(NotDone::field)?;
        let step = step_named(&name, from).ok_or_else(|| NotDone::not_found(format!("no step `{name}`")))?;
        if reason.is_none() && STEPS.iter().any(|(step, .., needs_reason)| *step == name && *needs_reason) {
            return Err(NotDone::field("`reason` is missing: say why"));
        }
        move_pack(&service, &reader.caller, number, step, reason).await
    };
    match moved.await {
        Ok(()) => see(Some(&format!("/law/changes/{number}"))),
        Err(error) => reader.refuse(error),
    }
}
