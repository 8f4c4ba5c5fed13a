//! Every dialect on own fixtures: what comes out, where it came from, and what is admitted to be unknown.

use super::{assert_pointers_lead_home, known, one};
use leastwise::model::locate;
use leastwise::model::{Dialect, GapReason, Location};
use leastwise::sources::dialects::{
    Context, Recognised, Translated, translate, translate_bucket_text,
};
use leastwise::sources::yaml;
use serde_json::{Value, json};
use std::path::Path;

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/dialects")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

fn document(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

fn at<'a>(asset: &'a Translated, pointer: &str) -> &'a Value {
    asset
        .asset
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer} is missing in {:#}", asset.asset))
}

/// What rules look at in a bucket.
const JUDGED: [&str; 24] = [
    "/name",
    "/location",
    "/locationType",
    "/storageClass",
    "/labels",
    "/metageneration",
    "/timeCreated",
    "/updated",
    "/projectNumber",
    "/rpo",
    "/iamConfiguration/uniformBucketLevelAccess/enabled",
    "/iamConfiguration/publicAccessPrevention",
    "/versioning/enabled",
    "/softDeletePolicy/retentionDurationSeconds",
    "/retentionPolicy/retentionPeriod",
    "/retentionPolicy/isLocked",
    "/lifecycle/rule",
    "/encryption/defaultKmsKeyName",
    "/logging/logBucket",
    "/billing/requesterPays",
    "/hierarchicalNamespace/enabled",
    "/website",
    "/acl",
    "/defaultObjectAcl",
];

fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    let instant = |v: Option<&Value>| v?.as_str()?.parse::<jiff::Timestamp>().ok();
    a == b || (instant(a).is_some() && instant(a) == instant(b))
}

#[test]
fn one_bucket_in_every_dialect_has_the_same_judged_fields() {
    let raw = one(&document("bucket/json-api.json"), None);
    assert_eq!(raw.0, Dialect::BucketJsonApi);
    let mut others = Vec::new();
    for (file, dialect) in [
        ("bucket/gcloud.json", Dialect::BucketGcloud),
        ("bucket/storage-v2.json", Dialect::BucketStorageV2),
    ] {
        let (own, asset) = one(&document(file), None);
        assert_eq!(own, dialect);
        assert_pointers_lead_home(&document(file), &asset);
        others.push((file, asset, 2));
    }
    for (file, lacking) in [("bucket/gsutil.txt", 7), ("bucket/gcloud-ls.txt", 6)] {
        let read = translate_bucket_text(&text(file)).unwrap();
        others.push((file, read.translation.assets[0].clone(), lacking));
    }
    for (file, asset, most) in others {
        assert_eq!(at(&asset, "/name"), at(&raw.1, "/name"), "{file}");
        assert_eq!(at(&asset, "/assetType"), at(&raw.1, "/assetType"), "{file}");
        let mut lacking = 0;
        for field in JUDGED {
            let pointer = format!("/resource/data{field}");
            let (expected, own) = (raw.1.asset.pointer(&pointer), asset.asset.pointer(&pointer));
            if own.is_none() && asset.lack_at(&pointer).is_some() {
                lacking += 1;
                continue;
            }
            assert!(
                same(expected, own),
                "{file} {field}: {own:?} is not {expected:?}"
            );
        }
        assert!(lacking <= most, "{file} lacks {lacking} fields");
    }
}

#[test]
fn a_text_of_buckets_points_into_its_lines_and_admits_what_it_cannot_say() {
    let read = translate_bucket_text(&text("bucket/gsutil.txt")).unwrap();
    let [first, second] = read.translation.assets.as_slice() else {
        panic!("two buckets");
    };
    let place = |asset: &Translated, pointer: &str| read.places.get(&asset.source_pointer(pointer));
    assert_eq!(
        place(first, "/resource/data/versioning/enabled"),
        Location { line: 5, column: 2 }
    );
    assert_eq!(place(first, "/resource/data/acl/1/entity").line, 23);
    assert_eq!(place(second, "/resource/data/name").line, 41);
    let data = |asset: &Translated, field: &str| asset.lack_at(&format!("/resource/data{field}"));
    // Present: it is set, and nobody knows to what.
    assert!(first.asset.pointer("/resource/data/lifecycle").is_some());
    assert_eq!(
        data(first, "/lifecycle/rule"),
        Some(GapReason::DialectLacks)
    );
    assert_eq!(
        data(first, "/softDeletePolicy/retentionDurationSeconds"),
        Some(GapReason::DialectLacks)
    );
    // None: it is not set.
    assert_eq!(data(second, "/lifecycle/rule"), None);
    assert_eq!(data(first, "/website"), None);
    assert_eq!(data(second, "/acl"), Some(GapReason::Refused));
    assert_eq!(at(second, "/resource/data/defaultObjectAcl"), &json!([]));
    assert!(
        read.translation
            .gaps
            .iter()
            .any(|(reason, _, _)| *reason == GapReason::Refused)
    );
    assert!(translate_bucket_text("gs://b/o\ngs://b/p\n").is_none());
    assert!(translate_bucket_text("# notes\n").is_none());
}

#[test]
fn a_bare_policy_takes_its_owner_from_outside() {
    let text = text("project-policy.yaml");
    let parsed = yaml::parse(&text).unwrap().remove(0);
    let translations = known(&parsed.value, Some("projects/acme-ml"));
    let asset = &translations[0].assets[0];
    assert_eq!(
        at(asset, "/name"),
        "//cloudresourcemanager.googleapis.com/projects/acme-ml"
    );
    assert_eq!(
        at(asset, "/assetType"),
        "cloudresourcemanager.googleapis.com/Project"
    );
    assert!(translations[0].gaps.is_empty());
    assert_eq!(
        parsed
            .places
            .get(&asset.source_pointer("/iamPolicy/bindings/0/members/0")),
        Location { line: 7, column: 5 }
    );
    let nameless = known(&parsed.value, None);
    assert_eq!(at(&nameless[0].assets[0], "/name"), "");
    assert!(
        nameless[0]
            .gaps
            .iter()
            .any(|(reason, _, _)| *reason == GapReason::ResourceUnknown)
    );
    let refused = known(&parsed.value, Some("acme ml"));
    assert!(
        refused[0]
            .gaps
            .iter()
            .any(|(_, message, _)| message.contains("white space"))
    );
}

#[test]
fn flattened_output_becomes_the_policies_it_came_from() {
    let source = document("policy-flattened.json");
    let translations = known(&source, Some("projects/acme-ml"));
    let [first, second] = translations[0].assets.as_slice() else {
        panic!("two policies: {translations:#?}");
    };
    assert_eq!(
        at(first, "/iamPolicy/bindings"),
        &json!([
            {"members": ["user:ada@acme.example"], "role": "roles/owner"},
            {"members": ["group:ml@acme.example"], "role": "roles/owner"},
        ])
    );
    assert_eq!(
        first.source_pointer("/iamPolicy/bindings/1/members/0"),
        "/1/bindings/members"
    );
    assert_eq!(
        first.source_pointer("/iamPolicy/bindings/1/role"),
        "/1/bindings/role"
    );
    assert_eq!(
        first.source_pointer("/iamPolicy/auditConfigs/0/service"),
        "/0/auditConfigs/0/service"
    );
    assert_eq!(at(second, "/iamPolicy/bindings/0/members/0"), "allUsers");
    assert_eq!(
        second.source_pointer("/iamPolicy/bindings/0/members/0"),
        "/2/bindings/members/0"
    );
}

#[test]
fn the_policies_of_all_ancestors_tell_the_hierarchy() {
    let translations = known(&document("policies-of-ancestors.json"), None);
    assert_eq!(translations[0].dialect, Dialect::AncestorsPolicy);
    let ancestors: Vec<&Value> = translations[0]
        .assets
        .iter()
        .map(|a| at(a, "/ancestors"))
        .collect();
    assert_eq!(
        ancestors[0],
        &json!(["projects/acme-ml", "folders/4020", "organizations/9000"])
    );
    assert_eq!(ancestors[2], &json!(["organizations/9000"]));
    assert_eq!(
        translations[0].assets[2].source_pointer("/iamPolicy/bindings/0/role"),
        "/2/policy/bindings/0/role"
    );
}

#[test]
fn snake_case_assets_are_renamed_in_their_own_keys_only() {
    let source = document("assets-snake.json");
    let translations = known(&source, None);
    let [project, bucket] = translations[0].assets.as_slice() else {
        panic!("two assets");
    };
    assert_eq!(
        at(project, "/iamPolicy/auditConfigs"),
        &json!([{"service": "allServices", "auditLogConfigs": [
            {"logType": "DATA_READ", "exemptedMembers": ["user:bot@acme.example"]}]}])
    );
    assert_eq!(
        project.source_pointer("/iamPolicy/auditConfigs/0/auditLogConfigs/0/exemptedMembers/0"),
        "/0/iam_policy/audit_configs/0/audit_log_configs/0/exempted_members/0"
    );
    assert_eq!(at(project, "/orgPolicy/0/listPolicy/allValues"), "ALLOW");
    assert_eq!(
        project.source_pointer("/orgPolicy/0/constraint"),
        "/0/org_policy/0/constraint"
    );
    assert_eq!(at(project, "/resource/data/some_field/inner_key"), 1);
    assert_eq!(at(project, "/resource/data/labels/cost_center"), "a_b");
    assert_eq!(
        at(project, "/ancestors"),
        &json!([
            "projects/417000000021",
            "folders/4020",
            "organizations/9000"
        ])
    );
    // The former name of uniform access still decides.
    let uniform = "/resource/data/iamConfiguration/uniformBucketLevelAccess/enabled";
    assert_eq!(at(bucket, uniform), true);
    assert_eq!(
        bucket.source_pointer(uniform),
        "/1/resource/data/iamConfiguration/bucketPolicyOnly/enabled"
    );
}

#[test]
fn frames_keep_their_pointers_and_say_that_pages_are_missing() {
    let source = document("assets-page.json");
    let translations = known(&source, None);
    let asset = &translations[0].assets[0];
    let member = asset.source_pointer("/iamPolicy/bindings/0/members/0");
    assert_eq!(member, "/body/assets/0/iamPolicy/bindings/0/members/0");
    assert!(locate::locate(&text("assets-page.json"), &member).is_some_and(|l| l.line == 10));
    let (reason, _, place) = &translations[0].gaps[0];
    assert_eq!(
        (*reason, place.as_str()),
        (GapReason::Truncated, "/body/nextPageToken")
    );

    let (dialect, asset) = one(
        &document("recorded-bucket-policy.json"),
        Some("projects/else"),
    );
    assert_eq!(dialect, Dialect::AllowPolicy);
    assert_eq!(at(&asset, "/name"), "//storage.googleapis.com/acme-models");
    assert_eq!(
        asset.source_pointer("/iamPolicy/bindings/0/role"),
        "/body/iamPolicy/bindings/0/role"
    );

    let refused = json!({"error": {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}});
    assert_eq!(known(&refused, None)[0].gaps[0].0, GapReason::Refused);
}

#[test]
fn every_kind_of_iam_data_gets_the_name_and_type_that_the_inventory_gives_it() {
    let source = document("iam-mixed.json");
    let translations = known(&source, Some("projects/acme-ml"));
    let mut found: Vec<(Dialect, &str, &str)> = Vec::new();
    for translation in &translations {
        assert!(translation.gaps.is_empty(), "{:?}", translation.gaps);
        for asset in &translation.assets {
            assert_pointers_lead_home(&source, asset);
            found.push((
                translation.dialect,
                at(asset, "/name").as_str().unwrap(),
                at(asset, "/assetType").as_str().unwrap(),
            ));
        }
    }
    let account = "//iam.googleapis.com/projects/acme-ml/serviceAccounts/trainer@acme-ml.iam.gserviceaccount.com";
    let key = format!("{account}/keys/0a1b");
    let pool =
        "//iam.googleapis.com/projects/417000000021/locations/global/workloadIdentityPools/ci";
    let provider = format!("{pool}/providers/github");
    let boundary = "//iam.googleapis.com/organizations/9000/locations/global";
    let (policy, binding) = (
        format!("{boundary}/principalAccessBoundaryPolicies/ml"),
        format!("{boundary}/policyBindings/ml"),
    );
    let manager = "//cloudresourcemanager.googleapis.com";
    let nodes = [
        format!("{manager}/projects/417000000021"),
        format!("{manager}/projects/417000000022"),
        format!("{manager}/folders/4020"),
        format!("{manager}/organizations/9000"),
        format!("{manager}/projects/acme-ml"),
    ];
    let expected: Vec<(Dialect, &str, &str)> = vec![
        (
            Dialect::ServiceAccount,
            account,
            "iam.googleapis.com/ServiceAccount",
        ),
        (
            Dialect::ServiceAccountKey,
            &key,
            "iam.googleapis.com/ServiceAccountKey",
        ),
        (
            Dialect::Role,
            "//iam.googleapis.com/projects/acme-ml/roles/curator",
            "iam.googleapis.com/Role",
        ),
        (
            Dialect::Role,
            "//iam.googleapis.com/roles/storage.objectViewer",
            "iam.googleapis.com/Role",
        ),
        (
            Dialect::DenyPolicy,
            "//iam.googleapis.com/policies/cloudresourcemanager.googleapis.com%2Forganizations%2F9000/denypolicies/no-keys",
            "iam.googleapis.com/DenyPolicy",
        ),
        (
            Dialect::PrincipalAccessBoundary,
            &policy,
            "iam.googleapis.com/PrincipalAccessBoundaryPolicy",
        ),
        (
            Dialect::PrincipalAccessBoundary,
            &binding,
            "iam.googleapis.com/PolicyBinding",
        ),
        (
            Dialect::IdentityPool,
            pool,
            "iam.googleapis.com/WorkloadIdentityPool",
        ),
        (
            Dialect::IdentityPool,
            &provider,
            "iam.googleapis.com/WorkloadIdentityPoolProvider",
        ),
        (
            Dialect::HmacKey,
            "//storage.googleapis.com/projects/acme-ml/hmacKeys/GOOG1EACME",
            "storage.googleapis.com/HmacKey",
        ),
        (
            Dialect::ApiKey,
            "//apikeys.googleapis.com/projects/417000000021/locations/global/keys/7c0e",
            "apikeys.googleapis.com/Key",
        ),
        (
            Dialect::ResourceManager,
            &nodes[0],
            "cloudresourcemanager.googleapis.com/Project",
        ),
        (
            Dialect::ResourceManager,
            &nodes[1],
            "cloudresourcemanager.googleapis.com/Project",
        ),
        (
            Dialect::ResourceManager,
            &nodes[2],
            "cloudresourcemanager.googleapis.com/Folder",
        ),
        (
            Dialect::ResourceManager,
            &nodes[3],
            "cloudresourcemanager.googleapis.com/Organization",
        ),
        (
            Dialect::OrgPolicy,
            &nodes[4],
            "cloudresourcemanager.googleapis.com/Project",
        ),
        (
            Dialect::OrgPolicy,
            "//orgpolicy.googleapis.com/projects/acme-ml/policies/storage.publicAccessPrevention",
            "orgpolicy.googleapis.com/Policy",
        ),
        (
            Dialect::OtherResource,
            "//aiplatform.googleapis.com/projects/acme-ml/locations/europe-west4/models/77",
            "aiplatform.googleapis.com/Model",
        ),
        (
            Dialect::OtherResource,
            "//bigquery.googleapis.com/projects/acme-ml/datasets/features",
            "bigquery.googleapis.com/Dataset",
        ),
        (
            Dialect::OtherResource,
            "//compute.googleapis.com/projects/acme-ml/zones/europe-west4-a/instances/gpu-1",
            "compute.googleapis.com/Instance",
        ),
    ];
    assert_eq!(found, expected);

    let asset = |dialect: Dialect, index: usize| {
        &translations
            .iter()
            .find(|t| t.dialect == dialect)
            .unwrap()
            .assets[index]
    };
    // What a list does not carry is not taken for empty.
    let permissions = "/resource/data/includedPermissions";
    assert_eq!(
        asset(Dialect::Role, 0).lack_at(permissions),
        Some(GapReason::DialectLacks)
    );
    assert_eq!(asset(Dialect::Role, 1).lack_at(permissions), None);
    assert_eq!(
        asset(Dialect::DenyPolicy, 0).lack_at("/resource/data/rules/0/denyRule"),
        Some(GapReason::DialectLacks)
    );
    // Parents in one form, whichever version of the API it was.
    let project = asset(Dialect::ResourceManager, 0);
    assert_eq!(
        at(project, "/resource/parent"),
        &format!("{manager}/folders/4020")
    );
    assert_eq!(at(project, "/resource/data/projectNumber"), "417000000021");
    assert_eq!(
        project.source_pointer("/resource/data/projectNumber"),
        "/11/name"
    );
    assert_eq!(
        at(asset(Dialect::ResourceManager, 1), "/resource/parent"),
        &format!("{manager}/organizations/9000")
    );
    assert_eq!(
        at(asset(Dialect::DenyPolicy, 0), "/resource/parent"),
        &format!("{manager}/organizations/9000")
    );
    assert_eq!(
        at(
            asset(Dialect::OrgPolicy, 0),
            "/orgPolicy/0/booleanPolicy/enforced"
        ),
        true
    );
}

#[test]
fn a_plan_becomes_the_assets_it_will_make() {
    let source = document("plan.tfplan.json");
    let translations = known(&source, None);
    assert_eq!(translations.len(), 1);
    let plan = &translations[0];
    assert_eq!(plan.dialect, Dialect::TerraformPlan);
    assert_eq!(plan.gaps, []);
    let asset = |name: &str| {
        plan.assets
            .iter()
            .find(|a| at(a, "/name") == name)
            .unwrap_or_else(|| panic!("{name} is not among {:#?}", plan.assets))
    };
    let bucket = asset("//storage.googleapis.com/acme-lake-raw");
    let data = at(bucket, "/resource/data");
    assert_eq!(data["versioning"], json!({"enabled": true}));
    assert_eq!(data["softDeletePolicy"]["retentionDurationSeconds"], "0");
    assert_eq!(
        data["lifecycle"]["rule"],
        json!([{"action": {"type": "Delete"}, "condition": {"age": 30, "isLive": false}}])
    );
    assert_eq!(
        data["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"],
        false
    );
    assert_eq!(data["force_destroy"], true);
    assert!(data.get("logging").is_none());
    assert_eq!(
        data["acl"],
        json!([{"entity": "allUsers", "role": "READER"}])
    );
    assert_eq!(
        at(bucket, "/resource/parent"),
        "//cloudresourcemanager.googleapis.com/projects/acme-ml"
    );
    assert_eq!(
        bucket.lack_at("/resource/data/iamConfiguration/publicAccessPrevention"),
        Some(GapReason::KnownAfterApply)
    );
    assert_eq!(bucket.lack_at("/resource/data/versioning/enabled"), None);
    let after = "/resource_changes/0/change/after";
    assert_eq!(
        bucket.source_pointer("/resource/data/versioning/enabled"),
        format!("{after}/versioning/0/enabled")
    );
    assert_eq!(
        bucket.source_pointer("/resource/data/lifecycle/rule/0/condition/age"),
        format!("{after}/lifecycle_rule/0/condition/0/age")
    );
    let entry = bucket.source_pointer("/resource/data/acl/0/entity");
    assert!(
        entry.starts_with("/resource_changes/1/change/after/role_entity/0"),
        "{entry}"
    );
    // The grant of a member that is not known yet is a grant all the same.
    let binding = at(bucket, "/iamPolicy/bindings/0");
    assert_eq!(binding["role"], "roles/storage.objectViewer");
    assert_eq!(binding["members"], json!([]));
    assert_eq!(binding["condition"]["title"], "office");
    assert_eq!(
        bucket.lack_at("/iamPolicy/bindings/0/members"),
        Some(GapReason::KnownAfterApply)
    );
    assert_eq!(
        bucket.lack_at("/iamPolicy/auditConfigs"),
        Some(GapReason::DialectLacks)
    );
    // A bucket whose name is not known yet, and the grant that refers to it, meet in one asset.
    let later = asset("//terraform/google_storage_bucket.named_later");
    assert_eq!(at(later, "/assetType"), "storage.googleapis.com/Bucket");
    assert_eq!(
        at(later, "/iamPolicy/bindings/0/members"),
        &json!(["user:ada@acme.example"])
    );
    assert_eq!(
        later.lack_at("/iamPolicy/bindings/0/members"),
        Some(GapReason::KnownAfterApply)
    );
    // A whole policy says that nothing else is there.
    let project = asset("//cloudresourcemanager.googleapis.com/projects/acme-ml");
    assert_eq!(at(project, "/iamPolicy/bindings/0/role"), "roles/editor");
    assert_eq!(project.lack_at("/iamPolicy/auditConfigs"), None);
    let data = project.source_pointer("/iamPolicy/bindings/0/role");
    assert!(
        data.starts_with("/resource_changes/5/change/after/policy_data"),
        "{data}"
    );
    assert!(
        !project.asset.to_string().contains("eve@"),
        "what is destroyed grants nothing"
    );
    let role = asset("//iam.googleapis.com/projects/acme-ml/roles/curator");
    assert_eq!(
        at(role, "/resource/data/includedPermissions"),
        &json!(["storage.objects.get"])
    );
    let account = asset(
        "//iam.googleapis.com/projects/acme-ml/serviceAccounts/trainer@acme-ml.iam.gserviceaccount.com",
    );
    assert_eq!(
        at(account, "/resource/data/email"),
        "trainer@acme-ml.iam.gserviceaccount.com"
    );
}

#[test]
fn what_is_no_policy_is_named() {
    let table = [
        (
            json!({"protoPayload": {}, "logName": "l"}),
            "audit log entries",
        ),
        (
            json!({"entries": [{"logName": "l", "textPayload": "x"}]}),
            "log entries",
        ),
        (
            json!({"kind": "storage#object", "bucket": "b", "name": "o"}),
            "access control list",
        ),
        (
            json!({"type": "service_account", "private_key_id": "1", "private_key": "-"}),
            "private key",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}}),
            "Kubernetes",
        ),
        (json!("text"), "a bare string"),
        (json!({"hello": "world"}), "\"hello\""),
    ];
    for (document, expected) in table {
        match translate(&document, &Context::default()) {
            Recognised::Foreign { reason } => assert!(reason.contains(expected), "{reason}"),
            Recognised::Known(found) => panic!("{document} was taken for {found:?}"),
        }
    }
    // Among things we know, it is a gap.
    let mixed = json!([{"name": "roles/viewer", "title": "Viewer", "includedPermissions": []}, {"hello": 1}]);
    let translations = known(&mixed, None);
    assert_eq!(translations[0].gaps[0].0, GapReason::Unrecognised);
    assert_eq!(translations[0].gaps[0].2, "/1");
    assert_eq!(
        translate(&json!([]), &Context::default()),
        Recognised::Known(Vec::new())
    );
}

#[test]
fn activities_of_accounts_and_keys_are_told_apart() {
    let account = "//iam.googleapis.com/projects/acme-ml/serviceAccounts/trainer@acme-ml.iam.gserviceaccount.com";
    let key = format!("{account}/keys/0a1b");
    let activity = |kind: &str, about: &str| {
        json!({
            "activity": { "lastAuthenticatedTime": "2026-11-19T08:00:00Z" },
            "activityType": kind,
            "fullResourceName": about,
            "observationPeriod": { "startTime": "2026-08-23T07:00:00Z", "endTime": "2026-11-20T08:00:00Z" },
        })
    };
    let both = [
        ("serviceAccountLastAuthentication", account),
        ("serviceAccountKeyLastAuthentication", key.as_str()),
    ];
    for (kind, about) in both {
        let (dialect, asset) = one(&json!([activity(kind, about)]), None);
        assert_eq!(dialect, Dialect::Activity);
        let path = about.strip_prefix("//iam.googleapis.com/").unwrap();
        let name = format!("//policyanalyzer.googleapis.com/{path}/activities/{kind}");
        assert_eq!(at(&asset, "/name"), &json!(name));
        assert_eq!(
            at(&asset, "/assetType"),
            &json!("policyanalyzer.googleapis.com/Activity")
        );
        assert_eq!(at(&asset, "/resource/parent"), &json!(about));
        let last = "/resource/data/activity/lastAuthenticatedTime";
        assert_eq!(
            asset.source_pointer(last),
            "/0/activity/lastAuthenticatedTime"
        );
    }
    // What the API prints, of which there is more.
    let page = json!({ "activities": [activity(both[0].0, account)], "nextPageToken": "x" });
    let translations = known(&page, None);
    assert_eq!(translations[0].dialect, Dialect::Activity);
    assert_eq!(translations[0].gaps[0].0, GapReason::Truncated);

    for strange in [
        activity("resourceLastAuthorization", account),
        activity(both[0].0, "projects/acme-ml"),
    ] {
        let answer = translate(&json!([strange]), &Context::default());
        assert!(matches!(answer, Recognised::Foreign { .. }), "{answer:?}");
    }
}

#[test]
fn settings_of_access_approval_are_known_by_their_name_alone() {
    for settings in [
        json!({ "name": "projects/417000000021/accessApprovalSettings" }),
        json!({
            "name": "projects/417000000021/accessApprovalSettings",
            "enrolledServices": [{ "cloudProduct": "all", "enrollmentLevel": "BLOCK_ALL" }],
        }),
    ] {
        let (dialect, asset) = one(&settings, None);
        assert_eq!(dialect, Dialect::OtherResource);
        assert_eq!(
            at(&asset, "/name"),
            &json!("//accessapproval.googleapis.com/projects/417000000021/accessApprovalSettings")
        );
        assert_eq!(
            at(&asset, "/assetType"),
            &json!("accessapproval.googleapis.com/AccessApprovalSettings")
        );
        assert_eq!(at(&asset, "/resource/data"), &settings);
    }
    let reference = json!({ "name": "projects/acme-ml/topics/labels" });
    assert_eq!(known(&reference, None)[0].assets.len(), 0);
}
