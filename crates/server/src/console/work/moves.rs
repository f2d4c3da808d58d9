//! What people do with a task on its page. What is refused comes back with the problem above it, and with all that was typed.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::outcome::{Filled, faults};
use super::task::{Typed, shown};
use crate::api::{
    ApiError, Service, claim_task, complete_task, draw_task, finding_codes, release_task, withdraw_task,
};
use crate::clock::today;
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
    let law = service.laws.on(today());
    let codes: Vec<&str> = finding_codes(&law.engine.pack).collect();
    let faults = faults(reader.language, &filled, &codes);
    if !faults.is_empty() {
        return shown(&service, reader, number, Typed { filled, faults, problem: None }).await;
    }
    let completed = complete_task(&service, &reader.caller, number, filled.outcome()).await;
    gone_on(&service, reader, number, filled, completed).await
}

/// `POST /work/{task}/claim`: exactly this task; a form that was filled before it was claimed is shown as it was typed.
pub(in crate::console) async fn claim_this(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(fields);
    let claimed = claim_task(&service, &reader.caller, number).await;
    if claimed.is_ok() && !filled.is_blank() {
        return shown(&service, reader, number, Typed { filled, ..Typed::default() }).await;
    }
    gone_on(&service, reader, number, filled, claimed).await
}

/// Why somebody does it, and who cannot be drawn.
#[derive(Deserialize)]
pub(in crate::console) struct Why {
    ground: String,
    /// Logins, with spaces or commas between them.
    #[serde(default)]
    except: String,
}

/// `POST /work/{task}/release`
pub(in crate::console) async fn release(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(why): Form<Why>,
) -> Response {
    match release_task(&service, &reader.caller, number, &why.ground).await {
        Ok(()) => see(Some("/work")),
        refused => gone_on(&service, reader, number, Filled::default(), refused).await,
    }
}

/// `POST /work/{task}/draw`
pub(in crate::console) async fn draw(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(Why { ground, except }): Form<Why>,
) -> Response {
    let logins = except.split([' ', ',', '，', '、', ';', '；']).filter(|login| !login.is_empty());
    let except = logins.map(str::to_owned).collect();
    let drawn = draw_task(&service, &reader.caller, number, &ground, except).await;
    gone_on(&service, reader, number, Filled::default(), drawn).await
}

/// `POST /work/{task}/withdraw`
pub(in crate::console) async fn withdraw(
    State(service): State<Service>,
    reader: Reader,
    Path(number): Path<u64>,
    Form(why): Form<Why>,
) -> Response {
    let withdrawn = withdraw_task(&service, &reader.caller, number, &why.ground).await;
    gone_on(&service, reader, number, Filled::default(), withdrawn).await
}

/// The task as it is after a move, or the page with what was wrong.
async fn gone_on(
    service: &Service,
    reader: Reader,
    number: u64,
    filled: Filled,
    moved: Result<(), ApiError>,
) -> Response {
    match moved {
        Ok(()) => see(Some(&format!("/work/{number}"))),
        Err(error) => {
            let typed = Typed { filled, faults: Vec::new(), problem: Some(error) };
            shown(service, reader, number, typed).await
        }
    }
}
