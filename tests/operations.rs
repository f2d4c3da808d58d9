//! A server as those who run it see it: how it is configured, watched, limited, saved, and what it does when things break.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "operations/configuration.rs"]
mod configuration;
mod support;
