//! `org-override`: whether an organisation policy takes back below what is enforced above, or was never switched on.
//!
//! ```toml
//! [analysis]
//! name = "org-override"
//!
//! # [analysis.with]
//! # constraints = ["iam.*", "storage.*"]    # globs; by default every constraint of the input
//! ```
//!
//! Every policy of the input is judged against what would hold on its node without it. One that only adds to what is
//! inherited is fine; one that enforces nothing but a dry run is told of wherever it is. `{value}` of the message says what
//! the policy does, and the finding's detail is the constraint.

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{Effective, Estate, OrgPolicyFact, Stance, Values};
use crate::finding::Confidence;
use crate::model::GapReason;
use crate::rules::select::Refusal;
use globset::{Glob, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

/// What `org-override` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "OrgOverride")]
pub(crate) struct With {
    /// Globs over constraints, without `constraints/`; none means all.
    #[serde(default)]
    constraints: Vec<String>,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct OrgOverride {
    constraints: Option<GlobSet>,
}

/// What a policy does to what it inherits.
enum Does {
    /// Nothing worse.
    Nothing,
    /// It takes something back, for all or, with a tag, for some.
    Takes(&'static str, Confidence),
    /// What it would inherit is not known.
    Unknown,
}

impl OrgOverride {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A glob that is none.
    pub(super) fn new(with: &With) -> Result<OrgOverride, Refusal> {
        let mut globs = GlobSetBuilder::new();
        for pattern in &with.constraints {
            let glob = Glob::new(pattern).map_err(|error| {
                Refusal::at("constraints", pattern, format!("no glob: {}", error.kind()))
            })?;
            globs.add(glob);
        }
        let globs = globs
            .build()
            .map_err(|error| Refusal::new("constraints", error.to_string()))?;
        Ok(OrgOverride {
            constraints: (!with.constraints.is_empty()).then_some(globs),
        })
    }

    /// Answers for every policy.
    pub(super) fn run(&self, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let mut policies: Vec<&OrgPolicyFact> = estate.org_policies.values().collect();
        policies.sort_by(|a, b| (&a.node, &a.constraint).cmp(&(&b.node, &b.constraint)));
        for policy in policies {
            let globs = self.constraints.as_ref();
            if globs.is_some_and(|globs| !globs.is_match(&*policy.constraint)) {
                continue;
            }
            let name = format!("//cloudresourcemanager.googleapis.com/{}", policy.node);
            match does(policy, estate) {
                Does::Nothing => verdicts.pass(),
                Does::Takes(words, confidence) => {
                    let value = format!("{} {words}", policy.constraint);
                    let mut finding = verdicts.finding(&name, &policy.evidence, worded(&value));
                    finding.confidence = finding.confidence.min(confidence);
                    finding.detail = Some((&*policy.constraint).into());
                    verdicts.fail([finding]);
                }
                Does::Unknown => {
                    let sentence = "the input does not say what some organisation policies inherit, or what they say";
                    verdicts.unknown(GapReason::InputMissing, sentence, &name, &policy.evidence);
                }
            }
        }
    }
}

fn does(policy: &OrgPolicyFact, estate: &Estate) -> Does {
    let words = match &policy.stance {
        Stance::Silent => return Does::Takes("is only a dry run", Confidence::High),
        Stance::Untold => return Does::Unknown,
        Stance::Enforced(true) => return Does::Nothing,
        Stance::Values(values) if policy.inherits && !values.allow_all => return Does::Nothing,
        Stance::Values(values) if !values.allow_all && values.restricts() => return Does::Nothing,
        Stance::Values(_) => "allows everything",
        Stance::Reset => "is reset to its default",
        Stance::Enforced(false) => "is not enforced",
        Stance::Conditional => "depends on a tag",
    };
    let confidence = match policy.stance {
        // Whether the tag takes something back, and from whom, is not in the policy alone.
        Stance::Conditional => Confidence::Medium,
        _ => Confidence::High,
    };
    let (chain, rooted) = estate.lineage(&policy.node, &[]);
    let Some(parent) = chain.get(1) else {
        // Nothing is above an organisation; what is above another node may not be in the input.
        return if rooted { Does::Nothing } else { Does::Unknown };
    };
    match estate.effective(&policy.constraint, parent, &[]) {
        Effective::Enforced(true, _) => Does::Takes(words, confidence),
        Effective::Values(above, _) if Values::restricts(&above) => Does::Takes(words, confidence),
        Effective::Enforced(false, _) | Effective::Values(..) | Effective::Default(_) => {
            Does::Nothing
        }
        Effective::Conditional(_) | Effective::Untold(_) | Effective::Missing => Does::Unknown,
    }
}
