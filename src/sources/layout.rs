//! Whose a bare policy is, read off the path it lies at.

use super::dialects::full_resource_name;
use std::path::Path;

/// Layouts that people use, the more specific first. File names are `iam`, `policy` and the like.
const LAYOUTS: [(&str, &str); 9] = [
    ("buckets", "gs://"),
    ("service-accounts", ""),
    ("service_accounts", ""),
    ("serviceAccounts", ""),
    ("projects", "projects/"),
    ("folders", "folders/"),
    ("organizations", "organizations/"),
    ("orgs", "organizations/"),
    ("organisations", "organizations/"),
];

/// File names (without extension) that say "the allow policy of the folder I lie in".
const POLICY_STEMS: [&str; 8] = [
    "iam",
    "iam-policy",
    "iam_policy",
    "iampolicy",
    "policy",
    "allow-policy",
    "get-iam-policy",
    "bindings",
];

/// The full resource name that `path` stands for by the layouts people use (`projects/<id>/iam.json`,
/// `…/buckets/<name>/iam-policy.yaml`, `…/service-accounts/<address>/iam.json`, `organizations/<number>/iam.json`).
/// The user's own patterns are those of the configuration.
pub fn resource_from_path(path: &Path) -> Option<String> {
    // A path that is not Unicode matches nothing.
    let text = path.to_str()?.replace('\\', "/");
    let segments: Vec<&str> = text
        .split('/')
        .filter(|s| !s.is_empty() && *s != ".")
        .collect();
    let [.., collection, id, file] = segments.as_slice() else {
        return None;
    };
    if !POLICY_STEMS.contains(&stem(file)?) {
        return None;
    }
    let (_, prefix) = LAYOUTS.iter().find(|(name, _)| name == collection)?;
    full_resource_name(&format!("{prefix}{id}"))
        .ok()
        .map(|(name, _)| name)
}

/// The name of a policy file without `.json`, `.yaml` or `.yml`, and without `.gz` after it.
fn stem(file: &str) -> Option<&str> {
    let file = file.strip_suffix(".gz").unwrap_or(file);
    [".json", ".yaml", ".yml"]
        .iter()
        .find_map(|extension| file.strip_suffix(extension))
}

#[cfg(test)]
mod tests {
    use super::resource_from_path;
    use std::path::Path;

    #[test]
    fn layouts_that_people_use() {
        let table = [
            (
                "x/projects/acme-ml/iam.json",
                Some("//cloudresourcemanager.googleapis.com/projects/acme-ml"),
            ),
            (
                "projects/acme-ml/iam-policy.yaml.gz",
                Some("//cloudresourcemanager.googleapis.com/projects/acme-ml"),
            ),
            (
                "projects/p/buckets/acme-train/iam.json",
                Some("//storage.googleapis.com/acme-train"),
            ),
            (
                "p/service-accounts/t@p.iam.gserviceaccount.com/iam.yml",
                Some("//iam.googleapis.com/projects/p/serviceAccounts/t@p.iam.gserviceaccount.com"),
            ),
            (
                "organizations/12/iam.json",
                Some("//cloudresourcemanager.googleapis.com/organizations/12"),
            ),
            ("folders/research/iam.json", None),
            ("projects/p/notes.json", None),
            ("iam.json", None),
        ];
        for (path, name) in table {
            assert_eq!(
                resource_from_path(Path::new(path)).as_deref(),
                name,
                "{path}"
            );
        }
    }
}
