//! The scripts, run by a real gcloud against a server that holds state: after `fix.sh` the server holds what `apply`
//! leads to, after `rollback.sh` what it held before, and a second run changes nothing.
//!
//! Where no gcloud is installed, the requests that one sent earlier (`fixtures/recorded/gcloud/`) are replayed.
//! `LEASTWISE_RECORD=1` writes them anew. `LEASTWISE_ROUND_TRIP=all` runs every case, the rules' bad examples and the demo among them;
//! `LEASTWISE_ROUND_TRIP=NAME` runs those whose name contains NAME (`RULE bad`, `demo`), and checks a second run and a failure half way,
//! too. By default a few kinds of change are run, and of the others what was recorded is replayed: gcloud takes about a second a command.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "round_trip/cases.rs"]
mod cases;
#[path = "support/cloud/mod.rs"]
mod cloud;
#[path = "round_trip/fixtures.rs"]
mod fixtures;
mod support;

use cases::Case;
use cloud::{Cloud, Recorded, difference};
use leastwise::change::{Model, apply};
use leastwise::remediation::{Plan, Script, gcloud};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Everything that the rules' remedies make of their examples is bash, and a script that says for every step whether
/// it makes it.
#[test]
fn every_plan_is_bash() {
    let (mut made, mut by_hand) = (0, 0);
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    let cases = fixtures::everything(|_| true);
    for case in &cases {
        let script = gcloud::render(&Plan::default(), &case.part, &case.model);
        for file in ["fix.sh", "rollback.sh"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(file);
            std::fs::write(&path, &script[file]).unwrap();
            let output = Command::new("bash").arg("-n").arg(&path).output().unwrap();
            assert!(
                output.status.success(),
                "{}: {}",
                case.name,
                String::from_utf8_lossy(&output.stderr)
            );
            assert_runs(&path, &case.name);
        }
        let fix = &script["fix.sh"];
        made += fix
            .lines()
            .filter(|line| line.starts_with("step s"))
            .count();
        by_hand += fix
            .lines()
            .filter(|line| line.starts_with("by_hand s"))
            .count();
        for line in fix
            .lines()
            .filter_map(|line| line.strip_prefix("#   by hand: "))
        {
            let why = line.rsplit(": ").next().unwrap_or_default();
            *reasons.entry(why.to_owned()).or_default() += 1;
        }
    }
    println!(
        "{} parts: {made} steps with a command, {by_hand} by hand",
        cases.len()
    );
    for (why, count) in reasons {
        println!("{count:4} {why}");
    }
    assert!(made > by_hand, "most steps have a command");
}

/// Runs a script dry with a gcloud that refuses everything: what is not commented out and no command shows.
fn assert_runs(script: &Path, name: &str) {
    let stub = script.with_file_name("gcloud");
    std::fs::write(&stub, "#!/bin/sh\nexit 1\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = script.parent().unwrap().display();
    let mut command = Command::new("bash");
    let output = command
        .arg(script)
        .env("PATH", format!("{folder}:{path}"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let known = output.status.code().is_some_and(|code| code < 126);
    assert!(known && !told.contains("not found"), "{name}: {told}");
}

#[test]
fn scripts_do_what_the_plan_says() {
    let asked = std::env::var("LEASTWISE_ROUND_TRIP").unwrap_or_default();
    let mut cases = cases::all();
    if !asked.is_empty() {
        cases.extend(fixtures::all(|name| {
            asked == "all" || asked.split(',').any(|one| name.contains(one))
        }));
    }
    let usual = ["bindings with conditions", "accounts and keys"];
    cases.retain(|case| match asked.as_str() {
        "" => usual.contains(&case.name.as_str()),
        "all" => true,
        names => names.split(',').any(|name| case.name.contains(name)),
    });
    if !installed() {
        println!(
            "skipped: no gcloud is installed; the requests of an earlier run are replayed by the next test"
        );
        return;
    }
    let todo = Mutex::new(cases.into_iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(case) = todo.lock().unwrap().next() else {
                        return;
                    };
                    let started = std::time::Instant::now();
                    let outcome = round_trip(&case, !asked.is_empty() && asked != "all");
                    let word = if outcome.is_ok() { "ok" } else { "FAILED" };
                    println!("{:4.0?} {word} {}", started.elapsed(), case.name);
                    if let Err(why) = outcome {
                        println!("{why}");
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{}: {why}", case.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn recorded_requests_lead_to_the_same_state() {
    cases::all().iter().for_each(replay);
    fixtures::all(|name| recording(name).exists())
        .iter()
        .for_each(replay);
}

fn installed() -> bool {
    Command::new("gcloud")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

fn round_trip(case: &Case, thorough: bool) -> Result<(), String> {
    let script = gcloud::render(&Plan::default(), &case.part, &case.model);
    let folder = tempfile::tempdir().unwrap();
    write(&script, folder.path());
    let wanted = wanted(case, &script)?;
    let cloud = Cloud::start(case.model.clone());
    let run = |file: &str, arguments: &[&str], code: i32| {
        run(&cloud, folder.path(), file, arguments, code)
    };

    run("fix.sh", &[], 0)?;
    same("a dry run", &cloud.state().model, &case.model)?;
    cloud.state().log.clear();
    if cloud.state().writes > 0 {
        return Err("a dry run wrote".to_owned());
    }
    run("fix.sh", &["--apply"], 0)?;
    same("fix.sh", &cloud.state().model, &wanted)?;
    let writes = cloud.state().writes;
    if thorough {
        run("fix.sh", &["--apply"], 0)?;
        if cloud.state().writes != writes {
            return Err("a second run of fix.sh wrote".to_owned());
        }
    }
    run("rollback.sh", &["--apply"], 0)?;
    same("rollback.sh", &cloud.state().model, &case.model)?;
    if std::env::var_os("LEASTWISE_RECORD").is_some() {
        record(case, &cloud.state().log);
    }
    if thorough && writes > 1 {
        let cloud = Cloud::start(case.model.clone());
        cloud.state().allowed = Some(writes / 2);
        self::run(&cloud, folder.path(), "fix.sh", &["--apply"], 1)?;
        cloud.state().allowed = None;
        self::run(&cloud, folder.path(), "fix.sh", &["--apply"], 0)?;
        same(
            "fix.sh after a failure half way",
            &cloud.state().model,
            &wanted,
        )?;
    }
    Ok(())
}

/// What the model is after every step that the script makes.
fn wanted(case: &Case, script: &Script) -> Result<Model, String> {
    let mut wanted = case.model.clone();
    for planned in &case.part.steps {
        if script["fix.sh"].contains(&format!("\nby_hand {} ", planned.id)) {
            return Err(format!("{} has no command", planned.id));
        }
        for change in &planned.step.changes {
            apply(change, &mut wanted).map_err(|why| why.to_string())?;
        }
    }
    Ok(wanted)
}

fn same(after: &str, one: &Model, other: &Model) -> Result<(), String> {
    match difference(one, other) {
        Some(difference) => Err(format!("after {after}: {difference}")),
        None => Ok(()),
    }
}

fn write(script: &Script, folder: &Path) {
    for (path, text) in script {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn run(
    cloud: &Cloud,
    folder: &Path,
    file: &str,
    arguments: &[&str],
    code: i32,
) -> Result<(), String> {
    let output = Command::new("bash")
        .arg(folder.join(file))
        .args(arguments)
        .env_remove("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE")
        .envs(cloud.environment(&folder.join("config")))
        .output()
        .unwrap();
    if output.status.code() == Some(code) {
        return Ok(());
    }
    Err(format!(
        "{file} {arguments:?} ended with {:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

fn recording(name: &str) -> PathBuf {
    let name = name.replace(|one: char| !one.is_ascii_alphanumeric(), "-");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recorded/gcloud");
    folder.join(format!("{name}.json"))
}

fn record(case: &Case, log: &[Recorded]) {
    let lines: Vec<String> = log
        .iter()
        .map(|one| serde_json::to_string(one).unwrap())
        .collect();
    let path = recording(&case.name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
}

/// Sends what gcloud sent, and looks at where it leads.
fn replay(case: &Case) {
    let path = recording(&case.name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| {
        panic!(
            "{}: {why}; LEASTWISE_RECORD=1 writes it where gcloud is installed",
            path.display()
        )
    });
    let log: Vec<Recorded> = serde_json::from_str(&text).unwrap();
    let script = gcloud::render(&Plan::default(), &case.part, &case.model);
    let wanted = wanted(case, &script).unwrap();
    let cloud = Cloud::start(case.model.clone());
    let mut fixed = false;
    for recorded in &log {
        let status = cloud::ask(cloud.address(), recorded).unwrap();
        assert_eq!(status, recorded.status, "{}: {recorded:?}", case.name);
        fixed |= difference(&cloud.state().model, &wanted).is_none();
    }
    assert!(
        fixed,
        "{}: the recorded requests of fix.sh do not lead to what the plan says",
        case.name
    );
    if let Some(difference) = difference(&cloud.state().model, &case.model) {
        panic!(
            "{}: after the recorded requests of rollback.sh: {difference}",
            case.name
        );
    }
}
