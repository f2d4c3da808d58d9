//! One thread that decides: text to facts, parties looked up, facts to decisions, decisions to JSON and records.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use greenlane_access::{Action, CallerKind};
use greenlane_configuration::DrawsTold;
use greenlane_evaluate::batch::BatchOptions;
use greenlane_intake::identifiers::numbered_office;
use greenlane_intake::{Batch, Intake, Limits, Sender, Unfilled};
use greenlane_observe::figures;
use greenlane_policy::matters::Matters;
use greenlane_policy::origin::Origin;
use greenlane_store::{MatterAt, StoreError};
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::deciding::{Decided, Deciding};
use super::encode::Told;
use super::gate::{Forbidden, Gate};
use super::parties::{Known, Parties};
use super::writer::Work;
use super::{Answer, Call, DeskError, Format, Question, Reply, Setting, sources};
use crate::laws::Law;
use crate::resources::PartyColumns;
use crate::shares::Prior;
use crate::statements;

/// Matters of one call at most.
const MOST_MATTERS: usize = 10_000;

/// Matters whose parties are looked up in one go, about.
const MOST_AT_ONCE: usize = 2_048;

/// A call that was read.
struct Waiting {
    question: Question,
    /// Where what it states comes from.
    origin: Origin,
    unfilled: Unfilled,
    reply: Reply,
    span: tracing::Span,
    /// Until it is at the writer, what can wait waits.
    _prior: Option<Prior>,
}

pub(super) fn run(
    setting: &Setting,
    runtime: &Handle,
    calls: mpsc::Receiver<Call>,
    writer: &mpsc::Sender<Work>,
) {
    law_by_law(setting, runtime, calls, writer, |desk, call, calls| desk.decide_calls(call, calls));
}

/// Takes calls with the law in force; `serve` gives back the first call that another law has to decide.
pub(super) fn law_by_law(
    setting: &Setting,
    runtime: &Handle,
    mut calls: mpsc::Receiver<Call>,
    writer: &mpsc::Sender<Work>,
    serve: impl Fn(&LawAtDesk<'_>, Call, &mut mpsc::Receiver<Call>) -> Option<Call>,
) {
    let mut next = calls.blocking_recv();
    while let Some(call) = next {
        let law = setting.laws.in_force();
        let desk = LawAtDesk { law: &law, parties: setting.parties.of(&law), setting, runtime, writer };
        next = serve(&desk, call, &mut calls);
    }
}

/// What a law decides with.
pub(super) struct LawAtDesk<'d> {
    pub law: &'d Arc<Law>,
    pub parties: Arc<Parties>,
    pub setting: &'d Setting,
    pub runtime: &'d Handle,
    pub writer: &'d mpsc::Sender<Work>,
}

impl<'d> LawAtDesk<'d> {
    /// Answers calls as long as the law is in force; gives back the first call that another law has to decide.
    fn decide_calls(&self, first: Call, calls: &mut mpsc::Receiver<Call>) -> Option<Call> {
        let mut tools = Tools::new(self.law, self.setting);
        let mut next = Some(first);
        while let Some(call) = next.take().or_else(|| calls.blocking_recv()) {
            let day = self.setting.clock.today();
            if !Arc::ptr_eq(self.law, &self.setting.laws.on(day)) {
                return Some(call);
            }
            tools.set_day(day);
            let (now, then) = read_waiting(&mut tools, call, calls);
            // Each question as of an earlier instant sees another registry.
            let groups = std::iter::once(now).chain(then.into_iter().map(|call| vec![call]));
            for group in groups.filter(|group| !group.is_empty()) {
                let as_of = group.first().and_then(|waiting| waiting.question.as_of);
                let unfilled = group.iter().map(|waiting| &waiting.unfilled);
                let known = self.look_up(unfilled, as_of).map_err(Arc::new);
                group.into_iter().for_each(|waiting| self.answer(waiting, &known, &mut tools));
            }
        }
        None
    }

    fn answer(&self, waiting: Waiting, known: &Result<Known, Arc<StoreError>>, tools: &mut Tools<'d>) {
        let Waiting { question, origin, unfilled, reply, span, _prior } = waiting;
        let _inside = span.enter();
        let store = |error: &Arc<StoreError>| DeskError::Store(Arc::clone(error));
        let decided = known.as_ref().map_err(store).and_then(|known| {
            let decide = || self.decide(tools, &question, origin, unfilled, known);
            catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|_| Err(panicked()))
        });
        if let Err(DeskError::Failed(_)) = decided {
            // Whatever they keep may be half done.
            tools.forget();
        }
        if let Ok(Decided { answer, records, .. }) = &decided {
            note(&span, answer, records, question.dry_run);
        }
        self.pass_on(decided, question, reply);
    }

    /// Whether it is the law of today.
    pub(super) fn is_in_force(&self) -> bool {
        Arc::ptr_eq(self.law, &self.setting.laws.in_force())
    }

    pub(super) fn look_up<'u>(
        &self,
        unfilled: impl Iterator<Item = &'u Unfilled>,
        as_of: Option<i64>,
    ) -> Result<Known, StoreError> {
        let ids = unfilled.flat_map(|unfilled| unfilled.parties(self.parties.facts()));
        self.runtime.block_on(self.parties.look_up(ids, as_of))
    }

    pub(super) fn decide(
        &self,
        Tools { intake, gate, limits, options, deciding, trying }: &mut Tools<'d>,
        question: &Question,
        origin: Origin,
        unfilled: Unfilled,
        known: &Known,
    ) -> Result<Decided, DeskError> {
        let facts = self.parties.facts();
        let sender = sender(question, origin, limits);
        let Batch { matters, rejects, mut origins, .. } =
            intake.complete_with(unfilled, facts, &sender, &mut |id, day| Some(known.on(facts, id, day)));
        if question.reserved.is_empty() {
            sources::of_application(&self.law.engine.pack, &matters, &mut origins);
        }
        let action = if question.dry_run { Action::Try } else { Action::Decide };
        let id = |row| matters.text(self.law.engine.pack.core.matter_id, row).unwrap_or("").to_owned();
        gate.check(&question.caller, action, &matters, id).map_err(DeskError::Forbidden)?;
        let (deciding, options) = match question.dry_run {
            true => (trying, &BatchOptions::default()),
            false => (deciding, &*options),
        };
        let deciding = match deciding {
            Some(deciding) => deciding,
            none => none.insert(Deciding::by(self.law, options, self.setting.clock.clone())?),
        };
        let today = match question.dry_run {
            true => None,
            false => Some(self.drawing_day()?),
        };
        let draws = question.dry_run
            || self.setting.draws_told == DrawsTold::AtOnce
            || gate.check(&question.caller, Action::ReadDraw, &matters, id).is_ok();
        let told = Told { draws, sources: question.sources };
        let decided = deciding.decide(&origins, &matters, rejects, today, told)?;
        // What the server itself asks is about matters of its own.
        let is_own = question.dry_run || question.reserved.is_empty();
        let at_offices = if is_own { Vec::new() } else { self.at_offices(&matters) };
        Ok(Decided { matters: at_offices, ..decided })
    }

    /// At which office each matter is decided, and which one its number says.
    fn at_offices(&self, matters: &Matters) -> Vec<MatterAt> {
        let core = &self.law.engine.pack.core;
        let one = |at| MatterAt {
            at,
            office: matters
                .value(core.office, at)
                .and_then(|office| office.try_into().ok())
                .unwrap_or(Office::NONE),
            numbered: matters.text(core.matter_id, at).and_then(numbered_office),
        };
        (0..matters.rows()).map(one).collect()
    }

    /// The day whose key draws now.
    fn drawing_day(&self) -> Result<Day, DeskError> {
        let epochs = &self.setting.epochs;
        let drawing = epochs.drawing_now().map_or_else(|| self.runtime.block_on(epochs.drawing()), Ok);
        drawing.map_err(|error| DeskError::Store(Arc::new(error)))
    }

    /// Answers what is not to be kept, and gives the rest to the writer.
    fn pass_on(&self, decided: Result<Decided, DeskError>, question: Question, reply: Reply) {
        match decided {
            Err(error) => drop(reply.send(Err(error))),
            Ok(decided) if question.dry_run || decided.records.is_empty() => {
                drop(reply.send(Ok(decided.answer)))
            }
            Ok(decided) => {
                let work = Work { decided, request: question.request, reply };
                if let Err(refused) = self.writer.blocking_send(work) {
                    drop(refused.0.reply.send(Err(DeskError::Stopping)));
                }
            }
        }
    }
}

/// What calls are decided with, one after the other; all of it keeps what recurs.
pub(super) struct Tools<'l> {
    intake: Intake<'l>,
    gate: Gate,
    /// What is not for declarants to state.
    limits: Limits,
    options: BatchOptions,
    /// What decides and what writes it down; made when it is needed, and again after a failure.
    deciding: Option<Deciding<'l>>,
    /// The same for dry runs: it has no draws, so that nothing is foretold.
    trying: Option<Deciding<'l>>,
}

impl<'l> Tools<'l> {
    pub(super) fn new(law: &'l Arc<Law>, setting: &Setting) -> Tools<'l> {
        let pack = &law.engine.pack;
        let options = BatchOptions { draws: Some(setting.draws.clone()), ..BatchOptions::default() };
        let gate = Gate::new(setting.rules.clone(), PartyColumns::of(pack));
        let mut intake = Intake::new(pack).with_party_facts(law.engine.program.columns_read());
        if let Some(standards) = &setting.standards {
            intake = intake.with_standards(standards.clone());
        }
        let limits = statements::limits(pack, setting.clock.today(), setting.standards.is_some());
        Tools { intake, gate, limits, options, deciding: None, trying: None }
    }

    /// Where what a question states comes from.
    pub(super) fn origin(&mut self, question: &Question) -> Origin {
        origin(question, &mut self.gate)
    }

    /// The day of matters that do not say theirs.
    pub(super) fn set_day(&mut self, day: Day) {
        self.intake.set_default_day(Some(day));
        self.limits.set_today(day);
    }

    /// Makes anew what may be half done after a failure.
    pub(super) fn forget(&mut self) {
        (self.deciding, self.trying) = (None, None);
    }
}

/// Writes the matter into the span of its request, and counts.
pub(super) fn note(span: &tracing::Span, answer: &Answer, records: &[(String, Vec<u8>)], dry_run: bool) {
    figures::decided(records.len(), answer.rejects.len(), dry_run);
    if let Some((matter, _)) = records.first() {
        span.record("matter", matter.as_str());
        span.record("matters", records.len() as u64);
    }
}

/// Reads the calls that are there, those about now and those as of an earlier instant: nobody waits for company.
fn read_waiting(
    tools: &mut Tools<'_>,
    first: Call,
    calls: &mut mpsc::Receiver<Call>,
) -> (Vec<Waiting>, Vec<Waiting>) {
    let (mut now, mut then, mut rows) = (Vec::new(), Vec::new(), 0);
    let mut next = Some(first);
    while let Some(Call { mut question, reply, span, prior }) = next {
        let origin = tools.origin(&question);
        let read = may_decide(&question, &mut tools.gate).and_then(|()| {
            let read = || read(tools, &mut question, origin);
            catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(panicked()))
        });
        match read {
            Err(error) => drop(reply.send(Err(error))),
            Ok(unfilled) => {
                rows += unfilled.rows();
                let group = if question.as_of.is_some() { &mut then } else { &mut now };
                group.push(Waiting { question, origin, unfilled, reply, span, _prior: prior });
            }
        }
        next = if rows < MOST_AT_ONCE { calls.try_recv().ok() } else { None };
    }
    (now, then)
}

pub(super) fn panicked() -> DeskError {
    DeskError::Failed("a decision could not be made; the server has noted why".to_owned())
}

/// Refuses whoever may decide nothing before anything is said about the facts.
fn may_decide(question: &Question, gate: &mut Gate) -> Result<(), DeskError> {
    if question.dry_run {
        return Ok(());
    }
    let checked = gate.anywhere(&question.caller, Action::Decide);
    checked.map_err(|refusal| DeskError::Forbidden(Forbidden { matter: "matters".to_owned(), refusal }))
}

/// Where what a question states comes from. The server itself asks about applications, which their applicants stated.
fn origin(question: &Question, gate: &mut Gate) -> Origin {
    if question.reserved.is_empty() || !gate.speaks_for_customs(&question.caller) {
        return Origin::Declarant;
    }
    match question.caller.kind {
        CallerKind::Person => Origin::Officer,
        CallerKind::Machine => Origin::Customs,
    }
}

/// What whoever asks may state. What an application states was checked when it was stated.
fn sender<'s>(question: &'s Question, origin: Origin, limits: &'s Limits) -> Sender<'s> {
    let Question { caller, dry_run, reserved, .. } = question;
    let is_limited = origin == Origin::Declarant && !reserved.is_empty();
    let limits = is_limited.then_some(limits);
    Sender { origin, limits, supposes: *dry_run, own: &caller.enterprise, reserved }
}

pub(super) fn read(
    tools: &Tools<'_>,
    question: &mut Question,
    origin: Origin,
) -> Result<Unfilled, DeskError> {
    let text = std::mem::take(&mut question.text);
    let (intake, sender) = (&tools.intake, sender(question, origin, &tools.limits));
    let unfilled = match question.format {
        Format::Ndjson => intake.read_ndjson("request", text, &sender),
        Format::Xml => intake.read_xml("request", text, &sender),
    };
    let unfilled = unfilled.map_err(|error| DeskError::Unreadable(error.to_string()))?;
    match unfilled.matters() {
        rows if rows > MOST_MATTERS => Err(DeskError::TooMany { rows, most: MOST_MATTERS }),
        _ => Ok(unfilled),
    }
}

#[cfg(test)]
mod tests {
    use greenlane_configuration::{Given, read as configured};
    use greenlane_evaluate::batch::Draws;
    use greenlane_policy::load::PackFiles;
    use greenlane_selection::MasterKey;
    use greenlane_store::{Mover, Store};
    use greenlane_terms::Clock;

    use super::*;
    use crate::decisions::PartiesByPack;
    use crate::epochs::Epochs;
    use crate::laws::Laws;
    use crate::shares::Shares;

    async fn setting(folder: &tempfile::TempDir) -> Setting {
        let (clock, _) = Clock::set_to(1_709_136_000_000_000);
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::open(&url, 2).await.unwrap();
        let by = Mover { person: "li".into(), at_us: clock.now_us(), today: clock.today(), reason: None };
        assert!(store.first_pack(&PackFiles::embedded(), "x", &by).await.unwrap());
        let draws = Draws::new(MasterKey::new([7; 32]));
        Setting {
            rules: Arc::new(greenlane_access::Rules::embedded()),
            laws: Laws::open(&store, clock.clone()).await.unwrap(),
            epochs: Epochs::new(store.clone(), draws.clone(), clock.clone(), 7),
            draws,
            parties: PartiesByPack::new(&store),
            standards: None,
            pace: Arc::default(),
            draws_told: DrawsTold::Claimed,
            reveal_after: 7,
            shares: Shares::of(&configured(&Given::default()).unwrap()),
            clock,
            store,
        }
    }

    #[tokio::test]
    async fn after_a_failure_what_may_be_half_done_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let setting = setting(&folder).await;
        let law = setting.laws.in_force();
        let mut tools = Tools::new(&law, &setting);
        assert!(tools.deciding.is_none() && tools.trying.is_none(), "it is made when it is needed");
        let made = || Some(Deciding::by(&law, &BatchOptions::default(), setting.clock.clone()).unwrap());
        (tools.deciding, tools.trying) = (made(), made());
        tools.forget();
        assert!(tools.deciding.is_none() && tools.trying.is_none());
    }

    #[test]
    fn a_failure_is_told_as_one() {
        assert!(matches!(panicked(), DeskError::Failed(words) if words.contains("the server has noted why")));
    }
}
