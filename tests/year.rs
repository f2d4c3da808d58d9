//! A year of an office in minutes: the real desk on a real database, a day at a time, with what goes wrong in a year.
//!
//! A seed that fails prints itself and can be lived again alone: `YEAR_SEED=7 cargo test -p greenlane-audit --test year`. More seeds:
//! `YEARS=50`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/office.rs"]
mod office;
#[path = "support/postgres.rs"]
mod postgres;

mod year {
    pub mod applicants;
    pub mod checks;
    pub mod faults;
    pub mod known;
    pub mod lawmakers;
    pub mod life;
    pub mod officers;
    pub mod process;
    pub mod trade;
}

use std::path::Path;
use std::sync::Mutex;

use greenlane_terms::calendar::Day;

use chance::Chance;
use office::Home;
use postgres::Postgres;
use year::known::Known;
use year::life::Life;

/// Seeded years on SQLite and on PostgreSQL, unless told otherwise.
const SQLITE_YEARS: u64 = 20;
const POSTGRES_YEARS: u64 = 5;

/// First days. In these years lie the first day of the notice and a 29 February; Lunar New Year, the end of a year and the change of
/// the law on 2026-04-01; a 29 February in a year of which no calendar of working days is known yet.
const FIRST: [&str; 3] = ["2024-02-20", "2025-08-15", "2027-09-01"];

const DAYS: i32 = 366;

/// What the years together have to see: faults, states of lots and of applications.
const SEEN: [&str; 20] = [
    "restarted",
    "killed",
    "clock an hour back",
    "database away",
    "answer lost",
    "lease run out",
    "lot testing",
    "lot valid",
    "lot disqualified",
    "lot expire",
    "guarantee_waiver in_force",
    "guarantee_waiver suspended",
    "guarantee_waiver revoked",
    "guarantee_waiver expired",
    "packaging_test due",
    "packaging_test overdue",
    "admission admitted",
    "voluntary_disclosure accepted",
    "carrier_undertaking in_force",
    "carrier_undertaking expired",
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seeds(default: u64) -> Vec<u64> {
    match number("YEAR_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("YEARS").unwrap_or(default)).collect(),
    }
}

/// Lives a year and looks at everything that has to hold at its end.
async fn lived(seed: u64, home: Home) -> Known {
    let first = Day::parse(FIRST[usize::try_from(seed).unwrap() % FIRST.len()]).unwrap();
    let mut life = Life::begin(home, first, Chance::of(seed)).await;
    for days in 0..DAYS {
        life.live(first.plus_days(days)).await;
    }
    life.end().await
}

/// Years at the same time: two use both cores of a small machine, since a year mostly waits for its database.
const AT_ONCE: usize = 2;

/// Lives a year of each seed; how depends on the database.
fn live_all(seeds: Vec<u64>, live: impl Fn(u64) -> Known + Sync) -> Vec<Known> {
    let seeds = Mutex::new(seeds.into_iter());
    let next = || seeds.lock().unwrap().next();
    let worker = || std::iter::from_fn(next).map(&live).collect::<Vec<Known>>();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn live(seed: u64, url: String, folder: &Path, postgres: Option<&'static str>) -> Known {
    println!("YEAR_SEED={seed} on {}", url.split(':').next().unwrap());
    let home = Home { url, folder: folder.to_owned(), postgres, seed };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(lived(seed, home))
}

/// What as many years as usual have seen together: without it they would show nothing.
fn have_seen(years: &[Known]) {
    if (years.len() as u64) < SQLITE_YEARS {
        return;
    }
    let seen = |thing: &str| {
        years.iter().any(|known| known.states.contains(thing) || known.faults.contains_key(thing))
    };
    let missing: Vec<&&str> = SEEN.iter().filter(|thing| !seen(thing)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}

#[test]
fn years_on_sqlite_keep_what_has_to_hold() {
    let years = live_all(seeds(SQLITE_YEARS), |seed| {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("year.db").display());
        live(seed, url, folder.path(), None)
    });
    have_seen(&years);
}

#[test]
fn years_on_postgresql_keep_what_has_to_hold() {
    let postgres = Postgres::start();
    live_all(seeds(POSTGRES_YEARS), |seed| {
        let folder = tempfile::tempdir().unwrap();
        let name: &'static str = format!("year_{seed}").leak();
        live(seed, postgres.database(name), folder.path(), Some(name))
    });
}

/// The process that a year starts to kill it; by itself there is nothing to do.
#[test]
fn declares_until_it_is_killed() {
    year::process::declare_until_killed();
}
