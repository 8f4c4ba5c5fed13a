//! One report with everything in it: several severities, a large group, gaps of each kind, suppressed and
//! known findings, and names that try to break out.

use leastwise::finding::{Confidence, Finding, RuleId, Severity};
use leastwise::model::{Dialect, Document, DocumentId, Excerpts, Gap, GapReason, Location};
use leastwise::report::{CatalogDate, Coverage, Hidden, Outcomes, Report};
use leastwise::rules::Rule;
use std::path::PathBuf;
use std::time::Duration;

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

pub(crate) fn rules() -> Vec<Rule> {
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
        unmet: Vec::new(),
        path: format!("{id}.toml"),
        text: (*text).to_owned(),
    })
    .into()
}

/// What a name in an export may look like.
pub(crate) const HOSTILE: &str =
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

pub(crate) fn finding(
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
        known_as: None,
        role: None,
        member: None,
        condition: None,
        detail: None,
        public_read: false,
        message: "".into(),
        note: None,
        document: DocumentId(document),
        pointer: "/iamPolicy/bindings/0/members/0".into(),
        location: Location { line, column },
    }
}

pub(crate) fn findings() -> Vec<Finding> {
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
            public_read: false,
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
pub(crate) fn report() -> Report<'static> {
    let public = |n: u32| {
        let resource = format!("//storage.googleapis.com/acme-www-{n}");
        finding(0, Severity::Critical, &resource, 0, 400 + n, 1)
    };
    Report {
        version: "0.1.0",
        now: "2026-09-01T12:00:00Z".parse().unwrap(),
        catalog: CatalogDate {
            embedded: "2026-08-22",
            imported: None,
        },
        rules: rules().leak(),
        documents: documents().leak(),
        findings: findings(),
        suppressed: vec![(public(1), "the website | is `public` on purpose".to_owned())],
        baselined: vec![public(2), public(3)],
        hidden: Hidden {
            by_persona: 9,
            by_severity: 3,
        },
        gaps: gaps(),
        changes: None,
        benchmark: None,
        coverage: Coverage {
            complete: false,
            scope: vec!["exports".to_owned()],
            assets: 412,
            types: [
                ("storage.googleapis.com/Bucket".to_owned(), 405),
                ("other".to_owned(), 7),
            ]
            .into(),
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
