//! The files beside the scripts.

use super::text;
use crate::change::Condition;
use crate::remediation::Script;
use serde_json::Value;

/// Collects the files of a part while its steps are written. Names are ours: nothing from outside is in them.
#[derive(Debug)]
pub(super) struct Files<'s> {
    script: &'s mut Script,
    step: String,
    conditions: Vec<Condition>,
}

impl<'s> Files<'s> {
    /// Files go into this script.
    pub(super) fn new(script: &'s mut Script) -> Files<'s> {
        Files {
            script,
            step: String::new(),
            conditions: Vec::new(),
        }
    }

    /// Names of further files begin with this step's.
    pub(super) fn step(&mut self, id: &str) {
        id.clone_into(&mut self.step);
    }

    /// Writes a file and returns its path. What is there already with the same content is used again.
    pub(super) fn add(
        &mut self,
        folder: &str,
        kind: &str,
        extension: &str,
        value: &Value,
    ) -> String {
        let content = text::file(value);
        let mut count = 1;
        loop {
            let suffix = if count == 1 {
                String::new()
            } else {
                format!("-{count}")
            };
            let path = format!("{folder}/{}-{kind}{suffix}.{extension}", self.step);
            match self.script.get(&path) {
                Some(there) if *there != content => count += 1,
                Some(_) => return path,
                None => {
                    self.script.insert(path.clone(), content);
                    return path;
                }
            }
        }
    }

    /// The file of a condition: one for all bindings that have it.
    pub(super) fn condition(&mut self, condition: &Condition) -> String {
        let known = self.conditions.iter().position(|one| one == condition);
        let at = known.unwrap_or_else(|| {
            self.conditions.push(condition.clone());
            self.conditions.len() - 1
        });
        let path = format!("conditions/c{:02}.json", at + 1);
        if known.is_none() {
            let content = text::file(&condition.to_value());
            self.script.insert(path.clone(), content);
        }
        path
    }
}
