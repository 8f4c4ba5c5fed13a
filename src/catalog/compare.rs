//! Whether one role grants more than another.

use super::kinds::Depth;
use super::{Catalog, PermissionSet};
use crate::model::Truth;

/// How what the first of two roles grants stands to what the second grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The same.
    Equal,
    /// Less: everything that the first grants, the second does too.
    Narrower,
    /// More: everything that the second grants, the first does too.
    Wider,
    /// Each grants something that the other does not.
    Incomparable,
    /// Too little is known of one of them.
    Unknown,
}

/// Two roles side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Whether everything that the first grants is granted by the second.
    pub within: Truth,
    /// Whether everything that the second grants is granted by the first.
    pub covers: Truth,
    /// What the first grants and the second certainly does not.
    pub only_first: PermissionSet,
    /// What the second grants and the first certainly does not.
    pub only_second: PermissionSet,
    /// What one of them grants, and of the other it is not known.
    pub open: PermissionSet,
}

impl Comparison {
    /// The verdict in one word.
    pub fn relation(&self) -> Relation {
        match (self.within, self.covers) {
            (Truth::Yes, Truth::Yes) => Relation::Equal,
            (Truth::Yes, Truth::No) => Relation::Narrower,
            (Truth::No, Truth::Yes) => Relation::Wider,
            (Truth::No, Truth::No) => Relation::Incomparable,
            (Truth::Unknown, _) | (_, Truth::Unknown) => Relation::Unknown,
        }
    }
}

/// What is known of a role: what it certainly grants, and what of it is not known.
struct Bounds {
    certain: PermissionSet,
    open: PermissionSet,
    /// Whether it may grant what has no name in the catalogue.
    beyond: bool,
}

impl Catalog {
    /// Compares what two roles grant. What is not known of either of them is never held for a difference, and never
    /// for the lack of one.
    pub fn compare(&self, first: &str, second: &str) -> Comparison {
        let (one, other) = (self.bounds(first), self.bounds(second));
        let mut only_first = one.certain.difference(&other.certain);
        let mut only_second = other.certain.difference(&one.certain);
        let open_first = only_first.intersection(&other.open);
        let open_second = only_second.intersection(&one.open);
        only_first.remove_all(&open_first);
        only_second.remove_all(&open_second);
        // What is not known of a role is at least the same on both sides.
        let same = first == second;
        let within = |one: &Bounds, other: &Bounds, only: &PermissionSet| match () {
            () if same => Truth::Yes,
            () if !only.is_empty() => Truth::No,
            () if one.beyond => Truth::Unknown,
            () => {
                let most = one.certain.union(&one.open);
                if other.certain.is_superset(&most) {
                    Truth::Yes
                } else {
                    Truth::Unknown
                }
            }
        };
        Comparison {
            within: within(&one, &other, &only_first),
            covers: within(&other, &one, &only_second),
            open: open_first.union(&open_second),
            only_first,
            only_second,
        }
    }

    fn bounds(&self, role: &str) -> Bounds {
        let Some(role) = self.role(role) else {
            return Bounds {
                certain: PermissionSet::default(),
                open: (0..self.names.len()).collect(),
                beyond: true,
            };
        };
        Bounds {
            certain: self.certain(role),
            open: self.open(role),
            beyond: role.is_in_force() && role.depth != Depth::Complete,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Relation;
    use crate::catalog::{Catalog, CustomRole, Imported};
    use crate::model::Truth;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn relation(first: &str, second: &str) -> Relation {
        Catalog::embedded().compare(first, second).relation()
    }

    #[test]
    fn complete_roles_have_a_definite_relation() {
        let (viewer, admin) = ("roles/storage.objectViewer", "roles/storage.objectAdmin");
        assert_eq!(relation(viewer, admin), Relation::Narrower);
        assert_eq!(relation(admin, viewer), Relation::Wider);
        assert_eq!(relation(admin, admin), Relation::Equal);
        assert_eq!(
            relation(viewer, "roles/pubsub.publisher"),
            Relation::Incomparable
        );
        let catalog = Catalog::embedded();
        let compared = catalog.compare(viewer, admin);
        let more: Vec<&str> = catalog.names(&compared.only_second).collect();
        assert!(more.contains(&"storage.objects.delete") && !more.contains(&"storage.objects.get"));
        assert!(compared.only_first.is_empty() && compared.open.is_empty());
    }

    #[test]
    fn what_is_not_known_is_no_difference() {
        let (owner, editor, reader) = ("roles/owner", "roles/editor", "roles/reader");
        // The editor lacks something sensitive, and may have something that the owner lacks.
        let compared = Catalog::embedded().compare(editor, owner);
        assert_eq!(compared.covers, Truth::No);
        assert_eq!(compared.within, Truth::Unknown);
        assert_eq!(compared.relation(), Relation::Unknown);
        assert!(!compared.only_second.is_empty());
        // The owner covers a role whose permissions are all written down, whatever else it carries.
        let compared = Catalog::embedded().compare("roles/iam.serviceAccountUser", owner);
        assert_eq!(compared.within, Truth::Yes);
        let compared = Catalog::embedded().compare(owner, reader);
        assert_eq!(
            (compared.within, compared.covers),
            (Truth::Unknown, Truth::Unknown)
        );
        assert!(compared.only_first.is_empty() && !compared.open.is_empty());
        assert_eq!(relation(reader, reader), Relation::Equal);
        assert_eq!(relation("roles/nonesuch", reader), Relation::Unknown);
    }

    proptest! {
        /// Custom roles are known completely, so a comparison of trees is the truth.
        #[test]
        fn complete_roles_compare_as_trees_do(
            one in proptest::collection::btree_set(0..8_usize, 0..8),
            other in proptest::collection::btree_set(0..8_usize, 0..8),
        ) {
            let role = |name: &str, verbs: &BTreeSet<usize>| CustomRole {
                name: name.to_owned(),
                permissions: Some(verbs.iter().map(|verb| format!("a.b.{verb}")).collect()),
                ..CustomRole::default()
            };
            let roles = vec![role("projects/p/roles/a", &one), role("projects/p/roles/b", &other)];
            let catalog = Catalog::embedded().with(&Imported { roles, permissions: vec![] });
            let compared = catalog.compare("projects/p/roles/a", "projects/p/roles/b");
            prop_assert_eq!(compared.within, Truth::from(one.is_subset(&other)));
            prop_assert_eq!(compared.covers, Truth::from(other.is_subset(&one)));
            let names = |set| catalog.names(set).map(str::to_owned).collect::<Vec<_>>();
            let verbs = |verbs: BTreeSet<usize>| verbs.iter().map(|v| format!("a.b.{v}")).collect::<Vec<_>>();
            prop_assert_eq!(names(&compared.only_first), verbs(&one - &other));
            prop_assert_eq!(names(&compared.only_second), verbs(&other - &one));
            prop_assert!(compared.open.is_empty());
        }
    }
}
