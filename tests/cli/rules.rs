//! `rules`, `explain`, and rules that are refused.

use super::{House, RULE, bucket};

#[test]
fn rules_are_listed() {
    let house = House::new();
    let ran = house
        .run("rules list --no-builtin-rules --rules house")
        .ends(0);
    let table = "rule              severity  persona   what is wrong\n\
                 house-versioning  medium    regular   Bucket keeps no earlier versions of its objects\n\n\
                 1 rule. `leastwise explain ID` tells more.\n";
    assert_eq!(ran.out, table);
    let ran = house.run("rules list --no-builtin-rules --rules house --format json");
    let expected = serde_json::json!([{
        "id": "house-versioning",
        "aliases": ["house-old-name"],
        "title": "Bucket keeps no earlier versions of its objects",
        "severity": "medium",
        "confidence": "high",
        "persona": "regular",
        "tags": ["ai-data"],
        "peers": { "other-tool": ["OT_1"] },
        "benchmark": {},
        "remedy": "words",
        "kind": "select",
        "builtin": false,
    }]);
    assert_eq!(ran.ends(0).json(), expected);
    house.write(
        "quiet.toml",
        "rules = [\"house\"]\n[severity]\nhouse-versioning = \"low\"\n",
    );
    house
        .run("rules list --no-builtin-rules --config quiet.toml --select tag:ai-data")
        .ends(0)
        .shows("house-versioning  low");
    house
        .run("rules list --no-builtin-rules")
        .ends(2)
        .tells("--rules DIR");
}

#[test]
fn the_rules_that_come_with_it_load_and_are_explained() {
    let house = House::new();
    let list = house.run("rules list --format json").ends(0).json();
    let rules = list.as_array().unwrap();
    assert!(rules.len() >= 29, "{}", rules.len());
    assert!(rules.iter().all(|rule| rule["builtin"] == true));
    for rule in [&rules[0], &rules[rules.len() / 2], &rules[rules.len() - 1]] {
        let (id, title) = (
            rule["id"].as_str().unwrap(),
            rule["title"].as_str().unwrap(),
        );
        let text = house.run(&format!("explain {id}")).ends(0).shows(id).out;
        assert!(text.starts_with(&title[..title.len().min(20)]), "{text}");
    }
}

#[test]
fn a_rule_is_explained() {
    let house = House::new();
    let explain =
        |rest: &str| house.run(&format!("explain --no-builtin-rules --rules house {rest}"));
    let text = explain("house-versioning")
        .ends(0)
        .shows(
            "Bucket keeps no earlier versions of its objects\n\n`house-versioning` · severity medium",
        )
        .shows("One overwrite destroys `data` for good.")
        .shows("Turn versioning on.")
        .out;
    assert_eq!(explain("house-old-name").ends(0).out, text);
    explain("house-versioning --format markdown")
        .ends(0)
        .shows("# Bucket keeps")
        .shows("Turn *versioning* on.");
    let json = explain("house-versioning --format json").ends(0).json();
    assert_eq!(json["why"], "One overwrite destroys `data` for good.");
    assert_eq!(json["kind"], "select");
    explain("house-versionning")
        .ends(2)
        .tells("there is no rule `house-versionning`; did you mean `house-versioning`?");
    explain("house-*").ends(2).tells("rules list");
}

#[test]
fn a_rule_that_keeps_its_word_passes() {
    let house = House::new();
    house.write(
        "house/fixtures/house-versioning/bad.json",
        bucket("acme", false),
    );
    house.write(
        "house/fixtures/house-versioning/bad-absent.json",
        bucket("acme", true).replace("versioning", "other"),
    );
    house.write(
        "house/fixtures/house-versioning/good.json",
        bucket("acme", true),
    );
    house.write("house/fixtures/house-versioning/README.md", "words");
    let ran = house.run("rules test house").ends(0);
    assert_eq!(ran.out, "ok    house-versioning  2 bad, 1 good\n");
    assert_eq!(ran.err, "1 rule, 3 examples: all as expected\n");
    assert_eq!(house.run("rules test -q house").ends(0).out, "");
    // Rules and examples may lie in two places, or beside each other.
    house.write("rules/house-near.toml", RULE);
    house.write("examples/house-near/bad.json", bucket("acme", false));
    house.write("examples/house-near/good.json", bucket("acme", true));
    house.run("rules test rules examples").ends(0);
}

#[test]
fn a_rule_that_breaks_its_word_fails() {
    let house = House::new();
    house.write("house/house-bare.toml", RULE);
    house.write("house/house-wrong.toml", RULE);
    house.write("house/fixtures/house-wrong/bad.json", bucket("acme", true));
    house.write("house/fixtures/house-wrong/bad-broken.json", "{");
    house.write(
        "house/fixtures/house-wrong/bad-other.json",
        bucket("acme", true).replace("/Bucket", "/Other"),
    );
    house.write(
        "house/fixtures/house-wrong/good.json",
        bucket("acme", false),
    );
    house.write(
        "house/fixtures/house-wrong/good-foreign.json",
        r#"{"a": 1}"#,
    );
    house.write(
        "house/fixtures/house-versioning/bad.json",
        bucket("acme", false),
    );
    house.write(
        "house/fixtures/house-versioning/good.json",
        bucket("acme", true),
    );
    let ran = house.run("rules test house").ends(1);
    insta::assert_snapshot!("rules_test_failing", format!("{}---\n{}", ran.out, ran.err));
}

#[test]
fn rules_test_refuses_what_is_no_rule() {
    let house = House::new();
    house.write("empty/readme.txt", "nothing");
    house.run("rules test empty").ends(2).tells("no rule there");
    house
        .run("rules test nowhere")
        .ends(2)
        .tells("`nowhere`: no such file");
    house.write(
        "house/house-typo.toml",
        RULE.replace("severity ", "severty "),
    );
    house
        .run("rules test house")
        .ends(2)
        .tells("house/house-typo.toml:3:1")
        .tells("severty");
}

#[test]
fn a_malformed_path_is_refused_with_place_and_caret() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let wrong = RULE.replace("path    = \"$.resource.data.versioning.enabled\"\nexpect  = { equal = true }\ndefault = false", "forbid = \"$.resource.data.acl[?@.role in ['OWNER']]\"");
    assert!(wrong.contains("forbid"));
    house.write("house/house-wrong.toml", wrong);
    house.write(
        "house/house-open.toml",
        RULE.replace("versioning.enabled", "versioning["),
    );
    let ran = house.lint("bad.json").ends(2);
    assert_eq!(ran.out, "");
    let lines: Vec<&str> = ran.err.lines().collect();
    for (file, quoted) in [
        ("house/house-open.toml:15:39", "versioning["),
        ("house/house-wrong.toml:15:39", " in ['OWNER']"),
    ] {
        let at = lines.iter().position(|line| line.contains(file));
        let at = at.unwrap_or_else(|| panic!("no {file} in:\n{}", ran.err));
        assert!(lines[at].starts_with("error: "), "{}", ran.err);
        let rest = &lines[at..(at + 4).min(lines.len())];
        assert!(rest.iter().any(|line| line.contains(quoted)), "{}", ran.err);
        assert!(rest.iter().any(|line| line.contains('^')), "{}", ran.err);
    }
}

#[test]
fn schemas_are_json_schemas() {
    let house = House::new();
    for (command, property) in [
        ("rules schema", "severity"),
        ("schema rule", "severity"),
        ("config schema", "fail-on"),
        ("schema config", "fail-on"),
        ("schema report", "findings"),
    ] {
        let schema = house.run(command).ends(0).json();
        assert_eq!(
            schema["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "{command}"
        );
        assert!(schema["properties"][property].is_object(), "{command}");
    }
    let published = super::root().join("docs/schema/report.schema.json");
    let published: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(published).unwrap()).unwrap();
    assert_eq!(house.run("schema report").json(), published);
}

#[test]
fn a_new_rule_works_as_it_stands_and_is_found_wrong_when_it_no_longer_does() {
    let house = House::new();
    for kind in ["select", "grant", "analysis"] {
        let id = format!("house-{kind}");
        let ran = house
            .run(&format!("rules new {id} --kind {kind} --dir mine"))
            .ends(0)
            .tells("leastwise rules test mine");
        let files = [
            format!("mine/{id}.toml"),
            format!("mine/fixtures/{id}/bad.json"),
            format!("mine/fixtures/{id}/good.json"),
        ];
        assert_eq!(ran.out.lines().collect::<Vec<_>>(), files);
        let rule = house.read(&files[0]);
        assert!(rule.contains("EDIT") && rule.contains(&format!("[{kind}]")));
    }
    let ran = house.run("rules test mine").ends(0);
    assert_eq!(ran.out.matches("1 bad, 1 good").count(), 3, "{}", ran.out);
    house
        .run("lint --rules mine --no-builtin-rules mine/fixtures --now 2026-11-23 --format csv")
        .ends(1)
        .shows("house-select")
        .shows("house-grant")
        .shows("house-analysis");
    let wrong = house
        .read("mine/house-grant.toml")
        .replace("\"user\"", "\"group\"");
    house.write("mine/house-grant.toml", wrong);
    house
        .run("rules test mine")
        .ends(1)
        .shows("FAIL  house-grant");
}

#[test]
fn a_new_rule_overwrites_nothing() {
    let house = House::new();
    house.run("rules new house-one").ends(0);
    house.write("house-rules/house-one.toml", "mine");
    house
        .run("rules new house-one")
        .ends(2)
        .tells("`house-rules/house-one.toml` is there already");
    house.write("house-rules/fixtures/house-two/good.json", "mine");
    house
        .run("rules new house-two")
        .ends(2)
        .tells("good.json` is there already");
    assert!(!house.path("house-rules/house-two.toml").exists());
    assert_eq!(house.read("house-rules/house-one.toml"), "mine");
    house
        .run("rules new gcs-public-iam")
        .ends(2)
        .tells("taken by the built-in rule rules/storage/gcs-public-iam.toml");
    for id in ["House", "../x", "a/b", "-x"] {
        let ran = house.command("rules new --").arg(id).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{id}");
    }
    house.write("file", "no folder");
    house
        .run("rules new house-three --dir file")
        .ends(2)
        .tells("cannot write");
}
