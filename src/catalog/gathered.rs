//! What several answers of the IAM API say together, within bounds: whoever wrote them may be hostile.

use super::{CustomRole, Imported, PermissionFact};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use thiserror::Error;

/// More different permissions than this are not Google's: there were 14,000 in 2026.
const MOST_PERMISSIONS: usize = 60_000;

/// More roles than this are not held. An organisation and each of its projects may have 300 of their own.
const MOST_ROLES: usize = 200_000;

/// More permissions than this, role by role, are not held: all predefined roles together carried 164,000 in 2026.
const MOST_CARRIED: usize = 5_000_000;

/// More than can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than {limit} {of}")]
pub struct TooMany {
    /// How many can be held.
    limit: usize,
    /// Of what.
    of: &'static str,
}

/// What several answers say together. A later answer counts for more than an earlier one, but one without
/// permissions does not take away those that another told.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    roles: BTreeMap<String, CustomRole>,
    permissions: BTreeMap<String, PermissionFact>,
    names: FxHashSet<String>,
    carried: usize,
    /// Lists of which a page says that another follows, and how many such pages there are for each.
    open: FxHashMap<String, Pages>,
}

/// The pages of one list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pages {
    followed: usize,
    last: usize,
}

impl Gathered {
    /// Begins with what is known already.
    pub fn from(imported: Imported) -> Gathered {
        let mut gathered = Gathered::default();
        for role in imported.roles {
            gathered.carried += role.permissions.as_ref().map_or(0, Vec::len);
            let carried = role.permissions.iter().flatten();
            gathered.names.extend(carried.cloned());
            gathered.roles.insert(role.name.clone(), role);
        }
        for fact in imported.permissions {
            gathered.names.insert(fact.name.clone());
            gathered.permissions.insert(fact.name.clone(), fact);
        }
        gathered
    }

    /// Takes in a role as the API describes it.
    ///
    /// # Errors
    /// If more roles or permissions have come than can be held.
    pub fn add_role(&mut self, mut role: CustomRole) -> Result<(), TooMany> {
        let known = self.roles.remove(&role.name);
        if let Some(known) = known {
            self.carried -= known.permissions.as_ref().map_or(0, Vec::len);
            if role.permissions.is_none() {
                role.permissions = known.permissions;
            }
            role.title = role.title.or(known.title);
        }
        for permission in role.permissions.iter().flatten() {
            if !self.names.contains(permission) {
                self.names.insert(permission.clone());
            }
        }
        self.carried += role.permissions.as_ref().map_or(0, Vec::len);
        self.roles.insert(role.name.clone(), role);
        self.bounded()
    }

    /// Takes in what an answer says of a permission.
    ///
    /// # Errors
    /// If more permissions have come than can be held.
    pub fn add_permission(&mut self, mut fact: PermissionFact) -> Result<(), TooMany> {
        if let Some(known) = self.permissions.get(&fact.name) {
            // Where it can be granted was asked for one resource at a time.
            fact.level = match (fact.level, known.level) {
                (Some(new), Some(known)) => Some(new.min(known)),
                (new, known) => new.or(known),
            };
        }
        self.names.insert(fact.name.clone());
        self.permissions.insert(fact.name.clone(), fact);
        self.bounded()
    }

    fn bounded(&self) -> Result<(), TooMany> {
        let limits = [
            (self.roles.len(), MOST_ROLES, "roles"),
            (self.names.len(), MOST_PERMISSIONS, "different permissions"),
            (
                self.carried,
                MOST_CARRIED,
                "permissions in all roles together",
            ),
        ];
        match limits.into_iter().find(|(held, limit, _)| held > limit) {
            Some((_, limit, of)) => Err(TooMany { limit, of }),
            None => Ok(()),
        }
    }

    /// Notes a page of the list `of`.
    pub fn note_page(&mut self, of: &str, more: bool) {
        let pages = self.open.entry(of.to_owned()).or_default();
        match more {
            true => pages.followed += 1,
            false => pages.last += 1,
        }
    }

    /// The lists whose last page did not come, sorted.
    pub fn unfinished(&self) -> Vec<&str> {
        let open = self.open.iter();
        let open = open.filter(|(_, pages)| pages.followed > 0 && pages.last == 0);
        let mut open: Vec<&str> = open.map(|(list, _)| &**list).collect();
        open.sort_unstable();
        open
    }

    /// How many roles there are with their permissions, how many without, and how many permissions are described.
    pub fn counts(&self) -> (usize, usize, usize) {
        counts(self.roles.values(), self.permissions.len())
    }

    /// All of it, by name.
    pub fn into_imported(self) -> Imported {
        Imported {
            roles: self.roles.into_values().collect(),
            permissions: self.permissions.into_values().collect(),
        }
    }

    /// Lays what came later over this.
    ///
    /// # Errors
    /// If both together are more than can be held.
    pub fn merge(&mut self, newer: Imported) -> Result<(), TooMany> {
        for role in newer.roles {
            self.add_role(role)?;
        }
        for fact in newer.permissions {
            self.add_permission(fact)?;
        }
        Ok(())
    }
}

impl Imported {
    /// As [`Gathered::counts`].
    pub fn counts(&self) -> (usize, usize, usize) {
        counts(self.roles.iter(), self.permissions.len())
    }
}

fn counts<'r>(
    roles: impl ExactSizeIterator<Item = &'r CustomRole>,
    permissions: usize,
) -> (usize, usize, usize) {
    let all = roles.len();
    let whole = roles.filter(|role| role.permissions.is_some()).count();
    (whole, all - whole, permissions)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Gathered;
    use crate::catalog::{CustomRole, Stage};

    #[test]
    fn what_comes_later_counts_for_more() {
        let role = |stage, permissions: Option<&[&str]>| CustomRole {
            name: "roles/a".to_owned(),
            stage,
            permissions: permissions.map(|list| list.iter().map(|p| (*p).to_owned()).collect()),
            ..CustomRole::default()
        };
        let mut gathered = Gathered::default();
        gathered
            .add_role(role(Stage::Beta, Some(&["a.b.c", "a.b.d"])))
            .unwrap();
        gathered.add_role(role(Stage::Ga, None)).unwrap();
        assert_eq!(gathered.counts(), (1, 0, 0));
        let mut again = Gathered::from(gathered.into_imported());
        assert_eq!(again.carried, 2);
        let now = again.clone().into_imported().roles.remove(0);
        assert_eq!(now, role(Stage::Ga, Some(&["a.b.c", "a.b.d"])));
        again.add_role(role(Stage::Ga, Some(&[]))).unwrap();
        assert_eq!(again.carried, 0);
        assert_eq!(
            again.into_imported().roles[0].permissions.as_deref(),
            Some(&[][..])
        );
    }

    #[test]
    fn there_are_bounds() {
        let mut gathered = Gathered::default();
        let many = (0..=super::MOST_PERMISSIONS)
            .map(|i| format!("a.b.c{i}"))
            .collect();
        let error = gathered.add_role(CustomRole {
            name: "roles/a".to_owned(),
            permissions: Some(many),
            ..CustomRole::default()
        });
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "more than 60000 different permissions");
    }

    #[test]
    fn a_list_without_its_last_page_is_unfinished() {
        let mut gathered = Gathered::default();
        gathered.note_page("b", true);
        gathered.note_page("a", true);
        gathered.note_page("c", false);
        assert_eq!(gathered.unfinished(), ["a", "b"]);
        gathered.note_page("a", false);
        assert_eq!(gathered.unfinished(), ["b"]);
    }
}
