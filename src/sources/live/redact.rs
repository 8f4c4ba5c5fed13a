//! What an error says of itself, without secrets: answers and errors of libraries may repeat what was sent.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Longer messages are cut: some proxies answer with whole pages.
const LONGEST: usize = 1_000;

/// What a cause may fill of a message.
const LONGEST_CAUSE: usize = 200;

/// What stands in the place of a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// Forms of secrets: access tokens of Google and its refresh tokens, JSON Web Tokens, what follows `Bearer`, and the
/// values of parameters and JSON members that carry one.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)ya29\.[\w.\-]+",
        r"|\b1//[\w\-]{8,}",
        r"|\beyJ[\w\-]+\.[\w\-]+(?:\.[\w\-]*)?",
        r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        r"|(?P<named>\b(?:Bearer|Basic)\s+)[\w\-.~+/]{6,}=*",
        r"|(?P<set>\b(?:access_?token|id_?token|refresh_?token|subject_?token|client_?secret|private_?key|assertion)",
        r#"(?:\\?["'])?\s*[:=]\s*(?:\\?["'])?)[^\s"'&,}<>\\]+"#,
        r"|(?P<query>[?&](?:key|token|signature|x-goog-signature)=)[^\s&]+",
    ))
    .ok()
});

/// The text without what looks like a secret.
pub(super) fn redact(text: &str) -> String {
    let Some(secrets) = SECRETS.as_ref() else {
        // Cannot happen, as a test shows. If it did, silence would be right.
        return REDACTED.to_owned();
    };
    let replace = |found: &Captures<'_>| {
        let kept = ["named", "set", "query"]
            .iter()
            .find_map(|name| found.name(name));
        format!("{}{REDACTED}", kept.map_or("", |kept| kept.as_str()))
    };
    secrets.replace_all(text, replace).into_owned()
}

/// The text in one line of bearable length, without what looks like a secret.
pub(super) fn clean(text: &str) -> String {
    // Enough to fill the line, so that megabytes are not searched.
    let text: String = text.chars().take(LONGEST * 8).collect();
    let text = redact(&text);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    shortened(line, LONGEST)
}

fn shortened(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// An error with its causes, as [`clean`] has it.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Many errors repeat their cause.
        if !told.contains(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        cause = error.source();
    }
    clean(&told)
}

/// What is at the bottom of an error, in few words: for libraries that wrap it in layers that all say the same. The answer of
/// a server, which `google-cloud-auth` quotes as `body=<…>`, is worth more than its status below.
pub(super) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        told = error.to_string();
        if told.contains("body=<") {
            break;
        }
        below = error.source();
    }
    let answer = told.split_once("body=<").map(|(_, rest)| {
        rest.rsplit_once('>')
            .map_or(rest, |(answer, _)| answer)
            .to_owned()
    });
    let told = answer
        .filter(|answer| !answer.trim().is_empty())
        .unwrap_or(told);
    shortened(
        clean(told.split(" (os error").next().unwrap_or(&told)),
        LONGEST_CAUSE,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{LONGEST, SECRETS, clean, redact};
    use proptest::prelude::*;

    #[test]
    fn secrets_are_taken_out_and_words_stay() {
        assert!(SECRETS.is_some());
        for (told, expected) in [
            (
                "Invalid token ya29.a0Af_x-y.z here",
                "Invalid token [redacted] here",
            ),
            (
                "authorization: Bearer tok-123456",
                "authorization: Bearer [redacted]",
            ),
            (
                r#"body=<{"access_token":"abc","expires_in":3}>"#,
                r#"body=<{"access_token":"[redacted]","expires_in":3}>"#,
            ),
            (
                r#""{\"refresh_token\": \"abc\"}""#,
                r#""{\"refresh_token\": \"[redacted]\"}""#,
            ),
            (
                "https://x/y?key=AIza123&alt=json",
                "https://x/y?key=[redacted]&alt=json",
            ),
            (
                "https://x/y?X-Goog-Signature=00ff",
                "https://x/y?X-Goog-Signature=[redacted]",
            ),
            ("eyJhbGciOi.eyJpc3Mi.c2ln is no JWT", "[redacted] is no JWT"),
            ("the token expired", "the token expired"),
            ("Permission 'a.b.c' denied", "Permission 'a.b.c' denied"),
            ("client_secret=s3", "client_secret=[redacted]"),
            ("-----BEGIN PRIVATE KEY-----MIIE", "[redacted]"),
        ] {
            assert_eq!(redact(told), expected);
        }
    }

    #[test]
    fn a_message_is_one_short_line() {
        assert_eq!(clean("a\r\n\tb\0c  d\u{1b}[2J"), "a b c d [2J");
        let long = clean(&"é".repeat(LONGEST * 20));
        assert_eq!(long.chars().count(), LONGEST + 1);
    }

    proptest! {
        #[test]
        fn any_text_is_cleaned(text in any::<String>()) {
            let once = clean(&text);
            prop_assert!(!once.contains('\n'));
        }
    }
}
