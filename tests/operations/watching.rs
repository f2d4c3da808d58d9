//! What an operator sees: request ids, figures, the log of operation, traces.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::server::Server;
use crate::{Places, matter, ticket};

#[test]
fn a_request_has_an_id_that_the_caller_may_choose() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let answer = server.decide(&matter("A"), &[("x-request-id", "broker-7")]);
    assert_eq!(answer.header("x-request-id"), Some("broker-7"));
    let own = server.get("/nothing");
    assert_eq!(own.header("x-request-id").unwrap().len(), 32);
}

#[test]
fn figures_count_what_happened() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let two = format!("[{},{},{}]", ticket("A"), ticket("B"), matter("C").replace("ordinary", "fast"));
    assert_eq!(server.decide(&two, &[]).status, 200);
    assert_eq!(server.post("/v1/decide?dry_run=true", "application/json", &matter("D"), &[]).status, 200);
    assert_eq!(server.get("/v1/nothing/310120241000000123").status, 404);
    let entries = server.get("/v1/log/head").json()["size"].as_u64().unwrap();
    let answer = server.get("/metrics");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "greenlane_requests_total{method=\"POST\",route=\"/v1/decide\",status=\"200\"} 2",
        "greenlane_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "greenlane_request_seconds_count{route=\"/v1/decide\"} 2",
        "greenlane_decisions_total{outcome=\"kept\"} 2",
        "greenlane_decisions_total{outcome=\"dry\"} 1",
        "greenlane_rejected_matters_total 1",
        "greenlane_commits_total{outcome=\"durable\"} 1",
        "greenlane_commit_seconds_count 1",
        "greenlane_batch_entries_sum 2",
        "greenlane_waiting_calls 0",
        &format!("greenlane_log_entries {entries}"),
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line}\n{}", answer.body);
    }
    assert!(!answer.body.contains("310120241000000123"), "no path of a caller becomes a label");
}

#[test]
fn the_log_of_operation_is_json_and_has_no_secrets_and_no_facts() {
    let places = Places::new();
    let log = places.folder.path().join("serve.log");
    let more = ["--log-format", "json", "--log-level", "trace"];
    let server = Server::start_logged(&places.postgres_with_password(), &places.key_file(), &more, &log);
    let body = matter("M-1").replace("\"3101\"", "\"3199\"");
    let headers = [
        ("idempotency-key", "idem-secret"),
        ("authorization", "Bearer token-secret"),
        ("x-request-id", "r-9"),
    ];
    assert_eq!(server.decide(&body, &headers).status, 200);
    assert_eq!(server.get("/v1/nothing?password=query-secret").status, 404);
    assert_eq!(server.terminate(), Some(0));
    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["span"]["request"] == "r-9" && line["message"] == "request");
    let request = request.unwrap_or_else(|| panic!("{text}"));
    assert_eq!((&request["status"], &request["span"]["route"]), (&200.into(), &"/v1/decide".into()));
    assert_eq!((&request["span"]["matter"], &request["span"]["matters"]), (&"M-1".into(), &1.into()));
    assert!(lines.iter().any(|line| line["message"] == "stopped"));
    let key = std::fs::read_to_string(places.key_file()).unwrap();
    for secret in ["idem-secret", "token-secret", "query-secret", "db-secret", key.trim(), "3199", "findings"]
    {
        assert!(!text.contains(secret), "{secret} in the log:\n{text}");
    }
}

/// A collector of traces: takes one parcel and gives its body.
fn collector() -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, parcels) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length, mut path) = (String::new(), 0, String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let lower = line.to_lowercase();
                if let Some(text) = lower.strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                if path.is_empty() {
                    path.clone_from(&line);
                }
                line.clear();
            }
            assert!(path.starts_with("POST /v1/traces "), "{path}");
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            (&stream)
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            if send.send(body).is_err() {
                return;
            }
        }
    });
    (url, parcels)
}

/// The fields of a protobuf message: number and bytes; numbers that stand by themselves are left out.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    fn number(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = number(&mut bytes);
        let length = match tag & 7 {
            0 => {
                number(&mut bytes);
                continue;
            }
            1 => 8,
            2 => number(&mut bytes) as usize,
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (field, rest) = bytes.split_at(length);
        found.push((tag >> 3, field));
        bytes = rest;
    }
    found
}

/// The messages at a path of field numbers.
fn at<'a>(bytes: &'a [u8], path: &[u64]) -> Vec<&'a [u8]> {
    path.iter().fold(vec![bytes], |messages, wanted| {
        let inside = messages.into_iter().flat_map(fields);
        inside.filter(|(number, _)| number == wanted).map(|(_, field)| field).collect()
    })
}

#[test]
fn traces_reach_a_collector_with_the_callers_trace_and_the_matter() {
    let (url, parcels) = collector();
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--otlp-endpoint", &url]);
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let traceparent = format!("00-{trace}-{parent}-01");
    assert_eq!(server.decide(&matter("M-77"), &[("traceparent", &traceparent)]).status, 200);
    assert_eq!(server.terminate(), Some(0));
    let mut spans = Vec::new();
    while let Ok(parcel) = parcels.recv_timeout(Duration::from_secs(1)) {
        // ExportTraceServiceRequest.resource_spans.scope_spans.spans
        spans.extend(at(&parcel, &[1, 2, 2]).into_iter().map(<[u8]>::to_vec));
    }
    let of = |span: &[u8], field| at(span, &[field]).first().map(|bytes| bytes.to_vec()).unwrap_or_default();
    let name = |span: &[u8]| String::from_utf8(of(span, 5)).unwrap();
    let names: Vec<String> = spans.iter().map(|span| name(span)).collect();
    let request =
        spans.iter().find(|span| name(span) == "POST /v1/decide").unwrap_or_else(|| panic!("{names:?}"));
    assert_eq!((hex::encode(of(request, 1)), hex::encode(of(request, 4))), (trace.into(), parent.into()));
    // Attributes: key 1, value 2; a text is field 1 of the value.
    let attributes = at(request, &[9]);
    let matter = attributes.iter().find(|one| of(one, 1) == b"matter").expect("an attribute `matter`");
    assert_eq!(at(matter, &[2, 1]), [b"M-77"]);
    assert!(names.iter().any(|name| name == "commit"), "{names:?}");
}
