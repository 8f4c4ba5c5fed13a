//! Where data lies beside buckets: BigQuery, Pub/Sub, Artifact Registry, and what inspects data.

use super::{Brings, Call, THOUSAND, VERSION_3};

const BIGQUERY: &str = "bigquery";
const PUBSUB: &str = "pubsub";
const REGISTRY: &str = "artifactregistry";

pub(super) const CALLS: &[Call] = &[
    Call::get(
        "bigquery.datasets.list",
        BIGQUERY,
        "/bigquery/v2/projects/{project}/datasets",
    )
    .query(&[("all", "true"), ("maxResults", "1000")])
    .items("datasets")
    .asset(
        "bigquery.googleapis.com/Dataset",
        "//bigquery.googleapis.com/projects/{project}/datasets/{datasetReference.datasetId}",
    )
    .needs(&["bigquery.datasets.get"]),
    // A list tells neither the access list nor the encryption; the access list is the policy of a dataset.
    Call::get(
        "bigquery.datasets.get",
        BIGQUERY,
        "/bigquery/v2/projects/{project}/datasets/{datasetReference.datasetId}",
    )
    .query(&[("accessPolicyVersion", "3")])
    .each("bigquery.datasets.list")
    .brings(Brings::Detail)
    .needs(&["bigquery.datasets.get"]),
    Call::get(
        "bigquery.tables.list",
        BIGQUERY,
        "/bigquery/v2/projects/{project}/datasets/{datasetReference.datasetId}/tables",
    )
    .query(&[("maxResults", "1000")])
    .each("bigquery.datasets.list")
    .items("tables")
    .asset(
        "bigquery.googleapis.com/Table",
        "//bigquery.googleapis.com/projects/{project}/datasets/{tableReference.datasetId}/tables/{tableReference.tableId}",
    )
    .needs(&["bigquery.tables.list"])
    .with("tables"),
    Call::get(
        "bigquery.tables.get",
        BIGQUERY,
        "/bigquery/v2/projects/{project}/datasets/{tableReference.datasetId}/tables/{tableReference.tableId}",
    )
    .each("bigquery.tables.list")
    .brings(Brings::Detail)
    .needs(&["bigquery.tables.get"])
    .with("tables"),
    Call::get(
        "bigquery.tables.getIamPolicy",
        BIGQUERY,
        "/bigquery/v2/projects/{project}/datasets/{tableReference.datasetId}/tables/{tableReference.tableId}:getIamPolicy",
    )
    .post(VERSION_3)
    .each("bigquery.tables.list")
    .brings(Brings::Policy)
    .needs(&["bigquery.tables.getIamPolicy"])
    .with("tables"),
    Call::get("pubsub.topics.list", PUBSUB, "/v1/projects/{project}/topics")
        .query(THOUSAND)
        .items("topics")
        .asset(
            "pubsub.googleapis.com/Topic",
            "//pubsub.googleapis.com/{name}",
        )
        .needs(&["pubsub.topics.list"]),
    Call::policy(
        "pubsub.topics.getIamPolicy",
        PUBSUB,
        "/v1/{name=projects/*/topics/*}:getIamPolicy",
        "pubsub.topics.list",
    )
    .needs(&["pubsub.topics.getIamPolicy"]),
    Call::get(
        "pubsub.subscriptions.list",
        PUBSUB,
        "/v1/projects/{project}/subscriptions",
    )
    .query(THOUSAND)
    .items("subscriptions")
    .asset(
        "pubsub.googleapis.com/Subscription",
        "//pubsub.googleapis.com/{name}",
    )
    .needs(&["pubsub.subscriptions.list"]),
    Call::policy(
        "pubsub.subscriptions.getIamPolicy",
        PUBSUB,
        "/v1/{name=projects/*/subscriptions/*}:getIamPolicy",
        "pubsub.subscriptions.list",
    )
    .needs(&["pubsub.subscriptions.getIamPolicy"]),
    // gcloud asks each location, too: there is no wildcard.
    Call::get(
        "artifactregistry.locations.list",
        REGISTRY,
        "/v1/projects/{project}/locations",
    )
    .query(THOUSAND)
    .items("locations")
    .brings(Brings::Names)
    .needs(&["artifactregistry.locations.list"]),
    Call::get(
        "artifactregistry.repositories.list",
        REGISTRY,
        "/v1/{name=projects/*/locations/*}/repositories",
    )
    .query(THOUSAND)
    .each("artifactregistry.locations.list")
    .items("repositories")
    .asset(
        "artifactregistry.googleapis.com/Repository",
        "//artifactregistry.googleapis.com/{name}",
    )
    .needs(&["artifactregistry.repositories.list"]),
    Call::policy(
        "artifactregistry.repositories.getIamPolicy",
        REGISTRY,
        "/v1/{name=projects/*/locations/*/repositories/*}:getIamPolicy",
        "artifactregistry.repositories.list",
    )
    .needs(&["artifactregistry.repositories.getIamPolicy"]),
    Call::get(
        "dlp.fileStoreDataProfiles.list",
        "dlp",
        "/v2/projects/{project}/locations/-/fileStoreDataProfiles",
    )
    .query(&[("pageSize", "100")])
    .items("fileStoreDataProfiles")
    .asset(
        "dlp.googleapis.com/FileStoreDataProfile",
        "//dlp.googleapis.com/{name}",
    )
    .needs(&["dlp.fileStoreProfiles.list"]),
    // A host for each region; that without one is of the United States, and lists all regions.
    Call::get(
        "documentai.locations.list",
        "documentai",
        "/v1/projects/{project}/locations",
    )
    .query(&[("pageSize", "100")])
    .items("locations")
    .brings(Brings::Names)
    .needs(&["documentai.locations.list"]),
    Call::get(
        "documentai.processors.list",
        "{locationId}-documentai",
        "/v1/{name=projects/*/locations/*}/processors",
    )
    .query(&[("pageSize", "100")])
    .each("documentai.locations.list")
    .items("processors")
    .asset(
        "documentai.googleapis.com/Processor",
        "//documentai.googleapis.com/{name}",
    )
    .needs(&["documentai.processors.list"]),
];
