//! From inputs to reports and an exit code: what `lint`, `scan` and `merge` have in common.

use super::arguments::{
    BenchmarkArguments, ConfigArguments, ReportArguments, RuleArguments, TimeArguments,
    VerdictArguments,
};
use super::catalog::{CatalogArguments, Opened};
use super::judge::Judgement;
use super::memory::{Memory, MemoryArguments};
use super::output::{self, Target};
use super::run::{Inputs, Task};
use super::{Failure, github, progress, rulebook};
use crate::finding::{Persona, Severity};
use crate::history::HistoryError;
use crate::model::Document;
use crate::report::{CatalogDate, Hidden, Report, Style};
use crate::rules::Ruleset;
use crate::rules::benchmark::{Assessment, Benchmark, Grounds};
use crate::settings::{Ending, Exit, Settings, Triage, triage};
use clap::Args;
use jiff::Timestamp;
use std::collections::HashSet;

/// By what is judged and how it is told: the flags that `lint`, `scan` and `merge` have in common.
#[derive(Debug, Args)]
pub(super) struct JudgingArguments {
    #[command(flatten)]
    pub(super) rules: RuleArguments,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    benchmark: BenchmarkArguments,

    #[command(flatten)]
    pub(super) report: ReportArguments,

    #[command(flatten)]
    pub(super) verdict: VerdictArguments,

    #[command(flatten)]
    memory: MemoryArguments,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    pub(super) time: TimeArguments,
}

/// What those flags mean, with everything loaded that they name.
pub(super) struct Judging<'a> {
    arguments: &'a JudgingArguments,
    pub(super) targets: Vec<Target>,
    pub(super) settings: Settings,
    pub(super) ruleset: Ruleset,
    catalog: Opened,
    pub(super) now: Timestamp,
    benchmark: Option<&'static Benchmark>,
    /// What is remembered between runs, if that was asked for.
    memory: Option<Memory>,
}

impl JudgingArguments {
    /// Loads configuration, rules and catalogue: what is wrong with them is told before anything is read.
    pub(super) fn prepare(&self) -> Result<Judging<'_>, Failure> {
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
        let catalog = self.catalog.open()?;
        Ok(Judging {
            arguments: self,
            targets,
            settings,
            ruleset,
            catalog,
            now,
            benchmark,
            memory: None,
        })
    }
}

/// What a run ended with, when everything is told.
pub(super) struct Told {
    /// Nothing that was met is anything we know.
    pub(super) nothing_known: bool,
    ending: Ending,
    /// Why the run is not in the history.
    not_stored: Option<HistoryError>,
}

impl Told {
    /// The exit code.
    ///
    /// # Errors
    /// Warnings that `--strict` makes errors, and a history that could not be written.
    pub(super) fn exit(self) -> Result<Exit, Failure> {
        if let Some(error) = self.not_stored {
            let error = anyhow::anyhow!("the run is not in the history: {error}");
            return Err(Failure::Internal(error));
        }
        let exit = self.ending.exit();
        if exit == Exit::Usage {
            return Err(Failure::usage(match self.ending.warnings {
                1 => "1 warning, which `--strict` makes an error".to_owned(),
                several => format!("{several} warnings, which `--strict` makes errors"),
            }));
        }
        Ok(exit)
    }
}

impl Judging<'_> {
    /// Opens the history, if one was asked for. `scope` is what it calls that which is judged; `exhaustive` whether the
    /// input is all that there is of it, as a scan's is, so that what is not there is gone.
    pub(super) fn remember(
        &mut self,
        exhaustive: bool,
        scope: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        self.memory = self.arguments.memory.open(&self.ruleset, scope)?;
        if let Some(memory) = &mut self.memory {
            memory.exhaustive = exhaustive;
        }
        self.settings.keep_hidden = self.memory.is_some();
        Ok(())
    }

    /// Judges `inputs`.
    pub(super) fn judge(&self, inputs: &mut Inputs, threads: usize) -> Result<Judgement, Failure> {
        inputs.for_people = self
            .targets
            .iter()
            .any(|target| target.format.names_for_people());
        let task = Task {
            inputs,
            settings: &self.settings,
            ruleset: &self.ruleset,
            catalog: self.catalog.catalog(),
            now: self.now,
            threads,
            watch: self.memory.as_ref().map(Memory::watch),
        };
        let talk = &self.arguments.report.talk;
        progress::shown(talk, &self.targets, inputs.size(), |progress| {
            task.judge(progress, None)
        })
    }

    /// Sorts what was found, writes every report that was asked for, and weighs the exit code. `deliver` sends the
    /// report elsewhere and says whether that failed; it is also told whether to talk of what it did.
    pub(super) fn tell(
        &self,
        inputs: &Inputs,
        judgement: &mut Judgement,
        deliver: impl FnOnce(&Report<'_>, bool) -> bool,
    ) -> Result<Told, Failure> {
        let talk = &self.arguments.report.talk;
        let findings = std::mem::take(&mut judgement.findings);
        let infos = rulebook::infos(&self.ruleset.rules);
        let triage = triage(findings, &infos, &self.settings, self.now);
        let nothing_known = nothing_known(judgement);
        let benchmark = self
            .benchmark
            .map(|one| self.assess(one, judgement, &triage));
        // What is no export says nothing of what was found before.
        let memory = self.memory.as_ref().filter(|_| !nothing_known);
        let recorded =
            memory.map(|memory| memory.record(&self.ruleset, self.now, judgement, &triage));
        let (changes, not_stored) = match recorded {
            Some(Ok(changes)) => (Some(changes), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let mut ending = self.ending(judgement, &triage, nothing_known);
        if let Some(changes) = changes
            .as_ref()
            .filter(|_| memory.is_some_and(|memory| memory.fail_on_new))
        {
            ending.worst = changes.standing.worst_new;
        }
        if talk.verbose > 0 {
            output::note(&format!("catalogue of {}", self.catalog.date()));
        }
        let style = Style {
            color: false,
            width: None,
            all: self.arguments.report.all,
            verbose: talk.verbose > 0,
            quiet: talk.quiet > 0,
        };
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            now: self.now,
            catalog: CatalogDate {
                embedded: self.catalog.catalog().date(),
                imported: self.catalog.imported(),
            },
            rules: &self.ruleset.rules,
            documents: &judgement.documents,
            findings: triage.reported,
            suppressed: triage.suppressed,
            baselined: triage.baselined,
            hidden: Hidden {
                by_persona: triage.hidden_by_persona,
                by_severity: triage.hidden_by_severity,
            },
            gaps: std::mem::take(&mut judgement.gaps),
            coverage: std::mem::take(&mut judgement.coverage),
            benchmark,
            changes: changes.as_ref(),
            notices: triage.notices,
            excerpts: &inputs.lines(),
        };
        let for_people = |target: &Target| target.file.is_none() && target.format.is_for_people();
        if !self.targets.iter().any(for_people) && talk.quiet == 0 {
            report
                .notices
                .iter()
                .for_each(|notice| output::warn(notice));
        }
        let incomplete = ending.incomplete_gaps > 0 && !ending.allow_incomplete;
        if talk.quiet == 1 && incomplete {
            // Findings only, or none: neither may look like a whole answer.
            output::warn("something could not be read or judged; without `-q` it is named");
        }
        github::tell(&report, &self.targets, style)?;
        output::write(&report, &self.targets, style, talk.quiet > 1)?;
        // What could not be compared with earlier runs is not told as new.
        if not_stored.is_none() {
            ending.internal_failure |= deliver(&report, talk.verbose > 0);
        }
        Ok(Told {
            nothing_known,
            ending,
            not_stored,
        })
    }

    /// What came of it for `benchmark`. What the user accepted is a fault nevertheless.
    fn assess(
        &self,
        benchmark: &'static Benchmark,
        judgement: &Judgement,
        triage: &Triage,
    ) -> Assessment {
        let grounds = Grounds {
            benchmark,
            rules: &self.ruleset.rules,
            tallies: &judgement.tallies,
            gaps: &judgement.gaps,
            allow_incomplete: self.arguments.verdict.allow_incomplete,
        };
        let reported = triage.reported.iter().map(|finding| (finding, false));
        let suppressed = triage.suppressed.iter().map(|(finding, _)| finding);
        let accepted = suppressed.chain(&triage.baselined);
        grounds.assess(reported.chain(accepted.map(|finding| (finding, true))))
    }

    fn ending(&self, judgement: &Judgement, triage: &Triage, nothing_known: bool) -> Ending {
        Ending {
            internal_failure: false,
            usage_error: nothing_known,
            warnings: triage.warnings,
            strict: self.arguments.verdict.strict,
            worst: triage.worst,
            fail_on: self.settings.fail_on,
            exit_zero: self.arguments.verdict.exit_zero,
            incomplete_gaps: incomplete(judgement),
            allow_incomplete: self.arguments.verdict.allow_incomplete,
            unknown_outcomes: judgement.coverage.outcomes.unknown,
            require_complete: self.arguments.verdict.require_complete,
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
