//! What the files other than those of services say: role names, carriers of sensitive permissions, facts.

use super::data::File;
use super::draft::Role;
use super::statement::{DataError, Place, Statement, content, statement, statements};
use super::text::expand;
use super::{Depth, Level, Support};
use std::collections::BTreeMap;

/// A list of `sensitive.txt`.
pub(super) struct Carriers {
    pub(super) place: Place,
    pub(super) what: What,
    pub(super) roles: Vec<String>,
}

pub(super) enum What {
    These(Statement),
    Family(&'static str),
}

pub(super) fn carriers(file: &File) -> Result<Vec<Carriers>, DataError> {
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
pub(super) enum Fact {
    Support(Option<Support>),
    Level(Option<Level>),
}

pub(super) fn facts(file: &File) -> Result<Vec<(Fact, Vec<Statement>)>, DataError> {
    let mut facts = Vec::new();
    for block in content(file)? {
        let fact = match block.head.as_slice() {
            ["support", "supported"] => Fact::Support(Some(Support::Supported)),
            ["support", "testing"] => Fact::Support(Some(Support::Testing)),
            ["support", "not-supported"] => Fact::Support(Some(Support::NotSupported)),
            ["support", "unknown"] => Fact::Support(None),
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

pub(super) fn role_names(file: &File) -> Result<BTreeMap<Box<str>, Role>, DataError> {
    let mut roles: BTreeMap<Box<str>, Role> = BTreeMap::default();
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
