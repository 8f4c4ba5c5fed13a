//! Which permissions a role carries, and how sure we are.
//!
//! The catalogue is hand-written text under `data/`:
//!
//! * `roles.txt` names every predefined role;
//! * `services/*.txt` write services down completely: their permissions, their roles, and what the roles
//!   that reach across services (owner, security reviewer, …) carry of them;
//! * `sensitive.txt` says of all other roles which of the most dangerous permissions they carry, and
//!   `escalation.txt` the same of what the known ways to escalate privileges take;
//! * `facts.txt` holds facts about single permissions.
//!
//! The build script turns it into tables (`compile/`), so that loading costs nothing.
//!
//! [`Roles`] answers for a role of a policy: custom roles of the input lie over the catalogue. What none of
//! them says is [`Truth::Unknown`], never a pass.

mod answers;
#[cfg(test)]
mod compile;
mod custom;
mod imported;
mod kinds;
mod pattern;
mod roles;
mod settle;
mod store;
mod table;

pub use answers::{Answer, Gathered, Page, TooMany, Unfit};
pub use custom::{CustomRole, Stage};
pub use imported::{Imported, PermissionFact};
pub use kinds::{Level, Support};
pub use pattern::{PatternError, Wanted};
pub use roles::{Carries, Roles, base_name};
pub use store::{Damage, Stored};

use crate::model::Truth;
use kinds::Depth;
use pattern::Pattern;
use std::ops::Range;
use table::{Names, Role};

/// How much is known of what a role carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Every permission.
    Complete,
    /// Some: those of the services that are written down (for roles that reach across services), and
    /// the sensitive ones.
    Sensitive,
    /// Nothing; perhaps not even that the role exists.
    Unknown,
}

/// What is known of predefined roles and of permissions.
#[derive(Debug)]
pub struct Catalog {
    date: &'static str,
    /// Every permission that the catalogue names: its number is its place.
    names: Names,
    /// The services that are written down: every permission of them has its name here.
    services: &'static [&'static str],
    role_names: Names,
    /// One for each of `role_names`.
    roles: &'static [Role],
    /// The permissions that roles carry, sorted role by role.
    carried: &'static [u16],
    /// Sorted.
    sensitive: &'static [u16],
    /// The verbs of the families that count as one sensitive fact.
    families: &'static [&'static str],
    /// One for each of `names`.
    support: &'static [Support],
    /// One for each of `names`.
    levels: &'static [Option<Level>],
}

static EMBEDDED: Catalog = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

impl Catalog {
    /// The catalogue that comes with the program.
    pub fn embedded() -> &'static Catalog {
        &EMBEDDED
    }

    /// The day of the role definitions, as `2026-08-22`.
    pub fn date(&self) -> &str {
        self.date
    }

    /// The names of all predefined roles, sorted.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.role_names.iter()
    }

    /// Whether a predefined role of this name exists.
    pub fn knows(&self, role: &str) -> bool {
        self.role(role).is_some()
    }

    /// How much is known of a predefined role.
    pub fn tier(&self, role: &str) -> Tier {
        match self.role(role).map(|role| role.depth) {
            Some(Depth::Complete) => Tier::Complete,
            Some(Depth::Broad | Depth::Sensitive) => Tier::Sensitive,
            Some(Depth::Name) | None => Tier::Unknown,
        }
    }

    /// Everything that a predefined role carries, sorted; `None` unless it is [`Tier::Complete`].
    pub fn permissions<'c>(
        &'c self,
        role: &str,
    ) -> Option<impl Iterator<Item = &'c str> + use<'c>> {
        let role = self.role(role);
        let role = role.filter(|role| role.depth == Depth::Complete)?;
        Some(self.named(self.carried_by(role)))
    }

    /// The services whose permissions are all written down, e.g. `storage`.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().copied()
    }

    /// The permissions of a service that is written down, sorted.
    pub fn permissions_of(&self, service: &str) -> Option<impl Iterator<Item = &str>> {
        let known = self.services.contains(&service);
        let ids = known.then(|| self.names.range(&format!("{service}.")))?;
        Some(ids.map(|id| self.names.get(id)))
    }

    /// The permissions of which it is known for every role (but those of unknown content) whether it carries them, sorted.
    pub fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.named(self.sensitive)
    }

    /// Whether a permission of this name exists: `No` can be said only for services that are written down.
    pub fn exists(&self, permission: &str) -> Truth {
        match self.names.id(permission) {
            Some(_) => Truth::Yes,
            None if self.is_written(permission) => Truth::No,
            None => Truth::Unknown,
        }
    }

    /// Whether a custom role may hold the permission.
    pub fn support(&self, permission: &str) -> Support {
        let id = self.names.id(permission);
        let support = id.and_then(|id| self.support.get(id));
        support.copied().unwrap_or(Support::Unknown)
    }

    /// The lowest level at which the permission can be granted; `None` where the catalogue does not say.
    pub fn lowest_level(&self, permission: &str) -> Option<Level> {
        *self.levels.get(self.names.id(permission)?)?
    }

    fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(self.role_names.id(name)?)
    }

    fn carried_by(&self, role: &Role) -> &[u16] {
        let carried = self.carried.get(role.start as usize..role.end as usize);
        carried.unwrap_or_default()
    }

    fn named<'c>(&'c self, ids: &'c [u16]) -> impl Iterator<Item = &'c str> {
        ids.iter().map(|id| self.names.get(usize::from(*id)))
    }

    /// Whether a predefined role carries something that a pattern names, and what.
    fn carries(&self, role: &Role, pattern: &Pattern) -> (Truth, Option<&str>) {
        if let Some(name) = self.first(role, pattern) {
            return (Truth::Yes, Some(name));
        }
        match role.depth {
            Depth::Complete => (Truth::No, None),
            Depth::Name => (Truth::Unknown, None),
            Depth::Broad | Depth::Sensitive => (self.beyond(role, pattern), None),
        }
    }

    /// What can be said when none of the permissions that a role is known to carry matches.
    fn beyond(&self, role: &Role, pattern: &Pattern) -> Truth {
        let broad = role.depth == Depth::Broad;
        let is_sensitive = |id: usize| {
            let found = self
                .sensitive
                .binary_search_by_key(&id, |id| usize::from(*id));
            found.is_ok()
        };
        let no = match pattern {
            Pattern::Exact(name) => {
                let verb = name.rsplit('.').next().unwrap_or_default();
                self.names.id(name).is_some_and(is_sensitive)
                    || broad && self.is_written(name)
                    || self.carries_member(role, verb) == Some(false)
            }
            Pattern::Below(prefix) => {
                let written = self.is_written(prefix);
                written && (broad || self.names.range(prefix).all(is_sensitive))
            }
            Pattern::Verb(verb) => match self.carries_member(role, verb) {
                // Nobody wrote down which.
                Some(true) => return Truth::Yes,
                known => known.is_some(),
            },
        };
        if no { Truth::No } else { Truth::Unknown }
    }

    /// Whether a role carries some permission of a family; `None` where `verb` is not that of a family.
    fn carries_member(&self, role: &Role, verb: &str) -> Option<bool> {
        let family = self.families.iter().position(|known| *known == verb)?;
        Some(role.families & (1 << family) != 0)
    }

    /// The first permission that a role is known to carry and a pattern names.
    fn first(&self, role: &Role, pattern: &Pattern) -> Option<&str> {
        let carried = self.carried_by(role);
        let find = |wanted: Range<usize>| {
            let at = carried.partition_point(|id| usize::from(*id) < wanted.start);
            let id = usize::from(*carried.get(at)?);
            wanted.contains(&id).then(|| self.names.get(id))
        };
        match pattern {
            Pattern::Exact(name) => self.names.id(name).and_then(|id| find(id..id + 1)),
            Pattern::Below(prefix) => find(self.names.range(prefix)),
            Pattern::Verb(_) => self.named(carried).find(|name| pattern.matches(name)),
        }
    }

    /// Whether the service to which a permission or a prefix belongs is written down.
    fn is_written(&self, permission: &str) -> bool {
        let service = permission.split('.').next();
        service.is_some_and(|service| self.services.contains(&service))
    }
}
