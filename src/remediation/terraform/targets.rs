//! What Terraform calls the holders of allow policies: resource types, their arguments, their import ids.
//!
//! From the pages of the google provider (`docs/resources/*_iam` in its registry): "resource in question, role,
//! member", separated by spaces.

use super::hcl::Expr;
use super::names::Names;
use crate::model::canonical;

/// One kind of resource that has an allow policy.
struct Target {
    asset_type: &'static str,
    /// Followed by `_iam_member`, `_iam_binding`.
    resource: &'static str,
    /// The full resource name; `{name}` stands for one segment, at the end for the rest.
    pattern: &'static str,
    /// The arguments that say which one, from the placeholders.
    arguments: &'static [(&'static str, &'static str)],
    /// How an import names it.
    import: &'static str,
    /// What its page warns of.
    warning: &'static str,
}

/// A resource with an allow policy, as Terraform says it.
pub(super) struct Holder {
    /// `google_project`.
    pub(super) resource: &'static str,
    /// `project = "acme"`.
    pub(super) arguments: Vec<(&'static str, Expr)>,
    /// The first word of an import id.
    pub(super) import: String,
    /// What one must know before Terraform manages grants on it; often empty.
    pub(super) warning: &'static str,
}

const TARGETS: &[Target] = &[
    Target {
        asset_type: "cloudresourcemanager.googleapis.com/Project",
        resource: "google_project",
        pattern: "//cloudresourcemanager.googleapis.com/projects/{project}",
        arguments: &[("project", "{project}")],
        import: "{project}",
        warning: "",
    },
    Target {
        asset_type: "cloudresourcemanager.googleapis.com/Folder",
        resource: "google_folder",
        pattern: "//cloudresourcemanager.googleapis.com/folders/{folder}",
        arguments: &[("folder", "folders/{folder}")],
        import: "folders/{folder}",
        warning: "",
    },
    Target {
        asset_type: "cloudresourcemanager.googleapis.com/Organization",
        resource: "google_organization",
        pattern: "//cloudresourcemanager.googleapis.com/organizations/{org}",
        arguments: &[("org_id", "{org}")],
        import: "{org}",
        warning: "",
    },
    Target {
        asset_type: "storage.googleapis.com/Bucket",
        resource: "google_storage_bucket",
        pattern: "//storage.googleapis.com/projects/_/buckets/{bucket}",
        arguments: &[("bucket", "{bucket}")],
        import: "b/{bucket}",
        warning: "",
    },
    Target {
        asset_type: "storage.googleapis.com/ManagedFolder",
        resource: "google_storage_managed_folder",
        pattern: "//storage.googleapis.com/projects/_/buckets/{bucket}/managedFolders/{folder*}",
        arguments: &[("bucket", "{bucket}"), ("managed_folder", "{folder*}")],
        import: "b/{bucket}/managedFolders/{folder*}",
        warning: "",
    },
    Target {
        asset_type: "iam.googleapis.com/ServiceAccount",
        resource: "google_service_account",
        pattern: "//iam.googleapis.com/projects/{project}/serviceAccounts/{account}",
        arguments: &[(
            "service_account_id",
            "projects/{project}/serviceAccounts/{account}",
        )],
        import: "projects/{project}/serviceAccounts/{account}",
        warning: "",
    },
    Target {
        asset_type: "pubsub.googleapis.com/Topic",
        resource: "google_pubsub_topic",
        pattern: "//pubsub.googleapis.com/projects/{project}/topics/{topic}",
        arguments: &[("project", "{project}"), ("topic", "{topic}")],
        import: "projects/{project}/topics/{topic}",
        warning: "",
    },
    Target {
        asset_type: "pubsub.googleapis.com/Subscription",
        resource: "google_pubsub_subscription",
        pattern: "//pubsub.googleapis.com/projects/{project}/subscriptions/{subscription}",
        arguments: &[("project", "{project}"), ("subscription", "{subscription}")],
        import: "projects/{project}/subscriptions/{subscription}",
        warning: "",
    },
    Target {
        asset_type: "secretmanager.googleapis.com/Secret",
        resource: "google_secret_manager_secret",
        pattern: "//secretmanager.googleapis.com/projects/{project}/secrets/{secret}",
        arguments: &[("project", "{project}"), ("secret_id", "{secret}")],
        import: "projects/{project}/secrets/{secret}",
        warning: "",
    },
    Target {
        asset_type: "cloudkms.googleapis.com/KeyRing",
        resource: "google_kms_key_ring",
        pattern: "//cloudkms.googleapis.com/projects/{project}/locations/{location}/keyRings/{ring}",
        arguments: &[("key_ring_id", "{project}/{location}/{ring}")],
        import: "{project}/{location}/{ring}",
        warning: "",
    },
    Target {
        asset_type: "cloudkms.googleapis.com/CryptoKey",
        resource: "google_kms_crypto_key",
        pattern: "//cloudkms.googleapis.com/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}",
        arguments: &[("crypto_key_id", "{project}/{location}/{ring}/{key}")],
        import: "{project}/{location}/{ring}/{key}",
        warning: "",
    },
    Target {
        asset_type: "bigquery.googleapis.com/Dataset",
        resource: "google_bigquery_dataset",
        pattern: "//bigquery.googleapis.com/projects/{project}/datasets/{dataset}",
        arguments: &[("project", "{project}"), ("dataset_id", "{dataset}")],
        import: "projects/{project}/datasets/{dataset}",
        warning: "This resource drops every authorised view, routine and dataset of the dataset.",
    },
    Target {
        asset_type: "bigquery.googleapis.com/Table",
        resource: "google_bigquery_table",
        pattern: "//bigquery.googleapis.com/projects/{project}/datasets/{dataset}/tables/{table}",
        arguments: &[
            ("project", "{project}"),
            ("dataset_id", "{dataset}"),
            ("table_id", "{table}"),
        ],
        import: "projects/{project}/datasets/{dataset}/tables/{table}",
        warning: "",
    },
    Target {
        asset_type: "run.googleapis.com/Service",
        resource: "google_cloud_run_service",
        pattern: "//run.googleapis.com/projects/{project}/locations/{location}/services/{service}",
        arguments: &[
            ("project", "{project}"),
            ("location", "{location}"),
            ("service", "{service}"),
        ],
        import: "projects/{project}/locations/{location}/services/{service}",
        warning: "",
    },
    Target {
        asset_type: "cloudfunctions.googleapis.com/CloudFunction",
        resource: "google_cloudfunctions_function",
        pattern: "//cloudfunctions.googleapis.com/projects/{project}/locations/{region}/functions/{function}",
        arguments: &[
            ("project", "{project}"),
            ("region", "{region}"),
            ("cloud_function", "{function}"),
        ],
        import: "projects/{project}/locations/{region}/functions/{function}",
        warning: "",
    },
    Target {
        asset_type: "cloudfunctions.googleapis.com/Function",
        resource: "google_cloudfunctions2_function",
        pattern: "//cloudfunctions.googleapis.com/projects/{project}/locations/{location}/functions/{function}",
        arguments: &[
            ("project", "{project}"),
            ("location", "{location}"),
            ("cloud_function", "{function}"),
        ],
        import: "projects/{project}/locations/{location}/functions/{function}",
        warning: "",
    },
    Target {
        asset_type: "artifactregistry.googleapis.com/Repository",
        resource: "google_artifact_registry_repository",
        pattern: "//artifactregistry.googleapis.com/projects/{project}/locations/{location}/repositories/{repository}",
        arguments: &[
            ("project", "{project}"),
            ("location", "{location}"),
            ("repository", "{repository}"),
        ],
        import: "projects/{project}/locations/{location}/repositories/{repository}",
        warning: "",
    },
    Target {
        asset_type: "compute.googleapis.com/Image",
        resource: "google_compute_image",
        pattern: "//compute.googleapis.com/projects/{project}/global/images/{image}",
        arguments: &[("project", "{project}"), ("image", "{image}")],
        import: "projects/{project}/global/images/{image}",
        warning: "",
    },
];

/// How Terraform names the holder of an allow policy, if it has a resource for it that is known here.
pub(super) fn holder(name: &str, names: &Names<'_>) -> Option<Holder> {
    let full = canonical(name);
    TARGETS.iter().find_map(|target| {
        let mut found = matches(target.pattern, &full)?;
        if let Some(known) = names.asset_type(name)
            && known != target.asset_type
        {
            return None;
        }
        for (key, value) in &mut found {
            match *key {
                "project" => *value = names.project(value),
                "account" => *value = names.account(name, value),
                _ => {}
            }
        }
        let arguments = target
            .arguments
            .iter()
            .map(|(key, pattern)| (*key, Expr::text(fill(pattern, &found))))
            .collect();
        Some(Holder {
            resource: target.resource,
            arguments,
            import: fill(target.import, &found),
            warning: target.warning,
        })
    })
}

/// The values of the placeholders of `pattern` in `text`; `{name*}` takes the rest, slashes and all.
pub(super) fn matches<'p>(pattern: &'p str, text: &str) -> Option<Vec<(&'p str, String)>> {
    let mut found = Vec::new();
    let (mut pattern, mut text) = (pattern, text);
    while let Some((head, tail)) = pattern.split_once('{') {
        text = text.strip_prefix(head)?;
        let (key, after) = tail.split_once('}')?;
        let end = if key.ends_with('*') {
            text.len()
        } else {
            text.find('/').unwrap_or(text.len())
        };
        let (value, rest) = text.split_at_checked(end)?;
        if value.is_empty() {
            return None;
        }
        found.push((key, value.to_owned()));
        (pattern, text) = (after, rest);
    }
    (pattern == text).then_some(found)
}

/// The pattern with its placeholders filled; what is filled in is not looked at again.
fn fill(pattern: &str, found: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once('{') {
        out.push_str(head);
        let (key, after) = tail.split_once('}').unwrap_or((tail, ""));
        if let Some((_, value)) = found.iter().find(|(name, _)| *name == key) {
            out.push_str(value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
