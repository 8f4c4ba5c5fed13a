//! Everything below the folders and organisations of a scope, level by level.

use super::super::missing;
use super::super::node::{Line, Node, is_node, name_of, state};
use super::super::reach::{Reach, in_order};
use super::{Search, WIDTH, get, list, take};
use crate::model::GapReason;
use crate::sources::live::{Trouble, TroubleKind};
use crate::sources::snapshot::Missing;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Folders are nested ten deep at most; a server that says otherwise leads nowhere.
const DEEPEST: usize = 20;

impl Search<'_> {
    /// Everything below the folders and organisations of the scope.
    pub(super) async fn below(&mut self) {
        for root in &self.scope.nodes {
            self.root(root).await;
        }
        let mut parents = self.scope.nodes.clone();
        let mut listed: BTreeSet<String> = parents.iter().cloned().collect();
        for _ in 0..DEEPEST {
            let lists = in_order(parents.clone(), WIDTH, |parent| {
                let reach = self.reach.clone();
                async move {
                    let folders = children(&reach, "folders", &parent).await;
                    let projects = children(&reach, "projects", &parent).await;
                    (folders, projects)
                }
            })
            .await;
            let mut next = Vec::new();
            for (parent, (folders, projects)) in parents.iter().zip(lists) {
                self.troubles(parent, &folders, &projects);
                let line = self.lines.get(parent).cloned().unwrap_or_default();
                for value in folders.values {
                    if let Some(name) = self.folder(&value, &line)
                        && listed.insert(name.clone())
                    {
                        next.push(name);
                    }
                }
                for value in projects.values {
                    self.project(&value, false).await;
                }
            }
            parents = next;
            if parents.is_empty() {
                return;
            }
        }
        let deeper = parents.join(", ");
        self.found.missing.push(Missing {
            reason: GapReason::Truncated,
            call: "cloudresourcemanager.folders.list".to_owned(),
            resource: None,
            message: format!("folders nested deeper than {DEEPEST} levels are not read: {deeper}"),
            permission: None,
        });
    }

    /// A folder or organisation of the scope: what it is, and what is above it.
    async fn root(&mut self, name: &str) {
        let mut values = Vec::new();
        let mut next = name.to_owned();
        let mut partial = None;
        // What is above is read once; the root itself always.
        while (values.is_empty() || !self.lines.contains_key(&next)) && values.len() < DEEPEST {
            match self.reach.call(&get(&next)).await {
                Ok(value) => {
                    let parent = value.get("parent").and_then(Value::as_str);
                    let parent = parent.filter(|parent| is_node(parent)).map(str::to_owned);
                    values.push((next, Some(value)));
                    match parent {
                        Some(parent) => next = parent,
                        None => break,
                    }
                }
                Err(trouble) => {
                    partial = Some((next.clone(), trouble));
                    values.push((next, None));
                    break;
                }
            }
        }
        let mut line: Line = match values.last() {
            Some((last, _)) if partial.is_none() => self.parent_line(last, &values),
            _ => Line::default(),
        };
        for (at, (name, value)) in values.into_iter().enumerate().rev() {
            let gone = value.as_ref().map(state).filter(|state| *state != "ACTIVE");
            let gone = gone.map(str::to_owned);
            let node = value.and_then(|value| Node::read(&value, &line));
            let node = node.unwrap_or_else(|| Node::bare(&name, &line));
            line = Arc::clone(&node.ancestors);
            self.lines.insert(name.clone(), Arc::clone(&line));
            if at == 0 {
                if let Some(state) = gone {
                    self.inactive(&name, &state);
                }
                self.above.insert(name, node);
            }
        }
        match partial {
            Some((refused, trouble)) if refused == name => {
                let (call, permission) = match name.starts_with("folders/") {
                    true => (
                        "cloudresourcemanager.folders.get",
                        "resourcemanager.folders.get",
                    ),
                    false => (
                        "cloudresourcemanager.organizations.get",
                        "resourcemanager.organizations.get",
                    ),
                };
                self.lost(call, Some(permission), name, &trouble);
            }
            Some((refused, trouble)) => self.found.notes.push(format!(
                "what is above {refused} is not known, so {name} stands for itself: {}",
                missing::line(&trouble.message)
            )),
            None => {}
        }
    }

    /// What is above the last of `values`, which a root before it has found.
    fn parent_line(&self, last: &str, values: &[(String, Option<Value>)]) -> Line {
        let value = values.iter().find(|(name, _)| name == last);
        let parent = value.and_then(|(_, value)| value.as_ref()?.get("parent")?.as_str());
        let known = parent.and_then(|parent| self.lines.get(parent));
        known.cloned().unwrap_or_default()
    }

    /// A folder below a node of the scope; its name, if it is to be read.
    fn folder(&mut self, value: &Value, line: &Line) -> Option<String> {
        let name = name_of(value)?.to_owned();
        if !name.starts_with("folders/") {
            return None;
        }
        if state(value) != "ACTIVE" {
            self.skip(&name, state(value));
            return None;
        }
        let node = Node::read(value, line)?;
        self.lines.insert(name.clone(), Arc::clone(&node.ancestors));
        self.above.entry(name.clone()).or_insert(node);
        Some(name)
    }

    fn troubles(&mut self, parent: &str, folders: &Children, projects: &Children) {
        if let Some(trouble) = &folders.trouble {
            let permission = Some("resourcemanager.folders.list");
            self.lost(
                "cloudresourcemanager.folders.list",
                permission,
                parent,
                trouble,
            );
        }
        // Cancelled is cancelled, and one line says so.
        let said = |trouble: &Trouble| {
            let both = folders.trouble.as_ref().map(|other| other.kind);
            both == Some(trouble.kind) && trouble.kind == TroubleKind::Cancelled
        };
        if let Some(trouble) = projects.trouble.as_ref().filter(|trouble| !said(trouble)) {
            let permission = Some("resourcemanager.projects.list");
            self.lost(
                "cloudresourcemanager.projects.list",
                permission,
                parent,
                trouble,
            );
        }
    }
}

/// Children of a node, as far as they came.
struct Children {
    values: Vec<Value>,
    trouble: Option<Trouble>,
}

async fn children(reach: &Reach, kind: &str, parent: &str) -> Children {
    let deleted = ("showDeleted", "true".to_owned());
    let request = list(kind, &[("parent", parent.to_owned()), deleted]);
    let mut values = Vec::new();
    let listed = reach
        .pages(&request, |page| take(page, kind, &mut values))
        .await;
    Children {
        values,
        trouble: listed.err(),
    }
}
