//! What is kept of parties in memory, and when it is forgotten.

use greenlane_store::registry::{Author, Identifier, IdentifierKind, NewEnterprise, NewRecord, RecordKind};
use greenlane_terms::numbers::RecordNumber;

use super::*;

const AT_US: i64 = 1_709_136_000_000_000;
const ONE: &str = "3101910012";
const OTHER: &str = "3101910099";

fn author() -> Author {
    Author { person: "qian".to_owned(), ground: "登记".to_owned() }
}

/// The parties of a new store that knows two enterprises.
async fn parties() -> (tempfile::TempDir, Store, Parties) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    let store = Store::open(&url, 2).await.unwrap();
    let new = |id: &str| NewEnterprise {
        identifiers: vec![Identifier { kind: IdentifierKind::CustomsCode, id: id.to_owned() }],
        name: None,
    };
    store.register(&[new(ONE), new(OTHER)], &author(), None, AT_US).await.unwrap();
    let parties = Parties::new(&store, &Pack::embedded().unwrap());
    (folder, store, parties)
}

async fn level(store: &Store, number: u64, level: &str) {
    let facts = vec![("level".to_owned(), Some(level.to_owned()))];
    let from = Day::parse("2020-01-01").unwrap();
    let record =
        NewRecord { kind: RecordKind::Level, valid_from: from, valid_to: None, facts, related: None };
    store.record(EnterpriseNumber::new(number), &record, &author(), None, AT_US).await.unwrap();
}

async fn look(parties: &Parties, ids: &[&str]) -> Known {
    parties.look_up(ids.iter().copied(), None).await.unwrap()
}

/// How many parties are in memory, recent ones and those from before.
fn in_memory(parties: &Parties) -> [usize; 2] {
    let kept = parties.kept.read().unwrap();
    [&kept.recent, &kept.before].map(|generation| generation.parties.len())
}

/// Bytes that a party of that identifier takes.
fn bytes(parties: &Parties, id: &str, party: &Party) -> usize {
    let on_day = parties.facts.table().columns.len() * size_of::<i64>();
    party.bytes() + on_day + id.len() + size_of::<(Remembered, [Arc<str>; 2], EnterpriseNumber)>()
}

#[tokio::test]
async fn a_party_is_read_once_and_what_it_takes_is_counted() {
    let (_folder, _store, parties) = parties().await;
    look(&parties, &[ONE]).await;
    let known = look(&parties, &[ONE, OTHER, "nobody"]).await;
    assert_eq!(known.parties.len(), 2);
    assert_eq!(in_memory(&parties), [2, 0]);
    let expected: usize = [ONE, OTHER].iter().map(|id| bytes(&parties, id, known.party(id).unwrap())).sum();
    let again = look(&parties, &[ONE, OTHER]).await;
    for id in [ONE, OTHER] {
        assert!(Arc::ptr_eq(&known.parties[id], &again.parties[id]), "{id} was read again");
    }
    let kept = parties.kept.read().unwrap();
    assert_eq!(kept.recent.bytes, expected);
    let mut ids: Vec<_> = kept.recent.ids.values().map(Vec::len).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 1]);
}

#[tokio::test]
async fn what_changes_is_forgotten_wherever_it_is_and_the_rest_stays() {
    let (_folder, store, parties) = parties().await;
    let before = look(&parties, &[ONE, OTHER]).await;
    let (one, other) = (before.parties[ONE].clone(), before.parties[OTHER].clone());
    level(&store, 1, "advanced").await;
    let after = look(&parties, &[ONE, OTHER]).await;
    assert!(!Arc::ptr_eq(&after.parties[ONE], &one) && Arc::ptr_eq(&after.parties[OTHER], &other));
    assert_eq!(in_memory(&parties), [2, 0]);
    // Those from before are forgotten too, and found as long as they are not.
    {
        let mut kept = parties.kept.write().unwrap();
        kept.before = std::mem::take(&mut kept.recent);
    }
    assert!(Arc::ptr_eq(&look(&parties, &[OTHER]).await.parties[OTHER], &other));
    assert_eq!(in_memory(&parties), [0, 2]);
    level(&store, 2, "advanced").await;
    assert!(!Arc::ptr_eq(&look(&parties, &[OTHER]).await.parties[OTHER], &other));
    assert_eq!(in_memory(&parties), [1, 1]);
    // Too much has changed to name it.
    let version = store.registry_version().await.unwrap();
    let all = Changes { version, enterprises: None, events: false };
    parties.kept.write().unwrap().forget(&all, None);
    assert_eq!(in_memory(&parties), [0, 0]);
}

#[tokio::test]
async fn an_older_reading_never_replaces_a_newer_one() {
    let (_folder, store, parties) = parties().await;
    let none = Version::default();
    level(&store, 1, "advanced").await;
    let first = store.registry_version().await.unwrap();
    level(&store, 1, "regular").await;
    let second = store.registry_version().await.unwrap();
    let nothing = |version| Changes { version, enterprises: Some(Vec::new()), events: true };
    let mut kept = parties.kept.write().unwrap();
    let of = |complete| Some(Arc::new(Kinds { complete: vec![complete], ..Kinds::default() }));
    for (version, is_newer) in [(first, true), (none, false), (second, true), (first, false), (second, false)]
    {
        let before = (kept.version, kept.kinds.complete.clone());
        kept.forget(&nothing(version), of(is_newer));
        if is_newer {
            assert_eq!((kept.version, &kept.kinds.complete[..]), (version, &[true][..]));
        } else {
            assert_eq!((kept.version, kept.kinds.complete.clone()), before);
        }
    }
    kept.version = first;
    kept.forget(&nothing(second), None);
    assert_eq!(kept.kinds.complete, [true], "kinds that were not read stay");
}

#[tokio::test]
async fn what_was_read_while_something_changed_is_not_kept() {
    let (_folder, store, parties) = parties().await;
    let found = store.look_up(&[ONE], None).await.unwrap();
    let found = parties.compile(found, &Kinds::default()).await.unwrap();
    level(&store, 1, "advanced").await;
    look(&parties, &[OTHER]).await;
    let now = parties.kept.read().unwrap().version;
    parties.keep(Version::default(), &found);
    assert_eq!(in_memory(&parties), [1, 0]);
    parties.keep(now, &found);
    parties.keep(now, &found);
    assert_eq!(in_memory(&parties), [2, 0]);
    let kept = parties.kept.read().unwrap();
    assert_eq!(kept.recent.ids[&EnterpriseNumber::new(1)].len(), 1, "an identifier is noted once");
}

#[tokio::test]
async fn half_of_the_memory_is_recent_and_more_than_that_is_from_before() {
    let (_folder, store, parties) = parties().await;
    let found = store.look_up(&[ONE], None).await.unwrap();
    let found = parties.compile(found, &Kinds::default()).await.unwrap();
    let version = parties.kept.read().unwrap().version;
    let of_one = bytes(&parties, ONE, &found[0].2.party);
    for (more, expected) in [(0, [1, 0]), (1, [0, 1])] {
        {
            let mut kept = parties.kept.write().unwrap();
            (kept.recent, kept.before) = Default::default();
            kept.recent.bytes = MOST_BYTES / 2 - of_one + more;
        }
        parties.keep(version, &found);
        assert_eq!(in_memory(&parties), expected, "{more} bytes more");
    }
    assert_eq!(parties.kept.read().unwrap().recent.bytes, 0);
}

#[tokio::test]
async fn a_list_of_facts_that_is_not_there_is_an_error_and_not_a_record_that_states_nothing() {
    let (_folder, _store, parties) = parties().await;
    let error = parties.list(7).await.unwrap_err();
    assert_eq!(error.to_string(), "the store is damaged: there is no list 7 of facts");
}

#[test]
fn a_record_that_has_not_a_value_for_each_name_is_an_error_and_not_a_shorter_record() {
    let record = |facts: &str| Found {
        enterprise: EnterpriseNumber::new(1),
        number: RecordNumber::new(5),
        kind: RecordKind::Other,
        valid_from: Day::FIRST,
        valid_to: None,
        fact_list: 1,
        facts: facts.to_owned(),
        related: None,
    };
    for (facts, names) in [("", 0), ("", 1), ("true\t", 2)] {
        assert_eq!(values_of(&record(facts), names).unwrap().count(), names.max(1), "{facts:?}");
    }
    for (facts, names) in [("true", 0), ("true", 2), ("true\tA", 1), ("", 2)] {
        let error = values_of(&record(facts), names).unwrap_err().to_string();
        assert!(error.contains("record 5 has not one value for each"), "{facts:?}: {error}");
    }
}
