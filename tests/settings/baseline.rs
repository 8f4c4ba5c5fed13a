//! What was known before.

use super::*;

fn with_baseline(baseline: &Baseline, findings: Vec<Finding>, moment: Timestamp) -> Triage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    baseline.write(&path).unwrap();
    let overrides = Overrides {
        baseline: Some(path),
        ..Overrides::default()
    };
    let settings = Settings::new(&load("").unwrap(), &overrides, moment).unwrap();
    triage(findings, &Rules::new().infos(), &settings, moment)
}

#[test]
fn the_file_is_sorted_has_a_line_an_entry_and_reads_back() {
    let findings = [
        finding(1, TRAIN, Severity::Medium),
        finding(0, TRAIN, Severity::High),
        finding(0, MODELS, Severity::Low),
        finding(0, MODELS, Severity::Critical),
    ];
    let rules = Rules::new();
    let baseline = Baseline::of(&findings, &rules.infos(), None, now(), "0.1.0");
    let text = baseline.to_json().unwrap();
    let print =
        |finding: &Finding| fingerprint(rules.infos()[usize::from(finding.rule.0)].id, finding);
    assert_eq!(
        text,
        format!(
            "{{\n  \"version\": 1,\n  \"tool\": \"leastwise 0.1.0\",\n  \"created\": \"2026-06-15T12:00:00Z\",\n  \"entries\": [\n    \
             {{\"fp\":\"{}\",\"rule\":\"gcs-public-iam\",\"resource\":\"{TRAIN}\",\"first_seen\":\"2026-06-15\",\"severity\":\"high\"}},\n    \
             {{\"fp\":\"{}\",\"rule\":\"gcs-public-iam\",\"resource\":\"{MODELS}\",\"first_seen\":\"2026-06-15\",\"severity\":\"critical\"}},\n    \
             {{\"fp\":\"{}\",\"rule\":\"gcs-versioning-disabled\",\"resource\":\"{TRAIN}\",\"first_seen\":\"2026-06-15\",\"severity\":\"medium\"}}\n  ]\n}}\n",
            print(&findings[1]),
            print(&findings[2]),
            print(&findings[0]),
        )
    );
    let source = Source::new(Path::new("b.json"), text);
    assert_eq!(Baseline::parse(&source).unwrap(), baseline);
    let empty = Baseline::of([], &rules.infos(), None, now(), "0.1.0");
    let source = Source::new(Path::new("b.json"), empty.to_json().unwrap());
    assert_eq!(Baseline::parse(&source).unwrap(), empty);
}

#[test]
fn the_baseline_hides_the_known_and_reports_the_new_and_the_worse() {
    let known = [
        finding(0, TRAIN, Severity::High),
        finding(1, TRAIN, Severity::Medium),
    ];
    let rules = Rules::new();
    let written = Baseline::of(
        &known,
        &rules.infos(),
        None,
        at("2025-12-10T00:00:00Z"),
        "0.1.0",
    );

    let triage = with_baseline(&written, known.to_vec(), now());
    assert_eq!(
        (triage.reported.len(), triage.baselined.len(), triage.worst),
        (0, 2, None)
    );
    assert_eq!(triage.notices, ["2 baselined, oldest 187 d, 1 high"]);
    assert_eq!((triage.warnings, triage.stale.len()), (0, 0));

    let worse = vec![
        finding(0, TRAIN, Severity::Critical),
        finding(1, TRAIN, Severity::Low),
        finding(1, MODELS, Severity::Medium),
    ];
    let triage = with_baseline(&written, worse, now());
    assert_eq!(triage.baselined.len(), 1, "a milder one stays known");
    assert_eq!(triage.reported.len(), 2);
    assert!(
        triage
            .notices
            .iter()
            .any(|n| n.starts_with("1 finding of the baseline reported again")),
        "{:?}",
        triage.notices
    );
    assert!(
        triage.stale.is_empty(),
        "the worse one still matches its entry"
    );
}

#[test]
fn entries_that_no_longer_match_are_stale_and_can_be_pruned() {
    let known = [
        finding(0, TRAIN, Severity::High),
        finding(1, TRAIN, Severity::Medium),
    ];
    let rules = Rules::new();
    let written = Baseline::of(&known, &rules.infos(), None, now(), "0.1.0");
    let triage = with_baseline(
        &written,
        vec![known[0].clone(), finding(2, TRAIN, Severity::Low)],
        now(),
    );
    assert_eq!(triage.stale.len(), 1);
    assert_eq!(triage.stale[0].rule, "gcs-versioning-disabled");
    let pruned = written.without(&triage.stale);
    assert_eq!(
        pruned.entries(),
        &written.entries()[..1],
        "pruned, and nothing new let in"
    );

    // Of a rule that did not run nothing is known.
    let overrides = Overrides::default();
    let mut settings = Settings::new(&load("").unwrap(), &overrides, now()).unwrap();
    settings.baseline = Some(written);
    let infos = rules.infos();
    let triage = leastwise::settings::triage(vec![known[0].clone()], &infos[..1], &settings, now());
    assert!(triage.stale.is_empty());
}

#[test]
fn writing_again_keeps_the_first_day_and_survives_a_renamed_rule() {
    let known = finding(0, TRAIN, Severity::High);
    let mut rules = Rules::new()
        .infos()
        .iter()
        .map(|rule| rule.id.to_owned())
        .collect::<Vec<_>>();
    rules[0] = "old-public".to_owned();
    let before: Vec<RuleInfo<'_>> = rules
        .iter()
        .map(|id| RuleInfo {
            id,
            aliases: &[],
            tags: &[],
            persona: Persona::Regular,
            benchmark_only: false,
        })
        .collect();
    let first = Baseline::of([&known], &before, None, at("2026-01-01T00:00:00Z"), "0.1.0");
    assert_eq!(first.entries()[0].rule, "old-public");

    let triage = with_baseline(&first, vec![known.clone()], now());
    assert_eq!((triage.baselined.len(), triage.stale.len()), (1, 0));

    let new = finding(0, MODELS, Severity::High);
    let again = Baseline::of(
        [&known, &new],
        &Rules::new().infos(),
        Some(&first),
        now(),
        "0.2.0",
    );
    let days: Vec<String> = again
        .entries()
        .iter()
        .map(|entry| entry.first_seen.to_string())
        .collect();
    assert_eq!(days, ["2026-01-01", "2026-06-15"]);
    assert_eq!(again.entries()[0].rule, "gcs-public-iam");
}

#[test]
fn a_damaged_baseline_is_an_error_with_its_place() {
    let rules = Rules::new();
    let written = Baseline::of(
        [&finding(0, TRAIN, Severity::High)],
        &rules.infos(),
        None,
        now(),
        "0.1.0",
    );
    let good = written.to_json().unwrap();
    let entry = good.lines().nth(5).unwrap();
    let table = [
        (
            good[..good.len() - 20].to_owned(),
            ":6:",
            "damaged baseline",
        ),
        (String::new(), ":1:1: ", "damaged baseline: EOF"),
        (
            good.replace("\"severity\":\"high\"", "\"severity\":\"awful\""),
            ":6:",
            "unknown variant `awful`",
        ),
        (good.replace("v1:", "v0:"), ":6:", "not a fingerprint"),
        (
            good.replace("\"rule\"", "\"rulle\""),
            ":6:",
            "unknown field `rulle`",
        ),
        (
            good.replace("\"version\": 1", "\"version\": 2"),
            ":1:1: ",
            "a baseline of format 2",
        ),
        (
            good.replace(entry, &format!("<<<<<<< HEAD\n{entry}\n=======\n>>>>>>> x")),
            ":6:",
            "unfinished merge",
        ),
        ("[".repeat(100_000), ":1:", "damaged baseline"),
    ];
    for (text, place, message) in table {
        let error = Baseline::parse(&Source::new(Path::new("b.json"), text))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(&format!("b.json{place}")), "{error}");
        assert!(error.contains(message), "lacks {message:?}: {error}");
    }
    let overrides = Overrides {
        baseline: Some(PathBuf::from("no/such/baseline.json")),
        ..Overrides::default()
    };
    let error = Settings::new(&load("").unwrap(), &overrides, now())
        .unwrap_err()
        .to_string();
    assert!(error.contains("`leastwise baseline write`"), "{error}");
}

#[test]
fn two_versions_joined_by_hand_never_hide_more() {
    let rules = Rules::new();
    let known = finding(0, TRAIN, Severity::High);
    let milder = finding(0, TRAIN, Severity::Low);
    let one = Baseline::of(
        [&known],
        &rules.infos(),
        None,
        at("2026-03-01T00:00:00Z"),
        "0.1.0",
    );
    let two = Baseline::of(
        [&milder],
        &rules.infos(),
        None,
        at("2026-01-01T00:00:00Z"),
        "0.1.0",
    );
    let line = |baseline: &Baseline| {
        baseline
            .to_json()
            .unwrap()
            .lines()
            .nth(5)
            .unwrap()
            .to_owned()
    };
    let joined = one
        .to_json()
        .unwrap()
        .replace(&line(&one), &format!("{},\n{}", line(&one), line(&two)));
    let joined = Baseline::parse(&Source::new(Path::new("b.json"), joined)).unwrap();
    assert_eq!(joined.entries().len(), 1);
    assert_eq!(joined.entries()[0].severity, Severity::Low);
    assert_eq!(joined.entries()[0].first_seen.to_string(), "2026-01-01");
}

#[test]
fn a_write_that_fails_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    fs::write(&path, "old").unwrap();
    let baseline = Baseline::of([], &Rules::new().infos(), None, now(), "0.1.0");
    baseline.write(&path).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        baseline.to_json().unwrap()
    );
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays behind");
    let error = baseline
        .write(&folder.path().join("none/baseline.json"))
        .unwrap_err();
    assert!(matches!(error, SettingsError::Write { .. }), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.json");
        symlink(&path, &link).unwrap();
        baseline.write(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
}
