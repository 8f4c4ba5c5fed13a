//! Custom roles: judged, mended, derived, compared, and written for gcloud, Terraform and the REST API.

use super::{House, Ran, root};
use serde_json::{Value, json};

/// A role with something of everything.
pub(super) const ROLE: &str = "\
title: Trainer
stage: ga
etag: BwYAAAAAAAU=
name: projects/acme-ml/roles/trainer
includedPermissions:
- storage.objects.list
- storage.objects.gett
- storage.objects.get
- storage.objects.get
- resourcemanager.projects.list
- iam.serviceAccounts.actAs
- aiplatform.customJobs.*
";

const SOUND: &str = "title: Reader\nstage: GA\nincludedPermissions:\n- storage.objects.get\n";

fn house() -> House {
    let house = House::new();
    house.write("role.yaml", ROLE);
    house.write("sound.yaml", SOUND);
    house
}

#[test]
fn lint_tells_what_is_wrong_where_and_the_way_out() {
    let house = house();
    house
        .run("role lint role.yaml")
        .ends(1)
        .shows("role.yaml:2:8: warning: the stage `ga` is in lower case, which only gcloud takes [stage]\n  → write GA\n")
        .shows("role.yaml:7:3: error: storage.objects.gett does not exist; did you mean storage.objects.get? [no-such-permission]")
        .shows("role.yaml:9:3: warning: storage.objects.get is listed twice [duplicate]")
        .shows("role.yaml:10:3: error: resourcemanager.projects.list ")
        .shows("role.yaml:11:3: warning: iam.serviceAccounts.actAs lets its holder run code as the service account")
        .shows("role.yaml:12:3: error: aiplatform.customJobs.* stands for several")
        .shows("1 role: 3 errors, 3 warnings.\n→ leastwise role fix role.yaml\n");
    house
        .run("role lint sound.yaml")
        .ends(0)
        .shows("1 role: nothing to mend.");
    let json = house
        .run("role lint sound.yaml role.yaml --format json")
        .ends(1)
        .json();
    assert_eq!(json["errors"], 3);
    assert_eq!(json["roles"][1]["role"], "projects/acme-ml/roles/trainer");
    let kinds: Vec<&Value> = json["roles"][1]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| &problem["kind"])
        .collect();
    let expected = [
        "stage",
        "no-such-permission",
        "duplicate",
        "organization-only",
        "escalation",
        "wildcard",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn what_is_not_known_is_incomplete() {
    let house = house();
    house.write("new.yaml", SOUND.to_owned() + "- nobody.wrote.this\n");
    house
        .run("role lint new.yaml")
        .ends(3)
        .shows("unknown: nobody.wrote.this is not in the catalogue");
    house
        .run("role fix new.yaml")
        .ends(3)
        .tells("kept 1 permission")
        .tells("gcloud iam list-testable-permissions")
        .shows("- nobody.wrote.this\n");
    let dropped = house
        .run("role fix new.yaml --drop-unknown")
        .ends(0)
        .tells("nobody.wrote.this is not in the catalogue");
    assert!(!dropped.out.contains("nobody"));
    // What an import tells is known.
    let facts = r#"[{"name": "nobody.wrote.this", "stage": "GA"}]"#;
    house.write("testable.json", facts);
    house
        .run("catalog import testable.json --resource projects/p")
        .ends(0);
    house.run("role lint new.yaml").ends(0);
}

#[test]
fn whose_role_it_is_may_be_said() {
    let house = house();
    house.write(
        "org.yaml",
        SOUND.to_owned() + "- resourcemanager.projects.list\n",
    );
    house
        .run("role lint org.yaml")
        .ends(3)
        .shows("say whose role it is");
    house
        .run("role lint org.yaml --organization 123456789012")
        .ends(0);
    house.run("role lint org.yaml --project acme-ml").ends(1);
    house
        .run("role fix org.yaml --organization organizations/12")
        .ends(0)
        .shows("- resourcemanager.projects.list\n");
    for wrong in ["--organization acme", "--project acme/ml", "--project= "] {
        house.run(&format!("role lint org.yaml {wrong}")).ends(2);
    }
}

#[test]
fn fix_writes_what_lints_clean() {
    let house = house();
    house
        .run("role fix role.yaml -o fixed/")
        .ends(0)
        .tells("aiplatform.customJobs.* became the 5 permissions that it stands for")
        .tells("storage.objects.gett does not exist")
        .tells("split off `trainer_escalation` with 1 permission");
    assert_eq!(
        house.names("fixed"),
        ["trainer.yaml", "trainer_escalation.yaml"]
    );
    house
        .run("role lint fixed/trainer.yaml fixed/trainer_escalation.yaml")
        .ends(0);
    assert_eq!(
        house.read("fixed/trainer_escalation.yaml"),
        "title: Trainer (escalation)\n\
         description: \"Split off Trainer: by these permissions somebody gains more than was granted\"\n\
         stage: GA\nincludedPermissions:\n\
         # run code as the service account, with one of the permissions to deploy (53 known ways):\n\
         - iam.serviceAccounts.actAs\n"
    );
    // One file cannot hold two roles for gcloud; nothing is written, and nothing claimed.
    let refused = house
        .run("role fix role.yaml -o one.yaml")
        .ends(2)
        .tells("name a folder with `--output DIR/`");
    assert!(!refused.err.contains("removed") && !house.path("one.yaml").exists());
    house
        .run("role fix role.yaml --keep-escalation -o one.yaml")
        .ends(0);
    assert!(
        house
            .read("one.yaml")
            .contains("- iam.serviceAccounts.actAs\n")
    );
    house
        .run("role fix role.yaml --only run.services.create")
        .ends(1)
        .tells("no permission is left");
}

#[test]
fn a_role_of_any_document_can_be_fixed() {
    let house = house();
    let demo = root().join("fixtures/demo/org.ndjson");
    let fix = |arguments: &str| {
        let mut command = house.command("role fix");
        command.arg(&demo).args(arguments.split_whitespace());
        Ran::new(command.output().unwrap())
    };
    fix("")
        .ends(2)
        .tells("holds 5 roles; choose one with `--role NAME`");
    fix("--role nobody").ends(2).tells("holds no role `nobody`");
    let short = fix("--role jobLauncher --format json").ends(0);
    let whole = fix("--role projects/acme-ml-train/roles/jobLauncher --format json").ends(0);
    assert_eq!(short.out, whole.out);
    let bodies = serde_json::Deserializer::from_str(&short.out).into_iter::<Value>();
    let ids: Vec<Value> = bodies.map(|body| body.unwrap()["roleId"].clone()).collect();
    assert_eq!(ids, ["jobLauncher", "jobLauncher_escalation"]);
    // A list of roles without their permissions does not say what to write.
    house.write(
        "list.json",
        r#"[{"name": "projects/p/roles/reader", "title": "R", "etag": "BwA="}]"#,
    );
    house
        .run("role fix list.json")
        .ends(3)
        .tells("does not say what the role carries");
    house.run("role lint list.json").ends(3);
}

#[test]
fn what_is_no_role_is_refused() {
    let house = house();
    for (name, text, told) in [
        (
            "policy.json",
            r#"{"bindings": []}"#,
            "holds no role definition",
        ),
        ("words.yaml", "just: words\n", "holds no role definition"),
        ("broken.json", r#"{"title": "#, "ends too early"),
        (
            "error.json",
            r#"{"error": {"code": 403, "message": "no\u001b[2J", "status": "PERMISSION_DENIED"}}"#,
            "error",
        ),
        ("empty.yaml", "", "empty"),
    ] {
        house.write(name, text);
        for command in ["lint", "fix"] {
            let ran = house
                .run(&format!("role {command} {name}"))
                .ends(2)
                .tells(told);
            assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
        }
    }
    house
        .run("role lint nowhere.yaml")
        .ends(2)
        .tells("nowhere.yaml");
    house.run("role lint").ends(2);
}

#[test]
fn the_standing_example_of_a_training_account() {
    let house = house();
    let arguments = "role from roles/storage.objectAdmin roles/storage.objectViewer \
                     --only storage.objects.get,storage.objects.list --id ai_data_reader";
    let ran = house.run(arguments).ends(0);
    assert_eq!(
        ran.out,
        "title: ai_data_reader\n\
         description: Derived from roles/storage.objectAdmin, roles/storage.objectViewer\n\
         stage: GA\nincludedPermissions:\n- storage.objects.get\n- storage.objects.list\n"
    );
    assert_eq!(ran.err, "");
    let terraform = house
        .run(&format!(
            "{arguments} --project acme-ml --title Reader --format terraform"
        ))
        .ends(0);
    assert_eq!(
        terraform.out,
        "resource \"google_project_iam_custom_role\" \"ai_data_reader\" {\n  project     = \"acme-ml\"\n  \
         role_id     = \"ai_data_reader\"\n  title       = \"Reader\"\n  description = \"Derived from \
         roles/storage.objectAdmin, roles/storage.objectViewer\"\n  stage       = \"GA\"\n  permissions = [\n    \
         \"storage.objects.get\",\n    \"storage.objects.list\",\n  ]\n}\n"
    );
    let body = house
        .run(&format!("{arguments} --format json"))
        .ends(0)
        .json();
    assert_eq!(
        body,
        json!({"roleId": "ai_data_reader", "role": {
            "title": "ai_data_reader", "stage": "GA",
            "description": "Derived from roles/storage.objectAdmin, roles/storage.objectViewer",
            "includedPermissions": ["storage.objects.get", "storage.objects.list"],
        }})
    );
    house
        .run(&format!("{arguments} --format gcloud"))
        .ends(2)
        .tells("say `--project ID` or `--organization NUMBER`");
}

#[test]
fn from_says_what_it_does_not_know_and_what_cannot_be() {
    let house = house();
    house
        .run("role from roles/viewer --id all_views -o viewer.yaml")
        .ends(3)
        .tells("not all is known that roles/viewer carries")
        .tells("gcloud iam roles describe roles/viewer --format=json | leastwise catalog import -");
    house
        .run("role from roles/dataplex.admin --only storage.objects.get,dataplex.lakes.* --id x_y")
        .ends(2)
        .tells("none of these roles carries `storage.objects.get`");
    house
        .run("role from storage.objectViewer --only resourcemanager.projects.list,storage.objects.get --id x_y")
        .ends(1)
        .tells("resourcemanager.projects.list is used on folders and organisations only");
    house
        .run("role from storage.objectViewer --only storage.objects.gett --id x_y")
        .ends(2)
        .tells("did you mean `storage.objects.get`?");
    house
        .run("role from storage.objectVeiwer --id x_y")
        .ends(2)
        .tells("did you mean `roles/storage.objectViewer`?");
    house
        .run("role from storage.objectViewer --id data-reader")
        .ends(2)
        .tells("`data_reader`");
    // A file is a role too.
    house
        .run("role from sound.yaml roles/pubsub.publisher --without *.publish --id x_y")
        .ends(0)
        .shows("- storage.objects.get\n");
}

#[test]
fn diff_compares_files_and_roles() {
    let house = house();
    house.write(
        "more.json",
        r#"{"title": "R", "includedPermissions": ["storage.objects.get", "storage.objects.list"]}"#,
    );
    house
        .run("role diff sound.yaml more.json")
        .ends(1)
        .shows("+ storage.objects.list\n\nsound.yaml carries less than more.json: 0 only in the first, 1 only in the second, 1 in both.");
    house.run("role diff sound.yaml sound.yaml").ends(0);
    let json = house
        .run("role diff more.json storage.objectViewer --format json")
        .ends(1)
        .json();
    assert_eq!(json["relation"], "narrower");
    assert_eq!(json["second"]["role"], "roles/storage.objectViewer");
    house.run("role diff sound.yaml roles/reader").ends(3);
    house
        .run("role diff role.yaml sound.yaml")
        .ends(2)
        .tells("`leastwise role lint` tells more");
    house
        .run("role diff sound.yaml nothing")
        .ends(2)
        .tells("neither a role of the catalogue nor a file");
}
