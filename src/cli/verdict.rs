//! From a judgement to reports and an exit code: what `lint` and `scan` have in common.

use super::arguments::{ReportArguments, VerdictArguments};
use super::catalog::Opened;
use super::judge::Judgement;
use super::memory::Memory;
use super::output::{self, Target};
use super::{Failure, github, rulebook};
use crate::history::HistoryError;
use crate::model::{Document, Excerpts};
use crate::report::{CatalogDate, Hidden, Report, Style};
use crate::rules::Ruleset;
use crate::rules::benchmark::{Assessment, Benchmark, Grounds};
use crate::settings::{Ending, Exit, Settings, Triage, triage};
use jiff::Timestamp;
use std::collections::HashSet;

/// What the run was asked, beside its input.
pub(super) struct Run<'r> {
    pub(super) targets: &'r [Target],
    pub(super) settings: &'r Settings,
    pub(super) ruleset: &'r Ruleset,
    pub(super) catalog: &'r Opened,
    pub(super) now: Timestamp,
    /// The lines of the input, for code frames.
    pub(super) excerpts: &'r (dyn Excerpts + Sync),
    pub(super) report: &'r ReportArguments,
    pub(super) verdict: &'r VerdictArguments,
    pub(super) benchmark: Option<&'static Benchmark>,
    /// Where a live scan sends what it found.
    #[cfg(feature = "live")]
    pub(super) deliveries: Option<super::sinks::Deliveries<'r>>,
    /// What is remembered between runs, if that was asked for.
    pub(super) memory: Option<&'r Memory>,
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

impl Run<'_> {
    /// Sorts what was found, writes every report that was asked for, and weighs the exit code.
    pub(super) fn tell(&self, judgement: &mut Judgement) -> Result<Told, Failure> {
        let talk = &self.report.talk;
        let findings = std::mem::take(&mut judgement.findings);
        let infos = rulebook::infos(&self.ruleset.rules);
        let triage = triage(findings, &infos, self.settings, self.now);
        let nothing_known = nothing_known(judgement);
        let benchmark = self
            .benchmark
            .map(|one| self.assess(one, judgement, &triage));
        // What is no export says nothing of what was found before.
        let memory = self.memory.filter(|_| !nothing_known);
        let recorded =
            memory.map(|memory| memory.record(self.ruleset, self.now, judgement, &triage));
        let (changes, not_stored) = match recorded {
            Some(Ok(changes)) => (Some(changes), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let mut ending = self.ending(judgement, &triage, nothing_known);
        if let Some(changes) = changes
            .as_ref()
            .filter(|_| self.memory.is_some_and(|memory| memory.fail_on_new))
        {
            ending.worst = changes.standing.worst_new;
        }
        if talk.verbose > 0 {
            output::note(&format!("catalogue of {}", self.catalog.date()));
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
            excerpts: self.excerpts,
        };
        let for_people = |target: &Target| target.file.is_none() && target.format.is_for_people();
        if !self.targets.iter().any(for_people) && talk.quiet == 0 {
            report
                .notices
                .iter()
                .for_each(|notice| output::warn(notice));
        }
        github::tell(&report, self.targets, style)?;
        output::write(&report, self.targets, style, talk.quiet > 1)?;
        // What could not be compared with earlier runs is not told as new.
        #[cfg(feature = "live")]
        if let Some(deliveries) = self.deliveries.as_ref().filter(|_| not_stored.is_none()) {
            ending.internal_failure |= deliveries.send(&report, talk.verbose > 0);
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
            allow_incomplete: self.verdict.allow_incomplete,
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
            strict: self.verdict.strict,
            worst: triage.worst,
            fail_on: self.settings.fail_on,
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
