//! Which projects are read, and what is said of the others.

use crate::estate::{Estate, Server};
use crate::tool::{ORGANIZATION, run, scan, small};
use serde_json::Value;

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn nodes(report: &Value) -> Vec<String> {
    let nodes = report["nodes"].as_array().unwrap().iter();
    nodes
        .map(|one| one["node"].as_str().unwrap().to_owned())
        .collect()
}

/// Six projects, of which one is being deleted and one is of Apps Script.
fn mixed() -> Server {
    let mut estate = Estate::generate(7, 6, 12);
    let projects = estate.nodes.len() - 6;
    estate.nodes[projects + 1].state = "DELETE_REQUESTED";
    estate.nodes[projects + 2].id = "sys-26817301293847561029384756".to_owned();
    Server::start(estate)
}

#[test]
fn what_is_skipped_is_said_and_never_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = mixed();
    let last = server.estate().nodes.last().unwrap().id.clone();
    let said = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--exclude-project",
        "*-0005",
        "--list-scope",
        "--format",
        "json",
    ]));
    assert_eq!(said.code, 0, "{}", said.err);
    let report = said.json();
    let whys: Vec<(String, String)> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["node"].as_str().unwrap().to_owned(),
                one["why"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(whys.len(), 3, "{whys:?}");
    assert!(
        whys.contains(&(format!("projects/{last}"), "excluded".to_owned())),
        "{whys:?}"
    );
    assert!(whys.iter().any(|(_, why)| why == "DELETE_REQUESTED"));
    assert!(
        whys.iter()
            .any(|(node, _)| node.starts_with("projects/sys-"))
    );
    assert_eq!(
        nodes(&report)
            .iter()
            .filter(|node| node.starts_with("projects/"))
            .count(),
        3
    );
    for told in ["skipped 3", "excluded", "DELETE_REQUESTED", "Apps Script"] {
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
    // Nothing but the hierarchy was asked for.
    let methods: Vec<String> = server.counts().by_method().keys().cloned().collect();
    assert!(
        methods
            .iter()
            .all(|method| method.starts_with("cloudresourcemanager.")),
        "{methods:?}"
    );

    server.forget();
    let said = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--exclude-project",
        "*-0005",
        "--format",
        "json",
        "--save",
        "s.ndjson",
    ]));
    assert!(said.err.contains("skipped 3"), "{}", said.err);
    let snapshot = std::fs::read_to_string(folder.path().join("s.ndjson")).unwrap();
    for (node, _) in whys {
        assert!(!snapshot.contains(&node), "{node}");
    }
}

#[test]
fn patterns_and_names_choose_projects() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let list = |arguments: &[&str]| {
        let said = run(scan(&server, folder.path())
            .args(["--list-scope", "--format", "json"])
            .args(arguments));
        (
            said.code,
            nodes(&said.json()),
            said.json()["missing"].clone(),
        )
    };
    let all = list(&["--organization", ORGANIZATION]).1;
    let projects: Vec<&String> = all
        .iter()
        .filter(|node| node.starts_with("projects/"))
        .collect();
    assert_eq!(projects.len(), 6);
    let first = projects[0].trim_start_matches("projects/");

    // By name: no more than that project, with what is above it.
    let (code, found, _) = list(&["--project", first]);
    assert_eq!((code, found), (0, vec![projects[0].clone()]));
    // By pattern, among all that are seen.
    let (code, found, _) = list(&["--project", "acme-*-0001,acme-*-0002"]);
    assert_eq!((code, found.len()), (0, 2));
    // Among those of the organisation, with the folders that they are in.
    let (code, found, _) = list(&["--organization", ORGANIZATION, "--project", "acme-*-0001"]);
    let kinds: Vec<&str> = found
        .iter()
        .map(|node| node.split('/').next().unwrap())
        .collect();
    assert_eq!(
        (code, kinds),
        (0, vec!["folders", "folders", "organizations", "projects"])
    );
    // A folder is what is below it.
    let folders: Vec<&String> = all
        .iter()
        .filter(|node| node.starts_with("folders/5"))
        .collect();
    let number = folders[0].trim_start_matches("folders/");
    let (code, found, _) = list(&["--folder", number]);
    assert_eq!((code, found.len()), (0, all.len() - 1));
    // What is not there is missing, never left out in silence.
    let (code, found, missing) = list(&["--project", first, "--project", "acme-nowhere"]);
    assert_eq!((code, found.len()), (3, 1));
    assert!(missing.to_string().contains("acme-nowhere"), "{missing}");
    let (code, _, missing) = list(&["--organization", ORGANIZATION, "--project", "nowhere-*"]);
    assert_eq!(code, 3);
    assert!(missing.to_string().contains("nowhere-*"), "{missing}");
}

#[test]
fn a_refused_list_of_folders_is_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    server.rights(|rights| rights.take("resourcemanager.projects.list"));
    let said = run(scan(&server, folder.path()).args([
        "--organization",
        ORGANIZATION,
        "--format",
        "json",
    ]));
    let gaps = said.json()["gaps"].to_string();
    assert!(gaps.contains("resourcemanager.projects.list"), "{gaps}");
    assert_eq!(said.json()["coverage"]["complete"], false);
}

#[test]
fn a_preflight_tells_what_would_be_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let ask = || {
        run(scan(&server, folder.path()).args([
            "--organization",
            ORGANIZATION,
            "--preflight",
            "--format",
            "json",
        ]))
    };
    let said = ask();
    assert_eq!(
        (said.code, &said.json()["refused"]),
        (0, &serde_json::json!([])),
        "{said:?}"
    );
    server.rights(|rights| rights.take("storage.buckets.getIamPolicy"));
    let said = ask();
    assert_eq!(said.code, 3);
    let refused = said.json()["refused"].clone();
    assert_eq!(refused[0]["permission"], "storage.buckets.getIamPolicy");
    assert!(strings(&refused[0]["calls"]).contains(&"storage.buckets.getIamPolicy".to_owned()));
    assert_eq!(
        strings(&refused[0]["nodes"]),
        [format!("organizations/{ORGANIZATION}")]
    );
    assert_eq!(refused.as_array().unwrap().len(), 1);
}

#[test]
fn no_scope_and_wrong_names_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    for arguments in [
        &[][..],
        &["--organization", "acme.example"],
        &["--project", "a/b"],
        &["--project", "acme-["],
        &["--project", "acme-ml", "--skip", "no.such.call"],
        &["--project", "acme-ml", "--with", "everything"],
        &["--project", "acme-ml", "--resume"],
        &["--project", "acme-ml", "--offline"],
    ] {
        let said = run(scan(&server, folder.path()).args(arguments));
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.err);
    }
    let said = run(&mut scan(&server, folder.path()));
    assert!(said.err.contains("--organization"), "{}", said.err);
    let said = run(scan(&server, folder.path()).args(["--project", "acme-ml", "--offline"]));
    assert!(said.err.contains("--offline"), "{}", said.err);
    assert_eq!(server.counts().requests(), 0, "nothing was asked");
}

#[test]
fn the_default_project_is_that_of_gcloud_and_it_is_said_who_named_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = small();
    let first = server
        .estate()
        .nodes
        .iter()
        .find(|node| node.number != node.id);
    let first = first.unwrap().id.clone();
    let mut command = scan(&server, folder.path());
    command.args(["--list-scope", "--format", "json"]);
    let said = run(command.env("CLOUDSDK_CORE_PROJECT", &first));
    assert_eq!(nodes(&said.json()), [format!("projects/{first}")]);
    assert!(said.err.contains("CLOUDSDK_CORE_PROJECT"), "{}", said.err);
    assert!(said.err.contains("asks as nobody"), "{}", said.err);
}

/// Most shards have neither the organisation nor a folder among their nodes.
#[test]
fn the_shards_of_a_scan_bring_together_what_the_whole_brings() {
    let server = small();
    for via in ["apis", "auto"] {
        let folder = tempfile::tempdir().unwrap();
        let assets = |more: &[&str]| {
            let mut command = scan(&server, folder.path());
            command.args(["--organization", ORGANIZATION, "--via", via]);
            let said = run(command.args(["--format", "json"]).args(more));
            said.json()["coverage"]["assets"].as_u64().unwrap()
        };
        let whole = assets(&[]);
        let parts = ["1/3", "2/3", "3/3"];
        let sum: u64 = parts.iter().map(|part| assets(&["--shard", part])).sum();
        assert_eq!(sum, whole, "via {via}");
    }
}
