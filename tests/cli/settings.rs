//! Configuration and variables.

use super::{House, Ran, bucket};

#[test]
fn every_flag_is_a_variable() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let run = |variables: &[(&str, &str)], arguments: &str| {
        let mut command = house.command(&format!("lint bad.json {arguments}"));
        command
            .env("LEASTWISE_RULES", "house")
            .env("LEASTWISE_NO_BUILTIN_RULES", "1")
            .envs(variables.iter().copied());
        Ran::new(command.output().unwrap())
    };
    run(&[], "").ends(1).shows("house-versioning");
    run(&[("LEASTWISE_FAIL_ON", "high")], "").ends(0);
    run(&[("LEASTWISE_FAIL_ON", "high")], "--fail-on low").ends(1);
    run(&[("LEASTWISE_FAIL_ON", "")], "").ends(1);
    run(&[("LEASTWISE_FAIL_ON", "loud")], "")
        .ends(2)
        .tells("loud");
    run(&[("LEASTWISE_EXIT_ZERO", "true")], "").ends(0);
    run(&[("LEASTWISE_EXIT_ZERO", "0")], "").ends(1);
    run(&[("LEASTWISE_FORMAT", "json,csv=r.csv")], "")
        .ends(1)
        .json();
    assert!(house.path("r.csv").exists());
    let quiet = run(&[("LEASTWISE_QUIET", "2")], "").ends(1);
    assert_eq!(quiet.out, "");
    run(&[("LEASTWISE_CONFIG", "nowhere.toml")], "")
        .ends(2)
        .tells("asked for by LEASTWISE_CONFIG");
    run(
        &[
            ("LEASTWISE_NO_CONFIG", "1"),
            ("LEASTWISE_CONFIG", "nowhere.toml"),
        ],
        "",
    )
    .ends(1);
}

#[test]
fn the_configuration_in_force_is_shown() {
    let house = House::new();
    let none = house
        .run("config show")
        .ends(0)
        .shows("no configuration file");
    none.shows("fail-on = \"low\"");
    let text = "fail-on = \"high\"\nselect = [\"house-*\"]\nrules = [\"house\"]\n\n[organization]\ndomains = [\"ACME.ai\"]\n\n\
                [[suppress]]\nrules = [\"house-versioning\"]\nresource = \"gs://acme-*\"\nreason = \"known\"\nexpires = \"2099-12-31\"\n";
    house.write("ci/.leastwise.toml", text);
    let mut command = house.command("config show --config ci/.leastwise.toml");
    let ran = Ran::new(
        command
            .env("LEASTWISE_FAIL_ON", "critical")
            .output()
            .unwrap(),
    );
    let ran = ran
        .ends(0)
        .shows("ci/.leastwise.toml")
        .shows("LEASTWISE_FAIL_ON=critical");
    let shown: toml::Table = ran.out.parse().unwrap();
    assert_eq!(shown["fail-on"].as_str(), Some("high"));
    assert_eq!(
        shown["organization"]["domains"][0].as_str(),
        Some("acme.ai")
    );
    assert_eq!(shown["suppress"][0]["expires"].as_str(), Some("2099-12-31"));
    let json = house
        .run("config show --config ci/.leastwise.toml --format json")
        .ends(0)
        .json();
    assert_eq!(json["config"]["select"][0], "house-*");
    assert!(
        json["origin"]
            .as_str()
            .unwrap()
            .ends_with("ci/.leastwise.toml")
    );
    // What it shows is a configuration again.
    house.write("again.toml", &ran.out);
    house.run("config show --config again.toml").ends(0);
}

#[test]
fn a_wrong_configuration_is_told_with_its_place() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    house.write(".leastwise.toml", "fail-onn = \"high\"\n");
    for command in ["lint bad.json", "config show", "rules list", "explain x"] {
        house
            .run(command)
            .ends(2)
            .tells("error: .leastwise.toml:1:1: unknown key `fail-onn`")
            .tells("did you mean `fail-on`?");
    }
}
