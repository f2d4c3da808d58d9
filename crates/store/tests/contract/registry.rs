//! What a store promises about the registry, on both time axes.

use std::collections::{HashMap, HashSet};

use greenlane_store::registry::{
    Author, Found, Identifier, IdentifierKind, NewEnterprise, NewEvent, NewRecord, RecordKind, Registration,
    RegistryError,
};
use greenlane_store::{Kind, RequestKey, Store};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber, RecordNumber};
use serde_json::Value;

use super::{Places, faults};

const FIRST: EnterpriseNumber = EnterpriseNumber::new(1);
const SECOND: EnterpriseNumber = EnterpriseNumber::new(2);

fn author() -> Author {
    Author { person: "Li Wei".into(), ground: "署令251".into() }
}

fn id(text: &str) -> Identifier {
    Identifier { kind: IdentifierKind::CustomsCode, id: text.into() }
}

fn enterprise(ids: &[&str], name: Option<&str>) -> NewEnterprise {
    NewEnterprise { identifiers: ids.iter().map(|text| id(text)).collect(), name: name.map(str::to_owned) }
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn record(from: &str, facts: &[(&str, Option<&str>)]) -> NewRecord {
    NewRecord {
        kind: RecordKind::Level,
        valid_from: day(from),
        valid_to: None,
        facts: facts.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect(),
        related: None,
    }
}

fn event(of: &str, kind: &str, on: &str, amount_fen: i64) -> NewEvent {
    NewEvent {
        enterprise: id(of),
        kind: kind.into(),
        on: day(on),
        amount_fen,
        ground: String::new(),
        office: None,
    }
}

fn key(key: &str, fingerprint: u8) -> Option<RequestKey> {
    Some(RequestKey { caller: "a".into(), key: key.into(), fingerprint: [fingerprint; 32] })
}

/// A store that knows the enterprises 1 (`A`, `B`) and 2 (`C`).
async fn with_two(url: &str) -> Store {
    let store = Store::open(url, 4).await.unwrap();
    let two = [enterprise(&["A", "B"], Some("first")), enterprise(&["C"], None)];
    store.register(&two, &author(), None, 10).await.unwrap();
    store
}

fn numbers(records: &[Found]) -> Vec<u64> {
    records.iter().map(|record| record.number.get()).collect()
}

#[tokio::test]
async fn identifiers_lead_to_one_enterprise_and_never_to_two() {
    let places = Places::new();
    for url in places.urls() {
        let store = with_two(&url).await;
        for (text, number) in [("A", FIRST), ("B", FIRST), ("C", SECOND)] {
            assert_eq!(store.enterprise_number(text, None).await.unwrap(), number, "{url} {text}");
        }
        assert!(matches!(store.enterprise_number("D", None).await, Err(RegistryError::NoEnterprise { .. })));
        assert!(store.enterprise_number("A", Some(9)).await.is_err(), "not known yet");
        // One more identifier and another name for the first; a pair that belongs to two changes nothing at all.
        store.register(&[enterprise(&["B", "E"], Some("renamed"))], &author(), None, 20).await.unwrap();
        let pair = [enterprise(&["F"], None), enterprise(&["C", "A"], None)];
        let refused = store.register(&pair, &author(), None, 30).await;
        assert!(matches!(refused, Err(RegistryError::Conflict { .. })), "{refused:?}");
        assert!(store.enterprise_number("F", None).await.is_err());
        let all = store.enterprises(EnterpriseNumber::new(0), 10).await.unwrap();
        let ids: Vec<Vec<&str>> =
            all.iter().map(|one| one.identifiers.iter().map(|id| id.id.as_str()).collect()).collect();
        assert_eq!(ids, [vec!["A", "B", "E"], vec!["C"]]);
        assert_eq!(all[0].name.as_deref(), Some("renamed"));
        assert_eq!(store.enterprises(FIRST, 10).await.unwrap()[0].number, SECOND);
        assert_eq!(faults(&store).await, []);
    }
}

/// A record that does not exist, one of another enterprise, a withdrawal, and a record that was withdrawn before.
async fn what_is_not_there_is_not_taken_back(store: &Store) {
    for (enterprise, number) in [(FIRST, 99), (SECOND, 2), (FIRST, 4)] {
        let missing =
            store.withdraw_record(enterprise, RecordNumber::new(number), &author(), None, 500).await;
        assert!(matches!(missing, Err(RegistryError::Missing { .. })), "{enterprise} {number} {missing:?}");
    }
    let twice = store.withdraw_record(FIRST, RecordNumber::new(1), &author(), None, 500).await;
    assert!(matches!(twice, Err(RegistryError::Withdrawn { number: 1, .. })));
}

#[tokio::test]
async fn records_are_kept_with_ground_and_person_and_looked_up_as_known_at_any_instant() {
    let places = Places::new();
    for url in places.urls() {
        let store = with_two(&url).await;
        let facts = [("level", Some("advanced")), ("debt_ratio[2023]", None)];
        let first =
            store.record(FIRST, &record("2024-01-01", &facts), &author(), key("k", 1), 100).await.unwrap();
        let ended = NewRecord {
            kind: RecordKind::Licence,
            valid_to: Some(day("2024-02-29")),
            ..record("2024-02-01", &facts[..1])
        };
        store.record(FIRST, &ended, &author(), None, 200).await.unwrap();
        let relation = NewRecord { related: Some(SECOND), ..record("2024-03-01", &[]) };
        store.record(FIRST, &relation, &author(), None, 300).await.unwrap();
        store.withdraw_record(FIRST, RecordNumber::new(1), &author(), None, 400).await.unwrap();

        let again =
            store.record(FIRST, &record("2024-01-01", &facts), &author(), key("k", 1), 500).await.unwrap();
        assert_eq!((again.entries, again.repeated), (first.entries.clone(), true), "{url}");
        let other = store.record(SECOND, &record("2024-01-01", &facts), &author(), key("k", 2), 500).await;
        assert!(matches!(other, Err(RegistryError::KeyUsedOtherwise)));

        for (as_of, expected) in [
            (Some(99), vec![]),
            (Some(100), vec![1]),
            (Some(399), vec![1, 2, 3]),
            (Some(400), vec![2, 3]),
            (None, vec![2, 3]),
        ] {
            let found = store.look_up(&["B", "A", "nobody"], as_of).await.unwrap();
            assert_eq!(numbers(&found.records), expected, "{url} as of {as_of:?}");
            let mut ids = found.ids.clone();
            ids.sort();
            assert_eq!(ids, [("A".to_owned(), FIRST), ("B".to_owned(), FIRST)]);
        }
        let found = store.look_up(&["A"], None).await.unwrap();
        assert_eq!(
            (found.records[0].valid_to, found.records[0].kind),
            (Some(day("2024-02-29")), RecordKind::Licence)
        );
        assert_eq!((found.records[0].facts.as_str(), found.records[1].related), ("advanced", Some(SECOND)));
        let lists = store.fact_lists().await.unwrap();
        let named = |number| &lists.iter().find(|(known, _)| *known == number).unwrap().1;
        assert_eq!(*named(found.records[0].fact_list), ["level"]);
        assert!(named(found.records[1].fact_list).is_empty());

        let history = store.records(FIRST, RecordNumber::new(0), 10).await.unwrap();
        assert_eq!(
            history.iter().map(|one| (one.number.get(), one.at_us)).collect::<Vec<_>>(),
            [(1, 100), (2, 200), (3, 300)]
        );
        assert_eq!(history[0].record, record("2024-01-01", &facts));
        let withdrawn = history[0].withdrawn.as_ref().unwrap();
        assert_eq!((withdrawn.number.get(), withdrawn.at_us, &withdrawn.author), (4, 400, &author()));
        assert_eq!(store.records(FIRST, RecordNumber::new(1), 1).await.unwrap()[0].number.get(), 2);

        what_is_not_there_is_not_taken_back(&store).await;
        let nobody =
            store.record(EnterpriseNumber::new(3), &record("2024-01-01", &facts), &author(), None, 500).await;
        assert!(matches!(nobody, Err(RegistryError::NoEnterprise { .. })));

        let (_, entry) = &first.entries[0];
        let body: Value = serde_json::from_slice(&entry.body).unwrap();
        assert_eq!((entry.kind, entry.subject.as_str()), (Kind::Registry, "enterprise/1"));
        assert_eq!((&body["person"], &body["facts"]["level"]), (&"Li Wei".into(), &"advanced".into()));
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn what_is_recorded_later_never_seems_to_have_been_recorded_earlier() {
    let places = Places::new();
    for url in places.urls() {
        let store = with_two(&url).await;
        for at_us in [500, 200] {
            store
                .record(FIRST, &record("2024-01-01", &[("level", None)]), &author(), None, at_us)
                .await
                .unwrap();
        }
        let at: Vec<i64> = store
            .records(FIRST, RecordNumber::new(0), 9)
            .await
            .unwrap()
            .iter()
            .map(|record| record.at_us)
            .collect();
        assert_eq!(at, [500, 500], "{url}");
    }
}

/// Amounts that no number holds when they are added up.
async fn too_much_is_refused_whole(store: &Store, url: &str) {
    let large = [
        event("A", "tax", "2024-05-05", 9_000_000_000_000_000),
        event("A", "tax", "2024-05-05", 2_000_000_000_000_000),
    ];
    let refused = store.post_events(&large, &author(), None, 500).await;
    assert!(matches!(refused, Err(RegistryError::Amount)), "{url} {refused:?}");
    assert_eq!(store.events(FIRST, EventNumber::new(4), 10).await.unwrap(), [], "nothing of it was kept");
}

#[tokio::test]
async fn events_are_added_up_by_day_and_as_of_an_instant_from_the_events_themselves() {
    let places = Places::new();
    for url in places.urls() {
        let store = with_two(&url).await;
        let events = [
            event("A", "tax", "2024-02-29", 1_050),
            event("B", "tax", "2024-02-29", 50),
            event("A", "tax", "2024-03-01", 7),
            event("A", "finding", "2024-02-29", 0),
            event("new", "finding", "2024-02-29", 0),
        ];
        let posted = store.post_events(&events, &author(), key("e", 1), 100).await.unwrap();
        assert!(store.post_events(&events, &author(), key("e", 1), 110).await.unwrap().repeated, "{url}");
        assert_eq!(posted.entries.len(), 1);
        store.withdraw_event(EventNumber::new(2), &author(), None, 200).await.unwrap();
        let kinds: HashMap<String, i16> =
            store.event_kinds(None).await.unwrap().into_iter().map(|(number, name)| (name, number)).collect();
        let sums = async |as_of| {
            let found = store.look_up(&["A"], as_of).await.unwrap();
            let mut sums: Vec<(i16, String, i64, i64)> = found
                .events
                .iter()
                .map(|day| (day.kind, day.on.to_string(), day.events, day.amount_fen))
                .collect();
            sums.sort();
            sums
        };
        let (tax, finding) = (kinds["tax"], kinds["finding"]);
        let expected = |events, amount| {
            let mut days = vec![
                (tax, "2024-02-29".to_owned(), events, amount),
                (tax, "2024-03-01".to_owned(), 1, 7),
                (finding, "2024-02-29".to_owned(), 1, 0),
            ];
            days.sort();
            days
        };
        assert_eq!(sums(None).await, expected(1, 1_050), "{url}");
        assert_eq!(sums(Some(200)).await, expected(1, 1_050), "{url}");
        assert_eq!(sums(Some(199)).await, expected(2, 1_100), "{url}");
        assert_eq!(sums(Some(99)).await, []);
        assert_eq!(store.event_kinds(Some(99)).await.unwrap(), []);
        assert_eq!(store.enterprise_number("new", None).await.unwrap().get(), 3, "made known by its event");

        let listed = store.events(FIRST, EventNumber::new(0), 10).await.unwrap();
        assert_eq!(listed.iter().map(|event| event.number.get()).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(listed[1].withdrawn.as_ref().unwrap().at_us, 200);
        assert!(matches!(
            store.withdraw_event(EventNumber::new(2), &author(), None, 300).await,
            Err(RegistryError::Withdrawn { .. })
        ));
        assert!(matches!(
            store.withdraw_event(EventNumber::new(99), &author(), None, 300).await,
            Err(RegistryError::Missing { .. })
        ));

        for number in [4, 5] {
            assert!(store.event_kinds(None).await.unwrap().iter().any(|(_, name)| name == "finding"));
            store.withdraw_event(EventNumber::new(number), &author(), None, 400).await.unwrap();
        }
        assert!(
            !store.event_kinds(None).await.unwrap().iter().any(|(_, name)| name == "finding"),
            "{url}: none is left"
        );
        assert!(store.event_kinds(Some(399)).await.unwrap().iter().any(|(_, name)| name == "finding"));

        too_much_is_refused_whole(&store, &url).await;
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn changes_since_a_version_name_whom_they_are_about() {
    let places = Places::new();
    for url in places.urls() {
        let store = with_two(&url).await;
        let other = Store::open(&url, 2).await.unwrap();
        let version = store.registry_version().await.unwrap();
        let none = store.registry_changes(version).await.unwrap();
        assert_eq!((none.version, none.enterprises, none.events), (version, Some(vec![]), false), "{url}");
        other.record(SECOND, &record("2024-01-01", &[("level", None)]), &author(), None, 100).await.unwrap();
        let one = store.registry_changes(version).await.unwrap();
        assert_eq!((one.enterprises, one.events), (Some(vec![SECOND]), false));
        assert!(one.version.is_after(version) && !version.is_after(one.version));
        other.post_events(&[event("A", "finding", "2024-01-01", 0)], &author(), None, 100).await.unwrap();
        other.withdraw_record(SECOND, RecordNumber::new(1), &author(), None, 100).await.unwrap();
        let two = store.registry_changes(one.version).await.unwrap();
        assert_eq!((two.enterprises, two.events), (Some(vec![SECOND, FIRST]), true));
        let many: Vec<NewEvent> = (0..5_000).map(|_| event("C", "finding", "2024-01-01", 0)).collect();
        other.post_events(&many, &author(), None, 100).await.unwrap();
        let all = store.registry_changes(two.version).await.unwrap();
        assert_eq!((all.enterprises, all.version), (None, store.registry_version().await.unwrap()));
    }
}

#[tokio::test]
async fn servers_that_change_one_registry_take_turns() {
    let places = Places::new();
    for url in places.urls() {
        let stores = [with_two(&url).await, Store::open(&url, 4).await.unwrap()];
        let mut tasks = tokio::task::JoinSet::new();
        for at in 0..40usize {
            let store = stores[at % 2].clone();
            tasks.spawn(async move {
                let made = [enterprise(&[&format!("E{}", at / 4)], None)];
                store.register(&made, &author(), None, 100).await?;
                let number = store.enterprise_number(&format!("E{}", at / 4), None).await?;
                store.record(number, &record("2024-01-01", &[("level", None)]), &author(), None, 100).await?;
                let events = [
                    event(&format!("E{}", at % 10), "finding", "2024-01-01", 0),
                    event("A", "tax", "2024-01-01", 1),
                ];
                store.post_events(&events, &author(), None, 100).await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        assert_eq!(stores[0].enterprises(EnterpriseNumber::new(0), 100).await.unwrap().len(), 12, "{url}");
        let found = stores[1].look_up(&["A"], None).await.unwrap();
        assert_eq!((found.events[0].events, found.events[0].amount_fen), (40, 40));
        assert_eq!(faults(&stores[1]).await, []);
    }
}

fn row(ids: &[&str], from: &str, level: &str) -> Registration {
    let identifiers = ids.iter().map(|text| id(text)).collect();
    Registration { identifiers, name: None, record: record(from, &[("level", Some(level))]) }
}

#[tokio::test]
async fn rows_of_a_file_that_say_nothing_new_are_left_alone() {
    let places = Places::new();
    for url in places.urls() {
        let store = with_two(&url).await;
        let rows = [
            row(&["A"], "2024-01-01", "regular"),
            row(&["new", "newer"], "2024-01-01", "regular"),
            row(&["A", "C"], "2024-01-01", "regular"),
            row(&["B"], "2024-01-01", "advanced"),
            row(&["B"], "2024-02-01", "advanced"),
        ];
        let import = async |rows: &[Registration], at_us| {
            store.import_enterprises(rows, &mut HashSet::new(), &author(), at_us).await.unwrap()
        };
        let first = import(&rows, 100).await;
        assert_eq!((first.enterprises, first.records, first.unchanged), (1, 3, 0), "{url}");
        let faults: Vec<String> = first.faults.iter().map(|(at, fault)| format!("{at} {fault}")).collect();
        assert_eq!(
            faults,
            [
                "2 `A` and `C` belong to different enterprises",
                "3 a row above is of the same enterprise and day"
            ]
        );
        let size = store.frontier().await.unwrap().size();
        let second = import(&rows, 200).await;
        assert_eq!((second.enterprises, second.records, second.unchanged, second.faults.len()), (0, 0, 3, 2));
        assert_eq!(store.frontier().await.unwrap().size(), size, "nothing was logged");
        let third = import(&[row(&["A"], "2024-01-01", "dishonest")], 300).await;
        assert_eq!((third.records, third.unchanged), (1, 0));
        let back = import(&[row(&["A"], "2024-01-01", "regular")], 400).await;
        assert_eq!((back.records, back.unchanged), (1, 0), "the latest record counts");
        store.withdraw_record(FIRST, RecordNumber::new(5), &author(), None, 500).await.unwrap();
        let again = import(&[row(&["A"], "2024-01-01", "regular")], 600).await;
        assert_eq!((again.records, again.unchanged), (1, 0), "what was taken back says nothing");

        let mut seen = HashMap::new();
        let finding = || event("A", "finding", "2024-01-01", 0);
        let mut import = async |rows: &[NewEvent]| {
            let done = store.import_events(rows, &mut seen, &author(), 700).await.unwrap();
            (done.events, done.unchanged)
        };
        assert_eq!(import(&[finding(), finding()]).await, (2, 0));
        assert_eq!(import(&[finding()]).await, (1, 0), "a third one of the same file");
        let mut seen = HashMap::new();
        let done = store.import_events(&vec![finding(); 5], &mut seen, &author(), 800).await.unwrap();
        assert_eq!((done.events, done.unchanged), (2, 3), "{url}: five of a file that comes again");
    }
}
