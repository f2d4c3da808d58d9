//! What is known besides the files themselves, and how a batch is completed with it.

mod capitals;
mod reader;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use greenlane_policy::facts::{ColumnId, ColumnInfo, FactType};
use greenlane_policy::matters::Matters;
use greenlane_policy::origin::{Origin, Origins};
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::goods::GoodsClasses;
use crate::history::{EventFiller, History};
use crate::mapping::Mapping;
use crate::ndjson::{NdjsonSource, Scratch};
use crate::party::{PartyFacts, PartyOnDay};
use crate::registry::{Registry, fill_looked_up, named};
use crate::row::{Rules, Sink};
use crate::sender::Sender;
use crate::source::{RawBatch, RowSource};
use crate::standards::Standards;
use crate::values::Cell;
use crate::wco::{WcoProfile, WcoSource};

pub use reader::Reader;

/// Rows in one batch unless told otherwise.
const BATCH_ROWS: usize = 16_384;

/// Some matters, and what was set aside on the way.
///
/// `rows_read + rows_added = matters.rows() + rejects.len()`.
#[derive(Debug, Default)]
pub struct Batch {
    /// The matters, completed.
    pub matters: Matters,
    /// Rows that were set aside.
    pub rejects: Vec<Reject>,
    /// Rows of the input: lines, Parquet rows, declarations and goods items of XML.
    pub rows_read: u64,
    /// Declarations that a mapping with `[split]` made out of their items.
    pub rows_added: u64,
    /// Bytes of the input, for progress; an estimate for Parquet.
    pub bytes_read: u64,
    /// Ids of parties that the registry does not know; always 0 without a registry.
    pub not_in_registry: u64,
    /// Where each fact comes from; empty unless that is noted.
    pub origins: Origins,
}

/// Matters that were read and are not completed yet, so that the parties they name can be looked up elsewhere.
#[derive(Debug)]
pub struct Unfilled {
    raw: RawBatch,
    rows_added: u64,
    /// Row and column of what rows have without having stated it.
    defaults: Vec<(usize, ColumnId)>,
}

impl Unfilled {
    /// Matters in it.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.raw.frame.rows
    }

    /// Matters in it, and those that cannot be understood.
    #[must_use]
    pub fn matters(&self) -> usize {
        self.raw.frame.rows + self.raw.rejects.len()
    }

    /// The ids of the parties that they name; each as often as it is named.
    pub fn parties<'u>(&'u self, facts: &'u PartyFacts) -> impl Iterator<Item = &'u str> {
        named(facts, &self.raw.frame)
    }
}

/// Reads files for one pack.
#[derive(Debug)]
pub struct Intake<'p> {
    pack: &'p Pack,
    pub(crate) mapping: Option<Mapping>,
    profile: OnceLock<WcoProfile>,
    registry: Option<Arc<Registry>>,
    events: Option<Arc<History>>,
    event_filler: Option<EventFiller>,
    standards: Option<Arc<Standards>>,
    goods: GoodsClasses,
    /// Which codes of matters are declarations.
    declarations: Vec<bool>,
    decided_on: Option<Day>,
    default_day: Option<Day>,
    ignore_unknown: bool,
    /// Whether the fact of each column is taken from a party that is looked up; `None`: every one.
    party_facts: Option<Vec<bool>>,
    pub(crate) batch_rows: usize,
    /// Whether it is noted where facts come from.
    notes_origins: bool,
    /// What earlier texts left for the next ones.
    scratch: Mutex<Vec<Scratch>>,
}

impl<'p> Intake<'p> {
    /// An intake that knows nothing but the pack.
    #[must_use]
    pub fn new(pack: &'p Pack) -> Intake<'p> {
        Intake {
            pack,
            mapping: None,
            profile: OnceLock::new(),
            registry: None,
            events: None,
            event_filler: None,
            standards: None,
            goods: GoodsClasses::new(pack),
            declarations: capitals::declarations(pack),
            decided_on: None,
            default_day: None,
            ignore_unknown: false,
            party_facts: None,
            batch_rows: BATCH_ROWS,
            notes_origins: false,
            scratch: Mutex::default(),
        }
    }

    /// CSV files have the columns of this mapping instead of fact names.
    #[must_use]
    pub fn with_mapping(mut self, mapping: Mapping) -> Intake<'p> {
        self.mapping = Some(mapping);
        self
    }

    /// XML files are read with this profile instead of the one for WCO Data Model 3.6.
    #[must_use]
    pub fn with_profile(mut self, profile: WcoProfile) -> Intake<'p> {
        self.profile = OnceLock::from(profile);
        self
    }

    /// Of parties that are looked up ([`Intake::complete_with`]) only these facts are taken, and identifiers: what nothing
    /// reads has no place in a decision.
    #[must_use]
    pub fn with_party_facts(mut self, columns: &[ColumnId]) -> Intake<'p> {
        let taken = |(at, info): (u16, &ColumnInfo)| {
            info.fact_type == FactType::Id || columns.contains(&ColumnId(at))
        };
        self.party_facts = Some((0..).zip(&self.pack.facts.columns).map(taken).collect());
        self
    }

    /// Facts of parties that a row does not state come from this registry.
    #[must_use]
    pub fn with_registry(mut self, registry: impl Into<Arc<Registry>>) -> Intake<'p> {
        self.registry = Some(registry.into());
        self.join_events();
        self
    }

    /// History facts that neither row nor registry states are computed from these events.
    #[must_use]
    pub fn with_events(mut self, events: impl Into<Arc<History>>) -> Intake<'p> {
        self.events = Some(events.into());
        self.join_events();
        self
    }

    /// Excellent values of the applicant's industry come from these standard values.
    #[must_use]
    pub fn with_standards(mut self, standards: impl Into<Arc<Standards>>) -> Intake<'p> {
        self.standards = Some(standards.into());
        self
    }

    /// Every matter is decided on this day, whatever its row says.
    #[must_use]
    pub fn with_decided_on(mut self, day: Option<Day>) -> Intake<'p> {
        self.decided_on = day;
        self
    }

    /// A matter whose row states no day is decided on this one.
    pub fn set_default_day(&mut self, day: Option<Day>) {
        self.default_day = day;
    }

    /// Columns and keys that are no fact of the pack are left out instead of refused.
    #[must_use]
    pub fn with_unknown_ignored(mut self, ignore: bool) -> Intake<'p> {
        self.ignore_unknown = ignore;
        self
    }

    /// Notes where each fact comes from: [`Batch::origins`].
    #[must_use]
    pub fn with_origins(mut self) -> Intake<'p> {
        self.notes_origins = true;
        self
    }

    /// Rows in one batch (at least 1).
    #[must_use]
    pub fn with_batch_rows(mut self, rows: usize) -> Intake<'p> {
        self.batch_rows = rows.max(1);
        self
    }

    fn join_events(&mut self) {
        let events = self.events.as_ref();
        self.event_filler =
            events.map(|events| EventFiller::new(self.pack, events.clone(), self.registry.as_deref()));
    }

    /// Opens files, folders of files, or `-` for NDJSON on standard input.
    ///
    /// # Errors
    /// A path does not exist or is of no known format. What is wrong inside a file comes from the iterator.
    pub fn read(&self, paths: &[impl AsRef<Path>]) -> Result<Reader<'_>, IntakeError> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        Reader::new(self, &paths)
    }

    /// Reads NDJSON that did not come from a file, such as the body of an API call, as one batch.
    ///
    /// `name` stands for the file in rejects and errors. A matter whose id begins with one that is reserved, or with a fact that is not
    /// its sender's to state, is set aside.
    ///
    /// # Errors
    /// The text is not UTF-8 at all. A line that cannot be understood is a reject of the batch.
    pub fn read_ndjson(
        &self,
        name: &str,
        text: impl AsRef<[u8]> + Send + 'static,
        sender: &Sender<'_>,
    ) -> Result<Unfilled, IntakeError> {
        let (input, rules) =
            (Box::new(std::io::Cursor::new(text)), Rules { sender: Some(sender), ..self.rules() });
        let scratch = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let known = scratch().pop().unwrap_or_else(|| Scratch::new(&self.pack.facts));
        let mut source = NdjsonSource::new(name.into(), input, rules, known);
        let read = self.read_whole(&mut source, rules);
        scratch().push(source.into_scratch());
        read
    }

    /// Reads a WCO Data Model document that did not come from a file, as [`Intake::read_ndjson`].
    ///
    /// # Errors
    /// The XML is broken. A message that is no declaration is a reject of the batch.
    pub fn read_xml(
        &self,
        name: &str,
        text: impl AsRef<[u8]> + Send + 'static,
        sender: &Sender<'_>,
    ) -> Result<Unfilled, IntakeError> {
        let (input, rules) =
            (Box::new(std::io::Cursor::new(text)), Rules { sender: Some(sender), ..self.rules() });
        self.read_whole(&mut WcoSource::new(name.into(), input, self.profile()?, rules), rules)
    }

    fn read_whole(&self, source: &mut impl RowSource, rules: Rules<'_>) -> Result<Unfilled, IntakeError> {
        let mut sink = Sink::new(rules, usize::MAX);
        source.fill(&mut sink)?;
        Ok(self.unfilled(sink))
    }

    /// Completes matters with parties that were looked up: `look_up` is asked for an id on a day. It stands in the place
    /// of registry and events. What customs states about a party comes before them, what a declarant states after them.
    pub fn complete_with(
        &self,
        mut unfilled: Unfilled,
        facts: &PartyFacts,
        sender: &Sender<'_>,
        look_up: &mut dyn FnMut(&str, Day) -> Option<Arc<PartyOnDay>>,
    ) -> Batch {
        let is_taken = |column: ColumnId| {
            self.party_facts.as_ref().is_none_or(|taken| taken.get(usize::from(column.0)) == Some(&true))
        };
        let frame = &mut unfilled.raw.frame;
        frame.note_origins(sender.origin);
        for (row, column) in &unfilled.defaults {
            frame.note(*row, *column, Origin::Default);
        }
        frame.filling = Origin::Registry;
        fill_looked_up(self.pack, facts, frame, is_taken, sender, look_up);
        self.assume(frame, sender);
        Batch { rows_added: unfilled.rows_added, ..self.complete(unfilled.raw) }
    }

    /// Gives matters of whoever is not customs what the pack assumes where customs has stated nothing.
    fn assume(&self, frame: &mut Frame, sender: &Sender<'_>) {
        frame.filling = Origin::Default;
        for (column, value) in sender.limits.map_or(&[][..], |limits| limits.assumed()) {
            let fact_type = self.pack.facts.info(*column).fact_type;
            frame.fill(*column, fact_type, |_| Some(Cell::Coded(*value)));
        }
    }

    /// Completes matters that did not come from a file, such as those of an API call.
    #[must_use]
    pub fn enrich(&self, matters: &Matters) -> Matters {
        let mut frame = Frame::of((matters.rows(), matters.columns().to_vec()), &self.pack.facts);
        self.fill(&mut frame);
        frame.into_matters()
    }

    pub(crate) fn rules(&self) -> Rules<'p> {
        Rules { default_day: self.default_day, ..Rules::new(self.pack, self.decided_on, self.ignore_unknown) }
    }

    /// The profile for XML files; the built-in one unless another was given.
    pub(crate) fn profile(&self) -> Result<&WcoProfile, IntakeError> {
        if let Some(profile) = self.profile.get() {
            return Ok(profile);
        }
        let built_in = WcoProfile::built_in()?;
        Ok(self.profile.get_or_init(|| built_in))
    }

    pub(crate) fn complete_rows(&self, sink: Sink<'_>) -> Batch {
        let Unfilled { raw, rows_added, .. } = self.unfilled(sink);
        Batch { rows_added, ..self.complete(raw) }
    }

    fn unfilled(&self, mut sink: Sink<'_>) -> Unfilled {
        let frame = Frame::of(sink.builder.finish_columns(), &self.pack.facts);
        let (rows_read, bytes_read) = (sink.rows_read, sink.bytes_read);
        let raw = RawBatch { frame, rejects: sink.rejects, rows_read, bytes_read };
        Unfilled { raw, rows_added: sink.rows_added, defaults: std::mem::take(&mut sink.defaults) }
    }

    pub(crate) fn complete(&self, mut raw: RawBatch) -> Batch {
        capitals::capitals(self.pack, &self.declarations, &mut raw.frame);
        if self.notes_origins && raw.frame.origins.is_none() {
            raw.frame.note_origins(Origin::Input);
        }
        let not_in_registry = self.fill(&mut raw.frame);
        Batch {
            origins: raw.frame.origins.take().unwrap_or_default(),
            matters: raw.frame.into_matters(),
            rejects: raw.rejects,
            rows_read: raw.rows_read,
            rows_added: 0,
            bytes_read: raw.bytes_read,
            not_in_registry,
        }
    }

    /// Fills what is unknown; returns how many ids the registry does not know.
    fn fill(&self, frame: &mut Frame) -> u64 {
        frame.filling = Origin::Registry;
        let missing = self.registry.as_ref().map_or(0, |registry| registry.fill(self.pack, frame));
        if let Some(events) = &self.event_filler {
            events.fill(self.pack, self.registry.as_deref(), frame);
        }
        if let Some(standards) = &self.standards {
            frame.filling = Origin::StandardValues;
            standards.fill(self.pack, frame);
        }
        frame.filling = Origin::GoodsClasses;
        self.goods.fill(self.pack, frame);
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, Outcome};

    #[test]
    fn a_reader_may_move_to_another_thread() {
        fn is_send<T: Send>(_: &T) {}
        let pack = sample::pack();
        let (_folder, path) = sample::file("a.csv", "matter_id,matter,decided_on\n");
        let intake = Intake::new(&pack);
        is_send(&intake.read(&[&path]).unwrap());
    }

    #[test]
    fn a_folder_is_read_file_by_file_and_a_broken_file_does_not_stop_the_others() {
        let pack = sample::pack();
        let (folder, path) = sample::file("a.csv", "matter_id,matter,decided_on\n1,amendment,2024-08-30\n");
        std::fs::write(folder.path().join("b.csv"), "").unwrap();
        std::fs::write(folder.path().join("c.xml"), "<a>").unwrap();
        let line = "{\"matter_id\":\"2\",\"matter\":\"amendment\",\"decided_on\":\"2024-08-30\"}";
        std::fs::write(folder.path().join("d.ndjson"), line).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "not read").unwrap();
        let intake = Intake::new(&pack);
        let outcome = Outcome::of(&intake, folder.path());
        assert_eq!((outcome.rows(), outcome.errors.len()), (2, 2), "{}", outcome.error());
        assert!(
            intake
                .read(&[path.with_file_name("nothing.csv")])
                .is_err_and(|error| error.to_string().contains("no such file"))
        );
        let empty = tempfile::tempdir().unwrap();
        assert!(
            intake
                .read(&[empty.path()])
                .is_err_and(|error| error.to_string().contains("the folder holds no"))
        );
    }

    #[test]
    fn the_row_comes_before_the_registry_and_the_registry_before_events() {
        let pack = sample::pack();
        let (_a, firms) =
            sample::file("firms.csv", "customs_code,tax_paid[y1],industry\n3101910012,5.00,C39\n");
        let (_b, events) = sample::file(
            "events.csv",
            "enterprise,kind,on,amount\n3101910012,tax_payment,2023-05-05,7\n3101910012,tax_payment,2022-05-05,7\n",
        );
        let (_c, values) = sample::file(
            "values.csv",
            "edition,industry,size,indicator,excellent\n2024,C39,all,debt_ratio,0.4\n",
        );
        let intake = Intake::new(&pack)
            .with_events(History::read(&events, &pack).unwrap())
            .with_registry(Registry::read(&firms, &pack).unwrap())
            .with_standards(Standards::read(&values).unwrap());
        let rows: [&[(&str, &str)]; 2] = [
            &[("applicant_id", "3101910012")],
            &[("applicant_id", "3101910012"), ("applicant_tax_paid[y1]", "9")],
        ];
        let matters = intake.enrich(&sample::matters(&pack, &rows));
        let value = |name: &str, row| matters.value(pack.facts.column(name).unwrap(), row);
        assert_eq!(
            (value("applicant_tax_paid[y1]", 0), value("applicant_tax_paid[y1]", 1)),
            (Some(500), Some(900))
        );
        assert_eq!(value("applicant_tax_paid[y2]", 0), Some(700));
        assert_eq!(value("debt_ratio_excellent[last_month]", 1), Some(4_000));
    }
}
