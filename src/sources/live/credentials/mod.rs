//! Who asks: where credentials come from, and the one token cache for both transports.
//!
//! * `choose`: which credentials are used, when several could be.
//! * `fetch`: how each kind becomes a token.
//! * `cache`: one fetch at a time, and a new token before the old one expires.
//! * [`Identity`]: who that is.
//! * `bridge`: the same tokens for gRPC.

mod bridge;
mod cache;
mod choose;
mod fetch;
mod file;
mod gcloud;
mod identity;
mod impersonate;
mod metadata;
mod secret;

pub use cache::Held;
pub use identity::Identity;

use super::{Trouble, TroubleKind};
use cache::{BILLED, Cache};
use choose::{Chosen, choose};
use fetch::Source;
use http::{HeaderMap, HeaderValue};
use impersonate::Impersonation;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The scope that is asked for. The IAM, Asset Inventory and Organization Policy APIs know none that only reads, so what
/// the tool may do is decided by roles.
pub const SCOPES: [&str; 1] = ["https://www.googleapis.com/auth/cloud-platform"];

/// A lookup of environment variables.
pub type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Which credentials are wanted. What is absent, the environment may say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CredentialOptions {
    /// A file with credentials.
    pub file: Option<PathBuf>,
    /// The service account to act as: the target, or delegates and the target with commas between them.
    pub impersonate: Option<String>,
    /// The project that is billed for calls.
    pub quota_project: Option<String>,
    /// A file with an access token, which somebody else keeps fresh.
    pub access_token_file: Option<PathBuf>,
    /// None at all: for emulators and test servers.
    pub anonymous: bool,
    /// Addresses by service, as [`super::client::Options`] has them.
    pub endpoints: BTreeMap<String, String>,
    /// Every attempt to reach the network is an error.
    pub offline: bool,
}

/// What kind of credentials they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// None.
    Anonymous,
    /// A file with an access token.
    AccessTokenFile,
    /// An access token in a variable.
    AccessToken,
    /// A service account's key.
    ServiceAccountKey,
    /// A person's login.
    AuthorizedUser,
    /// Workload or workforce identity federation.
    ExternalAccount,
    /// A file that says whom to impersonate.
    ImpersonatedServiceAccount,
    /// The metadata server.
    Metadata,
    /// The gcloud CLI.
    Gcloud,
    /// `--impersonate`.
    Impersonation,
    /// Nobody has looked yet.
    Unknown,
}

impl SourceKind {
    /// Its name for programs.
    pub fn slug(self) -> &'static str {
        match self {
            SourceKind::Anonymous => "anonymous",
            SourceKind::AccessTokenFile => "access-token-file",
            SourceKind::AccessToken => "access-token",
            SourceKind::ServiceAccountKey => "service-account-key",
            SourceKind::AuthorizedUser => "authorized-user",
            SourceKind::ExternalAccount => "external-account",
            SourceKind::ImpersonatedServiceAccount => "impersonated-service-account",
            SourceKind::Metadata => "metadata-server",
            SourceKind::Gcloud => "gcloud",
            SourceKind::Impersonation => "impersonation",
            SourceKind::Unknown => "unknown",
        }
    }

    /// Its name for people.
    pub fn words(self) -> &'static str {
        match self {
            SourceKind::Anonymous => "no credentials",
            SourceKind::AccessTokenFile => "access token from a file",
            SourceKind::AccessToken => "access token from the environment",
            SourceKind::ServiceAccountKey => "service account key",
            SourceKind::AuthorizedUser => "user login",
            SourceKind::ExternalAccount => "identity federation",
            SourceKind::ImpersonatedServiceAccount => "impersonated service account",
            SourceKind::Metadata => "service account of this machine",
            SourceKind::Gcloud => "gcloud login",
            SourceKind::Impersonation => "impersonation",
            SourceKind::Unknown => "not looked for yet",
        }
    }
}

/// The tokens of one identity, for REST and gRPC alike. Clones share one cache.
#[derive(Clone)]
pub struct Tokens {
    inner: Arc<Inner>,
}

struct Inner {
    chosen: Chosen,
    /// The project that is billed, and who says so.
    quota_project: Option<(String, String)>,
    billed: Option<HeaderValue>,
    /// The project that the environment means, and who says so.
    project: Option<(String, String)>,
    gcloud_account: Option<String>,
    endpoints: BTreeMap<String, String>,
    offline: bool,
    cache: Cache,
}

/// Nothing of tokens.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("source", &self.inner.chosen.source)
            .field("place", &self.inner.chosen.place)
            .field("quota_project", &self.inner.quota_project)
            .finish_non_exhaustive()
    }
}

impl Tokens {
    /// No credentials: for emulators and test servers.
    pub fn anonymous() -> Tokens {
        let place = "none were asked for".to_owned();
        Tokens {
            inner: Arc::new(Inner {
                chosen: Chosen::new(Source::Anonymous, place),
                quota_project: None,
                billed: None,
                project: None,
                gcloud_account: None,
                endpoints: BTreeMap::new(),
                offline: false,
                cache: Cache::default(),
            }),
        }
    }

    /// The credentials that are wanted. Reads files; nothing is asked for a token yet.
    ///
    /// # Errors
    /// What is named cannot be used: nothing else is tried in its place.
    pub fn new(options: &CredentialOptions, env: Env<'_>) -> Result<Tokens, Trouble> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let mut chosen = choose(options, env)?;
        let named = options.quota_project.clone();
        let quota_project = named
            .map(|project| (project, "--quota-project".to_owned()))
            .or_else(|| {
                let name = "GOOGLE_CLOUD_QUOTA_PROJECT";
                set(name).map(|project| (project, name.to_owned()))
            })
            .or_else(|| Some((chosen.quota_project.clone()?, chosen.place.clone())))
            .filter(|_| !options.anonymous || options.quota_project.is_some());
        let impersonate = options.impersonate.clone().or_else(|| {
            // gcloud obeys its variable itself, and where it is asked for the token it has done so already.
            let ours = !matches!(
                chosen.source,
                Source::Surroundings { .. } | Source::Anonymous
            );
            set("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT").filter(|_| ours)
        });
        if let Some(accounts) = impersonate {
            if options.anonymous {
                return Err(trouble("nobody can be impersonated without credentials"));
            }
            let project = chosen.project.clone();
            // Whoever asks for the token is billed as their own credentials say.
            let own = chosen.quota_project.clone();
            let own = own.map(|project| (project, chosen.place.clone()));
            let base = Tokens::build(chosen, own, options, env)?;
            let impersonation = Impersonation::new(&accounts, base, &options.endpoints)?;
            let place = match options.impersonate {
                Some(_) => "--impersonate",
                None => "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
            };
            chosen = Chosen {
                who: Some(impersonation.target.clone()),
                project,
                ..Chosen::new(
                    Source::Impersonated(Box::new(impersonation)),
                    place.to_owned(),
                )
            };
        }
        Tokens::build(chosen, quota_project, options, env)
    }

    fn build(
        chosen: Chosen,
        quota_project: Option<(String, String)>,
        options: &CredentialOptions,
        env: Env<'_>,
    ) -> Result<Tokens, Trouble> {
        let header = quota_project.as_ref().map(|(project, from)| {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"-:.".contains(&b);
            let project = Some(project).filter(|project| project.bytes().all(fits));
            let value = project.and_then(|project| HeaderValue::from_str(project).ok());
            value.ok_or_else(|| trouble(&format!("the quota project of {from} is no project id")))
        });
        let active = gcloud::active(env);
        Ok(Tokens {
            inner: Arc::new(Inner {
                billed: header.transpose()?,
                quota_project,
                project: choose::project(env),
                gcloud_account: env("CLOUDSDK_CORE_ACCOUNT")
                    .filter(|account| !account.is_empty())
                    .or_else(|| active?.account),
                endpoints: options.endpoints.clone(),
                offline: options.offline,
                cache: Cache::default(),
                chosen,
            }),
        })
    }

    /// Whether there are no credentials.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.inner.chosen.source, Source::Anonymous)
    }

    /// The project that is billed for calls, and who says so.
    pub fn quota_project(&self) -> Option<&(String, String)> {
        self.inner.quota_project.as_ref()
    }

    /// What a request carries: `authorization`, and `x-goog-user-project` where there is a quota project.
    ///
    /// # Errors
    /// No token could be had.
    pub async fn headers(&self) -> Result<HeaderMap, Trouble> {
        Ok(self.held().await?.headers)
    }

    /// The headers, and which token is in them.
    pub(super) async fn held(&self) -> Result<Held, Trouble> {
        let inner = &*self.inner;
        if self.is_anonymous() {
            let billed = inner.billed.clone();
            let headers = billed.map(|project| (BILLED, project));
            return Ok(Held {
                headers: headers.into_iter().collect(),
                generation: 0,
            });
        }
        if inner.offline {
            let message = "no token was asked for: `--offline`";
            return Err(Trouble::new(TroubleKind::Offline, "", message));
        }
        let current = inner.cache.get(&inner.chosen.source, inner.billed.as_ref());
        Ok(current.await?.held)
    }

    /// Replaces the token that was refused. Whether there is another one.
    pub(super) async fn renewed(&self, refused: &Held) -> bool {
        let inner = &*self.inner;
        let (source, billed) = (&inner.chosen.source, inner.billed.as_ref());
        !self.is_anonymous() && !inner.offline && inner.cache.renew(refused, source, billed).await
    }

    /// The same credentials for `google-cloud-storage`.
    pub fn for_grpc(&self) -> google_cloud_auth::credentials::Credentials {
        bridge::Bridge::new(self.clone()).into()
    }
}

fn trouble(message: &str) -> Trouble {
    Trouble::new(TroubleKind::Credentials, "", message)
}
