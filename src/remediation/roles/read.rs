//! Takes a role definition out of a document that anybody may have written.

use super::{Definition, Home};
use crate::catalog::Stage;
use serde::Serialize;
use serde_json::{Map, Value};

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// The API refuses the role.
    Error,
    /// The API takes the role, and it is not what a role should be.
    Warning,
    /// Too little is known to say.
    Unknown,
    /// Worth knowing, and no fault.
    Note,
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A field has the wrong type.
    Shape,
    /// A field that a role does not have.
    UnknownField,
    /// The title is missing or too long.
    Title,
    /// The description is too long.
    Description,
    /// No launch stage is called that, or the stage makes the role useless.
    Stage,
    /// The id is not of the grammar.
    Id,
    /// The version is not of the form that the API gives.
    Etag,
    /// The role is marked for deletion.
    Deleted,
    /// It lists nothing, or the document leaves the list out.
    NoPermissions,
    /// Something in the list is no permission's name.
    MalformedPermission,
    /// Something in the list stands for several permissions.
    Wildcard,
    /// No such permission exists.
    NoSuchPermission,
    /// Custom roles may not hold it.
    NotSupported,
    /// A project's role may not hold it.
    OrganizationOnly,
    /// It is on its way out.
    DeprecatedPermission,
    /// It is only being tested in custom roles.
    TestingPermission,
    /// The catalogue does not know whether a custom role may hold it.
    UnknownPermission,
    /// It stands in the list more than once.
    Duplicate,
    /// A permission to gain more than was granted, among others.
    Escalation,
    /// More permissions than a role can have.
    TooMany,
    /// More bytes than a role can have.
    TooLarge,
}

impl Kind {
    /// The word by which it goes.
    pub fn slug(self) -> &'static str {
        match self {
            Kind::Shape => "shape",
            Kind::UnknownField => "unknown-field",
            Kind::Title => "title",
            Kind::Description => "description",
            Kind::Stage => "stage",
            Kind::Id => "id",
            Kind::Etag => "etag",
            Kind::Deleted => "deleted",
            Kind::NoPermissions => "no-permissions",
            Kind::MalformedPermission => "malformed-permission",
            Kind::Wildcard => "wildcard",
            Kind::NoSuchPermission => "no-such-permission",
            Kind::NotSupported => "not-supported",
            Kind::OrganizationOnly => "organization-only",
            Kind::DeprecatedPermission => "deprecated-permission",
            Kind::TestingPermission => "testing-permission",
            Kind::UnknownPermission => "unknown-permission",
            Kind::Duplicate => "duplicate",
            Kind::Escalation => "escalation",
            Kind::TooMany => "too-many",
            Kind::TooLarge => "too-large",
        }
    }
}

/// Something to say about a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// How much it weighs.
    pub weight: Weight,
    /// The JSON pointer of the place in the definition.
    pub pointer: String,
    /// The permission that it is about. Not escaped.
    pub permission: Option<String>,
    /// One sentence without its full stop. Not escaped: it may quote the document.
    pub message: String,
    /// What to do, likewise.
    pub way_out: String,
}

impl Problem {
    pub(super) fn new(
        kind: Kind,
        weight: Weight,
        pointer: impl Into<String>,
        message: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Problem {
        Problem {
            kind,
            weight,
            pointer: pointer.into(),
            permission: None,
            message: message.into(),
            way_out: way_out.into(),
        }
    }
}

/// A definition as a document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What could be read.
    pub definition: Definition,
    /// The JSON pointer of each of [`Definition::permissions`].
    pub places: Vec<String>,
    /// What could not, and what a role does not have.
    pub problems: Vec<Problem>,
    /// Whether the document leaves the permissions out, as lists of roles do, so that nobody knows them.
    pub unlisted: bool,
    /// Whether the role is marked for deletion.
    pub deleted: bool,
}

/// The fields of a role (REST reference, `projects.roles`).
const FIELDS: [&str; 7] = [
    "name",
    "title",
    "description",
    "includedPermissions",
    "stage",
    "etag",
    "deleted",
];

/// Names under which other tools keep the list of permissions.
const LISTS: [&str; 3] = ["includedPermissions", "included_permissions", "permissions"];

impl Definition {
    /// Whether a value that nothing else recognises looks like somebody's role definition.
    pub fn looks_like(value: &Value) -> bool {
        let has = |key: &str| value.get(key).is_some();
        LISTS.iter().any(|list| has(list)) || has("title") && (has("stage") || has("description"))
    }

    /// Reads a role as gcloud, the REST API or a person wrote it. `name` is used where it does not say its own. Whatever
    /// has the wrong type is told and passed over.
    pub fn read(data: &Value, name: Option<&str>) -> Reading {
        let mut reading = Reading::default();
        let Value::Object(members) = data else {
            let message = "a role is an object with title, stage and includedPermissions";
            let way_out = "write one, or let `leastwise role from` write it";
            let problem = Problem::new(Kind::Shape, Weight::Error, "", message, way_out);
            reading.problems.push(problem);
            return reading;
        };
        let list = LISTS.into_iter().find(|list| members.contains_key(*list));
        for key in members.keys() {
            let key = key.as_str();
            if !FIELDS.contains(&key) {
                reading.unknown_field(key, Some(key) == list);
            }
        }
        let own = reading.text(members, "name");
        let name = own.as_deref().or(name).unwrap_or_default();
        if let Some((home, id)) = Home::of_role(name) {
            reading.definition.home = Some(home);
            reading.definition.id = Some(id.to_owned());
        }
        reading.definition.title = reading.text(members, "title");
        reading.definition.description = reading.text(members, "description");
        reading.definition.etag = reading.text(members, "etag");
        reading.stage(members);
        reading.deleted = match members.get("deleted") {
            Some(Value::Bool(deleted)) => *deleted,
            None | Some(Value::Null) => false,
            Some(_) => {
                reading.wrong_type("deleted", "true or false");
                false
            }
        };
        match list.and_then(|list| Some((list, members.get(list)?))) {
            Some((key, Value::Array(entries))) => reading.permissions(key, entries),
            // Answers of the API without `view=FULL`: an empty role looks the same.
            None | Some((_, Value::Null)) => {
                reading.unlisted = own.is_some() || reading.definition.etag.is_some();
            }
            Some((key, _)) => reading.wrong_type(key, "a list of permissions"),
        }
        reading
    }
}

impl Reading {
    fn permissions(&mut self, key: &str, entries: &[Value]) {
        for (at, entry) in entries.iter().enumerate() {
            let pointer = format!("/{key}/{at}");
            match entry {
                Value::String(permission) => {
                    self.definition.permissions.push(permission.clone());
                    self.places.push(pointer);
                }
                _ => self.problems.push(Problem::new(
                    Kind::Shape,
                    Weight::Error,
                    pointer,
                    "a permission is a text",
                    "write its name, e.g. storage.objects.get",
                )),
            }
        }
    }

    fn stage(&mut self, members: &Map<String, Value>) {
        let Some(word) = self.text(members, "stage") else {
            return;
        };
        let upper = word.to_ascii_uppercase();
        let stage = Stage::parse(Some(&upper));
        self.definition.stage = Some(stage);
        let words = "ALPHA, BETA, GA, EAP, DEPRECATED or DISABLED";
        if stage == Stage::Other {
            self.problems.push(Problem::new(
                Kind::Stage,
                Weight::Error,
                "/stage",
                format!("no launch stage is called `{word}`"),
                format!("use {words}"),
            ));
        } else if word != upper {
            self.problems.push(Problem::new(
                Kind::Stage,
                Weight::Warning,
                "/stage",
                format!("the stage `{word}` is in lower case, which only gcloud takes"),
                format!("write {upper}"),
            ));
        }
    }

    /// A member that is a text. A number or a truth value was meant as one: YAML takes `title: 7` for a number.
    fn text(&mut self, members: &Map<String, Value>, key: &str) -> Option<String> {
        match members.get(key)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => {
                self.wrong_type(key, "a text");
                match other {
                    Value::Number(number) => Some(number.to_string()),
                    Value::Bool(truth) => Some(truth.to_string()),
                    _ => None,
                }
            }
        }
    }

    fn wrong_type(&mut self, key: &str, wanted: &str) {
        self.problems.push(Problem::new(
            Kind::Shape,
            Weight::Error,
            format!("/{key}"),
            format!("`{key}` is not {wanted}"),
            format!("write {wanted}"),
        ));
    }

    fn unknown_field(&mut self, key: &str, is_list: bool) {
        let near = match is_list {
            true => Some("includedPermissions"),
            false => FIELDS
                .into_iter()
                .filter(|field| strsim::damerau_levenshtein(field, key) <= 2)
                .min_by_key(|field| strsim::damerau_levenshtein(field, key)),
        };
        let way_out = match near {
            Some(near) => format!("call it {near}"),
            None => "remove it".to_owned(),
        };
        self.problems.push(Problem::new(
            Kind::UnknownField,
            Weight::Error,
            pointer(key),
            format!("a role has no field `{key}`"),
            way_out,
        ));
    }
}

/// The JSON pointer (RFC 6901) of a member.
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Definition, Kind};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn kinds(value: &Value) -> Vec<(Kind, String)> {
        let problems = Definition::read(value, None).problems.into_iter();
        problems.map(|p| (p.kind, p.pointer)).collect()
    }

    #[test]
    fn a_role_as_the_api_gives_it_is_read_whole() {
        let role = json!({"name": "projects/p/roles/r", "title": "R", "description": "d", "etag": "BwA=",
            "stage": "GA", "includedPermissions": ["a.b.c"]});
        let reading = Definition::read(&role, None);
        assert!(reading.problems.is_empty());
        assert_eq!(
            reading.definition.name().as_deref(),
            Some("projects/p/roles/r")
        );
        assert_eq!(reading.places, ["/includedPermissions/0"]);
        let mut written = role;
        written.as_object_mut().unwrap().remove("name");
        assert_eq!(reading.definition.to_value(), written);
    }

    #[test]
    fn what_is_wrong_is_told_and_what_was_meant_is_read() {
        let terraform =
            json!({"title": 7, "stage": "ga", "permissions": ["a.b.c", 1], "role_id": "x"});
        let reading = Definition::read(&terraform, None);
        assert_eq!(reading.definition.title.as_deref(), Some("7"));
        assert_eq!(reading.definition.permissions, ["a.b.c"]);
        assert_eq!(
            kinds(&terraform),
            [
                (Kind::UnknownField, "/permissions".to_owned()),
                (Kind::UnknownField, "/role_id".to_owned()),
                (Kind::Shape, "/title".to_owned()),
                (Kind::Stage, "/stage".to_owned()),
                (Kind::Shape, "/permissions/1".to_owned()),
            ]
        );
        assert_eq!(kinds(&json!([])), [(Kind::Shape, String::new())]);
        assert!(Definition::read(&json!({"name": "projects/p/roles/r"}), None).unlisted);
        assert!(!Definition::read(&json!({"title": "r"}), None).unlisted);
    }

    proptest! {
        #[test]
        fn any_member_of_any_type_is_read(
            key in prop::sample::select(vec!["name", "title", "stage", "includedPermissions", "deleted", "a/~b", "etag"]),
            value in prop::sample::select(vec![json!(null), json!(1), json!([]), json!([{}]), json!({"a": [1]}), json!("\u{0}"), json!(true)]),
        ) {
            Definition::read(&json!({key: value}), None);
        }
    }
}
