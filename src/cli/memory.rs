//! The memory between runs: what `--history` and `--fail-on-new` ask for.

use super::Failure;
use super::arguments::InputArguments;
use super::judge::Judgement;
use super::rulebook;
use crate::finding::{Finding, Message, fingerprint};
use crate::history::{Changes, Counts, Entry, History, HistoryError, RunSummary};
use crate::model::short_name;
use crate::rules::{Proof, Rule, Ruleset, Watch};
use crate::settings::{RuleInfo, Triage, fingerprints};
use clap::{Args, ValueHint};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Component, PathBuf};

/// What is remembered between runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Memory")]
pub(super) struct MemoryArguments {
    /// Remember the run in this file, and tell what is new, still open and fixed since the last one, e.g.
    /// `leastwise-history.db`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    history: Option<PathBuf>,

    /// What the history calls that which is judged; runs of one name are compared [default: the input as given].
    #[arg(long, value_name = "NAME")]
    history_scope: Option<String>,

    /// Only what is new since the last run, or back again, fails the run.
    #[arg(long)]
    fail_on_new: bool,
}

/// A history that is open for this run.
pub(super) struct Memory {
    history: RefCell<History>,
    scope: String,
    /// Where earlier runs found something: the run must look there again.
    watch: Watch,
    /// Only what is new fails the run.
    pub(super) fail_on_new: bool,
    /// The input lists all there is, as a live scan does: of what it holds none of, there is none.
    pub(super) exhaustive: bool,
}

impl MemoryArguments {
    /// Opens the history, if one was asked for: before anything is judged, so that a long run does not end in a typo.
    /// `scope` says what is judged.
    pub(super) fn open(
        &self,
        ruleset: &Ruleset,
        scope: impl FnOnce() -> String,
    ) -> Result<Option<Memory>, Failure> {
        let Some(path) = &self.history else {
            let lonely = match (self.fail_on_new, &self.history_scope) {
                (true, _) => "--fail-on-new",
                (false, Some(_)) => "--history-scope",
                (false, None) => return Ok(None),
            };
            return Err(Failure::usage(format!(
                "`{lonely}` is about earlier runs: name the file that remembers them with `--history FILE`"
            )));
        };
        let history = History::open(path)?;
        let scope = self.history_scope.clone().unwrap_or_else(scope);
        let open = history.open_in(&scope)?;
        let indices = indices(&ruleset.rules);
        let pairs = open.iter().filter_map(|(rule, resource)| {
            let index = indices.get(rule.as_str())?;
            Some((*index, resource.as_str()))
        });
        Ok(Some(Memory {
            watch: Watch::new(pairs),
            history: RefCell::new(history),
            scope,
            fail_on_new: self.fail_on_new,
            exhaustive: false,
        }))
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Failure {
        match error.is_about_the_file() {
            true => Failure::usage(error.to_string()),
            false => Failure::Internal(error.into()),
        }
    }
}

/// The indices of rules by their ids, present and earlier.
fn indices(rules: &[Rule]) -> HashMap<&str, usize> {
    let named = rules.iter().enumerate();
    let earlier = named.clone().flat_map(|(at, rule)| {
        let aliases = rule.file.aliases.iter();
        aliases.map(move |alias| (alias.as_str(), at))
    });
    let present = named.map(|(at, rule)| (rule.id.as_str(), at));
    earlier.chain(present).collect()
}

/// What `lint` judges, as the history calls it: the paths as given, in one order, and whose bare policies are.
pub(super) fn scope_of(input: &InputArguments) -> String {
    let plain = |path: &PathBuf| {
        let parts: Vec<_> = path
            .components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        match parts.is_empty() {
            true => ".".to_owned(),
            false => parts.join("/").replacen("//", "/", 1),
        }
    };
    let mut paths: Vec<String> = input.paths.iter().map(plain).collect();
    paths.sort();
    paths.dedup();
    let paths = paths.join(", ");
    match &input.resource {
        Some(resource) => format!("{paths} as {resource}"),
        None => paths,
    }
}

impl Memory {
    /// What the judging must look at again.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Stores the run, with everything that was found: what is not reported is found nevertheless.
    pub(super) fn record(
        &self,
        ruleset: &Ruleset,
        now: Timestamp,
        judgement: &Judgement,
        triage: &Triage,
    ) -> Result<Changes, HistoryError> {
        let rules = &ruleset.rules;
        let infos = rulebook::infos(rules);
        let suppressed = triage.suppressed.iter().map(|(finding, _)| finding);
        let withheld = suppressed.chain(&triage.baselined).chain(&triage.hidden);
        let reported = triage.reported.iter().map(|finding| (finding, true));
        let findings: Vec<(&Finding, bool)> = reported
            .chain(withheld.map(|finding| (finding, false)))
            .collect();
        let entries: Vec<Entry<'_>> = findings
            .iter()
            .filter_map(|(finding, reported)| entry(finding, *reported, &infos))
            .collect();

        let indices = indices(rules);
        let looked_at = |id: &str, resource: &str| {
            let Some((index, rule)) = indices.get(id).map(|at| (*at, &rules[*at])) else {
                return false;
            };
            let tally = judgement.tallies.get(index).copied().unwrap_or_default();
            let outcomes = tally.fail + tally.pass + tally.unknown + tally.not_applicable;
            let proof = Proof {
                watch: &self.watch,
                looked_at_anything: outcomes > 0 || self.exhaustive,
                gaps: &judgement.gaps,
            };
            rule.unmet.is_empty() && judgement.sight.looked_at(&proof, index, rule, resource)
        };
        let message = |at: usize| {
            let told = findings
                .get(at)
                .map(|(finding, _)| sentence(finding, rules));
            told.unwrap_or_default()
        };
        let coverage = &judgement.coverage;
        let elapsed = SignedDuration::try_from(coverage.elapsed).unwrap_or_default();
        let run = RunSummary {
            started: now,
            finished: now.checked_add(elapsed).unwrap_or(now),
            version: env!("CARGO_PKG_VERSION"),
            scope: &self.scope,
            complete: coverage.complete,
            rules: coverage.rules,
            ruleset: identity(rules),
            counts: Counts {
                documents: coverage.documents.values().sum(),
                assets: coverage.assets,
                bindings: coverage.bindings,
                grants: coverage.grants,
                fail: coverage.outcomes.fail,
                pass: coverage.outcomes.pass,
                unknown: coverage.outcomes.unknown,
            },
            kinds: judgement.sight.kinds(),
            looked_at: &looked_at,
            message: &message,
        };
        self.history.borrow_mut().record(&run, &entries)
    }
}

fn entry<'f>(finding: &'f Finding, reported: bool, infos: &[RuleInfo<'f>]) -> Option<Entry<'f>> {
    let rule = infos.get(usize::from(finding.rule.0))?;
    let earlier = match rule.aliases.is_empty() {
        true => Vec::new(),
        false => fingerprints(finding, infos).split_off(1),
    };
    Some(Entry {
        fingerprint: fingerprint(rule.id, finding),
        earlier,
        rule: rule.id,
        severity: finding.severity,
        resource: &finding.resource,
        role: finding.role.as_deref(),
        member: finding.member.as_deref(),
        condition: finding.condition.as_deref(),
        detail: finding.detail.as_deref(),
        reported,
    })
}

/// The sentence of a finding, as the reports for programs tell it.
fn sentence(finding: &Finding, rules: &[Rule]) -> String {
    match (&finding.message, rules.get(usize::from(finding.rule.0))) {
        (Message::Said(text), _) => text.to_string(),
        (Message::Template(_), Some(rule)) => {
            crate::rules::message(rule, finding, &short_name(&finding.resource)).into_owned()
        }
        (Message::Template(_), None) => String::new(),
    }
}

/// Tells rulesets apart: the beginning of the SHA-256 of the ids and texts of the rules that run.
fn identity(rules: &[Rule]) -> String {
    let mut hash = Sha256::new();
    let mut running: Vec<&Rule> = rules.iter().filter(|rule| rule.unmet.is_empty()).collect();
    running.sort_by(|a, b| a.id.cmp(&b.id));
    for part in running.iter().flat_map(|rule| [&rule.id, &rule.text]) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::scope_of;
    use crate::cli::arguments::InputArguments;

    #[test]
    fn one_input_has_one_name() {
        let scope = |paths: &[&str], resource: Option<&str>| {
            scope_of(&InputArguments {
                paths: paths.iter().map(Into::into).collect(),
                resource: resource.map(str::to_owned),
                threads: None,
            })
        };
        assert_eq!(scope(&["exports/"], None), "exports");
        assert_eq!(scope(&["./b.json", "a/./c", "b.json"], None), "a/c, b.json");
        assert_eq!(scope(&["."], None), ".");
        assert_eq!(
            scope(&["-"], Some("projects/acme-ml")),
            "- as projects/acme-ml"
        );
        if cfg!(unix) {
            assert_eq!(scope(&["/srv/exports/"], None), "/srv/exports");
        }
    }
}
