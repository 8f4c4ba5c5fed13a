//! `baseline`: what is known is not told again, and what is fixed is forgotten.

use super::{House, Ran, bucket};

fn baseline(house: &House, arguments: &str) -> Ran {
    let (verb, rest) = arguments.split_once(' ').unwrap();
    house.run(&format!(
        "baseline {verb} --no-builtin-rules --rules house {rest}"
    ))
}

#[test]
fn the_life_of_a_baseline() {
    let house = House::new();
    house.write("in/a.json", bucket("acme-a", false));
    house.write("in/b.json", bucket("acme-b", false));
    baseline(&house, "write b.json in --now 2026-01-01")
        .ends(0)
        .tells("b.json: 2 entries, 0 of them known before (2 medium)");
    house.lint("in").ends(1);
    let ran = house
        .lint("in --baseline b.json --format json")
        .ends(0)
        .json();
    assert_eq!(ran["baselined"], 2);
    baseline(&house, "check b.json in")
        .ends(0)
        .tells("all still there");

    house.write("in/c.json", bucket("acme-c", false));
    let ran = house
        .lint("in --baseline b.json --format json")
        .ends(1)
        .json();
    assert_eq!(ran["findings"].as_array().unwrap().len(), 1);
    // Written again, it is not emptied by itself, and the first days stay.
    baseline(&house, "write b.json in --now 2026-02-01")
        .ends(0)
        .tells("3 entries, 2 of them known before");
    let text = house.read("b.json");
    assert_eq!(text.matches("2026-01-01\",\"sev").count(), 2, "{text}");
    assert_eq!(text.matches("2026-02-01\",\"sev").count(), 1, "{text}");

    house.write("in/a.json", bucket("acme-a", true));
    baseline(&house, "check b.json in")
        .ends(1)
        .shows("house-versioning  gs://acme-a");
    assert_eq!(house.read("b.json"), text);
    baseline(&house, "prune b.json in")
        .ends(0)
        .tells("b.json: 1 removed, 2 left");
    assert!(!house.read("b.json").contains("acme-a"));
    baseline(&house, "check b.json in").ends(0);
    assert_eq!(house.names(""), ["b.json", "house", "in"]);
}

#[test]
fn what_a_view_hides_is_written_and_what_is_suppressed_is_not() {
    let house = House::new();
    house.write("in/a.json", bucket("acme-a", false));
    house.write("in/b.json", bucket("acme-b", false));
    let config = "min-severity = \"critical\"\nbaseline = \"b.json\"\n[[suppress]]\nrules = [\"house-versioning\"]\n\
                  resource = \"gs://acme-b\"\nreason = \"known\"\n";
    house.write(".leastwise.toml", config);
    // The configuration names a baseline that is only now written.
    baseline(&house, "write b.json in").ends(0).tells("1 entry");
    assert!(house.read("b.json").contains("acme-a"));
}

#[test]
fn an_incomplete_run_decides_nothing() {
    let house = House::new();
    house.write("in/a.json", bucket("acme-a", false));
    house.write("in/b.json", bucket("acme-b", false));
    baseline(&house, "write b.json in").ends(0);
    let before = house.read("b.json");
    house.write("in/b.json", "{\"name\":\n [");
    for verb in ["write", "check", "prune"] {
        baseline(&house, &format!("{verb} b.json in"))
            .ends(3)
            .tells("warning: in/b.json:2:")
            .tells("--allow-incomplete");
        assert_eq!(house.read("b.json"), before, "{verb}");
    }
    baseline(&house, "write new.json in").ends(3);
    assert!(!house.path("new.json").exists());
    baseline(&house, "check b.json in --allow-incomplete").ends(1);
    baseline(&house, "write b.json in --allow-incomplete")
        .ends(0)
        .tells("1 entry");
}

#[test]
fn no_other_file_is_taken_for_a_baseline() {
    let house = House::new();
    house.write("in/a.json", bucket("acme-a", false));
    let export = house.read("in/a.json");
    for verb in ["write", "check", "prune"] {
        baseline(&house, &format!("{verb} in/a.json in"))
            .ends(2)
            .tells("in/a.json:1:");
        assert_eq!(house.read("in/a.json"), export, "{verb}");
    }
    baseline(&house, "write in/a.json in --force").ends(0);
    baseline(&house, "check missing.json in")
        .ends(2)
        .tells("missing.json");
    baseline(&house, "write nowhere/b.json in").ends(2);
}
