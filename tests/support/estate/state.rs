//! What the server holds: nodes that are always there, and what lies in them, which may be made when asked for.

use super::generate::{Generator, REGIONS};
use super::kinds::{BUCKET, Kind, ORG_POLICY};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Nodes whose generated content is kept at once: more than a scan works on side by side.
const KEPT: usize = 48;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The root.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
}

impl Level {
    /// `projects`.
    pub fn collection(self) -> &'static str {
        match self {
            Level::Organization => "organizations",
            Level::Folder => "folders",
            Level::Project => "projects",
        }
    }
}

/// An organisation, folder or project.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub level: Level,
    /// Its number, by which other things name it.
    pub number: String,
    /// A project's id; of others the number.
    pub id: String,
    /// Its parent's place among the nodes.
    pub parent: Option<usize>,
    /// `ACTIVE`.
    pub state: &'static str,
}

impl Node {
    /// `projects/481516234201`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.level.collection(), self.number)
    }
}

/// A resource in a node. The node itself is one, whose place is empty.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it is; `None`: a type that no API of this server shows, known to the asset inventory only.
    pub kind: Option<&'static Kind>,
    /// Its asset type.
    pub asset_type: String,
    /// Its full resource name.
    pub name: String,
    /// Its path below the node: `secrets/partner-token`.
    pub below: String,
    /// Another last segment that it answers to: the unique id of a service account.
    pub alias: String,
    /// As its API shows it.
    pub data: Value,
    /// Its allow policy, if one was set.
    pub policy: Option<Value>,
}

/// What lies in a node.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The node itself first.
    pub items: Vec<Item>,
}

impl Content {
    /// Everything of a kind, in order.
    pub fn of<'c>(&'c self, asset_type: &'c str) -> impl Iterator<Item = &'c Item> {
        let all = self.items.iter();
        all.filter(move |item| item.asset_type == asset_type)
    }

    /// What lies at a path below the node.
    pub fn at(&self, below: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.goes_by(below))
    }

    /// A set organisation policy, by its constraint without `constraints/`.
    pub fn org_policy(&self, constraint: &str) -> Option<&Item> {
        let mut all = self.of(ORG_POLICY);
        all.find(|item| item.below.strip_prefix("policies/") == Some(constraint))
    }
}

impl Item {
    /// Whether it lies at this path: under its own name or the other one.
    pub fn goes_by(&self, below: &str) -> bool {
        if self.below == below {
            return true;
        }
        if self.alias.is_empty() {
            return false;
        }
        // Keys carry the other name of their account before the last two segments.
        match self.below.split_once("/keys/") {
            Some((_, key)) => below
                .strip_prefix("serviceAccounts/")
                .and_then(|rest| rest.split_once("/keys/"))
                .is_some_and(|(account, wanted)| account == self.alias && wanted == key),
            None => below
                .strip_prefix("serviceAccounts/")
                .is_some_and(|account| account == self.alias),
        }
    }
}

/// Everything that the server holds.
#[derive(Debug)]
pub struct Estate {
    /// The organisation first, parents before children.
    pub nodes: Vec<Node>,
    /// Places that every regional service lists, beside those where something lies.
    pub places: &'static [&'static str],
    /// An API that is off in a project answers so for everything in it.
    pub strict: bool,
    contents: Contents,
    /// Nodes by `projects/ID`, `projects/NUMBER`, `folders/N`, `organizations/N`.
    index: HashMap<String, usize>,
    /// Nodes by bucket.
    buckets: HashMap<String, usize>,
}

#[derive(Debug)]
enum Contents {
    Held(Vec<Arc<Content>>),
    Made {
        generator: Generator,
        kept: Mutex<Vec<(usize, Arc<Content>)>>,
    },
}

impl Estate {
    /// From nodes and what lies in each.
    pub fn held(nodes: Vec<Node>, contents: Vec<Content>) -> Estate {
        let mut buckets = HashMap::new();
        for (at, content) in contents.iter().enumerate() {
            for bucket in content.of(BUCKET) {
                let name = bucket.below.trim_start_matches("buckets/").to_owned();
                buckets.insert(name, at);
            }
        }
        let contents = contents.into_iter().map(Arc::new).collect();
        Estate {
            index: index(&nodes),
            nodes,
            places: &["global", "us-central1"],
            strict: false,
            contents: Contents::Held(contents),
            buckets,
        }
    }

    /// An invented estate of so many projects and buckets: the same for the same seed, on every machine.
    pub fn generate(seed: u64, projects: usize, buckets: usize) -> Estate {
        let generator = Generator::new(seed, projects, buckets);
        let nodes = generator.nodes();
        Estate {
            index: index(&nodes),
            buckets: generator.buckets(&nodes),
            nodes,
            places: &REGIONS,
            strict: false,
            contents: Contents::Made {
                generator,
                kept: Mutex::default(),
            },
        }
    }

    /// An API that is off in a project answers `SERVICE_DISABLED` for everything in it, as Google's do.
    #[must_use]
    pub fn strict(mut self) -> Estate {
        self.strict = true;
        self
    }

    /// Whether an API is on in a project; on other nodes none can be off.
    pub fn enabled(&self, node: usize, service: &str) -> bool {
        if !self.strict || self.nodes[node].level != Level::Project {
            return true;
        }
        let below = format!("services/{service}.googleapis.com");
        let content = self.content(node);
        content
            .at(&below)
            .is_some_and(|api| api.data["state"] != "DISABLED")
    }

    /// What lies in a node.
    pub fn content(&self, node: usize) -> Arc<Content> {
        match &self.contents {
            Contents::Held(all) => all[node].clone(),
            Contents::Made { generator, kept } => {
                {
                    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some((_, content)) = kept.iter().find(|(at, _)| *at == node) {
                        return content.clone();
                    }
                }
                let content = Arc::new(generator.content(&self.nodes, node));
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() >= KEPT {
                    kept.remove(0);
                }
                kept.push((node, content.clone()));
                content
            }
        }
    }

    /// A node by `projects/ID`, `projects/NUMBER`, `folders/N` or `organizations/N`.
    pub fn node(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The node in which a bucket lies.
    pub fn bucket(&self, name: &str) -> Option<usize> {
        self.buckets.get(name).copied()
    }

    /// How many buckets there are.
    pub fn buckets(&self) -> usize {
        self.buckets.len()
    }

    /// A node and all above it, the nearest first.
    pub fn ancestry(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(node), |&at| self.nodes[at].parent)
    }

    /// A node and all below it, parents first.
    pub fn within(&self, node: usize) -> impl Iterator<Item = usize> {
        let all = 0..self.nodes.len();
        all.filter(move |&at| self.ancestry(at).any(|above| above == node))
    }

    /// Nodes directly in a node.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let all = 0..self.nodes.len();
        all.filter(move |&at| self.nodes[at].parent == Some(node))
    }
}

fn index(nodes: &[Node]) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        index.insert(node.name(), at);
        index.insert(format!("{}/{}", node.level.collection(), node.id), at);
    }
    index
}
