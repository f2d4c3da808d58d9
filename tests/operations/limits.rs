//! What nobody may take too much of: time, room, connections, turns.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::server::{Server, agent, send};
use crate::socket::Socket;
use crate::{Places, matter};

/// The head of a call to decide, up to the length of its body.
fn post_head(server: &Server) -> String {
    let token = server.token();
    format!(
        "POST /v1/decide HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: "
    )
}

#[test]
fn a_head_that_does_not_come_is_cut_off_with_408() {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--header-seconds", "1"]);
    let started = Instant::now();
    let mut slow = Socket::open(&server);
    slow.send("GET /healthz HTTP/1.1\r\nhost: a\r\nx-drip: ");
    let answer = slow.rest();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("urn:greenlane:problem:slow"), "{answer}");
    assert_eq!(Socket::open(&server).rest(), "", "who says nothing is owed no answer");
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn a_body_that_drips_is_refused_with_408_and_nothing_is_kept() {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--body-seconds", "1"]);
    let head = post_head(&server);
    let before = server.get("/v1/log/head").json()["size"].clone();
    let mut slow = Socket::open(&server);
    slow.send(&format!("{head}400\r\n\r\n{{"));
    let answer = slow.rest();
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("the body was not there in time"),
        "{answer}"
    );
    let after = server.get("/v1/log/head").json()["size"].as_u64();
    assert_eq!(after, before.as_u64().map(|size| size + 1), "the refusal, in the trail, and nothing else");
    assert!(server.get("/metrics").body.contains("greenlane_refused_total{reason=\"slow\"} 1"));
}

#[test]
fn a_body_larger_than_the_limit_is_refused_before_all_of_it_is_there() {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--body-limit", "1000"]);
    let mut large = Socket::open(&server);
    let head = format!("{}99999999\r\n\r\n", post_head(&server));
    large.send(&format!("{head}{}", "x".repeat(1001)));
    assert!(large.head().starts_with("HTTP/1.1 413 "), "refused when the limit is passed, not at the end");
    assert_eq!(server.decide(&matter("A"), &[]).status, 200);
}

#[test]
fn connections_beyond_the_limit_are_told_to_come_again() {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--connection-limit", "2"]);
    let mut held = [Socket::open(&server), Socket::open(&server)];
    for socket in &mut held {
        socket.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
        assert!(socket.head().starts_with("HTTP/1.1 200 "));
    }
    let answer = Socket::open(&server).rest();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1"), "{answer}");
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(30);
    while send(&agent(), &format!("{}/healthz", server.base), &[], None)
        .is_ok_and(|answer| answer.status == 503)
    {
        assert!(Instant::now() < deadline, "connections that ended make room");
        std::thread::yield_now();
    }
}

#[test]
fn a_caller_that_asks_too_often_gets_429_and_the_operator_does_not() {
    let places = Places::new();
    let limit = ["--machine-rate-limit", "1", "--rate-burst", "3"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &limit);
    let answers: Vec<_> = (0..6).map(|_| server.get("/v1/log/key")).collect();
    assert!(answers[..3].iter().all(|answer| answer.status == 200));
    let refused = answers.iter().find(|answer| answer.status == 429).expect("six requests within a second");
    assert_eq!(refused.json()["type"], "urn:greenlane:problem:rate");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!([server.get("/healthz").status, server.get("/metrics").status], [200, 200]);
}

#[test]
fn every_answer_has_the_headers_by_which_browsers_take_care() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    for answer in [server.get("/healthz"), server.get("/nothing"), server.decide("{", &[])] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("strict-transport-security"), None, "not without TLS");
    }
}

#[test]
fn an_answer_that_takes_too_long_is_given_up_and_the_same_key_gets_it_later() {
    let places = Places::new();
    let database = places.postgres();
    let server = Server::start_with(&database, &places.key_file(), &["--answer-seconds", "1"]);
    // A token is an entry of the log: made before somebody holds its end.
    server.token();
    let mut psql = Command::new("psql")
        .args(["-X", "-q", "-A", "-t", &database])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut orders = psql.stdin.take().unwrap();
    orders.write_all(b"BEGIN; SELECT 'held' FROM log_frontier FOR UPDATE;\n").unwrap();
    let mut line = String::new();
    BufReader::new(psql.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    let key = [("idempotency-key", "late")];
    let late = server.decide(&matter("A"), &key);
    assert_eq!((late.status, late.header("retry-after")), (503, Some("1")), "{}", late.body);
    assert_eq!(late.json()["type"], "urn:greenlane:problem:late");
    let dry = server.post("/v1/decide?dry_run=true", "application/json", &matter("B"), &[]);
    assert_eq!(dry.status, 200, "what keeps nothing goes on");
    drop(orders);
    psql.wait().unwrap();
    assert_eq!(server.decide(&matter("A"), &key).status, 200);
    let entries = server.get("/v1/matters/A/entries").json();
    assert_eq!(entries.as_array().unwrap().len(), 1, "kept once, whether by the first call or the second");
}
