#![allow(clippy::unwrap_used)]

use super::*;
use crate::change::{Acl, AuditLog, Change, Condition, Grant, Level, Step, Undo};
use crate::escape;
use crate::remediation::plan::{Answer, ByHand, Guard, Part, Planned, Refused};
use crate::remediation::proof::{Access, Doubt, Needed, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A plan with something of everything; `name` ends up wherever a name from outside can.
fn sample(name: impl Fn(&str) -> String) -> (Plan, Proof) {
    let bucket = format!(
        "//storage.googleapis.com/projects/_/buckets/{}",
        name("acme-models")
    );
    let answer = |rule: &str, message: &str| Answer {
        rule: rule.to_owned(),
        resource: bucket.clone(),
        fingerprint: "f00d".repeat(16),
        message: name(message),
    };
    let grant = |role: &str, member: &str, condition: Option<Condition>| Grant {
        node: bucket.clone(),
        role: name(role),
        member: name(member),
        condition,
    };
    let friday = Condition {
        title: name("until friday"),
        description: Some(name("asked for by ann")),
        expression: name("request.time < timestamp(\"2026-12-04T00:00:00Z\")"),
    };
    let step =
        |id: &str, level: Level, title: &str, changes: Vec<Change>, answers: Vec<Answer>| Planned {
            id: id.to_owned(),
            title: name(title),
            step: Step {
                changes,
                level,
                because: name("It takes live access away"),
                may_break: if level == Level::Safe {
                    String::new()
                } else {
                    name("whoever reads without a grant")
                },
                undo: if level == Level::Manual {
                    Undo::Never(name("a lock stays"))
                } else {
                    Undo::Exact
                },
            },
            answers,
        };
    let kind = "storage.googleapis.com/Bucket";
    let patch = |from: Value, to: Value| Change::Patch {
        name: bucket.clone(),
        asset_type: kind.to_owned(),
        from,
        to,
    };
    let log = |log_type: &str, exempt: &[&str]| AuditLog {
        log_type: log_type.to_owned(),
        exempted_members: exempt.iter().map(|one| name(one)).collect(),
    };
    let plan = Plan {
        parts: vec![Part {
            scope: name("projects/acme-ml"),
            steps: vec![
                step(
                    "s01",
                    Level::Safe,
                    "Drop a grant that has expired",
                    vec![Change::RemoveMember(grant(
                        "roles/storage.objectAdmin",
                        "user:ann@acme.example",
                        Some(friday),
                    ))],
                    vec![answer(
                        "iam-condition-expired",
                        "the grant ended on 2026-12-04",
                    )],
                ),
                step(
                    "s02",
                    Level::Review,
                    "Take the public off gs://acme-models",
                    vec![
                        Change::AddMember(grant(
                            "roles/storage.objectViewer",
                            "group:ml@acme.example",
                            None,
                        )),
                        Change::RemoveMember(grant("roles/storage.objectViewer", "allUsers", None)),
                        Change::RemoveAcl {
                            bucket: bucket.clone(),
                            list: Acl::DefaultObject,
                            entity: name("allUsers"),
                            role: "READER".to_owned(),
                        },
                    ],
                    vec![
                        answer("gcs-public-iam", "anyone on the internet can read objects"),
                        answer("gcs-public-listing", "anyone can list objects"),
                        answer("gcs-public-listing", "anyone can list folders"),
                    ],
                ),
                step(
                    "s03",
                    Level::Review,
                    "Set what the bucket keeps",
                    vec![
                        patch(
                            json!({ "versioning": { "enabled": false }, "labels": { "a": name("x") }, "cors": [1, 2], "website": { "mainPageSuffix": "i" } }),
                            json!({ "versioning": { "enabled": true }, "labels": null, "cors": [2, 3], "website": null }),
                        ),
                        Change::SetAudit {
                            node: "//cloudresourcemanager.googleapis.com/projects/1".to_owned(),
                            service: name("allServices"),
                            from: vec![
                                log("ADMIN_READ", &[]),
                                log("DATA_READ", &["user:bob@acme.example"]),
                            ],
                            to: vec![log("ADMIN_READ", &[]), log("DATA_READ", &[])],
                        },
                    ],
                    vec![answer(
                        "gcs-versioning-disabled",
                        "no earlier versions are kept",
                    )],
                ),
                step(
                    "s04",
                    Level::Manual,
                    "Lock the retention period",
                    vec![
                        Change::Create {
                            name: bucket.clone(),
                            asset_type: kind.to_owned(),
                            data: json!({ "name": name("n"), "spec": { "rules": [] } }),
                        },
                        Change::Delete {
                            name: bucket.clone(),
                            asset_type: kind.to_owned(),
                            data: json!({ "name": name("n") }),
                        },
                    ],
                    Vec::new(),
                ),
            ],
        }],
        refused: vec![Refused {
            title: name("Take roles/owner from user:root@acme.example"),
            guard: Guard::LastAdministrator,
            why: name("nobody else may set the policy of projects/acme-ml"),
            answers: vec![answer("iam-basic-role-project", "a basic role")],
        }],
        by_hand: vec![
            ByHand {
                answer: answer("gcs-naming", "the name tells too much"),
                fix: name("Move the data to a bucket of another name."),
            },
            ByHand {
                answer: answer("gcs-naming", "this one as well"),
                fix: name("Move the data to a bucket of another name."),
            },
        ],
    };
    let proof = Proof {
        gone: plan.parts[0]
            .steps
            .iter()
            .take(2)
            .flat_map(|step| step.answers.clone())
            .collect(),
        stays: vec![answer(
            "gcs-versioning-disabled",
            "no earlier versions are kept",
        )],
        new: vec![answer("gcs-lifecycle-missing", "versions pile up")],
        access: Access {
            verdict: Verdict::Refuted,
            doubts: vec![
                Doubt {
                    verdict: Verdict::Refuted,
                    scope: name("projects/acme-ml"),
                    step: "s02".to_owned(),
                    why: name("group:ml@acme.example could not list objects before"),
                },
                Doubt {
                    verdict: Verdict::Unknown,
                    scope: name("projects/acme-ml"),
                    step: "s03".to_owned(),
                    why: name("the role is not in the catalogue"),
                },
            ],
        },
        needed: vec![Needed {
            member: name("serviceAccount:trainer@acme-ml.iam.gserviceaccount.com"),
            what: name("storage.objects.get"),
            resource: name("gs://acme-models"),
            reason: name("nightly training"),
            verdict: Verdict::Proven,
            why: name("roles/storage.objectViewer stays"),
        }],
    };
    (plan, proof)
}

#[test]
fn the_page_says_all_that_one_signs() {
    let (plan, proof) = sample(str::to_owned);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("plan", markdown(&plan, &proof)));
}

#[test]
fn a_plan_without_steps_is_short() {
    let page = markdown(&Plan::default(), &Proof::default());
    assert!(page.contains("0 steps"), "{page}");
    assert!(!page.contains("fix.sh"), "{page}");
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&json_schema()).unwrap()
}

#[test]
fn the_document_is_what_its_schema_says() {
    let (plan, proof) = sample(str::to_owned);
    let document: Value = serde_json::from_str(&json(&plan, &proof)).unwrap();
    let errors: Vec<String> = validator()
        .iter_errors(&document)
        .map(|it| it.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(document["version"], "1");
    assert_eq!(
        document["parts"][0]["steps"][1]["changes"][1]["change"],
        "remove-member"
    );
    assert_eq!(
        document["parts"][0]["steps"][3]["irreversible_because"],
        "a lock stays"
    );
    assert_eq!(
        document["proof"]["access"]["doubts"][0]["verdict"],
        "refuted"
    );
    let wrong = json!({ "version": "1", "parts": [] });
    assert!(!validator().is_valid(&wrong), "the schema accepts anything");
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "```",
        "````",
        "~~~",
        "\n",
        "\r\n",
        "# ",
        "| ",
        "|",
        "- ",
        "> ",
        "<script>",
        "</code>",
        "<!--",
        "-->",
        "&lt;",
        "`",
        "*",
        "_",
        "[x](javascript:1)",
        "![x](http://x)",
        "http://evil.example",
        "@@ ",
        "+ ",
        "\0",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{2028}",
        "\\",
        "a",
        "1. ",
        "    ",
        "\t",
        "é",
        "$$",
        "---",
        "===",
        "@everyone",
    ]);
    prop::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat())
}

/// What a line is to Markdown: the kind of block, and how many cells a row has. Lines of a diff by their sign.
fn skeleton(page: &str) -> Vec<String> {
    let mut fence: Option<String> = None;
    let mut kinds = Vec::new();
    for line in page.lines() {
        assert!(!line.contains(escape::is_treacherous), "{line:?}");
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        if let Some(open) = &fence {
            // A fence closes with at least as many backticks, indented by up to three.
            if line.trim().chars().all(|c| c == '`') && line.trim().len() >= open.len() {
                kinds.push("end".to_owned());
                fence = None;
            } else {
                kinds.push(format!("diff {}", line.chars().next().unwrap_or(' ')));
            }
            continue;
        }
        if ticks.len() >= 3 {
            kinds.push("begin".to_owned());
            fence = Some(ticks);
            continue;
        }
        // Inside of code spans nothing counts; what could end one is written as an element.
        let mut outside = String::new();
        let mut parts = line.split('`');
        outside.push_str(parts.next().unwrap_or_default());
        while let (Some(_), Some(after)) = (parts.next(), parts.next()) {
            outside.push_str(after);
        }
        assert_eq!(line.matches('`').count() % 2, 0, "{line}");
        let plain = outside.replace("<code>", "").replace("</code>", "");
        assert!(!plain.contains(['<', '>', '[', ']']), "{line}");
        let begin: String = line
            .chars()
            .take_while(|c| matches!(c, '#' | '|' | '-' | ' ' | '>' | '+' | '='))
            .collect();
        kinds.push(format!("{begin}{}", plain.matches('|').count()));
    }
    assert!(fence.is_none(), "a fence stays open");
    kinds
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn names_cannot_leave_their_place(hostile in hostile()) {
        let (plan, proof) = sample(|name| format!("{name}{hostile}"));
        let (usual, usual_proof) = sample(str::to_owned);
        prop_assert_eq!(
            skeleton(&markdown(&plan, &proof)),
            skeleton(&markdown(&usual, &usual_proof))
        );
        let text = json(&plan, &proof);
        prop_assert!(!text.contains(|c: char| c != '\n' && escape::is_treacherous(c)));
        let document: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(
            document["parts"][0]["scope"].as_str().unwrap(),
            format!("projects/acme-ml{hostile}")
        );
    }
}
