//! Cloud Asset Inventory: a whole scope at once, a thousand assets a page.

use super::{Brings, Call, Per};

const LIST: &str = "/v1/{node=*/*}/assets";

/// The engine adds `assetTypes` for what the rules ask about. The quota is that of "Quotas and limits" of the service.
pub(super) const CALLS: &[Call] = &[
    Call::get("cloudasset.assets.listResource", "cloudasset", LIST)
        .query(&[("contentType", "RESOURCE"), ("pageSize", "1000")])
        .needs(&["cloudasset.assets.listResource"])
        .inventory(),
    Call::get("cloudasset.assets.listIamPolicy", "cloudasset", LIST)
        .query(&[("contentType", "IAM_POLICY"), ("pageSize", "1000")])
        .needs(&["cloudasset.assets.listIamPolicy"])
        .inventory(),
];

/// The asset types that it lists, of those that the other calls bring: those for which IAM has a permission of this
/// service (`cloudasset.assets.listStorageBuckets`), and those that exports hold which we have seen. The others are
/// read from their own services, whatever `--via` says. So are perimeters, which the inventory tells as assets of the
/// type and name of their organisation.
pub const INVENTORIED: &[&str] = &[
    "aiplatform.googleapis.com/BatchPredictionJob",
    "aiplatform.googleapis.com/CustomJob",
    "aiplatform.googleapis.com/Dataset",
    "aiplatform.googleapis.com/Endpoint",
    "aiplatform.googleapis.com/HyperparameterTuningJob",
    "aiplatform.googleapis.com/MetadataStore",
    "aiplatform.googleapis.com/Model",
    "aiplatform.googleapis.com/PipelineJob",
    "aiplatform.googleapis.com/TrainingPipeline",
    "apikeys.googleapis.com/Key",
    "artifactregistry.googleapis.com/Repository",
    "bigquery.googleapis.com/Dataset",
    "bigquery.googleapis.com/Table",
    "cloudfunctions.googleapis.com/CloudFunction",
    "cloudfunctions.googleapis.com/Function",
    "cloudkms.googleapis.com/CryptoKey",
    "cloudkms.googleapis.com/KeyRing",
    "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager.googleapis.com/Organization",
    "cloudresourcemanager.googleapis.com/Project",
    "composer.googleapis.com/Environment",
    "compute.googleapis.com/Disk",
    "compute.googleapis.com/Image",
    "compute.googleapis.com/Instance",
    "compute.googleapis.com/InstanceTemplate",
    "compute.googleapis.com/RegionDisk",
    "compute.googleapis.com/Snapshot",
    "container.googleapis.com/Cluster",
    "dataproc.googleapis.com/Cluster",
    "documentai.googleapis.com/Processor",
    "iam.googleapis.com/Role",
    "iam.googleapis.com/ServiceAccount",
    "iam.googleapis.com/ServiceAccountKey",
    "logging.googleapis.com/LogMetric",
    "logging.googleapis.com/LogSink",
    "monitoring.googleapis.com/AlertPolicy",
    "orgpolicy.googleapis.com/Policy",
    "pubsub.googleapis.com/Subscription",
    "pubsub.googleapis.com/Topic",
    "run.googleapis.com/Job",
    "run.googleapis.com/Service",
    "secretmanager.googleapis.com/Secret",
    "serviceusage.googleapis.com/Service",
    "storage.googleapis.com/Bucket",
    "tpu.googleapis.com/Node",
];

/// The call of Cloud Asset Inventory that brings what `call` brings, if one does.
pub fn instead(call: &Call) -> Option<&'static Call> {
    let asset_type = call.asset_type()?;
    let found = match call.brings {
        Brings::Asset(..) | Brings::Detail | Brings::Policy
            if !INVENTORIED.contains(&asset_type) || call.per == Per::Constraint =>
        {
            return None;
        }
        Brings::Policy => "cloudasset.assets.listIamPolicy",
        _ => "cloudasset.assets.listResource",
    };
    CALLS.iter().find(|call| call.id == found)
}

impl Call {
    const fn inventory(self) -> Call {
        self.per(Per::Scan)
            .items("assets")
            .brings(Brings::Assets)
            .budget("Cloud Asset Inventory lists", 100)
    }
}
