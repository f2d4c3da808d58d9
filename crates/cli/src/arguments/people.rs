//! Arguments of `greenlane account` and `greenlane token`.

use clap::{Args, Subcommand, ValueEnum};

use crate::settings::DatabaseSettings;

/// Accounts, on the server itself.
#[derive(Debug, Args)]
pub struct Account {
    #[command(flatten)]
    pub settings: DatabaseSettings,
    #[command(subcommand)]
    pub command: AccountCommand,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account; a person gets a one-time link to choose a password
    Create {
        /// What its owner types to sign in
        login: String,
        /// Name of the person or machine (default: the login)
        #[arg(long)]
        name: Option<String>,
        /// A machine: it comes with tokens and never signs in
        #[arg(long)]
        machine: bool,
        /// officer, supervisor, policy_editor, auditor, enterprise, partner, machine or administrator; may be repeated
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// Customs office that it serves, four digits, or `*` for all; may be repeated
        #[arg(long = "office", value_name = "OFFICE")]
        offices: Vec<String>,
        /// Identifier of the enterprise that it speaks for; may be repeated
        #[arg(long = "enterprise", value_name = "ID")]
        enterprise: Vec<String>,
    },
    /// A new one-time link for somebody who lost the password
    Link {
        /// Login of the account
        login: String,
    },
    /// Whether one administrator alone may do what takes two; without a word: how it is
    LoneAdministrator {
        /// `on` or `off`
        #[arg(value_enum)]
        lone: Option<Switch>,
    },
    /// List accounts
    List,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// One administrator is enough
    On,
    /// It takes two
    Off,
}

/// Tokens, on the server itself.
#[derive(Debug, Args)]
pub struct Token {
    #[command(flatten)]
    pub settings: DatabaseSettings,
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Give out a token; its secret is shown once
    Create {
        /// Login of the account that it stands for
        login: String,
        /// What it allows, such as decide, try, read_matter, record_event; may be repeated
        #[arg(long = "scope", value_name = "ACTION", required = true)]
        scopes: Vec<String>,
        /// What it is for (default: the login)
        #[arg(long = "for", value_name = "TEXT")]
        name: Option<String>,
        /// Days until it ends
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
    },
    /// List the tokens of an account, or of all
    List {
        /// Login of the account
        login: Option<String>,
    },
    /// Take a token back
    Revoke {
        /// Its number
        token: u64,
    },
}
