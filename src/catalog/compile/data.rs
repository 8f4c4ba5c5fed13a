//! The data files of the catalogue. A new service is a file and a line here.

/// A file with its name below `src/catalog/data/`, for messages.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

macro_rules! file {
    ($name:literal) => {
        File {
            name: $name,
            text: include_str!(concat!("../data/", $name)),
        }
    };
}

/// All of them.
pub(super) struct Files {
    /// The names of all predefined roles.
    pub(super) roles: File,
    /// The services that are written down completely, and roles of others that are.
    pub(super) services: &'static [File],
    /// Who carries the sensitive permissions, and the others that escalation takes.
    pub(super) sensitive: &'static [File],
    /// Support levels and levels of grant.
    pub(super) facts: File,
    /// The launch stages of roles.
    pub(super) stages: File,
    /// What deny policies can name.
    pub(super) deny: File,
}

/// Those of the program.
pub(super) const ALL: Files = Files {
    roles: file!("roles.txt"),
    services: &[
        file!("services/aiplatform.txt"),
        file!("services/apikeys.txt"),
        file!("services/artifactregistry.txt"),
        file!("services/bigquery.txt"),
        file!("services/bigtable.txt"),
        file!("services/cloudasset.txt"),
        file!("services/cloudbuild.txt"),
        file!("services/cloudfunctions.txt"),
        file!("services/cloudkms.txt"),
        file!("services/cloudsql.txt"),
        file!("services/composer.txt"),
        file!("services/compute.txt"),
        file!("services/container.txt"),
        file!("services/dataflow.txt"),
        file!("services/dataproc.txt"),
        file!("services/datastore.txt"),
        file!("services/iam.txt"),
        file!("services/logging.txt"),
        file!("services/monitoring.txt"),
        file!("services/notebooks.txt"),
        file!("services/orgpolicy.txt"),
        file!("services/others.txt"),
        file!("services/pubsub.txt"),
        file!("services/resourcemanager.txt"),
        file!("services/run.txt"),
        file!("services/secretmanager.txt"),
        file!("services/securitycenter.txt"),
        file!("services/serviceusage.txt"),
        file!("services/spanner.txt"),
        file!("services/storage.txt"),
        file!("services/workflows.txt"),
    ],
    sensitive: &[
        file!("sensitive.txt"),
        file!("escalation.txt"),
        file!("reads.txt"),
    ],
    facts: file!("facts.txt"),
    stages: file!("stages.txt"),
    deny: file!("deny.txt"),
};
