//! How much of what real inputs bind and name the catalogue knows, where they are at hand.

use super::shared;
use leastwise::catalog::{Catalog, CustomRole, Roles, Stage, Tier, base_name};
use leastwise::model::{AssetText, Consumer, Fate, Truth};
use leastwise::sources::{Progress, Reading, read, walk};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The roles of bindings, and the custom roles that are described.
#[derive(Default)]
struct Bound {
    bindings: Vec<String>,
    described: Vec<CustomRole>,
}

impl Consumer for Bound {
    type Output = Bound;

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        mut outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        for asset in assets {
            let parsed = serde_json::from_str::<Value>(asset.text).unwrap_or_default();
            let bindings = parsed.pointer("/iamPolicy/bindings");
            let bindings = bindings.and_then(Value::as_array).into_iter().flatten();
            let roles = bindings.filter_map(|binding| binding["role"].as_str());
            self.bindings.extend(roles.map(str::to_owned));
            if parsed["assetType"] == "iam.googleapis.com/Role" {
                self.described
                    .extend(described(&parsed["resource"]["data"]));
            }
            outcome(asset, Fate::Taken);
        }
    }

    fn take(&mut self) -> Bound {
        std::mem::take(self)
    }
}

fn described(data: &Value) -> Option<CustomRole> {
    let permissions = data["includedPermissions"].as_array();
    let permissions = permissions.map(|list| list.iter().filter_map(Value::as_str));
    Some(CustomRole {
        name: data["name"].as_str()?.to_owned(),
        title: None,
        stage: Stage::parse(data["stage"].as_str()),
        deleted: data["deleted"].as_bool().unwrap_or_default(),
        permissions: permissions.map(|list| list.map(str::to_owned).collect()),
    })
}

fn bound(folder: PathBuf) -> Bound {
    let walked = walk(&[folder]);
    let mut all = Bound::default();
    let reading = Reading {
        inputs: &walked.inputs,
        spooled: None,
        resource: None,
        by_path: &|_: &Path| None,
        threads: 2,
        wanted: None,
        rest: None,
        progress: &Progress::default(),
    };
    read(&reading, Bound::default, |job| {
        all.bindings.extend(job.output.bindings);
        all.described.extend(job.output.described);
    })
    .unwrap();
    all
}

/// Where a bound role falls.
fn place(roles: &Roles<'_>, role: &str) -> &'static str {
    let base = base_name(role);
    match roles.tier(role) {
        _ if !base.starts_with("roles/") => match roles.tier(role) {
            Tier::Unknown => "custom, not described",
            _ => "custom, described",
        },
        _ if base.contains("erviceAgent") => "service agent",
        Tier::Complete => "complete",
        Tier::Broad => "broad",
        Tier::Sensitive => "sensitive",
        Tier::Unknown => "unknown",
    }
}

#[test]
fn the_roles_that_people_bind_are_known() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let bound = bound(corpus);
    let mut roles = Roles::new(Catalog::embedded());
    bound.described.into_iter().for_each(|role| roles.add(role));
    let mut table: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
    for role in &bound.bindings {
        let counts = table.entry(place(&roles, role)).or_default();
        *counts.entry(base_name(role)).or_default() += 1;
    }
    let sum = |place: &str| {
        table
            .get(place)
            .map_or(0, |counts| counts.values().sum::<u32>())
    };
    println!("{} bindings", bound.bindings.len());
    for (place, counts) in &table {
        println!(
            "  {:<22} {:>5} bindings of {:>3} roles",
            place,
            sum(place),
            counts.len()
        );
    }
    for place in ["broad", "sensitive", "unknown", "custom, not described"] {
        for (role, count) in table.get(place).into_iter().flatten() {
            println!("  {place}: {count} × {role}");
        }
    }
    assert!(
        bound.bindings.len() > 500,
        "the corpus is not read any more"
    );
    let known = sum("complete") + sum("broad");
    let all = known + sum("sensitive") + sum("unknown");
    println!(
        "{known} of {all} bindings of predefined roles, but those of service agents, are of roles known in full or basic"
    );
    assert!(known * 100 >= all * 95, "{known} of {all}");
}

/// The lists of permissions of custom roles and of answers to `testIamPermissions`.
fn named(value: &Value, names: &mut BTreeMap<String, u32>) {
    let is_permission = |name: &&str| {
        let parts = name.split('.');
        parts.count() > 2 && !name.contains(|c: char| c.is_whitespace() || c == '*')
    };
    match value {
        Value::Array(list) => list.iter().for_each(|value| named(value, names)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let lists = ["includedPermissions", "included_permissions", "permissions"];
                if let (true, Value::Array(list)) = (lists.contains(&key.as_str()), value) {
                    let list = list.iter().filter_map(Value::as_str);
                    for name in list.filter(is_permission) {
                        *names.entry(name.to_owned()).or_default() += 1;
                    }
                }
                named(value, names);
            }
        }
        _ => {}
    }
}

#[test]
fn the_permissions_that_people_name_are_looked_up() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let mut names = BTreeMap::new();
    for input in walk(&[corpus]).inputs {
        let text = std::fs::read_to_string(&input.path).unwrap_or_default();
        if let Ok(value) = serde_json::from_str(&text) {
            named(&value, &mut names);
            continue;
        }
        for line in text.lines() {
            if let Ok(value) = serde_json::from_str(line) {
                named(&value, &mut names);
            }
        }
    }
    let catalog = Catalog::embedded();
    let mut counts: BTreeMap<Truth, u32> = BTreeMap::new();
    let mut unknown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names.keys() {
        let exists = catalog.exists(name);
        *counts.entry(exists).or_default() += 1;
        match exists {
            Truth::Yes => {}
            Truth::No => println!("  no such permission: {name}"),
            Truth::Unknown => {
                let service = name.split('.').next().unwrap_or_default();
                unknown.entry(service).or_default().insert(name);
            }
        }
    }
    for (service, names) in &unknown {
        println!("  unknown: {} of {service}: {names:?}", names.len());
    }
    println!("{} permissions are named: {counts:?}", names.len());
    assert!(names.len() > 100, "the corpus is not read any more");
}
