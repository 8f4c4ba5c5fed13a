//! What is wrong with the custom roles of the input: a file per question.

mod bound;
mod duplicate;
mod limits;
mod near_basic;
mod support;

use super::Verdicts;
use crate::estate::{Estate, RoleFact};
use crate::model::GapReason;
use crate::rules::judge::Bench;

/// What a rule asks about custom roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Whether a role that is disabled, deprecated or deleted is still bound.
    Bound,
    /// Whether a role holds exactly what another holds.
    Duplicate,
    /// Whether a role, or the list of roles, is close to a limit.
    Limits,
    /// Whether a role holds nearly all that a basic or administrator role holds.
    NearBasic,
    /// Whether a role holds permissions that Google does not support there.
    Support,
}

/// Answers for every custom role of the input.
pub(super) fn run(ask: Ask, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let catalog = bench.roles.catalog();
    let mut roles: Vec<&RoleFact> = estate.roles.values().collect();
    roles.sort_by(|a, b| a.role.name.cmp(&b.role.name));
    match ask {
        Ask::Bound => bound::run(estate, verdicts),
        Ask::Duplicate => duplicate::run(&roles, verdicts),
        Ask::Limits => limits::run(&roles, verdicts),
        Ask::NearBasic => near_basic::run(catalog, &roles, verdicts),
        Ask::Support => support::run(catalog, &roles, verdicts),
    }
}

/// The permissions of a role; without them it is unknown, and that is said.
fn permissions<'r>(role: &'r RoleFact, verdicts: &mut Verdicts<'_>) -> Option<&'r [String]> {
    let permissions = role.role.permissions.as_deref();
    if permissions.is_none() {
        verdicts.unknown(
            GapReason::RoleUnknown,
            &role.role.name,
            &role.name,
            &role.evidence,
        );
    }
    permissions
}
