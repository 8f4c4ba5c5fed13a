//! A narrow custom role out of wider ones.

use crate::catalog::{Catalog, PatternError, Roles, Tier, Wanted};
use std::collections::BTreeSet;

/// What several roles carry of what is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Derived {
    /// What they are known to carry, sorted.
    pub permissions: Vec<String>,
    /// What is not known. It is not among the permissions.
    pub doubts: Vec<Doubt>,
    /// The patterns of which none of the roles carries anything.
    pub nobody: Vec<String>,
}

/// Something that is not known of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The role.
    pub role: String,
    /// What was asked for; absent where that was everything.
    pub pattern: Option<String>,
    /// The command that would settle it, safe to paste into a shell.
    pub settle: String,
}

impl Derived {
    /// What `roles` carry together: of the patterns in `only` (everything if there are none), without those in `without`.
    ///
    /// # Errors
    /// For the first pattern that is malformed or that no permission can match.
    pub fn from_roles(
        roles: &[String],
        only: &[String],
        without: &[String],
        catalog: &Catalog,
    ) -> Result<Derived, PatternError> {
        let unwanted = Wanted::parse_in(without, catalog)?;
        let mut derived = Derived::default();
        let mut all: BTreeSet<&str> = BTreeSet::new();
        for role in roles {
            match catalog.definition(role) {
                Some(names) => all.extend(names),
                None => all.extend(catalog.names(&catalog.at_least(role))),
            }
        }
        all.retain(|permission| !unwanted.matches(permission));
        let doubt = |role: &String, pattern: Option<&String>| Doubt {
            role: role.clone(),
            pattern: pattern.cloned(),
            settle: Roles::new(catalog).settle_command(role),
        };
        if only.is_empty() {
            let known = |role: &&String| catalog.tier(role) != Tier::Complete;
            derived.doubts = roles
                .iter()
                .filter(known)
                .map(|role| doubt(role, None))
                .collect();
            derived.permissions = all.into_iter().map(str::to_owned).collect();
            return Ok(derived);
        }
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for pattern in only {
            let wanted = Wanted::parse_in(std::slice::from_ref(pattern), catalog)?;
            let found: Vec<&str> = all
                .iter()
                .copied()
                .filter(|name| wanted.matches(name))
                .collect();
            // Another role carries it for certain, or it is not wanted after all.
            let settled = found.contains(&pattern.as_str()) || unwanted.matches(pattern);
            let open = roles
                .iter()
                .filter(|role| !catalog.is_settled(role, &wanted));
            let open: Vec<Doubt> = open.map(|role| doubt(role, Some(pattern))).collect();
            if found.is_empty() && open.is_empty() {
                derived.nobody.push(pattern.clone());
            }
            if !settled {
                derived.doubts.extend(open);
            }
            taken.extend(found);
        }
        derived.permissions = taken.into_iter().map(str::to_owned).collect();
        Ok(derived)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Derived;
    use crate::catalog::Catalog;

    fn derive(roles: &[&str], only: &[&str], without: &[&str]) -> Derived {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let (roles, only, without) = (owned(roles), owned(only), owned(without));
        Derived::from_roles(&roles, &only, &without, Catalog::embedded()).unwrap()
    }

    #[test]
    fn the_standing_example() {
        let derived = derive(
            &["roles/storage.objectAdmin", "roles/storage.objectViewer"],
            &["storage.objects.get", "storage.objects.list"],
            &[],
        );
        assert_eq!(
            derived.permissions,
            ["storage.objects.get", "storage.objects.list"]
        );
        assert!(derived.doubts.is_empty() && derived.nobody.is_empty());
    }

    #[test]
    fn what_is_not_known_is_a_doubt_and_not_left_out_in_silence() {
        let whole = derive(&["roles/viewer"], &[], &[]);
        assert_eq!((whole.doubts.len(), &whole.doubts[0].pattern), (1, &None));
        assert!(whole.permissions.len() > 100);
        // Of a service that is written down, everything is known.
        let part = derive(&["roles/viewer"], &["storage.*"], &[]);
        assert!(part.doubts.is_empty() && !part.permissions.is_empty());
        let open = derive(&["roles/dataplex.admin"], &["dataplex.lakes.*"], &[]);
        assert_eq!(open.doubts[0].pattern.as_deref(), Some("dataplex.lakes.*"));
        assert!(open.nobody.is_empty());
        // A role that carries it for certain settles it.
        let both = ["roles/reader", "roles/storage.objectViewer"];
        assert!(
            derive(&both, &["storage.objects.get"], &[])
                .doubts
                .is_empty()
        );
        assert_eq!(derive(&both, &["storage.buckets.get"], &[]).doubts.len(), 1);
    }

    #[test]
    fn what_nobody_carries_is_told() {
        let viewer = ["roles/storage.objectViewer"];
        let derived = derive(&viewer, &["storage.objects.delete"], &[]);
        assert_eq!(derived.nobody, ["storage.objects.delete"]);
        let derived = derive(&viewer, &[], &["resourcemanager.*", "*.list"]);
        assert!(
            derived
                .permissions
                .iter()
                .all(|name| !name.ends_with(".list"))
        );
        assert!(
            derived
                .permissions
                .contains(&"storage.objects.get".to_owned())
        );
    }
}
