//! Applications: made once, moved in order, resting when the registry changes, admitted as long as there are places.

use greenlane_casework::{Actor, ApplicationKind, ApplicationStep, Check, Given, Verdict};
use greenlane_store::registry::{
    Author, Identifier, IdentifierKind, NewEnterprise, NewEvent, NewRecord, RecordKind,
};
use greenlane_store::{
    ApplicationFilter, ApplicationMove, ApplicationOrder, At, CaseworkError, Decided, MovedApplication,
    NewApplication, RequestKey, Store,
};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EnterpriseNumber, EntryNumber, RecordNumber};
use serde_json::{Map, json};

use super::{Places, faults, office};

const TODAY: Day = Day(20_000);

fn by(person: &str) -> Author {
    Author { person: person.to_owned(), ground: "ground".to_owned() }
}

fn at(us: i64) -> At {
    At { today: TODAY, notice_days: 7, us }
}

fn identifier(number: u64) -> Identifier {
    Identifier { id: format!("31019100{number:02}"), kind: IdentifierKind::CustomsCode }
}

async fn enterprise(store: &Store, number: u64) -> EnterpriseNumber {
    let new = NewEnterprise { identifiers: vec![identifier(number)], name: None };
    store.register(&[new], &by("li"), None, 1).await.unwrap();
    store.enterprise_number(&identifier(number).id, None).await.unwrap()
}

fn new(kind: ApplicationKind, number: u64, enterprise: EnterpriseNumber) -> NewApplication {
    let programme = (kind == ApplicationKind::Admission).then(|| "lot_inspection".to_owned());
    NewApplication {
        kind,
        office: office(5301),
        applicant: identifier(number).id,
        enterprise,
        programme,
        facts: Map::new(),
    }
}

fn step(step: ApplicationStep, actor: Actor, places: Option<u64>) -> ApplicationMove {
    ApplicationMove { step, actor, given: Given::default(), facts: Map::new(), places }
}

fn says(check: Check) -> Verdict {
    Verdict { check, goes_first: check == Check::Granted, waives_review: false, due: None }
}

/// An admission that was submitted and looked at.
async fn submitted(store: &Store, number: u64, check: Check, us: i64) -> ApplicationNumber {
    let of = enterprise(store, number).await;
    let made = store
        .create_application(new(ApplicationKind::Admission, number, of), &by("acme"), [7; 32], None, us)
        .await;
    let application = made.unwrap().application.number;
    store
        .move_application(
            application,
            &step(ApplicationStep::Submit, Actor::Applicant, None),
            &by("acme"),
            at(us),
        )
        .await
        .unwrap();
    looked(store, application, check, us).await.unwrap();
    application
}

async fn looked(
    store: &Store,
    application: ApplicationNumber,
    check: Check,
    us: i64,
) -> Option<MovedApplication> {
    let kept = store.application(application).await.unwrap().unwrap();
    let decided =
        Decided { verdict: Some(says(check)), entry: Some(EntryNumber::new(0)), touched_us: kept.touched_us };
    store.look_at_application(application, decided, at(us)).await.unwrap()
}

fn refusal(answer: Result<MovedApplication, CaseworkError>) -> String {
    answer.unwrap_err().to_string()
}

#[tokio::test]
async fn an_application_is_made_once_under_its_key() {
    for url in Places::new().urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let of = enterprise(&store, 1).await;
        let author = by("acme");
        let make = |kind, fingerprint: u8| {
            let request =
                RequestKey { caller: "acme".into(), key: "k".into(), fingerprint: [fingerprint; 32] };
            store.create_application(new(kind, 1, of), &author, [7; 32], Some(request), 5)
        };
        let one = make(ApplicationKind::FarmFiling, 1).await.unwrap();
        assert_eq!(make(ApplicationKind::FarmFiling, 1).await.unwrap().application, one.application, "{url}");
        let other = make(ApplicationKind::Admission, 2).await.unwrap_err();
        assert!(matches!(other, CaseworkError::KeyUsedOtherwise), "{other}");
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn places_go_to_those_first_in_the_order_and_no_further_than_there_are() {
    for url in Places::new().urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let ordinary = submitted(&store, 1, Check::Refused, 100).await;
        let first = submitted(&store, 2, Check::Granted, 200).await;
        let last = submitted(&store, 3, Check::Granted, 300).await;
        let filter =
            ApplicationFilter { states: vec!["checked", "submitted"], ..ApplicationFilter::default() };
        let turn = store
            .applications(&filter, ApplicationOrder::Turn(i64::MIN, ApplicationNumber::new(0)), 10)
            .await
            .unwrap();
        let turn: Vec<ApplicationNumber> = turn.iter().map(|kept| kept.number).collect();
        assert_eq!(turn, [first, last, ordinary], "{url}");
        let latest = store.applications(&filter, ApplicationOrder::Latest(last), 10).await.unwrap();
        let latest: Vec<ApplicationNumber> = latest.iter().map(|kept| kept.number).collect();
        assert_eq!(latest, [first, ordinary], "before the last one, {url}");
        let admit = |number| {
            let step = step(ApplicationStep::Admit, Actor::Officer, Some(1));
            let store = &store;
            async move { store.move_application(number, &step, &by("li"), at(400)).await }
        };
        let early = refusal(admit(last).await);
        assert!(early.ends_with("application 2 is next: those that go first, then the earliest"), "{early}");
        assert_eq!(admit(first).await.unwrap().application.state().name(), "admitted");
        let full = refusal(admit(last).await);
        assert!(full.contains("all 1 places are taken"), "{full}");
        let fallen = looked(&store, first, Check::Refused, 500).await.unwrap();
        assert_eq!(fallen.application.state().name(), "left");
        assert_eq!(admit(last).await.unwrap().application.state().name(), "admitted");
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn a_change_of_the_registry_makes_what_was_decided_before_it_worthless() {
    for url in Places::new().urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let application = submitted(&store, 1, Check::Granted, 100).await;
        assert_eq!(store.applications_due(TODAY, 10).await.unwrap(), [], "{url}");
        let before = store.application(application).await.unwrap().unwrap();
        let event = NewEvent {
            enterprise: identifier(1),
            kind: "finding".to_owned(),
            on: TODAY,
            amount_fen: 0,
            ground: "t".to_owned(),
            office: None,
        };
        store.post_events(&[event], &by("li"), None, 900).await.unwrap();
        assert_eq!(store.applications_due(TODAY, 10).await.unwrap(), [application]);
        let decided = Decided {
            verdict: Some(says(Check::Granted)),
            entry: Some(EntryNumber::new(0)),
            touched_us: before.touched_us,
        };
        let stale = store.look_at_application(application, decided, at(901)).await.unwrap();
        assert_eq!(stale, None);
        // What cannot be looked at now is left alone until its day.
        store.postpone_application(application, TODAY.plus_days(1)).await.unwrap();
        assert_eq!(store.applications_due(TODAY, 10).await.unwrap(), []);
        assert_eq!(store.applications_due(TODAY.plus_days(1), 10).await.unwrap(), [application]);
        assert!(looked(&store, application, Check::Granted, 902).await.is_some());
        assert_eq!(store.applications_due(TODAY.plus_days(1), 10).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_an_undertaking_told_the_registry_ends_with_it_and_stays_true_of_the_days_before() {
    for url in Places::new().urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let of = enterprise(&store, 1).await;
        let made = store
            .create_application(
                new(ApplicationKind::CarrierUndertaking, 1, of),
                &by("acme"),
                [7; 32],
                None,
                1,
            )
            .await;
        let application = made.unwrap().application.number;
        let given = Given { from: Some(TODAY.plus_days(-10)), to: Some(TODAY.plus_days(100)), on: None };
        let facts = json!({ "text": "t" }).as_object().unwrap().clone();
        let sign = ApplicationMove { given, facts, ..step(ApplicationStep::Sign, Actor::Applicant, None) };
        let signed =
            store.move_application(application, &sign, &by("acme"), at(2)).await.unwrap().application;
        assert!(signed.record.is_some() && signed.of.facts.contains_key("text"), "{url}");
        let back = step(ApplicationStep::Withdraw, Actor::Applicant, None);
        // What the registry was told touches the application itself.
        let touched_us = store.application(application).await.unwrap().unwrap().touched_us;
        let looked = Decided { verdict: None, entry: None, touched_us };
        let looked = store.look_at_application(application, looked, at(3)).await.unwrap();
        assert_eq!(looked.unwrap().application.state().name(), "in_force");
        store.move_application(application, &back, &by("acme"), at(4)).await.unwrap();
        let records = store.records(of, RecordNumber::new(0), 10).await.unwrap();
        let live: Vec<&NewRecord> =
            records.iter().filter(|record| record.withdrawn.is_none()).map(|record| &record.record).collect();
        let holds = NewRecord {
            kind: RecordKind::Registration,
            valid_from: TODAY.plus_days(-10),
            valid_to: Some(TODAY.plus_days(-1)),
            facts: vec![("undertaking".to_owned(), Some("true".to_owned()))],
            related: None,
        };
        assert_eq!((records.len(), live), (2, vec![&holds]));
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn a_move_that_comes_while_it_is_decided_makes_the_decision_worthless() {
    for url in Places::new().urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let of = enterprise(&store, 1).await;
        let new = new(ApplicationKind::ForeignRegistration, 1, of);
        let draft = store.create_application(new, &by("acme"), [7; 32], None, 1).await.unwrap().application;
        // Whoever looks at the draft knows nothing of its submission, in the same microsecond either.
        let submit = step(ApplicationStep::Submit, Actor::Applicant, None);
        store.move_application(draft.number, &submit, &by("acme"), at(1)).await.unwrap();
        let of_draft = Decided { verdict: None, entry: None, touched_us: draft.touched_us };
        assert_eq!(store.look_at_application(draft.number, of_draft, at(2)).await.unwrap(), None, "{url}");
        let before = store.application(draft.number).await.unwrap().unwrap();
        let assess = step(ApplicationStep::Assess, Actor::Officer, None);
        store.move_application(draft.number, &assess, &by("li"), at(2)).await.unwrap();
        let verdict = Some(says(Check::Refused));
        let stale = Decided { verdict, entry: Some(EntryNumber::new(0)), touched_us: before.touched_us };
        assert_eq!(store.look_at_application(draft.number, stale, at(3)).await.unwrap(), None);
        assert_eq!(store.applications_due(TODAY, 10).await.unwrap(), [draft.number], "it is looked at again");
    }
}
