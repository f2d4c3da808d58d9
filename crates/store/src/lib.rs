//! What must not be lost: the append-only decision log, in SQLite or PostgreSQL.
//!
//! [`Store`] opens a database by its URL and brings its schema up to date. What it keeps is an append-only
//! [log](Entry) whose entries are the leaves of a Merkle tree (RFC 6962): nothing in it can be changed, removed or
//! put in another order without [`Store::verify`], or the holder of a [`Receipt`], finding out.

mod applications;
pub mod archive;
mod author;
mod casework;
mod log;
mod packs;
mod people;
mod rates;
pub mod registry;
mod secrets;
mod store;
mod turn;
mod webhooks;

pub use applications::{
    ApplicationFilter, ApplicationMove, ApplicationOrder, At, Decided, Drafts, KeptApplication,
    MovedApplication, NewApplication,
};
pub use casework::{
    Abandoned, Alternative, Appended, CaseworkError, Decisions, Hold, KeptLot, KeptTask, LotFilter, LotPlace,
    MatterAt, Moved, NewTask, QueueLength, ServiceTime, TaskCommand, TaskFilter,
};
pub use greenlane_casework::{
    Approval, Mover, Release, ReleaseFault, ReleaseMove, ReleaseState, ReleaseStep, Spread, in_force_on,
};
pub use greenlane_database::log::{Added, Addition, LogFault, RequestKey, VerifiedLog, is_consistent};
pub use greenlane_database::state::{AuditedState, Coverage, Image, StateFault, TABLES};
pub use greenlane_database::{StoreError, without_password};
pub use greenlane_ledger::{
    BEHIND_US, Entry, Frontier, Hash, Kind, LogKey, LogTime, Receipt, ReceiptFault, TimeFault, TreeHead,
    When, leaf_hash, node_hash,
};
pub use greenlane_ledger::{DecisionRecord, RecordFormat, RecordHead, StageRecord, record};
pub use log::KeptCosignature;
pub use packs::ReleaseError;
pub use people::{
    Account, AccountChange, AccountWish, Administration, Approving, ChangeState, KeptAccountWish, NewAccount,
    NewAccountWish, NewToken, SecretHash, Token,
};
pub use rates::{RateAlarm, RateFilter, RateKey, Uncounted};
pub use secrets::{Seal, SealError};
pub use store::Store;
pub use webhooks::{DeadLetter, Webhook, WebhookChange};
