//! Tasks: who takes, keeps, gives back, ends and withdraws them, and what the log and the registry say of it.

use greenlane_access::{Action, Caller as Who, Role};
use greenlane_casework::{CaseworkBody, Queue, TaskBody, TaskMove, TaskState};
use greenlane_desk::actions::tasks::{
    Lease, claim, claim_next, complete, cursor, finding_codes, found, heartbeat, of_caller, offices, release,
    resource, withdraw,
};
use greenlane_desk::{Caller, Problem};
use greenlane_store::KeptTask;
use greenlane_terms::numbers::{EntryNumber, EventNumber, TaskNumber};

use super::matters_of::{AEO, office, ordered, outcome, work};
use super::people_of::{SECOND_US, refused, untold};
use super::world::{World, world};

const USUAL: Lease = Lease { seconds: None };

impl World {
    /// An officer of another office.
    pub fn elsewhere(&self) -> Caller {
        let offices = ["5301".to_owned()].into();
        self.calls(Who {
            account: 61,
            login: "elsewhere".to_owned(),
            offices,
            ..(*self.office.officer(0).who).clone()
        })
    }

    pub async fn body_of(&self, entry: Option<EntryNumber>) -> TaskBody {
        let entry = self.entry(entry.unwrap()).await;
        let Ok(CaseworkBody::Task(body)) = CaseworkBody::read(&entry.subject, &entry.body) else {
            panic!("{entry:?}")
        };
        assert_eq!(entry.subject, format!("task/{}", body.task));
        *body
    }

    pub async fn kept_task(&self, task: &KeptTask) -> KeptTask {
        self.office.store.task(task.number).await.unwrap().unwrap()
    }
}

/// A world with a task at the port that waits.
async fn with_task() -> (World, KeptTask) {
    let world = world().await;
    world.registry().await;
    let task = world.task_of(&ordered(1)).await;
    assert_eq!((task.of.queue, task.number), (Queue::PortInspection, TaskNumber::new(1)));
    (world, task)
}

fn of(body: &TaskBody) -> (TaskMove, TaskState, TaskState, &str, &str) {
    (body.step, body.from, body.to, &body.person, &body.ground)
}

#[tokio::test]
async fn the_next_task_is_taken_once_for_a_quarter_of_an_hour() {
    let (world, task) = with_task().await;
    let (li, wang) = (world.office.officer(0), world.office.officer(1));
    let desk = world.desk();
    for (queues, at) in [(vec![Queue::Sampling], vec![]), (vec![], vec!["5301".to_owned()])] {
        let nothing = claim_next(desk, &world.office.supervisor(0), queues, &at, USUAL).await.unwrap();
        assert_eq!(nothing, None);
    }
    let moved = claim_next(desk, &li, vec![], &[], USUAL).await.unwrap().unwrap();
    assert_eq!((moved.task.number, &moved.visit[..], moved.repeated), (task.number, &[][..], false));
    let kept = world.kept_task(&task).await;
    assert_eq!(kept, moved.task);
    assert_eq!((kept.task.state, kept.task.officer.as_deref()), (TaskState::Claimed, Some("li")));
    assert_eq!(kept.task.lease_until_us, Some(world.now_us() + 900 * SECOND_US));
    let body = world.body_of(moved.entry).await;
    assert_eq!(of(&body), (TaskMove::Claim, TaskState::Waiting, TaskState::Claimed, "li", ""));
    assert_eq!(claim_next(desk, &wang, vec![], &[], USUAL).await.unwrap(), None);
}

#[tokio::test]
async fn work_is_taken_at_one_s_own_office_only() {
    let (world, task) = with_task().await;
    let size = world.size().await;
    let desk = world.desk();
    let at = |text: &str| vec![text.to_owned()];
    let li = world.office.officer(0);
    let no_work = "do `work` here";
    refused(claim_next(desk, &li, vec![], &at("5301"), USUAL).await, Problem::Forbidden, no_work);
    refused(claim_next(desk, &world.office.machine(), vec![], &[], USUAL).await, Problem::Forbidden, no_work);
    refused(
        claim_next(desk, &world.office.applicant(AEO), vec![], &[], USUAL).await,
        Problem::Forbidden,
        no_work,
    );
    let wrong = claim_next(desk, &world.office.supervisor(0), vec![], &at("53O1"), USUAL).await;
    assert_eq!(refused(wrong, Problem::Fields, "`53O1`, expected four digits").fields(), ["office"]);
    assert_eq!(claim_next(desk, &world.elsewhere(), vec![], &[], USUAL).await.unwrap(), None);
    let taken = claim(desk, &world.elsewhere(), task.number, USUAL).await;
    untold(taken, Problem::NoTask, "there is no task 1", Problem::Forbidden);
    let none = TaskNumber::new(9);
    let words = "there is no task 9";
    untold(claim(desk, &world.elsewhere(), none, USUAL).await, Problem::NoTask, words, Problem::NotThere);
    let supervisor = world.office.supervisor(0);
    untold(claim(desk, &supervisor, none, USUAL).await, Problem::NoTask, words, Problem::NoTask);
    assert_eq!((world.size().await, world.kept_task(&task).await), (size, task));
}

#[tokio::test]
async fn a_lease_lasts_from_10_seconds_to_a_day() {
    let (world, task) = with_task().await;
    let li = world.office.officer(0);
    let desk = world.desk();
    claim(desk, &li, task.number, USUAL).await.unwrap();
    for (seconds, good) in [(9, false), (10, true), (86_400, true), (86_401, false)] {
        let lease = Lease { seconds: Some(seconds) };
        let size = world.size().await;
        let kept = heartbeat(desk, &li, task.number, lease).await;
        let claimed = claim_next(desk, &li, vec![], &[], lease).await;
        assert_eq!(world.size().await, size, "a sign of life is not logged");
        if good {
            assert_eq!((kept.unwrap().entry, claimed.unwrap()), (None, None));
            let until = world.kept_task(&task).await.task.lease_until_us;
            assert_eq!(until, Some(world.now_us() + i64::from(seconds) * SECOND_US));
        } else {
            let error = refused(kept, Problem::Fields, "expected 10 to 86400");
            assert_eq!(error.fields(), ["lease_seconds"]);
            refused(claimed, Problem::Fields, &format!("`lease_seconds` is {seconds}"));
        }
    }
    let other = heartbeat(desk, &world.office.officer(1), task.number, USUAL).await;
    refused(other, Problem::TaskState, "the task is claimed by li");
}

#[tokio::test]
async fn an_officer_gives_a_task_back_and_says_why() {
    let (world, task) = with_task().await;
    let (li, wang) = (world.office.officer(0), world.office.officer(1));
    let desk = world.desk();
    let early = refused(release(desk, &li, task.number, "改派").await, Problem::TaskState, "is waiting");
    let names: Vec<&str> = early.errors().iter().filter_map(|one| one["field"].as_str()).collect();
    assert_eq!(names, ["draw", "claim", "withdraw"]);
    assert_eq!(
        early.errors()[0]["reason"],
        "possible for supervisor: officers of the office who are eligible"
    );
    claim(desk, &li, task.number, USUAL).await.unwrap();
    let size = world.size().await;
    refused(release(desk, &li, task.number, "  ").await, Problem::Fields, "1 to 2000");
    let theirs =
        refused(release(desk, &wang, task.number, "改派").await, Problem::TaskState, "claimed by li");
    assert_eq!(theirs.errors(), [] as [serde_json::Value; 0]);
    assert_eq!(world.size().await, size);
    let moved = release(desk, &li, task.number, " 改派 ").await.unwrap();
    assert_eq!((moved.task.task.state, moved.task.task.officer.clone()), (TaskState::Waiting, None));
    assert_eq!(world.kept_task(&task).await, moved.task);
    let body = world.body_of(moved.entry).await;
    assert_eq!(of(&body), (TaskMove::Release, TaskState::Claimed, TaskState::Waiting, "li", "改派"));
}

#[tokio::test]
async fn a_supervisor_withdraws_a_task_and_an_officer_does_not() {
    let (world, task) = with_task().await;
    let (li, supervisor) = (world.office.officer(0), world.office.supervisor(0));
    let desk = world.desk();
    let size = world.size().await;
    refused(withdraw(desk, &li, task.number, "x").await, Problem::Forbidden, "do `direct_work` here");
    refused(withdraw(desk, &supervisor, task.number, "").await, Problem::Fields, "1 to 2000");
    assert_eq!(world.size().await, size);
    let moved = withdraw(desk, &supervisor, task.number, "报关单已撤销").await.unwrap();
    let kept = world.kept_task(&task).await;
    assert_eq!((kept.task.state, kept.ended_us), (TaskState::Withdrawn, Some(world.now_us())));
    let body = world.body_of(moved.entry).await;
    let said = (TaskMove::Withdraw, TaskState::Waiting, TaskState::Withdrawn, "qian", "报关单已撤销");
    assert_eq!(of(&body), said);
    refused(claim(desk, &li, task.number, USUAL).await, Problem::TaskState, "nothing more");
}

/// Events that the registry has of [`AEO`].
async fn events(world: &World) -> Vec<greenlane_store::registry::Event> {
    let number = world.desk().number_of(AEO, None).await.unwrap();
    world.office.store.events(number, EventNumber::new(0), 100).await.unwrap()
}

#[tokio::test]
async fn what_was_found_stands_in_the_log_and_in_the_registry() {
    let (world, task) = with_task().await;
    let (li, wang) = (world.office.officer(0), world.office.officer(1));
    let desk = world.desk();
    claim(desk, &li, task.number, USUAL).await.unwrap();
    let size = world.size().await;
    let wrong = complete(desk, &li, &task, outcome(&["quantity", "weather"]), None).await;
    let error = refused(wrong, Problem::Outcome, "`weather` is no kind of finding");
    assert_eq!(error.fields(), ["findings[1].code"]);
    let theirs = complete(desk, &wang, &task, outcome(&[]), None).await;
    refused(theirs, Problem::TaskState, "claimed by li");
    let elsewhere = complete(desk, &world.elsewhere(), &task, outcome(&[]), None).await;
    refused(elsewhere, Problem::Forbidden, "do `work` here");
    assert_eq!((world.size().await, events(&world).await), (size, vec![]));

    let found = outcome(&["quantity", "quantity"]);
    let moved = complete(desk, &li, &task, found.clone(), None).await.unwrap();
    let kept = world.kept_task(&task).await;
    assert_eq!((kept.task.state, kept.outcome.as_ref()), (TaskState::Completed, Some(&found)));
    let body = world.body_of(moved.entry).await;
    assert_eq!(of(&body), (TaskMove::Complete, TaskState::Claimed, TaskState::Completed, "li", "task/1"));
    assert_eq!(body.outcome, Some(found));
    let [event] = &events(&world).await[..] else { panic!("one finding, however much was found") };
    assert_eq!((&event.kind[..], event.on, event.amount_fen), ("finding", desk.clock.today(), 0));
    assert_eq!((&event.author.person[..], &event.author.ground[..]), ("li", "task/1"));
    assert_eq!((event.office, body.events), (Some(office("2201")), vec![event.number]));
}

#[tokio::test]
async fn what_is_as_declared_or_amended_or_of_nobody_is_no_event() {
    let world = world().await;
    world.registry().await;
    let (li, desk) = (world.office.officer(0), world.desk());
    let mut of_nobody = work("local_inspection", "L-1", AEO);
    of_nobody.as_object_mut().unwrap().remove("consignee_consignor_id");
    let cases = [
        (ordered(1), vec![]),
        (work("amendment", "A-1", AEO), vec!["quantity"]),
        (of_nobody, vec!["quantity"]),
    ];
    for (matter, codes) in cases {
        let task = world.task_of(&matter).await;
        claim(desk, &li, task.number, USUAL).await.unwrap();
        complete(desk, &li, &task, outcome(&codes), None).await.unwrap();
        assert_eq!(world.kept_task(&task).await.task.state, TaskState::Completed);
        assert_eq!(events(&world).await, [], "{matter}");
    }
}

#[tokio::test]
async fn the_kinds_of_findings_are_those_of_the_pack() {
    let world = world().await;
    let law = world.desk().laws.in_force();
    let codes: Vec<&str> = finding_codes(&law.engine.pack).collect();
    assert!(codes.contains(&"quantity") && codes.len() > 1, "{codes:?}");
}

#[tokio::test]
async fn a_task_is_there_for_its_office_and_not_for_its_enterprise() {
    let (world, task) = with_task().await;
    let desk = world.desk();
    let kept = found(desk, &world.office.officer(0), task.number, Action::Work).await.unwrap();
    assert_eq!(kept, task);
    let read = found(desk, &world.office.applicant(AEO), task.number, Action::ReadMatter).await;
    untold(read, Problem::NoTask, "there is no task 1", Problem::Forbidden);
    let parties = Vec::new();
    let expected = greenlane_access::Resource::Matter { office: Some("2201".to_owned()), parties };
    assert_eq!(resource(&task), expected);
}

/// Offices that are found, or all of them; `None` if the caller may not.
type Found<'t> = Option<Option<&'t [&'t str]>>;

#[tokio::test]
async fn whoever_names_no_office_is_asked_about_their_own() {
    let world = world().await;
    let officer = |offices: &[&str], role: Role| {
        let offices = offices.iter().map(|one| (*one).to_owned()).collect();
        world.calls(Who { account: 9, roles: [role].into(), offices, ..Who::default() })
    };
    let two = officer(&["2201", "5301"], Role::Officer);
    let one = officer(&["2201"], Role::Officer);
    let all = officer(&["*", "2201"], Role::Officer);
    let none = officer(&[], Role::Officer);
    let auditor = officer(&[], Role::Auditor);
    let cases: [(&Caller, &[&str], Found<'_>); 9] = [
        (&one, &[], Some(Some(&["2201"]))),
        (&one, &["5301"], None),
        (&one, &["2201", "5301"], None),
        (&two, &[], Some(Some(&["2201", "5301"]))),
        (&two, &["5301"], Some(Some(&["5301"]))),
        (&all, &[], Some(None)),
        (&all, &["5301", "3101"], Some(Some(&["5301", "3101"]))),
        (&none, &[], None),
        (&auditor, &[], Some(None)),
    ];
    for (caller, asked, expected) in cases {
        let asked: Vec<String> = asked.iter().map(|one| (*one).to_owned()).collect();
        let found = offices(caller, Action::ReadMatter, &asked);
        match expected {
            None => drop(refused(found, Problem::Forbidden, "do `read_matter` here")),
            Some(all) => {
                let all = all.map(|all| all.iter().map(|one| office(one)).collect::<Vec<_>>());
                assert_eq!(found.unwrap(), all, "{asked:?}");
            }
        }
    }
    for asked in [vec!["53O1".to_owned()], vec!["5301".to_owned(), "53O1".to_owned()]] {
        refused(offices(&auditor, Action::ReadMatter, &asked), Problem::Fields, "`office` is `53O1`");
    }
    refused(offices(&auditor, Action::Work, &[]), Problem::Forbidden, "do `work` here");
    let filter = of_caller(&two).unwrap();
    assert_eq!((filter.queues, filter.offices), (vec![], Some(vec![office("2201"), office("5301")])));
    refused(of_caller(&none), Problem::Forbidden, "do `read_matter` here");
}

#[test]
fn the_place_after_which_a_page_goes_on_is_read_or_refused() {
    let read = |text: &str| cursor(text, TaskNumber::new);
    assert_eq!(read("-5.7").unwrap(), (-5, TaskNumber::new(7)));
    for text in ["", "5", "5.", ".7", "5.x", "x.7", "5.-7"] {
        let error = refused(read(text), Problem::BadRequest, "expected `next` of a page");
        assert_eq!(error.detail(), format!("`after` is `{text}`, expected `next` of a page"));
    }
}
