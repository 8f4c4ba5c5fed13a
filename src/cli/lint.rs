//! `leastwise lint`: judges exported policy, with no network and no credentials.

use super::arguments::InputArguments;
use super::memory::scope_of;
use super::run::Inputs;
use super::verdict::JudgingArguments;
use super::{Failure, output};
use crate::model::{Dialect, Document};
use crate::settings::Exit;
use clap::Args;
use std::collections::BTreeMap;

/// Judge exported policy, offline.
///
/// Takes files, folders and `-` for standard input, in any mix: Cloud Asset Inventory exports, what gcloud,
/// gsutil and the REST APIs print (JSON or YAML, plain or gzip), and Terraform plans. Every document is
/// recognised by its content.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Lint {
    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    judging: JudgingArguments,
}

const EXAMPLES: &str = "\
Examples:
  leastwise lint exports/
  leastwise lint org.ndjson.gz --format sarif=out.sarif --format table
  gcloud projects get-iam-policy acme-ml | leastwise lint - --resource projects/acme-ml
  terraform show -json plan.out | leastwise lint - --fail-on high
  leastwise lint exports/ --history leastwise-history.db --fail-on-new
  leastwise lint exports/ --benchmark cis-gcp-4.0 --format csv=cis.csv --format table

Exit codes:
  0  nothing at or above --fail-on          1  findings
  2  wrong usage, configuration or rule     3  something asked for could not be read or judged
  4  the tool failed

Every flag can be given as a variable, too: LEASTWISE_FAIL_ON=high is --fail-on high.";

impl Lint {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mut judging = self.judging.prepare()?;
        judging.remember(false, || scope_of(&self.input))?;
        let mut inputs = Inputs::gather(&self.input)?;
        let mut judgement = judging.judge(&mut inputs, self.input.threads())?;
        judgement.coverage.scope = self.input.named();
        inputs.warn_of_shared_resource(&judgement);
        let talk = &self.judging.report.talk;
        if talk.verbose > 0 && !judgement.coverage.documents.is_empty() {
            output::note(&by_dialect(&judgement.documents));
        }
        let told = judging.tell(&inputs, &mut judgement, |_, _| false)?;
        if told.nothing_known {
            return Err(Failure::usage(
                "nothing to judge: no file is an export that leastwise knows; `-v` names them with the reason",
            ));
        }
        told.exit()
    }
}

/// The documents, grouped by what they were recognised as.
fn by_dialect(documents: &[Document]) -> String {
    let mut groups: BTreeMap<Dialect, Vec<&Document>> = BTreeMap::new();
    for document in documents {
        if let Some(dialect) = document.dialect {
            groups.entry(dialect).or_default().push(document);
        }
    }
    let mut lines = Vec::new();
    for (dialect, documents) in groups {
        lines.push(format!("{} ({})", dialect.slug(), documents.len()));
        for document in documents {
            let plural = if document.assets == 1 { "" } else { "s" };
            let path = document.path.display();
            lines.push(format!("  {path}   {} asset{plural}", document.assets));
        }
    }
    lines.join("\n")
}
