//! Exit codes, and how an error is shown.

use std::process::ExitCode;

use greenlane_configuration::ConfigurationProblems;
use greenlane_desk::keys::KeyFileError;
use greenlane_intake::IntakeError;
use greenlane_policy::problem::PackProblems;
use greenlane_server::{ServeError, WitnessError};
use greenlane_store::StoreError;
use greenlane_store::archive::ArchiveError;
use greenlane_store::registry::RegistryError;

/// How a command ended. 2 is a wrong command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// The answer is no: a case failed, a draw does not verify, a matter was not found.
    No,
    /// The pack has problems.
    Pack,
    /// A file, database or address cannot be used.
    File,
    /// Done, but rows were set aside.
    Rejected,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Pack => 3,
            Exit::File => 4,
            Exit::Rejected => 5,
        })
    }
}

/// A wrong argument that only the command itself could see.
#[derive(Debug)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The exit codes in words, for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  done
  1  the answer is no: a case failed, a draw does not verify, a matter is not in the file
  2  wrong command line
  3  the pack has problems
  4  a file, database or address cannot be used
  5  done, but rows were set aside";

/// Shows an error on standard error and gives its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(problems) = error.downcast_ref::<PackProblems>() {
        for problem in &problems.problems {
            let handler = miette::GraphicalReportHandler::new();
            let mut drawn = String::new();
            if handler.render_report(&mut drawn, problem).is_ok() {
                let (line, column) = problem.line_and_column();
                eprintln!("{}:{line}:{column}\n{drawn}", problem.file());
            }
        }
        eprintln!("{problems}");
        return Exit::Pack.into();
    }
    let mut chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    // Many errors repeat in their own words what they came from.
    chain.dedup_by(|cause, said| said.contains(cause.as_str()));
    eprintln!("greenlane: {}", chain.join(": "));
    if error.is::<Usage>() {
        return ExitCode::from(2);
    }
    let is_outside = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<IntakeError>()
            || cause.is::<std::io::Error>()
            || cause.is::<StoreError>()
            || cause.is::<RegistryError>()
            || cause.is::<ArchiveError>()
            || cause.is::<ServeError>()
            || cause.is::<KeyFileError>()
            || cause.is::<WitnessError>()
            || cause.is::<ConfigurationProblems>()
    };
    if error.chain().any(is_outside) { Exit::File } else { Exit::No }.into()
}
