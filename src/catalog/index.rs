//! Lookups over the whole catalogue: what a role carries as a set, and who carries a permission.

use super::kinds::Depth;
use super::pattern::Pattern;
use super::table::Role;
use super::{Catalog, PermissionSet};
use crate::model::Truth;

/// What is worked out when it is first asked for: thousands of roles, a fraction of a millisecond.
#[derive(Debug)]
pub(super) struct Index {
    /// The roles that carry each permission: from here to the next in `holders`.
    starts: Vec<u32>,
    /// Roles by their number, ascending for each permission.
    holders: Vec<u32>,
    /// The permissions of the services that are written down.
    written: PermissionSet,
    /// The permissions of each of [`Catalog::families`].
    families: Vec<PermissionSet>,
}

impl Index {
    fn of(catalog: &Catalog) -> Index {
        let (count, carried) = (catalog.names.len(), &catalog.roles);
        let mut starts = vec![0_u32; count + 1];
        for id in carried.iter().flat_map(|role| catalog.carried_by(role)) {
            if let Some(start) = starts.get_mut(*id as usize + 1) {
                *start += 1;
            }
        }
        for id in 0..count {
            starts[id + 1] += starts[id];
        }
        let mut next = starts.clone();
        let mut holders = vec![0; starts.last().map_or(0, |all| *all as usize)];
        for (number, role) in (0..).zip(carried.iter()) {
            for id in catalog.carried_by(role) {
                let at = next.get_mut(*id as usize);
                if let Some((at, slot)) =
                    at.and_then(|at| Some((*at, holders.get_mut(*at as usize)?)))
                {
                    *slot = number;
                    next[*id as usize] = at + 1;
                }
            }
        }
        let mut families = vec![PermissionSet::default(); catalog.families.len()];
        for (id, name) in catalog.names.iter().enumerate() {
            let verb = name.rsplit('.').next();
            let family = catalog
                .families
                .iter()
                .position(|known| Some(*known) == verb);
            if let Some(family) = family.and_then(|family| families.get_mut(family)) {
                family.insert(id);
            }
        }
        let services = catalog.services.iter();
        Index {
            starts,
            holders,
            written: services
                .flat_map(|service| catalog.names.range(&format!("{service}.")))
                .collect(),
            families,
        }
    }

    fn size(&self) -> usize {
        let sets = self.families.iter().chain([&self.written]);
        size_of_val(&*self.starts)
            + size_of_val(&*self.holders)
            + sets.map(PermissionSet::size).sum::<usize>()
    }

    fn holders(&self, id: usize) -> &[u32] {
        let at = |id: usize| self.starts.get(id).map(|start| *start as usize);
        let range = at(id).zip(at(id + 1));
        let holders = range.and_then(|(start, end)| self.holders.get(start..end));
        holders.unwrap_or_default()
    }
}

/// Who carries a permission.
#[derive(Debug, Clone)]
pub struct Holders<'c> {
    catalog: &'c Catalog,
    permission: Pattern,
    certain: &'c [u32],
}

impl<'c> Holders<'c> {
    /// The roles that carry it, sorted.
    pub fn certain(&self) -> impl ExactSizeIterator<Item = &'c str> + use<'c> {
        let catalog = self.catalog;
        let numbers = self.certain.iter();
        numbers.map(move |number| catalog.role_names.get(*number as usize))
    }

    /// The roles of which it is not known whether they carry it, sorted.
    pub fn unknown(&self) -> impl Iterator<Item = &'c str> + '_ {
        let roles = self.catalog.roles.iter().enumerate();
        let unknown = roles.filter(|(_, role)| {
            let (truth, _) = self.catalog.carries(role, &self.permission);
            truth == Truth::Unknown
        });
        unknown.map(|(number, _)| self.catalog.role_names.get(number))
    }
}

impl Catalog {
    /// The number of a permission in this catalogue, for [`PermissionSet`].
    pub fn number(&self, permission: &str) -> Option<usize> {
        self.names.id(permission)
    }

    /// The names of a set's permissions, sorted.
    pub fn names<'c>(&'c self, set: &PermissionSet) -> impl Iterator<Item = &'c str> {
        set.iter().map(|id| self.names.get(id))
    }

    /// Everything that a role grants; `None` unless it is [`super::Tier::Complete`].
    pub fn set(&self, role: &str) -> Option<PermissionSet> {
        let role = self.role(role)?;
        let complete = role.depth == Depth::Complete || !role.is_in_force();
        complete.then(|| self.certain(role))
    }

    /// What a role is known to grant, whatever its tier: it may grant more.
    pub fn at_least(&self, role: &str) -> PermissionSet {
        let role = self.role(role);
        role.map_or_else(PermissionSet::default, |role| self.certain(role))
    }

    /// The roles that carry a permission, and those of which that is not known.
    pub fn holders(&self, permission: &str) -> Holders<'_> {
        let id = self.names.id(permission);
        Holders {
            catalog: self,
            permission: Pattern::Exact(permission.to_owned()),
            certain: id.map_or(&[], |id| self.index().holders(id)),
        }
    }

    /// The bytes that the tables take, with what [`Catalog::holders`] and [`Catalog::compare`] work out on first use
    /// once they did.
    pub fn size(&self) -> usize {
        self.names.size()
            + self.role_names.size()
            + size_of_val(&*self.roles)
            + size_of_val(&*self.carried)
            + size_of_val(&*self.sensitive)
            + size_of_val(&*self.support)
            + size_of_val(&*self.levels)
            + size_of_val(&*self.denials)
            + size_of_val(&*self.stages)
            + size_of_val(&*self.mentioned)
            + size_of_val(&*self.newer)
            + self.index.get().map_or(0, Index::size)
    }

    pub(super) fn certain(&self, role: &Role) -> PermissionSet {
        PermissionSet::of_sorted(self.carried_by(role))
    }

    /// The permissions with a name here of which it is not known whether a role carries them.
    pub(super) fn open(&self, role: &Role) -> PermissionSet {
        let mut open = PermissionSet::default();
        if !role.is_in_force() {
            return open;
        }
        if role.depth != Depth::Complete {
            open = (0..self.names.len()).collect();
        }
        if matches!(role.depth, Depth::Broad | Depth::Sensitive) {
            let index = self.index();
            open.remove_all(&PermissionSet::of_sorted(&self.sensitive));
            if role.depth == Depth::Broad {
                open.remove_all(&index.written);
            }
            for (family, members) in index.families.iter().enumerate() {
                if role.families & (1 << family) == 0 {
                    open.remove_all(members);
                }
            }
        }
        if !role.imported {
            open.add_all(&PermissionSet::of_sorted(&self.newer));
        }
        open.remove_all(&self.certain(role));
        open
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::catalog::pattern::Pattern;
    use crate::catalog::{Catalog, Tier, Wanted, has};
    use crate::model::Truth;
    use std::collections::BTreeSet;

    #[test]
    fn sets_and_holders_say_what_the_roles_say() {
        let catalog = Catalog::embedded();
        let mut pairs = BTreeSet::new();
        for role in catalog.roles() {
            let set = catalog.at_least(role);
            pairs.extend(catalog.names(&set).map(|name| (name, role)));
            let complete = catalog.permissions(role);
            assert_eq!(complete.is_some(), catalog.tier(role) == Tier::Complete);
            if let Some(permissions) = complete {
                let numbers = permissions.map(|name| catalog.number(name).unwrap());
                assert_eq!(catalog.set(role).unwrap(), numbers.collect());
                assert_eq!(catalog.set(role).unwrap(), set);
            } else {
                assert_eq!(catalog.set(role), None);
            }
        }
        let inverse = catalog.names.iter().flat_map(|name| {
            let holders = catalog.holders(name);
            holders.certain().map(move |role| (name, role))
        });
        assert!(inverse.eq(pairs));
        assert_eq!(catalog.holders("no.such.permission").certain().count(), 0);
    }

    #[test]
    fn what_is_open_is_what_has_no_answer() {
        let catalog = Catalog::embedded();
        for number in (0..catalog.role_names.len()).step_by(97).chain(
            ["roles/owner", "roles/viewer", "roles/reader"]
                .map(|role| catalog.role_names.id(role).unwrap()),
        ) {
            let role = &catalog.roles[number];
            let open = catalog.open(role);
            for (id, name) in catalog.names.iter().enumerate() {
                let answer = catalog.carries(role, &Pattern::Exact(name.to_owned())).0;
                let who = catalog.role_names.get(number);
                assert_eq!(open.contains(id), answer == Truth::Unknown, "{who} {name}");
            }
        }
        let get = catalog.holders("storage.objects.get");
        let unknown: Vec<&str> = get.unknown().collect();
        assert_eq!(unknown, ["roles/admin", "roles/reader", "roles/writer"]);
        assert!(get.certain().any(|role| role == "roles/storage.admin"));
        assert!(!has(&catalog.newer, 0));
    }

    /// A single permission is settled where there is an answer, a family where no member of it is open.
    #[test]
    fn what_is_settled_has_no_open_part() {
        let catalog = Catalog::embedded();
        let roles = catalog.roles().step_by(61);
        for role in roles.chain(["roles/owner", "roles/reader", "roles/no.such"]) {
            let open = catalog.role(role).map(|known| catalog.open(known));
            for pattern in [
                "storage.objects.get",
                "storage.*",
                "dataplex.*",
                "nobody.wrote.this",
                "*.setIamPolicy",
            ] {
                let wanted = Wanted::parse(&[pattern.to_owned()]).unwrap();
                let settled = catalog.is_settled(role, &wanted);
                let Some(open) = &open else {
                    assert!(!settled, "{role} {pattern}");
                    continue;
                };
                let some_open = catalog.names(open).any(|name| wanted.matches(name));
                assert!(!settled || !some_open, "{role} {pattern}");
                assert!(
                    settled || catalog.tier(role) != Tier::Complete,
                    "{role} {pattern}"
                );
                if !pattern.contains('*') {
                    let known = crate::catalog::Roles::new(catalog)
                        .carries(role, &wanted)
                        .truth;
                    assert_eq!(settled, known != Truth::Unknown, "{role} {pattern}");
                }
            }
        }
        // Written down, and of the others only the sensitive ones.
        let settled = |role, pattern: &str| {
            catalog.is_settled(role, &Wanted::parse(&[pattern.to_owned()]).unwrap())
        };
        assert!(settled("roles/viewer", "storage.*") && !settled("roles/viewer", "dataplex.*"));
    }
}
