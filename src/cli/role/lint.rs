//! `leastwise role lint`.

use super::arguments::HomeArguments;
use super::input;
use crate::cli::Failure;
use crate::cli::arguments::{AnswerArguments, AnswerFormat};
use crate::cli::catalog::{CatalogArguments, count};
use crate::cli::output::{print_json, print_text, stdout_color};
use crate::cli::stdin::spool;
use crate::escape::shell_word;
use crate::model::Location;
use crate::remediation::roles::{self, Kind, Problem, Weight};
use crate::report::escape;
use crate::settings::Exit;
use anstyle::{AnsiColor, Effects, Style};
use clap::{Args, ValueHint};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// So many problems of one kind are told of a role.
const FEW: usize = 5;

/// Tell what is wrong with role definitions.
///
/// An error is what the API refuses; a warning is what it takes and should not be there; a note is worth knowing. What the
/// catalogue does not know is unknown, never a pass.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise role lint role.yaml
  leastwise role lint roles.json --organization 123456789012
  gcloud iam roles describe trainer --project=acme-ml | leastwise role lint -

Exit codes:
  0  nothing but notes     1  errors or warnings     2  a file cannot be read     3  too little is known to say")]
pub(super) struct Lint {
    /// Files with role definitions, YAML or JSON, or exports that hold roles; `-` is standard input.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,

    /// Every problem of a kind, not the first few.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    home: HomeArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

/// The answer as other programs read it.
#[derive(Default, Serialize)]
struct Answer {
    roles: Vec<Judged>,
    /// Problems by weight.
    errors: usize,
    warnings: usize,
    unknown: usize,
    notes: usize,
}

#[derive(Serialize)]
struct Judged {
    file: String,
    line: u32,
    column: u32,
    /// `projects/P/roles/ID`, where the document says it.
    role: Option<String>,
    title: Option<String>,
    problems: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    kind: Kind,
    weight: Weight,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<String>,
    message: String,
    way_out: String,
}

impl Told {
    fn new(problem: Problem, at: Location) -> Told {
        Told {
            kind: problem.kind,
            weight: problem.weight,
            line: at.line,
            column: at.column,
            permission: problem.permission,
            message: problem.message,
            way_out: problem.way_out,
        }
    }
}

impl Lint {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let home = self.home.home()?;
        let stdin = spool(self.files.iter().any(|file| file.as_os_str() == "-"))?;
        let mut answer = Answer::default();
        for path in &self.files {
            input::roles(path, stdin.as_ref(), &mut |found| {
                let by = roles::Lint {
                    catalog: opened.catalog(),
                    home: home.as_ref(),
                };
                let problems = roles::lint(&found.reading, by).into_iter();
                let place = found.locate("");
                let problems = problems.map(|problem| {
                    let at = found.locate(&problem.pointer);
                    Told::new(problem, at)
                });
                let mut problems: Vec<Told> = problems.collect();
                problems.sort_by_key(|told| (told.line, told.column));
                answer.add(Judged {
                    file: path.display().to_string(),
                    line: place.line,
                    column: place.column,
                    role: found.reading.definition.name(),
                    title: found.reading.definition.title,
                    problems,
                });
            })?;
        }
        match self.told.format {
            AnswerFormat::Json => print_json(&answer)?,
            AnswerFormat::Table => print_text(&answer.text(self.all, stdout_color()))?,
        }
        Ok(match () {
            () if answer.errors + answer.warnings > 0 => Exit::Findings,
            () if answer.unknown > 0 => Exit::Incomplete,
            () => Exit::Clean,
        })
    }
}

impl Answer {
    /// What `role fix` takes: the file, where it holds one role.
    fn what(&self) -> String {
        match self.roles.as_slice() {
            [one] => escape::terminal(&shell_word(&one.file)).into_owned(),
            _ => "FILE --role NAME".to_owned(),
        }
    }

    fn add(&mut self, role: Judged) {
        for problem in &role.problems {
            *match problem.weight {
                Weight::Error => &mut self.errors,
                Weight::Warning => &mut self.warnings,
                Weight::Unknown => &mut self.unknown,
                Weight::Note => &mut self.notes,
            } += 1;
        }
        self.roles.push(role);
    }

    fn text(&self, all: bool, color: bool) -> String {
        let mut text = String::new();
        for role in &self.roles {
            role.text(all, color, &mut text);
        }
        let roles = count(self.roles.len(), "role", "roles");
        let kinds = [
            count(self.errors, "error", "errors"),
            count(self.warnings, "warning", "warnings"),
            count(self.unknown, "unknown", "unknown"),
            count(self.notes, "note", "notes"),
        ];
        let counts = [self.errors, self.warnings, self.unknown, self.notes];
        let some = kinds.into_iter().zip(counts).filter(|(_, n)| *n > 0);
        let some: Vec<String> = some.map(|(told, _)| told).collect();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&match some.is_empty() {
            true => format!("{roles}: nothing to mend.\n"),
            false => format!("{roles}: {}.\n", some.join(", ")),
        });
        if self.errors + self.warnings > 0 {
            text.push_str(&format!("→ leastwise role fix {}\n", self.what()));
        }
        text
    }
}

impl Judged {
    fn text(&self, all: bool, color: bool, text: &mut String) {
        let file = if self.file == "-" {
            "<stdin>"
        } else {
            &self.file
        };
        let file = escape::terminal(file);
        let mut told: BTreeMap<(Kind, Weight), usize> = BTreeMap::new();
        for problem in &self.problems {
            let n = told.entry((problem.kind, problem.weight)).or_default();
            *n += 1;
            if *n > FEW && !all {
                continue;
            }
            let (style, word) = match problem.weight {
                Weight::Error => (AnsiColor::Red.on_default(), "error"),
                Weight::Warning => (AnsiColor::Yellow.on_default(), "warning"),
                Weight::Unknown => (AnsiColor::Magenta.on_default(), "unknown"),
                Weight::Note => (Style::new(), "note"),
            };
            let word = match color {
                true => {
                    let style = style.effects(Effects::BOLD);
                    format!("{style}{word}{style:#}")
                }
                false => word.to_owned(),
            };
            text.push_str(&format!(
                "{file}:{}:{}: {word}: {} [{}]\n  → {}\n",
                problem.line,
                problem.column,
                escape::terminal(&problem.message),
                problem.kind.slug(),
                escape::terminal(&problem.way_out),
            ));
        }
        for ((kind, _), n) in told.into_iter().filter(|(_, n)| *n > FEW && !all) {
            text.push_str(&format!(
                "… and {} more of {} (--all shows them)\n",
                n - FEW,
                kind.slug()
            ));
        }
    }
}
