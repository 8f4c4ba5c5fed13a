//! Who can change the files of a model.

use super::{
    BUCKET, GS_B, bucket, organization, policy, project, project_settings, settings, told,
};
use serde_json::{Value, json};

fn model() -> Value {
    settings(
        "//aiplatform.googleapis.com/projects/7/locations/l/models/1",
        "aiplatform.googleapis.com/Model",
        json!({"artifactUri": "gs://b/x/", "displayName": "scorer"}),
    )
}

fn written_by(member: &str, role: &str) -> Value {
    policy(GS_B, BUCKET, json!([{"role": role, "members": [member]}]))
}

#[test]
fn a_model_is_judged_only_with_its_bucket() {
    let ask = |assets: &[Value]| told("model-artifacts", None, assets);
    assert_eq!(ask(&[model()]).counts(), (0, 0, 1, 0));
    assert_eq!(ask(&[model(), bucket("enforced")]).counts(), (0, 0, 1, 0));
    let admin = "roles/storage.objectAdmin";
    let stranger = "serviceAccount:t@other.iam.gserviceaccount.com";
    // Whether `other` is project 7 is not known without the project.
    assert_eq!(
        ask(&[model(), written_by(stranger, admin)]).counts(),
        (0, 0, 1, 0)
    );
    let named = [model(), project_settings(), written_by(stranger, admin)];
    assert_eq!(ask(&named).counts(), (1, 0, 0, 0));
    let numbered = "serviceAccount:8-compute@developer.gserviceaccount.com";
    let found = ask(&[model(), written_by(numbered, admin)]);
    assert_eq!(found.counts(), (1, 0, 0, 0));
    assert!(found.words[0].contains("models/1 in gs://b (roles/storage.objectAdmin)"));
    let own = "serviceAccount:t@p.iam.gserviceaccount.com";
    assert_eq!(
        ask(&[model(), project_settings(), written_by(own, admin)]).counts(),
        (0, 1, 0, 0)
    );
    let unknown = ask(&[model(), written_by(numbered, "projects/p/roles/elsewhere")]);
    assert_eq!(unknown.counts(), (0, 0, 1, 0));
}

#[test]
fn who_may_write_above_the_bucket_counts() {
    let numbered = "serviceAccount:8-compute@developer.gserviceaccount.com";
    let above = organization(json!([{"role": "roles/storage.admin", "members": [numbered]}]));
    let none = policy(GS_B, BUCKET, json!([]));
    let told = told(
        "model-artifacts",
        None,
        &[model(), none, bucket("enforced"), above],
    );
    assert_eq!(told.counts(), (1, 0, 0, 0));
    assert!(
        told.findings[0]
            .note
            .as_deref()
            .unwrap()
            .contains("organizations/1")
    );
}

/// `projectEditor:` means whoever holds the role on the project, so the answer stands in another policy.
#[test]
fn those_behind_a_convenience_member_count() {
    let mine = "projectEditor:p";
    let stranger = "serviceAccount:8-compute@developer.gserviceaccount.com";
    let own = "serviceAccount:7-compute@developer.gserviceaccount.com";
    let ask = |policies: &[Value]| {
        let by_editors = written_by(mine, "roles/storage.legacyBucketOwner");
        let mut assets = vec![model(), project_settings(), by_editors];
        assets.extend_from_slice(policies);
        told("model-artifacts", None, &assets)
    };
    let editors = |role: &str, members: &[&str]| json!([{"role": role, "members": members}]);
    let unread = ask(&[]);
    assert_eq!(unread.counts(), (0, 0, 1, 0));
    assert!(
        unread.gaps[0]
            .message
            .contains("does not hold the policy of projects/p")
    );
    let people = editors("roles/editor", &[own, "user:a@acme.example"]);
    assert_eq!(ask(&[project(people)]).counts(), (0, 1, 0, 0));
    let found = ask(&[project(editors("roles/editor", &[own, stranger]))]);
    assert_eq!(found.counts(), (1, 0, 0, 0));
    assert_eq!(found.findings[0].member.as_deref(), Some(stranger));
    assert_eq!(found.findings[0].role.as_deref(), Some("roles/editor"));
    let note = found.findings[0].note.as_deref().unwrap();
    assert!(note.contains("as projectEditor:p, who holds roles/storage.legacyBucketOwner"));
    // Another basic role does not make an editor.
    for role in ["roles/viewer", "roles/owner"] {
        let others = project(editors(role, &[stranger]));
        assert_eq!(ask(&[others]).counts(), (0, 1, 0, 0), "{role}");
    }
    // Whether an inherited role counts is not documented.
    let above = organization(editors("roles/editor", &[stranger]));
    let inherited = ask(&[project(json!([])), above]);
    assert_eq!(inherited.counts(), (0, 0, 1, 0));
    assert!(inherited.gaps[0].message.contains("inherits"));
}
