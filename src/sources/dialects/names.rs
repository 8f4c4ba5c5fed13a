//! Resource names as people type them, and as URLs carry them, to full resource names.

use super::resource_types;
use thiserror::Error;

const MANAGER: &str = "cloudresourcemanager.googleapis.com";

/// Why a text is no resource name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing, or only white space.
    #[error("the resource name is empty")]
    Empty,
    /// A control character or white space inside.
    #[error("{0:?} is not a resource name: it contains white space or control characters")]
    Characters(String),
    /// A bare word could be a project or a bucket.
    #[error("{0:?} is ambiguous: write `projects/{0}` for a project or `gs://{0}` for a bucket")]
    Ambiguous(String),
    /// A folder or organisation that is not a number.
    #[error("{0:?} is not a resource name: folders and organizations are named by their number")]
    NotANumber(String),
    /// A collection that we do not know.
    #[error(
        "{0:?} is not a resource name we know: use its full name, as in `//pubsub.googleapis.com/projects/p/topics/t`"
    )]
    Unknown(String),
}

/// The full resource name and the asset type of a resource as people type it: `projects/p`, `folders/1`,
/// `organizations/1`, `gs://b`, a service account's address, any relative name whose collection decides the
/// service, or a full name (`//service/path`) already. Buckets are `//storage.googleapis.com/B`, as Cloud
/// Asset Inventory writes them.
///
/// # Errors
/// [`NameError`] says what to write instead.
pub fn full_resource_name(text: &str) -> Result<(String, String), NameError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(NameError::Characters(shown(text)));
    }
    if let Some(rest) = text.strip_prefix("//") {
        return full(rest).ok_or_else(|| NameError::Unknown(shown(text)));
    }
    if let Some(rest) = text.strip_prefix("gs://") {
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        return bucket_name(bucket, folder).ok_or_else(|| NameError::Unknown(shown(text)));
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        return resource_of_url(text).ok_or_else(|| NameError::Unknown(shown(text)));
    }
    let text = text.strip_prefix("serviceAccount:").unwrap_or(text);
    if text.contains('@') && !text.contains('/') {
        return account_name(text).ok_or_else(|| NameError::Unknown(shown(text)));
    }
    relative(text.trim_end_matches('/'))
}

/// At most 120 characters of hostile text.
fn shown(text: &str) -> String {
    text.chars().take(120).collect()
}

fn relative(path: &str) -> Result<(String, String), NameError> {
    let Some((first, rest)) = path.split_once('/') else {
        return Err(NameError::Ambiguous(shown(path)));
    };
    if matches!(first, "folders" | "organizations")
        && !rest.contains('/')
        && (rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(NameError::NotANumber(shown(path)));
    }
    if matches!(first, "buckets" | "b") {
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let folder = folder.strip_prefix("managedFolders/").unwrap_or(folder);
        return bucket_name(bucket, folder).ok_or_else(|| NameError::Unknown(shown(path)));
    }
    if let Some(rest) = path.strip_prefix("projects/_/buckets/") {
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let folder = folder.strip_prefix("managedFolders/").unwrap_or(folder);
        return bucket_name(bucket, folder).ok_or_else(|| NameError::Unknown(shown(path)));
    }
    let (host, asset_type) =
        resource_types::of_relative(path).ok_or_else(|| NameError::Unknown(shown(path)))?;
    Ok((format!("//{host}/{path}"), asset_type))
}

fn full(rest: &str) -> Option<(String, String)> {
    let (host, path) = rest.split_once('/')?;
    if path.is_empty() {
        return None;
    }
    if host == "storage.googleapis.com"
        && let Some(bucket) = path.strip_prefix("projects/_/buckets/")
    {
        let (bucket, folder) = bucket.split_once('/').unwrap_or((bucket, ""));
        return bucket_name(
            bucket,
            folder.strip_prefix("managedFolders/").unwrap_or(folder),
        );
    }
    let asset_type = resource_types::of_full(host, path)?;
    Some((format!("//{host}/{path}"), asset_type))
}

/// The name of a bucket, or of a managed folder in it.
pub(super) fn bucket_name(bucket: &str, folder: &str) -> Option<(String, String)> {
    if bucket.is_empty() {
        return None;
    }
    if folder.is_empty() {
        return Some((
            format!("//storage.googleapis.com/{bucket}"),
            "storage.googleapis.com/Bucket".to_owned(),
        ));
    }
    // Managed folders end in a slash, as the API spells them.
    let folder = folder.trim_end_matches('/');
    Some((
        format!("//storage.googleapis.com/projects/_/buckets/{bucket}/managedFolders/{folder}/"),
        "storage.googleapis.com/ManagedFolder".to_owned(),
    ))
}

/// The name of a service account, whose address tells its project; `-` stands for one that it does not tell.
pub(super) fn account_name(email: &str) -> Option<(String, String)> {
    let (local, domain) = email.rsplit_once('@')?;
    if local.is_empty() || !domain.ends_with("gserviceaccount.com") {
        return None;
    }
    let project = match domain {
        "appspot.gserviceaccount.com" => local,
        "developer.gserviceaccount.com" => local.strip_suffix("-compute").unwrap_or("-"),
        _ => domain
            .strip_suffix(".iam.gserviceaccount.com")
            .unwrap_or("-"),
    };
    Some((
        format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{email}"),
        "iam.googleapis.com/ServiceAccount".to_owned(),
    ))
}

/// The name of a project, folder or organisation from its kind (`project`, `projects`, …) and id.
pub(super) fn manager_name(kind: &str, id: &str) -> Option<(String, String)> {
    let (collection, asset_type) = match kind {
        "project" | "projects" => ("projects", "Project"),
        "folder" | "folders" => ("folders", "Folder"),
        "organization" | "organizations" => ("organizations", "Organization"),
        _ => return None,
    };
    if id.is_empty() || id.contains('/') {
        return None;
    }
    Some((
        format!("//{MANAGER}/{collection}/{id}"),
        format!("{MANAGER}/{asset_type}"),
    ))
}

/// The resource that a REST address is about: `selfLink`, or the address that a recorded answer came from.
pub(super) fn resource_of_url(url: &str) -> Option<(String, String)> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/')?;
    if !host.ends_with("googleapis.com") {
        return None;
    }
    let path = path.replace("%2F", "/").replace("%40", "@");
    if let Some((_, bucket)) = path.split_once("storage/v1/b/") {
        let bucket = bucket.split('/').next()?;
        return bucket_name(bucket, "");
    }
    // What follows the version is the resource: `compute/v1/projects/…`, `v1/projects/p:getIamPolicy`.
    let mut tokens = path.split('/').peekable();
    let mut service = host.strip_suffix(".googleapis.com").unwrap_or_default();
    let first = tokens.peek().copied().unwrap_or_default();
    if !is_version(first) {
        if matches!(service, "www" | "content" | "") {
            service = first;
        }
        tokens.next();
    }
    let service = if service == "sqladmin" {
        "cloudsql"
    } else {
        service
    }
    .to_owned();
    let version = tokens.next()?;
    if !is_version(version) {
        return None;
    }
    let path = tokens.collect::<Vec<_>>().join("/");
    let path = path.split_once(':').map_or(path.as_str(), |(p, _)| p);
    let path = path.strip_suffix("/getIamPolicy").unwrap_or(path);
    if path.is_empty() {
        return None;
    }
    let host = format!("{service}.googleapis.com");
    let asset_type = resource_types::of_full(&host, path)?;
    Some((format!("//{host}/{path}"), asset_type))
}

/// `v1`, `v2beta3`, `v1p1beta1`, and Compute's `beta` and `alpha`.
fn is_version(token: &str) -> bool {
    matches!(token, "beta" | "alpha")
        || (token.starts_with('v') && token.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::{NameError, full_resource_name, resource_of_url};

    #[test]
    fn names_as_people_type_them() {
        let table = [
            (
                "projects/p",
                "//cloudresourcemanager.googleapis.com/projects/p",
            ),
            (
                "folders/12",
                "//cloudresourcemanager.googleapis.com/folders/12",
            ),
            (
                "organizations/3/",
                "//cloudresourcemanager.googleapis.com/organizations/3",
            ),
            ("gs://b", "//storage.googleapis.com/b"),
            ("gs://b/", "//storage.googleapis.com/b"),
            (
                "gs://b/f/g",
                "//storage.googleapis.com/projects/_/buckets/b/managedFolders/f/g/",
            ),
            ("projects/_/buckets/b", "//storage.googleapis.com/b"),
            (
                "//storage.googleapis.com/projects/_/buckets/b",
                "//storage.googleapis.com/b",
            ),
            (
                "t@p.iam.gserviceaccount.com",
                "//iam.googleapis.com/projects/p/serviceAccounts/t@p.iam.gserviceaccount.com",
            ),
            (
                "7-compute@developer.gserviceaccount.com",
                "//iam.googleapis.com/projects/7/serviceAccounts/7-compute@developer.gserviceaccount.com",
            ),
            (
                "projects/p/topics/t",
                "//pubsub.googleapis.com/projects/p/topics/t",
            ),
            (
                "//pubsub.googleapis.com/projects/p/topics/t",
                "//pubsub.googleapis.com/projects/p/topics/t",
            ),
        ];
        for (typed, name) in table {
            assert_eq!(
                full_resource_name(typed).map(|(n, _)| n).as_deref(),
                Ok(name),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_name_that_says_too_little_is_refused_with_the_way_out() {
        assert!(matches!(full_resource_name(" "), Err(NameError::Empty)));
        assert!(matches!(
            full_resource_name("acme"),
            Err(NameError::Ambiguous(_))
        ));
        assert!(matches!(
            full_resource_name("folders/acme"),
            Err(NameError::NotANumber(_))
        ));
        assert!(matches!(
            full_resource_name("projects/p q"),
            Err(NameError::Characters(_))
        ));
        assert!(matches!(
            full_resource_name("x/y/z"),
            Err(NameError::Unknown(_))
        ));
    }

    #[test]
    fn addresses_name_their_resource() {
        let table = [
            (
                "https://www.googleapis.com/storage/v1/b/b1/iam?alt=json",
                "//storage.googleapis.com/b1",
            ),
            (
                "https://cloudresourcemanager.googleapis.com/v1/projects/p:getIamPolicy?alt=json",
                "//cloudresourcemanager.googleapis.com/projects/p",
            ),
            (
                "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/i",
                "//compute.googleapis.com/projects/p/zones/z/instances/i",
            ),
            (
                "https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:getIamPolicy",
                "//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r/cryptoKeys/k",
            ),
        ];
        for (url, name) in table {
            assert_eq!(
                resource_of_url(url).map(|(n, _)| n).as_deref(),
                Some(name),
                "{url}"
            );
        }
        assert_eq!(resource_of_url("https://example.com/v1/projects/p"), None);
    }
}
