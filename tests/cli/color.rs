//! Colour is for terminals, unless somebody says otherwise.

use super::{House, Ran, bucket};

#[test]
fn colours_obey_flag_and_environment() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    for (flag, variables, colored) in [
        ("", &[][..], false),
        ("--color always", &[], true),
        ("--color never", &[("FORCE_COLOR", "1")], false),
        ("", &[("FORCE_COLOR", "1")], true),
        ("", &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false),
        ("--color always", &[("NO_COLOR", "1")], true),
        ("", &[("CLICOLOR_FORCE", "1")], true),
        ("", &[("LEASTWISE_COLOR", "always")], true),
        ("--color never", &[("LEASTWISE_COLOR", "always")], false),
    ] {
        let commands = [
            "lint --no-builtin-rules --rules house bad.json",
            "rules list --no-builtin-rules --rules house",
            "explain house-versioning --no-builtin-rules --rules house",
        ];
        for command in commands {
            let mut command = house.command(&format!("{command} {flag}"));
            command.envs(variables.iter().copied());
            let ran = Ran::new(command.output().unwrap());
            assert_eq!(
                ran.out.contains('\u{1b}'),
                colored,
                "{command:?}\n{}",
                ran.out
            );
        }
        let mut command = house.command(&format!("lint missing.json {flag}"));
        let ran = Ran::new(command.envs(variables.iter().copied()).output().unwrap());
        assert_eq!(
            ran.err.contains('\u{1b}'),
            colored,
            "{flag} {variables:?}\n{}",
            ran.err
        );
    }
}

#[test]
fn machine_formats_and_files_stay_plain() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    for format in [
        "json", "ndjson", "sarif", "csv", "junit", "github", "markdown",
    ] {
        let ran = house.lint(&format!("bad.json --color always --format {format}"));
        assert!(!ran.out.contains('\u{1b}'), "{format}");
    }
    let mut command = house.command("lint --no-builtin-rules --rules house bad.json -o r.txt");
    command.env("FORCE_COLOR", "1").output().unwrap();
    assert!(!house.read("r.txt").contains('\u{1b}'));
}
