//! What answers of Google's APIs, and of what stands before them, are read as.
#![allow(clippy::unwrap_used)]
use super::{Period, Refusal, permission_in, refusal, success};
use crate::sources::live::TroubleKind;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

fn told(status: u16, body: Value) -> Refusal {
    refusal(status, body.to_string().as_bytes())
}

fn info(code: u16, reason: &str, metadata: Value) -> Value {
    json!({"error": {"code": code, "message": "in words", "status": "PERMISSION_DENIED", "details": [
        {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata},
    ]}})
}

#[test]
fn a_missing_permission_is_named() {
    let denied = told(
        403,
        info(
            403,
            "IAM_PERMISSION_DENIED",
            json!({"permission": "iam.roles.list"}),
        ),
    );
    assert_eq!(denied.kind, TroubleKind::Denied);
    assert_eq!(denied.reason.as_deref(), Some("IAM_PERMISSION_DENIED"));
    assert_eq!(denied.permission.as_deref(), Some("iam.roles.list"));
    let older = told(
        403,
        json!({"error": {"code": 403, "message": "a@b.example does not have storage.buckets.list access to the project.",
            "errors": [{"reason": "forbidden", "domain": "global"}]}}),
    );
    assert_eq!(older.reason.as_deref(), Some("forbidden"));
    assert_eq!(older.permission.as_deref(), Some("storage.buckets.list"));
    let billed = told(403, info(403, "USER_PROJECT_DENIED", json!({})));
    assert_eq!(
        billed.permission.as_deref(),
        Some("serviceusage.services.use")
    );
}

#[test]
fn messages_name_permissions_in_many_ways() {
    for (message, expected) in [
        (
            "Permission 'resourcemanager.projects.list' denied on resource",
            "resourcemanager.projects.list",
        ),
        (
            "Permission iam.roles.list is required to perform this",
            "iam.roles.list",
        ),
        (
            "Required 'compute.instances.list' permission for 'projects/p'",
            "compute.instances.list",
        ),
        (
            "Access Denied: Dataset p:d: Permission bigquery.datasets.get denied",
            "bigquery.datasets.get",
        ),
        (
            "Missing permission: pubsub.topics.getIamPolicy",
            "pubsub.topics.getIamPolicy",
        ),
        (
            "Permission \"iam.googleapis.com/workloadIdentityPools.list\" denied",
            "iam.googleapis.com/workloadIdentityPools.list",
        ),
        (
            "x does not have storage.managedFolders.list access",
            "storage.managedFolders.list",
        ),
    ] {
        assert_eq!(
            permission_in(message).as_deref(),
            Some(expected),
            "{message}"
        );
    }
    for message in [
        "The caller does not have permission",
        "permission denied for a.example.com",
        "Permission denied on resource project x.",
    ] {
        assert_eq!(permission_in(message), None, "{message}");
    }
}

#[test]
fn what_an_answer_means() {
    use TroubleKind::{Credentials, Denied, Disabled, NotFound, Quota, Rejected, Server, TimedOut};
    let older = |reason: &str| json!({"error": {"message": "m", "errors": [{"reason": reason}]}});
    for (status, body, expected) in [
        (401, json!({}), Credentials),
        (403, json!({}), Denied),
        (
            403,
            info(
                403,
                "SERVICE_DISABLED",
                json!({"service": "iam.googleapis.com"}),
            ),
            Disabled,
        ),
        (403, older("accessNotConfigured"), Disabled),
        (
            403,
            json!({"error": {"message": "X API has not been used in project 1 before or it is disabled."}}),
            Disabled,
        ),
        (403, older("rateLimitExceeded"), Quota),
        (403, older("userRateLimitExceeded"), Quota),
        (403, older("accountDisabled"), Rejected),
        (404, json!({}), NotFound),
        (400, json!({}), Rejected),
        (302, json!({}), Rejected),
        (408, json!({}), TimedOut),
        (429, json!({}), Quota),
        (500, json!({}), Server),
        (503, json!([]), Server),
        (599, json!(null), Server),
    ] {
        assert_eq!(told(status, body.clone()).kind, expected, "{status} {body}");
    }
}

#[test]
fn a_quota_says_what_it_allows() {
    let minute = json!({"quota_limit_value": "60", "quota_limit": "ReadRequestsPerMinutePerProject",
        "quota_unit": "1/min/{project}", "consumer": "projects/1"});
    let refused = told(429, info(429, "RATE_LIMIT_EXCEEDED", minute));
    assert_eq!(
        (refused.period, refused.rate),
        (Some(Period::Minute), Some(60))
    );
    let day = json!({"quota_limit_value": "100", "quota_unit": "1/d/{organization}"});
    let refused = told(429, info(429, "RATE_LIMIT_EXCEEDED", day));
    assert_eq!((refused.period, refused.rate), (Some(Period::Day), None));
    let words = "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service";
    let refused = told(429, json!({"error": {"message": words}}));
    assert_eq!(refused.period, Some(Period::Minute));
    let info = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"});
    let refused = told(429, json!({"error": {"message": "m", "details": [info]}}));
    assert_eq!(refused.retry_after, Some(Duration::from_secs(3)));
}

#[test]
fn pages_of_proxies_are_one_line() {
    let html = b"<!DOCTYPE html><html><head><TITLE>502\nBad Gateway</TITLE></head><body>long</body></html>";
    assert_eq!(refusal(502, html).message, "HTTP 502: 502 Bad Gateway");
    assert_eq!(refusal(502, b"<html><body>x").message, "HTTP 502");
    assert_eq!(refusal(503, b"").message, "HTTP 503");
    assert_eq!(
        refusal(503, b"no \x1b[2Jhealthy upstream\n").message,
        "HTTP 503: no [2Jhealthy upstream"
    );
}

#[test]
fn only_an_object_is_an_answer() {
    assert!(success(b"{}").is_ok());
    assert!(success(br#"{"error": "no object", "x": 1}"#).is_ok());
    for wrong in [
        "",
        "[]",
        "null",
        "{\"a\": [1",
        "<html>",
        r#"{"error": {"code": 403}}"#,
    ] {
        assert!(success(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert!(success("[".repeat(100_000).as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_answer_is_read(status in 300..700_u16, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let refused = refusal(status, &body);
        prop_assert!(!refused.message.is_empty());
        let _ = success(&body);
    }
}
