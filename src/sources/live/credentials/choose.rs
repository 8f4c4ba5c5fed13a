//! Which credentials are used, when several could be: what the user names first, then what the surroundings name.

use super::fetch::{Found, Source};
use super::file::File;
use super::gcloud;
use super::secret::Secret;
use super::{CredentialOptions, Env, SourceKind};
use crate::sources::live::Trouble;
use std::path::{Path, PathBuf};

/// The credentials that are used.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) source: Source,
    /// Where they were found, in words.
    pub(super) place: String,
    /// Whom they speak for, where that is known without asking.
    pub(super) who: Option<String>,
    /// The project that they belong to.
    pub(super) project: Option<String>,
    /// The project that they bill.
    pub(super) quota_project: Option<String>,
}

impl Chosen {
    pub(super) fn new(source: Source, place: String) -> Chosen {
        Chosen {
            source,
            place,
            who: None,
            project: None,
            quota_project: None,
        }
    }

    fn file(path: &Path, from: &str) -> Result<Chosen, Trouble> {
        let file = File::read(path, from)?;
        Ok(Chosen {
            source: match file.kind {
                SourceKind::ServiceAccountKey => Source::Key(file.json),
                kind => Source::google(kind, file.json),
            },
            place: format!("`{}` ({from})", path.display()),
            who: file.who,
            project: file.project,
            quota_project: file.quota_project,
        })
    }
}

/// Variables that hold a token: of gcloud, and of Terraform's Google provider.
const TOKENS: [&str; 2] = ["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"];

/// Chooses. What is named and cannot be used is an error: nothing else is tried in its place.
pub(super) fn choose(options: &CredentialOptions, env: Env<'_>) -> Result<Chosen, Trouble> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    if options.anonymous {
        let place = "none were asked for".to_owned();
        return Ok(Chosen::new(Source::Anonymous, place));
    }
    let token_file = |path: PathBuf, from: &str| {
        let place = format!("`{}` ({from})", path.display());
        Source::token_file(path, from).map(|source| Chosen::new(source, place))
    };
    if let Some(path) = &options.access_token_file {
        return token_file(path.clone(), "--access-token-file");
    }
    if let Some(path) = &options.file {
        return Chosen::file(path, "--credentials");
    }
    if let Some(path) = set("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE") {
        return token_file(PathBuf::from(path), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE");
    }
    for name in TOKENS {
        if let Some(token) = set(name) {
            let token = Secret::new(token.trim());
            return Ok(Chosen::new(Source::Token(token), name.to_owned()));
        }
    }
    if let Some(path) = set("GOOGLE_APPLICATION_CREDENTIALS") {
        return Chosen::file(Path::new(&path), "GOOGLE_APPLICATION_CREDENTIALS");
    }
    let folder = gcloud::folder(env);
    let default = folder.map(|folder| folder.join("application_default_credentials.json"));
    if let Some(path) = default.as_deref().filter(|path| path.exists()) {
        return Chosen::file(path, "application default credentials");
    }
    let found = Found {
        metadata_host: set("GCE_METADATA_HOST"),
        default,
    };
    let place = "not looked for yet".to_owned();
    Ok(Chosen::new(Source::surroundings(found), place))
}

/// The project that is meant where none is named, and who says so. The credentials may know another one.
pub(super) fn project(env: Env<'_>) -> Option<(String, String)> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    for name in [
        "GOOGLE_CLOUD_PROJECT",
        "GCLOUD_PROJECT",
        "CLOUDSDK_CORE_PROJECT",
    ] {
        if let Some(project) = set(name) {
            return Some((project, name.to_owned()));
        }
    }
    let active = gcloud::active(env)?;
    let from = format!("gcloud configuration `{}`", active.name);
    Some((active.project?, from))
}
