//! The frame around facts: recorded HTTP answers, REST lists, arrays, errors. And what each object is.

use super::node::Node;
use super::{Context, Recognised, Translation};
use super::{
    access_list, activity, bucket, bucket_gcloud, bucket_v2, foreign, iam, inventory, manager,
    names, node, org_policy, other, policy, rename, snapshot, storage_parts, terraform,
};
use crate::model::{Dialect, GapReason};
use serde_json::Value;

/// Frames inside frames that are still opened: envelope, body, list, element and one to spare.
const MAX_FRAMES: u8 = 6;

/// What the reader of one object knows from outside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// Full resource name and asset type of whose the facts are, if something said so.
    pub(super) resource: Option<(String, String)>,
    frames: u8,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    translations: Vec<Translation>,
    foreign: Vec<(String, String)>,
}

impl Found {
    pub(super) fn of(&mut self, dialect: Dialect) -> &mut Translation {
        let index = match self.translations.iter().position(|t| t.dialect == dialect) {
            Some(index) => index,
            None => {
                self.translations.push(Translation {
                    dialect,
                    assets: Vec::new(),
                    gaps: Vec::new(),
                    records: Vec::new(),
                });
                self.translations.len() - 1
            }
        };
        &mut self.translations[index]
    }

    pub(super) fn asset(&mut self, dialect: Dialect, draft: node::Draft) {
        self.of(dialect).assets.push(draft.finish());
    }

    pub(super) fn gap(
        &mut self,
        dialect: Dialect,
        reason: GapReason,
        message: impl Into<String>,
        pointer: &str,
    ) {
        let gaps = &mut self.of(dialect).gaps;
        let message = message.into();
        // A list of 300 nameless policies has one gap with the first place, not 300.
        if !gaps.iter().any(|(r, m, _)| *r == reason && *m == message) {
            gaps.push((reason, message, pointer.to_owned()));
        }
    }

    fn foreign(&mut self, reason: impl Into<String>, pointer: &str) {
        self.foreign.push((reason.into(), pointer.to_owned()));
    }
}

pub(super) fn translate(document: &Value, context: &Context) -> Recognised {
    let mut found = Found::default();
    let mut scope = Scope::default();
    if let Some(text) = &context.resource {
        match names::full_resource_name(text) {
            Ok(resource) => scope.resource = Some(resource),
            Err(error) => found.gap(
                Dialect::AllowPolicy,
                GapReason::ResourceUnknown,
                error.to_string(),
                "",
            ),
        }
    }
    read(&Node::root(document), &scope, &mut found);
    finish(found)
}

fn finish(mut found: Found) -> Recognised {
    let Some((reason, pointer)) = found.foreign.first().cloned() else {
        return Recognised::Known(found.translations);
    };
    if found.translations.is_empty() {
        return Recognised::Foreign { reason };
    }
    // Beside resources that are only counted, one more that is nothing to us is no loss.
    if found
        .translations
        .iter()
        .all(|t| t.dialect == Dialect::OtherResource)
    {
        return Recognised::Known(found.translations);
    }
    let count = found.foreign.len();
    if let Some(first) = found.translations.first_mut() {
        let what = if count == 1 {
            "one element is"
        } else {
            "some elements are"
        };
        first.gaps.push((
            GapReason::Unrecognised,
            format!("{what} nothing we know ({count}): {reason}"),
            pointer,
        ));
    }
    Recognised::Known(found.translations)
}

fn read(node: &Node<'_>, scope: &Scope, found: &mut Found) {
    if scope.frames > MAX_FRAMES {
        found.foreign("lists nested in lists too deeply", &node.pointer);
        return;
    }
    match node.value {
        Value::Object(_) => read_object(node, scope, found),
        Value::Array(_) => read_array(node, scope, found),
        other => found.foreign(
            format!(
                "a bare {}, not an object or a list",
                foreign::type_name(other)
            ),
            &node.pointer,
        ),
    }
}

fn deeper(scope: &Scope) -> Scope {
    Scope {
        frames: scope.frames + 1,
        ..scope.clone()
    }
}

fn read_array(node: &Node<'_>, scope: &Scope, found: &mut Found) {
    let items: Vec<Node<'_>> = node.elements().collect();
    if items.is_empty() {
        return;
    }
    if items.iter().all(policy::is_ancestor) {
        return policy::ancestors(&items, found);
    }
    let (flat, rest): (Vec<_>, Vec<_>) = items.into_iter().partition(policy::is_flattened);
    if !flat.is_empty() {
        policy::flattened(&flat, scope, found);
    }
    let (acl, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(access_list::is_entry);
    if !acl.is_empty() {
        access_list::read(&acl, scope, found);
    }
    let scope = deeper(scope);
    for item in &rest {
        read(item, &scope, found);
    }
}

fn read_object(node: &Node<'_>, scope: &Scope, found: &mut Found) {
    if let Some(body) = body_of(node) {
        return read_envelope(node, &body, scope, found);
    }
    if let Some(error) = node.get("error").filter(|error| is_error(node, error)) {
        let message = error_message(&error);
        return found.gap(
            Dialect::OtherResource,
            GapReason::Refused,
            message,
            &error.pointer,
        );
    }
    if snapshot::read(node, found) {
        return;
    }
    if terraform::is_plan(node) {
        return terraform::read(node, found);
    }
    if read_known(node, scope, found) {
        return;
    }
    if let Some((items, list)) = list_of(node) {
        return read_list(node, &items, list, scope, found);
    }
    if other::read(node, found) {
        return;
    }
    if node.value.as_object().is_some_and(|o| o.is_empty()) {
        // An empty REST answer: an empty list, or a policy without grants if we know whose.
        if scope.resource.is_some() && scope.frames <= 1 {
            policy::bare(node, scope, found);
        }
        return;
    }
    found.foreign(foreign::unknown_object(node), &node.pointer);
}

/// One object that stands for itself. The order matters where shapes overlap: the more specific first.
fn read_known(node: &Node<'_>, scope: &Scope, found: &mut Found) -> bool {
    if storage_parts::read(node, found) || activity::read(node, found) {
        return true;
    }
    if let Some(reason) = foreign::reason(node) {
        found.foreign(reason, &node.pointer);
        return true;
    }
    inventory::read(node, found)
        || policy::read(node, scope, found)
        || bucket::read_listing(node, scope, found)
        || bucket_v2::read(node, found)
        || bucket::read(node, scope, found)
        || bucket_gcloud::read(node, found)
        || access_list::read_one(node, scope, found)
        || iam::read(node, scope, found)
        || org_policy::read(node, scope, found)
        || manager::read(node, found)
}

/// The body of a recorded HTTP answer (`{headers, body}`).
fn body_of<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let object = node.value.as_object()?;
    object.get("headers")?.as_object()?;
    node.get("body")
}

fn read_envelope(node: &Node<'_>, body: &Node<'_>, scope: &Scope, found: &mut Found) {
    let mut scope = deeper(scope);
    // The address that was asked is part of the document, so it wins over what was said outside.
    let address = node.get("headers").and_then(|h| {
        h.text("content-location")
            .or_else(|| h.text("Content-Location"))
            .and_then(names::resource_of_url)
    });
    if address.is_some() {
        scope.resource = address;
    }
    let Value::String(text) = body.value else {
        return read(body, &scope, found);
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let mut inner = Found::default();
            read(&Node::root(&value), &scope, &mut inner);
            // Nothing inside the string has a place of its own in the document.
            for translation in inner.translations {
                let own = found.of(translation.dialect);
                for mut asset in translation.assets {
                    asset.pointers = vec![(String::new(), body.pointer.clone())];
                    own.assets.push(asset);
                }
                for (reason, message, _) in translation.gaps {
                    own.gaps.push((reason, message, body.pointer.clone()));
                }
                for (record, _) in translation.records {
                    own.records.push((record, body.pointer.clone()));
                }
            }
            for (reason, _) in inner.foreign {
                found.foreign(reason, &body.pointer);
            }
        }
        Err(_) => found.foreign(
            "a recorded HTTP answer whose body is not JSON",
            &body.pointer,
        ),
    }
}

/// Whether the whole answer is an error. A job or an operation may carry one too and still be a resource.
fn is_error(answer: &Node<'_>, error: &Node<'_>) -> bool {
    error.has("message")
        && error.has_any(&["code", "status", "errors"])
        && answer.value.as_object().is_some_and(|o| o.len() == 1)
}

fn error_message(error: &Node<'_>) -> String {
    let code = error.id("code").or_else(|| error.id("status"));
    let message: String = error
        .text("message")
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    match code {
        Some(code) => format!("the API answered with error {code}: {message}"),
        None => format!("the API answered with an error: {message}"),
    }
}

/// Members of REST list answers besides the list itself.
const FURNITURE: [&str; 19] = [
    "failedLocations",
    "kind",
    "id",
    "etag",
    "selfLink",
    "nextPageToken",
    "next_page_token",
    "totalSize",
    "totalItems",
    "unreachable",
    "apiVersion",
    "metadata",
    "warning",
    "warnings",
    "missing",
    "prefixes",
    "readTime",
    "prevPageToken",
    "notModified",
];

/// The one list that a REST answer is about, and the name of its member.
fn list_of<'a>(node: &Node<'a>) -> Option<(Node<'a>, &'a str)> {
    let mut list = None;
    for (key, value) in node.members() {
        if FURNITURE.contains(&key) {
            continue;
        }
        if list.is_some() || !value.value.is_array() || key.len() > rename::LONGEST_NAME {
            return None;
        }
        list = Some((value, key));
    }
    list
}

fn read_list(node: &Node<'_>, items: &Node<'_>, key: &str, scope: &Scope, found: &mut Found) {
    let mut inner = Found::default();
    let plain = items.elements().all(|item| item.value.is_object());
    if plain {
        read_array(items, &deeper(scope), &mut inner);
    } else {
        inner.foreign(
            format!("a list of {key:?} that holds no objects"),
            &items.pointer,
        );
    }
    let policy_data = inner
        .translations
        .iter()
        .map(|t| t.dialect)
        .find(|d| *d != Dialect::OtherResource);
    if let Some(dialect) = policy_data {
        let more = node.any(&["nextPageToken", "next_page_token"]);
        if let Some(token) = more.filter(|t| t.value.as_str().is_some_and(|s| !s.is_empty())) {
            inner.gap(
                dialect,
                GapReason::Truncated,
                "the answer has more pages and they are not in this document",
                &token.pointer,
            );
        }
        if let Some(unreachable) = node.get("unreachable") {
            let count = unreachable.elements().count();
            if count > 0 {
                inner.gap(
                    dialect,
                    GapReason::Refused,
                    format!("the API could not reach {count} location(s) for this list"),
                    &unreachable.pointer,
                );
            }
        }
    }
    found.foreign.append(&mut inner.foreign);
    for translation in inner.translations {
        let own = found.of(translation.dialect);
        own.assets.extend(translation.assets);
        own.gaps.extend(translation.gaps);
        own.records.extend(translation.records);
    }
}
