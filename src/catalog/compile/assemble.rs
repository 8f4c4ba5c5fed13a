//! From the data files to the catalogue: names become numbers, patterns become sets.

use super::Depth;
use super::Set;
use super::data::Files;
use super::draft::Draft;
use super::labels::denials;
use super::lists::{Carriers, Fact, What, carriers, facts, role_names};
use super::resolve::{Resolve, Resources, Select};
use super::statement::{DataError, Item, Place, Service, Statement, date, service};
use std::collections::{BTreeMap, HashSet};

/// Reads the data files.
pub(super) fn assemble(files: &Files) -> Result<Draft, DataError> {
    let services: Vec<Service> = files
        .services
        .iter()
        .map(service)
        .collect::<Result<_, _>>()?;
    let mut lists = vec![];
    for file in files.sensitive {
        lists.append(&mut carriers(file)?);
    }
    let carriers = lists;
    let facts = facts(&files.facts)?;
    let names = names(&services, &carriers, &facts);
    let mut draft = Draft {
        date: date(&files.roles).unwrap_or_default(),
        services: vec![],
        written: Set::default(),
        roles: role_names(&files.roles)?,
        sensitive: Set::default(),
        families: vec![],
        support: BTreeMap::new(),
        levels: BTreeMap::new(),
        denials: BTreeMap::new(),
        names,
    };
    let resources = write_down(&mut draft, &services)?;
    let select = Select::new(&draft, &resources);
    let carried = Resolve::new(&select, &services)?.all()?;
    let facts = facts
        .iter()
        .map(|(fact, statements)| {
            let sets = statements.iter().map(|s| select.set(s));
            Ok((*fact, sets.collect::<Result<Vec<_>, DataError>>()?))
        })
        .collect::<Result<Vec<_>, DataError>>()?;
    let denials = denials(&files.deny, &select)?;
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
        if let Some(role) = draft.roles.get_mut(name) {
            role.carries = set;
            if role.depth == Depth::Sensitive {
                role.depth = Depth::Complete;
            }
        }
    }
    for (place, what, roles) in lists {
        match what {
            Ok(set) => draft.add_carriers(place, &set, &roles)?,
            Err(verb) => draft.add_family(place, verb, &roles)?,
        }
    }
    for (fact, sets) in facts {
        for id in sets.iter().flat_map(Set::iter) {
            match fact {
                Fact::Support(Some(support)) => drop(draft.support.insert(id, support)),
                Fact::Support(None) => drop(draft.support.remove(&id)),
                Fact::Level(Some(level)) => drop(draft.levels.insert(id, level)),
                Fact::Level(None) => drop(draft.levels.remove(&id)),
            }
        }
    }
    draft.add_denials(denials);
    draft.add_stages(&files.stages)?;
    Ok(draft)
}

impl Draft {
    fn add_carriers(&mut self, place: Place, set: &Set, roles: &[String]) -> Result<(), DataError> {
        self.sensitive.add_all(set);
        let in_written = set.iter().any(|id| self.written.contains(id));
        for name in roles {
            let role = self.roles.get_mut(name.as_str());
            let role = role.ok_or_else(|| place.error(format!("no role is named {name}")))?;
            let said = role.depth == Depth::Complete || role.depth == Depth::Broad && in_written;
            if said || role.depth == Depth::Name {
                return Err(place.error(format!("what {name} carries is said elsewhere")));
            }
            role.carries.add_all(set);
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
    let mut names: HashSet<String> = HashSet::new();
    let mut name = String::new();
    for statement in statements {
        for resource in statement.resources.iter().filter(|r| !r.contains('*')) {
            for verb in statement.verbs.iter().filter(|v| !v.contains('*')) {
                name.clear();
                name.extend([resource.as_str(), ".", verb]);
                if !names.contains(&name) {
                    names.insert(name.clone());
                }
            }
        }
    }
    let mut names: Vec<Box<str>> = names.into_iter().map(String::into_boxed_str).collect();
    names.sort_unstable();
    names
}

fn write_down(draft: &mut Draft, services: &[Service]) -> Result<Resources, DataError> {
    let mut resources = Resources::new();
    for service in services {
        let Some(name) = service.name else {
            continue;
        };
        let mut all = Set::default();
        for statement in &service.permissions {
            for resource in &statement.resources {
                if resource.split('.').next() != Some(name) {
                    return Err(statement.place.error("belongs to another service"));
                }
                for verb in &statement.verbs {
                    let id = draft.id(&format!("{resource}.{verb}"));
                    let id = id.ok_or_else(|| statement.place.error("no stars here"))?;
                    if !all.insert(id) {
                        return Err(statement.place.error(format!("{verb} is said twice")));
                    }
                    resources
                        .entry(resource.clone())
                        .or_default()
                        .push((id, *verb));
                }
            }
        }
        draft.written.add_all(&all);
        draft.services.push((name, all));
    }
    Ok(resources)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stdout)]
    use super::{Draft, assemble};
    use crate::catalog::Stage;
    use crate::catalog::compile::data::{ALL, File, Files};
    use std::time::Instant;

    #[test]
    fn the_embedded_files_are_sound() {
        let start = Instant::now();
        let draft = assemble(&ALL).unwrap();
        println!("assembled in {:?}", start.elapsed());
        assert!(draft.services.len() >= 11);
    }

    const HEAD: &str = "@source x\n@date 2026-01-01\n";

    /// What is wrong with a catalogue of one service `s` and the roles `s.a`, `s.b`, `s.wide` and `t.c`.
    fn fault(service: &str, sensitive: &str) -> String {
        labelled(
            service,
            sensitive,
            "stage ga\n *\n",
            "deny s.example\n s.x *\n",
        )
        .map_or_else(|error| error, |_| String::new())
    }

    /// The same with launch stages and deny names.
    fn labelled(service: &str, sensitive: &str, stages: &str, deny: &str) -> Result<Draft, String> {
        let file = |name, text: &str| File {
            name,
            text: Box::leak(format!("{HEAD}{text}").into_boxed_str()),
        };
        let services = [file("service", service)];
        let sensitive = [file("sensitive", sensitive)];
        let files = Files {
            roles: file("roles", "s a b wide\nt c\n@broad s.wide\n@opaque dark\n"),
            services: Box::leak(Box::new(services)),
            sensitive: Box::leak(Box::new(sensitive)),
            facts: file("facts", "support testing\n s.x get\n s.y get\n"),
            stages: file("stages", stages),
            deny: file("deny", deny),
        };
        assemble(&files).map_err(|error| error.to_string())
    }

    #[test]
    fn labels_are_read_and_mistakes_in_them_refused() {
        let service = "service s\n s.x get list\n s.y get put\npart roles/s.wide\n nothing\n";
        let labelled = |stages: &str, deny: &str| labelled(service, "", stages, deny);
        let stages =
            "stage ga\n *\nstage beta\n s.* t.c\nstage ga\n s.{a,wide}\nstage unknown\n dark\n";
        let draft = labelled(stages, "deny s.example\n s.x get\n s.y * -put\n").unwrap();
        let stage = |role| draft.roles[role].stage;
        assert_eq!(stage("roles/s.a"), Some(Stage::Ga));
        assert_eq!(stage("roles/s.b"), Some(Stage::Beta));
        assert_eq!(stage("roles/dark"), None);
        // What is newer than the source is not said to be beyond deny policies.
        let denial = |name| draft.denials.get(&draft.id(name).unwrap()).copied();
        assert_eq!(denial("s.x.get"), Some(Some("s.example")));
        assert_eq!(denial("s.x.list"), None);
        let draft = labelled(stages, "deny none\n s.* *\ndeny s.example\n s.x get\n").unwrap();
        let denial = |name| draft.denials.get(&draft.id(name).unwrap()).copied();
        assert_eq!(denial("s.y.get"), Some(None));
        assert_eq!(denial("s.y.put"), None);
        assert_eq!(denial("s.x.get"), Some(Some("s.example")));
        let none = "deny none\n s.* *\n";
        for (stages, deny, message) in [
            ("stage soon\n *\n", none, "one of its words"),
            (
                "stage ga\n s.a s.none\n",
                none,
                "roles/s.none changes nothing",
            ),
            (
                "stage ga\n *\n s.a\n",
                none,
                "stages:5: roles/s.a changes nothing",
            ),
            (
                "stage ga\n *\n",
                "deny s\n s.x get\n",
                "the name of a service",
            ),
            (
                "stage ga\n *\n",
                "deny s.example\n s.x put\n",
                "deny:4: put selects nothing",
            ),
            (
                "stage ga\n *\n",
                "deny s.example\n z.x put\n",
                "put selects nothing",
            ),
        ] {
            let found = labelled(stages, deny).err().unwrap();
            assert!(found.contains(message), "{found:?}, not {message:?}");
        }
    }

    #[test]
    fn mistakes_in_the_files_are_refused() {
        let service = "service s\n s.x get list\n s.y get\n";
        let wide = "part roles/s.wide\n nothing\n";
        let fault = |more: &str, sensitive: &str| fault(&format!("{service}{more}"), sensitive);
        assert_eq!(fault(wide, "carry s.x get\n t.c\n"), "");
        for (more, sensitive, message) in [
            ("", "", "must say once what part roles/s.wide carries"),
            ("part roles/s.wide\n t.z get\n", "", "this service only"),
            ("role roles/s.none\n s.x get\n", "", "not a role for"),
            ("role roles/s.a\n s.x set\n", "", "s.x has no set"),
            ("role roles/s.a\n s.* set\n", "", "set selects nothing"),
            (
                "role roles/s.a\n s.x * -set\n",
                "",
                "-set takes nothing away",
            ),
            (
                "role roles/s.a\n s.x get\n without s.y get\n",
                "",
                "takes nothing away",
            ),
            (
                "role roles/s.a\n like roles/s.b\n",
                "",
                "roles/s.b is not written down",
            ),
            (
                "role roles/s.a\n like roles/s.a\n",
                "",
                "not written down before this",
            ),
            ("role roles/s.a\n", "", "says what is carried"),
            ("roles/s.a\n s.x get\n", "", "expected `service`"),
            ("", "carry s.x get\n s.wide\n", "said elsewhere"),
            (
                "role roles/s.a\n s.x get\n",
                "carry s.x get\n s.a\n",
                "said elsewhere",
            ),
            ("", "carry s.x get\n dark\n", "said elsewhere"),
            (
                "",
                "carry s.x get\n t.none\n",
                "no role is named roles/t.none",
            ),
            (
                "",
                "carry s.x get\n t.c\ncarry *.get\n",
                "roles/t.c carries a get",
            ),
        ] {
            let more = match more {
                "" if sensitive.is_empty() => String::new(),
                more if more.contains("s.wide") => more.to_owned(),
                more => format!("{wide}{more}"),
            };
            let found = fault(&more, sensitive);
            assert!(
                found.contains(message),
                "{more}{sensitive}: {found:?}, not {message:?}"
            );
        }
    }
}
