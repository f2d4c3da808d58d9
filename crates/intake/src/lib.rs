//! Files → coded facts: CSV, NDJSON, Parquet and WCO Data Model XML. Decides nothing.
//!
//! [`Intake`] is told what there is (a mapping, a registry, events, standard values) and reads files as batches of
//! [`Matters`](greenlane_policy::matters::Matters). Memory stays flat whatever the size of the files. A row that cannot
//! be understood is set aside as a [`Reject`] with its place and every reason; the rows around it go on. What stops a
//! whole file is an [`IntakeError`]; the next file is read all the same.
//!
//! A fact is taken from the first of these that knows it: the row itself, the registry, events, the standard values, the
//! pack's goods classes. What none of them knows stays unknown.
//!
//! ```no_run
//! use greenlane_intake::{Intake, RejectsFile};
//! use greenlane_policy::pack::Pack;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pack = Pack::embedded().map_err(|problems| format!("{problems:?}"))?;
//! let intake = Intake::new(&pack);
//! let mut rejects = RejectsFile::new("rejects.ndjson".as_ref());
//! for batch in intake.read(&["declarations.csv", "declarations.parquet"])? {
//!     let batch = batch?;
//!     println!("{} matters", batch.matters.rows());
//!     rejects.write(&batch.rejects)?;
//! }
//! println!("{} rows set aside", rejects.finish()?);
//! # Ok(())
//! # }
//! ```

pub mod canonical;
mod csv;
mod error;
mod events;
mod frame;
mod goods;
mod history;
pub mod identifiers;
mod ids;
mod intake;
mod mapping;
mod ndjson;
mod parquet;
mod party;
mod records;
mod registry;
mod rejects;
mod row;
#[cfg(test)]
mod sample;
mod sender;
mod source;
mod standards;
mod suggest;
mod table;
mod values;
mod wco;

pub use error::{IntakeError, Position, Reject};
pub use history::{EventRow, EventRows, History, amount_of, kind_named};
pub use intake::{Batch, Intake, Reader, Unfilled};
pub use mapping::Mapping;
pub use parquet::{arrow_schema, arrow_schema_of, matters_to_record_batch, write_parquet};
pub use party::{DayOfEvents, Party, PartyFacts, PartyOnDay, PartyRecord, Stated, Value};
pub use registry::{EnterpriseRow, EnterpriseRows, Registry};
pub use rejects::{RejectsFile, write_reject};
pub use sender::{Limits, Sender};
pub use standards::Standards;
pub use wco::WcoProfile;
