//! What most APIs have in common: lists below a node, one by its name, its allow policy, the locations there are.

use super::super::answer::Refusal;
use super::super::kinds::{self, KEY, KINDS, Kind, RUN_JOB, RUN_SERVICE, WORKFORCE};
use super::super::state::{Content, Item};
use super::{Ask, Place, Trace, policy, shapes};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub fn route(
    ask: &Ask<'_>,
    service: &str,
    place: &Place<'_>,
    trace: &mut Trace,
) -> Result<Value, Refusal> {
    let (version, path) = (&*place.version, place.path.as_slice());
    match (service, path) {
        // Cloud Run's first version, after Knative.
        ("run", ["run.googleapis.com", "v1", "namespaces", project, "jobs"]) => {
            return elements(ask, trace, project, &[RUN_JOB], None);
        }
        ("run", ["projects", project, "locations", "-", "services"]) if version == "v1" => {
            return elements(ask, trace, project, &[RUN_SERVICE], None);
        }
        ("compute", ["projects", project, "aggregated", collection]) => {
            return aggregated(ask, trace, project, collection);
        }
        ("compute", ["projects", project, "regions"]) => {
            trace.is("compute.regions.list");
            let at = node(ask, "compute.regions.list", &format!("projects/{project}"))?;
            let all: Vec<Value> = places(ask, at, service)
                .into_iter()
                .filter(|place| place != "global")
                .map(|place| json!({ "kind": "compute#region", "name": place, "status": "UP" }))
                .collect();
            return list(ask, trace, all, "items", (500, 500));
        }
        ("iam", ["locations", "global", "workforcePools", below @ ..]) => {
            return workforce(ask, trace, below);
        }
        ("accesscontextmanager", path) => return perimeters(ask, trace, path),
        _ => {}
    }
    let [collection, id, below @ ..] = path else {
        return Err(Refusal::NoSuchPath);
    };
    let name = format!("{collection}/{id}");
    if let ["locations"] = below
        && place.verb.is_empty()
    {
        return locations(ask, service, trace, &name);
    }
    let (below, verb) = match below {
        // Compute Engine's verbs are segments.
        [below @ .., "getIamPolicy"] if service == "compute" => (below, "getIamPolicy"),
        below => (below, place.verb),
    };
    let of_service = || {
        let all = KINDS.iter();
        // A policy has one version only, and settings may have more.
        all.filter(move |kind| kind.service == service)
    };
    let kind = |list: bool| {
        let mut fitting = of_service().filter(|kind| kind.fits(below, list));
        let first = fitting.next();
        let exact = first.into_iter().chain(fitting);
        exact.min_by_key(|kind| kind.version != version)
    };
    match verb {
        "" | "query" => {
            ask.get_only()?;
            if let Some(kind) = kind(true).filter(|kind| kind.version == version) {
                return children(ask, trace, kind, &name, below);
            }
            let kind = kind(false).filter(|kind| kind.version == version);
            let kind = kind.ok_or(Refusal::NoSuchPath)?;
            one(ask, trace, kind, &name, below)
        }
        "getIamPolicy" => {
            let kind = kind(false).filter(|kind| !kind.policy.is_empty());
            let kind = kind.ok_or(Refusal::NoSuchPath)?;
            allow(ask, trace, kind, &name, below)
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

/// The node by its name. Whether it is missing or forbidden is not told.
fn node(ask: &Ask<'_>, permission: &str, name: &str) -> Result<usize, Refusal> {
    let refusal = || Refusal::Denied(permission.to_owned(), name.to_owned());
    let at = ask.estate.node(name).ok_or_else(refusal)?;
    ask.rights.need(permission, ask.estate, at, name)?;
    Ok(at)
}

/// The node in which a service account of `projects/-` lies.
fn home(ask: &Ask<'_>, permission: &str, name: &str, below: &[&str]) -> Result<usize, Refusal> {
    if name != "projects/-" {
        return node(ask, permission, name);
    }
    let account = below.get(1).copied().unwrap_or_default();
    let (local, domain) = account.split_once('@').unwrap_or((account, ""));
    let project = match domain {
        "developer.gserviceaccount.com" => local.trim_end_matches("-compute"),
        "appspot.gserviceaccount.com" => local,
        domain => domain.trim_end_matches(".iam.gserviceaccount.com"),
    };
    node(ask, permission, &format!("projects/{project}"))
}

/// A page of values under their key.
pub fn list(
    ask: &Ask<'_>,
    trace: &mut Trace,
    mut all: Vec<Value>,
    key: &str,
    sizes: (usize, usize),
) -> Result<Value, Refusal> {
    let (range, next) = ask.page(trace, all.len(), sizes)?;
    let page: Vec<Value> = all.drain(range).collect();
    let mut answer = json!({});
    // Proto JSON leaves an empty list out.
    if !page.is_empty() {
        answer[key] = Value::Array(page);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

/// The method, after the discovery documents and without `projects.locations.`.
fn method(kind: &Kind, node: &str, verb: &str) -> String {
    let service = kind.service;
    match kind.asset_type {
        kinds::APPROVAL => "accessapproval.getAccessApprovalSettings".to_owned(),
        "cloudfunctions.googleapis.com/CloudFunction" => format!("{service}.v1.functions.{verb}"),
        // These are kept apart by where they lie.
        kinds::ROLE => {
            let level = node.split('/').next().unwrap_or_default();
            format!("{service}.{level}.roles.{verb}")
        }
        KEY => format!("{service}.serviceAccounts.keys.{verb}"),
        "iam.googleapis.com/WorkloadIdentityPoolProvider" => {
            format!("{service}.workloadIdentityPools.providers.{verb}")
        }
        "iam.googleapis.com/WorkforcePoolProvider" => {
            format!("{service}.workforcePools.providers.{verb}")
        }
        _ => format!("{service}.{}.{verb}", kind.collection()),
    }
}

fn children(
    ask: &Ask<'_>,
    trace: &mut Trace,
    kind: &'static Kind,
    name: &str,
    below: &[&str],
) -> Result<Value, Refusal> {
    trace.is(method(kind, name, "list"));
    let at = home(ask, kind.list, name, below)?;
    // Only the place may be `-`, and only where the API knows it.
    if below.first() == Some(&"locations") && below.get(1) == Some(&"-") && !kind.everywhere {
        return Err(Refusal::Invalid(format!(
            "Location '-' is not supported by {}",
            trace.method
        )));
    }
    let content = ask.estate.content(at);
    let parent = &below[..below.len() - 1];
    if parent.len() >= 4 || kind.asset_type == KEY {
        let own = content.at(&parent.join("/"));
        if own.is_none() && KINDS.iter().any(|kind| kind.fits(parent, false)) {
            return Err(Refusal::NotFound(format!("{name}/{}", parent.join("/"))));
        }
    }
    let all: Vec<Value> = content
        .of(kind.asset_type)
        .filter(|item| within(&content, item, below))
        .filter_map(|item| shapes::listed(ask, item))
        .collect();
    list(ask, trace, all, kind.items, (kind.default, kind.most))
}

/// Whether an item is in the list at this path, where `-` stands for every place.
fn within(content: &Content, item: &Item, list: &[&str]) -> bool {
    let Some((own, _)) = item.below.rsplit_once('/') else {
        return false;
    };
    let same = own
        .split('/')
        .zip(list)
        .all(|(own, asked)| own == *asked || *asked == "-");
    if same && own.split('/').count() == list.len() {
        return true;
    }
    // By the other name of the parent.
    item.asset_type == KEY
        && list.len() == 3
        && content
            .at(&list[..2].join("/"))
            .is_some_and(|account| own.strip_suffix("/keys") == Some(&account.below))
}

fn one(
    ask: &Ask<'_>,
    trace: &mut Trace,
    kind: &'static Kind,
    name: &str,
    below: &[&str],
) -> Result<Value, Refusal> {
    trace.is(method(kind, name, "get"));
    let at = home(ask, kind.get, name, below)?;
    let content = ask.estate.content(at);
    let found = content.at(&below.join("/"));
    let found = found.filter(|item| item.asset_type == kind.asset_type);
    let missing = || Refusal::NotFound(format!("{name}/{}", below.join("/")));
    Ok(found.ok_or_else(missing)?.data.clone())
}

fn allow(
    ask: &Ask<'_>,
    trace: &mut Trace,
    kind: &'static Kind,
    name: &str,
    below: &[&str],
) -> Result<Value, Refusal> {
    trace.is(method(kind, name, "getIamPolicy"));
    if kind.post {
        ask.post_only()?;
    } else {
        ask.get_only()?;
    }
    let at = home(ask, kind.policy, name, below)?;
    let content = ask.estate.content(at);
    let missing = || Refusal::NotFound(format!("{name}/{}", below.join("/")));
    let found = content.at(&below.join("/")).ok_or_else(missing)?;
    let version = policy::version(ask);
    Ok(Value::Object(policy::shown(found.policy.as_ref(), version)))
}

/// Where a service can be, and where something of it is; of Compute Engine, whose regions others are listed by, where
/// anything is.
fn places(ask: &Ask<'_>, at: usize, service: &str) -> BTreeSet<String> {
    let content = ask.estate.content(at);
    let mut all: BTreeSet<String> = ask.estate.places.iter().map(|&p| p.to_owned()).collect();
    for item in &content.items {
        if service != "compute" && item.kind.is_none_or(|kind| kind.service != service) {
            continue;
        }
        let mut segments = item.below.split('/');
        if let (Some("locations" | "regions"), Some(place)) = (segments.next(), segments.next()) {
            all.insert(place.to_owned());
        }
    }
    all
}

fn locations(
    ask: &Ask<'_>,
    service: &str,
    trace: &mut Trace,
    name: &str,
) -> Result<Value, Refusal> {
    ask.get_only()?;
    trace.is(format!("{service}.locations.list"));
    if !KINDS.iter().any(|kind| kind.service == service) {
        return Err(Refusal::NoSuchPath);
    }
    let at = node(ask, &format!("{service}.locations.list"), name)?;
    let all: Vec<Value> = places(ask, at, service)
        .into_iter()
        .map(|place| json!({ "name": format!("{name}/locations/{place}"), "locationId": place }))
        .collect();
    list(ask, trace, all, "locations", (100, 1000))
}

/// Everything of some kinds in a project, whatever the place.
fn elements(
    ask: &Ask<'_>,
    trace: &mut Trace,
    project: &str,
    asset_types: &[&str],
    items: Option<&str>,
) -> Result<Value, Refusal> {
    ask.get_only()?;
    let mut all = Vec::new();
    for asset_type in asset_types {
        let kind = kinds::of(asset_type).ok_or(Refusal::NoSuchPath)?;
        trace.is(method(kind, "projects", "list"));
        let at = node(ask, kind.list, &format!("projects/{project}"))?;
        let content = ask.estate.content(at);
        let found = content.of(asset_type);
        all.extend(found.map(|item| shapes::knative(project, item)));
    }
    list(
        ask,
        trace,
        all,
        items.unwrap_or("items"),
        (usize::MAX, usize::MAX),
    )
}

/// Compute Engine's lists over all zones: `{"items": {"zones/…": {"instances": […]}}}`.
fn aggregated(
    ask: &Ask<'_>,
    trace: &mut Trace,
    project: &str,
    collection: &str,
) -> Result<Value, Refusal> {
    ask.get_only()?;
    let listed = |kind: &&Kind| kind.service == "compute" && kind.collection() == collection;
    let kind = KINDS.iter().find(listed).ok_or(Refusal::NoSuchPath)?;
    trace.is(format!("compute.{collection}.aggregatedList"));
    let at = node(ask, kind.list, &format!("projects/{project}"))?;
    let content = ask.estate.content(at);
    let is_listed = |item: &&Item| item.kind.as_ref().is_some_and(listed);
    let all: Vec<&Item> = content.items.iter().filter(is_listed).collect();
    let (range, next) = ask.page(trace, all.len(), (kind.default, kind.most))?;
    let mut zones = Map::new();
    for item in &all[range] {
        let mut path = item.below.rsplitn(3, '/');
        let zone = path.nth(2).unwrap_or("global").to_owned();
        let zone = zones
            .entry(zone)
            .or_insert_with(|| json!({ collection: [] }));
        let data = shapes::linked(item);
        if let Some(list) = zone[collection].as_array_mut() {
            list.push(data);
        }
    }
    let mut answer = json!({ "items": zones });
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

/// Pools of people's identities belong to an organisation that their path does not name.
fn workforce(ask: &Ask<'_>, trace: &mut Trace, below: &[&str]) -> Result<Value, Refusal> {
    ask.get_only()?;
    match below {
        [] => {
            let parent = ask.request.parameter("parent").unwrap_or_default();
            trace.target = format!("{}?{parent}", trace.target);
            let kind = kinds::of(WORKFORCE).ok_or(Refusal::NoSuchPath)?;
            children(ask, trace, kind, parent, &["workforcePools"])
        }
        [pool, "providers"] => {
            let root = ask.estate.nodes.first().map(|node| node.name());
            let kind = kinds::of("iam.googleapis.com/WorkforcePoolProvider");
            let kind = kind.ok_or(Refusal::NoSuchPath)?;
            let path = ["workforcePools", pool, "providers"];
            children(ask, trace, kind, &root.unwrap_or_default(), &path)
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

/// Access policies belong to an organisation that the paths of what is in them do not name.
fn perimeters(ask: &Ask<'_>, trace: &mut Trace, path: &[&str]) -> Result<Value, Refusal> {
    ask.get_only()?;
    let root = ask.estate.nodes.first().map(|node| node.name());
    let root = root.unwrap_or_default();
    let (permission, verb) = match path {
        ["accessPolicies"] => ("accesscontextmanager.policies.list", "accessPolicies"),
        ["accessPolicies", _, "servicePerimeters"] => (
            "accesscontextmanager.servicePerimeters.list",
            "servicePerimeters",
        ),
        _ => return Err(Refusal::NoSuchPath),
    };
    trace.is(format!("accesscontextmanager.{verb}.list"));
    let parent = ask.request.parameter("parent").unwrap_or(&root);
    let at = node(ask, permission, parent)?;
    let content = ask.estate.content(at);
    let found = content.of(kinds::PERIMETER);
    let all: Vec<Value> = match path {
        ["accessPolicies"] => {
            let mut names: Vec<&str> = found
                .filter_map(|item| item.below.split("/servicePerimeters/").next())
                .collect();
            names.dedup();
            let policy = |name: &str| json!({ "name": name, "parent": parent, "title": "default" });
            names.into_iter().map(policy).collect()
        }
        path => found
            .filter(|item| within(&content, item, path))
            .map(|item| item.data.clone())
            .collect(),
    };
    list(ask, trace, all, verb, (100, 100))
}
