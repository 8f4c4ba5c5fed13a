//! `leastwise catalog`: what is known of roles and permissions, and how to know more.

mod diff;
mod import;
mod list;
mod reader;
mod show;
mod status;
mod stored;
#[cfg(feature = "live")]
mod update;
#[cfg(not(feature = "live"))]
#[path = "update_by_hand.rs"]
mod update;
mod which;
mod words;

use super::Failure;
use crate::settings::Exit;
use clap::{Args, Subcommand};

pub(in crate::cli) use diff::{Subject, tell as tell_difference};
pub(in crate::cli) use stored::{CatalogArguments, Opened};
pub(in crate::cli) use words::{columns, count, did_you_mean, meant, near, settled, warn_unknown};

/// Ask what roles carry, and take in what the IAM API says of them.
///
/// The program comes with a catalogue of Google's predefined roles: of many it knows every permission, of the others
/// whether they carry the permissions that matter most. What it does not know is unknown, never a pass. `catalog import`
/// adds answers of your own; every command then asks both.
#[derive(Debug, Args)]
pub(super) struct CatalogCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Status),
    List(list::List),
    Show(show::Show),
    Which(which::Which),
    Diff(diff::Diff),
    Import(import::Import),
    Update(update::Update),
}

impl CatalogCommand {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.command {
            Command::Status(command) => command.run(),
            Command::List(command) => command.run(),
            Command::Show(command) => command.run(),
            Command::Which(command) => command.run(),
            Command::Diff(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Update(command) => command.run(),
        }
    }
}
