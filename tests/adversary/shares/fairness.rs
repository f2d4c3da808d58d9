//! One account floods; others have their decisions kept as if it did not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{BROKER, Socket, lines, matter, stream, try_lines};
use crate::server::Server;
use crate::support::places::Places;

/// How long kept decisions take, one after the other, in order of their times.
fn kept(server: &Server, round: &str, count: usize) -> Vec<Duration> {
    let mut took: Vec<Duration> = (0..count)
        .map(|at| {
            let body = matter(&format!("K-{round}-{at}")).to_string();
            let started = Instant::now();
            let answer = server.decide(&body, &[]);
            assert_eq!(answer.status, 200, "{}", answer.body);
            started.elapsed()
        })
        .collect();
    took.sort_unstable();
    took
}

/// The time that ninety-nine of a hundred did not exceed.
fn p99(took: &[Duration]) -> Duration {
    took[took.len() * 99 / 100]
}

/// What one account does over and over until it is told to stop: dry runs, strange paths, streams.
fn flood(server: &Server, token: &str, stop: &AtomicBool, done: &AtomicU64) {
    let runs = lines("F", 500);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    try_lines(server, token, &runs);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            let mut at = 0;
            while !stop.load(Ordering::Relaxed) {
                at += 1;
                server.call("GET", &format!("/v1/strange/{at}/{}", "x".repeat(4_000)), token, None);
                server.call("GET", &format!("/v1/enterprises/{at}{}", "x".repeat(4_000)), "", None);
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
        scope.spawn(|| {
            let mut open: Vec<Socket> = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                open.push(stream(server, token).0);
                open.truncate(50);
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    });
}

#[test]
fn a_flood_by_one_account_does_not_hold_up_what_others_have_kept() {
    let places = Places::new();
    let defaults = ["--rate-limit", "100", "--rate-burst", "1000"];
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &defaults);
    let broker = server.token_of("broker", &BROKER);
    server.token();
    kept(&server, "warm", 50);
    let (mut idle, mut flooded) = (Vec::new(), Vec::new());
    for round in 0..3 {
        idle.push(p99(&kept(&server, &format!("i{round}"), 200)));
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| flood(&server, &broker, &stop, &done));
            while done.load(Ordering::Relaxed) < 20 {
                std::thread::yield_now();
            }
            flooded.push(p99(&kept(&server, &format!("f{round}"), 200)));
            stop.store(true, Ordering::Relaxed);
        });
    }
    idle.sort_unstable();
    flooded.sort_unstable();
    let (idle, flooded) = (idle[1], flooded[1]);
    println!("p99 of kept decisions: idle {idle:?}, while one account floods {flooded:?}");
    // The flood's own client takes the same two cores; before, a decision waited for seconds of dry runs.
    assert!(flooded < idle * 5 + Duration::from_millis(100), "idle {idle:?}, flooded {flooded:?}");
}
