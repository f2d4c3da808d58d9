//! The HTTP interface.

mod account_changes;
mod accounts;
mod applications;
mod caller;
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
mod officers;
mod openapi;
mod openid;
mod own_task;
mod pack_moves;
mod packs;
mod page;
mod problem;
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

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use greenlane_access::Rules;
use greenlane_evaluate::batch::Draws;
use greenlane_intake::Standards;
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_store::Store;
use greenlane_terms::Clock;
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::applications::Applications;
use crate::benefits::Counted;
use crate::configuration::DrawsTold;
use crate::console::{nothing_here, pages};
use crate::desk::{Desk, Parties, PartiesByPack, Setting};
use crate::epochs::Epochs;
use crate::keys::Keys;
use crate::laws::Laws;
use crate::observe::pace::Pace;
use crate::openid::OpenId;
use crate::people::{Callers, Trail};
use crate::queues::Queues;
use crate::shares::Shares;
use crate::webhooks::Webhooks;
use crate::witnesses::Witnesses;

/// What handlers work with. Cheap to clone: every layer does it for every request.
#[derive(Clone)]
pub(crate) struct Service(Arc<Parts>);

impl Deref for Service {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of a server that handlers work with.
pub(crate) struct Parts {
    pub desk: Desk,
    /// What it goes by.
    pub clock: Clock,
    pub store: Store,
    pub keys: Keys,
    pub laws: Laws,
    pub draws: Draws,
    pub epochs: Epochs,
    pub webhooks: Webhooks,
    pub applications: Applications,
    pub queues: Queues,
    /// Who cosigns the log.
    pub witnesses: Witnesses,
    /// How many decisions were kept lately.
    pub pace: Arc<Pace>,
    /// What measures are worth, as far as it was counted.
    pub benefits: Counted,
    /// The same, as far as enterprises are told what was drawn.
    pub told_benefits: Counted,
    /// When those who do not learn of draws at once are told.
    pub draws_told: DrawsTold,
    /// One dry run of a pack at a time: each takes a core.
    pub dry_runs: Arc<Semaphore>,
    /// What each caller may take.
    pub shares: Arc<Shares>,
    /// What came of the cases of packs.
    pub checks: Checks,
    pub parties: PartiesByPack,
    /// Standard values of industries.
    pub standards: Option<Arc<Standards>>,
    pub rules: Arc<Rules>,
    pub callers: Callers,
    pub trail: Trail,
    /// Whether it is reached by TLS, so that cookies are for TLS only.
    pub is_tls: bool,
    /// Signing in with an identity provider, if there is one.
    pub openid: Option<OpenId>,
    /// What the interface is, for machines.
    pub document: serde_json::Value,
}

impl Parts {
    pub(crate) fn new(
        setting: Setting,
        desk: Desk,
        keys: Keys,
        trail: Trail,
        openid: Option<OpenId>,
        (webhooks, witnesses): (Webhooks, Witnesses),
        is_tls: bool,
    ) -> Parts {
        let applications = Applications::new(&setting, desk.clone());
        let Setting { rules, laws, draws, epochs, store, parties, standards, pace, .. } = setting;
        let Setting { shares, draws_told, reveal_after, clock, .. } = setting;
        let callers = Callers::new(store.clone());
        let dry_runs = Arc::new(Semaphore::new(1));
        let document = document();
        let queues = Queues::new(store.clone(), clock.clone());
        let benefits = Counted::new(store.clone(), laws.clone(), clock.clone());
        let told_benefits = Counted::told(store.clone(), laws.clone(), clock.clone(), reveal_after);
        Parts {
            desk,
            clock,
            store,
            keys,
            laws,
            draws,
            epochs,
            webhooks,
            applications,
            queues,
            witnesses,
            pace,
            benefits,
            told_benefits,
            draws_told,
            dry_runs,
            shares,
            checks: Checks::default(),
            parties,
            standards,
            rules,
            callers,
            trail,
            is_tls,
            openid,
            document,
        }
    }
}

impl Service {
    pub(crate) fn of(parts: Parts) -> Service {
        Service(Arc::new(parts))
    }

    /// What measures are worth, as far as a caller may know: enterprises count draws when they are told.
    pub(crate) fn benefits_for(&self, caller: &Caller) -> &Counted {
        let is_told = caller.who.enterprise.is_empty() || self.draws_told == DrawsTold::AtOnce;
        if is_told { &self.benefits } else { &self.told_benefits }
    }

    /// What is known about parties, as the law in force today reads it.
    fn parties(&self) -> Arc<Parties> {
        self.parties.of(&self.laws.in_force())
    }

    /// The number of the enterprise with any of its identifiers, as known at an instant (`None`: now).
    pub(crate) async fn number_of(&self, id: &str, as_of: Option<i64>) -> Result<u64, problem::ApiError> {
        Ok(self.store.enterprise_number(canonical_enterprise(id), as_of).await?)
    }
}

pub(crate) use account_changes::{Asked, approve_asked, reject_asked};
pub(crate) use accounts::{
    AccountChanged, AccountWanted, alter as alter_account, make as make_account, new_link, no_account,
};
pub(crate) use applications::{
    New as NewApplication, Word, found as application_found, make_application, move_application, moves_of,
    step_of as application_step,
};
pub(crate) use caller::{Caller, Origin, cookie, is_same_origin, keep_trail};
pub(crate) use dead_letters::retry_lost as retry_lost_deliveries;
pub(crate) use enterprises::{one_of as enterprise_of, seen as enterprise_seen};
pub(crate) use history::moves as moves_about;
pub(crate) use log::{hidden, may_read as may_read_entry, readable as readable_matter};
pub(crate) use matters::kept_id;
pub(crate) use new_pack::{Checked, Checks, Faulty, checked};
pub(crate) use openid::is_local;
pub(crate) use own_task::{
    claim_next_task, claim_task, complete_task, draw_task, keep_task, release_task, visit_of, withdraw_task,
};
pub(crate) use pack_moves::{may_move, move_pack};
pub(crate) use packs::{keep_pack, may_try, readable, readable_packs, try_pack};
pub(crate) use problem::{Answered, ApiError, method_not_allowed};
pub(crate) use request::{day_in, office_of};
pub(crate) use session::{
    NewPassword, NoSignIn, choose_password, end_session, has_read, set_session, sign_in_from,
};
pub(crate) use tasks::{
    cursor as task_cursor, finding_codes, found as task_found, of_caller as tasks_of, offices as offices_of,
    resource as task_resource,
};
pub(crate) use tokens::{TokenWanted, give as give_token, take_back as take_token_back};
pub(crate) use webhooks::{
    NewSubscription, permitted as may_use_webhooks, set_active as set_webhook_active, subscribe, unsubscribe,
};

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

/// Every route of the server; bodies have at most so many bytes.
pub(crate) fn router(service: Service, body_limit: usize) -> Router {
    let (interface, _) = interface().split_for_parts();
    interface
        .route("/v1/openapi.json", get(openapi::document))
        .route("/docs", get(docs::page))
        .route("/docs.js", get(docs::script))
        .route("/assets/{name}", get(docs::asset))
        .merge(pages(service.clone()))
        .fallback(nothing_here)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(service.clone(), witnesses::halt))
        .layer(from_fn_with_state(service.clone(), caller::ask))
        .layer(DefaultBodyLimit::max(body_limit))
        .with_state(service)
}
