//! `leastwise rules new`: a rule of one's own to begin with, and its examples.

use crate::cli::Failure;
use crate::cli::output::{self, print_text};
use crate::rules::{builtin, is_rule_id};
use crate::settings::Exit;
use clap::{Args, ValueEnum, ValueHint};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Write a rule of your own to begin with, and its examples.
///
/// The three files work as they stand, so that `leastwise rules test` passes before the first change and fails as soon as
/// rule and examples disagree. What is to be replaced says EDIT. No file is ever overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise rules new house-models-unversioned
  leastwise rules new house-person-deletes-objects --kind grant
  leastwise rules new house-train-and-deploy --kind analysis --dir policy/rules

Writes:
  house-rules/house-models-unversioned.toml
  house-rules/fixtures/house-models-unversioned/bad.json
  house-rules/fixtures/house-models-unversioned/good.json

Then:
  leastwise rules test house-rules
  leastwise lint --rules house-rules exports/")]
pub(super) struct New {
    /// The rule's id: lower case, words joined by hyphens, naming the fault, e.g. `house-bucket-outside-europe`.
    #[arg(value_name = "ID")]
    id: String,

    /// What it asks: `select` (a setting of one asset), `grant` (who holds what) or `analysis` (one of the general
    /// analyses).
    #[arg(
        long,
        value_name = "KIND",
        default_value = "select",
        hide_possible_values = true
    )]
    kind: Kind,

    /// The folder of your rules.
    #[arg(long, value_name = "DIR", default_value = "house-rules", value_hint = ValueHint::DirPath)]
    dir: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Select,
    Grant,
    Analysis,
}

impl Kind {
    /// The rule, an example with its fault, and one without.
    fn templates(self) -> [&'static str; 3] {
        match self {
            Kind::Select => [
                include_str!("templates/select.toml"),
                include_str!("templates/select-bad.json"),
                include_str!("templates/select-good.json"),
            ],
            Kind::Grant => [
                include_str!("templates/grant.toml"),
                include_str!("templates/grant-bad.json"),
                include_str!("templates/grant-good.json"),
            ],
            Kind::Analysis => [
                include_str!("templates/analysis.toml"),
                include_str!("templates/analysis-bad.json"),
                include_str!("templates/analysis-good.json"),
            ],
        }
    }
}

impl New {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let id = &self.id;
        if !is_rule_id(id) {
            let message = format!("`{id}` is no id: use a-z, 0-9 and `-`, e.g. `house-no-owner`");
            return Err(Failure::usage(message));
        }
        let file = format!("{id}.toml");
        if let Some(taken) = builtin()
            .into_iter()
            .find(|rule| rule.path.rsplit('/').next() == Some(&file))
        {
            let message = format!("the id `{id}` is taken by the built-in rule {}", taken.path);
            return Err(Failure::usage(message));
        }
        let examples = self.dir.join("fixtures").join(id);
        let files = [
            self.dir.join(file),
            examples.join("bad.json"),
            examples.join("good.json"),
        ];
        // All or nothing: a rule without its examples is not known to work.
        if let Some(there) = files.iter().find(|file| file.symlink_metadata().is_ok()) {
            return Err(exists(there));
        }
        for (path, text) in files.iter().zip(self.kind.templates()) {
            write(path, text)?;
            print_text(&format!("{}\n", path.display()))?;
        }
        let dir = self.dir.display();
        output::note(&format!(
            "Replace what says EDIT, then run: leastwise rules test {dir}"
        ));
        Ok(Exit::Clean)
    }
}

fn exists(path: &Path) -> Failure {
    Failure::usage(format!(
        "`{}` is there already, and nothing is overwritten: choose another id or `--dir`",
        path.display()
    ))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let wrong = |error: std::io::Error| {
        let reason = output::reason(&error);
        Failure::usage(format!("cannot write `{}`: {reason}", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    // Somebody may have come first since it was looked up.
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => wrong(error),
    })?;
    file.write_all(text.as_bytes()).map_err(wrong)
}
