//! The console: pages on which people see, decide and check, in Chinese and English.
//!
//! Pages do what the interface does, through the same functions, and show it as words; they have no rules of their own.

mod addresses;
mod admin;
mod alarms;
mod application;
mod audit;
mod benefits;
mod caps;
mod card;
mod chart;
mod check;
mod decision;
mod enterprise;
mod facts;
mod files;
mod language;
mod law;
mod logged_decision;
mod me;
mod measure;
mod moments;
mod move_history;
mod names;
mod not_in_pilot;
mod one_decision;
mod origins;
mod page;
mod reader;
mod reason;
mod redirect;
mod refusal;
mod registry_facts;
mod roles;
mod sign_in;
mod table;
mod tabs;
mod timeline;
mod today;
mod verify;
mod welcome;
mod wishes;
mod work;

pub use refusal::nothing_here;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use greenlane_transport::{Service, method_not_allowed};

/// Every page. What a route answers that is no page comes as one, too.
pub fn pages(service: Service) -> Router<Service> {
    routes()
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(service, refusal::as_page))
}

fn routes() -> Router<Service> {
    Router::new()
        .route("/", get(today::show))
        .route("/today/events", get(today::events))
        .route("/today/queues", get(today::queues))
        .route("/today/rates", get(today::rates))
        .route("/today/waits", get(today::waited))
        .route("/work", get(work::list))
        .route("/work/claim", post(work::claim))
        .route("/work/{task}", get(work::show))
        .route("/work/{task}/claim", post(work::claim_this))
        .route("/work/{task}/complete", post(work::complete))
        .route("/work/{task}/draw", post(work::draw))
        .route("/work/{task}/keep", post(work::keep))
        .route("/work/{task}/release", post(work::release))
        .route("/work/{task}/withdraw", post(work::withdraw))
        .route("/decisions", get(decision::find))
        .route("/decisions/{*matter}", get(decision::show))
        .route("/check", get(check::show))
        .route("/applications", get(application::list).post(application::create))
        .route("/applications/try", post(application::try_it))
        .route("/applications/new", get(application::new_page))
        .route("/applications/{number}", get(application::show))
        .route("/applications/{number}/{move}", post(application::make_move))
        .route("/admin", get(admin::show))
        .route("/admin/people", post(admin::create))
        .route("/admin/people/{account}", get(admin::show_person).post(admin::change))
        .route("/admin/people/{account}/invitation", post(admin::invite))
        .route("/admin/people/{account}/tokens", post(admin::give))
        .route("/admin/people/{account}/tokens/{token}/revoke", post(admin::revoke))
        .route("/admin/changes/{change}/{step}", post(admin::settle_change))
        .route("/admin/webhooks", post(admin::subscribe_webhook))
        .route("/admin/webhooks/{webhook}/{step}", post(admin::move_webhook))
        .route("/audit", get(audit::show))
        .route("/benefits", get(benefits::show))
        .route("/benefits/counting", get(benefits::counting))
        .route("/benefits/export.xlsx", get(benefits::xlsx))
        .route("/benefits/export.parquet", get(benefits::parquet))
        .route("/enterprises", get(enterprise::find))
        .route("/enterprises/{id}", get(enterprise::show))
        .route("/law", get(law::list))
        .route("/law/changes", get(law::list_changes))
        .route("/law/changes/{number}", get(law::show_change))
        .route("/law/changes/{number}/{step}", post(law::move_change))
        .route("/law/conditions/{measure}/{name}", get(law::show_condition).post(law::keep_condition))
        .route("/law/conditions/{measure}/{name}/check", post(law::check_condition))
        .route("/law/file", get(law::show_file).post(law::keep_file))
        .route("/law/file/check", post(law::check_file))
        .route("/law/numbers/{name}", get(law::show_number).post(law::keep_number))
        .route("/law/numbers/{name}/check", post(law::check_number))
        .route("/law/{measure}", get(law::show))
        .route("/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/welcome", get(welcome::page))
        .route("/sign-out", post(sign_in::leave))
        .route("/me", get(me::show))
        .route("/me/password", post(me::change))
        .route("/me/notices", post(me::read_notices))
        .route("/language/{name}", get(language::choose))
        .route("/console.css", get(files::style))
        .route("/console.js", get(files::script))
}
