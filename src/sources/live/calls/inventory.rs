//! Cloud Asset Inventory: a whole scope at once, a thousand assets a page.

use super::{Brings, Call, Per, find};

const LIST: &str = "/v1/{node=*/*}/assets";
const SETTINGS: &str = "cloudasset.assets.listResource";
/// The call that lists the allow policies of a scope.
pub const LIST_POLICIES: &str = "cloudasset.assets.listIamPolicy";

/// The engine adds `assetTypes` for what the rules ask about. The quota is that of "Quotas and limits" of the service.
pub(super) const CALLS: &[Call] = &[
    Call::get(SETTINGS, "cloudasset", LIST)
        .query(&[("contentType", "RESOURCE"), ("pageSize", "1000")])
        .needs(&[SETTINGS])
        .inventory(),
    Call::get(LIST_POLICIES, "cloudasset", LIST)
        .query(&[("contentType", "IAM_POLICY"), ("pageSize", "1000")])
        .needs(&[LIST_POLICIES])
        .inventory(),
];

/// The asset types that it lists, of those that rules ask about: its page "Asset types", of 10 April 2026. The others are
/// read from their own services, whatever `--via` says. So are perimeters, which the inventory tells as assets of the
/// type and name of their organisation, and identity pools, as it may tell of them what was so a week ago.
pub const INVENTORIED: &[&str] = &[
    "aiplatform.googleapis.com/BatchPredictionJob",
    "aiplatform.googleapis.com/CachedContent",
    "aiplatform.googleapis.com/CustomJob",
    "aiplatform.googleapis.com/Dataset",
    "aiplatform.googleapis.com/Endpoint",
    "aiplatform.googleapis.com/FeatureGroup",
    "aiplatform.googleapis.com/FeatureOnlineStore",
    "aiplatform.googleapis.com/Featurestore",
    "aiplatform.googleapis.com/HyperparameterTuningJob",
    "aiplatform.googleapis.com/Index",
    "aiplatform.googleapis.com/IndexEndpoint",
    "aiplatform.googleapis.com/MetadataStore",
    "aiplatform.googleapis.com/Model",
    "aiplatform.googleapis.com/NotebookRuntime",
    "aiplatform.googleapis.com/NotebookRuntimeTemplate",
    "aiplatform.googleapis.com/PipelineJob",
    "aiplatform.googleapis.com/ReasoningEngine",
    "aiplatform.googleapis.com/Tensorboard",
    "aiplatform.googleapis.com/TrainingPipeline",
    "aiplatform.googleapis.com/TuningJob",
    "analyticshub.googleapis.com/DataExchange",
    "analyticshub.googleapis.com/Listing",
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
    "compute.googleapis.com/MachineImage",
    "compute.googleapis.com/RegionDisk",
    "compute.googleapis.com/Snapshot",
    "container.googleapis.com/Cluster",
    "dataproc.googleapis.com/AutoscalingPolicy",
    "dataproc.googleapis.com/Cluster",
    "dataproc.googleapis.com/Job",
    "dataproc.googleapis.com/WorkflowTemplate",
    "documentai.googleapis.com/Processor",
    "essentialcontacts.googleapis.com/Contact",
    "iam.googleapis.com/Role",
    "iam.googleapis.com/ServiceAccount",
    "iam.googleapis.com/ServiceAccountKey",
    "logging.googleapis.com/LogBucket",
    "logging.googleapis.com/LogMetric",
    "logging.googleapis.com/LogSink",
    "monitoring.googleapis.com/AlertPolicy",
    "notebooks.googleapis.com/Instance",
    "orgpolicy.googleapis.com/Policy",
    "pubsub.googleapis.com/Subscription",
    "pubsub.googleapis.com/Topic",
    "run.googleapis.com/Job",
    "run.googleapis.com/Service",
    "run.googleapis.com/WorkerPool",
    "secretmanager.googleapis.com/Secret",
    "serviceusage.googleapis.com/Service",
    "storage.googleapis.com/Bucket",
    "tpu.googleapis.com/Node",
    "workflows.googleapis.com/Workflow",
];

/// The call of Cloud Asset Inventory that brings what `call` brings, if one does.
pub fn instead(call: &Call) -> Option<&'static Call> {
    let asset_type = call.asset_type()?;
    if !INVENTORIED.contains(&asset_type) || call.per == Per::Constraint {
        return None;
    }
    match call.brings {
        Brings::Policy => find(LIST_POLICIES),
        _ => find(SETTINGS),
    }
}

/// A type of which no service tells all that is asked about, and Cloud Asset Inventory does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnlyInventoried {
    /// The type.
    pub asset_type: &'static str,
    /// Whether allow policies are asked about; settings always are, as there is no asset without them.
    pub policies: bool,
}

impl OnlyInventoried {
    /// The calls that bring it.
    pub fn calls(&self) -> impl Iterator<Item = &'static Call> {
        let policies = self.policies.then_some(LIST_POLICIES);
        [SETTINGS].into_iter().chain(policies).filter_map(find)
    }
}

impl Call {
    const fn inventory(self) -> Call {
        self.per(Per::Scan)
            .items("assets")
            .brings(Brings::Assets)
            .budget("Cloud Asset Inventory lists", 100)
    }
}
