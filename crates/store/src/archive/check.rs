//! Checking a backup without a database: counts, hashes, and the log against its signed tree head.

use std::io::Read;

use greenlane_database::catalog::Table;
use greenlane_database::log::append::mark_of;
use greenlane_ledger::{Entry, Frontier, Kind, LogKey};

use super::error::ArchiveError;
use super::format::{Contents, Manifest, Piece, Reader, Value};
use super::packs::PackCheck;

/// Reads a whole backup and checks all of it; `progress` hears how many rows were read.
///
/// With a key, the log must be that key's.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(
    input: impl Read,
    key: Option<&LogKey>,
    mut progress: impl FnMut(u64),
) -> Result<Contents, ArchiveError> {
    let mut reader = Reader::open(input)?;
    let mut log = LogCheck::of(reader.manifest(), key)?;
    let (mut rows, mut packs) = (0, PackCheck::default());
    while let Some(piece) = reader.next()? {
        if matches!(piece, Piece::Row(_)) {
            rows += 1;
            progress(rows);
        }
        packs.hear(&piece)?;
        log.hear(&piece)?;
    }
    log.end()?;
    Ok(reader.contents())
}

/// Builds the tree of the log again while a backup is read.
pub(super) struct LogCheck {
    manifest: Manifest,
    tree: Frontier,
    /// Places of kind, at_us, subject, body, mark, seq in a row, while the table `log` is read.
    places: Option<[usize; 6]>,
}

/// Version of the tables from which on the number of an entry is in its mark.
const MARKS_HAVE_PLACES: i64 = 6;

const COLUMNS: [&str; 6] = ["kind", "at_us", "subject", "body", "mark", "seq"];

impl LogCheck {
    /// The manifest's own signature is checked first.
    pub(super) fn of(manifest: &Manifest, key: Option<&LogKey>) -> Result<LogCheck, ArchiveError> {
        let own = LogKey::from_hex(&manifest.log_key);
        let found = || ArchiveError::AnotherLog { found: manifest.log_key.clone() };
        let own = own.filter(|own| key.is_none_or(|key| key == own)).ok_or_else(found)?;
        if !manifest.head.is_signed_by(&own) {
            return Err(ArchiveError::Log { what: "the head is not signed by the log's key".to_owned() });
        }
        Ok(LogCheck { manifest: manifest.clone(), tree: Frontier::default(), places: None })
    }

    pub(super) fn hear(&mut self, piece: &Piece) -> Result<(), ArchiveError> {
        match piece {
            Piece::Table(table) if table.name == "log" => self.places = Some(places(table)?),
            Piece::Row(row) => {
                if let Some(places) = self.places {
                    self.entry(row, places)?;
                }
            }
            Piece::Table(_) | Piece::EndOfTable => self.places = None,
        }
        Ok(())
    }

    fn entry(&mut self, row: &[Value], places: [usize; 6]) -> Result<(), ArchiveError> {
        let number = self.tree.size();
        let wrong = || ArchiveError::Log { what: format!("entry {number} is not there or not what it was") };
        let [kind, at_us, subject, body, mark, seq] = places.map(|at| row.get(at));
        let (
            Some(Value::Integer(kind)),
            Some(Value::Integer(at_us)),
            Some(Value::Text(subject)),
            Some(Value::Bytes(body)),
            Some(Value::Integer(mark)),
            Some(Value::Integer(seq)),
        ) = (kind, at_us, subject, body, mark, seq)
        else {
            return Err(wrong());
        };
        let kind = u8::try_from(*kind).ok().and_then(Kind::of_number).ok_or_else(wrong)?;
        let entry = Entry { kind, at_us: *at_us, subject: subject.clone(), body: body.clone() };
        let hash = entry.hash();
        let place = if self.manifest.schema < MARKS_HAVE_PLACES { 0 } else { number };
        if u64::try_from(*seq) != Ok(number) || mark_of(place, &hash) != *mark {
            return Err(wrong());
        }
        self.tree.push(hash, &mut Vec::new());
        Ok(())
    }

    /// The tree must be the one that was signed.
    pub(super) fn end(&self) -> Result<(), ArchiveError> {
        let (head, size) = (&self.manifest.head, self.tree.size());
        if head.size != size {
            let what = format!("the head is of {} entries, the backup has {size}", head.size);
            return Err(ArchiveError::Log { what });
        }
        if head.root != self.tree.root() {
            let what = format!("the entries lead to the root {}", hex::encode(self.tree.root()));
            return Err(ArchiveError::Log { what });
        }
        Ok(())
    }
}

fn places(table: &Table) -> Result<[usize; 6], ArchiveError> {
    let mut places = [0; 6];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        let found = table.columns.keys().position(|column| column == name);
        let missing = || ArchiveError::Log { what: format!("the table has no column {name}") };
        *place = found.ok_or_else(missing)?;
    }
    Ok(places)
}
