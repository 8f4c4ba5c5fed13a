//! The `iamPolicy` lines: one allow policy each.

use super::NOW;
use super::people;
use super::project::{ORGANIZATION, Project};
use super::resources::{BucketShape, ancestors, dataset_name, secret_name};
use super::words::{BUCKET_ROLES, CUSTOM_ROLES, NODE_ROLES, PROJECT_ROLES};
use crate::support::random::Random;
use std::fmt::Write as _;

/// Writes one policy, binding by binding.
struct Policy<'a> {
    out: &'a mut String,
    random: &'a mut Random,
    project: &'a Project,
    conditions: bool,
    first: bool,
    /// The members of the binding being written: nobody is named twice in one.
    members: Vec<String>,
}

impl<'a> Policy<'a> {
    fn open(
        out: &'a mut String,
        random: &'a mut Random,
        project: &'a Project,
        name: &str,
        kind: &str,
    ) -> Policy<'a> {
        let _ = write!(
            out,
            r#"{{"name":"{name}","assetType":"{kind}","iamPolicy":{{"version":3,"bindings":["#
        );
        Policy {
            out,
            random,
            project,
            conditions: true,
            first: true,
            members: Vec::new(),
        }
    }

    fn close(self, ancestors: &str) {
        let updated = jiff::Timestamp::from_second(NOW - self.random.below(400 * 86_400) as i64)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let _ = writeln!(
            self.out,
            r#"],"etag":"BwY{:08x}="}},"ancestors":[{ancestors}],"updateTime":"{updated}"}}"#,
            self.random.below(1 << 32)
        );
    }

    /// A binding of `count` members drawn from the estate.
    fn bind(&mut self, role: &str, count: u64) {
        self.members.clear();
        for _ in 0..count {
            let mut member = String::new();
            people::member(&mut member, self.random, self.project);
            if !self.members.contains(&member) {
                self.members.push(member);
            }
        }
        let basic = matches!(role, "roles/owner" | "roles/editor" | "roles/viewer");
        let conditional = self.conditions && !basic && self.random.permille(69);
        self.write(role, conditional);
    }

    /// A binding of exactly `members`, without a condition.
    fn bind_to(&mut self, role: &str, members: Vec<String>) {
        self.members = members;
        self.write(role, false);
    }

    fn write(&mut self, role: &str, conditional: bool) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        let _ = write!(self.out, r#"{{"role":"{role}","members":["#);
        for (position, member) in self.members.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let _ = write!(self.out, r#"{comma}"{member}""#);
        }
        self.out.push(']');
        if conditional {
            self.condition();
        }
        self.out.push('}');
    }

    fn condition(&mut self) {
        let random = &mut *self.random;
        let _ = match random.below(100) {
            0..45 => {
                // Three in ten are over at the time of the export.
                let end = NOW - 200 * 86_400 + random.below(666) as i64 * 86_400;
                let end = jiff::Timestamp::from_second(end).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
                write!(
                    self.out,
                    r#","condition":{{"expression":"request.time < timestamp(\"{end}\")","title":"until {}"}}"#,
                    end.strftime("%Y-%m-%d")
                )
            }
            45..75 => write!(
                self.out,
                r#","condition":{{"expression":"resource.name.startsWith(\"projects/_/buckets/{}-models-{:02}/objects/{}\")","title":"one prefix","description":"Only what the team's jobs write"}}"#,
                self.project.id,
                random.below(10),
                random.pick(&["run-", "eval-", "public-", "tmp-"]),
            ),
            75..88 => write!(
                self.out,
                r#","condition":{{"expression":"resource.type == \"{}\"","title":"one type"}}"#,
                random.pick(&[
                    "storage.googleapis.com/Bucket",
                    "storage.googleapis.com/Object",
                    "secretmanager.googleapis.com/Secret",
                ])
            ),
            88..97 => write!(
                self.out,
                r#","condition":{{"expression":"resource.matchTag(\"{ORGANIZATION}/env\", \"{}\")","title":"by tag"}}"#,
                self.project.environment
            ),
            97..99 => write!(
                self.out,
                r#","condition":{{"expression":"request.time.getHours(\"Europe/Berlin\") >= {} && request.time.getHours(\"Europe/Berlin\") <= 18","title":"office hours"}}"#,
                random.between(6, 9)
            ),
            _ => write!(
                self.out,
                r#","condition":{{"expression":"true","title":"left over"}}"#
            ),
        };
    }
}

/// Mostly few, up to 40.
fn crowd(random: &mut Random) -> u64 {
    if random.permille(90) {
        random.between(10, 40)
    } else {
        random.tail(1, 40, 700)
    }
}

/// `count` different roles of `roles`, the ones early in the list much more often.
fn roles<'r>(random: &mut Random, roles: &[&'r str], count: u64) -> Vec<&'r str> {
    let mut chosen: Vec<&'r str> = Vec::new();
    let size = roles.len() as u64;
    for _ in 0..count * 3 {
        if chosen.len() as u64 >= count {
            break;
        }
        // The smaller of two draws prefers the front; a third one, now and then, reaches the end.
        let mut position = random.below(size).min(random.below(size));
        if !random.permille(50) {
            position = position.min(random.below(size));
        }
        let role = roles[position as usize];
        if !chosen.contains(&role) {
            chosen.push(role);
        }
    }
    chosen
}

/// The organisation's policy: long, and with the roles that only it grants.
pub(crate) fn organization(out: &mut String, random: &mut Random) {
    let project = Project::named(0, ORGANIZATION);
    let name = format!("//cloudresourcemanager.googleapis.com/organizations/{ORGANIZATION}");
    let kind = "cloudresourcemanager.googleapis.com/Organization";
    let mut policy = Policy::open(out, random, &project, &name, kind);
    for role in NODE_ROLES {
        let count = crowd(policy.random);
        policy.bind(role, count);
    }
    for role in roles(policy.random, &PROJECT_ROLES[..73], 40) {
        let count = crowd(policy.random);
        policy.bind(role, count);
    }
    for (stem, _) in CUSTOM_ROLES {
        policy.bind(&format!("organizations/{ORGANIZATION}/roles/{stem}"), 3);
    }
    policy.close(&format!(r#""organizations/{ORGANIZATION}""#));
}

/// A folder's policy. `near` is the index of its first project.
pub(crate) fn folder(out: &mut String, random: &mut Random, number: u64, near: u64) {
    let project = Project::named(near, ORGANIZATION);
    let name = format!("//cloudresourcemanager.googleapis.com/folders/{number}");
    let kind = "cloudresourcemanager.googleapis.com/Folder";
    let bindings = random.tail(3, 30, 880);
    let mut policy = Policy::open(out, random, &project, &name, kind);
    for role in roles(policy.random, &NODE_ROLES[..8], bindings / 3) {
        let count = crowd(policy.random);
        policy.bind(role, count);
    }
    for role in roles(policy.random, &PROJECT_ROLES[..73], bindings) {
        let count = crowd(policy.random);
        policy.bind(role, count);
    }
    policy.close(&format!(
        r#""folders/{number}","organizations/{ORGANIZATION}""#
    ));
}

/// A project's policy. `custom_role` is the role that the project defines.
pub(crate) fn project(
    out: &mut String,
    random: &mut Random,
    project: &Project,
    custom_role: Option<usize>,
) {
    let name = format!(
        "//cloudresourcemanager.googleapis.com/projects/{}",
        project.number
    );
    let kind = "cloudresourcemanager.googleapis.com/Project";
    let bindings = random.tail(3, 58, 957);
    let mut policy = Policy::open(out, random, project, &name, kind);
    for role in roles(policy.random, &PROJECT_ROLES, bindings) {
        let count = crowd(policy.random);
        policy.bind(role, count);
    }
    if let Some(role) = custom_role {
        let role = format!("projects/{}/roles/{}", project.id, CUSTOM_ROLES[role].0);
        policy.bind(&role, 2);
    }
    if policy.random.permille(100) {
        let (stem, _) = policy.random.pick(&CUSTOM_ROLES);
        policy.bind(&format!("organizations/{ORGANIZATION}/roles/{stem}"), 2);
    }
    policy.close(&ancestors(project));
}

/// A bucket's policy: the convenience bindings that every new bucket has, and what was added.
pub(crate) fn bucket(
    out: &mut String,
    random: &mut Random,
    project: &Project,
    number: u64,
    shape: &BucketShape,
) {
    let name = format!("//storage.googleapis.com/{}", shape.name);
    let mut policy = Policy::open(out, random, project, &name, "storage.googleapis.com/Bucket");
    policy.conditions = shape.uniform;
    let own = |kind: &str| format!("{kind}:{}", project.id);
    policy.bind_to(
        "roles/storage.legacyBucketOwner",
        vec![own("projectEditor"), own("projectOwner")],
    );
    policy.bind_to(
        "roles/storage.legacyBucketReader",
        vec![own("projectViewer")],
    );
    let bindings = policy.random.tail(1, 8, 600 + (number % 3) * 60);
    let public = policy.random.permille(2);
    for role in roles(policy.random, &BUCKET_ROLES, bindings) {
        let for_everyone = matches!(
            role,
            "roles/storage.objectViewer" | "roles/storage.legacyBucketWriter"
        );
        if !(public && for_everyone) {
            let count = crowd(policy.random);
            policy.bind(role, count);
        }
    }
    if public {
        let everyone = if policy.random.permille(800) {
            "allUsers"
        } else {
            "allAuthenticatedUsers"
        };
        policy.bind_to("roles/storage.objectViewer", vec![everyone.to_owned()]);
        if policy.random.permille(150) {
            policy.bind_to(
                "roles/storage.legacyBucketWriter",
                vec![everyone.to_owned()],
            );
        }
    }
    policy.close(&ancestors(project));
}

/// The policy of the service account at `number`: who may act as it.
pub(crate) fn service_account(
    out: &mut String,
    random: &mut Random,
    project: &Project,
    number: u64,
) {
    let name = format!(
        "//iam.googleapis.com/projects/{}/serviceAccounts/{}",
        project.id,
        project.account_id(number)
    );
    let mut policy = Policy::open(
        out,
        random,
        project,
        &name,
        "iam.googleapis.com/ServiceAccount",
    );
    let bindings = policy.random.tail(1, 4, 300);
    let granted = [
        "roles/iam.workloadIdentityUser",
        "roles/iam.serviceAccountUser",
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/iam.serviceAccountAdmin",
    ];
    for role in roles(policy.random, &granted, bindings) {
        let count = policy.random.tail(1, 20, 350);
        policy.bind(role, count);
    }
    policy.close(&ancestors(project));
}

/// The policy of the dataset at `number`.
pub(crate) fn dataset(out: &mut String, random: &mut Random, project: &Project, number: u64) {
    let name = format!(
        "//bigquery.googleapis.com/projects/{}/datasets/{}",
        project.id,
        dataset_name(project, number)
    );
    let mut policy = Policy::open(
        out,
        random,
        project,
        &name,
        "bigquery.googleapis.com/Dataset",
    );
    let own = |kind: &str| format!("{kind}:{}", project.id);
    policy.bind_to("roles/bigquery.dataOwner", vec![own("projectOwner")]);
    policy.bind_to("roles/bigquery.dataEditor", vec![own("projectEditor")]);
    let public = policy.random.permille(3);
    let mut readers = vec![own("projectViewer")];
    if public {
        readers.push("allAuthenticatedUsers".to_owned());
    }
    policy.bind_to("roles/bigquery.dataViewer", readers);
    if policy.random.permille(500) {
        let count = crowd(policy.random);
        policy.bind("roles/bigquery.user", count);
    }
    policy.close(&ancestors(project));
}

/// The policy of the secret at `number`.
pub(crate) fn secret(out: &mut String, random: &mut Random, project: &Project, number: u64) {
    let name = format!(
        "//secretmanager.googleapis.com/projects/{}/secrets/{}",
        project.number,
        secret_name(project, number)
    );
    let mut policy = Policy::open(
        out,
        random,
        project,
        &name,
        "secretmanager.googleapis.com/Secret",
    );
    let granted = [
        "roles/secretmanager.secretAccessor",
        "roles/secretmanager.viewer",
        "roles/secretmanager.secretVersionAdder",
        "roles/secretmanager.admin",
    ];
    let bindings = policy.random.tail(1, 4, 300);
    for role in roles(policy.random, &granted, bindings) {
        let count = crowd(policy.random);
        policy.bind(role, count);
    }
    policy.close(&ancestors(project));
}
