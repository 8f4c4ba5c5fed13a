//! The names of the invented organisation: people, teams, workloads and the roles it grants.

/// Given names of people.
pub(crate) const GIVEN: [&str; 40] = [
    "ada", "amir", "anna", "bela", "boris", "carla", "chen", "dana", "diego", "elif", "emma",
    "farid", "greta", "hana", "hugo", "ines", "ivan", "jana", "jonas", "kai", "lara", "leo",
    "lina", "luca", "maja", "marek", "mina", "nadia", "nils", "noor", "olga", "omar", "petra",
    "rafael", "rosa", "samir", "tara", "tomas", "vera", "yuki",
];

/// Family names of people.
pub(crate) const FAMILY: [&str; 40] = [
    "albers", "aydin", "bauer", "berg", "castro", "costa", "dahl", "dietz", "ekman", "farkas",
    "fischer", "garcia", "gruber", "haas", "hansen", "ito", "jansen", "kaya", "keller", "khan",
    "kowalski", "larsen", "lehmann", "lopez", "meyer", "moreau", "nagy", "novak", "okafor",
    "olsen", "park", "petrov", "rossi", "sato", "silva", "tanaka", "vogel", "weber", "yilmaz",
    "zhang",
];

/// Teams, in the names of groups, projects and folders.
pub(crate) const TEAMS: [&str; 24] = [
    "vision",
    "speech",
    "ranking",
    "search",
    "ads",
    "payments",
    "identity",
    "platform",
    "network",
    "data-lake",
    "labeling",
    "training",
    "inference",
    "evaluation",
    "research",
    "robotics",
    "mobile",
    "growth",
    "finance",
    "legal",
    "support",
    "security",
    "observability",
    "edge",
];

/// Workloads, in the names of service accounts, buckets, datasets and secrets.
pub(crate) const WORKLOADS: [&str; 24] = [
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
    "billing-sync",
    "backup",
    "deployer",
    "builder",
    "notebook",
    "feature-store",
    "tokenizer",
    "embeddings",
    "checkpoint",
    "annotator",
    "gateway",
    "mirror",
    "archive",
    "metrics",
];

/// What a bucket or a dataset holds.
pub(crate) const CONTENTS: [&str; 16] = [
    "raw",
    "curated",
    "models",
    "checkpoints",
    "logs",
    "exports",
    "features",
    "images",
    "audio",
    "transcripts",
    "labels",
    "staging",
    "artifacts",
    "reports",
    "embeddings",
    "backups",
];

/// Regions, as buckets and datasets spell them in upper and lower case.
pub(crate) const REGIONS: [&str; 10] = [
    "europe-west1",
    "europe-west3",
    "europe-west4",
    "europe-north1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-west1",
    "us-west4",
    "europe-southwest1",
];

/// Roles granted on projects and folders, from common to rare: the position is what the weights in
/// `policies` go by.
pub(crate) const PROJECT_ROLES: [&str; 76] = [
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/viewer",
    "roles/storage.objectViewer",
    "roles/bigquery.jobUser",
    "roles/artifactregistry.reader",
    "roles/bigquery.dataViewer",
    "roles/cloudtrace.agent",
    "roles/pubsub.subscriber",
    "roles/pubsub.publisher",
    "roles/serviceusage.serviceUsageConsumer",
    "roles/storage.objectCreator",
    "roles/aiplatform.user",
    "roles/cloudsql.client",
    "roles/errorreporting.writer",
    "roles/run.invoker",
    "roles/logging.viewer",
    "roles/monitoring.viewer",
    "roles/bigquery.user",
    "roles/container.developer",
    "roles/artifactregistry.writer",
    "roles/compute.viewer",
    "roles/browser",
    "roles/bigquery.dataEditor",
    "roles/storage.objectUser",
    "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    "roles/secretmanager.viewer",
    "roles/container.clusterViewer",
    "roles/run.developer",
    "roles/dataflow.worker",
    "roles/compute.networkUser",
    "roles/storage.bucketViewer",
    "roles/cloudfunctions.developer",
    "roles/cloudbuild.builds.editor",
    "roles/aiplatform.viewer",
    "roles/bigquery.metadataViewer",
    "roles/compute.osLogin",
    "roles/iap.httpsResourceAccessor",
    "roles/notebooks.viewer",
    "roles/iam.securityReviewer",
    "roles/storage.objectAdmin",
    "roles/secretmanager.secretAccessor",
    "roles/iam.serviceAccountUser",
    "roles/dataproc.worker",
    "roles/compute.instanceAdmin.v1",
    "roles/run.admin",
    "roles/container.admin",
    "roles/aiplatform.admin",
    "roles/bigquery.dataOwner",
    "roles/pubsub.admin",
    "roles/composer.worker",
    "roles/dataflow.admin",
    "roles/cloudsql.admin",
    "roles/logging.admin",
    "roles/notebooks.admin",
    "roles/secretmanager.secretVersionAdder",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/storage.admin",
    "roles/bigquery.admin",
    "roles/editor",
    "roles/owner",
    "roles/compute.networkAdmin",
    "roles/compute.admin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/secretmanager.admin",
    "roles/cloudkms.admin",
    "roles/storage.hmacKeyAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/iam.roleAdmin",
    "roles/dns.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/iam.securityAdmin",
    "roles/resourcemanager.projectDeleter",
    "roles/iam.workloadIdentityUser",
];

/// Roles that only folders and the organisation grant, beside those of projects.
pub(crate) const NODE_ROLES: [&str; 12] = [
    "roles/resourcemanager.folderViewer",
    "roles/resourcemanager.organizationViewer",
    "roles/resourcemanager.projectCreator",
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.folderIamAdmin",
    "roles/resourcemanager.projectMover",
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.tagUser",
    "roles/iam.organizationRoleAdmin",
    "roles/orgpolicy.policyAdmin",
    "roles/billing.user",
    "roles/iam.securityAdmin",
];

/// Roles granted on buckets beside the convenience bindings, from common to rare.
pub(crate) const BUCKET_ROLES: [&str; 9] = [
    "roles/storage.objectViewer",
    "roles/storage.objectCreator",
    "roles/storage.objectUser",
    "roles/storage.bucketViewer",
    "roles/storage.objectAdmin",
    "roles/storage.legacyObjectReader",
    "roles/storage.legacyBucketWriter",
    "roles/storage.legacyObjectOwner",
    "roles/storage.admin",
];

/// Custom roles: their stem and what they carry. The same stems are defined on the organisation and on some projects.
pub(crate) const CUSTOM_ROLES: [(&str, &[&str]); 8] = [
    (
        "trainingReader",
        &["storage.objects.get", "storage.objects.list"],
    ),
    (
        "pipelineRunner",
        &[
            "aiplatform.customJobs.create",
            "aiplatform.customJobs.get",
            "storage.objects.create",
        ],
    ),
    (
        "bucketKeeper",
        &[
            "storage.buckets.get",
            "storage.buckets.getIamPolicy",
            "storage.buckets.setIamPolicy",
            "storage.buckets.update",
        ],
    ),
    (
        "auditReader",
        &[
            "logging.logEntries.list",
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
        ],
    ),
    (
        "keyRotator",
        &[
            "iam.serviceAccountKeys.create",
            "iam.serviceAccountKeys.delete",
            "iam.serviceAccountKeys.list",
        ],
    ),
    (
        "labelEditor",
        &["resourcemanager.projects.get", "storage.objects.update"],
    ),
    (
        "jobStarter",
        &["dataflow.jobs.create", "iam.serviceAccounts.actAs"],
    ),
    (
        "datasetLister",
        &["bigquery.datasets.get", "bigquery.tables.list"],
    ),
];
