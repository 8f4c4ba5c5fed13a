//! Every format of one fixed report, against snapshots, schemas and what would break out of it.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "report/fixture.rs"]
mod fixture;
#[path = "report/sinks.rs"]
mod sinks;

use fixture::{finding, findings, report, rules};
use leastwise::finding::{Finding, RuleId, Severity};
use leastwise::model::{Document, DocumentId, Gap, GapReason};
use leastwise::report::{
    Coverage, Example, Format, Hidden, Report, Style, json_schema, render, rule_index, rule_page,
};
use leastwise::rules::benchmark::{Assessed, Grounds, Standing, benchmark};
use proptest::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

const PLAIN: Style = Style {
    color: false,
    width: Some(120),
    all: false,
    verbose: false,
    quiet: false,
};

fn written(format: Format, report: &Report<'_>, style: Style) -> String {
    let mut out = Vec::new();
    render(format, report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// 300 findings in a machine format are no better evidence than three.
fn shortened() -> Report<'static> {
    let mut report = report();
    let mut versioning = 0;
    report.findings.retain(|finding| {
        versioning += u32::from(finding.rule == RuleId(2));
        finding.rule != RuleId(2) || versioning <= 2
    });
    report
}

#[test]
fn formats_for_people_look_as_agreed() {
    let report = report();
    for (name, format, style) in [
        ("table", Format::Table, PLAIN),
        (
            "table_narrow",
            Format::Table,
            Style {
                width: Some(60),
                ..PLAIN
            },
        ),
        (
            "table_piped",
            Format::Table,
            Style {
                width: None,
                ..PLAIN
            },
        ),
        (
            "table_color",
            Format::Table,
            Style {
                color: true,
                ..PLAIN
            },
        ),
        (
            "table_verbose",
            Format::Table,
            Style {
                verbose: true,
                ..PLAIN
            },
        ),
        (
            "table_quiet",
            Format::Table,
            Style {
                quiet: true,
                ..PLAIN
            },
        ),
        ("text", Format::Text, PLAIN),
        ("markdown", Format::Markdown, PLAIN),
        ("github", Format::Github, PLAIN),
    ] {
        insta::assert_snapshot!(name, written(format, &report, style));
    }
}

#[test]
fn formats_for_programs_look_as_agreed() {
    let report = shortened();
    for format in [
        Format::Json,
        Format::Ndjson,
        Format::Sarif,
        Format::Csv,
        Format::Junit,
        Format::Bigquery,
    ] {
        insta::assert_snapshot!(format.name(), written(format, &report, PLAIN));
    }
}

#[test]
fn nothing_found_is_said_and_nothing_judged_as_well() {
    let mut report = report();
    report.findings.clear();
    insta::assert_snapshot!("table_clean", written(Format::Table, &report, PLAIN));
    report.gaps.clear();
    report.suppressed.clear();
    report.baselined.clear();
    report.notices.clear();
    report.hidden = Hidden::default();
    report.coverage = Coverage {
        complete: true,
        ..Coverage::default()
    };
    insta::assert_snapshot!("table_empty", written(Format::Table, &report, PLAIN));
    for format in Format::ALL {
        written(format, &report, PLAIN);
    }
    let quiet = Style {
        quiet: true,
        ..PLAIN
    };
    assert_eq!(written(Format::Table, &report, quiet), "");
}

#[test]
fn all_shows_every_finding() {
    let report = report();
    let all = Style { all: true, ..PLAIN };
    for format in [Format::Table, Format::Text, Format::Markdown] {
        let text = written(format, &report, all);
        assert!(
            (0..300).all(|n| text.contains(&format!("acme-data-{n:03}"))),
            "{format}"
        );
        assert!(!text.contains("and 29"), "{format}");
    }
}

#[test]
fn names_are_never_broken() {
    let report = report();
    for width in 1..200 {
        let style = Style {
            width: Some(width),
            ..PLAIN
        };
        let text = written(Format::Table, &report, style);
        for name in [
            "gs://acme-models-release",
            "deploy@acme-ml.iam.gserviceaccount.com",
            "serviceAccount:trainer@acme-ml.iam.gserviceaccount.com",
            "roles/editor → group:everyone@acme.example",
            "exports/org.ndjson:57:212",
        ] {
            assert!(text.contains(name), "{name} at {width} columns:\n{text}");
        }
    }
}

#[test]
fn hostile_names_do_not_break_out() {
    contained(&report());
    contained(&about_a_benchmark(report()));
}

/// The same, of a run that was about a benchmark.
fn about_a_benchmark(mut report: Report<'static>) -> Report<'static> {
    let grounds = Grounds {
        benchmark: benchmark("cis-gcp-4.0").unwrap(),
        rules: report.rules,
        tallies: &[],
        gaps: &report.gaps,
        allow_incomplete: false,
    };
    let findings = report.findings.iter().map(|finding| (finding, false));
    let assessment = grounds.assess(findings);
    let failed = |one: &Assessed| one.number == "5.1" && one.standing == Standing::Fail;
    assert!(assessment.recommendations.iter().any(failed));
    report.benchmark = Some(assessment);
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_breaks_out(name in prop_oneof![any::<String>(), "[\"'<>&|`,:%=\\\\\\]\r\n\u{1b}\u{9b}\u{202e}\u{0}a-c]{0,20}"]) {
        let mut report = report();
        let text = || Some(name.as_str().into());
        report.findings = vec![Finding {
            role: text(),
            member: text(),
            condition: text(),
            detail: text(),
            message: name.as_str().into(),
            note: text(),
            ..finding(3, Severity::High, &name, 0, 1, 1)
        }];
        report.documents = vec![Document { path: PathBuf::from(&name), dialect: None, assets: 0 }].leak();
        report.gaps = vec![Gap {
            reason: GapReason::Invalid,
            message: name.clone(),
            resource: Some(name.clone()),
            document: Some(DocumentId(0)),
            location: None,
            rules: vec![name.clone()],
            outcomes: 1,
        }];
        report.notices = vec![name.clone()];
        report.coverage.foreign = vec![(name.clone(), name.clone())];
        contained(&report);
        report.findings[0].rule = RuleId(0);
        contained(&about_a_benchmark(report));
    }
}

/// Every format stays what it is, whatever the names.
fn contained(report: &Report<'_>) {
    for format in Format::ALL {
        let text = written(
            format,
            report,
            Style {
                verbose: true,
                ..PLAIN
            },
        );
        // Cells and text of XML may hold line breaks; nothing else that acts on a terminal.
        let breaks = matches!(format, Format::Csv);
        let acts = |c: char| match c {
            '\n' => false,
            '\r' | '\t' => !breaks,
            _ => c.is_control() || c == '\u{202e}',
        };
        assert_eq!(text.find(acts), None, "{format}: {text:?}");
    }
    let github = written(Format::Github, report, PLAIN);
    assert_eq!(github.lines().count(), report.findings.len().min(10) + 1);
    assert!(github.lines().all(|line| line.starts_with("::")));
    for row in written(Format::Markdown, report, PLAIN).lines() {
        assert!([0, 5, 7].contains(&row.matches('|').count()), "{row}");
    }
    well_formed(&written(Format::Junit, report, PLAIN));
    let lines = written(Format::Ndjson, report, PLAIN);
    let rows = written(Format::Bigquery, report, PLAIN);
    for json in lines.lines().chain(rows.lines()).chain([
        &*written(Format::Json, report, PLAIN),
        &written(Format::Sarif, report, PLAIN),
    ]) {
        serde_json::from_str::<Value>(json).unwrap();
    }
}

/// A check of XML that knows nothing of the writer: tags nest, `&` starts one of the five entities or a
/// character reference, and no forbidden character occurs.
fn well_formed(xml: &str) {
    assert!(!xml.chars().any(|c| c < ' ' && !"\t\n\r".contains(c)));
    let mut open = Vec::new();
    let mut rest = xml.split_once("?>").unwrap().1;
    while let Some((text, tail)) = rest.split_once('<') {
        assert!(!text.contains('>'), "{text}");
        for entity in text.split('&').skip(1) {
            let (name, _) = entity.split_once(';').unwrap();
            assert!(["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with('#'));
        }
        let (tag, tail) = tail.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
            open.push(tag.split(' ').next().unwrap());
        }
        rest = tail;
    }
    assert!(open.is_empty() && rest.trim().is_empty());
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = json_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json: Value = serde_json::from_str(&written(Format::Json, &report(), PLAIN)).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&json)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(json["findings"].as_array().unwrap().len(), 306);
    assert_eq!(json["max_severity"], "critical");
    let mut wrong = json.clone();
    wrong["findings"][0]["severity"] = "awful".into();
    assert!(!validator.is_valid(&wrong));

    // Every line of the other JSON format is made of the same parts.
    let lines = written(Format::Ndjson, &report(), PLAIN);
    let lines: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let mut first = lines[0].as_object().unwrap().clone();
    assert_eq!(first.remove("type").unwrap(), "finding");
    assert_eq!(Value::Object(first), json["findings"][0]);
    let last = lines.last().unwrap();
    assert_eq!(last["type"], "coverage");
    assert_eq!(last["coverage"], json["coverage"]);
    assert_eq!(lines.len(), 306 + 1 + 10 + 1);
}

#[test]
fn the_published_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/report.schema.json");
    let generated = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == generated,
        "{} is stale; run: UPDATE_DOCS=1 cargo test --test report",
        path.display()
    );
}

/// The official SARIF schema, if the shared data is at hand.
fn sarif_schema() -> Option<Value> {
    let shared = std::env::var_os("LEASTWISE_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let text = std::fs::read(shared.join("schemas/sarif-schema-2.1.0.json")).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn sarif_is_valid_and_within_the_limits_of_github() {
    let mut report = report();
    let one = report.findings[0].clone();
    report.findings = (0..5_001)
        .map(|n| Finding {
            detail: Some(n.to_string().into()),
            ..one.clone()
        })
        .chain(findings().split_off(1))
        .collect();
    report
        .findings
        .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &report, PLAIN)).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 5_000);
    let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str();
    assert!(said.unwrap().contains("5,000 worst of 5,306"), "{said:?}");

    for report in [report, self::report()] {
        let mut sarif: Value =
            serde_json::from_str(&written(Format::Sarif, &report, PLAIN)).unwrap();
        limits(&sarif["runs"][0]);
        let Some(schema) = sarif_schema() else {
            eprintln!("the official SARIF schema is not here: its validation is skipped");
            continue;
        };
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&sarif)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        sarif["runs"][0]["results"][0]["level"] = "awful".into();
        assert!(!validator.is_valid(&sarif));
    }
}

fn limits(run: &Value) {
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        for text in ["shortDescription", "fullDescription"] {
            let length = rule[text]["text"].as_str().unwrap().chars().count();
            assert!((1..=1024).contains(&length), "{text}: {length}");
        }
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
    }
    for result in run["results"].as_array().unwrap() {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[rule]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(
            !uri.is_empty() && !uri.starts_with('/') && !uri.contains([' ', ':', '\u{1b}']),
            "{uri}"
        );
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][field].as_u64().unwrap() > 0);
        }
        let hash = result["partialFingerprints"]["primaryLocationLineHash"]
            .as_str()
            .unwrap();
        assert!(hash.len() == 18 && hash.ends_with(":1"), "{hash}");
    }
}

#[test]
fn rule_pages_look_as_agreed() {
    let rules = rules();
    let example = Example {
        bad: "{\"members\": [\"allUsers\"]}\n",
        good: "{\"text\": \"```\"}",
    };
    insta::assert_snapshot!("page", rule_page(&rules[0], Some(example)));
    insta::assert_snapshot!("page_hostile", rule_page(&rules[4], None));
    insta::assert_snapshot!("index", rule_index(&rules));
}
