//! `leastwise lint`: judges exported policy, with no network and no credentials.

use super::arguments::{
    BenchmarkArguments, ConfigArguments, InputArguments, ReportArguments, RuleArguments,
    TimeArguments, VerdictArguments,
};
use super::catalog::CatalogArguments;
use super::judge::Judgement;
use super::run::{Inputs, judge_paths};
use super::{Failure, github, output, progress, rulebook};
use crate::finding::{Persona, Severity};
use crate::model::{Dialect, Document};
use crate::report::{CatalogDate, Hidden, Report, Style};
use crate::rules::Ruleset;
use crate::rules::benchmark::{Assessment, Benchmark, Grounds};
use crate::settings::{Ending, Exit, Settings, Triage, triage};
use clap::Args;
use std::collections::{BTreeMap, HashSet};

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
        let opened = self.catalog.open()?;
        let mut inputs = Inputs::gather(&self.input)?;
        inputs.for_people = targets
            .iter()
            .any(|target| target.format.names_for_people());

        let threads = self.input.threads();
        let talk = &self.report.talk;
        let mut judgement = progress::shown(talk, &targets, inputs.size(), |progress| {
            judge_paths(
                &inputs,
                &settings,
                &ruleset,
                opened.catalog(),
                now,
                threads,
                progress,
            )
        })?;
        inputs.warn_of_shared_resource(&judgement);
        let findings = std::mem::take(&mut judgement.findings);
        let triage = triage(findings, &rulebook::infos(&ruleset.rules), &settings, now);
        let nothing_known = nothing_known(&judgement);
        let benchmark = benchmark.map(|one| self.assess(one, &ruleset, &judgement, &triage));
        let ending = self.ending(&settings, &judgement, &triage, nothing_known);

        if talk.verbose > 0 {
            output::note(&format!("catalogue of {}", opened.date()));
        }
        if talk.verbose > 0 && !judgement.coverage.documents.is_empty() {
            output::note(&by_dialect(&judgement.documents));
        }
        let style = Style {
            color: false,
            width: None,
            all: self.report.all,
            verbose: talk.verbose > 0,
            quiet: talk.quiet > 0,
        };
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            now,
            catalog: CatalogDate {
                embedded: opened.catalog().date(),
                imported: opened.imported(),
            },
            rules: &ruleset.rules,
            documents: &judgement.documents,
            findings: triage.reported,
            suppressed: triage.suppressed,
            baselined: triage.baselined,
            hidden: Hidden {
                by_persona: triage.hidden_by_persona,
                by_severity: triage.hidden_by_severity,
            },
            gaps: judgement.gaps,
            coverage: judgement.coverage,
            benchmark,
            notices: triage.notices,
            excerpts: &inputs.lines(),
        };
        let told = targets
            .iter()
            .any(|target| target.file.is_none() && target.format.is_for_people());
        if !told && talk.quiet == 0 {
            report
                .notices
                .iter()
                .for_each(|notice| output::warn(notice));
        }
        github::tell(&report, &targets, style)?;
        output::write(&report, &targets, style, talk.quiet > 1)?;
        if nothing_known {
            return Err(Failure::usage(
                "nothing to judge: no file is an export that leastwise knows; `-v` names them with the reason",
            ));
        }
        let exit = ending.exit();
        if exit == Exit::Usage {
            return Err(Failure::usage(match triage.warnings {
                1 => "1 warning, which `--strict` makes an error".to_owned(),
                several => format!("{several} warnings, which `--strict` makes errors"),
            }));
        }
        Ok(exit)
    }

    /// What came of it for `benchmark`. What the user accepted is a fault nevertheless.
    fn assess(
        &self,
        benchmark: &'static Benchmark,
        ruleset: &Ruleset,
        judgement: &Judgement,
        triage: &Triage,
    ) -> Assessment {
        let grounds = Grounds {
            benchmark,
            rules: &ruleset.rules,
            tallies: &judgement.tallies,
            gaps: &judgement.gaps,
            allow_incomplete: self.verdict.allow_incomplete,
        };
        let reported = triage.reported.iter().map(|finding| (finding, false));
        let suppressed = triage.suppressed.iter().map(|(finding, _)| finding);
        let accepted = suppressed.chain(&triage.baselined);
        grounds.assess(reported.chain(accepted.map(|finding| (finding, true))))
    }

    fn ending(
        &self,
        settings: &Settings,
        judgement: &Judgement,
        triage: &Triage,
        nothing_known: bool,
    ) -> Ending {
        Ending {
            internal_failure: false,
            usage_error: nothing_known,
            warnings: triage.warnings,
            strict: self.verdict.strict,
            worst: triage.worst,
            fail_on: settings.fail_on,
            exit_zero: self.verdict.exit_zero,
            incomplete_gaps: incomplete(judgement),
            allow_incomplete: self.verdict.allow_incomplete,
            unknown_outcomes: judgement.coverage.outcomes.unknown,
            require_complete: self.verdict.require_complete,
        }
    }
}

/// How many gaps make the run incomplete.
pub(super) fn incomplete(judgement: &Judgement) -> usize {
    let gaps = judgement.gaps.iter();
    gaps.filter(|gap| gap.reason.is_incomplete()).count()
}

/// Whether every file that was met is foreign, and none even broken: the wrong folder was named. An empty list is no
/// such file, for a project without buckets has one.
pub(super) fn nothing_known(judgement: &Judgement) -> bool {
    let coverage = &judgement.coverage;
    let foreign: HashSet<&str> = coverage.foreign.iter().map(|(path, _)| &**path).collect();
    let is_foreign = |document: &Document| foreign.contains(&*document.path.to_string_lossy());
    coverage.documents.is_empty()
        && incomplete(judgement) == 0
        && judgement.documents.iter().all(is_foreign)
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
