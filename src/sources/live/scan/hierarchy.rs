//! Which organisations, folders and projects a scope is.
//!
//! Below a folder or organisation, folders and projects are listed parent by parent: these lists are consistent, and
//! refused where the caller may not see everything, while a search silently gives what the caller may see. Google
//! says so in "Listing all resources in your hierarchy". It takes two requests for each folder. Only patterns without
//! a folder or organisation are searched for, because they ask for what the caller sees.

use super::super::client::Request;
use super::super::{Trouble, TroubleKind};
use super::missing::Failed;
use super::node::{Line, Node, is_node, name_of, project_id, state};
use super::reach::{Reach, in_order};
use super::scope::Scope;
use crate::model::GapReason;
use crate::sources::snapshot::Missing;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Folders are nested ten deep at most; a server that says otherwise leads nowhere.
const DEEPEST: usize = 20;

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

    /// Everything below the folders and organisations of the scope.
    async fn below(&mut self) {
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
                super::missing::line(&trouble.message)
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

    /// A project: read, skipped, or not meant.
    async fn project(&mut self, value: &Value, by_name: bool) {
        let (Some(name), Some(id)) = (name_of(value), project_id(value)) else {
            self.found.missing.push(Missing {
                reason: GapReason::Refused,
                call: "cloudresourcemanager.projects.list".to_owned(),
                resource: None,
                message: format!(
                    "a project without id or number: {}",
                    super::missing::line(&value.to_string())
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
                    super::missing::line(&trouble.message)
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

    fn troubles(&mut self, parent: &str, folders: &Children, projects: &Children) {
        if let Some(trouble) = &folders.trouble {
            let permission = Some("resourcemanager.folders.list");
            self.lost("cloudresourcemanager.folders.list", permission, parent, trouble);
        }
        // Cancelled is cancelled, and one line says so.
        let said = |trouble: &Trouble| {
            let both = folders.trouble.as_ref().map(|other| other.kind);
            both == Some(trouble.kind) && trouble.kind == TroubleKind::Cancelled
        };
        if let Some(trouble) = projects.trouble.as_ref().filter(|trouble| !said(trouble)) {
            let permission = Some("resourcemanager.projects.list");
            self.lost("cloudresourcemanager.projects.list", permission, parent, trouble);
        }
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
