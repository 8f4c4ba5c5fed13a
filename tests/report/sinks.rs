//! What is sent elsewhere: metrics, rows, messages, findings of Security Command Center.

use super::fixture::{HOSTILE, finding, report};
use super::{PLAIN, written};
use leastwise::escape;
use leastwise::finding::{Finding, Severity, fingerprint};
use leastwise::history::{Changes, Past, Seen, State};
use leastwise::model::{Gap, GapReason};
use leastwise::report::scc::{self, is_source};
use leastwise::report::{Format, Report, bigquery_schema, slack_message, webhook_message};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: &str = "organizations/1/sources/2";

fn print(report: &Report<'_>, finding: &Finding) -> String {
    fingerprint(&report.rules[usize::from(finding.rule.0)].id, finding)
}

/// What a history would say: the first finding is new, the second reopened, everything else open; one is fixed.
fn changes(report: &Report<'_>) -> Changes {
    let first_seen = "2026-08-01T03:00:00Z".parse().unwrap();
    let states = [State::New, State::Reopened].into_iter();
    let states = states.chain(std::iter::repeat(State::Open));
    let found = report.findings.iter().zip(states).map(|(finding, state)| {
        let seen = Seen { state, first_seen };
        (print(report, finding), seen)
    });
    let past = Past {
        rule: "gcs-public-iam".to_owned(),
        severity: "critical".to_owned(),
        resource: "//storage.googleapis.com/acme-gone".to_owned(),
        first_seen,
        last_seen: first_seen,
    };
    Changes {
        found: found.collect(),
        fixed: [("v1:00".to_owned(), past)].into(),
        ..Changes::default()
    }
}

/// The report with this beside it.
fn beside(report: &mut Report<'static>, changes: &Changes) {
    report.changes = Some(Box::leak(Box::new(changes.clone())));
}

/// A metric's name, its labels and its value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Reads the text format as its description says, and refuses everything else.
fn metrics(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'), "the last line has no end");
    let mut described = BTreeMap::new();
    let mut samples = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty());
            assert_eq!(
                described.insert(name.to_owned(), false),
                None,
                "{name} twice"
            );
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(kind, "gauge");
            assert_eq!(
                described.insert(name.to_owned(), true),
                Some(false),
                "{name}"
            );
        } else {
            let (name, rest) = line.split_once('{').unwrap();
            assert_eq!(described.get(name), Some(&true), "{name} is not described");
            let mut labels = BTreeMap::new();
            let mut rest = rest;
            loop {
                let (label, tail) = rest.split_once("=\"").unwrap();
                let legal = |c: char| c.is_ascii_lowercase() || c == '_';
                assert!(label.chars().all(legal), "{label}");
                let mut value = String::new();
                let mut chars = tail.char_indices();
                let end = loop {
                    match chars.next().unwrap() {
                        (at, '"') => break at + 1,
                        (_, '\\') => value.push(match chars.next().unwrap().1 {
                            'n' => '\n',
                            same @ ('\\' | '"') => same,
                            other => panic!("`\\{other}` is no escape"),
                        }),
                        (_, c) => value.push(c),
                    }
                };
                assert_eq!(labels.insert(label.to_owned(), value), None, "{label}");
                rest = &tail[end..];
                match rest.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            // Name, labels, value, and nothing after it: a timestamp would make the collector reject the file.
            let value = rest.strip_prefix("} ").unwrap();
            samples.push((name.to_owned(), labels, value.parse().unwrap()));
        }
    }
    let series: BTreeSet<String> = samples
        .iter()
        .map(|s| format!("{} {:?}", s.0, s.1))
        .collect();
    assert_eq!(series.len(), samples.len(), "a series comes twice");
    samples
}

#[test]
fn metrics_can_be_collected_and_name_nobody() {
    let mut report = report();
    report.coverage.scope = vec!["organizations/1".to_owned(), "a\\b\"c\n".to_owned()];
    let text = written(Format::Prometheus, &report, PLAIN);
    insta::assert_snapshot!("prometheus", text);
    let samples = metrics(&text);
    let sum = |name: &str, label: &str, value: &str| -> f64 {
        let of_name = samples.iter().filter(|sample| sample.0 == name);
        let some = of_name.filter(|sample| label.is_empty() || sample.1[label] == value);
        some.map(|sample| sample.2).sum()
    };
    assert_eq!(sum("leastwise_findings", "state", "open"), 306.0);
    assert_eq!(sum("leastwise_findings", "state", "suppressed"), 1.0);
    assert_eq!(sum("leastwise_findings", "state", "baselined"), 2.0);
    assert_eq!(sum("leastwise_findings", "severity", "medium"), 300.0);
    assert_eq!(sum("leastwise_scan_complete", "", ""), 0.0);
    assert_eq!(
        sum("leastwise_last_success_timestamp_seconds", "", ""),
        1_788_264_000.0
    );
    assert_eq!(sum("leastwise_scan_duration_seconds", "", ""), 0.041);
    assert_eq!(sum("leastwise_resources", "state", "judged"), 412.0);
    assert!(
        samples
            .iter()
            .all(|s| s.1["scope"] == "organizations/1 a\\b\"c\\u{a}")
    );
    let names: BTreeSet<&String> = samples.iter().flat_map(|s| s.1.keys()).collect();
    for private in ["resource", "member", "role", "project"] {
        assert!(!names.contains(&private.to_owned()), "{private}");
    }
    for name in ["acme", "allUsers", "trainer@", "everyone@"] {
        assert!(!text.contains(name), "{name}");
    }
}

#[test]
fn metrics_tell_new_from_open_when_runs_are_remembered() {
    let mut report = report();
    let changes = changes(&report);
    report.changes = Some(&changes);
    let mut states = BTreeMap::<String, f64>::new();
    for (name, labels, value) in metrics(&written(Format::Prometheus, &report, PLAIN)) {
        if name == "leastwise_findings" {
            *states.entry(labels["state"].clone()).or_default() += value;
        }
    }
    let expected = [
        ("baselined", 2.0),
        ("new", 1.0),
        ("open", 304.0),
        ("reopened", 1.0),
        ("suppressed", 1.0),
    ];
    assert_eq!(
        states,
        expected.map(|(state, n)| (state.to_owned(), n)).into()
    );
}

/// What `bq load` would say to a row.
fn loads(row: &Value, schema: &[Value]) -> Result<(), String> {
    let row = row.as_object().ok_or("no object")?;
    for key in row.keys() {
        if !schema.iter().any(|column| column["name"] == **key) {
            return Err(format!("no such field: {key}"));
        }
    }
    for column in schema {
        let name = column["name"].as_str().unwrap();
        let typed = |value: &Value| match column["type"].as_str().unwrap() {
            "STRING" => value.is_string(),
            "BOOLEAN" => value.is_boolean(),
            "INTEGER" => value.is_i64(),
            "TIMESTAMP" => value.as_str().is_some_and(|text| {
                let digits = text.split_once('.').map_or(0, |(_, f)| f.len() - 1);
                text.parse::<jiff::Timestamp>().is_ok() && digits <= 6
            }),
            other => panic!("{other} is no type"),
        };
        let value = row.get(name).unwrap_or(&Value::Null);
        let fits = match column["mode"].as_str().unwrap() {
            "REQUIRED" => typed(value),
            "NULLABLE" => value.is_null() || typed(value),
            "REPEATED" => {
                value.is_null() || value.as_array().is_some_and(|list| list.iter().all(typed))
            }
            other => panic!("{other} is no mode"),
        };
        if !fits {
            return Err(format!("{name}: {value}"));
        }
    }
    Ok(())
}

fn rows(report: &Report<'_>) -> Vec<Value> {
    let text = written(Format::Bigquery, report, PLAIN);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_row_fits_the_table() {
    let schema = bigquery_schema();
    let schema = schema.as_array().unwrap();
    let names: BTreeSet<&str> = schema.iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), schema.len(), "a column comes twice");
    let mut report = report();
    let changes = changes(&report);
    let mut used = BTreeSet::new();
    for changes in [None, Some(&changes)] {
        report.changes = changes;
        report.now = "2026-09-01T12:00:00.123456789Z".parse().unwrap();
        let rows = rows(&report);
        for row in &rows {
            assert_eq!(loads(row, schema), Ok(()));
            used.extend(row.as_object().unwrap().keys().cloned());
        }
        let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
        let counts = [of("finding"), of("suppressed"), of("gap"), of("run")];
        assert_eq!(counts, [306, 1, 10, 1]);
        let run = rows.last().unwrap();
        assert_eq!(
            (&run["kind"], &run["findings"]),
            (&json!("run"), &json!(306))
        );
        let ids: BTreeSet<String> = rows.iter().map(|row| row["run_id"].to_string()).collect();
        assert_eq!(ids.len(), 1);
    }
    // Every column is there for a reason.
    assert_eq!(
        used.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        names
    );

    let mut wrong = rows(&report)[0].clone();
    wrong["severity"] = 3.into();
    assert!(loads(&wrong, schema).is_err());
    let unknown = json!({ "x": 1 });
    assert!(loads(&unknown, schema).is_err_and(|why| why.contains("no such field")));
}

#[test]
fn a_run_that_found_nothing_leaves_a_row() {
    let mut report = report();
    report.findings.clear();
    report.suppressed.clear();
    report.gaps.clear();
    report.coverage.complete = true;
    let rows = rows(&report);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["kind"], &rows[0]["complete"]),
        (&json!("run"), &json!(true))
    );
}

#[test]
fn a_run_has_a_name_that_depends_on_nothing_else() {
    let one = report().run_id();
    assert_eq!(one, report().run_id());
    assert!(one.len() == 32 && one.bytes().all(|b| b.is_ascii_hexdigit()));
    let mut ids = BTreeSet::from([one.clone()]);
    let mut other = report();
    other.findings.reverse();
    other.coverage.elapsed *= 2;
    assert_eq!(other.run_id(), one, "order and time taken do not count");
    other.findings.pop();
    ids.insert(other.run_id());
    other = report();
    other.now += jiff::SignedDuration::from_secs(1);
    ids.insert(other.run_id());
    other = report();
    other.coverage.scope = vec!["elsewhere".to_owned()];
    ids.insert(other.run_id());
    other.coverage.complete = true;
    ids.insert(other.run_id());
    assert_eq!(ids.len(), 5);
}

#[test]
fn the_published_schema_of_the_table_is_the_generated_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/bigquery.json");
    let generated = serde_json::to_string_pretty(&bigquery_schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == generated,
        "{} is stale; run: UPDATE_DOCS=1 cargo test --test report",
        path.display()
    );
}

/// Holds a message against the limits of Block Kit and against what Slack would act on.
fn slack_takes(message: &Value) {
    let blocks = message["blocks"].as_array().unwrap();
    assert!((1..=10).contains(&blocks.len()), "{}", blocks.len());
    let mut texts = vec![message["text"].as_str().unwrap().to_owned()];
    for block in blocks {
        let text = match block["type"].as_str().unwrap() {
            "header" => {
                let text = &block["text"];
                assert_eq!(text["type"], "plain_text");
                assert!(text["text"].as_str().unwrap().chars().count() <= 150);
                text
            }
            "section" => &block["text"],
            "context" => &block["elements"][0],
            other => panic!("{other}"),
        };
        if text["type"] == "mrkdwn" {
            assert_eq!(text["verbatim"], true);
        }
        texts.push(text["text"].as_str().unwrap().to_owned());
    }
    let link = regex::Regex::new(
        r"<https://github\.com/leastwise/leastwise/blob/main/docs/rules/[a-z0-9-]+\.md\|[a-z0-9-]+>",
    )
    .unwrap();
    let reference = regex::Regex::new("&(amp|lt|gt);").unwrap();
    for text in texts {
        let length = text.chars().count();
        assert!((1..=3_000).contains(&length), "{length}");
        let rest = reference
            .replace_all(&link.replace_all(&text, ""), "")
            .into_owned();
        assert!(!rest.contains(['<', '>', '&']), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && escape::is_treacherous(c)));
    }
}

#[test]
fn slack_is_told_what_is_new_and_a_count() {
    let mut report = report();
    let message = slack_message(&report).unwrap();
    slack_takes(&message);
    insta::assert_snapshot!("slack", serde_json::to_string_pretty(&message).unwrap());
    let blocks = message["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 10);
    let more = blocks[8]["text"]["text"].as_str().unwrap();
    assert_eq!(more, "… and 299 more: 298 medium, 1 low");

    let changes = changes(&report);
    beside(&mut report, &changes);
    let message = slack_message(&report).unwrap();
    slack_takes(&message);
    assert_eq!(
        message["text"],
        "leastwise: 1 new finding, 1 reopened, the run is incomplete"
    );
    let text = message.to_string();
    assert!(text.contains("acme-models-release") && text.contains("acme-train-raw"));
    assert!(
        !text.contains("acme-data-"),
        "what is still open is not told again"
    );
    assert!(text.contains("304 still open · 1 fixed"), "{text}");
}

#[test]
fn a_summary_begins_with_what_is_new() {
    let mut report = report();
    assert!(!written(Format::Markdown, &report, PLAIN).contains("still open"));
    let changes = changes(&report);
    report.changes = Some(&changes);
    let summary = written(Format::Markdown, &report, PLAIN);
    let head = summary.split("\n### ").next().unwrap();
    assert!(
        head.contains("**1 new, 1 reopened, 304 still open, 1 fixed**"),
        "{head}"
    );
    assert!(
        head.contains("`gs://acme-models-release` `roles/storage.objectViewer → allUsers`"),
        "{head}"
    );
    assert!(
        head.contains("acme-train-raw") && !head.contains("acme-data-"),
        "{head}"
    );
}

#[test]
fn nothing_new_is_not_told_but_an_incomplete_run_is() {
    let mut report = report();
    let mut changes = changes(&report);
    changes
        .found
        .values_mut()
        .for_each(|seen| seen.state = State::Open);
    beside(&mut report, &changes);
    let message = slack_message(&report).unwrap();
    assert_eq!(message["text"], "leastwise: the run is incomplete");
    slack_takes(&message);
    assert!(webhook_message(&report).is_some());
    report.coverage.complete = true;
    assert_eq!(slack_message(&report), None);
    // A webhook is also told what is fixed.
    let message = webhook_message(&report).unwrap();
    assert_eq!(
        message["fixed"][0]["resource"],
        "//storage.googleapis.com/acme-gone"
    );
    changes.fixed.clear();
    beside(&mut report, &changes);
    assert_eq!(webhook_message(&report), None);
}

#[test]
fn a_webhook_gets_what_is_new_with_a_summary() {
    let mut report = report();
    let changes = changes(&report);
    beside(&mut report, &changes);
    let message = webhook_message(&report).unwrap();
    let summary = json!({
        "new": 1, "reopened": 1, "open": 304, "fixed": 1, "max_severity": "critical",
        "complete": false, "remembered": true, "first_run": false,
    });
    assert_eq!(message["summary"], summary);
    assert_eq!(message["run_id"], report.run_id());
    let whole: Value = serde_json::from_str(&written(Format::Json, &report, PLAIN)).unwrap();
    assert_eq!(message["new"], json!([whole["findings"][0]]));
    assert_eq!(message["reopened"], json!([whole["findings"][1]]));
    assert_eq!(
        (&message["version"], &message["left_out"]),
        (&json!("1"), &json!(0))
    );

    report.changes = None;
    let message = webhook_message(&report).unwrap();
    assert_eq!(message["summary"]["new"], 306);
    assert_eq!(message["summary"]["remembered"], false);
    let one = report.findings[0].clone();
    report.findings = vec![one; 700];
    let message = webhook_message(&report).unwrap();
    assert_eq!(message["new"].as_array().unwrap().len(), 500);
    assert_eq!(
        (&message["left_out"], &message["summary"]["new"]),
        (&json!(200), &json!(700))
    );
}

/// What Security Command Center would hold after `plan`.
fn stored(plan: &scc::Plan) -> Vec<Value> {
    let opened = plan.writes.iter().filter(|write| !write.closes);
    let stored = opened.map(|write| {
        let mut finding = write.body.clone();
        finding["name"] = write.name.clone().into();
        finding
    });
    stored.collect()
}

#[test]
fn findings_are_what_security_command_center_takes() {
    let report = report();
    let plan = scc::plan(&report, SOURCE, &[]);
    assert_eq!((plan.writes.len(), plan.unchanged, plan.kept), (306, 0, 0));
    insta::assert_snapshot!(
        "scc",
        serde_json::to_string_pretty(&plan.writes[3].body).unwrap()
    );
    let name = regex::Regex::new("^organizations/1/sources/2/findings/[0-9a-f]{32}$").unwrap();
    let key = regex::Regex::new("^[A-Za-z][A-Za-z0-9_]{0,254}$").unwrap();
    for (write, finding) in plan.writes.iter().zip(&report.findings) {
        assert!(name.is_match(&write.name), "{}", write.name);
        assert!(print(&report, finding).contains(write.name.rsplit('/').next().unwrap()));
        // A mask must not be given where the finding may have to be created.
        assert_eq!(write.mask, None);
        let body = &write.body;
        assert_eq!(
            (&body["state"], &body["findingClass"]),
            (&json!("ACTIVE"), &json!("MISCONFIGURATION"))
        );
        assert!(
            ["CRITICAL", "HIGH", "MEDIUM", "LOW"].contains(&body["severity"].as_str().unwrap())
        );
        assert!(body["resourceName"].as_str().unwrap().starts_with("//"));
        assert!(
            body["eventTime"]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .is_ok()
        );
        let properties = body["sourceProperties"].as_object().unwrap();
        assert!(properties.keys().all(|name| key.is_match(name)));
        assert!(
            body["externalUri"]
                .as_str()
                .unwrap()
                .starts_with("https://")
        );
    }
}

#[test]
fn the_second_run_writes_only_what_differs() {
    let mut report = report();
    let there = stored(&scc::plan(&report, SOURCE, &[]));
    report.now += jiff::SignedDuration::from_hours(24);
    let again = scc::plan(&report, SOURCE, &there);
    assert_eq!((again.writes.len(), again.unchanged), (0, 306));
    report.findings[0].severity = Severity::High;
    let again = scc::plan(&report, SOURCE, &there);
    assert_eq!(again.writes.len(), 1);
    assert!(
        again.writes[0]
            .mask
            .is_some_and(|mask| mask.contains("severity") && !mask.contains("mute"))
    );
}

#[test]
fn only_what_was_judged_and_is_gone_is_closed() {
    let mut report = report();
    report.coverage.complete = true;
    report.gaps.clear();
    let there = stored(&scc::plan(&report, SOURCE, &[]));
    let gone = report.findings.remove(0);
    let closed = |report: &Report<'_>, there: &[Value]| {
        let plan = scc::plan(report, SOURCE, there);
        assert!(
            plan.writes.iter().all(|write| write.closes),
            "{:?}",
            plan.writes
        );
        (plan.writes.len(), plan.kept)
    };
    let plan = scc::plan(&report, SOURCE, &there);
    assert_eq!(plan.writes.len(), 1);
    assert_eq!(
        plan.writes[0].body,
        json!({"state": "INACTIVE", "eventTime": "2026-09-01T12:00:00Z"})
    );
    assert_eq!(plan.writes[0].mask, Some("state,eventTime"));
    assert!(print(&report, &gone).contains(plan.writes[0].name.rsplit('/').next().unwrap()));

    // Never by an incomplete run.
    report.coverage.complete = false;
    assert_eq!(closed(&report, &there), (0, 1));
    report.coverage.complete = true;

    // Never by a run of another scope, which also leaves alone who opened it.
    report.coverage.scope = vec!["projects/other".to_owned()];
    assert_eq!(closed(&report, &there), (0, 0));
    report.coverage.scope.clear();
    assert_eq!(closed(&report, &there), (0, 0));
    let mut nameless = there.clone();
    for finding in &mut nameless {
        finding["sourceProperties"]["scope"] = "".into();
    }
    assert_eq!(closed(&report, &nameless), (0, 0));
    report.coverage.scope = vec!["exports".to_owned()];

    // Never by a run whose rules did not look, or that could not judge that resource, or that role.
    let mut other = there.clone();
    other[0]["category"] = "rule-that-did-not-run".into();
    assert_eq!(closed(&report, &other), (0, 1));
    let gap = |reason, resource: Option<&str>, outcomes, message: &str| Gap {
        reason,
        message: message.to_owned(),
        resource: resource.map(str::to_owned),
        document: None,
        location: None,
        rules: vec!["gcs-public-iam".to_owned()],
        outcomes,
    };
    let long = "//storage.googleapis.com/projects/_/buckets/acme-models-release";
    let elsewhere = "//storage.googleapis.com/acme-elsewhere";
    for (gap, expected) in [
        (gap(GapReason::ValueUnknown, Some(long), 1, ""), (0, 1)),
        (gap(GapReason::ValueUnknown, Some(elsewhere), 1, ""), (1, 0)),
        (gap(GapReason::ValueUnknown, Some(elsewhere), 2, ""), (0, 1)),
        (gap(GapReason::InputMissing, None, 9, ""), (0, 1)),
        (
            gap(
                GapReason::RoleUnknown,
                None,
                9,
                "roles/storage.objectViewer is not known",
            ),
            (0, 1),
        ),
        (
            gap(GapReason::RoleUnknown, None, 9, "roles/other is not known"),
            (1, 0),
        ),
    ] {
        report.gaps = vec![gap];
        assert_eq!(closed(&report, &there), expected, "{:?}", report.gaps);
    }
    report.gaps[0].rules = vec!["another-rule".to_owned()];
    report.gaps[0].reason = GapReason::InputMissing;
    assert_eq!(closed(&report, &there), (1, 0));

    // What is no finding of ours, or not of the shape that is documented, is left alone.
    report.gaps.clear();
    let mut foreign = there[1..].to_vec();
    foreign.extend([
        json!({}),
        json!({ "name": 3 }),
        json!({ "name": "organizations/1/sources/2/findings/x" }),
        json!({ "name": "organizations/1/sources/2/findings/y", "sourceProperties": { "scope": "exports" } }),
    ]);
    assert_eq!(closed(&report, &foreign), (0, 1));
}

#[test]
fn sources_have_one_form() {
    for good in [
        "organizations/1/sources/2",
        "folders/3/sources/4",
        "projects/acme-ml/sources/5",
    ] {
        assert!(is_source(good), "{good}");
    }
    for bad in [
        "",
        "organizations/1",
        "organizations/a/sources/2",
        "organizations/1/sources/2/",
        "organizations/1/sources/../x",
        "projects/a?b/sources/1",
        "organizations/1/sources/2/findings/3",
    ] {
        assert!(!is_source(bad), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_name_breaks_out_of_a_message(name in prop_oneof![any::<String>(), "[<>&`*_!@#|\"\\\\\r\n\u{202e}\u{0}a-c]{0,4000}"]) {
        let mut report = report();
        let text = || Some(name.as_str().into());
        report.findings = vec![Finding {
            role: text(),
            member: text(),
            condition: text(),
            detail: text(),
            message: name.as_str().into(),
            note: text(),
            ..finding(0, Severity::High, &format!("//{name}"), 0, 1, 1)
        }; 12];
        report.coverage.scope = vec![name.clone()];
        report.coverage.types = [(name.clone(), 1)].into();
        slack_takes(&slack_message(&report).unwrap());
        metrics(&written(Format::Prometheus, &report, PLAIN));
        let schema = bigquery_schema();
        for row in rows(&report) {
            prop_assert_eq!(loads(&row, schema.as_array().unwrap()), Ok(()));
        }
        // The same fingerprint is one finding.
        prop_assert_eq!(scc::plan(&report, SOURCE, &[]).writes.len(), 1);
    }

    #[test]
    fn escaped_text_keeps_within_its_limit(text in any::<String>(), limit in 1..80_usize) {
        let escaped = escape::slack(&text, limit);
        prop_assert!(escaped.chars().count() <= limit);
        prop_assert!(!escaped.contains(['<', '>']));
    }
}

#[test]
fn hostile_names_stay_names() {
    let report = report();
    let plan = scc::plan(&report, SOURCE, &[]);
    let hostile = plan.writes.last().unwrap();
    assert_eq!(
        hostile.body["resourceName"],
        format!("//storage.googleapis.com/{HOSTILE}")
    );
}
