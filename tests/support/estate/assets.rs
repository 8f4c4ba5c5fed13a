//! An estate from assets: what an export says, as the APIs would have said it.

use super::kinds::{
    self, ACCOUNT, BUCKET, DENY, FOLDER, KEY, KEY_RING, MANAGED_FOLDER, ORG_POLICY, ORGANIZATION,
    PERIMETER, PROJECT, SERVICE,
};
use super::state::{Content, Estate, Item, Level, Node};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

/// Services that every project of an export without services has enabled.
const ENABLED: [&str; 8] = [
    "cloudasset",
    "cloudresourcemanager",
    "iam",
    "logging",
    "monitoring",
    "orgpolicy",
    "serviceusage",
    "storage",
];

impl Estate {
    /// From assets of an export. Several lines about one asset (its settings, its policy) become one resource.
    pub fn from_assets(assets: &[Value]) -> Estate {
        let mut merged: Vec<Map<String, Value>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for asset in assets {
            let Some(name) = asset["name"].as_str() else {
                continue;
            };
            let at = *places.entry(name).or_insert(merged.len());
            if at == merged.len() {
                merged.push(Map::new());
            }
            for (key, value) in asset.as_object().into_iter().flatten() {
                merged[at].insert(key.clone(), value.clone());
            }
        }
        let merged: Vec<Value> = merged.into_iter().map(Value::Object).collect();
        let (nodes, mut contents) = nodes(&merged);
        let index: HashMap<String, usize> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| (node.name(), at))
            .collect();
        for asset in &merged {
            if level(text(asset, "/assetType")).is_some() {
                continue;
            }
            let near = asset["ancestors"].get(0).and_then(Value::as_str);
            let home = near.and_then(|near| index.get(near)).copied();
            let home = home.or_else(|| by_name(&nodes, text(asset, "/name")));
            if let Some(home) = home {
                contents[home].items.push(item(asset));
            }
        }
        for (node, content) in nodes.iter().zip(&mut contents) {
            complete(node, content);
        }
        Estate::held(nodes, contents)
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn level(asset_type: &str) -> Option<Level> {
    match asset_type {
        ORGANIZATION => Some(Level::Organization),
        FOLDER => Some(Level::Folder),
        PROJECT => Some(Level::Project),
        _ => None,
    }
}

/// All nodes, those too that are only named as ancestors; parents first.
fn nodes(assets: &[Value]) -> (Vec<Node>, Vec<Content>) {
    let mut lines: BTreeSet<Vec<&str>> = BTreeSet::new();
    for asset in assets {
        let line = asset["ancestors"].as_array().into_iter().flatten();
        let line: Vec<&str> = line.filter_map(Value::as_str).rev().collect();
        for end in 1..=line.len() {
            lines.insert(line[..end].to_vec());
        }
    }
    let mut nodes: Vec<Node> = Vec::new();
    let mut contents = Vec::new();
    // Shorter lines first: parents before children.
    let mut lines: Vec<Vec<&str>> = lines.into_iter().collect();
    lines.sort_by_key(Vec::len);
    for line in lines {
        let Some((own, above)) = line.split_last() else {
            continue;
        };
        let (collection, number) = own.split_once('/').unwrap_or_default();
        let level = match collection {
            "organizations" => Level::Organization,
            "folders" => Level::Folder,
            _ => Level::Project,
        };
        let parent = above.last().map(|above| (*above).to_owned());
        let parent = nodes.iter().position(|node| Some(node.name()) == parent);
        let mut node = Node {
            level,
            number: number.to_owned(),
            id: number.to_owned(),
            parent,
            state: "ACTIVE",
        };
        let full = format!("//cloudresourcemanager.googleapis.com/{own}");
        let asset = assets
            .iter()
            .find(|asset| text(asset, "/name") == full)
            .cloned()
            .unwrap_or_default();
        let data = asset.pointer("/resource/data").cloned().unwrap_or_default();
        if level == Level::Project
            && let Some(id) = data["projectId"].as_str()
        {
            id.clone_into(&mut node.id);
        }
        if [&data["state"], &data["lifecycleState"]]
            .iter()
            .any(|state| *state == "DELETE_REQUESTED")
        {
            node.state = "DELETE_REQUESTED";
        }
        let above = parent.map(|at| nodes[at].name());
        let mut content = Content::default();
        let asset_type = match level {
            Level::Organization => ORGANIZATION,
            Level::Folder => FOLDER,
            Level::Project => PROJECT,
        };
        content.items.push(Item {
            kind: kinds::of(asset_type),
            asset_type: asset_type.to_owned(),
            name: full,
            below: String::new(),
            alias: String::new(),
            data: shown(&node, above, &data),
            policy: asset.get("iamPolicy").cloned(),
        });
        let set = asset["orgPolicy"].as_array().into_iter().flatten();
        content.items.extend(set.map(|policy| newer(&node, policy)));
        nodes.push(node);
        contents.push(content);
    }
    (nodes, contents)
}

/// A node as version 3 of Resource Manager shows it, whatever version the export has.
fn shown(node: &Node, parent: Option<String>, data: &Value) -> Value {
    let mut shown = json!({
        "name": node.name(),
        "state": node.state,
        "createTime": data.get("createTime").or(data.get("creationTime")).cloned().unwrap_or(json!("2023-01-17T13:40:02.118Z")),
        "etag": "W/\"3f9a1b0c5d7e2f41\"",
    });
    if let Some(parent) = parent {
        shown["parent"] = json!(parent);
    }
    if node.level == Level::Project {
        shown["projectId"] = json!(node.id);
    }
    let older = data.get("lifecycleState").is_some();
    let display = match (data.get("displayName"), older) {
        (Some(name), _) => Some(name),
        (None, true) => data.get("name"),
        (None, false) => None,
    };
    for (field, value) in [
        ("displayName", display),
        ("labels", data.get("labels")),
        ("directoryCustomerId", data.get("directoryCustomerId")),
        ("tags", data.get("tags")),
    ] {
        if let Some(value) = value {
            shown[field] = value.clone();
        }
    }
    shown
}

/// A policy of the older shape, as version 2 shows it.
fn newer(node: &Node, policy: &Value) -> Item {
    let constraint = text(policy, "/constraint").trim_start_matches("constraints/");
    let mut spec = json!({ "etag": policy["etag"], "updateTime": policy["updateTime"] });
    if policy.get("restoreDefault").is_some() {
        spec["reset"] = json!(true);
    } else if let Some(boolean) = policy.get("booleanPolicy") {
        // Proto JSON leaves `false` out.
        spec["rules"] = json!([{ "enforce": boolean["enforced"] == true }]);
    } else if let Some(list) = policy.get("listPolicy") {
        let mut rules = Vec::new();
        match text(list, "/allValues") {
            "ALLOW" => rules.push(json!({ "allowAll": true })),
            "DENY" => rules.push(json!({ "denyAll": true })),
            _ => {}
        }
        for field in ["allowedValues", "deniedValues"] {
            if let Some(values) = list.get(field) {
                rules.push(json!({ "values": { field: values } }));
            }
        }
        spec["rules"] = json!(rules);
        if list["inheritFromParent"] == true {
            spec["inheritFromParent"] = json!(true);
        }
    }
    let below = format!("policies/{constraint}");
    let path = format!("{}/{below}", node.name());
    Item {
        kind: kinds::of(ORG_POLICY),
        asset_type: ORG_POLICY.to_owned(),
        name: format!("//orgpolicy.googleapis.com/{path}"),
        below,
        alias: String::new(),
        data: json!({ "name": path, "spec": spec }),
        policy: None,
    }
}

fn by_name(nodes: &[Node], name: &str) -> Option<usize> {
    nodes.iter().position(|node| {
        let collection = node.level.collection();
        [&node.number, &node.id]
            .iter()
            .any(|id| name.contains(&format!("/{collection}/{id}/")))
    })
}

fn item(asset: &Value) -> Item {
    let asset_type = text(asset, "/assetType").to_owned();
    let name = text(asset, "/name").to_owned();
    let mut data = asset.pointer("/resource/data").cloned().unwrap_or_default();
    let mut alias = String::new();
    let path = name.trim_start_matches("//");
    let path = path.split_once('/').map_or(path, |(_, path)| path);
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path);
    let below = match asset_type.as_str() {
        BUCKET => {
            data = bucket(data, last);
            format!("buckets/{last}")
        }
        MANAGED_FOLDER => {
            let below = path.trim_start_matches("projects/_/").trim_end_matches('/');
            let (bucket, folder) = below.split_once("/managedFolders/").unwrap_or_default();
            let bucket = bucket.trim_start_matches("buckets/");
            data = json!({ "kind": "storage#managedFolder", "id": format!("{bucket}/{folder}/"), "name": format!("{folder}/"), "bucket": bucket, "metageneration": "1" });
            format!("{below}/")
        }
        ACCOUNT => {
            last.clone_into(&mut alias);
            match data["email"].as_str() {
                Some(email) => format!("serviceAccounts/{email}"),
                None => format!("serviceAccounts/{last}"),
            }
        }
        KEY => {
            let account = path.split("/serviceAccounts/").nth(1).unwrap_or_default();
            account
                .split('/')
                .next()
                .unwrap_or_default()
                .clone_into(&mut alias);
            // Under the address of its account, by which the list of its keys is asked for.
            let own = data["name"].as_str().unwrap_or(path);
            own.split_once('/')
                .and_then(|(_, rest)| rest.split_once('/'))
                .map_or(String::new(), |(_, below)| below.to_owned())
        }
        DENY => format!("denypolicies/{last}"),
        ORG_POLICY => format!("policies/{last}"),
        PERIMETER => path.to_owned(),
        asset_type if asset_type.starts_with("iam.googleapis.com/Workforce") => {
            path.trim_start_matches("locations/global/").to_owned()
        }
        _ => {
            let mut parts = path.splitn(3, '/');
            parts.nth(2).unwrap_or(path).to_owned()
        }
    };
    if data.is_null() {
        data = json!({ "name": path });
    }
    Item {
        kind: kinds::of(&asset_type),
        asset_type,
        name,
        below,
        alias,
        data,
        policy: asset.get("iamPolicy").cloned(),
    }
}

/// A bucket of an export as the JSON API shows it: 64-bit numbers are text, and what is empty is left out.
fn bucket(data: Value, name: &str) -> Value {
    let mut data = match data {
        Value::Object(data) => data,
        _ => Map::from_iter([("name".to_owned(), json!(name))]),
    };
    data.retain(|_, value| match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        value => !value.is_null(),
    });
    let mut data = Value::Object(data);
    for path in [
        "/metageneration",
        "/projectNumber",
        "/softDeletePolicy/retentionDurationSeconds",
        "/retentionPolicy/retentionPeriod",
    ] {
        if let Some(value) = data.pointer_mut(path)
            && let Some(number) = value.as_u64()
        {
            *value = json!(number.to_string());
        }
    }
    data
}

/// What an export leaves out because it follows from the rest.
fn complete(node: &Node, content: &mut Content) {
    // Keys name their account by its address or its number; the account tells both.
    let accounts: Vec<(String, String)> = content
        .of(ACCOUNT)
        .map(|account| (account.alias.clone(), account.below.clone()))
        .collect();
    for key in content
        .items
        .iter_mut()
        .filter(|item| item.asset_type == KEY)
    {
        let Some((_, id)) = key.below.split_once("/keys/") else {
            continue;
        };
        if let Some((_, account)) = accounts.iter().find(|(alias, _)| *alias == key.alias) {
            key.below = format!("{account}/keys/{id}");
        }
    }
    let rings: BTreeSet<String> = content
        .of("cloudkms.googleapis.com/CryptoKey")
        .filter_map(|key| key.below.split("/cryptoKeys/").next().map(str::to_owned))
        .collect();
    for ring in rings {
        if content.at(&ring).is_some() {
            continue;
        }
        let path = format!("projects/{}/{ring}", node.id);
        content.items.push(Item {
            kind: kinds::of(KEY_RING),
            asset_type: KEY_RING.to_owned(),
            name: format!("//cloudkms.googleapis.com/{path}"),
            below: ring,
            alias: String::new(),
            data: json!({ "name": path, "createTime": "2025-01-08T12:00:00Z" }),
            policy: None,
        });
    }
    if node.level != Level::Project || content.of(SERVICE).next().is_some() {
        return;
    }
    let mut enabled: BTreeSet<&str> = ENABLED.into();
    enabled.extend(content.items.iter().filter_map(|item| {
        let service = item.asset_type.split_once(".googleapis.com/");
        service.map(|(service, _)| service)
    }));
    let enabled: Vec<Item> = enabled
        .into_iter()
        .map(|name| service(node, name))
        .collect();
    content.items.extend(enabled);
}

/// An API that is on in a project.
pub fn service(node: &Node, name: &str) -> Item {
    let below = format!("services/{name}.googleapis.com");
    let path = format!("projects/{}/{below}", node.number);
    Item {
        kind: kinds::of(SERVICE),
        asset_type: SERVICE.to_owned(),
        name: format!("//serviceusage.googleapis.com/{path}"),
        below,
        alias: String::new(),
        data: json!({
            "name": path,
            "parent": format!("projects/{}", node.number),
            "config": { "name": format!("{name}.googleapis.com") },
            "state": "ENABLED",
        }),
        policy: None,
    }
}
