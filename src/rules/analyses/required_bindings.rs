//! `required-bindings`: grants that every project, or every organisation, must have.
//!
//! ```toml
//! [analysis]
//! name = "required-bindings"
//!
//! [analysis.with]
//! per    = "organization"                            # or "project"
//! role   = ["roles/iam.securityReviewer"]            # one of these suffices
//! member = ["group:security@acme.example"]           # globs: each must match somebody who holds it
//! ```
//!
//! A grant above counts, one with a condition does not. Where none is found and a policy above is missing in the input,
//! the outcome is unknown. `{value}` of the message is who is missing.

use super::Verdicts;
use super::kept::{Kept, chain};
use super::subjects::{On, subjects};
use super::verdicts::worded;
use crate::estate::{Estate, Interest};
use crate::model::GapReason;
use crate::rules::file::{ConditionTest, Grant};
use crate::rules::select::Refusal;
use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

const MISSING: &str = "a required grant is not found, and the input does not hold the policies of all nodes above, which \
                       may hold it";

/// What `required-bindings` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "RequiredBindings")]
pub(crate) struct With {
    /// Who must have them.
    per: On,
    /// Role names; one of these suffices. `*` stands for any characters.
    #[serde(default)]
    role: Vec<String>,
    /// Globs: each must match a member who holds one of the roles.
    #[serde(default)]
    member: Vec<String>,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct RequiredBindings {
    with: With,
    members: Vec<GlobMatcher>,
}

impl RequiredBindings {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A glob that is none.
    pub(super) fn new(with: With) -> Result<RequiredBindings, Refusal> {
        let members = with.member.iter().map(|pattern| {
            let glob = Glob::new(pattern)
                .map_err(|error| Refusal::at("member", pattern, error.kind().to_string()))?;
            Ok(glob.compile_matcher())
        });
        let members = members.collect::<Result<_, Refusal>>()?;
        Ok(RequiredBindings { with, members })
    }

    /// Who holds the roles.
    pub(super) fn grant(&self) -> Grant {
        Grant {
            role: self.with.role.clone(),
            at: ["project", "folder", "organization"]
                .map(str::to_owned)
                .into(),
            condition: Some(ConditionTest::None),
            ..Grant::default()
        }
    }

    /// Answers for every node.
    pub(super) fn run(&self, interests: &[Interest], estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let kept = Kept::new(estate, interests);
        for (node, subject) in subjects(self.with.per, estate) {
            let (chain, rooted) = chain(node, subject.ancestors, estate);
            let missing = self.members.iter().find(|member| {
                let held = chain.iter().flat_map(|node| kept.at(node));
                !held
                    .into_iter()
                    .any(|grant| member.is_match(&*grant.member))
            });
            let name = format!("//cloudresourcemanager.googleapis.com/{node}");
            match missing {
                None => verdicts.pass(),
                Some(member) if rooted && chain.iter().all(|node| kept.holds_policy(node)) => {
                    let words = member.glob().glob();
                    let finding = verdicts.finding(&name, subject.evidence, worded(words));
                    verdicts.fail([finding]);
                }
                Some(_) => {
                    verdicts.unknown(GapReason::InputMissing, MISSING, &name, subject.evidence);
                }
            }
        }
    }
}
