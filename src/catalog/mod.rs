//! Which permissions a role carries, and how sure we are.
//!
//! The catalogue is hand-written text under `data/`:
//!
//! * `roles.txt` names every predefined role;
//! * `services/*.txt` write services down completely: their permissions, their roles, and what the roles
//!   that reach across services (owner, security reviewer, …) carry of them;
//! * `sensitive.txt` says of all other roles which of the most dangerous permissions they carry, and
//!   `escalation.txt` the same of what the known ways to escalate privileges take;
//! * `facts.txt` and `deny.txt` hold facts about single permissions, `stages.txt` the launch stages of roles.
//!
//! The build script turns it into tables (`compile/`), so that loading costs nothing. A user's import is laid over them
//! by [`Catalog::with`].
//!
//! [`Roles`] answers for a role of a policy: custom roles of the input lie over the catalogue. What none of
//! them says is [`Truth::Unknown`], never a pass.

mod answers;
mod compare;
#[cfg(test)]
mod compile;
mod custom;
mod denial;
mod gathered;
mod imported;
mod index;
mod kinds;
mod overlay;
mod pattern;
mod roles;
mod set;
mod settle;
mod slots;
mod store;
mod table;

pub use answers::{Answer, Page, Unfit};
pub use compare::{Comparison, Relation};
pub use custom::CustomRole;
pub use denial::Denial;
pub use gathered::{Gathered, TooMany};
pub use imported::{Imported, PermissionFact};
pub use index::Holders;
pub use kinds::{Level, Stage, Support};
pub use pattern::{PatternError, Wanted};
pub use roles::{Carries, Roles, base_name};
pub use set::PermissionSet;
pub use store::{Damage, Stored};

use crate::model::Truth;
use index::Index;
use kinds::Depth;
use pattern::Pattern;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;
use table::{Names, Role};

/// How much is known of what a role carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Every permission.
    Complete,
    /// Every permission of the services that are written down, see [`Catalog::complete_within`], and the sensitive
    /// ones of all others: roles that reach across services.
    Broad,
    /// The sensitive ones, see [`Catalog::sensitive`], and perhaps some others.
    Sensitive,
    /// Nothing; perhaps not even that the role exists.
    Unknown,
}

/// What is known of roles and of permissions.
#[derive(Debug)]
pub struct Catalog {
    date: &'static str,
    /// Every permission that the catalogue names: its number is its place.
    names: Names,
    /// The services that are written down: every permission of them has its name here.
    services: &'static [&'static str],
    role_names: Names,
    /// One for each of `role_names`.
    roles: Cow<'static, [Role]>,
    /// The permissions that roles carry, sorted role by role.
    carried: Cow<'static, [u32]>,
    /// Sorted.
    sensitive: Cow<'static, [u32]>,
    /// The verbs of the families that count as one sensitive fact.
    families: &'static [&'static str],
    /// One for each of `names`.
    support: Cow<'static, [Support]>,
    /// One for each of `names`.
    levels: Cow<'static, [Option<Level>]>,
    /// One for each of `names`: 0 where it is not known whether deny policies can name the permission, 1 where they
    /// cannot, and from 2 on its place in `hosts`.
    denials: Cow<'static, [u8]>,
    /// The services by which deny policies know permissions.
    hosts: &'static [&'static str],
    /// The launch stages of permissions, by their number: none in the embedded catalogue.
    stages: Cow<'static, [Option<Stage>]>,
    /// Permissions that nothing but custom roles names: they need not exist. Sorted.
    mentioned: Cow<'static, [u32]>,
    /// Permissions of the services that are written down which only an import knows: what is said of roles elsewhere
    /// is older than they are. Sorted.
    newer: Cow<'static, [u32]>,
    /// What is worked out when it is first asked for.
    index: OnceLock<Index>,
}

static EMBEDDED: Catalog = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

impl Catalog {
    /// The catalogue that comes with the program.
    pub fn embedded() -> &'static Catalog {
        &EMBEDDED
    }

    /// The day of the embedded role definitions, as `2026-08-22`. An import has its own.
    pub fn date(&self) -> &str {
        self.date
    }

    /// The names of all predefined roles, sorted, and of the custom roles that were imported.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.role_names.iter()
    }

    /// Whether a role of this name is known to exist.
    pub fn knows(&self, role: &str) -> bool {
        self.role(role).is_some()
    }

    /// How much is known of a role.
    pub fn tier(&self, role: &str) -> Tier {
        match self.role(role) {
            Some(role) if !role.is_in_force() => Tier::Complete,
            Some(role) => match role.depth {
                Depth::Complete => Tier::Complete,
                Depth::Broad => Tier::Broad,
                Depth::Sensitive => Tier::Sensitive,
                Depth::Name => Tier::Unknown,
            },
            None => Tier::Unknown,
        }
    }

    /// The services of which it is known entirely what a [`Tier::Broad`] role carries, sorted; `None` for roles of other
    /// tiers: for a complete one there is no bound, and for the others there is no such service.
    pub fn complete_within(&self, role: &str) -> Option<impl Iterator<Item = &str>> {
        (self.tier(role) == Tier::Broad).then(|| self.services())
    }

    /// The launch stage of a role, where the catalogue says it.
    pub fn stage(&self, role: &str) -> Option<Stage> {
        self.role(role)?.stage
    }

    /// Whether an import says that a role is marked for deletion.
    pub fn is_deleted(&self, role: &str) -> bool {
        self.role(role).is_some_and(|role| role.deleted)
    }

    /// Everything that a role grants, sorted; `None` unless it is [`Tier::Complete`]. A custom role that is disabled
    /// or deleted grants nothing, see [`Catalog::definition`].
    pub fn permissions<'c>(
        &'c self,
        role: &str,
    ) -> Option<impl Iterator<Item = &'c str> + use<'c>> {
        let complete = self.tier(role) == Tier::Complete;
        let role = self.role(role).filter(|_| complete)?;
        Some(self.named(self.carried_by(role)))
    }

    /// Everything that the definition of a role lists, sorted, whether it is in force or not; `None` where not all of
    /// it is known.
    pub fn definition<'c>(&'c self, role: &str) -> Option<impl Iterator<Item = &'c str> + use<'c>> {
        let role = self.role(role);
        let role = role.filter(|role| role.depth == Depth::Complete)?;
        Some(self.named(self.listed_by(role)))
    }

    /// The services whose permissions are all written down, e.g. `storage`.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().copied()
    }

    /// The permissions of a service that is written down, sorted.
    pub fn permissions_of(&self, service: &str) -> Option<impl Iterator<Item = &str>> {
        let known = self.services.contains(&service);
        let mut ids = known.then(|| self.names.range(&format!("{service}.")))?;
        Some(std::iter::from_fn(move || {
            let id = ids.find(|id| !has(&self.mentioned, *id))?;
            Some(self.names.get(id))
        }))
    }

    /// The permissions of which it is known for every role (but those of unknown content) whether it carries them, sorted.
    pub fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.named(&self.sensitive)
    }

    /// Whether a permission of this name exists: `No` can be said only for services that are written down.
    pub fn exists(&self, permission: &str) -> Truth {
        match self.names.id(permission) {
            Some(id) if !has(&self.mentioned, id) => Truth::Yes,
            _ if self.is_written(permission) => Truth::No,
            _ => Truth::Unknown,
        }
    }

    /// The launch stage of a permission, where an import says it.
    pub fn permission_stage(&self, permission: &str) -> Option<Stage> {
        *self.stages.get(self.names.id(permission)?)?
    }

    /// Whether a custom role may hold the permission.
    pub fn support(&self, permission: &str) -> Support {
        let id = self.names.id(permission);
        let support = id.and_then(|id| self.support.get(id));
        support.copied().unwrap_or(Support::Unknown)
    }

    /// How a deny policy names the permission.
    pub fn deny_name(&self, permission: &str) -> Denial {
        let known = self
            .names
            .id(permission)
            .and_then(|id| self.denials.get(id));
        match known.map(|denial| usize::from(*denial)) {
            None | Some(0) => Denial::Unknown,
            Some(1) => Denial::NotDeniable,
            // `iam.googleapis.com/workforcePools.get` is called that everywhere.
            Some(_) if permission.contains('/') => Denial::Name(permission.to_owned()),
            Some(place) => match (self.hosts.get(place - 2), permission.split_once('.')) {
                (Some(host), Some((_, rest))) => Denial::Name(format!("{host}/{rest}")),
                _ => Denial::Unknown,
            },
        }
    }

    /// The lowest level at which the permission can be granted; `None` where the catalogue does not say.
    pub fn lowest_level(&self, permission: &str) -> Option<Level> {
        *self.levels.get(self.names.id(permission)?)?
    }

    fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(self.role_names.id(name)?)
    }

    /// What the definition of a role lists, as far as it is known.
    fn listed_by(&self, role: &Role) -> &[u32] {
        let carried = self.carried.get(role.start as usize..role.end as usize);
        carried.unwrap_or_default()
    }

    /// What a role grants, as far as it is known.
    fn carried_by(&self, role: &Role) -> &[u32] {
        if role.is_in_force() {
            self.listed_by(role)
        } else {
            &[]
        }
    }

    fn named<'c>(&'c self, ids: &'c [u32]) -> impl Iterator<Item = &'c str> {
        ids.iter().map(|id| self.names.get(*id as usize))
    }

    /// Whether a role carries something that a pattern names, and what.
    fn carries(&self, role: &Role, pattern: &Pattern) -> (Truth, Option<&str>) {
        if let Some(name) = self.first(role, pattern) {
            return (Truth::Yes, Some(name));
        }
        let truth = match role.depth {
            _ if !role.is_in_force() => return (Truth::No, None),
            Depth::Complete => Truth::No,
            Depth::Name => Truth::Unknown,
            Depth::Broad | Depth::Sensitive => self.beyond(role, pattern),
        };
        let newer = |id: &u32| pattern.matches(self.names.get(*id as usize));
        if truth == Truth::No && !role.imported && self.newer.iter().any(newer) {
            return (Truth::Unknown, None);
        }
        (truth, None)
    }

    /// What can be said when none of the permissions that a role is known to carry matches.
    fn beyond(&self, role: &Role, pattern: &Pattern) -> Truth {
        let broad = role.depth == Depth::Broad;
        let is_sensitive = |id: usize| has(&self.sensitive, id);
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

    /// Whether everything that a role carries of what is wanted is known by name.
    pub fn is_settled(&self, role: &str, wanted: &Wanted) -> bool {
        let Some(role) = self.role(role) else {
            return false;
        };
        if !role.is_in_force() {
            return role.depth == Depth::Complete;
        }
        wanted.patterns.iter().all(|pattern| {
            let carried = || self.first(role, pattern).is_some();
            let newer = |id: &u32| {
                let name = self.names.get(*id as usize);
                pattern.matches(name)
                    && self.first(role, &Pattern::Exact(name.to_owned())).is_none()
            };
            let known = match (role.depth, pattern) {
                (Depth::Complete, _) => true,
                (Depth::Name, _) => false,
                (_, Pattern::Exact(_)) if carried() => true,
                (Depth::Broad | Depth::Sensitive, _) => self.beyond(role, pattern) == Truth::No,
            };
            known && (role.imported || !self.newer.iter().any(newer))
        })
    }

    /// Whether a role carries some permission of a family; `None` where `verb` is not that of a family.
    fn carries_member(&self, role: &Role, verb: &str) -> Option<bool> {
        let family = self.families.iter().position(|known| *known == verb)?;
        Some(role.families & (1 << family) != 0)
    }

    /// A permission that a role is known to carry and a pattern names: the one that readers know best.
    fn first(&self, role: &Role, pattern: &Pattern) -> Option<&str> {
        let carried = self.carried_by(role);
        let find = |wanted: Range<usize>| {
            let at = carried.partition_point(|id| (*id as usize) < wanted.start);
            let id = *carried.get(at)? as usize;
            wanted.contains(&id).then(|| self.names.get(id))
        };
        match pattern {
            Pattern::Exact(name) => self.names.id(name).and_then(|id| find(id..id + 1)),
            Pattern::Below(prefix) => find(self.names.range(prefix)),
            Pattern::Verb(_) => {
                let named = self.named(carried);
                named
                    .filter(|name| pattern.matches(name))
                    .min_by_key(|name| renown(name))
            }
        }
    }

    /// Whether the service to which a permission or a prefix belongs is written down.
    fn is_written(&self, permission: &str) -> bool {
        let service = permission.split('.').next();
        service.is_some_and(|service| self.services.contains(&service))
    }
}

/// Where several permissions fit, what a reader knows at once is named, which is least here: the reins of the hierarchy
/// before those of some service whose name comes first in the alphabet.
pub(crate) fn renown(permission: &str) -> usize {
    const BEST: [&str; 3] = ["resourcemanager", "iam", "storage"];
    let service = permission.split('.').next().unwrap_or_default();
    let known = BEST.iter().position(|best| *best == service);
    known.unwrap_or(BEST.len())
}

/// Whether a sorted list has a number.
fn has(sorted: &[u32], id: usize) -> bool {
    let found = sorted.binary_search_by_key(&id, |id| *id as usize);
    found.is_ok()
}
