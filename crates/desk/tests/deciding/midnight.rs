//! Midnight: the day that counts, the key that draws, and a log that is ahead of the clock.

use greenlane_desk::Problem;
use greenlane_desk::epochs::{self, Epochs};
use greenlane_store::{Addition, Entry, Kind, StoreError, TimeFault};
use greenlane_terms::calendar::Day;
use greenlane_terms::time::{HOUR_US, begins_us};
use serde_json::json;

use super::asked::{declaration, only, ordered, question, refusal};
use super::known::day;
use super::law::replaced;
use crate::office::Office;
use crate::world::{DAY, world};

const NEXT: &str = "2025-09-04";

/// What another server wrote at an instant.
async fn written_at(office: &Office, at_us: i64) {
    let entry = Entry { kind: Kind::Audit, at_us, subject: "another".to_owned(), body: b"{}".to_vec() };
    let one = Addition { entries: vec![entry], ..Addition::default() };
    office.store.append(&[one], at_us).await.unwrap();
}

#[tokio::test]
async fn a_matter_without_a_day_is_decided_on_the_day_on_which_it_comes() {
    let world = world().await;
    let office = &world.office;
    let days = async |serial| {
        let decision = office.decided_one(&ordered(serial)).await;
        let tried = office.tried(&ordered(serial)).await;
        assert_eq!(tried["decided_on"], decision["decided_on"]);
        (
            decision["decided_on"].as_str().unwrap().to_owned(),
            decision["draw"]["epoch"].as_str().unwrap().to_owned(),
        )
    };
    let both = |day: &str| (day.to_owned(), day.to_owned());
    office.hand.move_to(begins_us(day(NEXT)) - 1);
    assert_eq!(days(1).await, both(DAY));
    office.hand.move_to(begins_us(day(NEXT)));
    assert_eq!(days(2).await, both(NEXT));
}

#[tokio::test]
async fn what_midnight_overtakes_on_its_way_into_the_log_is_drawn_again_with_the_key_of_the_new_day() {
    let world = world().await;
    let office = &world.office;
    // The clock of another server, which has written already, is past midnight.
    office.hand.move_to(begins_us(day(NEXT)) - 1_000_000);
    written_at(office, begins_us(day(NEXT)) + 5_000_000).await;
    let decision = office.decided_one(&ordered(1)).await;
    assert_eq!((&decision["draw"]["epoch"], &decision["decided_on"]), (&json!(NEXT), &json!(DAY)));
    let [(_, entry)] = &office.about(decision["matter_id"].as_str().unwrap(), Kind::Decision).await[..]
    else {
        panic!("it is kept once")
    };
    assert_eq!(entry.at_us, begins_us(day(NEXT)) + 5_000_000, "the time of the log never runs back");
    assert_eq!(office.epochs.today(), day(NEXT));
}

#[tokio::test]
async fn a_clock_that_is_wrong_keeps_nothing_and_says_so() {
    let world = world().await;
    let office = &world.office;
    let begins = begins_us(day(DAY));
    written_at(office, begins + 10 * HOUR_US).await;
    for at_us in [begins + 8 * HOUR_US, begins + 60 * HOUR_US] {
        office.hand.move_to(at_us);
        let size = office.log_size().await;
        let asked = office.desk.deciders.ask(question(&office.machine().who, ordered(1).to_string())).await;
        let (problem, words) = refusal(asked);
        assert_eq!(problem, Problem::Clock, "{words}");
        assert_eq!(office.log_size().await, size);
        assert!(office.tried(&ordered(1)).await["draw"].is_null(), "what needs no entry goes on");
    }
    office.hand.move_to(begins + 11 * HOUR_US);
    only(&office.decided(&[declaration(1)]).await);
}

#[tokio::test]
async fn the_law_of_the_day_decides_from_midnight_on_whatever_was_asked_before() {
    let world = world().await;
    let office = &world.office;
    let changed = replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")]);
    office.change_the_law(&changed, day(NEXT)).await;
    let rates = async |serial| {
        let decision = office.decided_one(&declaration(serial)).await;
        let tried = office.tried(&declaration(serial)).await;
        [decision, tried].map(|one| one["inspection"]["rate"].as_str().unwrap().to_owned())
    };
    office.hand.move_to(begins_us(day(NEXT)) - 1);
    assert_eq!(rates(1).await, ["0.0244", "0.0244"]);
    office.hand.move_to(begins_us(day(NEXT)));
    assert_eq!(rates(2).await, ["0.03", "0.03"]);
    // A clock that is set back brings the old law back.
    office.hand.move_to(begins_us(day(NEXT)) - 1);
    assert_eq!(rates(3).await, ["0.0244", "0.0244"]);
}

#[tokio::test]
async fn another_server_knows_the_day_of_the_draws_once_it_has_committed_to_it() {
    let world = world().await;
    let office = &world.office;
    let draws = office.desk.draws.clone();
    let other = Epochs::new(office.store.clone(), draws, office.clock.clone(), 7);
    assert_eq!((other.today(), other.drawing_now()), (day(DAY), None), "it has not looked yet");
    let size = office.log_size().await;
    assert_eq!(other.drawing().await.unwrap(), day(DAY));
    assert_eq!(office.log_size().await, size, "the other one has committed to that day before");
    let known = async |ahead: i32| {
        office.hand.move_to(begins_us(day(DAY).plus_days(ahead)));
        other.drawing_now()
    };
    for (ahead, is_known) in [(-1, false), (0, true), (7, true), (8, false)] {
        assert_eq!(known(ahead).await.is_some(), is_known, "{ahead} days ahead");
    }
    office.hand.move_to(begins_us(day(DAY)) + 10 * HOUR_US);
    // The log is ahead.
    written_at(office, begins_us(day(NEXT)) + 1).await;
    assert_eq!(other.today(), day(DAY));
    other.look().await.unwrap();
    assert_eq!((other.today(), other.drawing_now()), (day(NEXT), Some(day(NEXT))));
    // A later time that it hears of counts, an earlier one does not.
    let heard =
        |at: &str| StoreError::Time(TimeFault::AnotherDay { day: day(DAY), at_us: begins_us(day(at)) });
    other.hear(&heard("2025-09-06"));
    other.hear(&heard("2025-09-05"));
    assert_eq!(other.today(), day("2025-09-06"));
    other.hear(&StoreError::Taken);
    assert_eq!(other.today(), day("2025-09-06"));
}

#[tokio::test]
async fn a_server_that_keeps_up_commits_to_the_days_ahead_and_tells_the_keys_of_days_that_are_over() {
    let world = world().await;
    let office = &world.office;
    let logged = async |on: Day, kind: Kind| office.about(&on.to_string(), kind).await.len();
    let running = tokio::spawn(epochs::run(office.epochs.clone()));
    for days in 0..=8 {
        let today = day(DAY).plus_days(days);
        office.hand.move_to(begins_us(today) + 9 * HOUR_US);
        office.epochs.keep_up().await.unwrap();
        assert_eq!(logged(today.plus_days(7), Kind::Commitment).await, 1, "{today}");
        assert_eq!(logged(today.plus_days(8), Kind::Commitment).await, 0, "{today}");
        let told = today.plus_days(-7);
        assert_eq!(logged(told, Kind::Reveal).await, logged(told, Kind::Commitment).await, "{today}");
        assert_eq!(logged(told.plus_days(1), Kind::Reveal).await, 0, "{today}");
    }
    // By itself it does the same once a new day has come.
    let next = day(DAY).plus_days(9);
    office.hand.move_to(begins_us(next));
    let seen = async {
        while logged(next.plus_days(7), Kind::Commitment).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), seen)
        .await
        .expect("nothing is committed to by itself");
    running.abort();
}
