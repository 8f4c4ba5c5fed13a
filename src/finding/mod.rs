//! What we say: finding, severity, confidence, fingerprint, and one total order.

mod fingerprint;

pub use fingerprint::{digest, fingerprint};

use crate::model::{DocumentId, Location, short_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// How bad it is. Ordered from harmless to worst.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; never fails a run by default.
    Info,
    /// Untidy, or a small step for an attacker.
    Low,
    /// Weakens a defence.
    Medium,
    /// Opens a way.
    High,
    /// Open now, to many.
    Critical,
}

impl Severity {
    /// Every severity, worst first.
    pub const WORST_FIRST: [Severity; 5] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ];

    /// The name used in reports, as in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How sure we are that the finding is what its rule says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint.
    Low,
    /// Likely; some fact is inferred.
    Medium,
    /// Follows from the input.
    High,
}

impl Confidence {
    /// The name used in reports, as in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// Whom a rule speaks to. A run shows its persona and those before it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// Everybody: confidence medium or better.
    #[default]
    Regular,
    /// Those who want tidiness too.
    Pedantic,
    /// Those who must see everything.
    Auditor,
}

/// Index of a rule in the ruleset of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u16);

/// The sentence of a finding. There may be hundreds of thousands of findings, of which people read a few, so
/// what a rule's template can say is said only when it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The sentence itself.
    Said(Arc<str>),
    /// The rule's template, with what the finding does not hold otherwise: the value that is wrong, or the
    /// permission by which a role matters.
    Template(Option<Arc<str>>),
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        Message::Said(text.into())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message::Said(text.into())
    }
}

/// One thing that a rule found on one resource.
///
/// Which of `role`, `member`, `condition` and `detail` are set depends on the rule; together with
/// rule and resource they identify the finding ([`fingerprint`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// Usually the rule's; an analysis may lower or raise it.
    pub severity: Severity,
    /// Usually the rule's; lower where a fact had to be inferred.
    pub confidence: Confidence,
    /// Full resource name, as the input spells it.
    pub resource: Arc<str>,
    /// What people call the resource, where the input tells a better name than the number that it is named by.
    pub known_as: Option<Arc<str>>,
    /// The role of the binding.
    pub role: Option<Arc<str>>,
    /// The member of the binding, as the input spells it.
    pub member: Option<Arc<str>>,
    /// The expression of the binding's condition.
    pub condition: Option<Arc<str>>,
    /// What distinguishes findings of one rule on one resource otherwise (a permission, a key, a value).
    pub detail: Option<Arc<str>>,
    /// It is about the public reading a bucket, and certainly about nothing more: what a declaration of public buckets
    /// in the configuration covers.
    pub public_read: bool,
    /// One sentence in plain words.
    pub message: Message,
    /// Evidence that the message leaves out, e.g. `custom role carries storage.objects.get`.
    pub note: Option<Arc<str>>,
    /// The document it was found in.
    pub document: DocumentId,
    /// JSON pointer in that document (within its line for NDJSON).
    pub pointer: Arc<str>,
    /// The place of that pointer in the text.
    pub location: Location,
}

impl Finding {
    /// The resource as people call it.
    pub fn resource_for_people(&self) -> Cow<'_, str> {
        match &self.known_as {
            Some(name) => Cow::Borrowed(name),
            None if self.resource.is_empty() => Cow::Borrowed("(unnamed resource)"),
            None => short_name(&self.resource),
        }
    }

    /// The one order in which findings are told: worst first, then by rule id, resource, member, role and place.
    /// `rule_id` gives the textual id or its rank, so that the order does not depend on load order.
    pub fn compare<K: Ord>(&self, other: &Finding, rule_id: impl Fn(RuleId) -> K) -> Ordering {
        other
            .severity
            .cmp(&self.severity)
            .then_with(|| match self.rule == other.rule {
                true => Ordering::Equal,
                false => rule_id(self.rule).cmp(&rule_id(other.rule)),
            })
            .then_with(|| self.compare_within_rule(other))
    }

    /// The order among findings of one rule and severity.
    pub fn compare_within_rule(&self, other: &Finding) -> Ordering {
        compare_shared(&self.resource, &other.resource)
            .then_with(|| self.member.cmp(&other.member))
            .then_with(|| self.role.cmp(&other.role))
            .then_with(|| self.condition.cmp(&other.condition))
            .then_with(|| self.detail.cmp(&other.detail))
            .then_with(|| self.document.cmp(&other.document))
            .then_with(|| self.location.cmp(&other.location))
            .then_with(|| self.pointer.cmp(&other.pointer))
    }

    /// Sorts by [`Finding::compare`]. Hundreds of thousands of findings are first put into their groups by small
    /// keys, so that the names are compared only within a group, where they mostly are in order already.
    pub fn sort<K: Ord>(findings: &mut [Finding], rule_id: impl Fn(RuleId) -> K) {
        // Unstable sorts need no second copy, and the order within a group is total.
        findings.sort_unstable_by(|a, b| {
            let by_severity = b.severity.cmp(&a.severity);
            by_severity.then_with(|| rule_id(a.rule).cmp(&rule_id(b.rule)))
        });
        let same = |a: &Finding, b: &Finding| a.severity == b.severity && a.rule == b.rule;
        for group in findings.chunk_by_mut(same) {
            group.sort_unstable_by(Finding::compare_within_rule);
        }
    }
}

/// Findings of one asset share its name, so equal names are mostly the same text.
fn compare_shared(a: &Arc<str>, b: &Arc<str>) -> Ordering {
    if Arc::ptr_eq(a, b) {
        Ordering::Equal
    } else {
        a.cmp(b)
    }
}
