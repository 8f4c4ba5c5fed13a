//! `leastwise completions SHELL` and `leastwise man`: what a package installs beside the binary.

use super::output::{print, print_text};
use super::{Arguments, Failure};
use crate::settings::Exit;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise completions bash > ~/.local/share/bash-completion/completions/leastwise
  leastwise completions zsh  > ~/.zfunc/_leastwise
  leastwise completions fish > ~/.config/fish/completions/leastwise.fish")]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Arguments::command(),
            "leastwise",
            &mut script,
        );
        print(|out| out.write_all(&script))?;
        Ok(Exit::Clean)
    }
}

/// Print a manual page, in roff.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise man > leastwise.1
  leastwise man lint > leastwise-lint.1
  leastwise man lint | man -l -")]
pub(super) struct Man {
    /// A command, e.g. `lint` or `baseline write`; without one the page of leastwise itself.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Man {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mut root = Arguments::command().disable_help_subcommand(true);
        // Names of subcommands become whole: `leastwise-lint`.
        root.build();
        let mut command = &root;
        for name in &self.command {
            command = command.find_subcommand(name).ok_or_else(|| {
                let known: Vec<&str> = command
                    .get_subcommands()
                    .map(clap::Command::get_name)
                    .collect();
                let known = match known.as_slice() {
                    [] => format!("`{}` has no subcommands", command.get_name()),
                    some => format!("use one of {}", some.join(", ")),
                };
                Failure::usage(format!("no command `{name}`; {known}"))
            })?;
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone())
            .source(concat!("leastwise ", env!("CARGO_PKG_VERSION")))
            .render(&mut page)?;
        print_text(&String::from_utf8_lossy(&page))?;
        Ok(Exit::Clean)
    }
}
