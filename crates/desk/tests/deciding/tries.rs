//! Dry runs: in turns, behind everything that is kept, by one law each, and no more of them than there is room for.

use std::time::{Duration, Instant};

use futures_util::future::{Either, join_all, select};
use greenlane_desk::Problem;
use greenlane_desk::decisions::{Answer, DeskError, Format, Question};
use serde_json::json;

use super::asked::{
    decisions, declaration, dry, lines, numbered, ordered, refusal, shares, sources, wco, with,
};
use super::known::day;
use super::law::replaced;
use crate::office::Office;
use crate::world::{DAY, world};

/// So many matters, one a line.
fn many(from: u32, count: u32) -> String {
    lines(&(from..from + count).map(declaration).collect::<Vec<_>>())
}

async fn tried(office: &Office, text: String) -> Result<Answer, DeskError> {
    office.desk.deciders.ask(dry(&office.machine().who, text)).await
}

fn ids(answer: &Answer) -> Vec<String> {
    decisions(answer).iter().map(|one| one["matter_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_dry_run_in_turns_says_the_same_as_in_one() {
    let world = world().await;
    let office = &world.office;
    let mut text: Vec<String> = (1..=700).map(|serial| declaration(serial).to_string()).collect();
    // A blank line, and lines that are no matter, in several turns.
    text.insert(2, "{".to_owned());
    text.insert(6, String::new());
    text.insert(7, "{".to_owned());
    text.insert(301, r#"{"matter":"nonsense"}"#.to_owned());
    text.push("last".to_owned());
    let expected: Vec<String> = (1..=700).map(numbered).collect();
    for end in ["", "\n"] {
        let asked = Question { sources: true, ..dry(&office.machine().who, text.join("\n") + end) };
        let answer = office.desk.deciders.ask(asked).await.unwrap();
        assert_eq!(ids(&answer), expected, "in the order of the lines");
        let places: Vec<String> = answer.rejects.iter().map(|reject| reject.position.to_string()).collect();
        assert_eq!(places, ["line 3", "line 8", "line 302", "line 705"], "by the lines of the whole text");
        let of = sources(&answer);
        assert_eq!(of.len(), 700);
        assert!(of.iter().all(|one| one["customs"].as_array().unwrap().contains(&json!("lane"))));
    }
    for (count, lines) in
        [(0, String::new()), (4, many(1, 4)), (5, many(1, 5)), (12, many(1, 12)), (13, many(1, 13))]
    {
        assert_eq!(tried(office, lines).await.unwrap().decisions.len(), count);
    }
}

#[tokio::test]
async fn a_dry_run_has_as_many_matters_as_the_server_permits_and_no_more() {
    let world = world().await;
    let office = &world.office;
    let xml = || Question { format: Format::Xml, ..dry(&office.machine().who, wco("X-1", 3)) };
    let limited = |most: usize| {
        office.others(|setting| {
            setting.shares = shares(&[("dry_run_limit", &most.to_string())]);
        })
    };
    let answer = limited(100).ask(xml()).await.unwrap();
    let rows = answer.decisions.len() + answer.rejects.len();
    assert!(rows > 2, "{rows}");
    assert!(limited(rows + 1).ask(xml()).await.is_ok());
    assert!(limited(rows).ask(xml()).await.is_ok());
    let (problem, words) = refusal(limited(rows - 1).ask(xml()).await);
    let expected = format!("{rows} matters in one call, at most {} are allowed", rows - 1);
    assert_eq!((problem, words), (Problem::TooMany, expected));
}

#[tokio::test]
async fn a_short_dry_run_does_not_wait_for_a_long_one_which_gives_way_at_each_of_its_turns() {
    let world = world().await;
    let office = &world.office;
    tried(office, many(1, 1)).await.unwrap();
    // Something goes before that is not over soon.
    let prior = office.desk.shares.priority.begin();
    let start = Instant::now();
    let long = Box::pin(tried(office, many(1, 1_500)));
    let short = Box::pin(tried(office, many(5_000, 1)));
    let Either::Right((short, long)) = select(long, short).await else { panic!("the long one came first") };
    assert_eq!(ids(&short.unwrap()), [numbered(5_000)]);
    assert_eq!(long.await.unwrap().decisions.len(), 1_500);
    // 4 + 8 + … matters, so at least eight turns, of which each waited for 20 ms.
    assert!(start.elapsed() >= Duration::from_millis(8 * 20), "{:?}", start.elapsed());
    drop(prior);
}

#[tokio::test]
async fn a_dry_run_that_comes_after_a_change_of_the_law_is_tried_by_the_new_one() {
    let world = world().await;
    let office = &world.office;
    let changed = replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")]);
    let prior = office.desk.shares.priority.begin();
    let long = async {
        let answer = tried(office, many(1, 600)).await.unwrap();
        decisions(&answer).into_iter().map(|one| one["inspection"]["rate"].clone()).collect::<Vec<_>>()
    };
    let later = async {
        office.change_the_law(&changed, day(DAY)).await;
        let answer = tried(office, many(5_000, 1)).await.unwrap();
        decisions(&answer)[0]["inspection"]["rate"].clone()
    };
    let (long, later) = futures_util::future::join(long, later).await;
    assert_eq!(later, "0.03");
    long.windows(2).for_each(|pair| assert_eq!(pair[0], pair[1], "no call is tried by two laws"));
    assert_eq!(long.len(), 600);
    drop(prior);
    let kept = office.decided_one(&declaration(9)).await;
    assert_eq!(kept["inspection"]["rate"], "0.03");
}

#[tokio::test]
async fn so_many_dry_runs_are_under_way_others_wait_and_more_are_refused() {
    let world = world().await;
    let office = &world.office;
    let deciders = &office.desk.deciders;
    assert_eq!(deciders.waiting(), (0, 0));
    tried(office, many(1, 1)).await.unwrap();
    let prior = office.desk.shares.priority.begin();
    // Each of 64 waits for 20 ms at each of its turns: none of them ends for a second.
    let mut under_way = Box::pin(join_all((0..64).map(|_| tried(office, many(1, 300)))));
    let start = Instant::now();
    loop {
        assert!(futures_util::poll!(&mut under_way).is_pending());
        if deciders.waiting() == (0, 0) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", deciders.waiting());
        tokio::task::yield_now().await;
    }
    let mut waiting = Box::pin(join_all((0..512).map(|_| tried(office, many(1, 1)))));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert_eq!(deciders.waiting(), (512, 0));
    let (problem, words) = refusal(tried(office, many(1, 1)).await);
    assert_eq!(
        (problem, words.as_str()),
        (Problem::Busy, "too many calls are waiting: try again in a second")
    );
    // What is kept has queues of its own.
    assert_eq!(office.decided(&[ordered(1)]).await.decisions.len(), 1);
    drop(prior);
    assert!(under_way.await.into_iter().all(|answer| answer.unwrap().decisions.len() == 300));
    assert!(waiting.await.into_iter().all(|answer| answer.unwrap().decisions.len() == 1));
    assert_eq!(deciders.waiting(), (0, 0));
}

#[tokio::test]
async fn a_dry_run_of_somebody_who_has_gone_is_given_up_and_the_next_one_goes_on() {
    let world = world().await;
    let office = &world.office;
    let prior = office.desk.shares.priority.begin();
    let mut gone = Box::pin(tried(office, many(1, 2_000)));
    assert!(futures_util::poll!(&mut gone).is_pending());
    drop(gone);
    drop(prior);
    assert_eq!(ids(&tried(office, many(7, 1)).await.unwrap()), [numbered(7)]);
    // One that is refused does not keep others from theirs.
    let elsewhere = with(declaration(1), json!({ "office": "5301" })).to_string();
    assert_eq!(refusal(tried(office, elsewhere).await).0, Problem::Forbidden);
    assert_eq!(ids(&tried(office, many(8, 1)).await.unwrap()), [numbered(8)]);
}

#[tokio::test]
async fn a_desk_that_closes_answers_what_was_asked() {
    let world = world().await;
    let office = world.office;
    let (deciders, caller) = (office.desk.deciders.clone(), office.machine().who);
    let other = deciders.clone();
    let prior = office.desk.shares.priority.begin();
    let asked = tokio::spawn(async move { deciders.ask(dry(&caller, many(1, 200))).await });
    tokio::task::yield_now().await;
    drop(other);
    office.close().await;
    assert!(asked.is_finished(), "it closed before the answer was given");
    assert_eq!(asked.await.unwrap().unwrap().decisions.len(), 200);
    drop(prior);
}
