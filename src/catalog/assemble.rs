//! From the data files to the catalogue: names become numbers, patterns become sets.

use super::data::{FACTS, File, ROLES, SENSITIVE, SERVICES};
use super::set::Set;
use super::statement::{
    DataError, Grants, Item, Place, Service, Statement, content, date, service, statement,
    statements,
};
use super::text::{expand, matches};
use super::{Catalog, Depth, Level, Role, Support};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Reads everything that is embedded.
pub(super) fn assemble() -> Result<Catalog, DataError> {
    let services: Vec<Service> = SERVICES.iter().map(service).collect::<Result<_, _>>()?;
    let carriers = carriers(&SENSITIVE)?;
    let facts = facts(&FACTS)?;
    let names = names(&services, &carriers, &facts);
    let mut catalog = Catalog {
        date: date(&ROLES).unwrap_or_default(),
        services: vec![],
        written: Set::default(),
        roles: role_names(&ROLES)?,
        sensitive: Set::default(),
        families: vec![],
        support: FxHashMap::default(),
        levels: FxHashMap::default(),
        names,
    };
    let resources = write_down(&mut catalog, &services)?;
    let select = Select {
        catalog: &catalog,
        resources: &resources,
    };
    let carried = Resolve::new(select, &services)?.all()?;
    let facts = facts
        .iter()
        .map(|(fact, statements)| {
            let sets = statements.iter().map(|s| select.set(s));
            Ok((*fact, sets.collect::<Result<Vec<_>, DataError>>()?))
        })
        .collect::<Result<Vec<_>, DataError>>()?;
    let lists = carriers
        .into_iter()
        .map(|list| {
            let what = match &list.what {
                What::These(statement) => Ok(select.set(statement)?),
                What::Family(verb) => Err(*verb),
            };
            Ok((list.place, what, list.roles))
        })
        .collect::<Result<Vec<_>, DataError>>()?;

    for (name, set) in carried {
        if let Some(role) = catalog.roles.get_mut(name) {
            role.carries = set;
            if role.depth == Depth::Sensitive {
                role.depth = Depth::Complete;
            }
        }
    }
    for (place, what, roles) in lists {
        match what {
            Ok(set) => catalog.add_carriers(place, &set, &roles)?,
            Err(verb) => catalog.add_family(place, verb, &roles)?,
        }
    }
    for (fact, sets) in facts {
        for id in sets.iter().flat_map(Set::iter) {
            match fact {
                Fact::Support(support) => drop(catalog.support.insert(id, support)),
                Fact::Level(Some(level)) => drop(catalog.levels.insert(id, level)),
                Fact::Level(None) => drop(catalog.levels.remove(&id)),
            }
        }
    }
    Ok(catalog)
}

impl Catalog {
    fn add_carriers(&mut self, place: Place, set: &Set, roles: &[String]) -> Result<(), DataError> {
        self.sensitive.extend(set);
        let in_written = set.iter().any(|id| self.written.contains(id));
        for name in roles {
            let role = self.roles.get_mut(name.as_str());
            let role = role.ok_or_else(|| place.error(format!("no role is named {name}")))?;
            let said = role.depth == Depth::Complete || role.depth == Depth::Broad && in_written;
            if said || role.depth == Depth::Name {
                return Err(place.error(format!("what {name} carries is said elsewhere")));
            }
            role.carries.extend(set);
        }
        Ok(())
    }

    fn add_family(
        &mut self,
        place: Place,
        verb: &'static str,
        roles: &[String],
    ) -> Result<(), DataError> {
        let family = self.families.len();
        self.families.push(verb);
        for name in roles {
            let role = self.roles.get_mut(name.as_str());
            let role = role.ok_or_else(|| place.error(format!("no role is named {name}")))?;
            if matches!(role.depth, Depth::Complete | Depth::Name) {
                return Err(place.error(format!("what {name} carries is said elsewhere")));
            }
            role.families.insert(family);
        }
        // A list that contradicts the others would turn into a false pass.
        let forgotten = self.roles.iter().find(|(_, role)| {
            matches!(role.depth, Depth::Broad | Depth::Sensitive)
                && !role.families.contains(family)
                && role.carries.iter().any(|id| self.verb(id) == verb)
        });
        match forgotten {
            Some((name, _)) => Err(place.error(format!("{name} carries a {verb}, by its list"))),
            None => Ok(()),
        }
    }
}

/// A list of `sensitive.txt`.
struct Carriers {
    place: Place,
    what: What,
    roles: Vec<String>,
}

enum What {
    These(Statement),
    Family(&'static str),
}

fn carriers(file: &File) -> Result<Vec<Carriers>, DataError> {
    let mut lists = Vec::new();
    for block in content(file)? {
        let place = Place {
            file: file.name,
            line: block.line,
        };
        let what = match block.head.as_slice() {
            ["carry", family] => match family.strip_prefix("*.") {
                Some(verb) => What::Family(verb),
                None => return Err(place.error("expected verbs, or `*.verb`")),
            },
            ["carry", words @ ..] => {
                What::These(statement(file, block.line, words, &BTreeMap::new())?)
            }
            _ => return Err(place.error("expected `carry`")),
        };
        let words = block.body.iter().flat_map(|line| &line.words);
        let roles = words
            .flat_map(|word| expand(word))
            .map(|role| format!("roles/{role}"))
            .collect();
        lists.push(Carriers { place, what, roles });
    }
    Ok(lists)
}

#[derive(Clone, Copy)]
enum Fact {
    Support(Support),
    Level(Option<Level>),
}

fn facts(file: &File) -> Result<Vec<(Fact, Vec<Statement>)>, DataError> {
    let mut facts = Vec::new();
    for block in content(file)? {
        let fact = match block.head.as_slice() {
            ["support", "supported"] => Fact::Support(Support::Supported),
            ["support", "testing"] => Fact::Support(Support::Testing),
            ["support", "not-supported"] => Fact::Support(Support::NotSupported),
            ["level", "project"] => Fact::Level(Some(Level::Project)),
            ["level", "folder"] => Fact::Level(Some(Level::Folder)),
            ["level", "organization"] => Fact::Level(Some(Level::Organization)),
            ["level", "unknown"] => Fact::Level(None),
            _ => {
                let place = Place {
                    file: file.name,
                    line: block.line,
                };
                return Err(place.error("expected `support` or `level`"));
            }
        };
        facts.push((fact, statements(file, &block.body, &BTreeMap::new())?));
    }
    Ok(facts)
}

fn role_names(file: &File) -> Result<FxHashMap<Box<str>, Role>, DataError> {
    let mut roles: FxHashMap<Box<str>, Role> = FxHashMap::default();
    for block in content(file)? {
        let place = Place {
            file: file.name,
            line: block.line,
        };
        let words = block.head[1..]
            .iter()
            .chain(block.body.iter().flat_map(|line| &line.words));
        let names = words.flat_map(|word| expand(word));
        let (services, depth) = match block.head[0] {
            "@basic" => (vec![String::new()], Depth::Sensitive),
            "@opaque" => (vec![String::new()], Depth::Name),
            "@broad" => {
                for name in names {
                    match roles.get_mut(format!("roles/{name}").as_str()) {
                        Some(role) => role.depth = Depth::Broad,
                        None => return Err(place.error(format!("no role is named {name} above"))),
                    }
                }
                continue;
            }
            services => {
                let services = expand(services).into_iter();
                (services.map(|s| s + ".").collect(), Depth::Sensitive)
            }
        };
        for name in names {
            for service in &services {
                let role = format!("roles/{service}{name}").into_boxed_str();
                let role = roles.insert(role, Role::new(depth));
                if role.is_some() {
                    return Err(place.error(format!("{service}{name} is named twice")));
                }
            }
        }
    }
    Ok(roles)
}

/// Every permission that is written without a star, sorted.
fn names(
    services: &[Service],
    carriers: &[Carriers],
    facts: &[(Fact, Vec<Statement>)],
) -> Vec<Box<str>> {
    let of_services = services.iter().flat_map(|service| {
        let items = service.grants.iter().flat_map(|grants| &grants.items);
        let carried = items.filter_map(|item| match item {
            Item::Carry(statement) | Item::Without(statement) => Some(statement),
            Item::Like(..) => None,
        });
        service.permissions.iter().chain(carried)
    });
    let of_carriers = carriers.iter().filter_map(|list| match &list.what {
        What::These(statement) => Some(statement),
        What::Family(_) => None,
    });
    let statements = of_services
        .chain(of_carriers)
        .chain(facts.iter().flat_map(|(_, statements)| statements));
    let mut names: Vec<Box<str>> = Vec::new();
    for statement in statements {
        for resource in statement.resources.iter().filter(|r| !r.contains('*')) {
            for verb in statement.verbs.iter().filter(|v| !v.contains('*')) {
                names.push(format!("{resource}.{verb}").into_boxed_str());
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The written permissions by resource.
type Resources = BTreeMap<String, Vec<usize>>;

fn write_down(catalog: &mut Catalog, services: &[Service]) -> Result<Resources, DataError> {
    let mut resources = Resources::new();
    for service in services {
        let mut all = Set::default();
        for statement in &service.permissions {
            for resource in &statement.resources {
                if resource.split('.').next() != Some(service.name) {
                    return Err(statement.place.error("belongs to another service"));
                }
                for verb in &statement.verbs {
                    let id = catalog.id(&format!("{resource}.{verb}"));
                    let id = id.ok_or_else(|| statement.place.error("no stars here"))?;
                    if !all.insert(id) {
                        return Err(statement.place.error(format!("{verb} is said twice")));
                    }
                    resources.entry(resource.clone()).or_default().push(id);
                }
            }
        }
        catalog.written.extend(&all);
        catalog.services.push((service.name, all));
    }
    Ok(resources)
}

#[derive(Clone, Copy)]
struct Select<'c> {
    catalog: &'c Catalog,
    resources: &'c Resources,
}

impl Select<'_> {
    /// The permissions that a statement selects. Every word of it must select something.
    fn set(&self, statement: &Statement) -> Result<Set, DataError> {
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
struct Resolve<'c, 's> {
    select: Select<'c>,
    /// Each role's blocks, with the number of the service whose file they stand in.
    grants: BTreeMap<&'s str, Vec<(usize, &'s Grants)>>,
    /// `None` while a role is being worked out.
    done: BTreeMap<&'s str, Option<Set>>,
}

impl<'c, 's> Resolve<'c, 's> {
    fn new(select: Select<'c>, services: &'s [Service]) -> Result<Resolve<'c, 's>, DataError> {
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

    fn all(mut self) -> Result<Vec<(&'s str, Set)>, DataError> {
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
