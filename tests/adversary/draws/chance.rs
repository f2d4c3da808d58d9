//! Ten thousand calls of somebody who wants to know draws before they are made, or to move them, learn and move nothing.
//!
//! Half of the matters are asked about in every way before they are kept, half are not. What came back is then held against the
//! draws. A test that is right at chance alone fails with a probability below 10⁻⁶ for each of its questions; the caller's choices
//! are fixed by a seed, the draws are not: the server's keys are its own.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{matter, today};
use crate::server::{Response, Server};
use crate::support::chance::Chance;
use crate::support::places::Places;

/// Matters that are kept in the end.
const MATTERS: usize = 4_000;

/// Calls before that, about the first half of them.
const ASKED: usize = 6_000;

/// Standard deviations that chance exceeds, in either direction, once in more than 10⁶ times.
const BOUND: f64 = 4.9;

/// What was seen about a matter before it was kept.
#[derive(Default)]
struct Seen {
    /// One bit for each question: the parity of some number in the answers.
    bits: [u64; FEATURES],
    /// Whether any answer said that it is, or is not, selected.
    said: Option<bool>,
}

/// Numbers that are looked at: length of the body, its checksum, time in microseconds, the first number of the answer in it.
const FEATURES: usize = 4;

fn id(at: usize) -> String {
    format!("BROKER{at:06}")
}

/// Texts of 16 hexadecimal digits, of which each draw has one.
fn draws_in(text: &str, into: &mut HashSet<String>) {
    for word in text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 16) {
        into.insert(word.to_owned());
    }
}

fn said(json: &Value) -> Option<bool> {
    match json {
        Value::Object(fields) => fields.iter().find_map(|(key, value)| match value {
            Value::Bool(selected) if key == "selected" => Some(*selected),
            other => said(other),
        }),
        Value::Array(items) => items.iter().find_map(said),
        _ => None,
    }
}

/// One way of asking about a matter that is not kept.
fn ask(server: &Server, random: &mut Chance, token: &str, at: usize) -> Response {
    let (own, random_day) = (id(at), today().plus_days(random.place(14) as i32 - 3));
    let variants = [
        own.clone(),
        format!("{own} "),
        format!(" {own}"),
        own.to_lowercase(),
        format!("{own}.1"),
        format!("{own}\u{200b}"),
    ];
    let named = &variants[random.place(variants.len())];
    let day = if random.place(2) == 0 { today() } else { random_day };
    let tried = matter(named, day).to_string();
    let (get, post) = ("GET", "POST");
    match random.place(16) {
        0..=6 => server.call(post, "/v1/decide?dry_run=true", token, Some(&tried)),
        7 | 8 => {
            let path = format!("/v1/decide?dry_run=true&as_of={}", today().plus_days(-1));
            server.call(post, &path, token, Some(&tried))
        }
        9 => {
            // One of the call cannot be understood: what became of the other?
            let body = format!("[{tried},{{\"matter_id\":\"\"}}]");
            server.call(post, "/v1/decide?dry_run=true", token, Some(&body))
        }
        10 => server.call(get, &format!("/v1/matters/{own}"), token, None),
        11 => server.call(get, &format!("/v1/draws/{day}"), token, None),
        12 => server.call(get, "/v1/log/head", token, None),
        13 => server.call(get, &format!("/v1/tasks?matter={own}"), token, None),
        14 => server.call(post, "/v1/packs/1/dry-run?last=10", token, Some("{}")),
        _ => server.call(get, "/v1/rates", token, None),
    }
}

/// How far a share of `tried` is from a share of `others`, in standard deviations of two equal shares.
#[allow(clippy::float_arithmetic, reason = "statistics, which decide nothing")]
fn deviations((hits, of): (usize, usize), (other_hits, other_of): (usize, usize)) -> f64 {
    let pooled = (hits + other_hits) as f64 / (of + other_of) as f64;
    let spread = (pooled * (1.0 - pooled) * (1.0 / of as f64 + 1.0 / other_of as f64)).sqrt();
    if spread == 0.0 { 0.0 } else { (hits as f64 / of as f64 - other_hits as f64 / other_of as f64) / spread }
}

/// Keeps all matters; what came back: whether each is selected, and its draw.
fn keep(server: &Server, token: &str) -> Vec<(bool, String)> {
    let mut drawn = Vec::with_capacity(MATTERS);
    for part in (0..MATTERS).collect::<Vec<_>>().chunks(500) {
        let body: Vec<Value> = part.iter().map(|at| matter(&id(*at), today())).collect();
        let answer = server.call("POST", "/v1/decide", token, Some(&json!(body).to_string()));
        assert_eq!(answer.status, 200, "{}", answer.body);
        for answer in answer.json()["answers"].as_array().unwrap() {
            let draw = &answer["decision"]["draw"];
            drawn.push((draw["selected"].as_bool().unwrap(), draw["u"].as_str().unwrap().to_owned()));
        }
    }
    drawn
}

#[test]
fn ten_thousand_calls_learn_and_move_no_draw_before_it_is_made() {
    let places = Places::new();
    for (seed, database) in (1..).zip(places.databases()) {
        // As many dry runs as anybody may be allowed.
        let server = Server::start_with(&database, &places.key_file(), &["--dry-run-rate", "100000"]);
        let (token, mut random) = (server.token(), Chance::of(seed));
        let (mut seen, mut told) = (HashMap::<usize, Seen>::new(), HashSet::new());
        let mut understood = 0;
        for _ in 0..ASKED {
            let at = random.place(MATTERS / 2);
            let start = std::time::Instant::now();
            let answer = ask(&server, &mut random, &token, at);
            let micros = start.elapsed().as_micros() as u64;
            assert!(answer.status < 500, "{}", answer.body);
            understood += usize::from(answer.status == 200);
            draws_in(&answer.body, &mut told);
            let seen = seen.entry(at).or_default();
            let digits: String = answer.body.chars().filter(char::is_ascii_digit).collect();
            let number = digits.bytes().fold(0u64, |n, digit| n.wrapping_mul(31).wrapping_add(digit.into()));
            let sum = answer.body.bytes().fold(0u64, |n, byte| n.wrapping_mul(131).wrapping_add(byte.into()));
            for (bits, value) in seen.bits.iter_mut().zip([answer.body.len() as u64, sum, micros, number]) {
                *bits ^= value;
            }
            if let Ok(json) = serde_json::from_str(&answer.body) {
                seen.said = seen.said.or(said(&json));
            }
        }
        assert!(understood > ASKED / 2, "only {understood} calls were understood");
        let drawn = keep(&server, &token);

        // Learnt: no draw stood in any answer, and nothing in the answers goes with being selected.
        let foretold = drawn.iter().filter(|(_, u)| told.contains(u)).count();
        assert_eq!(foretold, 0, "draws that an answer had told before");
        let predicted: Vec<bool> =
            seen.iter().filter_map(|(at, seen)| Some(seen.said? == drawn[*at].0)).collect();
        assert_eq!(predicted.len(), 0, "matters of which an answer had said whether they are selected");
        for feature in 0..FEATURES {
            let mut counts = [(0, 0); 2];
            for (at, seen) in &seen {
                let of = &mut counts[(seen.bits[feature] & 1) as usize];
                *of = (of.0 + usize::from(drawn[*at].0), of.1 + 1);
            }
            let away = deviations(counts[0], counts[1]);
            assert!(away.abs() < BOUND, "feature {feature}: {counts:?}, {away} standard deviations");
        }

        // Moved: matters that were asked about are selected as often as others, and as often as the rate says.
        let selected =
            |range: std::ops::Range<usize>| drawn[range].iter().filter(|(selected, _)| *selected).count();
        let (asked, others) = (selected(0..MATTERS / 2), selected(MATTERS / 2..MATTERS));
        let away = deviations((asked, MATTERS / 2), (others, MATTERS / 2));
        assert!(away.abs() < BOUND, "{asked} of those that were asked about, {others} of the others: {away}");
        let expected = MATTERS as f64 * 0.1;
        let away = ((asked + others) as f64 - expected) / (expected * 0.9).sqrt();
        assert!(away.abs() < BOUND, "{} of {MATTERS} at a rate of 0.1: {away}", asked + others);
    }
}
