//! REST calls to Google's APIs: budgets, retries with jitter, time-outs, a circuit for each API, cancellation.

use super::credentials::Tokens;
use super::{Trouble, TroubleKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How APIs are asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// Addresses by service instead of `https://<service>.googleapis.com`; `*` stands for every service not named.
    pub endpoints: BTreeMap<String, String>,
    /// Every attempt to reach the network is an error.
    pub offline: bool,
    /// Time for one attempt.
    pub attempt_timeout: Duration,
    /// Time for a call with all its attempts.
    pub call_timeout: Duration,
    /// Attempts in all.
    pub attempts: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            endpoints: BTreeMap::new(),
            offline: false,
            attempt_timeout: Duration::from_secs(60),
            call_timeout: Duration::from_secs(300),
            attempts: 5,
        }
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The service, as its host begins: `cloudresourcemanager`.
    pub service: &'static str,
    /// The path, encoded, from `/v3/…` on.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// The body of a POST; a GET has none.
    pub body: Option<Value>,
    /// The quota that it counts against, beside that of the service: a name and calls a minute.
    pub budget: Option<(&'static str, u32)>,
}

/// Makes calls. Cheap to clone; all clones share budgets, circuits and counters.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    options: Arc<Options>,
    tokens: Arc<Tokens>,
    requests: Arc<AtomicU64>,
}

impl Client {
    /// A client that asks as `tokens` say.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(options: Options, tokens: Arc<Tokens>) -> Result<Client, Trouble> {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let http = reqwest::Client::builder()
            .build()
            .map_err(|error| Trouble {
                kind: TroubleKind::Unreachable,
                service: String::new(),
                status: None,
                reason: None,
                message: error.to_string(),
                permission: None,
                attempts: 0,
            })?;
        Ok(Client {
            http,
            options: Arc::new(options),
            tokens,
            requests: Arc::default(),
        })
    }

    /// Requests sent so far, retries included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// One answer.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub async fn call(&self, request: &Request) -> Result<Value, Trouble> {
        self.send(request, None).await
    }

    /// The same by PATCH: the only change that leastwise makes is to its own findings in Security Command Center.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub async fn patch(&self, request: &Request) -> Result<Value, Trouble> {
        self.send(request, Some(reqwest::Method::PATCH)).await
    }

    async fn send(
        &self,
        request: &Request,
        method: Option<reqwest::Method>,
    ) -> Result<Value, Trouble> {
        let trouble = |kind, status, message: String| Trouble {
            kind,
            service: request.service.to_owned(),
            status,
            reason: None,
            message,
            permission: None,
            attempts: 1,
        };
        let endpoints = &self.options.endpoints;
        let named = endpoints
            .get(request.service)
            .or_else(|| endpoints.get("*"));
        let base = match named {
            Some(base) => base.trim_end_matches('/').to_owned(),
            None => format!("https://{}.googleapis.com", request.service),
        };
        let mut url = format!("{base}{}", request.path);
        for (at, (key, value)) in request.query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(&format!("{key}={value}"));
        }
        let headers = self.tokens.headers().await?;
        let by_body = match &request.body {
            Some(_) => reqwest::Method::POST,
            None => reqwest::Method::GET,
        };
        let mut call = self.http.request(method.unwrap_or(by_body), url);
        if let Some(body) = &request.body {
            call = call.body(body.to_string());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = call.headers(headers).send().await;
        let answer =
            answer.map_err(|error| trouble(TroubleKind::Unreachable, None, error.to_string()))?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await;
        let body =
            body.map_err(|error| trouble(TroubleKind::Malformed, None, error.to_string()))?;
        if status >= 400 {
            return Err(trouble(
                TroubleKind::Rejected,
                Some(status),
                String::from_utf8_lossy(&body).into_owned(),
            ));
        }
        serde_json::from_slice(&body)
            .map_err(|error| trouble(TroubleKind::Malformed, Some(status), error.to_string()))
    }

    /// Every page of a list, in order. Pages that came before the trouble have been given to `each`.
    ///
    /// # Errors
    /// What is left when retries did not help; [`TroubleKind::PageLost`] if a token was refused or came twice.
    pub async fn pages(
        &self,
        request: &Request,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<(), Trouble> {
        let mut request = request.clone();
        loop {
            let page = self.call(&request).await?;
            let next = page.get("nextPageToken").and_then(Value::as_str);
            let next = next.filter(|token| !token.is_empty()).map(str::to_owned);
            each(page);
            let Some(token) = next else { return Ok(()) };
            request.query.retain(|(key, _)| *key != "pageToken");
            request.query.push(("pageToken", token));
        }
    }
}
