//! Who asks, in words: what `leastwise auth` prints and a report may name.

use super::fetch::{Source, Won};
use super::metadata::Metadata;
use super::{SCOPES, SourceKind, Tokens};
use crate::sources::live::Trouble;
use crate::sources::live::client::{Options, endpoint, http, is_private};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// Who asks. Holds no token.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The e-mail address or principal; `None` where nobody says it.
    pub who: Option<String>,
    /// What kind of credentials.
    pub kind: SourceKind,
    /// Where they were found.
    pub place: String,
    /// Whose credentials are used to impersonate `who`.
    pub through: Option<Box<Identity>>,
    /// The project that is billed for calls, and who says so.
    pub quota_project: Option<(String, String)>,
    /// The OAuth scopes that are asked for.
    pub scopes: Vec<&'static str>,
    /// When the token that is used now expires, where that is known; a new one is fetched before.
    pub expires: Option<Timestamp>,
}

impl Tokens {
    /// Who asks. Fetches a token, unless offline, to see whether the credentials work.
    ///
    /// # Errors
    /// There are no credentials, or they give no token.
    pub async fn identity(&self) -> Result<Identity, Trouble> {
        // Boxed, because an impersonation asks about the credentials behind it.
        Box::pin(self.look()).await
    }

    async fn look(&self) -> Result<Identity, Trouble> {
        let inner = &*self.inner;
        let online = !inner.offline && !self.is_anonymous();
        if online {
            self.held().await?;
        }
        let current = inner.cache.current();
        let mut expires = current.as_ref().and_then(|current| current.expires);
        let source = &inner.chosen.source;
        let through = match source {
            Source::Impersonated(impersonation) => {
                Some(Box::new(impersonation.base().identity().await?))
            }
            _ => None,
        };
        let mut who = inner.chosen.who.clone();
        if online && who.is_none() {
            who = match source.won() {
                Some(Won::Metadata { .. }) => self.metadata().account().await,
                Some(Won::Gcloud) => inner.gcloud_account.clone(),
                None => None,
            };
        }
        if let (Some(current), true) = (&current, online && who.is_none()) {
            let told = self.ask_about(current.token.reveal()).await;
            who = told.as_ref().and_then(|told| word(told, "email"));
            let left = told.as_ref().and_then(|told| word(told, "expires_in"));
            let left = left.and_then(|left| left.parse::<i64>().ok());
            let end = left.and_then(|left| Timestamp::now().as_second().checked_add(left));
            expires = expires.or_else(|| Timestamp::from_second(end?).ok());
        }
        Ok(Identity {
            who,
            kind: source.kind().unwrap_or(SourceKind::Unknown),
            place: self.place(),
            through,
            quota_project: inner.quota_project.clone(),
            scopes: match self.is_anonymous() {
                true => Vec::new(),
                false => SCOPES.to_vec(),
            },
            expires,
        })
    }

    fn metadata(&self) -> Metadata<'_> {
        match &self.inner.chosen.source {
            Source::Surroundings { found, .. } => Metadata::new(found.metadata_host.as_deref()),
            _ => Metadata::new(None),
        }
    }

    /// Where the credentials were found, in words.
    fn place(&self) -> String {
        let place = match self.inner.chosen.source.won() {
            Some(Won::Metadata { .. }) => "the metadata server",
            Some(Won::Gcloud) => "`gcloud auth print-access-token`",
            None => &self.inner.chosen.place,
        };
        place.to_owned()
    }

    /// The project that is meant where none is named, and who says so: `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT`,
    /// `CLOUDSDK_CORE_PROJECT`, gcloud's active configuration, the key file, the metadata server, in this order.
    pub async fn default_project(&self) -> Option<(String, String)> {
        let inner = &*self.inner;
        if let Some(project) = &inner.project {
            return Some(project.clone());
        }
        let owner = match &inner.chosen.source {
            Source::Impersonated(impersonation) => impersonation.base(),
            _ => self,
        };
        let chosen = &owner.inner.chosen;
        if let Some(project) = &chosen.project {
            return Some((project.clone(), chosen.place.clone()));
        }
        // Whether there is a metadata server is known after the first token.
        if matches!(chosen.source, Source::Surroundings { .. }) && chosen.source.won().is_none() {
            owner.held().await.ok()?;
        }
        match chosen.source.won()? {
            Won::Metadata { project } => Some((project?, owner.place())),
            Won::Gcloud => None,
        }
    }

    /// What Google says of a token; it goes in the body, because addresses end up in logs.
    async fn ask_about(&self, token: &str) -> Option<Value> {
        let endpoints = &self.inner.endpoints;
        let base = endpoint(endpoints, "oauth2");
        if !is_private(&base) {
            return None;
        }
        let options = Options {
            endpoints: endpoints.clone(),
            attempt_timeout: Duration::from_secs(10),
            ..Options::default()
        };
        let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let encoded = token.bytes().map(|b| match safe(b) {
            true => char::from(b).to_string(),
            false => format!("%{b:02X}"),
        });
        let body = format!("access_token={}", encoded.collect::<String>());
        let call = http(&options).ok()?.post(format!("{base}/tokeninfo"));
        let call = call
            .header(
                http::header::CONTENT_TYPE,
                "application/x-www-form-urlencoded",
            )
            .timeout(options.attempt_timeout)
            .body(body);
        let answer = call.send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        serde_json::from_slice(&answer.bytes().await.ok()?).ok()
    }
}

/// Numbers come as text or as numbers.
fn word(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
