//! `separation`: one principal holds two things that two should hold.
//!
//! ```toml
//! [analysis]
//! name = "separation"
//!
//! [analysis.with]
//! first  = { permission = ["cloudkms.cryptoKeys.setIamPolicy"] }
//! second = { permission = ["cloudkms.cryptoKeyVersions.useToDecrypt"], except-role = ["roles/owner"] }
//! # at     = ["project", "folder", "organization"]    # where; this is the default
//! # member = { kind = ["user", "group"] }             # who; by default all but service agents and the deleted
//! ```
//!
//! Each half is asked about as in `[grant]`: by permission, or by role where the name is the point. A principal that
//! holds one half above a node and the other on it holds both there; it is told of once, where the second half joins.
//! The order of bindings does not matter. One role that carries both counts, unless `except-role` of a half names it.
//! Groups are principals: who is in them is not known. Placeholders of the message: `{role}` and `{member}` of the grant
//! that is pointed at, and `{value}`: the other role, with its node if that is another.

use super::Verdicts;
use super::kept::{Kept, chain, place, title};
use super::verdicts::worded;
use crate::estate::{Estate, GrantFact, Interest};
use crate::finding::{Confidence, Finding};
use crate::model::{GapReason, MemberKind};
use crate::rules::file::{Grant, MemberTest};
use crate::rules::select::Refusal;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

const MISSING: &str = "somebody holds one half, and the input does not hold the policies of all nodes above, which may \
                       grant the other";

/// What `separation` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Separation")]
pub(crate) struct With {
    /// One half.
    first: Half,
    /// The other half.
    second: Half,
    /// The kinds of node that are judged, as in `[grant]`.
    #[serde(default = "hierarchy")]
    at: Vec<String>,
    /// Who, as in `[grant]`; no kind means all but service agents and the deleted.
    #[serde(default)]
    member: MemberTest,
}

/// What a principal may hold: a role counts if it carries one of `permission` or is one of `role`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Half {
    /// Permissions by name, or as a family.
    #[serde(default)]
    pub(super) permission: Vec<String>,
    /// Role names, where the name itself is the point.
    #[serde(default)]
    pub(super) role: Vec<String>,
    /// Role names that do not count even though they carry the permission.
    #[serde(default)]
    pub(super) except_role: Vec<String>,
}

pub(super) fn hierarchy() -> Vec<String> {
    ["project", "folder", "organization"]
        .map(str::to_owned)
        .into()
}

/// All that can be told to keep two things apart: Google's agents hold what Google gave them.
fn persons_and_workloads() -> Vec<MemberKind> {
    let all = MemberKind::ALL.into_iter();
    all.filter(|kind| !matches!(kind, MemberKind::ServiceAgent | MemberKind::Deleted))
        .collect()
}

impl Half {
    /// The grants by which members hold it.
    pub(super) fn grant(&self, at: &[String], member: &MemberTest) -> Grant {
        Grant {
            permission: self.permission.clone(),
            role: self.role.clone(),
            except_role: self.except_role.clone(),
            member: member.clone(),
            at: at.to_vec(),
            ..Grant::default()
        }
    }

    /// Refuses a half that everybody holds.
    pub(super) fn check(&self, key: &'static str) -> Result<(), Refusal> {
        match self.permission.is_empty() && self.role.is_empty() {
            true => Err(Refusal::new(
                key,
                format!("`{key}` needs `permission` or `role`"),
            )),
            false => Ok(()),
        }
    }
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct Separation {
    with: With,
}

/// What a principal holds of the two halves at a node: the first grant of each.
type Halves<'e> = [Option<&'e GrantFact>; 2];

impl Separation {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A half without permission or role.
    pub(super) fn new(mut with: With) -> Result<Separation, Refusal> {
        with.first.check("first")?;
        with.second.check("second")?;
        if with.member.kind.is_empty() {
            with.member.kind = persons_and_workloads();
        }
        Ok(Separation { with })
    }

    /// The two halves.
    pub(super) fn grants(&self) -> [Grant; 2] {
        let With {
            first,
            second,
            at,
            member,
        } = &self.with;
        [first.grant(at, member), second.grant(at, member)]
    }

    /// Answers for every node whose policy grants one of the halves, and for the rest of the hierarchy.
    pub(super) fn run(&self, interests: &[Interest], estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let kept = Kept::new(estate, interests);
        for (node, own) in kept.nodes() {
            self.judge(node, own, &kept, interests, estate, verdicts);
        }
        kept.only_doubtful().for_each(|doubt| verdicts.doubt(doubt));
        let silent = kept.policies().filter(|node| !kept.speaks_of(node));
        verdicts.pass_many(silent.count() as u64);
    }

    fn judge(
        &self,
        node: &str,
        own: &[&GrantFact],
        kept: &Kept<'_>,
        interests: &[Interest],
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let half = |grant: &GrantFact| interests.iter().position(|i| *i == grant.interest);
        let mut holders: IndexMap<&str, Halves<'_>> = IndexMap::new();
        for grant in own.iter().copied() {
            if let Some(half) = half(grant) {
                holders.entry(&grant.member).or_default()[half].get_or_insert(grant);
            }
        }
        let ancestors = own.first().map_or(&[][..], |grant| &grant.ancestors);
        let (chain, rooted) = chain(node, ancestors, estate);
        let above = || chain.iter().skip(1).flat_map(|node| kept.at(node));
        for grant in above() {
            // Who holds nothing here holds both above, or not both.
            if let (Some(half), Some(halves)) = (half(grant), holders.get_mut(&*grant.member)) {
                halves[half].get_or_insert(grant);
            }
        }
        let mut findings = Vec::new();
        let mut one_half = false;
        for halves in holders.values() {
            match halves {
                [Some(first), Some(second)] => {
                    findings.push(self.finding(node, first, second, estate, verdicts));
                }
                _ => one_half = true,
            }
        }
        let is_missing = |node: &str| !node.starts_with("//") && !kept.holds_policy(node);
        let missing = !rooted || chain.iter().any(|node| is_missing(node));
        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if let Some(doubt) = chain.iter().find_map(|node| kept.doubt(node)) {
            verdicts.doubt(doubt);
        } else if let (true, true, Some(grant)) = (one_half, missing, own.first()) {
            verdicts.unknown(
                GapReason::InputMissing,
                MISSING,
                &grant.node,
                &grant.evidence,
            );
        } else {
            verdicts.pass();
        }
    }

    fn finding(
        &self,
        node: &str,
        first: &GrantFact,
        second: &GrantFact,
        estate: &Estate,
        verdicts: &Verdicts<'_>,
    ) -> Finding {
        let is_own = |grant: &GrantFact| *place(&grant.node, estate) == *node;
        // Pointed at is the grant on the node itself; of two, the first half.
        let (here, other) = if is_own(first) {
            (first, second)
        } else {
            (second, first)
        };
        let words = if here.role == other.role && is_own(other) {
            "all that it carries".to_owned()
        } else if is_own(other) {
            other.role.to_string()
        } else {
            format!("{} (granted on {})", other.role, title(&other.node, estate))
        };
        let mut finding = verdicts.finding(&here.node, &here.evidence, worded(&words));
        finding.role = Some(here.role.clone());
        finding.member = Some(here.member.clone());
        finding.condition = here.condition.clone();
        if here.condition.is_some() || other.condition.is_some() {
            finding.confidence = finding.confidence.min(Confidence::Medium);
            finding.note = Some("conditional".into());
        }
        finding
    }
}
