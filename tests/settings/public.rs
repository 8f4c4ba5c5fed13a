//! Buckets that are public on purpose.

use super::*;

/// The public reads this.
fn reading(resource: &str) -> Finding {
    Finding {
        public_read: true,
        ..finding(0, resource, Severity::Critical)
    }
}

fn public_rules() -> Rules {
    Rules {
        tags: vec!["public-access".to_owned()],
        ..Rules::new()
    }
}

fn declared(keys: &str, findings: Vec<Finding>) -> Triage {
    let settings = settings(&format!("[[public]]\n{keys}")).unwrap();
    triage(findings, &public_rules().infos(), &settings, now())
}

const OPEN: &str = "match = \"gs://acme-tr*\"\nreason = \"open data\"";

#[test]
fn a_declaration_covers_reading_of_its_buckets_and_folders() {
    let folder = format!("{MODELS}/managedFolders/v1/");
    let cases = [
        ("gs://acme-train", TRAIN, true),
        ("gs://acme-train/", TRAIN, true),
        ("gs://acme-*", MODELS, true),
        ("gs://acme-models", folder.as_str(), true),
        ("gs://acme-trai?", TRAIN, true),
        ("gs://acme", TRAIN, false),
        ("gs://acme-train", MODELS, false),
        ("gs://acme-train", folder.as_str(), false),
    ];
    for (pattern, resource, covered) in cases {
        let keys = format!("match = \"{pattern}\"\nreason = \"open data\"");
        let triage = declared(&keys, vec![reading(resource)]);
        assert_eq!(triage.suppressed.len(), usize::from(covered), "{pattern}");
        assert_eq!(triage.reported.len(), usize::from(!covered), "{pattern}");
        assert_eq!(triage.warnings, usize::from(!covered), "{pattern}");
    }
}

#[test]
fn what_is_declared_is_told_with_its_reason() {
    let keys = format!("{OPEN}\nowner = \"data\"\nexpires = \"2026-06-15\"");
    let triage = declared(&keys, vec![reading(TRAIN), reading(TRAIN)]);
    assert_eq!(
        triage.suppressed[0].1,
        "declared public: open data (leastwise.toml:1, until 2026-06-15, owner data)"
    );
    assert_eq!((triage.worst, triage.warnings), (None, 0));
    assert_eq!(
        triage.notices,
        ["1 bucket declared public (2 findings): gs://acme-train"]
    );
}

#[test]
fn nothing_but_reading_is_ever_covered() {
    let writing = finding(0, TRAIN, Severity::Critical);
    let triage = declared(OPEN, vec![writing, reading(TRAIN)]);
    assert_eq!((triage.reported.len(), triage.suppressed.len()), (1, 1));
    assert!(!triage.reported[0].public_read);
}

#[test]
fn declarations_end_and_are_not_left_lying_about() {
    let ended = format!("{OPEN}\nexpires = \"2026-06-14\"");
    let over = declared(&ended, vec![reading(TRAIN)]);
    assert_eq!((over.reported.len(), over.warnings), (1, 1));
    assert_eq!(
        over.notices,
        [
            "declaration of gs://acme-tr* as public at leastwise.toml:1 expired on 2026-06-14: what it covered counts \
             again (1 finding)"
        ]
    );
    let idle = declared(&ended, vec![]);
    assert!(idle.notices[0].ends_with("matches nothing any more: remove it"));
    let unused = declared(OPEN, vec![reading(MODELS)]);
    assert_eq!(
        unused.notices,
        [
            "unused declaration at leastwise.toml:1: nothing that gs://acme-tr* matches was found open to the public; \
             remove it"
        ]
    );
    // If no rule about the public ran, nothing is known of it.
    let settings = settings(&format!("[[public]]\n{OPEN}")).unwrap();
    let silent = triage(vec![], &Rules::new().infos(), &settings, now());
    assert!(silent.notices.is_empty());
}

#[test]
fn a_declaration_names_buckets_and_says_why() {
    let cases = [
        ("match = \"acme-train\"\nreason = \"x\"", "`gs://…`"),
        ("match = \"gs://*\"\nreason = \"x\"", "every bucket"),
        ("match = \"gs://**\"\nreason = \"x\"", "every bucket"),
        ("match = \"gs://\"\nreason = \"x\"", "every bucket"),
        ("match = \"gs://a{\"\nreason = \"x\"", "not a valid pattern"),
        ("match = \"gs://a\"\nreason = \" \"", "the reason is empty"),
        ("match = \"gs://a\"", "missing field `reason`"),
        (
            "match = \"gs://a\"\nreason = \"x\"\nrole = \"y\"",
            "unknown key",
        ),
    ];
    for (keys, expected) in cases {
        let error = settings(&format!("[[public]]\n{keys}")).unwrap_err();
        assert!(error.to_string().contains(expected), "{keys}: {error}");
    }
}
