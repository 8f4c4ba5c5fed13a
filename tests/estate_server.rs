//! The loopback estate is honest: pages, errors, rights and faults are what they say, asked by a client of its own.
#![allow(clippy::unwrap_used)]

#[path = "support/estate/mod.rs"]
mod estate;

use estate::{Estate, Fault, FaultKind, Server, Twist, When};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

const ORGANIZATION: &str = "organizations/770043110021";

/// A whole list, page by page, and how many pages it took.
fn all(server: &Server, target: &str, key: &str) -> (Vec<Value>, usize) {
    let mut caller = server.caller();
    let (mut found, mut pages, mut token) = (Vec::new(), 0, None::<String>);
    loop {
        let sign = if target.contains('?') { '&' } else { '?' };
        let asked = match &token {
            Some(token) => format!("{target}{sign}pageToken={token}"),
            None => target.to_owned(),
        };
        let got = caller.get(&asked).unwrap();
        assert_eq!(got.status, 200, "{asked}: {}", got.body);
        pages += 1;
        found.extend(got.body[key].as_array().into_iter().flatten().cloned());
        match got.body["nextPageToken"].as_str() {
            Some(next) => token = Some(next.to_owned()),
            None => return (found, pages),
        }
    }
}

fn demo() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo/org.ndjson");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn one_seed_gives_one_estate_of_the_size_that_was_asked_for() {
    let show = |estate: &Estate| -> Vec<String> {
        let all = (0..estate.nodes.len()).map(|at| format!("{:?}", estate.content(at)));
        all.collect()
    };
    let (one, same) = (Estate::generate(1, 40, 700), Estate::generate(1, 40, 700));
    assert_eq!(one.buckets(), 700);
    assert_eq!(show(&one), show(&same));
    assert_ne!(show(&one), show(&Estate::generate(2, 40, 700)));
    // Every bucket lies where the index says.
    let mut seen = 0;
    for at in 0..one.nodes.len() {
        for bucket in one.content(at).of(estate::kinds::BUCKET) {
            assert_eq!(
                one.bucket(bucket.below.trim_start_matches("buckets/")),
                Some(at)
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 700);
}

#[test]
fn pages_are_as_long_as_asked_and_never_longer_than_the_api_gives() {
    let server = Server::start(Estate::generate(1, 30, 60));
    let search = "/cloudresourcemanager/v3/projects:search";
    let (found, pages) = all(&server, &format!("{search}?pageSize=7"), "projects");
    assert_eq!((found.len(), pages), (30, 5));
    let names: BTreeSet<&str> = found
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 30, "no project came twice");
    // 20 service accounts where nothing is asked, never more than 100.
    let estate = many_accounts(130);
    let server = Server::start(estate);
    let list = "/iam/v1/projects/acme-ml/serviceAccounts";
    let mut caller = server.caller();
    let length = |got: Value| got["accounts"].as_array().unwrap().len();
    assert_eq!(length(caller.get(list).unwrap().body), 20);
    let long = caller.get(&format!("{list}?pageSize=5000")).unwrap();
    assert_eq!(length(long.body), 100);
    let (found, pages) = all(&server, &format!("{list}?pageSize=100"), "accounts");
    assert_eq!((found.len(), pages), (130, 2));
    let count = server.counts().by_method()["iam.serviceAccounts.list"].clone();
    assert_eq!((count.requests, count.least), (4, 2));
    let negative = caller.get(&format!("{list}?pageSize=-1")).unwrap();
    assert_eq!(negative.status, 400);
}

fn many_accounts(count: usize) -> Estate {
    let assets: Vec<Value> = (0..count)
        .map(|at| {
            json!({
                "name": format!("//iam.googleapis.com/projects/acme-ml/serviceAccounts/{at}"),
                "assetType": "iam.googleapis.com/ServiceAccount",
                "ancestors": ["projects/1", "organizations/2"],
                "resource": { "data": { "email": format!("a{at}@acme-ml.iam.gserviceaccount.com"), "uniqueId": at.to_string() } },
            })
        })
        .chain([json!({
            "name": "//cloudresourcemanager.googleapis.com/projects/1",
            "assetType": "cloudresourcemanager.googleapis.com/Project",
            "ancestors": ["projects/1", "organizations/2"],
            "resource": { "data": { "projectId": "acme-ml", "projectNumber": "1", "lifecycleState": "ACTIVE" } },
        })])
        .collect();
    Estate::from_assets(&assets)
}

#[test]
fn a_token_fits_the_list_that_gave_it_and_no_other() {
    let server = Server::start(Estate::generate(1, 30, 60));
    let mut caller = server.caller();
    let first = caller
        .get("/cloudresourcemanager/v3/projects:search?pageSize=7")
        .unwrap();
    let token = first.body["nextPageToken"].as_str().unwrap();
    let other = format!("/cloudresourcemanager/v3/folders:search?pageToken={token}");
    let refused = caller.get(&other).unwrap();
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["status"], "INVALID_ARGUMENT");
}

#[test]
fn the_inventory_brings_what_the_apis_bring() {
    let server = Server::start(Estate::generate(1, 30, 60));
    let estate = server.estate();
    let held: BTreeSet<String> = (0..estate.nodes.len())
        .flat_map(|at| {
            let names: Vec<String> = estate
                .content(at)
                .items
                .iter()
                .map(|i| i.name.clone())
                .collect();
            names
        })
        .collect();
    let list = format!("/cloudasset/v1/{ORGANIZATION}/assets?contentType=RESOURCE&pageSize=100");
    let (found, pages) = all(&server, &list, "assets");
    let names: BTreeSet<String> = found
        .iter()
        .map(|asset| asset["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, held);
    assert_eq!(found.len(), held.len(), "nothing came twice");
    assert_eq!(pages, held.len().div_ceil(100));
    // One list of two kinds of assets, within one project.
    let project = &estate.nodes.last().unwrap().id;
    let some = format!(
        "/cloudasset/v1/projects/{project}/assets?contentType=IAM_POLICY&assetTypes=storage.googleapis.com%2FBucket&assetTypes=cloudresourcemanager.googleapis.com%2FProject"
    );
    let (found, _) = all(&server, &some, "assets");
    let at = estate.nodes.len() - 1;
    assert_eq!(
        found.len(),
        1 + estate.content(at).of(estate::kinds::BUCKET).count()
    );
    assert!(found.iter().all(|asset| asset.get("iamPolicy").is_some()));
    let (searched, _) = all(
        &server,
        &format!("/cloudasset/v1/{ORGANIZATION}:searchAllResources"),
        "results",
    );
    assert_eq!(searched.len(), held.len());
}

#[test]
fn the_demo_export_can_be_read_back_from_its_apis() {
    let assets = demo();
    let server = Server::start(Estate::from_assets(&assets));
    let mut caller = server.caller();
    let mut seen = 0;
    for asset in &assets {
        let name = asset["name"].as_str().unwrap();
        let policy = asset.get("iamPolicy");
        let path = name.trim_start_matches("//").split_once(".googleapis.com/");
        let (service, path) = path.unwrap();
        let got = match (asset["assetType"].as_str().unwrap(), policy) {
            ("storage.googleapis.com/Bucket", Some(_)) => caller.get(&format!(
                "/storage/storage/v1/b/{path}/iam?optionsRequestedPolicyVersion=3"
            )),
            ("storage.googleapis.com/Bucket", None) => {
                caller.get(&format!("/storage/storage/v1/b/{path}?projection=full"))
            }
            ("cloudresourcemanager.googleapis.com/Project", Some(_)) => caller.post(
                &format!("/{service}/v3/{path}:getIamPolicy"),
                &json!({ "options": { "requestedPolicyVersion": 3 } }),
            ),
            ("iam.googleapis.com/ServiceAccount", Some(_)) => caller.post(
                &format!("/{service}/v1/{path}:getIamPolicy?options.requestedPolicyVersion=3"),
                &json!({}),
            ),
            (
                "iam.googleapis.com/ServiceAccount"
                | "iam.googleapis.com/Role"
                | "iam.googleapis.com/WorkloadIdentityPoolProvider"
                | "secretmanager.googleapis.com/Secret"
                | "cloudkms.googleapis.com/CryptoKey"
                | "aiplatform.googleapis.com/Model",
                None,
            ) => caller.get(&format!("/{service}/v1/{path}")),
            _ => continue,
        };
        let got = got.unwrap();
        assert_eq!(got.status, 200, "{name}: {}", got.body);
        match policy {
            Some(policy) => assert_eq!(got.body["bindings"], policy["bindings"], "{name}"),
            None => {
                let data = &asset["resource"]["data"];
                for field in [
                    "name",
                    "email",
                    "includedPermissions",
                    "iamConfiguration",
                    "rotationPeriod",
                ] {
                    assert_eq!(got.body.get(field), data.get(field), "{name}: {field}");
                }
            }
        }
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
    // Keys by their account's address, and its number.
    for account in [
        "trainer@acme-ml-train.iam.gserviceaccount.com",
        "104500000000000000011",
    ] {
        for project in ["acme-ml-train", "481516234201", "-"] {
            if project == "-" && !account.contains('@') {
                continue;
            }
            let list = format!("/iam/v1/projects/{project}/serviceAccounts/{account}/keys");
            let (keys, _) = all(&server, &list, "keys");
            assert_eq!(keys.len(), 2, "{list}");
            let (keys, _) = all(&server, &format!("{list}?keyTypes=USER_MANAGED"), "keys");
            assert_eq!(keys.len(), 1, "{list}");
        }
    }
    // Set here, holds there: the project's own policy, and that of the organisation.
    let effective = |caller: &mut estate::Caller, node: &str, constraint: &str| {
        let target = format!("/orgpolicy/v2/{node}/policies/{constraint}:getEffectivePolicy");
        caller.get(&target).unwrap().body["spec"]["rules"][0]["enforce"].clone()
    };
    let caller = &mut caller;
    assert_eq!(
        effective(
            caller,
            "folders/551900287731",
            "storage.uniformBucketLevelAccess"
        ),
        true
    );
    assert_eq!(
        effective(
            caller,
            "folders/551900287731",
            "storage.publicAccessPrevention"
        ),
        false
    );
}

#[test]
fn what_an_api_does_not_have_is_not_found_and_noted() {
    let server = Server::start(Estate::generate(1, 2, 4));
    let mut caller = server.caller();
    let project = server.estate().nodes.last().unwrap().id.clone();
    for target in [
        format!("/secretmanager/v2/projects/{project}/secrets"),
        format!("/iam/v1/projects/{project}/accounts"),
        "/nosuchservice/v1/projects/p/things".to_owned(),
        "/".to_owned(),
    ] {
        let got = caller.get(&target).unwrap();
        assert_eq!((got.status, &got.body), (404, &Value::Null), "{target}");
    }
    assert_eq!(server.counts().unknown_paths().len(), 4);
    // What is not there in an API that is: each in its own words.
    let secret = caller
        .get(&format!(
            "/secretmanager/v1/projects/{project}/secrets/none"
        ))
        .unwrap();
    assert_eq!(
        (secret.status, &secret.body["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
    let bucket = caller.get("/storage/storage/v1/b/none").unwrap();
    assert_eq!(bucket.body["error"]["errors"][0]["reason"], "notFound");
    // Whether a project is missing or forbidden is not told.
    let node = caller
        .get("/cloudresourcemanager/v3/projects/none")
        .unwrap();
    assert_eq!(node.status, 403);
    let everywhere = caller
        .get(&format!(
            "/cloudkms/v1/projects/{project}/locations/-/keyRings"
        ))
        .unwrap();
    assert_eq!(everywhere.status, 400);
}

#[test]
fn conditions_are_lost_below_version_3() {
    let assets = demo();
    let server = Server::start(Estate::from_assets(&assets));
    let target = "/cloudresourcemanager/v3/projects/acme-ml-train:getIamPolicy";
    let mut caller = server.caller();
    let ask = |caller: &mut estate::Caller, version: u64| {
        let body = json!({ "options": { "requestedPolicyVersion": version } });
        caller.post(target, &body).unwrap().body
    };
    let conditional = |policy: &Value| {
        let bindings = policy["bindings"].as_array().unwrap();
        bindings
            .iter()
            .filter(|one| one.get("condition").is_some())
            .count()
    };
    let renamed = |policy: &Value| {
        let bindings = policy["bindings"].as_array().unwrap();
        let roles = bindings.iter().filter_map(|one| one["role"].as_str());
        roles.filter(|role| role.contains("_withcond_")).count()
    };
    let (whole, lost) = (ask(&mut caller, 3), ask(&mut caller, 1));
    assert!(conditional(&whole) > 0);
    assert_eq!((renamed(&whole), &whole["version"]), (0, &json!(3)));
    assert_eq!(
        (conditional(&lost), renamed(&lost)),
        (0, conditional(&whole))
    );
    assert_eq!(lost["version"], 1);
    assert!(lost["etag"].is_string());
}

#[test]
fn a_projection_and_fields_leave_out_what_was_not_asked_for() {
    let assets = demo();
    let server = Server::start(Estate::from_assets(&assets));
    let mut caller = server.caller();
    let bucket = "/storage/storage/v1/b/acme-train-staging";
    let full = caller
        .get(&format!("{bucket}?projection=full"))
        .unwrap()
        .body;
    let short = caller.get(bucket).unwrap().body;
    assert!(full["acl"].is_array() && short.get("acl").is_none());
    let some = caller
        .get("/storage/storage/v1/b?project=acme-ml-train&fields=nextPageToken,items(name,iamConfiguration/publicAccessPrevention)")
        .unwrap()
        .body;
    let first = &some["items"][0];
    assert_eq!(first.as_object().unwrap().len(), 2);
    assert!(first["iamConfiguration"]["publicAccessPrevention"].is_string());
    assert_eq!(first["iamConfiguration"].as_object().unwrap().len(), 1);
    let roles = caller
        .get("/iam/v1/projects/acme-ml-train/roles")
        .unwrap()
        .body;
    assert!(roles["roles"][0].get("includedPermissions").is_none());
    let wrong = caller.get(&format!("{bucket}?fields=(")).unwrap();
    assert_eq!(wrong.status, 400);
}

#[test]
fn a_missing_permission_is_refused_as_each_api_refuses_it() {
    let server = Server::start(Estate::from_assets(&demo()));
    server.rights(|rights| {
        rights.take("storage.buckets.getIamPolicy");
        rights.take_on("secretmanager.secrets.list", "projects/acme-ml-serve");
        rights.take("storage.buckets.getIpFilter");
        rights.take_on("resourcemanager.projects.get", "projects/481516234203");
    });
    let mut caller = server.caller();
    let bucket = caller
        .get("/storage/storage/v1/b/acme-train-raw/iam")
        .unwrap();
    assert_eq!(bucket.status, 403);
    assert_eq!(bucket.body["error"]["errors"][0]["reason"], "forbidden");
    let message = bucket.body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("storage.buckets.getIamPolicy"),
        "{message}"
    );
    let list = |project: &str| format!("/secretmanager/v1/projects/{project}/secrets");
    let refused = caller.get(&list("acme-ml-serve")).unwrap();
    let details = &refused.body["error"]["details"][0];
    assert_eq!(details["reason"], "IAM_PERMISSION_DENIED");
    assert_eq!(
        details["metadata"]["permission"],
        "secretmanager.secrets.list"
    );
    assert_eq!(caller.get(&list("acme-ml-train")).unwrap().status, 200);
    // Search leaves out what may not be seen.
    let (seen, _) = all(
        &server,
        "/cloudresourcemanager/v3/projects:search",
        "projects",
    );
    assert_eq!(seen.len(), 2);
    let asked =
        json!({ "permissions": ["secretmanager.secrets.list", "resourcemanager.projects.get"] });
    let held = caller
        .post(
            "/cloudresourcemanager/v3/projects/acme-ml-serve:testIamPermissions",
            &asked,
        )
        .unwrap();
    assert_eq!(
        held.body,
        json!({ "permissions": ["resourcemanager.projects.get"] })
    );
    let held = caller
        .get("/storage/storage/v1/b/acme-train-raw/iam/testPermissions?permissions=storage.buckets.get&permissions=storage.buckets.getIamPolicy")
        .unwrap();
    assert_eq!(held.body["permissions"], json!(["storage.buckets.get"]));
}

#[test]
fn faults_strike_where_and_as_often_as_they_say() {
    let server = Server::start(Estate::from_assets(&demo()));
    let mut caller = server.caller();
    let secrets = "/secretmanager/v1/projects/acme-ml-serve/secrets";
    let on = |kind: FaultKind| Fault::on("secretmanager", kind).at("/v1/projects/*/secrets");
    server.faults([on(FaultKind::Quota(Some(2))).when(When::First(2))]);
    let first = caller.get(secrets).unwrap();
    assert_eq!(first.status, 429);
    assert!(first.headers.contains(&("retry-after".into(), "2".into())));
    let details = &first.body["error"]["details"][0];
    assert_eq!(details["reason"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(caller.get(secrets).unwrap().status, 429);
    assert_eq!(caller.get(secrets).unwrap().status, 200);
    let policy = "/secretmanager/v1/projects/acme-ml-serve/secrets/partner-token:getIamPolicy";
    for (kind, status, reason) in [
        (
            FaultKind::Refused("secretmanager.secrets.list".into()),
            403,
            "IAM_PERMISSION_DENIED",
        ),
        (FaultKind::Disabled, 403, "SERVICE_DISABLED"),
        (FaultKind::Unauthenticated, 401, "ACCESS_TOKEN_EXPIRED"),
    ] {
        server.faults([on(kind)]);
        let got = caller.get(secrets).unwrap();
        assert_eq!(got.status, status);
        assert_eq!(got.body["error"]["details"][0]["reason"], reason);
        assert_eq!(
            caller.get(policy).unwrap().status,
            200,
            "another path is as ever"
        );
    }
    server.faults([on(FaultKind::Server(503)).when(When::Nth(2))]);
    let statuses: Vec<u16> = (0..3)
        .map(|_| caller.get(secrets).unwrap().status)
        .collect();
    assert_eq!(statuses, [200, 503, 200]);
    server.faults([on(FaultKind::NotJson)]);
    assert_eq!(caller.get(secrets).unwrap().body, Value::Null);
    server.faults([on(FaultKind::Gone)]);
    assert_eq!(caller.get(secrets).unwrap().status, 404);
}

#[test]
fn an_answer_can_be_cut_reset_or_slow() {
    let server = Server::start(Estate::from_assets(&demo()));
    let buckets = "/storage/storage/v1/b?project=acme-ml-train";
    let broken = |kind| {
        server.faults([Fault::on("storage", kind)]);
        server.caller().get(buckets).unwrap_err().kind()
    };
    assert_eq!(broken(FaultKind::Cut), ErrorKind::UnexpectedEof);
    assert_eq!(broken(FaultKind::Reset), ErrorKind::ConnectionReset);
    let time = |kind, target: &str| {
        server.faults([Fault::on("*", kind)]);
        let start = Instant::now();
        assert_eq!(server.caller().get(target).unwrap().status, 200);
        start.elapsed()
    };
    let pause = Duration::from_millis(120);
    assert!(time(FaultKind::Late(pause), buckets) >= pause);
    let short = "/cloudresourcemanager/v3/projects/acme-ml-train?fields=name";
    let trickle = time(FaultKind::Trickle(Duration::from_millis(5)), short);
    assert!(trickle >= pause, "{trickle:?}");
}

#[test]
fn lists_go_wrong_in_four_ways() {
    let server = Server::start(Estate::from_assets(&demo()));
    let mut caller = server.caller();
    let list = "/storage/storage/v1/b?project=acme-ml-train";
    let (whole, _) = all(&server, list, "items");
    let twist = |twist| server.faults([Fault::on("storage", FaultKind::List(twist))]);
    twist(Twist::Half);
    let half = caller.get(list).unwrap().body;
    assert_eq!(half["items"].as_array().unwrap().len(), whole.len() / 2);
    let token = half["nextPageToken"].as_str().unwrap();
    assert_eq!(
        caller
            .get(&format!("{list}&pageToken={token}"))
            .unwrap()
            .status,
        400
    );
    twist(Twist::SameToken);
    let first = caller.get(list).unwrap().body;
    let token = first["nextPageToken"].as_str().unwrap();
    let second = caller
        .get(&format!("{list}&pageToken={token}"))
        .unwrap()
        .body;
    assert_eq!(second["nextPageToken"].as_str(), Some(token));
    twist(Twist::Empty(3));
    let (found, pages) = all(&server, list, "items");
    assert_eq!((found, pages), (whole, 4));
    twist(Twist::Unreachable);
    assert_eq!(caller.get(list).unwrap().status, 503);
    let partial = caller
        .get(&format!("{list}&returnPartialSuccess=true"))
        .unwrap()
        .body;
    assert_eq!(
        partial["unreachable"],
        json!(["projects/_/locations/europe-west4"])
    );
    // The inventory has a walk of its own through its pages.
    let inventory =
        format!("/cloudasset/v1/{ORGANIZATION}/assets?contentType=RESOURCE&pageSize=30");
    server.faults([]);
    let (whole, _) = all(&server, &inventory, "assets");
    server.faults([Fault::on("cloudasset", FaultKind::List(Twist::Empty(2)))]);
    assert_eq!(all(&server, &inventory, "assets").0, whole);
    server.faults([Fault::on("cloudasset", FaultKind::List(Twist::Half))]);
    let half = caller.get(&inventory).unwrap().body;
    let token = half["nextPageToken"].as_str().unwrap();
    assert_eq!(
        caller
            .get(&format!("{inventory}&pageToken={token}"))
            .unwrap()
            .status,
        400
    );
}

#[test]
fn thousands_of_requests_go_over_a_few_connections() {
    let server = Server::start(Estate::generate(1, 20, 400));
    let buckets: Vec<String> = (0..server.estate().nodes.len())
        .flat_map(|at| {
            let content = server.estate().content(at);
            let all: Vec<String> = content
                .of(estate::kinds::BUCKET)
                .map(|bucket| bucket.below.trim_start_matches("buckets/").to_owned())
                .collect();
            all
        })
        .collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for part in buckets.chunks(100) {
            let server = &server;
            scope.spawn(move || {
                let mut caller = server.caller();
                for _ in 0..10 {
                    for bucket in part {
                        let got = caller
                            .get(&format!("/storage/storage/v1/b/{bucket}/iam"))
                            .unwrap();
                        assert_eq!(got.status, 200);
                    }
                }
            });
        }
    });
    let count = server.counts().by_method()["storage.buckets.getIamPolicy"].clone();
    assert_eq!((count.requests, count.least, count.failed), (4000, 400, 0));
    let each = start.elapsed() / 4000;
    assert!(each < Duration::from_millis(5), "{each:?} for a request");
}
