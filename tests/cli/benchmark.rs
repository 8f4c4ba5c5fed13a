//! `lint --benchmark`: what a run says of each recommendation.

use super::{House, RULE, bucket, root};
use serde_json::Value;

/// The house's rule, under these keys, with another asset type if asked for.
fn rule(head: &str, asset: &str) -> String {
    format!(
        "{head}\n{}",
        RULE.replace("storage.googleapis.com/Bucket", asset)
    )
    .replace("aliases    = [\"house-old-name\"]\n", "")
}

const BUCKET: &str = "storage.googleapis.com/Bucket";

fn numbers(numbers: &str) -> String {
    format!("benchmark = {{ \"cis-gcp-4.0\" = [{numbers}] }}")
}

/// A house in which every outcome happens.
fn house() -> House {
    let house = House::new();
    house.write(
        "house/house-fails.toml",
        rule(&numbers("\"5.2\", \"1.10\""), BUCKET),
    );
    let quiet = rule(&numbers("\"1.5\", \"1.10\""), BUCKET)
        .replace("versioning.enabled", "never")
        .replace("default = false", "default = true")
        .replace(
            "severity   = \"medium\"",
            "severity = \"info\"\npersona = \"auditor\"",
        );
    house.write("house/house-passes.toml", quiet);
    house.write(
        "house/house-blind.toml",
        rule(
            &numbers("\"1.9\", \"1.6\""),
            "cloudkms.googleapis.com/CryptoKey",
        ),
    );
    house.write(
        "house/house-passes-too.toml",
        rule(&numbers("\"1.6\""), BUCKET)
            .replace("= false", "= true")
            .replace("versioning.enabled", "never"),
    );
    let other = format!(
        "{}\n[[select.when]]\npath = \"$.resource.data.id\"\nis = {{ equal = \"x\" }}\n",
        rule(&numbers("\"1.7\""), BUCKET)
    );
    house.write("house/house-elsewhere.toml", other);
    house.write(
        "house/house-literal.toml",
        rule(
            &format!("only = \"benchmark\"\n{}", numbers("\"5.1\"")),
            BUCKET,
        ),
    );
    house.write(
        "buckets.ndjson",
        format!(
            "{}\n{}\n",
            bucket("acme-bad", false),
            bucket("acme-good", true)
        ),
    );
    house
}

fn outcome<'j>(report: &'j Value, number: &str) -> &'j Value {
    let all = report["benchmark"]["recommendations"].as_array().unwrap();
    all.iter().find(|one| one["number"] == number).unwrap()
}

#[test]
fn recommendations_are_failed_passed_unknown_or_for_people() {
    let house = house();
    let ran = house
        .lint("buckets.ndjson --benchmark cis-gcp-4.0 --format json")
        .ends(1);
    let report = ran.json();
    for (number, expected) in [
        ("5.2", "fail"),
        ("5.1", "fail"),
        ("1.10", "fail"),
        ("1.5", "pass"),
        ("1.6", "unknown"),
        ("1.9", "unknown"),
        ("1.7", "not-applicable"),
        ("1.3", "manual"),
        ("1.4", "manual"),
    ] {
        assert_eq!(outcome(&report, number)["outcome"], expected, "{number}");
    }
    let all = report["benchmark"]["recommendations"].as_array().unwrap();
    let order: Vec<&str> = all
        .iter()
        .map(|one| one["number"].as_str().unwrap())
        .collect();
    let at = |number| order.iter().position(|one| *one == number).unwrap();
    assert!(
        at("1.2") < at("1.9") && at("1.9") < at("1.10") && at("1.10") < at("2.1"),
        "{order:?}"
    );
    let failed = outcome(&report, "1.10");
    assert_eq!(
        failed["rules"],
        serde_json::json!(["house-fails", "house-passes"])
    );
    assert_eq!(
        failed["outcomes"],
        serde_json::json!({ "fail": 1, "pass": 3, "unknown": 0, "not_applicable": 0 })
    );
    assert_eq!(
        failed["failed"][0]["resource"],
        "//storage.googleapis.com/acme-bad"
    );
    let blind = outcome(&report, "1.9")["reasons"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        blind.contains("house-blind") && blind.contains("CryptoKey"),
        "{blind}"
    );
    // A rule of no benchmark did not run.
    assert!(
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["rule"] != "house-versioning")
    );

    let schema = std::fs::read_to_string(root().join("docs/schema/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn recommendations_are_told_in_every_form() {
    let house = house();
    let lint = |format: &str| {
        house
            .lint(&format!(
                "buckets.ndjson --benchmark cis-gcp-4.0 --format {format}"
            ))
            .ends(1)
    };
    let table = lint("table").out;
    insta::assert_snapshot!(
        "benchmark_table",
        table.split("\n\n2 assets").next().unwrap()
    );
    let csv = lint("csv").out;
    assert!(csv.starts_with("benchmark,number,recommendation,outcome,rules,fail,pass,unknown,not_applicable,failed,reason\r\n"));
    let row = csv
        .lines()
        .find(|line| line.starts_with("cis-gcp-4.0,5.2,"))
        .unwrap();
    assert!(
        row.contains(",fail,house-fails,1,1,0,0,//storage.googleapis.com/acme-bad,"),
        "{row}"
    );
    lint("markdown")
        .shows("| 5&#46;2 | fail | 1 of 2 |")
        .shows("### CIS Google Cloud");
    lint("text")
        .shows("--> buckets.ndjson")
        .shows("36 recommendations: 3 fail");
    let lines = lint("ndjson").out;
    let one = lines
        .lines()
        .find(|line| line.contains("\"number\":\"5.2\""))
        .unwrap();
    assert!(
        one.contains("\"type\":\"recommendation\"")
            && one.contains("\"benchmark\":\"cis-gcp-4.0\"")
    );
    for format in ["sarif", "junit", "github"] {
        lint(format).shows("house-fails");
    }
}

#[test]
fn what_is_accepted_fails_nevertheless_and_what_was_not_read_passes_nothing() {
    let house = house();
    house.write(
        "quiet.toml",
        "rules = [\"house\"]\nmin-severity = \"critical\"\n[[suppress]]\nrules = [\"house-fails\", \"house-literal\"]\nresource = \"**\"\nreason = \"known\"\n",
    );
    let lint = "lint --no-builtin-rules --benchmark cis-gcp-4.0 --format json --config quiet.toml";
    let report = house.run(&format!("{lint} buckets.ndjson")).ends(0).json();
    let one = outcome(&report, "5.2");
    assert_eq!(
        (
            one["outcome"].as_str(),
            one["failed"][0]["accepted"].as_bool()
        ),
        (Some("fail"), Some(true))
    );
    house.write("broken.json", "{");
    let report = house
        .run(&format!("{lint} buckets.ndjson broken.json"))
        .ends(3)
        .json();
    assert_eq!(outcome(&report, "1.5")["outcome"], "unknown");
    assert_eq!(outcome(&report, "1.7")["outcome"], "unknown");
    let report = house
        .run(&format!(
            "{lint} buckets.ndjson broken.json --allow-incomplete"
        ))
        .ends(0)
        .json();
    assert_eq!(outcome(&report, "1.5")["outcome"], "pass");
}

#[test]
fn rules_to_the_letter_run_only_under_a_benchmark_or_by_name() {
    let house = house();
    let found = |arguments: &str| house.lint(arguments).ends(1).out.contains("house-literal");
    assert!(!found("buckets.ndjson --format csv"));
    assert!(!found("buckets.ndjson --format csv --select house-*"));
    assert!(found("buckets.ndjson --format csv --select house-literal"));
    let list = "rules list --no-builtin-rules --rules house";
    assert!(!house.run(list).ends(0).out.contains("house-literal"));
    house
        .run(&format!("{list} --benchmark cis-gcp-4.0"))
        .ends(0)
        .shows("house-literal");
    house
        .run("explain house-literal --rules house")
        .ends(0)
        .shows("house-literal");
    house.write(
        "wrong/house-wrong.toml",
        rule("only = \"benchmark\"", BUCKET),
    );
    house
        .run("lint buckets.ndjson --rules wrong")
        .ends(2)
        .tells("names it under `benchmark`");
}

#[test]
fn a_benchmark_that_is_none_is_refused() {
    let house = house();
    house
        .lint("buckets.ndjson --benchmark cis-gcp-4")
        .ends(2)
        .tells("a similar value exists: 'cis-gcp-4.0'")
        .tells("cis-gcp-2.0, cis-gcp-3.0, cis-gcp-4.0, cis-gcp-5.0");
    house
        .lint("buckets.ndjson --benchmark cis-gcp-4.0 --select house-fails")
        .ends(2)
        .tells("cannot be used with '--select");
    house
        .lint("buckets.ndjson --benchmark cis-gcp-2.0")
        .ends(2)
        .tells("no rule judges `cis-gcp-2.0`");
}

/// The audit configuration of one service is not that of all.
#[test]
fn some_audit_configuration_does_not_pass_for_all() {
    let house = House::new();
    let policy = r#"{"bindings":[],"auditConfigs":[{"service":"pubsub.googleapis.com","auditLogConfigs":[{"logType":"DATA_READ"}]}],"etag":"BwY=","version":1}"#;
    let node = |kind: &str, name: &str, ancestors: &str, policy: &str| {
        format!(
            r#"{{"name":"//cloudresourcemanager.googleapis.com/{name}","assetType":"cloudresourcemanager.googleapis.com/{kind}","ancestors":[{ancestors}],"iamPolicy":{policy}}}"#
        )
    };
    let org = r#""organizations/7""#;
    house.write(
        "org.ndjson",
        format!(
            "{}\n{}\n",
            node(
                "Project",
                "projects/1",
                &format!(r#""projects/1",{org}"#),
                policy
            ),
            node(
                "Organization",
                "organizations/7",
                org,
                r#"{"bindings":[],"etag":"BwY="}"#
            ),
        ),
    );
    let report = house
        .run("lint org.ndjson --benchmark cis-gcp-4.0 --format json --exit-zero")
        .json();
    assert_ne!(
        outcome(&report, "2.1")["outcome"],
        "pass",
        "{}",
        outcome(&report, "2.1")
    );
}
