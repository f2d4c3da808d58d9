//! A year of an office in minutes: the real desk on a real database, a day at a time, with what goes wrong in a year. A seed that fails
//! prints itself: `YEAR_SEED=7 cargo test --workspace --test year`. More seeds: `YEARS=50`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

mod year {
    pub mod chance;
    pub mod life;
    pub mod office;
}

use std::path::Path;

use greenlane_terms::calendar::Day;

use support::postgres::Postgres;
use year::chance::Chance;
use year::life::Life;

/// Seeded years on SQLite and on PostgreSQL, unless told otherwise.
const SQLITE_YEARS: u64 = 2;
const POSTGRES_YEARS: u64 = 1;

/// The first day: the year has a 29 February, and a change of the law and a Lunar New Year in it are days like others.
const FIRST: &str = "2028-01-01";
const DAYS: i32 = 366;

/// Lives a year and looks at everything that has to hold at its end.
async fn lived(seed: u64, url: &str, folder: &Path) -> String {
    let first = Day::parse(FIRST).unwrap();
    let mut life = Life::begin(url, folder, first, Chance::of(seed)).await;
    for days in 0..DAYS {
        life.live(first.plus_days(days)).await;
    }
    life.end().await
}

fn years(default: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("YEAR_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("YEARS").unwrap_or(default)).collect(),
    }
}

fn live(seed: u64, url: &str) {
    println!("YEAR_SEED={seed} on {}", url.split(':').next().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{}", runtime.block_on(lived(seed, url, folder.path())));
}

#[test]
fn years_on_sqlite_keep_what_has_to_hold() {
    for seed in years(SQLITE_YEARS) {
        let folder = tempfile::tempdir().unwrap();
        live(seed, &format!("sqlite:{}", folder.path().join("year.db").display()));
    }
}

#[test]
fn years_on_postgresql_keep_what_has_to_hold() {
    let postgres = Postgres::start();
    for seed in years(POSTGRES_YEARS) {
        live(seed, &postgres.database(&format!("year_{seed}")));
    }
}
