//! What can be typed.

mod people;
mod server;
mod witness;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use greenlane_terms::Language;

use crate::language;
pub use people::{Account, AccountCommand, Switch, Token, TokenCommand};
pub use server::{
    Audit, AuditCommand, Backup, BackupCommand, Clock, ClockCommand, Config, ConfigCommand, Import,
    ImportCommand, ImportFile, Replay, Restore, Serve,
};
pub use witness::{KnownOutside, Witness, WitnessCommand, WitnessServe};

/// Customs facilitation law as running decisions.
#[derive(Debug, Parser)]
#[command(name = "greenlane", version, about, after_help = crate::exit::HELP, max_term_width = 110)]
pub struct Arguments {
    /// Language of what people read (default: from LANG)
    #[arg(long = "lang", value_parser = language::parser(), global = true)]
    pub language: Option<Language>,
    /// JSON for machines instead of tables for people
    #[arg(long, global = true)]
    pub json: bool,
    /// Folder of the pack (default: the built-in cn-gacc-2024-36)
    #[arg(long, value_name = "DIR", global = true, env = "GREENLANE_PACK")]
    pub pack: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decide every matter of some files
    #[command(after_help = "\
Examples:
  greenlane decide declarations.ndjson --registry enterprises.csv --out decisions.parquet
  greenlane decide kcs.csv --mapping kcs --registry importers.csv --out decisions.ndjson
  greenlane decide wco-dec/ --decided-on 2024-08-30 --out -
  cat facts.ndjson | greenlane decide - --out -")]
    Decide(Decide),
    /// Explain one matter: every measure, condition, value, threshold and article
    #[command(
        after_help = "Example:\n  greenlane explain declarations.ndjson --matter 310120241000000123 --lang en"
    )]
    Explain(OneMatter),
    /// What is still needed to settle a matter: the smallest sets of facts
    #[command(after_help = "Example:\n  greenlane needs application.ndjson --matter W-1 --measure 7")]
    Needs(OneMatter),
    /// What would change a matter: the smallest changes that would grant a measure
    #[command(after_help = "Example:\n  greenlane what-if application.ndjson --matter W-1 --measure 7")]
    WhatIf(OneMatter),
    /// Check, test, show or print the law
    Pack(Pack),
    /// Keys, commitments and draws that anyone can verify
    Draw(Draw),
    /// Windows of voluntary disclosure (art. 8) with their last days
    #[command(after_help = "Example:\n  greenlane disclosure --violated-on 2024-08-31 --aeo")]
    Disclosure(Disclosure),
    /// A synthetic enterprise registry and declarations
    #[command(after_help = "\
Examples:
  greenlane generate --seed 36 --declarations 10000 --out demo/
  greenlane generate --declarations 10000000 --format parquet --joined --out year/")]
    Generate(Generate),
    /// Serve decisions over HTTP, and keep every one of them
    #[command(after_help = "\
Examples:
  greenlane serve
  greenlane serve --config /etc/greenlane/greenlane.toml
  greenlane serve --database postgres://greenlane@db/greenlane --listen 127.0.0.1:8036 --key-file /etc/greenlane/key
  curl -d @declaration.json -H 'content-type: application/json' http://127.0.0.1:8036/v1/decide")]
    Serve(Serve),
    /// Show how a server is configured: by file, environment and flags, in that order of rising precedence
    #[command(after_help = "\
Examples:
  greenlane config show
  greenlane config show --config /etc/greenlane/greenlane.toml --connections 16")]
    Config(Config),
    /// Save everything that a server keeps into one file, while it goes on serving; or check such a file
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "\
Examples:
  greenlane backup greenlane-2026-11-24.glb
  greenlane backup --config /etc/greenlane/greenlane.toml /backups/today.glb
  greenlane backup verify /backups/today.glb --log-key 3d40…

The key file is never in a backup. Without it the secrets in the backup do not open: keep it elsewhere, and keep it."
    )]
    Backup(Backup),
    /// Restore a backup into an empty database, SQLite or PostgreSQL, whichever it was made from
    #[command(after_help = "\
Examples:
  greenlane restore /backups/today.glb --database sqlite:new.db
  greenlane restore /backups/today.glb --database postgres://greenlane@db/greenlane

The server that is started on it needs the key file of the one that the backup was made from.")]
    Restore(Restore),
    /// Accounts of people and machines, on the server itself
    #[command(after_help = "\
Examples:
  greenlane account create li.wei --role officer --office 3101
  greenlane account create single-window --machine --role machine --office '*'
  greenlane account link li.wei")]
    Account(Account),
    /// Tokens by which machines and scripts show who they are
    #[command(after_help = "\
Examples:
  greenlane token create single-window --scope decide --scope read_matter --days 30 > token
  greenlane token list
  greenlane token revoke 3")]
    Token(Token),
    /// Check a receipt, or a whole log, without trusting the server
    #[command(after_help = "\
Examples:
  greenlane audit receipt receipt.json --log-key 3d40…
  greenlane audit log --database sqlite:greenlane.db --log-key 3d40…
  greenlane audit log --log-key 3d40… --head head-of-january.json --head checkpoint.txt
  greenlane audit log --log-key 3d40… --witness port.example+b8ad…+BG1… --ask-witness https://witness.port.example")]
    Audit(Audit),
    /// Witness the log of somebody else's server: cosign its heads, and never two histories
    #[command(after_help = "\
Examples:
  greenlane witness new-key --name witness.port.example witness.key
  greenlane witness serve --key-file witness.key --state witness.state --log greenlane.log/3d40…+1c2d…+AT1A…")]
    Witness(Witness),
    /// Make every decision of a log again and compare, bit for bit
    #[command(
        after_help = "Example:\n  greenlane replay --database sqlite:greenlane.db --key-file greenlane.key"
    )]
    Replay(Replay),
    /// Take enterprises or events from a CSV file into the registry of a database; the same file may come again
    #[command(after_help = "\
Examples:
  greenlane import enterprises enterprises.csv --database sqlite:greenlane.db
  greenlane import events events.csv --database postgres://greenlane@db/greenlane --person 'Li Wei'")]
    Import(Import),
    /// The clock beside the log: nothing is added when it is far from the last entry, until somebody confirms it
    #[command(after_help = "\
Examples:
  greenlane clock show --database sqlite:greenlane.db
  greenlane clock confirm --person 'Li Wei' --database postgres://greenlane@db/greenlane

Set the clock first. After it has jumped ahead, keys of the draws would be revealed too early; when servers stood still for longer
than `clock_ahead_hours`, confirming says that the clock is right all the same. A clock that was ahead and is set back is confirmed
too: entries then have the time of the last one until the clock has caught up.")]
    Clock(Clock),
    /// Completions for a shell
    #[command(after_help = "Example:\n  greenlane completions bash > /etc/bash_completion.d/greenlane")]
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
}

/// Where facts come from.
#[derive(Debug, Args)]
pub struct Inputs {
    /// Files of matters (.csv, .ndjson, .parquet, .xml), folders of them, or `-` for NDJSON on standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Enterprise registry (CSV): fills the facts of parties
    #[arg(long, value_name = "CSV")]
    pub registry: Option<PathBuf>,
    /// Events (CSV: enterprise, kind, on, amount): history facts are computed from them
    #[arg(long, value_name = "CSV")]
    pub events: Option<PathBuf>,
    /// Standard values of enterprise performance (CSV): excellent values by industry
    #[arg(long, value_name = "CSV")]
    pub standards: Option<PathBuf>,
    /// Column mapping for CSV: a name (`kcs`) or a TOML file
    #[arg(long, value_name = "NAME|TOML")]
    pub mapping: Option<String>,
    /// Profile for WCO Data Model XML (TOML file)
    #[arg(long, value_name = "TOML")]
    pub profile: Option<PathBuf>,
    /// Decide everything by the law of this day, whatever the rows say
    #[arg(long, value_name = "DAY")]
    pub decided_on: Option<String>,
    /// Leave out columns and keys that are no facts
    #[arg(long)]
    pub ignore_unknown: bool,
}

/// Decide many matters.
#[derive(Debug, Args)]
pub struct Decide {
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where decisions go: a .parquet or .ndjson file, or `-` for NDJSON on standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where rejected rows go (NDJSON; default: beside the output, `NAME.rejects.ndjson`)
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Master key for draws: a file with 64 hex digits (see `greenlane draw new-key`)
    #[arg(long, value_name = "FILE", env = "GREENLANE_DRAW_KEY")]
    pub draw_key: Option<PathBuf>,
    /// Draw with HMAC-SM3 instead of HMAC-SHA256
    #[arg(long)]
    pub sm3: bool,
    /// Rows in one block of the engine
    #[arg(long, value_name = "ROWS", default_value_t = 2048, value_parser = clap::value_parser!(u16).range(1..=2048))]
    pub block: u16,
    /// Threads (default: all cores)
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// Look at one matter.
#[derive(Debug, Args)]
pub struct OneMatter {
    #[command(flatten)]
    pub inputs: Inputs,
    /// The matter (default: the first one of the file)
    #[arg(long, value_name = "ID")]
    pub matter: Option<String>,
    /// Only this measure, with every condition
    #[arg(long, value_name = "LABEL")]
    pub measure: Option<String>,
    /// Every condition of every measure
    #[arg(long)]
    pub full: bool,
    /// Master key for draws
    #[arg(long, value_name = "FILE", env = "GREENLANE_DRAW_KEY")]
    pub draw_key: Option<PathBuf>,
    /// Draw with HMAC-SM3 instead of HMAC-SHA256
    #[arg(long)]
    pub sm3: bool,
}

/// The law.
#[derive(Debug, Args)]
pub struct Pack {
    #[command(subcommand)]
    pub command: PackCommand,
}

/// What to do with the law.
#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Report every problem of a pack, each with file, line, column and place
    Check {
        /// Folder of the pack (default: the built-in one)
        folder: Option<PathBuf>,
    },
    /// Run the cases of a pack
    Test {
        /// Folder of the pack (default: the built-in one)
        folder: Option<PathBuf>,
        /// Show passing cases too
        #[arg(long)]
        all: bool,
    },
    /// Show a measure: the law beside the rule (all measures as a list without a label)
    Show {
        /// Row label, such as 9 or 2a
        measure: Option<String>,
    },
    /// Print the pack as one SQL statement for DuckDB and PostgreSQL
    Sql {
        /// Print the CREATE TABLE of its facts instead
        #[arg(long)]
        table: bool,
    },
    /// List the facts: names, types, words, sources
    Facts,
}

/// Draws.
#[derive(Debug, Args)]
pub struct Draw {
    #[command(subcommand)]
    pub command: DrawCommand,
}

/// What to do with draws.
#[derive(Debug, Subcommand)]
pub enum DrawCommand {
    /// Make a master key from the operating system's randomness
    NewKey {
        /// File to write (must not exist)
        file: PathBuf,
    },
    /// Print the commitment of an epoch's key, to be published before the day starts
    Commit {
        /// Master key file
        #[arg(long, value_name = "FILE", env = "GREENLANE_DRAW_KEY")]
        draw_key: PathBuf,
        /// Day
        #[arg(long, value_name = "DAY")]
        epoch: String,
        /// HMAC-SM3 instead of HMAC-SHA256
        #[arg(long)]
        sm3: bool,
    },
    /// Print an epoch's key, to be published after the day
    Reveal {
        /// Master key file
        #[arg(long, value_name = "FILE", env = "GREENLANE_DRAW_KEY")]
        draw_key: PathBuf,
        /// Day
        #[arg(long, value_name = "DAY")]
        epoch: String,
        /// HMAC-SM3 instead of HMAC-SHA256
        #[arg(long)]
        sm3: bool,
    },
    /// Recompute a draw from a revealed key and compare it with what was claimed
    #[command(after_help = "\
Example:
  greenlane draw verify --epoch 2024-08-30 --key 5f… --commitment 8a… --basis PACKHASH \\
    --stage inspection --matter 310120241000000123 --rate 0.00244 --u bb3d…")]
    Verify(Verify),
}

/// A claim about a draw.
#[derive(Debug, Args)]
pub struct Verify {
    /// Day
    #[arg(long, value_name = "DAY")]
    pub epoch: String,
    /// Revealed key, 64 hex digits
    #[arg(long, value_name = "HEX")]
    pub key: String,
    /// Commitment published before the day; without it only the arithmetic is checked
    #[arg(long, value_name = "HEX")]
    pub commitment: Option<String>,
    /// Hash of the pack that decided (or the label of a comparison); default: the pack in use
    #[arg(long, value_name = "HASH")]
    pub basis: Option<String>,
    /// Stage: inspection, sampling, on-site-lot, review
    #[arg(long, default_value = "inspection")]
    pub stage: String,
    /// Matter
    #[arg(long, value_name = "ID")]
    pub matter: String,
    /// Rate, such as 0.00244 or 0.244%
    #[arg(long)]
    pub rate: String,
    /// The claimed draw, 16 hex digits
    #[arg(long, value_name = "HEX")]
    pub u: Option<String>,
    /// The claimed outcome
    #[arg(long, value_name = "BOOL")]
    pub selected: Option<bool>,
    /// HMAC-SM3 instead of HMAC-SHA256
    #[arg(long)]
    pub sm3: bool,
}

/// Windows of disclosure.
#[derive(Debug, Args)]
pub struct Disclosure {
    /// Day of the violation
    #[arg(long, value_name = "DAY")]
    pub violated_on: String,
    /// The enterprise is AEO
    #[arg(long)]
    pub aeo: bool,
    /// Day of the disclosure, which chooses the version of the law (default: every version is shown)
    #[arg(long, value_name = "DAY")]
    pub disclosed_on: Option<String>,
}

/// A synthetic population.
#[derive(Debug, Args)]
pub struct Generate {
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 36)]
    pub seed: u64,
    /// Enterprises in the registry
    #[arg(long, default_value_t = 10_000)]
    pub enterprises: u32,
    /// Declarations
    #[arg(long, default_value_t = 10_000)]
    pub declarations: u64,
    /// Goods items of each declaration, as rows of their own (0: one row is the declaration and its only item)
    #[arg(long, default_value_t = 0)]
    pub items: u32,
    /// First day
    #[arg(long, value_name = "DAY", default_value = "2024-05-01")]
    pub from: String,
    /// Last day
    #[arg(long, value_name = "DAY", default_value = "2025-04-30")]
    pub to: String,
    /// Format of the declarations
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub format: Format,
    /// Write the facts of parties into the declarations, so that no registry is needed to decide them
    #[arg(long)]
    pub joined: bool,
}

/// Format of generated declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values
    Csv,
    /// Parquet
    Parquet,
}
