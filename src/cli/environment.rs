//! Every flag as a variable: `--fail-on` is also `LEASTWISE_FAIL_ON`.

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, Command};

/// The variables that are not read here: `settings` looks for the configuration itself, and says who named it.
const ELSEWHERE: [&str; 1] = ["config"];

/// A lookup of environment variables.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The variable of a flag.
pub(super) fn variable(flag: &str) -> String {
    format!("LEASTWISE_{}", flag.to_uppercase().replace('-', "_"))
}

/// Lets each long flag of `command` and of its subcommands be set by its variable. An empty variable counts as none;
/// a switch is set by anything but `0`, `false`, `no`, `off` and the like.
pub(super) fn with_variables(command: Command) -> Command {
    command
        .mut_args(|arg| match variable_of(&arg) {
            // Leaked, because clap wants a name for ever: once per run for each variable that is set.
            Some(name) => {
                let name: &'static str = Box::leak(name.into_boxed_str());
                let switch = matches!(arg.get_action(), ArgAction::SetTrue);
                let arg = arg.env(name).hide_env(true);
                match switch {
                    true => arg.value_parser(FalseyValueParser::new()),
                    false => arg,
                }
            }
            None => arg,
        })
        .mut_subcommands(with_variables)
}

/// The variable that sets `arg` in this run.
fn variable_of(arg: &Arg) -> Option<String> {
    let flag = arg.get_long()?;
    let name = variable(flag);
    let set = env(&name).is_some_and(|value| !value.is_empty());
    (set && !ELSEWHERE.contains(&flag)).then_some(name)
}

/// The variables that flags of `command` and its subcommands listen to, sorted.
pub(super) fn variables(command: &Command) -> Vec<String> {
    let mut names: Vec<String> = command
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(variable))
        .chain(command.get_subcommands().flat_map(variables))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
