//! What rules may ask about and no call of a service brings, with the reason: nothing is skipped in silence. Some of it
//! Cloud Asset Inventory tells.

/// Settings or allow policies of an asset type that a live scan does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The type.
    pub asset_type: &'static str,
    /// It is only the allow policy that is not read, or at least not from the service itself.
    pub only_policy: bool,
    /// Why, as a sentence.
    pub reason: &'static str,
}

const fn unread(asset_type: &'static str, reason: &'static str) -> Unread {
    Unread {
        asset_type,
        only_policy: false,
        reason,
    }
}

const fn policy(asset_type: &'static str, reason: &'static str) -> Unread {
    Unread {
        asset_type,
        only_policy: true,
        reason,
    }
}

const GROUPS: &str = "Groups take a role of Google Workspace, or one in the group itself, and no IAM role gives it; export them and \
     lint the export.";
const VERTEX: &str = "Vertex AI has no method that tells such a policy.";
const DATAPROC: &str =
    "Jobs, templates and policies of Dataproc are not asked for from the service.";
const SHARING: &str = "BigQuery sharing lists by location and does not tell its locations.";

/// Every such type.
pub const UNREAD: &[Unread] = &[
    unread("cloudidentity.googleapis.com/Group", GROUPS),
    unread("cloudidentity.googleapis.com/Membership", GROUPS),
    unread("groupssettings.googleapis.com/Group", GROUPS),
    unread(
        "storage.googleapis.com/Object",
        "Objects are never listed, as there may be billions; lint a listing of those that matter.",
    ),
    unread(
        "container.googleapis.com/NodePool",
        "Node pools are read with their cluster.",
    ),
    unread(
        "notebooks.googleapis.com/Runtime",
        "Managed notebooks are shut down; their successors, instances of Workbench, are read.",
    ),
    unread("analyticshub.googleapis.com/DataExchange", SHARING),
    unread("analyticshub.googleapis.com/Listing", SHARING),
    unread("dataproc.googleapis.com/AutoscalingPolicy", DATAPROC),
    unread("dataproc.googleapis.com/Job", DATAPROC),
    unread("dataproc.googleapis.com/WorkflowTemplate", DATAPROC),
    unread("aiplatform.googleapis.com/CachedContent", VERTEX),
    unread("aiplatform.googleapis.com/Index", VERTEX),
    unread("aiplatform.googleapis.com/TuningJob", VERTEX),
    policy("aiplatform.googleapis.com/BatchPredictionJob", VERTEX),
    policy("aiplatform.googleapis.com/CustomJob", VERTEX),
    policy("aiplatform.googleapis.com/Dataset", VERTEX),
    policy("aiplatform.googleapis.com/Endpoint", VERTEX),
    policy("aiplatform.googleapis.com/HyperparameterTuningJob", VERTEX),
    policy("aiplatform.googleapis.com/IndexEndpoint", VERTEX),
    policy("aiplatform.googleapis.com/MetadataStore", VERTEX),
    policy("aiplatform.googleapis.com/Model", VERTEX),
    policy("aiplatform.googleapis.com/NotebookRuntime", VERTEX),
    policy("aiplatform.googleapis.com/PipelineJob", VERTEX),
    policy("aiplatform.googleapis.com/Tensorboard", VERTEX),
    policy("aiplatform.googleapis.com/TrainingPipeline", VERTEX),
];
