//! Calls that take more than their share of the server, and refusals that must not be lost or tell too much.

mod database;
mod fairness;
mod packs;
mod refusals;
mod secrecy;
#[path = "../operations/socket.rs"]
mod socket;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Response, Server, agent, request};
use crate::support::places::Places;
use socket::Socket;

const OWN: &str = "3101910012";
const BROKER: [&str; 5] = ["--machine", "--role", "enterprise", "--enterprise", OWN];

/// A matter of the enterprise.
fn matter(id: &str) -> Value {
    json!({ "matter_id": id, "matter": "import_declaration", "decided_on": "2024-08-30", "office": "5301",
            "consignee_consignor_id": OWN })
}

/// So many matters, one a line.
fn lines(name: &str, count: usize) -> String {
    (0..count).map(|at| format!("{}\n", matter(&format!("{name}-{at}")))).collect()
}

/// A call with the token of an account, with a body of lines.
fn try_lines(server: &Server, token: &str, lines: &str) -> Response {
    let bearer = format!("Bearer {token}");
    let headers = [("content-type", "application/x-ndjson"), ("authorization", bearer.as_str())];
    let url = format!("{}/v1/decide?dry_run=true", server.base);
    request(&agent(), "POST", &url, &headers, Some(lines)).unwrap()
}

/// That an answer says: too much, and when to try again; in both languages.
fn assert_too_much(answer: &Response, words: [&str; 2]) {
    assert_eq!(answer.status, 429, "{}", answer.body);
    let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(after > 0);
    let problem = answer.json();
    assert_eq!(problem["type"], "urn:greenlane:problem:rate");
    for words in words {
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}

/// Opens a stream of events and reads the head of its answer.
fn stream(server: &Server, token: &str) -> (Socket, String) {
    let mut socket = Socket::open(server);
    socket
        .send(&format!("GET /v1/queues/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n"));
    let head = socket.head();
    (socket, head)
}

#[test]
fn an_account_has_so_many_streams_of_events_and_leaves_the_others_theirs() {
    let places = Places::new();
    let limits = ["--connection-limit", "40"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &limits);
    let [greedy, modest] =
        ["greedy", "modest"].map(|login| server.token_of(login, &["--role", "officer", "--office", "5301"]));
    let mut open: Vec<_> = (0..8).map(|_| stream(&server, &greedy)).collect();
    assert!(open.iter().all(|(_, head)| head.starts_with("HTTP/1.1 200 ")), "{}", open[0].1);
    let refused = server.call("GET", "/v1/queues/events", &greedy, None);
    assert_too_much(&refused, ["reads too many streams", "该账户同时打开的事件流过多"]);
    let (_other, head) = stream(&server, &modest);
    assert!(head.starts_with("HTTP/1.1 200 "), "another account: {head}");
    open.pop();
    let deadline = Instant::now() + Duration::from_secs(30);
    // A stream that was closed makes room as soon as the server has noticed.
    while !stream(&server, &greedy).1.starts_with("HTTP/1.1 200 ") {
        assert!(Instant::now() < deadline);
    }
}

#[test]
fn all_streams_together_leave_half_of_the_connections_to_others() {
    let places = Places::new();
    let limits = ["--connection-limit", "12", "--streams-each", "100"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &limits);
    let token = server.token_of("greedy", &["--role", "officer", "--office", "5301"]);
    let open: Vec<_> = (0..6).map(|_| stream(&server, &token)).collect();
    assert!(open.iter().all(|(_, head)| head.starts_with("HTTP/1.1 200 ")));
    let refused = server.call("GET", "/v1/queues/events", &token, None);
    assert_too_much(&refused, ["too many streams", "同时打开的事件流过多"]);
    assert_eq!(server.decide(&matter("A").to_string(), &[]).status, 200);
}

#[test]
fn health_is_answered_when_every_connection_is_taken_and_others_are_told_so() {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--connection-limit", "4"]);
    let mut held: Vec<Socket> = (0..4).map(|_| Socket::open(&server)).collect();
    for socket in &mut held {
        socket.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
        assert!(socket.head().starts_with("HTTP/1.1 200 "));
    }
    // Many more that say nothing, in front of whoever asks now.
    let silent: Vec<Socket> = (0..300).map(|_| Socket::open(&server)).collect();
    let ask = |path: &str| {
        let mut socket = Socket::open(&server);
        socket.send(&format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"));
        socket.rest()
    };
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = ask(path);
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"),
            "{path}: {answer}"
        );
    }
    let answer = ask("/v1/log/head");
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1"), "{answer}");
    assert!(answer.contains("urn:greenlane:problem:connections"), "{answer}");
    drop((held, silent));
}

#[test]
fn connections_of_one_address_leave_room_for_others() {
    let places = Places::new();
    let limits = ["--connection-limit", "8", "--address-connections", "2"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &limits);
    let mut held: Vec<Socket> = (0..2).map(|_| Socket::open(&server)).collect();
    for socket in &mut held {
        socket.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
        assert!(socket.head().starts_with("HTTP/1.1 200 "));
    }
    let mut third = Socket::open(&server);
    third.send("GET /v1/log/head HTTP/1.1\r\nhost: a\r\n\r\n");
    let answer = third.rest();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("problem:connections"), "{answer}");
}

#[test]
fn a_dry_run_has_so_many_matters_and_an_account_tries_so_many_in_a_while() {
    let places = Places::new();
    let limits = ["--dry-run-limit", "100", "--dry-run-rate", "20"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &limits);
    let broker = server.token_of("broker", &BROKER);
    let too_many = try_lines(&server, &broker, &lines("D", 101));
    assert_eq!((too_many.status, &too_many.json()["type"]), (413, &"urn:greenlane:problem:too-many".into()));
    assert_eq!(try_lines(&server, &broker, &lines("D", 100)).status, 200, "a burst of five seconds");
    assert_too_much(
        &try_lines(&server, &broker, &lines("D", 100)),
        ["tries too many matters", "试算的事项过多"],
    );
    let other = server.token_of("other", &BROKER);
    assert_eq!(try_lines(&server, &other, &lines("D", 5)).status, 200, "another account has its own");
    assert_eq!(server.decide(&matter("A").to_string(), &[]).status, 200, "what is kept is not counted");
}

#[test]
fn a_dry_run_in_turns_says_the_same_as_in_one() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let broker = server.token_of("broker", &BROKER);
    // The seventh line is blank, the eighth is no matter.
    let mut text: Vec<String> = (0..400).map(|at| matter(&format!("T-{at}")).to_string()).collect();
    text.insert(6, String::new());
    text.insert(7, "{".to_owned());
    text.insert(301, r#"{"matter":"nonsense"}"#.to_owned());
    let answer = try_lines(&server, &broker, &text.join("\n"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let said: Vec<Value> = answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decided: Vec<&str> = said.iter().filter_map(|line| line["decision"]["matter_id"].as_str()).collect();
    assert_eq!(
        decided,
        (0..400).map(|at| format!("T-{at}")).collect::<Vec<_>>(),
        "in the order of the lines"
    );
    let rejected: Vec<&Value> = said.iter().filter_map(|line| line["rejected"].get("matter")).collect();
    assert_eq!(rejected, [&Value::from(8), &Value::from(302)], "by the lines of the whole body");
}

#[test]
fn a_caller_has_its_own_rate_whatever_its_tokens_and_strangers_have_theirs() {
    let places = Places::new();
    let limits = ["--rate-limit", "1", "--rate-burst", "3", "--stranger-rate-limit", "1"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &limits);
    let account = ["--role", "officer", "--office", "5301"];
    let tokens = [0; 2].map(|_| crate::server::token(&server.database, "wang", &account));
    let answers: Vec<_> = (0..8).map(|at| server.call("GET", "/v1/me", &tokens[at % 2], None)).collect();
    assert!(answers[..3].iter().all(|answer| answer.status == 200));
    let refused = answers.iter().find(|answer| answer.status == 429).expect("eight calls within a second");
    assert_too_much(refused, ["asks too often", "请求过于频繁"]);
    let strangers: Vec<_> = (0..30).map(|_| server.call("GET", "/v1/log/key", "", None)).collect();
    assert!(strangers[..10].iter().all(|answer| answer.status == 200));
    assert_too_much(
        strangers.iter().find(|answer| answer.status == 429).expect("thirty"),
        ["too often", "频繁"],
    );
    let machine = server.get("/v1/log/key");
    assert_eq!(machine.status, 200, "customs' own systems are not strangers: {}", machine.body);
    assert_eq!(server.call("GET", "/healthz", "", None).status, 200);
}

#[test]
fn what_is_sent_after_a_refusal_is_not_read_as_the_next_request() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let smuggled = "GET /v1/smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    // Not signed in, and the body comes late: it is read, and the connection goes on.
    let mut kept = Socket::open(&server);
    let head = |length: usize| {
        format!(
            "POST /v1/decide HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    kept.send(&head(smuggled.len()));
    kept.send(smuggled);
    let (first, body) = kept.answer();
    assert!(first.starts_with("HTTP/1.1 401 "), "{first}{body}");
    kept.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    let (second, body) = kept.answer();
    assert!(second.starts_with("HTTP/1.1 200 ") && body == "ok\n", "{second}{body}");
    // So is a body that does not come in one piece.
    let mut kept = Socket::open(&server);
    kept.send(&head(200_000));
    kept.send(&"x".repeat(200_000));
    let (first, body) = kept.answer();
    assert!(first.starts_with("HTTP/1.1 401 ") && !first.contains("connection: close"), "{first}{body}");
    kept.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    let (second, body) = kept.answer();
    assert!(second.starts_with("HTTP/1.1 200 ") && body == "ok\n", "{second}{body}");
    // More than is read for nothing: the answer says that the connection ends, and comes through.
    let mut large = Socket::open(&server);
    large.send(&head(8 << 20));
    large.send(&"x".repeat(1 << 20));
    let answer = large.rest();
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    // A body that never comes does not keep the refusal.
    let mut silent = Socket::open(&server);
    silent.send(&head(1000));
    let answer = silent.rest();
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
}
