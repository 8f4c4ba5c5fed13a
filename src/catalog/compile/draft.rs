//! The catalogue while it is put together.

use super::Set;
use super::labels::Host;
use super::{Depth, Level, Stage, Support};
use std::collections::BTreeMap;

/// What the data files say, names turned into numbers.
pub(super) struct Draft {
    pub(super) date: &'static str,
    /// Every permission that the files name, sorted: a permission's number is its place.
    pub(super) names: Vec<Box<str>>,
    /// The services that are written down, with their permissions.
    pub(super) services: Vec<(&'static str, Set)>,
    /// The permissions of all of them.
    pub(super) written: Set,
    pub(super) roles: BTreeMap<Box<str>, Role>,
    pub(super) sensitive: Set,
    /// The verbs of the families that count as one sensitive fact.
    pub(super) families: Vec<&'static str>,
    pub(super) support: BTreeMap<usize, Support>,
    pub(super) levels: BTreeMap<usize, Level>,
    /// How deny policies know a permission; not here where that is not known.
    pub(super) denials: BTreeMap<usize, Host>,
}

/// A predefined role.
pub(super) struct Role {
    pub(super) depth: Depth,
    pub(super) carries: Set,
    /// The families (by their number in [`Draft::families`]) of which it carries some member.
    pub(super) families: Set,
    pub(super) stage: Option<Stage>,
}

impl Role {
    pub(super) fn new(depth: Depth) -> Role {
        Role {
            depth,
            carries: Set::default(),
            families: Set::default(),
            stage: None,
        }
    }
}

impl Draft {
    /// The number of a permission.
    pub(super) fn id(&self, permission: &str) -> Option<usize> {
        self.names
            .binary_search_by(|name| (**name).cmp(permission))
            .ok()
    }

    /// The last word of a permission.
    pub(super) fn verb(&self, id: usize) -> &str {
        self.names[id].rsplit('.').next().unwrap_or_default()
    }

    /// The permissions of the service to which a permission belongs, if it is written down.
    pub(super) fn service(&self, permission: &str) -> Option<&Set> {
        let name = permission.split('.').next()?;
        let service = self.services.iter().find(|(known, _)| *known == name);
        service.map(|(_, set)| set)
    }
}
