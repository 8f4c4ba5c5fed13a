//! Flags, exit codes, one file per command.

pub mod judge;
mod lint;
mod output;

use crate::settings::Exit;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Lints Google Cloud IAM and Cloud Storage policy.
///
/// Finds what grants more than it must, says how it knows, and admits what it could not judge.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(Box<lint::Lint>),
}

/// Runs the command line and returns the exit code.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; anything else is wrong usage.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let ended = match arguments.command {
        Command::Lint(command) => command.run(),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell(),
    }
}

/// What went wrong so that there is no result.
#[derive(Debug)]
enum Failure {
    /// The user can mend it.
    Usage(String),
    /// The user cannot.
    Internal(anyhow::Error),
    /// The reader of our output went away.
    Closed,
}

impl Failure {
    fn tell(self) -> ExitCode {
        match self {
            Failure::Usage(message) => {
                output::complain(&message);
                Exit::Usage.into()
            }
            Failure::Internal(error) => {
                output::complain(&format!("{error:#}"));
                Exit::Internal.into()
            }
            Failure::Closed => ExitCode::SUCCESS,
        }
    }
}

impl From<crate::settings::SettingsError> for Failure {
    fn from(error: crate::settings::SettingsError) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Failure::Closed
        } else {
            Failure::Internal(error.into())
        }
    }
}

/// A lookup of environment variables.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
