//! What a Terraform resource is called in Google Cloud.

use super::super::names;
use super::{Plan, Planned};

/// Terraform type of the resource that holds the policy, its arguments, the pattern of its full name, and its
/// asset type. `{argument}` stands for an argument; `{project}` falls back to the provider's.
const TARGETS: &[(&str, &str, &str)] = &[
    (
        "google_project",
        "//cloudresourcemanager.googleapis.com/projects/{project}",
        "cloudresourcemanager.googleapis.com/Project",
    ),
    (
        "google_folder",
        "//cloudresourcemanager.googleapis.com/folders/{folder}",
        "cloudresourcemanager.googleapis.com/Folder",
    ),
    (
        "google_organization",
        "//cloudresourcemanager.googleapis.com/organizations/{org_id}",
        "cloudresourcemanager.googleapis.com/Organization",
    ),
    (
        "google_billing_account",
        "//cloudbilling.googleapis.com/billingAccounts/{billing_account_id}",
        "cloudbilling.googleapis.com/BillingAccount",
    ),
    (
        "google_storage_bucket",
        "//storage.googleapis.com/{bucket}",
        "storage.googleapis.com/Bucket",
    ),
    (
        "google_storage_managed_folder",
        "//storage.googleapis.com/projects/_/buckets/{bucket}/managedFolders/{managed_folder}",
        "storage.googleapis.com/ManagedFolder",
    ),
    (
        "google_service_account",
        "//iam.googleapis.com/{service_account_id}",
        "iam.googleapis.com/ServiceAccount",
    ),
    (
        "google_pubsub_topic",
        "//pubsub.googleapis.com/projects/{project}/topics/{topic}",
        "pubsub.googleapis.com/Topic",
    ),
    (
        "google_pubsub_subscription",
        "//pubsub.googleapis.com/projects/{project}/subscriptions/{subscription}",
        "pubsub.googleapis.com/Subscription",
    ),
    (
        "google_secret_manager_secret",
        "//secretmanager.googleapis.com/projects/{project}/secrets/{secret_id}",
        "secretmanager.googleapis.com/Secret",
    ),
    (
        "google_kms_key_ring",
        "//cloudkms.googleapis.com/{key_ring_id}",
        "cloudkms.googleapis.com/KeyRing",
    ),
    (
        "google_kms_crypto_key",
        "//cloudkms.googleapis.com/{crypto_key_id}",
        "cloudkms.googleapis.com/CryptoKey",
    ),
    (
        "google_bigquery_dataset",
        "//bigquery.googleapis.com/projects/{project}/datasets/{dataset_id}",
        "bigquery.googleapis.com/Dataset",
    ),
    (
        "google_bigquery_table",
        "//bigquery.googleapis.com/projects/{project}/datasets/{dataset_id}/tables/{table_id}",
        "bigquery.googleapis.com/Table",
    ),
    (
        "google_cloud_run_service",
        "//run.googleapis.com/projects/{project}/locations/{location}/services/{service}",
        "run.googleapis.com/Service",
    ),
    (
        "google_cloud_run_v2_service",
        "//run.googleapis.com/projects/{project}/locations/{location}/services/{name}",
        "run.googleapis.com/Service",
    ),
    (
        "google_cloud_run_v2_job",
        "//run.googleapis.com/projects/{project}/locations/{location}/jobs/{name}",
        "run.googleapis.com/Job",
    ),
    (
        "google_cloudfunctions_function",
        "//cloudfunctions.googleapis.com/projects/{project}/locations/{region}/functions/{cloud_function}",
        "cloudfunctions.googleapis.com/CloudFunction",
    ),
    (
        "google_cloudfunctions2_function",
        "//cloudfunctions.googleapis.com/projects/{project}/locations/{location}/functions/{cloud_function}",
        "cloudfunctions.googleapis.com/Function",
    ),
    (
        "google_compute_instance",
        "//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{instance_name}",
        "compute.googleapis.com/Instance",
    ),
    (
        "google_compute_disk",
        "//compute.googleapis.com/projects/{project}/zones/{zone}/disks/{name}",
        "compute.googleapis.com/Disk",
    ),
    (
        "google_compute_image",
        "//compute.googleapis.com/projects/{project}/global/images/{image}",
        "compute.googleapis.com/Image",
    ),
    (
        "google_compute_snapshot",
        "//compute.googleapis.com/projects/{project}/global/snapshots/{name}",
        "compute.googleapis.com/Snapshot",
    ),
    (
        "google_compute_subnetwork",
        "//compute.googleapis.com/projects/{project}/regions/{region}/subnetworks/{subnetwork}",
        "compute.googleapis.com/Subnetwork",
    ),
    (
        "google_spanner_instance",
        "//spanner.googleapis.com/projects/{project}/instances/{instance}",
        "spanner.googleapis.com/Instance",
    ),
    (
        "google_spanner_database",
        "//spanner.googleapis.com/projects/{project}/instances/{instance}/databases/{database}",
        "spanner.googleapis.com/Database",
    ),
    (
        "google_bigtable_instance",
        "//bigtableadmin.googleapis.com/projects/{project}/instances/{instance}",
        "bigtableadmin.googleapis.com/Instance",
    ),
    (
        "google_bigtable_table",
        "//bigtableadmin.googleapis.com/projects/{project}/instances/{instance}/tables/{table}",
        "bigtableadmin.googleapis.com/Table",
    ),
    (
        "google_artifact_registry_repository",
        "//artifactregistry.googleapis.com/projects/{project}/locations/{location}/repositories/{repository}",
        "artifactregistry.googleapis.com/Repository",
    ),
    (
        "google_dataproc_cluster",
        "//dataproc.googleapis.com/projects/{project}/regions/{region}/clusters/{cluster}",
        "dataproc.googleapis.com/Cluster",
    ),
    (
        "google_notebooks_instance",
        "//notebooks.googleapis.com/projects/{project}/locations/{location}/instances/{instance_name}",
        "notebooks.googleapis.com/Instance",
    ),
    (
        "google_vertex_ai_featurestore",
        "//aiplatform.googleapis.com/projects/{project}/locations/{region}/featurestores/{featurestore}",
        "aiplatform.googleapis.com/Featurestore",
    ),
    (
        "google_vertex_ai_endpoint",
        "//aiplatform.googleapis.com/projects/{project}/locations/{location}/endpoints/{endpoint}",
        "aiplatform.googleapis.com/Endpoint",
    ),
];

/// Name and asset type of what holds the policy that `resource` (of type `{target}_iam_…`) adds to. Where
/// Terraform does not know the name yet, the resource that it will come from stands for it.
pub(super) fn of_policy(
    target: &str,
    resource: &Planned<'_>,
    all: &[Planned<'_>],
    plan: &Plan<'_>,
) -> (String, String) {
    let Some((_, pattern, asset_type)) = TARGETS.iter().find(|(kind, _, _)| *kind == target) else {
        return (placeholder(resource.address), target.to_owned());
    };
    let name = fill(pattern, resource, all, plan)
        .unwrap_or_else(|reference| placeholder(reference.as_deref().unwrap_or(resource.address)));
    (tidy(&name), (*asset_type).to_owned())
}

/// The name of a bucket, from the argument `key` of `resource`.
pub(super) fn bucket(
    key: &str,
    resource: &Planned<'_>,
    all: &[Planned<'_>],
    plan: &Plan<'_>,
) -> String {
    let pattern = format!("//storage.googleapis.com/{{{key}}}");
    let name = fill(&pattern, resource, all, plan)
        .unwrap_or_else(|reference| placeholder(reference.as_deref().unwrap_or(resource.address)));
    tidy(&name)
}

/// Stands for a name that is known only after apply. Two dots of an address make no host, so it cannot be
/// taken for a real name.
pub(super) fn placeholder(address: &str) -> String {
    format!("//terraform/{address}")
}

/// Whether a name is a [`placeholder`].
pub(super) fn is_placeholder(name: &str) -> bool {
    name.starts_with("//terraform/")
}

/// Fills a pattern. The error is the address of the resource whose name is missing, if it is in the plan.
fn fill(
    pattern: &str,
    resource: &Planned<'_>,
    all: &[Planned<'_>],
    plan: &Plan<'_>,
) -> Result<String, Option<String>> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once('{') {
        out.push_str(head);
        let (key, after) = tail.split_once('}').unwrap_or((tail, ""));
        match resource.text(key) {
            Some(value) => {
                // An argument may be the full path of the resource.
                match value
                    .rfind("projects/")
                    .filter(|_| value.contains('/') && key != "managed_folder")
                {
                    Some(at) if !after.is_empty() || out.contains("/projects/") => {
                        return Ok(absolute(&out, value.get(at..).unwrap_or(value)));
                    }
                    _ => out.push_str(value),
                }
            }
            None if key == "project" => match project(resource, all, plan) {
                Some(project) => out.push_str(&project),
                // Which project is the provider's secret; the resource in it is known all the same.
                None if !after.is_empty() => out.push('-'),
                None => return Err(None),
            },
            None => match plan.configuration.referent(resource, key, all) {
                Some(origin) => match known_name(origin, all, plan) {
                    Some(name) => return Ok(name),
                    None => return Err(Some(origin.address.to_owned())),
                },
                None => return Err(None),
            },
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The host of the name begun in `begun` with another path.
fn absolute(begun: &str, path: &str) -> String {
    let host = begun
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    format!("//{host}/{path}")
}

/// The project of `resource`: its own argument, what that refers to, or the provider's.
pub(super) fn project(
    resource: &Planned<'_>,
    all: &[Planned<'_>],
    plan: &Plan<'_>,
) -> Option<String> {
    if let Some(project) = resource.text("project") {
        return Some(
            project
                .strip_prefix("projects/")
                .unwrap_or(project)
                .to_owned(),
        );
    }
    if let Some(origin) = plan.configuration.referent(resource, "project", all) {
        return origin
            .text("project_id")
            .or_else(|| origin.text("project"))
            .map(str::to_owned);
    }
    plan.configuration.project.map(str::to_owned)
}

/// The full name of a planned resource that others refer to, as far as it is known before apply.
pub(super) fn known_name(
    resource: &Planned<'_>,
    all: &[Planned<'_>],
    plan: &Plan<'_>,
) -> Option<String> {
    let name = match resource.kind {
        "google_storage_bucket" => format!("//storage.googleapis.com/{}", resource.text("name")?),
        "google_project" => {
            format!(
                "//cloudresourcemanager.googleapis.com/projects/{}",
                resource.text("project_id")?
            )
        }
        "google_folder" => {
            format!(
                "//cloudresourcemanager.googleapis.com/{}",
                resource.text("name")?
            )
        }
        "google_service_account" => account_name(resource, all, plan)?,
        kind => {
            let (_, pattern, _) = TARGETS.iter().find(|(k, _, _)| *k == kind)?;
            // The last argument of a pattern is the resource's own name.
            let (head, _) = pattern.rsplit_once('/')?;
            if let Some(id) = resource.text("id").filter(|id| id.starts_with("projects/")) {
                return Some(absolute(head, id));
            }
            let project = project(resource, all, plan)?;
            let head = head.replace("{project}", &project);
            (!head.contains('{')).then(|| Some(format!("{head}/{}", resource.text("name")?)))??
        }
    };
    Some(name)
}

/// A service account's name follows from its id and project before it exists.
pub(super) fn account_name(
    resource: &Planned<'_>,
    all: &[Planned<'_>],
    plan: &Plan<'_>,
) -> Option<String> {
    if let Some(name) = resource.text("name") {
        return Some(format!("//iam.googleapis.com/{name}"));
    }
    let project = project(resource, all, plan)?;
    let id = resource.text("account_id")?;
    Some(format!(
        "//iam.googleapis.com/projects/{project}/serviceAccounts/{id}@{project}.iam.gserviceaccount.com"
    ))
}

/// `b/name` of old states, `folders/folders/1`, and managed folders with their slash.
fn tidy(name: &str) -> String {
    let name = name
        .replace("/folders/folders/", "/folders/")
        .replace("/organizations/organizations/", "/organizations/")
        .replace("/projects/projects/", "/projects/")
        .replace("//storage.googleapis.com/b/", "//storage.googleapis.com/");
    if is_placeholder(&name) {
        return name;
    }
    if let Some(path) = name.strip_prefix("//cloudkms.googleapis.com/") {
        return kms_name(path);
    }
    names::full_resource_name(&name).map_or(name, |(name, _)| name)
}

/// Key rings and keys may be written `project/location/ring[/key]`.
fn kms_name(path: &str) -> String {
    let tokens: Vec<&str> = path.split('/').collect();
    let path = match tokens.as_slice() {
        [project, location, ring] => {
            format!("projects/{project}/locations/{location}/keyRings/{ring}")
        }
        [project, location, ring, key] => {
            format!("projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}")
        }
        _ => path.to_owned(),
    };
    format!("//cloudkms.googleapis.com/{path}")
}
