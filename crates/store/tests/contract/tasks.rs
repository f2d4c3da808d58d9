//! Tasks: opened with the decisions that make them, taken by one officer at a time, ended with what was found.

use std::collections::BTreeSet;

use greenlane_casework::{Finding, Mode, OfficerDraw, Outcome, Queue, Rank, TaskState, stands_at};
use greenlane_selection::{Algorithm, Epoch, OfficerPick};
use greenlane_store::registry::{Author, Identifier, IdentifierKind, NewEvent};
use greenlane_store::{
    Added, Addition, Appended, CaseworkError, Decisions, Entry, Hold, Kind, NewTask, RequestKey, Store,
    StoreError, TaskCommand, TaskFilter,
};
use greenlane_terms::numbers::{EntryNumber, EventNumber, TaskNumber};

use super::{Places, faults, office};

const LEASE_US: i64 = 1_000;

const FIRST: TaskNumber = TaskNumber::new(1);

const HOLD: Hold = Hold { lease_us: LEASE_US, visit_us: 0 };

fn task(number: u64, rank: Rank, due_us: i64) -> NewTask {
    NewTask {
        matter: format!("task/port_inspection/53012024{number:010}"),
        follows: Some(format!("53012024{number:010}")),
        queue: Queue::PortInspection,
        office: office(5301),
        enterprise: Some("3101910012".to_owned()),
        lot: None,
        rank,
        due_us,
        stands_at: stands_at(rank, due_us, 100),
    }
}

fn decided(tasks: Vec<NewTask>, request: Option<RequestKey>) -> Decisions {
    let entry = |task: &NewTask, subject: &str| Entry {
        kind: Kind::Audit,
        at_us: 1,
        subject: subject.to_owned(),
        body: task.queue.name().as_bytes().to_owned(),
    };
    let addition = Addition {
        entries: tasks.iter().map(|task| entry(task, task.follows.as_deref().unwrap())).collect(),
        follow_ups: tasks.iter().map(|task| entry(task, &task.matter)).collect(),
        request,
        ..Addition::default()
    };
    Decisions { addition, tasks, ..Decisions::default() }
}

/// Keeps decisions; nothing here is of another office.
async fn keep(store: &Store, decisions: &[Decisions], at_us: i64) -> Result<Vec<Added>, StoreError> {
    let added = |appended| match appended {
        Appended::Added { added, .. } => added,
        Appended::Elsewhere { at } => panic!("entry {at} is of another office"),
    };
    Ok(store.append_decisions(decisions, at_us).await?.into_iter().map(added).collect())
}

/// The proof of a draw that nobody looks at.
fn nobody_drawn() -> OfficerDraw {
    OfficerDraw {
        epoch: Epoch::try_from("2024-11-25".to_owned()).unwrap(),
        algorithm: Algorithm::HmacSha256,
        basis: String::new(),
        except: BTreeSet::new(),
        pick: OfficerPick { chosen: "li".to_owned(), candidates: Vec::new() },
    }
}

/// A decision whose inspection selected its matter; what follows the draws is of no interest here.
fn selected(subject: &str) -> Entry {
    let head = [&[1, 0, 1, 0, 1, 0, 3, 9][..], &[0; 8], &[0]].concat();
    Entry { kind: Kind::Decision, at_us: 1, subject: subject.to_owned(), body: head }
}

fn with(entries: Vec<Entry>, tasks: Vec<NewTask>) -> Decisions {
    let addition = Addition { entries, ..Addition::default() };
    Decisions { addition, tasks, ..Decisions::default() }
}

#[tokio::test]
async fn a_spot_check_that_cannot_be_read_cannot_be_committed() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 2).await.unwrap();
        let (subject, body) = ("spot-check/M1".to_owned(), br#"{"draw":{}}"#.to_vec());
        let entry = Entry { kind: Kind::Casework, at_us: 1, subject, body };
        let refused = keep(&store, &[with(vec![entry], Vec::new())], 1).await.unwrap_err();
        assert!(
            refused.to_string().contains("the spot check of M1 cannot be read: missing field"),
            "{url}: {refused}"
        );
        assert_eq!(store.frontier().await.unwrap().size(), 0, "{url}");
    }
}

#[tokio::test]
async fn a_selected_decision_without_its_task_cannot_be_committed() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let one = task(1, Rank::Ordinary, 50);
        let subject = one.follows.clone().unwrap();
        // No task at all, the task of another matter, a task of another queue, an own task that has taken the number.
        let own = NewTask { follows: None, ..one.clone() };
        let sampling = NewTask { queue: Queue::Sampling, ..one.clone() };
        for tasks in [vec![], vec![task(2, Rank::Ordinary, 50)], vec![own], vec![sampling]] {
            let refused = keep(&store, &[with(vec![selected(&subject)], tasks.clone())], 1).await;
            assert!(refused.is_err(), "{url}: {tasks:?}");
            assert_eq!(
                (store.frontier().await.unwrap().size(), waiting(&store).await.len()),
                (0, 0),
                "{url}"
            );
        }
        let kept = keep(&store, &[with(vec![selected(&subject)], vec![one.clone()])], 1).await.unwrap();
        assert_eq!(kept, [Added::New { first: 0 }], "{url}");
        // Decided and selected again, it refers to the task that it has, also when that is over.
        let again = with(vec![selected(&subject)], vec![one.clone()]);
        keep(&store, std::slice::from_ref(&again), 2).await.unwrap();
        store.move_task(FIRST, &TaskCommand::Withdraw, &by("sun"), None, 3).await.unwrap();
        keep(&store, &[again], 4).await.unwrap();
        assert_eq!(faults(&store).await, []);
        store.close().await;
        // Behind the back of the program neither.
        for statement in [
            "DELETE FROM task WHERE number = 1",
            "DELETE FROM selection",
            "UPDATE selection SET inspection = 99",
            "UPDATE selection SET inspection = NULL",
            "UPDATE task SET number = 7 WHERE number = 1",
            "UPDATE log SET selection = 801 WHERE seq = 1",
            "INSERT INTO log (seq, mark, kind, at_us, subject, body, selection) \
             SELECT 100, mark, kind, at_us, subject, body, 801 FROM log WHERE seq = 1",
        ] {
            assert!(try_tamper(&url, statement).await.is_err(), "{url}: {statement}");
        }
    }
}

/// Runs a statement behind the store's back, with foreign keys as the program has them.
async fn try_tamper(url: &str, statement: &'static str) -> Result<(), sqlx::Error> {
    use sqlx::{Connection, Executor};
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut connection = sqlx::SqliteConnection::connect(path).await?;
            connection.execute("PRAGMA foreign_keys = ON").await?;
            connection.execute(statement).await.map(|_| ())
        }
        None => {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            connection.execute(statement).await.map(|_| ())
        }
    }
}

#[tokio::test]
async fn what_makes_a_refused_or_repeated_request_does_not_take_the_task_of_another() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let one = task(1, Rank::Ordinary, 50);
        let subject = one.follows.clone().unwrap();
        let keyed = |decisions: Decisions, fingerprint| {
            let addition = Addition { request: key("a", fingerprint), ..decisions.addition };
            Decisions { addition, ..decisions }
        };
        let other = with(
            vec![selected("other")],
            vec![NewTask { follows: Some("other".to_owned()), ..task(3, Rank::Ordinary, 1) }],
        );
        keep(&store, &[keyed(other, 1)], 1).await.unwrap();
        // The first two come to nothing, the last one of the same matter is kept with its task.
        let plain = with(vec![selected(&subject)], vec![one.clone()]);
        let added =
            keep(&store, &[keyed(plain.clone(), 2), keyed(plain.clone(), 1), plain], 2).await.unwrap();
        // Entry 1 says how the row of the task is left.
        let expected = [Added::Refused, Added::Before { first: 0, entries: 1 }, Added::New { first: 2 }];
        assert_eq!(added, expected, "{url}");
        assert_eq!(waiting(&store).await.len(), 2, "{url}");
        assert_eq!(faults(&store).await, []);
    }
}

fn key(key: &str, fingerprint: u8) -> Option<RequestKey> {
    Some(RequestKey { caller: "test".into(), key: key.into(), fingerprint: [fingerprint; 32] })
}

fn by(person: &str) -> Author {
    Author { person: person.to_owned(), ground: "ground".to_owned() }
}

async fn waiting(store: &Store) -> Vec<String> {
    let tasks = store.tasks(TaskState::Waiting, &TaskFilter::default(), None, 100).await.unwrap();
    tasks.into_iter().map(|task| task.of.matter).collect()
}

#[tokio::test]
async fn a_matter_has_one_task_however_often_it_is_decided_and_none_if_its_decision_is_refused() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let one = decided(vec![task(1, Rank::Ordinary, 50)], key("a", 1));
        let again = decided(vec![task(1, Rank::Ordinary, 90), task(2, Rank::Ordinary, 60)], None);
        let refused = decided(vec![task(3, Rank::Ordinary, 10)], key("a", 2));
        let added = keep(&store, &[one.clone(), again, refused], 1).await.unwrap();
        assert_eq!(added, [Added::New { first: 0 }, Added::New { first: 2 }, Added::Refused], "{url}");
        assert_eq!(
            waiting(&store).await,
            [task(1, Rank::Ordinary, 0).matter, task(2, Rank::Ordinary, 0).matter]
        );
        let repeated = keep(&store, &[one], 2).await.unwrap();
        assert_eq!(repeated, [Added::Before { first: 0, entries: 1 }], "only what answers the request");
        assert_eq!(waiting(&store).await.len(), 2);
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn tasks_are_taken_in_their_order_within_queue_and_office() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let mut tasks = vec![
            task(1, Rank::Ordinary, 1_000),
            task(2, Rank::Ordinary, 950),
            task(3, Rank::First, 1_020),
            task(4, Rank::First, 1_060),
        ];
        let elsewhere = NewTask { office: office(3101), ..task(5, Rank::First, 1) };
        let sample = NewTask { queue: Queue::Sampling, ..task(6, Rank::First, 1) };
        tasks.extend([elsewhere, sample]);
        keep(&store, &[decided(tasks, None)], 1).await.unwrap();
        let filter = TaskFilter {
            queues: vec![Queue::PortInspection],
            offices: Some(vec![office(5301), office(5302)]),
        };
        let all = store.tasks(TaskState::Waiting, &filter, None, 100).await.unwrap();
        assert_eq!(all.iter().map(|task| task.number.get()).collect::<Vec<_>>(), [3, 2, 4, 1], "{url}");
        let after =
            store.tasks(TaskState::Waiting, &filter, Some((950, TaskNumber::new(2))), 1).await.unwrap();
        assert_eq!(after.iter().map(|task| task.number.get()).collect::<Vec<_>>(), [4]);
        let mut taken = Vec::new();
        while let Some(moved) = store.claim_task(&filter, HOLD, &by("li"), 5).await.unwrap() {
            taken.push(moved.task.number.get());
        }
        assert_eq!(taken, [3, 2, 4, 1]);
        let nowhere = TaskFilter { offices: Some(vec![office(4403)]), ..TaskFilter::default() };
        assert_eq!(store.claim_task(&nowhere, HOLD, &by("li"), 5).await.unwrap(), None);
        let rest = store.claim_task(&TaskFilter::default(), HOLD, &by("li"), 5).await.unwrap().unwrap();
        assert_eq!(rest.task.number.get(), 5);
    }
}

#[tokio::test]
async fn an_officer_finds_what_is_in_hand_and_what_was_drawn_for_them_and_queues_say_what_is_late() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let tasks = (1..=5).map(|number| task(number, Rank::Ordinary, 1_000 - number as i64)).collect();
        keep(&store, &[decided(tasks, None)], 1).await.unwrap();
        let drawn = |officer: &str| TaskCommand::Draw {
            officer: officer.to_owned(),
            proof: nobody_drawn(),
            on: greenlane_terms::time::day_of(3),
        };
        store.move_task(TaskNumber::new(2), &drawn("li"), &by("sun"), None, 3).await.unwrap();
        store.move_task(TaskNumber::new(4), &drawn("wang"), &by("sun"), None, 3).await.unwrap();
        // The next that was drawn for nobody else.
        assert_eq!(
            store
                .claim_task(&TaskFilter::default(), HOLD, &by("li"), 5)
                .await
                .unwrap()
                .unwrap()
                .task
                .number
                .get(),
            5
        );
        let here = TaskFilter { offices: Some(vec![office(4403), office(5301)]), ..TaskFilter::default() };
        let elsewhere = TaskFilter { offices: Some(vec![office(4403)]), ..TaskFilter::default() };
        for (officer, filter, expected) in [
            ("li", &here, vec![5, 2]),
            ("li", &TaskFilter::default(), vec![5, 2]),
            ("li", &elsewhere, vec![]),
            ("wang", &here, vec![4]),
            ("qian", &here, vec![]),
        ] {
            let found = store.tasks_for(officer, filter, 10).await.unwrap();
            let found: Vec<u64> = found.iter().map(|task| task.number.get()).collect();
            assert_eq!(found, expected, "{url} {officer} {filter:?}");
        }
        // Due at 995 to 999: at that very instant none is late yet.
        for (now_us, late) in [(995, 0), (996, 1), (999, 4), (1_000, 5)] {
            let lengths = store.queue_lengths(&TaskFilter::default(), now_us).await.unwrap();
            let of: Vec<[u64; 3]> = lengths.iter().map(|one| [one.waiting, one.claimed, one.late]).collect();
            assert_eq!(of, [[4, 1, late]], "{url} at {now_us}");
        }
    }
}

#[tokio::test]
async fn what_is_over_is_found_by_its_end_the_latest_first() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let tasks = (1..=5).map(|number| task(number, Rank::Ordinary, number as i64)).collect();
        keep(&store, &[decided(tasks, None)], 1).await.unwrap();
        for (number, at_us) in [(3, 10), (1, 20), (4, 20), (2, 30)] {
            store
                .move_task(TaskNumber::new(number), &TaskCommand::Withdraw, &by("sun"), None, at_us)
                .await
                .unwrap();
        }
        let all = TaskFilter::default();
        let elsewhere = TaskFilter { offices: Some(vec![office(4403)]), ..TaskFilter::default() };
        for (filter, since_us, before, limit, expected) in [
            (&all, 0, None, 10, vec![2, 4, 1, 3]),
            (&all, 20, None, 10, vec![2, 4, 1]),
            (&all, 21, None, 10, vec![2]),
            (&all, 0, None, 2, vec![2, 4]),
            (&all, 0, Some((20, 4)), 2, vec![1, 3]),
            (&all, 0, Some((10, 3)), 2, vec![]),
            (&elsewhere, 0, None, 10, vec![]),
        ] {
            let found = store
                .tasks_ended(filter, since_us, before.map(|(us, task)| (us, TaskNumber::new(task))), limit)
                .await
                .unwrap();
            let found: Vec<u64> = found.iter().map(|task| task.number.get()).collect();
            assert_eq!(found, expected, "{url} {filter:?} {since_us} {before:?}");
        }
    }
}

#[tokio::test]
async fn eight_claimers_at_once_never_get_the_same_task() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 8).await.unwrap();
        let tasks = (1..=200).map(|number| task(number, Rank::Ordinary, number as i64)).collect();
        keep(&store, &[decided(tasks, None)], 1).await.unwrap();
        let claimers = (0..8).map(|officer| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut taken, author) = (Vec::new(), by(&format!("officer-{officer}")));
                let filter = TaskFilter::default();
                while let Some(moved) =
                    store.claim_task(&filter, Hold { lease_us: 1 << 40, ..HOLD }, &author, 5).await.unwrap()
                {
                    assert_eq!(moved.task.task.officer.as_deref(), Some(author.person.as_str()));
                    taken.push(moved.task.number.get());
                }
                taken
            })
        });
        let mut taken = Vec::new();
        for claimer in claimers.collect::<Vec<_>>() {
            taken.extend(claimer.await.unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, (1..=200).collect::<Vec<_>>(), "{url}");
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn a_task_whose_officer_is_not_heard_of_goes_to_the_next_and_the_log_says_so() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        keep(&store, &[decided(vec![task(1, Rank::First, 50)], None)], 1).await.unwrap();
        let filter = TaskFilter::default();
        let claim = |officer, at_us| {
            let (store, filter) = (store.clone(), filter.clone());
            async move { store.claim_task(&filter, HOLD, &by(officer), at_us).await.unwrap() }
        };
        assert!(claim("li", 100).await.is_some());
        let heartbeat = TaskCommand::Heartbeat { lease_us: LEASE_US };
        let kept = store.move_task(FIRST, &heartbeat, &by("li"), None, 600).await.unwrap();
        assert_eq!((kept.task.task.lease_until_us, kept.entry), (Some(1_600), None));
        assert!(claim("wang", 1_599).await.is_none());
        let taken = claim("wang", 1_600).await.unwrap();
        assert_eq!(taken.task.task.officer.as_deref(), Some("wang"));
        let late = store.move_task(FIRST, &heartbeat, &by("li"), None, 1_700).await.unwrap_err();
        assert_eq!(late.to_string(), "task 1: the task is claimed by wang", "{url}");
        let named = TaskCommand::Claim(HOLD);
        let early = store.move_task(FIRST, &named, &by("li"), None, 2_599).await.unwrap_err();
        assert!(
            early.to_string().starts_with("task 1: the task is claimed, so `claim` is not possible"),
            "{early}"
        );
        store.move_task(FIRST, &named, &by("li"), None, 2_600).await.unwrap();
        let said = store.entries_about("task/1", Some(Kind::Casework), 10).await.unwrap();
        let moves = said.iter().rev().map(|(_, entry)| {
            let body: serde_json::Value = serde_json::from_slice(&entry.body).unwrap();
            format!("{} {}", body["move"].as_str().unwrap(), body["person"].as_str().unwrap())
        });
        let expected = ["claim li", "lapse greenlane", "claim wang", "lapse greenlane", "claim li"];
        assert_eq!(moves.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn a_finding_stands_with_the_enterprise_in_the_transaction_that_ends_the_task() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        keep(&store, &[decided(vec![task(1, Rank::First, 50)], None)], 1).await.unwrap();
        let finding = Finding {
            code: "origin".into(),
            quantity: Some("12".into()),
            measured_in: None,
            text: "产地".into(),
        };
        let outcome =
            Outcome { mode: Mode::OnSite, findings: vec![finding], text: String::new(), attachments: vec![] };
        let event = NewEvent {
            enterprise: Identifier { kind: IdentifierKind::CustomsCode, id: "3101910012".into() },
            kind: "finding".into(),
            on: greenlane_terms::calendar::Day(19_965),
            amount_fen: 0,
            ground: "task/1".into(),
            office: None,
        };
        let complete = TaskCommand::Complete { outcome: outcome.clone(), events: vec![event] };
        let nobody = store.move_task(FIRST, &complete, &by("li"), None, 9).await.unwrap_err();
        assert!(nobody.to_string().starts_with("task 1: the task is waiting"), "{url}: {nobody}");
        store.claim_task(&TaskFilter::default(), HOLD, &by("li"), 10).await.unwrap().unwrap();
        let theirs = store.move_task(FIRST, &complete, &by("wang"), None, 11).await.unwrap_err();
        assert_eq!(theirs.to_string(), "task 1: the task is claimed by li");
        let size = store.frontier().await.unwrap().size();
        let done = store.move_task(FIRST, &complete, &by("li"), key("done", 1), 12).await.unwrap();
        assert_eq!(
            (done.task.task.state, done.task.outcome.as_ref()),
            (TaskState::Completed, Some(&outcome))
        );
        assert_eq!(done.entry, Some(EntryNumber::new(size + 1)), "the finding, then the task");
        let again = store.move_task(FIRST, &complete, &by("li"), key("done", 1), 13).await.unwrap();
        assert_eq!((again.entry, again.repeated, again.task.ended_us), (done.entry, true, Some(12)));
        let other = store.move_task(FIRST, &complete, &by("li"), key("done", 2), 13).await;
        assert!(matches!(other, Err(CaseworkError::KeyUsedOtherwise)), "{other:?}");
        let number = store.enterprise_number("3101910012", None).await.unwrap();
        let events = store.events(number, EventNumber::new(0), 10).await.unwrap();
        assert_eq!(
            events
                .iter()
                .map(|event| (event.kind.as_str(), event.author.person.as_str()))
                .collect::<Vec<_>>(),
            [("finding", "li")]
        );
        let over = store.move_task(FIRST, &TaskCommand::Withdraw, &by("sun"), None, 14).await.unwrap_err();
        let expected = "task 1: the task is completed, so `withdraw` is not possible; possible: nothing more";
        assert_eq!(over.to_string(), expected);
        let none = store.move_task(TaskNumber::new(2), &TaskCommand::Release, &by("li"), None, 14).await;
        assert!(matches!(none, Err(CaseworkError::NoTask { number }) if number.get() == 2));
        assert_eq!(faults(&store).await, []);
    }
}
