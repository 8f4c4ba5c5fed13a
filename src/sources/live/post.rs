//! Messages to addresses that the user named: webhooks and Slack. No credential of Google ever goes there, and the
//! address is itself a secret, so no error repeats it.

use super::client::tls;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Time for one attempt.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Before the second attempt, unless the receiver says otherwise.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that a receiver may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// An address to which messages go. Whoever knows it can write there: it is neither shown nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(reqwest::Url);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// Why an address is not used. Does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be parsed.
    #[error("it is no URL")]
    Malformed,
    /// It is not encrypted and not on this machine.
    #[error("it is no https:// address")]
    NotEncrypted,
    /// It holds a user name or a password, which would be sent as a header.
    #[error("it holds a user name or password")]
    HasUser,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let url = reqwest::Url::parse(text.trim()).map_err(|_| AddressError::Malformed)?;
        let host = url.host_str().ok_or(AddressError::Malformed)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_here = bare == "localhost"
            || bare
                .parse()
                .is_ok_and(|address: core::net::IpAddr| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            _ => return Err(AddressError::NotEncrypted),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::HasUser);
        }
        Ok(Address(url))
    }
}

/// Why a message did not arrive, or may not have. Does not repeat the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (tried {attempts} time{})", if *attempts == 1 { "" } else { "s" })]
pub struct Undelivered {
    /// What happened, in a few words.
    pub message: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// Sends `body`, and once more if the receiver could not be reached, failed, or was busy. It may then arrive twice.
/// Each attempt has the time `timeout`, usually [`TIMEOUT`].
///
/// # Errors
/// The second failure, or the first if trying again could not help.
pub async fn post(
    address: &Address,
    body: &serde_json::Value,
    timeout: Duration,
) -> Result<(), Undelivered> {
    tls();
    let mut client = reqwest::Client::builder()
        .timeout(timeout)
        // A redirect could lead out of the encryption, or to somebody else.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("leastwise/", env!("CARGO_PKG_VERSION")));
    if address.0.scheme() == "http" {
        // No proxy stands between this machine and itself.
        client = client.no_proxy();
    }
    let client = client.build().map_err(|error| Undelivered {
        message: format!("TLS cannot be set up: {}", error.without_url()),
        attempts: 0,
    })?;
    let body = body.to_string();
    let mut attempts = 1;
    loop {
        let failed = match attempt(&client, address, &body).await {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        };
        match failed.again_after.filter(|_| attempts == 1) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => {
                return Err(Undelivered {
                    message: failed.message,
                    attempts,
                });
            }
        }
        attempts += 1;
    }
}

struct Failed {
    message: String,
    /// `None`: it would fail again.
    again_after: Option<Duration>,
}

async fn attempt(client: &reqwest::Client, address: &Address, body: &str) -> Result<(), Failed> {
    let sent = client
        .post(address.0.clone())
        .header("content-type", "application/json; charset=utf-8")
        .body(body.to_owned())
        .send()
        .await;
    let answer = sent.map_err(|error| Failed {
        message: unsent(&error),
        again_after: Some(PAUSE),
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let asked = answer.headers().get("retry-after");
    let asked = asked.and_then(|value| value.to_str().ok()?.parse().ok());
    let pause = asked.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE);
    let passing = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
    // The whole body may be large, and may repeat what was sent.
    let word = match answer.text().await {
        Ok(text) if is_word(&text) => format!(": {text}"),
        _ => String::new(),
    };
    Err(Failed {
        message: format!("the receiver answered {}{word}", status.as_u16()),
        again_after: passing.then_some(pause),
    })
}

/// What Slack says of a message that it refuses: `invalid_blocks`, `no_service`.
fn is_word(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_lowercase() || b == b'_';
    (1..=40).contains(&text.len()) && text.bytes().all(inside)
}

/// An error of the connection, in words that cannot hold the address.
fn unsent(error: &reqwest::Error) -> String {
    let words = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection to the receiver"
    } else {
        "the connection to the receiver broke"
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError, is_word};

    #[test]
    fn addresses_are_encrypted_or_here_and_never_shown() {
        for good in [
            "https://hooks.slack.com/services/T0/B0/x",
            "http://127.0.0.1:8080/hook",
            "http://localhost/hook",
            "http://[::1]:1/",
        ] {
            let address = good.parse::<Address>();
            assert!(address.is_ok(), "{good}");
            assert_eq!(format!("{address:?}"), "Ok(Address(…))");
        }
        for (bad, why) in [
            ("http://hooks.example/secret", AddressError::NotEncrypted),
            ("http://127.0.0.1.evil.example/", AddressError::NotEncrypted),
            ("ftp://127.0.0.1/", AddressError::NotEncrypted),
            ("file:///etc/passwd", AddressError::Malformed),
            ("https://user:secret@hooks.example/", AddressError::HasUser),
            ("hooks.example/secret", AddressError::Malformed),
            ("", AddressError::Malformed),
        ] {
            assert_eq!(bad.parse::<Address>(), Err(why), "{bad}");
            assert!(!why.to_string().contains("secret"));
        }
    }

    #[test]
    fn only_a_plain_word_of_the_answer_is_told() {
        assert!(is_word("invalid_blocks"));
        for text in [
            "",
            "<html>",
            "https://hooks.example",
            "a b",
            &"a".repeat(41),
        ] {
            assert!(!is_word(text), "{text}");
        }
    }
}
