//! The desk: calls come in, are decided on one thread a core, gathered, written in one transaction, and answered. Dry runs have a
//! thread of their own that gives way.

mod decider;
mod deciding;
mod encode;
mod gate;
mod line;
mod lots;
mod parties;
mod sources;
mod tasks;
mod trying;
mod writer;

pub use encode::{Told, head};
pub use gate::Forbidden;
pub use line::Line;
pub use parties::{Parties, PartiesByPack};
pub use tasks::{RESERVED, follow_up_id, is_follow_up};
pub use writer::decide_again;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use greenlane_access::{Caller, Rules};
use greenlane_configuration::DrawsTold;
use greenlane_evaluate::batch::{BatchError, Draws};
use greenlane_intake::{Reject, Standards};
use greenlane_observe::{Pace, figures};
use greenlane_store::{RequestKey, Store, StoreError};
use greenlane_terms::Clock;
use tokio::sync::{mpsc, oneshot};

use crate::epochs::Epochs;
use crate::laws::Laws;
use crate::not_done::NotDone;
use crate::problem::Problem;
use crate::shares::{Prior, Priority, Shares};

/// Calls that wait for each decider; more are refused, so that nobody waits for long.
const WAITING: usize = 512;

/// How often a call is decided again because its day was over: servers whose clocks differ may bring it to the old day once more.
const MOST_MIDNIGHTS: usize = 8;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// More calls wait than can be answered soon.
    #[error("too many calls are waiting: try again in a second")]
    Busy,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The text cannot be read at all.
    #[error("{0}")]
    Unreadable(String),
    /// More matters than one call may have.
    #[error("{rows} matters in one call, at most {most} are allowed")]
    TooMany {
        /// In the call.
        rows: usize,
        /// Allowed.
        most: usize,
    },
    /// The idempotency key came with another request before.
    #[error("this idempotency key was used for another request")]
    KeyUsedOtherwise,
    /// The caller may not decide one of the matters, so none was decided.
    #[error("{}: {}", .0.matter, .0.refusal)]
    Forbidden(Forbidden),
    /// The number of a matter belongs to another office, so nothing was decided. Whether that office has decided it is not said.
    #[error("`{0}` is not a number of this office: nothing was decided")]
    Elsewhere(String),
    /// A decision cannot be made or written down.
    #[error("{0}")]
    Failed(String),
    /// Midnight passed between the draws and the log: they are made again, with the key of the new day.
    #[error("midnight has passed: try again")]
    DayOver,
    /// The database refused: nothing is said about whether the decisions are in the log.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// What matters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// A declaration of the WCO Data Model.
    Xml,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who asks.
    pub caller: Arc<Caller>,
    /// Matters.
    pub text: Bytes,
    /// What they are written in.
    pub format: Format,
    /// Its idempotency key.
    pub request: Option<RequestKey>,
    /// Whether the decisions are kept; a dry run keeps nothing, draws nothing and has no entries.
    pub dry_run: bool,
    /// For a dry run: the registry as it was known at this instant, microseconds since 1970-01-01 UTC.
    pub as_of: Option<i64>,
    /// Whether the answer says where the facts come from.
    pub sources: bool,
    /// What the id of no matter begins with: matters that only the server itself makes. Empty if it is the one who asks.
    pub reserved: &'static [&'static str],
}

/// What is answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// Decisions as JSON, in the order of the matters that were decided.
    pub decisions: Vec<Line>,
    /// Of each decision where its facts come from, as JSON; `null` where that was not recorded. Empty if nobody asked.
    pub sources: Vec<Arc<str>>,
    /// Number of the first decision's entry in the log; the others follow. `None` for a dry run.
    pub first_entry: Option<u64>,
    /// Matters that could not be understood.
    pub rejects: Vec<Reject>,
    /// Whether the answer had been given before, for the same idempotency key.
    pub repeated: bool,
}

impl From<BatchError> for DeskError {
    fn from(error: BatchError) -> DeskError {
        DeskError::Failed(error.to_string())
    }
}

type Reply = oneshot::Sender<Result<Answer, DeskError>>;

/// A question on its way.
struct Call {
    question: Question,
    reply: Reply,
    /// Of the request, so that the decision is a part of it.
    span: tracing::Span,
    /// Of a call whose decisions are kept, until they are made: what can wait waits for it.
    prior: Option<Prior>,
}

/// The way to the deciders. Cheap to clone.
#[derive(Clone)]
pub struct Deciders {
    deciders: Arc<[mpsc::Sender<Call>]>,
    /// Where dry runs go.
    tries: mpsc::Sender<Call>,
    priority: Priority,
    /// Only to see how many wait for the writer; it does not keep the writer alive.
    writer: mpsc::WeakSender<writer::Work>,
    next: Arc<AtomicUsize>,
}

/// What a desk works with.
#[derive(Clone)]
pub struct Setting {
    /// What it goes by.
    pub clock: Clock,
    /// Who may do what.
    pub rules: Arc<Rules>,
    /// The law of each day.
    pub laws: Laws,
    /// How draws are made.
    pub draws: Draws,
    /// The days of the draws, with their keys.
    pub epochs: Epochs,
    /// Where decisions are kept.
    pub store: Store,
    /// What is known about parties.
    pub parties: PartiesByPack,
    /// Standard values of industries.
    pub standards: Option<Arc<Standards>>,
    /// How many decisions were kept lately.
    pub pace: Arc<Pace>,
    /// When those who do not learn of draws at once are told.
    pub draws_told: DrawsTold,
    /// Days after which the key of a day's draws is revealed.
    pub reveal_after: u16,
    /// What each caller may take.
    pub shares: Arc<Shares>,
}

/// What ends a desk: wait for it after every [`Deciders`] has been dropped.
pub struct Closing {
    threads: Vec<std::thread::JoinHandle<()>>,
    writer: tokio::task::JoinHandle<()>,
}

impl Closing {
    /// Waits until every call has been answered.
    pub async fn wait(self) {
        let threads = tokio::task::spawn_blocking(move || {
            self.threads.into_iter().for_each(|thread| drop(thread.join()));
        });
        drop(threads.await);
        drop(self.writer.await);
    }
}

impl Deciders {
    /// Starts the deciders and the writer.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn open(setting: &Setting, threads: usize) -> std::io::Result<(Deciders, Closing)> {
        let runtime = tokio::runtime::Handle::current();
        let (to_writer, from_deciders) = mpsc::channel(WAITING);
        let writer = tokio::spawn(writer::run(setting.clone(), from_deciders));
        let mut deciders = Vec::new();
        let mut handles = Vec::new();
        for number in 0..threads.max(1) {
            let (send, receive) = mpsc::channel(WAITING);
            let (setting, runtime, to_writer) = (setting.clone(), runtime.clone(), to_writer.clone());
            let thread = std::thread::Builder::new().name(format!("decider {number}"));
            handles.push(thread.spawn(move || decider::run(&setting, &runtime, receive, &to_writer))?);
            deciders.push(send);
        }
        let (tries, to_try) = mpsc::channel(WAITING);
        let (own, runtime, trier_writer) = (setting.clone(), runtime.clone(), to_writer.clone());
        let thread = std::thread::Builder::new().name("dry runs".to_owned());
        handles.push(thread.spawn(move || trying::run(&own, &runtime, to_try, &trier_writer))?);
        let (deciders, writer_queue) = (deciders.into(), to_writer.downgrade());
        let priority = setting.shares.priority.clone();
        let desk = Deciders { deciders, tries, priority, writer: writer_queue, next: Arc::default() };
        Ok((desk, Closing { threads: handles, writer }))
    }

    /// Calls that wait for a decider, and decided calls that wait for the writer.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let deciders = self.deciders.iter().chain(std::iter::once(&self.tries));
        let calls = deciders.map(|decider| WAITING - decider.capacity()).sum();
        (calls, self.writer.upgrade().map_or(0, |writer| WAITING - writer.capacity()))
    }

    /// Asks, and waits for the answer. What midnight overtakes on its way into the log is decided again.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn ask(&self, question: Question) -> Result<Answer, DeskError> {
        for _ in 0..MOST_MIDNIGHTS {
            let again =
                if question.dry_run { return self.ask_once(question).await } else { question.clone() };
            match self.ask_once(again).await {
                Err(DeskError::DayOver) => tracing::info!("midnight has passed: decided again"),
                answered => return answered,
            }
        }
        Err(DeskError::DayOver)
    }

    async fn ask_once(&self, question: Question) -> Result<Answer, DeskError> {
        let (reply, answer) = oneshot::channel();
        let prior = (!question.dry_run).then(|| self.priority.begin());
        let call = Call { question, reply, span: tracing::Span::current(), prior };
        let sent = if call.question.dry_run { self.tries.try_send(call) } else { self.to_a_decider(call) };
        match sent {
            Ok(()) => answer.await.unwrap_or(Err(DeskError::Stopping)),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(DeskError::Stopping),
            Err(mpsc::error::TrySendError::Full(_)) => {
                figures::refused("busy");
                Err(DeskError::Busy)
            }
        }
    }

    /// Gives a call to the next decider whose queue has room.
    #[allow(clippy::result_large_err, reason = "the call that was not taken, as the channel gives it back")]
    fn to_a_decider(&self, mut call: Call) -> Result<(), mpsc::error::TrySendError<Call>> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for step in 0..self.deciders.len() {
            let decider = &self.deciders[(first + step) % self.deciders.len()];
            call = match decider.try_send(call) {
                Err(mpsc::error::TrySendError::Full(call)) => call,
                settled => return settled,
            };
        }
        Err(mpsc::error::TrySendError::Full(call))
    }
}

impl From<DeskError> for NotDone {
    fn from(error: DeskError) -> NotDone {
        let detail = error.to_string();
        match error {
            DeskError::Busy | DeskError::Stopping | DeskError::DayOver => NotDone::new(Problem::Busy, detail),
            DeskError::Unreadable(_) => NotDone::bad_request(detail),
            DeskError::TooMany { .. } => NotDone::new(Problem::TooMany, detail),
            DeskError::KeyUsedOtherwise => NotDone::new(Problem::IdempotencyKey, detail),
            DeskError::Forbidden(_) => NotDone::new(Problem::Forbidden, detail),
            DeskError::Elsewhere(_) => NotDone::new(Problem::AnotherOffice, detail),
            DeskError::Failed(_) => NotDone::internal(detail),
            DeskError::Store(error) => NotDone::of_store(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;

    use super::*;

    type Asked = Pin<Box<dyn Future<Output = Result<Answer, DeskError>>>>;

    fn question(text: &'static str, dry_run: bool) -> Question {
        Question {
            caller: Arc::default(),
            text: Bytes::from_static(text.as_bytes()),
            format: Format::Ndjson,
            request: None,
            dry_run,
            as_of: None,
            sources: false,
            reserved: RESERVED,
        }
    }

    /// Deciders without a thread: what comes to them stays in their queues.
    struct Queues {
        deciders: Deciders,
        of: Vec<mpsc::Receiver<Call>>,
        tries: mpsc::Receiver<Call>,
        writer: (mpsc::Sender<writer::Work>, mpsc::Receiver<writer::Work>),
    }

    fn queues(deciders: usize, room: usize) -> Queues {
        let (senders, of): (Vec<_>, Vec<_>) = (0..deciders).map(|_| mpsc::channel(room)).unzip();
        let (to_try, tries) = mpsc::channel(room);
        let writer = mpsc::channel(WAITING);
        let deciders = Deciders {
            deciders: senders.into(),
            tries: to_try,
            priority: Priority::default(),
            writer: writer.0.downgrade(),
            next: Arc::default(),
        };
        Queues { deciders, of, tries, writer }
    }

    /// Asks without waiting for the answer.
    fn sent(deciders: &Deciders, text: &'static str, dry_run: bool) -> Asked {
        let deciders = deciders.clone();
        let mut asked: Asked = Box::pin(async move { deciders.ask(question(text, dry_run)).await });
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match asked.as_mut().poll(&mut context) {
            std::task::Poll::Pending => asked,
            std::task::Poll::Ready(answered) => Box::pin(std::future::ready(answered)),
        }
    }

    fn texts(receiver: &mut mpsc::Receiver<Call>) -> Vec<Bytes> {
        std::iter::from_fn(|| receiver.try_recv().ok()).map(|call| call.question.text).collect()
    }

    #[tokio::test]
    async fn calls_go_to_the_deciders_in_turn_and_to_the_next_one_where_one_is_full() {
        let mut queues = queues(3, 1);
        let deciders = queues.deciders.clone();
        let mut waiting: Vec<Asked> = ["a", "b", "c"].map(|text| sent(&deciders, text, false)).into();
        assert!(matches!(sent(&deciders, "d", false).await, Err(DeskError::Busy)), "all of them are full");
        assert_eq!(texts(&mut queues.of[1]), ["b"]);
        assert_eq!(texts(&mut queues.of[2]), ["c"]);
        // It would be the second one's turn, then the third one's, then the first one's, which is still full.
        waiting.extend(["e", "f"].map(|text| sent(&deciders, text, false)));
        assert_eq!(
            (texts(&mut queues.of[1]), texts(&mut queues.of[2])),
            (vec!["e".into()], vec!["f".into()])
        );
        waiting.push(sent(&deciders, "g", false));
        assert_eq!((texts(&mut queues.of[1]), texts(&mut queues.of[2])), (vec!["g".into()], vec![]));
        assert_eq!(texts(&mut queues.of[0]), ["a"]);
        for answered in waiting {
            assert!(matches!(answered.await, Err(DeskError::Stopping)), "nobody has answered");
        }
    }

    #[tokio::test]
    async fn only_what_is_kept_goes_before_what_can_wait_and_until_it_is_answered() {
        let mut queues = queues(1, 2);
        let (deciders, priority) = (queues.deciders.clone(), queues.deciders.priority.clone());
        let before = || format!("{priority:?}");
        let none = before();
        let _kept = sent(&deciders, "kept", false);
        let one = before();
        assert_ne!(one, none);
        let _tried = sent(&deciders, "tried", true);
        assert_eq!(before(), one);
        let tried = queues.tries.try_recv().unwrap();
        assert_eq!((&tried.question.text[..], tried.prior.is_none()), (b"tried".as_slice(), true));
        let kept = queues.of[0].try_recv().unwrap();
        assert_eq!((&kept.question.text[..], kept.prior.is_some()), (b"kept".as_slice(), true));
        drop(kept);
        assert_eq!(before(), none);
    }

    #[tokio::test]
    async fn it_is_seen_how_many_calls_wait_for_deciders_and_for_the_writer() {
        let mut queues = queues(2, WAITING);
        let deciders = queues.deciders.clone();
        assert_eq!(deciders.waiting(), (0, 0));
        let _asked = [("a", false), ("b", false), ("c", false), ("d", true), ("e", true)]
            .map(|(text, dry_run)| sent(&deciders, text, dry_run));
        assert_eq!(deciders.waiting(), (5, 0));
        let (reply, _answer) = oneshot::channel();
        let work = writer::Work { decided: deciding::Decided::default(), request: None, reply };
        queues.writer.0.try_send(work).unwrap();
        assert_eq!(deciders.waiting(), (5, 1));
        texts(&mut queues.tries);
        assert_eq!(deciders.waiting(), (3, 1));
        drop(queues.writer);
        assert_eq!(deciders.waiting(), (3, 0), "the writer has ended");
    }

    #[tokio::test]
    async fn a_desk_that_has_stopped_says_so() {
        let queues = queues(2, 1);
        let deciders = queues.deciders.clone();
        drop(queues);
        for dry_run in [false, true] {
            assert!(matches!(deciders.ask(question("a", dry_run)).await, Err(DeskError::Stopping)));
        }
    }

    /// Answers that midnight has passed, so many times, then something; how often it was asked.
    async fn asked_at_midnight(dry_run: bool, midnights: usize) -> (Result<Answer, DeskError>, usize) {
        let Queues { deciders, mut of, tries, writer: _writer } = queues(1, 1);
        let mut receiver = if dry_run { tries } else { of.remove(0) };
        let answering = tokio::spawn(async move {
            let mut asked = 0;
            while let Some(call) = receiver.recv().await {
                asked += 1;
                let over = asked <= midnights;
                let answer = if over { Err(DeskError::DayOver) } else { Ok(Answer::default()) };
                assert_eq!(&call.question.text[..], b"again");
                drop(call.reply.send(answer));
            }
            asked
        });
        let answered = deciders.ask(question("again", dry_run)).await;
        drop(deciders);
        (answered, answering.await.unwrap())
    }

    #[tokio::test]
    async fn what_midnight_overtakes_is_asked_again_but_not_for_ever() {
        for (midnights, expected) in [(0, 1), (1, 2), (MOST_MIDNIGHTS - 1, MOST_MIDNIGHTS)] {
            let (answered, asked) = asked_at_midnight(false, midnights).await;
            assert!(answered.is_ok(), "{midnights}");
            assert_eq!(asked, expected);
        }
        let (answered, asked) = asked_at_midnight(false, MOST_MIDNIGHTS).await;
        assert!(matches!(answered, Err(DeskError::DayOver)));
        assert_eq!(asked, MOST_MIDNIGHTS);
        let (answered, asked) = asked_at_midnight(true, 1).await;
        assert!(
            matches!(answered, Err(DeskError::DayOver)),
            "a dry run has no entry that midnight overtakes"
        );
        assert_eq!(asked, 1);
    }
}
