//! Numbers, nouns and lists as people write them.

use crate::model::GapReason;
use std::time::Duration;

/// `1933` as `1,933`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 asset`, `1,933 assets`: a count with a noun whose plural takes an s.
pub(super) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// Length of a slice as the type in which things are counted.
pub(super) fn len<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

/// A span of time, as precisely as a person cares: `0.04 s`, `12.3 s`, `2 min 05 s`.
pub(super) fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds < 9.995 {
        format!("{seconds:.2} s")
    } else if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = elapsed.as_secs() + u64::from(elapsed.subsec_millis() >= 500);
        format!("{} min {:02} s", number(whole / 60), whole % 60)
    }
}

/// All white space, newlines included, as single spaces: prose of a rule file on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `limit` characters of `text`; what is cut is shown by an ellipsis.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Lines of at most `width` characters, broken at spaces only: a word that is longer stands alone.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        match lines.last_mut() {
            Some((used, line)) if *used + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
                *used += 1 + length;
            }
            _ => lines.push((length, word.to_owned())),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What kind of thing a full resource name names, as a noun with a regular plural.
pub(super) fn noun(resource: &str) -> &'static str {
    if let Some(bucket) = resource.strip_prefix("//storage.googleapis.com/") {
        return if bucket.contains("/managedFolders/") {
            "managed folder"
        } else {
            "bucket"
        };
    }
    if let Some(node) = resource.strip_prefix("//cloudresourcemanager.googleapis.com/") {
        return match node.split('/').next() {
            Some("projects") => "project",
            Some("folders") => "folder",
            Some("organizations") => "organisation",
            _ => "resource",
        };
    }
    if let Some((_, account)) = resource.split_once("/serviceAccounts/") {
        return if account.contains("/keys/") {
            "key"
        } else {
            "service account"
        };
    }
    if resource.starts_with("//iam.googleapis.com/") && resource.contains("/roles/") {
        return "role";
    }
    "resource"
}

/// What a gap's reason means, as a clause.
pub(super) fn meaning(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Unreadable => "a document could not be read",
        GapReason::Invalid => "a document is broken or ends too early",
        GapReason::TooLarge => "a document is too large or too deeply nested",
        GapReason::Unrecognised => "a document named on the command line is nothing we know",
        GapReason::PolicyVersion => "a policy was read below version 3, its conditions are lost",
        GapReason::Refused => "an API refused or failed",
        GapReason::Truncated => "a list has more pages than the input holds",
        GapReason::ResourceUnknown => "nothing says whose policy this is",
        GapReason::RoleUnknown => "what a role carries is not known",
        GapReason::DialectLacks => "the form of the export cannot carry the field",
        GapReason::KnownAfterApply => "the value is known only after terraform apply",
        GapReason::ContentMissing => "the input holds a part of a resource, not all of it",
        GapReason::InputMissing => "the input does not hold what a rule needs",
        GapReason::MemberUnknown => "a principal has a form we do not know",
        GapReason::ConditionUnknown => "a condition cannot be decided from the input",
        GapReason::ValueUnknown => "a field is absent or has an unexpected type",
        GapReason::SettingMissing => "a rule needs something only you can say",
    }
}

/// The way out of a gap, where the reason alone names one.
pub(super) fn way_out(reason: GapReason) -> Option<&'static str> {
    Some(match reason {
        GapReason::Unreadable => "check the path and who may read it",
        GapReason::Invalid => "export the document again",
        GapReason::TooLarge => "export it as one asset per line",
        GapReason::Refused => "give the reader access, or lint without that scope",
        GapReason::Truncated => "fetch the remaining pages",
        GapReason::ResourceUnknown => "say it: --resource NAME, or a pattern in leastwise.toml",
        GapReason::RoleUnknown => "add the output of gcloud iam roles describe to the input",
        GapReason::DialectLacks => "export the same resource in a form that carries it",
        GapReason::KnownAfterApply => "lint again after the apply",
        GapReason::ContentMissing => "add the rest of the resource: its settings, policy or ACLs",
        GapReason::InputMissing => "add it to the input",
        GapReason::MemberUnknown => "check the spelling of the principal",
        GapReason::SettingMissing => "say it in leastwise.toml",
        // The sentence of the gap says it, or there is none.
        GapReason::PolicyVersion
        | GapReason::Unrecognised
        | GapReason::ConditionUnknown
        | GapReason::ValueUnknown => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{count, duration, noun, number, one_line, shorten, wrap};
    use std::time::Duration;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let table = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (n, text) in table {
            assert_eq!(number(n), text);
        }
        assert_eq!(count(1, "asset"), "1 asset");
        assert_eq!(count(0, "asset"), "0 assets");
    }

    #[test]
    fn durations_keep_what_matters() {
        let table = [
            (41, "0.04 s"),
            (9_994, "9.99 s"),
            (12_340, "12.3 s"),
            (59_949, "59.9 s"),
            (59_970, "1 min 00 s"),
            (125_000, "2 min 05 s"),
        ];
        for (millis, text) in table {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn resources_have_nouns() {
        let table = [
            ("//storage.googleapis.com/b", "bucket"),
            (
                "//storage.googleapis.com/b/managedFolders/x/",
                "managed folder",
            ),
            ("//cloudresourcemanager.googleapis.com/folders/1", "folder"),
            (
                "//iam.googleapis.com/projects/p/serviceAccounts/a/keys/k",
                "key",
            ),
            ("//iam.googleapis.com/projects/p/roles/r", "role"),
            ("nonsense", "resource"),
        ];
        for (name, word) in table {
            assert_eq!(noun(name), word, "{name}");
        }
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
        assert_eq!(wrap("ab cd efghij k", 5), ["ab cd", "efghij", "k"]);
        assert!(wrap("", 5).is_empty());
        assert_eq!(one_line(" a\n  b\t c "), "a b c");
    }
}
