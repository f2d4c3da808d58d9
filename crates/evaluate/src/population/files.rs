//! A population as files: the registry as CSV; declarations as CSV, NDJSON or Parquet, made on all cores.

use std::io::Write;
use std::ops::Range;
use std::sync::mpsc::sync_channel;
use std::thread;

use ::parquet::errors::ParquetError;
use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::Matters;
use greenlane_terms::calendar::Day;

use super::enterprise::{FACTS, NEW_LEVELS};
use super::fields::ROLES;
use super::{Parties, Population};

/// Rows made at once.
pub(super) const CHUNK: u64 = 32_768;

/// Format of a file of declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// One column a fact.
    Csv,
    /// One object a row.
    Ndjson,
    /// One column a fact.
    Parquet,
}

/// Why a population could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PopulationError {
    /// The output cannot be written.
    #[error("the population cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// Parquet refused it.
    #[error("the population cannot be written as Parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// A broken invariant in a thread.
    #[error("a thread that makes the population panicked")]
    Panicked,
}

impl Population {
    /// Writes the registry in the format that intake reads; returns its rows. An enterprise whose level is renamed on
    /// 2026-04-01 has two.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write_registry(&self, out: &mut impl Write) -> Result<u64, PopulationError> {
        let columns: Vec<(usize, ColumnId)> =
            (0..FACTS.len()).filter_map(|fact| Some((fact, self.column_of_fact(fact)?))).collect();
        let mut text = String::from("customs_code,uscc,aeo_code,name,valid_from");
        for (fact, _) in &columns {
            text.push(',');
            text.push_str(FACTS[*fact]);
        }
        text.push('\n');
        let enterprises = &self.world.enterprises;
        let mut rows = 0;
        for enterprise in 0..enterprises.count {
            let later = enterprises.changes(enterprise).then_some(NEW_LEVELS);
            for from in [None, later].into_iter().take(1 + usize::from(later.is_some())) {
                self.registry_row(enterprise, from, &columns, &mut text);
                rows += 1;
            }
            if text.len() > 1 << 16 {
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(rows)
    }

    fn registry_row(
        &self,
        enterprise: u64,
        from: Option<Day>,
        columns: &[(usize, ColumnId)],
        text: &mut String,
    ) {
        let enterprises = &self.world.enterprises;
        let code: String =
            enterprises.customs_code(enterprise).iter().map(|byte| char::from(*byte)).collect();
        text.push_str(&format!("{code},{},", enterprises.uscc(enterprise)));
        if enterprise < enterprises.aeo() {
            text.push_str(&format!("AEOCN{code}"));
        }
        text.push_str(&format!(",Enterprise {enterprise},"));
        text.push_str(&from.map_or_else(String::new, |day| day.to_string()));
        for (fact, column) in columns {
            text.push(',');
            if self.facts.info(*column).fact_type == FactType::Id {
                text.push_str(enterprises.industry(enterprise));
            } else if let Some(value) = enterprises.fact(*fact, enterprise, from.unwrap_or(Day::FIRST)) {
                text.push_str(&self.facts.write(*column, value));
            }
        }
        text.push('\n');
    }

    /// A column of the pack with that fact of a party, whatever the role.
    fn column_of_fact(&self, fact: usize) -> Option<ColumnId> {
        ROLES.iter().find_map(|role| self.facts.party_column(role, FACTS[fact]))
    }

    /// Writes all rows; returns how many. `out` needs no buffer for CSV and NDJSON.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write_declarations(
        &self,
        out: impl Write + Send,
        format: FileFormat,
        parties: Parties,
        threads: usize,
    ) -> Result<u64, PopulationError> {
        match format {
            FileFormat::Parquet => self.write_parquet(out, parties, threads)?,
            FileFormat::Csv | FileFormat::Ndjson => self.write_text(out, format, parties, threads)?,
        }
        Ok(self.rows())
    }

    fn write_text(
        &self,
        mut out: impl Write + Send,
        format: FileFormat,
        parties: Parties,
        threads: usize,
    ) -> Result<(), PopulationError> {
        let columns = self.columns(parties);
        if format == FileFormat::Csv {
            let names: Vec<&str> =
                columns.iter().map(|column| self.facts.info(*column).name.as_str()).collect();
            writeln!(out, "{}", names.join(","))?;
        }
        let make = |matters: &Matters| match format {
            FileFormat::Csv => csv(&self.facts, matters, &columns),
            _ => ndjson(&self.facts, matters, &columns),
        };
        let make = |rows| make(&self.matters(rows, parties));
        self.in_order(CHUNK, threads, make, |text| Ok(out.write_all(text.as_bytes())?))?;
        Ok(out.flush()?)
    }

    /// Makes chunks of `step` rows on `threads` threads and takes them in order.
    pub(super) fn in_order<T: Send>(
        &self,
        step: u64,
        threads: usize,
        make: impl Fn(Range<u64>) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), PopulationError>,
    ) -> Result<(), PopulationError> {
        let (threads, chunks) = (threads.max(1) as u64, self.rows().div_ceil(step));
        thread::scope(|scope| {
            let (mut receivers, mut handles) = (Vec::new(), Vec::new());
            for first in 0..threads {
                let (send, receive) = sync_channel(1);
                let make = &make;
                receivers.push(receive);
                handles.push(scope.spawn(move || {
                    for chunk in (first..chunks).step_by(usize::try_from(threads).unwrap_or(1)) {
                        if send.send(make(chunk * step..(chunk + 1) * step)).is_err() {
                            return;
                        }
                    }
                }));
            }
            let turns = (0..chunks).map(|chunk| usize::try_from(chunk % threads).unwrap_or(0));
            let taken = turns.map(|turn| receivers[turn].recv()).map(|made| match made {
                Ok(made) => take(made),
                Err(_) => Err(PopulationError::Panicked),
            });
            let taken = taken.collect::<Result<(), PopulationError>>();
            drop(receivers);
            let ended =
                handles.into_iter().map(|handle| handle.join().map_err(|_| PopulationError::Panicked));
            ended.collect::<Result<(), PopulationError>>().and(taken)
        })
    }
}

fn csv(facts: &FactTable, matters: &Matters, columns: &[ColumnId]) -> String {
    let mut text = String::new();
    for row in 0..matters.rows() {
        for (at, column) in columns.iter().enumerate() {
            text.push_str(if at > 0 { "," } else { "" });
            match matters.text(*column, row) {
                Some(id) => text.push_str(id),
                None => text.push_str(
                    &matters
                        .value(*column, row)
                        .map_or_else(String::new, |value| facts.write(*column, value)),
                ),
            }
        }
        text.push('\n');
    }
    text
}

/// Ids, codes and numbers with decimals as text, flags and counts as themselves; no value needs escaping.
fn ndjson(facts: &FactTable, matters: &Matters, columns: &[ColumnId]) -> String {
    let mut text = String::new();
    for row in 0..matters.rows() {
        let mut separator = '{';
        for column in columns {
            let info = facts.info(*column);
            let value = match matters.text(*column, row) {
                Some(id) => format!("\"{id}\""),
                None => match matters.value(*column, row) {
                    None => continue,
                    Some(value) if matches!(info.fact_type, FactType::Flag | FactType::Count) => {
                        facts.write(*column, value)
                    }
                    Some(value) => format!("\"{}\"", facts.write(*column, value)),
                },
            };
            text.push(separator);
            separator = ',';
            text.push_str(&format!("\"{}\":{value}", info.name));
        }
        text.push_str("}\n");
    }
    text
}
