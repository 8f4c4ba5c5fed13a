//! Custom roles that hold exactly what another role holds: a predefined one that the catalogue knows in full, or
//! another custom role of the input.
//!
//! Copies of wide administrator roles are left to `near_basic`, which says more about them.

use super::near_basic::LEAST;
use crate::catalog::{Catalog, Tier};
use crate::estate::RoleFact;
use crate::rules::analyses::{Verdicts, verdicts::worded};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// A role's permissions, in order and each once.
type Set<'p> = Vec<&'p str>;

/// The predefined roles that are known in full, by what they hold. Of equal ones the first by name stands.
fn predefined() -> &'static FxHashMap<Set<'static>, &'static str> {
    static ROLES: OnceLock<FxHashMap<Set<'static>, &'static str>> = OnceLock::new();
    ROLES.get_or_init(|| {
        let catalog = Catalog::embedded();
        let mut names: Vec<&str> = catalog
            .roles()
            .filter(|name| catalog.tier(name) == Tier::Complete)
            .collect();
        names.sort_unstable();
        let mut roles = FxHashMap::default();
        for name in names {
            let held = set(catalog.permissions(name).into_iter().flatten());
            let is_wide =
                held.len() >= LEAST && (name.ends_with("admin") || name.ends_with("Admin"));
            if !held.is_empty() && !is_wide {
                roles.entry(held).or_insert(name);
            }
        }
        roles
    })
}

/// The roles must be in the order of their names: of equal custom roles the first stands, and the others are told of.
pub(super) fn run(roles: &[&RoleFact], verdicts: &mut Verdicts<'_>) {
    let mut first: FxHashMap<Set<'_>, &str> = FxHashMap::default();
    for role in roles {
        if !role.role.is_in_force() {
            verdicts.not_applicable();
            continue;
        }
        let Some(permissions) = super::permissions(role, verdicts) else {
            continue;
        };
        let held = set(permissions.iter().map(String::as_str));
        if held.is_empty() {
            verdicts.not_applicable();
            continue;
        }
        let earlier = first
            .get(&held)
            .copied()
            .filter(|other| usable(other, &role.role.name));
        let other = predefined().get(&held).copied().or(earlier);
        match other {
            Some(other) => {
                let finding = verdicts.finding(&role.name, &role.evidence, worded(other));
                verdicts.fail([finding]);
            }
            None => verdicts.pass(),
        }
        first.entry(held).or_insert(&role.role.name);
    }
}

/// Whether holders of `role` could hold `other` instead: a project's role can be granted in that project alone.
fn usable(other: &str, role: &str) -> bool {
    let parent = |name: &str| {
        name.split_once("/roles/")
            .map(|(parent, _)| parent.to_owned())
    };
    other.contains("organizations/") || parent(other) == parent(role)
}

fn set<'p>(permissions: impl Iterator<Item = &'p str>) -> Set<'p> {
    let mut held: Set<'p> = permissions.collect();
    held.sort_unstable();
    held.dedup();
    held
}
