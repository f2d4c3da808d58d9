//! Applications: what the law says about one is decided as any matter is, and what follows by itself happens.

mod day;
mod letter;
mod stated;
mod verdict;
mod violation;

use std::collections::BTreeSet;
use std::sync::Arc;

use greenlane_access::{ALL_OFFICES, Caller, Role};
use greenlane_casework::{AnyState, ApplicationKind, ApplicationStep, DisclosureState, Verdict};
use greenlane_store::registry::Author;
use greenlane_store::{
    ApplicationMove, At, CaseworkError, Decided, KeptApplication, MovedApplication, NewApplication, Store,
    StoreError,
};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber};
use greenlane_terms::{Clock, time};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use day::LookedBy;
use stated::Known;
use verdict::verdict_of;

use crate::caller::Right;
use crate::decisions::{Answer, Deciders, DeskError, Format, PartiesByPack, Question, Setting};
use crate::laws::{LawError, Laws, number};
use crate::not_done::NotDone;
use crate::problem::Problem;

pub use stated::{APPLICANT, Occasion, said_by};

/// Applications that are looked at in one go.
const AT_ONCE: u32 = 100;

/// Facts that an application cannot state otherwise: it is what they say.
pub const OWN: [&str; 6] = ["matter_id", "matter", "unit", "office", "applicant_id", "decided_on"];

/// What the ids of matters that are applications begin with: nobody else's does.
pub const PREFIX: &str = "application/";

/// The day of a packaging's last test.
const LAST_TEST: &str = "packaging_last_test";

/// What an undertaking says; no rule reads it.
const UNDERTAKING: [&str; 2] = ["text", "signatory"];

/// Why an application is not moved.
#[derive(Debug, thiserror::Error)]
pub enum ApplicationsError {
    /// The conditions cannot be decided.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// What the application states cannot be understood.
    #[error("{}", .0.iter().map(|(field, reason)| format!("{field}: {reason}")).collect::<Vec<_>>().join("; "))]
    Facts(Vec<(String, String)>),
    /// The law that decided it cannot be read.
    #[error(transparent)]
    Law(#[from] LawError),
    /// There is nothing to write a letter about.
    #[error("application {0} rests on no decision")]
    NoDecision(ApplicationNumber),
    /// The move.
    #[error(transparent)]
    Casework(#[from] CaseworkError),
}

/// The applications of a server.
#[derive(Clone)]
pub struct Applications {
    desk: Deciders,
    clock: Clock,
    store: Store,
    laws: Laws,
    /// What the registry knows about applicants.
    parties: PartiesByPack,
    /// Whether there is a table of the standard values of industries.
    has_standards: bool,
    /// By which day and law all were looked at; whoever looks holds it.
    looked_by: Arc<Mutex<Option<LookedBy>>>,
    /// Whoever looks: the server itself, at every office.
    itself: Arc<Caller>,
}

impl Applications {
    /// Applications on which these deciders decide.
    pub fn new(setting: &Setting, desk: Deciders) -> Applications {
        let Setting { store, laws, parties, standards, clock, .. } = setting.clone();
        let itself = Caller {
            login: "greenlane".to_owned(),
            roles: BTreeSet::from([Role::Machine]),
            offices: BTreeSet::from([ALL_OFFICES.to_owned()]),
            ..Caller::default()
        };
        let has_standards = standards.is_some();
        let (looked_by, itself) = (Arc::default(), Arc::new(itself));
        Applications { desk, clock, store, laws, parties, has_standards, looked_by, itself }
    }

    /// Whether what a new application states is its to state, and can be understood; nothing is kept.
    pub async fn check(&self, new: &NewApplication) -> Result<(), ApplicationsError> {
        self.check_with(new, &new.facts, self.clock.today(), false).await
    }

    /// The same for an application as a move makes it, which adds the facts `stated`; by the law of a day, and by an officer who
    /// assesses or by whoever applies.
    async fn check_with(
        &self,
        new: &NewApplication,
        stated: &Map<String, Value>,
        day: Day,
        is_assessment: bool,
    ) -> Result<(), ApplicationsError> {
        if new.kind == ApplicationKind::CarrierUndertaking {
            return undertaking(&new.facts);
        }
        if new.kind == ApplicationKind::Admission && new.programme.is_none() {
            let missing = "missing: the reform that the enterprise asks for";
            return Err(ApplicationsError::Facts(vec![("admission_to".to_owned(), missing.to_owned())]));
        }
        let mut faults =
            self.with_known(&new.applicant, day, |known| known.faults(stated, is_assessment)).await?;
        faults.extend(not_made_yet(stated, day));
        if !faults.is_empty() {
            return Err(ApplicationsError::Facts(faults));
        }
        self.ask(self.matter(new, ApplicationNumber::new(0), day).await?, true).await.map(|_| ())
    }

    /// What follows from what is known about an applicant on a day.
    async fn with_known<T>(
        &self,
        applicant: &str,
        day: Day,
        of: impl FnOnce(&Known<'_>) -> T,
    ) -> Result<T, ApplicationsError> {
        let law = self.laws.on(day);
        let parties = self.parties.of(&law);
        let on_day = parties.on(applicant, day).await.map_err(CaseworkError::from)?;
        let (pack, has_standards) = (&law.engine.pack, self.has_standards);
        Ok(of(&Known { pack, facts: parties.facts(), has_standards, on_day }))
    }

    /// The application as a matter. What it stated and the registry has come to know since, the registry says.
    async fn matter(
        &self,
        of: &NewApplication,
        number: ApplicationNumber,
        day: Day,
    ) -> Result<Map<String, Value>, ApplicationsError> {
        let mut facts = of.facts.clone();
        self.with_known(&of.applicant, day, |known| known.take_out(&mut facts)).await?;
        facts.extend(itself(of, number, day));
        Ok(facts)
    }

    /// Moves an application, looks at it, and lets happen what follows by itself.
    pub async fn moved(
        &self,
        _: Right,
        kept: &KeptApplication,
        mut step: ApplicationMove,
        author: &Author,
    ) -> Result<MovedApplication, ApplicationsError> {
        if let (ApplicationStep::PassTest, Some(on)) = (step.step, step.given.on) {
            step.facts.insert(LAST_TEST.to_owned(), on.to_string().into());
        }
        let faults = violation::faults(kept, &step);
        if !faults.is_empty() {
            return Err(ApplicationsError::Facts(faults));
        }
        if !step.facts.is_empty() {
            let mut of = kept.of.clone();
            of.facts.extend(step.facts.clone());
            self.check_with(
                &of,
                &step.facts,
                day_of(kept, self.clock.today()),
                step.step == ApplicationStep::Assess,
            )
            .await?;
        }
        if kept.of.kind == ApplicationKind::Admission && step.step == ApplicationStep::Admit {
            step.places = self.places(kept.of.programme.as_deref());
        }
        let moved = self.store.move_application(kept.number, &step, author, self.at(kept)).await?;
        match self.look(kept.number).await? {
            MovedApplication { application, entry: None } => {
                Ok(MovedApplication { application, entry: moved.entry })
            }
            looked => Ok(looked),
        }
    }

    /// Decides what the law says, and lets happen what follows by itself.
    pub async fn look(&self, number: ApplicationNumber) -> Result<MovedApplication, ApplicationsError> {
        loop {
            let kept = self.store.application(number).await.map_err(CaseworkError::from)?;
            let kept = kept.ok_or(CaseworkError::NoApplication { number })?;
            let decided = self.decide(&kept).await?;
            // If something has changed meanwhile, what was decided counts for nothing.
            if let Some(moved) = self.store.look_at_application(number, decided, self.at(&kept)).await? {
                return Ok(moved);
            }
        }
    }

    /// Decides what the law says, where it counts; the decision is kept as every other is, but for a draft.
    async fn decide(&self, kept: &KeptApplication) -> Result<Decided, ApplicationsError> {
        let touched_us = kept.touched_us;
        if !kept.state().rests_on_law() {
            return Ok(Decided { verdict: None, entry: None, touched_us });
        }
        let is_draft = kept.state() == AnyState::VoluntaryDisclosure(DisclosureState::Draft);
        let (verdict, entry) = self.verdict(kept, is_draft).await?;
        Ok(Decided { verdict: Some(verdict), entry, touched_us })
    }

    /// What the law says about an application today, and the entry of the decision unless it is for trial.
    async fn verdict(
        &self,
        kept: &KeptApplication,
        for_trial: bool,
    ) -> Result<(Verdict, Option<EntryNumber>), ApplicationsError> {
        let today = self.clock.today();
        let on = day_of(kept, today);
        let answer = self.ask(self.matter(&kept.of, kept.number, on).await?, for_trial).await?;
        let failed = |why: String| DeskError::Failed(format!("application {}: {why}", kept.number));
        let decided = answer.decisions.first().ok_or_else(|| failed("no decision".to_owned()))?;
        let decision: Value = serde_json::from_slice(decided).map_err(|error| failed(error.to_string()))?;
        let law = self.laws.on(on);
        let entry = answer.first_entry.map(EntryNumber::new);
        Ok((verdict_of(kept, &law.engine.pack, &decision, on, today), entry))
    }

    async fn ask(&self, matter: Map<String, Value>, dry_run: bool) -> Result<Answer, ApplicationsError> {
        let question = Question {
            caller: Arc::clone(&self.itself),
            text: Value::Object(matter).to_string().into(),
            format: Format::Ndjson,
            request: None,
            dry_run,
            as_of: None,
            sources: false,
            reserved: &[],
        };
        let answer = self.desk.ask(question).await?;
        if answer.decisions.is_empty() {
            let fault = |reject: &greenlane_intake::Reject| {
                (reject.field.clone().unwrap_or_default(), reject.reason.clone())
            };
            return Err(ApplicationsError::Facts(answer.rejects.iter().map(fault).collect()));
        }
        Ok(answer)
    }

    /// Looks at those of which something has changed or whose day has come, a hundred at most; how many there were. One that cannot
    /// be looked at is told, and put off to tomorrow unless the database is to blame.
    ///
    /// # Errors
    /// The database refuses to say which.
    pub async fn look_at_due(&self) -> Result<usize, StoreError> {
        let due = self.store.applications_due(self.clock.today(), AT_ONCE).await?;
        for number in &due {
            match self.look(*number).await {
                Ok(_) => {}
                Err(error @ (ApplicationsError::Facts(_) | ApplicationsError::Law(_))) => {
                    tracing::warn!(%error, application = number.get(), "an application cannot be looked at before tomorrow");
                    self.put_off(*number).await;
                }
                Err(error) => {
                    tracing::warn!(%error, application = number.get(), "an application cannot be looked at now");
                }
            }
        }
        Ok(due.len())
    }

    async fn put_off(&self, number: ApplicationNumber) {
        let tomorrow = self.clock.today().plus_days(1);
        if let Err(error) = self.store.postpone_application(number, tomorrow).await {
            tracing::warn!(%error, application = number.get(), "an application cannot be put off");
        }
    }

    /// How many places a reform has at each office.
    fn places(&self, programme: Option<&str>) -> Option<u64> {
        let law = self.laws.in_force();
        let places = number(&law.engine.pack, "admission_places", self.clock.today(), programme)?;
        u64::try_from(places).ok()
    }

    fn at(&self, kept: &KeptApplication) -> At {
        let name = match kept.of.kind {
            ApplicationKind::PackagingTest => "packaging_reminder_days",
            _ => "reminder_days",
        };
        let us = self.clock.now_us();
        let today = time::day_of(us);
        let notice = number(&self.laws.on(today).engine.pack, name, today, None);
        let notice_days = notice.and_then(|days| i32::try_from(days).ok()).unwrap_or(0);
        At { today, notice_days, us }
    }
}

/// The day whose law decides: for some kinds that of the first submission, else today.
pub fn day_of(kept: &KeptApplication, today: Day) -> Day {
    let submitted = match kept.of.kind {
        ApplicationKind::VoluntaryDisclosure
        | ApplicationKind::ForeignRegistration
        | ApplicationKind::FarmFiling
        | ApplicationKind::ExportCertificate => kept.application.submitted_on,
        _ => None,
    };
    submitted.unwrap_or(today)
}

/// Whether an undertaking says what it has to say.
fn undertaking(facts: &Map<String, Value>) -> Result<(), ApplicationsError> {
    let says =
        |name: &str| facts.get(name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    let missing = UNDERTAKING.iter().filter(|name| !says(name)).map(|name| (*name, "missing: a text"));
    let unknown = facts.keys().filter(|name| !UNDERTAKING.contains(&name.as_str()));
    let unknown = unknown.map(|name| (name.as_str(), "an undertaking says `text` and `signatory` only"));
    let faults: Vec<(String, String)> =
        missing.chain(unknown).map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect();
    if faults.is_empty() { Ok(()) } else { Err(ApplicationsError::Facts(faults)) }
}

/// A last test that has not been made yet.
fn not_made_yet(stated: &Map<String, Value>, day: Day) -> Option<(String, String)> {
    let last = stated.get(LAST_TEST)?.as_str().and_then(Day::parse)?;
    let reason = format!("`{LAST_TEST}` is {last}, expected a day that has come");
    (last > day).then(|| (LAST_TEST.to_owned(), reason))
}

/// What an application says about itself, whatever it states.
fn itself(of: &NewApplication, number: ApplicationNumber, day: Day) -> Map<String, Value> {
    let own = json!({
        "matter_id": format!("{PREFIX}{number}"), "matter": of.kind.name(), "unit": "application",
        "office": of.office.to_string(), "applicant_id": of.applicant, "decided_on": day.to_string(),
    });
    own.as_object().cloned().unwrap_or_default()
}

/// Looks at applications of which something has changed or whose day has come, once a second; at all of them on a new day and under a
/// new law.
pub async fn watch(applications: Applications) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        ticks.tick().await;
        if let Err(error) = applications.look_at_due().await {
            tracing::warn!(%error, "applications cannot be looked at now");
        }
        if let Err(error) = applications.look_at_the_day().await {
            tracing::warn!(%error, "applications cannot be looked at by the law of today now");
        }
    }
}

impl From<ApplicationsError> for NotDone {
    fn from(error: ApplicationsError) -> NotDone {
        let detail = error.to_string();
        match error {
            ApplicationsError::Desk(error) => error.into(),
            ApplicationsError::Facts(faults) => NotDone::statement(faults),
            ApplicationsError::Law(error) => error.into(),
            ApplicationsError::NoDecision(_) => NotDone::new(Problem::NoDecision, detail),
            ApplicationsError::Casework(error) => error.into(),
        }
    }
}
