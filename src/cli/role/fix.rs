//! `leastwise role fix`.

use super::arguments::{self, HomeArguments, KeepArguments, WordArguments, WriteArguments};
use super::{input, report, write};
use crate::cli::Failure;
use crate::cli::catalog::CatalogArguments;
use crate::cli::output::{complain, warn};
use crate::cli::stdin::spool;
use crate::remediation::roles::{How, mend};
use crate::report::escape;
use crate::settings::Exit;
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Write a role definition that the API accepts.
///
/// Permissions that custom roles cannot hold go, and those by which somebody gains more than was granted move into a role
/// of their own. Patterns are spelled out, duplicates and order set right, limits kept: what is too large becomes several
/// roles. What was changed is told on standard error. What the catalogue does not know is kept, and told.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise role fix role.yaml
  leastwise role fix role.yaml --project acme-ml --format terraform -o roles.tf
  leastwise role fix org.ndjson --role projects/acme-ml/roles/trainer --format gcloud -o trainer.sh
  gcloud iam roles describe trainer --project=acme-ml | leastwise role fix - --without '*.setIamPolicy'

Exit codes:
  0  written     1  no permission is left, nothing was written     2  the file cannot be read
  3  written as far as the catalogue knows")]
pub(super) struct Fix {
    /// A role definition, YAML or JSON, or an export that holds roles; `-` is standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The role that is meant, where the file holds several: `projects/acme-ml/roles/trainer`, or `trainer`.
    #[arg(long, value_name = "NAME", help_heading = "Role")]
    role: Option<String>,

    /// What the role shall be called, the last part of its name.
    #[arg(long, value_name = "ID", value_parser = arguments::id, help_heading = "Role")]
    id: Option<String>,

    #[command(flatten)]
    home: HomeArguments,

    #[command(flatten)]
    words: WordArguments,

    #[command(flatten)]
    keep: KeepArguments,

    #[command(flatten)]
    write: WriteArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

impl Fix {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let catalog = opened.catalog();
        let home = self.home.home()?;
        let [only, without] = self.keep.wanted(catalog)?;
        let stdin = spool(self.file.as_os_str() == "-")?;
        let mut reading = input::pick(&self.file, stdin.as_ref(), self.role.as_deref())?;
        if reading.unlisted {
            complain(
                "the document does not say what the role carries; take what `gcloud iam roles describe` prints",
            );
            return Ok(Exit::Incomplete);
        }
        if reading.deleted {
            warn("the role is marked for deletion; `--format gcloud` brings it back first");
        }
        for problem in &reading.problems {
            warn(&escape::terminal(&problem.message));
        }
        let definition = &mut reading.definition;
        if self.id.is_some() && definition.id != self.id {
            definition.id = self.id;
            definition.etag = None;
        }
        self.words.lay_over(definition);
        let how = How {
            home: home.as_ref(),
            only: only.as_ref(),
            without: without.as_ref(),
            drop_unknown: self.keep.drop_unknown,
            keep_escalation: self.keep.keep_escalation,
            ..How::new(catalog)
        };
        let mended = mend(definition, how);
        if mended.roles.is_empty() {
            report::tell(&mended, home.as_ref().or(definition.home.as_ref()));
            complain("no permission is left: nothing was written");
            return Ok(Exit::Findings);
        }
        write::write(&mended.roles, &self.write)?;
        report::tell(&mended, home.as_ref().or(definition.home.as_ref()));
        Ok(match mended.is_certain() {
            true => Exit::Clean,
            false => Exit::Incomplete,
        })
    }
}
