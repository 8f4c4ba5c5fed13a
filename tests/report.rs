//! Every format of one fixed report, against snapshots, schemas and what would break out of it.
#![allow(clippy::unwrap_used)]

use leastwise::finding::{Confidence, Finding, RuleId, Severity};
use leastwise::model::{Dialect, Document, DocumentId, Excerpts, Gap, GapReason, Location};
use leastwise::report::{
    Coverage, Example, Format, Outcomes, Report, Style, json_schema, render, rule_index, rule_page,
};
use leastwise::rules::Rule;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PLAIN: Style = Style {
    color: false,
    width: Some(120),
    all: false,
    verbose: false,
    quiet: false,
};

const PUBLIC: &str = r#"
title = "Anyone on the internet can read objects"
severity = "critical"
confidence = "high"
why = "The policy names `allUsers` or `allAuthenticatedUsers`. Whoever knows the bucket's name can download what is in it, training data and models included."
fix = "Remove the public member, and enforce public access prevention on the bucket."
references = ["https://cloud.google.com/storage/docs/access-control/making-data-public"]
benchmark = { "cis-gcp-4.0" = ["5.1"] }
peers = { checkov = ["CKV_GCP_28"] }
tags = ["ai-data", "exposure"]
[grant]
permission = ["storage.objects.get"]
member = { kind = ["public"] }
"#;

const BASIC: &str = r#"
title = "A basic role is granted on a project"
severity = "high"
confidence = "high"
why = "Editor and owner carry thousands of permissions. A few are needed."
fix = "Replace it by the roles that the principal needs."
[grant]
role = ["roles/owner", "roles/editor"]
at = ["project"]
"#;

const VERSIONING: &str = r#"
title = "Bucket keeps no earlier versions of its objects"
severity = "medium"
confidence = "high"
why = "One overwrite destroys training data or a model for good."
fix = "Turn object versioning on, with a lifecycle rule that bounds its cost."
[select]
asset = "storage.googleapis.com/Bucket"
path = "$.resource.data.versioning.enabled"
expect = { equal = true }
default = false
"#;

const PATH: &str = r#"
title = "A principal can become another one that holds more"
severity = "high"
confidence = "medium"
persona = "pedantic"
why = "Whoever can act as a service account holds what it holds."
fix = "Remove the role that allows it, or narrow it to the one account that is needed."
[analysis]
name = "escalation"
"#;

const HOSTILE_RULE: &str = r#"
title = "House | rule `x` <script>\u001b[2J"
severity = "low"
confidence = "low"
why = "Because | of </td> ]]> reasons."
fix = "Do it."
tags = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]
[grant]
role = ["*"]
"#;

fn rules() -> Vec<Rule> {
    [
        ("gcs-public-iam", PUBLIC),
        ("project-basic-role", BASIC),
        ("gcs-versioning-disabled", VERSIONING),
        ("iam-privilege-escalation", PATH),
        ("house-rule", HOSTILE_RULE),
    ]
    .map(|(id, text)| Rule {
        id: id.to_owned(),
        file: toml::from_str(text).unwrap(),
        builtin: true,
    })
    .into()
}

/// What a name in an export may look like.
const HOSTILE: &str =
    "=cmd|' /C calc'!A0\",\u{1b}]0;owned\u{7}\r\n::error::</td>]]>|`x`\u{202e}%0A\0";

fn documents() -> Vec<Document> {
    [
        ("exports/org.ndjson", Some(Dialect::AssetInventory)),
        ("exports/broken.json", None),
        ("-", Some(Dialect::AllowPolicy)),
        (
            "ex ports/a,b:c\u{1b}[2J\n::error ::x.json",
            Some(Dialect::BucketGcloud),
        ),
    ]
    .map(|(path, dialect)| Document {
        path: PathBuf::from(path),
        dialect,
        assets: 1,
    })
    .into()
}

struct Lines;

/// An asset on one line, in which the member stands at column 380.
fn long_line() -> String {
    let start = r#"{"name":"//storage.googleapis.com/acme-models-release","assetType":"storage.googleapis.com/Bucket","ancestors":["#;
    let members = r#"],"iamPolicy":{"bindings":[{"role":"roles/storage.objectViewer","members":["#;
    let padding = 379 - start.len() - members.len() - 2;
    format!(
        "{start}\"{}\"{members}\"allUsers\"]}}]}},\"tail\":\"{}\"}}",
        "projects/1/"
            .repeat(50)
            .chars()
            .take(padding)
            .collect::<String>(),
        "x".repeat(400)
    )
}

impl Excerpts for Lines {
    fn line(&self, document: DocumentId, line: u32, around: u32) -> Option<(String, u32)> {
        match (document.0, line) {
            (0, 41) => {
                // As a reader of large files does it: 200 characters on each side.
                let cut = around.saturating_sub(200);
                let text = long_line().chars().skip(cut as usize).take(400).collect();
                Some((text, cut))
            }
            (2, 5) => Some(("      \"role\": \"roles/editor\",".to_owned(), 0)),
            (3, 1) => Some((format!("{{\"member\": \"{HOSTILE}\"}}"), 0)),
            _ => None,
        }
    }
}

fn finding(
    rule: u16,
    severity: Severity,
    resource: &str,
    document: u32,
    line: u32,
    column: u32,
) -> Finding {
    Finding {
        rule: RuleId(rule),
        severity,
        confidence: Confidence::High,
        resource: resource.into(),
        role: None,
        member: None,
        condition: None,
        detail: None,
        message: "".into(),
        note: None,
        document: DocumentId(document),
        pointer: "/iamPolicy/bindings/0/members/0".into(),
        location: Location { line, column },
    }
}

fn findings() -> Vec<Finding> {
    let mut findings = vec![
        Finding {
            role: Some("roles/storage.objectViewer".into()),
            member: Some("allUsers".into()),
            message: "allUsers can read objects of gs://acme-models-release through roles/storage.objectViewer".into(),
            ..finding(0, Severity::Critical, "//storage.googleapis.com/acme-models-release", 0, 41, 380)
        },
        Finding {
            role: Some("projects/acme-ml/roles/reader".into()),
            member: Some("allUsers".into()),
            message: "allUsers can read objects of gs://acme-train-raw through projects/acme-ml/roles/reader".into(),
            note: Some("custom role carries storage.objects.get".into()),
            ..finding(0, Severity::Critical, "//storage.googleapis.com/acme-train-raw", 0, 57, 212)
        },
        Finding {
            detail: Some("actAs".into()),
            confidence: Confidence::Medium,
            message: "trainer@acme-ml.iam.gserviceaccount.com can act as deploy@acme-ml.iam.gserviceaccount.com, which holds roles/owner on projects/acme-prod".into(),
            member: Some("serviceAccount:trainer@acme-ml.iam.gserviceaccount.com".into()),
            ..finding(3, Severity::High, "//iam.googleapis.com/projects/acme-ml/serviceAccounts/deploy@acme-ml.iam.gserviceaccount.com", 0, 88, 17)
        },
        Finding {
            role: Some("roles/editor".into()),
            member: Some("group:everyone@acme.example".into()),
            message: "group:everyone@acme.example holds roles/editor on projects/acme-ml".into(),
            condition: Some("request.time < timestamp(\"2027-01-01T00:00:00Z\")".into()),
            ..finding(1, Severity::High, "//cloudresourcemanager.googleapis.com/projects/acme-ml", 2, 5, 15)
        },
        Finding {
            role: Some("roles/owner".into()),
            member: Some("user:ada@acme.example".into()),
            message: "user:ada@acme.example holds roles/owner on projects/acme-ml".into(),
            ..finding(1, Severity::High, "//cloudresourcemanager.googleapis.com/projects/acme-ml", 2, 11, 15)
        },
    ];
    findings.extend((0..300).map(|n| {
        let resource = format!("//storage.googleapis.com/acme-data-{n:03}");
        Finding {
            detail: Some("false".into()),
            message: format!("gs://acme-data-{n:03} keeps no earlier versions of its objects")
                .into(),
            pointer: "/resource/data".into(),
            ..finding(2, Severity::Medium, &resource, 0, 100 + n, 31)
        }
    }));
    findings.push(Finding {
        role: Some(HOSTILE.into()),
        member: Some(HOSTILE.into()),
        condition: Some(HOSTILE.into()),
        message: HOSTILE.into(),
        note: Some(HOSTILE.into()),
        ..finding(
            4,
            Severity::Low,
            &format!("//storage.googleapis.com/{HOSTILE}"),
            3,
            1,
            12,
        )
    });
    findings
}

fn gaps() -> Vec<Gap> {
    let gap = |reason, message: &str| Gap {
        reason,
        message: message.to_owned(),
        resource: None,
        document: None,
        location: None,
        rules: Vec::new(),
        outcomes: 0,
    };
    let mut gaps = vec![
        Gap {
            document: Some(DocumentId(1)),
            location: Some(Location {
                line: 12,
                column: 3,
            }),
            ..gap(GapReason::Invalid, "expected `,` or `}`")
        },
        Gap {
            resource: Some("//cloudresourcemanager.googleapis.com/projects/acme-lab".into()),
            ..gap(
                GapReason::Refused,
                "getIamPolicy was refused: resourcemanager.projects.getIamPolicy is missing",
            )
        },
        Gap {
            rules: vec![
                "org-domain-restriction".into(),
                "org-public-access-prevention".into(),
            ],
            outcomes: 12,
            ..gap(
                GapReason::InputMissing,
                "Organisation policies are not in the export.",
            )
        },
    ];
    gaps.extend((1..=6).map(|n| Gap {
        resource: Some(format!(
            "//iam.googleapis.com/projects/acme-ml/roles/odd{n}"
        )),
        outcomes: n,
        ..gap(
            GapReason::RoleUnknown,
            &format!("projects/acme-ml/roles/odd{n} is granted but not described."),
        )
    }));
    gaps.push(Gap {
        resource: Some(HOSTILE.into()),
        outcomes: 1,
        ..gap(GapReason::MemberUnknown, HOSTILE)
    });
    gaps
}

/// The report that every test writes. It borrows what lives as long as the tests.
fn report() -> Report<'static> {
    let public = |n: u32| {
        let resource = format!("//storage.googleapis.com/acme-www-{n}");
        finding(0, Severity::Critical, &resource, 0, 400 + n, 1)
    };
    Report {
        version: "0.1.0",
        now: "2026-09-01T12:00:00Z".parse().unwrap(),
        rules: rules().leak(),
        documents: documents().leak(),
        findings: findings(),
        suppressed: vec![(public(1), "the website | is `public` on purpose".to_owned())],
        baselined: vec![public(2), public(3)],
        hidden: 12,
        gaps: gaps(),
        coverage: Coverage {
            complete: false,
            assets: 412,
            bindings: 1_933,
            grants: 5_120,
            rules: 37,
            outcomes: Outcomes {
                fail: 306,
                pass: 9_800,
                unknown: 34,
                not_applicable: 5_104,
            },
            documents: [(Dialect::AssetInventory, 1), (Dialect::AllowPolicy, 1)].into(),
            foreign: vec![
                (
                    "exports/README.md".to_owned(),
                    "not JSON, YAML or gsutil text".to_owned(),
                ),
                (
                    "exports/main.tf".to_owned(),
                    "Terraform source: lint the plan instead".to_owned(),
                ),
            ],
            bytes: 1_234_567,
            elapsed: Duration::from_millis(41),
        },
        notices: vec!["suppression 3 (leastwise.toml:14) matches nothing any more".to_owned()],
        excerpts: &Lines,
    }
}

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
    report.hidden = 0;
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
    let report = report();
    for format in [
        Format::Table,
        Format::Text,
        Format::Github,
        Format::Markdown,
    ] {
        let text = written(format, &report, PLAIN);
        let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert_eq!(text.find(acts), None, "{format}");
    }
    let github = written(Format::Github, &report, PLAIN);
    assert_eq!(github.lines().count(), 11);
    assert!(github.lines().all(|line| line.starts_with("::")));
    let rows = written(Format::Markdown, &report, PLAIN);
    let rows = rows.lines().filter(|line| line.starts_with('|'));
    assert!(rows.into_iter().all(|row| row.matches('|').count() == 5));
    well_formed(&written(Format::Junit, &report, PLAIN));
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
        let sarif: Value = serde_json::from_str(&written(Format::Sarif, &report, PLAIN)).unwrap();
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
