//! Paths and names with variables.
//!
//! | written | stands for |
//! | --- | --- |
//! | `{project}` | a variable of the scope, or a text of the element |
//! | `{datasetReference.datasetId}`, `{/metadata/labels/a.b~1c}` | a text further inside, by dots or as a JSON pointer |
//! | `{selfLink>/projects/}` | what follows `/projects/` in it |
//! | `{name=projects/*/topics/*}` | a name of exactly this form: `*` is one segment, the rest stands there |
//!
//! Whatever comes from an answer is hostile. In a path, a value is one segment, encoded; with a form, it is as many
//! segments as the form has. So no value can lead to another method, another host or out of its place: one that would
//! is refused.

use super::Call;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// What a call is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Variables<'v> {
    /// The id of the project: `acme-ml`.
    pub project: Option<&'v str>,
    /// The number of the project: `551900287731`.
    pub number: Option<&'v str>,
    /// `projects/acme-ml`, `folders/1`, `organizations/1`.
    pub node: Option<&'v str>,
    /// `organizations/1`.
    pub organization: Option<&'v str>,
    /// A constraint of organisation policies: `storage.publicAccessPrevention`.
    pub constraint: Option<&'v str>,
    /// The element that another call brought.
    pub element: Option<&'v Value>,
}

/// Why a call cannot be made, or an asset not be named.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpandError {
    /// A value is not there, or is no text.
    #[error("the answer does not say `{0}`")]
    Missing(String),
    /// A value is not what can stand there.
    #[error("`{key}` of the answer is {value:?}, which is no name")]
    Unfit {
        /// The variable.
        key: String,
        /// What it holds, cut short.
        value: String,
    },
}

/// Where a value is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Name,
}

impl<'v> Variables<'v> {
    fn get(&self, key: &str) -> Option<Cow<'v, str>> {
        let scope = match key {
            "project" => self.project,
            "number" => self.number,
            "node" => self.node,
            "organization" => self.organization,
            "constraint" => self.constraint,
            _ => return text(self.element?, key),
        };
        scope.map(Cow::Borrowed)
    }
}

/// A text or whole number inside of `element`, by dots or by JSON pointer.
fn text<'v>(element: &'v Value, key: &str) -> Option<Cow<'v, str>> {
    let found = match key.starts_with('/') {
        true => element.pointer(key)?,
        false => key
            .split('.')
            .try_fold(element, |value, key| value.get(key))?,
    };
    match found {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => number.as_u64().map(|number| Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A path with its variables, encoded.
///
/// # Errors
/// A value is missing, or would change what is asked.
pub fn expand(template: &str, variables: &Variables<'_>) -> Result<String, ExpandError> {
    fill(template, variables, Place::Path)
}

/// A full resource name, or a query parameter, with its variables as they are.
///
/// # Errors
/// A value is missing, empty or holds control characters.
pub fn name(template: &str, variables: &Variables<'_>) -> Result<String, ExpandError> {
    fill(template, variables, Place::Name)
}

/// The service that a call is made to: `us-central1-aiplatform` for one with a host for each region.
///
/// # Errors
/// The region is missing or is none.
pub fn service(call: &Call, variables: &Variables<'_>) -> Result<&'static str, ExpandError> {
    if !call.service.contains('{') {
        return Ok(call.service);
    }
    let service = match name(call.service, variables) {
        // What was listed in a region tells it in its own name only: `projects/p/locations/us-central1/models/7`.
        Err(ExpandError::Missing(key)) if key == "locationId" => {
            let place = variables
                .element
                .and_then(|element| element.get("name"))
                .and_then(Value::as_str)
                .and_then(|name| name.split_once("/locations/"))
                .map(|(_, rest)| rest.split('/').next().unwrap_or_default());
            let place = place.ok_or(ExpandError::Missing(key))?;
            call.service.replace("{locationId}", place)
        }
        filled => filled?,
    };
    // It becomes part of a host.
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if service.len() > 63 || !service.bytes().all(fits) || service.starts_with('-') {
        return Err(unfit("locationId", &service));
    }
    intern(service)
}

/// Services are told apart by static names. There are some fifty regions; more than this is no list of regions.
const MOST: usize = 500;

static REGIONAL: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

fn intern(service: String) -> Result<&'static str, ExpandError> {
    let mut known = REGIONAL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(service.as_str()) {
        return Ok(known);
    }
    if known.len() >= MOST {
        return Err(unfit("locationId", &service));
    }
    let service: &'static str = Box::leak(service.into_boxed_str());
    known.insert(service);
    Ok(service)
}

fn fill(template: &str, variables: &Variables<'_>, place: Place) -> Result<String, ExpandError> {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (variable, after) = after.split_once('}').unwrap_or((after, ""));
        put(variable, variables, place, &mut filled)?;
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn put(
    variable: &str,
    variables: &Variables<'_>,
    place: Place,
    filled: &mut String,
) -> Result<(), ExpandError> {
    let (source, form) = match variable.split_once('=') {
        Some((source, form)) => (source, Some(form)),
        None => (variable, None),
    };
    let (key, mark) = match source.split_once('>') {
        Some((key, mark)) => (key, Some(mark)),
        None => (source, None),
    };
    let whole = variables.get(key);
    let whole = whole.ok_or_else(|| ExpandError::Missing(key.to_owned()))?;
    let value = match mark {
        None => &*whole,
        Some(mark) => whole.split_once(mark).map_or("", |(_, rest)| rest),
    };
    let fits = !value.is_empty() && value.len() <= 2048 && !value.chars().any(char::is_control);
    if !fits || form.is_some_and(|form| !has_form(value, form)) {
        return Err(unfit(key, value));
    }
    match (place, form) {
        (Place::Name, _) => filled.push_str(value),
        (Place::Path, None) if is_up(value) => return Err(unfit(key, value)),
        (Place::Path, None) => encode(value, false, filled),
        (Place::Path, Some(_)) => {
            for (index, segment) in value.split('/').enumerate() {
                if index > 0 {
                    filled.push('/');
                }
                encode(segment, true, filled);
            }
        }
    }
    Ok(())
}

/// Whether a name has the segments of a form, and none that leads elsewhere.
fn has_form(value: &str, form: &str) -> bool {
    let (mut segments, mut expected) = (value.split('/'), form.split('/'));
    loop {
        match (segments.next(), expected.next()) {
            (None, None) => return true,
            (Some(segment), Some(expected)) => {
                let decoded = segment.replace("%2F", "/").replace("%2f", "/");
                let leads_away = decoded
                    .split('/')
                    .any(|part| part.is_empty() || is_up(part));
                if leads_away || (expected != "*" && expected != segment) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// Segments that URL parsers take out, also when they are encoded.
fn is_up(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    matches!(plain.as_str(), "." | "..")
}

/// Percent-encodes all but what is unreserved, and `@`, `:`, which stand in addresses and ids. A deny policy's name
/// holds the slashes of its attachment point encoded already: they stay if `slashes`.
fn encode(segment: &str, slashes: bool, encoded: &mut String) {
    let mut bytes = segment.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let kept = slashes
            && byte == b'%'
            && matches!(segment.as_bytes().get(at..at + 3), Some(b"%2F" | b"%2f"));
        if kept {
            encoded.push_str("%2F");
            bytes.nth(1);
        } else if byte.is_ascii_alphanumeric() || b"-._~@:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
}

fn unfit(key: &str, value: &str) -> ExpandError {
    ExpandError::Unfit {
        key: key.to_owned(),
        value: value.chars().take(120).collect(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Variables, expand, name};
    use serde_json::{Value, json};

    fn path(template: &str, element: &Value) -> Option<String> {
        let variables = Variables {
            project: Some("acme-ml"),
            node: Some("folders/1"),
            element: Some(element),
            ..Variables::default()
        };
        expand(template, &variables).ok()
    }

    #[test]
    fn values_stand_in_their_place() {
        let element = json!({
            "name": "projects/acme-ml/secrets/hf-token",
            "datasetReference": { "datasetId": "features" },
            "metadata": { "labels": { "cloud.googleapis.com/location": "europe-west4" } },
            "selfLink": "https://www.googleapis.com/compute/v1/projects/acme-ml/zones/z/instances/i",
        });
        for (template, expected) in [
            ("/v1/projects/{project}/x", "/v1/projects/acme-ml/x"),
            ("/v2/{node=*/*}/sinks", "/v2/folders/1/sinks"),
            ("/v2/a%2F{node}/b", "/v2/a%2Ffolders%2F1/b"),
            ("/d/{datasetReference.datasetId}", "/d/features"),
            (
                "/v1/{name=projects/*/secrets/*}:getIamPolicy",
                "/v1/projects/acme-ml/secrets/hf-token:getIamPolicy",
            ),
            (
                "/l/{/metadata/labels/cloud.googleapis.com~1location}",
                "/l/europe-west4",
            ),
            (
                "/c/{selfLink>/projects/=*/zones/*/instances/*}",
                "/c/acme-ml/zones/z/instances/i",
            ),
        ] {
            assert_eq!(
                path(template, &element).as_deref(),
                Some(expected),
                "{template}"
            );
        }
    }

    #[test]
    fn a_name_cannot_change_what_is_asked() {
        for hostile in ["", ".", "..", "%2e%2E", "a\u{0}b", "a\nb"] {
            assert_eq!(
                path("/x/{name}", &json!({ "name": hostile })),
                None,
                "{hostile:?}"
            );
        }
        let asked = path("/x/{name}/iam", &json!({ "name": "../../b?c=d#e f%2F" }));
        assert_eq!(
            asked.as_deref(),
            Some("/x/..%2F..%2Fb%3Fc%3Dd%23e%20f%252F/iam")
        );
        for hostile in [
            "projects/p/secrets/s/versions/1",
            "projects/p/topics/t",
            "projects/../secrets/s",
            "projects/p/secrets/",
            "projects/p/secrets/..",
            "projects/p/secrets/a%2F..%2Fb",
            "/projects/p/secrets/s",
            "projects//secrets/s",
        ] {
            let asked = path(
                "/v1/{name=projects/*/secrets/*}",
                &json!({ "name": hostile }),
            );
            assert_eq!(asked, None, "{hostile:?}");
        }
        let asked = path(
            "/v1/{name=projects/*/secrets/*}:get",
            &json!({ "name": "projects/p/secrets/a?b#c" }),
        );
        assert_eq!(
            asked.as_deref(),
            Some("/v1/projects/p/secrets/a%3Fb%23c:get")
        );
        for wrong in [
            json!({}),
            json!({ "name": 1.5 }),
            json!({ "name": ["a"] }),
            json!([]),
            json!(null),
        ] {
            assert_eq!(path("/x/{name}", &wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_deny_policy_keeps_the_slashes_of_its_attachment_point() {
        let element = json!({ "name": "policies/cloudresourcemanager.googleapis.com%2Fprojects%2F1/denypolicies/d" });
        let asked = path("/v2/{name=policies/*/denypolicies/*}", &element);
        let expected =
            "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F1/denypolicies/d";
        assert_eq!(asked.as_deref(), Some(expected));
        let variables = Variables {
            element: Some(&element),
            ..Variables::default()
        };
        let full = name("//iam.googleapis.com/{name}", &variables);
        assert_eq!(
            full.as_deref(),
            Ok(
                "//iam.googleapis.com/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F1/denypolicies/d"
            )
        );
    }

    #[test]
    fn a_region_is_no_other_host() {
        let call = super::super::find("aiplatform.models.list").unwrap();
        let service = |location: &str| {
            let element = json!({ "locationId": location });
            let variables = Variables {
                element: Some(&element),
                ..Variables::default()
            };
            super::service(call, &variables).ok()
        };
        assert_eq!(service("us-central1"), Some("us-central1-aiplatform"));
        for hostile in ["evil.example/", "a.b", "", "-", "a@b", "A", "a:1", "a/b"] {
            assert_eq!(service(hostile), None, "{hostile:?}");
        }
    }
}
