//! Webhooks: subscriptions, who holds them, what was given up.

use greenlane_store::{DeadLetter, Entry, Kind, Store, Webhook, WebhookChange};

use super::{Places, addition};

fn webhook(id: &str, next_entry: u64) -> Webhook {
    Webhook {
        id: id.into(),
        url: "https://broker.example/".into(),
        filter: "{}".into(),
        secrets: vec![1, 2, 3],
        active: true,
        note: None,
        person: "li".into(),
        at_us: 7,
        next_entry,
        pending_to: None,
        attempts: 0,
        retry_at_us: 0,
    }
}

fn entry(what: &str) -> Entry {
    Entry { kind: Kind::Audit, at_us: 9, subject: "webhook".into(), body: what.into() }
}

/// A store with some entries and a subscription that has had none of them.
async fn opened(url: &str) -> Store {
    let store = Store::open(url, 4).await.unwrap();
    store.append(&[addition(0..20)], 0).await.unwrap();
    store.add_webhook(&webhook("a", 0), entry("a created")).await.unwrap();
    store
}

#[tokio::test]
async fn a_subscription_is_kept_changed_and_removed_with_an_entry_each() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        store.add_webhook(&webhook("b", 3), entry("b created")).await.unwrap();
        assert_eq!(store.webhook("b").await.unwrap(), Some(webhook("b", 3)));
        assert_eq!(store.webhook("c").await.unwrap(), None);
        let ids = async |after: &str| -> Vec<String> {
            store.webhooks(after, 10).await.unwrap().into_iter().map(|webhook| webhook.id).collect()
        };
        assert_eq!((ids("").await, ids("a").await), (vec!["a".into(), "b".into()], vec!["b".to_owned()]));
        assert_eq!(store.webhooks("", 1).await.unwrap(), [webhook("a", 0)]);
        let changes = [WebhookChange::Secrets(vec![9]), WebhookChange::Active(false), WebhookChange::From(1)];
        for change in &changes {
            assert!(store.change_webhook("b", change, entry("changed")).await.unwrap(), "{url}");
        }
        let changed = store.webhook("b").await.unwrap().unwrap();
        assert_eq!((changed.secrets, changed.active, changed.next_entry), (vec![9], false, 1));
        assert!(store.change_webhook("b", &WebhookChange::Removed, entry("removed")).await.unwrap());
        assert!(!store.change_webhook("b", &WebhookChange::Removed, entry("removed")).await.unwrap());
        let logged = store.entries_about("webhook", Some(Kind::Audit), 100).await.unwrap();
        let logged: Vec<Vec<u8>> = logged.into_iter().rev().map(|(_, entry)| entry.body).collect();
        let expected = ["a created", "b created", "changed", "changed", "changed", "removed"];
        assert_eq!(logged, expected.map(|what| what.as_bytes().to_vec()), "{url}");
    }
}

#[tokio::test]
async fn one_server_at_a_time_holds_a_subscription_and_a_change_takes_it_away() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        let due = async |holder: &str, now| store.due_webhooks(holder, now).await.unwrap();
        assert_eq!(due("one", 100).await, ["a"]);
        let mut held = store.take_webhook("a", "one", 100, 200).await.unwrap().unwrap();
        assert_eq!(store.take_webhook("a", "two", 150, 300).await.unwrap(), None, "{url}");
        assert_eq!((due("two", 150).await.len(), due("one", 150).await.len()), (0, 1));
        held.pending_to = Some(5);
        assert!(store.settle_webhook(&held, "one", 250, None).await.unwrap());
        assert!(!store.settle_webhook(&held, "two", 250, None).await.unwrap());

        // After its time somebody else takes it, and finds the delivery under way.
        let other = store.take_webhook("a", "two", 250, 400).await.unwrap().unwrap();
        assert_eq!(other.pending_to, Some(5));
        held.next_entry = 5;
        assert!(!store.settle_webhook(&held, "one", 500, None).await.unwrap(), "{url}");
        let waiting = Webhook { attempts: 1, retry_at_us: 900, note: Some("refused".into()), ..other };
        assert!(store.settle_webhook(&waiting, "two", 0, None).await.unwrap());
        assert_eq!(store.webhook("a").await.unwrap(), Some(waiting.clone()));
        assert_eq!((due("one", 899).await.len(), due("one", 900).await.len()), (0, 1), "not before its time");

        let held = store.take_webhook("a", "one", 900, 1_000).await.unwrap().unwrap();
        store.change_webhook("a", &WebhookChange::From(2), entry("again")).await.unwrap();
        assert!(!store.settle_webhook(&held, "one", 0, None).await.unwrap(), "the change counts");
        assert_eq!(store.webhook("a").await.unwrap().unwrap().next_entry, 2);
        store.change_webhook("a", &WebhookChange::Active(false), entry("paused")).await.unwrap();
        assert_eq!(due("one", 2_000).await, [""; 0]);
        assert_eq!(store.take_webhook("a", "one", 2_000, 3_000).await.unwrap(), None, "paused");
        store.change_webhook("a", &WebhookChange::Active(true), entry("resumed")).await.unwrap();
        let size = store.frontier().await.unwrap().size();
        let held = store.take_webhook("a", "one", 2_000, 3_000).await.unwrap().unwrap();
        let done = Webhook { next_entry: size, ..held };
        assert!(store.settle_webhook(&done, "one", 0, None).await.unwrap());
        assert_eq!(due("one", 9_000).await, [""; 0], "nothing is left");
    }
}

#[tokio::test]
async fn what_was_given_up_is_kept_until_the_subscription_goes() {
    let places = Places::new();
    for url in places.urls() {
        let store = opened(&url).await;
        let letter = |from, to| {
            let (attempts, at_us, delivered_at_us) = (7, 50, None);
            DeadLetter { from, to, attempts, at_us, reason: "500".into(), delivered_at_us }
        };
        let mut held = store.take_webhook("a", "one", 100, 200).await.unwrap().unwrap();
        for (from, to) in [(0, 4), (4, 9)] {
            held.next_entry = to;
            assert!(store.settle_webhook(&held, "one", 200, Some(&letter(from, to))).await.unwrap());
        }
        assert!(!store.settle_webhook(&held, "two", 200, Some(&letter(9, 12))).await.unwrap());
        let letters = async |after| store.dead_letters("a", after, 10).await.unwrap();
        assert_eq!(letters(None).await, [letter(0, 4), letter(4, 9)], "{url}");
        assert_eq!(letters(Some(0)).await, [letter(4, 9)]);
        assert_eq!(store.dead_letters("a", None, 1).await.unwrap(), [letter(0, 4)]);
        let lost = async || store.count_lost_letters().await.unwrap().into_iter().collect::<Vec<_>>();
        store.add_webhook(&webhook("b", 0), entry("b created")).await.unwrap();
        assert_eq!(lost().await, [("a".to_owned(), 2)], "{url}: those that lost nothing are left out");
        assert_eq!(store.lost_letters("a", 1).await.unwrap(), [letter(0, 4)]);
        store.letter_delivered("a", 4, 77).await.unwrap();
        assert_eq!(lost().await, [("a".to_owned(), 1)], "{url}: what was delivered after all is not lost");
        assert_eq!(store.lost_letters("a", 10).await.unwrap(), [letter(0, 4)]);
        assert_eq!(letters(Some(0)).await, [DeadLetter { delivered_at_us: Some(77), ..letter(4, 9) }]);
        // Given up once more after the subscription was set back.
        assert!(store.settle_webhook(&held, "one", 200, Some(&letter(4, 9))).await.unwrap());
        assert_eq!(letters(Some(0)).await, [letter(4, 9)]);
        assert_eq!(lost().await, [("a".to_owned(), 2)], "{url}");
        store.change_webhook("a", &WebhookChange::Removed, entry("removed")).await.unwrap();
        assert_eq!((letters(None).await, lost().await), (vec![], vec![]));
    }
}
