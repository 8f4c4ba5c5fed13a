//! Which permissions a role carries, and how sure we are.
//!
//! The embedded catalogue is hand-written text under `data/`, parsed once:
//!
//! * `roles.txt` names every predefined role;
//! * `services/*.txt` write services down completely: their permissions, their roles, and what the roles
//!   that reach across services (owner, security reviewer, …) carry of them;
//! * `sensitive.txt` says of all other roles which of the most dangerous permissions they carry;
//! * `facts.txt` holds facts about single permissions.
//!
//! [`Roles`] answers for a role of a policy: custom roles of the input lie over the catalogue. What none of
//! them says is [`Truth::Unknown`], never a pass.

mod assemble;
mod custom;
mod data;
mod lists;
mod pattern;
mod resolve;
mod roles;
mod set;
mod settle;
mod statement;
mod text;

pub use custom::{CustomRole, Stage};
pub use pattern::{PatternError, Wanted};
pub use roles::{Carries, Roles, base_name};

use crate::model::Truth;
use pattern::Pattern;
use rustc_hash::FxHashMap;
use set::Set;
use std::sync::OnceLock;

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

/// Whether a custom role may hold a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Support {
    /// Yes.
    Supported,
    /// Yes, but Google does not recommend it for production.
    Testing,
    /// No: creating a role with it fails.
    NotSupported,
    /// The catalogue does not say.
    Unknown,
}

/// The lowest level of the hierarchy at which a permission can be granted. A custom role of a project
/// may hold only those of [`Level::Project`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// On projects, and so on folders and organisations.
    Project,
    /// On folders and organisations.
    Folder,
    /// On organisations only.
    Organization,
}

/// What a role is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// All it carries.
    Complete,
    /// All it carries of the services that are written down, and the sensitive facts.
    Broad,
    /// The sensitive facts.
    Sensitive,
    /// Its name.
    Name,
}

#[derive(Debug)]
struct Role {
    depth: Depth,
    carries: Set,
    /// The families (by their number in [`Catalog::families`]) of which it carries some member.
    families: Set,
}

impl Role {
    fn new(depth: Depth) -> Role {
        Role {
            depth,
            carries: Set::default(),
            families: Set::default(),
        }
    }
}

/// What is known of predefined roles and of permissions.
#[derive(Debug)]
pub struct Catalog {
    date: &'static str,
    /// Every permission that the catalogue names, sorted: a permission's number is its place.
    names: Vec<Box<str>>,
    /// The services that are written down, with their permissions.
    services: Vec<(&'static str, Set)>,
    /// The permissions of all of them.
    written: Set,
    roles: FxHashMap<Box<str>, Role>,
    sensitive: Set,
    /// The verbs of the families that count as one sensitive fact.
    families: Vec<&'static str>,
    support: FxHashMap<usize, Support>,
    levels: FxHashMap<usize, Level>,
}

impl Catalog {
    /// The catalogue that comes with the program.
    ///
    /// # Panics
    ///
    /// If a data file is malformed, which no input can cause and the tests exclude.
    pub fn embedded() -> &'static Catalog {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| match assemble::assemble(&data::EMBEDDED) {
            Ok(catalog) => catalog,
            Err(error) => panic!("src/catalog/data/{error}"),
        })
    }

    /// The day of the role definitions, as `2026-08-22`.
    pub fn date(&self) -> &str {
        self.date
    }

    /// The names of all predefined roles, in no order.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(|name| &**name)
    }

    /// Whether a predefined role of this name exists.
    pub fn knows(&self, role: &str) -> bool {
        self.roles.contains_key(role)
    }

    /// How much is known of a predefined role.
    pub fn tier(&self, role: &str) -> Tier {
        match self.roles.get(role).map(|role| role.depth) {
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
        let role = self.roles.get(role);
        let role = role.filter(|role| role.depth == Depth::Complete)?;
        Some(role.carries.iter().map(|id| &*self.names[id]))
    }

    /// The services whose permissions are all written down, e.g. `storage`.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|(name, _)| *name)
    }

    /// The permissions of a service that is written down, sorted.
    pub fn permissions_of(&self, service: &str) -> Option<impl Iterator<Item = &str>> {
        let set = self.services.iter().find(|(name, _)| *name == service);
        set.map(|(_, set)| set.iter().map(|id| &*self.names[id]))
    }

    /// The permissions of which it is known for every role (but those of unknown content) whether it carries them, sorted.
    pub fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.sensitive.iter().map(|id| &*self.names[id])
    }

    /// Whether a permission of this name exists: `No` can be said only for services that are written down.
    pub fn exists(&self, permission: &str) -> Truth {
        match (self.service(permission), self.id(permission)) {
            (Some(service), id) => id.is_some_and(|id| service.contains(id)).into(),
            (None, Some(_)) => Truth::Yes,
            (None, None) => Truth::Unknown,
        }
    }

    /// Whether a custom role may hold the permission.
    pub fn support(&self, permission: &str) -> Support {
        let support = self.id(permission).and_then(|id| self.support.get(&id));
        support.copied().unwrap_or(Support::Unknown)
    }

    /// The lowest level at which the permission can be granted; `None` where the catalogue does not say.
    pub fn lowest_level(&self, permission: &str) -> Option<Level> {
        self.levels.get(&self.id(permission)?).copied()
    }

    /// Whether a predefined role carries something that a pattern names, and what.
    fn carries(&self, role: &Role, pattern: &Pattern) -> (Truth, Option<&str>) {
        if let Some(name) = self.first(&role.carries, pattern) {
            return (Truth::Yes, Some(name));
        }
        match role.depth {
            Depth::Complete => (Truth::No, None),
            Depth::Name => (Truth::Unknown, None),
            Depth::Broad | Depth::Sensitive => self.beyond(role, pattern),
        }
    }

    /// What can be said when none of the permissions that a role is known to carry matches.
    fn beyond(&self, role: &Role, pattern: &Pattern) -> (Truth, Option<&str>) {
        let family = |verb| self.families.iter().position(|known| *known == verb);
        let broad = role.depth == Depth::Broad;
        let no = match pattern {
            Pattern::Exact(name) => {
                let verb = name.rsplit('.').next().unwrap_or_default();
                self.id(name).is_some_and(|id| self.sensitive.contains(id))
                    || broad && self.service(name).is_some()
                    || family(verb).is_some_and(|family| !role.families.contains(family))
            }
            Pattern::Below(prefix) => match self.service(prefix) {
                Some(_) if broad => true,
                Some(service) => {
                    let mut known = self.range(prefix).filter(|id| service.contains(*id));
                    known.all(|id| self.sensitive.contains(id))
                }
                None => false,
            },
            Pattern::Verb(verb) => match family(verb.as_str()) {
                // Some member is carried, but nobody wrote down which.
                Some(family) if role.families.contains(family) => {
                    return (Truth::Yes, None);
                }
                known => known.is_some(),
            },
        };
        (if no { Truth::No } else { Truth::Unknown }, None)
    }

    /// The first permission of a set that a pattern names.
    fn first(&self, set: &Set, pattern: &Pattern) -> Option<&str> {
        let id = match pattern {
            Pattern::Exact(name) => self.id(name).filter(|id| set.contains(*id)),
            Pattern::Below(prefix) => self.range(prefix).find(|id| set.contains(*id)),
            Pattern::Verb(verb) => set.iter().find(|id| self.verb(*id) == verb),
        };
        id.map(|id| &*self.names[id])
    }

    fn id(&self, permission: &str) -> Option<usize> {
        self.names
            .binary_search_by(|name| (**name).cmp(permission))
            .ok()
    }

    /// The numbers of the permissions that begin with a prefix.
    fn range(&self, prefix: &str) -> std::ops::Range<usize> {
        let start = self.names.partition_point(|name| &**name < prefix);
        let rest = &self.names[start..];
        start..start + rest.partition_point(|name| name.starts_with(prefix))
    }

    fn verb(&self, id: usize) -> &str {
        self.names[id].rsplit('.').next().unwrap_or_default()
    }

    /// The permissions of the service to which a permission belongs, if it is written down.
    fn service(&self, permission: &str) -> Option<&Set> {
        let name = permission.split('.').next()?;
        let service = self.services.iter().find(|(known, _)| *known == name);
        service.map(|(_, set)| set)
    }
}
