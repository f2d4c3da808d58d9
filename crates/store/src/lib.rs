//! What must not be lost: the append-only decision log, in SQLite or PostgreSQL.
//!
//! [`Store`] opens a database by its URL and brings its schema up to date. What it keeps is an append-only
//! [log](log::Entry) whose entries are the leaves of a Merkle tree (RFC 6962): nothing in it can be changed, removed or
//! put in another order without [`Store::verify`], or the holder of a [`Receipt`], finding out.

pub mod archive;
mod casework;
mod checkpoint;
pub mod database;
mod error;
mod log;
mod opened;
mod packs;
mod people;
mod rates;
pub mod registry;
mod rows;
mod secrets;
mod state;
mod store;
mod webhooks;

pub use casework::{
    Abandoned, Alternative, ApplicationFilter, ApplicationMove, ApplicationOrder, At, CaseworkError, Decided,
    Drafts, Hold, KeptApplication, KeptLot, KeptTask, LotFilter, LotPlace, MatterAt, Moved, MovedApplication,
    NewApplication, NewTask, QueueLength, ServiceTime, TaskCommand, TaskFilter,
};
pub use error::StoreError;
pub use greenlane_casework::{
    Approval, Mover, Release, ReleaseFault, ReleaseMove, ReleaseState, ReleaseStep, Spread, in_force_on,
};
pub use greenlane_ledger::{DecisionRecord, RecordFormat, RecordHead, StageRecord, record};
pub use log::{
    Added, Addition, Appended, BEHIND_US, Entry, Frontier, Hash, KeptCosignature, Kind, LogFault, LogKey,
    LogTime, Receipt, ReceiptFault, RequestKey, TimeFault, TreeHead, VerifiedLog, When, is_consistent,
    leaf_hash, node_hash,
};
pub use packs::ReleaseError;
pub use people::{
    Account, AccountChange, AccountWish, Administration, Approving, ChangeState, KeptAccountWish, NewAccount,
    NewAccountWish, NewToken, SecretHash, Token,
};
pub use rates::{RateAlarm, RateFilter, RateKey, Uncounted};
pub use secrets::{Seal, SealError};
pub use state::{AuditedState, Coverage, Image, StateFault, TABLES};
pub use store::Store;
pub use webhooks::{DeadLetter, Webhook, WebhookChange};
