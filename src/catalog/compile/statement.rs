//! What the data files say, before names become numbers.

use super::data::File;
use super::text::{Block, Line, blocks, expand};
use std::collections::BTreeMap;
use std::fmt;

/// A mistake in a data file.
#[derive(Debug)]
pub(super) struct DataError {
    pub(super) place: Place,
    pub(super) message: String,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line } = self.place;
        write!(f, "{file}:{line}: {}", self.message)
    }
}

/// Where something is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) file: &'static str,
    pub(super) line: usize,
}

impl Place {
    pub(super) fn error(self, message: impl Into<String>) -> DataError {
        DataError {
            place: self,
            message: message.into(),
        }
    }
}

/// Resources and verbs: `storage.{folders,objects} get list`, `storage.* * -create`.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) place: Place,
    pub(super) resources: Vec<String>,
    pub(super) verbs: Vec<&'static str>,
    /// The verbs written with a minus: not these.
    pub(super) except: Vec<&'static str>,
}

/// A line below `role` or `part`.
#[derive(Debug)]
pub(super) enum Item {
    /// Carries these.
    Carry(Statement),
    /// … but not these, whatever the lines before say.
    Without(Statement),
    /// Carries what another role carries.
    Like(Place, String),
}

/// What some roles carry: of everything (`role`) or of one service (`part`).
#[derive(Debug)]
pub(super) struct Grants {
    pub(super) place: Place,
    pub(super) roles: Vec<String>,
    pub(super) part: bool,
    pub(super) items: Vec<Item>,
}

/// A file of `services/`.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) place: Place,
    /// `None` for a file of roles only.
    pub(super) name: Option<&'static str>,
    pub(super) permissions: Vec<Statement>,
    pub(super) grants: Vec<Grants>,
}

type Sets = BTreeMap<&'static str, Vec<String>>;

/// The blocks of a file, without the lines about source and date.
pub(super) fn content(file: &File) -> Result<Vec<Block<'static>>, DataError> {
    let at = |line| Place {
        file: file.name,
        line,
    };
    let mut blocks =
        blocks(file.text).map_err(|line| at(line).error("indented, but there is nothing above"))?;
    for name in ["@source", "@date"] {
        if !blocks.iter().any(|block| block.head[0] == name) {
            return Err(at(1).error(format!("{name} is missing")));
        }
    }
    blocks.retain(|block| !matches!(block.head[0], "@source" | "@date" | "@see"));
    Ok(blocks)
}

/// The date of a file's facts.
pub(super) fn date(file: &File) -> Option<&'static str> {
    file.text
        .lines()
        .find_map(|line| line.strip_prefix("@date"))
        .map(str::trim)
}

/// Reads a file of `services/`.
pub(super) fn service(file: &File) -> Result<Service, DataError> {
    let place = |line| Place {
        file: file.name,
        line,
    };
    let blocks = content(file)?;
    let mut sets = Sets::new();
    for block in blocks.iter().filter(|block| block.head[0] == "set") {
        let &[_, name] = block.head.as_slice() else {
            return Err(place(block.line).error("expected `set $name`"));
        };
        let resources = block
            .body
            .iter()
            .flat_map(|line| &line.words)
            .flat_map(|word| expand(word));
        sets.insert(name, resources.collect());
    }
    let mut service = Service {
        place: place(1),
        name: None,
        permissions: Vec::new(),
        grants: Vec::new(),
    };
    for block in blocks {
        let at = place(block.line);
        match block.head.as_slice() {
            ["set", ..] => {}
            &["service", name] if service.name.is_none() => {
                service.place = at;
                service.name = Some(name);
                service.permissions = statements(file, &block.body, &sets)?;
            }
            [kind @ ("role" | "part"), roles @ ..] if !roles.is_empty() => {
                service.grants.push(Grants {
                    place: at,
                    roles: roles.iter().flat_map(|word| expand(word)).collect(),
                    part: *kind == "part",
                    items: items(file, &block.body, &sets)?,
                });
            }
            _ => return Err(at.error("expected `service`, `role`, `part` or `set`")),
        }
    }
    Ok(service)
}

/// Reads lines of resources and verbs; a line of verbs alone goes on with the resource above.
pub(super) fn statements(
    file: &File,
    lines: &[Line<'static>],
    sets: &Sets,
) -> Result<Vec<Statement>, DataError> {
    joined(lines)
        .iter()
        .map(|line| statement(file, line.number, &line.words, sets))
        .collect()
}

/// Reads one line of resource and verbs.
pub(super) fn statement(
    file: &File,
    line: usize,
    words: &[&'static str],
    sets: &Sets,
) -> Result<Statement, DataError> {
    let place = Place {
        file: file.name,
        line,
    };
    let Some((resource, verbs)) = words.split_first() else {
        return Err(place.error("expected a resource"));
    };
    let resources = if resource.starts_with('$') {
        let set = sets.get(resource);
        set.ok_or_else(|| place.error(format!("no set {resource}")))?
            .clone()
    } else {
        expand(resource)
    };
    let (except, verbs): (Vec<&str>, Vec<&str>) =
        verbs.iter().partition(|verb| verb.starts_with('-'));
    if verbs.is_empty() {
        return Err(place.error("names no verb"));
    }
    Ok(Statement {
        place,
        resources,
        verbs,
        except: except.into_iter().map(|verb| &verb[1..]).collect(),
    })
}

fn items(file: &File, lines: &[Line<'static>], sets: &Sets) -> Result<Vec<Item>, DataError> {
    let mut items = Vec::new();
    let mut nothing = false;
    for line in joined(lines) {
        let place = Place {
            file: file.name,
            line: line.number,
        };
        match line.words.as_slice() {
            ["nothing"] => nothing = true,
            ["like", role] => items.push(Item::Like(place, (*role).to_owned())),
            ["without", rest @ ..] => {
                items.push(Item::Without(statement(file, line.number, rest, sets)?));
            }
            words => items.push(Item::Carry(statement(file, line.number, words, sets)?)),
        }
    }
    match (lines.first(), items.is_empty(), nothing) {
        (Some(_), false, false) | (Some(_), true, true) => Ok(items),
        (first, ..) => Err(Place {
            file: file.name,
            line: first.map_or(1, |line| line.number),
        }
        .error("a block says what is carried, or `nothing`")),
    }
}

fn joined(lines: &[Line<'static>]) -> Vec<Line<'static>> {
    let mut joined: Vec<Line<'static>> = Vec::new();
    for line in lines {
        let first = line.words[0];
        let opens = first.contains('.')
            || first.starts_with('$')
            || matches!(first, "like" | "without" | "nothing");
        match joined.last_mut() {
            Some(above) if !opens => above.words.extend(&line.words),
            _ => joined.push(line.clone()),
        }
    }
    joined
}
