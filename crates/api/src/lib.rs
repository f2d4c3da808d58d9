//! The HTTP interface.

mod account_changes;
mod accounts;
mod applications;
mod dead_letters;
mod decide;
mod docs;
mod draws;
mod enterprises;
mod events;
mod figures;
mod health;
mod history;
mod log;
mod lots;
mod matters;
mod new_pack;
mod openapi;
mod openid;
mod pack_moves;
mod packs;
mod page;
mod queues;
mod rates;
mod request;
mod session;
mod shapes;
mod statement;
mod tasks;
mod tokens;
mod trail;
mod webhooks;
mod witnesses;

use axum::Router;
use axum::routing::get;
use greenlane_transport::Service;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use witnesses::halt;

/// Every route of the API, with its description.
fn interface() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(of_matters_and_enterprises())
        .merge(of_law())
        .merge(of_casework())
        .merge(of_people())
        .merge(of_operators())
}

/// Decisions, the registry, the log and its draws.
fn of_matters_and_enterprises() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(decide::decide))
        .routes(routes!(enterprises::list, enterprises::register))
        .routes(routes!(enterprises::show))
        .routes(routes!(enterprises::records, enterprises::record))
        .routes(routes!(enterprises::withdraw))
        .routes(routes!(events::of_enterprise))
        .routes(routes!(events::post))
        .routes(routes!(events::withdraw))
        .routes(routes!(log::head))
        .routes(routes!(log::key))
        .routes(routes!(witnesses::checkpoint))
        .routes(routes!(witnesses::witnesses))
        .routes(routes!(log::consistency))
        .routes(routes!(log::receipt))
        .routes(routes!(log::entries_of_matter))
        .routes(routes!(matters::move_matter))
        .routes(routes!(trail::list))
        .routes(routes!(draws::day))
}

/// Packs, and how they come into force.
fn of_law() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(packs::list, packs::upload))
        .routes(routes!(packs::one))
        .routes(routes!(packs::files))
        .routes(routes!(packs::dry_run))
        .routes(routes!(pack_moves::submit))
        .routes(routes!(pack_moves::approve))
        .routes(routes!(pack_moves::reject))
        .routes(routes!(pack_moves::withdraw))
        .routes(routes!(pack_moves::approve_withdrawal))
        .routes(routes!(pack_moves::reject_withdrawal))
}

/// Lots, queues and tasks, rates, applications.
fn of_casework() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(lots::list))
        .routes(routes!(lots::show))
        .routes(routes!(tasks::orders::draw))
        .routes(routes!(queues::lengths))
        .routes(routes!(queues::events))
        .routes(routes!(queues::times))
        .routes(routes!(rates::rates))
        .routes(routes!(rates::alarms))
        .routes(routes!(applications::list, applications::create))
        .routes(routes!(applications::show))
        .routes(routes!(applications::letter))
        .routes(routes!(applications::make_move))
        .routes(routes!(history::of_task))
        .routes(routes!(history::of_application))
        .routes(routes!(history::of_lot))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::claims::claim_next))
        .routes(routes!(tasks::show))
        .routes(routes!(tasks::claims::claim))
        .routes(routes!(tasks::claims::heartbeat))
        .routes(routes!(tasks::claims::release))
        .routes(routes!(tasks::outcome::complete))
        .routes(routes!(tasks::orders::withdraw))
}

/// Signing in, accounts and tokens.
fn of_people() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(openid::begin))
        .routes(routes!(openid::callback))
        .routes(routes!(session::me))
        .routes(routes!(session::change_password))
        .routes(routes!(session::welcome))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::show, accounts::change))
        .routes(routes!(accounts::invite_again))
        .routes(routes!(accounts::unbind))
        .routes(routes!(account_changes::list))
        .routes(routes!(account_changes::approve))
        .routes(routes!(account_changes::reject))
        .routes(routes!(session::read_notices))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
}

/// Webhooks, health and metrics.
fn of_operators() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::retry))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(figures::metrics))
}

/// What the interface is, for machines: OpenAPI 3.1.
#[must_use]
pub fn document() -> serde_json::Value {
    openapi::complete(&interface().into_openapi())
}

/// Every route of the interface, with its description and the page that shows it.
pub fn routes() -> Router<Service> {
    let (interface, _) = interface().split_for_parts();
    interface
        .route("/v1/openapi.json", get(openapi::document))
        .route("/docs", get(docs::page))
        .route("/docs.js", get(docs::script))
        .route("/assets/{name}", get(docs::asset))
}
