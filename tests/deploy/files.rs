//! Every file is what its name says, and holds to what we ask of others.

use super::{all, leastwise, root, text, told, tool, yaml};
use regex::Regex;
use serde_json::Value;

#[test]
fn yaml_parses_and_workflows_trust_nothing_that_moves() {
    let pinned = Regex::new(r"^[\w./-]+@[0-9a-f]{40}$").unwrap();
    let commented = Regex::new(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$").unwrap();
    let mut used = 0;
    for path in all() {
        if !path.ends_with(".yml") && !path.ends_with(".yaml") {
            continue;
        }
        let documents = yaml(&path);
        assert!(!documents.is_empty(), "{path}");
        if path.starts_with("deploy/kubernetes") {
            continue;
        }
        let mut steps = Vec::new();
        steps_of(&documents[0], &mut steps);
        assert!(!steps.is_empty(), "{path}");
        for step in steps {
            if let Some(run) = step.get("run").and_then(Value::as_str) {
                assert!(
                    !run.contains("${{"),
                    "{path}: an expression becomes part of a script: {run}"
                );
            }
            let Some(action) = step.get("uses").and_then(Value::as_str) else {
                continue;
            };
            // Ours: there is no commit to name before it exists.
            if action == "leastwise/leastwise/.github/actions/leastwise@COMMIT" {
                continue;
            }
            used += 1;
            assert!(pinned.is_match(action), "{path}: {action}");
        }
        for line in text(&path)
            .lines()
            .filter(|line| line.contains("uses: ") && !line.ends_with("@COMMIT"))
        {
            assert!(
                commented.is_match(line),
                "{path}: no version beside the commit: {line}"
            );
        }
    }
    assert!(used >= 4, "{used}");
}

fn steps_of<'v>(value: &'v Value, steps: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Array(list)) = members.get("steps") {
                steps.extend(list);
            }
            members.values().for_each(|value| steps_of(value, steps));
        }
        Value::Array(items) => items.iter().for_each(|value| steps_of(value, steps)),
        _ => {}
    }
}

#[test]
fn the_nightly_workflow_has_no_key_and_only_the_rights_it_needs() {
    let workflow = &yaml("deploy/github/nightly.yml")[0];
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let job = &workflow["jobs"]["scan"];
    let rights =
        serde_json::json!({ "contents": "read", "id-token": "write", "security-events": "write" });
    assert_eq!(job["permissions"], rights);
    let text = text("deploy/github/nightly.yml");
    assert!(text.contains("workload_identity_provider:") && !text.contains("credentials_json"));
    // Inputs that the action has, and no others.
    let action = &yaml(".github/actions/leastwise/action.yml")[0];
    let steps = job["steps"].as_array().unwrap().iter();
    let ours = steps.clone().find(|step| {
        step["uses"]
            .as_str()
            .is_some_and(|uses| uses.starts_with("leastwise/"))
    });
    for name in ours.unwrap()["with"].as_object().unwrap().keys() {
        assert!(
            action["inputs"].get(name).is_some(),
            "the action has no input {name}"
        );
    }
    for name in ["sarif-file", "findings", "max-severity", "complete"] {
        assert!(action["outputs"].get(name).is_some(), "{name}");
    }
}

/// The sections of a unit with their keys, in order.
fn unit(path: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in text(path).lines() {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            sections.push((name.to_owned(), Vec::new()));
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .unwrap_or_else(|| panic!("{path}: {line}"));
        assert!(key.chars().all(char::is_alphanumeric), "{path}: {line}");
        sections
            .last_mut()
            .unwrap()
            .1
            .push((key.to_owned(), value.to_owned()));
    }
    sections
}

#[test]
fn units_are_what_systemd_takes() {
    let service = unit("deploy/systemd/leastwise.service");
    let names: Vec<&str> = service.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["Unit", "Service"]);
    let value = |key: &str| {
        service[1]
            .1
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| &**value)
    };
    for (key, wanted) in [
        ("Type", "oneshot"),
        ("User", "leastwise"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("CapabilityBoundingSet", ""),
    ] {
        assert_eq!(value(key), Some(wanted), "{key}");
    }
    let timer = unit("deploy/systemd/leastwise.timer");
    let names: Vec<&str> = timer.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["Unit", "Timer", "Install"]);
    let calendar = timer[1]
        .1
        .iter()
        .find(|(key, _)| key == "OnCalendar")
        .unwrap();
    if let Some(output) = tool("systemd-analyze", &["calendar", &calendar.1]) {
        assert!(output.status.success(), "{}", told(&output));
    }
    // The path of the binary must exist, so the units are checked beside ours.
    let folder = tempfile::tempdir().unwrap();
    let binary = leastwise();
    let service = text("deploy/systemd/leastwise.service");
    let service = service.replace("/usr/local/bin/leastwise", binary.to_str().unwrap());
    let paths = ["leastwise.service", "leastwise.timer"].map(|name| folder.path().join(name));
    std::fs::write(&paths[0], service).unwrap();
    std::fs::write(&paths[1], text("deploy/systemd/leastwise.timer")).unwrap();
    let paths = paths.each_ref().map(|path| path.to_str().unwrap());
    let Some(output) = tool("systemd-analyze", &["verify", paths[0], paths[1]]) else {
        return;
    };
    let said = told(&output);
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("leastwise"))
        .collect();
    assert!(ours.is_empty(), "{said}");
}

/// A field of a line of cron: numbers, ranges, steps and lists within its bounds.
fn is_field(text: &str, bounds: std::ops::RangeInclusive<u32>) -> bool {
    let number = |text: &str| text.parse::<u32>().is_ok_and(|n| bounds.contains(&n));
    text.split(',').all(|part| {
        let (range, step) = part
            .split_once('/')
            .map_or((part, None), |(range, step)| (range, Some(step)));
        let step_is_good = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|n| n > 0));
        let range_is_good = range == "*"
            || match range.split_once('-') {
                Some((from, to)) => {
                    number(from) && number(to) && from.parse::<u32>().ok() <= to.parse::<u32>().ok()
                }
                None => number(range),
            };
        step_is_good && range_is_good
    })
}

/// The commands of a file of /etc/cron.d, with their users.
pub(crate) fn crontab(path: &str) -> Vec<(String, String)> {
    let bounds = [0..=59, 0..=23, 1..=31, 1..=12, 0..=7];
    let mut jobs = Vec::new();
    let assignment = Regex::new(r"^[A-Z]+=\S+$").unwrap();
    let whole = text(path);
    assert!(
        whole.ends_with('\n'),
        "cron ignores a last line without an end"
    );
    for line in whole
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if assignment.is_match(line) {
            continue;
        }
        let mut rest = line;
        for bounds in bounds.clone() {
            let (field, tail) = rest.split_once(' ').unwrap();
            assert!(is_field(field, bounds), "{path}: {field}");
            rest = tail;
        }
        let (user, command) = rest.split_once(' ').unwrap();
        // Cron makes a line end of it, and standard input of what follows.
        assert!(!command.contains('%'), "{path}: {command}");
        jobs.push((user.to_owned(), command.to_owned()));
    }
    jobs
}

#[test]
fn the_line_of_cron_is_one() {
    let jobs = crontab("deploy/cron/leastwise.cron");
    let [(user, command)] = &jobs[..] else {
        panic!("{jobs:?}")
    };
    assert_eq!(user, "leastwise");
    // It is given to a shell, which must be able to read it.
    let output = tool("sh", &["-n", "-c", command]).unwrap();
    assert!(output.status.success(), "{}", told(&output));
    for (field, good) in [
        ("*", true),
        ("*/5", true),
        ("1-5,9", true),
        ("60", false),
        ("5-1", false),
        ("", false),
        ("*/0", false),
    ] {
        assert_eq!(is_field(field, 0..=59), good, "{field}");
    }
}

#[test]
fn containers_run_as_nobody_and_without_a_shell_between() {
    let manifest: toml::Table = toml::from_str(&text("Cargo.toml")).unwrap();
    let version = manifest["package"]["rust-version"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        "deploy/container/Containerfile",
        "deploy/cloud-run/Containerfile",
    ] {
        let text = text(path);
        let known = [
            "ARG",
            "FROM",
            "RUN",
            "WORKDIR",
            "COPY",
            "USER",
            "ENTRYPOINT",
            "CMD",
        ];
        let mut last = std::collections::BTreeMap::new();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (word, rest) = line.split_once(' ').unwrap();
            assert!(known.contains(&word), "{path}: {line}");
            assert!(!rest.contains(":latest"), "{path}: {line}");
            last.insert(word.to_owned(), rest.to_owned());
        }
        assert_eq!(last["USER"], "65532:65532", "{path}");
        let entry: Vec<String> = serde_json::from_str(&last["ENTRYPOINT"]).unwrap();
        assert_eq!(entry.len(), 1, "{path}");
        assert!(entry[0].starts_with('/'), "{path}");
        serde_json::from_str::<Vec<String>>(&last["CMD"]).unwrap();
        assert!(
            text.contains(&format!("rust:{version}-alpine")),
            "{path}: not built with Rust {version}"
        );
        assert!(text.contains("cargo build --release --locked"), "{path}");
    }
    for document in yaml("deploy/kubernetes/job.yaml") {
        if document["kind"] != "Job" {
            continue;
        }
        let pod = &document["spec"]["template"]["spec"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["automountServiceAccountToken"], false);
        let lists = [&pod["containers"], &pod["initContainers"]];
        for container in lists.into_iter().filter_map(Value::as_array).flatten() {
            let context = &container["securityContext"];
            assert_eq!(context["readOnlyRootFilesystem"], true);
            assert_eq!(context["allowPrivilegeEscalation"], false);
            assert_eq!(context["capabilities"]["drop"], serde_json::json!(["ALL"]));
            assert!(container["image"].as_str().unwrap().contains("@sha256:"));
        }
    }
}

#[test]
fn every_part_of_an_indexed_job_is_merged() {
    let documents = yaml("deploy/kubernetes/job.yaml");
    let job = |name: &str| {
        documents
            .iter()
            .find(|document| document["metadata"]["name"] == name)
            .unwrap()
    };
    let scan = &job("leastwise-scan")["spec"];
    let parts = scan["completions"].as_u64().unwrap();
    assert_eq!(
        (&scan["completionMode"], &scan["parallelism"]),
        (&"Indexed".into(), &parts.into())
    );
    let arguments = |value: &Value| -> Vec<String> {
        let words = value["args"].as_array().unwrap().iter();
        words
            .map(|word| word.as_str().unwrap().to_owned())
            .collect()
    };
    let words = arguments(&scan["template"]["spec"]["containers"][0]);
    assert!(words.contains(&format!("auto/{parts}")), "{words:?}");
    let merged =
        arguments(&job("leastwise-merge")["spec"]["template"]["spec"]["initContainers"][0]);
    for part in 1..=parts {
        assert!(
            merged.contains(&format!("/parts/part-{part}.ndjson")),
            "{part}"
        );
    }
    assert!(!merged.contains(&format!("/parts/part-{}.ndjson", parts + 1)));
}

#[test]
fn the_module_is_formatted_and_takes_nothing_away() {
    if let Some(output) = tool("terraform", &["fmt", "-check", "-diff", "deploy/cloud-run"]) {
        assert!(output.status.success(), "{}", told(&output));
    }
    let parts = ["main", "variables", "outputs", "versions", "permissions"];
    let module = parts
        .map(|name| text(&format!("deploy/cloud-run/{name}.tf")))
        .concat();
    let resources = Regex::new(r#"(?m)^resource "(\w+)""#).unwrap();
    for kind in resources
        .captures_iter(&module)
        .map(|found| found.extract::<1>().1[0])
    {
        assert!(
            !kind.ends_with("_iam_policy") && !kind.ends_with("_iam_binding"),
            "{kind} removes members of others"
        );
    }
    for line in [
        "max_retries = 0",
        "public_access_prevention    = \"enforced\"",
        "oauth_token {",
    ] {
        assert!(module.contains(line), "{line}");
    }
    assert!(
        !module.contains("oidc_token"),
        "an API of Google takes access tokens"
    );
    // Braces and quotes balance, outside of strings; terraform itself may not be installed.
    let bare = Regex::new(r#""(\\.|[^"\\])*""#)
        .unwrap()
        .replace_all(&module, "")
        .into_owned();
    for (open, close) in [('{', '}'), ('[', ']'), ('(', ')')] {
        let code = || {
            bare.lines()
                .map(|line| line.split('#').next().unwrap_or_default())
        };
        let count = |c: char| code().map(|line| line.matches(c).count()).sum::<usize>();
        assert_eq!(count(open), count(close), "{open}");
    }
    // What is declared is used, and what is used is declared.
    let named = |pattern: &str| -> std::collections::BTreeSet<String> {
        let pattern = Regex::new(pattern).unwrap();
        pattern
            .captures_iter(&module)
            .map(|found| found[1].to_owned())
            .collect()
    };
    assert_eq!(named(r#"(?m)^variable "(\w+)""#), named(r"\bvar\.(\w+)"));
}

#[test]
fn scripts_are_sound() {
    let scripts: Vec<String> = all()
        .into_iter()
        .filter(|path| path.ends_with(".sh"))
        .collect();
    assert_eq!(scripts.len(), 3);
    for script in &scripts {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(root().join(script))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o111, 0o111, "{script} cannot be run");
    }
    let arguments: Vec<&str> = scripts.iter().map(String::as_str).collect();
    if let Some(output) = tool("shellcheck", &arguments) {
        assert!(output.status.success(), "{}", told(&output));
    }
}
