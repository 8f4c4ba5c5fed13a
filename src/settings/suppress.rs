//! Suppressions: findings that somebody accepted, with a reason, usually for a time.

use super::config::{Config, Strings, SuppressEntry};
use super::error::{SettingsError, Source};
use super::pattern::{Glob, ResourceGlob, RuleInfo, RulePattern};
use crate::finding::Finding;
use jiff::civil::Date;
use std::ops::Range;
use toml::Spanned;

/// The suppressions of a configuration, checked and compiled.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    entries: Vec<Suppression>,
    source: Option<Source>,
}

/// One `[[suppress]]`.
///
/// A finding is covered when its rule is one of `rules` and every other key that is given holds; of several
/// patterns in one key any may match.
#[derive(Debug, Clone)]
pub struct Suppression {
    rules: Vec<(RulePattern, Range<usize>)>,
    resource: Option<Vec<ResourceGlob>>,
    member: Option<Vec<Glob>>,
    role: Option<Vec<Glob>>,
    condition: Option<Vec<String>>,
    fingerprint: Option<Vec<String>>,
    /// Why the findings are accepted.
    pub reason: String,
    /// The last day, in UTC, on which it counts.
    pub expires: Option<Date>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// Its place, `.leastwise.toml:12`.
    pub place: String,
}

impl Suppressions {
    /// Checks and compiles the `[[suppress]]` entries of `config` as of `today`.
    ///
    /// # Errors
    /// The first entry without rules, reason or scope, with a bare wildcard that was not allowed, an invalid
    /// pattern or fingerprint, or an expiry that the configuration forbids.
    pub(super) fn compile(
        config: &Config,
        source: &Source,
        today: Date,
    ) -> Result<Suppressions, SettingsError> {
        let entries = config
            .suppress
            .iter()
            .map(|entry| Suppression::compile(entry, config, source, today))
            .collect::<Result<_, _>>()?;
        Ok(Suppressions {
            entries,
            source: Some(source.clone()),
        })
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> &[Suppression] {
        &self.entries
    }

    /// Checks that every rule named exists among `all` rules, selected or not: a typo must not become silence.
    ///
    /// # Errors
    /// The first name or pattern that means no rule, with a suggestion.
    pub fn check_rules(&self, all: &[RuleInfo<'_>]) -> Result<(), SettingsError> {
        let Some(source) = &self.source else {
            return Ok(());
        };
        for (pattern, span) in self.entries.iter().flat_map(|entry| &entry.rules) {
            pattern
                .check(all)
                .map_err(|(message, help)| source.error(span.clone(), message, Some(help)))?;
        }
        Ok(())
    }
}

impl Suppression {
    fn compile(
        entry: &Spanned<SuppressEntry>,
        config: &Config,
        source: &Source,
        today: Date,
    ) -> Result<Suppression, SettingsError> {
        let raw = entry.get_ref();
        let suppression = Suppression {
            rules: rules(raw, entry.span(), config.allow_wildcard, source)?,
            resource: compile_all(raw.resource.as_ref(), source, ResourceGlob::new)?,
            member: compile_all(raw.member.as_ref(), source, Glob::member)?,
            role: compile_all(raw.role.as_ref(), source, Glob::new)?,
            condition: compile_all(raw.condition.as_ref(), source, condition)?,
            fingerprint: compile_all(raw.fingerprint.as_ref(), source, fingerprint)?,
            reason: raw.reason.get_ref().trim().to_owned(),
            expires: expiry(raw, entry.span(), config, source, today)?,
            owner: raw.owner.clone(),
            ticket: raw.ticket.clone(),
            place: format!(
                "{}:{}",
                source.path.display(),
                source.line_of(entry.span().start)
            ),
        };
        if suppression.reason.is_empty() {
            let help = "say why the findings are accepted, for whoever reads it in a year";
            return Err(source.error(
                raw.reason.span(),
                "the reason is empty",
                Some(help.to_owned()),
            ));
        }
        if suppression.is_unscoped() {
            let help = "add `resource`, `member`, `role`, `condition` or `fingerprint` (`resource = \"**\"` for \
                        every resource), or switch the rule off with `ignore`";
            return Err(source.error(
                entry.span(),
                "a suppression of a whole rule",
                Some(help.to_owned()),
            ));
        }
        Ok(suppression)
    }

    fn is_unscoped(&self) -> bool {
        self.resource.is_none()
            && self.member.is_none()
            && self.role.is_none()
            && self.condition.is_none()
            && self.fingerprint.is_none()
    }

    /// Whether `rule` is one of its rules.
    pub fn names(&self, rule: &RuleInfo<'_>) -> bool {
        self.rules.iter().any(|(pattern, _)| pattern.matches(rule))
    }

    /// Whether it asks for the fingerprint, which costs a hash to know.
    pub(super) fn wants_fingerprint(&self) -> bool {
        self.fingerprint.is_some()
    }

    /// Whether it covers `finding`, whose rule is one of its rules and whose fingerprints are `fingerprints`
    /// (several, if the rule had earlier ids).
    pub(super) fn covers(&self, finding: &Finding, fingerprints: &[String]) -> bool {
        let glob = |globs: &Option<Vec<Glob>>, text: Option<&str>| match globs {
            None => true,
            Some(globs) => text.is_some_and(|text| globs.iter().any(|glob| glob.matches(text))),
        };
        glob(&self.role, finding.role.as_deref())
            && glob(&self.member, finding.member.as_deref())
            && self
                .resource
                .as_ref()
                .is_none_or(|globs| globs.iter().any(|glob| glob.matches_finding(finding)))
            && self.condition.as_ref().is_none_or(|expressions| {
                let has = finding.condition.as_deref().map(str::trim);
                expressions.iter().any(|expression| has == Some(expression))
            })
            && self
                .fingerprint
                .as_ref()
                .is_none_or(|wanted| fingerprints.iter().any(|print| wanted.contains(print)))
    }

    /// Whether its last day is before `today`.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| today > last)
    }

    /// Reason and place, as shown next to what it covers.
    pub fn describe(&self) -> String {
        let until = match self.expires {
            Some(last) => format!(", until {last}"),
            None => String::new(),
        };
        format!("{} ({}{until}{})", self.reason, self.place, self.contact())
    }

    /// `, owner …, ticket …`, as far as they are known.
    pub(super) fn contact(&self) -> String {
        let mut text = String::new();
        for (label, value) in [("owner", &self.owner), ("ticket", &self.ticket)] {
            if let Some(value) = value {
                text.push_str(", ");
                text.push_str(label);
                text.push(' ');
                text.push_str(value);
            }
        }
        text
    }

    /// Its rules as they were written.
    pub(super) fn rule_texts(&self) -> String {
        let texts: Vec<&str> = self
            .rules
            .iter()
            .map(|(pattern, _)| pattern.text())
            .collect();
        texts.join(", ")
    }
}

fn rules(
    raw: &SuppressEntry,
    span: Range<usize>,
    allow_wildcard: bool,
    source: &Source,
) -> Result<Vec<(RulePattern, Range<usize>)>, SettingsError> {
    if raw.rules.is_empty() {
        let help = "name the rules it is about: `rules = [\"gcs-public-iam\"]`";
        return Err(source.error(span, "a suppression without rules", Some(help.to_owned())));
    }
    let mut patterns = Vec::with_capacity(raw.rules.len());
    for rule in &raw.rules {
        let pattern = RulePattern::new(rule.get_ref())
            .map_err(|message| source.error(rule.span(), message, None))?;
        if pattern.is_bare_wildcard() && !allow_wildcard {
            let message = format!(
                "`{}` would suppress every rule, also those to come",
                pattern.text()
            );
            let help = "name the rules, or set `allow-wildcard = true` if you mean it";
            return Err(source.error(rule.span(), message, Some(help.to_owned())));
        }
        patterns.push((pattern, rule.span()));
    }
    Ok(patterns)
}

fn compile_all<T>(
    texts: Option<&Spanned<Strings>>,
    source: &Source,
    compile: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Vec<T>>, SettingsError> {
    let Some(texts) = texts else {
        return Ok(None);
    };
    let list = &texts.get_ref().0;
    if list.is_empty() {
        let help = Some("name one, or leave the key out".to_owned());
        return Err(source.error(texts.span(), "an empty list matches nothing", help));
    }
    list.iter()
        .map(|text| compile(text).map_err(|message| source.error(texts.span(), message, None)))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn condition(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("an empty expression is no condition".to_owned()),
        expression => Ok(expression.to_owned()),
    }
}

fn fingerprint(text: &str) -> Result<String, String> {
    if super::is_fingerprint(text) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{}` is not a fingerprint: `v1:` and 64 hexadecimal digits in lower case",
            text.escape_debug()
        ))
    }
}

fn expiry(
    raw: &SuppressEntry,
    span: Range<usize>,
    config: &Config,
    source: &Source,
    today: Date,
) -> Result<Option<Date>, SettingsError> {
    let Some(expires) = &raw.expires else {
        if config.require_expiry || config.max_expiry_days.is_some() {
            let key = if config.require_expiry {
                "require-expiry"
            } else {
                "max-expiry-days"
            };
            let help = format!("add `expires = \"2026-12-31\"`: `{key}` asks for it");
            return Err(source.error(span, "a suppression without an end", Some(help)));
        }
        return Ok(None);
    };
    let last = *expires.get_ref();
    if let Some(days) = config.max_expiry_days {
        // A latest day beyond the calendar forbids nothing.
        let latest = jiff::Span::new()
            .try_days(days)
            .and_then(|span| today.checked_add(span));
        if let Ok(latest) = latest
            && last > latest
        {
            let message = format!("a suppression for more than {days} days");
            let help = format!("`max-expiry-days` allows {latest} at the latest");
            return Err(source.error(expires.span(), message, Some(help)));
        }
    }
    Ok(Some(last))
}
