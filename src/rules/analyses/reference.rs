//! How one asset names another, and what the two have in common.

use super::BUCKET;
use crate::estate::{Estate, Record};
use crate::model::Truth;
use schemars::JsonSchema;
use serde::Deserialize;

/// Something that two assets may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Relation {
    /// They are in one project.
    Project,
    /// They are in one organisation.
    Organization,
    /// They are in one location.
    Location,
}

impl Relation {
    pub(super) fn word(self) -> &'static str {
        match self {
            Relation::Project => "project",
            Relation::Organization => "organisation",
            Relation::Location => "location",
        }
    }
}

/// The full resource name that `text` means as a reference to an asset of type `to`; `None` if it is none.
pub(super) fn resolve(text: &str, to: &str) -> Option<String> {
    let text = text.trim();
    if to == BUCKET {
        let bucket = bucket_of(text)?;
        return Some(format!(
            "//storage.googleapis.com/projects/_/buckets/{bucket}"
        ));
    }
    let (host, kind) = to.split_once('/')?;
    let bare = text.trim_start_matches("https:").trim_start_matches("//");
    // A URL of the API has its version before the name.
    let path = match bare.find("/projects/") {
        Some(at) => &bare[at + 1..],
        None => bare
            .strip_prefix(host)
            .map_or(bare, |path| path.trim_start_matches('/')),
    };
    let is_relative = ["projects/", "folders/", "organizations/", "locations/"];
    if !is_relative.iter().any(|start| path.starts_with(start)) {
        return None;
    }
    // A version of a key or a secret means the key or the secret.
    let versions = format!("/{}Versions/", uncapitalised(kind));
    let path = path.split(&versions).next().unwrap_or(path);
    let path = path.split("/versions/").next().unwrap_or(path);
    Some(format!("//{host}/{path}"))
}

/// `b` of `gs://b/o`, `storage.googleapis.com/b`, `//storage.googleapis.com/projects/_/buckets/b` and `b`.
fn bucket_of(text: &str) -> Option<&str> {
    let schemes = ["gs://", "https://", "//"];
    let bare = schemes
        .iter()
        .find_map(|start| text.strip_prefix(start))
        .unwrap_or(text);
    let is_uri = text.starts_with("gs://");
    let path = match bare.strip_prefix("storage.googleapis.com/") {
        Some(path) => path,
        None if bare.contains('/') && !is_uri && !bare.starts_with("projects/_/buckets/") => {
            return None;
        }
        None => bare,
    };
    let path = path.strip_prefix("projects/_/buckets/").unwrap_or(path);
    let bucket = path.split('/').next()?;
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    (!bucket.is_empty() && bucket.bytes().all(is_name)).then_some(bucket)
}

fn uncapitalised(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Whether an asset and what it refers to share something.
pub(super) fn shares(
    relation: Relation,
    source: &Record,
    name: &str,
    target: Option<&Record>,
    estate: &Estate,
) -> Truth {
    let owner_of_target = || {
        let named =
            crate::model::project_of(name).map(|project| format!("projects/{project}").into());
        target.and_then(Record::owner).or(named)
    };
    match relation {
        Relation::Project => match (source.owner(), owner_of_target()) {
            (Some(one), Some(other)) if one.starts_with("projects/") => {
                estate.same_project(&one, &other)
            }
            _ => Truth::Unknown,
        },
        Relation::Organization => {
            let top = |node: Option<Box<str>>, ancestors: &[Box<str>]| {
                let (chain, rooted) = estate.lineage(&node?, ancestors);
                chain.last().filter(|_| rooted).cloned()
            };
            let own = top(source.owner(), &source.ancestors);
            let theirs = top(
                owner_of_target(),
                target.map_or(&[][..], |target| &target.ancestors),
            );
            match (own, theirs) {
                (Some(own), Some(theirs)) => Truth::from(own == theirs),
                _ => Truth::Unknown,
            }
        }
        Relation::Location => {
            let theirs = location(name, target);
            match (location(&source.name, Some(source)), theirs) {
                (Some(own), Some(theirs)) => Truth::from(own == theirs),
                _ => Truth::Unknown,
            }
        }
    }
}

/// Where an asset is, by its name or its setting. Services spell the multi-region of Europe differently.
fn location(name: &str, record: Option<&Record>) -> Option<String> {
    let named = name
        .split_once("/locations/")
        .and_then(|(_, rest)| rest.split('/').next());
    let told = || {
        record?
            .text(&["$.resource.data.location"])
            .map(|(text, _)| text)
    };
    let location = named.or_else(told)?.to_lowercase();
    Some(match location.as_str() {
        "eu" => "europe".to_owned(),
        _ => location,
    })
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn a_reference_has_many_spellings() {
        let bucket = Some("//storage.googleapis.com/projects/_/buckets/acme-logs".to_owned());
        for text in [
            "acme-logs",
            "gs://acme-logs/2026/",
            "storage.googleapis.com/acme-logs",
            "//storage.googleapis.com/projects/_/buckets/acme-logs",
        ] {
            assert_eq!(resolve(text, super::BUCKET), bucket, "{text}");
        }
        assert_eq!(
            resolve(
                "bigquery.googleapis.com/projects/p/datasets/d",
                super::BUCKET
            ),
            None
        );
        let key = "projects/p/locations/eu/keyRings/r/cryptoKeys/k";
        let full = Some(format!("//cloudkms.googleapis.com/{key}"));
        for text in [
            key.to_owned(),
            format!("{key}/cryptoKeyVersions/3"),
            format!("//cloudkms.googleapis.com/{key}"),
            format!("https://cloudkms.googleapis.com/v1/{key}"),
        ] {
            assert_eq!(
                resolve(&text, "cloudkms.googleapis.com/CryptoKey"),
                full,
                "{text}"
            );
        }
    }
}
