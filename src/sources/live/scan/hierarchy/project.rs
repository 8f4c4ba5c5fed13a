//! A project that was found: whether it is meant, and what is above it.

use super::super::missing::line;
use super::super::node::{Line, Node, is_node, name_of, project_id, state};
use super::Search;
use crate::model::GapReason;
use crate::sources::live::client::Request;
use crate::sources::snapshot::Missing;
use serde_json::{Value, json};
use std::sync::Arc;

impl Search<'_> {
    /// A project: read, skipped, or not meant.
    pub(super) async fn project(&mut self, value: &Value, by_name: bool) {
        let (Some(name), Some(id)) = (name_of(value), project_id(value)) else {
            self.found.missing.push(Missing {
                reason: GapReason::Refused,
                call: "cloudresourcemanager.projects.list".to_owned(),
                resource: None,
                message: format!(
                    "a project without id or number: {}",
                    line(&value.to_string())
                ),
                permission: None,
            });
            return;
        };
        let number = name.strip_prefix("projects/");
        let choices = &self.scope.projects;
        let meant: Vec<usize> = (0..choices.len())
            .filter(|at| choices[*at].matches(id, number))
            .collect();
        let literally = meant.iter().any(|at| choices[*at].name().is_some());
        self.used.extend(&meant);
        if meant.is_empty() && !choices.is_empty() {
            return;
        }
        let unit = format!("projects/{id}");
        let excluded = &self.scope.excluded;
        let exclusions: Vec<usize> = (0..excluded.len())
            .filter(|at| excluded[*at].matches(id, number))
            .collect();
        if !exclusions.is_empty() {
            self.used
                .extend(exclusions.iter().map(|at| choices.len() + at));
            return self.skip(&unit, "excluded");
        }
        let state = state(value);
        if state != "ACTIVE" {
            if by_name || literally {
                self.inactive(name, state);
            }
            return self.skip(&unit, state);
        }
        if id.starts_with("sys-") && !literally {
            return self.skip(&unit, "made by Apps Script");
        }
        if self.projects.contains_key(&unit) {
            return;
        }
        let parent = value.get("parent").and_then(Value::as_str);
        let line = self.line(parent, id).await;
        if let Some(node) = Node::read(value, &line) {
            self.projects.insert(unit, node);
        }
    }

    /// `parent` and what is above it. Where it is not known yet, the ancestry of the project tells the whole line and
    /// needs no more than the project itself.
    async fn line(&mut self, parent: Option<&str>, project: &str) -> Line {
        let Some(parent) = parent.filter(|parent| is_node(parent)) else {
            return Line::default();
        };
        if let Some(line) = self.lines.get(parent) {
            return Arc::clone(line);
        }
        let request = Request {
            service: "cloudresourcemanager",
            path: format!("/v1/projects/{project}:getAncestry"),
            query: Vec::new(),
            body: Some(json!({})),
            budget: None,
        };
        let names: Vec<Arc<str>> = match self.reach.call(&request).await {
            Ok(answer) => ancestry(&answer),
            Err(trouble) => {
                self.found.notes.push(format!(
                    "what is above {parent} is not known: {}",
                    line(&trouble.message)
                ));
                Vec::new()
            }
        };
        // The first is the project itself.
        let names = match names.iter().position(|name| &**name == parent) {
            Some(at) => names[at..].to_vec(),
            None => vec![Arc::from(parent)],
        };
        let line: Line = names.into();
        self.lines.insert(parent.to_owned(), Arc::clone(&line));
        line
    }
}

/// `projects.getAncestry`: the project first, the organisation last.
fn ancestry(answer: &Value) -> Vec<Arc<str>> {
    let list = answer.get("ancestor").and_then(Value::as_array);
    let name = |one: &Value| {
        let id = one.get("resourceId")?;
        let (kind, number) = (id.get("type")?.as_str()?, id.get("id")?.as_str()?);
        Some(Arc::from(format!("{kind}s/{number}")))
    };
    list.into_iter().flatten().filter_map(name).collect()
}
