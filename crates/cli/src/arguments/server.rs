//! Arguments of what is done with a server and its database: serve, config, backup, restore, audit, replay, import.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::witness::KnownOutside;
use crate::settings::{DatabaseSettings, Settings, StoreSettings};

/// A server.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub settings: Settings,
}

/// The configuration of a server.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every key with the value that `serve` would use, and where it comes from
    Show {
        #[command(flatten)]
        settings: Settings,
    },
}

/// A backup to make.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(subcommand)]
    pub command: Option<BackupCommand>,
    /// The file to write; must not exist
    #[arg(value_name = "FILE", required = true)]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub settings: StoreSettings,
}

/// What else to do with a backup.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Read a backup and check all of it: counts, hashes, and the log against its signed tree head
    Verify {
        /// The backup
        file: PathBuf,
        /// Public key that the log must have, 64 hex digits
        #[arg(long, value_name = "HEX")]
        log_key: Option<String>,
    },
}

/// A backup to restore.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    pub file: PathBuf,
    /// Public key that the log must have, 64 hex digits
    #[arg(long, value_name = "HEX")]
    pub log_key: Option<String>,
    #[command(flatten)]
    pub settings: StoreSettings,
}

/// Something to check.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to check.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check a receipt offline: signature, path, entry
    Receipt {
        /// The receipt (JSON of `/v1/log/entries/N/receipt`), or `-` for standard input
        file: PathBuf,
        /// Public key of the log, 64 hex digits
        #[arg(long, value_name = "HEX")]
        log_key: String,
    },
    /// Read a whole log and say everything that is wrong with it
    Log {
        #[command(flatten)]
        settings: DatabaseSettings,
        /// Public key of the log, 64 hex digits
        #[arg(long, value_name = "HEX")]
        log_key: String,
        #[command(flatten)]
        known: KnownOutside,
    },
}

/// The clock, beside the log.
#[derive(Debug, Args)]
pub struct Clock {
    #[command(flatten)]
    pub settings: DatabaseSettings,
    #[command(subcommand)]
    pub command: ClockCommand,
}

/// What to do with the clock.
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Show this machine's clock beside the time of the last entry, and whether entries can be added
    Show,
    /// Say that this machine's clock is right, so that entries are added again; the log says who confirmed it
    Confirm {
        /// Who says so
        #[arg(long, value_name = "NAME")]
        person: String,
    },
}

/// A log to make again.
#[derive(Debug, Args)]
pub struct Replay {
    #[command(flatten)]
    pub settings: StoreSettings,
}

/// Files to take into a database.
#[derive(Debug, Args)]
pub struct Import {
    #[command(subcommand)]
    pub command: ImportCommand,
}

/// What to take.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// The enterprise registry: identifiers, valid_from, facts of a party (as for `decide --registry`)
    Enterprises(ImportFile),
    /// Events: enterprise, kind, on, amount, reference (as for `decide --events`)
    Events(ImportFile),
}

/// A file to take.
#[derive(Debug, Args)]
pub struct ImportFile {
    /// The CSV file
    pub file: PathBuf,
    #[command(flatten)]
    pub settings: DatabaseSettings,
    /// Where rejected rows go (NDJSON; default: beside the file, `NAME.rejects.ndjson`)
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Who takes it over
    #[arg(long, value_name = "NAME", default_value = "import")]
    pub person: String,
    /// On what ground (default: the name of the file)
    #[arg(long, value_name = "TEXT")]
    pub ground: Option<String>,
}
