//! Reads what the IAM API says of roles and permissions out of parsed documents: what an import is made of.
//!
//! Shapes are those of the REST reference (`roles.list`, `roles.get`, `permissions.queryTestablePermissions`)
//! and of what gcloud prints of the same answers. The documents may be hostile: whatever is not of the form
//! that Google's names have is skipped, with the reason.

use super::{CustomRole, PermissionFact, Stage, Support};
use serde_json::Value;
use thiserror::Error;

/// The longest name that is taken.
const LONGEST_NAME: usize = 256;

/// A part of an answer that lists something, and what it lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer<'v> {
    /// A page of `roles.list`.
    Roles(Page<'v>),
    /// A page of `queryTestablePermissions`, or what gcloud makes of all of them.
    Permissions(Page<'v>),
    /// Anything else, perhaps a role.
    Other(&'v Value),
}

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Page<'v> {
    /// What it lists.
    pub items: &'v [Value],
    /// The JSON pointer of the list, from that of the answer.
    pub pointer: &'static str,
    /// Whether another page follows it.
    pub more: bool,
    /// Whether it is an answer of the API itself, so that a page without a token is the last one.
    pub is_rest: bool,
}

impl<'v> Answer<'v> {
    /// The answers that a value of a document holds, with the JSON pointer of each: one, or a list in which people
    /// have put several.
    pub fn all(value: &'v Value) -> Vec<(String, Answer<'v>)> {
        match (value, Answer::of(value)) {
            (Value::Array(items), Answer::Other(_)) => {
                let answers = items.iter().map(Answer::of).enumerate();
                answers
                    .map(|(at, answer)| (format!("/{at}"), answer))
                    .collect()
            }
            (_, answer) => vec![(String::new(), answer)],
        }
    }

    /// Recognises one value of a document.
    fn of(value: &'v Value) -> Answer<'v> {
        let list = |key| value.get(key).and_then(Value::as_array);
        let page = |items: &'v Vec<Value>, pointer| Page {
            items,
            pointer,
            more: value
                .get("nextPageToken")
                .and_then(Value::as_str)
                .is_some_and(|token| !token.is_empty()),
            is_rest: true,
        };
        if let Some(items) = list("roles").filter(|items| items.iter().all(Value::is_object)) {
            return Answer::Roles(page(items, "/roles"));
        }
        if let Some(items) = list("permissions").filter(|items| items.iter().all(is_permission)) {
            return Answer::Permissions(page(items, "/permissions"));
        }
        let alone = match value {
            Value::Array(items) => !items.is_empty() && items.iter().all(is_permission),
            value => is_permission(value),
        };
        if !alone {
            return Answer::Other(value);
        }
        let items = match value {
            Value::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        Answer::Permissions(Page {
            items,
            pointer: "",
            more: false,
            is_rest: false,
        })
    }
}

/// The members of a permission in an answer (REST reference, `Permission`).
const PERMISSION: [&str; 8] = [
    "name",
    "title",
    "description",
    "onlyInPredefinedRoles",
    "stage",
    "customRolesSupportLevel",
    "apiDisabled",
    "primaryPermission",
];

fn is_permission(value: &Value) -> bool {
    let known = |members: &serde_json::Map<String, Value>| {
        members.keys().all(|key| PERMISSION.contains(&&**key))
    };
    let name = value.get("name").and_then(Value::as_str);
    value.as_object().is_some_and(known) && name.is_some_and(is_permission_name)
}

/// Whether a name has the form of a permission's: `storage.objects.get`, `iam.googleapis.com/workforcePools.get`.
pub(crate) fn is_permission_name(name: &str) -> bool {
    let word = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
        !part.is_empty() && part.bytes().all(inner)
    };
    let roles = ["roles/", "projects/", "organizations/"];
    name.len() <= LONGEST_NAME
        && name.split('.').count() >= 3
        && name.split('.').all(word)
        && !roles.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a name has the form of a role's: `roles/storage.admin`, `projects/P/roles/ID`, `organizations/N/roles/ID`.
pub(crate) fn is_role_name(name: &str) -> bool {
    let word = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        !part.is_empty() && part.bytes().all(inner)
    };
    let parts: Vec<&str> = name.splitn(5, '/').collect();
    name.len() <= LONGEST_NAME
        && match parts.as_slice() {
            ["roles", id] => word(id),
            ["projects" | "organizations", parent, "roles", id] => word(parent) && word(id),
            _ => false,
        }
}

/// Why a role or a permission of an answer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Unfit {
    /// It has none, or one that no role has.
    #[error("no name that a role can have")]
    RoleName,
    /// `includedPermissions` is no list of permission names.
    #[error("`includedPermissions` is no list of permission names")]
    Permissions,
    /// `stage`, `deleted` or `customRolesSupportLevel` is of another type than the API's.
    #[error("a field has an unexpected type")]
    Field,
}

impl Page<'_> {
    /// Which list of roles it is a page of: whose roles it lists.
    pub fn list(&self) -> String {
        let names = self
            .items
            .iter()
            .filter_map(|item| item.get("name")?.as_str());
        let mut names = names.filter(|name| is_role_name(name));
        match names.next().and_then(|name| name.split_once("/roles/")) {
            Some((parent, _)) => format!("the roles of {parent}"),
            None => "the predefined roles".to_owned(),
        }
    }

    /// Whether roles are described in full (`view=FULL`), so that one without permissions has none: a page is
    /// described one way throughout.
    pub fn is_full(&self) -> bool {
        let full = |item: &Value| item.get("includedPermissions").is_some();
        self.is_rest && self.items.iter().any(full)
    }
}

impl CustomRole {
    /// Reads a role of an answer. `name` is used if it does not say its own. `full` says that the answer leaves
    /// `includedPermissions` out only if the role has none.
    ///
    /// # Errors
    /// If it cannot be one that the API would give.
    pub fn of_answer(data: &Value, name: Option<&str>, full: bool) -> Result<CustomRole, Unfit> {
        let name = match data.get("name") {
            Some(Value::String(name)) => Some(name.as_str()),
            Some(Value::Null) | None => name,
            Some(_) => None,
        };
        let name = name.map(|name| name.strip_prefix("//iam.googleapis.com/").unwrap_or(name));
        let name = name
            .filter(|name| is_role_name(name))
            .ok_or(Unfit::RoleName)?;
        let permissions = match data.get("includedPermissions") {
            Some(Value::Array(list)) => Some(permission_names(list)?),
            None | Some(Value::Null) => full.then(Vec::new),
            Some(_) => return Err(Unfit::Permissions),
        };
        let deleted = match data.get("deleted") {
            Some(Value::Bool(deleted)) => *deleted,
            None | Some(Value::Null) => false,
            Some(_) => return Err(Unfit::Field),
        };
        let title = data.get("title").and_then(Value::as_str);
        Ok(CustomRole {
            name: name.to_owned(),
            title: title.map(|title| title.chars().take(LONGEST_NAME).collect()),
            stage: Stage::parse(word(data, "stage")?),
            deleted,
            permissions,
        })
    }
}

fn permission_names(list: &[Value]) -> Result<Vec<String>, Unfit> {
    let names = list.iter().map(|name| {
        let name = name.as_str().filter(|name| is_permission_name(name));
        name.map(str::to_owned).ok_or(Unfit::Permissions)
    });
    let mut names = names.collect::<Result<Vec<String>, Unfit>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

impl PermissionFact {
    /// Reads a permission of [`Answer::Permissions`].
    ///
    /// # Errors
    /// If a field is of another type than the API's.
    pub fn of_answer(data: &Value) -> Result<PermissionFact, Unfit> {
        let name = data.get("name").and_then(Value::as_str);
        // The older of two fields that say the same; where both stand, the newer one counts.
        let only_predefined = data.get("onlyInPredefinedRoles") == Some(&Value::Bool(true));
        let support = match word(data, "customRolesSupportLevel")? {
            None if only_predefined => Support::NotSupported,
            None | Some("SUPPORTED") => Support::Supported,
            Some("TESTING") => Support::Testing,
            Some("NOT_SUPPORTED") => Support::NotSupported,
            Some(_) => Support::Unknown,
        };
        Ok(PermissionFact {
            name: name.ok_or(Unfit::Field)?.to_owned(),
            support,
            stage: Stage::parse(word(data, "stage")?),
            level: None,
        })
    }
}

/// A member that is a word of the API's, or absent.
fn word<'v>(data: &'v Value, key: &str) -> Result<Option<&'v str>, Unfit> {
    match data.get(key) {
        Some(Value::String(word)) => Ok(Some(word)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Unfit::Field),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Answer, Unfit, is_permission_name, is_role_name};
    use crate::catalog::{CustomRole, PermissionFact, Stage, Support};
    use serde_json::{Value, json};

    fn kinds(value: &Value) -> Vec<(&'static str, usize, bool)> {
        let answers = Answer::all(value).into_iter();
        let kinds = answers.map(|(_, answer)| match answer {
            Answer::Roles(page) => ("roles", page.items.len(), page.more),
            Answer::Permissions(page) => ("permissions", page.items.len(), page.more),
            Answer::Other(_) => ("other", 0, false),
        });
        kinds.collect()
    }

    #[test]
    fn answers_are_recognised_by_their_content() {
        let one = json!({"name": "acme.things.get", "stage": "GA"});
        let page = json!({"roles": [{"name": "roles/a"}], "nextPageToken": "t"});
        let last = json!({"roles": [], "nextPageToken": ""});
        for (value, expected) in [
            (
                json!([one, {"name": "acme.things.list"}]),
                vec![("permissions", 2, false)],
            ),
            (one.clone(), vec![("permissions", 1, false)]),
            (
                json!({"permissions": [one], "nextPageToken": "t"}),
                vec![("permissions", 1, true)],
            ),
            (page.clone(), vec![("roles", 1, true)]),
            (
                json!([page, last]),
                vec![("roles", 1, true), ("roles", 0, false)],
            ),
            // The answer of testIamPermissions, a role, a list of roles, an asset.
            (
                json!({"permissions": ["storage.objects.get"]}),
                vec![("other", 0, false)],
            ),
            (
                json!({"name": "roles/a.b.c", "stage": "GA"}),
                vec![("other", 0, false)],
            ),
            (
                json!([{"name": "roles/a.b.c"}, one]),
                vec![("other", 0, false), ("permissions", 1, false)],
            ),
            (
                json!({"name": "a.b.c", "etag": "x"}),
                vec![("other", 0, false)],
            ),
            (json!([]), vec![]),
            (json!(7), vec![("other", 0, false)]),
        ] {
            assert_eq!(kinds(&value), expected, "{value}");
        }
    }

    #[test]
    fn absence_means_what_the_api_means_by_it() {
        let fact = |value: Value| PermissionFact::of_answer(&value).unwrap();
        let plain = fact(json!({"name": "a.b.c"}));
        assert_eq!(
            (plain.support, plain.stage),
            (Support::Supported, Stage::Alpha)
        );
        let old = fact(json!({"name": "a.b.c", "onlyInPredefinedRoles": true}));
        assert_eq!(old.support, Support::NotSupported);
        let new = fact(json!({"name": "a.b.c", "customRolesSupportLevel": "NEW_WORD"}));
        assert_eq!(new.support, Support::Unknown);

        let bare = json!({"name": "roles/a"});
        assert_eq!(
            CustomRole::of_answer(&bare, None, false)
                .unwrap()
                .permissions,
            None
        );
        let full = CustomRole::of_answer(&bare, None, true).unwrap();
        assert_eq!((full.permissions, full.stage), (Some(vec![]), Stage::Alpha));
    }

    #[test]
    fn what_the_api_would_not_say_is_unfit() {
        let of = |value: Value| CustomRole::of_answer(&value, None, false).unwrap_err();
        assert_eq!(of(json!({"title": "x"})), Unfit::RoleName);
        assert_eq!(of(json!({"name": 7})), Unfit::RoleName);
        assert_eq!(of(json!({"name": "roles/a\u{1b}[31m"})), Unfit::RoleName);
        let listed = |list: Value| of(json!({"name": "roles/a", "includedPermissions": list}));
        for list in [
            json!("a.b.c"),
            json!(["a.b.c", 7]),
            json!(["a.b.*"]),
            json!([""]),
        ] {
            assert_eq!(listed(list), Unfit::Permissions);
        }
        assert_eq!(of(json!({"name": "roles/a", "stage": 1})), Unfit::Field);
        assert_eq!(
            of(json!({"name": "roles/a", "deleted": "yes"})),
            Unfit::Field
        );
    }

    #[test]
    fn names_have_their_forms() {
        for name in ["iam.googleapis.com/workforcePools.get", "a-b.c_d.e"] {
            assert!(is_permission_name(name), "{name}");
        }
        for name in [
            "",
            "a.b",
            "a..b",
            "a.b.*",
            "a.b.c\n",
            "roles/a.b.c",
            "a.b. c",
        ] {
            assert!(!is_permission_name(name), "{name}");
        }
        for name in [
            "roles/a",
            "projects/example.com:p/roles/r.x",
            "organizations/1/roles/a_b",
        ] {
            assert!(is_role_name(name), "{name}");
        }
        for name in [
            "",
            "a",
            "roles/",
            "roles/a/b",
            "folders/1/roles/a",
            "projects//roles/a",
        ] {
            assert!(!is_role_name(name), "{name}");
        }
        assert!(!is_role_name(&format!("roles/{}", "a".repeat(300))));
    }
}
