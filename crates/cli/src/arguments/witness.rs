//! Arguments of `greenlane witness`, and of audits by what witnesses know.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// A witness of logs.
#[derive(Debug, Args)]
pub struct Witness {
    #[command(subcommand)]
    pub command: WitnessCommand,
}

/// What a witness does.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// Make the secret key of a new witness, and print the public one
    NewKey {
        /// Name of the witness, such as witness.port.example
        #[arg(long, value_name = "NAME")]
        name: String,
        /// File to write (must not exist)
        file: PathBuf,
    },
    /// Cosign heads of logs over HTTP, only ever along one history
    Serve(WitnessServe),
}

/// A witness that runs.
#[derive(Debug, Args)]
pub struct WitnessServe {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8037")]
    pub listen: SocketAddr,
    /// File with the secret key (see `greenlane witness new-key`)
    #[arg(long, value_name = "FILE", default_value = "witness.key")]
    pub key_file: PathBuf,
    /// Folder in which it remembers what it cosigned: never restore it from a backup
    #[arg(long, value_name = "DIR", default_value = "witness.state")]
    pub state: PathBuf,
    /// Verifier key of a log (`/v1/log/key` of its server); repeat for more
    #[arg(long = "log", value_name = "KEY", required = true)]
    pub logs: Vec<String>,
    /// Certificate for TLS in PEM, its chain after it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

/// What others know of a log.
#[derive(Debug, Args)]
pub struct KnownOutside {
    /// An earlier head of the log: a tree head or receipt (JSON) or a checkpoint; repeat for more
    #[arg(long = "head", value_name = "FILE")]
    pub heads: Vec<PathBuf>,
    /// Verifier key of a witness that counts; repeat for more
    #[arg(long = "witness", value_name = "KEY")]
    pub witnesses: Vec<String>,
    /// Witnesses that must have cosigned (default: all that are named)
    #[arg(long, value_name = "N", requires = "witnesses")]
    pub quorum: Option<usize>,
    /// Address of a witness to ask for its last checkpoint; repeat for more
    #[arg(long = "ask-witness", value_name = "URL")]
    pub ask: Vec<String>,
    /// Name of the log by which witnesses know it (default: made from its key)
    #[arg(long, value_name = "NAME")]
    pub log_origin: Option<String>,
    /// Hours within which the quorum must have cosigned
    #[arg(long, value_name = "HOURS", requires = "witnesses")]
    pub witnessed_within: Option<u32>,
}
