//! `leastwise role`: custom roles, judged, mended, derived and compared.

mod arguments;
mod diff;
mod fix;
mod from;
mod input;
mod lint;
mod report;
mod subjects;
mod write;

use super::Failure;
use crate::settings::Exit;
use clap::{Args, Subcommand};

/// Judge custom roles, and write ones that the API accepts.
///
/// A definition is read from YAML or JSON, as gcloud and the REST API write it, or from any document that `lint` reads.
/// Nothing is changed in the cloud: what is written is a file for gcloud, Terraform or the REST API.
#[derive(Debug, Args)]
pub(super) struct RoleCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(lint::Lint),
    Fix(Box<fix::Fix>),
    From(Box<from::From>),
    Diff(diff::Diff),
}

impl RoleCommand {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.command {
            Command::Lint(command) => command.run(),
            Command::Fix(command) => command.run(),
            Command::From(command) => command.run(),
            Command::Diff(command) => command.run(),
        }
    }
}
