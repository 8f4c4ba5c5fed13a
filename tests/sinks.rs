//! Deliveries over sockets: what reaches a webhook, Slack and Security Command Center, and what does not.
#![cfg(feature = "live")]
#![allow(clippy::unwrap_used, dead_code)]

#[path = "support/alone.rs"]
mod alone;
#[path = "report/fixture.rs"]
mod fixture;
#[path = "sinks/server.rs"]
mod server;

use clap::Parser;
use fixture::report;
use leastwise::cli::sinks::{Delivery, SinkArguments, Sinks};
use leastwise::history::{Changes, Seen, State};
use leastwise::report::{Report, slack_message, webhook_message};
use leastwise::sources::live::client::{Client, Options};
use leastwise::sources::live::credentials::Tokens;
use leastwise::sources::live::post::{Address, post};
use serde_json::{Value, json};
use server::{Answer, Seen as Request, Server, console};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SOURCE: &str = "organizations/1/sources/2";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    sinks: SinkArguments,
}

fn arguments(words: &[&str]) -> SinkArguments {
    let line = ["leastwise"].into_iter().chain(words.iter().copied());
    Line::try_parse_from(line).map(|line| line.sinks).unwrap()
}

fn sinks(words: &[&str]) -> Sinks {
    arguments(words).check(false).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A client whose services are all at `server`, below their names.
fn client(server: &Server) -> Client {
    let options = Options {
        endpoints: [("*".to_owned(), server.url(""))].into(),
        attempts: 1,
        ..Options::default()
    };
    Client::new(options, Arc::new(Tokens::anonymous())).unwrap()
}

fn deliver(sinks: &Sinks, report: &Report<'_>, google: &Server) -> Delivery {
    let client = client(google);
    runtime().block_on(sinks.deliver(report, &client))
}

fn sent(server: &Server, body: &Value, timeout: Duration) -> Result<(), String> {
    let address: Address = server.url("/hook/s3cret").parse().unwrap();
    let sent = runtime().block_on(post(&address, body, timeout));
    sent.map_err(|error| error.to_string())
}

const SOON: Duration = Duration::from_secs(5);

#[test]
fn messages_arrive_as_they_were_made_and_carry_no_credential() {
    let report = report();
    let (slack, hook) = (
        Server::start(|_| Answer::text(200, "ok")),
        Server::start(|_| Answer::text(204, "")),
    );
    let google = Server::start(|_| Answer::text(500, ""));
    let sinks = sinks(&[
        "--slack",
        &slack.url("/services/T/B/s3cret"),
        "--webhook",
        &hook.url("/in"),
    ]);
    let delivery = deliver(&sinks, &report, &google);
    assert_eq!(delivery.undelivered, [""; 0]);
    assert_eq!(delivery.done, ["Slack was told", "the webhook was told"]);
    for (server, target, message) in [
        (&slack, "/services/T/B/s3cret", slack_message(&report)),
        (&hook, "/in", webhook_message(&report)),
    ] {
        let [request] = &server.requests()[..] else {
            panic!("not one request")
        };
        assert_eq!((&*request.method, &*request.target), ("POST", target));
        assert_eq!(Some(&request.body), message.as_ref());
        assert!(
            request
                .header("content-type")
                .unwrap()
                .starts_with("application/json")
        );
        assert!(
            request
                .header("user-agent")
                .unwrap()
                .starts_with("leastwise/")
        );
        for secret in ["authorization", "x-goog-user-project", "cookie"] {
            assert_eq!(request.header(secret), None);
        }
    }
    assert_eq!(google.requests().len(), 0);
}

#[test]
fn nothing_new_is_not_sent() {
    let mut report = report();
    report.coverage.complete = true;
    let first_seen = report.now;
    let seen = Seen {
        state: State::Open,
        first_seen,
    };
    let prints = report.findings.iter().map(|finding| {
        let rule = &report.rules[usize::from(finding.rule.0)].id;
        (leastwise::finding::fingerprint(rule, finding), seen)
    });
    let changes: &'static Changes = Box::leak(Box::new(Changes {
        found: prints.collect(),
        ..Changes::default()
    }));
    report.changes = Some(changes);
    let server = Server::start(|_| Answer::text(200, "ok"));
    let sinks = sinks(&["--slack", &server.url("/a"), "--webhook", &server.url("/b")]);
    let delivery = deliver(&sinks, &report, &server);
    assert_eq!(delivery.done.len(), 2);
    assert!(
        delivery
            .done
            .iter()
            .all(|done| done.starts_with("nothing new")),
        "{delivery:?}"
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_receiver_that_fails_is_tried_once_more() {
    let message = json!({ "text": "x" });
    for (first, then, tries, outcome) in [
        (503, 200, 2, None),
        (429, 200, 2, None),
        (
            500,
            500,
            2,
            Some("the receiver answered 500 (tried 2 times)"),
        ),
        (
            400,
            200,
            1,
            Some("the receiver answered 400: invalid_blocks (tried 1 time)"),
        ),
        (
            404,
            200,
            1,
            Some("the receiver answered 404: invalid_blocks (tried 1 time)"),
        ),
    ] {
        let server = Server::start(move |n| match n {
            0 if first == 400 || first == 404 => Answer::text(first, "invalid_blocks"),
            0 => Answer::text(first, "see https://hooks.example/s3cret").header("retry-after", "0"),
            _ => Answer::text(then, ""),
        });
        let sent = sent(&server, &message, SOON);
        assert_eq!(sent.err().as_deref(), outcome, "{first}");
        assert_eq!(server.requests().len(), tries, "{first}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_| Answer::text(200, ""));
    let target = elsewhere.url("/stolen");
    let server = Server::start(move |_| Answer::text(307, "").header("location", &target));
    let sent = sent(&server, &json!({}), SOON);
    assert_eq!(
        sent.unwrap_err(),
        "the receiver answered 307 (tried 1 time)"
    );
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn a_silent_or_missing_receiver_is_given_up() {
    let server = Server::start(|_| Answer::text(200, "").after(Duration::from_secs(60)));
    let begun = Instant::now();
    let failed = sent(&server, &json!({}), Duration::from_millis(200)).unwrap_err();
    assert_eq!(failed, "no answer in time (tried 2 times)");
    assert!(begun.elapsed() < Duration::from_secs(10));
    let cut = Server::start(|_| Answer::cut());
    let failed = sent(&cut, &json!({}), SOON).unwrap_err();
    assert!(
        failed.contains("broke") && !failed.contains("s3cret"),
        "{failed}"
    );
    let nobody: Address = "http://127.0.0.1:1/s3cret".parse().unwrap();
    let failed = runtime()
        .block_on(post(&nobody, &json!({}), SOON))
        .unwrap_err()
        .to_string();
    assert_eq!(failed, "no connection to the receiver (tried 2 times)");
}

#[test]
fn what_does_not_arrive_is_told_without_the_address_and_the_others_are_tried() {
    let report = report();
    let refuses = Server::start(|_| Answer::text(403, "invalid_token"));
    let takes = Server::start(|_| Answer::text(200, "ok"));
    let google =
        Server::start(|_| Answer::text(403, "{\"error\":{\"status\":\"PERMISSION_DENIED\"}}"));
    let sinks = sinks(&[
        "--slack",
        &refuses.url("/s3cret"),
        "--webhook",
        &takes.url("/"),
        "--scc-source",
        SOURCE,
    ]);
    let delivery = deliver(&sinks, &report, &google);
    assert_eq!(delivery.done, ["the webhook was told"]);
    let [slack, center] = &delivery.undelivered[..] else {
        panic!("{delivery:?}")
    };
    assert_eq!(
        slack,
        "Slack was not told: the receiver answered 403: invalid_token (tried 1 time)"
    );
    assert!(center.contains("cannot be listed"), "{center}");
    assert!(!format!("{delivery:?}{sinks:?}").contains("s3cret"));
    // What stands there is not known, so nothing is written.
    assert!(
        google
            .requests()
            .iter()
            .all(|request| request.method == "GET")
    );
}

#[test]
fn wrong_addresses_are_told_before_the_run_and_not_repeated() {
    for (flag, value, told) in [
        (
            "--webhook",
            "http://hooks.example/s3cret",
            "no https:// address",
        ),
        ("--slack", "hooks.slack.example/s3cret", "it is no URL"),
        (
            "--slack",
            "https://me:s3cret@hooks.example/",
            "user name or password",
        ),
        (
            "--scc-source",
            "organizations/1",
            "organizations/1/sources/2",
        ),
    ] {
        let arguments = arguments(&[flag, value]);
        assert!(!format!("{arguments:?}").contains("s3cret"));
        let error = arguments.check(false).unwrap_err();
        assert!(error.contains(told) && !error.contains("s3cret"), "{error}");
    }
    let error = arguments(&["--slack", "https://hooks.example/"])
        .check(true)
        .unwrap_err();
    assert!(error.contains("--offline"), "{error}");
    assert!(arguments(&[]).check(true).unwrap().is_empty());
}

fn patches(server: &Server) -> Vec<Request> {
    let requests = server.requests().into_iter();
    requests
        .filter(|request| request.method == "PATCH")
        .collect()
}

#[test]
fn security_command_center_says_what_the_report_says() {
    let (google, stored) = console(SOURCE);
    // Somebody else closed it long ago: it is never looked at.
    let old = format!("{SOURCE}/findings/00000000000000000000000000000000");
    let closed_by_hand = json!({
        "name": old, "state": "INACTIVE", "category": "gcs-public-iam",
        "resourceName": "//storage.googleapis.com/b", "sourceProperties": { "scope": "exports" },
    });
    stored
        .lock()
        .unwrap()
        .insert(old.clone(), closed_by_hand.clone());
    let sinks = sinks(&["--scc-source", SOURCE]);
    let mut report = report();
    report.findings.truncate(20);
    report.coverage.complete = true;
    report.gaps.clear();

    let delivery = deliver(&sinks, &report, &google);
    assert_eq!(delivery.undelivered, [""; 0]);
    assert!(
        delivery.done[0].contains("20 opened or changed, 0 closed"),
        "{delivery:?}"
    );
    assert_eq!(patches(&google).len(), 20);
    assert!(
        patches(&google)
            .iter()
            .all(|request| !request.target.contains("updateMask"))
    );
    let active = |state: &str| {
        let stored = stored.lock().unwrap();
        stored
            .values()
            .filter(|finding| finding["state"] == state)
            .count()
    };
    assert_eq!((active("ACTIVE"), active("INACTIVE")), (20, 1));

    // The next night nothing has changed: nothing is written. The server gives five a page.
    google.forget();
    report.now += jiff::SignedDuration::from_hours(24);
    let delivery = deliver(&sinks, &report, &google);
    assert!(
        delivery.done[0].contains("0 opened or changed, 0 closed, 20 as they were"),
        "{delivery:?}"
    );
    assert_eq!(patches(&google).len(), 0);
    assert_eq!(google.requests().len(), 4, "pages of the list");

    // One is mended, but the run is incomplete; then it is complete.
    google.forget();
    report.findings.remove(0);
    report.coverage.complete = false;
    let delivery = deliver(&sinks, &report, &google);
    assert!(delivery.done[0].contains("1 left open"), "{delivery:?}");
    assert_eq!(patches(&google).len(), 0);
    report.coverage.complete = true;
    deliver(&sinks, &report, &google);
    let [patch] = &patches(&google)[..] else {
        panic!("not one write")
    };
    assert!(
        patch.target.ends_with("?updateMask=state%2CeventTime"),
        "{}",
        patch.target
    );
    assert_eq!((active("ACTIVE"), active("INACTIVE")), (19, 2));
    assert_eq!(stored.lock().unwrap()[&old], closed_by_hand);
}

#[test]
fn a_source_that_may_not_be_written_is_not_asked_for_each_finding() {
    let report = report();
    let google = Server::answering(|request, _| match request.method.as_str() {
        "GET" => Answer::json(200, &json!({})),
        _ => Answer::json(
            403,
            &json!({ "error": {
                "code": 403, "status": "PERMISSION_DENIED",
                "message": "Permission 'securitycenter.findings.update' denied",
                "details": [{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED",
                    "metadata": { "permission": "securitycenter.findings.update" },
                }],
            }}),
        ),
    });
    let delivery = deliver(&sinks(&["--scc-source", SOURCE]), &report, &google);
    let [told] = &delivery.undelivered[..] else {
        panic!("{delivery:?}")
    };
    assert!(
        told.contains("306 of 306 findings were not written"),
        "{told}"
    );
    // Those under way at once, and no more.
    assert!(patches(&google).len() <= 8, "{}", patches(&google).len());
}

/// A divided scan is whole only when its parts are joined, so that is when somebody is told.
#[test]
fn a_merge_delivers_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    let export = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/org.ndjson");
    let hook = Server::start(|_| Answer::text(200, "ok"));
    let url = hook.url("/hook/s3cret");
    let merge = |words: &[&str]| {
        let mut command = alone::leastwise(folder.path());
        command
            .arg("merge")
            .args(words)
            .args(["--no-config", "--anonymous"]);
        command.env("LEASTWISE_WEBHOOK", &url).output().unwrap()
    };
    let export = export.to_str().unwrap();
    let part = merge(&[export, "--shard", "1/1", "--save", "part.ndjson"]);
    assert_eq!(
        part.status.code(),
        Some(2),
        "there is nothing to deliver yet"
    );
    assert_eq!(hook.requests().len(), 0);

    let mut command = alone::leastwise(folder.path());
    let share = ["merge", export, "--shard", "1/1", "--save", "part.ndjson"];
    assert!(command.args(share).output().unwrap().status.success());
    let history = [
        "part.ndjson",
        "--history",
        "acme.db",
        "--now",
        "2026-11-23T00:00:00Z",
        "--format",
        "json",
    ];
    let said = merge(&history);
    let report: Value = serde_json::from_slice(&said.stdout).unwrap();
    let requests = hook.requests();
    assert_eq!(
        requests.len(),
        1,
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let summary = &requests[0].body["summary"];
    let found = report["findings"].as_array().unwrap().len();
    assert!(found > 0);
    assert_eq!(summary["new"], found, "{summary}");

    // The next run finds nothing new.
    assert_eq!(merge(&history).status.code(), said.status.code());
    assert_eq!(hook.requests().len(), 1);
}
