//! Checking a pack: linear, one at a time per account, given up with its caller, and done once for all who ask.

use std::time::{Duration, Instant};

use greenlane_engine::Engine;
use greenlane_engine::cases::{run_cases, run_cases_while};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use serde_json::json;

use super::assert_too_much;
use super::socket::Socket;
use crate::server::Server;
use crate::support::places::Places;

const EDITOR: [&str; 2] = ["--role", "policy_editor"];

/// The built-in pack with so many more measures, each a copy of one that has cases.
fn grown(copies: usize) -> PackFiles {
    let files = PackFiles::embedded();
    let mut all: Vec<(String, String)> =
        files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let (_, model) =
        all.iter().find(|(path, _)| path == "measures/09-clean-year.toml").expect("measure 9").clone();
    for copy in 0..copies {
        let text = model.replacen("id = \"9\"", &format!("id = \"9-copy-{copy}\""), 1);
        assert_ne!(text, model, "the measure says its id");
        all.push((format!("measures/9-copy-{copy}.toml"), text));
    }
    PackFiles::new(all)
}

fn check(files: &PackFiles) -> (Duration, usize) {
    let started = Instant::now();
    let pack = Pack::load(files).unwrap_or_else(|problems| panic!("{}", problems.lines()));
    let results = run_cases(&Engine::new(pack));
    assert!(results.iter().all(greenlane_engine::cases::CaseResult::passed));
    (started.elapsed(), results.len())
}

#[test]
fn twice_as_many_measures_take_about_twice_as_long_to_check() {
    let least = |copies: usize| {
        let files = grown(copies);
        let (took, cases) = (0..3).map(|_| check(&files)).min().unwrap();
        println!("{copies} more measures, {cases} cases: {took:?}");
        took
    };
    let (few, many) = (least(100), least(400));
    assert!(many < few * 8, "four times as many measures took {many:?} after {few:?}");
}

#[test]
fn a_check_is_given_up_between_measures_and_between_cases() {
    let files = grown(20);
    let asked = std::cell::Cell::new(0);
    let goes_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 5
    };
    assert!(Pack::load_while(&files, &goes_on).is_err());
    assert_eq!(asked.get(), 5, "no measure is read after that");
    let engine = Engine::new(Pack::load(&files).unwrap());
    assert!(run_cases_while(&engine, &|| false).is_none());
}

/// The body of an upload of a whole pack.
fn body(files: &PackFiles) -> String {
    let files: serde_json::Map<String, serde_json::Value> =
        files.iter().map(|(path, text)| (path.to_owned(), text.into())).collect();
    json!({ "files": files }).to_string()
}

#[test]
fn an_account_has_one_pack_checked_at_a_time_and_others_do_not_wait_for_all_of_its() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let [greedy, modest] = ["li", "wang"].map(|login| server.token_of(login, &EDITOR));
    let large = body(&grown(800));
    let (answers, other) = std::thread::scope(|scope| {
        let call = || server.call("POST", "/v1/packs", &greedy, Some(&large));
        let calls: Vec<_> = (0..16).map(|_| scope.spawn(call)).collect();
        let other = scope.spawn(|| server.call("POST", "/v1/packs", &modest, Some(&body(&grown(1)))));
        let answers: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
        (answers, other.join().unwrap())
    });
    assert_eq!(other.status, 201, "another account has its own place: {}", other.body);
    let refused = answers.iter().find(|answer| answer.status == 429).expect("sixteen large packs at once");
    assert_too_much(refused, ["has a pack checked already", "您已有规则包正在检查"]);
    assert!(answers.iter().any(|answer| answer.status == 201));
}

#[test]
fn a_caller_that_hangs_up_gives_its_place_back() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let editor = server.token_of("li", &EDITOR);
    let large = body(&grown(800));
    let mut gone: Vec<Socket> = (0..3).map(|_| Socket::open(&server)).collect();
    for socket in &mut gone {
        socket.send(&format!(
            "POST /v1/packs HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {editor}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{large}",
            large.len()
        ));
    }
    drop(gone);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = server.call("POST", "/v1/packs", &editor, Some(&body(&grown(1))));
        if answer.status != 429 {
            assert_eq!(answer.status, 201, "{}", answer.body);
            break;
        }
        assert!(Instant::now() < deadline, "the places were not given back");
    }
}

#[test]
fn a_pack_beyond_measure_is_refused_before_it_is_checked() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let editor = server.token_of("li", &EDITOR);
    let started = Instant::now();
    let refused = server.call("POST", "/v1/packs", &editor, Some(&body(&grown(1_000))));
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("measures, at most 1000 are allowed"), "{}", refused.body);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn whoever_reads_a_pack_has_its_cases_run_once_for_all() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let editor = server.token_of("li", &EDITOR);
    // A draft is read by those who change or audit the law.
    let auditor = server.token_of("auditor", &["--role", "auditor"]);
    let uploaded = server.call("POST", "/v1/packs", &editor, Some(&body(&grown(300))));
    assert_eq!(uploaded.status, 201, "{}", uploaded.body);
    let number = uploaded.json()["number"].clone();
    let read = || {
        let started = Instant::now();
        let answer = server.call("GET", &format!("/v1/packs/{number}"), &auditor, None);
        assert_eq!(answer.status, 200, "{}", answer.body);
        (started.elapsed(), answer.json()["cases"]["passed"].clone())
    };
    let (first, passed) = read();
    let again: Vec<_> = (0..5).map(|_| read()).collect();
    let least = again.iter().map(|(took, _)| *took).min().unwrap();
    assert!(again.iter().all(|(_, same)| *same == passed));
    println!("first {first:?}, then {least:?}");
    assert!(least < Duration::from_millis(100), "the cases were run again: {least:?}");
}
