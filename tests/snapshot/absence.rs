//! What is not in a snapshot is known not to exist where it was read, and not known where it was not.

use super::{House, block, header, hierarchy, project, refused, write};
use leastwise::sources::snapshot::{Block, Header};
use serde_json::{Value, json};

const SINK: &str = "logging.googleapis.com/LogSink";

/// A project, with a sink that exports everything or without, of which these types were read.
fn node(id: &str, sink: bool, types: &[&str]) -> Block {
    let mut block = project(id, 0);
    block.types = types.iter().map(|name| (*name).to_owned()).collect();
    if sink {
        let first: Value = serde_json::from_slice(&block.lines).unwrap();
        let line = json!({
            "name": format!("//logging.googleapis.com/projects/{id}/sinks/all"),
            "assetType": SINK,
            "ancestors": first["ancestors"],
            "resource": {"data": {"name": "all", "destination": "storage.googleapis.com/acme-logs"}},
        });
        block
            .lines
            .extend_from_slice(format!("{line}\n").as_bytes());
        block.assets += 1;
    }
    block
}

fn organization(types: &[&str]) -> Block {
    Block {
        types: types.iter().map(|name| (*name).to_owned()).collect(),
        ..block("organizations/770043110021", &[])
    }
}

/// The projects that have no sink, and how many of them nobody can tell.
fn without_sink(house: &House, file: &str) -> (Vec<String>, u64) {
    let (report, _) = house.report(&format!("lint {file} --select log-sink-missing"));
    let findings = report["findings"].as_array().unwrap().iter();
    let names = findings.map(|finding| finding["resource"].as_str().unwrap().to_owned());
    let unknown = report["coverage"]["outcomes"]["unknown"].as_u64().unwrap();
    (names.collect(), unknown)
}

#[test]
fn a_type_that_was_read_is_known_to_be_absent() {
    let house = House::new();
    let lint = |blocks: &[Block]| {
        write(&house.path("s.ndjson"), &header(None), blocks);
        without_sink(&house, "s.ndjson")
    };
    // No document holds a sink; only the scan's word says that there is none.
    let (found, unknown) = lint(&[
        hierarchy(),
        organization(&[SINK]),
        node("acme-ml", false, &[SINK]),
    ]);
    assert_eq!((found.len(), unknown), (1, 0));
    let (found, unknown) = lint(&[hierarchy(), organization(&[]), node("acme-ml", false, &[])]);
    assert_eq!((found.len(), unknown), (0, 1));
    // What is above counts, and was not read.
    let (found, unknown) = lint(&[
        hierarchy(),
        organization(&["x"]),
        node("acme-ml", false, &[SINK]),
    ]);
    assert_eq!((found.len(), unknown), (0, 1));
}

#[test]
fn a_type_that_was_refused_is_not_taken_for_absent() {
    let house = House::new();
    let mut blocks = vec![
        hierarchy(),
        organization(&[SINK]),
        node("acme-data", true, &[SINK]),
        node("acme-ml", false, &["storage.googleapis.com/Bucket"]),
        node("acme-web", false, &[SINK]),
    ];
    blocks[3].missing.push(refused("acme-ml"));
    write(&house.path("s.ndjson"), &header(None), &blocks);
    let (found, unknown) = without_sink(&house, "s.ndjson");
    assert!(
        matches!(found.as_slice(), [one] if one.ends_with(&number(&blocks[4]))),
        "{found:?}"
    );
    assert_eq!(unknown, 1);
    // A scan that does not tell types: what is whole was read, the rest is not known.
    blocks.iter_mut().for_each(|block| block.types.clear());
    blocks[1] = block("organizations/770043110021", &[]);
    write(&house.path("s.ndjson"), &header(None), &blocks);
    let (found, unknown) = without_sink(&house, "s.ndjson");
    assert!(
        matches!(found.as_slice(), [one] if one.ends_with(&number(&blocks[4]))),
        "{found:?}"
    );
    assert_eq!(unknown, 1);
}

fn number(block: &Block) -> String {
    let text = String::from_utf8(block.lines.clone()).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    first["ancestors"][0].as_str().unwrap().to_owned()
}

/// A scan of one project also reads the organisation's settings; that does not make it a list of all projects, of
/// which another one's number would be a stranger's.
#[test]
fn a_scan_of_less_than_the_organization_does_not_list_its_projects() {
    let house = House::new();
    let mut ml = project("acme-ml", 0);
    let binding = json!({"role": "roles/viewer", "members": ["serviceAccount:trainer@acme-other.iam.gserviceaccount.com"]});
    let mut line: Value = serde_json::from_slice(&ml.lines).unwrap();
    line["iamPolicy"]["bindings"] = json!([binding]);
    ml.lines = format!("{line}\n").into_bytes();
    let blocks = [hierarchy(), ml];
    let outsiders = |scope: &str| {
        let header = Header::new(vec![scope.to_owned()], header(None).read_at, None);
        write(&house.path("s.ndjson"), &header, &blocks);
        let (report, _) = house.report("lint s.ndjson");
        let findings = report["findings"].as_array().unwrap().iter();
        let told = findings.filter(|finding| {
            finding["member"]
                .as_str()
                .is_some_and(|member| member.contains("acme-other"))
        });
        told.map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = outsiders("organizations/770043110021");
    let one = outsiders("projects/acme-ml");
    assert!(one.len() < all.len(), "{one:?} {all:?}");
}

const POLICY: &str = "orgpolicy.googleapis.com/Policy";

/// The nodes at which key upload is found to be allowed, and how many nodes nobody can tell of.
fn uploads(house: &House, blocks: &[Block]) -> (usize, u64) {
    write(&house.path("s.ndjson"), &header(None), blocks);
    let arguments = "lint s.ndjson --select orgpolicy-sa-key-upload --persona auditor";
    let (report, _) = house.report(arguments);
    let unknown = &report["coverage"]["outcomes"]["unknown"];
    let findings = report["findings"].as_array().unwrap();
    (findings.len(), unknown.as_u64().unwrap())
}

/// A policy of the organisation.
fn policy(constraint: &str) -> Value {
    let name = format!("organizations/770043110021/policies/{constraint}");
    json!({
        "name": format!("//orgpolicy.googleapis.com/{name}"),
        "assetType": POLICY,
        "ancestors": ["organizations/770043110021"],
        "resource": {"data": {"name": name, "spec": {"rules": [{"enforce": true}]}}},
    })
}

fn with(unit: Block, types: &[&str]) -> Block {
    Block {
        types: types.iter().map(|name| (*name).to_owned()).collect(),
        ..unit
    }
}

#[test]
fn organization_policies_that_were_refused_are_not_taken_for_unset() {
    let house = House::new();
    let organization =
        |assets: &[Value], types: &[&str]| with(block("organizations/770043110021", assets), types);
    let upload = policy("iam.managed.disableServiceAccountKeyUpload");
    let other = [
        policy("compute.skipDefaultNetworkCreation"),
        policy("sql.restrictPublicIp"),
    ];
    let all = |organization: Block| [hierarchy(), organization];
    // Two that were read look like a list of all, unless the scan says that it was cut short.
    let (read, _) = uploads(&house, &all(organization(&other, &[POLICY])));
    assert_eq!(read, 1);
    assert_eq!(uploads(&house, &all(organization(&other, &[SINK]))), (0, 1));
    // That none is set is known only from the scan.
    assert_eq!(uploads(&house, &all(organization(&[], &[POLICY]))).0, 1);
    assert_eq!(uploads(&house, &all(organization(&[], &[]))).0, 0);
    assert_eq!(
        uploads(&house, &all(organization(&[upload], &[POLICY]))),
        (0, 0)
    );
}
