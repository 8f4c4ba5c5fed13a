//! Organisation policies.

use super::{FAIL, ORGANIZATION, PASS, UNKNOWN, organization, policy, project, told};
use serde_json::{Value, json};

#[test]
fn lists_add_up_only_where_they_inherit() {
    let with = "constraints = [\"gcp.resourceLocations\"]\nwant = \"set\"\non = \"project\"\nonly = [\"in:eu-*\"]";
    let above = policy(
        ORGANIZATION,
        "gcp.resourceLocations",
        &json!({"rules": [{"values": {"allowedValues": ["in:eu-locations"]}}]}),
    );
    let own = |spec: Value| policy("projects/7", "gcp.resourceLocations", &spec);
    let outcome = |more: Option<Value>| {
        let mut assets = vec![project(7), above.clone()];
        assets.extend(more);
        told("org-constraint", with, &assets).counts()
    };
    assert_eq!(outcome(None), PASS);
    assert_eq!(
        outcome(Some(own(json!({"rules": [{"allowAll": true}]})))),
        FAIL
    );
    assert_eq!(outcome(Some(own(json!({"reset": true})))), FAIL);
    assert_eq!(outcome(Some(own(json!({"inheritFromParent": true})))), PASS);
    let us = json!({"inheritFromParent": true, "rules": [{"values": {"allowedValues": ["in:us-locations"]}}]});
    assert_eq!(outcome(Some(own(us))), FAIL);
    let tagged = json!({"rules": [{"allowAll": true, "condition": {"expression": "resource.matchTag('1/a', 'b')"}}]});
    assert_eq!(outcome(Some(own(tagged))), UNKNOWN);
    // Only the project's policies were exported: what is above it is not known.
    let alone = policy(
        "projects/7",
        "iam.disableServiceAccountCreation",
        &json!({"reset": true}),
    );
    assert_eq!(
        told("org-constraint", with, &[project(7), alone]).counts(),
        UNKNOWN
    );
}

#[test]
fn exceptions_and_denials_are_read_off_lists() {
    let lifetime = "constraints = [\"iam.allowServiceAccountCredentialLifetimeExtension\"]\nwant = \"none-allowed\"";
    let set = |spec: Value| {
        policy(
            ORGANIZATION,
            "iam.allowServiceAccountCredentialLifetimeExtension",
            &spec,
        )
    };
    let other = policy(ORGANIZATION, "x.y", &json!({"rules": [{"enforce": true}]}));
    // A policy that was described alone says nothing of others.
    assert_eq!(
        told("org-constraint", lifetime, std::slice::from_ref(&other)).counts(),
        UNKNOWN
    );
    let third = policy(ORGANIZATION, "x.z", &json!({"rules": [{"enforce": true}]}));
    assert_eq!(
        told("org-constraint", lifetime, &[other, third]).counts(),
        PASS
    );
    let some = json!({"rules": [{"values": {"allowedValues": ["a@p.iam.gserviceaccount.com"]}}]});
    assert_eq!(
        told("org-constraint", lifetime, &[set(some)]).counts(),
        FAIL
    );
    let keys = "constraints = [\"gcp.restrictNonCmekServices\"]\nwant = \"set\"\ndenies = [\"storage.googleapis.com\"]";
    let denied = |values: Value| {
        let spec = json!({"rules": [{"values": values}]});
        let assets = [policy(ORGANIZATION, "gcp.restrictNonCmekServices", &spec)];
        told("org-constraint", keys, &assets).counts()
    };
    assert_eq!(
        denied(json!({"deniedValues": ["is:storage.googleapis.com"]})),
        PASS
    );
    assert_eq!(
        denied(json!({"deniedValues": ["bigquery.googleapis.com"]})),
        FAIL
    );
    assert_eq!(
        denied(json!({"allowedValues": ["bigquery.googleapis.com"]})),
        PASS
    );
}

#[test]
fn what_google_enforces_by_default_depends_on_the_day() {
    let with = "constraints = [\"iam.x\"]\nwant = \"enforced\"\ndefault = \"2024-05-03\"";
    let other = policy(ORGANIZATION, "x.y", &json!({"rules": [{"enforce": true}]}));
    let outcome = |data: Value| {
        told(
            "org-constraint",
            with,
            &[organization(&data), other.clone()],
        )
        .counts()
    };
    assert_eq!(
        outcome(json!({"creationTime": "2024-05-03T09:00:00Z"})),
        PASS
    );
    assert_eq!(
        outcome(json!({"creationTime": "2024-05-02T23:00:00Z"})),
        FAIL
    );
    assert_eq!(outcome(json!({})), UNKNOWN);
}

#[test]
fn what_google_worked_out_is_believed_and_no_policy_is_told_twice() {
    let evaluated = |node: &str, constraint: &str, spec: Value| {
        let constraint = format!("{constraint}:getEffectivePolicy");
        policy(node, &constraint, &spec)
    };
    let enforced = |yes: bool| json!({"rules": [{"enforce": yes}]});
    let with = "constraints = [\"iam.x\"]\nwant = \"enforced\"\non = \"project\"";
    let outcome = |assets: &[Value]| told("org-constraint", with, assets).counts();
    // A project whose organisation cannot be read.
    let alone = |spec: Value| outcome(&[project(7), evaluated("projects/7", "iam.x", spec)]);
    assert_eq!(alone(enforced(true)), PASS);
    assert_eq!(alone(enforced(false)), FAIL);
    assert_eq!(alone(json!({})), FAIL);
    assert_eq!(
        outcome(&[project(7), evaluated("projects/7", "iam.y", enforced(true))]),
        UNKNOWN
    );
    // What is set below counts before it; what is set on the node is in it.
    let top = evaluated(ORGANIZATION, "iam.x", enforced(true));
    let own = policy("projects/7", "iam.x", &enforced(false));
    assert_eq!(outcome(&[project(7), top.clone()]), PASS);
    assert_eq!(outcome(&[project(7), top.clone(), own.clone()]), FAIL);
    // Lists below add to it.
    let with = "constraints = [\"gcp.resourceLocations\"]\nwant = \"set\"\non = \"project\"\nonly = [\"in:eu-*\"]";
    let list = |value: &str| json!({"inheritFromParent": true, "rules": [{"values": {"allowedValues": [value]}}]});
    let top_list = evaluated(
        ORGANIZATION,
        "gcp.resourceLocations",
        list("in:eu-locations"),
    );
    let below = |value: &str| {
        let below = policy("projects/7", "gcp.resourceLocations", &list(value));
        told(
            "org-constraint",
            with,
            &[project(7), top_list.clone(), below],
        )
        .counts()
    };
    assert_eq!(below("in:eu-west1-locations"), PASS);
    assert_eq!(below("in:us-locations"), FAIL);
    // Only what is set can take something back.
    let takes_back = |assets: &[Value]| told("org-override", "", assets).counts();
    let effective = evaluated("projects/7", "iam.x", enforced(false));
    assert_eq!(
        takes_back(&[project(7), top.clone(), own, effective.clone()]),
        FAIL
    );
    let set = policy(ORGANIZATION, "iam.x", &enforced(true));
    assert_eq!(takes_back(&[project(7), set, effective]), PASS);
}
