//! Patterns become sets: what a statement selects, and what a role carries in the end.

use super::Depth;
use super::Set;
use super::draft::Draft;
use super::statement::{DataError, Grants, Item, Service, Statement};
use super::text::matches;
use std::collections::{BTreeMap, HashMap};

/// The permissions that are written down, by resource: their numbers and verbs.
pub(super) type Resources = BTreeMap<String, Vec<(usize, &'static str)>>;

/// The names that statements are about.
pub(super) struct Select<'c> {
    draft: &'c Draft,
    resources: &'c Resources,
    /// The number of each name: thousands are looked up here, too many for a search in the sorted list.
    ids: HashMap<&'c str, usize>,
}

impl<'c> Select<'c> {
    pub(super) fn new(draft: &'c Draft, resources: &'c Resources) -> Select<'c> {
        let names = draft.names.iter().enumerate();
        Select {
            draft,
            resources,
            ids: names.map(|(id, name)| (&**name, id)).collect(),
        }
    }

    /// The permissions that a statement selects. Every verb of it must select something.
    pub(super) fn set(&self, statement: &Statement) -> Result<Set, DataError> {
        let mut set = Set::default();
        let mut hits = vec![false; statement.verbs.len()];
        let mut name = String::new();
        for resource in &statement.resources {
            let service = self.draft.service(resource);
            for (verb, hit) in statement.verbs.iter().zip(&mut hits) {
                if resource.contains('*') || verb.contains('*') {
                    for &(id, written) in self.written(resource).flatten() {
                        if matches(verb, written) {
                            *hit = true;
                            set.insert(id);
                        }
                    }
                    continue;
                }
                name.clear();
                name.extend([resource, ".", verb]);
                if let Some(&id) = self.ids.get(name.as_str()) {
                    if service.is_some_and(|service| !service.contains(id)) {
                        let message = format!("{resource} has no {verb}");
                        return Err(statement.place.error(message));
                    }
                    *hit = true;
                    set.insert(id);
                }
            }
        }
        let missed = statement.verbs.iter().zip(hits).find(|(_, hit)| !hit);
        if let Some((verb, _)) = missed {
            return Err(statement.place.error(format!("{verb} selects nothing")));
        }
        for verb in &statement.except {
            let ids = set.iter().filter(|id| matches(verb, self.draft.verb(*id)));
            let ids: Set = ids.collect();
            if ids.is_empty() {
                return Err(statement.place.error(format!("-{verb} takes nothing away")));
            }
            set.remove_all(&ids);
        }
        Ok(set)
    }

    /// The permissions of each written resource that a pattern matches.
    fn written(&self, pattern: &str) -> impl Iterator<Item = &'c Vec<(usize, &'static str)>> {
        let start = pattern.split('*').next().unwrap_or_default();
        let near = self.resources.range(start.to_owned()..);
        near.take_while(move |(name, _)| name.starts_with(start))
            .filter(move |(name, _)| matches(pattern, name))
            .map(|(_, ids)| ids)
    }
}

/// Works out what each role carries, following `like`.
pub(super) struct Resolve<'c, 's> {
    select: &'c Select<'c>,
    /// Each role's blocks, with the service in whose file they stand.
    grants: BTreeMap<&'s str, Vec<(Option<&'s str>, &'s Grants)>>,
    /// `None` while a role is being worked out.
    done: BTreeMap<&'s str, Option<Set>>,
}

impl<'c, 's> Resolve<'c, 's> {
    pub(super) fn new(
        select: &'c Select<'c>,
        services: &'s [Service],
    ) -> Result<Resolve<'c, 's>, DataError> {
        let mut by_role: BTreeMap<&str, Vec<(Option<&str>, &Grants)>> = BTreeMap::new();
        let roles = select.draft.roles.iter();
        let broad = roles.filter(|(_, role)| role.depth == Depth::Broad);
        let broad: Vec<&str> = broad.map(|(name, _)| &**name).collect();
        for service in services {
            for grants in &service.grants {
                for name in &grants.roles {
                    let role = select.draft.roles.get(name.as_str());
                    let is_broad = role.map(|role| role.depth == Depth::Broad);
                    if is_broad != Some(grants.part) {
                        let message = format!("{name} is not a role for `role` or `part`");
                        return Err(grants.place.error(message));
                    }
                    by_role
                        .entry(name)
                        .or_default()
                        .push((service.name, grants));
                }
            }
            if service.name.is_none() {
                continue;
            }
            for name in &broad {
                let blocks = by_role.get(name).into_iter().flatten();
                if blocks.filter(|(of, _)| *of == service.name).count() != 1 {
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
        for (service, grants) in blocks {
            let service = service.and_then(|name| self.select.draft.service(name));
            let mut set = Set::default();
            for item in &grants.items {
                match item {
                    Item::Carry(statement) => set.add_all(&self.select.set(statement)?),
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
                        set.add_all(&other);
                        if let (true, Some(service)) = (grants.part, service) {
                            set.retain_all(service);
                        }
                    }
                }
            }
            if grants.part {
                let mut outside = set.clone();
                if let Some(service) = service {
                    outside.remove_all(service);
                }
                if !outside.is_empty() {
                    return Err(grants.place.error("a part is about this service only"));
                }
            }
            all.add_all(&set);
        }
        self.done.insert(name, Some(all.clone()));
        Ok(Some(all))
    }
}
