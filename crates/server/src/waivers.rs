//! Requests for a guarantee waiver: the seven conditions are decided as any matter is, and what follows by itself happens.

use std::collections::BTreeSet;
use std::sync::Arc;

use greenlane_access::{ALL_OFFICES, Caller, Role};
use greenlane_casework::{Check, State, WaiverState};
use greenlane_store::registry::Author;
use greenlane_store::{CaseworkError, Checked, KeptWaiver, MovedWaiver, Store, WaiverCommand};
use serde_json::{Map, Value, json};

use crate::clock::{now_us, today};
use crate::desk::{Desk, DeskError, Format, Question};
use crate::parties::four_digits;

/// Requests that are looked at in one go.
const AT_ONCE: u32 = 100;

/// Why a request is not moved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WaiversError {
    /// The conditions cannot be decided.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// What the request states cannot be understood.
    #[error("{}", .0.iter().map(|(field, reason)| format!("{field}: {reason}")).collect::<Vec<_>>().join("; "))]
    Facts(Vec<(String, String)>),
    /// The move.
    #[error(transparent)]
    Casework(#[from] CaseworkError),
}

/// The requests of a server.
#[derive(Clone)]
pub(crate) struct Waivers {
    desk: Desk,
    store: Store,
    /// Whoever checks: the server itself, at every office.
    itself: Arc<Caller>,
}

impl Waivers {
    pub(crate) fn new(desk: Desk, store: Store) -> Waivers {
        let itself = Caller {
            login: "greenlane".to_owned(),
            roles: BTreeSet::from([Role::Machine]),
            offices: BTreeSet::from([ALL_OFFICES.to_owned()]),
            ..Caller::default()
        };
        Waivers { desk, store, itself: Arc::new(itself) }
    }

    /// Moves a request, checks its conditions, and lets happen what follows by itself.
    pub(crate) async fn moved(
        &self,
        number: u64,
        command: &WaiverCommand,
        author: &Author,
    ) -> Result<MovedWaiver, WaiversError> {
        let moved = self.store.move_waiver(number, command, None, today(), author, now_us()).await?;
        let moved = moved.ok_or(CaseworkError::NoWaiver { number })?;
        match self.look(number).await? {
            MovedWaiver { waiver, entry: None } => Ok(MovedWaiver { waiver, entry: moved.entry }),
            looked => Ok(looked),
        }
    }

    /// Checks a request's conditions, and lets happen what follows by itself.
    pub(crate) async fn look(&self, number: u64) -> Result<MovedWaiver, WaiversError> {
        loop {
            let kept = self.store.waiver(number).await.map_err(CaseworkError::from)?;
            let kept = kept.ok_or(CaseworkError::NoWaiver { number })?;
            let rests_on_conditions = matches!(
                kept.waiver.state,
                WaiverState::Submitted
                    | WaiverState::Approved
                    | WaiverState::InForce
                    | WaiverState::Suspended
            );
            if !rests_on_conditions {
                return Ok(MovedWaiver { waiver: kept, entry: None });
            }
            let checked = Some(self.check(&kept).await?);
            let itself = Author { person: self.itself.login.clone(), ground: String::new() };
            let look = WaiverCommand::Look;
            // If the registry has changed meanwhile, what was decided counts for nothing.
            if let Some(moved) =
                self.store.move_waiver(number, &look, checked, today(), &itself, now_us()).await?
            {
                return Ok(moved);
            }
        }
    }

    /// Decides the seven conditions; the decision is kept as every other is.
    async fn check(&self, kept: &KeptWaiver) -> Result<Checked, WaiversError> {
        let question = Question {
            caller: Arc::clone(&self.itself),
            text: Value::Object(matter(kept)).to_string().into_bytes(),
            format: Format::Ndjson,
            request: None,
            dry_run: false,
            as_of: None,
        };
        let answer = self.desk.ask(question).await?;
        let (Some(entry), Some(decision)) = (answer.first_entry, answer.decisions.first()) else {
            let fault = |reject: &greenlane_intake::Reject| {
                (reject.field.clone().unwrap_or_default(), reject.reason.clone())
            };
            return Err(WaiversError::Facts(answer.rejects.iter().map(fault).collect()));
        };
        Ok(Checked { check: check_of(decision), entry, touched_us: kept.touched_us })
    }
}

/// The request as a matter.
fn matter(kept: &KeptWaiver) -> Map<String, Value> {
    let mut facts = kept.of.facts.clone();
    let own = json!({
        "matter_id": format!("waiver/{}", kept.number), "matter": "guarantee_waiver", "unit": "application",
        "office": four_digits(kept.of.office.into()), "applicant_id": kept.of.applicant,
    });
    facts.extend(own.as_object().cloned().unwrap_or_default());
    facts
}

/// What the measure of waivers came to.
fn check_of(decision: &str) -> Check {
    let measure = WaiverState::RULES.first().map_or("", |rule| rule.measure);
    let decision: Value = serde_json::from_str(decision).unwrap_or_default();
    let measures = decision["measures"].as_array();
    let verdict = measures.into_iter().flatten().find(|one| one["id"] == measure).map(|one| &one["verdict"]);
    match verdict.and_then(Value::as_str) {
        Some("granted") => Check::Granted,
        Some("undetermined") => Check::Undetermined,
        // Refused; or out of scope: no pilot, or the measure is not in force.
        _ => Check::Refused,
    }
}

/// Looks at requests whose day has come or that rest, once a second.
pub(crate) async fn watch(waivers: Waivers) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        ticks.tick().await;
        let due = match waivers.store.waivers_due(today(), AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "requests for a waiver cannot be looked at now");
                continue;
            }
        };
        for number in due {
            if let Err(error) = waivers.look(number).await {
                tracing::warn!(%error, waiver = number, "a request for a waiver cannot be looked at now");
            }
        }
    }
}
