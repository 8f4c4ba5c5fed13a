//! Whatever comes in: an answer, and nothing lost.

use super::*;
use proptest::prelude::*;

fn any_finding() -> impl Strategy<Value = Finding> {
    let severity = prop::sample::select(&Severity::WORST_FIRST[..]);
    let confidence =
        prop::sample::select(vec![Confidence::Low, Confidence::Medium, Confidence::High]);
    let resource = prop::sample::select(vec![
        TRAIN,
        MODELS,
        "//cloudresourcemanager.googleapis.com/projects/p",
        "",
    ]);
    let role = prop::option::of(prop::sample::select(vec![
        "roles/owner",
        "roles/storage.admin",
        "\0",
    ]));
    let member = prop::option::of("[a-z:@*/\\[\\]{}]{0,12}");
    // 0 to 3 are rules of the run, 4 is not.
    (0_u16..5, severity, confidence, resource, role, member).prop_map(
        |(rule, severity, confidence, resource, role, member)| Finding {
            confidence,
            role: role.map(Into::into),
            member: member.map(Into::into),
            ..finding(rule, resource, severity)
        },
    )
}

fn any_keys() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "resource = \"gs://acme-*\"",
        "resource = \"**\"",
        "role = \"roles/*\"\nexpires = \"2026-01-01\"",
        "member = [\"*@*\", \"**\"]",
        "resource = \"projects/?\"\nexpires = \"2026-06-15\"",
    ])
    .prop_map(suppression)
}

proptest! {
    #[test]
    fn no_finding_is_lost(
        findings in prop::collection::vec(any_finding(), 0..30),
        known in prop::collection::vec(any_finding(), 0..10),
        entries in prop::collection::vec(any_keys(), 0..4),
        persona in prop::sample::select(vec!["regular", "pedantic", "auditor"]),
        least in prop::sample::select(vec!["info", "medium", "critical"]),
    ) {
        let names = Rules::new();
        let rules = names.infos();
        let text = format!("persona = \"{persona}\"\nmin-severity = \"{least}\"\n{}", entries.concat());
        let mut settings = settings(&text).unwrap();
        settings.baseline = Some(Baseline::of(&known, &rules, None, now(), "0"));
        let triage = triage(findings.clone(), &rules, &settings, now());
        let kept = triage.reported.len() + triage.suppressed.len() + triage.baselined.len();
        prop_assert_eq!(kept as u64 + triage.hidden_by_persona + triage.hidden_by_severity, findings.len() as u64);
        prop_assert_eq!(triage.worst, triage.reported.iter().map(|finding| finding.severity).max());
        prop_assert!(triage.reported.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
        prop_assert!(triage.reported.iter().all(|f| f.rule.0 == 4 || f.severity >= settings.min_severity));
        // What was just recorded is known: a baseline of everything leaves nothing of the rules that ran.
        let everything = Baseline::of(&findings, &rules, None, now(), "0");
        settings.baseline = Some(everything);
        let again = leastwise::settings::triage(findings, &rules, &settings, now());
        prop_assert!(again.reported.iter().all(|finding| finding.rule.0 == 4));
        prop_assert!(again.stale.is_empty());
    }

    #[test]
    fn a_baseline_reads_back(known in prop::collection::vec(any_finding(), 0..20)) {
        let written = Baseline::of(&known, &Rules::new().infos(), None, now(), "0");
        let source = Source::new(Path::new("b.json"), written.to_json().unwrap());
        prop_assert_eq!(Baseline::parse(&source).unwrap(), written);
    }

    #[test]
    fn any_text_gets_an_answer(text in "\\PC*|[\\[\\]=\"{}a-z.\n#'0-9-]{0,200}") {
        let source = Source::new(Path::new("x"), text);
        let _ = Config::parse(&source).map_err(|error| error.to_string());
        let _ = Baseline::parse(&source).map_err(|error| error.to_string());
    }

    #[test]
    fn any_pattern_gets_an_answer(pattern in "[a-z{}*?/\\[\\]\\\\:.,!-]{0,30}", text in "[a-z/]{0,20}") {
        let list = toml::Value::from(vec![pattern.clone()]);
        let quoted = toml::Value::from(pattern);
        for config in [
            suppression(&format!("resource = {list}\nmember = {list}\nrole = {list}")),
            format!("[[resource]]\npattern = {quoted}\nname = \"//x\""),
            format!("[[bucket]]\nmatch = {quoted}\nrole = \"staging\""),
            format!("[principals]\na = {list}"),
        ] {
            if let Ok(settings) = settings(&config) {
                let _ = settings.paths.resource(Path::new(&text));
                let _ = settings.buckets.role_of(&text);
                let _ = settings.principals.contains("a", &text);
                let found = grant(0, &text, &text, &text);
                let _ = triage(vec![found], &Rules::new().infos(), &settings, now());
            }
        }
    }
}
