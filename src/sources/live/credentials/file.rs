//! A file with credentials, as `gcloud auth application-default login`, the console or a pipeline writes it.

use super::secret::Secret;
use super::{SourceKind, trouble};
use crate::sources::live::Trouble;
use crate::sources::live::client::is_private;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Larger than any file with credentials.
const LARGEST: u64 = 1 << 20;

/// What a file says of itself.
#[derive(Debug)]
pub(super) struct File {
    pub(super) kind: SourceKind,
    /// The whole text.
    pub(super) json: Secret,
    /// Whom it speaks for, if it says so.
    pub(super) who: Option<String>,
    /// The project of a service account's key.
    pub(super) project: Option<String>,
    /// Which project is billed for calls.
    pub(super) quota_project: Option<String>,
}

impl File {
    /// Reads it; `from` says who named it.
    ///
    /// # Errors
    /// It cannot be read, or is none of the types that can be used.
    pub(super) fn read(path: &Path, from: &str) -> Result<File, Trouble> {
        let text = read(path, LARGEST)
            .map_err(|why| trouble(&format!("cannot read `{}` ({from}): {why}", path.display())))?;
        let wrong = |why: String| trouble(&format!("`{}` ({from}): {why}", path.display()));
        let json: Value = serde_json::from_str(text.reveal())
            // The words of the error would be harmless; where it is helps more.
            .map_err(|error| wrong(format!("no JSON, line {}", error.line())))?;
        let word = |key: &str| Some(json.get(key)?.as_str()?).filter(|text| !text.is_empty());
        let needed = |keys: &[&str]| match keys.iter().find(|key| word(key).is_none()) {
            Some(missing) => Err(wrong(format!("`{missing}` is missing"))),
            None => Ok(()),
        };
        let owned = |text: &str| text.to_owned();
        let (kind, who) = match word("type") {
            Some("service_account") => {
                needed(&["client_email", "private_key", "token_uri"])?;
                (
                    SourceKind::ServiceAccountKey,
                    word("client_email").map(owned),
                )
            }
            Some("authorized_user") => {
                needed(&["client_id", "client_secret", "refresh_token"])?;
                (SourceKind::AuthorizedUser, word("account").map(owned))
            }
            Some("external_account") => {
                let account = word("service_account_impersonation_url").and_then(account);
                let who = account.or_else(|| word("audience").map(owned));
                (SourceKind::ExternalAccount, who)
            }
            Some("impersonated_service_account") => {
                let who = word("service_account_impersonation_url").and_then(account);
                (SourceKind::ImpersonatedServiceAccount, who)
            }
            Some(other) => {
                let known = "service_account, authorized_user, external_account and impersonated_service_account";
                return Err(wrong(format!("type `{other}` cannot be used; {known} can")));
            }
            None => {
                let why = "no credentials: `type` is missing".to_owned();
                return Err(wrong(why));
            }
        };
        for key in ["token_uri", "token_url"] {
            if let Some(address) = word(key).filter(|address| !is_private(address)) {
                let why = format!("`{key}` is `{address}`, neither `https` nor on this machine");
                return Err(wrong(why));
            }
        }
        Ok(File {
            kind,
            who,
            project: word("project_id").map(owned),
            quota_project: word("quota_project_id").map(owned),
            json: text,
        })
    }
}

/// A file as text, or why not.
pub(super) fn read(path: &Path, limit: u64) -> Result<Secret, String> {
    let mut text = String::new();
    let reading =
        std::fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_string(&mut text));
    match reading {
        Ok(_) if text.len() as u64 > limit => Err(format!("larger than {limit} bytes")),
        Ok(_) => Ok(Secret::new(&text)),
        Err(error) => Err(match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::InvalidData => "it is no text".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        }),
    }
}

/// The service account in `…/serviceAccounts/EMAIL:generateAccessToken`.
fn account(url: &str) -> Option<String> {
    let (_, rest) = url.rsplit_once("/serviceAccounts/")?;
    let email = rest.split(':').next()?;
    (!email.is_empty()).then(|| email.to_owned())
}
