//! Full resource names: the spelling that identifies, and the one that people read.

use memchr::memmem;
use std::borrow::Cow;

/// What Cloud Asset Inventory calls the type of deny policies. The normal form calls it `iam.googleapis.com/DenyPolicy`.
pub const POLICY_V2: &str = "iam.googleapis.com/PolicyV2";

const BUCKET: &str = "//storage.googleapis.com/";
const MANAGER: &str = "//cloudresourcemanager.googleapis.com/";

/// The spelling used in fingerprints and joins: buckets always as
/// `//storage.googleapis.com/projects/_/buckets/B` (`spec` conventions: one resource, one name).
pub fn canonical(name: &str) -> Cow<'_, str> {
    match name.strip_prefix(BUCKET) {
        Some(bucket) if !bucket.starts_with("projects/") => {
            Cow::Owned(format!("{BUCKET}projects/_/buckets/{bucket}"))
        }
        _ => Cow::Borrowed(name),
    }
}

/// What a person calls it: `gs://b`, `projects/p`, a service account's address.
pub fn short_name(name: &str) -> Cow<'_, str> {
    if let Some(bucket) = name.strip_prefix(BUCKET) {
        let bucket = bucket.strip_prefix("projects/_/buckets/").unwrap_or(bucket);
        let (bucket, below) = bucket.split_once('/').unwrap_or((bucket, ""));
        let inner = ["managedFolders/", "objects/"];
        let inner = inner.into_iter().find_map(|kind| below.strip_prefix(kind));
        return Cow::Owned(match inner.unwrap_or(below) {
            "" => ["gs://", bucket].concat(),
            path => ["gs://", bucket, "/", path].concat(),
        });
    }
    if let Some(node) = name.strip_prefix(MANAGER) {
        return Cow::Borrowed(node);
    }
    const ACCOUNTS: &str = "/serviceAccounts/";
    if let Some(at) = memmem::find(name.as_bytes(), ACCOUNTS.as_bytes()) {
        return Cow::Borrowed(&name[at + ACCOUNTS.len()..]);
    }
    Cow::Borrowed(name.trim_start_matches("//"))
}

/// The project id or number inside a full resource name, if it carries one.
pub fn project_of(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once("/projects/")?;
    let project = rest.split('/').next()?;
    (project != "_" && !project.is_empty()).then_some(project)
}

#[cfg(test)]
mod tests {
    use super::{canonical, project_of, short_name};

    #[test]
    fn a_bucket_has_one_name() {
        let short = "//storage.googleapis.com/b";
        let long = "//storage.googleapis.com/projects/_/buckets/b";
        assert_eq!(canonical(short), long);
        assert_eq!(canonical(long), long);
        assert_eq!(short_name(short), "gs://b");
        assert_eq!(short_name(long), "gs://b");
        for (below, shown) in [
            ("managedFolders/raw/", "raw/"),
            ("objects/a/managedFolders/x", "a/managedFolders/x"),
            ("notificationConfigs/1", "notificationConfigs/1"),
        ] {
            assert_eq!(
                short_name(&format!("{long}/{below}")),
                format!("gs://b/{shown}")
            );
        }
    }

    #[test]
    fn projects_are_found_in_names() {
        assert_eq!(
            project_of("//cloudresourcemanager.googleapis.com/projects/p"),
            Some("p")
        );
        assert_eq!(
            project_of("//storage.googleapis.com/projects/_/buckets/b"),
            None
        );
        assert_eq!(
            short_name(
                "//iam.googleapis.com/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com"
            ),
            "a@p.iam.gserviceaccount.com"
        );
    }
}
