//! The flags of commands that ask Google's APIs, and the client that they mean.

use super::{Failure, env};
use crate::sources::live::client::{Client, Options};
use crate::sources::live::credentials::{CredentialOptions, Tokens};
use crate::sources::live::{Trouble, TroubleKind};
use clap::{Args, ValueHint};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Who asks Google's APIs, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Google Cloud")]
pub(super) struct LiveArguments {
    /// A file with credentials, instead of GOOGLE_APPLICATION_CREDENTIALS, the application default credentials, the
    /// metadata server and gcloud.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "access_token_file")]
    credentials: Option<PathBuf>,

    /// The service account to act as, e.g. `scanner@acme-ml.iam.gserviceaccount.com`; with commas, delegates before it
    /// [env: CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT].
    #[arg(long, value_name = "ACCOUNT")]
    impersonate: Option<String>,

    /// The project whose quota is used [env: GOOGLE_CLOUD_QUOTA_PROJECT].
    #[arg(long, value_name = "PROJECT")]
    quota_project: Option<String>,

    /// A file with an access token, read again when it changes [env: CLOUDSDK_AUTH_ACCESS_TOKEN_FILE].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    access_token_file: Option<PathBuf>,

    /// No credentials: for emulators and test servers.
    #[arg(long, hide = true, conflicts_with_all = ["credentials", "access_token_file", "impersonate"])]
    anonymous: bool,

    /// Another address for a service, e.g. `storage=http://127.0.0.1:9000`; `*` is every service, and `{service}` in
    /// the address its name. May be given several times.
    #[arg(long = "endpoint", value_name = "SERVICE=URL", value_parser = endpoint)]
    endpoints: Vec<(String, String)>,

    /// Every attempt to reach the network is an error.
    #[arg(long)]
    pub(super) offline: bool,

    /// How often a call is tried before it counts as failed.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    attempts: u32,

    /// Time for one attempt, e.g. `30s`.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    attempt_timeout: Duration,

    /// Time for a call with all its attempts, e.g. `5m`.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    call_timeout: Duration,

    /// Time for everything, e.g. `2h`: what is not read by then is reported as missing [default: no limit].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
}

/// `storage=http://127.0.0.1:9000`.
fn endpoint(text: &str) -> Result<(String, String), String> {
    let (service, address) = text
        .split_once('=')
        .ok_or("write SERVICE=URL, e.g. `storage=http://127.0.0.1:9000`")?;
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if service != "*" && (service.is_empty() || !service.bytes().all(word)) {
        return Err(format!(
            "`{service}` is no service; write the first word of its host, e.g. `storage`, or `*`"
        ));
    }
    let host = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') => {
            Ok((service.to_owned(), address.to_owned()))
        }
        _ => Err("the address begins with `https://` or `http://`".to_owned()),
    }
}

/// `30s`, `5m`, `1h 30m`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.trim().parse::<u32>() {
        Ok(seconds) => Ok(SignedDuration::from_secs(i64::from(seconds))),
        Err(_) => text.trim().parse::<SignedDuration>(),
    };
    let wrong = || "write a time with its unit, e.g. `30s`, `5m` or `2h`".to_owned();
    let duration = Duration::try_from(parsed.map_err(|_| wrong())?).map_err(|_| wrong())?;
    // Beyond a year it cannot be meant, and can no longer be added to every moment.
    match duration {
        Duration::ZERO => Err("no time at all is too short".to_owned()),
        long if long > Duration::from_secs(366 * 86_400) => Err("more than a year".to_owned()),
        duration => Ok(duration),
    }
}

impl LiveArguments {
    /// The client that they mean, and who it asks as. Reads the files that are named; no request is made yet.
    ///
    /// # Errors
    /// Credentials that were named cannot be used, or TLS cannot be set up.
    pub(super) fn open(&self) -> Result<(Client, Arc<Tokens>), Failure> {
        let endpoints: BTreeMap<String, String> = self.endpoints.iter().cloned().collect();
        let wanted = CredentialOptions {
            file: self.credentials.clone(),
            impersonate: self.impersonate.clone(),
            quota_project: self.quota_project.clone(),
            access_token_file: self.access_token_file.clone(),
            anonymous: self.anonymous,
            endpoints: endpoints.clone(),
            offline: self.offline,
        };
        let options = Options {
            endpoints,
            offline: self.offline,
            attempt_timeout: self.attempt_timeout,
            call_timeout: self.call_timeout,
            total_timeout: self.timeout,
            attempts: self.attempts,
            ..Options::default()
        };
        let tokens = Tokens::new(&wanted, &env).map_err(failed)?;
        let tokens = Arc::new(tokens);
        let client = Client::new(options, Arc::clone(&tokens)).map_err(failed)?;
        Ok((client, tokens))
    }
}

/// A trouble that leaves nothing to go on with.
pub(super) fn failed(trouble: Trouble) -> Failure {
    match trouble.kind {
        TroubleKind::Credentials | TroubleKind::Offline => Failure::usage(trouble.message),
        _ if trouble.service.is_empty() => {
            Failure::Internal(anyhow::anyhow!("{}", trouble.message))
        }
        _ => Failure::Internal(anyhow::anyhow!("{}: {}", trouble.service, trouble.message)),
    }
}

/// Runs asynchronous work to its end. Once for a client: its connections end with the runtime that they were made in.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(work);
    // A name that nobody resolves, or a gcloud that waits for an answer, must not keep the program.
    runtime.shutdown_background();
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::{duration, endpoint};
    use std::time::Duration;

    #[test]
    fn times_have_units() {
        let secs = |seconds| Ok(Duration::from_secs(seconds));
        assert_eq!(duration("30s"), secs(30));
        assert_eq!(duration("5m"), secs(300));
        assert_eq!(duration("1h 30m"), secs(5400));
        assert_eq!(duration("45"), secs(45));
        for wrong in [
            "",
            "0s",
            "-5s",
            "soon",
            "99999999999999999999",
            "20000h",
            "P1Y",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn endpoints_are_services_and_addresses() {
        let pair = |service: &str, address: &str| Ok((service.to_owned(), address.to_owned()));
        assert_eq!(
            endpoint("*=http://127.0.0.1:1/{service}"),
            pair("*", "http://127.0.0.1:1/{service}")
        );
        assert_eq!(endpoint("iam=https://x"), pair("iam", "https://x"));
        for wrong in [
            "iam",
            "=http://x",
            "IAM=http://x",
            "iam=x:80",
            "iam=http://",
            "iam=ftp://x",
        ] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
