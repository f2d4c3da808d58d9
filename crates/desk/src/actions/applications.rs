//! What people do with applications: make them, move them, read them.

use greenlane_access::{Action, Resource, Role};
use greenlane_casework::{Actor, AnyState, ApplicationKind, ApplicationStep, Given, Possible};
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_store::{
    ApplicationMove, CaseworkError, KeptApplication, MovedApplication, NewApplication, RequestKey,
};
use greenlane_terms::Office;
use greenlane_terms::numbers::ApplicationNumber;
use serde_json::{Map, Value};

use crate::actions::tasks::by;
use crate::applications::OWN;
use crate::caller::{Caller, Right};
use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::random::random;
use crate::said::ground_of;

/// A draft that somebody makes.
pub struct Draft {
    /// Of this kind.
    pub kind: ApplicationKind,
    /// Any identifier of the enterprise.
    pub applicant: String,
    /// The customs office.
    pub office: Office,
    /// Facts that the registry does not have, by name. An undertaking states `text` and `signatory`, an admission `admission_to`.
    pub facts: Map<String, Value>,
}

/// Makes a draft and looks at it.
///
/// # Errors
/// The caller may not, nobody has this identifier, or a fact cannot be understood or is not the application's to state.
pub async fn make_application(
    desk: &Desk,
    caller: &Caller,
    Draft { kind, applicant, office, facts }: Draft,
    request: Option<RequestKey>,
) -> Result<MovedApplication, NotDone> {
    let applicant = canonical_enterprise(&applicant).to_owned();
    let right = caller.right(Action::Apply, &of_office(office, &applicant))?;
    not_own(&facts)?;
    let enterprise = desk.number_of(&applicant, None).await?;
    let programme = facts.get("admission_to").and_then(Value::as_str).map(str::to_owned);
    let new = NewApplication { kind, office, applicant, enterprise, programme, facts };
    desk.applications.check(&new).await?;
    let seal = random::<32>()?;
    let moved = desk
        .writing(right)
        .create_application(new, &by(caller, ""), seal, request, desk.clock.now_us())
        .await?;
    let looked = desk.applications.look(moved.application.number).await?;
    let entry = looked.entry.or(moved.entry);
    Ok(MovedApplication { entry, ..looked })
}

/// An application says itself what these are.
fn not_own(facts: &Map<String, Value>) -> Result<(), NotDone> {
    let own = facts.keys().find(|name| OWN.contains(&name.as_str()));
    own.map_or(Ok(()), |own| {
        Err(NotDone::field(format!("`facts.{own}` is what the application itself says: leave it out")))
    })
}

/// Why an application is moved, and what else the move has to say.
pub struct Word {
    /// Why, in 1 to 2000 characters.
    pub ground: String,
    /// Days of validity, or the day of what was done.
    pub given: Given,
    /// Facts to add, or to state anew: of what was missing (`submit`), or assessed (`assess`); none that the registry has.
    pub facts: Map<String, Value>,
}

/// Moves an application, if the caller may.
///
/// # Errors
/// The caller may not, the application does not allow it, or a fact cannot be understood.
pub async fn move_application(
    desk: &Desk,
    caller: &Caller,
    number: ApplicationNumber,
    step: ApplicationStep,
    Word { ground, given, facts }: Word,
) -> Result<MovedApplication, NotDone> {
    let ground = ground_of(&ground)?;
    not_own(&facts)?;
    if !facts.is_empty() && !step.states_facts() {
        return Err(NotDone::field(format!(
            "`facts` is not for `{step}`: only for `submit`, `assess` and `sign`"
        )));
    }
    if facts.contains_key("admission_to") {
        return Err(NotDone::field("`facts.admission_to` is settled: another reform is another application"));
    }
    let kept = found(desk, caller, number, Action::ReadMatter).await?;
    let (action, actor) = who_makes(kept.state(), step, caller);
    let right = allowed_to(caller, action, &kept)?;
    let step = ApplicationMove { step, actor, given, facts, places: None };
    Ok(desk.applications.moved(right, &kept, step, &by(caller, &ground)).await?)
}

/// Moves that the caller may make now.
#[must_use]
pub fn moves_of(caller: &Caller, kept: &KeptApplication) -> Vec<Possible> {
    let may_make = |possible: &Possible| {
        let (action, actor) = who_makes(kept.state(), possible.step, caller);
        let is_barred = kept.application.is_barred(possible.step, caller.person());
        possible.by.contains(&actor) && !is_barred && allowed_to(caller, action, kept).is_ok()
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
///
/// # Errors
/// There is none that the caller may read, or they may not do this to it.
pub async fn found(
    desk: &Desk,
    caller: &Caller,
    number: ApplicationNumber,
    action: Action,
) -> Result<KeptApplication, NotDone> {
    let missing = CaseworkError::NoApplication { number };
    let found = desk.reading().application(number).await?.filter(|kept| !is_kept_from(caller, kept));
    let kept = caller.sees(found, Action::ReadMatter, resource, missing)?;
    allowed_to(caller, action, &kept)?;
    Ok(kept)
}

/// A draft that is private is not there for anybody else.
fn allowed_to(caller: &Caller, action: Action, kept: &KeptApplication) -> Result<Right, NotDone> {
    if is_kept_from(caller, kept) {
        return Err(CaseworkError::NoApplication { number: kept.number }.into());
    }
    caller.right(action, &resource(kept))
}

/// Whether it is a draft that is private, and the caller neither its author nor its enterprise.
fn is_kept_from(caller: &Caller, kept: &KeptApplication) -> bool {
    let is_author = kept.author.as_deref() == Some(caller.person());
    kept.application.is_private() && !is_author && !caller.who.enterprise.contains(&kept.of.applicant)
}

/// What the rules want to know about an application.
fn resource(kept: &KeptApplication) -> Resource {
    of_office(kept.of.office, &kept.of.applicant)
}

fn of_office(office: Office, applicant: &str) -> Resource {
    Resource::Matter { office: Some(office.to_string()), parties: vec![applicant.to_owned()] }
}

/// The kind of that name.
///
/// # Errors
/// There is none.
pub fn kind_of(name: &str) -> Result<ApplicationKind, NotDone> {
    let known = || ApplicationKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    let wrong =
        || NotDone::field(format!("`{name}` is no kind of applications, expected one of {}", known()));
    ApplicationKind::of_name(name).ok_or_else(wrong)
}

/// The move of that name.
///
/// # Errors
/// There is none.
pub fn step_of(name: &str) -> Result<ApplicationStep, NotDone> {
    let missing = || NotDone::not_found(format!("`{name}` is no move of applications"));
    ApplicationStep::of_name(name).ok_or_else(missing)
}
