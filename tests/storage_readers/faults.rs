//! What goes wrong by gRPC, and what is left of it.

use super::same::estate;
use super::{buckets, by_grpc, by_rest, options, reader, run};
use crate::grpc::{Estate, Fault, Grpc, Kind};
use leastwise::sources::live::TroubleKind;
use leastwise::sources::live::client::Client;
use leastwise::sources::live::credentials::{CredentialOptions, Tokens};
use leastwise::sources::live::storage::{Storage, Transport};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn with(fault: Fault) -> Estate {
    let mut estate = estate();
    estate.faults.push(fault);
    estate
}

#[test]
fn a_refusal_carries_reason_and_permission_and_is_not_repeated() {
    run(async {
        let cases = [
            (
                Kind::Denied("storage.buckets.list"),
                TroubleKind::Denied,
                403,
                Some("IAM_PERMISSION_DENIED"),
            ),
            (
                Kind::DeniedInWords("storage.buckets.list"),
                TroubleKind::Denied,
                403,
                Some("PERMISSION_DENIED"),
            ),
            (
                Kind::Disabled,
                TroubleKind::Disabled,
                403,
                Some("SERVICE_DISABLED"),
            ),
            (
                Kind::Unauthenticated,
                TroubleKind::Credentials,
                401,
                Some("UNAUTHENTICATED"),
            ),
            (
                Kind::Unimplemented,
                TroubleKind::Rejected,
                501,
                Some("UNIMPLEMENTED"),
            ),
        ];
        for (fault, kind, status, reason) in cases {
            let (storage, server, _client) =
                by_grpc(with(Fault::always("ListBuckets", "", fault.clone()))).await;
            let (found, told) = buckets(&storage, "acme-ml").await;
            let trouble = told.unwrap_err();
            assert_eq!(found.len(), 0);
            assert_eq!(
                (trouble.kind, trouble.status),
                (kind, Some(status)),
                "{trouble:?}"
            );
            assert_eq!(trouble.reason.as_deref(), reason);
            let permission = (kind == TroubleKind::Denied).then_some("storage.buckets.list");
            assert_eq!(trouble.permission.as_deref(), permission);
            assert_eq!((trouble.service.as_str(), trouble.attempts), ("storage", 1));
            assert!(
                !trouble.message.is_empty() && !trouble.message.contains('\n'),
                "{trouble}"
            );
            assert_eq!(server.requests().len(), 1, "{fault:?}");
        }
    });
}

#[test]
fn one_refused_policy_is_no_other() {
    run(async {
        let denied = Kind::DeniedInWords("storage.buckets.getIamPolicy");
        let fault = Fault::always("GetIamPolicy", "acme-off", denied);
        let (storage, _server, _client) = by_grpc(with(fault.clone())).await;
        let trouble = storage.policy("acme-off").await.unwrap_err();
        assert_eq!(
            trouble.permission.as_deref(),
            Some("storage.buckets.getIamPolicy")
        );
        assert!(storage.policy("acme-plain").await.is_ok());
        let gone = storage.policy("acme-gone").await.unwrap_err();
        assert_eq!((gone.kind, gone.status), (TroubleKind::NotFound, Some(404)));
    });
}

#[test]
fn what_passes_is_tried_again_for_policies_too() {
    run(async {
        for kind in [Kind::Exhausted, Kind::Unavailable, Kind::Cut] {
            for method in ["ListBuckets", "GetIamPolicy", "ListManagedFolders"] {
                let mut estate = with(Fault::times(2, method, kind.clone()));
                estate.page = 0;
                let (storage, server, client) = by_grpc(estate).await;
                match method {
                    "ListBuckets" => assert_eq!(buckets(&storage, "acme-ml").await.0.len(), 5),
                    "GetIamPolicy" => assert!(storage.policy("acme-plain").await.is_ok()),
                    _ => storage.managed_folders("acme-plain", |_| {}).await.unwrap(),
                }
                assert_eq!(server.requests().len(), 3, "{kind:?} of {method}");
                assert_eq!(client.requests(), 3);
            }
        }
    });
}

#[test]
fn what_does_not_pass_is_given_up_after_all_attempts() {
    run(async {
        let cases = [
            (Kind::Exhausted, TroubleKind::Quota, Some(429)),
            (Kind::Unavailable, TroubleKind::Server, Some(503)),
        ];
        for (fault, kind, status) in cases {
            let (storage, server, _client) =
                by_grpc(with(Fault::always("GetIamPolicy", "", fault))).await;
            let trouble = storage.policy("acme-plain").await.unwrap_err();
            assert_eq!(
                (trouble.kind, trouble.status),
                (kind, status),
                "{trouble:?}"
            );
            assert_eq!((trouble.attempts, server.requests().len()), (3, 3));
        }
    });
}

#[test]
fn an_attempt_has_its_time() {
    run(async {
        let slow = Kind::Slow(Duration::from_secs(30));
        let server = Grpc::start(with(Fault::times(1, "GetIamPolicy", slow.clone())));
        let mut options = options(&[("storage-grpc", server.endpoint())]);
        options.attempt_timeout = Duration::from_millis(300);
        let (storage, _client) = reader(Transport::Grpc, &options).await;
        // The second attempt is answered.
        assert!(storage.policy("acme-plain").await.is_ok());
        server.state().estate.faults = vec![Fault::always("GetIamPolicy", "", slow)];
        options.attempts = 1;
        let (storage, _client) = reader(Transport::Grpc, &options).await;
        let started = Instant::now();
        let trouble = storage.policy("acme-plain").await.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::TimedOut, "{trouble:?}");
        assert!(started.elapsed() < Duration::from_secs(5));
        // All attempts together have theirs.
        options.attempt_timeout = Duration::from_secs(20);
        options.call_timeout = Duration::from_millis(300);
        options.attempts = 9;
        let (storage, _client) = reader(Transport::Grpc, &options).await;
        let trouble = storage.policy("acme-plain").await.unwrap_err();
        assert_eq!((trouble.kind, trouble.attempts), (TroubleKind::TimedOut, 1));
    });
}

#[test]
fn a_lost_page_is_told_and_the_pages_before_it_are_kept() {
    run(async {
        for kind in [Kind::TokenRefused, Kind::TokenAgain] {
            let mut estate = with(Fault::always("ListBuckets", "", kind.clone()));
            estate
                .faults
                .push(Fault::always("ListManagedFolders", "", kind.clone()));
            let (storage, _server, _client) = by_grpc(estate).await;
            let (found, told) = buckets(&storage, "acme-ml").await;
            assert!(!found.is_empty(), "{kind:?}");
            assert_eq!(told.unwrap_err().kind, TroubleKind::PageLost, "{kind:?}");
            let mut folders = 0;
            let told = storage
                .managed_folders("acme-plain", |_| folders += 1)
                .await;
            assert_eq!(told.unwrap_err().kind, TroubleKind::PageLost);
            assert!(folders >= 2);
        }
    });
}

#[test]
fn without_the_right_to_access_lists_buckets_are_listed_without_them() {
    run(async {
        let denied = Kind::DeniedInFull("storage.buckets.getIamPolicy");
        let estate = with(Fault::always("ListBuckets", "", denied));
        let (storage, server, _client) = by_grpc(estate).await;
        let (found, told) = buckets(&storage, "acme-ml").await;
        assert_eq!((found.len(), told), (5, Ok(Vec::new())));
        assert!(found.iter().all(|bucket| bucket.get("acl").is_none()));
        assert_eq!(found[0]["versioning"]["enabled"], true);
        assert_eq!(
            server.requests().iter().filter(|asked| asked.full).count(),
            1
        );
    });
}

#[test]
fn an_api_that_is_down_is_not_asked_for_ever() {
    run(async {
        let fault = Fault::always("GetIamPolicy", "", Kind::Unavailable);
        let server = Grpc::start(with(fault));
        let mut options = options(&[("storage-grpc", server.endpoint())]);
        options.attempts = 1;
        let (storage, _client) = reader(Transport::Grpc, &options).await;
        let mut kinds = Vec::new();
        for _ in 0..7 {
            kinds.push(storage.policy("acme-plain").await.unwrap_err().kind);
        }
        assert_eq!(kinds[..5], [TroubleKind::Server; 5]);
        assert_eq!(kinds[5..], [TroubleKind::GivenUp; 2]);
        assert_eq!(server.requests().len(), 5);
    });
}

#[test]
fn nobody_there_is_said_at_once() {
    run(async {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", port.local_addr().unwrap());
        drop(port);
        let mut options = options(&[("storage-grpc", address)]);
        options.attempts = 1;
        let (storage, _client) = reader(Transport::Grpc, &options).await;
        let started = Instant::now();
        let trouble = storage.policy("acme-plain").await.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Unreachable, "{trouble:?}");
        assert!(started.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn a_stopped_run_ends_its_calls() {
    run(async {
        let slow = Kind::Slow(Duration::from_secs(30));
        let (storage, _server, client) =
            by_grpc(with(Fault::always("GetIamPolicy", "", slow))).await;
        let started = Instant::now();
        let asking = storage.clone();
        let call = tokio::spawn(async move { asking.policy("acme-plain").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.stop().stop();
        assert_eq!(
            call.await.unwrap().unwrap_err().kind,
            TroubleKind::Cancelled
        );
        let (_, told) = buckets(&storage, "acme-ml").await;
        assert_eq!(told.unwrap_err().kind, TroubleKind::Cancelled);
        assert!(started.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn offline_is_no_request() {
    run(async {
        let server = Grpc::start(estate());
        let mut options = options(&[("storage-grpc", server.endpoint())]);
        options.offline = true;
        let (storage, client) = reader(Transport::Grpc, &options).await;
        let trouble = storage.policy("acme-plain").await.unwrap_err();
        assert_eq!((trouble.kind, trouble.attempts), (TroubleKind::Offline, 0));
        assert_eq!((client.requests(), server.requests().len()), (0, 0));
    });
}

#[test]
fn the_caller_is_the_same_as_by_rest_and_a_refused_token_is_replaced_once() {
    run(async {
        let server = Grpc::start(with(Fault::times(1, "GetIamPolicy", Kind::Unauthenticated)));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "first").unwrap();
        let asking = CredentialOptions {
            access_token_file: Some(file.clone()),
            quota_project: Some("acme-billing".to_owned()),
            ..CredentialOptions::default()
        };
        let tokens = Tokens::new(&asking, &|_| None).unwrap();
        assert!(tokens.headers().await.is_ok());
        std::fs::write(&file, "second").unwrap();
        let options = options(&[("storage-grpc", server.endpoint())]);
        let client = Client::new(options, Arc::new(tokens)).unwrap();
        let storage = Storage::new(Transport::Grpc, &client).await.unwrap();
        assert!(storage.policy("acme-plain").await.is_ok());
        let caller = |token: &str| {
            [
                Some(format!("Bearer {token}")),
                Some("acme-billing".to_owned()),
            ]
        };
        assert_eq!(server.state().callers, [caller("first"), caller("second")]);
        // What is not encrypted and leaves the machine gets no token.
        let options = super::options(&[("storage-grpc", "http://storage.example:80".to_owned())]);
        let client = Client::new(options, Arc::clone(client.tokens())).unwrap();
        let trouble = Storage::new(Transport::Grpc, &client).await.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Rejected, "{trouble}");
    });
}

#[test]
fn rest_keeps_the_pages_before_a_trouble() {
    run(async {
        let (storage, _server) =
            by_rest(with(Fault::always("ListBuckets", "", Kind::TokenRefused))).await;
        let (found, told) = buckets(&storage, "acme-ml").await;
        assert_eq!(found.len(), 2);
        assert_eq!(told.unwrap_err().kind, TroubleKind::PageLost);
        let denied = Kind::DeniedInWords("storage.managedFolders.list");
        let fault = Fault::always("ListManagedFolders", "", denied);
        let mut refused = with(fault);
        refused
            .faults
            .push(Fault::times(2, "GetIamPolicy", Kind::Exhausted));
        let (storage, server) = by_rest(refused).await;
        let told = storage.managed_folders("acme-plain", |_| {}).await;
        let trouble = told.unwrap_err();
        assert_eq!(
            trouble.permission.as_deref(),
            Some("storage.managedFolders.list")
        );
        assert_eq!(
            (trouble.kind, trouble.service.as_str()),
            (TroubleKind::Denied, "storage")
        );
        assert!(storage.policy("acme-plain").await.is_ok());
        assert_eq!(server.state().asked.len(), 4);
    });
}
