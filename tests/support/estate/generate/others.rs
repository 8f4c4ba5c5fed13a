//! What else a project has: data beside buckets, keys, what runs, logs.

use super::super::assets;
use super::super::kinds::{DATASET, KEY_RING, RUN_SERVICE};
use super::super::state::Item;
use super::random::Random;
use super::{Project, binding, of_project, people, policy};
use serde_json::json;
use std::collections::BTreeSet;

/// APIs that every project has on.
const ALWAYS: [&str; 8] = [
    "cloudasset",
    "cloudresourcemanager",
    "iam",
    "logging",
    "monitoring",
    "orgpolicy",
    "serviceusage",
    "storage",
];

/// Everything, and the APIs that it takes.
pub fn all(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    let before = items.len();
    data(items, random, project);
    keys(items, random, project);
    runs(items, random, project);
    vertex(items, random, project);
    logs(items, random, project);
    let mut enabled: BTreeSet<&str> = ALWAYS.into();
    let used: Vec<String> = items[before..]
        .iter()
        .filter_map(|item| item.asset_type.split('.').next().map(str::to_owned))
        .collect();
    enabled.extend(used.iter().map(String::as_str));
    let enabled: Vec<Item> = enabled
        .into_iter()
        .map(|name| assets::service(project.node, name))
        .collect();
    items.extend(enabled);
}

fn data(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    let id = &project.node.id;
    for number in 0..random.tail(0, 4, 500) {
        let name = format!("features_{number:02}");
        let mut access = vec![
            json!({ "role": "OWNER", "specialGroup": "projectOwners" }),
            json!({ "role": "READER", "groupByEmail": format!("{}@acme.example", project.team) }),
        ];
        if random.permille(10) {
            access.push(json!({ "role": "READER", "specialGroup": "allAuthenticatedUsers" }));
        }
        let data = json!({
            "kind": "bigquery#dataset",
            "id": format!("{id}:{name}"),
            "name": null,
            "datasetReference": { "projectId": id, "datasetId": name },
            "access": access,
            "location": project.region,
            "creationTime": "1763544847512",
            "type": "DEFAULT",
        });
        let mut dataset = of_project(project, DATASET, &format!("datasets/{name}"), data);
        if let Some(fields) = dataset.data.as_object_mut() {
            fields.shift_remove("name");
        }
        items.push(dataset);
    }
    for number in 0..random.tail(0, 4, 400) {
        let below = format!("topics/events-{number}");
        let mut topic = of_project(project, "pubsub.googleapis.com/Topic", &below, json!({}));
        let bindings = vec![binding(
            "roles/pubsub.publisher",
            vec![format!("serviceAccount:{}", people::account(project, 0))],
        )];
        topic.policy = Some(policy(random, bindings));
        let data = json!({ "topic": format!("projects/{id}/{below}"), "ackDeadlineSeconds": 10 });
        items.push(topic);
        let below = format!("subscriptions/events-{number}");
        let subscription = "pubsub.googleapis.com/Subscription";
        items.push(of_project(project, subscription, &below, data));
    }
    if random.permille(300) {
        let below = format!("locations/{}/repositories/images", project.region);
        let data = json!({ "format": "DOCKER", "createTime": "2025-02-20T08:30:00Z" });
        let repository = "artifactregistry.googleapis.com/Repository";
        items.push(of_project(project, repository, &below, data));
    }
}

fn keys(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    let number = &project.node.number;
    if random.permille(350) {
        let ring = format!("locations/{}/keyRings/data", project.region);
        let created = json!({ "createTime": "2025-01-08T12:00:00Z" });
        items.push(of_project(project, KEY_RING, &ring, created));
        let mut data =
            json!({ "purpose": "ENCRYPT_DECRYPT", "createTime": "2025-01-08T12:00:00Z" });
        if random.permille(700) {
            data["rotationPeriod"] = json!("7776000s");
            data["nextRotationTime"] = json!("2027-01-03T12:00:00Z");
        }
        let below = format!("{ring}/cryptoKeys/storage");
        let kind = "cloudkms.googleapis.com/CryptoKey";
        let mut key = of_project(project, kind, &below, data);
        let bindings = vec![binding(
            "roles/cloudkms.cryptoKeyEncrypterDecrypter",
            vec![format!(
                "serviceAccount:service-{number}@gs-project-accounts.iam.gserviceaccount.com"
            )],
        )];
        key.policy = Some(policy(random, bindings));
        items.push(key);
    }
    for at in 0..random.tail(0, 5, 500) {
        let below = format!("secrets/token-{at}");
        let data = json!({
            "name": format!("projects/{number}/{below}"),
            "replication": { "automatic": {} },
            "createTime": "2025-02-20T08:30:00.000Z",
        });
        let kind = "secretmanager.googleapis.com/Secret";
        let mut secret = of_project(project, kind, &below, data);
        secret.name = format!("//secretmanager.googleapis.com/projects/{number}/{below}");
        let bindings = vec![binding(
            "roles/secretmanager.secretAccessor",
            vec![format!("serviceAccount:{}", people::account(project, 1))],
        )];
        secret.policy = Some(policy(random, bindings));
        items.push(secret);
    }
    if random.permille(100) {
        let uid = format!("{:08x}-52d1-4b0a-9a44-7d1f0e7a6c11", random.below(1 << 32));
        let below = format!("locations/global/keys/{uid}");
        let data = json!({
            "name": format!("projects/{number}/{below}"),
            "uid": uid,
            "displayName": "maps",
            "createTime": "2025-06-12T14:02:31.402993Z",
            "restrictions": { "apiTargets": [{ "service": "maps.googleapis.com" }] },
        });
        items.push(of_project(
            project,
            "apikeys.googleapis.com/Key",
            &below,
            data,
        ));
    }
}

fn runs(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    let account = people::account(project, 0);
    for at in 0..random.tail(0, 3, 400) {
        let below = format!("locations/{}/services/serve-{at}", project.region);
        let data = json!({
            "ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY",
            "template": {
                "serviceAccount": account,
                "containers": [{ "image": format!("europe-docker.pkg.dev/{}/images/serve:7", project.node.id) }],
            },
        });
        let mut service = of_project(project, RUN_SERVICE, &below, data);
        let member = if random.permille(50) {
            "allUsers".to_owned()
        } else {
            people::group(project)
        };
        let bindings = vec![binding("roles/run.invoker", vec![member])];
        service.policy = Some(policy(random, bindings));
        items.push(service);
    }
    if random.permille(200) {
        let below = format!("locations/{}/functions/on-new-data", project.region);
        let data = json!({
            "environment": "GEN_2",
            "state": "ACTIVE",
            "serviceConfig": { "ingressSettings": "ALLOW_INTERNAL_ONLY", "serviceAccountEmail": account },
        });
        let kind = "cloudfunctions.googleapis.com/Function";
        items.push(of_project(project, kind, &below, data));
    }
}

fn vertex(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    if !random.permille(250) {
        return;
    }
    let (number, region) = (&project.node.number, project.region);
    let mut push = |collection: &str, kind: &str, at: u64, mut data: serde_json::Value| {
        let below = format!("locations/{region}/{collection}/{}", 7_301_555_000 + at);
        data["name"] = json!(format!("projects/{number}/{below}"));
        let asset_type = format!("aiplatform.googleapis.com/{kind}");
        let mut own = of_project(project, &asset_type, &below, data);
        own.name = format!("//aiplatform.googleapis.com/projects/{number}/{below}");
        items.push(own);
    };
    for at in 0..random.tail(1, 6, 600) {
        let bucket = super::bucket(project.index, 0);
        let artifact = format!("gs://{bucket}/v{at}/");
        push(
            "models",
            "Model",
            at,
            json!({ "displayName": "scorer", "artifactUri": artifact, "versionId": "7" }),
        );
    }
    push(
        "endpoints",
        "Endpoint",
        0,
        json!({ "displayName": "scores" }),
    );
    push(
        "datasets",
        "Dataset",
        0,
        json!({ "displayName": "transactions" }),
    );
}

fn logs(items: &mut Vec<Item>, random: &mut Random, project: &Project<'_>) {
    if random.permille(400) {
        let data = json!({
            "name": "audit",
            "destination": "logging.googleapis.com/projects/acme-audit/locations/eu/buckets/audit",
            "filter": "logName:\"cloudaudit.googleapis.com\"",
            "writerIdentity": format!("serviceAccount:service-{}@gcp-sa-logging.iam.gserviceaccount.com", project.node.number),
        });
        let kind = "logging.googleapis.com/LogSink";
        items.push(of_project(project, kind, "sinks/audit", data));
    }
    if random.permille(200) {
        let data = json!({
            "name": "audit-config-changes",
            "filter": "protoPayload.methodName=\"SetIamPolicy\" AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*",
            "metricDescriptor": { "type": "logging.googleapis.com/user/audit-config-changes", "metricKind": "DELTA", "valueType": "INT64" },
        });
        let kind = "logging.googleapis.com/LogMetric";
        items.push(of_project(
            project,
            kind,
            "metrics/audit-config-changes",
            data,
        ));
        let data = json!({
            "displayName": "Audit configuration changed",
            "enabled": true,
            "conditions": [{ "conditionThreshold": { "filter": "metric.type=\"logging.googleapis.com/user/audit-config-changes\"" } }],
        });
        let kind = "monitoring.googleapis.com/AlertPolicy";
        items.push(of_project(project, kind, "alertPolicies/4711", data));
    }
}
