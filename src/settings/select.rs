//! Which rules run.

use super::discover::Loaded;
use super::error::SettingsError;
use super::pattern::{RuleInfo, RulePattern};
use toml::Spanned;

/// The rules that run, by their index in the slice that was handed to [`select`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection(Vec<bool>);

impl Selection {
    /// Whether the rule at `index` runs.
    pub fn runs(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(false)
    }

    /// How many rules run. Never zero.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|runs| **runs).count()
    }
}

/// Decides which of `rules` run, from `--select` and `--ignore` (`flags`) and the configuration.
///
/// `--select` takes the place of `select`; without either, all rules run. `ignore` and `--ignore` both take rules
/// away again, except that a rule named by id in `--select` runs although the configuration ignores it: the
/// command line is the later word. So does a rule that otherwise only runs under a benchmark.
///
/// # Errors
/// A pattern that means no rule, or patterns that leave no rule at all: a typo must not become a pass.
pub fn select(
    flags: &SelectFlags<'_>,
    loaded: &Loaded,
    rules: &[RuleInfo<'_>],
) -> Result<Selection, SettingsError> {
    let asked = from_flag("--select", flags.select, rules)?;
    let dropped = from_flag("--ignore", flags.ignore, rules)?;
    let file_asked = match &loaded.config.select {
        Some(patterns) => Some(from_file(patterns, loaded, rules)?),
        None => None,
    };
    let file_dropped = from_file(&loaded.config.ignore, loaded, rules)?;
    let any = |patterns: &[RulePattern], rule: &RuleInfo<'_>| {
        patterns.iter().any(|pattern| pattern.matches(rule))
    };
    let runs = |rule: &RuleInfo<'_>| {
        let wanted = match (&asked[..], &file_asked) {
            ([], None) => true,
            ([], Some(patterns)) => any(patterns, rule),
            (patterns, _) => any(patterns, rule),
        };
        let named = asked
            .iter()
            .any(|pattern| pattern.is_name() && pattern.matches(rule));
        let passed_over = rule.benchmark_only || any(&file_dropped, rule);
        wanted && !any(&dropped, rule) && (named || !passed_over)
    };
    let selection = Selection(rules.iter().map(runs).collect());
    if selection.count() == 0 {
        return Err(SettingsError::Argument {
            name: "rules".to_owned(),
            message: "none is left to run".to_owned(),
            help: "widen `--select` or `select`, or narrow `--ignore` or `ignore`".to_owned(),
        });
    }
    Ok(selection)
}

/// The patterns of the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct SelectFlags<'a> {
    /// `--select`.
    pub select: &'a [String],
    /// `--ignore`.
    pub ignore: &'a [String],
}

fn from_flag(
    flag: &str,
    texts: &[String],
    rules: &[RuleInfo<'_>],
) -> Result<Vec<RulePattern>, SettingsError> {
    let fail = |(message, help)| SettingsError::Argument {
        name: flag.to_owned(),
        message,
        help,
    };
    let compile = |text: &String| {
        let help = "give an id, a glob or `tag:…`".to_owned();
        let pattern = RulePattern::new(text).map_err(|message| fail((message, help)))?;
        pattern.check(rules).map_err(fail)?;
        Ok(pattern)
    };
    texts.iter().map(compile).collect()
}

fn from_file(
    texts: &[Spanned<String>],
    loaded: &Loaded,
    rules: &[RuleInfo<'_>],
) -> Result<Vec<RulePattern>, SettingsError> {
    let compile = |text: &Spanned<String>| {
        let pattern = RulePattern::new(text.get_ref())
            .map_err(|message| loaded.source.error(text.span(), message, None))?;
        pattern
            .check(rules)
            .map_err(|(message, help)| loaded.source.error(text.span(), message, Some(help)))?;
        Ok(pattern)
    };
    texts.iter().map(compile).collect()
}
