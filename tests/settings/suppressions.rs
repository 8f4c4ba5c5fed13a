//! What somebody accepted.

use super::*;

#[test]
fn a_suppression_covers_what_all_its_keys_say() {
    let member = "serviceAccount:trainer@acme-ml.iam.gserviceaccount.com";
    let subject = Finding {
        condition: Some("request.time < timestamp('2026-01-01T00:00:00Z')".into()),
        ..grant(0, TRAIN, "roles/storage.objectViewer", member)
    };
    let print = fingerprint("gcs-public-iam", &subject);
    let old_print = fingerprint("old-public", &subject);
    let table = [
        ("resource = \"gs://acme-*\"".to_owned(), true),
        ("resource = \"gs://other-*\"".to_owned(), false),
        ("resource = [\"gs://other\", \"//storage.googleapis.com/projects/_/buckets/acme-train\"]".to_owned(), true),
        ("member = \"serviceAccount:Trainer@*.iam.gserviceaccount.com\"".to_owned(), true),
        ("member = \"user:*\"".to_owned(), false),
        ("role = \"roles/storage.*\"".to_owned(), true),
        ("role = \"roles/*\"\nmember = \"user:*\"".to_owned(), false),
        ("condition = \" request.time < timestamp('2026-01-01T00:00:00Z') \"".to_owned(), true),
        ("condition = \"true\"".to_owned(), false),
        (format!("fingerprint = \"{print}\""), true),
        (format!("fingerprint = \"{old_print}\""), true),
        (format!("fingerprint = \"v1:{}\"", "0".repeat(64)), false),
    ];
    for (keys, expected) in &table {
        let triage = run(&suppression(keys), vec![subject.clone()]);
        assert_eq!(triage.suppressed.len(), usize::from(*expected), "{keys}");
        assert_eq!(triage.reported.len(), usize::from(!*expected), "{keys}");
        assert_eq!(
            triage.warnings,
            usize::from(!*expected),
            "{keys}: {:?}",
            triage.notices
        );
    }
    let other_rule = run(
        &suppression("resource = \"**\""),
        vec![finding(1, TRAIN, Severity::Low)],
    );
    assert_eq!(other_rule.reported.len(), 1);
    // A key about bindings never covers a finding that is not about one.
    let setting = run(
        &suppression("member = \"**\""),
        vec![finding(0, TRAIN, Severity::Low)],
    );
    assert_eq!(setting.reported.len(), 1);
}

#[test]
fn a_suppression_ends_after_its_last_day() {
    let text = suppression(
        "resource = \"gs://acme-train\"\nexpires = \"2026-06-15\"\nowner = \"ml\"\nticket = \"SEC-1\"",
    );
    let rules = Rules::new();
    let settings = settings(&text).unwrap();
    let run = |moment: &str, findings| triage(findings, &rules.infos(), &settings, at(moment));
    let found = vec![finding(0, TRAIN, Severity::High)];

    let last = run("2026-06-15T23:59:59.999Z", found.clone());
    assert_eq!(last.suppressed.len(), 1);
    assert_eq!(
        last.suppressed[0].1,
        "public by design (leastwise.toml:1, until 2026-06-15, owner ml, ticket SEC-1)"
    );
    assert_eq!((last.worst, last.warnings), (None, 0));

    let after = run("2026-06-16T00:00:00Z", found);
    assert_eq!(
        (after.reported.len(), after.worst),
        (1, Some(Severity::High))
    );
    assert_eq!(
        after.notices,
        [
            "suppression at leastwise.toml:1 expired on 2026-06-15: what it covered counts again (1 finding, owner ml, ticket SEC-1)"
        ]
    );
    assert_eq!(after.warnings, 1);

    let gone = run("2026-06-16T00:00:00Z", Vec::new());
    assert_eq!(
        gone.notices,
        [
            "suppression at leastwise.toml:1 expired on 2026-06-15 and matches nothing any more: remove it"
        ]
    );
}

#[test]
fn unused_suppressions_are_named_by_line() {
    let text = format!(
        "# first\n{}\n{}",
        suppression("resource = \"gs://acme-train\""),
        suppression("resource = \"gs://gone\"")
    );
    let triage = run(&text, vec![finding(0, TRAIN, Severity::High)]);
    assert_eq!(
        triage.notices,
        ["unused suppression at leastwise.toml:7: nothing matches it (gcs-public-iam); remove it"]
    );
    // Where its rule did not run, nothing can be said.
    let settings = settings(&text).unwrap();
    let silent = leastwise::settings::triage(Vec::new(), &[], &settings, now());
    assert_eq!(silent.warnings, 0, "{:?}", silent.notices);
    // What is hidden counts as matched.
    let hidden = format!(
        "min-severity = \"critical\"\n{}",
        suppression("resource = \"gs://acme-train\"")
    );
    assert_eq!(
        run(&hidden, vec![finding(0, TRAIN, Severity::Low)]).warnings,
        0
    );
}

#[test]
fn overlapping_and_renewed_suppressions() {
    let both = format!(
        "{}{}",
        suppression("resource = \"gs://acme-train\""),
        suppression("resource = \"gs://acme-*\"")
    );
    let triage = run(&both, vec![finding(0, TRAIN, Severity::High)]);
    assert_eq!((triage.suppressed.len(), triage.warnings), (1, 0));
    let renewed = format!(
        "{}{}",
        suppression("resource = \"gs://acme-train\"\nexpires = \"2026-01-01\""),
        suppression("resource = \"gs://acme-train\"\nexpires = \"2026-12-31\"")
    );
    let triage = run(&renewed, vec![finding(0, TRAIN, Severity::High)]);
    assert_eq!(triage.suppressed.len(), 1);
    assert!(
        triage.notices[0].contains("expired on 2026-01-01 and matches nothing any more"),
        "{:?}",
        triage.notices
    );
}

#[test]
fn no_ignores_shows_everything_and_says_nothing() {
    let loaded = load(&suppression("resource = \"gs://acme-train\"")).unwrap();
    let overrides = Overrides {
        no_ignores: true,
        ..Overrides::default()
    };
    let settings = Settings::new(&loaded, &overrides, now()).unwrap();
    let triage = triage(
        vec![finding(0, TRAIN, Severity::High)],
        &Rules::new().infos(),
        &settings,
        now(),
    );
    assert_eq!((triage.reported.len(), triage.notices.len()), (1, 0));
}
