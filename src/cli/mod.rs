//! Flags, exit codes, one file per command.

pub mod amend;
mod arguments;
#[cfg(feature = "live")]
mod auth;
mod baseline;
mod catalog;
mod completions;
mod config;
mod environment;
mod explain;
mod failure;
mod fix;
mod github;
mod history;
pub mod judge;
mod lint;
#[cfg(feature = "live")]
mod live;
mod memory;
mod merge;
mod output;
mod page;
#[cfg(feature = "live")]
mod permissions;
mod progress;
#[cfg(feature = "live")]
mod reads;
mod role;
mod rulebook;
mod rules;
mod run;
#[cfg(feature = "live")]
mod scan;
mod scanned;
mod schema;
mod settle;
mod shard;
#[cfg(feature = "live")]
pub mod sinks;
mod stdin;
mod verdict;

use crate::settings::{ColorChoice, Exit};
use clap::builder::styling::{AnsiColor, Effects, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use environment::env;
use failure::Failure;
use std::process::ExitCode;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().effects(Effects::BOLD))
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Yellow.on_default());

/// Lints Google Cloud IAM and Cloud Storage policy.
///
/// Finds what grants more than it must, says how it knows, and admits what it could not judge.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, styles = STYLES)]
#[command(after_help = "`leastwise help COMMAND` tells more about a command.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Colours: `auto`, `always` or `never`; NO_COLOR and FORCE_COLOR are obeyed.
    #[arg(long, value_name = "WHEN", global = true, value_parser = color, default_value = "auto")]
    // Last of its group: by itself, it would move with the number of commands.
    #[arg(
        hide_default_value = true,
        help_heading = "Output",
        display_order = 1000
    )]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    Lint(Box<lint::Lint>),
    #[cfg(feature = "live")]
    Scan(Box<scan::Scan>),
    Fix(Box<fix::Fix>),
    Merge(Box<merge::Merge>),
    Explain(explain::Explain),
    Rules(rules::Rules),
    Baseline(baseline::Baseline),
    Catalog(catalog::CatalogCommand),
    Role(role::RoleCommand),
    #[cfg(feature = "live")]
    Auth(auth::Auth),
    #[cfg(feature = "live")]
    Permissions(Box<permissions::Permissions>),
    History(history::HistoryCommand),
    Config(config::Config),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(completions::Man),
}

fn color(text: &str) -> Result<ColorChoice, String> {
    match text {
        "auto" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" => Ok(ColorChoice::Never),
        _ => Err("use auto, always or never".to_owned()),
    }
}

/// Runs the command line and returns the exit code.
pub fn run() -> ExitCode {
    let command = environment::with_variables(Arguments::command());
    let parsed = command
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return misread(error).into(),
    };
    output::set_color(arguments.color);
    failure::guarded(|| arguments.command.run())
        .unwrap_or_else(Failure::tell)
        .into()
}

impl Command {
    fn run(self) -> Result<Exit, Failure> {
        match self {
            Command::Lint(command) => command.run(),
            #[cfg(feature = "live")]
            Command::Scan(command) => command.run(),
            Command::Fix(command) => command.run(),
            Command::Merge(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Rules(command) => command.run(),
            Command::Baseline(command) => command.run(),
            Command::Catalog(command) => command.run(),
            Command::Role(command) => command.run(),
            #[cfg(feature = "live")]
            Command::Auth(command) => command.run(),
            #[cfg(feature = "live")]
            Command::Permissions(command) => command.run(),
            Command::History(command) => command.run(),
            Command::Config(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
        }
    }
}

/// Prints help, the version or what is wrong with the command line.
fn misread(mut error: clap::Error) -> Exit {
    let paths = matches!(error.get(ContextKind::InvalidArg),
        Some(ContextValue::Strings(missing)) if missing.iter().any(|name| name.contains("PATH")));
    if error.kind() == ErrorKind::MissingRequiredArgument && paths {
        let tip = "name what to judge, e.g. `exports/`, or `-` for standard input";
        let tip = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
    // Nobody is left to be told when the stream is closed.
    let _ = error.print();
    // Help and version are no errors; anything else is wrong usage.
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::{Command, CommandFactory};

    #[test]
    fn the_command_line_is_sound_and_everything_in_it_has_help() {
        let command = Arguments::command();
        command.clone().debug_assert();
        described(&command);
    }

    fn described(command: &Command) {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            let name = (command.get_name(), argument.get_id());
            assert!(argument.get_help().is_some(), "{name:?}");
        }
        command.get_subcommands().for_each(described);
    }
}
