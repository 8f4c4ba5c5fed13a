//! What a failed gRPC call means: its kind, the API's reason, and the permission that is missing.

use crate::sources::live::{Trouble, TroubleKind};
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::{Code, StatusDetails};
use std::time::Duration;

/// The service, as its host begins.
pub(super) const SERVICE: &str = "storage";

/// A reason that nobody needs to read further than this.
const LONGEST_MESSAGE: usize = 500;

/// A trouble of Cloud Storage that no answer stands behind.
pub(super) fn plain(kind: TroubleKind, message: impl Into<String>) -> Trouble {
    Trouble {
        kind,
        service: SERVICE.to_owned(),
        status: None,
        reason: None,
        message: message.into(),
        permission: None,
        attempts: 0,
    }
}

/// What `error` says, as one failed attempt.
pub(super) fn trouble(error: &Error) -> Trouble {
    let Some(status) = error.status() else {
        let kind = if error.is_timeout() {
            TroubleKind::TimedOut
        } else if error.is_authentication() {
            TroubleKind::Credentials
        } else if error.is_deserialization() {
            TroubleKind::Malformed
        } else if error.is_binding() || error.is_serialization() {
            TroubleKind::Rejected
        } else {
            TroubleKind::Unreachable
        };
        return plain(kind, chain(error));
    };
    let info = status.details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info),
        _ => None,
    });
    let reason = info.map(|info| info.reason.as_str());
    let (kind, http) = kind(status.code, reason.unwrap_or_default());
    let message = match one_line(&status.message) {
        message if message.is_empty() => status.code.name().to_owned(),
        message => message,
    };
    let named = info.and_then(|info| info.metadata.get("permission").cloned());
    let permission = match kind {
        TroubleKind::Denied => named.or_else(|| permission(&message)),
        _ => None,
    };
    Trouble {
        status: Some(http),
        reason: reason.filter(|reason| !reason.is_empty()).map(one_line),
        permission: permission.map(|name| one_line(&name)),
        ..plain(kind, message)
    }
}

/// How long the API asks to wait (`google.rpc.RetryInfo`).
pub(super) fn pause(error: &Error) -> Option<Duration> {
    let details = &error.status()?.details;
    let asked = details.iter().find_map(|detail| match detail {
        StatusDetails::RetryInfo(info) => info.retry_delay.as_ref(),
        _ => None,
    })?;
    let seconds = u64::try_from(asked.seconds()).ok()?;
    let nanos = u32::try_from(asked.nanos()).ok()?;
    Some(Duration::new(seconds, nanos))
}

/// Codes and the HTTP statuses that Google maps them to.
/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
fn kind(code: Code, reason: &str) -> (TroubleKind, u16) {
    match code {
        Code::Unauthenticated => (TroubleKind::Credentials, 401),
        Code::PermissionDenied => {
            let kind = match reason {
                "SERVICE_DISABLED" => TroubleKind::Disabled,
                "RATE_LIMIT_EXCEEDED" => TroubleKind::Quota,
                _ => TroubleKind::Denied,
            };
            (kind, 403)
        }
        Code::NotFound => (TroubleKind::NotFound, 404),
        Code::ResourceExhausted => (TroubleKind::Quota, 429),
        Code::AlreadyExists | Code::Aborted => (TroubleKind::Rejected, 409),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            (TroubleKind::Rejected, 400)
        }
        Code::DeadlineExceeded => (TroubleKind::TimedOut, 504),
        Code::Cancelled => (TroubleKind::Server, 499),
        Code::Unavailable => (TroubleKind::Server, 503),
        Code::Unimplemented => (TroubleKind::Server, 501),
        _ => (TroubleKind::Server, 500),
    }
}

/// The permission that a sentence of the API names: `Permission 'p' denied on …`, `… does not have p access to …`.
fn permission(message: &str) -> Option<String> {
    let quoted = message
        .split_once("Permission '")
        .and_then(|(_, rest)| rest.split_once('\''));
    let plain = || {
        message
            .split_once("does not have ")
            .and_then(|(_, rest)| rest.split_once(" access"))
    };
    let (name, _) = quoted.or_else(plain)?;
    let is_one = name.matches('.').count() >= 2
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    is_one.then(|| name.to_owned())
}

/// An error with its causes, each said once.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = one_line(&error.to_string());
        if !text.is_empty() && !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    one_line(&said.join(": "))
}

/// Text from outside in one line of bounded length, without control characters.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        if line.len() + word.len() > LONGEST_MESSAGE {
            let room = LONGEST_MESSAGE.saturating_sub(line.len());
            line.extend(word.chars().take(room));
            line.push('…');
            break;
        }
        line.push_str(word);
    }
    line
}
