//! A definition that the API accepts, with everything that had to be changed for it.

use super::judge::{Fault, judge};
use super::split::split;
use super::{Definition, Home, escalation, limits, lint};
use crate::catalog::{Catalog, Stage, Wanted};
use std::collections::BTreeMap;

/// What [`mend`] does and goes by.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// What roles and permissions are known.
    pub catalog: &'a Catalog,
    /// Whose role it becomes, where that is not what the definition says.
    pub home: Option<&'a Home>,
    /// Keep only these permissions.
    pub only: Option<&'a Wanted>,
    /// Remove these permissions.
    pub without: Option<&'a Wanted>,
    /// Remove permissions of which the catalogue does not know whether a custom role may hold them.
    pub drop_unknown: bool,
    /// Leave escalation permissions among the others.
    pub keep_escalation: bool,
}

impl<'a> How<'a> {
    /// Only what the API asks for, and the escalation permissions in a role of their own.
    pub fn new(catalog: &'a Catalog) -> How<'a> {
        How {
            catalog,
            home: None,
            only: None,
            without: None,
            drop_unknown: false,
            keep_escalation: false,
        }
    }
}

/// A definition that came of [`mend`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The definition. Its permissions are sorted.
    pub definition: Definition,
    /// What the escalation permissions in it let their holder do.
    pub reasons: BTreeMap<String, String>,
}

/// A permission that was removed, or kept in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its name as it stood there. Not escaped.
    pub permission: String,
    /// What is wrong with it, as the end of a sentence that it begins.
    pub why: String,
}

/// What came of a definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mended {
    /// The definitions: none if no permission is left.
    pub roles: Vec<Role>,
    /// What was removed, sorted.
    pub removed: Vec<Removed>,
    /// What was kept though the catalogue does not know whether a custom role may hold it, sorted.
    pub doubtful: Vec<Removed>,
    /// Patterns that the catalogue knows too little to spell out. They are not in the definitions.
    pub unresolved: Vec<String>,
    /// What is kept and only being tested in custom roles.
    pub testing: Vec<String>,
    /// How many permissions nobody wants.
    pub unwanted: usize,
    /// What else was changed, in sentences without full stop. Not escaped: they may quote the document.
    pub changes: Vec<String>,
}

impl Mended {
    /// Whether all of it is known: nothing was kept in doubt or could not be spelled out.
    pub fn is_certain(&self) -> bool {
        self.doubtful.is_empty() && self.unresolved.is_empty()
    }
}

/// Makes `definition` one, or several, that the API accepts.
///
/// Unsupported, deprecated and non-existing permissions go, for a project's role those of organisations too; escalation
/// permissions move into a role of their own; patterns are spelled out where the catalogue knows the whole service; what
/// is too large is split by service. Where nobody says whose role it is, it is made for a project: that one may hold less,
/// and an organisation takes it as well.
pub fn mend(definition: &Definition, how: How<'_>) -> Mended {
    let mut mended = Mended::default();
    let mut good = Definition {
        permissions: Vec::new(),
        ..definition.clone()
    };
    if let Some(home) = how
        .home
        .filter(|home| definition.home.as_ref() != Some(*home))
    {
        // Another role: what was read of the old one is no version of it.
        good.home = Some(home.clone());
        good.etag = None;
    }
    words(&mut good, &mut mended.changes);
    let listed = spelled_out(definition, how, &mut mended);
    for permission in listed {
        let unwanted = how.only.is_some_and(|only| !only.matches(&permission))
            || how
                .without
                .is_some_and(|without| without.matches(&permission));
        if unwanted {
            mended.unwanted += 1;
            continue;
        }
        let fault = judge(&permission, good.home.as_ref(), how.catalog);
        let told = |fault: &Fault| Removed {
            permission: permission.clone(),
            why: fault.words(),
        };
        match fault {
            Some(fault) if fault.removes() || fault.is_open() && how.drop_unknown => {
                mended.removed.push(told(&fault));
                continue;
            }
            Some(Fault::Testing) => mended.testing.push(permission.clone()),
            Some(fault) => mended.doubtful.push(told(&fault)),
            None => {}
        }
        good.permissions.push(permission);
    }
    mended
        .removed
        .sort_by(|a, b| a.permission.cmp(&b.permission));
    if !good.permissions.is_empty() {
        mended.roles = parts(good, how);
    }
    mended
}

/// The permissions sorted, each once, with patterns replaced by what they stand for.
fn spelled_out(definition: &Definition, how: How<'_>, mended: &mut Mended) -> Vec<String> {
    let mut listed: Vec<String> = Vec::with_capacity(definition.permissions.len());
    for permission in &definition.permissions {
        if !permission.contains('*') {
            listed.push(permission.clone());
            continue;
        }
        match members(permission, definition, how) {
            Members::All(names) => {
                mended.changes.push(format!(
                    "{permission} became the {} permissions that it stands for",
                    names.len()
                ));
                listed.extend(names);
            }
            Members::Unknown => mended.unresolved.push(permission.clone()),
            Members::None => mended.removed.push(Removed {
                permission: permission.clone(),
                why: "stands for no permission".to_owned(),
            }),
        }
    }
    let before = listed.len();
    listed.sort_unstable();
    listed.dedup();
    if listed.len() < before {
        let twice = before - listed.len();
        mended
            .changes
            .push(format!("{twice} listed more than once"));
    }
    mended
        .removed
        .sort_by(|a, b| a.permission.cmp(&b.permission));
    listed
}

enum Members {
    All(Vec<String>),
    Unknown,
    None,
}

/// What a pattern stands for in a custom role of this home: only what such a role can hold.
fn members(pattern: &str, definition: &Definition, how: How<'_>) -> Members {
    let Ok(wanted) = Wanted::parse_in(&[pattern.to_owned()], how.catalog) else {
        return Members::None;
    };
    let service = pattern.split('.').next().unwrap_or_default();
    let Some(permissions) = how.catalog.permissions_of(service) else {
        return Members::Unknown;
    };
    let home = how.home.or(definition.home.as_ref());
    let fits = |name: &&str| !judge(name, home, how.catalog).is_some_and(|fault| fault.removes());
    let names = permissions.filter(|name| wanted.matches(name)).filter(fits);
    let names: Vec<String> = names.map(str::to_owned).collect();
    match names.is_empty() {
        true => Members::None,
        false => Members::All(names),
    }
}

/// Id, title, description and stage as the API takes them.
fn words(definition: &mut Definition, changes: &mut Vec<String>) {
    if let Some(id) = definition.id.take() {
        let valid = limits::role_id(&id);
        if valid != id {
            changes.push(format!("the id `{id}` became `{valid}`"));
            definition.etag = None;
        }
        definition.id = Some(valid);
    }
    if definition
        .etag
        .as_deref()
        .is_some_and(|etag| !limits::is_etag(etag))
    {
        changes.push("the etag is gone: the API gave no such version".to_owned());
        definition.etag = None;
    }
    let empty = |text: &String| !text.trim().is_empty();
    let id = definition.id.clone();
    let title = definition.title.take().filter(empty).or(id);
    definition.title =
        title.map(|title| shortened("title", title, limits::TITLE, limits::TITLE, changes));
    let description = definition.description.take().filter(empty);
    definition.description = description.map(|description| {
        let (most, safe) = (limits::DESCRIPTION, limits::SAFE_DESCRIPTION);
        shortened("description", description, most, safe, changes)
    });
    if definition.stage == Some(Stage::Other) {
        changes.push("the stage became ALPHA".to_owned());
        definition.stage = Some(Stage::Alpha);
    }
}

fn shortened(
    what: &str,
    text: String,
    most: usize,
    to: usize,
    changes: &mut Vec<String>,
) -> String {
    if text.len() <= most {
        return text;
    }
    changes.push(format!("the {what} was cut to {to} bytes"));
    limits::cut(&text, to).trim_end().to_owned()
}

/// The definition without its escalation permissions, these in a role of their own, and each within the limits.
fn parts(definition: Definition, how: How<'_>) -> Vec<Role> {
    let mut wholes = vec![definition];
    if !how.keep_escalation && lint::is_mixed(&wholes[0]) {
        let mut apart = wholes[0].clone();
        let escalates = |permission: &String| escalation::is_escalation(permission);
        apart.permissions.retain(escalates);
        wholes[0]
            .permissions
            .retain(|permission| !escalates(permission));
        apart.etag = None;
        let title = apart.title.unwrap_or_default();
        apart.title = Some(limits::with_end(&title, " (escalation)", limits::TITLE));
        apart.id = apart
            .id
            .map(|id| limits::with_end(&id, "_escalation", limits::ID));
        let of = wholes[0].title.as_deref().unwrap_or("another role");
        let end = ": by these permissions somebody gains more than was granted";
        apart.description = Some(limits::with_end(
            &format!("Split off {of}"),
            end,
            limits::SAFE_DESCRIPTION,
        ));
        wholes.push(apart);
    }
    let parts = wholes.into_iter().flat_map(split);
    let roles = parts.map(|definition| {
        let reasons = definition.permissions.iter().filter_map(|permission| {
            let reason = escalation::reason(permission)?;
            Some((permission.clone(), reason))
        });
        Role {
            reasons: reasons.collect(),
            definition,
        }
    });
    roles.collect()
}

#[cfg(test)]
mod tests;
