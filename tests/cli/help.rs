//! Help, wrong usage, completions and the manual.

use super::House;

#[test]
fn help_looks_as_agreed() {
    let house = House::new();
    for command in [
        "",
        "lint",
        "scan",
        "fix",
        "explain",
        "rules",
        "rules list",
        "rules new",
        "rules test",
        "baseline",
        "baseline write",
        "catalog",
        "catalog status",
        "catalog list",
        "catalog show",
        "catalog which",
        "catalog diff",
        "catalog import",
        "catalog update",
        "auth",
        "history",
        "history runs",
        "history show",
        "history findings",
        "history trend",
        "history prune",
        "config show",
        "completions",
        "man",
    ] {
        let ran = house.run(&format!("{command} --help")).ends(0);
        let name = format!("help {command}").trim_end().replace(' ', "_");
        insta::assert_snapshot!(name, ran.out);
    }
}

#[test]
fn wrong_usage_ends_with_2_and_a_way_out() {
    let house = House::new();
    house
        .run("lint")
        .ends(2)
        .tells("<PATH>...")
        .tells("e.g. `exports/`, or `-` for standard input");
    house
        .run("lint x --formt json")
        .ends(2)
        .tells("a similar argument exists: '--format'");
    house
        .run("lnt x")
        .ends(2)
        .tells("a similar subcommand exists: 'lint'");
    house
        .run("lint x --format xml")
        .ends(2)
        .tells("unknown format `xml`")
        .tells("junit");
    house
        .run("lint x --fail-on terrible")
        .ends(2)
        .tells("use one of `info`");
    house.run("").ends(2).tells("Commands:");
    house.run("--version").ends(0).shows("leastwise 0.");
}

#[test]
fn completions_know_the_commands() {
    let house = House::new();
    for (shell, word) in [
        ("bash", "complete"),
        ("zsh", "#compdef leastwise"),
        ("fish", "complete -c leastwise"),
    ] {
        house
            .run(&format!("completions {shell}"))
            .ends(0)
            .shows(word)
            .shows("baseline")
            .shows("fail-on");
    }
}

#[test]
fn the_manual_is_roff() {
    let house = House::new();
    let page = house.run("man").ends(0).shows(".TH leastwise 1").out;
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{page}");
    house
        .run("man baseline write")
        .ends(0)
        .shows(".TH leastwise-baseline-write 1")
        .shows("allow\\-incomplete");
    house
        .run("man lnt")
        .ends(2)
        .tells("no command `lnt`; use one of lint");
}
