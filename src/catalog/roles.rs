//! The catalogue with the custom roles of the input laid over it.

use super::pattern::{Pattern, Wanted};
use super::{Catalog, CustomRole, Tier, settle};
use crate::model::Truth;
use rustc_hash::FxHashMap;

/// Whether a role carries any of the permissions that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carries {
    /// The answer.
    pub truth: Truth,
    /// A permission that matched. `None` unless the answer is yes, and also where a role is only known to
    /// carry some member of a family: [`Roles::family`] names it.
    pub witness: Option<String>,
}

/// Which permissions the roles of an input carry.
#[derive(Debug, Clone)]
pub struct Roles<'c> {
    catalog: &'c Catalog,
    described: FxHashMap<String, CustomRole>,
}

impl<'c> Roles<'c> {
    /// The catalogue alone.
    pub fn new(catalog: &'c Catalog) -> Roles<'c> {
        Roles {
            catalog,
            described: FxHashMap::default(),
        }
    }

    /// Lays a role of the input over the catalogue. A later description of the same role replaces an
    /// earlier one, unless it lacks the permissions and the earlier one has them. A description of a predefined role
    /// (the answer to [`Roles::settle_command`]) counts where the catalogue is not complete.
    pub fn add(&mut self, role: CustomRole) {
        let name = plain(&role.name).to_owned();
        let poorer = role.permissions.is_none()
            && self
                .described
                .get(&name)
                .is_some_and(|known| known.permissions.is_some());
        if poorer {
            if let Some(known) = self.described.get_mut(&name) {
                known.stage = role.stage;
                known.deleted = role.deleted;
            }
        } else {
            self.described.insert(name, role);
        }
    }

    /// Whether a role carries any of the permissions. A custom role that is disabled or deleted carries none;
    /// see [`CustomRole::is_in_force`] to say so.
    pub fn carries(&self, role: &str, wanted: &Wanted) -> Carries {
        if let Some(described) = self.custom(role) {
            return described_carries(described, wanted);
        }
        let Some(known) = self.catalog.role(base_name(role)) else {
            let truth = match wanted.patterns.as_slice() {
                [] => Truth::No,
                _ => Truth::Unknown,
            };
            return Carries {
                truth,
                witness: None,
            };
        };
        let mut best = Carries {
            truth: Truth::No,
            witness: None,
        };
        for pattern in &wanted.patterns {
            let (truth, witness) = self.catalog.carries(known, pattern);
            if truth > best.truth || truth == Truth::Yes && best.witness.is_none() {
                best = Carries {
                    truth,
                    witness: witness.map(str::to_owned),
                };
            }
            if best.witness.is_some() {
                break;
            }
        }
        best
    }

    /// The family, such as `*.setIamPolicy`, of which a role is known to carry some permission, though not which:
    /// what to name where [`Roles::carries`] answers yes without a witness.
    pub fn family(&self, role: &str, wanted: &Wanted) -> Option<String> {
        if self.custom(role).is_some() {
            return None;
        }
        let known = self.catalog.role(base_name(role))?;
        let verbs = wanted.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::Verb(verb) => Some(verb),
            Pattern::Exact(_) | Pattern::Below(_) => None,
        });
        let mut carried =
            verbs.filter(|verb| self.catalog.carries_member(known, verb) == Some(true));
        carried.next().map(|verb| format!("*.{verb}"))
    }

    /// How much is known of a role.
    pub fn tier(&self, role: &str) -> Tier {
        match self.custom(role) {
            Some(known) if known.permissions.is_some() || !known.is_in_force() => Tier::Complete,
            Some(_) => Tier::Unknown,
            None => self.catalog.tier(base_name(role)),
        }
    }

    /// The input's description of a role, where it counts.
    pub fn custom(&self, role: &str) -> Option<&CustomRole> {
        let name = plain(role);
        let base = base_name(name);
        if self.catalog.tier(base) == Tier::Complete {
            return None;
        }
        // A custom role may really be called `x_withcond_1`.
        let found = self.described.get(name);
        found.or_else(|| self.described.get(base))
    }

    /// Everything a role grants, where all of it is known; nothing for a role that is disabled or deleted.
    pub fn permissions(&self, role: &str) -> Option<Box<dyn Iterator<Item = &str> + '_>> {
        if let Some(described) = self.custom(role) {
            if !described.is_in_force() {
                return Some(Box::new(std::iter::empty()));
            }
            let permissions = described.permissions.as_ref()?;
            return Some(Box::new(permissions.iter().map(String::as_str)));
        }
        let permissions = self.catalog.permissions(base_name(role))?;
        Some(Box::new(permissions))
    }

    /// The one gcloud command that would settle what a role carries, safe to paste into a shell.
    pub fn settle_command(&self, role: &str) -> String {
        settle::command(base_name(plain(role)))
    }
}

fn described_carries(role: &CustomRole, wanted: &Wanted) -> Carries {
    let (truth, witness) = match &role.permissions {
        _ if !role.is_in_force() => (Truth::No, None),
        None => (Truth::Unknown, None),
        Some(permissions) => {
            let witness = permissions.iter().find(|name| wanted.matches(name));
            (witness.is_some().into(), witness.cloned())
        }
    };
    Carries { truth, witness }
}

/// A role's name without the `//iam.googleapis.com/` of full resource names.
fn plain(role: &str) -> &str {
    role.strip_prefix("//iam.googleapis.com/").unwrap_or(role)
}

/// The role that is meant by `ROLE_withcond_HEX`, which a policy read below version 3 says instead of a
/// conditional binding's role.
pub fn base_name(role: &str) -> &str {
    match role.rsplit_once("_withcond_") {
        Some((base, hash))
            if !hash.is_empty()
                && hash
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) =>
        {
            base
        }
        _ => role,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Carries, Roles, base_name};
    use crate::catalog::{Catalog, CustomRole, Stage, Tier, Wanted};
    use crate::model::Truth;

    fn wanted(patterns: &[&str]) -> Wanted {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        Wanted::parse(&patterns).unwrap()
    }

    fn ask(role: &str, patterns: &[&str]) -> (Truth, Option<String>) {
        let Carries { truth, witness } =
            Roles::new(Catalog::embedded()).carries(role, &wanted(patterns));
        (truth, witness)
    }

    fn custom(name: &str, permissions: Option<&[&str]>) -> CustomRole {
        CustomRole {
            name: name.to_owned(),
            permissions: permissions.map(|list| list.iter().map(|p| (*p).to_owned()).collect()),
            ..CustomRole::default()
        }
    }

    #[test]
    fn complete_roles_answer_everything() {
        let viewer = "roles/storage.objectViewer";
        let yes = ask(viewer, &["storage.objects.*"]);
        assert_eq!(yes, (Truth::Yes, Some("storage.objects.get".to_owned())));
        assert_eq!(ask(viewer, &["pubsub.topics.publish"]).0, Truth::No);
        assert_eq!(ask(viewer, &["*.setIamPolicy"]).0, Truth::No);
        assert_eq!(ask(viewer, &[]).0, Truth::No);
    }

    #[test]
    fn broad_roles_answer_for_what_is_written_down() {
        let viewer = "roles/viewer";
        assert_eq!(ask(viewer, &["storage.objects.get"]).0, Truth::No);
        assert_eq!(ask(viewer, &["storage.objects.*"]).0, Truth::No);
        assert_eq!(ask(viewer, &["storage.buckets.list"]).0, Truth::Yes);
        assert_eq!(ask(viewer, &["nobody.wrote.this"]).0, Truth::Unknown);
        assert_eq!(ask(viewer, &["aiplatform.models.get"]).0, Truth::Yes);
        assert_eq!(ask("roles/owner", &["*.setIamPolicy"]).0, Truth::Yes);
    }

    #[test]
    fn other_roles_answer_for_sensitive_permissions() {
        let role = "roles/dataplex.admin";
        // The family is known, its members are not.
        assert_eq!(ask(role, &["*.setIamPolicy"]), (Truth::Yes, None));
        let roles = Roles::new(Catalog::embedded());
        let family = |role, pattern| roles.family(role, &wanted(&[pattern]));
        let some = family(role, "*.setIamPolicy");
        assert_eq!(some.as_deref(), Some("*.setIamPolicy"));
        assert_eq!(family(role, "*.create"), None);
        assert_eq!(family("roles/dataplex.viewer", "*.setIamPolicy"), None);
        assert_eq!(family("roles/nonesuch", "*.setIamPolicy"), None);
        assert_eq!(ask(role, &["storage.objects.get"]).0, Truth::No);
        assert_eq!(ask(role, &["storage.objects.*"]).0, Truth::Unknown);
        assert_eq!(
            ask("roles/ml.viewer", &["ml.models.setIamPolicy"]).0,
            Truth::No
        );
        assert_eq!(
            ask("roles/ml.developer", &["ml.models.setIamPolicy"]).0,
            Truth::Unknown
        );
        let yes = ask(
            "roles/dataplex.storageDataOwner",
            &["nobody.wrote.this", "storage.objects.*"],
        );
        assert_eq!(yes.0, Truth::Yes);
    }

    #[test]
    fn unknown_names_are_never_a_pass() {
        for role in [
            "roles/admin",
            "roles/writer",
            "roles/reader",
            "roles/storage.nonesuch",
            "",
        ] {
            assert_eq!(
                ask(role, &["storage.objects.get"]).0,
                Truth::Unknown,
                "{role}"
            );
            assert_eq!(Catalog::embedded().tier(role), Tier::Unknown);
        }
        assert_eq!(
            ask("projects/p/roles/x", &["*.setIamPolicy"]).0,
            Truth::Unknown
        );
    }

    #[test]
    fn lossy_names_mean_their_base_role() {
        let role = "roles/storage.objectViewer_withcond_1f0a9";
        assert_eq!(ask(role, &["storage.objects.get"]).0, Truth::Yes);
        assert_eq!(base_name("roles/x_withcond_"), "roles/x_withcond_");
        assert_eq!(base_name("roles/x_withcond_XYZ"), "roles/x_withcond_XYZ");
    }

    #[test]
    fn custom_roles_lie_over_the_catalogue() {
        let mut roles = Roles::new(Catalog::embedded());
        let read = wanted(&["storage.objects.get"]);
        let name = "projects/p/roles/reader";
        roles.add(custom(
            "//iam.googleapis.com/projects/p/roles/reader",
            Some(&["storage.objects.get"]),
        ));
        assert_eq!(roles.carries(name, &read).truth, Truth::Yes);
        assert_eq!(
            roles
                .carries("projects/p/roles/reader_withcond_ab", &read)
                .truth,
            Truth::Yes
        );
        assert_eq!(roles.tier(name), Tier::Complete);
        assert_eq!(
            roles.carries(name, &wanted(&["*.setIamPolicy"])).truth,
            Truth::No
        );

        // A listing without permissions adds the stage, and does not hide them.
        roles.add(CustomRole {
            stage: Stage::Disabled,
            ..custom(name, None)
        });
        assert_eq!(roles.carries(name, &read).truth, Truth::No);
        assert!(!roles.custom(name).unwrap().is_in_force());
        assert_eq!(roles.permissions(name).unwrap().count(), 0);

        roles.add(custom("projects/p/roles/listed", None));
        assert_eq!(
            roles.carries("projects/p/roles/listed", &read).truth,
            Truth::Unknown
        );
        roles.add(CustomRole {
            deleted: true,
            ..custom("projects/p/roles/gone", None)
        });
        assert_eq!(
            roles.carries("projects/p/roles/gone", &read).truth,
            Truth::No
        );
    }

    #[test]
    fn a_description_settles_a_predefined_role() {
        let mut roles = Roles::new(Catalog::embedded());
        roles.add(custom("roles/reader", Some(&["storage.buckets.list"])));
        roles.add(custom("roles/storage.admin", Some(&[])));
        let list = wanted(&["storage.buckets.list"]);
        assert_eq!(roles.carries("roles/reader", &list).truth, Truth::Yes);
        // What the catalogue knows completely, no input takes away.
        assert_eq!(
            roles.carries("roles/storage.admin", &list).truth,
            Truth::Yes
        );
    }

    #[test]
    fn stages_are_read_as_the_api_means_them() {
        assert_eq!(Stage::parse(None), Stage::Alpha);
        assert_eq!(Stage::parse(Some("DISABLED")), Stage::Disabled);
        assert_eq!(Stage::parse(Some("SOMETHING")), Stage::Other);
    }
}
