//! Every command in the files is one that the tool takes.

use super::files::crontab;
use super::{Command, leastwise, root, text, yaml};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The commands of all files, as words after `leastwise`, with where they stand.
fn commands() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    for (_, command) in crontab("deploy/cron/leastwise.cron") {
        let (_, line) = command.split_once(" leastwise ").unwrap();
        found.push(("cron".to_owned(), words(line)));
    }
    for line in text("deploy/systemd/leastwise.service").lines() {
        if let Some(line) = line.strip_prefix("ExecStart=/usr/local/bin/leastwise ") {
            found.push(("systemd".to_owned(), words(line)));
        }
    }
    for document in yaml("deploy/kubernetes/job.yaml") {
        let pod = &document["spec"]["template"]["spec"];
        let lists = [&pod["containers"], &pod["initContainers"]];
        for container in lists.into_iter().filter_map(Value::as_array).flatten() {
            let arguments = container["args"].as_array().unwrap().iter();
            let words = arguments.map(|word| word.as_str().unwrap().to_owned());
            found.push(("kubernetes".to_owned(), words.collect()));
        }
    }
    found.push(("terraform".to_owned(), terraform()));
    found
}

/// The strings of the job's arguments: the list itself, the scope, and the source.
fn terraform() -> Vec<String> {
    let main = text("deploy/cloud-run/main.tf");
    let arguments = main
        .split("args = concat(")
        .nth(1)
        .unwrap()
        .split("resources {")
        .next()
        .unwrap();
    let scope = main
        .split("scope = local.narrowed")
        .nth(1)
        .unwrap()
        .split("secrets =")
        .next()
        .unwrap();
    let string = regex::Regex::new(r#""([^"]*)""#).unwrap();
    let mut words = Vec::new();
    for part in [arguments, scope] {
        words.extend(string.captures_iter(part).map(|found| found[1].to_owned()));
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The help of a command; `None` if there is no such command yet.
fn help(command: &str) -> Option<String> {
    let output = Command::new(leastwise())
        .args([command, "--help"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    match output.status.success() {
        true => Some(text),
        false => {
            // Loud, so that nobody takes it for checked. Once the command exists its flags are held against it.
            println!("NOT CHECKED: there is no `leastwise {command}` in this build");
            None
        }
    }
}

#[test]
fn commands_in_files_are_taken() {
    let commands = commands();
    assert_eq!(commands.len(), 6, "{commands:?}");
    let formats: BTreeSet<&str> = leastwise::report::Format::ALL
        .map(leastwise::report::Format::name)
        .into();
    let mut pages: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (place, words) in &commands {
        let command = &words[0];
        let page = pages
            .entry(command.clone())
            .or_insert_with(|| help(command));
        for pair in words.windows(2) {
            if pair[0] == "--format" {
                let format = pair[1].split('=').next().unwrap();
                assert!(formats.contains(format), "{place}: {format}");
            }
        }
        let Some(page) = page else { continue };
        let flags = words.iter().filter(|word| word.starts_with('-'));
        for flag in flags {
            let listed =
                regex::Regex::new(&format!(r"(?m)^ +(-\w, )?{flag}([ ,=.\[<]|$)")).unwrap();
            let short = regex::Regex::new(&format!(r"(?m)^ +{flag}, --")).unwrap();
            assert!(
                listed.is_match(page) || short.is_match(page),
                "{place}: `{command}` has no {flag}"
            );
        }
    }
    assert!(pages["lint"].is_some());
}

/// The arguments that the action's script may make, too.
#[test]
fn flags_of_the_action_exist() {
    let script = text(".github/actions/leastwise/run.sh");
    let flag = regex::Regex::new(r#"(?m)(--[a-z][a-z-]+)[= )"]"#).unwrap();
    let flags: BTreeSet<&str> = flag
        .captures_iter(&script)
        .map(|found| found.extract::<1>().1[0])
        .collect();
    assert!(
        flags.contains("--history") && flags.contains("--project"),
        "{flags:?}"
    );
    let Some(page) = help("scan") else { return };
    for flag in flags {
        assert!(
            page.contains(&format!("{flag} ")) || page.contains(&format!("{flag}\n")),
            "`scan` has no {flag}"
        );
    }
}

/// The role of the Terraform module is the one that the tool asks for.
#[test]
fn the_role_is_the_least_one() {
    const FILE: &str = "deploy/cloud-run/permissions.tf";
    if help("permissions").is_none() {
        println!("NOT CHECKED: {FILE} against `leastwise permissions`");
        return;
    }
    let output = Command::new(leastwise())
        .args(["permissions", "--scope", "organization", "--no-config"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", super::told(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    let role = &leastwise::sources::yaml::parse(&printed).unwrap()[0].value;
    let permissions: BTreeSet<&str> = role["includedPermissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap())
        .collect();
    assert!(permissions.len() > 20, "{printed}");
    let mut wanted = "# Written by `UPDATE_DOCS=1 cargo test --test deploy` from `leastwise permissions --scope organization`.\n\
                      locals {\n  permissions = [\n"
        .to_owned();
    for permission in permissions {
        wanted.push_str(&format!("    \"{permission}\",\n"));
    }
    wanted.push_str("  ]\n}\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(FILE), &wanted).unwrap();
    }
    assert!(
        text(FILE) == wanted,
        "{FILE} is stale; run: UPDATE_DOCS=1 cargo test --test deploy"
    );
}
