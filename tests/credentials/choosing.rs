//! Which credentials and which project are meant, and whom they act as.

use super::script::{Server, answer};
use super::{bearer, by_file, file, open, token_server};
use leastwise::sources::live::TroubleKind;
use leastwise::sources::live::credentials::CredentialOptions;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

#[tokio::test]
async fn a_service_account_is_impersonated_over_delegates() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let iam = Server::start(|n, _| {
        let body = json!({"accessToken": format!("impersonated-secret-{n}"), "expireTime": "2099-01-01T00:00:00Z"});
        match n {
            0 => answer(503, "{}"),
            _ => answer(200, body.to_string()),
        }
    });
    let options = CredentialOptions {
        impersonate: Some(
            "middle@acme.iam.gserviceaccount.com, reader@acme.iam.gserviceaccount.com".to_owned(),
        ),
        quota_project: Some("acme-billing".to_owned()),
        endpoints: BTreeMap::from([("*".to_owned(), format!("{}/{{service}}", iam.address))]),
        ..by_file(file(&folder, "service_account.json", &server))
    };
    let tokens = open(&options, &[]).unwrap();
    assert_eq!(bearer(&tokens).await, "Bearer impersonated-secret-1");
    let asked = iam.asked().remove(1);
    assert_eq!(
        asked.target,
        "/iamcredentials/v1/projects/-/serviceAccounts/reader@acme.iam.gserviceaccount.com:generateAccessToken"
    );
    assert_eq!(asked.header("authorization"), Some("Bearer tok-secret-1"));
    assert_eq!(asked.header("x-goog-user-project"), None);
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body["delegates"],
        json!(["projects/-/serviceAccounts/middle@acme.iam.gserviceaccount.com"])
    );
    let identity = tokens.identity().await.unwrap();
    assert_eq!(
        identity.who.as_deref(),
        Some("reader@acme.iam.gserviceaccount.com")
    );
    let through = identity.through.unwrap();
    assert_eq!(
        through.who.as_deref(),
        Some("scanner@acme-ml.iam.gserviceaccount.com")
    );
    assert_eq!(tokens.default_project().await.unwrap().0, "acme-ml");
    let headers = tokens.headers().await.unwrap();
    assert_eq!(headers["x-goog-user-project"], "acme-billing");
}

#[tokio::test]
async fn an_impersonation_that_is_refused_says_what_to_grant() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource";
    let iam =
        Server::start(move |_, _| answer(403, json!({"error": {"message": message}}).to_string()));
    let options = CredentialOptions {
        impersonate: Some("reader@acme.iam.gserviceaccount.com".to_owned()),
        endpoints: BTreeMap::from([("*".to_owned(), iam.address.clone())]),
        ..by_file(file(&folder, "service_account.json", &server))
    };
    let trouble = open(&options, &[]).unwrap().headers().await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Credentials);
    assert_eq!(
        trouble.permission.as_deref(),
        Some("iam.serviceAccounts.getAccessToken")
    );
    assert!(
        trouble
            .message
            .contains("roles/iam.serviceAccountTokenCreator"),
        "{trouble}"
    );
    let wrong = CredentialOptions {
        impersonate: Some("reader@acme/../x".to_owned()),
        ..options
    };
    assert!(
        open(&wrong, &[])
            .unwrap_err()
            .message
            .contains("is no service account")
    );
}

#[test]
fn what_is_named_and_cannot_be_used_is_said() {
    let folder = TempDir::new().unwrap();
    let refused = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        open(&by_file(path), &[]).unwrap_err()
    };
    for (text, why) in [
        ("{", "no JSON, line 1"),
        ("[]", "`type` is missing"),
        (r#"{"type":7}"#, "`type` is missing"),
        (
            r#"{"type":"gdch_service_account"}"#,
            "type `gdch_service_account` cannot be used",
        ),
        (
            r#"{"type":"service_account","client_email":"a@b"}"#,
            "`private_key` is missing",
        ),
        (
            r#"{"type":"service_account","client_email":"a","private_key":"k","token_uri":"http://evil.example/t"}"#,
            "neither `https` nor on this machine",
        ),
    ] {
        let trouble = refused("key.json", text);
        assert_eq!(trouble.kind, TroubleKind::Credentials);
        let told = &trouble.message;
        assert!(
            told.contains(why) && told.contains("key.json") && told.contains("--credentials"),
            "{told}"
        );
    }
    let gone = [("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")];
    let trouble = open(&CredentialOptions::default(), &gone).unwrap_err();
    assert!(trouble.message.contains("no such file"), "{trouble}");
    let empty = folder.path().join("token");
    fs::write(&empty, " \n").unwrap();
    let options = CredentialOptions {
        access_token_file: Some(empty),
        ..CredentialOptions::default()
    };
    assert!(
        open(&options, &[])
            .unwrap_err()
            .message
            .contains("it is empty")
    );
    let hostile = [
        ("GOOGLE_OAUTH_ACCESS_TOKEN", "t"),
        ("GOOGLE_CLOUD_QUOTA_PROJECT", "p\r\nx-evil: 1"),
    ];
    let trouble = open(&CredentialOptions::default(), &hostile).unwrap_err();
    assert!(trouble.message.contains("no project id"), "{trouble}");
}

#[tokio::test]
async fn the_default_project_is_the_one_that_gcloud_finds() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let config = folder.path().join("gcloud");
    fs::create_dir_all(config.join("configurations")).unwrap();
    fs::write(config.join("active_config"), "work\n").unwrap();
    let text = "[core]\naccount = a@acme.example\nproject = from-config\n";
    fs::write(config.join("configurations/config_work"), text).unwrap();
    let key = by_file(file(&folder, "service_account.json", &server));
    let found = async |variables: &[(&str, &str)]| {
        let tokens = open(&key, variables).unwrap();
        tokens.default_project().await.unwrap()
    };
    let own = ("CLOUDSDK_CONFIG", config.to_str().unwrap());
    let project = |id: &str, from: &str| (id.to_owned(), from.to_owned());
    assert_eq!(
        found(&[
            own,
            ("CLOUDSDK_CORE_PROJECT", "b"),
            ("GOOGLE_CLOUD_PROJECT", "a")
        ])
        .await,
        project("a", "GOOGLE_CLOUD_PROJECT")
    );
    assert_eq!(
        found(&[own, ("CLOUDSDK_CORE_PROJECT", "b")]).await,
        project("b", "CLOUDSDK_CORE_PROJECT")
    );
    assert_eq!(
        found(&[own]).await,
        project("from-config", "gcloud configuration `work`")
    );
    let other = ("CLOUDSDK_ACTIVE_CONFIG_NAME", "none");
    assert_eq!(found(&[own, other]).await.0, "acme-ml");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn offline_asks_for_no_token() {
    let (folder, server) = (TempDir::new().unwrap(), token_server(3600));
    let options = CredentialOptions {
        offline: true,
        ..by_file(file(&folder, "service_account.json", &server))
    };
    let tokens = open(&options, &[]).unwrap();
    assert_eq!(
        tokens.headers().await.unwrap_err().kind,
        TroubleKind::Offline
    );
    let identity = tokens.identity().await.unwrap();
    assert_eq!(
        identity.who.as_deref(),
        Some("scanner@acme-ml.iam.gserviceaccount.com")
    );
    assert_eq!(server.count(), 0);
}
