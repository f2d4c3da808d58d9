//! The log: what was added stays, in its order, and every way to change it is found.

use greenlane_store::{
    Added, Addition, Entry, Kind, LogKey, RequestKey, Seal, Store, StoreError, is_consistent,
};
use greenlane_terms::numbers::EntryNumber;

use super::{Places, addition, entry, faults, filled, signing_key, tamper};

#[tokio::test]
async fn what_was_added_is_read_in_order_and_is_there_after_a_restart() {
    let places = Places::new();
    for url in places.urls() {
        let store = filled(&url, 1_000).await;
        store.close().await;
        let store = Store::open(&url, 4).await.unwrap();
        let read = store.entries(0, 2_000).await.unwrap();
        assert_eq!(read.len(), 1_000);
        assert!(
            read.iter().zip(0..).all(|((number, found), at)| number.get() == at && *found == entry(at)),
            "{url}"
        );
        let about = store.entries_about("matter 7", Some(Kind::Audit), 3).await.unwrap();
        assert_eq!(about.iter().map(|(number, _)| number.get()).collect::<Vec<_>>(), [997, 987, 977]);
        assert_eq!(store.entries_about("matter 7", Some(Kind::Pack), 3).await.unwrap(), []);
        assert_eq!(
            store.decisions_before(EntryNumber::new(u64::MAX), 5).await.unwrap(),
            [],
            "there are none"
        );
        let decision = Entry { kind: Kind::Decision, ..entry(3) };
        let addition =
            Addition { entries: vec![decision.clone(), entry(4), decision.clone()], ..Addition::default() };
        store.append(&[addition], 0).await.unwrap();
        let [first, second] = [1_000, 1_002].map(EntryNumber::new);
        let last = store.decisions_before(EntryNumber::new(u64::MAX), 5).await.unwrap();
        assert_eq!(last, [(second, decision.clone()), (first, decision.clone())]);
        assert_eq!(store.decisions_before(second, 1).await.unwrap(), [(first, decision)]);
        assert_eq!(store.entries_about("matter 7", None, 200).await.unwrap().len(), 100);
        assert_eq!(faults(&store).await, []);
    }
}

#[tokio::test]
async fn a_request_that_comes_twice_is_answered_once() {
    let places = Places::new();
    for url in places.urls() {
        let store = filled(&url, 5).await;
        let request = |key: &str, fingerprint| {
            Some(RequestKey { caller: "broker".into(), key: key.into(), fingerprint: [fingerprint; 32] })
        };
        let with = |range, request| Addition { request, ..addition(range) };
        let once = [with(5..8, request("a", 1)), with(8..9, request("b", 1)), with(9..10, request("a", 1))];
        let expected =
            [Added::New { first: 5 }, Added::New { first: 8 }, Added::Before { first: 5, entries: 3 }];
        assert_eq!(store.append(&once, 0).await.unwrap(), expected, "{url}");
        let mut other = with(9..10, request("a", 1));
        other.request.as_mut().unwrap().caller = "another".into();
        let again = [with(9..12, request("a", 1)), with(9..10, request("b", 2)), other];
        let expected = [Added::Before { first: 5, entries: 3 }, Added::Refused, Added::New { first: 9 }];
        assert_eq!(store.append(&again, 0).await.unwrap(), expected, "{url}");
        assert_eq!(store.frontier().await.unwrap().size(), 10);
    }
}

#[tokio::test]
async fn every_entry_has_a_receipt_that_a_stranger_can_check() {
    let places = Places::new();
    for url in places.urls() {
        let store = filled(&url, 700).await;
        let head = store.sign_head(&signing_key(), 1).await.unwrap();
        let key = LogKey::of(&signing_key());
        for number in [0, 1, 255, 256, 257, 511, 512, 698, 699] {
            let mut receipt = store.receipt(number, head.clone()).await.unwrap();
            assert_eq!(receipt.verify(&key).unwrap(), entry(number), "{url} {number}");
            receipt.entry ^= 1;
            assert!(receipt.verify(&key).is_err(), "{url} {number} with another number");
            receipt.entry ^= 1;
            receipt.leaf[20] ^= 1;
            assert!(receipt.verify(&key).is_err(), "{url} {number} with a changed entry");
        }
        let outside = store.receipt(700, head).await;
        assert!(matches!(outside, Err(StoreError::OutOfRange { size: 700, .. })), "{url}");
    }
}

#[tokio::test]
async fn a_tree_head_stays_the_beginning_of_every_later_one() {
    let places = Places::new();
    for url in places.urls() {
        let store = filled(&url, 700).await;
        let root = store.root(700).await.unwrap();
        assert_eq!(root, store.frontier().await.unwrap().root());
        for old in [1, 2, 255, 256, 300, 512, 699, 700] {
            let proof = store.consistency(old, 700).await.unwrap();
            let old = (old, store.root(old).await.unwrap());
            assert!(is_consistent(old, (700, root), &proof), "{url} {}", old.0);
            assert!(!is_consistent((old.0, [1; 32]), (700, root), &proof), "{url} {}", old.0);
        }
        assert!(matches!(store.consistency(0, 700).await, Err(StoreError::OutOfRange { .. })));
        assert!(matches!(store.consistency(5, 701).await, Err(StoreError::OutOfRange { .. })));
    }
}

#[tokio::test]
async fn each_way_to_tamper_is_found_and_named() {
    let ways: [(&'static str, &str); 10] = [
        ("UPDATE log SET kind = 2 WHERE seq = 300", "entry 300 (matter 0) is not what it was"),
        ("UPDATE log SET at_us = 5 WHERE seq = 300", "entry 300 (matter 0) is not what it was"),
        ("UPDATE log SET subject = 'x' WHERE seq = 300", "entry 300 (x) is not what it was"),
        (
            "UPDATE log SET body = (SELECT body FROM log WHERE seq = 1) WHERE seq = 300",
            "entry 300 (matter 0)",
        ),
        ("DELETE FROM log WHERE seq = 300", "entry 300 is missing"),
        ("DELETE FROM log WHERE seq = 699", "entry 699 is missing"),
        (
            "UPDATE log SET seq = CASE seq WHEN 300 THEN -1 ELSE 300 END WHERE seq IN (300, 301); \
             UPDATE log SET seq = 301 WHERE seq = -1",
            "entry 300 (matter 1) is not what it was",
        ),
        (
            "INSERT INTO log (seq, mark, kind, at_us, subject, body) \
             SELECT 700, mark, kind, at_us, subject, body FROM log WHERE seq = 300",
            "entry 700 stands after the end of the log",
        ),
        (
            "UPDATE log_head SET root = (SELECT hash FROM log_node WHERE level = 8 AND idx = 0)",
            "the tree head of 700 entries is not signed by this log's key",
        ),
        (
            "UPDATE log_node SET hash = (SELECT hash FROM log_node WHERE level = 8 AND idx = 0) WHERE idx = 1",
            "entries 256 to 511 are not what they were",
        ),
    ];
    let places = Places::new();
    for (number, (statement, expected)) in ways.into_iter().enumerate() {
        let sqlite = format!("sqlite:{}", places.sqlite.path().join(format!("{number}.db")).display());
        for url in [sqlite, places.postgres.database(&format!("way_{number}"))] {
            let store = filled(&url, 700).await;
            store.sign_head(&signing_key(), 1).await.unwrap();
            assert_eq!(faults(&store).await, []);
            tamper(&url, statement).await;
            let found: Vec<String> = faults(&store).await.iter().map(ToString::to_string).collect();
            assert!(found.iter().any(|fault| fault.contains(expected)), "{statement}: {found:#?}");
            store.close().await;
        }
    }
}

#[tokio::test]
async fn marks_of_an_earlier_version_are_brought_up_to_date() {
    let places = Places::new();
    for url in places.urls() {
        filled(&url, 700).await.close().await;
        let back = if url.starts_with("sqlite") {
            "UPDATE log SET mark = (mark | seq) - (mark & seq); DELETE FROM _sqlx_migrations WHERE version = 6"
        } else {
            "UPDATE log SET mark = mark # seq; DELETE FROM _sqlx_migrations WHERE version = 6"
        };
        tamper(&url, back).await;
        let store = Store::open(&url, 4).await.unwrap();
        assert_eq!(faults(&store).await, [], "{url}");
    }
}

#[tokio::test]
async fn servers_that_share_a_database_take_turns() {
    let places = Places::new();
    for url in places.urls() {
        let stores = [Store::open(&url, 4).await.unwrap(), Store::open(&url, 4).await.unwrap()];
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..40 {
            let store = stores[number as usize % 2].clone();
            tasks.spawn(async move { store.append(&[addition(number * 3..number * 3 + 3)], 0).await });
        }
        while let Some(added) = tasks.join_next().await {
            assert!(matches!(added.unwrap().unwrap()[..], [Added::New { .. }]));
        }
        let entries = stores[0].entries(0, 1_000).await.unwrap();
        let mut bodies: Vec<Vec<u8>> = entries.into_iter().map(|(_, entry)| entry.body).collect();
        bodies.sort();
        bodies.dedup();
        assert_eq!(bodies.len(), 120, "{url}");
        assert_eq!(faults(&stores[1]).await, []);
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let places = Places::new();
    for url in places.urls() {
        Store::open(&url, 2).await.unwrap().close().await;
        tamper(
            &url,
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT 99, description, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
        let error = Store::open(&url, 2).await.unwrap_err().to_string();
        assert!(error.contains("schema version 99") && error.contains("use the newer program"), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_with_its_reason() {
    let places = Places::new();
    let folder = places.sqlite.path().display().to_string();
    std::fs::write(places.sqlite.path().join("text.db"), "x".repeat(4_096)).unwrap();
    let socket = places.postgres.database("exists").replace("/exists?", "/nothing?");
    for (url, reason) in [
        ("mysql://h/n".to_owned(), "is no database: expected sqlite:PATH or postgres://"),
        (
            format!("sqlite:{folder}/no/store.db"),
            "no/store.db: cannot be opened: unable to open database file",
        ),
        (format!("sqlite:{folder}/text.db"), "text.db: cannot be opened: file is not a database"),
        (
            "postgres://me:secret@127.0.0.1:1/n".to_owned(),
            "postgres://me:***@127.0.0.1:1/n: cannot be opened: Connection refused",
        ),
        (socket, "database \"nothing\" does not exist"),
    ] {
        let error = Store::open(&url, 2).await.unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_secret_is_kept_once() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 2).await.unwrap();
        let seal = Seal::new(&[3; 32]);
        let [first, second] = [b"one", b"two"].map(|secret| seal.seal("name", secret, [1; 24]).unwrap());
        assert_eq!(store.secret("name").await.unwrap(), None);
        assert_eq!(store.keep_secret("name", &first).await.unwrap(), first);
        assert_eq!(store.keep_secret("name", &second).await.unwrap(), first);
    }
}
