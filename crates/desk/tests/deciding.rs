//! What is decided, kept and told, and what follows from it, on a real database of its own for each test.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../tests/support/office.rs"]
#[allow(dead_code, reason = "the year of an office uses the rest")]
mod office;

#[path = "actions/world.rs"]
#[allow(dead_code, reason = "shared with the tests of actions")]
mod world;

mod deciding {
    pub mod applying;
    pub mod asked;
    pub mod known;
    pub mod law;

    mod applications;
    mod benefits;
    mod disclosures;
    mod follow_ups;
    mod keeping;
    mod letters;
    mod lots;
    mod many;
    mod midnight;
    mod origins;
    mod packs;
    mod parties;
    mod rates;
    mod refused;
    mod rights;
    mod span;
    mod tries;
    mod waivers;
    mod watching;
}
