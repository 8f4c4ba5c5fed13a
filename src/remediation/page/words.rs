//! The words of the page: verdicts, sentences, names.

use crate::change::Level;
use crate::escape::{markdown as text, markdown_code as code};
use crate::model::short_name;
use crate::remediation::plan::{Answer, Guard};
use crate::remediation::proof::{Access, Verdict};
use std::fmt::Write as _;

pub(super) fn access_in_short(access: &Access) -> String {
    let steps = |verdict: Verdict| {
        let doubts = access.doubts.iter().filter(|it| it.verdict == verdict);
        let steps: std::collections::BTreeSet<(&str, &str)> =
            doubts.map(|it| (&*it.scope, &*it.step)).collect();
        count(steps.len(), "step")
    };
    match access.verdict {
        Verdict::Proven => yes("access after is contained in access before"),
        Verdict::Unknown => format!("**not known** for {}", steps(Verdict::Unknown)),
        Verdict::Refuted => format!("**no**: {} more", gives(&steps(Verdict::Refuted))),
    }
}

pub(super) fn gives(steps: &str) -> String {
    let verb = if steps == "1 step" { "gives" } else { "give" };
    format!("{steps} {verb}")
}

pub(super) fn yes(what: &str) -> String {
    format!("yes, {what}")
}

/// What was found, and on what if the words do not say so.
pub(super) fn found(answer: &Answer) -> String {
    let resource = short_name(&answer.resource);
    let message = one_line(&answer.message);
    if answer.message.contains(&*resource) {
        message
    } else {
        format!("{message} ({})", code(&resource))
    }
}

pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual: no script runs it",
    }
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proven => "yes.",
        Verdict::Unknown => "**not known.**",
        Verdict::Refuted => "**no.**",
    }
}

pub(super) fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::LastAdministrator => "Last administrator",
        Guard::OwnAccess => "Your own access",
        Guard::ServiceAgent => "Google's service agent",
        Guard::DeclaredNeeded => "Declared needed",
        Guard::NotKnown => "Not known",
    }
}

/// Words of a rule in one line: what they put between backticks is code.
pub(super) fn prose(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = words.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(&words);
    }
    let part = |(at, part): (usize, &&str)| if at % 2 == 1 { code(part) } else { text(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Markdown of a text in one line.
pub(super) fn one_line(words: &str) -> String {
    text(&words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The same with a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut line = prose(words);
    if !line.ends_with(['.', '!', '?']) {
        line.push('.');
    }
    line
}

/// A sentence as a clause. What begins with a name or an abbreviation stays.
pub(super) fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second))
            if first.is_ascii_uppercase() && second.is_ascii_lowercase() =>
        {
            format!("{}{}", first.to_ascii_lowercase(), chars.as_str())
        }
        _ => sentence.to_owned(),
    }
}

pub(super) fn count(n: usize, what: &str) -> String {
    let mut text = String::new();
    let _ = write!(text, "{n} {what}{}", if n == 1 { "" } else { "s" });
    text
}
