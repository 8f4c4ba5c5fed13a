//! What is shown and what is hidden.

use super::*;

#[test]
fn personas_and_severities_hide_and_say_so() {
    let hint = Finding {
        confidence: Confidence::Low,
        ..finding(0, MODELS, Severity::Critical)
    };
    let findings = vec![
        finding(0, TRAIN, Severity::Low),
        hint,
        finding(2, TRAIN, Severity::Info),
        finding(3, TRAIN, Severity::High),
    ];
    let shown = |text: &str| {
        let triage = run(text, findings.clone());
        (
            triage.reported.len(),
            triage.hidden_by_persona,
            triage.hidden_by_severity,
            triage.worst,
        )
    };
    assert_eq!(shown(""), (1, 3, 0, Some(Severity::Low)));
    assert_eq!(
        shown("persona = \"pedantic\""),
        (2, 2, 0, Some(Severity::Low))
    );
    assert_eq!(
        shown("persona = \"auditor\""),
        (4, 0, 0, Some(Severity::Critical))
    );
    assert_eq!(shown("min-severity = \"medium\""), (0, 3, 1, None));
    let triage = run("min-severity = \"medium\"", findings);
    assert_eq!(
        (triage.hidden_by_persona, triage.hidden_by_severity),
        (3, 1)
    );
    // The report counts them; to say it here as well would be twice.
    assert_eq!(triage.notices, Vec::<String>::new());
}

#[test]
fn an_overridden_severity_decides_what_follows() {
    let findings = || {
        vec![
            finding(1, TRAIN, Severity::Medium),
            finding(0, TRAIN, Severity::High),
        ]
    };
    let triage = run(
        "[severity]\ngcs-versioning-disabled = \"critical\"\nold-public = \"info\"",
        findings(),
    );
    let order: Vec<_> = triage
        .reported
        .iter()
        .map(|f| (f.rule.0, f.severity))
        .collect();
    assert_eq!(order, [(1, Severity::Critical), (0, Severity::Info)]);
    assert_eq!(triage.worst, Some(Severity::Critical));
}

#[test]
fn a_finding_of_an_unknown_rule_is_reported() {
    let triage = run("", vec![finding(999, TRAIN, Severity::High)]);
    assert_eq!(triage.reported.len(), 1);
}
