//! What is asked: matters of a file, each under an id that no other call has.
//!
//! The id of a declaration is its customs number (18 digits), and that of a goods item begins with it: such an id keeps its
//! office, year and direction, and has nine new digits.

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
    /// The serial number of the first declaration: each second owns a million of them.
    first_serial: u64,
    next: AtomicU64,
}

/// A matter, cut where its id stands.
struct Matter {
    before: String,
    /// Office, year and direction of a customs number.
    head: Option<String>,
    after: String,
}

const KEY: &str = "\"matter_id\":\"";
const DIGITS: usize = 18;
const DIGITS_OF_HEAD: usize = 9;
const SERIALS: u64 = 1_000_000_000;

impl Bodies {
    /// Reads a file of JSON lines.
    pub fn read(file: &Path, size: usize, prefix: &str) -> anyhow::Result<Bodies> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let matters = text.lines().filter(|line| !line.is_empty()).map(cut);
        let matters = matters.collect::<Option<Vec<_>>>().context("a line without \"matter_id\"")?;
        anyhow::ensure!(!matters.is_empty(), "{}: no matters", file.display());
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let first_serial = seconds * 1_000_000 % SERIALS;
        Ok(Bodies { matters, size, prefix: prefix.to_owned(), first_serial, next: AtomicU64::new(0) })
    }

    /// Matters in a body.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The next body: an object for one matter, a list for more.
    pub fn next(&self) -> Bytes {
        let first = self.next.fetch_add(self.size as u64, Ordering::Relaxed);
        let one = |at: u64| {
            let Matter { before, head, after } = &self.matters[(at % self.matters.len() as u64) as usize];
            match head {
                Some(head) => format!("{before}{head}{:09}{after}", (self.first_serial + at) % SERIALS),
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
    let number =
        line[from..to].get(..DIGITS).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let head = number.map(|number| number[..DIGITS_OF_HEAD].to_owned());
    let rest = from + number.map_or(to - from, str::len);
    Some(Matter { before: line[..from].to_owned(), head, after: line[rest..].to_owned() })
}
