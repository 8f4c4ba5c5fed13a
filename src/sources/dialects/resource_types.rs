//! Which collection belongs to which service and asset type.
//!
//! Types are those of Cloud Asset Inventory ("Asset types" and "Asset names" in its documentation);
//! collections are those of the services' REST references. Deny policies have no type of their own that we
//! could verify there: they are called `iam.googleapis.com/DenyPolicy` here.

/// Service (without `.googleapis.com`), path pattern (`*` is one segment), type.
///
/// Relative names are looked up in this order, so where two services share a collection the one that
/// matters for policy stands first; full names carry their service and are never ambiguous.
const TYPES: &[(&str, &str, &str)] = &[
    ("cloudresourcemanager", "projects/*", "Project"),
    ("cloudresourcemanager", "folders/*", "Folder"),
    ("cloudresourcemanager", "organizations/*", "Organization"),
    ("cloudbilling", "billingAccounts/*", "BillingAccount"),
    ("storage", "projects/_/buckets/*", "Bucket"),
    (
        "storage",
        "projects/_/buckets/*/managedFolders/**",
        "ManagedFolder",
    ),
    ("storage", "projects/*/hmacKeys/*", "HmacKey"),
    ("iam", "projects/*/serviceAccounts/*", "ServiceAccount"),
    (
        "iam",
        "projects/*/serviceAccounts/*/keys/*",
        "ServiceAccountKey",
    ),
    ("iam", "projects/*/roles/*", "Role"),
    ("iam", "organizations/*/roles/*", "Role"),
    ("iam", "roles/*", "Role"),
    (
        "iam",
        "projects/*/locations/*/workloadIdentityPools/*",
        "WorkloadIdentityPool",
    ),
    (
        "iam",
        "projects/*/locations/*/workloadIdentityPools/*/providers/*",
        "WorkloadIdentityPoolProvider",
    ),
    ("iam", "locations/*/workforcePools/*", "WorkforcePool"),
    (
        "iam",
        "locations/*/workforcePools/*/providers/*",
        "WorkforcePoolProvider",
    ),
    (
        "iam",
        "organizations/*/locations/*/principalAccessBoundaryPolicies/*",
        "PrincipalAccessBoundaryPolicy",
    ),
    (
        "iam",
        "organizations/*/locations/*/policyBindings/*",
        "PolicyBinding",
    ),
    (
        "iam",
        "folders/*/locations/*/policyBindings/*",
        "PolicyBinding",
    ),
    (
        "iam",
        "projects/*/locations/*/policyBindings/*",
        "PolicyBinding",
    ),
    ("iam", "policies/*/denypolicies/*", "DenyPolicy"),
    ("orgpolicy", "projects/*/policies/*", "Policy"),
    ("orgpolicy", "folders/*/policies/*", "Policy"),
    ("orgpolicy", "organizations/*/policies/*", "Policy"),
    ("apikeys", "projects/*/locations/*/keys/*", "Key"),
    ("cloudkms", "projects/*/locations/*/keyRings/*", "KeyRing"),
    (
        "cloudkms",
        "projects/*/locations/*/keyRings/*/cryptoKeys/*",
        "CryptoKey",
    ),
    (
        "cloudkms",
        "projects/*/locations/*/keyRings/*/cryptoKeys/*/cryptoKeyVersions/*",
        "CryptoKeyVersion",
    ),
    ("secretmanager", "projects/*/secrets/*", "Secret"),
    (
        "secretmanager",
        "projects/*/secrets/*/versions/*",
        "SecretVersion",
    ),
    ("pubsub", "projects/*/topics/*", "Topic"),
    ("pubsub", "projects/*/subscriptions/*", "Subscription"),
    ("pubsub", "projects/*/snapshots/*", "Snapshot"),
    ("pubsub", "projects/*/schemas/*", "Schema"),
    ("bigquery", "projects/*/datasets/*", "Dataset"),
    ("bigquery", "projects/*/datasets/*/tables/*", "Table"),
    ("aiplatform", "projects/*/locations/*/models/*", "Model"),
    (
        "aiplatform",
        "projects/*/locations/*/endpoints/*",
        "Endpoint",
    ),
    ("aiplatform", "projects/*/locations/*/datasets/*", "Dataset"),
    (
        "aiplatform",
        "projects/*/locations/*/customJobs/*",
        "CustomJob",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/batchPredictionJobs/*",
        "BatchPredictionJob",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/hyperparameterTuningJobs/*",
        "HyperparameterTuningJob",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/trainingPipelines/*",
        "TrainingPipeline",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/pipelineJobs/*",
        "PipelineJob",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/featurestores/*",
        "Featurestore",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/metadataStores/*",
        "MetadataStore",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/tensorboards/*",
        "Tensorboard",
    ),
    ("aiplatform", "projects/*/locations/*/indexes/*", "Index"),
    (
        "aiplatform",
        "projects/*/locations/*/notebookRuntimes/*",
        "NotebookRuntime",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/evaluationRuns/*",
        "EvaluationRun",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/evaluationSets/*",
        "EvaluationSet",
    ),
    (
        "aiplatform",
        "projects/*/locations/*/evaluationItems/*",
        "EvaluationItem",
    ),
    (
        "artifactregistry",
        "projects/*/locations/*/repositories/*",
        "Repository",
    ),
    ("run", "projects/*/locations/*/services/*", "Service"),
    ("run", "projects/*/locations/*/jobs/*", "Job"),
    (
        "cloudfunctions",
        "projects/*/locations/*/functions/*",
        "CloudFunction",
    ),
    ("container", "projects/*/locations/*/clusters/*", "Cluster"),
    ("container", "projects/*/zones/*/clusters/*", "Cluster"),
    ("dataproc", "projects/*/regions/*/clusters/*", "Cluster"),
    ("spanner", "projects/*/instances/*/databases/*", "Database"),
    ("spanner", "projects/*/instances/*/backups/*", "Backup"),
    ("spanner", "projects/*/instances/*", "Instance"),
    ("bigtableadmin", "projects/*/instances/*/tables/*", "Table"),
    ("bigtableadmin", "projects/*/instances/*", "Instance"),
    ("compute", "projects/*/zones/*/instances/*", "Instance"),
    ("compute", "projects/*/zones/*/disks/*", "Disk"),
    ("compute", "projects/*/global/images/*", "Image"),
    ("compute", "projects/*/global/snapshots/*", "Snapshot"),
    (
        "compute",
        "projects/*/regions/*/subnetworks/*",
        "Subnetwork",
    ),
    ("compute", "projects/*/global/networks/*", "Network"),
    (
        "compute",
        "projects/*/global/instanceTemplates/*",
        "InstanceTemplate",
    ),
    ("logging", "projects/*/sinks/*", "LogSink"),
    ("logging", "folders/*/sinks/*", "LogSink"),
    ("logging", "organizations/*/sinks/*", "LogSink"),
    ("logging", "billingAccounts/*/sinks/*", "LogSink"),
    ("logging", "projects/*/metrics/*", "LogMetric"),
    ("monitoring", "projects/*/alertPolicies/*", "AlertPolicy"),
    (
        "monitoring",
        "projects/*/notificationChannels/*",
        "NotificationChannel",
    ),
    ("essentialcontacts", "projects/*/contacts/*", "Contact"),
    ("essentialcontacts", "folders/*/contacts/*", "Contact"),
    ("essentialcontacts", "organizations/*/contacts/*", "Contact"),
    (
        "accessapproval",
        "projects/*/accessApprovalSettings",
        "AccessApprovalSettings",
    ),
    (
        "accessapproval",
        "folders/*/accessApprovalSettings",
        "AccessApprovalSettings",
    ),
    (
        "accessapproval",
        "organizations/*/accessApprovalSettings",
        "AccessApprovalSettings",
    ),
    ("cloudresourcemanager", "liens/*", "Lien"),
    (
        "recommender",
        "projects/*/locations/*/recommenders/*/recommendations/*",
        "Recommendation",
    ),
    (
        "recommender",
        "folders/*/locations/*/recommenders/*/recommendations/*",
        "Recommendation",
    ),
    (
        "recommender",
        "organizations/*/locations/*/recommenders/*/recommendations/*",
        "Recommendation",
    ),
    ("cloudidentity", "groups/*", "Group"),
    ("cloudidentity", "groups/*/memberships/*", "Membership"),
    ("logging", "projects/*/locations/*/buckets/*", "LogBucket"),
    ("serviceusage", "projects/*/services/*", "Service"),
    (
        "accesscontextmanager",
        "accessPolicies/*/servicePerimeters/*",
        "ServicePerimeter",
    ),
    (
        "dlp",
        "projects/*/locations/*/fileStoreDataProfiles/*",
        "FileStoreDataProfile",
    ),
    (
        "dlp",
        "organizations/*/locations/*/fileStoreDataProfiles/*",
        "FileStoreDataProfile",
    ),
];

fn matches(pattern: &str, path: &str) -> bool {
    let mut tokens = path.split('/');
    for expected in pattern.split('/') {
        if expected == "**" {
            return tokens.next().is_some_and(|t| !t.is_empty());
        }
        match tokens.next() {
            Some(token) if !token.is_empty() && (expected == "*" || expected == token) => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

/// Service host and asset type of a relative resource name, if its collections decide it.
pub(super) fn of_relative(path: &str) -> Option<(String, String)> {
    TYPES
        .iter()
        .find(|(_, pattern, _)| matches(pattern, path))
        .map(|(service, _, kind)| {
            let host = format!("{service}.googleapis.com");
            let asset_type = format!("{host}/{kind}");
            (host, asset_type)
        })
}

/// Asset type of `path` on `host`. Where the table does not know the collection, its last literal segment
/// in the singular is the type: that is how Google names them, with few exceptions.
pub(super) fn of_full(host: &str, path: &str) -> Option<String> {
    if host == "storage.googleapis.com" {
        if !path.is_empty() && !path.contains('/') {
            return Some("storage.googleapis.com/Bucket".to_owned());
        }
        if path.contains("/managedFolders/") {
            return Some("storage.googleapis.com/ManagedFolder".to_owned());
        }
    }
    let service = host.strip_suffix(".googleapis.com")?;
    if let Some((_, _, kind)) = TYPES
        .iter()
        .find(|(s, pattern, _)| *s == service && matches(pattern, path))
    {
        return Some(format!("{host}/{kind}"));
    }
    let collection = path.rsplit('/').nth(1)?;
    Some(format!("{host}/{}", singular(collection)?))
}

/// `cryptoKeys` → `CryptoKey`, `policies` → `Policy`.
fn singular(collection: &str) -> Option<String> {
    let stem = match collection.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => collection
            .strip_suffix('s')
            .unwrap_or(collection)
            .to_owned(),
    };
    if stem.is_empty() || !stem.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    Some(capitalised(&stem))
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{of_full, of_relative};

    #[test]
    fn collections_decide_the_type() {
        let model = of_relative("projects/1/locations/us-central1/models/7");
        assert_eq!(
            model.map(|(_, t)| t).as_deref(),
            Some("aiplatform.googleapis.com/Model")
        );
        assert_eq!(of_relative("projects/p/unheard/of"), None);
        assert_eq!(
            of_full("redis.googleapis.com", "projects/p/locations/l/instances/i").as_deref(),
            Some("redis.googleapis.com/Instance")
        );
        assert_eq!(
            of_full("dns.googleapis.com", "projects/p/policies/x").as_deref(),
            Some("dns.googleapis.com/Policy")
        );
        assert_eq!(
            of_full("storage.googleapis.com", "b").as_deref(),
            Some("storage.googleapis.com/Bucket")
        );
    }
}
