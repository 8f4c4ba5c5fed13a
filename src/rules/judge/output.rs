//! What judging a batch of assets brings: findings, facts, gaps and counts. Merged in the order of the input.

use super::Bench;
use super::Sight;
use super::program::Program;
use crate::estate::Fact;
use crate::finding::Finding;
use crate::model::{DocumentId, Gap, GapReason, Location};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Why outcomes are unknown: the reason, and the role, pointer or principal that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Cause {
    pub(crate) reason: GapReason,
    pub(crate) subject: Box<str>,
}

/// What a cause made unknown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Affected {
    /// Indices of rules.
    pub(crate) rules: FxHashSet<usize>,
    pub(crate) outcomes: u64,
    /// The first place, and the resource there.
    pub(crate) first: Option<(DocumentId, Location, Box<str>)>,
}

/// Counts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Assets with a finding.
    pub fail: u64,
    /// Assets without.
    pub pass: u64,
    /// Assets that could not be judged.
    pub unknown: u64,
    /// Assets to which the rule does not apply.
    pub not_applicable: u64,
}

impl Tally {
    /// The sum.
    pub(crate) fn plus(self, other: &Tally) -> Tally {
        Tally {
            fail: self.fail + other.fail,
            pass: self.pass + other.pass,
            unknown: self.unknown + other.unknown,
            not_applicable: self.not_applicable + other.not_applicable,
        }
    }
}

/// What the judges said.
#[derive(Debug, Default)]
pub struct Output {
    /// Findings, in the order of the input.
    pub findings: Vec<Finding>,
    /// Facts for the analyses.
    pub facts: Vec<Fact>,
    /// Gaps that stand alone.
    pub gaps: Vec<Gap>,
    pub(crate) causes: FxHashMap<Cause, Affected>,
    /// Counts by rule index.
    pub tallies: Vec<Tally>,
    /// Allow policies judged, by the index of the type's program.
    pub(crate) policies: Vec<u64>,
    /// Assets judged, by the index of the type's program.
    pub(crate) by_type: Vec<u64>,
    /// Allow policies of buckets judged.
    pub bucket_policies: u64,
    /// What was seen of what is watched.
    pub sight: Sight,
    /// Assets judged.
    pub assets: u64,
    /// Bindings judged.
    pub bindings: u64,
    /// (binding, member) pairs judged.
    pub grants: u64,
}

/// More distinct causes than this are told together, so that hostile input cannot fill memory.
const MOST_CAUSES: usize = 20_000;

impl Output {
    pub(crate) fn new(program: &Program) -> Output {
        Output {
            tallies: vec![Tally::default(); program.rules],
            policies: vec![0; program.all().count()],
            by_type: vec![0; program.all().count()],
            ..Output::default()
        }
    }

    /// Room for what the next batch brings: about as much as the last.
    pub(super) fn after(last: &Output, program: &Program) -> Output {
        Output {
            findings: Vec::with_capacity(last.findings.len()),
            facts: Vec::with_capacity(last.facts.len()),
            ..Output::new(program)
        }
    }

    pub(crate) fn unknown(
        &mut self,
        cause: Cause,
        rules: impl IntoIterator<Item = usize>,
        outcomes: u64,
        first: impl FnOnce() -> (DocumentId, Location, Box<str>),
    ) {
        let cause = if self.causes.len() >= MOST_CAUSES && !self.causes.contains_key(&cause) {
            Cause {
                reason: cause.reason,
                subject: "…".into(),
            }
        } else {
            cause
        };
        let affected = self.causes.entry(cause).or_default();
        affected.rules.extend(rules);
        affected.outcomes += outcomes;
        affected.first.get_or_insert_with(first);
    }

    /// As [`Output::unknown`], for a cause that has no place in the input.
    pub(crate) fn unknown_without_place(&mut self, cause: Cause, rule: usize, outcomes: u64) {
        let affected = self.causes.entry(cause).or_default();
        affected.rules.insert(rule);
        affected.outcomes += outcomes;
    }

    /// Adds what a later batch said. The facts are left for the estate to take.
    pub fn merge(&mut self, other: Output) {
        self.findings.extend(other.findings);
        self.facts.extend(other.facts);
        self.gaps.extend(other.gaps);
        if self.tallies.len() < other.tallies.len() {
            self.tallies.resize(other.tallies.len(), Tally::default());
        }
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            *mine = mine.plus(theirs);
        }
        for (cause, theirs) in other.causes {
            let first = theirs.first;
            let mine = self.causes.entry(cause).or_default();
            mine.rules.extend(theirs.rules);
            mine.outcomes += theirs.outcomes;
            if mine.first.is_none() {
                mine.first = first;
            }
        }
        if self.policies.len() < other.policies.len() {
            self.policies.resize(other.policies.len(), 0);
        }
        for (mine, theirs) in self.policies.iter_mut().zip(&other.policies) {
            *mine += theirs;
        }
        if self.by_type.len() < other.by_type.len() {
            self.by_type.resize(other.by_type.len(), 0);
        }
        for (mine, theirs) in self.by_type.iter_mut().zip(&other.by_type) {
            *mine += theirs;
        }
        self.sight.merge(other.sight);
        self.bucket_policies += other.bucket_policies;
        self.assets += other.assets;
        self.bindings += other.bindings;
        self.grants += other.grants;
    }

    /// Counts what passed: every policy that a rule on grants was asked about and that neither failed nor is
    /// unknown. Called once, when everything is judged.
    pub fn count_passes(&mut self, program: &Program) {
        let mut asked = vec![0; program.rules];
        for of_type in program.all() {
            for bit in of_type.rules.iter() {
                asked[program.purposes[bit].rule()] +=
                    self.policies.get(of_type.index).copied().unwrap_or(0);
            }
        }
        for (tally, asked) in self.tallies.iter_mut().zip(asked) {
            tally.pass += asked.saturating_sub(tally.fail + tally.unknown).min(asked);
        }
    }

    /// Assets judged by asset type; those of types that no rule names are `other`.
    pub fn types(&self, program: &Program) -> BTreeMap<String, u64> {
        let mut types = BTreeMap::new();
        for (name, index) in program.type_names() {
            let assets = self.by_type.get(index).copied().unwrap_or(0);
            if assets > 0 {
                *types.entry(name.to_owned()).or_default() += assets;
            }
        }
        types
    }

    /// Counts over all rules.
    pub fn outcomes(&self) -> Tally {
        self.tallies
            .iter()
            .fold(Tally::default(), |sum, tally| sum.plus(tally))
    }

    /// Turns the causes into gaps.
    pub fn take_gaps(&mut self, bench: &Bench<'_>) -> Vec<Gap> {
        let rule_id = |rule: usize| bench.rules[rule].id.clone();
        let cure = |role: &str| bench.roles.settle_command(role);
        let mut causes: Vec<_> = self.causes.drain().collect();
        causes.sort_by(|a, b| a.0.cmp(&b.0));
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.extend(causes.into_iter().map(|(cause, affected)| {
            let mut rules: Vec<String> = affected.rules.iter().map(|rule| rule_id(*rule)).collect();
            rules.sort();
            let subject = &cause.subject;
            let message = match cause.reason {
                GapReason::RoleUnknown => format!("what `{subject}` carries is not known; settle it with: {}", cure(subject)),
                GapReason::MemberUnknown if subject.is_empty() => "a member is an empty text".to_owned(),
                GapReason::MemberUnknown => format!("whether members such as `{subject}` are meant is not known"),
                GapReason::SettingMissing => format!(
                    "whether `{subject}` is of your organisation is not known; name its domains and projects under [organization] in the configuration"
                ),
                GapReason::ConditionUnknown => format!("the condition `{subject}` cannot be decided from the input"),
                GapReason::DialectLacks => format!("`{subject}` cannot be told from this form of export"),
                GapReason::KnownAfterApply => format!("`{subject}` is known only after apply"),
                GapReason::ValueUnknown => format!("`{subject}` is absent or has an unexpected value"),
                GapReason::Invalid => format!("`{subject}` cannot be read"),
                GapReason::ContentMissing => format!("`{subject}` is not in the input"),
                GapReason::ResourceUnknown => "nothing says whose this policy is; name it with --resource".to_owned(),
                _ => subject.to_string(),
            };
            let (document, location, resource) = match affected.first {
                Some((document, location, resource)) => (Some(document), Some(location), Some(resource)),
                None => (None, None, None),
            };
            Gap {
                reason: cause.reason,
                message,
                resource: resource.filter(|r| !r.is_empty()).map(Into::into),
                document,
                location,
                rules,
                outcomes: affected.outcomes,
            }
        }));
        gaps
    }
}
