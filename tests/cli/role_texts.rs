//! What `role` writes is read by terraform, bash and gcloud as it was meant, whatever a role says.

use super::House;
use super::role::ROLE;
use serde_json::json;
use std::fs;
use std::process::Command;

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
    house
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
