//! Patterns become sets: what a statement selects, and what a role carries in the end.

use super::set::Set;
use super::statement::{DataError, Grants, Item, Service, Statement};
use super::text::matches;
use super::{Catalog, Depth};
use std::collections::BTreeMap;

/// The permissions that are written down, by resource.
pub(super) type Resources = BTreeMap<String, Vec<usize>>;

/// The names that statements are about.
#[derive(Clone, Copy)]
pub(super) struct Select<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) resources: &'c Resources,
}

impl Select<'_> {
    /// The permissions that a statement selects. Every word of it must select something.
    pub(super) fn set(&self, statement: &Statement) -> Result<Set, DataError> {
        let mut set = Set::default();
        for verb in &statement.verbs {
            let mut hit = false;
            for resource in &statement.resources {
                if resource.contains('*') || verb.contains('*') {
                    let written = self.resources.iter();
                    for (_, ids) in written.filter(|(name, _)| matches(resource, name)) {
                        for &id in ids {
                            if matches(verb, self.catalog.verb(id)) {
                                hit = true;
                                set.insert(id);
                            }
                        }
                    }
                } else if let Some(id) = self.catalog.id(&format!("{resource}.{verb}")) {
                    let service = self.catalog.service(resource);
                    if service.is_some_and(|service| !service.contains(id)) {
                        let message = format!("{resource} has no {verb}");
                        return Err(statement.place.error(message));
                    }
                    hit = true;
                    set.insert(id);
                }
            }
            if !hit {
                return Err(statement.place.error(format!("{verb} selects nothing")));
            }
        }
        for verb in &statement.except {
            let ids = set
                .iter()
                .filter(|id| matches(verb, self.catalog.verb(*id)));
            let ids: Set = ids.collect();
            if ids.is_empty() {
                return Err(statement.place.error(format!("-{verb} takes nothing away")));
            }
            set.remove_all(&ids);
        }
        Ok(set)
    }
}

/// Works out what each role carries, following `like`.
pub(super) struct Resolve<'c, 's> {
    select: Select<'c>,
    /// Each role's blocks, with the number of the service whose file they stand in.
    grants: BTreeMap<&'s str, Vec<(usize, &'s Grants)>>,
    /// `None` while a role is being worked out.
    done: BTreeMap<&'s str, Option<Set>>,
}

impl<'c, 's> Resolve<'c, 's> {
    pub(super) fn new(
        select: Select<'c>,
        services: &'s [Service],
    ) -> Result<Resolve<'c, 's>, DataError> {
        let mut by_role: BTreeMap<&str, Vec<(usize, &Grants)>> = BTreeMap::new();
        for (number, service) in services.iter().enumerate() {
            for grants in &service.grants {
                for name in &grants.roles {
                    let role = select.catalog.roles.get(name.as_str());
                    let broad = role.map(|role| role.depth == Depth::Broad);
                    if broad != Some(grants.part) {
                        let message = format!("{name} is not a role for `role` or `part`");
                        return Err(grants.place.error(message));
                    }
                    by_role.entry(name).or_default().push((number, grants));
                }
            }
            let broad = select.catalog.roles.iter();
            for (name, _) in broad.filter(|(_, role)| role.depth == Depth::Broad) {
                let blocks = by_role.get(&**name).into_iter().flatten();
                if blocks.filter(|(of, _)| *of == number).count() != 1 {
                    let message = format!("must say once what part {name} carries");
                    return Err(service.place.error(message));
                }
            }
        }
        Ok(Resolve {
            select,
            grants: by_role,
            done: BTreeMap::new(),
        })
    }

    /// Every role that is written down, with what it carries.
    pub(super) fn all(mut self) -> Result<Vec<(&'s str, Set)>, DataError> {
        let roles: Vec<&str> = self.grants.keys().copied().collect();
        let carried = roles.into_iter().map(|role| {
            let set = self.role(role);
            Ok((role, set?.unwrap_or_default()))
        });
        carried.collect()
    }

    /// What a role carries; `None` for a role that is not written down or is like itself.
    fn role(&mut self, name: &str) -> Result<Option<Set>, DataError> {
        if let Some(done) = self.done.get(name) {
            return Ok(done.clone());
        }
        let Some((&name, blocks)) = self.grants.get_key_value(name) else {
            return Ok(None);
        };
        let blocks = blocks.clone();
        self.done.insert(name, None);
        let mut all = Set::default();
        for (number, grants) in blocks {
            let service = &self.select.catalog.services[number].1;
            let mut set = Set::default();
            for item in &grants.items {
                match item {
                    Item::Carry(statement) => set.extend(&self.select.set(statement)?),
                    Item::Without(statement) => {
                        let less = self.select.set(statement)?;
                        let mut left = less.clone();
                        left.remove_all(&set);
                        if left == less {
                            return Err(statement.place.error("takes nothing away"));
                        }
                        set.remove_all(&less);
                    }
                    Item::Like(place, other) => {
                        let other = self.role(other)?.ok_or_else(|| {
                            place.error(format!("{other} is not written down before this"))
                        })?;
                        set.extend(&other);
                        if grants.part {
                            set.retain_all(service);
                        }
                    }
                }
            }
            let mut outside = set.clone();
            outside.remove_all(service);
            if grants.part && !outside.is_empty() {
                return Err(grants.place.error("a part is about this service only"));
            }
            all.extend(&set);
        }
        self.done.insert(name, Some(all.clone()));
        Ok(Some(all))
    }
}
