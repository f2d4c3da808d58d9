//! The command line `greenlane`: arguments, progress, exit codes. No logic of the law lives here.

mod arguments;
mod commands;
mod common;
mod exit;
mod inputs;
mod language;
mod print;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::exit::{Exit, report};

/// A server takes and gives back many small pieces of memory on several threads; the system's allocator took a fifth of
/// the time of single calls.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    let arguments = Arguments::parse();
    let language = language::choose(arguments.language);
    let common = common::Common { language, json: arguments.json, pack: arguments.pack };
    let result = match arguments.command {
        Command::Decide(command) => commands::decide::run(&common, &command),
        Command::Explain(command) => commands::explain::run(&common, &command),
        Command::Needs(command) => commands::explain::needs(&common, &command),
        Command::WhatIf(command) => commands::explain::what_if(&common, &command),
        Command::Pack(command) => commands::pack::run(&common, &command),
        Command::Draw(command) => commands::draw::run(&common, &command),
        Command::Disclosure(command) => commands::disclosure::run(&common, &command),
        Command::Generate(command) => commands::generate::run(&common, &command),
        Command::Serve(command) => commands::serve::run(&common, &command),
        Command::Config(command) => commands::config::run(&common, &command),
        Command::Backup(command) => commands::backup::run(&common, &command),
        Command::Restore(command) => commands::backup::restore(&common, &command),
        Command::Account(command) => commands::people::account(&common, &command),
        Command::Token(command) => commands::people::token(&common, &command),
        Command::Audit(command) => commands::audit::run(&common, &command),
        Command::Witness(command) => commands::witness::run(&common, &command),
        Command::Replay(command) => commands::replay::run(&common, &command),
        Command::Clock(command) => commands::clock::run(&common, &command),
        Command::Import(command) => commands::import::run(&common, &command),
        Command::Completions { shell } => {
            use clap::CommandFactory;
            clap_complete::generate(shell, &mut Arguments::command(), "greenlane", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => report(&error),
    }
}

/// `greenlane … | head` closes the pipe early; that is no error to report.
fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
        if message.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}
