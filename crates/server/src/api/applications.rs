//! `/v1/applications`: what enterprises ask customs for, from a draft to its end (articles 2 to 8, 10 and 13).

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource, Role};
use greenlane_casework::{Actor, AnyState, ApplicationKind, ApplicationStep, Given, Possible};
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_store::{
    ApplicationFilter, ApplicationMove, ApplicationOrder, CaseworkError, Drafts, KeptApplication,
    MovedApplication, NewApplication,
};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::page::{Page, Paging};
use super::problem::ApiError;
use super::request::{Object, day, ground_of, office_of, request_key};
use super::tasks::{by, cursor, offices};
use super::{Service, shapes};
use crate::applications::OWN;
use crate::parties::four_digits;
use crate::random::random;

/// An application, and what may be done with it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Application {
    application: u64,
    #[schema(value_type = shapes::casework::ApplicationKind)]
    kind: &'static str,
    #[schema(value_type = shapes::casework::ApplicationState)]
    state: &'static str,
    office: String,
    /// The enterprise, as the application names it.
    applicant: String,
    /// The reform that an admission is to.
    programme: Option<String>,
    /// What the application states besides the registry.
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    facts: Map<String, Value>,
    #[schema(value_type = Option<shapes::Day>)]
    submitted_on: Option<String>,
    reviewed_by: Option<String>,
    approved_by: Option<String>,
    #[schema(value_type = Option<shapes::Day>)]
    valid_from: Option<String>,
    #[schema(value_type = Option<shapes::Day>)]
    valid_to: Option<String>,
    /// The last day for what has to be done next.
    #[schema(value_type = Option<shapes::Day>)]
    due_on: Option<String>,
    /// Whether a measure puts it first.
    goes_first: bool,
    /// Entry of the log with the decision that the state rests on: it names what is missing and what does not hold.
    decision: Option<u64>,
    opened_us: i64,
    moved_us: i64,
    /// Moves of people that this state allows.
    #[schema(value_type = Vec<shapes::casework::ApplicationMove>)]
    moves: Vec<&'static str>,
}

impl Application {
    fn of(kept: KeptApplication) -> Application {
        let state = kept.state();
        let KeptApplication { number, of, application, decision, opened_us, moved_us, .. } = kept;
        let day = |day: Option<Day>| day.map(|day| day.to_string());
        Application {
            application: number,
            kind: of.kind.name(),
            state: state.name(),
            office: four_digits(of.office.into()),
            applicant: of.applicant,
            programme: of.programme,
            facts: of.facts,
            submitted_on: day(application.submitted_on),
            reviewed_by: application.reviewed_by,
            approved_by: application.approved_by,
            valid_from: day(application.from),
            valid_to: day(application.to),
            due_on: day(application.due),
            goes_first: application.goes_first,
            decision,
            opened_us,
            moved_us,
            moves: state.moves().into_iter().map(ApplicationStep::name).collect(),
        }
    }
}

/// An application that was moved, and the last entry of the log about it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Moved {
    entry: Option<u64>,
    application: Application,
}

impl Moved {
    fn of(MovedApplication { application, entry }: MovedApplication) -> Json<Moved> {
        Json(Moved { entry, application: Application::of(application) })
    }
}

/// An application that is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    #[schema(value_type = shapes::casework::ApplicationKind)]
    pub(crate) kind: String,
    /// Any identifier of the enterprise.
    #[schema(min_length = 1, example = "3101910012")]
    pub(crate) applicant: String,
    /// Customs office, four digits.
    #[schema(pattern = "^[0-9]{4}$", example = "3101")]
    pub(crate) office: String,
    /// Facts that the registry does not have, by name, such as `debt_ratio_excellent`; what it has, what the law says by
    /// itself and who else is a party is refused. An undertaking states `text` and `signatory`, an admission `admission_to`.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    pub(crate) facts: Map<String, Value>,
}

/// Make a draft.
#[utoipa::path(post, path = "/v1/applications", tag = "work",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = New, responses(
    (status = 201, description = "Made", body = Moved), (status = 404, description = "No enterprise has this identifier"),
    (status = 422, description = "A fact cannot be understood, or is not the application's to state"),
))]
pub(crate) async fn create(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    new: Result<Json<Object<New>>, JsonRejection>,
) -> Result<(StatusCode, Json<Moved>), ApiError> {
    let Json(Object(new)) = new?;
    Ok((StatusCode::CREATED, Moved::of(made(&service, &caller, new, Some(&headers)).await?)))
}

/// Makes a draft and looks at it. Headers may have an idempotency key.
async fn made(
    service: &Service,
    caller: &Caller,
    New { kind, applicant, office, facts }: New,
    headers: Option<&HeaderMap>,
) -> Result<MovedApplication, ApiError> {
    let (kind, number) = (kind_of(&kind)?, office_of(&office)?);
    let applicant = canonical_enterprise(&applicant).to_owned();
    may(caller, Action::Apply, &office, &applicant)?;
    not_own(&facts)?;
    let said = serde_json::to_vec(&(kind.name(), &applicant, &office, &facts)).unwrap_or_default();
    let request = match headers {
        Some(headers) => request_key(caller, headers, &[b"application", &said])?,
        None => None,
    };
    let enterprise = service.number_of(&applicant, None).await?;
    let programme = facts.get("admission_to").and_then(Value::as_str).map(str::to_owned);
    let new = NewApplication { kind, office: number, applicant, enterprise, programme, facts };
    service.applications.check(&new).await?;
    let seal = random::<32>()?;
    let moved =
        service.store.create_application(new, &by(caller, ""), seal, request, service.clock.now_us()).await?;
    let looked = service.applications.look(moved.application.number).await?;
    let entry = looked.entry.or(moved.entry);
    Ok(MovedApplication { entry, ..looked })
}

/// Makes a draft; its number.
pub(crate) async fn make_application(service: &Service, caller: &Caller, new: New) -> Result<u64, ApiError> {
    Ok(made(service, caller, new, None).await?.application.number)
}

/// An application says itself what these are.
fn not_own(facts: &Map<String, Value>) -> Result<(), ApiError> {
    let own = facts.keys().find(|name| OWN.contains(&name.as_str()));
    own.map_or(Ok(()), |own| {
        Err(ApiError::field(format!("`facts.{own}` is what the application itself says: leave it out")))
    })
}

/// Which applications.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Of this kind only.
    #[param(value_type = Option<shapes::casework::ApplicationKind>)]
    kind: Option<String>,
    /// In this state only.
    #[param(value_type = Option<shapes::casework::ApplicationState>)]
    state: Option<String>,
    /// Of this enterprise only: any of its identifiers.
    #[param(min_length = 1)]
    applicant: Option<String>,
    /// To this reform only, such as `lot_inspection`.
    #[param(min_length = 1)]
    programme: Option<String>,
    /// Something is due until this day.
    #[param(value_type = Option<shapes::Day>)]
    due_until: Option<String>,
    /// At this customs office only, four digits; the offices of the account if not said.
    #[param(pattern = "^[0-9]{4}$")]
    office: Option<String>,
    /// `number`, the oldest first, if not said; `turn`: as they are taken, those that go first before others.
    #[param(value_type = Option<shapes::casework::Order>, inline)]
    order: Option<String>,
    /// `next` of the page before; the first page without.
    #[param(pattern = "^-?[0-9]{1,18}[.][0-9]{1,18}$")]
    after: Option<String>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// List applications.
#[utoipa::path(get, path = "/v1/applications", tag = "work", params(Which), responses(
    (status = 200, body = Page<Application, String>), (status = 404, description = "No enterprise has this identifier"),
    (status = 422, description = "No such kind or state"),
))]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Page<Application, String>>, ApiError> {
    let Query(Which { kind, state, applicant, programme, due_until, office, order, after, limit }) = which?;
    let kind = kind.map(|name| kind_of(&name)).transpose()?;
    let own = applicant.as_deref().map(canonical_enterprise);
    let (offices, drafts) = match own {
        // An enterprise sees its own applications, at whatever office.
        Some(own) if caller.who.enterprise.contains(own) => {
            let parties = vec![own.to_owned()];
            caller.may(Action::ReadMatter, &Resource::Matter { office: None, parties })?;
            (None, Drafts::Own)
        }
        _ => {
            (offices(&caller, Action::ReadMatter, office.as_slice())?, Drafts::By(caller.person().to_owned()))
        }
    };
    let enterprise = match own {
        Some(own) => Some(service.number_of(own, None).await?),
        None => None,
    };
    let filter = ApplicationFilter {
        kind,
        states: state.map(|name| state_of(kind, &name)).transpose()?.into_iter().collect(),
        enterprise,
        programme,
        due_until: due_until.map(|text| day("due_until", &text)).transpose()?,
        offices,
        drafts,
    };
    let (place, number) = after.map(|text| cursor(&text)).transpose()?.unwrap_or((i64::MIN, 0));
    let order = match order.as_deref() {
        None | Some("number") => ApplicationOrder::Number(number),
        Some("turn") => ApplicationOrder::Turn(place, number),
        Some(other) => {
            return Err(ApiError::field(format!("`order` is `{other}`, expected `number` or `turn`")));
        }
    };
    let paging = Paging { after: None, limit };
    let found = service.store.applications(&filter, order, paging.limit()? + 1).await?;
    let cursor = |kept: &KeptApplication| format!("{}.{}", kept.stands_at.unwrap_or(0), kept.number);
    Ok(Json(paging.page(found, cursor, Application::of)))
}

/// Look at an application.
#[utoipa::path(get, path = "/v1/applications/{application}", tag = "work",
    params(("application" = u64, Path, description = "Number of the application")),
    responses((status = 200, body = Application), (status = 404, description = "There is no such application")))]
pub(crate) async fn show(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Json<Application>, ApiError> {
    let Path(number) = number?;
    Ok(Json(Application::of(found(&service, &caller, number, Action::ReadMatter).await?)))
}

/// In which language.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LetterIn {
    /// `zh` if not said, or `en`.
    #[param(value_type = Option<shapes::casework::Language>, inline)]
    language: Option<String>,
}

/// The letter to the enterprise: what was decided, on what ground, and how each condition came out.
#[utoipa::path(get, path = "/v1/applications/{application}/letter", tag = "work",
    params(("application" = u64, Path, description = "Number of the application"), LetterIn), responses(
    (status = 200, description = "Plain text", body = String, content_type = "text/plain"),
    (status = 404, description = "There is no such application, or it rests on no decision"),
))]
pub(crate) async fn letter(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<u64>, PathRejection>,
    language: Result<Query<LetterIn>, QueryRejection>,
) -> Result<Response, ApiError> {
    let (Path(number), Query(LetterIn { language })) = (number?, language?);
    let name = language.as_deref().unwrap_or(Language::Zh.name());
    let language = Language::of_name(name)
        .ok_or_else(|| ApiError::field(format!("`language` is `{name}`, expected `zh` or `en`")))?;
    let kept = found(&service, &caller, number, Action::ReadMatter).await?;
    let text = service.applications.letter(&kept, language).await?;
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_LANGUAGE, language.name())];
    Ok((headers, text).into_response())
}

/// Why, and what else the move has to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) ground: String,
    /// First day of validity: to approve a waiver, to sign an undertaking.
    #[schema(value_type = Option<shapes::Day>)]
    pub(crate) from: Option<String>,
    /// Last day of validity.
    #[schema(value_type = Option<shapes::Day>)]
    pub(crate) to: Option<String>,
    /// The last day to settle the tax (`accept`, `extend`), or the day of what was done (`settle`, `pass_test`, `fail_test`).
    #[schema(value_type = Option<shapes::Day>)]
    pub(crate) on: Option<String>,
    /// Facts to add, or to state anew: of what was missing (`submit`), or assessed (`assess`); none that the registry has.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    pub(crate) facts: Map<String, Value>,
}

/// Move an application. Its `moves` say which moves are possible; what follows by itself happens at once.
#[utoipa::path(post, path = "/v1/applications/{application}/{move}", tag = "work",
    params(("application" = u64, Path, description = "Number of the application"),
        ("move" = shapes::casework::ApplicationMove, Path, description = "The move")),
    request_body = Word, responses(
    (status = 200, description = "Moved", body = Moved), (status = 404, description = "There is no such application or move"),
    (status = 409, description = "The application does not allow it, or it is another one's move"),
))]
pub(crate) async fn make_move(
    State(service): State<Service>,
    caller: Caller,
    path: Result<Path<(u64, String)>, PathRejection>,
    word: Result<Json<Object<Word>>, JsonRejection>,
) -> Result<Json<Moved>, ApiError> {
    let (Path((number, step)), Json(Object(word))) = (path?, word?);
    let step = step_of(&step)?;
    Ok(Moved::of(move_application(&service, &caller, number, step, word).await?))
}

/// Moves an application, if the caller may.
pub(crate) async fn move_application(
    service: &Service,
    caller: &Caller,
    number: u64,
    step: ApplicationStep,
    Word { ground, from, to, on, facts }: Word,
) -> Result<MovedApplication, ApiError> {
    let ground = ground_of(&ground)?;
    not_own(&facts)?;
    if !facts.is_empty() && !step.states_facts() {
        return Err(ApiError::field(format!(
            "`facts` is not for `{step}`: only for `submit`, `assess` and `sign`"
        )));
    }
    if facts.contains_key("admission_to") {
        return Err(ApiError::field(
            "`facts.admission_to` is settled: another reform is another application",
        ));
    }
    let on_day = |name: &str, text: Option<String>| text.map(|text| day(name, &text)).transpose();
    let given = Given { from: on_day("from", from)?, to: on_day("to", to)?, on: on_day("on", on)? };
    let kept = found(service, caller, number, Action::ReadMatter).await?;
    let (action, actor) = who_makes(kept.state(), step, caller);
    allowed_to(caller, action, &kept)?;
    let step = ApplicationMove { step, actor, given, facts, places: None };
    Ok(service.applications.moved(&kept, step, &by(caller, &ground)).await?)
}

/// Moves that the caller may make now.
pub(crate) fn moves_of(caller: &Caller, kept: &KeptApplication) -> Vec<Possible> {
    let may_make = |possible: &Possible| {
        let (action, actor) = who_makes(kept.state(), possible.step, caller);
        possible.by.contains(&actor) && allowed_to(caller, action, kept).is_ok()
    };
    kept.state().possible().into_iter().filter(may_make).collect()
}

/// The right that a move needs, and as whom the caller makes it.
fn who_makes(state: AnyState, step: ApplicationStep, caller: &Caller) -> (Action, Actor) {
    let by = state.made_by(step).map_or_else(|| state.made_by_in_any(step), <[Actor]>::to_vec);
    let is = |role| caller.who.roles.contains(&role);
    let roles: &[Actor] = match () {
        () if is(Role::Supervisor) => &[Actor::Supervisor, Actor::Officer],
        () if is(Role::Officer) => &[Actor::Officer],
        () => &[Actor::Applicant],
    };
    let actor = roles.iter().copied().find(|actor| by.contains(actor));
    let action = match actor {
        // An officer hands in what an enterprise brings to the counter.
        Some(_) if by.contains(&Actor::Applicant) => Action::Apply,
        // Whose move it is, if it is not the caller's: that is what the caller may not do.
        _ if by.contains(&Actor::Officer) => Action::Work,
        _ if by.contains(&Actor::Supervisor) => Action::DirectWork,
        _ => Action::Apply,
    };
    (action, actor.unwrap_or(roles[0]))
}

/// An application that the caller may do this to.
pub(crate) async fn found(
    service: &Service,
    caller: &Caller,
    number: u64,
    action: Action,
) -> Result<KeptApplication, ApiError> {
    let missing = CaseworkError::NoApplication { number };
    let found = service.store.application(number).await?.filter(|kept| !is_kept_from(caller, kept));
    let kept = caller.sees(found, Action::ReadMatter, resource, missing)?;
    allowed_to(caller, action, &kept)?;
    Ok(kept)
}

/// A draft that is private is not there for anybody else.
fn allowed_to(caller: &Caller, action: Action, kept: &KeptApplication) -> Result<(), ApiError> {
    if is_kept_from(caller, kept) {
        return Err(CaseworkError::NoApplication { number: kept.number }.into());
    }
    caller.may(action, &resource(kept))
}

/// Whether it is a draft that is private, and the caller neither its author nor its enterprise.
fn is_kept_from(caller: &Caller, kept: &KeptApplication) -> bool {
    let is_author = kept.author.as_deref() == Some(caller.person());
    kept.application.is_private() && !is_author && !caller.who.enterprise.contains(&kept.of.applicant)
}

/// What the rules want to know about an application.
fn resource(kept: &KeptApplication) -> Resource {
    Resource::Matter {
        office: Some(four_digits(kept.of.office.into())),
        parties: vec![kept.of.applicant.clone()],
    }
}

fn may(caller: &Caller, action: Action, office: &str, applicant: &str) -> Result<(), ApiError> {
    let parties = vec![applicant.to_owned()];
    caller.may(action, &Resource::Matter { office: Some(office.to_owned()), parties })
}

fn kind_of(name: &str) -> Result<ApplicationKind, ApiError> {
    let known = || ApplicationKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    let wrong =
        || ApiError::field(format!("`{name}` is no kind of applications, expected one of {}", known()));
    ApplicationKind::of_name(name).ok_or_else(wrong)
}

/// The move of that name.
pub(crate) fn step_of(name: &str) -> Result<ApplicationStep, ApiError> {
    let missing = || ApiError::not_found(format!("`{name}` is no move of applications"));
    ApplicationStep::of_name(name).ok_or_else(missing)
}

/// The state of that name, of one kind or of any.
fn state_of(kind: Option<ApplicationKind>, name: &str) -> Result<&'static str, ApiError> {
    let kinds = ApplicationKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one));
    let mut known: Vec<&'static str> = kinds.flat_map(|kind| kind.states()).collect();
    known.sort_unstable();
    known.dedup();
    let wrong =
        || ApiError::field(format!("`{name}` is no such state, expected one of {}", known.join(", ")));
    known.iter().copied().find(|state| *state == name).ok_or_else(wrong)
}
