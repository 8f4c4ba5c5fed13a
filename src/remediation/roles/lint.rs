//! What is wrong with a role definition.

use super::judge::{Fault, judge};
use super::read::{Kind, Problem, Reading, Weight};
use super::{Definition, Home, escalation, limits};
use crate::catalog::{Catalog, Stage};
use std::collections::BTreeSet;

/// What [`lint`] goes by besides the definition.
#[derive(Debug, Clone, Copy)]
pub struct Lint<'a> {
    /// What roles and permissions are known.
    pub catalog: &'a Catalog,
    /// Whose role it is, where that is said outside of the definition.
    pub home: Option<&'a Home>,
}

/// Everything that is to be said of a definition, in the order of the document as far as it has one.
pub fn lint(reading: &Reading, by: Lint<'_>) -> Vec<Problem> {
    let definition = &reading.definition;
    let mut problems = reading.problems.clone();
    words(reading, &mut problems);
    let home = by.home.or(definition.home.as_ref());
    let mut seen = BTreeSet::new();
    let mixed = is_mixed(definition);
    for (permission, pointer) in definition.permissions.iter().zip(&reading.places) {
        if !seen.insert(permission) {
            let message = format!("{permission} is listed twice");
            let problem = of(Kind::Duplicate, Weight::Warning, message, "remove one");
            problems.push(at(problem, permission, pointer));
            continue;
        }
        if let Some(fault) = judge(permission, home, by.catalog) {
            problems.push(at(told(permission, &fault, home), permission, pointer));
        }
        if let Some(reason) = escalation::reason(permission) {
            let (weight, way_out) = match mixed {
                true => (
                    Weight::Warning,
                    "keep it in a role of its own: `leastwise role fix` splits it off",
                ),
                false => (Weight::Note, "bind the role to few, and to nobody for long"),
            };
            let message = format!("{permission} lets its holder {reason}");
            let problem = of(Kind::Escalation, weight, message, way_out);
            problems.push(at(problem, permission, pointer));
        }
    }
    let count = seen.len();
    if count > limits::PERMISSIONS {
        let message = format!(
            "{count} permissions, and a role holds {} at most",
            limits::PERMISSIONS
        );
        problems.push(of(Kind::TooMany, Weight::Error, message, SPLIT));
    }
    let size = limits::size(definition);
    if size > limits::SIZE {
        let message = format!(
            "{size} bytes of title, description and permission names, and a role holds {} at most",
            limits::SIZE
        );
        problems.push(of(Kind::TooLarge, Weight::Error, message, SPLIT));
    }
    problems
}

const SPLIT: &str = "make several roles of it, as `leastwise role fix` does";

/// Whether escalation permissions stand among others. A role of nothing else is what they should be kept in.
pub(super) fn is_mixed(definition: &Definition) -> bool {
    let escalates = |permission: &String| escalation::is_escalation(permission);
    definition.permissions.iter().any(escalates) && !definition.permissions.iter().all(escalates)
}

fn of(kind: Kind, weight: Weight, message: String, way_out: &str) -> Problem {
    Problem::new(kind, weight, "/includedPermissions", message, way_out)
}

fn at(mut problem: Problem, permission: &str, pointer: &str) -> Problem {
    problem.permission = Some(permission.to_owned());
    pointer.clone_into(&mut problem.pointer);
    problem
}

/// What a permission's fault is to people.
fn told(permission: &str, fault: &Fault, home: Option<&Home>) -> Problem {
    let remove = "remove it";
    let (kind, weight, way_out) = match fault {
        Fault::Malformed => (Kind::MalformedPermission, Weight::Error, remove),
        Fault::Wildcard => (
            Kind::Wildcard,
            Weight::Error,
            "list the permissions: `leastwise role fix` does where all of the service are known",
        ),
        Fault::Missing(_) => (Kind::NoSuchPermission, Weight::Error, remove),
        Fault::NotSupported => (Kind::NotSupported, Weight::Error, remove),
        Fault::TooHigh if home.is_none() => (
            Kind::OrganizationOnly,
            Weight::Unknown,
            "say whose role it is: `--organization NUMBER`, or `--project ID` and remove it",
        ),
        Fault::TooHigh => (
            Kind::OrganizationOnly,
            Weight::Error,
            "remove it, or keep the role in the organisation",
        ),
        Fault::Deprecated => (Kind::DeprecatedPermission, Weight::Warning, remove),
        Fault::Testing => (
            Kind::TestingPermission,
            Weight::Note,
            "Google does not recommend it for production",
        ),
        Fault::Unlisted(_) | Fault::NotSaid => (Kind::UnknownPermission, Weight::Unknown, SETTLE),
    };
    of(
        kind,
        weight,
        format!("{permission} {}", fault.words()),
        way_out,
    )
}

/// What tells of any permission whether a custom role may hold it.
const SETTLE: &str =
    "`gcloud iam list-testable-permissions` tells; `leastwise catalog import` takes it in";

/// Title, description, stage, id, and what the list as a whole lacks.
fn words(reading: &Reading, problems: &mut Vec<Problem>) {
    let definition = &reading.definition;
    let mut say = |kind, weight, pointer: &str, message: String, way_out: &str| {
        problems.push(Problem::new(kind, weight, pointer, message, way_out));
    };
    match definition.title.as_deref().map(str::len) {
        None | Some(0) => say(
            Kind::Title,
            Weight::Note,
            "",
            "it has no title".to_owned(),
            "say what it is for: gcloud fills in the id",
        ),
        Some(length) if length > limits::TITLE => say(
            Kind::Title,
            Weight::Error,
            "/title",
            format!(
                "a title of {length} bytes, and {} are the most",
                limits::TITLE
            ),
            "shorten it",
        ),
        Some(_) => {}
    }
    let description = definition.description.as_deref().unwrap_or_default().len();
    if description > limits::SAFE_DESCRIPTION {
        let (weight, most) = match description > limits::DESCRIPTION {
            true => (
                Weight::Error,
                format!("{} are the most", limits::DESCRIPTION),
            ),
            false => (
                Weight::Note,
                format!("the API may take no more than {}", limits::SAFE_DESCRIPTION),
            ),
        };
        let message = format!("a description of {description} bytes, and {most}");
        say(
            Kind::Description,
            weight,
            "/description",
            message,
            "shorten it",
        );
    }
    if let Some(id) = definition
        .id
        .as_deref()
        .filter(|id| !limits::is_role_id(id))
    {
        say(
            Kind::Id,
            Weight::Error,
            "/name",
            format!("no role can be called `{id}`: 3 to 64 letters, digits, `_` and `.`"),
            "choose another id",
        );
    }
    let etag = definition.etag.as_deref();
    if let Some(etag) = etag.filter(|etag| !limits::is_etag(etag)) {
        say(
            Kind::Etag,
            Weight::Error,
            "/etag",
            format!("`{etag}` is no version that the API gave"),
            "remove it",
        );
    }
    if definition.stage == Some(Stage::Disabled) {
        let message = "the stage is DISABLED: the role grants nothing".to_owned();
        say(
            Kind::Stage,
            Weight::Note,
            "/stage",
            message,
            "delete it if nobody needs it",
        );
    }
    if reading.deleted {
        let message = "it is marked for deletion and grants nothing".to_owned();
        let way_out = "`gcloud iam roles undelete` brings it back within 7 days";
        say(Kind::Deleted, Weight::Note, "/deleted", message, way_out);
    }
    if reading.unlisted {
        say(
            Kind::NoPermissions,
            Weight::Unknown,
            "",
            "the document does not say what the role carries".to_owned(),
            "take what `gcloud iam roles describe` prints",
        );
    } else if definition.permissions.is_empty() {
        let message = "it carries nothing".to_owned();
        say(
            Kind::NoPermissions,
            Weight::Warning,
            "",
            message,
            "list what it is for",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Lint, lint};
    use crate::catalog::Catalog;
    use crate::remediation::roles::{Definition, Home, Kind, Weight};
    use serde_json::{Value, json};

    fn told(role: Value, home: Option<&Home>) -> Vec<(Kind, Weight, String)> {
        let catalog = Catalog::embedded();
        let problems = lint(&Definition::read(&role, None), Lint { catalog, home });
        let told = problems.into_iter();
        told.map(|p| (p.kind, p.weight, p.pointer)).collect()
    }

    #[test]
    fn a_sound_role_has_no_problem() {
        let role = json!({"title": "Reader", "stage": "GA", "includedPermissions": ["storage.objects.get"]});
        assert_eq!(told(role, None), []);
    }

    #[test]
    fn every_problem_has_its_place() {
        let role = json!({
            "title": "x".repeat(101), "description": "x".repeat(301), "stage": "DISABLED", "name": "projects/p/roles/a-b",
            "includedPermissions": [
                "storage.objects.get", "storage.objects.get", "storage.objects.*", "nobody.wrote.this",
                "iam.serviceAccounts.actAs", "resourcemanager.projects.list", "x",
            ],
        });
        let (error, warning) = (Weight::Error, Weight::Warning);
        let list = |at| format!("/includedPermissions/{at}");
        assert_eq!(
            told(role, None),
            [
                (Kind::Title, error, "/title".to_owned()),
                (Kind::Description, error, "/description".to_owned()),
                (Kind::Id, error, "/name".to_owned()),
                (Kind::Stage, Weight::Note, "/stage".to_owned()),
                (Kind::Duplicate, warning, list(1)),
                (Kind::Wildcard, error, list(2)),
                (Kind::UnknownPermission, Weight::Unknown, list(3)),
                (Kind::Escalation, warning, list(4)),
                (Kind::OrganizationOnly, error, list(5)),
                (Kind::MalformedPermission, error, list(6)),
            ]
        );
    }

    #[test]
    fn whose_role_it_is_decides_what_it_may_hold() {
        let role =
            || json!({"title": "x", "includedPermissions": ["resourcemanager.projects.list"]});
        let list = "/includedPermissions/0".to_owned();
        let organization = Home::Organization("1".to_owned());
        let project = Home::Project("p".to_owned());
        assert_eq!(told(role(), Some(&organization)), []);
        let project = told(role(), Some(&project));
        assert_eq!(
            project,
            [(Kind::OrganizationOnly, Weight::Error, list.clone())]
        );
        let nobody = told(role(), None);
        assert_eq!(nobody, [(Kind::OrganizationOnly, Weight::Unknown, list)]);
    }

    #[test]
    fn limits_are_held() {
        let many: Vec<String> = (0..3_001)
            .map(|n| format!("acme.things.do{n:0>20}"))
            .collect();
        let kinds: Vec<Kind> = told(json!({"title": "x", "includedPermissions": many}), None)
            .into_iter()
            .map(|(kind, _, _)| kind)
            .filter(|kind| *kind != Kind::UnknownPermission)
            .collect();
        assert_eq!(kinds, [Kind::TooMany, Kind::TooLarge]);
    }
}
