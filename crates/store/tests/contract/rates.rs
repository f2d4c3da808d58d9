//! Draws counted once, in the order of the log, and alarms that are raised once.

use std::collections::BTreeMap;

use greenlane_selection::DrawCounts;
use greenlane_store::{Addition, Entry, Kind, RateAlarm, RateFilter, RateKey, Store};
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::{Office, RateStage};

use super::{Places, office};

fn entry(kind: Kind, subject: &str) -> Entry {
    Entry { kind, at_us: 1, subject: subject.to_owned(), body: b"body".to_vec() }
}

async fn add(store: &Store, entries: Vec<Entry>) {
    store.append(&[Addition { entries, ..Addition::default() }], 1).await.unwrap();
}

fn key(month: i32, place: u16, stage: RateStage) -> RateKey {
    let [class, level, measures] = ["food", "advanced", "1,9"].map(str::to_owned);
    RateKey { month, office: office(place), stage, class, level, measures }
}

const ONE: DrawCounts =
    DrawCounts { trials: 1, selected: 2, expected: 3, always: 4, ordered: 5, never: 6, impossible: 7 };

#[tokio::test]
async fn only_the_first_decision_of_a_matter_is_to_be_counted_and_each_page_once() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        add(&store, vec![entry(Kind::Decision, "A"), entry(Kind::Audit, "A"), entry(Kind::Decision, "B")])
            .await;
        add(&store, vec![entry(Kind::Decision, "A"), entry(Kind::Decision, "C")]).await;
        let subjects = |found: &[(EntryNumber, Entry)]| {
            found.iter().map(|(number, entry)| (number.get(), entry.subject.clone())).collect::<Vec<_>>()
        };
        let page = store.uncounted(3).await.unwrap();
        assert_eq!((page.from, page.next), (0, 3));
        assert_eq!(subjects(&page.decisions), [(0, "A".to_owned()), (2, "B".to_owned())]);

        let inspection = key(2024 * 12 + 7, 3101, RateStage::Inspection);
        let counts = BTreeMap::from([(inspection.clone(), ONE)]);
        assert!(store.count_rates((0, 3), &counts).await.unwrap());
        assert!(!store.count_rates((0, 3), &counts).await.unwrap(), "another server has counted them");
        let page = store.uncounted(3).await.unwrap();
        assert_eq!((page.from, page.next, subjects(&page.decisions)), (3, 5, vec![(4, "C".to_owned())]));
        assert!(store.count_rates((3, 5), &counts).await.unwrap());
        let end = store.uncounted(3).await.unwrap();
        assert_eq!((end.from, end.next, store.counted().await.unwrap()), (5, 5, 5));

        let two = DrawCounts {
            trials: 2,
            selected: 4,
            expected: 6,
            always: 8,
            ordered: 10,
            never: 12,
            impossible: 14,
        };
        assert_eq!(store.rates(&RateFilter::default()).await.unwrap(), BTreeMap::from([(inspection, two)]));
    }
}

#[tokio::test]
async fn counts_are_found_by_office_and_by_the_year_of_the_matters() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let [december, january] = [2024 * 12 + 11, 2025 * 12];
        let keys = [
            key(december, 3101, RateStage::Inspection),
            key(january, 3101, RateStage::Sampling),
            key(january, 5301, RateStage::Sampling),
        ];
        add(&store, vec![entry(Kind::Audit, "server")]).await;
        let counts = keys.iter().map(|key| (key.clone(), ONE)).collect();
        assert!(store.count_rates((0, 1), &counts).await.unwrap());
        for (offices, year, expected) in [
            (None, None, &[0, 1, 2][..]),
            (None, Some(2024), &[0]),
            (None, Some(2025), &[1, 2]),
            (None, Some(2026), &[]),
            (Some(vec![office(5301)]), None, &[2]),
            (Some(vec![office(3101)]), Some(2025), &[1]),
            (Some(vec![]), None, &[]),
        ] {
            let found = store.rates(&RateFilter { offices, year }).await.unwrap();
            let found: Vec<RateKey> = found.into_keys().collect();
            let expected: Vec<RateKey> = expected.iter().map(|at: &usize| keys[*at].clone()).collect();
            assert_eq!(found, expected);
        }
    }
}

#[tokio::test]
async fn an_alarm_is_raised_once_and_stands_in_the_log() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let alarm = |year: i32, office: Option<Office>| RateAlarm {
            name: format!("{year}/{}/cap", office.map_or("all".to_owned(), |office| office.to_string())),
            year,
            office,
            body: format!("{{\"year\":{year}}}").into_bytes(),
        };
        let first = [alarm(2024, Some(office(3101))), alarm(2024, None)];
        assert_eq!(store.raise_alarms(&first, 5).await.unwrap(), 2);
        let more = [alarm(2024, None), alarm(2025, Some(office(5301)))];
        assert_eq!(store.raise_alarms(&more, 6).await.unwrap(), 1);
        assert_eq!(store.raise_alarms(&more, 7).await.unwrap(), 0);
        // With each time an entry says how the rows are left.
        assert_eq!(store.frontier().await.unwrap().size(), 5);

        let listed = async |offices: Option<Vec<Office>>, year, before: Option<u64>, limit| {
            let found = store
                .alarms(&RateFilter { offices, year }, before.map(EntryNumber::new), limit)
                .await
                .unwrap();
            assert!(found.iter().all(|(_, entry)| entry.kind == Kind::Alarm));
            found
                .into_iter()
                .map(|(number, entry)| (number.get(), entry.subject, entry.at_us))
                .collect::<Vec<_>>()
        };
        let all = [
            (3, "alarm/2025/5301/cap".to_owned(), 6),
            (1, "alarm/2024/all/cap".to_owned(), 5),
            (0, "alarm/2024/3101/cap".to_owned(), 5),
        ];
        assert_eq!(listed(None, None, None, 10).await, all);
        assert_eq!(listed(None, None, Some(3), 1).await, all[1..2]);
        assert_eq!(listed(None, Some(2024), None, 10).await, all[1..]);
        assert_eq!(listed(Some(vec![office(3101)]), None, None, 10).await, all[2..]);
    }
}
