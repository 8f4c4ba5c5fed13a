//! The scripts of the GitHub action, with programs that take down how they were called.

use super::place::Place;
use super::{root, told};
use sha2::{Digest, Sha256};

/// What an input may hold when somebody else has a say in it.
const HOSTILE: &str =
    "$(touch pwned) `touch pwned` ; touch pwned & | > pwned '\" ${IFS} --exit-zero \\";

fn run(place: &Place, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let script = root().join(".github/actions/leastwise/run.sh");
    let output = place.run(&script, &[], variables);
    (output.status.code(), told(&output))
}

fn ran(variables: &[(&str, &str)]) -> Vec<String> {
    let place = Place::new();
    place.program("leastwise", "exit 0");
    let (code, said) = run(&place, variables);
    assert_eq!(code, Some(0), "{said}");
    let mut calls = place.calls("leastwise");
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

#[test]
fn inputs_become_whole_arguments() {
    let lint = ran(&[
        ("ACTION_COMMAND", "lint"),
        ("ACTION_PATHS", "exports/a b\n\n--rules\r\n*.json\n"),
    ]);
    let wanted = [
        "lint",
        "--format=github",
        "--format=sarif=leastwise.sarif",
        "--no-progress",
        "--",
        "exports/a b",
        "--rules",
        "*.json",
    ];
    assert_eq!(lint, wanted);
    let scan = ran(&[
        ("ACTION_COMMAND", "scan"),
        ("ACTION_ORGANIZATION", "123456789012"),
        ("ACTION_PROJECTS", "acme-*\nother"),
        ("ACTION_HISTORY", "leastwise-history.db"),
        ("ACTION_FAIL_ON_NEW", "true"),
        ("ACTION_FAIL_ON", "high"),
        ("ACTION_SARIF_FILE", "out/x.sarif"),
        (
            "ACTION_ARGUMENTS",
            "--exclude-project=sandbox-*\n--save=a b",
        ),
    ]);
    let wanted = [
        "scan",
        "--organization=123456789012",
        "--project=acme-*",
        "--project=other",
        "--format=github",
        "--format=sarif=out/x.sarif",
        "--no-progress",
        "--fail-on=high",
        "--history=leastwise-history.db",
        "--fail-on-new",
        "--exclude-project=sandbox-*",
        "--save=a b",
    ];
    assert_eq!(scan, wanted);
    assert_eq!(ran(&[]).last().map(String::as_str), Some("."));
}

#[test]
fn hostile_inputs_stay_words() {
    for name in [
        "ACTION_ORGANIZATION",
        "ACTION_FOLDER",
        "ACTION_PROJECTS",
        "ACTION_FAIL_ON",
        "ACTION_HISTORY",
        "ACTION_SARIF_FILE",
        "ACTION_ARGUMENTS",
    ] {
        let place = Place::new();
        place.program("leastwise", "exit 0");
        let (code, said) = run(&place, &[("ACTION_COMMAND", "scan"), (name, HOSTILE)]);
        assert_eq!(code, Some(0), "{name}: {said}");
        let calls = place.calls("leastwise");
        assert!(
            calls[0].iter().any(|word| word.ends_with(HOSTILE)),
            "{name}: {calls:?}"
        );
        assert!(calls[0].iter().all(|word| word != "--exit-zero"), "{name}");
        assert!(!place.path("pwned").exists(), "{name}");
    }
    let lint = ran(&[("ACTION_PATHS", HOSTILE)]);
    let dashes = lint.iter().position(|word| word == "--").unwrap();
    assert_eq!(lint[dashes + 1..], [HOSTILE]);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_runs() {
    for variables in [
        &[("ACTION_COMMAND", "fix")][..],
        &[("ACTION_COMMAND", "scan; rm")],
        &[("ACTION_COMMAND", "scan"), ("ACTION_PATHS", "x")],
        &[("ACTION_COMMAND", "lint"), ("ACTION_PROJECTS", "x")],
        &[("ACTION_SARIF_FILE", "a\n::set-output name=x::y")],
        &[("ACTION_SARIF_FILE", "a.sarif,json")],
        &[("ACTION_FAIL_ON_NEW", "yes")],
    ] {
        let place = Place::new();
        place.program("leastwise", "exit 0");
        let (code, said) = run(&place, variables);
        assert_eq!(code, Some(2), "{variables:?}: {said}");
        assert!(
            said.starts_with("::error title=leastwise::") && said.lines().count() == 1,
            "{said}"
        );
        assert!(place.calls("leastwise").is_empty());
    }
}

#[test]
fn the_exit_code_is_that_of_the_tool_and_addresses_go_to_scans_only() {
    for code in [0, 1, 2, 3, 4] {
        let place = Place::new();
        place.program("leastwise", &format!("exit {code}"));
        let hook = ("LEASTWISE_SLACK", "https://hooks.example/s3cret");
        for (command, sent) in [("lint", false), ("scan", true)] {
            let (ended, said) = run(&place, &[("ACTION_COMMAND", command), hook]);
            assert_eq!(ended, Some(code));
            assert!(!said.contains("s3cret"));
            assert_eq!(
                place.read("leastwise.env").contains("s3cret"),
                sent,
                "{command}"
            );
            let calls = place.calls("leastwise").concat().join(" ");
            assert!(
                !calls.contains("s3cret"),
                "an argument can be seen by others"
            );
        }
    }
}

/// A release's archive, and its SHA-256.
fn archive(place: &Place) -> String {
    place.write("leastwise", "#!/bin/sh\necho it is me\n");
    let output = place.run(
        std::path::Path::new("/bin/tar"),
        &["-czf", "release.tar.gz", "leastwise"],
        &[],
    );
    assert!(output.status.success(), "{}", told(&output));
    let bytes = std::fs::read(place.path("release.tar.gz")).unwrap();
    Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn a_release_is_used_only_if_its_checksum_is_the_one_given() {
    let script = root().join(".github/actions/leastwise/install.sh");
    let place = Place::new();
    let sum = archive(&place);
    let release = place.path("release.tar.gz");
    let download = format!(
        "while [ \"$1\" != --output ]; do shift; done; cp '{}' \"$2\"",
        release.display()
    );
    place.program("curl", &download);
    place.program(
        "uname",
        "case \"$1\" in -s) echo Linux ;; *) echo x86_64 ;; esac",
    );
    let install = |version: &str, sha256: &str| {
        place.run(
            &script,
            &[],
            &[("ACTION_VERSION", version), ("ACTION_SHA256", sha256)],
        )
    };
    let output = install("0.1.0", &sum);
    assert!(output.status.success(), "{}", told(&output));
    let path = place.read("github-path");
    let installed = std::path::Path::new(path.trim()).join("leastwise");
    assert!(
        std::fs::read_to_string(&installed)
            .unwrap()
            .contains("it is me")
    );
    let calls = place.calls("curl");
    assert_eq!(
        calls[0].last().map(String::as_str),
        Some(
            "https://github.com/leastwise/leastwise/releases/download/v0.1.0/leastwise-0.1.0-x86_64-unknown-linux-musl.tar.gz"
        )
    );
    assert!(calls[0].contains(&"=https".to_owned()));

    std::fs::remove_file(&installed).unwrap();
    let wrong = format!("{}0", &"1".repeat(63));
    for (version, sha256, told_of) in [
        ("0.1.0", &*wrong, "another SHA-256"),
        ("0.1.0", "", "64 hex digits"),
        ("latest", &sum, "no release"),
        ("0.1.0/../../evil", &sum, "no release"),
        ("0.1.0\n0.1.0", &sum, "no release"),
        ("$(touch pwned)", &sum, "no release"),
        ("", &sum, "goes with version"),
    ] {
        let output = install(version, sha256);
        assert_eq!(output.status.code(), Some(2), "{version}");
        assert!(
            told(&output).contains(told_of),
            "{version}: {}",
            told(&output)
        );
        assert!(
            !installed.exists() && !place.path("pwned").exists(),
            "{version}"
        );
    }
    assert_eq!(place.read("github-path").lines().count(), 1);
}

#[test]
fn without_a_release_the_commit_of_the_action_is_built() {
    let script = root().join(".github/actions/leastwise/install.sh");
    let place = Place::new();
    place.program("cargo", "");
    let folder = script.parent().unwrap().to_str().unwrap().to_owned();
    let output = place.run(&script, &[], &[("GITHUB_ACTION_PATH", &folder)]);
    assert!(output.status.success(), "{}", told(&output));
    let calls = place.calls("cargo");
    assert_eq!(calls[0][..2], ["install", "--locked"]);
    let at = calls[0].iter().position(|word| word == "--path").unwrap();
    let source = std::fs::canonicalize(&calls[0][at + 1]).unwrap();
    assert_eq!(source, std::fs::canonicalize(root()).unwrap());
}
