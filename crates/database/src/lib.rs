//! SQLite or PostgreSQL behind one handle, with the append-only log in it and, in the log, how every row of state was left.
//!
//! [`Database::open`] opens a database by its URL and brings its schema up to date. Its transactions ([`Tx`]) say in the log
//! which rows they changed before they are committed. What is kept in which table is the business of whoever uses this.

pub mod catalog;
mod checkpoint;
mod error;
pub mod log;
mod migrations;
mod opened;
mod pool;
mod row;
pub mod rows;
mod sealed;
pub mod state;
mod url;

pub use error::StoreError;
pub use migrations::{SCHEMA_VERSION, sqlite_migrations};
pub use pool::{Database, Tx};
pub use url::without_password;
