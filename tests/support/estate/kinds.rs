//! What can lie in a project, folder or organisation, as data: where its API lists it and what a caller must hold.
//!
//! Paths, page sizes and permissions are those of the API's reference; where a reference does not say how long a page
//! is, `DEFAULT` and `MOST` are.

/// Entries of a page where a caller does not say, for APIs that leave it open.
const DEFAULT: usize = 100;
/// The longest page, for APIs that leave it open.
const MOST: usize = 1000;

/// One kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// As Cloud Asset Inventory calls it.
    pub asset_type: &'static str,
    /// The service, as its host begins.
    pub service: &'static str,
    /// What its paths begin with: `v1`, `bigquery/v2`.
    pub version: &'static str,
    /// Its path below the node, `*` for what is its own: `locations/*/keyRings/*`.
    pub path: &'static str,
    /// The key of a list of it.
    pub items: &'static str,
    /// Entries of a page where the caller does not say.
    pub default: usize,
    /// The longest page.
    pub most: usize,
    /// What a caller must hold to list it.
    pub list: &'static str,
    /// What a caller must hold to read one.
    pub get: &'static str,
    /// What a caller must hold to read its allow policy; empty: it has none of its own.
    pub policy: &'static str,
    /// Its policy is asked for with POST.
    pub post: bool,
    /// Lists of it take `-` as location.
    pub everywhere: bool,
}

/// A kind without a policy and with open page sizes.
const fn kind(
    asset_type: &'static str,
    service: &'static str,
    version: &'static str,
    path: &'static str,
    items: &'static str,
    list: &'static str,
    get: &'static str,
) -> Kind {
    Kind {
        asset_type,
        service,
        version,
        path,
        items,
        default: DEFAULT,
        most: MOST,
        list,
        get,
        policy: "",
        post: false,
        everywhere: true,
    }
}

impl Kind {
    const fn pages(mut self, default: usize, most: usize) -> Kind {
        self.default = default;
        self.most = most;
        self
    }

    const fn policy(mut self, permission: &'static str) -> Kind {
        self.policy = permission;
        self
    }

    const fn post(mut self) -> Kind {
        self.post = true;
        self
    }

    /// A list of it needs a location by name.
    const fn by_location(mut self) -> Kind {
        self.everywhere = false;
        self
    }

    /// The last segment of the path that is not its own: `keyRings`.
    pub fn collection(&self) -> &'static str {
        let mut segments = self.path.rsplit('/');
        segments.next();
        segments.next().unwrap_or_default()
    }

    /// Whether a path below a node is one of this kind; `list`: without the last segment. `-` fits a place of its own.
    pub fn fits(&self, below: &[&str], list: bool) -> bool {
        let length = self.path.split('/').count() - usize::from(list);
        below.len() == length
            && self
                .path
                .split('/')
                .zip(below)
                .all(|(own, given)| own == "*" || own == *given)
    }
}

/// The kind of an asset type.
pub fn of(asset_type: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.asset_type == asset_type)
}

/// Kinds that have a place of their own in the server, and are here for their names and permissions.
pub const ORGANIZATION: &str = "cloudresourcemanager.googleapis.com/Organization";
/// A folder.
pub const FOLDER: &str = "cloudresourcemanager.googleapis.com/Folder";
/// A project.
pub const PROJECT: &str = "cloudresourcemanager.googleapis.com/Project";
/// A bucket.
pub const BUCKET: &str = "storage.googleapis.com/Bucket";
/// A managed folder.
pub const MANAGED_FOLDER: &str = "storage.googleapis.com/ManagedFolder";
/// An HMAC key.
pub const HMAC_KEY: &str = "storage.googleapis.com/HmacKey";
/// A service account.
pub const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
/// A key of a service account.
pub const KEY: &str = "iam.googleapis.com/ServiceAccountKey";
/// A custom role.
pub const ROLE: &str = "iam.googleapis.com/Role";
/// A deny policy.
pub const DENY: &str = "iam.googleapis.com/DenyPolicy";
/// A set organisation policy.
pub const ORG_POLICY: &str = "orgpolicy.googleapis.com/Policy";
/// A BigQuery dataset.
pub const DATASET: &str = "bigquery.googleapis.com/Dataset";
/// A table in one.
pub const TABLE: &str = "bigquery.googleapis.com/Table";
/// An API of a project.
pub const SERVICE: &str = "serviceusage.googleapis.com/Service";
/// A key ring.
pub const KEY_RING: &str = "cloudkms.googleapis.com/KeyRing";

/// A Cloud Run service.
pub const RUN_SERVICE: &str = "run.googleapis.com/Service";
/// A Cloud Run job.
pub const RUN_JOB: &str = "run.googleapis.com/Job";
/// A pool of people's identities.
pub const WORKFORCE: &str = "iam.googleapis.com/WorkforcePool";
/// How Google's own access is approved.
pub const APPROVAL: &str = "accessapproval.googleapis.com/AccessApprovalSettings";
/// A perimeter of VPC Service Controls.
pub const PERIMETER: &str = "accesscontextmanager.googleapis.com/ServicePerimeter";

/// All of them.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    kind(ORGANIZATION, "cloudresourcemanager", "v3", "", "organizations", "resourcemanager.organizations.get", "resourcemanager.organizations.get")
        .policy("resourcemanager.organizations.getIamPolicy").post(),
    kind(FOLDER, "cloudresourcemanager", "v3", "", "folders", "resourcemanager.folders.list", "resourcemanager.folders.get")
        .policy("resourcemanager.folders.getIamPolicy").post(),
    kind(PROJECT, "cloudresourcemanager", "v3", "", "projects", "resourcemanager.projects.list", "resourcemanager.projects.get")
        .policy("resourcemanager.projects.getIamPolicy").post(),
    kind(BUCKET, "storage", "storage/v1", "buckets/*", "items", "storage.buckets.list", "storage.buckets.get")
        .policy("storage.buckets.getIamPolicy").pages(1000, 1000),
    kind(MANAGED_FOLDER, "storage", "storage/v1", "buckets/*/managedFolders/*", "items", "storage.managedFolders.list", "storage.managedFolders.get")
        .policy("storage.managedFolders.getIamPolicy").pages(1000, 1000),
    kind(HMAC_KEY, "storage", "storage/v1", "hmacKeys/*", "items", "storage.hmacKeys.list", "storage.hmacKeys.get").pages(250, 250),
    kind(ACCOUNT, "iam", "v1", "serviceAccounts/*", "accounts", "iam.serviceAccounts.list", "iam.serviceAccounts.get")
        .policy("iam.serviceAccounts.getIamPolicy").post().pages(20, 100),
    kind(KEY, "iam", "v1", "serviceAccounts/*/keys/*", "keys", "iam.serviceAccountKeys.list", "iam.serviceAccountKeys.get")
        .pages(usize::MAX, usize::MAX),
    kind(ROLE, "iam", "v1", "roles/*", "roles", "iam.roles.list", "iam.roles.get").pages(300, 1000),
    kind("iam.googleapis.com/WorkloadIdentityPool", "iam", "v1", "locations/*/workloadIdentityPools/*", "workloadIdentityPools",
        "iam.googleapis.com/workloadIdentityPools.list", "iam.googleapis.com/workloadIdentityPools.get")
        .pages(50, 1000).by_location(),
    kind("iam.googleapis.com/WorkloadIdentityPoolProvider", "iam", "v1", "locations/*/workloadIdentityPools/*/providers/*",
        "workloadIdentityPoolProviders", "iam.googleapis.com/workloadIdentityPoolProviders.list",
        "iam.googleapis.com/workloadIdentityPoolProviders.get").pages(50, 100).by_location(),
    kind(DENY, "iam", "v2", "denypolicies/*", "policies", "iam.denypolicies.list", "iam.denypolicies.get").pages(1000, 1000),
    kind("iam.googleapis.com/PrincipalAccessBoundaryPolicy", "iam", "v3", "locations/*/principalAccessBoundaryPolicies/*",
        "principalAccessBoundaryPolicies", "iam.principalaccessboundarypolicies.list", "iam.principalaccessboundarypolicies.get")
        .pages(50, 1000).by_location(),
    kind("iam.googleapis.com/PolicyBinding", "iam", "v3", "locations/*/policyBindings/*", "policyBindings",
        "iam.policybindings.list", "iam.policybindings.get").pages(50, 1000).by_location(),
    kind(ORG_POLICY, "orgpolicy", "v2", "policies/*", "policies", "orgpolicy.policies.list", "orgpolicy.policy.get")
        .pages(MOST, MOST),
    kind("apikeys.googleapis.com/Key", "apikeys", "v2", "locations/*/keys/*", "keys", "apikeys.keys.list", "apikeys.keys.get")
        .pages(300, 300).by_location(),
    kind(DATASET, "bigquery", "bigquery/v2", "datasets/*", "datasets", "bigquery.datasets.get", "bigquery.datasets.get").pages(50, 1000),
    kind(TABLE, "bigquery", "bigquery/v2", "datasets/*/tables/*", "tables", "bigquery.tables.list", "bigquery.tables.get")
        .policy("bigquery.tables.getIamPolicy").post().pages(50, 1000),
    kind(KEY_RING, "cloudkms", "v1", "locations/*/keyRings/*", "keyRings", "cloudkms.keyRings.list", "cloudkms.keyRings.get")
        .policy("cloudkms.keyRings.getIamPolicy").by_location(),
    kind("cloudkms.googleapis.com/CryptoKey", "cloudkms", "v1", "locations/*/keyRings/*/cryptoKeys/*", "cryptoKeys",
        "cloudkms.cryptoKeys.list", "cloudkms.cryptoKeys.get").policy("cloudkms.cryptoKeys.getIamPolicy").by_location(),
    kind("secretmanager.googleapis.com/Secret", "secretmanager", "v1", "secrets/*", "secrets", "secretmanager.secrets.list",
        "secretmanager.secrets.get").policy("secretmanager.secrets.getIamPolicy").pages(25_000, 25_000),
    kind("pubsub.googleapis.com/Topic", "pubsub", "v1", "topics/*", "topics", "pubsub.topics.list", "pubsub.topics.get")
        .policy("pubsub.topics.getIamPolicy"),
    kind("pubsub.googleapis.com/Subscription", "pubsub", "v1", "subscriptions/*", "subscriptions", "pubsub.subscriptions.list",
        "pubsub.subscriptions.get").policy("pubsub.subscriptions.getIamPolicy"),
    kind("artifactregistry.googleapis.com/Repository", "artifactregistry", "v1", "locations/*/repositories/*", "repositories",
        "artifactregistry.repositories.list", "artifactregistry.repositories.get").policy("artifactregistry.repositories.getIamPolicy").by_location(),
    kind(RUN_SERVICE, "run", "v2", "locations/*/services/*", "services", "run.services.list", "run.services.get")
        .policy("run.services.getIamPolicy"),
    kind(RUN_JOB, "run", "v2", "locations/*/jobs/*", "jobs", "run.jobs.list", "run.jobs.get")
        .policy("run.jobs.getIamPolicy"),
    kind("cloudfunctions.googleapis.com/Function", "cloudfunctions", "v2", "locations/*/functions/*", "functions",
        "cloudfunctions.functions.list", "cloudfunctions.functions.get").policy("cloudfunctions.functions.getIamPolicy"),
    kind("cloudfunctions.googleapis.com/CloudFunction", "cloudfunctions", "v1", "locations/*/functions/*", "functions",
        "cloudfunctions.functions.list", "cloudfunctions.functions.get").policy("cloudfunctions.functions.getIamPolicy"),
    kind("aiplatform.googleapis.com/Model", "aiplatform", "v1", "locations/*/models/*", "models", "aiplatform.models.list",
        "aiplatform.models.get").policy("aiplatform.models.getIamPolicy").post().by_location(),
    kind("aiplatform.googleapis.com/Endpoint", "aiplatform", "v1", "locations/*/endpoints/*", "endpoints",
        "aiplatform.endpoints.list", "aiplatform.endpoints.get").policy("aiplatform.endpoints.getIamPolicy").post().by_location(),
    kind("aiplatform.googleapis.com/Dataset", "aiplatform", "v1", "locations/*/datasets/*", "datasets", "aiplatform.datasets.list",
        "aiplatform.datasets.get").by_location(),
    kind("aiplatform.googleapis.com/CustomJob", "aiplatform", "v1", "locations/*/customJobs/*", "customJobs",
        "aiplatform.customJobs.list", "aiplatform.customJobs.get").by_location(),
    kind("aiplatform.googleapis.com/TrainingPipeline", "aiplatform", "v1", "locations/*/trainingPipelines/*", "trainingPipelines",
        "aiplatform.trainingPipelines.list", "aiplatform.trainingPipelines.get").by_location(),
    kind("aiplatform.googleapis.com/Tensorboard", "aiplatform", "v1", "locations/*/tensorboards/*", "tensorboards",
        "aiplatform.tensorboards.list", "aiplatform.tensorboards.get").by_location(),
    kind("aiplatform.googleapis.com/MetadataStore", "aiplatform", "v1", "locations/*/metadataStores/*", "metadataStores",
        "aiplatform.metadataStores.list", "aiplatform.metadataStores.get").by_location(),
    kind("aiplatform.googleapis.com/Featurestore", "aiplatform", "v1", "locations/*/featurestores/*", "featurestores",
        "aiplatform.featurestores.list", "aiplatform.featurestores.get").policy("aiplatform.featurestores.getIamPolicy").post().by_location(),
    kind("aiplatform.googleapis.com/FeatureOnlineStore", "aiplatform", "v1", "locations/*/featureOnlineStores/*", "featureOnlineStores",
        "aiplatform.featureOnlineStores.list", "aiplatform.featureOnlineStores.get")
        .policy("aiplatform.featureOnlineStores.getIamPolicy").post().by_location(),
    kind("logging.googleapis.com/LogSink", "logging", "v2", "sinks/*", "sinks", "logging.sinks.list", "logging.sinks.get"),
    kind("logging.googleapis.com/LogMetric", "logging", "v2", "metrics/*", "metrics", "logging.logMetrics.list", "logging.logMetrics.get"),
    kind("monitoring.googleapis.com/AlertPolicy", "monitoring", "v3", "alertPolicies/*", "alertPolicies",
        "monitoring.alertPolicies.list", "monitoring.alertPolicies.get"),
    kind(SERVICE, "serviceusage", "v1", "services/*", "services", "serviceusage.services.list", "serviceusage.services.get").pages(50, 200),
    kind("essentialcontacts.googleapis.com/Contact", "essentialcontacts", "v1", "contacts/*", "contacts",
        "essentialcontacts.contacts.list", "essentialcontacts.contacts.get").pages(100, 100),
    kind("privilegedaccessmanager.googleapis.com/Entitlement", "privilegedaccessmanager", "v1", "locations/*/entitlements/*",
        "entitlements", "privilegedaccessmanager.entitlements.list", "privilegedaccessmanager.entitlements.get").by_location(),
    kind("notebooks.googleapis.com/Instance", "notebooks", "v2", "locations/*/instances/*", "instances", "notebooks.instances.list",
        "notebooks.instances.get").policy("notebooks.instances.getIamPolicy"),
    kind("dataproc.googleapis.com/Cluster", "dataproc", "v1", "regions/*/clusters/*", "clusters", "dataproc.clusters.list",
        "dataproc.clusters.get").policy("dataproc.clusters.getIamPolicy").post().by_location(),
    kind("container.googleapis.com/Cluster", "container", "v1", "locations/*/clusters/*", "clusters", "container.clusters.list",
        "container.clusters.get").pages(usize::MAX, usize::MAX),
    kind("documentai.googleapis.com/Processor", "documentai", "v1", "locations/*/processors/*", "processors",
        "documentai.processors.list", "documentai.processors.get").by_location(),
    kind("compute.googleapis.com/Instance", "compute", "compute/v1", "zones/*/instances/*", "items", "compute.instances.list",
        "compute.instances.get").policy("compute.instances.getIamPolicy").pages(500, 500).by_location(),
    kind("compute.googleapis.com/InstanceTemplate", "compute", "compute/v1", "*/instanceTemplates/*", "items", "compute.instanceTemplates.list",
        "compute.instanceTemplates.get").pages(500, 500).by_location(),
    kind("run.googleapis.com/WorkerPool", "run", "v2", "locations/*/workerPools/*", "workerPools", "run.workerpools.list",
        "run.workerpools.get").by_location(),
    kind("logging.googleapis.com/LogBucket", "logging", "v2", "locations/*/buckets/*", "buckets", "logging.buckets.list",
        "logging.buckets.get"),
    kind("dlp.googleapis.com/FileStoreDataProfile", "dlp", "v2", "locations/*/fileStoreDataProfiles/*", "fileStoreDataProfiles",
        "dlp.fileStoreProfiles.list", "dlp.fileStoreProfiles.get").pages(100, 100),
    kind("workflows.googleapis.com/Workflow", "workflows", "v1", "locations/*/workflows/*", "workflows", "workflows.workflows.list",
        "workflows.workflows.get"),
    kind("tpu.googleapis.com/Node", "tpu", "v2", "locations/*/nodes/*", "nodes", "tpu.nodes.list", "tpu.nodes.get"),
    kind("composer.googleapis.com/Environment", "composer", "v1", "locations/*/environments/*", "environments",
        "composer.environments.list", "composer.environments.get").by_location(),
    kind("recommender.googleapis.com/Recommendation", "recommender", "v1", "locations/*/recommenders/*/recommendations/*",
        "recommendations", "recommender.iamPolicyRecommendations.list", "recommender.iamPolicyRecommendations.get").by_location(),
    kind("policyanalyzer.googleapis.com/Activity", "policyanalyzer", "v1", "locations/*/activityTypes/*/activities/*", "activities",
        "policyanalyzer.serviceAccountLastAuthenticationActivities.query",
        "policyanalyzer.serviceAccountLastAuthenticationActivities.query").by_location(),
    kind(WORKFORCE, "iam", "v1", "workforcePools/*", "workforcePools", "iam.workforcePools.list", "iam.workforcePools.get").pages(50, 100),
    kind("iam.googleapis.com/WorkforcePoolProvider", "iam", "v1", "workforcePools/*/providers/*", "workforcePoolProviders",
        "iam.workforcePoolProviders.list", "iam.workforcePoolProviders.get").pages(50, 100),
    kind(APPROVAL, "accessapproval", "v1", "accessApprovalSettings", "accessApprovalSettings", "accessapproval.settings.get", "accessapproval.settings.get"),
    kind(PERIMETER, "accesscontextmanager", "v1", "accessPolicies/*/servicePerimeters/*", "servicePerimeters",
        "accesscontextmanager.servicePerimeters.list", "accesscontextmanager.servicePerimeters.get").pages(100, 100),
    kind("aiplatform.googleapis.com/HyperparameterTuningJob", "aiplatform", "v1", "locations/*/hyperparameterTuningJobs/*", "hyperparameterTuningJobs",
        "aiplatform.hyperparameterTuningJobs.list", "aiplatform.hyperparameterTuningJobs.get").by_location(),
    kind("aiplatform.googleapis.com/BatchPredictionJob", "aiplatform", "v1", "locations/*/batchPredictionJobs/*", "batchPredictionJobs",
        "aiplatform.batchPredictionJobs.list", "aiplatform.batchPredictionJobs.get").by_location(),
    kind("aiplatform.googleapis.com/PipelineJob", "aiplatform", "v1", "locations/*/pipelineJobs/*", "pipelineJobs",
        "aiplatform.pipelineJobs.list", "aiplatform.pipelineJobs.get").by_location(),
    kind("aiplatform.googleapis.com/IndexEndpoint", "aiplatform", "v1", "locations/*/indexEndpoints/*", "indexEndpoints",
        "aiplatform.indexEndpoints.list", "aiplatform.indexEndpoints.get").by_location(),
    kind("aiplatform.googleapis.com/NotebookRuntime", "aiplatform", "v1", "locations/*/notebookRuntimes/*", "notebookRuntimes",
        "aiplatform.notebookRuntimes.list", "aiplatform.notebookRuntimes.get").by_location(),
    kind("aiplatform.googleapis.com/NotebookRuntimeTemplate", "aiplatform", "v1", "locations/*/notebookRuntimeTemplates/*", "notebookRuntimeTemplates",
        "aiplatform.notebookRuntimeTemplates.list", "aiplatform.notebookRuntimeTemplates.get")
        .policy("aiplatform.notebookRuntimeTemplates.getIamPolicy").post().by_location(),
    kind("aiplatform.googleapis.com/ReasoningEngine", "aiplatform", "v1", "locations/*/reasoningEngines/*", "reasoningEngines",
        "aiplatform.reasoningEngines.list", "aiplatform.reasoningEngines.get")
        .policy("aiplatform.reasoningEngines.getIamPolicy").post().by_location(),
    kind("compute.googleapis.com/Image", "compute", "compute/v1", "global/images/*", "items", "compute.images.list", "compute.images.get")
        .policy("compute.images.getIamPolicy").pages(500, 500).by_location(),
    kind("compute.googleapis.com/MachineImage", "compute", "compute/v1", "global/machineImages/*", "items", "compute.machineImages.list", "compute.machineImages.get")
        .policy("compute.machineImages.getIamPolicy").pages(500, 500).by_location(),
    kind("compute.googleapis.com/Snapshot", "compute", "compute/v1", "global/snapshots/*", "items", "compute.snapshots.list", "compute.snapshots.get")
        .policy("compute.snapshots.getIamPolicy").pages(500, 500).by_location(),
    kind("compute.googleapis.com/Disk", "compute", "compute/v1", "zones/*/disks/*", "items", "compute.disks.list", "compute.disks.get")
        .policy("compute.disks.getIamPolicy").pages(500, 500).by_location(),
    kind("compute.googleapis.com/RegionDisk", "compute", "compute/v1", "regions/*/disks/*", "items", "compute.disks.list", "compute.disks.get")
        .policy("compute.disks.getIamPolicy").pages(500, 500).by_location(),
    kind("aiplatform.googleapis.com/FeatureGroup", "aiplatform", "v1", "locations/*/featureGroups/*", "featureGroups",
        "aiplatform.featureGroups.list", "aiplatform.featureGroups.get").policy("aiplatform.featureGroups.getIamPolicy").post()
        .by_location(),
];
