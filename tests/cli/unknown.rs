//! What the input cannot say is not assessed, and what it says although its form cannot say everything is.

use super::{House, root};
use serde_json::Value;

/// The rules that could not answer about `resource` for `reason`.
fn unanswered(report: &Value, reason: &str, resource: &str) -> Vec<String> {
    let gaps = report["gaps"].as_array().unwrap().iter();
    gaps.filter(|gap| gap["reason"] == reason)
        .filter(|gap| {
            gap["resource"]
                .as_str()
                .is_some_and(|r| r.ends_with(resource))
        })
        .flat_map(|gap| gap["rules"].as_array().unwrap().clone())
        .map(|rule| rule.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_a_plan_grants_only_after_apply_passes_no_rule() {
    let house = House::new();
    let plan = root().join("fixtures/dialects/plan-pending.tfplan.json");
    house.write("plan.json", std::fs::read(plan).unwrap());
    let report = house.run("lint plan.json --format json").ends(0).json();
    let unanswered = |resource| unanswered(&report, "known-after-apply", resource);

    // The role is known, and its members may be anybody.
    let members = unanswered("/acme-models");
    for rule in ["gcs-public-iam", "iam-external-domain-member"] {
        assert!(members.iter().any(|r| r == rule), "{rule}: {members:?}");
    }
    // A viewer of objects can rewrite no policy, whoever it is.
    assert!(!members.iter().any(|r| r == "gcs-bucket-policy-admin"));

    // The member is known, and its role may be any.
    let role = unanswered("/projects/acme-ml");
    for rule in ["iam-basic-role-project", "iam-sa-admin-role"] {
        assert!(role.iter().any(|r| r == rule), "{rule}: {role:?}");
    }
    // A service account is not the public, whatever it holds.
    assert!(!role.iter().any(|r| r == "iam-public-member"));

    let policy = unanswered("/folders/123456789012");
    for rule in ["iam-basic-role-folder", "iam-domain-wide-member"] {
        assert!(policy.iter().any(|r| r == rule), "{rule}: {policy:?}");
    }
    let outcomes = &report["coverage"]["outcomes"];
    let told: u64 = report["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["outcomes"].as_u64().unwrap())
        .sum();
    assert_eq!(outcomes["unknown"].as_u64(), Some(told), "{outcomes}");
    house.run("lint plan.json --require-complete").ends(3);
}

#[test]
fn an_acl_without_its_bucket_is_judged() {
    let house = House::new();
    let public = r#"[{"entity": "allUsers", "role": "READER"}]"#;
    house.write("public.json", public);
    let report = house
        .run("lint public.json --resource gs://acme-drop --format json")
        .ends(1)
        .json();
    let finding = &report["findings"][0];
    assert_eq!(
        finding["rule"], "gcs-public-default-object-acl",
        "{finding}"
    );
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    let lacks = unanswered(&report, "content-missing", "/acme-drop");
    assert!(!lacks.contains(&"gcs-public-default-object-acl".to_owned()));
    // Of the other list nothing is known.
    assert!(lacks.contains(&"gcs-public-acl".to_owned()), "{lacks:?}");

    house.write("own.json", public.replace("allUsers", "project-owners-1"));
    let report = house
        .run("lint own.json --resource gs://acme-drop --format json")
        .ends(0)
        .json();
    let lacks = unanswered(&report, "content-missing", "/acme-drop");
    assert!(!lacks.contains(&"gcs-public-default-object-acl".to_owned()));
}

#[test]
fn settings_of_one_bucket_may_come_in_several_documents() {
    let house = House::new();
    house.write("acl.json", r#"[{"entity": "allUsers", "role": "READER"}]"#);
    house.write(
        "bucket.json",
        r#"{"kind": "storage#bucket", "name": "acme-drop", "iamConfiguration": {"publicAccessPrevention": "enforced"}}"#,
    );
    let report = house
        .run("lint acl.json bucket.json --resource gs://acme-drop --format json")
        .json();
    let found = report["findings"].as_array().unwrap();
    assert!(
        found
            .iter()
            .all(|f| f["rule"] != "gcs-public-default-object-acl"),
        "{found:?}"
    );
}

#[test]
fn endpoints_without_their_deployed_models_are_not_taken_for_empty_ones() {
    let house = House::new();
    house.write(
        "rules/endpoint-account.toml",
        r#"
title      = "An endpoint runs as an account that may set policies"
severity   = "high"
confidence = "high"
why        = "Its models are code."
fix        = "Deploy them with another account."

[analysis]
name = "workload-account"

[analysis.with]
on  = ["vertex-endpoint"]
can = { permission = ["*.setIamPolicy"] }
"#,
    );
    let endpoint = |deployed: &str| {
        let name = "projects/481516234201/locations/europe-west4/endpoints/7";
        let asset = format!(
            r#"{{"name": "//aiplatform.googleapis.com/{name}", "assetType": "aiplatform.googleapis.com/Endpoint",
                 "ancestors": ["projects/481516234201"], "resource": {{"data": {{"name": "{name}"{deployed}}}}}}}"#
        );
        house.write("endpoint.json", format!("[{asset}]"));
        let report = house
            .run("lint endpoint.json --rules rules --select endpoint-account --format json")
            .json();
        report["coverage"]["outcomes"].clone()
    };
    assert_eq!(endpoint("")["unknown"], 1);
    let empty = endpoint(r#", "deployedModels": []"#);
    assert_eq!(
        (&empty["unknown"], &empty["not_applicable"]),
        (&0.into(), &1.into()),
        "{empty}"
    );
}

#[test]
fn no_setting_is_asked_for_on_behalf_of_a_policy_without_an_owner() {
    let house = House::new();
    let policy =
        r#"{"bindings": [{"role": "roles/viewer", "members": ["user:ada@acme.example"]}]}"#;
    house.write("policy.json", policy);
    let report = house.run("lint policy.json --format json").json();
    let gaps = report["gaps"].as_array().unwrap();
    let of_rule = |gap: &&Value| {
        let rules = gap["rules"].as_array().unwrap();
        rules
            .iter()
            .any(|rule| rule == "iam-own-user-on-foreign-project")
    };
    let reasons: Vec<&Value> = gaps
        .iter()
        .filter(of_rule)
        .map(|gap| &gap["reason"])
        .collect();
    assert_eq!(reasons, ["resource-unknown"]);
    for gap in gaps {
        let message = gap["message"].as_str().unwrap();
        assert!(!message.contains("``"), "{message}");
    }
}
