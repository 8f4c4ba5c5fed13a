//! A plan: what would be changed, in which order, and why.

use crate::change::Step;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What would be changed to answer the findings of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// What one script changes, by scope.
    pub parts: Vec<Part>,
    /// What was asked for and refused by a guard.
    pub refused: Vec<Refused>,
    /// Findings that no step answers: their rules have words only.
    pub by_hand: Vec<ByHand>,
}

/// The steps of one project, or of one folder or organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// `projects/acme-ml`, `folders/12`, `organizations/1`; `unknown` for assets without a known home.
    pub scope: String,
    /// In the order in which they must be made.
    pub steps: Vec<Planned>,
}

/// A step with the findings that it answers.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    /// Unique in its part, in order: `s01`, `s02`. Scripts and people name a step by it.
    pub id: String,
    /// What it does, in one line for people, not yet escaped: names come from outside.
    pub title: String,
    /// What is changed.
    #[serde(flatten)]
    pub step: Step,
    /// The findings it answers, sorted. Several findings may be answered by one step.
    pub answers: Vec<Answer>,
}

/// A finding that a step answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Answer {
    /// The rule's id.
    pub rule: String,
    /// Full resource name of what it was found on.
    pub resource: String,
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// What was found, not yet escaped.
    pub message: String,
}

/// A step that a guard refused.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// What would have been done, for people.
    pub title: String,
    /// Which guard.
    pub guard: Guard,
    /// Why, in one sentence.
    pub why: String,
    /// The findings that stay.
    pub answers: Vec<Answer>,
}

/// Why a step may be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Nobody would be left who may set the allow policy of the node.
    LastAdministrator,
    /// It takes the caller's own access away.
    OwnAccess,
    /// It takes the documented role of one of Google's service agents away.
    ServiceAgent,
    /// The configuration declares the grant needed.
    DeclaredNeeded,
    /// The input does not say enough to change this without guessing.
    NotKnown,
}

/// A finding that no step answers.
#[derive(Debug, Clone, Serialize)]
pub struct ByHand {
    /// The finding.
    #[serde(flatten)]
    pub answer: Answer,
    /// The rule's words on what to do.
    pub fix: String,
}

/// What a renderer writes: texts by path, relative to the folder of the part, with `/` between folders.
/// A path that ends in `.sh` is made executable.
pub type Script = BTreeMap<String, String>;
