//! `leastwise fix`: what it writes, what it refuses, and how it ends.

use super::{House, Ran, root};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

impl House {
    /// A house with the demo in it.
    fn with_demo() -> House {
        let house = House::new();
        copy(&root().join("fixtures/demo"), &house.path("demo"));
        house
    }

    fn fix(&self, arguments: &str) -> Ran {
        self.run(&format!("fix --now 2026-11-23 --out plan {arguments}"))
    }

    fn plan(&self) -> Value {
        serde_json::from_str(&self.read("plan/plan.json")).unwrap()
    }
}

/// A bucket that is open to the world, with another administrator of its project.
fn open_bucket(house: &House, etag: &str) {
    house.write(
        "export.ndjson",
        format!(
            r#"{{"name":"//cloudresourcemanager.googleapis.com/projects/12","assetType":"cloudresourcemanager.googleapis.com/Project","ancestors":["projects/12"],"resource":{{"data":{{"projectId":"acme-ml","projectNumber":"12"}}}},"iamPolicy":{{"etag":"BwX=","bindings":[{{"role":"roles/resourcemanager.projectIamAdmin","members":["group:admins@acme.example"]}}]}}}}
{{"name":"//storage.googleapis.com/acme-open","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/12"],"resource":{{"data":{{"name":"acme-open","iamConfiguration":{{"uniformBucketLevelAccess":{{"enabled":true}}}}}}}},"iamPolicy":{{"etag":"{etag}","bindings":[{{"role":"roles/storage.objectViewer","members":["allUsers","user:ann@acme.example"]}}]}}}}
"#
        ),
    );
}

#[test]
fn a_plan_is_written_proven_and_written_again() {
    let house = House::new();
    open_bucket(&house, "CAE=");
    let asked = "export.ndjson --rule gcs-public-iam --level review";
    house.fix(asked).ends(0).tells("1 step in 1 part");
    assert_eq!(
        house.names("plan"),
        [
            ".leastwise-plan",
            "plan.json",
            "plan.md",
            "projects-acme-ml"
        ]
    );
    let script = house.read("plan/projects-acme-ml/fix.sh");
    assert!(script.contains("allUsers"), "{script}");
    assert!(house.read("plan/plan.md").contains("gcs-public-iam"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(house.path("plan/projects-acme-ml/fix.sh"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o100, 0o100);
    }
    let before = house.read("plan/plan.json");
    house.fix(asked).ends(0);
    assert_eq!(house.read("plan/plan.json"), before);

    // What the earlier plan wrote and this one does not is gone; what is not the plan's stays.
    house.write("plan/notes.txt", "mine");
    house
        .fix("export.ndjson --rule gcs-website-config")
        .ends(0)
        .tells("0 steps");
    assert_eq!(
        house.names("plan"),
        [".leastwise-plan", "notes.txt", "plan.json", "plan.md"]
    );
}

#[test]
fn a_folder_of_somebody_else_is_not_written_into() {
    let house = House::new();
    open_bucket(&house, "CAE=");
    house.write("plan/thesis.tex", "years of work");
    house
        .fix("export.ndjson")
        .ends(2)
        .tells("holds no earlier plan")
        .tells("--force");
    assert_eq!(house.names("plan"), ["thesis.tex"]);
    house
        .fix("export.ndjson --rule gcs-public-iam --force")
        .ends(0);
    assert_eq!(house.read("plan/thesis.tex"), "years of work");
}

#[test]
fn steps_beyond_the_level_are_not_run() {
    let house = House::new();
    open_bucket(&house, "CAE=");
    house.fix("export.ndjson --rule gcs-public-iam").ends(0);
    let script = house.read("plan/projects-acme-ml/fix.sh");
    let live = |line: &&str| {
        line.contains("allUsers")
            && !line.trim_start().starts_with('#')
            && !line.starts_with("by_hand")
    };
    assert_eq!(script.lines().find(live), None);
    assert!(script.contains("--level review"), "{script}");
}

#[test]
fn guards_refuse_and_say_why() {
    let house = House::new();
    open_bucket(&house, "CAE=");
    house.write(
        ".leastwise.toml",
        "[[needed]]\nmember = \"allUsers\"\nrole = \"roles/storage.objectViewer\"\nresource = \"gs://acme-open\"\nreason = \"the public data set\"\n",
    );
    house
        .fix("export.ndjson --rule gcs-public-iam --level review")
        .ends(1)
        .tells("the public data set (.leastwise.toml:1)");

    let owner = |member: &str| {
        format!(
            r#"[{{"name":"//cloudresourcemanager.googleapis.com/projects/12","assetType":"cloudresourcemanager.googleapis.com/Project","ancestors":["projects/12"],"iamPolicy":{{"etag":"BwX=","bindings":[{{"role":"roles/owner","members":[{member}]}}]}}}}]"#
        )
    };
    let asked = "owner.json --no-config --rule iam-basic-role-project";
    house.write("owner.json", owner("\"user:ann@acme.example\""));
    house
        .fix(asked)
        .ends(1)
        .tells("the last one known who may set the policy of projects/12");
    house.write(
        "owner.json",
        owner("\"user:ann@acme.example\",\"user:Bo@acme.example\""),
    );
    house
        .fix(&format!("{asked} --caller user:bo@ACME.example"))
        .ends(1)
        .tells("user:bo@ACME.example is who runs the plan");
    let steps = &house.plan()["plan"]["parts"][0]["steps"];
    assert_eq!(
        steps,
        &Value::Null,
        "one is the caller, and then the other the last one: {steps}"
    );
    house
        .fix(&format!("{asked} --caller bo"))
        .ends(2)
        .tells("user:bo");
}

#[test]
fn what_could_not_be_read_ends_with_3() {
    let house = House::new();
    open_bucket(&house, "CAE=");
    house.write("broken.json", "{\"name\": ");
    let asked = "export.ndjson broken.json --rule gcs-public-iam";
    house.fix(asked).ends(3);
    house.fix(&format!("{asked} --allow-incomplete")).ends(0);
    house.fix("missing.json").ends(2);
    house
        .fix("export.ndjson --rule no-such-rule")
        .ends(2)
        .tells("no-such-rule");
}

#[test]
fn the_demo_is_mended_as_far_as_it_can_be() {
    let house = House::with_demo();
    let ran = house.fix("demo --level review").ends(1);
    assert!(ran.out.is_empty(), "{}", ran.out);
    let text = house.read("plan/plan.json");
    let again = house.fix("demo --level review").ends(1);
    assert_eq!(again.err, ran.err);
    assert_eq!(
        house.read("plan/plan.json"),
        text,
        "the same input, the same plan"
    );
    assert!(!text.contains(&*house.path("").to_string_lossy()));
    for folder in house
        .names("plan")
        .iter()
        .filter(|name| name.starts_with("projects-"))
    {
        let names = house.names(&format!("plan/{folder}"));
        assert!(
            names.iter().any(|name| name == "fix.sh"),
            "{folder}: {names:?}"
        );
        assert!(
            names.iter().any(|name| name == "rollback.sh"),
            "{folder}: {names:?}"
        );
    }
}
