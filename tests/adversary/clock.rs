//! Clocks that jump, and what that must not publish.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use greenlane_store::{Entry, Kind, Store};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::time::{begins_us, day_of};
use serde_json::{Value, json};

use crate::days::today;
use crate::faketime::{Clock, server_at, until};
use crate::server::{Response, Server, token};
use crate::support::places::Places;
use crate::support::{greenlane, stdout};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn matter(id: &str) -> String {
    json!({ "matter_id": id, "matter": "import_declaration", "office": "3101", "lane": "elevated",
            "mandatory_inspection": false })
    .to_string()
}

/// A database with an account, made by the real clock, and a clock for a server on it.
struct Story {
    database: String,
    key_file: PathBuf,
    token: String,
    clock: Clock,
}

impl Story {
    fn on(places: &Places, database: String) -> Option<Story> {
        let clock = Clock::new(places.folder.path(), &format!("clock-{}", database.len()))?;
        let token = token(&database, "tests", &["--machine", "--role", "machine", "--office", "*"]);
        Some(Story { database, key_file: places.key_file(), token, clock })
    }

    fn server(&self) -> Server {
        self.clock.server(&self.database, &self.key_file, &[])
    }

    fn decide(&self, server: &Server, id: &str) -> Response {
        server.call("POST", "/v1/decide", &self.token, Some(&matter(id)))
    }

    /// A decision that is kept; the day whose key drew it.
    fn kept(&self, server: &Server, id: &str) -> String {
        let answer = self.decide(server, id);
        assert_eq!(answer.status, 200, "{id}: {}", answer.body);
        answer.json()["decision"]["draw"]["epoch"].as_str().unwrap().to_owned()
    }

    /// Nothing can be kept, which the caller and whoever watches is told; what needs no entry goes on.
    fn refused(&self, server: &Server, id: &str) {
        let size = self.entries().len();
        let answer = self.decide(server, id);
        assert_eq!(
            (answer.status, &answer.json()["type"]),
            (503, &json!("urn:greenlane:problem:clock")),
            "{id}"
        );
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("greenlane clock confirm") && detail.contains("时钟"), "{detail}");
        let ready = server.call("GET", "/readyz", "", None);
        assert!(ready.status == 503 && ready.body.contains("clock"), "{id}: {}", ready.body);
        assert_eq!(server.call("GET", "/healthz", "", None).status, 200);
        let tried = server.call("POST", "/v1/decide?dry_run=true", &self.token, Some(&matter(id)));
        assert_eq!(tried.status, 200, "{}", tried.body);
        assert_eq!(self.entries().len(), size, "{id}: nothing was added");
    }

    /// `greenlane clock …` under the same clock; its exit code.
    fn say(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
        command.arg("clock").args(arguments).args(["--database", &self.database]).env("LANG", "C");
        self.clock.drive(&mut command);
        let run = command.output().unwrap();
        (run.status.code(), String::from_utf8(run.stdout).unwrap())
    }

    fn confirm(&self) {
        assert_eq!(self.say(&["show"]).0, Some(1));
        assert_eq!(self.say(&["confirm", "--person", "Li Wei"]).0, Some(0));
        assert_eq!(self.say(&["show"]).0, Some(0));
        let entries = self.entries();
        let (_, last) = entries.iter().rev().find(|(_, entry)| entry.kind == Kind::Audit).unwrap();
        let said: Value = serde_json::from_slice(&last.body).unwrap();
        assert_eq!((&said["did"], &said["person"]), (&json!("confirm_clock"), &json!("Li Wei")), "{said}");
    }

    fn entries(&self) -> Vec<(EntryNumber, Entry)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&self.database, 2).await.unwrap();
            let entries = store.entries(0, 100_000).await.unwrap();
            store.close().await;
            entries
        })
    }

    fn is_revealed(&self, server: &Server, day: Day) -> bool {
        let answer = server.call("GET", &format!("/v1/draws/{day}"), &self.token, None);
        answer.status == 200 && !answer.json()["key"].is_null()
    }

    /// Times never run backwards, decisions stand on the day of their key, and `audit` and `replay` agree.
    fn is_sound(&self, log_key: &str) {
        let entries = self.entries();
        assert!(entries.is_sorted_by_key(|(_, entry)| entry.at_us));
        let audit = greenlane(&["audit", "log", "--database", &self.database, "--log-key", log_key]);
        assert!(stdout(&audit, 0).contains("faults 0"));
        let key_file = self.key_file.display().to_string();
        let replay = greenlane(&["replay", "--database", &self.database, "--key-file", &key_file]);
        assert!(stdout(&replay, 0).contains("differences 0"));
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Finding 8: a clock that jumped ahead published the keys of days to come.
#[test]
fn a_clock_that_jumps_ahead_or_back_by_an_hour_a_day_a_month_publishes_nothing() {
    let places = Places::new();
    for database in places.databases() {
        let Some(story) = Story::on(&places, database) else { return };
        let server = story.server();
        let log_key = server.log_key.clone();
        let first = today();
        assert_eq!(story.kept(&server, "now"), first.to_string());
        story.clock.set(-60);
        story.kept(&server, "a minute back");
        for (name, seconds) in [("an hour back", -HOUR), ("a day back", -DAY), ("a month back", -30 * DAY)] {
            story.clock.set(seconds);
            story.refused(&server, name);
        }
        for (name, seconds) in [("a month ahead", 30 * DAY), ("two months ahead", 60 * DAY)] {
            story.clock.set(seconds);
            story.refused(&server, name);
        }
        // A server that is started then does not publish anything either.
        story.clock.set(30 * DAY);
        assert_eq!(server.terminate(), Some(0));
        let server = story.server();
        story.refused(&server, "started a month ahead");
        assert!((-400..400).all(|ahead| !story.entries().iter().any(|(_, entry)| {
            entry.kind == Kind::Reveal && entry.subject == first.plus_days(ahead).to_string()
        })));
        // The clock is set right: it goes on at once.
        story.clock.set(HOUR);
        story.kept(&server, "an hour ahead");
        story.clock.set(DAY + HOUR);
        assert_eq!(
            story.kept(&server, "a day ahead"),
            day_of(crate::support::now_us() + (DAY + HOUR) * 1_000_000).to_string()
        );
        // That was wrong: whoever sets the clock right says so, and time stands still until it has caught up.
        story.clock.set(0);
        story.refused(&server, "right again");
        story.confirm();
        let last = story.entries().last().unwrap().1.at_us;
        assert_eq!(story.kept(&server, "confirmed"), day_of(last).to_string());
        assert_eq!(story.entries().last().unwrap().1.at_us, last, "time stands still");
        assert!(!story.is_revealed(&server, first));
        assert_eq!(server.terminate(), Some(0));
        story.is_sound(&log_key);
    }
}

/// A server that stood still for ten days, or whose clock says so: the keys that are due are told when somebody has said which.
#[test]
fn around_a_reveal_no_clock_brings_a_decision_behind_its_key() {
    let places = Places::new();
    for database in places.databases() {
        let Some(story) = Story::on(&places, database) else { return };
        let server = story.server();
        let log_key = server.log_key.clone();
        let first: Day = Day::parse(&story.kept(&server, "first")).unwrap();
        story.clock.set(10 * DAY);
        story.refused(&server, "ten days later");
        assert!(
            !story.is_revealed(&server, first),
            "nothing is told before somebody has said that it is so late"
        );
        story.confirm();
        let later = story.kept(&server, "after ten days");
        assert_eq!(later, day_of(crate::support::now_us() + 10 * DAY * 1_000_000).to_string());
        wait_until("the key of the first day is told", || story.is_revealed(&server, first));
        // It was not true. The first day's key is known now: nothing is drawn with it any more, whatever the clock says.
        for (name, seconds) in
            [("back by ten days", 0), ("back by nine", DAY), ("back by an hour", 10 * DAY - HOUR)]
        {
            story.clock.set(seconds);
            story.refused(&server, name);
        }
        story.clock.set(0);
        story.confirm();
        for id in ["confirmed", "and again"] {
            assert_eq!(story.kept(&server, id), later, "drawn with the key of the log's day");
        }
        assert_eq!(server.terminate(), Some(0));
        // Nor by a server that is started then.
        let server = story.server();
        assert_eq!(story.kept(&server, "started anew"), later);
        assert_eq!(server.terminate(), Some(0));
        story.is_sound(&log_key);
    }
}

/// One is before midnight when the other is past it: every decision stands on the day of its key, and none is refused.
#[test]
fn two_servers_whose_clocks_differ_by_a_minute_decide_through_midnight() {
    let places = Places::new();
    let database = places.postgres();
    let Some(story) = Story::on(&places, database.clone()) else { return };
    let Some(ahead) = Clock::new(places.folder.path(), "ahead") else { return };
    let midnight = begins_us(today().plus_days(1));
    let set = |before: i64| {
        let seconds = until(midnight) - before;
        story.clock.set(seconds);
        ahead.set(seconds + 60);
    };
    set(600);
    let (one, two) = (story.server(), ahead.server(&database, &story.key_file, &[]));
    let mut epochs = Vec::new();
    for (round, before) in [120, 90, 50, 40, 30, 20, 10, 0, -10].into_iter().enumerate() {
        set(before);
        for turn in 0..10 {
            let server = if turn % 2 == 0 { &one } else { &two };
            epochs.push(story.kept(server, &format!("R{round}-{turn}")));
        }
    }
    assert_eq!((one.terminate(), two.terminate()), (Some(0), Some(0)));
    // At once: each waits for its turn at the log.
    let seconds = until(midnight) - 35;
    let [one, two] = [seconds, seconds + 60].map(|at| server_at(at, &database, &story.key_file));
    std::thread::scope(|scope| {
        for (name, server) in [("one", &one), ("two", &two), ("also one", &one)] {
            let story = &story;
            scope.spawn(move || (0..50).for_each(|at| drop(story.kept(server, &format!("{name}-{at}")))));
        }
    });
    epochs.dedup();
    let days = [day_of(midnight - 1), day_of(midnight)].map(|day| day.to_string());
    assert_eq!(epochs, days, "the log's day changes once");
    let log_key = one.log_key.clone();
    assert_eq!((one.terminate(), two.terminate()), (Some(0), Some(0)));
    story.is_sound(&log_key);
}
