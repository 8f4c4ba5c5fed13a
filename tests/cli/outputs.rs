//! Where results go.

use super::{House, bucket, root};
use std::process::Stdio;

#[test]
fn several_formats_at_once_each_to_its_place() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let ran = house
        .lint("bad.json --format table --format json=r.json --format sarif=r.sarif --format csv=r.csv")
        .ends(1)
        .shows("1 medium.");
    assert_eq!(ran.err, "");
    let json: serde_json::Value = serde_json::from_str(&house.read("r.json")).unwrap();
    assert_eq!(json["findings"][0]["rule"], "house-versioning");
    let sarif: serde_json::Value = serde_json::from_str(&house.read("r.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "house-versioning");
    assert!(house.read("r.csv").contains("house-versioning"));
}

#[test]
fn output_is_short_for_the_one_format() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let ran = house.lint("bad.json --format json --output r.json").ends(1);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    let by_output = house.read("r.json");
    house
        .lint("bad.json --format json=s.json --now 2026-01-01")
        .ends(1);
    house
        .lint("bad.json --format json -o r.json --now 2026-01-01")
        .ends(1);
    assert_eq!(house.read("r.json"), house.read("s.json"));
    assert!(by_output.contains("house-versioning"));
    house.lint("bad.json -o r.txt").ends(1);
    assert!(house.read("r.txt").starts_with("medium  house-versioning"));
    let out = house.lint("bad.json --format json -o -").ends(1).json();
    assert_eq!(out["version"], "1");
    for wrong in [
        "--format json,csv -o r.json",
        "--format json=a.json -o r.json",
    ] {
        house.lint(&format!("bad.json {wrong}")).ends(2);
    }
}

#[test]
fn two_formats_do_not_share_a_place() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    house.write("sub/there.json", "");
    for (formats, place) in [
        ("--format json --format sarif", "standard output"),
        ("--format json --format json", "standard output"),
        ("--format json --format csv=-", "standard output"),
        ("--format json=a.json --format sarif=a.json", "`a.json`"),
        (
            "--format json=a.json --format sarif=./sub/../a.json",
            "`./sub/../a.json`",
        ),
        (
            "--format json=sub/there.json --format csv=./sub/there.json",
            "there.json`",
        ),
    ] {
        let ran = house.lint(&format!("bad.json {formats}")).ends(2);
        let ran = ran.tells("two formats go to").tells(place);
        assert_eq!(ran.out, "", "{formats}");
    }
    assert!(!house.path("a.json").exists());
}

#[test]
fn a_place_that_cannot_be_written_leaves_nothing_behind() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    std::fs::create_dir(house.path("out")).unwrap();
    for (place, reason) in [
        ("nowhere/r.json", "its folder"),
        ("out", "it is a folder"),
        ("bad.json/r.json", "its folder"),
    ] {
        let ran = house
            .lint(&format!(
                "bad.json --format json=out/first.json --format sarif={place}"
            ))
            .ends(2);
        let ran = ran.tells("cannot write").tells(reason);
        assert_eq!(ran.out, "");
        assert_eq!(house.names("out"), [""; 0], "{place}");
    }
    assert_eq!(house.names(""), ["bad.json", "house", "out"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_refuses_leaves_the_old_file_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    house.write("out/r.json", "the old report");
    let folder = house.path("out");
    let mode = |mode| std::fs::set_permissions(&folder, PermissionsExt::from_mode(mode)).unwrap();
    mode(0o555);
    // The superuser may write anyway.
    let refused = std::fs::File::create(folder.join("probe")).is_err();
    let ran = house.lint("bad.json --format json=out/r.json");
    mode(0o755);
    if refused {
        ran.ends(2).tells("cannot write `out/r.json`");
        assert_eq!(house.read("out/r.json"), "the old report");
        assert_eq!(house.names("out"), ["r.json"]);
    } else {
        ran.ends(1);
    }
}

#[test]
fn quiet_says_less_and_twice_nothing() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let loud = house.lint("bad.json").ends(1).out;
    let once = house.lint("bad.json -q").ends(1).out;
    assert!(
        loud.contains("1 asset,") && once.contains("acme-bad"),
        "{once}"
    );
    assert!(!once.contains("1 asset,"), "{once}");
    let twice = house
        .lint("bad.json -qq --format table --format json=r.json")
        .ends(1);
    assert_eq!((twice.out.as_str(), twice.err.as_str()), ("", ""));
    assert!(house.read("r.json").contains("acme-bad"));
}

#[test]
fn warnings_reach_people_whatever_the_format() {
    let house = House::new();
    house.write("good.json", bucket("acme-good", true));
    let config = "[[suppress]]\nrules = [\"house-versioning\"]\nresource = \"gs://none\"\nreason = \"gone\"\n";
    house.write(".leastwise.toml", config);
    let table = house.lint("good.json").ends(0).shows("unused suppression");
    assert_eq!(
        table.out.matches("unused suppression").count(),
        1,
        "{}",
        table.out
    );
    assert_eq!(table.err, "");
    let json = house.lint("good.json --format json").ends(0);
    let json = json.tells("warning: unused suppression");
    assert_eq!(json.json()["notices"].as_array().unwrap().len(), 1);
    assert_eq!(house.lint("good.json --format json -q").ends(0).err, "");
}

#[test]
fn github_gets_outputs_and_a_summary_only_with_its_format() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    house.write("summary.md", "before\n");
    let run = |arguments: &str| {
        let mut command = house.command(&format!(
            "lint --no-builtin-rules --rules house {arguments}"
        ));
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", house.path("summary.md"))
            .env("GITHUB_OUTPUT", house.path("outputs"));
        super::Ran::new(command.output().unwrap()).ends(1)
    };
    run("bad.json");
    assert!(!house.path("outputs").exists());
    assert_eq!(house.read("summary.md"), "before\n");
    run("bad.json --format github --format sarif=r.sarif").shows("::warning file=bad.json,line=1");
    assert_eq!(
        house.read("outputs"),
        "max-severity=medium\nfindings=1\ncomplete=true\nsarif-file=r.sarif\n"
    );
    let summary = house.read("summary.md");
    assert!(
        summary.starts_with("before\n") && summary.contains("house-versioning"),
        "{summary}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let house = House::new();
    let buckets: Vec<String> = (0..2000)
        .map(|n| bucket(&format!("acme-{n}"), false))
        .collect();
    house.write("many.ndjson", buckets.join("\n"));
    let binary = assert_cmd::cargo::cargo_bin!("leastwise");
    let mut child = std::process::Command::new(binary)
        .args(
            "lint --no-config --no-builtin-rules --rules house many.ndjson --format text --all"
                .split(' '),
        )
        .env("LEASTWISE_CATALOG", "embedded")
        .current_dir(house.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let house = House::new();
    house.write("bad.json", bucket("acme-bad", false));
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ended = std::process::Command::new(assert_cmd::cargo::cargo_bin!("leastwise"))
        .args("lint --no-config --no-builtin-rules --rules house bad.json".split(' '))
        .env("LEASTWISE_CATALOG", "embedded")
        .current_dir(house.path(""))
        .stdout(full)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    assert!(
        err.contains("error: cannot write to standard output: no space left"),
        "{err}"
    );
    assert_eq!(ended.status.code(), Some(4));
}

#[test]
fn no_format_shows_a_secret_that_a_rule_points_at() {
    let house = House::new();
    let rule = r#"
title      = "Secret in the environment"
severity   = "high"
confidence = "high"
message    = "{resource} has {value}"
why        = "Whoever reads the settings reads it."
fix        = "Use Secret Manager."

[analysis]
name = "environment-secrets"

[analysis.with]
names         = 'PASSWORD$'
except-names  = '^PUBLIC_'
except-values = ['^$']
shapes        = [{ is = "a key of the house", matches = '\bhouse-[0-9]{6}' }]
"#;
    house.write("house/house-secrets.toml", rule);
    let function = r#"{"name":"//cloudfunctions.googleapis.com/projects/p/locations/l/functions/f","assetType":"cloudfunctions.googleapis.com/CloudFunction","resource":{"data":{"environmentVariables":{"dbPassword":"hunter-two","HOME":"house-123456"}}}}"#;
    house.write("line.json", function);
    let pretty: serde_json::Value = serde_json::from_str(function).unwrap();
    house.write(
        "pretty.json",
        serde_json::to_string_pretty(&pretty).unwrap(),
    );
    for format in [
        "text", "table", "json", "ndjson", "sarif", "github", "markdown", "csv", "junit",
        "bigquery",
    ] {
        let ran = house
            .lint(&format!(
                "line.json pretty.json --select house-secrets -v --format {format}"
            ))
            .ends(1);
        for said in [&ran.out, &ran.err] {
            let leak = ["hunter-two", "house-123456"]
                .into_iter()
                .find(|secret| said.contains(secret));
            assert_eq!(leak, None, "{format}: {said}");
        }
        assert!(ran.out.contains("dbPassword"), "{format}: {}", ran.out);
    }
}

#[test]
fn a_row_names_what_tells_it_from_the_others() {
    let house = House::new();
    let cluster = root().join("fixtures/rules/gke-node-default-sa/bad.json");
    let cluster = std::fs::read_to_string(cluster).unwrap();
    // Both pools, of which each is an object.
    let both = cluster.replace("gke-nodes@acme-ml.iam.gserviceaccount.com", "default");
    house.write("cluster.json", both);
    let ran = house.run("lint cluster.json --select gke-node-default-sa");
    ran.shows("clusters/ml   gpu ")
        .shows("clusters/ml   system ");

    let policy = r#"{"bindings": [{"role": "roles/owner", "members": ["serviceAccount:a@p-1.iam.gserviceaccount.com"]}]}"#;
    house.write("policy.json", policy);
    // The first in the alphabet would be one of some endpoint.
    house
        .run("lint policy.json --resource projects/p-1 --select iam-sa-admin-role")
        .shows("carries resourcemanager.projects.setIamPolicy");

    let twin = root().join("fixtures/rules/custom-role-duplicate/bad.json");
    house.write("twin.json", std::fs::read(twin).unwrap());
    // Which role it is the twin of stands in the sentence of the finding only.
    let report = house.run("lint twin.json --select custom-role-duplicate --format json");
    let message = report.json()["findings"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, other) = message.split_once("same permissions as ").unwrap();
    house
        .run("lint twin.json --select custom-role-duplicate")
        .shows(other);
}
