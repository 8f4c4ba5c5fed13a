//! Answers and errors as Google words them: the form of most APIs, and that of Cloud Storage and BigQuery.

use super::http::Reply;
use serde_json::{Value, json};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 403: a permission is missing, on a resource.
    Denied(String, String),
    /// 403: the API is off in the project of this number.
    Disabled(String),
    /// 429, with seconds to wait if any are told.
    Quota(Option<u64>),
    /// 401.
    Unauthenticated,
    /// 404: what was asked for is not there.
    NotFound(String),
    /// 400.
    Invalid(String),
    /// 5xx.
    Server(u16),
    /// Google's page for a path that no API has.
    NoSuchPath,
}

/// 200 with JSON.
pub fn ok(body: &Value) -> Reply {
    Reply {
        status: 200,
        body: serde_json::to_vec(body).unwrap_or_default(),
        ..Reply::default()
    }
}

/// A refusal, as this service words it.
pub fn refuse(service: &str, refusal: &Refusal) -> Reply {
    let older = matches!(service, "storage" | "bigquery" | "compute");
    let (status, word, message, reason, details) = worded(service, refusal);
    if *refusal == Refusal::NoSuchPath {
        return Reply {
            status: 404,
            body: b"<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title></html>"
                .to_vec(),
            ..Reply::default()
        };
    }
    let mut error = json!({ "code": status, "message": message });
    if older {
        let mut one = json!({ "message": message, "domain": "global", "reason": reason });
        if matches!(refusal, Refusal::Unauthenticated) {
            one["locationType"] = json!("header");
            one["location"] = json!("Authorization");
        }
        error["errors"] = json!([one]);
    } else {
        error["status"] = json!(word);
    }
    if let Some(details) = details {
        // The older form has details only where the front end answers, before the API itself.
        if !older || matches!(refusal, Refusal::Disabled(_) | Refusal::Quota(_)) {
            error["status"] = json!(word);
            error["details"] = json!([details]);
        }
    }
    let mut reply = ok(&json!({ "error": error }));
    reply.status = status;
    if let Refusal::Quota(Some(seconds)) = refusal {
        reply.headers.push(("retry-after", seconds.to_string()));
    }
    reply
}

type Worded = (u16, &'static str, String, &'static str, Option<Value>);

fn worded(service: &str, refusal: &Refusal) -> Worded {
    let info = |reason: &str, domain: &str, metadata: Value| {
        Some(
            json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain, "metadata": metadata }),
        )
    };
    match refusal {
        Refusal::Denied(permission, resource) => {
            let message = match service {
                "storage" => format!(
                    "scanner@acme.example does not have {permission} access to the Google Cloud Storage {}. Permission '{permission}' denied on resource (or it may not exist).",
                    if resource.contains("/buckets/") {
                        "bucket"
                    } else {
                        "project"
                    }
                ),
                "bigquery" => format!(
                    "Access Denied: {resource}: User does not have {permission} permission for {resource}."
                ),
                // Resource Manager does not say which permission in its message.
                "cloudresourcemanager" => "The caller does not have permission".to_owned(),
                _ => format!(
                    "Permission '{permission}' denied on resource '{resource}' (or it may not exist)."
                ),
            };
            let metadata = json!({ "permission": permission, "resource": resource });
            let details = info("IAM_PERMISSION_DENIED", &domain(service), metadata);
            let reason = if service == "bigquery" {
                "accessDenied"
            } else {
                "forbidden"
            };
            (403, "PERMISSION_DENIED", message, reason, details)
        }
        Refusal::Disabled(project) => {
            let message = format!(
                "{service} API has not been used in project {project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/{service}.googleapis.com/overview?project={project} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
            );
            let metadata = json!({ "service": format!("{service}.googleapis.com"), "consumer": format!("projects/{project}") });
            let details = info("SERVICE_DISABLED", "googleapis.com", metadata);
            (
                403,
                "PERMISSION_DENIED",
                message,
                "accessNotConfigured",
                details,
            )
        }
        Refusal::Quota(_) => {
            let message = format!(
                "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service '{service}.googleapis.com' for consumer 'project_number:481516234201'."
            );
            let metadata = json!({
                "service": format!("{service}.googleapis.com"),
                "consumer": "projects/481516234201",
                "quota_metric": format!("{service}.googleapis.com/read_requests"),
                "quota_limit": "ReadRequestsPerMinutePerProject",
                "quota_limit_value": "600",
                "quota_location": "global",
            });
            let details = info("RATE_LIMIT_EXCEEDED", "googleapis.com", metadata);
            (
                429,
                "RESOURCE_EXHAUSTED",
                message,
                "rateLimitExceeded",
                details,
            )
        }
        Refusal::Unauthenticated => {
            let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
            let metadata = json!({ "service": format!("{service}.googleapis.com") });
            let details = info("ACCESS_TOKEN_EXPIRED", "googleapis.com", metadata);
            (
                401,
                "UNAUTHENTICATED",
                message.to_owned(),
                "authError",
                details,
            )
        }
        Refusal::NotFound(what) => {
            let message = match service {
                "storage" if what.starts_with("bucket ") => {
                    "The specified bucket does not exist.".to_owned()
                }
                "storage" => "Not Found".to_owned(),
                "bigquery" => format!("Not found: {what}"),
                _ => format!("Requested entity was not found: {what}"),
            };
            (404, "NOT_FOUND", message, "notFound", None)
        }
        Refusal::Invalid(why) => (400, "INVALID_ARGUMENT", why.clone(), "invalid", None),
        Refusal::Server(status) => {
            let (word, message, reason) = match status {
                503 => (
                    "UNAVAILABLE",
                    "The service is currently unavailable.",
                    "backendError",
                ),
                504 => (
                    "DEADLINE_EXCEEDED",
                    "Deadline expired before operation could complete.",
                    "backendError",
                ),
                _ => ("INTERNAL", "Internal error encountered.", "internalError"),
            };
            (*status, word, message.to_owned(), reason, None)
        }
        Refusal::NoSuchPath => (404, "NOT_FOUND", String::new(), "notFound", None),
    }
}

/// Who says in `ErrorInfo` that a permission is missing.
fn domain(service: &str) -> String {
    match service {
        "iam" => "iam.googleapis.com".to_owned(),
        service => format!("{service}.googleapis.com"),
    }
}
