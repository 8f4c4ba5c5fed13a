//! What an answer says: a JSON object, or why there is none.
//!
//! Google's APIs speak of errors in two ways: `google.rpc.Status` with details (most), and `error.errors[]` with reasons
//! in camel case (Cloud Storage, BigQuery and other older ones). Proxies and front ends answer with HTML.

use super::super::TroubleKind;
use super::super::redact::clean;
use super::retry::{Period, retry_delay};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;

/// An answer that refuses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) kind: TroubleKind,
    /// The machine-readable reason.
    pub(super) reason: Option<String>,
    /// One line, without secrets.
    pub(super) message: String,
    /// The permission that is missing.
    pub(super) permission: Option<String>,
    /// How long the API asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Of an exhausted quota.
    pub(super) period: Option<Period>,
    /// Calls a minute that an exhausted quota allows.
    pub(super) rate: Option<u32>,
}

/// Reads a successful answer.
///
/// # Errors
/// Why it is not what APIs document: every answer is a JSON object.
pub(super) fn success(body: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => {
            if object.len() == 1 && object.get("error").is_some_and(Value::is_object) {
                return Err("an error came with the status of a success".to_owned());
            }
            Ok(Value::Object(object))
        }
        Ok(_) => Err("the answer is JSON, but no object".to_owned()),
        Err(error) if error.is_eof() => Err(format!("the answer ends early: {error}")),
        Err(error) => Err(format!("the answer is not JSON: {error}")),
    }
}

/// Reads an answer that refuses.
pub(super) fn refusal(status: u16, body: &[u8]) -> Refusal {
    let told = match serde_json::from_slice::<Value>(body) {
        Ok(value) => Told::of(&value),
        Err(_) => Told {
            message: page_title(body),
            ..Told::default()
        },
    };
    let message = match told.message.as_deref().map(clean) {
        Some(message) if !message.is_empty() => message,
        _ => told.reason.clone().unwrap_or_default(),
    };
    let kind = kind(status, &told, &message);
    let mut permission = told.permission.filter(|_| kind == TroubleKind::Denied);
    if kind == TroubleKind::Denied && permission.is_none() {
        permission = permission_in(&message).or_else(|| {
            let project = told.reason.as_deref() == Some("USER_PROJECT_DENIED");
            project.then(|| "serviceusage.services.use".to_owned())
        });
    }
    let quota = kind == TroubleKind::Quota;
    let period = told.period.or_else(|| period_in(&message));
    let period = period.filter(|_| quota);
    Refusal {
        kind,
        message: match message.is_empty() {
            true => format!("HTTP {status}"),
            false if told.reason.is_none() => format!("HTTP {status}: {message}"),
            false => message,
        },
        reason: told.reason,
        permission,
        retry_after: told.retry_after,
        period,
        rate: told.rate.filter(|_| period == Some(Period::Minute)),
    }
}

/// What an error says of itself, in whichever way.
#[derive(Debug, Default)]
struct Told {
    message: Option<String>,
    reason: Option<String>,
    permission: Option<String>,
    retry_after: Option<Duration>,
    period: Option<Period>,
    rate: Option<u32>,
}

impl Told {
    fn of(value: &Value) -> Told {
        // Servers that stream lists wrap their errors in one.
        let value = value.get(0).unwrap_or(value);
        let error = value.get("error").unwrap_or(&Value::Null);
        if let Some(code) = error.as_str() {
            // OAuth 2.0 (RFC 6749, 5.2).
            return Told {
                message: text(value, "error_description").or_else(|| Some(code.to_owned())),
                reason: Some(clean(code)),
                ..Told::default()
            };
        }
        let mut told = Told {
            message: text(error, "message"),
            ..Told::default()
        };
        for detail in array(error, "details") {
            let kind = text(detail, "@type").unwrap_or_default();
            if kind.ends_with("google.rpc.ErrorInfo") && told.reason.is_none() {
                told.info(detail);
            } else if kind.ends_with("google.rpc.RetryInfo") {
                told.retry_after = text(detail, "retryDelay").and_then(|delay| retry_delay(&delay));
            }
        }
        if told.reason.is_none() {
            let older = array(error, "errors").find_map(|one| text(one, "reason"));
            let reason = older.or_else(|| text(error, "status"));
            told.reason = reason.map(|reason| clean(&reason));
        }
        told
    }

    fn info(&mut self, info: &Value) {
        self.reason = text(info, "reason").map(|reason| clean(&reason));
        let data = info.get("metadata").unwrap_or(&Value::Null);
        self.permission = text(data, "permission").map(|name| clean(&name));
        let unit = text(data, "quota_unit").or_else(|| text(data, "quota_limit"));
        self.period = match unit.unwrap_or_default().to_ascii_lowercase() {
            unit if unit.contains("/min") || unit.contains("perminute") => Some(Period::Minute),
            unit if unit.contains("/d") || unit.contains("perday") => Some(Period::Day),
            _ => None,
        };
        self.rate = text(data, "quota_limit_value").and_then(|value| value.trim().parse().ok());
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned()).filter(|text| !text.is_empty())
}

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn kind(status: u16, told: &Told, message: &str) -> TroubleKind {
    let reason = told.reason.as_deref().unwrap_or_default();
    match status {
        401 => TroubleKind::Credentials,
        403 => match reason {
            "SERVICE_DISABLED" | "accessNotConfigured" => TroubleKind::Disabled,
            "RATE_LIMIT_EXCEEDED"
            | "rateLimitExceeded"
            | "userRateLimitExceeded"
            | "quotaExceeded"
            | "dailyLimitExceeded" => TroubleKind::Quota,
            // No permission helps here.
            "BILLING_DISABLED"
            | "accountDisabled"
            | "billingNotEnabled"
            | "UserProjectAccountProblem"
            | "CONSUMER_INVALID"
            | "CONSUMER_SUSPENDED"
            | "SECURITY_POLICY_VIOLATED"
            | "vpcServiceControls"
            | "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
            | "insufficientScopes" => TroubleKind::Rejected,
            _ if disabled_in(message) => TroubleKind::Disabled,
            _ => TroubleKind::Denied,
        },
        404 | 410 => TroubleKind::NotFound,
        // A gateway's own word for an attempt that took too long.
        408 => TroubleKind::TimedOut,
        429 => TroubleKind::Quota,
        500.. => TroubleKind::Server,
        _ => TroubleKind::Rejected,
    }
}

/// Older APIs say it in words only.
fn disabled_in(message: &str) -> bool {
    message.contains("has not been used in project") && message.contains("or it is disabled")
}

/// What quota messages say where they come without details: `limit 'Read requests per minute' of service …`.
fn period_in(message: &str) -> Option<Period> {
    let message = message.to_ascii_lowercase();
    if message.contains("per minute") {
        Some(Period::Minute)
    } else if message.contains("per day") || message.contains("dailylimit") {
        Some(Period::Day)
    } else {
        None
    }
}

/// How messages name the permission that is missing, quoted or not: `Permission 'a.b.c' denied on resource`,
/// `does not have a.b.c access`, `Required "a.b.c" permission for`, `Permission a.b.c is required`.
static PERMISSIONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r#"["'`]?([a-z][A-Za-z0-9]*(?:\.googleapis\.com/[A-Za-z0-9]+\.[A-Za-z0-9]+|(?:\.[A-Za-z0-9]+){2,}))["'`]?"#;
    Regex::new(&format!(
        r"(?:[Pp]ermission(?:\(s\)|s)?:? {name})|(?:(?:not have|lacks|[Rr]equired?s?|[Mm]issing) {name} (?:access|permission))"
    ))
    .ok()
});

/// The permission that a message names.
fn permission_in(message: &str) -> Option<String> {
    let found = PERMISSIONS.as_ref()?.captures(message)?;
    let name = found.get(1).or_else(|| found.get(2))?;
    Some(name.as_str().to_owned())
}

/// The title of a page in HTML, or the first words of whatever it is.
fn page_title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = lower[start..].find("</title>")?;
        text.get(start..start + end)
    });
    match title {
        Some(title) => Some(title.to_owned()),
        None if lower.contains("<html") || lower.contains("<!doctype") => None,
        None => Some(text.chars().take(200).collect()),
    }
}

#[cfg(test)]
mod tests;
