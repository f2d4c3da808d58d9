//! What people do with a task on its page. What is refused comes back with the problem above it, and with all that was typed.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_access::Action;
use greenlane_casework::Outcome;
use greenlane_desk::NotDone;
use greenlane_desk::actions::tasks::{self, Lease, claim, finding_codes, found as task_found};
use greenlane_terms::numbers::TaskNumber;
use greenlane_transport::Service;

use super::choice::Choice;
use super::order::{Wanted, Why};
use super::outcome::{Filled, faults};
use super::task::{Typed, is_mine, shown};
use crate::reader::Reader;
use crate::redirect::see;

/// `POST /work/{task}/complete`
pub(crate) async fn complete(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<TaskNumber>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let law = service.laws.in_force();
    let codes: Vec<&str> = finding_codes(&law.engine.pack).collect();
    let faults = faults(reader.language, &filled, &codes);
    if !faults.is_empty() {
        return shown(&service, reader, number, Typed { filled, faults, ..Typed::default() }).await;
    }
    let completed = completed(&service, &reader, number, filled.outcome()).await;
    gone_on(&service, reader, number, Typed { filled, ..Typed::default() }, completed).await
}

/// `POST /work/{task}/claim`: exactly this task; a form that was filled before it was claimed is shown as it was typed.
pub(crate) async fn claim_this(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<TaskNumber>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let mut claimed = claim(&service, &reader.caller, number, Lease::default()).await.map(drop);
    // Whoever clicks twice has it.
    if claimed.is_err() && has_it(&service, &reader, number).await {
        claimed = Ok(());
    }
    if claimed.is_ok() && !filled.is_blank() {
        return shown(&service, reader, number, Typed { filled, ..Typed::default() }).await;
    }
    gone_on(&service, reader, number, Typed { filled, ..Typed::default() }, claimed).await
}

/// Ends a task of the reader's with what was found.
async fn completed(
    service: &Service,
    reader: &Reader,
    number: TaskNumber,
    outcome: Outcome,
) -> Result<(), NotDone> {
    let kept = task_found(service, &reader.caller, number, Action::Work).await?;
    tasks::complete(service, &reader.caller, &kept, outcome, None).await.map(drop)
}

async fn has_it(service: &Service, reader: &Reader, number: TaskNumber) -> bool {
    let found = task_found(service, &reader.caller, number, Action::ReadMatter).await;
    found.is_ok_and(|kept| is_mine(reader, &kept))
}

/// `POST /work/{task}/release`
pub(crate) async fn release(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<TaskNumber>,
    Form(why): Form<Why>,
) -> Response {
    match tasks::release(&service, &reader.caller, number, &why.ground).await {
        Ok(_) => see(Some(&Choice::of(&reader.path).list())),
        Err(error) => gone_on(&service, reader, number, wanted("release", why), Err(error)).await,
    }
}

/// `POST /work/{task}/draw`
pub(crate) async fn draw(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<TaskNumber>,
    Form(why): Form<Why>,
) -> Response {
    let logins = why.except.split([' ', ',', '，', '、', ';', '；']).filter(|login| !login.is_empty());
    let except = logins.map(str::to_owned).collect();
    let drawn = tasks::draw(&service, &reader.caller, number, &why.ground, except).await.map(drop);
    gone_on(&service, reader, number, wanted("draw", why), drawn).await
}

/// `POST /work/{task}/withdraw`
pub(crate) async fn withdraw(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<TaskNumber>,
    Form(why): Form<Why>,
) -> Response {
    let withdrawn = tasks::withdraw(&service, &reader.caller, number, &why.ground).await.map(drop);
    gone_on(&service, reader, number, wanted("withdraw", why), withdrawn).await
}

/// What was typed to make a move, but for what was found.
fn wanted(step: &'static str, why: Why) -> Typed {
    Typed { wanted: Some(Wanted { step, why }), ..Typed::default() }
}

/// The task as it is after a move, or the page with what was wrong.
async fn gone_on(
    service: &Service,
    reader: Reader,
    number: TaskNumber,
    typed: Typed,
    moved: Result<(), NotDone>,
) -> Response {
    match moved {
        Ok(()) => see(Some(&Choice::of(&reader.path).task(number))),
        Err(error) => shown(service, reader, number, Typed { problem: Some(error), ..typed }).await,
    }
}
