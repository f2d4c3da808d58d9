//! What people do with a task on its page. What is refused comes back with the problem above it, and with all that was typed.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_access::Action;

use super::choice::Choice;
use super::order::{Wanted, Why};
use super::outcome::{Filled, faults};
use super::task::{Typed, is_mine, shown};
use crate::api::{
    ApiError, Service, claim_task, complete_task, draw_task, finding_codes, release_task, task_found,
    withdraw_task,
};
use crate::console::reader::Reader;
use crate::console::then::see;

/// `POST /work/{task}/complete`
pub(in crate::console) async fn complete(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let law = service.laws.in_force();
    let codes: Vec<&str> = finding_codes(&law.engine.pack).collect();
    let faults = faults(reader.language, &filled, &codes);
    if !faults.is_empty() {
        return shown(&service, reader, number, Typed { filled, faults, ..Typed::default() }).await;
    }
    let completed = complete_task(&service, &reader.caller, number, filled.outcome()).await;
    gone_on(&service, reader, number, Typed { filled, ..Typed::default() }, completed).await
}

/// `POST /work/{task}/claim`: exactly this task; a form that was filled before it was claimed is shown as it was typed.
pub(in crate::console) async fn claim_this(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let mut claimed = claim_task(&service, &reader.caller, number).await;
    // Whoever clicks twice has it.
    if claimed.is_err() && has_it(&service, &reader, number).await {
        claimed = Ok(());
    }
    if claimed.is_ok() && !filled.is_blank() {
        return shown(&service, reader, number, Typed { filled, ..Typed::default() }).await;
    }
    gone_on(&service, reader, number, Typed { filled, ..Typed::default() }, claimed).await
}

async fn has_it(service: &Service, reader: &Reader, number: u64) -> bool {
    let found = task_found(service, &reader.caller, number, Action::ReadMatter).await;
    found.is_ok_and(|kept| is_mine(reader, &kept))
}

/// `POST /work/{task}/release`
pub(in crate::console) async fn release(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(why): Form<Why>,
) -> Response {
    match release_task(&service, &reader.caller, number, &why.ground).await {
        Ok(()) => see(Some(&Choice::of(&reader.path).list())),
        refused => gone_on(&service, reader, number, wanted("release", why), refused).await,
    }
}

/// `POST /work/{task}/draw`
pub(in crate::console) async fn draw(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(why): Form<Why>,
) -> Response {
    let logins = why.except.split([' ', ',', '，', '、', ';', '；']).filter(|login| !login.is_empty());
    let except = logins.map(str::to_owned).collect();
    let drawn = draw_task(&service, &reader.caller, number, &why.ground, except).await;
    gone_on(&service, reader, number, wanted("draw", why), drawn).await
}

/// `POST /work/{task}/withdraw`
pub(in crate::console) async fn withdraw(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(why): Form<Why>,
) -> Response {
    let withdrawn = withdraw_task(&service, &reader.caller, number, &why.ground).await;
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
    number: u64,
    typed: Typed,
    moved: Result<(), ApiError>,
) -> Response {
    match moved {
        Ok(()) => see(Some(&Choice::of(&reader.path).task(number))),
        Err(error) => shown(service, reader, number, Typed { problem: Some(error), ..typed }).await,
    }
}
