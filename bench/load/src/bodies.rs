//! What is asked: matters of a file, each under an id that no other call has.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use bytes::Bytes;

/// Matters, cut where the id stands.
pub struct Bodies {
    /// What stands before and after the id.
    matters: Vec<(String, String)>,
    size: usize,
    prefix: String,
    next: AtomicU64,
}

const KEY: &str = "\"matter_id\":\"";

impl Bodies {
    /// Reads a file of JSON lines.
    pub fn read(file: &Path, size: usize, prefix: &str) -> anyhow::Result<Bodies> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let matters = text.lines().filter(|line| !line.is_empty()).map(cut);
        let matters = matters.collect::<Option<Vec<_>>>().context("a line without \"matter_id\"")?;
        anyhow::ensure!(!matters.is_empty(), "{}: no matters", file.display());
        Ok(Bodies { matters, size, prefix: prefix.to_owned(), next: AtomicU64::new(0) })
    }

    /// Matters in a body.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The next body: an object for one matter, a list for more.
    pub fn next(&self) -> Bytes {
        let first = self.next.fetch_add(self.size as u64, Ordering::Relaxed);
        let one = |at: u64| {
            let (before, after) = &self.matters[(at % self.matters.len() as u64) as usize];
            format!("{before}{}{at}{after}", self.prefix)
        };
        if self.size == 1 {
            return one(first).into();
        }
        let matters: Vec<String> = (first..first + self.size as u64).map(one).collect();
        format!("[{}]", matters.join(",")).into()
    }
}

fn cut(line: &str) -> Option<(String, String)> {
    let from = line.find(KEY)? + KEY.len();
    let to = from + line[from..].find('"')?;
    Some((line[..from].to_owned(), line[to..].to_owned()))
}
