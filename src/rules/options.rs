//! Options: what the configuration says of single rules, under `[options.<rule-id>]`.
//!
//! A key there takes the place of the same key in the rule's own table: `select`, `grant` or `analysis.with`. The rule
//! is then read again, as strictly as before.

use super::grant::PrincipalLists;
use super::judge::Program;
use super::select::Refusal;
use super::{Rule, RuleFile, Ruleset, analyses};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Options by rule id, or earlier id, and key.
pub type RuleOptions = BTreeMap<String, BTreeMap<String, Value>>;

/// An option that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionError {
    /// The rule, as the configuration names it.
    pub rule: String,
    /// The key that is wrong; absent where it is the rule.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The rules that could have been meant.
    pub known: Vec<String>,
}

impl Ruleset {
    /// Applies `options`.
    ///
    /// # Errors
    /// The first option that names no rule, or that the rule does not take.
    pub fn configure(&mut self, options: &RuleOptions) -> Result<(), OptionError> {
        for (name, keys) in options {
            let index = self.rules.iter().position(|rule| rule.id == *name);
            let index = index.or_else(|| {
                let called = |rule: &Rule| rule.file.aliases.iter().any(|alias| alias == name);
                self.rules.iter().position(called)
            });
            let Some(rule) = index.and_then(|index| self.rules.get_mut(index)) else {
                return Err(OptionError {
                    rule: name.clone(),
                    key: None,
                    message: format!("no rule is called `{name}`"),
                    known: self.rules.iter().map(|rule| rule.id.clone()).collect(),
                });
            };
            rule.configure(keys).map_err(|(key, message)| OptionError {
                rule: name.clone(),
                known: Vec::new(),
                key: Some(key),
                message,
            })?;
        }
        Ok(())
    }
}

impl Rule {
    /// Puts `options` into the rule's own table, one by one, so that the one that is wrong is known.
    fn configure(&mut self, options: &BTreeMap<String, Value>) -> Result<(), (String, String)> {
        let mut document: Table = match toml::from_str(&self.text) {
            Ok(document) => document,
            Err(_) => return Ok(()), // It was read before.
        };
        for (key, value) in options {
            let wrong = |message: String| (key.clone(), message);
            if let Some(table) = own_table(&mut document) {
                table.insert(key.clone(), value.clone());
            }
            let file = RuleFile::deserialize(Value::Table(document.clone()))
                .map_err(|error| wrong(error.message().to_owned()))?;
            self.file = file;
            self.unmet.retain(|need| need != key);
            self.compiles().map_err(|refusal| wrong(refusal.message))?;
        }
        Ok(())
    }

    /// Whether it compiles alone, apart from what only the configuration can give and has not given.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn compiles(&self) -> Result<(), Refusal> {
        let alone = Rule {
            unmet: Vec::new(),
            ..self.clone()
        };
        let compiled = Program::compile(std::slice::from_ref(&alone), &PrincipalLists::new());
        match compiled {
            Err((_, refusal)) if !refusal.asks_for(&self.unmet) => Err(refusal),
            _ => Ok(()),
        }
    }

    /// Refuses a need that the rule would not take: nobody could ever meet it.
    ///
    /// # Errors
    /// The first such need.
    pub(super) fn check_needs(&self) -> Result<(), Refusal> {
        for need in &self.file.needs {
            let mut document: Table = toml::from_str(&self.text).unwrap_or_default();
            if let Some(table) = own_table(&mut document) {
                table.insert(need.clone(), Value::Boolean(true));
            }
            // A value of the wrong kind is refused for its kind, a key for itself.
            let refused = match RuleFile::deserialize(Value::Table(document)) {
                Err(error) => Some(error.message().to_owned()),
                Ok(file) => {
                    let analysis = file.analysis.as_ref();
                    let found = analysis.map(|analysis| analyses::find(analysis, ""));
                    found.and_then(Result::err).map(|refusal| refusal.message)
                }
            };
            let unknown = format!("unknown field `{need}`");
            if refused.is_some_and(|message| message.starts_with(&unknown)) {
                let message =
                    format!("the rule takes no `{need}`, so the configuration cannot give it");
                return Err(Refusal::at("needs", need, message));
            }
        }
        Ok(())
    }

    /// What the analysis is told, as the configuration would tell it, to be copied and changed; `None` if it is told
    /// nothing.
    pub fn options(&self) -> Option<String> {
        let with = self.file.analysis.as_ref()?.with.as_ref()?;
        let header = format!("[options.{}", self.id);
        let written = self
            .text
            .find("\n[analysis.with]")
            .map(|at| &self.text[at + 1..]);
        // As it is written, if nothing else follows.
        let is_own = |line: &str| !line.starts_with('[') || line.starts_with("[analysis.with");
        if let Some(own) = written.filter(|text| text.lines().all(is_own)) {
            return Some(own.replace("[analysis.with", &header));
        }
        Some(format!("{header}]\n{}", toml::to_string(with).ok()?))
    }
}

/// The table whose keys are options, made if there is none.
fn own_table(document: &mut Table) -> Option<&mut Table> {
    let own = ["select", "grant"].into_iter();
    let own = own.into_iter().find(|key| document.contains_key(*key));
    match own {
        Some(key) => document.get_mut(key)?.as_table_mut(),
        None => {
            let analysis = document.get_mut("analysis")?.as_table_mut()?;
            let with = analysis.entry("with");
            with.or_insert_with(|| Value::Table(Table::new()))
                .as_table_mut()
        }
    }
}
