//! `leastwise rules`: what is looked for, and whether it is found.

mod list;
mod new;
mod trial;

use super::Failure;
use super::output::print_json;
use super::schema::rule_schema;
use crate::settings::Exit;
use clap::{Args, Subcommand};

pub(super) use list::Described;

/// List the rules, begin and test your own, or print the schema of a rule file.
#[derive(Debug, Args)]
pub(super) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    New(new::New),
    Test(trial::Test),
    /// Print the JSON Schema of a rule file.
    #[command(
        after_help = "Example:\n  leastwise rules schema > .vscode/leastwise-rule.schema.json"
    )]
    Schema,
}

impl Rules {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.command {
            Command::List(list) => list.run(),
            Command::New(new) => new.run(),
            Command::Test(test) => test.run(),
            Command::Schema => {
                print_json(&rule_schema())?;
                Ok(Exit::Clean)
            }
        }
    }
}
