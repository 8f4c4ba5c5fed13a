//! Cloud Asset Inventory: the same estate, as its assets.

use super::super::answer::Refusal;
use super::super::kinds::{BUCKET, ORG_POLICY, ORGANIZATION, PERIMETER};
use super::super::state::{Item, Level};
use super::{Ask, Place, Trace};
use serde_json::{Map, Value, json};

/// Pages of a list; of a search.
const SIZES: (usize, usize) = (100, 1000);
const SEARCH: (usize, usize) = (500, 500);

/// When every asset was last changed.
const UPDATED: &str = "2026-11-20T08:14:07.512Z";

/// What is asked about an asset.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Nothing,
    Resource,
    Allow,
    OrgPolicy,
    AccessPolicy,
    Search,
    SearchAllow,
}

pub fn route(ask: &Ask<'_>, place: &Place<'_>, trace: &mut Trace) -> Result<Value, Refusal> {
    ask.get_only()?;
    let (scope, about) = match (place.path.as_slice(), place.verb) {
        ([scope @ .., "assets"], "") => {
            let about = match ask.request.parameter("contentType") {
                None | Some("CONTENT_TYPE_UNSPECIFIED") => About::Nothing,
                Some("RESOURCE") => About::Resource,
                Some("IAM_POLICY") => About::Allow,
                Some("ORG_POLICY") => About::OrgPolicy,
                Some("ACCESS_POLICY") => About::AccessPolicy,
                Some(other) => {
                    return Err(Refusal::Invalid(format!("Invalid content type {other}")));
                }
            };
            (scope, about)
        }
        (scope, "searchAllResources") => (scope, About::Search),
        (scope, "searchAllIamPolicies") => (scope, About::SearchAllow),
        _ => return Err(Refusal::NoSuchPath),
    };
    let (permission, method) = match about {
        About::Nothing | About::Resource => {
            ("cloudasset.assets.listResource", "assets.listResource")
        }
        About::Allow => ("cloudasset.assets.listIamPolicy", "assets.listIamPolicy"),
        About::OrgPolicy => ("cloudasset.assets.listOrgPolicy", "assets.listOrgPolicy"),
        About::AccessPolicy => (
            "cloudasset.assets.listAccessPolicy",
            "assets.listAccessPolicy",
        ),
        About::Search => ("cloudasset.assets.searchAllResources", "searchAllResources"),
        About::SearchAllow => (
            "cloudasset.assets.searchAllIamPolicies",
            "searchAllIamPolicies",
        ),
    };
    trace.is(format!("cloudasset.{method}"));
    let types = types(ask);
    let content_type = ask.request.parameter("contentType").unwrap_or_default();
    trace.target = format!("{}?{content_type}&{}", trace.target, types.join(","));
    let name = scope.join("/");
    let refusal = || Refusal::Denied(permission.to_owned(), name.clone());
    let at = ask.estate.node(&name).ok_or_else(refusal)?;
    ask.rights.need(permission, ask.estate, at, &name)?;
    walk(ask, trace, at, about, &types)
}

fn types<'r>(ask: &'r Ask<'_>) -> Vec<&'r str> {
    let named = ask.request.parameters("assetTypes");
    let mut types: Vec<&str> = named.flat_map(|types| types.split(',')).collect();
    types.sort_unstable();
    types
}

/// One page. It starts where the token says: at a node and an entry of it, so that no page walks over all nodes.
fn walk(
    ask: &Ask<'_>,
    trace: &mut Trace,
    scope: usize,
    about: About,
    types: &[&str],
) -> Result<Value, Refusal> {
    let search = matches!(about, About::Search | About::SearchAllow);
    let sizes = if search { SEARCH } else { SIZES };
    let size = ask.size(sizes)?;
    let nodes: Vec<usize> = ask.estate.within(scope).collect();
    let (mut node, mut skip, mut before) = match ask.token() {
        None => (0, 0, 0),
        Some(token) => start(ask, token)?,
    };
    let mut page: Vec<Value> = Vec::new();
    let mut next = None;
    'nodes: while let Some(&at) = nodes.get(node) {
        let content = ask.estate.content(at);
        for (entry, item) in content.items.iter().enumerate().skip(skip) {
            // Perimeters stand beside the organisation, and count as it.
            let own = match about {
                About::AccessPolicy => ORGANIZATION,
                _ => item.asset_type.as_str(),
            };
            if !types.is_empty() && !types.iter().any(|one| is(own, one)) {
                continue;
            }
            let Some(shown) = shown(ask, at, item, about) else {
                continue;
            };
            if page.len() == size {
                next = Some((node, entry));
                break 'nodes;
            }
            page.push(shown);
        }
        node += 1;
        skip = 0;
    }
    before += page.len();
    trace.least = before.div_ceil(sizes.1).max(1);
    let mut next = next.map(|(node, entry)| ask.mark((node << 12 | entry) << 24 | before));
    // What goes wrong with a list goes wrong with its first page here.
    if ask.token().is_none() && ask.twist != super::Twist::None {
        let (range, token) = ask.page(&mut Trace::default(), page.len(), sizes)?;
        page = page.drain(range).collect();
        next = token.or(next);
    } else if matches!(ask.token(), Some("again")) {
        next = Some("again".to_owned());
    }
    let key = if search { "results" } else { "assets" };
    let mut answer = json!({});
    if !search {
        answer["readTime"] = json!(UPDATED);
    }
    if !page.is_empty() {
        answer[key] = Value::Array(page);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

fn start(ask: &Ask<'_>, token: &str) -> Result<(usize, usize, usize), Refusal> {
    if token == "again" || token.starts_with("empty-") {
        return Ok((0, 0, 0));
    }
    let mark = ask.offset(token)?;
    let place = mark >> 24;
    Ok((place >> 12, place & 0xFFF, mark & 0xFF_FFFF))
}

/// `storage.googleapis.com/Bucket`, or all of a service: `storage.googleapis.com/*` or `storage.googleapis.com.*`.
fn is(own: &str, wanted: &str) -> bool {
    match wanted.strip_suffix("/*").or(wanted.strip_suffix(".*")) {
        Some(service) => own.split('/').next() == Some(service),
        None => own == wanted,
    }
}

fn shown(ask: &Ask<'_>, at: usize, item: &Item, about: About) -> Option<Value> {
    let ancestors: Vec<String> = ask
        .estate
        .ancestry(at)
        .map(|at| ask.estate.nodes[at].name())
        .collect();
    let mut asset = json!({ "name": item.name, "assetType": item.asset_type });
    match about {
        About::Nothing => {}
        About::Resource => {
            if item.data.is_null() {
                return None;
            }
            asset["resource"] = resource(ask, at, item);
        }
        About::Allow => {
            asset["iamPolicy"] = item.policy.clone()?;
        }
        About::OrgPolicy => {
            if !item.below.is_empty() {
                return None;
            }
            let content = ask.estate.content(at);
            let set: Vec<Value> = content.of(ORG_POLICY).filter_map(older).collect();
            if set.is_empty() {
                return None;
            }
            asset["orgPolicy"] = json!(set);
        }
        About::AccessPolicy => {
            if item.asset_type != PERIMETER {
                return None;
            }
            let node = ask.estate.nodes[at].name();
            asset = json!({
                "name": format!("//cloudresourcemanager.googleapis.com/{node}"),
                "assetType": ORGANIZATION,
                "servicePerimeter": item.data,
            });
        }
        About::Search => {
            let node = &ask.estate.nodes[at];
            if node.level == Level::Project {
                asset["project"] = json!(node.name());
            }
            let organization = ancestors.iter().find(|a| a.starts_with("organizations/"));
            asset["organization"] = json!(organization);
            let folders: Vec<&String> = ancestors
                .iter()
                .filter(|ancestor| ancestor.starts_with("folders/"))
                .collect();
            asset["folders"] = json!(folders);
            asset["displayName"] = json!(item.below.rsplit('/').next());
            asset["parentFullResourceName"] = json!(parent(ask, at, item));
            return Some(asset);
        }
        About::SearchAllow => {
            let policy = item.policy.clone()?;
            return Some(
                json!({ "resource": item.name, "assetType": item.asset_type, "policy": policy }),
            );
        }
    }
    asset["ancestors"] = json!(ancestors);
    asset["updateTime"] = json!(UPDATED);
    Some(asset)
}

fn parent(ask: &Ask<'_>, at: usize, item: &Item) -> String {
    let above = if item.below.is_empty() {
        ask.estate.nodes[at].parent
    } else {
        Some(at)
    };
    above.map_or_else(String::new, |above| {
        let name = ask.estate.nodes[above].name();
        format!("//cloudresourcemanager.googleapis.com/{name}")
    })
}

fn resource(ask: &Ask<'_>, at: usize, item: &Item) -> Value {
    let (service, name) = item.asset_type.split_once('/').unwrap_or_default();
    let version = item.kind.map_or("v1", |kind| kind.version);
    let version = version.rsplit('/').next().unwrap_or(version);
    let mut data = item.data.clone();
    if item.asset_type == BUCKET {
        numbers(&mut data);
    }
    json!({
        "version": version,
        "discoveryDocumentUri": format!("https://{service}/$discovery/rest"),
        "discoveryName": name,
        "parent": parent(ask, at, item),
        "data": data,
    })
}

/// The inventory has numbers where the JSON API of Cloud Storage has them as text.
fn numbers(data: &mut Value) {
    for path in [
        "/metageneration",
        "/projectNumber",
        "/softDeletePolicy/retentionDurationSeconds",
        "/retentionPolicy/retentionPeriod",
    ] {
        if let Some(value) = data.pointer_mut(path)
            && let Some(number) = value.as_str().and_then(|text| text.parse::<u64>().ok())
        {
            *value = json!(number);
        }
    }
}

/// A policy of version 2 in the older shape, in which the inventory shows policies of a node.
fn older(item: &Item) -> Option<Value> {
    let constraint = item.below.strip_prefix("policies/")?;
    let spec = item.data.get("spec")?;
    let mut policy = Map::from_iter([(
        "constraint".to_owned(),
        json!(format!("constraints/{constraint}")),
    )]);
    if let Some(etag) = spec.get("etag") {
        policy.insert("etag".to_owned(), etag.clone());
    }
    if spec.get("reset") == Some(&json!(true)) {
        policy.insert("restoreDefault".to_owned(), json!({}));
        return Some(Value::Object(policy));
    }
    let rules = spec.get("rules").and_then(Value::as_array)?;
    if let Some(enforce) = rules.iter().find_map(|rule| rule.get("enforce")) {
        policy.insert("booleanPolicy".to_owned(), json!({ "enforced": enforce }));
        return Some(Value::Object(policy));
    }
    let mut list = json!({});
    for rule in rules {
        if rule.get("allowAll") == Some(&json!(true)) {
            list["allValues"] = json!("ALLOW");
        }
        if rule.get("denyAll") == Some(&json!(true)) {
            list["allValues"] = json!("DENY");
        }
        for (own, other) in [
            ("allowedValues", "allowedValues"),
            ("deniedValues", "deniedValues"),
        ] {
            if let Some(values) = rule.pointer(&format!("/values/{own}")) {
                list[other] = values.clone();
            }
        }
    }
    if spec.get("inheritFromParent") == Some(&json!(true)) {
        list["inheritFromParent"] = json!(true);
    }
    policy.insert("listPolicy".to_owned(), list);
    Some(Value::Object(policy))
}
