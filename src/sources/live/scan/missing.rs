//! What a trouble means to people: what is missing now, and the way out.

use super::super::{Trouble, TroubleKind};
use crate::sources::snapshot::Missing;

/// So much of what an API says is told: it comes from outside, and a page of HTML helps nobody.
const LONGEST: usize = 300;

/// A call that failed, as [`Missing`] says it.
pub(super) struct Failed<'f> {
    /// The call.
    pub(super) call: &'f str,
    /// What it needs, if the API does not say what is missing.
    pub(super) permission: Option<&'f str>,
    /// What it was asked about: a full resource name.
    pub(super) resource: Option<&'f str>,
    /// The project that is asked, for whom an API is enabled.
    pub(super) project: Option<&'f str>,
}

impl Failed<'_> {
    /// What is missing because of `trouble`.
    pub(super) fn missing(&self, trouble: &Trouble) -> Missing {
        let permission = match trouble.kind {
            TroubleKind::Denied => trouble.permission.as_deref().or(self.permission),
            _ => trouble.permission.as_deref(),
        };
        Missing {
            reason: trouble.kind.gap(),
            call: self.call.to_owned(),
            resource: self.resource.map(str::to_owned),
            message: self.message(trouble, permission),
            permission: permission.map(str::to_owned),
        }
    }

    fn message(&self, trouble: &Trouble, permission: Option<&str>) -> String {
        let call = self.call;
        let service = &trouble.service;
        let said = line(&trouble.message);
        let again = "scan again with `--resume`";
        match trouble.kind {
            TroubleKind::Credentials => format!(
                "{call}: the credentials are not accepted: {said}; `leastwise auth` tells which are used"
            ),
            TroubleKind::Denied => match permission {
                Some(permission) => format!(
                    "{call} was refused: {said}; grant `{permission}` (`leastwise permissions` prints the whole role)"
                ),
                None => format!(
                    "{call} was refused: {said}; `leastwise permissions` prints the role that a scan needs"
                ),
            },
            TroubleKind::Disabled => {
                let project = match self.project {
                    Some(project) => format!(" --project {project}"),
                    None => String::new(),
                };
                format!(
                    "{service}.googleapis.com is not enabled: {said}; `gcloud services enable \
                     {service}.googleapis.com{project}` enables it, `--quota-project` names another project to ask \
                     from, `--skip '{service}.*'` leaves it out"
                )
            }
            TroubleKind::NotFound => format!(
                "{call}: not found: {said}; it does not exist, or the caller may not know that it does"
            ),
            TroubleKind::Quota => {
                format!("{call}: the quota is exhausted: {said}; {again} when it is refilled")
            }
            TroubleKind::Rejected => format!("{call} was rejected: {said}"),
            TroubleKind::Server => format!("{call}: the API failed: {said}; {again}"),
            TroubleKind::TimedOut => {
                format!(
                    "{call}: no answer in time: {said}; {again}, or with more `--attempt-timeout`"
                )
            }
            TroubleKind::Unreachable => format!("{call}: no connection: {said}; {again}"),
            TroubleKind::Malformed => format!("{call}: the answer is broken: {said}; {again}"),
            TroubleKind::PageLost => {
                format!("{call}: the rest of the list is missing: {said}; {again}")
            }
            TroubleKind::GivenUp => {
                format!("{service} is not asked any more, it failed too often: {said}; {again}")
            }
            TroubleKind::Cancelled => format!("not read: {said}; {again}"),
            TroubleKind::Offline => format!("{call}: not asked, because of `--offline`"),
        }
    }
}

/// What an API says, as one line of a bearable length.
pub(super) fn line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().count() > LONGEST {
            line = line.chars().take(LONGEST).collect();
            line.push('…');
            break;
        }
    }
    // A sentence goes on after it.
    let kept = line.trim_end_matches(['.', ';']).len();
    line.truncate(kept);
    line
}

#[cfg(test)]
mod tests {
    use super::{Failed, line};
    use crate::sources::live::{Trouble, TroubleKind};

    fn trouble(kind: TroubleKind) -> Trouble {
        Trouble {
            kind,
            service: "storage".to_owned(),
            status: Some(403),
            reason: None,
            message: "It\nwas  said.".to_owned(),
            permission: None,
            attempts: 1,
        }
    }

    #[test]
    fn every_trouble_is_one_sentence_and_only_a_refusal_names_the_permission_of_the_call() {
        let failed = Failed {
            call: "storage.buckets.list",
            permission: Some("storage.buckets.list"),
            resource: None,
            project: Some("acme-ml"),
        };
        for kind in TroubleKind::ALL {
            let missing = failed.missing(&trouble(kind));
            assert!(
                !missing.message.contains('\n'),
                "{kind:?}: {}",
                missing.message
            );
            assert!(
                !missing.message.ends_with('.'),
                "{kind:?}: {}",
                missing.message
            );
            assert_eq!(
                missing.permission.is_some(),
                kind == TroubleKind::Denied,
                "{kind:?}"
            );
            assert_eq!(missing.reason, kind.gap());
        }
        let disabled = failed.missing(&trouble(TroubleKind::Disabled)).message;
        assert!(
            disabled.contains("gcloud services enable storage.googleapis.com --project acme-ml"),
            "{disabled}"
        );
    }

    #[test]
    fn a_page_of_html_is_cut() {
        let text = line(&"<p>\n".repeat(100_000));
        assert!(text.chars().count() < 310 && text.ends_with('…'), "{text}");
        assert_eq!(line(&"ä".repeat(1000)).chars().count(), 301);
    }
}
