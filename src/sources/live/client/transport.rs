//! One attempt: an address is asked, and its answer read to the end.

use super::super::redact::{REDACTED, chain};
use super::super::{Trouble, TroubleKind};
use super::answer::{refusal, success};
use super::options::Options;
use super::request::{Request, endpoint, is_loopback, is_private};
use super::retry::{Period, retry_after};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use jiff::Timestamp;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::time::Duration;

/// An attempt that failed.
#[derive(Debug)]
pub(in super::super) struct Failed {
    pub(super) trouble: Box<Trouble>,
    pub(super) retry_after: Option<Duration>,
    pub(super) period: Option<Period>,
    pub(super) rate: Option<u32>,
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Failed {
        Failed {
            trouble: Box::new(trouble),
            retry_after: None,
            period: None,
            rate: None,
        }
    }
}

impl Failed {
    /// What an answer says that refuses: its HTTP status, and the error in it as Google's APIs write it.
    pub(in super::super) fn refused(service: &str, status: u16, body: &[u8]) -> Failed {
        let told = refusal(status, body);
        Failed {
            trouble: Box::new(Trouble {
                kind: told.kind,
                service: service.to_owned(),
                status: Some(status),
                reason: told.reason,
                message: told.message,
                permission: told.permission,
                attempts: 0,
            }),
            retry_after: told.retry_after,
            period: told.period,
            rate: told.rate,
        }
    }

    /// It was this kind of failure after all.
    pub(in super::super) fn but(mut self, kind: TroubleKind) -> Failed {
        self.trouble.kind = kind;
        self
    }
}

/// Chooses the cryptography of TLS, once for the process. Whoever makes the first TLS connection calls it before.
pub fn tls() {
    // Somebody else's choice is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The HTTP client.
///
/// # Errors
/// TLS cannot be set up: no root certificates, for example.
pub(in super::super) fn http(options: &Options) -> Result<reqwest::Client, Trouble> {
    tls();
    let connect = options.attempt_timeout.min(Duration::from_secs(10));
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("leastwise/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect)
        .tcp_keepalive(Duration::from_secs(60))
        // APIs do not redirect. What does is a portal that wants a login, and it must not see the token.
        .redirect(Policy::none());
    let all = options.endpoints.get("*");
    if all.is_some() && options.endpoints.values().all(|one| on_this_machine(one)) {
        // No proxy stands between this machine and itself.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        let message = format!("TLS cannot be set up: {}", chain(&error));
        Trouble::new(TroubleKind::Unreachable, "", &message)
    })
}

fn on_this_machine(address: &str) -> bool {
    let address = address.replace("{service}", "service");
    reqwest::Url::parse(&address).is_ok_and(|url| is_loopback(&url))
}

/// Sends one request and reads its answer; with it, the bytes that came.
pub(super) async fn attempt(
    http: &reqwest::Client,
    options: &Options,
    request: &Request,
    method: &http::Method,
    headers: HeaderMap,
) -> (Result<Value, Failed>, usize) {
    let token = headers.get(AUTHORIZATION).cloned();
    let trouble = |kind, message: &str| Trouble::new(kind, request.service, message);
    let url = match request.url(&options.endpoints) {
        Ok(url) => url,
        Err(trouble) => return (Err(trouble.into()), 0),
    };
    if token.is_some() && !is_private(&endpoint(&options.endpoints, request.service)) {
        let message =
            "its address is neither `https` nor on this machine, so no token was sent there";
        return (Err(trouble(TroubleKind::Rejected, message).into()), 0);
    }
    let mut call = http.request(method.clone(), url);
    if let Some(body) = &request.body {
        call = call
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
    }
    let work = read(call.headers(headers), options.answer_limit);
    let (result, bytes) = match tokio::time::timeout(options.attempt_timeout, work).await {
        Err(_) => {
            let message = format!("no whole answer within {:?}", options.attempt_timeout);
            (Err(trouble(TroubleKind::TimedOut, &message).into()), 0)
        }
        Ok(Err((kind, message, bytes))) => (Err(trouble(kind, &message).into()), bytes),
        Ok(Ok(answer)) => {
            let bytes = answer.body.len();
            (understood(answer, request.service), bytes)
        }
    };
    let result = result.map_err(|mut failed: Failed| {
        let token = token.as_ref().and_then(|token| token.to_str().ok());
        without(&mut failed.trouble, token);
        failed
    });
    (result, bytes)
}

/// Takes the token out of what a server repeats of it.
fn without(trouble: &mut Trouble, authorization: Option<&str>) {
    let token = authorization.and_then(|header| header.split_whitespace().last());
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return;
    };
    for text in [Some(&mut trouble.message), trouble.reason.as_mut()]
        .into_iter()
        .flatten()
    {
        if text.contains(token) {
            *text = text.replace(token, REDACTED);
        }
    }
}

struct Answer {
    status: u16,
    retry_after: Option<String>,
    body: Vec<u8>,
}

/// Sends and reads; what failed, and how many bytes had come.
async fn read(
    call: reqwest::RequestBuilder,
    limit: usize,
) -> Result<Answer, (TroubleKind, String, usize)> {
    let answer = call.send().await;
    let mut answer = answer.map_err(|error| {
        let kind = match error.is_timeout() {
            true => TroubleKind::TimedOut,
            false => TroubleKind::Unreachable,
        };
        (kind, chain(&error.without_url()), 0)
    })?;
    let status = answer.status().as_u16();
    let wish = answer.headers().get(RETRY_AFTER);
    let retry_after = wish.and_then(|wish| Some(wish.to_str().ok()?.to_owned()));
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                let message = format!("the answer is larger than {limit} bytes");
                return Err((TroubleKind::Malformed, message, body.len()));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // Of a refusal, the status says enough.
            Err(_) if status >= 300 => break,
            Err(error) => {
                let message = format!("the answer was cut: {}", chain(&error.without_url()));
                return Err((TroubleKind::Malformed, message, body.len()));
            }
        }
    }
    Ok(Answer {
        status,
        retry_after,
        body,
    })
}

fn understood(answer: Answer, service: &str) -> Result<Value, Failed> {
    if (200..300).contains(&answer.status) {
        return success(&answer.body).map_err(|message| {
            let mut trouble = Trouble::new(TroubleKind::Malformed, service, &message);
            trouble.status = Some(answer.status);
            trouble.into()
        });
    }
    let mut failed = Failed::refused(service, answer.status, &answer.body);
    let header = answer.retry_after.as_deref();
    let wish = header.and_then(|wish| retry_after(wish, Timestamp::now()));
    failed.retry_after = wish.or(failed.retry_after);
    Err(failed)
}
