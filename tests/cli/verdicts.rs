//! Exit codes.

use super::{House, bucket};

#[test]
fn every_exit_code_has_its_reason() {
    let house = House::new();
    house.write("good.json", bucket("acme-good", true));
    house.write("bad.json", bucket("acme-bad", false));
    house.write("broken.json", &bucket("acme-broken", true)[..80]);
    house.write("foreign/notes.txt", "remember the milk");
    house.write("foreign/more.json", r#"{"hello": 1}"#);
    house.write("empty/list.json", "[]");
    house.write(
        "strict.toml",
        "[[suppress]]\nrules = [\"house-versioning\"]\nresource = \"gs://none\"\nreason = \"gone\"\n",
    );
    std::fs::create_dir(house.path("nothing")).unwrap();
    for (arguments, code) in [
        ("good.json", 0),
        ("bad.json", 1),
        ("good.json bad.json", 1),
        ("bad.json --exit-zero", 0),
        ("bad.json --fail-on high", 0),
        ("bad.json --fail-on medium", 1),
        ("bad.json --min-severity high", 0),
        ("bad.json -qq", 1),
        ("bad.json --ignore house-versioning", 2),
        ("bad.json --select house-verzioning", 2),
        ("missing.json", 2),
        ("good.json missing.json", 2),
        ("good.json/inside.json", 2),
        ("nothing", 2),
        ("foreign", 2),
        ("empty", 0),
        ("good.json foreign", 0),
        ("foreign/notes.txt", 3),
        ("good.json broken.json", 3),
        ("bad.json broken.json", 1),
        ("bad.json broken.json --exit-zero", 3),
        ("good.json broken.json --allow-incomplete", 0),
        (
            "good.json broken.json --allow-incomplete --require-complete",
            3,
        ),
        ("good.json --config strict.toml", 0),
        ("good.json --config strict.toml --strict", 2),
        ("good.json --config nowhere.toml", 2),
        ("good.json --baseline nowhere.json", 2),
        ("good.json --now yesterday", 2),
        ("good.json --threads 0", 2),
        ("good.json --rules nowhere", 2),
    ] {
        let ran = house.lint(arguments);
        assert_eq!(
            ran.code,
            Some(code),
            "{arguments}\n{}\n{}",
            ran.out,
            ran.err
        );
        if code == 2 {
            assert!(ran.err.contains("error: "), "{arguments}\n{}", ran.err);
        }
    }
}

#[test]
fn the_format_changes_no_exit_code() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    for format in [
        "table", "text", "json", "ndjson", "sarif", "github", "markdown", "csv", "junit",
    ] {
        let ran = house.lint(&format!("bad.json --format {format}")).ends(1);
        assert!(
            ran.out.contains("house-versioning"),
            "{format}: {}",
            ran.out
        );
    }
}

#[test]
fn a_missing_path_is_told_before_anything_is_judged() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let ran = house
        .lint("bad.json mising.json --format json=out.json")
        .ends(2);
    assert_eq!(ran.err, "error: `mising.json`: no such file or directory\n");
    assert_eq!(ran.out, "");
    assert!(!house.path("out.json").exists());
}

#[test]
fn an_unknown_rule_is_told_with_what_may_have_been_meant() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    for flag in ["--select", "--ignore"] {
        house
            .lint(&format!("bad.json {flag} house-verzioning"))
            .ends(2)
            .tells("did you mean `house-versioning`?");
    }
}
