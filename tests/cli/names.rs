//! One thing is told once, by the name that people know.

use super::{House, bucket};

const ACCOUNT: &str = r#"{"name":"//iam.googleapis.com/projects/acme-ml/serviceAccounts/104500000000000000011","assetType":"iam.googleapis.com/ServiceAccount","resource":{"version":"v1","data":{"email":"trainer@acme-ml.iam.gserviceaccount.com","uniqueId":"104500000000000000011"}}}"#;
const KEY: &str = r#"{"name":"//iam.googleapis.com/projects/acme-ml/serviceAccounts/104500000000000000011/keys/4fd2","assetType":"iam.googleapis.com/ServiceAccountKey","resource":{"version":"v1","data":{"keyType":"USER_MANAGED","keyOrigin":"GOOGLE_PROVIDED"}}}"#;
const PROJECT: &str = r#"{"name":"//cloudresourcemanager.googleapis.com/projects/481516","assetType":"cloudresourcemanager.googleapis.com/Project","resource":{"version":"v1","data":{"projectId":"acme-ml","projectNumber":"481516"}}}"#;
const POLICY: &str = r#"{"name":"//cloudresourcemanager.googleapis.com/projects/481516","assetType":"cloudresourcemanager.googleapis.com/Project","iamPolicy":{"bindings":[{"role":"roles/owner","members":["user:ann@acme.example"]}]}}"#;

fn house() -> House {
    let house = House::new();
    house.write(
        "org.ndjson",
        [KEY, POLICY, ACCOUNT, PROJECT].join("\n") + "\n",
    );
    house
}

#[test]
fn numbers_are_shown_as_the_names_that_the_input_tells() {
    let house = house();
    let ran = house.run("lint org.ndjson").ends(1);
    let ran = ran
        .shows("  trainer@acme-ml.iam.gserviceaccount.com/keys/4fd2   ")
        .shows("  projects/acme-ml   roles/owner → user:ann@acme.example");
    let findings = ran.out.split("not assessed").next().unwrap_or_default();
    assert!(!findings.contains("  projects/481516 "), "{}", ran.out);
    // Machines are given the name that the input spells.
    let report = house.run("lint org.ndjson --format json").ends(1).json();
    let named = |rule: &str| {
        let findings = report["findings"].as_array().unwrap().iter();
        let mut of_rule = findings.filter(|finding| finding["rule"] == rule);
        of_rule.next().unwrap()["resource"].clone()
    };
    assert_eq!(
        named("iam-basic-role-project"),
        "//cloudresourcemanager.googleapis.com/projects/481516"
    );
    assert_eq!(
        named("sa-user-managed-key"),
        "//iam.googleapis.com/projects/acme-ml/serviceAccounts/104500000000000000011/keys/4fd2"
    );
}

#[test]
fn a_suppression_may_use_either_name() {
    for name in ["projects/acme-ml", "projects/481516"] {
        let house = house();
        let entry = format!(
            "[[suppress]]\nrules = [\"iam-basic-role-project\"]\nresource = \"{name}\"\nreason = \"break glass\"\n"
        );
        house.write(".leastwise.toml", entry);
        let ran = house.run("lint org.ndjson --select iam-basic-role-project");
        ran.ends(0).shows("1 suppressed");
    }
}

#[test]
fn what_two_documents_hold_is_found_once() {
    let house = House::new();
    house.write("a.json", bucket("acme-bad", false));
    house.write("b/again.json", bucket("acme-bad", false));
    house.write("b/other.json", bucket("acme-worse", false));
    let report = house.lint("a.json b --format json").ends(1).json();
    let found: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["location"]["file"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["a.json", "b/other.json"]);
}
