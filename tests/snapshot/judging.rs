//! A snapshot is judged as the export that it is, and what is missing in it is told.

use super::{House, block, header, hierarchy, project, refused, text, write};
use leastwise::model::GapReason;
use leastwise::sources::snapshot::{Missing, Writer};
use serde_json::Value;

fn gaps(report: &Value) -> Vec<(&str, &str)> {
    let gaps = report["gaps"].as_array().unwrap().iter();
    let incomplete = |reason: &str| {
        let known = GapReason::ALL
            .into_iter()
            .find(|known| known.slug() == reason);
        known.unwrap().is_incomplete()
    };
    gaps.map(|gap| {
        (
            gap["reason"].as_str().unwrap(),
            gap["message"].as_str().unwrap(),
        )
    })
    .filter(|(reason, _)| incomplete(reason))
    .collect()
}

#[test]
fn a_whole_snapshot_says_what_a_plain_export_says() {
    let house = House::new();
    let blocks = [hierarchy(), project("acme-data", 2), project("acme-ml", 1)];
    write(&house.path("s.ndjson"), &header(None), &blocks);
    let plain: Vec<u8> = blocks
        .iter()
        .flat_map(|block| block.lines.clone())
        .collect();
    std::fs::write(house.path("plain.ndjson"), plain).unwrap();
    let (scan, code) = house.report("lint s.ndjson");
    let (plain, plain_code) = house.report("lint plain.ndjson");
    assert_eq!((code, plain_code), (1, 1));
    let prints = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| finding["fingerprint"].to_string())
            .collect()
    };
    assert!(!prints(&scan).is_empty());
    assert_eq!(prints(&scan), prints(&plain));
    assert_eq!(scan["coverage"]["assets"], plain["coverage"]["assets"]);
    assert_eq!(gaps(&scan), []);
}

#[test]
fn every_gap_comes_back_with_its_reason_its_call_and_its_resource() {
    let house = House::new();
    let mut ml = project("acme-ml", 2);
    ml.missing = vec![refused("acme-ml-0"), refused("acme-ml-1")];
    ml.missing.push(Missing {
        reason: GapReason::Truncated,
        call: "iam.serviceAccounts.list".to_owned(),
        resource: None,
        message: "the page token changed".to_owned(),
        permission: None,
    });
    write(&house.path("s.ndjson"), &header(None), &[hierarchy(), ml]);
    let (report, code) = house.report("lint s.ndjson --exit-zero");
    assert_eq!(code, 3);
    assert_eq!(report["coverage"]["complete"], false);
    let message = "storage.buckets.getIamPolicy: 403 caller does not have access";
    assert_eq!(
        gaps(&report),
        [
            ("refused", message),
            ("refused", message),
            (
                "truncated",
                "iam.serviceAccounts.list: the page token changed"
            ),
        ]
    );
    let resources: Vec<&str> = report["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|gap| gap["resource"].as_str())
        .collect();
    assert!(
        resources.contains(&"//storage.googleapis.com/acme-ml-1"),
        "{resources:?}"
    );
    let output = house.run("lint s.ndjson --exit-zero -v");
    assert!(
        text(&output.stdout).contains("acme-ml-1"),
        "{}",
        text(&output.stdout)
    );
    let allowed = house.run("lint s.ndjson --exit-zero --allow-incomplete");
    assert_eq!(allowed.status.code(), Some(0));
}

#[test]
fn an_unfinished_snapshot_is_a_gap_and_its_findings_are_told() {
    let house = House::new();
    let mut writer = Writer::create(&house.path("s.ndjson"), &header(None)).unwrap();
    writer.append(&hierarchy()).unwrap();
    writer.append(&project("acme-ml", 1)).unwrap();
    writer.leave().unwrap();
    let (report, code) = house.report("lint s.ndjson.partial --exit-zero");
    assert_eq!(code, 3);
    assert!(!report["findings"].as_array().unwrap().is_empty());
    let told = gaps(&report);
    assert!(
        matches!(told.as_slice(), [("truncated", message)] if message.contains("scan --resume")),
        "{told:?}"
    );
}

#[test]
fn a_snapshot_without_assets_is_a_clean_run() {
    let house = House::new();
    write(
        &house.path("s.ndjson"),
        &header(None),
        &[block("hierarchy", &[])],
    );
    let (report, code) = house.report("lint s.ndjson");
    assert_eq!((code, gaps(&report)), (0, Vec::new()));
}

/// Whatever somebody takes out of a snapshot, it says so.
#[test]
fn what_is_cut_out_of_a_snapshot_is_missed() {
    let house = House::new();
    let mut ml = project("acme-ml", 1);
    ml.missing = vec![refused("acme-ml-0")];
    write(
        &house.path("whole.ndjson"),
        &header(None),
        &[hierarchy(), project("acme-data", 1), ml],
    );
    let whole = std::fs::read_to_string(house.path("whole.ndjson")).unwrap();
    let without = |what: &str, expected: &str| {
        let kept: Vec<&str> = whole.lines().filter(|line| !line.contains(what)).collect();
        assert!(kept.len() < whole.lines().count(), "{what} cuts nothing");
        std::fs::write(house.path("cut.ndjson"), format!("{}\n", kept.join("\n"))).unwrap();
        let (report, code) = house.report("lint cut.ndjson --exit-zero");
        assert_eq!(code, 3, "{what}");
        let told = gaps(&report);
        assert!(
            told.iter().any(|(_, message)| message.contains(expected)),
            "{what}: {told:?}"
        );
    };
    without("\"missing\"", "does not say what");
    without("\"scan\"", "the beginning of the snapshot is missing");
    without("\"end\"", "was not finished");
    without(
        "\"unit\":{\"unit\":\"projects/acme-data\"",
        "3 units, and 2 are here",
    );
}

#[test]
fn records_of_another_version_are_gaps() {
    let house = House::new();
    let lines = [
        r#"{"leastwise":{"scan":{"version":9,"scope":[],"readAt":"2026-11-23T02:00:00Z"}}}"#,
        r#"{"leastwise":{"future":{"x":1}}}"#,
        r#"{"leastwise":{"missing":{"unit":"projects/a","reason":"of-another-kind","call":"","message":""}}}"#,
        r#"{"leastwise":7}"#,
        r#"{"leastwise":{"unit":{"unit":["x"],"assets":-1,"whole":"yes"}}}"#,
    ];
    std::fs::write(house.path("s.ndjson"), lines.join("\n")).unwrap();
    let (report, code) = house.report("lint s.ndjson");
    assert_eq!(code, 3);
    let told = gaps(&report);
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told.iter().all(|(reason, _)| *reason == "unrecognised"));
    assert!(
        told.iter()
            .any(|(_, message)| message.contains("version 9")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .filter(|(_, message)| message.contains("does not know"))
            .count()
            == 4
    );
}

/// `jq` prints a value over several lines; a list of all lines is a snapshot, too.
#[test]
fn a_snapshot_that_was_reformatted_says_the_same() {
    let house = House::new();
    let mut ml = project("acme-ml", 1);
    ml.missing = vec![refused("acme-ml-0")];
    write(&house.path("s.ndjson"), &header(None), &[hierarchy(), ml]);
    let whole = std::fs::read_to_string(house.path("s.ndjson")).unwrap();
    let values: Vec<Value> = whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let pretty: Vec<String> = values
        .iter()
        .map(|value| serde_json::to_string_pretty(value).unwrap())
        .collect();
    std::fs::write(house.path("pretty.json"), pretty.join("\n")).unwrap();
    std::fs::write(house.path("list.json"), Value::from(values).to_string()).unwrap();
    let (plain, _) = house.report("lint s.ndjson");
    for file in ["pretty.json", "list.json"] {
        let (other, code) = house.report(&format!("lint {file}"));
        assert_eq!(code, 1);
        assert_eq!(gaps(&other), gaps(&plain), "{file}");
        assert_eq!(
            other["findings"].as_array().unwrap().len(),
            plain["findings"].as_array().unwrap().len()
        );
    }
}
