//! The table of calls: sound in itself, known to the catalogue, and enough for every rule.
#![cfg(feature = "live")]
#![allow(missing_docs, clippy::unwrap_used)]

use leastwise::catalog::{Catalog, Support};
use leastwise::model::Truth;
use leastwise::rules::{Asks, Ruleset, builtin};
use leastwise::sources::live::calls::{
    self, Brings, Call, INVENTORIED, Per, UNREAD, Unread, Variables, asset, expand, name, service,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn the_table_is_sound() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for call in calls::all() {
        let id = call.id;
        if let Per::Each(parent) = call.per {
            assert!(
                seen.contains(parent),
                "{id}: {parent} does not stand before it"
            );
            let parent = call.parent().unwrap();
            assert!(parent.items.is_some(), "{id}: {} lists nothing", parent.id);
        }
        assert!(seen.insert(id), "{id} stands there twice");
        assert!(!call.permissions.is_empty(), "{id} needs nothing");
        let service = call.api();
        let service = service.strip_suffix(".googleapis.com").unwrap();
        assert!(
            id.starts_with(&format!("{service}.")),
            "{id} is not named after {service}"
        );
        assert!(call.path.starts_with('/'), "{id}");
        if matches!(call.brings, Brings::Policy | Brings::Detail) {
            assert!(call.items.is_none(), "{id} completes one asset");
            assert!(call.asset_type().is_some(), "{id} completes nothing");
        }
        if call.budget.is_some() && call.brings != Brings::Assets {
            assert!(
                call.with.is_some(),
                "{id} has a small quota and is made by default"
            );
        }
        // What is only made on request cannot be what other calls hang on.
        if let Some(parent) = call.parent() {
            assert!(parent.with.is_none() || parent.with == call.with, "{id}");
        }
    }
    assert!(seen.len() > 80, "{} calls", seen.len());
}

#[test]
fn a_call_wants_the_names_that_the_call_before_it_brings() {
    for call in calls::all() {
        let Some((_, rest)) = call.path.split_once("{name=") else {
            continue;
        };
        let form = rest.split('}').next().unwrap();
        let collection = form.rsplit('/').nth(1).unwrap();
        let listed = call.parent().unwrap().path;
        let listed = listed.rsplit('/').next().unwrap();
        assert_eq!(collection, listed, "{}", call.id);
    }
}

#[test]
fn every_policy_is_asked_for_with_its_conditions() {
    for call in calls::all().filter(|call| call.brings == Brings::Policy) {
        let in_query = call.query.iter().any(|(key, value)| {
            matches!(
                *key,
                "options.requestedPolicyVersion" | "optionsRequestedPolicyVersion"
            ) && *value == "3"
        });
        let in_body = matches!(call.verb, calls::Verb::Post(body) if body.contains("\"requestedPolicyVersion\":3"));
        assert!(in_query || in_body, "{}", call.id);
    }
    for call in calls::all() {
        if let calls::Verb::Post(body) = call.verb {
            assert!(serde_json::from_str::<Value>(body).is_ok(), "{}", call.id);
        }
    }
}

#[test]
fn the_catalogue_knows_every_permission() {
    let catalog = Catalog::embedded();
    for call in calls::all() {
        for permission in call.permissions {
            assert_eq!(
                catalog.exists(permission),
                Truth::Yes,
                "{}: {permission}",
                call.id
            );
            assert_eq!(
                catalog.support(permission),
                Support::Supported,
                "{permission}"
            );
            let verb = permission.rsplit('.').next().unwrap();
            let reads = ["get", "list", "query"];
            assert!(
                reads.iter().any(|read| verb.starts_with(read)),
                "{permission}"
            );
        }
    }
}

/// The end of a link to what the call is asked for.
fn linked(call: &Call) -> &'static str {
    let forms = [
        ("/zones/*/instances/*", "/projects/p/zones/z/instances/i"),
        ("/zones/*/disks/*", "/projects/p/zones/z/disks/d"),
        ("/regions/*/disks/*", "/projects/p/regions/r/disks/d"),
        ("/global/images/*", "/projects/p/global/images/i"),
        (
            "/global/machineImages/*",
            "/projects/p/global/machineImages/i",
        ),
        ("/global/snapshots/*", "/projects/p/global/snapshots/s"),
    ];
    let form = forms.iter().find(|(form, _)| call.path.contains(form));
    form.map_or("/projects/p/x", |(_, link)| link)
}

/// An element with every name that a call may want of it.
fn element(call: &Call) -> Value {
    let form = call
        .path
        .split_once("{name=")
        .map(|(_, rest)| rest.split('}').next().unwrap());
    let name = form.map_or_else(|| "thing".to_owned(), |form| form.replace('*', "x"));
    json!({
        "name": name,
        "bucket": "b",
        "accessId": "GOOG1",
        "locationId": "us-central1",
        "datasetReference": { "datasetId": "d" },
        "tableReference": { "datasetId": "d", "tableId": "t" },
        "metadata": { "name": "svc", "labels": { "cloud.googleapis.com/location": "eu" } },
        "labels": { "goog-dataproc-location": "us-central1" },
        "clusterName": "c",
        "selfLink": format!("https://www.googleapis.com/storage/v1/b/b{}", linked(call)),
        "fullResourceName": "//iam.googleapis.com/projects/p/serviceAccounts/1",
        "activityType": "serviceAccountLastAuthentication",
    })
}

#[test]
fn every_call_can_be_made_and_every_asset_be_named() {
    for call in calls::all() {
        let element = element(call);
        let node = match call.path {
            path if path.contains("{node=organizations/*}") => "organizations/1",
            path if path.contains("{node=folders/*}") => "folders/1",
            _ => "projects/p",
        };
        let variables = Variables {
            project: Some("p"),
            number: Some("1"),
            node: Some(node),
            organization: Some("organizations/1"),
            constraint: Some("iam.x"),
            element: Some(&element),
        };
        let path = expand(call.path, &variables);
        let path = path.unwrap_or_else(|error| panic!("{}: {error}", call.id));
        assert!(
            !path.contains(['{', '}', ' ', '?', '#']),
            "{}: {path}",
            call.id
        );
        assert!(
            !path.split('/').skip(1).any(str::is_empty),
            "{}: {path}",
            call.id
        );
        for (key, value) in call.query {
            let value = name(value, &variables)
                .unwrap_or_else(|error| panic!("{}: {key}: {error}", call.id));
            assert!(!value.contains('{'), "{}: {value}", call.id);
        }
        assert!(service(call, &variables).is_ok(), "{}", call.id);
        if let Brings::Asset(asset_type, _) = call.brings {
            let ancestors = ["projects/1".to_owned(), "organizations/1".to_owned()];
            let asset = asset(call, &element, &variables, &ancestors, None);
            let asset = asset.unwrap_or_else(|error| panic!("{}: {error}", call.id));
            let host = asset_type.split_once('/').unwrap().0;
            let full = asset["name"].as_str().unwrap();
            assert!(
                full.starts_with(&format!("//{host}/")),
                "{}: {full}",
                call.id
            );
            assert_eq!(asset["assetType"], asset_type);
            assert!(asset["resource"]["data"].is_object());
        }
    }
}

#[test]
fn every_type_that_a_rule_names_is_read_or_told_not_to_be() {
    let rules = Ruleset::load(&builtin()).unwrap().rules;
    let asks = Asks::of(&rules);
    let of = |only_policy: bool| -> BTreeSet<&str> {
        let unread = UNREAD
            .iter()
            .filter(|unread| unread.only_policy == only_policy);
        unread.map(|unread| unread.asset_type).collect()
    };
    let (unread, no_policy) = (of(false), of(true));
    let read: BTreeSet<&str> = calls::all().filter_map(Call::asset_type).collect();
    let asks_for = |asset_type: &str| {
        let rule = rules
            .iter()
            .find(|rule| rule.asks().types().contains(asset_type));
        rule.map_or("", |rule| &rule.id)
    };
    for asset_type in asks.types() {
        assert!(
            read.contains(asset_type) || unread.contains(asset_type),
            "{} asks about {asset_type}, which no call brings: add a call, or say in UNREAD why there is none",
            asks_for(asset_type)
        );
    }
    for entry in UNREAD {
        assert_eq!(
            read.contains(entry.asset_type),
            entry.only_policy,
            "{}",
            entry.asset_type
        );
        assert!(
            asks.types().contains(entry.asset_type),
            "nobody asks about {}",
            entry.asset_type
        );
        assert!(entry.reason.ends_with('.'), "{}", entry.reason);
    }
    for asset_type in INVENTORIED {
        assert!(
            read.contains(asset_type) || unread.contains(asset_type),
            "{asset_type} is asked for by no rule"
        );
    }
    let policies: BTreeSet<&str> = calls::all()
        .filter(|call| call.brings == Brings::Policy)
        .filter_map(Call::asset_type)
        // Its access list is its policy.
        .chain(["bigquery.googleapis.com/Dataset"])
        .collect();
    for asset_type in asks
        .types()
        .into_iter()
        .filter(|asset_type| asks.names_policies_of(asset_type))
    {
        assert!(
            policies.contains(asset_type)
                || unread.contains(asset_type)
                || no_policy.contains(asset_type),
            "{} asks about policies of {asset_type}, which no call brings",
            asks_for(asset_type)
        );
    }
    for asset_type in no_policy {
        assert!(
            !policies.contains(asset_type),
            "policies of {asset_type} are read"
        );
    }
}

#[test]
fn rules_that_do_not_run_ask_nothing_and_others_ask_for_what_they_judge() {
    let rules = Ruleset::load(&builtin()).unwrap().rules;
    let asks = |id: &str| rules.iter().find(|rule| rule.id == id).unwrap().asks();
    let bucket = "storage.googleapis.com/Bucket";
    let versioning = asks("gcs-versioning-disabled");
    assert!(versioning.settings_of(bucket));
    assert!(!versioning.policies_of(bucket) && !versioning.org_policies());
    assert_eq!(versioning.types().into_iter().collect::<Vec<_>>(), [bucket]);
    let public = asks("gcs-public-iam");
    assert!(public.policies_of(bucket) && public.settings_of(bucket));
    let constraints: Vec<&str> = public.constraints().collect();
    assert_eq!(constraints, ["storage.publicAccessPrevention"]);
    let mut rule = rules
        .iter()
        .find(|rule| rule.id == "gcs-public-iam")
        .unwrap()
        .clone();
    rule.unmet.push("x".to_owned());
    assert_eq!(rule.asks(), Asks::default());
}

#[test]
fn what_an_api_says_becomes_an_asset_as_exports_have_it() {
    let call = calls::find("cloudresourcemanager.projects.list").unwrap();
    let element = json!({
        "name": "projects/551900287731", "projectId": "acme-ml", "parent": "folders/7", "state": "ACTIVE",
    });
    let ancestors = ["projects/551900287731", "folders/7", "organizations/1"].map(str::to_owned);
    let project = asset(call, &element, &Variables::default(), &ancestors, None).unwrap();
    assert_eq!(
        project["name"],
        "//cloudresourcemanager.googleapis.com/projects/551900287731"
    );
    assert_eq!(
        project["resource"]["parent"],
        "//cloudresourcemanager.googleapis.com/folders/7"
    );
    assert_eq!(project["resource"]["data"]["projectNumber"], "551900287731");
    assert_eq!(project["resource"]["data"]["lifecycleState"], "ACTIVE");
    assert_eq!(project["resource"]["version"], "v3");

    let call = calls::find("iam.serviceAccounts.keys.list").unwrap();
    let account = "//iam.googleapis.com/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com";
    let element =
        json!({ "name": "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com/keys/k" });
    let key = asset(
        call,
        &element,
        &Variables::default(),
        &ancestors,
        Some(account),
    )
    .unwrap();
    assert_eq!(key["resource"]["parent"], account);

    let call = calls::find("iam.policies.listPolicies").unwrap();
    let element = json!({ "name": "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F1/denypolicies/d" });
    let mut deny = asset(call, &element, &Variables::default(), &ancestors, None).unwrap();
    assert_eq!(
        deny["resource"]["parent"],
        "//cloudresourcemanager.googleapis.com/projects/1"
    );
    let get = calls::find("iam.policies.get").unwrap();
    calls::add(get, json!({ "rules": [{}] }), &mut deny).unwrap();
    assert_eq!(deny["resource"]["data"]["rules"], json!([{}]));
    assert_eq!(
        calls::add(get, json!([]), &mut deny),
        Err("an object".to_owned())
    );

    let call = calls::find("orgpolicy.policies.getEffectivePolicy").unwrap();
    let variables = Variables {
        node: Some("projects/acme-ml"),
        constraint: Some("iam.x"),
        ..Variables::default()
    };
    let element =
        json!({ "name": "projects/1/policies/iam.x", "spec": { "rules": [{ "enforce": true }] } });
    let policy = asset(call, &element, &variables, &ancestors, None).unwrap();
    assert_eq!(
        policy["resource"]["data"]["name"],
        "projects/acme-ml/policies/iam.x:getEffectivePolicy"
    );

    for nameless in [
        json!({}),
        json!({ "name": 7.5 }),
        json!(null),
        json!([1]),
        json!({ "name": "a\u{1b}b" }),
    ] {
        let call = calls::find("pubsub.topics.list").unwrap();
        let told = asset(call, &nameless, &Variables::default(), &ancestors, None);
        assert!(told.is_err(), "{nameless}");
    }
}

fn leastwise(arguments: &[&str], input: Option<&str>) -> (String, String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may not read it.
    let _ = stdin.write_all(input.unwrap_or_default().as_bytes());
    drop(stdin);
    let told = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(told.stdout), text(told.stderr), told.status.code())
}

const EVERYTHING: &str =
    "activity,boundaries,compute-policies,deny,notifications,recommendations,tables";

#[test]
fn our_own_role_obeys_our_own_rules() {
    for scope in [
        &["--project", "acme-ml"][..],
        &["--folder", "551900287731", "--organization", "770043110021"],
        &["--organization", "770043110021"],
    ] {
        for how in [
            &[][..],
            &["--with", EVERYTHING],
            &["--via", "asset-inventory"],
        ] {
            let arguments: Vec<&str> = [&["permissions", "--no-config"], scope, how].concat();
            let (role, _, code) = leastwise(&arguments, None);
            assert_eq!(code, Some(0), "{arguments:?}");
            let owner = &scope[scope.len() - 2..];
            let lint: Vec<&str> = [&["role", "lint", "-", "--all"], owner].concat();
            let (problems, _, code) = leastwise(&lint, Some(&role));
            assert_eq!(code, Some(0), "{arguments:?}\n{problems}\n{role}");
        }
    }
}

#[test]
fn a_role_holds_what_the_rules_need_and_nothing_else() {
    let permissions = |more: &[&str]| {
        let arguments: Vec<&str> =
            [&["permissions", "--no-config", "--format", "json"], more].concat();
        let (text, errors, code) = leastwise(&arguments, None);
        assert_eq!(code, Some(0), "{errors}");
        let told: Value = serde_json::from_str(&text).unwrap();
        let names = told["permissions"].as_array().unwrap().iter();
        names
            .map(|one| one["permission"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        permissions(&["--select", "gcs-versioning-disabled"]),
        [
            "resourcemanager.projects.get",
            "storage.buckets.getIamPolicy",
            "storage.buckets.getIpFilter",
            "storage.buckets.list",
        ]
    );
    let deny = ["--select", "tag:ai-data,iam-*", "--with", "deny"];
    assert!(permissions(&deny).contains(&"iam.denypolicies.get".to_owned()));
    assert!(
        !permissions(&deny[..2])
            .iter()
            .any(|name| name.contains("denypolicies"))
    );
    let inventory = permissions(&["--via", "asset-inventory", "--organization", "1"]);
    assert!(inventory.contains(&"cloudasset.assets.listResource".to_owned()));
    assert!(
        inventory.contains(&"storage.managedFolders.getIamPolicy".to_owned()),
        "{inventory:?}"
    );
    assert!(!inventory.contains(&"secretmanager.secrets.list".to_owned()));
    let skipped = permissions(&["--skip", "aiplatform.*"]);
    assert!(!skipped.iter().any(|name| name.starts_with("aiplatform.")));
}

#[test]
fn a_grant_adds_one_member_and_takes_nothing_away() {
    let member =
        "principalSet://iam.googleapis.com/locations/global/workforcePools/x'$(id)/group/y";
    let arguments = |form| {
        [
            "permissions",
            "--no-config",
            "--folder",
            "5",
            "--organization",
            "7",
            "--member",
            member,
            "--format",
            form,
        ]
    };
    let (script, _, code) = leastwise(&arguments("gcloud"), None);
    assert_eq!(code, Some(0));
    assert!(
        script.contains("run gcloud resource-manager folders add-iam-policy-binding 5"),
        "{script}"
    );
    assert!(
        script.contains("--role=organizations/7/roles/leastwise_scan"),
        "{script}"
    );
    assert!(script.contains("--condition=None"));
    assert!(!script.contains("set-iam-policy"));
    // bash reads back what was meant.
    let mut bash = Command::new("bash")
        .args(["-c", "gcloud() { case \"$*\" in *describe*) return 1 ;; esac; printf '%s\\n' \"$@\"; }; export -f gcloud; bash -s -- --apply"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let told = String::from_utf8(bash.wait_with_output().unwrap().stdout).unwrap();
    assert!(
        told.lines()
            .any(|line| line == format!("--member={member}")),
        "{told}"
    );
    let (terraform, _, _) = leastwise(&arguments("terraform"), None);
    assert!(
        terraform.contains("resource \"google_folder_iam_member\" \"leastwise_scan\""),
        "{terraform}"
    );
    assert!(terraform.contains("google_organization_iam_custom_role.leastwise_scan.id"));
    assert!(!terraform.contains("_iam_policy") && !terraform.contains("_iam_binding"));
}

#[test]
fn wrong_usage_says_what_to_do() {
    for (arguments, expected) in [
        (
            &["permissions", "--no-config", "--format", "gcloud"][..],
            "--project ID",
        ),
        (
            &["permissions", "--no-config", "--skip", "unheard.of"],
            "names no call",
        ),
        (
            &[
                "permissions",
                "--no-config",
                "--scope",
                "project",
                "--organization",
                "1",
            ],
            "--scope",
        ),
        (
            &["permissions", "--no-config", "--member", "nobody"],
            "user:noor@acme.example",
        ),
        (
            &[
                "permissions",
                "--no-config",
                "--format",
                "terraform",
                "--member",
                "user:a@b.c",
            ],
            "--project ID",
        ),
    ] {
        let (_, errors, code) = leastwise(arguments, None);
        assert_eq!(code, Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
    }
}

/// Who a call is made for, in words.
fn whom(call: &Call) -> String {
    match call.per {
        Per::Scan => "the scope".to_owned(),
        Per::Organization => "each organisation".to_owned(),
        Per::Folder => "each folder".to_owned(),
        Per::Project => "each project".to_owned(),
        Per::Node => "each organisation, folder and project".to_owned(),
        Per::Constraint => "each constraint, at the top of the scope".to_owned(),
        Per::Each(parent) => format!("each of `{parent}`"),
    }
}

fn page() -> String {
    let mut text = "\
# What a live scan reads

<!-- Generated from the table of calls: UPDATE_DOCS=1 cargo test --test calls -->

A scan makes only the calls that the enabled rules need: `leastwise scan --list-scope` names them for a scope, `leastwise permissions`
prints the role that allows them and nothing else. A call that is refused is a gap, never a pass. What needs a word is read with
`--with WORD` only, because its quota is small or it takes a request for each of many things.

| call | made for | needs | read |
| --- | --- | --- | --- |
"
    .to_owned();
    for call in calls::all() {
        let permissions: Vec<String> = call
            .permissions
            .iter()
            .map(|one| format!("`{one}`"))
            .collect();
        let when = match (call.with, call.brings) {
            (Some(word), _) => format!("`--with {word}`"),
            (None, Brings::Assets) => "`--via asset-inventory`, `auto`".to_owned(),
            (None, _) => "yes".to_owned(),
        };
        text.push_str(&format!(
            "| `{}` | {} | {} | {when} |\n",
            call.id,
            whom(call),
            permissions.join(", ")
        ));
    }
    text.push_str("\n## What only the inventory tells\n\nRead where the caller may list Cloud Asset Inventory, and not with `--via apis`.\n\n| asset type | why |\n| --- | --- |\n");
    let (listed, never): (Vec<_>, Vec<_>) = UNREAD
        .iter()
        .partition(|entry| INVENTORIED.contains(&entry.asset_type));
    unread(&mut text, &listed);
    text.push_str("\n## What is not read\n\nRules ask about these, too. They are judged in exports that hold them.\n\n| asset type | why not |\n| --- | --- |\n");
    unread(&mut text, &never);
    text
}

fn unread(text: &mut String, entries: &[&Unread]) {
    for entry in entries {
        let what = if entry.only_policy {
            ", its allow policy"
        } else {
            ""
        };
        text.push_str(&format!(
            "| `{}`{what} | {} |\n",
            entry.asset_type, entry.reason
        ));
    }
}

#[test]
fn the_page_of_calls_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/live-reads.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page(),
        "docs/guide/live-reads.md is stale: UPDATE_DOCS=1 cargo test --test calls"
    );
}
