//! Whoever has the database in hand, or even the keys, cannot change what was decided unseen: on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/days.rs"]
mod days;
#[path = "support/server.rs"]
mod server;
mod support;

use std::path::Path;

use days::{append, append_at, commitment, own, reveal, reveal_tomorrow, today, tomorrow_us};
use greenlane_desk::keys::Keys;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_selection::{Algorithm, Epoch, MasterKey, OfficerDrawer, OfficerPick};
use greenlane_store::{Addition, DecisionRecord, Entry, Kind, RequestKey, Store};
use serde_json::{Value, json};
use server::Server;
use support::now_us;
use support::places::Places;
use support::{greenlane, sql, stdout};

fn matter(id: &str) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": "2024-02-29", "office": "3101", "lane": "ordinary",
        "consignee_consignor_level": "advanced", "consignee_consignor_findings_1y": 0,
        "declarant_level": "regular", "end_user_level": "regular", "mandatory_inspection": false,
    })
}

/// A log that a server wrote, and the public key by which it is checked.
#[derive(Clone)]
struct Log {
    database: String,
    log_key: String,
    /// Entry of the matter M0; M1 … M99 follow.
    first: u64,
}

impl Log {
    /// A server that has decided a hundred matters, between its commitment to the key of today and the reveal.
    fn written(database: &str, key_file: &Path) -> Log {
        let server = Server::start(database, key_file);
        let log_key = server.log_key.clone();
        let matters: Vec<Value> = (0..100).map(|at| matter(&format!("M{at}"))).collect();
        let answer = server.decide(&json!(matters).to_string(), &[]);
        let first = answer.json()["answers"][0]["entry"].as_u64().unwrap();
        assert_eq!(server.get("/v1/log/head").status, 200, "a head is signed and given away");
        assert_eq!(server.terminate(), Some(0));
        reveal_tomorrow(database, key_file);
        Log { database: database.to_owned(), log_key, first }
    }

    /// What `greenlane audit log` says; it must end with that exit code.
    fn audit(&self, code: i32) -> String {
        let run = greenlane(&["audit", "log", "--database", &self.database, "--log-key", &self.log_key]);
        stdout(&run, code)
    }
}

/// The statement that changes one bit of a decision such that it reads as another decision.
fn changed(
    database: &str,
    entry: u64,
    is_other: impl Fn(&DecisionRecord, &DecisionRecord) -> bool,
) -> String {
    let pack = Pack::load(&PackFiles::embedded()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kept = runtime.block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        store.entries(entry, 1).await.unwrap().remove(0).1
    });
    let read = |body: &[u8]| DecisionRecord::decode(body, &kept.subject, &pack);
    let before = read(&kept.body).unwrap();
    let with_bit = |bit: usize| {
        let mut body = kept.body.clone();
        body[bit / 8] ^= 1 << (bit % 8);
        body
    };
    let mut bodies = (0..kept.body.len() * 8).map(with_bit);
    let other = bodies.find(|body| read(body).is_some_and(|after| is_other(&before, &after))).unwrap();
    let bytes = hex::encode(other);
    let literal =
        if database.starts_with("sqlite") { format!("x'{bytes}'") } else { format!("'\\x{bytes}'") };
    format!("UPDATE log SET body = {literal} WHERE seq = {entry}")
}

#[test]
fn what_nobody_touched_is_sound_and_every_draw_is_that_of_the_revealed_key() {
    let places = Places::new();
    for database in places.databases() {
        let said = Log::written(&database, &places.key_file()).audit(0);
        assert!(said.contains("draws made again 200   key not revealed yet 0"), "{said}");
        assert!(said.contains("entries; faults 0"), "{said}");
    }
}

#[test]
fn eleven_ways_to_tamper_with_a_database_are_found_and_the_row_is_named() {
    let places = Places::new();
    for database in places.databases() {
        let log = Log::written(&database, &places.key_file());
        assert!(log.audit(0).contains("faults 0"));
        let (one, next) = (log.first + 17, log.first + 18);
        let not_as_it_was = format!("entry {one} (M17) is not what it was");
        let of = |is_other: fn(&DecisionRecord, &DecisionRecord) -> bool| changed(&database, one, is_other);
        let ways = [
            ("a changed fact", of(facts_only), not_as_it_was.clone()),
            ("a changed verdict", of(|one, other| one.verdicts != other.verdicts), not_as_it_was.clone()),
            ("a changed rate or draw", of(|one, other| one.inspection != other.inspection), not_as_it_was.clone()),
            ("another time", format!("UPDATE log SET at_us = at_us + 1 WHERE seq = {one}"), not_as_it_was.clone()),
            (
                "another matter",
                format!("UPDATE log SET subject = 'M99' WHERE seq = {one}"),
                format!("entry {one} (M99) is not what it was"),
            ),
            ("another kind", format!("UPDATE log SET kind = 5 WHERE seq = {one}"), not_as_it_was),
            ("a removed row", format!("DELETE FROM log WHERE seq = {one}"), format!("entry {one} is missing")),
            (
                "swapped rows",
                format!(
                    "UPDATE log SET seq = -1 WHERE seq = {one}; UPDATE log SET seq = {one} WHERE seq = {next}; \
                     UPDATE log SET seq = {next} WHERE seq = -1"
                ),
                format!("entry {next} (M17) is not what it was"),
            ),
            (
                "an added row",
                "INSERT INTO log (seq, mark, kind, at_us, subject, body) \
                 SELECT (SELECT max(seq) FROM log) + 1, mark, kind, at_us, subject, body FROM log WHERE subject = 'M17'"
                    .to_owned(),
                "stands after the end of the log".to_owned(),
            ),
            (
                "a forged tree head",
                "UPDATE log_head SET at_us = at_us + 1".to_owned(),
                "is not signed by this log's key".to_owned(),
            ),
            (
                "a log cut short",
                format!("DELETE FROM log WHERE seq > {one}"),
                format!("entry {next} is missing"),
            ),
        ];
        for (way, statement, expected) in ways {
            let copy = copy(&places, &database);
            sql::run(&copy, &statement);
            let said = Log { database: copy, ..log.clone() }.audit(1);
            assert!(said.contains(&expected), "{database}: {way}: expected `{expected}`\n{said}");
        }
    }
}

fn facts_only(one: &DecisionRecord, other: &DecisionRecord) -> bool {
    one.facts != other.facts && *one == DecisionRecord { facts: one.facts.clone(), ..other.clone() }
}

/// A copy of a database, for one way to tamper with it.
fn copy(places: &Places, database: &str) -> String {
    match database.strip_prefix("sqlite:") {
        Some(path) => {
            let copy = places.sqlite();
            std::fs::copy(path, copy.trim_start_matches("sqlite:")).unwrap();
            copy
        }
        None => {
            let (of, copy) = (name(database), places.postgres());
            let made = name(&copy);
            places.postgresql().run(&format!("DROP DATABASE {made}; CREATE DATABASE {made} TEMPLATE {of}"));
            copy
        }
    }
}

/// Name of a database in its URL.
fn name(url: &str) -> &str {
    url.split("localhost/").nth(1).and_then(|rest| rest.split('?').next()).unwrap()
}

#[test]
fn draws_with_another_key_are_named_even_if_the_log_itself_was_written_with_its_true_key() {
    let places = Places::new();
    let other = MasterKey::new([9; 32]);
    for database in places.databases() {
        let key_file = places.key_file();
        let other = |epoch| other.epoch_key(Algorithm::HmacSha256, epoch);
        committed_as_if_by_the_server(&database, commitment(days::epoch(), &other(days::epoch())));
        let server = Server::start(&database, &key_file);
        let entry = server.decide(&matter("M0").to_string(), &[]).json()["entry"].as_u64().unwrap();
        let log = Log { log_key: server.log_key.clone(), database: database.clone(), first: entry };
        assert_eq!(server.terminate(), Some(0));
        append_at(&database, &key_file, tomorrow_us(), |_, epoch| vec![reveal(epoch, &other(epoch))]);
        let said = log.audit(1);
        for stage in ["inspection", "sampling"] {
            assert!(said.contains(&format!("entry {entry}: the {stage} draw of matter `M0` is ")), "{said}");
        }
        assert!(said.contains("entries; faults 2"), "nothing else is wrong: {said}");

        // A second key for the same day: neither it nor its commitment is taken.
        let third = MasterKey::new([10; 32]);
        let third = |epoch| third.epoch_key(Algorithm::HmacSha256, epoch);
        let size = append_at(&database, &key_file, tomorrow_us(), |_, epoch| {
            vec![commitment(epoch, &third(epoch)), reveal(epoch, &third(epoch))]
        });
        let (said, day) = (log.audit(1), today());
        assert!(said.contains(&format!("entry {size}: a second commitment for {day}")), "{said}");
        assert!(
            said.contains(&format!("entry {}: the key revealed for {day} has commitment", size + 1)),
            "{said}"
        );
    }
}

/// The commitment of today, which the server then takes for its own.
fn committed_as_if_by_the_server(database: &str, entry: Entry) {
    let key = format!("commitment {}", today());
    let request = Some(RequestKey { caller: "greenlane".to_owned(), key, fingerprint: [0; 32] });
    let addition = Addition { entries: vec![entry], request, ..Addition::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(database, 2).await.unwrap();
        store.append(&[addition], now_us()).await.unwrap();
        store.close().await;
    });
}

/// An entry about a task for which an officer was drawn, as the server writes it.
fn drawn(epoch: Epoch, pick: &OfficerPick) -> Entry {
    let draw =
        json!({ "epoch": epoch, "algorithm": "hmac-sha256", "basis": "pack", "except": [], "pick": pick });
    let body = json!({
        "task": 1, "matter": "task/port_inspection/M1", "follows": "M1", "move": "draw", "from": "waiting",
        "to": "waiting", "measure": "11", "visit": null, "person": "sun", "ground": "双随机", "draw": draw,
    });
    let (subject, body) = ("task/1".to_owned(), body.to_string().into_bytes());
    Entry { kind: Kind::Casework, at_us: now_us(), subject, body }
}

#[test]
fn an_officer_who_was_not_drawn_by_the_key_of_the_day_is_named() {
    let places = Places::new();
    let (database, key_file) = (places.sqlite(), places.key_file());
    let server = Server::start(&database, &key_file);
    let picked = |keys: &Keys, epoch| {
        let drawer = OfficerDrawer::new(&own(epoch, keys), "pack");
        drawer.pick("task/port_inspection/M1", &["an", "bo", "cai"]).unwrap()
    };
    append(&database, &key_file, |keys, epoch| drawn(epoch, &picked(keys, epoch)));
    let size = server.get("/v1/log/head").json()["size"].as_u64().unwrap();
    append(&database, &key_file, |keys, epoch| {
        let pick = picked(keys, epoch);
        let other = pick.candidates.iter().find(|one| one.officer != pick.chosen).unwrap().officer.clone();
        drawn(epoch, &OfficerPick { chosen: other, ..pick })
    });
    let log_key = server.log_key.clone();
    assert_eq!(server.terminate(), Some(0));
    reveal_tomorrow(&database, &key_file);
    let said = Log { database, log_key, first: 0 }.audit(1);
    assert!(said.contains(&format!("entry {size}: ")) && said.contains("task/port_inspection/M1"), "{said}");
    assert!(said.contains("entries; faults 1"), "{said}");
}
