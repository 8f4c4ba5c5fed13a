//! What the configuration tells single rules.

use super::{House, bucket};

const PLACE: &str = r#"
title = "Bucket lies where it should not"
severity = "medium"
confidence = "high"
message = "{resource} lies in {value}"
why = "Contracts."
fix = "Move it."
needs = ["expect"]
[select]
asset = "storage.googleapis.com/Bucket"
path = "$.resource.data.versioning.enabled"
"#;

fn house() -> House {
    let house = House::new();
    house.write("house/house-place.toml", PLACE);
    house.write("bad.json", bucket("acme-bad", false));
    house
}

const LINT: &str = "lint bad.json --rules house --no-builtin-rules --config leastwise.toml";

#[test]
fn a_rule_waits_for_what_it_needs() {
    let house = house();
    house.write("leastwise.toml", "");
    let ran = house.run(&format!("{LINT} --select house-place -v"));
    ran.ends(0)
        .shows("1 rule needs configuration\n  house-place   expect under [options.house-place]\n")
        .shows(" 0 rules in ");
    house
        .run("explain house-place --rules house --config leastwise.toml")
        .ends(0)
        .shows("Needs configuration: `expect`.");
    house
        .run("rules test house/house-place.toml --config leastwise.toml")
        .ends(1)
        .shows("needs configuration: expect");
    house.write(
        "leastwise.toml",
        "[options.house-place]\nexpect = { equal = true }\n",
    );
    house
        .run(&format!("{LINT} --select house-place"))
        .ends(1)
        .shows("house-place");
}

#[test]
fn an_option_takes_the_place_of_what_the_rule_says() {
    let house = house();
    let told = "[options.house-old-name]\nexpect = { equal = false }\n";
    house.write("leastwise.toml", told);
    house.run(LINT).ends(0);
}

#[test]
fn what_a_rule_does_not_take_is_refused() {
    let house = house();
    for (told, wrong, help) in [
        (
            "[options.house-plce]\nexpect = 1",
            "1:10: no rule is called `house-plce`",
            "`house-place`",
        ),
        (
            "[options.house-place]\nexpct = 1",
            "2:1: `house-place` has no option `expct`",
            "`expect`",
        ),
        (
            "[options.house-place]\nexpect = { matces = \"EU\" }",
            "2:10: unknown value `matces`",
            "`matches`",
        ),
        (
            "[options.house-place]\nexpect = { matches = \"(\" }",
            "2:10: the regular expression does not compile",
            "",
        ),
    ] {
        house.write("leastwise.toml", told);
        house
            .run(LINT)
            .ends(2)
            .tells(&format!("leastwise.toml:{wrong}"))
            .tells(help);
    }
}

#[test]
fn a_need_must_be_one_that_can_be_met() {
    let house = house();
    house.write(
        "house/house-place.toml",
        PLACE.replace("[\"expect\"]", "[\"expct\"]"),
    );
    house.write("leastwise.toml", "");
    house.run(LINT).ends(2).tells("the rule takes no `expct`");
}

#[test]
fn options_are_shown_with_the_configuration() {
    let house = house();
    house.write(
        "leastwise.toml",
        "[options.house-place]\nexpect = { equal = true }\n",
    );
    house
        .run("config show --config leastwise.toml")
        .ends(0)
        .shows("[options.house-place.expect]\nequal = true");
}
