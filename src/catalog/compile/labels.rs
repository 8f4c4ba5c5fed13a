//! The launch stages of roles, and the names by which deny policies know permissions.

use super::data::File;
use super::draft::Draft;
use super::resolve::Select;
use super::statement::{DataError, Place, content, statements};
use super::text::{expand, matches};
use super::{Set, Stage};
use std::collections::BTreeMap;

/// A service that knows a permission in deny policies; `None` where they cannot name it.
pub(super) type Host = Option<&'static str>;

impl Draft {
    /// Reads the launch stages: patterns of role names, later ones over earlier ones.
    pub(super) fn add_stages(&mut self, file: &File) -> Result<(), DataError> {
        for block in content(file)? {
            let place = Place {
                file: file.name,
                line: block.line,
            };
            let stage = match block.head.as_slice() {
                ["stage", "ga"] => Some(Stage::Ga),
                ["stage", "beta"] => Some(Stage::Beta),
                ["stage", "deprecated"] => Some(Stage::Deprecated),
                ["stage", "unknown"] => None,
                _ => return Err(place.error("expected `stage` and one of its words")),
            };
            for line in &block.body {
                for pattern in line.words.iter().flat_map(|word| expand(word)) {
                    let pattern = format!("roles/{pattern}");
                    let mut changed = false;
                    for (name, role) in &mut self.roles {
                        if matches(&pattern, name) && role.stage != stage {
                            role.stage = stage;
                            changed = true;
                        }
                    }
                    if !changed {
                        let line = line.number;
                        let message = format!("{pattern} changes nothing");
                        return Err(Place { line, ..place }.error(message));
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in what deny policies can name. What no list names, of a service that some list does, they cannot. That is
    /// not said of permissions whose support is not known either: they are newer than the source of both.
    pub(super) fn add_denials(&mut self, lists: Vec<(Host, Set)>) {
        for (host, set) in lists {
            self.denials.extend(set.iter().map(|id| (id, host)));
        }
        let listed: Set = self.denials.keys().copied().collect();
        for (_, all) in &self.services {
            if !all.intersection(&listed).is_empty() {
                let rest = all.difference(&listed);
                self.denials.extend(rest.iter().map(|id| (id, None)));
            }
        }
        let support = &self.support;
        self.denials
            .retain(|id, host| host.is_some() || support.contains_key(id));
    }
}

/// Reads what deny policies can name, and under which host; a list overrides those before it.
pub(super) fn denials(file: &File, select: &Select<'_>) -> Result<Vec<(Host, Set)>, DataError> {
    let mut lists = Vec::new();
    for block in content(file)? {
        let host = match block.head.as_slice() {
            ["deny", "none"] => None,
            ["deny", host] if host.contains('.') => Some(*host),
            _ => {
                let place = Place {
                    file: file.name,
                    line: block.line,
                };
                return Err(place.error("expected `deny` and the name of a service, or `none`"));
            }
        };
        for statement in statements(file, &block.body, &BTreeMap::new())? {
            lists.push((host, select.set(&statement)?));
        }
    }
    Ok(lists)
}
