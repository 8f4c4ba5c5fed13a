//! An invented estate of any size, made node by node when it is asked for: everything follows from the seed.
//!
//! Proportions are those of organisations that keep training data and models: about 20 buckets, 5 service accounts and
//! 25 other resources in a project; policies of 2 to 8 bindings; a few in a hundred settings are wrong.

mod buckets;
mod guards;
mod others;
mod people;
#[path = "../../../../benches/support/random.rs"]
mod random;

use super::kinds;
use super::state::{Content, Item, Level, Node};
use random::Random;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The organisation's number.
pub const ORGANIZATION: &str = "770043110021";

/// Projects in a folder, and folders in a folder of the first level.
const PROJECTS: usize = 12;
const FOLDERS: usize = 10;

/// Where Google's regional services are, at the end of 2025.
pub const REGIONS: [&str; 43] = [
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "global",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

/// Teams, environments and purposes: what names are made of.
const TEAMS: [&str; 16] = [
    "vision",
    "speech",
    "ranking",
    "search",
    "ads",
    "fraud",
    "identity",
    "platform",
    "labeling",
    "training",
    "inference",
    "robotics",
    "mobile",
    "growth",
    "finance",
    "research",
];
const ENVIRONMENTS: [&str; 6] = ["prod", "prod", "staging", "dev", "dev", "test"];
const PURPOSES: [&str; 12] = [
    "raw",
    "curated",
    "labels",
    "checkpoints",
    "models",
    "features",
    "eval",
    "exports",
    "logs",
    "staging",
    "notebooks",
    "artifacts",
];

/// Makes an estate.
#[derive(Debug)]
pub struct Generator {
    seed: u64,
    /// How many buckets each project has.
    buckets: Vec<usize>,
}

/// What a project is called and who works in it.
pub struct Project<'n> {
    /// Its place among the projects.
    index: usize,
    node: &'n Node,
    team: &'static str,
    /// Its usual region.
    region: &'static str,
}

impl Generator {
    /// For an estate of so many projects that have so many buckets together.
    pub fn new(seed: u64, projects: usize, buckets: usize) -> Generator {
        let mut random = Random::new(seed, 0);
        let average = buckets.checked_div(projects).unwrap_or_default() as u64;
        let mut counts: Vec<usize> = (0..projects)
            .map(|_| random.below(2 * average + 1) as usize)
            .collect();
        // The sum is what was asked for: what is missing or too much is spread over all.
        let mut sum: usize = counts.iter().sum();
        let mut at = 0;
        while sum != buckets && projects > 0 {
            let count = &mut counts[at % projects];
            if sum < buckets {
                *count += 1;
                sum += 1;
            } else if *count > 0 {
                *count -= 1;
                sum -= 1;
            }
            at += 1;
        }
        Generator {
            seed,
            buckets: counts,
        }
    }

    /// The organisation, folders in two levels, projects.
    pub fn nodes(&self) -> Vec<Node> {
        let node = |level, number: String, parent| Node {
            level,
            id: number.clone(),
            number,
            parent,
            state: "ACTIVE",
        };
        let mut nodes = vec![node(Level::Organization, ORGANIZATION.to_owned(), None)];
        let teams = self.buckets.len().div_ceil(PROJECTS);
        let departments = teams.div_ceil(FOLDERS);
        for at in 0..departments {
            let number = 500_000_000_000 + at as u64 * 104_729;
            nodes.push(node(Level::Folder, number.to_string(), Some(0)));
        }
        for at in 0..teams {
            let number = 600_000_000_000 + at as u64 * 104_729;
            let parent = 1 + at / FOLDERS;
            nodes.push(node(Level::Folder, number.to_string(), Some(parent)));
        }
        for at in 0..self.buckets.len() {
            let number = 200_000_000_000 + at as u64 * 7_919;
            let parent = 1 + departments + at / PROJECTS;
            let mut project = node(Level::Project, number.to_string(), Some(parent));
            project.id = id(at);
            // One in a hundred is on its way out.
            if at % 100 == 99 {
                project.state = "DELETE_REQUESTED";
            }
            nodes.push(project);
        }
        nodes
    }

    /// The node of each bucket.
    pub fn buckets(&self, nodes: &[Node]) -> HashMap<String, usize> {
        let first = nodes.len() - self.buckets.len();
        let mut index = HashMap::new();
        for (at, &count) in self.buckets.iter().enumerate() {
            for number in 0..count {
                index.insert(bucket(at, number), first + at);
            }
        }
        index
    }

    /// What lies in a node.
    pub fn content(&self, nodes: &[Node], at: usize) -> Content {
        let node = &nodes[at];
        let first = nodes.len() - self.buckets.len();
        let mut random = Random::new(self.seed, 1 + at as u64);
        let mut items = vec![own(nodes, at)];
        match node.level {
            Level::Organization => guards::organization(&mut items, &mut random, node),
            Level::Folder => guards::folder(&mut items, &mut random, node, at),
            Level::Project => {
                let index = at - first;
                let project = Project {
                    index,
                    node,
                    team: TEAMS[index % TEAMS.len()],
                    region: ["europe-west4", "us-central1", "europe-west1"][index % 3],
                };
                people::accounts(&mut items, &mut random, &project);
                people::policy(&mut items, &mut random, &project);
                for number in 0..self.buckets[index] {
                    buckets::bucket(&mut items, &mut random, &project, number);
                }
                others::all(&mut items, &mut random, &project);
            }
        }
        Content { items }
    }
}

/// A project's id.
fn id(index: usize) -> String {
    let team = TEAMS[index % TEAMS.len()];
    let environment = ENVIRONMENTS[index % ENVIRONMENTS.len()];
    format!("acme-{team}-{environment}-{index:04}")
}

/// A bucket's name.
fn bucket(project: usize, number: usize) -> String {
    let purpose = PURPOSES[(project + number) % PURPOSES.len()];
    format!("{}-{purpose}-{number:02}", id(project))
}

/// The node itself, which the others follow.
fn own(nodes: &[Node], at: usize) -> Item {
    let node = &nodes[at];
    let (asset_type, display) = match node.level {
        Level::Organization => (kinds::ORGANIZATION, "acme.example".to_owned()),
        Level::Folder => (kinds::FOLDER, format!("team-{at}")),
        Level::Project => (kinds::PROJECT, node.id.clone()),
    };
    let mut data = json!({
        "name": node.name(),
        "displayName": display,
        "state": node.state,
        "createTime": "2023-02-14T10:00:00.512Z",
        "updateTime": "2025-11-02T08:00:00.000Z",
        "etag": "W/\"0c2fd3a1b7e8944f\"",
    });
    if let Some(parent) = node.parent {
        data["parent"] = json!(nodes[parent].name());
    }
    if node.level == Level::Project {
        data["projectId"] = json!(node.id);
    }
    item(asset_type, "cloudresourcemanager", &node.name(), "", data)
}

/// A resource whose full name is that of its service and its path.
fn item(asset_type: &str, service: &str, path: &str, below: &str, data: Value) -> Item {
    Item {
        kind: kinds::of(asset_type),
        asset_type: asset_type.to_owned(),
        name: format!("//{service}.googleapis.com/{path}"),
        below: below.to_owned(),
        alias: String::new(),
        data,
        policy: None,
    }
}

/// A resource below a project, named by its id.
fn of_project(project: &Project<'_>, asset_type: &str, below: &str, mut data: Value) -> Item {
    let service = asset_type.split('.').next().unwrap_or_default();
    let path = format!("projects/{}/{below}", project.node.id);
    if data.get("name").is_none() {
        data["name"] = json!(path);
    }
    item(asset_type, service, &path, below, data)
}

/// A binding.
fn binding(role: &str, members: Vec<String>) -> Value {
    json!({ "role": role, "members": members })
}

/// A policy of bindings.
fn policy(random: &mut Random, bindings: Vec<Value>) -> Value {
    let conditional = bindings.iter().any(|one| one.get("condition").is_some());
    json!({
        "version": if conditional { 3 } else { 1 },
        "etag": format!("BwY{:05x}QQc=", random.below(1 << 20)),
        "bindings": bindings,
    })
}
