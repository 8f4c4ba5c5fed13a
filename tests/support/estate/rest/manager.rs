//! Resource Manager: organisations, folders, projects.

use super::super::answer::Refusal;
use super::super::kinds::{self, FOLDER, ORGANIZATION, PROJECT};
use super::super::state::Level;
use super::{Ask, Place, Trace, policy};
use serde_json::{Value, json};

/// The server picks page sizes here; no reference says which.
const SIZES: (usize, usize) = (300, 500);

pub fn route(ask: &Ask<'_>, place: &Place<'_>, trace: &mut Trace) -> Result<Value, Refusal> {
    match (&*place.version, place.path.as_slice(), place.verb) {
        ("v3", ["projects"], "search") => nodes(ask, trace, Level::Project, true),
        ("v3", ["folders"], "search") => nodes(ask, trace, Level::Folder, true),
        ("v3", ["organizations"], "search") => nodes(ask, trace, Level::Organization, true),
        ("v3", ["projects"], "") => nodes(ask, trace, Level::Project, false),
        ("v3", ["folders"], "") => nodes(ask, trace, Level::Folder, false),
        ("v1", ["projects", id], "getAncestry") => ancestry(ask, trace, id),
        ("v3", [collection, id], verb) => one(ask, trace, &format!("{collection}/{id}"), verb),
        _ => Err(Refusal::NoSuchPath),
    }
}

fn one(ask: &Ask<'_>, trace: &mut Trace, name: &str, verb: &str) -> Result<Value, Refusal> {
    let found = ask.estate.node(name);
    let collection = name.split('/').next().unwrap_or_default();
    let asset_type = match collection {
        "organizations" => ORGANIZATION,
        "folders" => FOLDER,
        "projects" => PROJECT,
        _ => return Err(Refusal::NoSuchPath),
    };
    let kind = kinds::of(asset_type).ok_or(Refusal::NoSuchPath)?;
    let verb_name = if verb.is_empty() { "get" } else { verb };
    trace.is(format!("cloudresourcemanager.{collection}.{verb_name}"));
    // What is not there and what may not be seen look the same here.
    let unknown = |permission: &str| Refusal::Denied(permission.to_owned(), name.to_owned());
    match verb {
        "" => {
            ask.get_only()?;
            let at = found.ok_or_else(|| unknown(kind.get))?;
            ask.rights.need(kind.get, ask.estate, at, name)?;
            let content = ask.estate.content(at);
            let node = content.items.first();
            Ok(node.map_or(Value::Null, |node| node.data.clone()))
        }
        "getIamPolicy" => {
            ask.post_only()?;
            let at = found.ok_or_else(|| unknown(kind.policy))?;
            ask.rights.need(kind.policy, ask.estate, at, name)?;
            let content = ask.estate.content(at);
            let set = content.items.first().and_then(|node| node.policy.as_ref());
            Ok(Value::Object(policy::shown(set, policy::version(ask))))
        }
        "testIamPermissions" => {
            ask.post_only()?;
            let at = found.ok_or_else(|| unknown(kind.get))?;
            let asked = ask
                .request
                .body
                .get("permissions")
                .and_then(Value::as_array);
            let held: Vec<&str> = asked
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .filter(|permission| ask.rights.hold(permission, ask.estate, at))
                .collect();
            Ok(if held.is_empty() {
                json!({})
            } else {
                json!({ "permissions": held })
            })
        }
        _ => Err(Refusal::NoSuchPath),
    }
}

/// Search brings what the caller may see, anywhere; a list what lies directly in one parent.
fn nodes(ask: &Ask<'_>, trace: &mut Trace, level: Level, search: bool) -> Result<Value, Refusal> {
    ask.get_only()?;
    let collection = level.collection();
    let verb = if search { "search" } else { "list" };
    trace.is(format!("cloudresourcemanager.{collection}.{verb}"));
    let get = format!("resourcemanager.{collection}.get");
    let seen = |at: &usize| ask.rights.hold(&get, ask.estate, *at);
    let found: Vec<usize> = if search {
        let query = ask.request.parameter("query").unwrap_or_default();
        trace.target = format!("{}?{query}", trace.target);
        let wanted = terms(query)?;
        (0..ask.estate.nodes.len())
            .filter(|at| ask.estate.nodes[*at].level == level)
            .filter(seen)
            .filter(|at| wanted.iter().all(|term| matches(ask, *at, term)))
            .collect()
    } else {
        let parent = ask.request.parameter("parent").unwrap_or_default();
        trace.target = format!("{}?{parent}", trace.target);
        let list = format!("resourcemanager.{collection}.list");
        let Some(parent_at) = ask.estate.node(parent) else {
            return Err(Refusal::Denied(list, parent.to_owned()));
        };
        ask.rights.need(&list, ask.estate, parent_at, parent)?;
        let deleted = ask.request.parameter("showDeleted") == Some("true");
        ask.estate
            .children(parent_at)
            .filter(|at| ask.estate.nodes[*at].level == level)
            .filter(|at| deleted || ask.estate.nodes[*at].state == "ACTIVE")
            .collect()
    };
    let (range, next) = ask.page(trace, found.len(), SIZES)?;
    let page: Vec<Value> = found[range].iter().map(|at| shown(ask, *at)).collect();
    let mut answer = json!({});
    if !page.is_empty() {
        answer[collection] = json!(page);
    }
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(answer)
}

fn shown(ask: &Ask<'_>, at: usize) -> Value {
    let content = ask.estate.content(at);
    let node = content.items.first();
    node.map_or(Value::Null, |node| node.data.clone())
}

/// `parent:folders/1 state:ACTIVE id:acme-*`, the terms joined by a space or by AND.
fn terms(query: &str) -> Result<Vec<(&str, &str)>, Refusal> {
    query
        .split_ascii_whitespace()
        .filter(|word| !word.eq_ignore_ascii_case("and"))
        .map(|term| {
            let parts = term.split_once([':', '=']);
            let parts = parts.map(|(key, value)| (key, value.trim_matches('"')));
            parts.filter(|(key, _)| {
                [
                    "parent",
                    "state",
                    "id",
                    "projectId",
                    "name",
                    "lifecycleState",
                ]
                .contains(key)
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::Invalid(format!("Invalid query: {query}")))
}

fn matches(ask: &Ask<'_>, at: usize, (key, value): &(&str, &str)) -> bool {
    let node = &ask.estate.nodes[at];
    let same = |text: &str| match value.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => text == *value,
    };
    match *key {
        "parent" => node
            .parent
            .is_some_and(|above| same(&ask.estate.nodes[above].name())),
        "state" | "lifecycleState" => same(node.state),
        "name" => same(&node.name()),
        _ => same(&node.id),
    }
}

fn ancestry(ask: &Ask<'_>, trace: &mut Trace, id: &str) -> Result<Value, Refusal> {
    ask.post_only()?;
    trace.is("cloudresourcemanager.projects.getAncestry");
    let name = format!("projects/{id}");
    let permission = "resourcemanager.projects.get";
    let Some(at) = ask.estate.node(&name) else {
        return Err(Refusal::Denied(permission.to_owned(), name));
    };
    ask.rights.need(permission, ask.estate, at, &name)?;
    let all: Vec<Value> = ask
        .estate
        .ancestry(at)
        .map(|at| {
            let node = &ask.estate.nodes[at];
            let kind = node.level.collection().trim_end_matches('s');
            json!({ "resourceId": { "type": kind, "id": node.id } })
        })
        .collect();
    Ok(json!({ "ancestor": all }))
}
