//! A user's import laid over a catalogue: the same tables, made at run time.

#[cfg(test)]
mod tests;

use super::custom::plain;
use super::kinds::Depth;
use super::table::{Names, Role};
use super::{
    Catalog, CustomRole, Imported, Level, PermissionFact, PermissionSet, Stage, Support, has,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// What an import says of one role, its descriptions taken together.
struct Told<'i> {
    stage: Stage,
    deleted: bool,
    permissions: Option<&'i [String]>,
}

/// What an import says of one permission, likewise.
struct Fact {
    support: Support,
    stage: Stage,
    level: Option<Level>,
}

impl Catalog {
    /// This catalogue with an import laid over it. A role that was imported with its permissions is known
    /// completely, and carries exactly these: the import is fresher. One without them tells its stage and that it exists.
    /// What is said of permissions replaces what stood here.
    ///
    /// Of several descriptions of one role the last counts, but one without permissions does not take them away.
    pub fn with(&self, import: &Imported) -> Catalog {
        let told = roles(&import.roles);
        let facts = permissions(&import.permissions);
        let (names, place) = self.all_names(&told, &facts);
        let (role_names, roles, carried) = self.all_roles(&told, &names, &place);
        let predefined = role_names.iter().zip(&roles);
        let predefined = predefined.filter(|(name, _)| name.starts_with("roles/"));
        let lists = predefined.filter(|(_, role)| role.imported);
        let confirmed: PermissionSet = lists
            .filter_map(|(_, role)| carried.get(role.start as usize..role.end as usize))
            .flatten()
            .map(|id| *id as usize)
            .chain(facts.keys().filter_map(|name| names.id(name)))
            .collect();
        let (mentioned, newer) = self.doubts(&confirmed, &names, &place);
        let mut catalog = Catalog {
            date: self.date,
            services: self.services,
            families: self.families,
            sensitive: self
                .sensitive
                .iter()
                .map(|id| place[*id as usize])
                .collect(),
            support: spread(&self.support, Support::Unknown, names.len(), &place).into(),
            levels: spread(&self.levels, None, names.len(), &place).into(),
            denials: spread(&self.denials, 0, names.len(), &place).into(),
            hosts: self.hosts,
            stages: spread(&self.stages, None, names.len(), &place).into(),
            names,
            role_names,
            roles: roles.into(),
            carried: carried.into(),
            mentioned: mentioned.into(),
            newer: newer.into(),
            index: OnceLock::new(),
        };
        catalog.take(&facts);
        catalog
    }

    /// The names of both, and the new number of each that stands here.
    fn all_names(
        &self,
        told: &BTreeMap<&str, Told<'_>>,
        facts: &BTreeMap<&str, Fact>,
    ) -> (Names, Vec<u32>) {
        let of_roles = told.values().filter_map(|role| role.permissions).flatten();
        let imported = of_roles.map(String::as_str).chain(facts.keys().copied());
        // Most are known: only the others need to be sorted.
        let unknown = imported.filter(|name| !name.is_empty() && self.names.id(name).is_none());
        let unknown: FxHashSet<&str> = unknown.collect();
        let mut more: Vec<&str> = unknown.into_iter().collect();
        more.sort_unstable();
        let mut more = more.into_iter().peekable();
        let mut names = Vec::with_capacity(self.names.len() + more.len());
        let mut place = Vec::with_capacity(self.names.len());
        for name in self.names.iter() {
            while let Some(before) = more.next_if(|new| *new < name) {
                names.push(before);
            }
            place.push(number(names.len()));
            names.push(name);
        }
        names.extend(more);
        (Names::of(&names), place)
    }

    /// The roles of both, and what they carry.
    fn all_roles(
        &self,
        told: &BTreeMap<&str, Told<'_>>,
        names: &Names,
        place: &[u32],
    ) -> (Names, Vec<Role>, Vec<u32>) {
        let known = self.role_names.iter().filter(|name| !name.is_empty());
        let all: BTreeSet<&str> = known.chain(told.keys().copied()).collect();
        let all: Vec<&str> = all.into_iter().collect();
        let mut carried = Vec::with_capacity(self.carried.len());
        let roles = all.iter().map(|name| {
            let start = number(carried.len());
            let (known, told) = (self.role(name), told.get(name));
            let mut role = known.cloned().unwrap_or(Role {
                depth: Depth::Name,
                start,
                end: start,
                families: 0,
                stage: None,
                deleted: false,
                imported: false,
            });
            if let Some(permissions) = told.and_then(|told| told.permissions) {
                let ids = permissions.iter().filter_map(|name| names.id(name));
                let mut ids: Vec<u32> = ids.map(number).collect();
                ids.sort_unstable();
                ids.dedup();
                carried.append(&mut ids);
                role.depth = Depth::Complete;
                role.families = 0;
                role.imported = true;
            } else if let Some(known) = known {
                let listed = self.listed_by(known).iter();
                carried.extend(listed.map(|id| place[*id as usize]));
            }
            if let Some(told) = told {
                role.stage = Some(told.stage);
                role.deleted = told.deleted;
            }
            role.start = start;
            role.end = number(carried.len());
            role
        });
        let roles = roles.collect();
        (Names::of(&all), roles, carried)
    }

    /// [`Catalog::mentioned`] and [`Catalog::newer`] of the whole. `confirmed` are the permissions that are known from
    /// elsewhere than custom roles.
    fn doubts(
        &self,
        confirmed: &PermissionSet,
        names: &Names,
        place: &[u32],
    ) -> (Vec<u32>, Vec<u32>) {
        let (mut mentioned, mut newer) = (Vec::new(), Vec::new());
        let mut known = place.iter().enumerate().peekable();
        for (id, name) in names.iter().enumerate() {
            let here = known.next_if(|(_, place)| **place as usize == id);
            let (doubted, late) = here.map_or((true, true), |(before, _)| {
                (has(&self.mentioned, before), has(&self.newer, before))
            });
            if doubted && !confirmed.contains(id) {
                mentioned.push(number(id));
            } else if (doubted || late) && self.is_written(name) {
                newer.push(number(id));
            }
        }
        (mentioned, newer)
    }

    /// Lets facts about permissions replace what stands here.
    fn take(&mut self, facts: &BTreeMap<&str, Fact>) {
        let asked: BTreeSet<Level> = facts.values().filter_map(|fact| fact.level).collect();
        let (support, stages, levels) = (
            self.support.to_mut(),
            self.stages.to_mut(),
            self.levels.to_mut(),
        );
        for (name, fact) in facts {
            let Some(id) = self.names.id(name) else {
                continue;
            };
            support[id] = fact.support;
            stages[id] = Some(fact.stage);
            // What an organisation lists can be granted there, and perhaps further down: only the lists of all
            // lower levels show that it cannot.
            let Some(level) = fact.level else {
                continue;
            };
            let below = [Level::Project, Level::Folder];
            let mut below = below.iter().filter(|below| **below < level);
            levels[id] = match levels[id] {
                _ if below.all(|below| asked.contains(below)) => Some(level),
                Some(known) => Some(known.min(level)),
                None => None,
            };
        }
    }
}

/// Every role by its plain name.
fn roles(imported: &[CustomRole]) -> BTreeMap<&str, Told<'_>> {
    // A map that hashes takes thousands of names faster than a tree.
    let mut told: FxHashMap<&str, Told<'_>> = FxHashMap::default();
    for role in imported {
        let name = plain(&role.name);
        if name.is_empty() {
            continue;
        }
        let earlier = told.get(name).and_then(|told| told.permissions);
        told.insert(
            name,
            Told {
                stage: role.stage,
                deleted: role.deleted,
                permissions: role.permissions.as_deref().or(earlier),
            },
        );
    }
    told.into_iter().collect()
}

/// Every permission by name, with the lowest level at which it was listed.
fn permissions(imported: &[PermissionFact]) -> BTreeMap<&str, Fact> {
    let mut facts: BTreeMap<&str, Fact> = BTreeMap::new();
    for fact in imported.iter().filter(|fact| !fact.name.is_empty()) {
        let earlier = facts.get(fact.name.as_str()).and_then(|fact| fact.level);
        let level = match (earlier, fact.level) {
            (Some(earlier), Some(level)) => Some(earlier.min(level)),
            (earlier, level) => earlier.or(level),
        };
        facts.insert(
            &fact.name,
            Fact {
                support: fact.support,
                stage: fact.stage,
                level,
            },
        );
    }
    facts
}

/// A table with its rows at their new places.
fn spread<T: Copy>(old: &[T], empty: T, len: usize, place: &[u32]) -> Vec<T> {
    let mut new = vec![empty; len];
    for (row, place) in old.iter().zip(place) {
        new[*place as usize] = *row;
    }
    new
}

/// More than four billion of anything do not fit into memory; if they did, those beyond would have no name.
fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
