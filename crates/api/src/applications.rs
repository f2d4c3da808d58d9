//! `/v1/applications`: what enterprises ask customs for, from a draft to its end (articles 2 to 8, 10 and 13).

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_access::{Action, Resource};
use greenlane_casework::{ApplicationKind, ApplicationStep, Given};
use greenlane_desk::actions::applications::{
    Draft, Word, found, kind_of, make_application, move_application, step_of,
};
use greenlane_desk::actions::tasks::{cursor, offices};
use greenlane_desk::said::{day, office_of};
use greenlane_desk::{Caller, NotDone};
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_store::{ApplicationFilter, ApplicationOrder, Drafts, KeptApplication, MovedApplication};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber};
use greenlane_transport::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::page::{Page, Paging};
use super::request::{Object, request_key};
use super::{Service, shapes};

/// An application, and what may be done with it.
#[derive(Serialize, ToSchema)]
pub struct Application {
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
            application: number.get(),
            kind: of.kind.name(),
            state: state.name(),
            office: of.office.to_string(),
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
            decision: decision.map(EntryNumber::get),
            opened_us,
            moved_us,
            moves: state.moves().into_iter().map(ApplicationStep::name).collect(),
        }
    }
}

/// An application that was moved, and the last entry of the log about it.
#[derive(Serialize, ToSchema)]
pub struct Moved {
    entry: Option<u64>,
    application: Application,
}

impl Moved {
    fn of(MovedApplication { application, entry }: MovedApplication) -> Json<Moved> {
        Json(Moved { entry: entry.map(EntryNumber::get), application: Application::of(application) })
    }
}

/// An application that is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftWanted {
    #[schema(value_type = shapes::casework::ApplicationKind)]
    pub kind: String,
    /// Any identifier of the enterprise.
    #[schema(min_length = 1, example = "3101910012")]
    pub applicant: String,
    /// Customs office, four digits.
    #[schema(pattern = "^[0-9]{4}$", example = "3101")]
    pub office: String,
    /// Facts that the registry does not have, by name, such as `debt_ratio_excellent`; what it has, what the law says by
    /// itself and who else is a party is refused. An undertaking states `text` and `signatory`, an admission `admission_to`.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    pub facts: Map<String, Value>,
}

/// Make a draft.
#[utoipa::path(post, path = "/v1/applications", tag = "work",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body are kept once", min_length = 1, max_length = 200, pattern = "^[ -~]+$")),
    request_body = DraftWanted, responses(
    (status = 201, description = "Made", body = Moved), (status = 404, description = "No enterprise has this identifier"),
    (status = 422, description = "A fact cannot be understood, or is not the application's to state"),
))]
pub async fn create(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    new: Result<Json<Object<DraftWanted>>, JsonRejection>,
) -> Result<(StatusCode, Json<Moved>), ApiError> {
    let Json(Object(new)) = new?;
    let DraftWanted { kind, applicant, office, facts } = new;
    let (kind, number) = (kind_of(&kind)?, office_of(&office)?);
    let applicant = canonical_enterprise(&applicant).to_owned();
    let said = serde_json::to_vec(&(kind.name(), &applicant, &office, &facts));
    let said = said.map_err(|error| NotDone::internal(error.to_string()))?;
    let request = request_key(&caller, &headers, &[b"application", &said])?;
    let draft = Draft { kind, applicant, office: number, facts };
    Ok((StatusCode::CREATED, Moved::of(make_application(&service, &caller, draft, request).await?)))
}

/// Which applications.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApplicationQuery {
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
#[utoipa::path(get, path = "/v1/applications", tag = "work", params(ApplicationQuery), responses(
    (status = 200, body = Page<Application, String>), (status = 404, description = "No enterprise has this identifier"),
    (status = 422, description = "No such kind or state"),
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    which: Result<Query<ApplicationQuery>, QueryRejection>,
) -> Result<Json<Page<Application, String>>, ApiError> {
    let Query(ApplicationQuery { kind, state, applicant, programme, due_until, office, order, after, limit }) =
        which?;
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
    let after = after.map(|text| cursor(&text, ApplicationNumber::new)).transpose()?;
    let (place, number) = after.unwrap_or((i64::MIN, ApplicationNumber::new(0)));
    let order = match order.as_deref() {
        None | Some("number") => ApplicationOrder::Number(number),
        Some("turn") => ApplicationOrder::Turn(place, number),
        Some(other) => {
            return Err(NotDone::field(format!("`order` is `{other}`, expected `number` or `turn`")).into());
        }
    };
    let paging = Paging { after: None, limit };
    let found = service.reading().applications(&filter, order, paging.limit()? + 1).await?;
    let cursor = |kept: &KeptApplication| format!("{}.{}", kept.stands_at.unwrap_or(0), kept.number);
    Ok(Json(paging.page(found, cursor, Application::of)))
}

/// Look at an application.
#[utoipa::path(get, path = "/v1/applications/{application}", tag = "work",
    params(("application" = u64, Path, description = "Number of the application")),
    responses((status = 200, body = Application), (status = 404, description = "There is no such application")))]
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<ApplicationNumber>, PathRejection>,
) -> Result<Json<Application>, ApiError> {
    let Path(number) = number?;
    Ok(Json(Application::of(found(&service, &caller, number, Action::ReadMatter).await?)))
}

/// In which language.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LetterIn {
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
pub async fn letter(
    State(service): State<Service>,
    caller: Caller,
    number: Result<Path<ApplicationNumber>, PathRejection>,
    language: Result<Query<LetterIn>, QueryRejection>,
) -> Result<Response, ApiError> {
    let (Path(number), Query(LetterIn { language })) = (number?, language?);
    let name = language.as_deref().unwrap_or(Language::Zh.name());
    let language = Language::of_name(name)
        .ok_or_else(|| NotDone::field(format!("`language` is `{name}`, expected `zh` or `en`")))?;
    let kept = found(&service, &caller, number, Action::ReadMatter).await?;
    let text = service.applications.letter(&kept, language).await?;
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_LANGUAGE, language.name())];
    Ok((headers, text).into_response())
}

/// Why, and what else the move has to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveWanted {
    #[schema(min_length = 1, max_length = 2000)]
    pub ground: String,
    /// First day of validity: to approve a waiver, to sign an undertaking.
    #[schema(value_type = Option<shapes::Day>)]
    pub from: Option<String>,
    /// Last day of validity.
    #[schema(value_type = Option<shapes::Day>)]
    pub to: Option<String>,
    /// The last day to settle the tax (`accept`, `extend`), or the day of what was done (`settle`, `pass_test`, `fail_test`).
    #[schema(value_type = Option<shapes::Day>)]
    pub on: Option<String>,
    /// Facts to add, or to state anew: of what was missing (`submit`), or assessed (`assess`); none that the registry has.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, shapes::FactValue>)]
    pub facts: Map<String, Value>,
}

/// Move an application. Its `moves` say which moves are possible; what follows by itself happens at once.
#[utoipa::path(post, path = "/v1/applications/{application}/{move}", tag = "work",
    params(("application" = u64, Path, description = "Number of the application"),
        ("move" = shapes::casework::ApplicationMove, Path, description = "The move")),
    request_body = MoveWanted, responses(
    (status = 200, description = "Moved", body = Moved), (status = 404, description = "There is no such application or move"),
    (status = 409, description = "The application does not allow it, or it is another one's move"),
))]
pub async fn make_move(
    State(service): State<Service>,
    caller: Caller,
    path: Result<Path<(ApplicationNumber, String)>, PathRejection>,
    word: Result<Json<Object<MoveWanted>>, JsonRejection>,
) -> Result<Json<Moved>, ApiError> {
    let (Path((number, step)), Json(Object(word))) = (path?, word?);
    let step = step_of(&step)?;
    let MoveWanted { ground, from, to, on, facts } = word;
    let on_day = |name: &str, text: Option<String>| text.map(|text| day(name, &text)).transpose();
    let given = Given { from: on_day("from", from)?, to: on_day("to", to)?, on: on_day("on", on)? };
    let word = Word { ground, given, facts };
    Ok(Moved::of(move_application(&service, &caller, number, step, word).await?))
}

/// The state of that name, of one kind or of any.
fn state_of(kind: Option<ApplicationKind>, name: &str) -> Result<&'static str, NotDone> {
    let kinds = ApplicationKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one));
    let mut known: Vec<&'static str> = kinds.flat_map(|kind| kind.states()).collect();
    known.sort_unstable();
    known.dedup();
    let wrong = || NotDone::field(format!("`{name}` is no such state, expected one of {}", known.join(", ")));
    known.iter().copied().find(|state| *state == name).ok_or_else(wrong)
}
