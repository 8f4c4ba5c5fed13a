//! For what reports are sent to.

use super::terminal;

/// The value of a label in the text format of Prometheus, between its quotes.
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
pub fn prometheus(text: &str) -> String {
    // Backslashes last: those that [`terminal`] writes are part of the value, too.
    let shown = terminal(text);
    shown.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Text of a Slack message, at most `limit` characters long when it is escaped: no reference is cut in two.
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
pub fn slack(text: &str, limit: usize) -> String {
    let shown = terminal(text);
    let escaped = |c: char| match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        // It would end or begin text in the type of names.
        '`' => "'".into(),
        c => String::from(c),
    };
    let length: usize = shown.chars().map(|c| escaped(c).chars().count()).sum();
    if length <= limit {
        return shown.chars().map(escaped).collect();
    }
    let mut safe = String::new();
    let mut taken = 1;
    for piece in shown.chars().map(escaped) {
        taken += piece.chars().count();
        if taken > limit {
            break;
        }
        safe.push_str(&piece);
    }
    safe.push('…');
    safe
}
