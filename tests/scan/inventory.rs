//! What only Cloud Asset Inventory tells, and what it did not tell to the end.

use crate::estate::{Estate, Server};
use crate::tool::{ORGANIZATION, Said, run, scan, small};
use serde_json::{Value, json};
use std::path::Path;

fn by(server: &Server, folder: &Path, via: &str, rule: &str) -> Said {
    run(scan(server, folder).env("LEASTWISE_VIA", via).args([
        "--organization",
        ORGANIZATION,
        "--select",
        rule,
        "--allow-incomplete",
        "--save",
        &format!("{via}.ndjson"),
        "--format",
        "json",
    ]))
}

fn failed(said: &Said) -> Vec<String> {
    let report = said.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let names = findings.map(|finding| finding["resource"].as_str().unwrap().to_owned());
    names.collect()
}

fn outcome(said: &Said, outcome: &str) -> u64 {
    let report = said.json();
    report["coverage"]["outcomes"][outcome].as_u64().unwrap()
}

/// A project with a model, which a service lists, and an index, which none does; everybody reaches both.
fn vertex() -> Server {
    let organization = format!("organizations/{ORGANIZATION}");
    let ancestors = ["projects/481516234201", &organization];
    let manager = |name: &str| format!("//cloudresourcemanager.googleapis.com/{name}");
    let mut assets = vec![
        json!({
            "name": manager(&organization), "assetType": "cloudresourcemanager.googleapis.com/Organization",
            "ancestors": [organization], "resource": { "data": { "name": organization, "state": "ACTIVE" } },
        }),
        json!({
            "name": manager(ancestors[0]), "assetType": "cloudresourcemanager.googleapis.com/Project", "ancestors": ancestors,
            "resource": { "data": { "name": ancestors[0], "projectId": "acme-ml", "state": "ACTIVE" } },
        }),
        json!({
            "name": "//serviceusage.googleapis.com/projects/481516234201/services/aiplatform.googleapis.com",
            "assetType": "serviceusage.googleapis.com/Service", "ancestors": ancestors,
            "resource": { "data": { "name": "projects/481516234201/services/aiplatform.googleapis.com", "state": "ENABLED" } },
        }),
    ];
    for (kind, collection) in [("Model", "models"), ("Index", "indexes")] {
        let name = format!("projects/481516234201/locations/europe-west4/{collection}/7");
        assets.push(json!({
            "name": format!("//aiplatform.googleapis.com/{name}"), "assetType": format!("aiplatform.googleapis.com/{kind}"),
            "ancestors": ancestors, "resource": { "data": { "name": name, "displayName": "scorer" } },
            "iamPolicy": { "bindings": [{ "role": "roles/aiplatform.user", "members": ["allAuthenticatedUsers"] }] },
        }));
    }
    Server::start(Estate::from_assets(&assets))
}

#[test]
fn the_inventory_tells_policies_that_no_service_does() {
    let folder = tempfile::tempdir().unwrap();
    let server = vertex();
    let rule = "vertex-resource-policy-public";
    for via in ["asset-inventory", "auto"] {
        let said = by(&server, folder.path(), via, rule);
        let found = failed(&said);
        assert_eq!(found.len(), 2, "{via}: {said:?}");
        assert!(found.iter().any(|name| name.ends_with("/models/7")));
        assert!(found.iter().any(|name| name.ends_with("/indexes/7")));
    }
    let snapshots = ["asset-inventory", "auto"].map(|via| {
        let text = std::fs::read_to_string(folder.path().join(format!("{via}.ndjson"))).unwrap();
        let assets = text
            .lines()
            .filter(|line| !line.starts_with(r#"{"leastwise""#));
        assets.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(snapshots[0], snapshots[1]);

    // No service has a method that would tell them, so nothing is known.
    let apis = by(&server, folder.path(), "apis", rule);
    assert_eq!(failed(&apis), &[] as &[String]);
    assert_eq!(outcome(&apis, "pass"), 0, "{apis:?}");

    // Nor where the inventory may not be used, and the scan says what that costs.
    server.rights(|rights| rights.take("cloudasset.assets.listIamPolicy"));
    let refused = by(&server, folder.path(), "auto", rule);
    assert_eq!(outcome(&refused, "pass"), 0, "{refused:?}");
    assert!(
        refused.err.contains("only the inventory tells"),
        "{}",
        refused.err
    );
}

#[test]
fn what_a_broken_list_of_policies_lacks_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    server.rights(|rights| rights.take("cloudasset.assets.listIamPolicy"));
    for rule in [
        "iam-public-member",
        "gcs-public-iam",
        "sa-public-impersonation",
    ] {
        let said = by(&server, folder.path(), "asset-inventory", rule);
        let report: Value = said.json();
        assert_eq!(report["coverage"]["complete"], false, "{rule}");
        assert_eq!(outcome(&said, "pass"), 0, "{rule}: {}", said.out);
        assert!(
            said.out.contains("cloudasset.assets.listIamPolicy"),
            "{rule}"
        );
    }
}
