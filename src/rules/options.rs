//! Options: what the configuration says of single rules, under `[options.<rule-id>]`.
//!
//! A key there takes the place of the same key in the rule's own table: `select`, `grant` or `analysis.with`. The rule
//! is then read again, as strictly as before.

use super::grant::PrincipalLists;
use super::judge::Program;
use super::{Rule, RuleFile, Ruleset};
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
    /// What could have been meant.
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
                known: known_keys(&message),
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
            if self.unmet.is_empty() {
                let alone = std::slice::from_ref(self);
                Program::compile(alone, &PrincipalLists::new())
                    .map_err(|(_, refusal)| wrong(refusal.message))?;
            }
        }
        Ok(())
    }

    /// The table whose keys are options, as TOML below the header that names the rule; empty if it has none.
    pub fn options(&self) -> String {
        let mut document: Table = toml::from_str(&self.text).unwrap_or_default();
        let table = own_table(&mut document);
        table
            .and_then(|table| toml::to_string(table).ok())
            .unwrap_or_default()
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

/// The keys that serde says it expected.
fn known_keys(message: &str) -> Vec<String> {
    message
        .split_once("`, expected ")
        .map(|(_, expected)| {
            let words = expected.split('`').skip(1).step_by(2);
            words.map(str::to_owned).collect()
        })
        .unwrap_or_default()
}
