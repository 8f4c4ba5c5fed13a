//! A custom role as data.

use crate::catalog::Stage;
use serde_json::{Map, Value};

/// Who owns a custom role. Folders own none (IAM documentation, "Roles and permissions").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// The id or number of a project.
    Project(String),
    /// The number of an organisation.
    Organization(String),
}

impl Home {
    /// Takes `projects/P/roles/ID` or `organizations/N/roles/ID` apart; with or without `//iam.googleapis.com/` before it.
    pub fn of_role(name: &str) -> Option<(Home, &str)> {
        let name = name.strip_prefix("//iam.googleapis.com/").unwrap_or(name);
        let (kind, rest) = name.split_once('/')?;
        let (owner, id) = rest.split_once("/roles/")?;
        if owner.is_empty() || id.is_empty() {
            return None;
        }
        match kind {
            "projects" => Some((Home::Project(owner.to_owned()), id)),
            "organizations" => Some((Home::Organization(owner.to_owned()), id)),
            _ => None,
        }
    }

    /// `projects/P` or `organizations/N`, as the API calls it.
    pub fn parent(&self) -> String {
        match self {
            Home::Project(id) => format!("projects/{id}"),
            Home::Organization(number) => format!("organizations/{number}"),
        }
    }
}

/// A custom role: what `gcloud iam roles create --file` and the REST API take. Nothing in it need be valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// Who owns it, where that is said.
    pub home: Option<Home>,
    /// The last part of its name.
    pub id: Option<String>,
    /// What people call it.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The launch stage; absent means [`Stage::Alpha`].
    pub stage: Option<Stage>,
    /// What it lists, in its order.
    pub permissions: Vec<String>,
    /// The version that the API gave; only a role that exists has one.
    pub etag: Option<String>,
}

impl Definition {
    /// `projects/P/roles/ID`, where all of it is known.
    pub fn name(&self) -> Option<String> {
        let (home, id) = (self.home.as_ref()?, self.id.as_ref()?);
        Some(format!("{}/roles/{id}", home.parent()))
    }

    /// The `Role` of the REST API: what `roles.create` and `roles.patch` take, and a [`crate::change::Change`] patches.
    /// Without `name`, which both refuse or ignore.
    pub fn to_value(&self) -> Value {
        let mut role = Map::new();
        let mut text = |key: &str, value: &Option<String>| {
            if let Some(value) = value {
                role.insert(key.to_owned(), Value::from(value.as_str()));
            }
        };
        text("title", &self.title);
        text("description", &self.description);
        text("etag", &self.etag);
        role.insert("stage".to_owned(), self.stage_word().into());
        role.insert(
            "includedPermissions".to_owned(),
            Value::from(self.permissions.clone()),
        );
        Value::Object(role)
    }

    /// The stage as the API words it. A word that it does not know becomes that of the default, `ALPHA`.
    pub(super) fn stage_word(&self) -> &'static str {
        match self.stage.unwrap_or_default() {
            Stage::Other => Stage::Alpha.slug(),
            known => known.slug(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Home;

    #[test]
    fn names_are_taken_apart() {
        let of = |name| Home::of_role(name).map(|(home, id)| (home.parent(), id));
        let expected = Some(("projects/p".to_owned(), "r"));
        assert_eq!(of("projects/p/roles/r"), expected);
        assert_eq!(of("//iam.googleapis.com/projects/p/roles/r"), expected);
        assert_eq!(
            of("organizations/1/roles/a.b"),
            Some(("organizations/1".to_owned(), "a.b"))
        );
        for name in [
            "",
            "roles/owner",
            "folders/1/roles/r",
            "projects//roles/r",
            "projects/p/roles/",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
