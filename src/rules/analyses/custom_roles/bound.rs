//! Bindings of custom roles that are disabled, deprecated or deleted.
//!
//! A disabled role grants nothing until it is enabled again; the bindings of a deleted one stay, without effect, until
//! the deletion is final (IAM documentation, "Create and manage custom roles").

use crate::catalog::{Stage, base_name};
use crate::estate::{Estate, RetiredGrant, RoleFact};
use crate::model::GapReason;
use crate::rules::analyses::{Verdicts, verdicts::worded};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

pub(super) fn run(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut retired: BTreeMap<&str, Vec<&RetiredGrant>> = BTreeMap::new();
    for grant in &estate.retired {
        retired.entry(&grant.role).or_default().push(grant);
    }
    let mut bound: Vec<_> = estate.bound.iter().collect();
    bound.sort_by(|a, b| a.0.cmp(b.0));
    for (role, (node, evidence)) in bound {
        let described = estate
            .roles
            .get(role)
            .or_else(|| estate.roles.get(base_name(role)));
        let Some(described) = described else {
            verdicts.unknown(GapReason::RoleUnknown, role, node, evidence);
            continue;
        };
        let grants = retired.get(&**role).map_or(&[][..], Vec::as_slice);
        match state(described) {
            Some(state) if !grants.is_empty() => {
                let findings: Vec<_> = grants
                    .iter()
                    .map(|grant| finding(grant, state, verdicts))
                    .collect();
                verdicts.fail(findings);
            }
            // Bound to nobody: an empty list of members.
            _ => verdicts.pass(),
        }
    }
    let bound: FxHashSet<&str> = estate.bound.keys().map(|role| base_name(role)).collect();
    let unbound = |role: &&RoleFact| !bound.contains(role.role.name.as_str());
    for _ in estate.roles.values().filter(unbound) {
        verdicts.not_applicable();
    }
}

/// Why the role should be bound no more, if so.
fn state(role: &RoleFact) -> Option<&'static str> {
    match role.role.stage {
        _ if role.role.deleted => Some("deleted"),
        Stage::Disabled => Some("disabled"),
        Stage::Deprecated => Some("deprecated"),
        _ => None,
    }
}

fn finding(grant: &RetiredGrant, state: &str, verdicts: &Verdicts<'_>) -> crate::finding::Finding {
    let mut finding = verdicts.finding(&grant.node, &grant.evidence, worded(state));
    finding.role = Some(grant.role.clone());
    finding.member = Some(grant.member.clone());
    finding.condition = grant.condition.clone();
    finding
}
