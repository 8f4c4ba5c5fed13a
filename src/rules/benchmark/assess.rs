//! From what the rules of a run said to what it means for each recommendation.

use super::{Benchmark, compare_numbers, recommendations};
use crate::finding::Finding;
use crate::model::{Gap, GapReason};
use crate::rules::{Rule, Tally};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a recommendation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// A rule found something.
    Fail,
    /// No rule found anything, and one could not judge, or had nothing to judge.
    Unknown,
    /// A person has to look.
    Manual,
    /// At least one rule judged, all that judged found nothing, and none was left unanswered.
    Pass,
    /// No rule of it concerns anything in the input.
    NotApplicable,
}

impl Standing {
    /// All of them, what needs attention first.
    pub const ALL: [Standing; 5] = [
        Standing::Fail,
        Standing::Unknown,
        Standing::Manual,
        Standing::Pass,
        Standing::NotApplicable,
    ];

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Fail => "fail",
            Standing::Unknown => "unknown",
            Standing::Manual => "manual",
            Standing::Pass => "pass",
            Standing::NotApplicable => "not applicable",
        }
    }

    /// The word for programs.
    pub fn slug(self) -> &'static str {
        match self {
            Standing::NotApplicable => "not-applicable",
            other => other.word(),
        }
    }
}

/// What a run says of a benchmark.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// Which.
    pub benchmark: &'static Benchmark,
    /// Every recommendation in our scope, by number.
    pub recommendations: Vec<Assessed>,
}

/// What a run says of a recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Its number.
    pub number: String,
    /// What is to be so.
    pub title: String,
    /// How it came out.
    pub standing: Standing,
    /// Ids of the rules that judge it.
    pub rules: Vec<String>,
    /// The outcomes of these rules, summed.
    pub tally: Tally,
    /// What failed, each once.
    pub failed: Vec<Subject>,
    /// Why it is unknown or for a person to look at.
    pub reasons: Vec<String>,
}

/// Something that rules found fault with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The rules' ids.
    pub rules: Vec<String>,
    /// The full resource name.
    pub resource: Arc<str>,
    /// The resource as people call it.
    pub known_as: String,
    /// The role of the binding.
    pub role: Option<Arc<str>>,
    /// The member of the binding.
    pub member: Option<Arc<str>>,
    /// The user accepted it: it is suppressed, or the baseline knows it. It is a fault nevertheless.
    pub accepted: bool,
}

/// What an assessment goes by.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'g> {
    /// The benchmark.
    pub benchmark: &'static Benchmark,
    /// The rules that ran.
    pub rules: &'g [Rule],
    /// What they counted, by the same index.
    pub tallies: &'g [Tally],
    /// What could not be judged.
    pub gaps: &'g [Gap],
    /// Whether a document that could not be read leaves the rest as it is.
    pub allow_incomplete: bool,
}

impl Grounds<'_> {
    /// Assesses every recommendation. `findings` is everything that was found, with whether it was accepted.
    pub fn assess<'f>(&self, findings: impl Iterator<Item = (&'f Finding, bool)>) -> Assessment {
        let mut failed: Vec<Vec<(&Finding, bool)>> = vec![Vec::new(); self.rules.len()];
        for (finding, accepted) in findings {
            if let Some(failed) = failed.get_mut(usize::from(finding.rule.0)) {
                failed.push((finding, accepted));
            }
        }
        let mut recommendations: Vec<Assessed> = self
            .numbers()
            .into_iter()
            .map(|(number, (title, manual))| self.one(number, title, manual, &failed))
            .collect();
        recommendations.sort_by(|a, b| compare_numbers(&a.number, &b.number));
        Assessment {
            benchmark: self.benchmark,
            recommendations,
        }
    }

    /// Every number, with title and what a person has to look at: those that we know, and those that only a rule names.
    fn numbers(&self) -> BTreeMap<&str, (&str, Option<&str>)> {
        let id = &self.benchmark.id;
        let mut numbers = BTreeMap::new();
        for recommendation in recommendations() {
            if let Some(number) = recommendation.numbers.get(id) {
                let known = (&*recommendation.title, recommendation.manual.as_deref());
                numbers.insert(&**number, known);
            }
        }
        for rule in self.rules {
            for number in rule.file.benchmark.get(id).into_iter().flatten() {
                numbers
                    .entry(number)
                    .or_insert((rule.file.title.as_str(), None));
            }
        }
        numbers
    }

    fn one(
        &self,
        number: &str,
        title: &str,
        manual: Option<&str>,
        failed: &[Vec<(&Finding, bool)>],
    ) -> Assessed {
        let mut one = Assessed {
            number: number.to_owned(),
            title: title.to_owned(),
            standing: Standing::Manual,
            rules: Vec::new(),
            tally: Tally::default(),
            failed: Vec::new(),
            reasons: Vec::new(),
        };
        let mut unknown = Vec::new();
        let mut asks_grants = false;
        let mut subjects = Subjects::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let numbers = rule.file.benchmark.get(&self.benchmark.id);
            if !numbers.is_some_and(|numbers| numbers.iter().any(|n| n == number)) {
                continue;
            }
            let tally = self.tallies.get(index).copied().unwrap_or_default();
            one.rules.push(rule.id.clone());
            asks_grants |= rule.file.select.is_none();
            one.tally = one.tally.plus(&tally);
            for (finding, accepted) in &failed[index] {
                note(&mut subjects, rule, finding, *accepted);
            }
            if !rule.unmet.is_empty() {
                let keys = rule.unmet.join(", ");
                unknown.push(format!(
                    "not assessed: {0} needs {keys} under [options.{0}] in the configuration",
                    rule.id
                ));
            } else if tally.unknown > 0 {
                unknown.push(self.gap_of(rule));
            } else if tally == Tally::default() {
                unknown.push(self.nothing_for(rule));
            }
        }
        one.failed = subjects.into_values().collect();
        one.standing = if one.tally.fail > 0 || !one.failed.is_empty() {
            Standing::Fail
        } else if let Some(manual) = manual {
            one.reasons.push(manual.to_owned());
            Standing::Manual
        } else if one.rules.is_empty() {
            one.reasons
                .push("no rule judges it: a person has to look".to_owned());
            Standing::Manual
        } else if !unknown.is_empty() {
            Standing::Unknown
        } else if let Some(unread) = self.unread(asks_grants) {
            unknown.push(unread);
            Standing::Unknown
        } else if one.tally.pass > 0 {
            Standing::Pass
        } else {
            Standing::NotApplicable
        };
        if matches!(one.standing, Standing::Fail | Standing::Unknown) {
            // What could not be judged may have failed as well.
            for reason in unknown {
                if !one.reasons.contains(&reason) {
                    one.reasons.push(reason);
                }
            }
        }
        one
    }

    /// Why a rule could not answer, as the first gap says that names it.
    fn gap_of(&self, rule: &Rule) -> String {
        let gap = self.gaps.iter().find(|gap| gap.rules.contains(&rule.id));
        gap.map_or_else(
            || format!("{} could not judge everything", rule.id),
            |gap| gap.message.clone(),
        )
    }

    /// That a rule had nothing to judge. Nobody says that there is nothing: the export may not carry it.
    fn nothing_for(&self, rule: &Rule) -> String {
        if let Some(gap) = self.gaps.iter().find(|gap| gap.rules.contains(&rule.id)) {
            return gap.message.clone();
        }
        let file = &rule.file;
        match (&file.select, &file.grant) {
            (Some(select), _) => format!(
                "not assessed: nothing that {} looks at is in the input ({})",
                rule.id,
                select.asset.as_slice().join(", ")
            ),
            (None, Some(grant)) if !grant.at.is_empty() => format!(
                "not assessed: no allow policy that {} looks at is in the input ({})",
                rule.id,
                grant.at.join(", ")
            ),
            _ => format!(
                "not assessed: nothing that {} looks at is in the input",
                rule.id
            ),
        }
    }

    /// A document that was asked for and not read may hold what is against any recommendation; lost conditions only
    /// what is against one on grants.
    fn unread(&self, asks_grants: bool) -> Option<String> {
        let mut gaps = self.gaps.iter();
        let unread = gaps.find(|gap| {
            let matters = asks_grants || gap.reason != GapReason::PolicyVersion;
            gap.reason.is_incomplete() && gap.rules.is_empty() && matters
        })?;
        (!self.allow_incomplete)
            .then(|| format!("something asked for could not be read: {}", unread.message))
    }
}

/// What failed, by resource, role and member.
type Subjects<'f> = BTreeMap<(&'f str, Option<&'f str>, Option<&'f str>), Subject>;

fn note<'f>(subjects: &mut Subjects<'f>, rule: &Rule, finding: &'f Finding, accepted: bool) {
    let key = (
        &*finding.resource,
        finding.role.as_deref(),
        finding.member.as_deref(),
    );
    let subject = subjects.entry(key).or_insert_with(|| Subject {
        rules: Vec::new(),
        resource: finding.resource.clone(),
        known_as: finding.resource_for_people().into_owned(),
        role: finding.role.clone(),
        member: finding.member.clone(),
        accepted: true,
    });
    subject.accepted &= accepted;
    if subject.rules.last() != Some(&rule.id) {
        subject.rules.push(rule.id.clone());
    }
}

impl Assessment {
    /// How many recommendations came out how, without zeros, what needs attention first.
    pub fn counts(&self) -> Vec<(Standing, u64)> {
        Standing::ALL
            .into_iter()
            .map(|standing| {
                let came_out = |one: &&Assessed| one.standing == standing;
                (
                    standing,
                    self.recommendations.iter().filter(came_out).count() as u64,
                )
            })
            .filter(|(_, n)| *n > 0)
            .collect()
    }
}
