//! Which assets run code as which service account: the field that says it, and what holds when it is absent.
//!
//! Fields are those of the services' REST references; defaults are those of their documentation: "Service accounts"
//! of Compute Engine, Cloud Run, Cloud Run functions, GKE, Dataproc and Vertex AI ("Use a custom service account").

/// What runs the code when no account is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// No account at all.
    Nobody,
    /// The default account of Compute Engine.
    Compute,
    /// The default account of App Engine, or that of Compute Engine for what was built as a service of Cloud Run.
    AppEngine,
    /// The Vertex AI Custom Code Service Agent, which all such jobs of a project share.
    CustomCode,
    /// Another agent of Google's, which has rules of its own.
    Agent,
    /// The same, where this is there; Cloud Asset Inventory leaves it out ("Asset types").
    AgentIfTold(&'static str),
}

/// One kind of asset that runs code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workload {
    /// What rule files call it.
    pub(super) word: &'static str,
    /// The asset type.
    pub(super) asset: &'static str,
    /// Where the account stands. All that are there count.
    pub(super) accounts: &'static [&'static str],
    pub(super) absent: Absent,
}

/// Where access scopes stand. A token without `cloud-platform` cannot use all that its account may do.
pub(super) const SCOPES: [&str; 5] = [
    "$.resource.data.serviceAccounts[*].scopes[*]",
    "$.resource.data.properties.serviceAccounts[*].scopes[*]",
    "$.resource.data.nodeConfig.oauthScopes[*]",
    "$.resource.data.nodePools[*].config.oauthScopes[*]",
    "$.resource.data.config.oauthScopes[*]",
];

/// What tells a function of the second generation, which is a service of Cloud Run.
pub(super) const SECOND_GENERATION: &str = "$.resource.data.serviceConfig";

const fn workload(
    word: &'static str,
    asset: &'static str,
    accounts: &'static [&'static str],
    absent: Absent,
) -> Workload {
    Workload {
        word,
        asset,
        accounts,
        absent,
    }
}

pub(super) const WORKLOADS: [Workload; 21] = [
    workload(
        "vm",
        "compute.googleapis.com/Instance",
        &["$.resource.data.serviceAccounts[*].email"],
        Absent::Nobody,
    ),
    workload(
        "vm-template",
        "compute.googleapis.com/InstanceTemplate",
        &["$.resource.data.properties.serviceAccounts[*].email"],
        Absent::Nobody,
    ),
    workload(
        "run",
        "run.googleapis.com/Service",
        &[
            "$.resource.data.template.serviceAccount",
            "$.resource.data.spec.template.spec.serviceAccountName",
        ],
        Absent::Compute,
    ),
    workload(
        "run",
        "run.googleapis.com/Job",
        &[
            "$.resource.data.template.template.serviceAccount",
            "$.resource.data.spec.template.spec.template.spec.serviceAccountName",
        ],
        Absent::Compute,
    ),
    workload(
        "function",
        "cloudfunctions.googleapis.com/CloudFunction",
        &[
            "$.resource.data.serviceConfig.serviceAccountEmail",
            "$.resource.data.serviceAccountEmail",
        ],
        Absent::AppEngine,
    ),
    workload(
        "function",
        "cloudfunctions.googleapis.com/Function",
        &["$.resource.data.serviceConfig.serviceAccountEmail"],
        Absent::Compute,
    ),
    workload(
        "notebook",
        "notebooks.googleapis.com/Instance",
        &[
            "$.resource.data.gceSetup.serviceAccounts[*].email",
            "$.resource.data.serviceAccount",
        ],
        Absent::Compute,
    ),
    workload(
        "notebook",
        "notebooks.googleapis.com/Runtime",
        &["$.resource.data.virtualMachine.virtualMachineConfig.serviceAccount"],
        Absent::Compute,
    ),
    workload(
        "notebook",
        "aiplatform.googleapis.com/NotebookRuntime",
        &["$.resource.data.serviceAccount"],
        Absent::Agent,
    ),
    workload(
        "notebook",
        "aiplatform.googleapis.com/NotebookRuntimeTemplate",
        &["$.resource.data.serviceAccount"],
        Absent::Agent,
    ),
    workload(
        "vertex-job",
        "aiplatform.googleapis.com/CustomJob",
        &["$.resource.data.jobSpec.serviceAccount"],
        Absent::CustomCode,
    ),
    workload(
        "vertex-job",
        "aiplatform.googleapis.com/HyperparameterTuningJob",
        &["$.resource.data.trialJobSpec.serviceAccount"],
        Absent::CustomCode,
    ),
    workload(
        "vertex-job",
        "aiplatform.googleapis.com/TrainingPipeline",
        &["$.resource.data.trainingTaskInputs.serviceAccount"],
        Absent::Agent,
    ),
    workload(
        "vertex-job",
        "aiplatform.googleapis.com/BatchPredictionJob",
        &["$.resource.data.serviceAccount"],
        Absent::Agent,
    ),
    workload(
        "vertex-job",
        "aiplatform.googleapis.com/PipelineJob",
        &["$.resource.data.serviceAccount"],
        Absent::Compute,
    ),
    workload(
        "vertex-endpoint",
        "aiplatform.googleapis.com/Endpoint",
        &["$.resource.data.deployedModels[*].serviceAccount"],
        Absent::AgentIfTold("$.resource.data.deployedModels"),
    ),
    workload(
        "gke-node-pool",
        "container.googleapis.com/Cluster",
        &[
            "$.resource.data.nodePools[*].config.serviceAccount",
            "$.resource.data.nodeConfig.serviceAccount",
            "$.resource.data.autoscaling.autoprovisioningNodePoolDefaults.serviceAccount",
        ],
        Absent::Compute,
    ),
    workload(
        "gke-node-pool",
        "container.googleapis.com/NodePool",
        &["$.resource.data.config.serviceAccount"],
        Absent::Compute,
    ),
    workload(
        "dataproc",
        "dataproc.googleapis.com/Cluster",
        &["$.resource.data.config.gceClusterConfig.serviceAccount"],
        Absent::Compute,
    ),
    workload(
        "composer",
        "composer.googleapis.com/Environment",
        &["$.resource.data.config.nodeConfig.serviceAccount"],
        Absent::Compute,
    ),
    workload(
        "workflow",
        "workflows.googleapis.com/Workflow",
        &["$.resource.data.serviceAccount"],
        Absent::Compute,
    ),
];
