//! A small estate in which every API that is served has something to lose: one organisation, two projects, and of each
//! kind of resource two in each.

use super::estate::kinds::{self, KINDS, Kind};
use super::estate::{Estate, Level};
use serde_json::{Value, json};

/// The organisation.
pub const ORGANIZATION: &str = "770043110021";
/// Projects, by number and id.
pub const PROJECTS: [(&str, &str); 2] = [
    ("481516234201", "acme-ml-train"),
    ("481516234202", "acme-ml-serve"),
];

/// Where regional things are.
const REGION: &str = "europe-west4";

/// The estate.
pub fn estate() -> Estate {
    let mut assets = vec![node(Level::Organization, ORGANIZATION, "acme.example")];
    for (number, id) in PROJECTS {
        assets.push(node(Level::Project, number, id));
    }
    // What is enabled follows from what there is.
    let kinds = KINDS
        .iter()
        .filter(|kind| !kind.path.is_empty() && kind.asset_type != kinds::SERVICE);
    for kind in kinds {
        if of_organization(kind) {
            let name = format!("organizations/{ORGANIZATION}");
            let line = [name.clone()];
            assets.extend((1..=2).map(|at| one(kind, &name, "", &line, at)));
            continue;
        }
        if kind.asset_type == kinds::APPROVAL {
            let name = format!("organizations/{ORGANIZATION}");
            assets.push(one(kind, &name, "", std::slice::from_ref(&name), 1));
        }
        for (number, id) in PROJECTS {
            let line = [
                format!("projects/{number}"),
                format!("organizations/{ORGANIZATION}"),
            ];
            let name = format!("projects/{id}");
            assets.extend((1..=2).map(|at| one(kind, &name, id, &line, at)));
        }
    }
    // Of what there is one only in a node, the second is the first again.
    assets.dedup_by(|one, other| one["name"] == other["name"]);
    Estate::from_assets(&assets).strict()
}

/// Kinds that only an organisation has.
fn of_organization(kind: &Kind) -> bool {
    kind.asset_type.contains("/Workforce")
        || kind.asset_type == kinds::PERIMETER
        || kind.asset_type == "iam.googleapis.com/PrincipalAccessBoundaryPolicy"
}

fn node(level: Level, number: &str, id: &str) -> Value {
    let name = format!("{}/{number}", level.collection());
    let mut data = json!({ "name": name, "displayName": id, "state": "ACTIVE" });
    let (kind, line) = match level {
        Level::Project => {
            data["projectId"] = json!(id);
            data["parent"] = json!(format!("organizations/{ORGANIZATION}"));
            let line = json!([name, format!("organizations/{ORGANIZATION}")]);
            (kinds::PROJECT, line)
        }
        _ => (kinds::ORGANIZATION, json!([name])),
    };
    json!({
        "name": format!("//cloudresourcemanager.googleapis.com/{name}"),
        "assetType": kind,
        "ancestors": line,
        "resource": { "data": data },
        // Something to be found on every node.
        "iamPolicy": { "bindings": [
            { "role": "roles/owner", "members": ["user:someone@gmail.com"] },
            { "role": "roles/editor", "members": ["allAuthenticatedUsers"] },
        ] },
    })
}

/// One resource of a kind, which anybody may read where it has a policy.
fn one(kind: &Kind, node: &str, project: &str, line: &[String], at: usize) -> Value {
    let below = below(kind, project, at);
    let service = kind.service;
    let path = match kind.asset_type {
        kinds::BUCKET => format!("acme-{project}-{at}"),
        kinds::MANAGED_FOLDER => {
            format!("projects/_/buckets/acme-{project}-1/managedFolders/f{at}/")
        }
        kinds::ACCOUNT => format!("{node}/serviceAccounts/{}", unique(at)),
        kinds::KEY => format!("{node}/serviceAccounts/{}/keys/{at}aa", unique(1)),
        kinds::DENY => format!(
            "policies/cloudresourcemanager.googleapis.com%2F{}/{below}",
            node.replace('/', "%2F")
        ),
        kinds::PERIMETER => below.clone(),
        asset_type if asset_type.contains("/Workforce") => format!("locations/global/{below}"),
        _ => format!("{node}/{below}"),
    };
    let mut asset = json!({
        "name": format!("//{service}.googleapis.com/{path}"),
        "assetType": kind.asset_type,
        "ancestors": line,
        "resource": { "data": data(kind, project, &path, &below, at) },
    });
    if !kind.policy.is_empty() {
        asset["iamPolicy"] =
            json!({ "bindings": [{ "role": role(kind), "members": ["allUsers"] }] });
    }
    asset
}

fn below(kind: &Kind, project: &str, at: usize) -> String {
    let mut segments: Vec<String> = Vec::new();
    let stars = kind.path.split('/').filter(|one| *one == "*").count();
    let mut star = 0;
    for segment in kind.path.split('/') {
        let own = match segment {
            "*" => {
                star += 1;
                let collection = segments.last().map_or("", String::as_str);
                match collection {
                    "locations" | "regions" if kind.service == "iam" => "global".to_owned(),
                    "locations" if global(kind) => "global".to_owned(),
                    "locations" | "regions" => REGION.to_owned(),
                    "zones" => format!("{REGION}-a"),
                    "" => "global".to_owned(),
                    "serviceAccounts" => email(project, if star == stars { at } else { 1 }),
                    "recommenders" => "google.iam.policy.Recommender".to_owned(),
                    "activityTypes" => "serviceAccountLastAuthentication".to_owned(),
                    "policies" if kind.asset_type == kinds::ORG_POLICY => [
                        "storage.publicAccessPrevention",
                        "storage.uniformBucketLevelAccess",
                    ][at - 1]
                        .to_owned(),
                    // Parents are always the first of theirs.
                    _ if star < stars => format!("{}-1", collection.to_lowercase()),
                    _ => format!("{}-{at}", collection.to_lowercase()),
                }
            }
            segment => segment.to_owned(),
        };
        segments.push(own);
    }
    segments.join("/")
}

fn global(kind: &Kind) -> bool {
    [
        "apikeys",
        "recommender",
        "policyanalyzer",
        "privilegedaccessmanager",
    ]
    .contains(&kind.service)
}

fn email(project: &str, at: usize) -> String {
    format!("account-{at}@{project}.iam.gserviceaccount.com")
}

fn unique(at: usize) -> String {
    format!("10450000000000000000{at}")
}

fn role(kind: &Kind) -> &'static str {
    match kind.service {
        "storage" => "roles/storage.objectViewer",
        "iam" => "roles/iam.serviceAccountTokenCreator",
        "cloudkms" => "roles/cloudkms.cryptoKeyDecrypter",
        "secretmanager" => "roles/secretmanager.secretAccessor",
        "pubsub" => "roles/pubsub.subscriber",
        "artifactregistry" => "roles/artifactregistry.reader",
        "run" => "roles/run.invoker",
        "cloudfunctions" => "roles/cloudfunctions.invoker",
        _ => "roles/viewer",
    }
}

fn data(kind: &Kind, project: &str, path: &str, below: &str, at: usize) -> Value {
    let mut data = json!({ "name": path, "selfLink": format!("https://www.googleapis.com/compute/v1/{path}") });
    let last = path.rsplit('/').next().unwrap_or_default();
    match kind.asset_type {
        kinds::BUCKET => {
            data = json!({
                "kind": "storage#bucket", "name": path, "id": path, "location": REGION.to_uppercase(), "storageClass": "STANDARD",
                "iamConfiguration": { "uniformBucketLevelAccess": { "enabled": false }, "publicAccessPrevention": "inherited" },
            });
        }
        kinds::ACCOUNT => {
            data = json!({
                "name": format!("projects/{project}/{below}"), "projectId": project, "uniqueId": unique(at), "email": email(project, at),
            });
        }
        kinds::KEY => {
            data = json!({
                "name": format!("projects/{project}/{below}"), "keyType": "USER_MANAGED", "keyOrigin": "GOOGLE_PROVIDED",
                "keyAlgorithm": "KEY_ALG_RSA_2048", "validAfterTime": "2023-01-01T00:00:00Z", "validBeforeTime": "9999-12-31T23:59:59Z",
            });
        }
        kinds::ROLE => {
            data["title"] = json!("Everything");
            data["stage"] = json!("GA");
            data["includedPermissions"] =
                json!(["iam.serviceAccounts.actAs", "storage.buckets.setIamPolicy"]);
        }
        kinds::HMAC_KEY => {
            data = json!({
                "accessId": last, "id": format!("{project}/{last}"), "projectId": project, "state": "ACTIVE",
                "serviceAccountEmail": email(project, 1), "timeCreated": "2023-01-16T10:02:44.000Z",
            });
        }
        kinds::DENY => {
            data["kind"] = json!("DenyPolicy");
            data["rules"] = json!([{ "denyRule": {
                "deniedPrincipals": ["principalSet://goog/public:all"],
                "exceptionPrincipals": ["principalSet://goog/public:all"],
                "deniedPermissions": ["storage.googleapis.com/buckets.setIamPolicy"],
            } }]);
        }
        kinds::ORG_POLICY => data["spec"] = json!({ "rules": [{ "enforce": false }] }),
        kinds::DATASET => {
            data = json!({
                "datasetReference": { "projectId": project, "datasetId": last }, "id": format!("{project}:{last}"),
                "location": REGION, "access": [{ "role": "READER", "specialGroup": "allAuthenticatedUsers" }],
            });
        }
        kinds::TABLE => {
            data = json!({ "tableReference": { "projectId": project, "datasetId": "datasets-1", "tableId": last }, "type": "TABLE" });
        }
        "cloudkms.googleapis.com/CryptoKey" => data["purpose"] = json!("ENCRYPT_DECRYPT"),
        "iam.googleapis.com/WorkloadIdentityPoolProvider" => {
            data["oidc"] = json!({ "issuerUri": "https://token.actions.githubusercontent.com" });
            data["attributeMapping"] = json!({ "google.subject": "assertion.sub" });
        }
        "dataproc.googleapis.com/Cluster" => {
            data["clusterName"] = json!(last);
            data["labels"] = json!({ "goog-dataproc-location": REGION });
        }
        "policyanalyzer.googleapis.com/Activity" => {
            data["fullResourceName"] = json!(format!(
                "//iam.googleapis.com/projects/{project}/serviceAccounts/{}",
                unique(at)
            ));
            data["activityType"] = json!("serviceAccountLastAuthentication");
        }
        "logging.googleapis.com/LogSink" | "logging.googleapis.com/LogMetric" => {
            data["name"] = json!(last);
        }
        asset_type if asset_type.starts_with("compute.") => data["name"] = json!(last),
        _ => {}
    }
    data
}
