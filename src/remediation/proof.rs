//! What was proven of a plan.

use super::plan::Answer;
use schemars::JsonSchema;
use serde::Serialize;

/// What was proven of a plan by making its changes on the model and judging the input again.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Proof {
    /// Findings that the plan answers and that are gone after it.
    pub gone: Vec<Answer>,
    /// Findings that the plan should answer and that are still there, or that nobody can judge any more.
    pub stays: Vec<Answer>,
    /// Findings that only come with the plan.
    pub new: Vec<Answer>,
    /// Whether access after is contained in access before.
    pub access: Access,
    /// What the configuration declares needed, and whether it is still covered.
    pub needed: Vec<Needed>,
}

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It follows from the input.
    Proven,
    /// It cannot be decided from the input.
    #[default]
    Unknown,
    /// It is not so.
    Refuted,
}

/// Whether access after the plan is contained in access before: per principal, permission and resource.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Access {
    /// The worst of `doubts`, else proven.
    pub verdict: Verdict,
    /// Every change of which containment is not proven.
    pub doubts: Vec<Doubt>,
}

/// A change that gives more than there was before, or of which nobody can say.
#[derive(Debug, Clone, Serialize)]
pub struct Doubt {
    /// `refuted` or `unknown`.
    pub verdict: Verdict,
    /// The scope of the part.
    pub scope: String,
    /// The step's id in it.
    pub step: String,
    /// Why, in one sentence, not yet escaped.
    pub why: String,
}

/// A grant that the configuration declares needed.
#[derive(Debug, Clone, Serialize)]
pub struct Needed {
    /// The member.
    pub member: String,
    /// The role or permission that it needs.
    pub what: String,
    /// Where, as the configuration spells it.
    pub resource: String,
    /// The configuration's reason.
    pub reason: String,
    /// Whether what it has before it has after.
    pub verdict: Verdict,
    /// Why, in one sentence, not yet escaped.
    pub why: String,
}
