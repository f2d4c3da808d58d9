//! Packs and their way into force.

use greenlane_policy::load::PackFiles;
use greenlane_store::{
    Kind, Mover, ReleaseError, ReleaseFault, ReleaseState, ReleaseStep, Store, StoreError, in_force_on,
};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use serde_json::Value;

use super::{Places, tamper};

const TODAY: &str = "2026-11-24";

const FIRST: PackNumber = PackNumber::new(1);
const SECOND: PackNumber = PackNumber::new(2);

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn by(person: &str) -> Mover {
    Mover { person: person.into(), at_us: 7, today: day(TODAY), reason: Some("why not".into()) }
}

/// Some pack: a store keeps texts and does not read them.
fn pack(text: &str) -> PackFiles {
    PackFiles::new(vec![("pack.toml".into(), text.into())])
}

async fn opened(url: &str) -> Store {
    let store = Store::open(url, 4).await.unwrap();
    assert!(store.first_pack(&pack("first"), "law", &by("greenlane")).await.unwrap());
    store
}

/// Entries about packs.
async fn of_packs(store: &Store) -> usize {
    store.entries_of_kind(Kind::Pack, None, 100).await.unwrap().len()
}

#[tokio::test]
async fn a_new_database_gets_its_first_law_once() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        assert!(!store.first_pack(&pack("another"), "law", &by("greenlane")).await.unwrap());
        let approvals = store.approved_packs().await.unwrap();
        assert_eq!(in_force_on(&approvals, day(TODAY)).unwrap().number, FIRST);
        assert_eq!(store.pack_files(FIRST).await.unwrap().hash(), pack("first").hash());
        assert_eq!(store.pack_number(&pack("first").hash()).await.unwrap(), Some(FIRST));
        assert_eq!(store.pack_number("nothing").await.unwrap(), None);
        assert!(store.pack_files(SECOND).await.is_err());
        tamper(&url, "UPDATE pack SET files = replace(files, 'first', 'fairs')").await;
        let error = store.pack_files(FIRST).await.unwrap_err().to_string();
        assert!(error.contains("do not have the hash"), "{error}");
    }
}

#[tokio::test]
async fn servers_that_start_at_once_agree_on_the_first_law() {
    let places = Places::new();
    for url in places.urls() {
        let store = Store::open(&url, 4).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8 {
            let store = store.clone();
            let files = pack(&format!("of server {number}"));
            tasks.spawn(async move { store.first_pack(&files, "law", &by("greenlane")).await.unwrap() });
        }
        let made = tasks.join_all().await;
        assert_eq!(made.into_iter().filter(|made| *made).count(), 1, "{url}");
        assert_eq!(store.approved_packs().await.unwrap().len(), 1, "{url}");
    }
}

#[tokio::test]
async fn a_pack_comes_into_force_by_a_second_person_and_the_log_says_so() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        let (number, new) = store.upload_pack(&pack("changed"), "law", &by("li")).await.unwrap();
        assert_eq!((number, new), (SECOND, true));
        assert_eq!(store.upload_pack(&pack("changed"), "law", &by("wang")).await.unwrap(), (SECOND, false));
        let approve = ReleaseStep::Approve { from: day("2026-12-01") };
        let refused = store.step_pack(SECOND, approve, &by("wang")).await;
        assert!(
            matches!(
                refused,
                Err(ReleaseError::Rule(ReleaseFault::State { found: ReleaseState::Uploaded, .. }))
            ),
            "{url}"
        );
        store.step_pack(SECOND, ReleaseStep::Submit, &by("zhao")).await.unwrap();
        for own in ["li", "zhao"] {
            let refused = store.step_pack(SECOND, approve, &by(own)).await;
            assert!(
                matches!(refused, Err(ReleaseError::Rule(ReleaseFault::SamePerson { .. }))),
                "{url} {own}"
            );
        }
        let past = ReleaseStep::Approve { from: day("2026-11-23") };
        assert!(matches!(
            store.step_pack(SECOND, past, &by("wang")).await,
            Err(ReleaseError::Rule(ReleaseFault::Past { .. }))
        ));
        assert!(matches!(
            store.step_pack(PackNumber::new(9), approve, &by("wang")).await,
            Err(ReleaseError::Rule(ReleaseFault::NoSuchPack { .. }))
        ));
        let size = store.frontier().await.unwrap().size();
        assert_eq!(of_packs(&store).await, 3, "what was refused left nothing behind");
        store.step_pack(SECOND, approve, &by("wang")).await.unwrap();

        let release = store.release(SECOND).await.unwrap().unwrap();
        assert_eq!((release.state, release.from), (ReleaseState::Approved, Some(day("2026-12-01"))));
        assert_eq!(release.hash, pack("changed").hash());
        let who: Vec<(&str, &str)> =
            release.moves.iter().map(|made| (made.state.name(), made.person.as_str())).collect();
        assert_eq!(who, [("uploaded", "li"), ("submitted", "zhao"), ("approved", "wang")]);
        let last = release.moves.last().unwrap();
        assert_eq!((last.at_us, last.reason.as_deref(), last.entry.get()), (7, Some("why not"), size));
        let (_, entry) = store.entries(last.entry.get(), 1).await.unwrap().remove(0);
        assert_eq!((entry.kind, entry.subject.as_str()), (Kind::Pack, release.hash.as_str()));
        let body: Value = serde_json::from_slice(&entry.body).unwrap();
        assert_eq!(
            (&body["pack"], &body["state"], &body["person"], &body["from"]),
            (&2.into(), &"approved".into(), &"wang".into(), &"2026-12-01".into())
        );
    }
}

#[tokio::test]
async fn a_withdrawn_pack_gives_way_to_the_one_before_but_never_to_no_law() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        let in_force = async || {
            let approvals = store.approved_packs().await.unwrap();
            in_force_on(&approvals, day(TODAY)).unwrap().number
        };
        store.upload_pack(&pack("changed"), "law", &by("li")).await.unwrap();
        store.step_pack(SECOND, ReleaseStep::Submit, &by("li")).await.unwrap();
        let approve = ReleaseStep::Approve { from: day(TODAY) };
        store.step_pack(SECOND, approve, &by("wang")).await.unwrap();
        assert_eq!(in_force().await, SECOND, "{url}");
        // One person asks, and nothing changes; another one approves.
        store.step_pack(SECOND, ReleaseStep::Withdraw, &by("wang")).await.unwrap();
        assert_eq!(in_force().await, SECOND, "{url}");
        let again = store.step_pack(SECOND, ReleaseStep::Withdraw, &by("li")).await;
        assert!(matches!(
            again,
            Err(ReleaseError::Rule(ReleaseFault::State { found: ReleaseState::WithdrawalRequested, .. }))
        ));
        store.step_pack(SECOND, ReleaseStep::RejectWithdrawal, &by("li")).await.unwrap();
        assert_eq!(store.release(SECOND).await.unwrap().unwrap().from, Some(day(TODAY)), "law as before");
        store.step_pack(SECOND, ReleaseStep::Withdraw, &by("wang")).await.unwrap();
        let own = store.step_pack(SECOND, ReleaseStep::ApproveWithdrawal, &by("wang")).await;
        assert!(matches!(own, Err(ReleaseError::Rule(ReleaseFault::SamePerson { .. }))), "{url}");
        assert_eq!(in_force().await, SECOND, "{url}");
        store.step_pack(SECOND, ReleaseStep::ApproveWithdrawal, &by("li")).await.unwrap();
        assert_eq!(in_force().await, FIRST, "{url}");
        let refused = store.step_pack(FIRST, ReleaseStep::Withdraw, &by("wang")).await;
        assert!(matches!(refused, Err(ReleaseError::Rule(ReleaseFault::OnlyLaw { number: FIRST }))), "{url}");

        // It may come again, and needs a second person again.
        assert_eq!(store.upload_pack(&pack("changed"), "law", &by("wang")).await.unwrap(), (SECOND, true));
        store.step_pack(SECOND, ReleaseStep::Submit, &by("wang")).await.unwrap();
        assert!(matches!(
            store.step_pack(SECOND, approve, &by("wang")).await,
            Err(ReleaseError::Rule(ReleaseFault::SamePerson { .. }))
        ));
        store.step_pack(SECOND, ReleaseStep::Reject, &by("li")).await.unwrap();
        let release = store.release(SECOND).await.unwrap().unwrap();
        let states: Vec<&str> = release.moves.iter().map(|made| made.state.name()).collect();
        assert_eq!(
            states,
            [
                "uploaded",
                "submitted",
                "approved",
                "withdrawal_requested",
                "approved",
                "withdrawal_requested",
                "withdrawn",
                "uploaded",
                "submitted",
                "rejected"
            ]
        );
        let published = store.published_releases(None, 9).await.unwrap();
        let told: Vec<(PackNumber, Vec<&str>)> = published
            .iter()
            .map(|one| (one.number, one.moves.iter().map(|made| made.state.name()).collect()))
            .collect();
        assert_eq!(
            told,
            [(SECOND, vec!["approved", "withdrawn"]), (FIRST, vec!["approved"])],
            "drafts are not told"
        );
    }
}

#[tokio::test]
async fn to_ask_for_a_withdrawal_does_not_change_which_of_two_packs_is_in_force() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        let approve = ReleaseStep::Approve { from: day(TODAY) };
        for (number, name) in [(2, "one"), (3, "other")] {
            store.upload_pack(&pack(name), "law", &by("li")).await.unwrap();
            store.step_pack(PackNumber::new(number), ReleaseStep::Submit, &by("li")).await.unwrap();
            store.step_pack(PackNumber::new(number), approve, &by("wang")).await.unwrap();
        }
        let in_force = async || {
            let approvals = store.approved_packs().await.unwrap();
            in_force_on(&approvals, day(TODAY)).unwrap().number
        };
        assert_eq!(in_force().await, PackNumber::new(3), "the one approved last");
        store.step_pack(SECOND, ReleaseStep::Withdraw, &by("li")).await.unwrap();
        assert_eq!(in_force().await, PackNumber::new(3), "{url}");
        store.step_pack(SECOND, ReleaseStep::RejectWithdrawal, &by("wang")).await.unwrap();
        assert_eq!(in_force().await, PackNumber::new(3), "{url}");
    }
}

#[tokio::test]
async fn a_pack_whose_day_has_not_come_is_withdrawn_by_one_person() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        store.upload_pack(&pack("changed"), "law", &by("li")).await.unwrap();
        store.step_pack(SECOND, ReleaseStep::Submit, &by("li")).await.unwrap();
        store.step_pack(SECOND, ReleaseStep::Approve { from: day("2026-12-01") }, &by("wang")).await.unwrap();
        store.step_pack(SECOND, ReleaseStep::Withdraw, &by("li")).await.unwrap();
        let state = store.release(SECOND).await.unwrap().unwrap().state;
        assert_eq!(state, ReleaseState::Withdrawn, "the law stays as it is");
    }
}

#[tokio::test]
async fn only_one_of_two_opposite_steps_at_once_is_taken() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        store.upload_pack(&pack("changed"), "law", &by("li")).await.unwrap();
        store.step_pack(SECOND, ReleaseStep::Submit, &by("li")).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8 {
            let store = store.clone();
            let step = match number % 2 {
                0 => ReleaseStep::Approve { from: day(TODAY) },
                _ => ReleaseStep::Reject,
            };
            tasks.spawn(async move { store.step_pack(SECOND, step, &by("wang")).await });
        }
        let (done, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1, "{url}");
        assert!(
            refused.iter().all(|one| matches!(one, Err(ReleaseError::Rule(ReleaseFault::State { .. })))),
            "{url}"
        );
        assert_eq!(of_packs(&store).await, 4, "{url}");
    }
}

#[tokio::test]
async fn packs_are_listed_the_latest_first_page_by_page() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        for number in 2..=5 {
            store.upload_pack(&pack(&format!("number {number}")), "law", &by("li")).await.unwrap();
        }
        let numbers = async |before: Option<u64>, limit| -> Vec<u64> {
            let found = store.releases(before.map(PackNumber::new), limit).await.unwrap();
            assert!(found.iter().all(|release| release.moves.len() == 1), "{url}");
            found.iter().map(|release| release.number.get()).collect()
        };
        assert_eq!(numbers(None, 2).await, [5, 4]);
        assert_eq!(numbers(Some(4), 10).await, [3, 2, 1]);
        assert_eq!(numbers(Some(1), 10).await, [0u64; 0]);
        assert_eq!(store.release(PackNumber::new(9)).await.unwrap(), None);
        tamper(&url, "UPDATE pack_release SET state = 'lost' WHERE number = 3").await;
        assert!(matches!(store.release(PackNumber::new(3)).await, Err(StoreError::Damaged { .. })));
    }
}
