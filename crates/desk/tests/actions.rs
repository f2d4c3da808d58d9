//! What a caller may do at the desk, on a real database of its own: the right, the rule, and what is kept.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../tests/support/office.rs"]
#[allow(dead_code, reason = "the year of an office uses the rest")]
mod office;

mod actions {
    pub mod matters_of;
    pub mod people_of;
    pub mod waiver;
    pub mod world;

    mod accounts;
    mod applications;
    mod callers;
    mod discretion;
    mod drawing;
    mod links;
    mod log;
    mod log_kinds;
    mod matters;
    mod packs;
    mod packs_read;
    mod registry;
    mod sessions;
    mod signing_in;
    mod tasks;
    mod token_chains;
    mod tokens;
    mod two_administrators;
    mod visits;
}
