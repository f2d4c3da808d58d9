//! What is asked: matters of a file, each under an id that no other call has.
//!
//! A declaration whose id is its customs number (18 digits) keeps the eight of its office and year, and has ten new ones.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use bytes::Bytes;

/// Matters, cut where the id stands.
pub struct Bodies {
    matters: Vec<Matter>,
    size: usize,
    prefix: String,
    /// The ten digits of the first customs number: each second owns a million of them.
    first_number: u64,
    next: AtomicU64,
}

/// A matter, cut where its id stands.
struct Matter {
    before: String,
    /// Office and year of a customs number.
    office_and_year: Option<String>,
    after: String,
}

const KEY: &str = "\"matter_id\":\"";
const TEN_DIGITS: u64 = 10_000_000_000;

impl Bodies {
    /// Reads a file of JSON lines.
    pub fn read(file: &Path, size: usize, prefix: &str) -> anyhow::Result<Bodies> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let matters = text.lines().filter(|line| !line.is_empty()).map(cut);
        let matters = matters.collect::<Option<Vec<_>>>().context("a line without \"matter_id\"")?;
        anyhow::ensure!(!matters.is_empty(), "{}: no matters", file.display());
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let first_number = seconds * 1_000_000 % TEN_DIGITS;
        Ok(Bodies { matters, size, prefix: prefix.to_owned(), first_number, next: AtomicU64::new(0) })
    }

    /// Matters in a body.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The next body: an object for one matter, a list for more.
    pub fn next(&self) -> Bytes {
        let first = self.next.fetch_add(self.size as u64, Ordering::Relaxed);
        let one = |at: u64| {
            let Matter { before, office_and_year, after } =
                &self.matters[(at % self.matters.len() as u64) as usize];
            match office_and_year {
                Some(head) => format!("{before}{head}{:010}{after}", (self.first_number + at) % TEN_DIGITS),
                None => format!("{before}{}{at}{after}", self.prefix),
            }
        };
        if self.size == 1 {
            return one(first).into();
        }
        let matters: Vec<String> = (first..first + self.size as u64).map(one).collect();
        format!("[{}]", matters.join(",")).into()
    }
}

fn cut(line: &str) -> Option<Matter> {
    let from = line.find(KEY)? + KEY.len();
    let to = from + line[from..].find('"')?;
    let id = &line[from..to];
    let is_number = id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_digit());
    let office_and_year = is_number.then(|| id[..8].to_owned());
    Some(Matter { before: line[..from].to_owned(), office_and_year, after: line[to..].to_owned() })
}
