//! A population, decided: every way of running it comes to the same, and to what the engine says row by row.
#![allow(clippy::unwrap_used)]

mod batch;
mod parquet;
mod population;
mod support;
