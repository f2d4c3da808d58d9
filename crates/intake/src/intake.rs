//! What is known besides the files themselves, and how a batch is completed with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use greenlane_policy::calendar::Day;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::Pack;

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::goods::GoodsClasses;
use crate::history::{EventFiller, History};
use crate::mapping::Mapping;
use crate::registry::Registry;
use crate::row::{Rules, Sink};
use crate::source::Reader;
use crate::standards::Standards;
use crate::wco::WcoProfile;

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
}

/// Rows as they were read, before they are completed.
#[derive(Debug)]
pub(crate) struct RawBatch {
    pub(crate) frame: Frame,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) rows_read: u64,
    pub(crate) bytes_read: u64,
}

/// Reads files for one pack.
#[derive(Debug)]
pub struct Intake<'p> {
    pack: &'p Pack,
    pub(crate) mapping: Option<Mapping>,
    pub(crate) profile: WcoProfile,
    registry: Option<Arc<Registry>>,
    events: Option<Arc<History>>,
    event_filler: Option<EventFiller>,
    standards: Option<Arc<Standards>>,
    goods: GoodsClasses,
    decided_on: Option<Day>,
    ignore_unknown: bool,
    pub(crate) batch_rows: usize,
}

impl<'p> Intake<'p> {
    /// An intake that knows nothing but the pack.
    #[must_use]
    pub fn new(pack: &'p Pack) -> Intake<'p> {
        Intake {
            pack,
            mapping: None,
            profile: WcoProfile::default(),
            registry: None,
            events: None,
            event_filler: None,
            standards: None,
            goods: GoodsClasses::new(pack),
            decided_on: None,
            ignore_unknown: false,
            batch_rows: BATCH_ROWS,
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
        self.profile = profile;
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

    /// Columns and keys that are no fact of the pack are left out instead of refused.
    #[must_use]
    pub fn with_unknown_ignored(mut self, ignore: bool) -> Intake<'p> {
        self.ignore_unknown = ignore;
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
        self.event_filler = events.map(|events| EventFiller::new(self.pack, events.clone(), self.registry.as_deref()));
    }

    /// Opens files, folders of files, or `-` for NDJSON on standard input.
    ///
    /// # Errors
    /// A path does not exist or is of no known format. What is wrong inside a file comes from the iterator.
    pub fn read(&self, paths: &[impl AsRef<Path>]) -> Result<Reader<'_>, IntakeError> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        Reader::new(self, &paths)
    }

    /// Completes matters that did not come from a file, such as those of an API call.
    #[must_use]
    pub fn enrich(&self, matters: &Matters) -> Matters {
        let mut frame = Frame::of(matters, &self.pack.facts);
        self.fill(&mut frame);
        frame.into_matters()
    }

    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules::new(self.pack, self.decided_on, self.ignore_unknown)
    }

    pub(crate) fn complete_rows(&self, mut sink: Sink<'_>) -> Batch {
        let frame = Frame::of(&sink.builder.finish(), &self.pack.facts);
        let (rows_read, bytes_read) = (sink.rows_read, sink.bytes_read);
        let raw = RawBatch { frame, rejects: sink.rejects, rows_read, bytes_read };
        Batch { rows_added: sink.rows_added, ..self.complete(raw) }
    }

    pub(crate) fn complete(&self, mut raw: RawBatch) -> Batch {
        let not_in_registry = self.fill(&mut raw.frame);
        Batch {
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
        let missing = self.registry.as_ref().map_or(0, |registry| registry.fill(self.pack, frame));
        if let Some(events) = &self.event_filler {
            events.fill(self.pack, self.registry.as_deref(), frame);
        }
        if let Some(standards) = &self.standards {
            standards.fill(self.pack, frame);
        }
        self.goods.fill(self.pack, frame);
        missing
    }
}
