//! `leastwise role diff`.

use super::subjects::Subjects;
use crate::cli::Failure;
use crate::cli::arguments::AnswerArguments;
use crate::cli::catalog::{CatalogArguments, tell_difference};
use crate::settings::Exit;
use clap::Args;

/// Compare what two roles carry: files, or roles by name.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise role diff before.yaml after.yaml
  leastwise role diff role.yaml roles/storage.objectViewer
  leastwise role diff monday.ndjson friday.ndjson --role projects/acme-ml/roles/trainer

What is not known of one of them is neither a difference nor the lack of one.

Exit codes:
  0  they carry the same     1  they differ     2  wrong usage     3  too little is known to say")]
pub(super) struct Diff {
    /// The first: a file with a role definition, or a role, e.g. `roles/storage.objectUser`; `-` is standard input.
    #[arg(value_name = "ROLE")]
    first: String,

    /// The second.
    #[arg(value_name = "ROLE")]
    second: String,

    /// The role that is meant, in files that hold several.
    #[arg(long, value_name = "NAME")]
    role: Option<String>,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

impl Diff {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let words = [self.first, self.second];
        let subjects = Subjects::resolve(&opened, &words, self.role.as_deref())?;
        let both: Vec<_> = subjects.roles().collect();
        let [first, second] = both.as_slice() else {
            return Err(Failure::usage("two roles are compared"));
        };
        tell_difference(subjects.catalog(&opened), *first, *second, self.told.format)
    }
}
