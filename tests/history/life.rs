//! What becomes of findings from run to run.

use super::house::{House, bucket, lint, policy, states};

const VIEWER: &str = "roles/storage.objectViewer";

#[test]
fn a_finding_is_new_then_open_then_fixed_then_back() {
    let house = House::new();
    house.export(&[bucket("a", false), bucket("b", true)]);
    let first = house.lint("2026-08-01", "");
    assert_eq!(states(&first), ["a new 2026-08-01"]);
    assert_eq!(first["history"]["first_run"], true);
    let second = house.lint("2026-08-02", "");
    assert_eq!(states(&second), ["a open 2026-08-01"]);
    assert_eq!(second["history"]["oldest"], "2026-08-01T00:00:00Z");

    house.export(&[bucket("a", true), bucket("b", false)]);
    let third = house.lint("2026-08-03", "");
    assert_eq!(states(&third), ["b new 2026-08-03"]);
    assert_eq!(third["history"]["fixed"], 1);
    assert_eq!(third["fixed"][0]["resource"], "//storage.googleapis.com/a");
    assert_eq!(third["fixed"][0]["last_seen"], "2026-08-02T00:00:00Z");
    assert_eq!(house.known("fixed"), ["house-versioning a"]);

    house.export(&[bucket("a", false), bucket("b", true)]);
    let fourth = house.lint("2026-08-04", "");
    assert_eq!(states(&fourth), ["a reopened 2026-08-01"]);
    let known = house.ask("findings h.db --state open");
    assert_eq!(known[0]["reopened"], 1);
    let events = house.ask("show h.db 4");
    let what: Vec<&str> = events["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["state"].as_str().unwrap())
        .collect();
    assert_eq!(what, ["reopened", "fixed"]);
}

#[test]
fn without_a_history_no_report_speaks_of_one() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    let quiet = "lint exports/ --rules rules --no-builtin-rules --now 2026-08-01";
    let json = house.run(&format!("{quiet} --format json")).out;
    for word in ["first_seen", "\"state\"", "\"history\"", "\"fixed\""] {
        assert!(!json.contains(word), "{word}: {json}");
    }
    assert!(
        !house
            .run(&format!("{quiet} --format csv"))
            .out
            .contains("first_seen")
    );
}

#[test]
fn every_format_for_people_tells_it() {
    let house = House::new();
    house.export(&[bucket("a", false), bucket("gone", false)]);
    let first = house.run(&lint("2026-08-01", ""));
    assert!(
        first.out.contains("First run in the history"),
        "{}",
        first.out
    );
    assert!(!first.out.contains("since"), "{}", first.out);
    house.export(&[bucket("a", false), bucket("b", false)]);
    let line = "1 new, 1 still open (oldest since 2026-08-01), 1 fixed since the last run.";
    for (day, format) in [
        ("2026-08-02", "table"),
        ("2026-08-02", "text"),
        ("2026-08-02", "markdown"),
    ] {
        // Each sees the same change: the copy of the history is that of the first run.
        let kept = house.path("kept.db");
        if !kept.exists() {
            std::fs::copy(house.path("h.db"), &kept).unwrap();
        }
        std::fs::copy(&kept, house.path("h.db")).unwrap();
        let told = house.run(&lint(day, &format!("--format {format}"))).out;
        assert!(told.contains(line), "{format}: {told}");
        assert!(told.contains("since 2026-08-01"), "{format}: {told}");
        assert!(
            told.lines()
                .any(|line| line.contains("new") && !line.contains("still open")),
            "{format}: {told}"
        );
    }
    std::fs::copy(house.path("kept.db"), house.path("h.db")).unwrap();
    let csv = house.run(&lint("2026-08-02", "--format csv")).out;
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].ends_with("fingerprint,state,first_seen"), "{csv}");
    assert!(
        rows.iter()
            .any(|row| row.ends_with(",new,2026-08-02T00:00:00Z")),
        "{csv}"
    );
    let ndjson = house.run(&lint("2026-08-03", "--format ndjson")).out;
    assert!(ndjson.contains(r#""state":"open""#), "{ndjson}");
}

#[test]
fn an_incomplete_run_fixes_nothing() {
    let house = House::new();
    house.export(&[bucket("a", false), bucket("b", false)]);
    house.lint("2026-08-01", "");
    house.export(&[bucket("a", true), r#"{"name": "//storage.goo"#.to_owned()]);
    let ran = house.run(&lint("2026-08-02", "--exit-zero"));
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(
        ran.out
            .contains("2 known findings could not be looked at again"),
        "{}",
        ran.out
    );
    assert_eq!(
        house.known("open"),
        ["house-versioning a", "house-versioning b"]
    );
    // Being allowed to be incomplete does not make it complete.
    let allowed = house.lint("2026-08-02", "--allow-incomplete");
    assert_eq!(allowed["history"]["fixed"], 0);
    house.export(&[bucket("a", true), bucket("b", false)]);
    let whole = house.lint("2026-08-03", "");
    assert_eq!(states(&whole), ["b open 2026-08-01"]);
    assert_eq!(house.known("fixed"), ["house-versioning a"]);
}

#[test]
fn a_run_over_something_else_fixes_nothing() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    house.lint("2026-08-01", "");
    house.write("other.ndjson", bucket("a", true));
    let other =
        "lint other.ndjson --rules rules --no-builtin-rules --history h.db --now 2026-08-02";
    assert_eq!(house.run(other).code, Some(0));
    assert_eq!(house.known("open"), ["house-versioning a"]);
    // By the same name it is the same.
    let named = house.run(&format!("{other} --history-scope exports"));
    assert_eq!(named.code, Some(0), "{}", named.err);
    assert_eq!(house.known("fixed"), ["house-versioning a"]);
}

#[test]
fn a_rule_that_does_not_run_fixes_nothing() {
    let house = House::new();
    house.export(&[bucket("a", false), policy("a", VIEWER, "allUsers")]);
    house.lint("2026-08-01", "");
    house.export(&[bucket("a", true), policy("a", VIEWER, "user:x@example.com")]);
    house.lint("2026-08-02", "--ignore house-versioning");
    assert_eq!(house.known("open"), ["house-versioning a"]);
    assert_eq!(house.known("fixed"), ["house-public a"]);
}

#[test]
fn what_was_not_judged_is_not_fixed() {
    let house = House::new();
    let both = |name| [bucket(name, false), policy(name, VIEWER, "allUsers")];
    house.export(&[both("a"), both("b")].concat());
    house.lint("2026-08-01", "");
    // The policy of b is in the input, its settings are not; of a it is the other way round.
    house.export(&[bucket("a", true), policy("b", VIEWER, "user:x@example.com")]);
    let run = house.lint("2026-08-02", "");
    assert_eq!(
        house.known("fixed"),
        ["house-public b", "house-versioning a"]
    );
    assert_eq!(
        house.known("open"),
        ["house-public a", "house-versioning b"]
    );
    assert_eq!(run["history"]["not_looked_at"], 2);
    // A value of an unexpected type is judged by nobody.
    house.export(&[bucket("b", "\"perhaps\""), bucket("c", true)]);
    let run = house.lint("2026-08-03", "");
    assert_eq!(run["coverage"]["outcomes"]["unknown"], 1);
    assert_eq!(
        house.known("open"),
        ["house-public a", "house-versioning b"]
    );
    // A role that nobody knows may carry it.
    house.export(&[policy("a", "projects/p/roles/unheardOf", "allUsers")]);
    house.lint("2026-08-04", "");
    assert!(house.known("open").contains(&"house-public a".to_owned()));
}

#[test]
fn what_is_gone_is_fixed_where_its_kind_was_looked_at() {
    let house = House::new();
    house.export(&[bucket("a", false), bucket("b", true)]);
    house.lint("2026-08-01", "");
    // No bucket at all: the export may have been another.
    house.export(&[r#"{"name":"//cloudresourcemanager.googleapis.com/projects/123","assetType":"cloudresourcemanager.googleapis.com/Project","resource":{"version":"v1","data":{"projectId":"p"}}}"#.to_owned()]);
    house.lint("2026-08-02", "");
    assert_eq!(house.known("open"), ["house-versioning a"]);
    house.export(&[bucket("b", true)]);
    house.lint("2026-08-03", "");
    assert_eq!(house.known("fixed"), ["house-versioning a"]);
}

#[test]
fn what_is_not_shown_is_found_nevertheless() {
    let house = House::new();
    house.export(&[bucket("a", false), policy("b", VIEWER, "allUsers")]);
    house.lint("2026-08-01", "");
    house.write(
        "suppressing.toml",
        "[[suppress]]\nrules = [\"house-versioning\"]\nresource = \"gs://a\"\nreason = \"known\"\n",
    );
    for hiding in [
        "--config suppressing.toml",
        "--min-severity critical",
        "--persona regular",
    ] {
        let run = house.lint("2026-08-02", hiding);
        assert_eq!(run["history"]["fixed"], 0, "{hiding}");
        assert_eq!(run["history"]["not_looked_at"], 0, "{hiding}");
    }
    let baseline = house.run("baseline write base.json exports/ --rules rules --no-builtin-rules");
    assert_eq!(baseline.code, Some(0), "{}", baseline.err);
    let run = house.lint("2026-08-03", "--baseline base.json");
    assert_eq!(
        (&run["history"]["fixed"], &run["history"]["open"]),
        (&0.into(), &0.into())
    );
    // Shown again, it is as old as it is.
    let run = house.lint("2026-08-04", "");
    assert_eq!(states(&run), ["b open 2026-08-01", "a open 2026-08-01"]);
    // And what was hidden from the first has its day, too.
    house.export(&[
        bucket("a", false),
        bucket("c", false),
        policy("b", VIEWER, "allUsers"),
    ]);
    house.lint("2026-08-05", "--min-severity critical");
    let run = house.lint("2026-08-06", "");
    assert!(
        states(&run).contains(&"c open 2026-08-05".to_owned()),
        "{run}"
    );
}

#[test]
fn a_renamed_rule_finds_what_it_found() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    let text = std::fs::read_to_string(house.path("rules/house-versioning.toml")).unwrap();
    std::fs::remove_file(house.path("rules/house-versioning.toml")).unwrap();
    house.write(
        "rules/house-earlier.toml",
        text.replace("house-earlier", "house-earliest"),
    );
    house.lint("2026-08-01", "");
    std::fs::remove_file(house.path("rules/house-earlier.toml")).unwrap();
    house.write("rules/house-versioning.toml", text);
    assert_eq!(states(&house.lint("2026-08-02", "")), ["a open 2026-08-01"]);
    assert_eq!(house.known("open"), ["house-versioning a"]);
    // Fixed under the new name, too.
    house.export(&[bucket("a", true)]);
    house.lint("2026-08-03", "");
    assert_eq!(house.known("fixed"), ["house-versioning a"]);
}

#[test]
fn only_what_is_new_fails_the_run() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    let code = |day: &str, more: &str| house.run(&lint(day, &format!("--fail-on-new {more}"))).code;
    assert_eq!(
        code("2026-08-01", ""),
        Some(1),
        "in a first run everything is new"
    );
    assert_eq!(code("2026-08-02", ""), Some(0));
    house.export(&[bucket("a", false), bucket("b", false)]);
    assert_eq!(
        code("2026-08-03", "--fail-on high"),
        Some(0),
        "below the bar"
    );
    assert_eq!(code("2026-08-04", ""), Some(0), "known since the last run");
    house.export(&[bucket("a", false), bucket("b", true)]);
    assert_eq!(code("2026-08-05", ""), Some(0));
    house.export(&[bucket("a", false), bucket("b", false)]);
    assert_eq!(code("2026-08-06", ""), Some(1), "back again");
    house.export(&[bucket("b", false), bucket("c", false)]);
    assert_eq!(code("2026-08-07", "--exit-zero"), Some(0));

    for lonely in ["--fail-on-new", "--history-scope x"] {
        let ran = house.run(&format!("lint exports/ {lonely}"));
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains("--history FILE"), "{}", ran.err);
    }
}

/// The variable is that of the flag.
#[test]
fn the_history_may_come_from_the_environment() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    let mut command = house.command("lint exports/ --rules rules --no-builtin-rules");
    command.env("LEASTWISE_HISTORY", "h.db").output().unwrap();
    assert_eq!(house.known("open"), ["house-versioning a"]);
}

#[test]
fn input_that_is_no_export_is_no_run() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    house.lint("2026-08-01", "");
    std::fs::remove_file(house.path("exports/org.ndjson")).unwrap();
    house.write("exports/readme.json", "{\"hello\": 1}");
    assert_eq!(house.run(&lint("2026-08-02", "")).code, Some(2));
    assert_eq!(house.ask("runs h.db").as_array().unwrap().len(), 1);
    assert_eq!(house.known("open"), ["house-versioning a"]);
}
