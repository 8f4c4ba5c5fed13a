//! Where a fact came from: the document, the JSON pointer in it, and the place in its text.

use serde::Serialize;
use std::path::PathBuf;

/// Index of a document in the list of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DocumentId(pub u32);

/// A place in a document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Location {
    /// 1-based line.
    pub line: u32,
    /// 1-based column, counted in characters.
    pub column: u32,
}

/// The shape in which a document spells its facts. The names are those of `docs/guide/inputs.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Cloud Asset Inventory assets: NDJSON export, `assets.list`, single asset; camel or snake case.
    AssetInventory,
    /// `gcloud asset search-all-iam-policies` and its REST answer.
    AssetSearch,
    /// A bare allow policy, as `gcloud … get-iam-policy` prints it.
    AllowPolicy,
    /// `gcloud projects get-ancestors-iam-policy`.
    AncestorsPolicy,
    /// A bucket as `gcloud storage buckets describe|list` prints it.
    BucketGcloud,
    /// A bucket of the JSON API (`--raw`, gsutil JSON, REST).
    BucketJsonApi,
    /// A bucket as `gsutil ls -L -b` or `gcloud storage ls -L -b` prints it.
    BucketText,
    /// A bucket of the gRPC API, `google.storage.v2`.
    BucketStorageV2,
    /// Service accounts (`iam.v1`).
    ServiceAccount,
    /// Service-account keys (`iam.v1`).
    ServiceAccountKey,
    /// Custom or predefined roles (`iam.v1`).
    Role,
    /// A project, folder or organisation (`cloudresourcemanager` v1 to v3).
    ResourceManager,
    /// Deny policies (`iam.v2`).
    DenyPolicy,
    /// Principal access boundary policies and policy bindings (`iam.v3`).
    PrincipalAccessBoundary,
    /// Organisation policies, v1 or v2.
    OrgPolicy,
    /// HMAC keys of Cloud Storage.
    HmacKey,
    /// API keys (`apikeys` v2).
    ApiKey,
    /// Workload or workforce identity pools and their providers.
    IdentityPool,
    /// When service accounts and their keys were last used (`policyanalyzer` v1).
    Activity,
    /// Terraform plan JSON (`terraform show -json`).
    TerraformPlan,
    /// A resource of another Google Cloud API that carries no policy we judge.
    OtherResource,
}

impl Dialect {
    /// All of them, in the order of the guide.
    pub const ALL: [Dialect; 21] = [
        Dialect::AssetInventory,
        Dialect::AssetSearch,
        Dialect::AllowPolicy,
        Dialect::AncestorsPolicy,
        Dialect::BucketGcloud,
        Dialect::BucketJsonApi,
        Dialect::BucketText,
        Dialect::BucketStorageV2,
        Dialect::ServiceAccount,
        Dialect::ServiceAccountKey,
        Dialect::Role,
        Dialect::ResourceManager,
        Dialect::DenyPolicy,
        Dialect::PrincipalAccessBoundary,
        Dialect::OrgPolicy,
        Dialect::HmacKey,
        Dialect::ApiKey,
        Dialect::IdentityPool,
        Dialect::Activity,
        Dialect::TerraformPlan,
        Dialect::OtherResource,
    ];

    /// The name used in reports, as in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Dialect::AssetInventory => "asset-inventory",
            Dialect::AssetSearch => "asset-search",
            Dialect::AllowPolicy => "allow-policy",
            Dialect::AncestorsPolicy => "ancestors-policy",
            Dialect::BucketGcloud => "bucket-gcloud",
            Dialect::BucketJsonApi => "bucket-json-api",
            Dialect::BucketText => "bucket-text",
            Dialect::BucketStorageV2 => "bucket-storage-v2",
            Dialect::ServiceAccount => "service-account",
            Dialect::ServiceAccountKey => "service-account-key",
            Dialect::Role => "role",
            Dialect::ResourceManager => "resource-manager",
            Dialect::DenyPolicy => "deny-policy",
            Dialect::PrincipalAccessBoundary => "principal-access-boundary",
            Dialect::OrgPolicy => "org-policy",
            Dialect::HmacKey => "hmac-key",
            Dialect::ApiKey => "api-key",
            Dialect::IdentityPool => "identity-pool",
            Dialect::Activity => "activity",
            Dialect::TerraformPlan => "terraform-plan",
            Dialect::OtherResource => "other-resource",
        }
    }
}

/// A document that was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// The path as the user would write it, or `-` for standard input.
    pub path: PathBuf,
    /// What it was recognised as; `None` if it was not.
    pub dialect: Option<Dialect>,
    /// Assets it held.
    pub assets: u64,
}

/// Gives back a line of a document's text, for code frames. Implemented by the room that may read files.
pub trait Excerpts {
    /// The text of 1-based `line` of `document` without its end of line, or `None` if it cannot be had
    /// any more. Long lines are cut to `around` a 1-based column, in which case the second value is
    /// the number of characters cut at the front.
    fn line(&self, document: DocumentId, line: u32, around: u32) -> Option<(String, u32)>;
}
