//! Where a resource is, in gcloud's words.

use crate::change::Model;
use crate::model::canonical;
use serde_json::Value;

/// How gcloud is told of a resource: `gcloud GROUP… VERB NAME FLAG…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `storage buckets`.
    pub(super) group: &'static [&'static str],
    /// `gs://b`.
    pub(super) name: String,
    /// `--project`, `p`.
    pub(super) flags: Vec<(&'static str, String)>,
}

/// The place of a resource; `None` for a kind that gcloud has no words for, and for a name that its service would
/// not allow: such a name could be read as a flag or as a pattern.
pub(super) fn place(name: &str, model: &Model) -> Option<Place> {
    let name = canonical(name);
    let (service, path) = name.strip_prefix("//")?.split_once('/')?;
    let service = service.strip_suffix(".googleapis.com")?;
    if let ("storage", Some(below)) = (service, path.strip_prefix("projects/_/buckets/")) {
        return bucket(below);
    }
    let parts: Vec<&str> = path.split('/').collect();
    if !parts.iter().all(|part| plain(part)) {
        return None;
    }
    let of = |group, name: &str, flags: &[(&'static str, &str)]| {
        Some(Place {
            group,
            name: name.to_owned(),
            flags: flags
                .iter()
                .map(|&(flag, value)| (flag, value.to_owned()))
                .collect(),
        })
    };
    match (service, parts.as_slice()) {
        ("cloudresourcemanager", ["projects", id]) => of(&["projects"], id, &[]),
        ("cloudresourcemanager", ["folders", id]) => of(&["resource-manager", "folders"], id, &[]),
        ("cloudresourcemanager", ["organizations", id]) => of(&["organizations"], id, &[]),
        ("iam", ["projects", _, "serviceAccounts", id]) => of(
            &["iam", "service-accounts"],
            &account(&name, id, model)?,
            &[],
        ),
        ("iam", ["projects", project, "serviceAccounts", id, "keys", key]) => {
            let parent = name.rsplit_once("/keys/")?.0;
            let account = account(parent, id, model)
                .filter(|account| account.contains('@'))
                .unwrap_or_else(|| (*id).to_owned());
            let _ = project;
            of(
                &["iam", "service-accounts", "keys"],
                key,
                &[("--iam-account", &account)],
            )
        }
        ("iam", [node @ ("projects" | "organizations"), id, "roles", role]) => {
            of(&["iam", "roles"], role, &[(flag_of(node)?, id)])
        }
        ("iam", ["policies", point, "denypolicies", id]) => {
            let point = point.replace("%2F", "/").replace("%2f", "/");
            if point.contains('%') {
                return None;
            }
            let flags = [("--attachment-point", &*point), ("--kind", "denypolicies")];
            of(&["iam", "policies"], id, &flags)
        }
        ("orgpolicy", [node, id, "policies", constraint]) => {
            of(&["org-policies"], constraint, &[(flag_of(node)?, id)])
        }
        ("storage", ["projects", project, "hmacKeys", id]) => {
            of(&["storage", "hmac"], id, &[("--project", project)])
        }
        ("apikeys", ["projects", project, "locations", "global", "keys", id]) => of(
            &["services", "api-keys"],
            id,
            &[("--location", "global"), ("--project", project)],
        ),
        ("serviceusage", ["projects", project, "services", id]) => {
            of(&["services"], id, &[("--project", project)])
        }
        ("secretmanager", ["projects", project, "secrets", id]) => {
            of(&["secrets"], id, &[("--project", project)])
        }
        ("secretmanager", ["projects", project, "locations", place, "secrets", id]) => of(
            &["secrets"],
            id,
            &[("--location", place), ("--project", project)],
        ),
        ("cloudkms", ["projects", project, "locations", place, "keyRings", ring]) => of(
            &["kms", "keyrings"],
            ring,
            &[("--location", place), ("--project", project)],
        ),
        (
            "cloudkms",
            [
                "projects",
                project,
                "locations",
                place,
                "keyRings",
                ring,
                "cryptoKeys",
                key,
            ],
        ) => of(
            &["kms", "keys"],
            key,
            &[
                ("--keyring", ring),
                ("--location", place),
                ("--project", project),
            ],
        ),
        ("pubsub", ["projects", project, "topics", id]) => {
            of(&["pubsub", "topics"], id, &[("--project", project)])
        }
        ("pubsub", ["projects", project, "subscriptions", id]) => {
            of(&["pubsub", "subscriptions"], id, &[("--project", project)])
        }
        ("artifactregistry", ["projects", project, "locations", place, "repositories", id]) => of(
            &["artifacts", "repositories"],
            id,
            &[("--location", place), ("--project", project)],
        ),
        ("run", ["projects", project, "locations", place, "services", id]) => of(
            &["run", "services"],
            id,
            &[("--region", place), ("--project", project)],
        ),
        ("cloudfunctions", ["projects", project, "locations", place, "functions", id]) => of(
            &["functions"],
            id,
            &[("--region", place), ("--project", project)],
        ),
        ("compute", ["projects", project, "global", "images", id]) => {
            of(&["compute", "images"], id, &[("--project", project)])
        }
        ("logging", [node, id, "sinks", sink]) => {
            of(&["logging", "sinks"], sink, &[(flag_of(node)?, id)])
        }
        _ => None,
    }
}

/// Buckets and managed folders. The last are object names: anything but what gcloud reads as a pattern.
fn bucket(below: &str) -> Option<Place> {
    let (bucket, inner) = below.split_once('/').unwrap_or((below, ""));
    if !plain(bucket) {
        return None;
    }
    if inner.is_empty() {
        return Some(Place {
            group: &["storage", "buckets"],
            name: format!("gs://{bucket}"),
            flags: Vec::new(),
        });
    }
    let folder = inner.strip_prefix("managedFolders/")?.trim_end_matches('/');
    let odd = |one: char| one.is_control() || "*?[]#".contains(one);
    (!folder.is_empty() && !folder.contains(odd)).then(|| Place {
        group: &["storage", "managed-folders"],
        name: format!("gs://{bucket}/{folder}/"),
        flags: Vec::new(),
    })
}

/// A service account as gcloud wants it: its address where it is known, since a key's name may carry the number.
fn account(name: &str, id: &str, model: &Model) -> Option<String> {
    let known = model.get(name).and_then(|asset| asset.settings());
    let address = known.and_then(|data| data.get("email").and_then(Value::as_str));
    let account = address.unwrap_or(id);
    plain(account).then(|| account.to_owned())
}

fn flag_of(node: &str) -> Option<&'static str> {
    match node {
        "projects" => Some("--project"),
        "folders" => Some("--folder"),
        "organizations" => Some("--organization"),
        _ => None,
    }
}

/// A part of a name that is no flag, no pattern and no list: what the services' own grammars allow.
pub(super) fn plain(part: &str) -> bool {
    let first = part.chars().next();
    first.is_some_and(|first| first.is_ascii_alphanumeric() || first == '_')
        && part
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "._-@:+~%".contains(one))
}
