//! What must be there, what runs as whom, and what refers to what.

use super::{
    FAIL, NOT_APPLICABLE, ORGANIZATION, PASS, UNKNOWN, allowed, asset, organization, project, told,
};
use crate::finding::Confidence;
use serde_json::{Value, json};

fn sink(owner: &str, ancestors: &[&str], data: &Value) -> Value {
    let name = format!("//logging.googleapis.com/{owner}/sinks/all");
    asset("logging.googleapis.com/LogSink", &name, ancestors, data)
}

#[test]
fn what_an_export_does_not_carry_is_not_missing() {
    let with = "per = \"project\"\nasset = \"logging.googleapis.com/LogSink\"\nwhere = [{ path = \"$.resource.data.filter\", is = { absent = true } }]";
    let own = sink(
        "projects/acme-7",
        &["projects/7", ORGANIZATION],
        &json!({"destination": "d"}),
    );
    assert_eq!(told("requires", with, &[project(7)]).counts(), UNKNOWN);
    assert_eq!(
        told("requires", with, &[project(7), own.clone()]).counts(),
        PASS
    );
    let both = told("requires", with, &[project(7), project(8), own.clone()]);
    assert_eq!(both.counts(), (1, 1, 0, 0));
    assert_eq!(both.words, ["there is none"]);
    let exported = format!("{with}\nexported = true");
    assert_eq!(told("requires", &exported, &[project(7)]).counts(), FAIL);
    // What is above may have one, and is not in the input.
    let above = format!("{with}\nabove = []");
    assert_eq!(
        told("requires", &above, &[project(8), own.clone()]).counts(),
        UNKNOWN
    );
    let top = organization(&json!({}));
    assert_eq!(
        told("requires", &above, &[project(8), own, top]).counts(),
        FAIL
    );
    let deleted =
        json!({"projectId": "acme-9", "projectNumber": "9", "lifecycleState": "DELETE_REQUESTED"});
    let name = "//cloudresourcemanager.googleapis.com/projects/9";
    let deleted = asset(
        "cloudresourcemanager.googleapis.com/Project",
        name,
        &["projects/9"],
        &deleted,
    );
    assert_eq!(
        told("requires", &exported, &[deleted]).counts(),
        (0, 0, 0, 0)
    );
}

#[test]
fn assets_cover_together_what_must_be_covered() {
    let with = "per = \"organization\"\nasset = \"essentialcontacts.googleapis.com/Contact\"\ncovers = { path = \"$.resource.data.notificationCategorySubscriptions[*]\", values = [\"SECURITY\", \"LEGAL\"], all = \"ALL\" }";
    let contact = |number: u32, categories: &[&str]| {
        let name = format!("//essentialcontacts.googleapis.com/{ORGANIZATION}/contacts/{number}");
        let data = json!({"email": "a@b.c", "notificationCategorySubscriptions": categories});
        asset(
            "essentialcontacts.googleapis.com/Contact",
            &name,
            &[ORGANIZATION],
            &data,
        )
    };
    let outcome = |contacts: Vec<Value>| {
        let mut assets = vec![organization(&json!({}))];
        assets.extend(contacts);
        told("requires", with, &assets)
    };
    assert_eq!(
        outcome(vec![
            contact(1, &["SECURITY"]),
            contact(2, &["LEGAL", "BILLING"])
        ])
        .counts(),
        PASS
    );
    assert_eq!(outcome(vec![contact(1, &["ALL"])]).counts(), PASS);
    assert_eq!(outcome(vec![contact(1, &["SECURITY"])]).words, ["LEGAL"]);
}

#[test]
fn an_alert_of_another_project_may_or_may_not_be_meant() {
    let with = "per = \"project\"\nasset = \"logging.googleapis.com/LogMetric\"\nonly-with = \"logging.googleapis.com/LogMetric\"\n[analysis.with.and-an]\nasset = \"monitoring.googleapis.com/AlertPolicy\"\nkey = \"$.resource.data.name\"\npath = [\"$.resource.data.filter\"]\nnames = \"user/{}\"";
    let ancestors = ["projects/7", ORGANIZATION];
    let name = "//logging.googleapis.com/projects/acme-7/metrics/m";
    let metric = asset(
        "logging.googleapis.com/LogMetric",
        name,
        &ancestors,
        &json!({"name": "m"}),
    );
    let alert = |number: u32, filter: &str| {
        let name = format!("//monitoring.googleapis.com/projects/acme-{number}/alertPolicies/1");
        let ancestors = [format!("projects/{number}"), ORGANIZATION.to_owned()];
        let ancestors: Vec<&str> = ancestors.iter().map(String::as_str).collect();
        asset(
            "monitoring.googleapis.com/AlertPolicy",
            &name,
            &ancestors,
            &json!({"filter": filter}),
        )
    };
    let outcome = |alert: Value| {
        let assets = [project(7), project(8), metric.clone(), alert];
        told("requires", with, &assets).counts()
    };
    assert_eq!(outcome(alert(7, "metric.type=\"user/m\"")), (0, 1, 0, 1));
    assert_eq!(outcome(alert(7, "metric.type=\"user/m-2\"")), (1, 0, 0, 1));
    assert_eq!(outcome(alert(8, "metric.type=\"user/m\"")), (0, 0, 1, 1));
}

#[test]
fn scopes_hold_back_and_defaults_are_found() {
    let with = |on: &str| {
        format!("on = [\"{on}\"]\ncan = {{ permission = [\"iam.serviceAccounts.actAs\"] }}")
    };
    let ancestors = ["projects/7", ORGANIZATION];
    let account = "trainer@acme-7.iam.gserviceaccount.com";
    let vm = |scope: &str| {
        let accounts = json!([{"email": account, "scopes": [format!("https://www.googleapis.com/auth/{scope}")]}]);
        let name = "//compute.googleapis.com/projects/acme-7/zones/z/instances/i";
        asset(
            "compute.googleapis.com/Instance",
            name,
            &ancestors,
            &json!({"serviceAccounts": accounts}),
        )
    };
    let users = allowed(
        "projects/7",
        &[(
            "roles/iam.serviceAccountUser",
            &format!("serviceAccount:{account}"),
        )],
    );
    let wide = told(
        "workload-account",
        &with("vm"),
        &[vm("cloud-platform"), users.clone()],
    );
    assert_eq!(
        (wide.counts(), wide.findings[0].confidence),
        (FAIL, Confidence::High)
    );
    let narrow = told(
        "workload-account",
        &with("vm"),
        &[vm("devstorage.read_only"), users],
    );
    assert_eq!(
        (narrow.counts(), narrow.findings[0].confidence),
        (FAIL, Confidence::Low)
    );

    let function = |name: &str, data: Value| {
        let name = format!("//cloudfunctions.googleapis.com/{name}/locations/l/functions/f");
        asset(
            "cloudfunctions.googleapis.com/CloudFunction",
            &name,
            &[],
            &data,
        )
    };
    let editor = allowed(
        "projects/7",
        &[(
            "roles/editor",
            "serviceAccount:acme-7@appspot.gserviceaccount.com",
        )],
    );
    let by_id = function("projects/acme-7", json!({"runtime": "python312"}));
    assert_eq!(
        told(
            "workload-account",
            &with("function"),
            &[by_id, editor.clone()]
        )
        .counts(),
        FAIL
    );
    let by_number = function("projects/7", json!({"runtime": "python312"}));
    assert_eq!(
        told(
            "workload-account",
            &with("function"),
            &[by_number, editor.clone()]
        )
        .counts(),
        UNKNOWN
    );
    let second = function("projects/acme-7", json!({"serviceConfig": {"uri": "u"}}));
    let outcome = told("workload-account", &with("function"), &[second, editor]);
    assert_eq!(outcome.counts(), UNKNOWN);
    // A training job without an account runs as Google's own agent.
    let job = asset(
        "aiplatform.googleapis.com/CustomJob",
        "//aiplatform.googleapis.com/projects/7/locations/l/customJobs/1",
        &ancestors,
        &json!({"jobSpec": {}}),
    );
    let agent = told(
        "workload-account",
        "on = [\"vertex-job\"]\ndefault = true",
        &[job],
    );
    assert_eq!(agent.counts(), NOT_APPLICABLE);
}

#[test]
fn a_link_may_lead_nowhere_abroad_or_into_the_open() {
    let with = |more: &str| {
        format!(
            "from = [{{ asset = \"storage.googleapis.com/Bucket\", path = \"$.resource.data.logging.logBucket\" }}]\nto = \"storage.googleapis.com/Bucket\"\non = \"source\"\n{more}"
        )
    };
    let bucket = |name: &str, number: &str, log: Option<&str>| {
        let node = format!("projects/{number}");
        let mut data = json!({"name": name, "projectNumber": number, "iamConfiguration": {"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": true}}});
        if let Some(log) = log {
            data["logging"] = json!({"logBucket": log});
        }
        asset(
            "storage.googleapis.com/Bucket",
            &format!("//storage.googleapis.com/{name}"),
            &[&node, ORGANIZATION],
            &data,
        )
    };
    let data = bucket("acme-data", "7", Some("acme-logs"));
    let missing = told(
        "link",
        &with("missing = \"fail\""),
        std::slice::from_ref(&data),
    );
    assert_eq!(missing.words, ["gs://acme-logs is not there"]);
    let same = with("same = [\"project\"]");
    let own = bucket("acme-logs", "7", None);
    assert_eq!(
        told("link", &same, &[data.clone(), own.clone()]).counts(),
        (0, 1, 0, 1)
    );
    let other = bucket("acme-logs", "8", None);
    assert_eq!(
        told("link", &same, &[data.clone(), other]).words,
        ["gs://acme-logs is in another project"]
    );
    let listed = with("projects = [\"acme-ops\"]");
    assert_eq!(
        told("link", &listed, &[data.clone(), own.clone()]).counts(),
        (1, 0, 0, 1)
    );
    let open = json!({
        "name": "//storage.googleapis.com/acme-logs",
        "assetType": "storage.googleapis.com/Bucket",
        "ancestors": ["projects/7", ORGANIZATION],
        "iamPolicy": {"bindings": [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]},
    });
    let public = with("public = false");
    let found = told("link", &public, &[data.clone(), own.clone(), open]);
    assert_eq!(found.words, ["allUsers reaches gs://acme-logs"]);
    assert_eq!(told("link", &public, &[data, own]).counts(), (0, 0, 1, 1));
}
