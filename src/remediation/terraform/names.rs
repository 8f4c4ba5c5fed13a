//! What things are called: projects by id where the input knows it, and labels that are taken once.

use super::hcl::label;
use crate::change::{Asset, Model};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Answers what a resource is called.
pub(super) struct Names<'m> {
    model: &'m Model,
}

impl<'m> Names<'m> {
    pub(super) fn new(model: &'m Model) -> Names<'m> {
        Names { model }
    }

    /// What the input says of a resource.
    pub(super) fn asset(&self, name: &str) -> Option<&'m Asset> {
        self.model.get(name)
    }

    /// The asset type of a resource, where the input has it.
    pub(super) fn asset_type(&self, name: &str) -> Option<&'m str> {
        let asset_type = self.model.get(name)?.asset_type.as_str();
        (!asset_type.is_empty()).then_some(asset_type)
    }

    /// A project's id for its number. The number itself where nobody knows better: the APIs take both.
    pub(super) fn project(&self, project: &str) -> String {
        let name = format!("//cloudresourcemanager.googleapis.com/projects/{project}");
        let asset = self.model.get(&name);
        let id = asset.and_then(|asset| asset.settings()?.get("projectId")?.as_str());
        id.filter(|id| !id.is_empty()).unwrap_or(project).to_owned()
    }

    /// A service account's address for its number.
    pub(super) fn account(&self, name: &str, account: &str) -> String {
        let asset = self.model.get(name);
        let email = asset.and_then(|asset| asset.settings()?.get("email")?.as_str());
        email
            .filter(|it| it.contains('@'))
            .unwrap_or(account)
            .to_owned()
    }

    /// The project that a resource belongs to: of its name, else the nearest of what is above it.
    pub(super) fn project_of(&self, name: &str) -> Option<String> {
        if let Some(project) = crate::model::project_of(name) {
            return Some(self.project(project));
        }
        let asset = self.model.get(name)?;
        let above = asset
            .ancestors
            .iter()
            .find_map(|one| one.strip_prefix("projects/"));
        if let Some(project) = above {
            return Some(self.project(project));
        }
        match asset.settings()?.get("projectNumber")? {
            Value::String(number) => Some(self.project(number)),
            Value::Number(number) => Some(self.project(&number.to_string())),
            _ => None,
        }
    }
}

/// Labels that were given away, by resource type.
#[derive(Default)]
pub(super) struct Labels {
    taken: BTreeSet<(String, String)>,
    again: BTreeMap<(String, String), usize>,
}

impl Labels {
    /// A label for a resource of a type: from its name, with a number where it is taken.
    pub(super) fn take(&mut self, resource: &str, name: &str) -> String {
        let wanted = label(name);
        let again = (resource.to_owned(), wanted.clone());
        let again = self.again.entry(again).or_default();
        loop {
            *again += 1;
            let label = match *again {
                1 => wanted.clone(),
                n => format!("{wanted}_{n}"),
            };
            if self.taken.insert((resource.to_owned(), label.clone())) {
                return label;
            }
        }
    }
}
