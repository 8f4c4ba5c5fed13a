//! Whose a bare policy is.

use super::*;

#[test]
fn paths_name_resources() {
    let text = r#"
[[resource]]
pattern = "projects/{project}/buckets/{bucket}/iam.json"
[[resource]]
pattern = "accounts/{service-account}.json"
[[resource]]
pattern = "org-{organization}/**/folder-{folder}/policy*.json"
[[resource]]
pattern = "models/{team}/{stage}.json"
name = "//storage.googleapis.com/projects/_/buckets/acme-{team}-{stage}"
"#;
    let settings = settings(text).unwrap();
    let table = [
        (
            "/x/projects/p/buckets/b/iam.json",
            Some("//storage.googleapis.com/projects/_/buckets/b"),
        ),
        (
            "projects/p/buckets/b/iam.json",
            Some("//storage.googleapis.com/projects/_/buckets/b"),
        ),
        ("myprojects/p/buckets/b/iam.json", None),
        ("projects/p/x/buckets/b/iam.json", None),
        (
            "accounts/t@acme-ml.iam.gserviceaccount.com.json",
            Some(
                "//iam.googleapis.com/projects/acme-ml/serviceAccounts/t@acme-ml.iam.gserviceaccount.com",
            ),
        ),
        (
            "accounts/1-compute@developer.gserviceaccount.com.json",
            Some(
                "//iam.googleapis.com/projects/-/serviceAccounts/1-compute@developer.gserviceaccount.com",
            ),
        ),
        (
            "org-1/a/b/folder-2/policy-v3.json",
            Some("//cloudresourcemanager.googleapis.com/folders/2"),
        ),
        (
            "org-1/folder-2/policy.json",
            Some("//cloudresourcemanager.googleapis.com/folders/2"),
        ),
        (
            "models/vision/prod.json",
            Some("//storage.googleapis.com/projects/_/buckets/acme-vision-prod"),
        ),
        ("", None),
    ];
    for (path, expected) in table {
        assert_eq!(
            settings.paths.resource(Path::new(path)).as_deref(),
            expected,
            "{path}"
        );
    }
}
