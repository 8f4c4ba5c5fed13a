//! Where tokens come from, one function for each kind of credentials.

use super::impersonate::Impersonation;
use super::metadata::Metadata;
use super::secret::Secret;
use super::{SCOPES, SourceKind, file, trouble};
use crate::sources::live::Trouble;
use crate::sources::live::redact::cause;
use gcp_auth::{CustomServiceAccount, GCloudAuthorizedUser, TokenProvider};
use google_cloud_auth::credentials::{
    AccessTokenCredentials, external_account, impersonated, user_account,
};
use jiff::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a token server may take, with what the libraries try again.
const PATIENCE: Duration = Duration::from_secs(30);

/// gcloud is a program in Python and refreshes its own token.
const GCLOUD_PATIENCE: Duration = Duration::from_secs(60);

/// A token file is looked at again after so long, because whoever writes it does so without a word.
const FILE_RECHECK: Duration = Duration::from_secs(1);

/// `google-cloud-auth` does not tell when a token expires, but keeps it fresh itself; it is asked again after so long.
const GOOGLE_RECHECK: Duration = Duration::from_secs(60);

/// Longer than any token.
const LONGEST_TOKEN: u64 = 64 << 10;

/// A token.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) token: Secret,
    /// When it expires, if it says so.
    pub(super) expires: Option<Timestamp>,
    /// When to ask again, whatever it says.
    pub(super) recheck: Option<Duration>,
}

/// Where tokens come from.
pub(super) enum Source {
    /// There are none.
    Anonymous,
    /// A file with a token, which somebody else keeps fresh.
    TokenFile(PathBuf),
    /// A token, which nobody refreshes.
    Token(Secret),
    /// A service account's key.
    Key(Secret),
    /// What `gcp_auth` refuses: files of other types.
    Google {
        kind: SourceKind,
        json: Secret,
        built: Mutex<Option<AccessTokenCredentials>>,
    },
    /// Nobody named any: the metadata server, then gcloud.
    Surroundings {
        found: Found,
        won: std::sync::Mutex<Option<Won>>,
    },
    /// Another service account on behalf of what was chosen.
    Impersonated(Box<Impersonation>),
}

/// What was looked at before the surroundings.
#[derive(Debug)]
pub(super) struct Found {
    /// `GCE_METADATA_HOST`.
    pub(super) metadata_host: Option<String>,
    /// Where the application default credentials would be.
    pub(super) default: Option<PathBuf>,
}

/// Which of the surroundings has credentials.
#[derive(Debug, Clone)]
pub(super) enum Won {
    Metadata { project: Option<String> },
    Gcloud,
}

/// Nothing of tokens and keys.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind())
    }
}

impl Source {
    /// A file with a token; it must be readable now.
    pub(super) fn token_file(path: PathBuf, from: &str) -> Result<Source, Trouble> {
        match read_token(&path) {
            Ok(_) => Ok(Source::TokenFile(path)),
            Err(why) => Err(trouble(&format!("`{}` ({from}): {why}", path.display()))),
        }
    }

    pub(super) fn google(kind: SourceKind, json: Secret) -> Source {
        let built = Mutex::default();
        Source::Google { kind, json, built }
    }

    pub(super) fn surroundings(found: Found) -> Source {
        let won = std::sync::Mutex::default();
        Source::Surroundings { found, won }
    }

    /// What kind it is; `None` while nobody has looked.
    pub(super) fn kind(&self) -> Option<SourceKind> {
        Some(match self {
            Source::Anonymous => SourceKind::Anonymous,
            Source::TokenFile(_) => SourceKind::AccessTokenFile,
            Source::Token(_) => SourceKind::AccessToken,
            Source::Key(_) => SourceKind::ServiceAccountKey,
            Source::Google { kind, .. } => *kind,
            Source::Surroundings { .. } => match self.won()? {
                Won::Metadata { .. } => SourceKind::Metadata,
                Won::Gcloud => SourceKind::Gcloud,
            },
            Source::Impersonated(_) => SourceKind::Impersonation,
        })
    }

    /// Which of the surroundings has credentials, once that is known.
    pub(super) fn won(&self) -> Option<Won> {
        let Source::Surroundings { won, .. } = self else {
            return None;
        };
        won.lock().ok()?.clone()
    }

    /// Whether a new token may be had where an old one is refused.
    pub(super) fn renews(&self) -> bool {
        !matches!(self, Source::Anonymous | Source::Token(_))
    }

    /// A token; `new`: not one that some library has kept.
    pub(super) async fn fetch(&self, new: bool) -> Result<Fetched, Trouble> {
        match self {
            Source::Anonymous => Err(trouble("no credentials were asked for")),
            Source::TokenFile(path) => read_token(path)
                .map(|token| Fetched {
                    token,
                    expires: None,
                    recheck: Some(FILE_RECHECK),
                })
                .map_err(|why| trouble(&format!("`{}`: {why}", path.display()))),
            Source::Token(token) => Ok(Fetched {
                token: token.clone(),
                expires: None,
                recheck: None,
            }),
            Source::Key(json) => by_key(json).await,
            Source::Google { kind, json, built } => by_google(*kind, json, built, new).await,
            Source::Surroundings { found, won } => {
                let before = self.won();
                let (fetched, now) = by_surroundings(found, before).await?;
                if let Ok(mut won) = won.lock() {
                    *won = Some(now);
                }
                Ok(fetched)
            }
            Source::Impersonated(impersonation) => impersonation.fetch().await,
        }
    }
}

/// The token in a file.
fn read_token(path: &Path) -> Result<Secret, String> {
    let text = file::read(path, LONGEST_TOKEN)?;
    match text.reveal().trim() {
        "" => Err("it is empty".to_owned()),
        token if token.contains(char::is_whitespace) => {
            Err("it holds more than one word, so it is no token".to_owned())
        }
        token => Ok(Secret::new(token)),
    }
}

/// A token of `gcp_auth`.
pub(super) fn of_gcp_auth(token: &gcp_auth::Token) -> Fetched {
    Fetched {
        token: Secret::new(token.as_str()),
        expires: Timestamp::from_second(token.expires_at().timestamp()).ok(),
        recheck: None,
    }
}

/// The library keeps its token until 20 s before it expires, so each token is asked of a new provider.
async fn by_key(json: &Secret) -> Result<Fetched, Trouble> {
    let failed = |why: &str| trouble(&format!("the service account's key gives no token: {why}"));
    let key = CustomServiceAccount::from_json(json.reveal());
    let key = key.map_err(|error| failed(&cause(&error)))?;
    match timeout(PATIENCE, key.token(&SCOPES)).await {
        Err(_) => Err(failed("the token server did not answer in time")),
        Ok(Ok(token)) => Ok(of_gcp_auth(&token)),
        // The library does not repeat the server's words.
        Ok(Err(gcp_auth::Error::Str(why))) => Err(failed(&format!(
            "{why}; the key may be deleted or disabled, or the clock of this machine wrong"
        ))),
        Ok(Err(error)) => Err(failed(&cause(&error))),
    }
}

async fn by_google(
    kind: SourceKind,
    json: &Secret,
    built: &Mutex<Option<AccessTokenCredentials>>,
    new: bool,
) -> Result<Fetched, Trouble> {
    let failed = |why: &str| trouble(&format!("the {} gives no token: {why}", kind.words()));
    let mut built = built.lock().await;
    if new {
        *built = None;
    }
    let credentials = match &*built {
        Some(credentials) => credentials.clone(),
        None => build(kind, json).map_err(|why| failed(&why))?,
    };
    let token = match timeout(PATIENCE, credentials.access_token()).await {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => {
            // A library's cache that has failed once may stay so.
            *built = None;
            let why = cause(&error);
            return Err(failed(&match why.contains("invalid_grant") {
                true if kind == SourceKind::AuthorizedUser => {
                    format!("{why}; log in again with `gcloud auth application-default login`")
                }
                _ => why,
            }));
        }
        Err(_) => {
            *built = None;
            return Err(failed("no answer in time"));
        }
    };
    *built = Some(credentials);
    Ok(Fetched {
        token: Secret::new(&token.token),
        expires: None,
        recheck: Some(GOOGLE_RECHECK),
    })
}

fn build(kind: SourceKind, json: &Secret) -> Result<AccessTokenCredentials, String> {
    crate::sources::live::client::tls();
    let json = serde_json::from_str(json.reveal()).map_err(|error| error.to_string())?;
    let built = match kind {
        SourceKind::ExternalAccount => external_account::Builder::new(json)
            .with_scopes(SCOPES)
            .build_access_token_credentials(),
        SourceKind::ImpersonatedServiceAccount => impersonated::Builder::new(json)
            .with_scopes(SCOPES)
            .build_access_token_credentials(),
        // The scopes of a user's refresh token were decided at the login.
        _ => user_account::Builder::new(json).build_access_token_credentials(),
    };
    built.map_err(|error| cause(&error))
}

/// The metadata server, then gcloud; later only the one that had credentials.
async fn by_surroundings(found: &Found, won: Option<Won>) -> Result<(Fetched, Won), Trouble> {
    let metadata = Metadata::new(found.metadata_host.as_deref());
    let mut tried = vec!["GOOGLE_APPLICATION_CREDENTIALS is not set".to_owned()];
    if let Some(path) = &found.default {
        tried.push(format!("there is no `{}`", path.display()));
    }
    if !matches!(won, Some(Won::Gcloud)) {
        match metadata.fetch().await {
            Ok((fetched, project)) => return Ok((fetched, Won::Metadata { project })),
            Err(why) => tried.push(format!("no metadata server ({why})")),
        }
    }
    if !matches!(won, Some(Won::Metadata { .. })) {
        match by_gcloud().await {
            Ok(fetched) => return Ok((fetched, Won::Gcloud)),
            Err(why) => tried.push(format!("gcloud has none ({why})")),
        }
    }
    Err(trouble(&format!(
        "no credentials: {}. Log in with `gcloud auth application-default login`, or name a file with `--credentials` or \
         `--access-token-file`",
        tried.join("; ")
    )))
}

/// The library waits for the program without giving way to others, hence the thread of its own.
async fn by_gcloud() -> Result<Fetched, String> {
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let gcloud = GCloudAuthorizedUser::new().await?;
            gcloud.token(&SCOPES).await
        })
    });
    match timeout(GCLOUD_PATIENCE, work).await {
        Err(_) => Err("it did not answer in time".to_owned()),
        Ok(Err(_)) => Err("it was cut off".to_owned()),
        Ok(Ok(Err(gcp_auth::Error::Io(..)))) => Err("there is no such program".to_owned()),
        Ok(Ok(Err(error))) => Err(cause(&error)),
        Ok(Ok(Ok(token))) => Ok(of_gcp_auth(&token)),
    }
}
