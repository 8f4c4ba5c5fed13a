//! What several renderers ask of a report.

use super::Report;
use crate::finding::{Finding, Message, Severity, fingerprint};
use crate::model::{DocumentId, Gap, GapReason, Location, short_name};
use crate::rules::Rule;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Findings of one rule at one severity, next to each other in the report's order. An analysis may judge
/// some resources milder than others: these then form a group of their own, so that no group looks worse
/// than it is.
pub(super) struct Group<'r> {
    /// The severity of all of them.
    pub(super) severity: Severity,
    /// The rule's id.
    pub(super) rule_id: &'r str,
    /// The rule.
    pub(super) rule: Option<&'r Rule>,
    /// At least one.
    pub(super) findings: &'r [Finding],
}

impl Group<'_> {
    /// How many of the findings are shown: the first few unless `all`. A single one is never left out,
    /// because the line that says so is as long as itself.
    pub(super) fn shown(&self, all: bool) -> usize {
        const FEW: usize = 5;
        match self.findings.len() {
            n if all || n <= FEW + 1 => n,
            _ => FEW,
        }
    }

    /// `2 buckets`, or `5 findings on 2 buckets`.
    pub(super) fn size(&self) -> String {
        let named = |f: &Finding| (f.resource_for_people().into_owned(), f.resource.clone());
        let mut resources: Vec<_> = self.findings.iter().map(named).collect();
        resources.sort_unstable();
        // A project is one, whether the input names it by its id or by its number.
        resources.dedup_by(|(a, _), (b, _)| a == b);
        let mut nouns = resources.iter().map(|(_, r)| super::words::noun(r));
        let first = nouns.next().unwrap_or("resource");
        let noun = if nouns.all(|noun| noun == first) {
            first
        } else {
            "resource"
        };
        let resources = super::words::len(&resources);
        let findings = super::words::len(self.findings);
        let on = super::words::count(resources, noun);
        if findings == resources {
            on
        } else {
            format!("{} on {on}", super::words::count(findings, "finding"))
        }
    }

    /// The rule's title on one line, or its id.
    pub(super) fn title(&self) -> String {
        match self.rule {
            Some(rule) => super::words::one_line(&rule.file.title),
            None => self.rule_id.to_owned(),
        }
    }
}

impl<'a> Report<'a> {
    /// The rule of a finding; `None` only if the report was put together wrongly.
    pub(super) fn rule(&self, finding: &Finding) -> Option<&'a Rule> {
        self.rules.get(usize::from(finding.rule.0))
    }

    /// The id of the rule of a finding.
    pub(super) fn rule_id(&self, finding: &Finding) -> &'a str {
        self.rule(finding).map_or("unknown-rule", |rule| &rule.id)
    }

    /// The sentence of a finding, for people.
    pub(super) fn message<'f>(&self, finding: &'f Finding) -> Cow<'f, str> {
        self.message_about(finding, &finding.resource_for_people())
    }

    /// The sentence of a finding, for programs: it names the resource as the input does, whatever else the input
    /// tells of its name.
    pub(super) fn plain_message<'f>(&self, finding: &'f Finding) -> Cow<'f, str> {
        self.message_about(finding, &short_name(&finding.resource))
    }

    fn message_about<'f>(&self, finding: &'f Finding, resource: &str) -> Cow<'f, str> {
        match (
            self.rules.get(usize::from(finding.rule.0)),
            &finding.message,
        ) {
            (_, Message::Said(text)) => Cow::Borrowed(text),
            (Some(rule), Message::Template(_)) => crate::rules::message(rule, finding, resource),
            (None, Message::Template(_)) => Cow::Borrowed(""),
        }
    }

    /// The identity of a finding.
    pub(super) fn fingerprint(&self, finding: &Finding) -> String {
        fingerprint(self.rule_id(finding), finding)
    }

    /// The path of a document as the user would write it.
    pub(super) fn path(&self, document: DocumentId) -> Cow<'a, str> {
        usize::try_from(document.0)
            .ok()
            .and_then(|index| self.documents.get(index))
            .map_or(Cow::Borrowed("-"), |document| {
                document.path.to_string_lossy()
            })
    }

    /// `file:line:column` for people, not escaped.
    pub(super) fn place(&self, document: DocumentId, location: Option<Location>) -> String {
        let path = self.path(document);
        let path = if path == "-" { "<stdin>".into() } else { path };
        match location {
            Some(at) => format!("{path}:{}:{}", at.line, at.column),
            None => path.into_owned(),
        }
    }

    /// The worst severity among the findings.
    pub(super) fn max_severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings there are of each severity, worst first, without zeros.
    pub(super) fn by_severity(&self) -> Vec<(Severity, u64)> {
        let mut counts = BTreeMap::<Severity, u64>::new();
        for finding in &self.findings {
            *counts.entry(finding.severity).or_default() += 1;
        }
        counts.into_iter().rev().collect()
    }

    /// No document held an asset: silence means nothing then.
    pub(super) fn nothing_judged(&self) -> bool {
        self.coverage.assets == 0 && self.findings.is_empty()
    }

    /// `3 critical, 11 high`, or `no findings`, or `nothing was judged`.
    pub(super) fn tally(&self) -> String {
        let counts: Vec<String> = self
            .by_severity()
            .into_iter()
            .map(|(severity, n)| format!("{} {}", super::words::number(n), severity.slug()))
            .collect();
        if self.nothing_judged() {
            "nothing was judged".to_owned()
        } else if counts.is_empty() {
            "no findings".to_owned()
        } else {
            counts.join(", ")
        }
    }

    /// The findings in groups, in the report's order.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.findings
            .chunk_by(|a, b| a.rule == b.rule && a.severity == b.severity)
            .filter_map(|findings| {
                let first = findings.first()?;
                Some(Group {
                    severity: first.severity,
                    rule_id: self.rule_id(first),
                    rule: self.rule(first),
                    findings,
                })
            })
    }

    /// The gaps by reason: those that make the run incomplete first.
    pub(super) fn gaps_by_reason(&self) -> Vec<(GapReason, Vec<&Gap>)> {
        let mut by_reason = BTreeMap::<(bool, GapReason), Vec<&Gap>>::new();
        for gap in &self.gaps {
            by_reason
                .entry((!gap.reason.is_incomplete(), gap.reason))
                .or_default()
                .push(gap);
        }
        by_reason
            .into_iter()
            .map(|((_, reason), gaps)| (reason, gaps))
            .collect()
    }

    /// `14 not assessed (12 input-missing, 2 role-unknown)`; `None` if everything was.
    pub(super) fn not_assessed(&self) -> Option<String> {
        let unknown = self.coverage.outcomes.unknown;
        if unknown == 0 {
            return None;
        }
        let mut reasons: Vec<(u64, GapReason)> = self
            .gaps_by_reason()
            .into_iter()
            .map(|(reason, gaps)| (gaps.iter().map(|gap| gap.outcomes).sum(), reason))
            .filter(|(outcomes, _)| *outcomes > 0)
            .collect();
        reasons.sort_by_key(|(outcomes, reason)| (std::cmp::Reverse(*outcomes), *reason));
        let text = format!("{} not assessed", super::words::number(unknown));
        if reasons.is_empty() {
            return Some(text);
        }
        let reasons: Vec<String> = reasons
            .into_iter()
            .map(|(n, reason)| format!("{} {}", super::words::number(n), reason.slug()))
            .collect();
        Some(format!("{text} ({})", reasons.join(", ")))
    }

    /// The sentence about what was not assessed, with a space before it. None is needed where the run says
    /// otherwise that something is missing.
    pub(super) fn assessed(&self) -> String {
        match self.not_assessed() {
            Some(text) => format!(" {text}."),
            None if self.coverage.complete && !self.nothing_judged() => {
                " Nothing was left unassessed.".to_owned()
            }
            None => String::new(),
        }
    }

    /// What is not shown among the findings, in words: suppressed, known to the baseline, hidden.
    pub(super) fn withheld(&self) -> Option<String> {
        use super::words::{len, number};
        let parts: Vec<String> = [
            (len(&self.suppressed), "suppressed"),
            (len(&self.baselined), "known to the baseline"),
            (
                self.hidden.by_persona,
                "hidden by persona (`--persona auditor` shows everything)",
            ),
            (self.hidden.by_severity, "hidden by `min-severity`"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", number(n)))
        .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// What a finding is about besides its resource: `role → member`, or the detail.
pub(super) fn subject(finding: &Finding) -> String {
    match (&finding.role, &finding.member) {
        (Some(role), Some(member)) => format!("{role} → {member}"),
        (Some(one), None) | (None, Some(one)) => one.to_string(),
        // A bare truth value only repeats the title, and the place shows what has no name.
        (None, None) => match finding.detail.as_deref() {
            None | Some("true" | "false" | "null" | "an object" | "a list") => String::new(),
            Some(detail) => detail.to_owned(),
        },
    }
}

/// What else there is to say: the detail where [`subject`] left it out, the condition, the note.
pub(super) fn asides(finding: &Finding) -> Vec<String> {
    let mut asides = Vec::new();
    if finding.role.is_some() || finding.member.is_some() {
        asides.extend(finding.detail.as_deref().map(str::to_owned));
    }
    asides.extend(finding.condition.as_deref().map(|c| format!("if {c}")));
    asides.extend(finding.note.as_deref().map(str::to_owned));
    asides
}

/// What only the message of a finding would say: the value that its rule's template names, unless it is shown already
/// or a bare truth value. What is about a binding has its role, its member and a note instead.
pub(super) fn value<'f>(rule: Option<&Rule>, finding: &'f Finding) -> Option<&'f str> {
    let Message::Template(Some(value)) = &finding.message else {
        return None;
    };
    let names_it = |message: &String| message.contains("{value}");
    let is_named = rule.is_some_and(|rule| rule.file.message.as_ref().is_some_and(names_it));
    let is_bare = matches!(
        &**value,
        "" | "true" | "false" | "null" | "absent" | "an object" | "a list"
    );
    let is_shown = |part: &Option<Arc<str>>| {
        let part = part.as_deref();
        part.is_some_and(|part| part.contains(&**value) || value.contains(part))
    };
    let is_new = !is_shown(&finding.detail) && !is_shown(&finding.note);
    let is_of_binding = finding.role.is_some() || finding.member.is_some();
    (is_named && !is_bare && is_new && !is_of_binding).then_some(&**value)
}

/// Whether the messages of a rule say more than its title and the parts of a finding: those of an
/// analysis are worded by code, the others are filled templates.
pub(super) fn message_says_more(rule: Option<&Rule>) -> bool {
    rule.is_none_or(|rule| rule.file.analysis.is_some() && rule.file.message.is_none())
}
