//! Who works in a project: service accounts, their keys, roles, and the project's policy.

use super::super::kinds::{ACCOUNT, KEY, ROLE};
use super::super::state::Item;
use super::random::Random;
use super::{Project, binding, item, of_project};
use serde_json::json;

const WORKLOADS: [&str; 12] = [
    "trainer",
    "ingest",
    "exporter",
    "etl",
    "scheduler",
    "api",
    "frontend",
    "worker",
    "indexer",
    "crawler",
    "publisher",
    "labeler",
];
const PEOPLE: [&str; 12] = [
    "ada", "amir", "chen", "dana", "elif", "greta", "hugo", "ines", "noor", "omar", "petra", "yuki",
];
const ROLES: [&str; 16] = [
    "roles/viewer",
    "roles/storage.objectViewer",
    "roles/storage.objectUser",
    "roles/storage.admin",
    "roles/aiplatform.user",
    "roles/bigquery.dataViewer",
    "roles/bigquery.jobUser",
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/run.developer",
    "roles/secretmanager.secretAccessor",
    "roles/pubsub.publisher",
    "roles/artifactregistry.reader",
    "roles/iam.serviceAccountUser",
    "roles/cloudkms.viewer",
    "roles/browser",
];

/// The address of the account at `number`.
pub fn account(project: &Project<'_>, number: usize) -> String {
    let workload = WORKLOADS[(project.index + number) % WORKLOADS.len()];
    let id = &project.node.id;
    format!("{workload}-{number:02}@{id}.iam.gserviceaccount.com")
}

/// A group of the project's team.
pub fn group(project: &Project<'_>) -> String {
    format!("group:{}@acme.example", project.team)
}

/// A person.
pub fn person(random: &mut Random) -> String {
    format!("user:{}@acme.example", random.pick(&PEOPLE))
}

/// Between 2 and 12 service accounts, and keys of some.
pub fn accounts(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    for number in 0..random.tail(2, 12, 700) as usize {
        let email = account(project, number);
        let unique =
            (100_000_000_000_000_000_000_u128 + (project.index as u128) * 4096 + number as u128)
                .to_string();
        let id = &project.node.id;
        let below = format!("serviceAccounts/{email}");
        let mut data = json!({
            "name": format!("projects/{id}/{below}"),
            "projectId": id,
            "uniqueId": unique,
            "email": email,
            "displayName": email.split('@').next(),
            "etag": "MDEwMjE5MjA=",
            "oauth2ClientId": unique,
        });
        if random.permille(40) {
            data["disabled"] = json!(true);
        }
        let path = format!("projects/{id}/serviceAccounts/{unique}");
        let mut own = item(ACCOUNT, "iam", &path, &below, data);
        own.alias.clone_from(&unique);
        if random.permille(200) {
            let role = if random.permille(200) {
                "roles/iam.serviceAccountTokenCreator"
            } else {
                "roles/iam.serviceAccountUser"
            };
            let bindings = vec![binding(role, vec![group(project)])];
            own.policy = Some(super::policy(random, bindings));
        }
        items.push(own);
        for _ in 0..random.tail(0, 4, 300) {
            let key = format!(
                "{:016x}{:016x}{:08x}",
                random.next(),
                random.next(),
                random.below(1 << 32)
            );
            let year = random.between(2023, 2026);
            let data = json!({
                "name": format!("projects/{id}/{below}/keys/{key}"),
                "keyAlgorithm": "KEY_ALG_RSA_2048",
                "keyOrigin": "GOOGLE_PROVIDED",
                "keyType": "USER_MANAGED",
                "validAfterTime": format!("{year}-{:02}-14T09:30:00Z", random.between(1, 9)),
                "validBeforeTime": "9999-12-31T23:59:59Z",
            });
            let mut own = item(
                KEY,
                "iam",
                &format!("{path}/keys/{key}"),
                &format!("{below}/keys/{key}"),
                data,
            );
            own.alias.clone_from(&unique);
            items.push(own);
        }
    }
}

/// Sets the policy of the project, which is the first item, and makes a role of its own in one of four.
pub fn policy(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    let id = &project.node.id;
    let number = &project.node.number;
    let mut bindings = vec![
        binding(
            "roles/editor",
            vec![format!(
                "serviceAccount:{number}@cloudservices.gserviceaccount.com"
            )],
        ),
        binding("roles/viewer", vec![group(project)]),
    ];
    for at in 0..random.between(0, 5) as usize {
        let role = random.pick(&ROLES);
        let mut members = vec![format!("serviceAccount:{}", account(project, at))];
        if random.permille(300) {
            members.push(group(project));
        }
        if random.permille(60) {
            members.push(person(random));
        }
        bindings.push(binding(role, members));
    }
    if random.permille(80) {
        bindings.push(binding("roles/owner", vec![person(random)]));
    }
    if random.permille(100) {
        let mut until = binding("roles/storage.admin", vec![person(random)]);
        until["condition"] = json!({
            "title": "until the migration is over",
            "expression": "request.time < timestamp(\"2027-01-31T00:00:00Z\")",
        });
        bindings.push(until);
    }
    if random.permille(250) {
        let below = "roles/datasetReader";
        let data = json!({
            "name": format!("projects/{id}/{below}"),
            "title": "Dataset reader",
            "description": "Reads training data",
            "includedPermissions": ["storage.objects.get", "storage.objects.list"],
            "stage": "GA",
            "etag": "BwYkT3v1xQc=",
        });
        items.push(of_project(project, ROLE, below, data));
        let name = format!("projects/{id}/{below}");
        bindings.push(binding(&name, vec![group(project)]));
    }
    let mut own = super::policy(random, bindings);
    if random.permille(600) {
        own["auditConfigs"] = json!([{
            "service": "storage.googleapis.com",
            "auditLogConfigs": [{ "logType": "DATA_READ" }, { "logType": "DATA_WRITE" }],
        }]);
    }
    if let Some(node) = items.first_mut() {
        node.policy = Some(own);
    }
}
