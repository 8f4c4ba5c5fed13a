//! Reads what the IAM API says of roles and permissions out of parsed documents: what an import is made of.
//!
//! Shapes are those of the REST reference (`roles.list`, `roles.get`, `permissions.queryTestablePermissions`)
//! and of what gcloud prints of the same answers. The documents may be hostile: whatever is not of the form
//! that Google's names have is skipped, with the reason, and amounts are bounded.

use super::{CustomRole, Imported, PermissionFact, Stage, Support};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// More different permissions than this are not Google's: there were 14,000 in 2026.
const MOST_PERMISSIONS: usize = 60_000;

/// More roles than this are not held. An organisation and each of its projects may have 300 of their own.
const MOST_ROLES: usize = 200_000;

/// More permissions than this, role by role, are not held: all predefined roles together carried 164,000 in 2026.
const MOST_CARRIED: usize = 10_000_000;

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
    use super::{Answer, Gathered, Unfit, is_permission_name, is_role_name};
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
