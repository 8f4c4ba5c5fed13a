//! `leastwise lint`: judges exported policy, with no network and no credentials.

use super::arguments::{
    BenchmarkArguments, ConfigArguments, InputArguments, ReportArguments, RuleArguments,
    TimeArguments, VerdictArguments,
};
use super::catalog::CatalogArguments;
use super::memory::{Memory, MemoryArguments, scope_of};
use super::run::{Inputs, Task};
use super::verdict::Run;
use super::{Failure, output, progress};
use crate::finding::{Persona, Severity};
use crate::model::{Dialect, Document};
use crate::settings::{Exit, Settings};
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
    rules: RuleArguments,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    benchmark: BenchmarkArguments,

    #[command(flatten)]
    report: ReportArguments,

    #[command(flatten)]
    verdict: VerdictArguments,

    #[command(flatten)]
    memory: MemoryArguments,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    time: TimeArguments,
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
        let targets = output::targets(&self.report)?;
        let loaded = self.config.load()?;
        let now = self.time.now()?;
        let mut settings = Settings::new(&loaded, &self.verdict.overrides(), now)?;
        let benchmark = self.benchmark.benchmark();
        let ruleset = match benchmark {
            Some(benchmark) => {
                // What fails a recommendation is told, whoever asks.
                settings.persona = Persona::Auditor;
                settings.min_severity = Severity::Info;
                self.rules.load_for(benchmark, &settings)?
            }
            None => self.rules.load(&loaded, &settings)?,
        };
        let memory = self.memory.open(&ruleset, || scope_of(&self.input))?;
        settings.keep_hidden = memory.is_some();
        let opened = self.catalog.open()?;
        let mut inputs = Inputs::gather(&self.input)?;
        inputs.for_people = targets
            .iter()
            .any(|target| target.format.names_for_people());

        let task = Task {
            inputs: &inputs,
            settings: &settings,
            ruleset: &ruleset,
            catalog: opened.catalog(),
            now,
            threads: self.input.threads(),
            watch: memory.as_ref().map(Memory::watch),
        };
        let talk = &self.report.talk;
        let mut judgement = progress::shown(talk, &targets, inputs.size(), |progress| {
            task.judge(progress, None)
        })?;
        judgement.coverage.scope = self.input.named();
        inputs.warn_of_shared_resource(&judgement);
        if talk.verbose > 0 && !judgement.coverage.documents.is_empty() {
            output::note(&by_dialect(&judgement.documents));
        }
        let run = Run {
            targets: &targets,
            settings: &settings,
            ruleset: &ruleset,
            catalog: &opened,
            now,
            excerpts: &inputs.lines(),
            report: &self.report,
            verdict: &self.verdict,
            benchmark,
            #[cfg(feature = "live")]
            deliveries: None,
            memory: memory.as_ref(),
        };
        let told = run.tell(&mut judgement)?;
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
