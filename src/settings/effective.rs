//! What a run goes by: the configuration, checked and compiled, under the flags of the command line.

use super::baseline::Baseline;
use super::config::{Organization, explain};
use super::discover::Loaded;
use super::error::{SettingsError, Source, did_you_mean};
use super::exit::DEFAULT_FAIL_ON;
use super::needed::NeededGrant;
use super::pattern::{RuleInfo, RulePattern};
use super::places::{BucketRoles, PathPatterns, Principals};
use super::public::PublicBuckets;
use super::suppress::Suppressions;
use super::utc_date;
use crate::finding::{Persona, Severity};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Flags that overrule the configuration.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--fail-on`.
    pub fail_on: Option<Severity>,
    /// `--min-severity`.
    pub min_severity: Option<Severity>,
    /// `--persona`.
    pub persona: Option<Persona>,
    /// `--no-ignores`: suppressions are checked and then not applied.
    pub no_ignores: bool,
    /// `--baseline FILE`, relative to the current folder.
    pub baseline: Option<PathBuf>,
    /// `--no-baseline`, and what `baseline write` uses.
    pub no_baseline: bool,
}

/// The settings of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How much is shown.
    pub persona: Persona,
    /// The least severity that is shown.
    pub min_severity: Severity,
    /// The least severity that fails the run.
    pub fail_on: Severity,
    /// Folders with the user's own rules.
    pub rule_folders: Vec<PathBuf>,
    /// What belongs to the organisation; domains in lower case.
    pub organization: Organization,
    /// Named lists of members.
    pub principals: Principals,
    /// What buckets are for.
    pub buckets: BucketRoles,
    /// Buckets that everybody may read.
    pub public: PublicBuckets,
    /// Access that must not be taken away.
    pub needed: Vec<NeededGrant>,
    /// Whose a bare policy is, by its path.
    pub paths: PathPatterns,
    /// What is accepted.
    pub suppressions: Suppressions,
    /// Whether suppressions and declarations of public buckets are applied.
    pub apply_suppressions: bool,
    /// What was known before.
    pub baseline: Option<Baseline>,
    /// Where the baseline is, or would be written.
    pub baseline_path: Option<PathBuf>,
    /// Whether what is hidden is kept apart instead of only counted: [`super::Triage::hidden`].
    pub keep_hidden: bool,
    /// What the user should know.
    pub notices: Vec<String>,
    severities: Vec<(RulePattern, Severity, Range<usize>)>,
    options: Options,
    source: Source,
}

/// Options by rule and key.
type Options = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<toml::Value>>>;

impl Settings {
    /// Checks and compiles `loaded`, and reads the baseline. Paths in `overrides` are taken as they are.
    ///
    /// # Errors
    /// Whatever is wrong with the configuration or the baseline.
    pub fn new(
        loaded: &Loaded,
        overrides: &Overrides,
        now: Timestamp,
    ) -> Result<Settings, SettingsError> {
        let (config, source) = (&loaded.config, &loaded.source);
        let baseline_path = overrides
            .baseline
            .clone()
            .or_else(|| config.baseline.as_ref().map(|file| loaded.base.join(file)));
        let baseline = match &baseline_path {
            Some(path) if !overrides.no_baseline => Some(load_baseline(path, overrides)?),
            _ => None,
        };
        let mut severities = Vec::with_capacity(config.severity.len());
        for (rule, severity) in &config.severity {
            let pattern = RulePattern::new(rule.get_ref())
                .ok()
                .filter(RulePattern::is_name)
                .ok_or_else(|| {
                    let help = Some("give each rule its own line".to_owned());
                    source.error(
                        rule.span(),
                        "a severity is set by rule id, not by pattern",
                        help,
                    )
                })?;
            severities.push((pattern, *severity, rule.span()));
        }
        Ok(Settings {
            persona: overrides.persona.or(config.persona).unwrap_or_default(),
            min_severity: overrides
                .min_severity
                .or(config.min_severity)
                .unwrap_or(Severity::Info),
            fail_on: overrides
                .fail_on
                .or(config.fail_on)
                .unwrap_or(DEFAULT_FAIL_ON),
            rule_folders: config
                .rules
                .iter()
                .map(|folder| loaded.base.join(folder))
                .collect(),
            organization: organization(&config.organization, source)?,
            principals: Principals::compile(config, source)?,
            buckets: BucketRoles::compile(config, source)?,
            public: PublicBuckets::compile(config, source)?,
            needed: NeededGrant::compile_all(config, source)?,
            paths: PathPatterns::compile(&config.resource, source)?,
            suppressions: Suppressions::compile(config, source, utc_date(now))?,
            apply_suppressions: !overrides.no_ignores,
            baseline,
            baseline_path,
            keep_hidden: false,
            notices: loaded.notices.clone(),
            severities,
            options: config.options.clone(),
            source: source.clone(),
        })
    }

    /// Checks the rules that the configuration names against `all` rules there are, selected or not.
    ///
    /// # Errors
    /// The first name that means no rule, with a suggestion.
    pub fn check_rules(&self, all: &[RuleInfo<'_>]) -> Result<(), SettingsError> {
        for (pattern, _, span) in &self.severities {
            pattern
                .check(all)
                .map_err(|(message, help)| self.source.error(span.clone(), message, Some(help)))?;
        }
        self.suppressions.check_rules(all)
    }

    /// What the configuration tells single rules: by rule id and key.
    pub fn options(&self) -> BTreeMap<String, BTreeMap<String, toml::Value>> {
        let keys = |keys: &BTreeMap<Spanned<String>, Spanned<toml::Value>>| {
            let pairs = keys.iter();
            pairs
                .map(|(key, value)| (key.get_ref().clone(), value.get_ref().clone()))
                .collect()
        };
        let rules = self.options.iter();
        rules
            .map(|(rule, options)| (rule.get_ref().clone(), keys(options)))
            .collect()
    }

    /// An error about an option, or about the rule that it is for; `known` are the rules that could have been meant.
    pub fn option_error(
        &self,
        rule: &str,
        key: Option<&str>,
        message: &str,
        known: &[String],
    ) -> SettingsError {
        let unknown = key.is_some_and(|key| message.starts_with(&format!("unknown field `{key}`")));
        let options = self.options.iter().find(|(id, _)| id.get_ref() == rule);
        let place = options.map(|(id, options)| {
            let option = options
                .iter()
                .find(|(name, _)| Some(name.get_ref().as_str()) == key);
            match option {
                Some((name, _)) if unknown => name.span(),
                Some((_, value)) => value.span(),
                None => id.span(),
            }
        });
        let (message, help) = match key {
            Some(key) => {
                let (message, help) = explain(message);
                match unknown {
                    true => (format!("`{rule}` has no option `{key}`"), help),
                    false => (message, help),
                }
            }
            None => {
                let known = known.iter().map(String::as_str);
                (message.to_owned(), did_you_mean(rule, known))
            }
        };
        self.source.error(place.unwrap_or(0..0), message, help)
    }

    /// The severity that the configuration gives to `rule`, if it does.
    pub fn severity_of(&self, rule: &RuleInfo<'_>) -> Option<Severity> {
        let found = self
            .severities
            .iter()
            .find(|(pattern, ..)| pattern.matches(rule));
        found.map(|(_, severity, _)| *severity)
    }
}

fn load_baseline(path: &Path, overrides: &Overrides) -> Result<Baseline, SettingsError> {
    Baseline::load(path).map_err(|error| match error {
        SettingsError::Read { path, source } if source.kind() == ErrorKind::NotFound => {
            SettingsError::Missing {
                path,
                asked_by: match overrides.baseline {
                    Some(_) => "asked for by --baseline".to_owned(),
                    None => "asked for by `baseline` in the configuration".to_owned(),
                },
                help: "write it with `leastwise baseline write`, or pass `--no-baseline`",
            }
        }
        other => other,
    })
}

/// Domains are compared in lower case, and must be domains: an address in their place would put everybody outside.
fn organization(raw: &Organization, source: &Source) -> Result<Organization, SettingsError> {
    let mut organization = raw.clone();
    for domain in &mut organization.domains {
        let text = domain.get_ref().trim().to_lowercase();
        let plain =
            !text.is_empty() && !text.contains(['@', '*', '/', ':', ' ']) && text.contains('.');
        if !plain {
            let help = Some(
                "write the bare DNS domain, e.g. `acme.ai`; each subdomain on its own".to_owned(),
            );
            return Err(source.error(domain.span(), "not a domain", help));
        }
        *domain.get_mut() = text;
    }
    Ok(organization)
}
