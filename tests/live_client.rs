//! The client over real sockets: what each fault of an API becomes.
#![cfg(feature = "live")]
#![allow(clippy::unwrap_used)]

#[path = "live_client/limits.rs"]
mod limits;
#[path = "support/script.rs"]
mod script;

use leastwise::sources::live::client::{Backoff, Client, Options, Request};
use leastwise::sources::live::credentials::{CredentialOptions, Tokens};
use leastwise::sources::live::{Trouble, TroubleKind};
use script::{Answer, Asked, Server, answer, page};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything a thousand times faster than in earnest.
fn options(server: &Server) -> Options {
    Options {
        endpoints: BTreeMap::from([("*".to_owned(), format!("{}/{{service}}", server.address))]),
        attempt_timeout: Duration::from_secs(5),
        call_timeout: Duration::from_secs(20),
        attempts: 3,
        backoff: Backoff {
            first: Duration::from_millis(1),
            most: Duration::from_millis(30),
        },
        ..Options::default()
    }
}

fn client(options: Options) -> Client {
    Client::new(options, Arc::new(Tokens::anonymous())).unwrap()
}

fn get() -> Request {
    Request::get("storage", "/storage/v1/b")
}

/// Answers one after the other; the last one again and again.
fn script(answers: Vec<Answer>) -> Server {
    Server::start(move |n, _: &Asked| answers[n.min(answers.len() - 1)].clone())
}

async fn ask(server: &Server) -> (Result<Value, Trouble>, Client) {
    let client = client(options(server));
    (client.call(&get()).await, client)
}

#[tokio::test]
async fn an_answer_comes_with_what_was_asked() {
    let server = script(vec![answer(200, r#"{"ok":true}"#)]);
    let client = client(options(&server));
    let mut request = Request::post("iam", "/v2/policies/a%2Fb:x", json!({"a": 1}));
    request.query = vec![("filter", "a = \"b c\"".to_owned())];
    assert_eq!(client.call(&request).await.unwrap(), json!({"ok": true}));
    let asked = server.asked().remove(0);
    assert_eq!(asked.method, "POST");
    assert_eq!(
        asked.target,
        "/iam/v2/policies/a%2Fb:x?filter=a%20%3D%20%22b%20c%22"
    );
    assert_eq!(asked.body, r#"{"a":1}"#);
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("authorization"), None);
    assert!(
        asked
            .header("user-agent")
            .unwrap()
            .starts_with("leastwise/")
    );
    assert_eq!(client.requests_by_service(), BTreeMap::from([("iam", 1)]));
    assert_eq!(client.bytes(), 11);
}

#[tokio::test]
async fn a_quota_is_waited_for() {
    let refused = answer(429, r#"{"error":{"message":"slow down"}}"#).with("Retry-After", "1");
    let server = script(vec![refused, answer(200, "{}")]);
    let begin = Instant::now();
    let (answered, client) = ask(&server).await;
    answered.unwrap();
    assert!(
        begin.elapsed() >= Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(client.requests(), 2);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_made() {
    let refused = answer(429, "{}").with("Retry-After", "Fri, 31 Dec 2100 00:00:00 GMT");
    let server = script(vec![refused]);
    let begin = Instant::now();
    let (answered, _) = ask(&server).await;
    assert_eq!(answered.unwrap_err().kind, TroubleKind::Quota);
    assert!(begin.elapsed() < Duration::from_secs(3));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn the_server_s_quota_becomes_the_budget() {
    let refused = json!({"error": {"message": "m", "details": [{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
        "metadata": {"quota_limit_value": "2", "quota_unit": "1/min/{project}"}}]}});
    let server = script(vec![answer(429, refused.to_string()), answer(200, "{}")]);
    let minute = Duration::from_millis(600);
    let client = client(Options {
        minute,
        ..options(&server)
    });
    for _ in 0..5 {
        client.call(&get()).await.unwrap();
    }
    let at: Vec<Instant> = server.asked().iter().map(|asked| asked.at).collect();
    assert_eq!(at.len(), 6);
    for (first, third) in at.iter().skip(1).zip(at.iter().skip(3)) {
        // A little less, because the server's clock starts later than ours.
        assert!(
            *third - *first >= minute - Duration::from_millis(100),
            "{at:?}"
        );
    }
}

#[tokio::test]
async fn rates_in_the_old_way_are_tried_again_and_refusals_are_not() {
    let error = |reason: &str| {
        let message = "x does not have storage.buckets.list access";
        answer(
            403,
            json!({"error": {"message": message, "errors": [{"reason": reason}]}}).to_string(),
        )
    };
    let server = script(vec![error("rateLimitExceeded"), error("forbidden")]);
    let (answered, _) = ask(&server).await;
    let trouble = answered.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Denied);
    assert_eq!(trouble.status, Some(403));
    assert_eq!(trouble.reason.as_deref(), Some("forbidden"));
    assert_eq!(trouble.permission.as_deref(), Some("storage.buckets.list"));
    assert_eq!((trouble.attempts, server.count()), (2, 2));
}

#[tokio::test]
async fn a_server_that_fails_for_ever_is_asked_as_often_as_agreed() {
    let server = script(vec![answer(503, "<html><title>503 Backend</title>")]);
    let (answered, client) = ask(&server).await;
    let trouble = answered.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Server);
    assert_eq!(trouble.message, "HTTP 503: 503 Backend");
    assert_eq!((trouble.attempts, client.requests()), (3, 3));
}

#[tokio::test]
async fn an_answer_that_is_cut_or_nonsense_is_asked_for_once_more() {
    let cut = answer(200, r#"{"items":[1,2,3]}"#).cut_after(9);
    for broken in [
        cut,
        answer(200, "{\"items\":["),
        answer(200, "<html>"),
        answer(200, "[]"),
    ] {
        let server = script(vec![broken.clone()]);
        let (answered, _) = ask(&server).await;
        let trouble = answered.unwrap_err();
        assert_eq!(
            (trouble.kind, server.count()),
            (TroubleKind::Malformed, 2),
            "{trouble}"
        );
        let healed = script(vec![broken, answer(200, "{}")]);
        assert_eq!(ask(&healed).await.0, Ok(json!({})));
    }
}

#[tokio::test]
async fn pages_are_followed_also_when_one_is_empty() {
    let empty = answer(200, r#"{"nextPageToken":"c"}"#);
    let server = script(vec![page("1", "b"), empty, page("3", "")]);
    let mut items = Vec::new();
    let each = |page: Value| items.extend(page["items"].as_array().cloned().unwrap_or_default());
    client(options(&server)).pages(&get(), each).await.unwrap();
    assert_eq!(items, [json!("1"), json!("3")]);
    let targets: Vec<String> = server
        .asked()
        .into_iter()
        .map(|asked| asked.target)
        .collect();
    let path = "/storage/storage/v1/b";
    assert_eq!(
        targets,
        [
            path.to_owned(),
            format!("{path}?pageToken=b"),
            format!("{path}?pageToken=c")
        ]
    );
}

#[tokio::test]
async fn a_page_that_comes_twice_or_is_refused_is_lost_and_what_came_is_kept() {
    let refused = |status| {
        answer(
            status,
            r#"{"error":{"message":"page token","status":"INVALID_ARGUMENT"}}"#,
        )
    };
    let odd = answer(200, r#"{"items":["2"],"nextPageToken":7}"#);
    for (last, pages) in [
        (page("2", "a"), 2),
        (refused(400), 1),
        (refused(410), 1),
        (odd, 2),
    ] {
        let server = script(vec![page("1", "a"), last]);
        let mut got = 0;
        let ended = client(options(&server)).pages(&get(), |_| got += 1).await;
        let trouble = ended.unwrap_err();
        assert_eq!(
            (trouble.kind, got),
            (TroubleKind::PageLost, pages),
            "{trouble}"
        );
    }
    let server = script(vec![refused(400)]);
    let ended = client(options(&server)).pages(&get(), |_| ()).await;
    assert_eq!(ended.unwrap_err().kind, TroubleKind::Rejected);
}

#[tokio::test]
async fn an_api_that_is_down_is_given_up_and_the_others_are_not() {
    let server = Server::start(|_, asked| match asked.target.starts_with("/iam/") {
        true => answer(500, "{}"),
        false => answer(200, "{}"),
    });
    let client = client(Options {
        give_up_after: 2,
        ..options(&server)
    });
    let iam = Request::get("iam", "/v1/roles");
    for expected in [
        TroubleKind::Server,
        TroubleKind::Server,
        TroubleKind::GivenUp,
        TroubleKind::GivenUp,
    ] {
        assert_eq!(client.call(&iam).await.unwrap_err().kind, expected);
        client.call(&get()).await.unwrap();
    }
    let counts = BTreeMap::from([("iam", 6), ("storage", 4)]);
    assert_eq!(client.requests_by_service(), counts);
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let server = script(vec![answer(200, "{}")]);
    let mut options = options(&server);
    // Nobody listens there any more by the time of the call.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    options.endpoints = BTreeMap::from([("*".to_owned(), format!("http://{free}"))]);
    let trouble = client(options).call(&get()).await.unwrap_err();
    assert_eq!(
        (trouble.kind, trouble.attempts),
        (TroubleKind::Unreachable, 3)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = script(vec![
        answer(302, "").with("location", "http://127.0.0.1:9/"),
    ]);
    let trouble = ask(&server).await.0.unwrap_err();
    assert_eq!(
        (trouble.kind, trouble.status),
        (TroubleKind::Rejected, Some(302))
    );
}

/// Tokens of a variable, so that there is something to hide.
fn with_token(token: &'static str) -> Arc<Tokens> {
    let env = |name: &str| (name == "GOOGLE_OAUTH_ACCESS_TOKEN").then(|| token.to_owned());
    Arc::new(Tokens::new(&CredentialOptions::default(), &env).unwrap())
}

#[tokio::test]
async fn a_token_that_a_server_repeats_is_not_shown() {
    let server = Server::start(|_, asked| {
        let token = asked.header("authorization").unwrap();
        answer(
            401,
            json!({"error": {"message": format!("bad {token}!"), "status": token}}).to_string(),
        )
    });
    let tokens = with_token("the-very-secret-1");
    let client = Client::new(options(&server), Arc::clone(&tokens)).unwrap();
    let trouble = client.call(&get()).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Credentials);
    let headers = tokens.headers().await.unwrap();
    let shown = format!("{trouble} {trouble:?} {client:?} {tokens:?} {headers:?}");
    assert!(shown.contains("[redacted]"), "{shown}");
    assert!(!shown.contains("secret-1"), "{shown}");
}

#[tokio::test]
async fn a_token_leaves_the_machine_encrypted_or_not_at_all() {
    let options = Options {
        endpoints: BTreeMap::from([("*".to_owned(), "http://storage.acme.example".to_owned())]),
        ..Options::default()
    };
    let client = Client::new(options, with_token("the-very-secret-2")).unwrap();
    let trouble = client.call(&get()).await.unwrap_err();
    assert_eq!((trouble.kind, trouble.attempts), (TroubleKind::Rejected, 1));
    assert!(trouble.message.contains("no token was sent"), "{trouble}");
}
