//! What is known of roles and permissions, and how more is taken in.

use super::{House, Ran, root};
use serde_json::{Value, json};
use std::fs;

/// Runs `leastwise catalog ARGUMENTS`; `@name` is a file of the fixtures.
fn catalog(house: &House, arguments: &str) -> Ran {
    let mut command = house.command("catalog");
    for word in arguments.split_whitespace() {
        match word.strip_prefix('@') {
            Some(name) => command.arg(root().join("fixtures/catalog").join(name)),
            None => command.arg(word),
        };
    }
    Ran::new(command.output().unwrap())
}

/// What is known of a role or a permission, as JSON.
fn show(house: &House, name: &str) -> Value {
    catalog(house, &format!("show {name} --format json")).json()
}

/// The names in a list of JSON.
fn words(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn every_form_is_taken_in() {
    for (files, code, told) in [
        (
            "@roles-page-1.json @roles-page-2.json",
            0,
            "took in 4 roles with their permissions",
        ),
        (
            "@roles-list.json",
            0,
            "took in 2 roles by name and stage only",
        ),
        (
            "@roles-list.yaml",
            0,
            "took in 2 roles by name and stage only",
        ),
        (
            "@role-describe.json",
            0,
            "took in 1 role with its permissions",
        ),
        (
            "@role-describe.yaml",
            0,
            "took in 1 role with its permissions",
        ),
        ("@testable.json", 0, "took in 3 permissions"),
        ("@testable-page.json", 3, "took in 1 permission\n"),
        (
            "@custom-roles.ndjson",
            0,
            "took in 2 roles with their permissions; 1 value is neither role nor permission (1 × asset of another kind)",
        ),
        (
            "@custom-roles.json",
            0,
            "took in 1 role with its permissions",
        ),
        (
            "@roles-page-1.json @custom-roles.ndjson @roles-list.yaml @testable.json @roles-page-2.json",
            0,
            "took in 6 roles with their permissions, 2 roles by name and stage only, 3 permissions",
        ),
    ] {
        let house = House::new();
        let ran = catalog(&house, &format!("import {files}")).ends(code);
        assert!(ran.out.contains(told), "{files}: {}", ran.out);
        assert_eq!(house.names("cache"), ["catalog.json"]);
        catalog(&house, "status").ends(0).shows("checksum agrees");
    }
}

#[test]
fn pages_may_be_one_document_or_come_from_standard_input() {
    let house = House::new();
    let page = |n| {
        let path = root().join(format!("fixtures/catalog/roles-page-{n}.json"));
        fs::read_to_string(path).unwrap()
    };
    let (first, second) = (page(1), page(2));
    for text in [format!("{first}{second}"), format!("[{first},{second}]")] {
        let mut command = house.command("catalog import - --replace");
        let ran = Ran::new(command.write_stdin(text).output().unwrap()).ends(0);
        ran.shows("took in 4 roles with their permissions");
    }
}

#[test]
fn what_was_taken_in_is_known() {
    let house = House::new();
    catalog(
        &house,
        "import @roles-page-1.json @roles-page-2.json @testable.json --resource projects/acme-ml",
    )
    .ends(0);
    let role = show(&house, "roles/acmeforge.operator");
    assert_eq!(
        (&role["tier"], &role["stage"]),
        (&json!("complete"), &json!("GA"))
    );
    assert_eq!(
        words(&role["permissions"]),
        [
            "acmeforge.anvils.get",
            "acmeforge.anvils.strike",
            "storage.objects.get"
        ]
    );
    assert!(role["source"]["imported"].is_string(), "{role}");
    // In a page that tells permissions, a role without them has none; an absent stage is ALPHA.
    let empty = show(&house, "acmeforge.empty");
    assert_eq!(
        (&empty["tier"], &empty["permissions"]),
        (&json!("complete"), &json!([]))
    );
    assert_eq!(show(&house, "acmeforge.bellows")["stage"], "ALPHA");

    let of = |name| {
        let fact = show(&house, name);
        [&fact["custom_roles"], &fact["stage"], &fact["lowest_level"]].map(Value::to_string)
    };
    assert_eq!(
        of("acmeforge.anvils.get"),
        ["\"testing\"", "\"GA\"", "\"project\""]
    );
    assert_eq!(
        of("acmeforge.anvils.strike"),
        ["\"not-supported\"", "\"ALPHA\"", "\"project\""]
    );
    assert_eq!(
        of("acmeforge.anvils.list"),
        ["\"supported\"", "\"BETA\"", "\"project\""]
    );

    catalog(&house, "which acmeforge.anvils.strike")
        .ends(0)
        .shows("roles/acmeforge.operator")
        .shows("roles/acmeforge.bellows");
    catalog(&house, "list --service acmeforge --stage deprecated")
        .ends(0)
        .shows("roles/acmeforge.empty")
        .shows("\n1 role.");
    let status = catalog(&house, "status --format json").ends(0).json();
    assert_eq!(status["imported"]["roles"], 4, "{status}");
    let all = |counts: &Value| counts["all"].as_u64().unwrap();
    assert_eq!(all(&status["roles"]), all(&status["embedded"]["roles"]) + 4);
    // And without the import nothing is.
    let none = catalog(
        &house,
        "show roles/acmeforge.operator --catalog embedded --format json",
    )
    .ends(3);
    assert_eq!(none.json()["tier"], "unknown");
}

#[test]
fn the_newer_import_wins_and_takes_nothing_away() {
    let house = House::new();
    let mut first = house.command("catalog import");
    first
        .arg(root().join("fixtures/catalog/roles-page-1.json"))
        .arg("--allow-incomplete");
    first.env("SOURCE_DATE_EPOCH", "1700000000");
    Ran::new(first.output().unwrap()).ends(0);
    catalog(&house, "import @roles-list.json @role-describe.yaml").ends(0);
    let operator = show(&house, "roles/acmeforge.operator");
    assert_eq!(operator["stage"], "DEPRECATED");
    assert_eq!(words(&operator["permissions"]).len(), 3);
    assert_eq!(show(&house, "roles/acmeforge.auditor")["tier"], "unknown");
    assert_eq!(
        show(&house, "projects/acme-ml/roles/trainer")["stage"],
        "BETA"
    );

    catalog(&house, "import @custom-roles.ndjson @role-describe.json").ends(0);
    let trainer = show(&house, "projects/acme-ml/roles/trainer");
    assert_eq!(
        (&trainer["stage"], words(&trainer["permissions"]).len()),
        (&json!("GA"), 3)
    );
    assert_eq!(show(&house, "roles/acmeforge.auditor")["tier"], "complete");
    let retired = show(&house, "organizations/987654321098/roles/retired");
    assert_eq!(
        (&retired["deleted"], &retired["stage"]),
        (&json!(true), &json!("DISABLED"))
    );
    let status = catalog(&house, "status --format json").json();
    assert_eq!(status["imported"]["created"], "2023-11-14T22:13:20Z");

    catalog(&house, "import @custom-roles.json --replace").ends(0);
    assert_eq!(
        catalog(&house, "status --format json").json()["imported"]["roles"],
        1
    );
}

#[test]
fn a_missing_page_is_told() {
    let house = House::new();
    catalog(&house, "import @roles-page-1.json")
        .ends(3)
        .tells("a page of the predefined roles says that another follows")
        .shows("took in 2 roles");
    assert_eq!(show(&house, "roles/acmeforge.viewer")["tier"], "complete");
    catalog(&house, "import @roles-page-1.json --allow-incomplete").ends(0);
    catalog(&house, "import @testable-page.json")
        .ends(3)
        .tells("a page of the testable permissions");
}

#[test]
fn what_cannot_be_read_stores_nothing() {
    let house = House::new();
    let page = fs::read_to_string(root().join("fixtures/catalog/roles-page-1.json")).unwrap();
    house.write("cut.json", &page[..page.len() / 2]);
    house.write(
        "error.json",
        r#"{"error": {"code": 403, "message": "no\u001b[2J", "status": "PERMISSION_DENIED"}}"#,
    );
    house.write("empty.json", "");
    house.write("binary.json", b"\x00\x01\x02\xff");
    house.write("deep.json", "[".repeat(100_000));
    house.write("text.yaml", "a: [1, 2\nb: }");
    house.write(
        "policy.json",
        r#"{"bindings": [], "etag": "x", "version": 1}"#,
    );
    for (file, told) in [
        ("cut.json", "cut.json:12:"),
        (
            "error.json",
            "error.json:1:2: the API answered with error 403: no\\u{1b}[2J",
        ),
        ("empty.json", "empty.json:1:1: empty"),
        ("binary.json", "binary.json:1:1: binary data"),
        (
            "deep.json",
            "deep.json:1:1: nested more than 128 levels deep",
        ),
        ("text.yaml", "neither JSON nor YAML"),
        ("policy.json", "nothing to import"),
        ("missing.json", "cannot read `missing.json`: no such file"),
        (".", "cannot read `.`"),
    ] {
        let ran = catalog(&house, &format!("import @role-describe.json {file}"));
        if file == "policy.json" {
            ran.ends(0)
                .shows("1 value is neither role nor permission (1 × allow-policy)");
            fs::remove_file(house.path("cache/catalog.json")).unwrap();
            catalog(&house, "import policy.json").ends(2).tells(told);
        } else {
            ran.ends(2).tells(told);
        }
        assert!(!house.path("cache/catalog.json").exists(), "{file}");
    }
    catalog(&house, "import").ends(2).tells("<FILE>");
    catalog(&house, "import @testable.json --resource gs://acme-train")
        .ends(2)
        .tells("not a project");
    catalog(&house, "import @testable.json --catalog embedded")
        .ends(2)
        .tells("cannot be changed");
}

#[test]
fn an_entry_that_cannot_be_read_is_told_with_its_place() {
    let house = House::new();
    house.write(
        "roles.json",
        "[\n {\"name\": \"roles/acme.good\", \"title\": \"\u{1b}[31mred\", \"includedPermissions\": [\"acme.a.get\"]},\n \
         {\"name\": \"roles/acme.\\u001b[2J\", \"stage\": \"GA\", \"includedPermissions\": []},\n \
         {\"name\": \"roles/acme.wild\", \"includedPermissions\": [\"acme.*\"]}\n]"
            .replace('\u{1b}', "\\u001b"),
    );
    catalog(&house, "import roles.json")
        .ends(3)
        .tells("roles.json:3:2: not taken in: no name that a role can have")
        .tells("roles.json:4:2: not taken in: `includedPermissions` is no list of permission names")
        .shows("took in 1 role with its permissions; 2 entries cannot be read");
    let shown = catalog(&house, "show roles/acme.good").ends(0);
    assert!(
        shown.out.contains("\\u{1b}[31mred") && !shown.out.contains('\u{1b}'),
        "{}",
        shown.out
    );
    let json = catalog(&house, "show roles/acme.good --format json").ends(0);
    assert!(!json.out.contains('\u{1b}'));
    assert_eq!(json.json()["title"], "\u{1b}[31mred");
}

#[test]
fn hostile_names_cannot_drive_the_terminal() {
    let house = House::new();
    for name in ["roles/\u{1b}[2J", "\u{1b}[2J", "a.b.\u{1b}c", "\u{202e}.*"] {
        for command in ["show", "which"] {
            let ran = Ran::new(
                house
                    .command("catalog")
                    .args([command, name])
                    .output()
                    .unwrap(),
            );
            let raw = ran
                .out
                .chars()
                .chain(ran.err.chars())
                .any(|c| c == '\u{1b}' || c == '\u{202e}');
            assert!(!raw && ran.code != Some(0), "{command} {name:?}: {ran:?}");
        }
        let mut diff = house.command("catalog");
        let ran = Ran::new(diff.args(["diff", name, "roles/owner"]).output().unwrap());
        assert!(
            !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'),
            "{ran:?}"
        );
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let house = House::new();
    house.write(
        "policy.json",
        r#"{"bindings":[{"role":"roles/acmeforge.operator","members":["allUsers"]}]}"#,
    );
    catalog(&house, "import @roles-page-1.json @roles-page-2.json").ends(0);
    let good = fs::read(house.path("cache/catalog.json")).unwrap();
    let mut flipped = good.clone();
    let last = flipped.len() - 10;
    flipped[last] ^= 1;
    let later = [b"{\"leastwise-catalog\":99}\n".as_slice(), &good].concat();
    for (content, told) in [
        (flipped, "it is damaged: its checksum does not agree"),
        (
            good[..good.len() - 1].to_vec(),
            "it is damaged: its checksum does not agree",
        ),
        (
            later,
            "a later version of leastwise has written it (format 99, this one knows 1)",
        ),
        (b"\x00\xff".to_vec(), "it is no stored catalogue"),
        (Vec::new(), "it is no stored catalogue"),
    ] {
        fs::write(house.path("cache/catalog.json"), &content).unwrap();
        // Where nobody named it, the embedded one answers, and the exit code is that of the answer.
        catalog(&house, "show roles/storage.objectViewer")
            .ends(0)
            .tells(told);
        catalog(&house, "show roles/acmeforge.operator")
            .ends(3)
            .tells(told);
        let lint = house
            .run("lint policy.json --resource gs://acme-open --select gcs-public-write")
            .tells(told);
        assert_eq!(lint.code, Some(0), "{lint:?}");
        let status = catalog(&house, "status --format json").ends(0).json();
        assert_eq!(
            (&status["imported"], status["refused"]["reason"].as_str()),
            (&Value::Null, Some(told))
        );
        // Where somebody did, that is an error.
        catalog(&house, "show roles/owner --catalog cache/catalog.json")
            .ends(2)
            .tells(told);
        house
            .run("lint policy.json --catalog cache/catalog.json")
            .ends(2)
            .tells(told);
        // It may be something else, so it is not written over.
        catalog(&house, "import @testable.json")
            .ends(2)
            .tells("not overwritten; `--replace` does");
        assert_eq!(fs::read(house.path("cache/catalog.json")).unwrap(), content);
    }
    catalog(&house, "import @testable.json --replace").ends(0);
    catalog(&house, "status").ends(0).shows("3 permissions");
    house
        .run("lint policy.json --catalog missing.json")
        .ends(2)
        .tells("`missing.json`: no such file");
    assert_eq!(house.names("cache"), ["catalog.json"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    catalog(&house, "import @testable.json").ends(0);
    let before = fs::read(house.path("cache/catalog.json")).unwrap();
    let set =
        |mode| fs::set_permissions(house.path("cache"), fs::Permissions::from_mode(mode)).unwrap();
    set(0o500);
    let root = fs::write(house.path("cache/probe"), "").is_ok();
    if root {
        println!("this user may write anywhere: only the file in the way is tried");
        fs::remove_file(house.path("cache/probe")).unwrap();
    } else {
        catalog(&house, "import @role-describe.json")
            .ends(2)
            .tells("nothing was stored");
    }
    set(0o700);
    assert_eq!(fs::read(house.path("cache/catalog.json")).unwrap(), before);
    assert_eq!(house.names("cache"), ["catalog.json"]);

    house.write("file", "in the way");
    catalog(&house, "import @testable.json --catalog file/catalog.json")
        .ends(2)
        .tells("cannot write `file/catalog.json`")
        .tells("nothing was stored");
    assert_eq!(house.read("file"), "in the way");
}

#[test]
fn lint_asks_what_was_imported() {
    let house = House::new();
    house.write(
        "assets.json",
        r#"[{"name":"//cloudresourcemanager.googleapis.com/projects/123","assetType":"cloudresourcemanager.googleapis.com/Project",
        "ancestors":["projects/123"],"iamPolicy":{"bindings":[
        {"role":"roles/acmeforge.operator","members":["user:ann@acme.example"]},
        {"role":"projects/acme-ml/roles/labeler","members":["user:ann@acme.example"]}]}}]"#,
    );
    let lint = |arguments: &str| {
        let ran = house.run(&format!(
            "lint assets.json --now 2026-11-23 --select iam-effective-data-reader --format json {arguments}"
        ));
        (ran.code, ran.json())
    };
    let (code, before) = lint("");
    assert_eq!(
        (code, before["findings"].as_array().unwrap().len()),
        (Some(0), 0)
    );
    assert!(before["coverage"]["outcomes"]["unknown"].as_u64() > Some(0));
    assert_eq!(before["catalog"].get("imported"), None);

    catalog(
        &house,
        "import @roles-page-1.json @roles-page-2.json @custom-roles.json",
    )
    .ends(0);
    let (code, after) = lint("");
    assert_eq!(
        (code, after["findings"].as_array().unwrap().len()),
        (Some(1), 2),
        "{after}"
    );
    assert_eq!(after["coverage"]["outcomes"]["unknown"], 0);
    assert!(after["catalog"]["imported"].is_string());
    let (_, without) = lint("--catalog embedded");
    assert_eq!(without, before);
    let mut command = house.command(
        "lint assets.json --now 2026-11-23 --select iam-effective-data-reader --format json",
    );
    let output = command
        .env("LEASTWISE_CATALOG", "embedded")
        .output()
        .unwrap();
    assert_eq!(Ran::new(output).json(), before);

    // What the import does not speak of comes out the same.
    house.write(
        "org.ndjson",
        fs::read(root().join("fixtures/demo/org.ndjson")).unwrap(),
    );
    let demo = |arguments: &str| {
        let ran = house.run(&format!(
            "lint org.ndjson --now 2026-11-23 --format json {arguments}"
        ));
        let mut report = ran.json();
        report["catalog"] = Value::Null;
        report
    };
    assert_eq!(demo(""), demo("--catalog embedded"));
    house
        .run("lint assets.json -v")
        .tells("catalogue of 2")
        .tells(" with the import of ");
}

#[test]
fn the_input_itself_lies_over_an_import() {
    let house = House::new();
    catalog(&house, "import @custom-roles.json").ends(0);
    house.write(
        "assets.json",
        r#"[{"name":"//iam.googleapis.com/projects/acme-ml/roles/labeler","assetType":"iam.googleapis.com/Role",
        "resource":{"data":{"name":"projects/acme-ml/roles/labeler","stage":"GA","includedPermissions":["storage.buckets.list"]}}},
        {"name":"//storage.googleapis.com/acme-open","assetType":"storage.googleapis.com/Bucket","ancestors":["projects/123"],
        "iamPolicy":{"bindings":[{"role":"projects/acme-ml/roles/labeler","members":["allUsers"]}]}}]"#,
    );
    house
        .run("lint assets.json --select gcs-public-write,iam-public-member")
        .code
        .unwrap();
    let report = house
        .run("lint assets.json --select gcs-public-iam --format json")
        .json();
    let told = report["findings"].to_string();
    assert!(!told.contains("storage.objects.get"), "{told}");
}

#[test]
fn each_tier_is_shown_for_what_it_is() {
    let house = House::new();
    let viewer = show(&house, "roles/storage.objectViewer");
    assert_eq!(viewer["tier"], "complete");
    assert_eq!((viewer.get("within"), viewer.get("settle")), (None, None));
    assert!(words(&viewer["permissions"]).is_sorted());
    assert!(words(&viewer["permissions"]).contains(&"storage.objects.get"));

    let owner = show(&house, "owner");
    assert_eq!(
        (&owner["role"], &owner["tier"]),
        (&json!("roles/owner"), &json!("complete"))
    );
    assert!(words(&owner["within"]).contains(&"storage"), "{owner}");
    assert!(owner["settle"].is_string());

    let listed = catalog(&house, "list --tier sensitive --format json")
        .ends(0)
        .json();
    let sensitive = listed[0]["role"].as_str().unwrap();
    let shown = show(&house, sensitive);
    assert_eq!(shown["tier"], "sensitive");
    assert_eq!(
        shown["settle"],
        format!("gcloud iam roles describe {sensitive} --format=json")
    );
    catalog(&house, &format!("show {sensitive}"))
        .ends(0)
        .shows("it may carry others");

    catalog(&house, "show roles/reader")
        .ends(3)
        .shows("unknown: it exists");
    catalog(&house, "show roles/storage.objectVeiwer")
        .ends(3)
        .tells("did you mean `roles/storage.objectViewer`?")
        .shows("unknown: it is not in the catalogue");
    catalog(&house, "show storage.objectVeiwer")
        .ends(2)
        .tells("did you mean `roles/storage.objectViewer`?");
    catalog(&house, "show storage.objects.gett")
        .ends(2)
        .tells("did you mean `storage.objects.get`?");
    catalog(&house, "show storage.objects.*")
        .ends(2)
        .tells("leastwise catalog which 'storage.objects.*'");
    catalog(&house, "show nobody.wrote.this").ends(3);
    assert_eq!(
        show(&house, "storage.objects.get")["custom_roles"],
        "supported"
    );
}

#[test]
fn holders_are_named_and_the_unknown_ones_counted() {
    let house = House::new();
    let ask = |arguments: &str| {
        catalog(&house, &format!("which {arguments} --format json"))
            .ends(0)
            .json()
    };
    let holders = |answer: &Value| -> Vec<String> {
        let roles = answer["roles"].as_array().unwrap().iter();
        roles
            .map(|role| role["role"].as_str().unwrap().to_owned())
            .collect()
    };
    let get = ask("storage.objects.get");
    assert!(holders(&get).contains(&"roles/storage.objectViewer".to_owned()));
    assert!(!holders(&get).contains(&"roles/storage.objectCreator".to_owned()));
    assert!(
        !holders(&get)
            .iter()
            .any(|role| role.contains("erviceAgent"))
    );
    assert!(get["service_agents_left_out"].as_u64() > Some(0));
    let open: Vec<&str> = get["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["role"].as_str().unwrap())
        .collect();
    assert_eq!(open, ["roles/admin", "roles/reader", "roles/writer"]);

    let all = ask("storage.objects.get --service-agents");
    let more = holders(&all).len() - holders(&get).len();
    assert_eq!(get["service_agents_left_out"], more);
    assert_eq!(all["service_agents_left_out"], 0);

    let below = ask("secretmanager.versions.*");
    let accessor = below["roles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["role"] == "roles/secretmanager.secretAccessor");
    assert_eq!(
        words(&accessor.unwrap()["permissions"]),
        ["secretmanager.versions.access"]
    );

    catalog(&house, "which storage.objects.get")
        .ends(0)
        .shows("roles carry it; ")
        .shows("Of 3 roles it is not known");
    let few = catalog(&house, "which nobody.wrote.this")
        .ends(0)
        .shows("more (`--all` names them)");
    let every = catalog(&house, "which nobody.wrote.this --all").ends(0);
    assert!(every.out.len() > few.out.len());
    catalog(&house, "which storage.objects.gett")
        .ends(2)
        .tells("did you mean `storage.objects.get`?");
    catalog(&house, "which roles/owner")
        .ends(2)
        .tells("is not a permission");
}

#[test]
fn two_roles_side_by_side() {
    let house = House::new();
    let same = catalog(&house, "diff roles/storage.admin storage.admin").ends(0);
    assert!(
        same.out
            .starts_with("roles/storage.admin carries the same as"),
        "{}",
        same.out
    );
    catalog(&house, "diff storage.objectUser storage.objectAdmin")
        .ends(1)
        .shows("+ storage.objects.setIamPolicy\n")
        .shows("roles/storage.objectUser carries less than roles/storage.objectAdmin: 0 only in the first, ");
    let wider = catalog(
        &house,
        "diff storage.objectAdmin storage.objectUser --format json",
    )
    .ends(1)
    .json();
    assert_eq!(
        (&wider["relation"], &wider["only_second"]),
        (&json!("wider"), &json!([]))
    );
    assert!(words(&wider["only_first"]).contains(&"storage.objects.setIamPolicy"));
    let open = catalog(&house, "diff roles/reader roles/writer --format json")
        .ends(3)
        .json();
    assert_eq!(open["relation"], "unknown");
    assert!(open["first"]["settle"].is_string() && open["second"]["settle"].is_string());
    catalog(&house, "diff roles/storage.objectVeiwer roles/reader")
        .ends(3)
        .tells("did you mean");
    catalog(&house, "diff roles/owner").ends(2);
}

#[test]
fn lists_are_what_was_asked_for() {
    let house = House::new();
    let list = |arguments: &str| {
        catalog(&house, &format!("list {arguments} --format json"))
            .ends(0)
            .json()
    };
    let all = list("");
    let all = all.as_array().unwrap();
    let parts = ["complete", "sensitive", "unknown"].map(|tier| {
        let part = list(&format!("--tier {tier}"));
        let part = part.as_array().unwrap();
        assert!(part.iter().all(|role| role["tier"] == tier));
        part.len()
    });
    assert_eq!(parts.iter().sum::<usize>(), all.len());
    let storage = list("--service storage");
    assert!(
        storage
            .as_array()
            .unwrap()
            .iter()
            .all(|role| role["role"].as_str().unwrap().starts_with("roles/storage."))
    );
    let none = list("--service -");
    assert!(
        none.to_string().contains("roles/owner") && !none.to_string().contains("roles/storage.")
    );
    catalog(&house, "list --service storge")
        .ends(2)
        .tells("did you mean `storage`?");
    catalog(&house, "list --stage new")
        .ends(2)
        .tells("use one of alpha, beta");
    catalog(&house, "list --tier some").ends(2);
    assert_eq!(
        catalog(&house, "list --color always --tier unknown")
            .out
            .matches('\u{1b}')
            .count(),
        2
    );
}

#[cfg(feature = "live")]
#[test]
fn update_fetches_pages_and_takes_them_in() {
    use super::script::{Server, answer};
    let role = |n: u8| {
        format!(
            r#"{{"name":"roles/acmeforge.r{n}","title":"R","stage":"GA","includedPermissions":["acmeforge.things.p{n}"]}}"#
        )
    };
    let server = Server::start(move |_, asked| match asked.target.as_str() {
        "/iam/v1/roles?view=FULL&pageSize=1000" => answer(
            200,
            format!(r#"{{"roles":[{}],"nextPageToken":"n"}}"#, role(1)),
        ),
        "/iam/v1/roles?view=FULL&pageSize=1000&pageToken=n" => {
            answer(200, format!(r#"{{"roles":[{}]}}"#, role(2)))
        }
        "/iam/v1/permissions:queryTestablePermissions" => {
            assert!(
                asked
                    .body
                    .contains("//cloudresourcemanager.googleapis.com/projects/acme-ml")
            );
            answer(
                200,
                r#"{"permissions":[{"name":"acmeforge.things.p1","stage":"GA"}]}"#,
            )
        }
        _ => answer(404, "{}"),
    });
    let house = House::new();
    let ask = format!(
        "update --anonymous --endpoint *={}/{{service}}",
        server.address
    );
    catalog(&house, &format!("{ask} --testable projects/acme-ml"))
        .ends(0)
        .shows("took in 2 roles with their permissions, 1 permission");
    assert_eq!(
        words(&show(&house, "roles/acmeforge.r2")["permissions"]),
        ["acmeforge.things.p2"]
    );
}

#[cfg(feature = "live")]
#[test]
fn update_stores_what_came_and_says_what_did_not() {
    use super::script::{Server, answer};
    let server = Server::start(|n, _| match n {
        0 => answer(
            200,
            r#"{"roles":[{"name":"roles/acmeforge.r1","stage":"GA","includedPermissions":["acmeforge.a.b"]}],"nextPageToken":"n"}"#,
        ),
        _ => answer(
            403,
            r#"{"error":{"message":"Permission 'iam.roles.list' denied"}}"#,
        ),
    });
    let house = House::new();
    let ask = format!("update --anonymous --endpoint *={}", server.address);
    catalog(&house, &ask)
        .ends(3)
        .tells("Permission 'iam.roles.list' denied")
        .tells("says that another follows")
        .shows("took in 1 role");
    let silent = Server::start(|_, _| answer(404, "{}"));
    let ask = format!("update --anonymous --endpoint *={}", silent.address);
    catalog(&house, &ask).ends(4).tells("iam: HTTP 404");
    catalog(&house, "update --anonymous --offline")
        .ends(2)
        .tells("not asked: `--offline`");
    catalog(&house, "update --catalog embedded")
        .ends(2)
        .tells("cannot be changed");
    catalog(&house, "update --testable buckets").ends(2);
}

#[test]
fn what_a_real_gcloud_prints_is_taken_in() {
    let house = House::new();
    let shared =
        std::env::var_os("LEASTWISE_SHARED").map_or_else(|| root().join("../shared"), Into::into);
    let samples = shared.join("gcloud-samples");
    if !samples.is_dir() {
        println!("no samples at hand: not tried");
        return;
    }
    for name in ["role-custom.json", "roles-list.json"] {
        let mut command = house.command("catalog import");
        let ran = Ran::new(command.arg(samples.join(name)).output().unwrap()).ends(0);
        ran.shows("took in 1 role with its permissions");
    }
    let role = show(&house, "projects/p/roles/linterRole");
    assert_eq!(
        words(&role["permissions"]),
        ["storage.buckets.get", "storage.buckets.list"]
    );
}
