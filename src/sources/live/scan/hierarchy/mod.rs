//! Which organisations, folders and projects a scope is.
//!
//! Below a folder or organisation, folders and projects are listed parent by parent: these lists are consistent, and
//! refused where the caller may not see everything, while a search silently gives what the caller may see. Google
//! says so in "Listing all resources in your hierarchy". It takes two requests for each folder. Only patterns without
//! a folder or organisation are searched for, because they ask for what the caller sees.

mod below;
mod project;

use super::super::Trouble;
use super::super::client::Request;
use super::missing::Failed;
use super::node::{Line, Node};
use super::reach::{Reach, in_order};
use super::scope::Scope;
use crate::model::GapReason;
use crate::sources::snapshot::Missing;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// So many parents are listed at once.
const WIDTH: usize = 16;

/// What a scope is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hierarchy {
    /// Every organisation, folder and project that is read, in the order of their units.
    pub nodes: Vec<Node>,
    /// Projects and folders that are not, with the reason.
    pub skipped: Vec<Skipped>,
    /// What of the scope could not be found.
    pub missing: Vec<Missing>,
    /// What else the user should know.
    pub notes: Vec<String>,
}

/// A project or folder that is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Why: `excluded`, `DELETE_REQUESTED`, `Apps Script`.
    pub why: String,
    /// `projects/acme-old`, `folders/2`.
    pub unit: String,
}

/// Finds out what `scope` is. What cannot be found is missing in the result; there is always a result.
pub(super) async fn find(reach: &Reach, scope: &Scope) -> Hierarchy {
    let mut search = Search {
        reach,
        scope,
        lines: HashMap::new(),
        projects: BTreeMap::new(),
        above: BTreeMap::new(),
        used: BTreeSet::new(),
        found: Hierarchy::default(),
    };
    if scope.nodes.is_empty() {
        search.named().await;
        search.patterns().await;
    } else {
        search.below().await;
    }
    search.finish()
}

struct Search<'s> {
    reach: &'s Reach,
    scope: &'s Scope,
    /// What is above a node and the node itself, by its name.
    lines: HashMap<String, Line>,
    projects: BTreeMap<String, Node>,
    /// Folders and organisations by name.
    above: BTreeMap<String, Node>,
    /// Positions of the choices, and after them of the exclusions, that some project met.
    used: BTreeSet<usize>,
    found: Hierarchy,
}

impl Search<'_> {
    /// Projects by name, without folders and organisations.
    async fn named(&mut self) {
        let named: Vec<(usize, String)> = self
            .scope
            .projects
            .iter()
            .enumerate()
            .filter_map(|(at, chosen)| Some((at, chosen.name()?.to_owned())))
            .collect();
        let names: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
        let answers = in_order(names, WIDTH, |name| {
            let reach = self.reach.clone();
            async move { reach.call(&get(&format!("projects/{name}"))).await }
        })
        .await;
        for ((at, name), answer) in named.iter().zip(answers) {
            self.used.insert(*at);
            match answer {
                Ok(value) => self.project(&value, true).await,
                Err(trouble) => self.lost(
                    "cloudresourcemanager.projects.get",
                    Some("resourcemanager.projects.get"),
                    &format!("projects/{name}"),
                    &trouble,
                ),
            }
        }
    }

    /// Projects by pattern, among all that the caller sees.
    async fn patterns(&mut self) {
        if self.scope.projects.iter().all(|one| one.name().is_some()) {
            return;
        }
        let request = list("projects:search", &[]);
        let mut values = Vec::new();
        let searched = self
            .reach
            .pages(&request, |page| take(page, "projects", &mut values))
            .await;
        for value in &values {
            self.project(value, false).await;
        }
        if let Err(trouble) = searched {
            self.found.missing.push(
                Failed {
                    call: "cloudresourcemanager.projects.search",
                    permission: None,
                    resource: None,
                    project: None,
                }
                .missing(&trouble),
            );
        }
    }

    /// What the user named is not in use.
    fn inactive(&mut self, name: &str, state: &str) {
        let (kind, _) = name.split_once('/').unwrap_or_default();
        self.found.missing.push(Missing {
            reason: GapReason::Refused,
            call: format!("cloudresourcemanager.{kind}.get"),
            resource: Some(format!("//cloudresourcemanager.googleapis.com/{name}")),
            message: format!("{name} is {}", super::missing::line(state)),
            permission: None,
        });
    }

    fn skip(&mut self, unit: &str, why: &str) {
        self.found.skipped.push(Skipped {
            why: super::missing::line(why),
            unit: unit.to_owned(),
        });
    }

    fn lost(&mut self, call: &str, permission: Option<&str>, node: &str, trouble: &Trouble) {
        let resource = format!("//cloudresourcemanager.googleapis.com/{node}");
        let failed = Failed {
            call,
            permission,
            resource: Some(&resource),
            project: None,
        };
        self.found.missing.push(failed.missing(trouble));
    }

    fn finish(mut self) -> Hierarchy {
        let choices = &self.scope.projects;
        let incomplete = !self.found.missing.is_empty();
        for (at, chosen) in choices.iter().enumerate() {
            if self.used.contains(&at) {
                continue;
            }
            let among = match self.scope.nodes.is_empty() {
                true => "that the caller sees".to_owned(),
                false => format!("below {}", self.scope.nodes.join(", ")),
            };
            self.found.missing.push(Missing {
                reason: GapReason::Refused,
                call: "cloudresourcemanager.projects.list".to_owned(),
                resource: None,
                message: format!("no project {among} is `{chosen}`"),
                permission: None,
            });
        }
        for (at, excluded) in self.scope.excluded.iter().enumerate() {
            if !incomplete && !self.used.contains(&(choices.len() + at)) {
                let note = format!("--exclude-project `{excluded}` excludes nothing");
                self.found.notes.push(note);
            }
        }
        if !choices.is_empty() {
            // Folders that no chosen project is in were not asked for.
            let needed: BTreeSet<&str> = self
                .projects
                .values()
                .flat_map(|node| node.ancestors.iter().map(|name| &**name))
                .chain(self.scope.nodes.iter().map(String::as_str))
                .collect();
            self.above.retain(|name, _| needed.contains(name.as_str()));
        }
        let nodes = self.above.into_values().chain(self.projects.into_values());
        self.found.nodes = nodes.collect();
        self.found.nodes.sort_by(|a, b| a.unit.cmp(&b.unit));
        self.found.skipped.sort();
        self.found.skipped.dedup();
        self.found
    }
}

/// The elements of a page.
fn take(mut page: Value, key: &str, values: &mut Vec<Value>) {
    if let Some(Value::Array(elements)) = page.get_mut(key).map(Value::take) {
        values.extend(elements);
    }
}

fn get(name: &str) -> Request {
    list(name, &[])
}

fn list(path: &str, query: &[(&'static str, String)]) -> Request {
    Request {
        service: "cloudresourcemanager",
        path: format!("/v3/{path}"),
        query: query.to_vec(),
        body: None,
        budget: None,
    }
}
