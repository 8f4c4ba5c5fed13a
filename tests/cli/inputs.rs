//! What is read: files, folders, standard input, gzip, and what is wrong with them.

use super::{House, Ran, bucket, root};
use std::io::Write;

#[test]
fn standard_input_and_gzip_are_documents_like_others() {
    let house = House::new();
    let mut command = house.command("lint --no-builtin-rules --rules house - --format json");
    let ran = Ran::new(
        command
            .write_stdin(bucket("acme-bad", false))
            .output()
            .unwrap(),
    )
    .ends(1);
    let report = ran.json();
    assert_eq!(report["findings"][0]["location"]["file"], "-");

    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(bucket("acme-bad", false).as_bytes())
        .unwrap();
    // Recognised by its content: neither name says so.
    let packed = packed.finish().unwrap();
    house.write("export.bin", &packed);
    let report = house.lint("export.bin --format json").ends(1).json();
    assert_eq!(report["findings"][0]["location"]["file"], "export.bin");
    let mut command = house.command("lint --no-builtin-rules --rules house - --format json");
    Ran::new(command.write_stdin(packed).output().unwrap()).ends(1);
}

#[test]
fn a_truncated_file_is_named_and_the_others_are_judged() {
    let house = House::new();
    house.write("in/a.json", bucket("acme-one", false));
    house.write(
        "in/b.json",
        format!("{{\n  \"name\": \"//x\",\n{}", "  \"assetType\": [1"),
    );
    house.write("in/c.json", bucket("acme-two", false));
    let ran = house.lint("in --format json").ends(1);
    let report = ran.json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
    assert_eq!(report["coverage"]["complete"], false);
    let gap = &report["gaps"][0];
    assert_eq!(gap["reason"], "invalid");
    assert_eq!(gap["location"]["file"], "in/b.json", "{gap}");
    assert_eq!(gap["location"]["line"], 3, "{gap}");
    assert_eq!(gap["location"]["column"], 17, "{gap}");
    house
        .lint("in --exit-zero")
        .ends(3)
        .shows("in/b.json:3:17")
        .shows("acme-two");
}

#[test]
fn a_foreign_file_is_an_error_where_it_was_named_and_a_count_where_it_was_met() {
    let house = House::new();
    house.write("in/good.json", bucket("acme-good", true));
    house.write("in/notes.txt", "remember the milk");
    let met = house.lint("in").ends(0).shows("1 file passed over");
    assert!(!met.out.contains("notes.txt"), "{}", met.out);
    house.lint("in -v").ends(0).shows("in/notes.txt");
    house
        .lint("in/good.json in/notes.txt")
        .ends(3)
        .shows("in/notes.txt");
}

#[cfg(unix)]
#[test]
fn links_inside_a_folder_are_not_followed() {
    let house = House::new();
    house.write("in/good.json", bucket("acme-good", true));
    house.write("secret/bad.json", bucket("acme-secret", false));
    std::os::unix::fs::symlink(house.path("secret"), house.path("in/folder")).unwrap();
    std::os::unix::fs::symlink(house.path("secret/bad.json"), house.path("in/file.json")).unwrap();
    let ran = house.lint("in -v").ends(0).shows("not followed");
    assert!(!ran.out.contains("acme-secret"), "{}", ran.out);
    // Named by the user, a link means its target.
    house.lint("in/file.json").ends(1).shows("acme-secret");
}

#[test]
fn a_file_named_twice_is_judged_once() {
    let house = House::new();
    house.write("in/bad.json", bucket("acme-bad", false));
    let report = house
        .lint("in in/bad.json ./in --format json")
        .ends(1)
        .json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["coverage"]["assets"], 1);
}

#[test]
fn verbose_names_documents_by_dialect_on_standard_error() {
    let house = House::new();
    house.write("in/a.json", bucket("acme-a", true));
    house.write(
        "in/iam.json",
        r#"{"bindings": [], "etag": "ACAB", "version": 3}"#,
    );
    let ran = house.lint("in -v --format json").ends(0);
    let err = &ran.err;
    assert!(
        err.contains("asset-inventory (1)\n  in/a.json   1 asset\n"),
        "{err}"
    );
    assert!(err.contains("allow-policy (1)\n  in/iam.json"), "{err}");
    ran.json();
}

#[test]
fn one_owner_for_several_policies_is_warned_of() {
    let house = House::new();
    let policy =
        r#"{"bindings": [{"role": "roles/viewer", "members": ["user:a@acme.ai"]}], "version": 3}"#;
    house.write("a.json", policy);
    house.write("b.json", policy);
    let one = house.lint("a.json --resource projects/acme-ml");
    assert_eq!(one.err, "");
    house
        .lint("a.json b.json --resource projects/acme-ml")
        .tells(
            "warning: `--resource` makes 2 policies that of projects/acme-ml: `a.json`, `b.json`",
        );
    house
        .lint("a.json --resource nonsense")
        .ends(2)
        .tells("--resource `nonsense`");
}

#[test]
fn hostile_names_do_not_drive_the_terminal() {
    let house = House::new();
    house.write("in/a\u{1b}[31m.json", "{\"bindings\": [");
    let ran = house.lint("in -v").ends(3);
    let missing = house.lint("\u{1b}[2Jx").ends(2);
    for text in [&ran.out, &ran.err, &missing.err] {
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}

#[test]
fn deny_policies_are_the_same_whatever_the_inventory_calls_them() {
    let house = House::new();
    let text = root().join("fixtures/rules/deny-policy-broad-exception/bad.json");
    let given: serde_json::Value = serde_json::from_slice(&std::fs::read(text).unwrap()).unwrap();
    let mut told = given[0].clone();
    let lint = |file: &str, content: String| {
        house.write(file, content);
        let report = house
            .run(&format!(
                "lint {file} --select deny-policy-broad-exception --format json"
            ))
            .json();
        (
            report["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| f["fingerprint"].clone())
                .collect::<Vec<_>>(),
            report["coverage"]["outcomes"]["unknown"].as_u64().unwrap(),
        )
    };
    let own = lint("own.ndjson", format!("{told}\n"));
    assert_eq!((own.0.len(), own.1), (1, 0));
    told["assetType"] = "iam.googleapis.com/PolicyV2".into();
    assert_eq!(lint("line.ndjson", format!("{told}\n")), own);
    assert_eq!(lint("array.json", format!("[{told}]")), own);
    // Lists of deny policies tell no rules.
    told["resource"]["data"]
        .as_object_mut()
        .unwrap()
        .remove("rules");
    assert_eq!(lint("bare.ndjson", format!("{told}\n")), (Vec::new(), 1));
}

/// A shell makes a pipe of `<(gcloud … --format=json)`, and a pipe opens only once.
#[cfg(unix)]
#[test]
fn a_pipe_is_a_document_like_others() {
    let house = House::new();
    let pipe = house.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let writer = std::thread::spawn(move || std::fs::write(pipe, bucket("acme-bad", false)));
    // The text shows the line, for which the document is opened once more.
    house
        .lint("pipe --format text")
        .ends(1)
        .shows("pipe:1:")
        .shows("acme-bad");
    writer.join().unwrap().unwrap();
}

#[test]
fn a_quiet_run_says_that_it_is_incomplete() {
    let house = House::new();
    house.write("half.json", "{\"bindings\": [");
    let word = "something could not be read or judged";
    house.lint("half.json -q").ends(3).tells(word);
    let silent = house.lint("half.json -qq").ends(3);
    assert!(silent.err.is_empty(), "{}", silent.err);
    let silent = house.lint("half.json -q --allow-incomplete").ends(0);
    assert!(silent.err.is_empty(), "{}", silent.err);
}
