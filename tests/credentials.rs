//! Credentials against a token server on this machine: which are chosen, how they become tokens, and that nobody sees them.
#![cfg(feature = "live")]
#![allow(clippy::unwrap_used)]

#[path = "credentials/auth.rs"]
mod auth;
#[path = "credentials/choosing.rs"]
mod choosing;
#[path = "support/script.rs"]
mod script;

use google_cloud_auth::credentials::CacheableResource;
use leastwise::sources::live::client::{Backoff, Client, Options, Request};
use leastwise::sources::live::credentials::{CredentialOptions, SourceKind, Tokens};
use leastwise::sources::live::{Trouble, TroubleKind};
use script::{Answer, Asked, Server, answer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Answers the n-th request for a token, from 1, with `tok-secret-N`.
fn token_server(lifetime: u64) -> Server {
    Server::start(move |n, _| token(n + 1, lifetime))
}

fn token(n: usize, lifetime: u64) -> Answer {
    let token = format!("tok-secret-{n}");
    answer(
        200,
        json!({"access_token": token, "expires_in": lifetime, "token_type": "Bearer",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})
        .to_string(),
    )
}

/// A recorded file of credentials that goes to `server` for tokens.
fn file(folder: &TempDir, name: &str, server: &Server) -> PathBuf {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recorded/credentials");
    let subject = folder.path().join("subject.txt");
    fs::write(&subject, "subject-secret-0").unwrap();
    let text = fs::read_to_string(recorded.join(name)).unwrap();
    let text = text
        .replace("TOKEN_URI", &format!("{}/token", server.address))
        .replace("SUBJECT_FILE", subject.to_str().unwrap());
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn by_file(path: PathBuf) -> CredentialOptions {
    CredentialOptions {
        file: Some(path),
        ..CredentialOptions::default()
    }
}

/// An environment without anything but these.
fn open(options: &CredentialOptions, variables: &[(&str, &str)]) -> Result<Tokens, Trouble> {
    Tokens::new(options, &|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

async fn bearer(tokens: &Tokens) -> String {
    let headers = tokens.headers().await.unwrap();
    let value = headers.get("authorization").unwrap();
    assert!(value.is_sensitive());
    value.to_str().unwrap().to_owned()
}

fn forms(asked: &Asked) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://x/?{}", asked.body)).unwrap();
    url.query_pairs().into_owned().collect()
}

/// The claims of a JSON Web Token; its text is base64url.
fn claims(jwt: &str) -> Value {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::new();
    for c in jwt.split('.').nth(1).unwrap().bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_key_becomes_a_token() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let tokens = open(
        &by_file(file(&folder, "service_account.json", &server)),
        &[],
    )
    .unwrap();
    assert_eq!(server.count(), 0, "nothing is asked before it is needed");
    assert_eq!(bearer(&tokens).await, "Bearer tok-secret-1");
    let form = forms(&server.asked()[0]);
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    let claims = claims(&form["assertion"]);
    assert_eq!(claims["iss"], "scanner@acme-ml.iam.gserviceaccount.com");
    assert_eq!(
        claims["scope"],
        "https://www.googleapis.com/auth/cloud-platform"
    );
    assert_eq!(claims["aud"], format!("{}/token", server.address));
    let identity = tokens.identity().await.unwrap();
    assert_eq!(
        identity.who.as_deref(),
        Some("scanner@acme-ml.iam.gserviceaccount.com")
    );
    assert_eq!(identity.kind, SourceKind::ServiceAccountKey);
    let left = identity
        .expires
        .unwrap()
        .duration_since(jiff::Timestamp::now())
        .as_secs();
    assert!((3500..=3600).contains(&left), "{left}");
    assert_eq!(tokens.default_project().await.unwrap().0, "acme-ml");
}

#[tokio::test]
async fn a_login_becomes_a_token_and_bills_its_own_project() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let path = file(&folder, "authorized_user.json", &server);
    let variables = [("GOOGLE_APPLICATION_CREDENTIALS", path.to_str().unwrap())];
    let tokens = open(&CredentialOptions::default(), &variables).unwrap();
    assert_eq!(bearer(&tokens).await, "Bearer tok-secret-1");
    let headers = tokens.headers().await.unwrap();
    assert_eq!(headers["x-goog-user-project"], "acme-billing");
    let asked = server.asked().remove(0);
    assert!(
        asked.body.contains("refresh-token-of-nobody"),
        "{}",
        asked.body
    );
    let named = CredentialOptions {
        quota_project: Some("acme-other".to_owned()),
        ..CredentialOptions::default()
    };
    let tokens = open(&named, &variables).unwrap();
    assert_eq!(
        tokens.headers().await.unwrap()["x-goog-user-project"],
        "acme-other"
    );
}

#[tokio::test]
async fn a_federated_identity_becomes_a_token() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let tokens = open(
        &by_file(file(&folder, "external_account.json", &server)),
        &[],
    )
    .unwrap();
    assert_eq!(bearer(&tokens).await, "Bearer tok-secret-1");
    let form = forms(&server.asked()[0]);
    assert_eq!(form["subject_token"], "subject-secret-0");
    let identity = tokens.identity().await.unwrap();
    assert_eq!(identity.kind, SourceKind::ExternalAccount);
    assert!(identity.who.unwrap().ends_with("/providers/github"));
}

#[tokio::test]
async fn one_call_for_a_token_however_many_wait() {
    let folder = TempDir::new().unwrap();
    let slow = |n, _: &Asked| token(n + 1, 3600).after(Duration::from_millis(200));
    let server = Server::start(slow);
    let tokens = open(
        &by_file(file(&folder, "service_account.json", &server)),
        &[],
    )
    .unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let tokens = tokens.clone();
        waiting.spawn(async move { bearer(&tokens).await });
    }
    for bearer in waiting.join_all().await {
        assert_eq!(bearer, "Bearer tok-secret-1");
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_failure_is_one_call_too() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(|_, _| answer(400, "{}"));
    let tokens = open(
        &by_file(file(&folder, "authorized_user.json", &server)),
        &[],
    )
    .unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let tokens = tokens.clone();
        waiting.spawn(async move { tokens.headers().await.unwrap_err().kind });
    }
    for kind in waiting.join_all().await {
        assert_eq!(kind, TroubleKind::Credentials);
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_expires() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3));
    let tokens = open(
        &by_file(file(&folder, "service_account.json", &server)),
        &[],
    )
    .unwrap();
    assert_eq!(bearer(&tokens).await, "Bearer tok-secret-1");
    assert_eq!(bearer(&tokens).await, "Bearer tok-secret-1");
    // Its seconds are whole ones, so half of its life is between 1 and 2 of them.
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(bearer(&tokens).await, "Bearer tok-secret-2");
}

#[tokio::test]
async fn a_file_with_a_token_is_read_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "  first-secret\n").unwrap();
    let variables = [("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", path.to_str().unwrap())];
    let tokens = open(&CredentialOptions::default(), &variables).unwrap();
    assert_eq!(bearer(&tokens).await, "Bearer first-secret");
    fs::write(&path, "second-secret").unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(bearer(&tokens).await, "Bearer second-secret");
    // Whoever replaces it may do so in two steps: what was good stays good.
    fs::remove_file(&path).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(bearer(&tokens).await, "Bearer second-secret");
}

fn client(server: &Server, tokens: &Tokens) -> Client {
    let options = Options {
        endpoints: BTreeMap::from([("*".to_owned(), format!("{}/{{service}}", server.address))]),
        backoff: Backoff {
            first: Duration::from_millis(1),
            most: Duration::from_millis(20),
        },
        ..Options::default()
    };
    Client::new(options, Arc::new(tokens.clone())).unwrap()
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let tokens = open(
        &by_file(file(&folder, "service_account.json", &server)),
        &[],
    )
    .unwrap();
    let api = Server::start(|_, asked| match asked.header("authorization") {
        Some("Bearer tok-secret-2") => answer(200, "{}"),
        _ => answer(401, r#"{"error":{"message":"Invalid Credentials"}}"#),
    });
    let client = client(&api, &tokens);
    let request = Request::get("storage", "/storage/v1/b");
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (client, request) = (client.clone(), request.clone());
        running.spawn(async move { client.call(&request).await.unwrap() });
    }
    running.join_all().await;
    assert_eq!(server.count(), 2);
    // Where the new one is refused too, it ends there.
    let strict = Server::start(|_, _| answer(401, "{}"));
    let trouble = self::client(&strict, &tokens)
        .call(&request)
        .await
        .unwrap_err();
    assert_eq!(
        (trouble.kind, trouble.status),
        (TroubleKind::Credentials, Some(401))
    );
    assert_eq!((server.count(), strict.count()), (2, 1));
}

#[tokio::test]
async fn grpc_has_the_same_token() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let tokens = open(
        &by_file(file(&folder, "service_account.json", &server)),
        &[],
    )
    .unwrap();
    let grpc = tokens.for_grpc();
    bearer(&tokens).await;
    let first = grpc.headers(http::Extensions::new()).await.unwrap();
    let CacheableResource::New { entity_tag, data } = first else {
        panic!("nothing was known before");
    };
    assert_eq!(data["authorization"], "Bearer tok-secret-1");
    let mut known = http::Extensions::new();
    known.insert(entity_tag);
    let again = grpc.headers(known).await.unwrap();
    assert!(matches!(again, CacheableResource::NotModified));
    assert_eq!(server.count(), 1);
    let anonymous = Tokens::anonymous().for_grpc();
    let none = anonymous.headers(http::Extensions::new()).await.unwrap();
    assert!(matches!(none, CacheableResource::New { data, .. } if data.is_empty()));
}

#[tokio::test]
async fn nobody_sees_a_secret() {
    let folder = TempDir::new().unwrap();
    // A token server that repeats all that it was sent.
    let echo = Server::start(|_, asked| answer(400, format!("you sent {}", asked.body)));
    for name in [
        "service_account.json",
        "authorized_user.json",
        "external_account.json",
    ] {
        let path = file(&folder, name, &echo);
        let recorded = fs::read_to_string(&path).unwrap();
        let tokens = open(&by_file(path), &[]).unwrap();
        let trouble = tokens.headers().await.unwrap_err();
        let grpc = tokens.for_grpc();
        let error = grpc.headers(http::Extensions::new()).await.unwrap_err();
        let shown = format!("{trouble} {trouble:?} {tokens:?} {grpc:?} {error} {error:?}");
        for secret in ["of-nobody", "subject-secret", "PRIVATE KEY", "eyJ"] {
            assert!(!shown.contains(secret), "{name}: {shown}");
        }
        let recorded: Value = serde_json::from_str(&recorded).unwrap();
        if let Some(key) = recorded["private_key"].as_str() {
            let inside = key.lines().nth(3).unwrap();
            assert!(!shown.contains(inside), "{name}: {shown}");
        }
    }
    let server = token_server(3600);
    let tokens = open(
        &by_file(file(&folder, "service_account.json", &server)),
        &[],
    )
    .unwrap();
    let client = client(&server, &tokens);
    let headers = tokens.headers().await.unwrap();
    let identity = tokens.identity().await.unwrap();
    let shown = format!(
        "{tokens:?} {client:?} {headers:?} {identity:?} {:?}",
        tokens.for_grpc()
    );
    assert!(!shown.contains("tok-secret"), "{shown}");
}

/// Work with tokens can move between threads.
#[test]
fn futures_can_be_spawned() {
    fn sendable<T: Send>(_: T) {}
    let tokens = Tokens::anonymous();
    sendable(tokens.identity());
    sendable(tokens.default_project());
    sendable(tokens.headers());
}
