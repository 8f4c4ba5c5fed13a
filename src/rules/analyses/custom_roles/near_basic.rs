//! Custom roles that are copies of a wide predefined role under a narrow name.
//!
//! A role is close to a wide one when it holds nine tenths of its permissions. Wide are the administrator roles that
//! the catalogue knows in full, and the basic roles as far as it knows them: in the services that it writes down.

use crate::catalog::{Catalog, Tier};
use crate::estate::RoleFact;
use crate::model::GapReason;
use crate::rules::analyses::{Verdicts, verdicts::worded};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

const BASIC: [&str; 3] = ["roles/owner", "roles/editor", "roles/viewer"];

/// An administrator role with fewer permissions than this is not wide.
pub(super) const LEAST: usize = 20;

/// So many permissions of one service that the catalogue does not know may be an administrator role of it.
const SUSPECT: usize = 20;

struct Wide<'c> {
    name: &'c str,
    size: usize,
    /// How much of the role `size` counts, for people.
    part: &'static str,
}

/// The wide roles, and which of them hold a permission.
#[derive(Default)]
struct WideRoles<'c> {
    roles: Vec<Wide<'c>>,
    holders: FxHashMap<&'c str, Vec<usize>>,
}

pub(super) fn run(catalog: &Catalog, roles: &[&RoleFact], verdicts: &mut Verdicts<'_>) {
    let services: FxHashSet<&str> = catalog.services().collect();
    let made;
    let wide = if std::ptr::eq(catalog, Catalog::embedded()) {
        WideRoles::embedded()
    } else {
        made = WideRoles::of(catalog);
        &made
    };
    for role in roles {
        if !role.role.is_in_force() {
            verdicts.not_applicable();
            continue;
        }
        let Some(permissions) = super::permissions(role, verdicts) else {
            continue;
        };
        if let Some((copied, held)) = wide.widest(permissions) {
            let mut finding = verdicts.finding(&role.name, &role.evidence, worded(copied.name));
            let note = format!(
                "holds {held} of its {} permissions{}",
                copied.size, copied.part
            );
            finding.note = Some(note.into());
            verdicts.fail([finding]);
            continue;
        }
        match suspect(permissions, &services) {
            Some(service) => {
                let sentence = format!(
                    "the catalogue does not hold the administrator roles of `{service}` in full"
                );
                verdicts.unknown(
                    GapReason::InputMissing,
                    &sentence,
                    &role.name,
                    &role.evidence,
                );
            }
            None => verdicts.pass(),
        }
    }
}

impl WideRoles<'static> {
    /// Those of the embedded catalogue, found on first use.
    fn embedded() -> &'static WideRoles<'static> {
        static WIDE: OnceLock<WideRoles<'static>> = OnceLock::new();
        WIDE.get_or_init(|| WideRoles::of(Catalog::embedded()))
    }
}

impl<'c> WideRoles<'c> {
    fn of(catalog: &'c Catalog) -> WideRoles<'c> {
        let mut wide = WideRoles::default();
        let mut administrators: Vec<&str> = catalog
            .roles()
            .filter(|name| name.starts_with("roles/") && catalog.tier(name) == Tier::Complete)
            .filter(|name| name.ends_with("admin") || name.ends_with("Admin"))
            .collect();
        administrators.sort_unstable();
        for name in administrators {
            let permissions: Vec<&str> = catalog.permissions(name).into_iter().flatten().collect();
            wide.add(name, permissions, "");
        }
        for name in BASIC {
            // An import may know all of it.
            if let Some(all) = catalog.permissions(name) {
                wide.add(name, all.collect(), "");
                continue;
            }
            let services: FxHashSet<&str> = catalog
                .complete_within(name)
                .into_iter()
                .flatten()
                .collect();
            let carried = catalog.at_least(name);
            let written = catalog.names(&carried).filter(|permission| {
                let service = permission.split('.').next();
                service.is_some_and(|service| services.contains(service))
            });
            wide.add(
                name,
                written.collect(),
                " in the services that the catalogue holds in full",
            );
        }
        wide
    }

    fn add(&mut self, name: &'c str, permissions: Vec<&'c str>, part: &'static str) {
        if permissions.len() < LEAST {
            return;
        }
        let index = self.roles.len();
        self.roles.push(Wide {
            name,
            size: permissions.len(),
            part,
        });
        for permission in permissions {
            self.holders.entry(permission).or_default().push(index);
        }
    }

    /// The widest role that `permissions` come close to, and how much of it they are.
    fn widest(&self, permissions: &[String]) -> Option<(&Wide<'c>, usize)> {
        let distinct: FxHashSet<&str> = permissions.iter().map(String::as_str).collect();
        let mut held = vec![0_usize; self.roles.len()];
        for permission in distinct {
            for index in self.holders.get(permission).into_iter().flatten() {
                held[*index] += 1;
            }
        }
        self.roles
            .iter()
            .zip(held)
            .filter(|(role, held)| held * 10 >= role.size * 9)
            .max_by_key(|(role, _)| role.size)
    }
}

/// The first service, by name, of which the catalogue does not know all permissions and `permissions` hold many.
fn suspect<'p>(permissions: &'p [String], services: &FxHashSet<&str>) -> Option<&'p str> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for permission in permissions {
        let service = permission.split('.').next().unwrap_or(permission);
        if !services.contains(service) {
            *counts.entry(service).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count >= SUSPECT)
        .map(|(service, _)| service)
        .min()
}
