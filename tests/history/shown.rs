//! What `leastwise history` shows.

use super::house::{House, bucket, lint, policy};

fn with_runs() -> House {
    let house = House::new();
    house.export(&[
        bucket("a", false),
        policy("b", "roles/storage.objectViewer", "allUsers"),
    ]);
    house.lint("2026-08-01", "");
    house.export(&[
        bucket("a", true),
        bucket("b", false),
        bucket("c", true),
        policy("b", "roles/storage.objectViewer", "allUsers"),
    ]);
    house.lint("2026-08-01T12:00:00Z", "");
    house.write("other.ndjson", bucket("z", false));
    let other = lint("2026-08-03", "").replace("exports/", "other.ndjson");
    assert_eq!(house.run(&other).code, Some(1));
    house
}

#[test]
fn the_overview_shows_runs_and_what_is_open() {
    let house = with_runs();
    let ran = house.run("history h.db");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    insta::assert_snapshot!("overview", ran.out);
    let ran = house.run("history show h.db 2");
    insta::assert_snapshot!("show", ran.out.replace(&ruleset(&house), "RULESET"));
    insta::assert_snapshot!("trend", house.run("history trend h.db").out);
    insta::assert_snapshot!("findings", house.run("history findings h.db").out);
}

fn ruleset(house: &House) -> String {
    house.ask("runs h.db")[0]["ruleset"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn machines_get_json_and_csv() {
    let house = with_runs();
    let trend = house.ask("trend h.db");
    assert_eq!(trend.as_array().unwrap().len(), 2);
    assert_eq!(trend[0]["runs"], 2);
    assert_eq!(trend[0]["medium"], 1);
    // The other scope comes on top of what is open in the first.
    assert_eq!(trend[1]["medium"], 2);
    assert_eq!(trend[1]["critical"], 1);
    let shown = house.ask("show h.db 2");
    let kind = &shown["kinds"][0];
    assert_eq!(kind["kind"], "storage.googleapis.com/Bucket");
    assert_eq!((&kind["before"], &kind["now"]), (&2.into(), &3.into()));
    for command in ["runs", "findings", "trend", "show"] {
        let csv = house
            .run(&format!("history {command} h.db --format csv"))
            .out;
        let width = csv.lines().next().unwrap().split(',').count();
        assert!(width > 5, "{command}: {csv}");
        assert!(csv.lines().count() > 1, "{command}: {csv}");
        assert!(
            csv.lines().all(|line| line.split(',').count() == width),
            "{command}: {csv}"
        );
    }
}

#[test]
fn what_is_asked_for_narrows_it() {
    let house = with_runs();
    let names = |arguments: &str| {
        let found = house.ask(arguments);
        let found = found.as_array().unwrap().iter();
        let mut names: Vec<String> = found
            .map(|line| {
                line["resource"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names("findings h.db"), "a b b z");
    assert_eq!(names("findings h.db --state open"), "b b z");
    assert_eq!(names("findings h.db --state fixed"), "a");
    assert_eq!(names("findings h.db --state new"), "b z");
    assert_eq!(names("findings h.db --rule house-public"), "b");
    assert_eq!(names("findings h.db --scope other.ndjson"), "z");
    let ran = house.run("history h.db --scope nonsense");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`exports`"), "{}", ran.err);
    let ran = house.run("history show h.db 99");
    assert_eq!(ran.code, Some(2));
    assert_eq!(house.run("history").code, Some(2));
}

#[test]
fn old_things_can_be_forgotten() {
    let house = with_runs();
    let ran = house.run("history prune h.db --keep-days 1 --now 2026-08-30");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.err.contains("1 run and 1 fixed finding forgotten"),
        "{}",
        ran.err
    );
    assert_eq!(house.known("fixed").len(), 0);
    assert_eq!(house.known("open").len(), 3);
}

/// What an export holds may be hostile; a terminal must not obey it.
#[test]
fn names_do_not_reach_the_terminal_as_they_are() {
    let house = House::new();
    house.export(&[bucket(r"evil\u001b[2J", false)]);
    let scope = "--history-scope \u{1b}[31mred";
    assert_eq!(house.run(&lint("2026-08-01", scope)).code, Some(1));
    for command in ["", "show", "findings", "runs"] {
        for format in ["table", "json", "csv"] {
            let ran = house.run(&format!("history {command} h.db --format {format}"));
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            assert!(
                !ran.out.contains('\u{1b}'),
                "{command} {format}: {:?}",
                ran.out
            );
        }
    }
}

#[test]
fn a_report_with_a_history_is_what_its_schema_says() {
    let house = House::new();
    house.export(&[bucket("a", false), bucket("b", false)]);
    house.lint("2026-08-01", "");
    house.export(&[bucket("a", true), bucket("b", false), bucket("c", false)]);
    let report = house.lint("2026-08-02", "");
    assert_eq!(report["history"]["new"], 1);
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/schema/report.schema.json"
    );
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    for (name, fields) in [
        ("History", &report["history"]),
        ("FixedFinding", &report["fixed"][0]),
        ("Finding", &report["findings"][0]),
    ] {
        let described = schema["$defs"][name]["properties"].as_object().unwrap();
        for field in fields.as_object().unwrap().keys() {
            assert!(
                described.contains_key(field),
                "{name} does not describe {field}"
            );
        }
    }
}
