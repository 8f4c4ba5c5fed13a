//! Custom roles: judged, mended, derived, compared, and written for gcloud, Terraform and the REST API.

use super::{House, Ran, root};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// A role with something of everything.
const ROLE: &str = "\
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

/// Texts that mean something to some reader of a role.
const HOSTILE: [&str; 9] = [
    "$(touch pwned) `id` ${HOME} %{ if true }",
    "'; rm -rf / #",
    "\"}\nresource \"x\" \"y\" {",
    "ROLE\nROLE",
    "--project=other",
    "\u{1b}[2J\u{202e}moc",
    "=cmd|'/c calc'!A0",
    "a: b\n- c # d",
    "yes",
];

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

/// Roles whose words are hostile, as the program was given them.
fn hostile(house: &House) -> Vec<String> {
    let mut files = Vec::new();
    for (at, text) in HOSTILE.iter().enumerate() {
        let role = json!({
            "name": format!("projects/acme-ml/roles/{text}"), "title": text, "description": format!("{text}{text}"),
            "etag": text, "includedPermissions": ["storage.objects.get", text],
        });
        let name = format!("hostile-{at}.json");
        house.write(&name, role.to_string());
        files.push(name);
    }
    files
}

#[test]
fn hostile_words_drive_no_terminal() {
    let house = house();
    for file in hostile(&house) {
        for command in ["role lint", "role fix"] {
            let ran = house.run(&format!("{command} {file}"));
            for text in [&ran.out, &ran.err] {
                assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
            }
        }
    }
}

/// `terraform fmt` finds nothing to change and nothing that is no HCL, and the values are those that were meant.
#[test]
fn terraform_takes_it_as_it_is() {
    if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: no terraform is installed");
        return;
    }
    let house = house();
    fs::create_dir_all(house.path("tf")).unwrap();
    let files = hostile(&house);
    for (at, file) in files
        .iter()
        .map(String::as_str)
        .chain(["role.yaml"])
        .enumerate()
    {
        house
            .run(&format!("role fix {file} --format terraform -o tf/{at}.tf"))
            .ends(0);
        house
            .run(&format!(
                "role fix {file} --organization 12 --format terraform -o tf/{at}-org.tf"
            ))
            .ends(0);
    }
    let fmt = Command::new("terraform")
        .args(["fmt", "-check", "-diff", "-recursive"])
        .current_dir(house.path("tf"))
        .output()
        .unwrap();
    let told =
        String::from_utf8_lossy(&fmt.stdout).into_owned() + &String::from_utf8_lossy(&fmt.stderr);
    assert!(fmt.status.success(), "{told}");
}

/// Terraform reads the texts that were meant, and runs none of them.
#[test]
fn terraform_reads_the_texts_that_were_meant() {
    let house = house();
    let mut list = Vec::new();
    for (file, text) in hostile(&house).iter().zip(HOSTILE) {
        let ran = house
            .run(&format!("role fix {file} --format terraform"))
            .ends(0);
        let title = ran
            .out
            .lines()
            .find_map(|line| line.strip_prefix("  title       = "));
        list.push((title.unwrap().to_owned(), text));
    }
    let words: Vec<&str> = list.iter().map(|(word, _)| word.as_str()).collect();
    let mut console = Command::new("terraform");
    console.arg("console").current_dir(house.path("house"));
    console
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let Ok(mut console) = console.spawn() else {
        println!("skipped: no terraform is installed");
        return;
    };
    let question = format!("jsonencode(jsonencode([{}]))\n", words.join(", "));
    std::io::Write::write_all(&mut console.stdin.take().unwrap(), question.as_bytes()).unwrap();
    let answer = console.wait_with_output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    // The console prints a string of HCL; JSON twice over leaves it nothing of its own to escape but quotes.
    let read = unquoted(answer.trim());
    let once: String = serde_json::from_str(&read).unwrap();
    let read: Vec<String> = serde_json::from_str(&once).unwrap();
    assert_eq!(read, HOSTILE);
}

/// The text of a string as `terraform console` shows it.
fn unquoted(shown: &str) -> String {
    let inner = shown.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('u') => {
                    let code: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&code, 16).unwrap();
                    text.extend(char::from_u32(code));
                }
                other => text.extend(other),
            },
            '$' | '%' if chars.clone().as_str().starts_with(&format!("{c}{{")) => {
                chars.next();
                text.push(c);
            }
            c => text.push(c),
        }
    }
    text
}

/// A `gcloud` that writes down what it was called with, and the file it was given. What it finds is in `state`.
const RECORDER: &str = r#"#!/usr/bin/env bash
printf '%s\n' "$#" >>"$RECORD"
for word in "$@"; do printf '%s\0' "$word" >>"$RECORD.words"; done
for word in "$@"; do
  case $word in --file=*) cat "${word#--file=}" >>"$RECORD.files" ;; esac
done
[[ $3 != describe ]] || cat "$STATE"
"#;

/// Runs a script under the recorder: the words of each call, and the files it was given.
#[cfg(unix)]
fn record(
    house: &House,
    script: &str,
    state: &str,
    apply: bool,
) -> (Vec<Vec<String>>, String, String) {
    use std::os::unix::fs::PermissionsExt as _;
    house.write("bin/gcloud", RECORDER);
    let gcloud = house.path("bin/gcloud");
    fs::set_permissions(&gcloud, fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["record", "record.words", "record.files"] {
        house.write(name, "");
    }
    let path = format!(
        "{}:{}",
        house.path("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let output = Command::new("bash")
        .arg(script)
        .args(apply.then_some("--apply"))
        .env("PATH", path)
        .env("RECORD", house.path("record"))
        .env("STATE", house.path("state").join(state))
        .current_dir(house.path(""))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let words = house.read("record.words");
    let mut words = words.split_terminator('\0').map(str::to_owned);
    let counts = house.read("record");
    let calls = counts
        .lines()
        .map(|n| words.by_ref().take(n.parse().unwrap()).collect());
    let told = String::from_utf8(output.stdout).unwrap();
    (calls.collect(), house.read("record.files"), told)
}

#[cfg(unix)]
#[test]
fn the_script_follows_the_life_of_a_role() {
    let house = house();
    house
        .run("role fix role.yaml --only storage.* --format gcloud -o role.sh")
        .ends(0);
    let file = "title: Trainer\netag: BwYAAAAAAAU=\nstage: GA\nincludedPermissions:\n- storage.objects.get\n- storage.objects.list\n";
    house.write("state/as-it-was", file);
    house.write(
        "state/changed",
        "etag: BwYAAAAAAAY=\nstage: GA\nincludedPermissions:\n- storage.objects.get\n",
    );
    house.write(
        "state/made",
        file.replace("AAU=", "AAY=")
            .replace("Trainer", "|-\n  x\n  - y"),
    );
    house.write("state/deleted", format!("deleted: true\n{file}"));
    let without_etag = file.replace("etag: BwYAAAAAAAU=\n", "");
    let verbs =
        |calls: &[Vec<String>]| calls.iter().map(|call| call[2].clone()).collect::<Vec<_>>();
    for (state, expected, given) in [
        ("none", vec!["describe", "create"], file),
        ("as-it-was", vec!["describe", "update"], file),
        ("changed", vec!["describe", "update"], file),
        ("made", vec!["describe"], ""),
        (
            "deleted",
            vec!["describe", "undelete", "update"],
            &without_etag,
        ),
    ] {
        let (calls, files, _) = record(&house, "role.sh", state, true);
        assert_eq!(verbs(&calls), expected);
        assert_eq!(files, given);
        for call in &calls {
            assert_eq!(call[..2], ["iam", "roles"]);
            assert_eq!(call[3..5], ["trainer", "--project=acme-ml"]);
        }
        // Without the flag nothing is done but asking.
        let (calls, _, told) = record(&house, "role.sh", state, false);
        assert_eq!(verbs(&calls), ["describe"]);
        match state {
            "made" => assert_eq!(told, "trainer carries this already\n"),
            _ => {
                assert_eq!(told.lines().count(), expected.len() - 1);
                assert!(told.starts_with("would run: gcloud iam roles "), "{told}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn the_script_runs_nothing_that_a_role_says() {
    let house = house();
    for (file, text) in hostile(&house).iter().zip(HOSTILE) {
        house
            .run(&format!(
                "role fix {file} --id some_role --format gcloud -o role.sh"
            ))
            .ends(0);
        let (calls, files, _) = record(&house, "role.sh", "none", true);
        assert_eq!(calls.len(), 2, "{text}");
        assert_eq!(calls[1][3..5], ["some_role", "--project=acme-ml"]);
        assert!(!house.path("pwned").exists());
        // What gcloud is given is the role that was meant.
        house.write("given.yaml", &files);
        let given = house
            .run("role fix given.yaml --id some_role --format json")
            .ends(0)
            .json();
        assert_eq!(given["role"]["title"], text);
        assert_eq!(given["role"]["description"], format!("{text}{text}"));
        assert_eq!(
            given["role"]["includedPermissions"],
            json!(["storage.objects.get"])
        );
    }
}
