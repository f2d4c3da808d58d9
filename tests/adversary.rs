//! Attacks on what must not be cheated: draws, tasks, keys, the log, facts, rights and fair shares. Each was possible once.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/days.rs"]
mod days;
#[path = "support/faketime.rs"]
mod faketime;
#[path = "support/receiver.rs"]
mod receiver;
#[path = "support/server.rs"]
mod server;
mod support;

mod adversary {
    mod clock;
    mod discretion;
    mod drafts;
    mod draws;
    mod facts;
    mod matters;
    mod people;
    mod shares;
    mod state;
    mod witnesses;
}
