//! From folders of rule files to the rules of a run.

use super::Failure;
use super::arguments::RuleArguments;
use super::output::reason;
use crate::rules::benchmark::Benchmark;
use crate::rules::{OptionError, Rule, RuleOptions, RuleText, Ruleset, builtin};
use crate::settings::{Loaded, RuleInfo, SelectFlags, Settings, select};
use crate::sources::walk;
use std::path::{Path, PathBuf};

impl RuleArguments {
    /// Loads the built-in rules and the user's.
    pub(super) fn load_all(&self, settings: &Settings) -> Result<Ruleset, Failure> {
        let mut texts = match self.no_builtin_rules {
            true => Vec::new(),
            false => builtin(),
        };
        let mut folders: Vec<&PathBuf> = Vec::new();
        for folder in self.folders.iter().chain(&settings.rule_folders) {
            // Named by a flag and by the configuration, it is still one folder.
            let seen = folders.iter().any(|known| same(known, folder));
            if !seen {
                texts.extend(read_rules(folder)?);
                folders.push(folder);
            }
        }
        if texts.is_empty() {
            return Err(Failure::usage(
                "`--no-builtin-rules` leaves no rule; name a folder of your own with `--rules DIR`",
            ));
        }
        let mut ruleset = Ruleset::load(&texts).map_err(|errors| Failure::rules(&errors))?;
        configure(&mut ruleset, &settings.options(), settings)?;
        settings.check_rules(&infos(&ruleset.rules))?;
        Ok(ruleset)
    }

    /// Loads the rules and keeps those that judge `benchmark`, whatever else the configuration asks for.
    pub(super) fn load_for(
        &self,
        benchmark: &Benchmark,
        settings: &Settings,
    ) -> Result<Ruleset, Failure> {
        let mut ruleset = self.load_all(settings)?;
        let id = &benchmark.id;
        let numbers = |rule: &Rule| rule.file.benchmark.get(id).map_or(0, Vec::len);
        ruleset.rules.retain(|rule| numbers(rule) > 0);
        if ruleset.rules.is_empty() {
            return Err(Failure::usage(format!("no rule judges `{id}`")));
        }
        Ok(ruleset)
    }

    /// Loads the rules and keeps those that were asked for.
    pub(super) fn load(&self, loaded: &Loaded, settings: &Settings) -> Result<Ruleset, Failure> {
        let mut ruleset = self.load_all(settings)?;
        let flags = SelectFlags {
            select: &self.select,
            ignore: &self.ignore,
        };
        let selection = select(&flags, loaded, &infos(&ruleset.rules))?;
        let mut index = 0;
        ruleset.rules.retain(|_| {
            index += 1;
            selection.runs(index - 1)
        });
        Ok(ruleset)
    }
}

/// Tells the rules what the configuration has for them.
pub(super) fn configure(
    ruleset: &mut Ruleset,
    told: &RuleOptions,
    settings: &Settings,
) -> Result<(), Failure> {
    ruleset.configure(told).map_err(|error| {
        let OptionError {
            rule,
            key,
            message,
            known,
        } = error;
        settings
            .option_error(&rule, key.as_deref(), &message, &known)
            .into()
    })
}

fn same(a: &Path, b: &Path) -> bool {
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// The file beside a rule's examples with the options that they are judged by: the keys of `[options.<rule-id>]`.
pub(super) const OPTIONS: &str = "options.toml";

/// What the settings need to know of each rule.
pub(super) fn infos(rules: &[Rule]) -> Vec<RuleInfo<'_>> {
    rules
        .iter()
        .map(|rule| RuleInfo {
            id: &rule.id,
            aliases: &rule.file.aliases,
            tags: &rule.file.tags,
            persona: rule.file.persona,
            benchmark_only: rule.file.is_benchmark_only(),
        })
        .collect()
}

/// Reads the rule files of a folder, or one file.
pub(super) fn read_rules(path: &Path) -> Result<Vec<RuleText>, Failure> {
    let wrong = |path: &Path, reason: &str| {
        Failure::usage(format!("rules in `{}`: {reason}", path.display()))
    };
    let walked = walk(std::slice::from_ref(&path.to_path_buf()));
    if let Some((path, message)) = walked.unreadable.first() {
        let message = message.split(" (os error").next().unwrap_or(message);
        return Err(wrong(path, &message.to_lowercase()));
    }
    let mut texts = Vec::new();
    for input in walked.inputs {
        // Beside examples lies what the rule is told for them.
        let is_options = input.path.file_name().is_some_and(|name| name == OPTIONS);
        if is_options || input.path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&input.path)
            .map_err(|error| wrong(&input.path, &reason(&error)))?;
        texts.push(RuleText {
            path: input.path.display().to_string(),
            text,
            builtin: false,
        });
    }
    if texts.is_empty() {
        return Err(wrong(
            path,
            "no `.toml` file there; a rule is one file `<id>.toml`",
        ));
    }
    Ok(texts)
}
