//! What an answer holds.

use super::Call;
use serde_json::Value;

/// A page of a list, or an answer that is one element.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page<'a> {
    /// The elements.
    pub elements: Vec<&'a Value>,
    /// Locations that did not answer, and are missing in it.
    pub unreachable: Vec<&'a str>,
    /// There is more, which cannot be asked for: services that do not page as others do.
    pub cut: bool,
}

/// Reads the answer to `call`. A key that is absent is an empty list, as Google's APIs say it.
///
/// # Errors
/// What should be there instead of what is: the answer has an unexpected shape.
pub fn page<'a>(call: &Call, answer: &'a Value) -> Result<Page<'a>, String> {
    let Some(answer_keys) = answer.as_object() else {
        return Err("an object".to_owned());
    };
    let mut page = Page::default();
    match call.items {
        None => page.elements.push(answer),
        Some(key) => collect(answer, key, &mut page)?,
    }
    // `unreachable` of most services, `unreachables` of Compute Engine, `missingZones` of GKE.
    for key in ["unreachable", "unreachables", "missingZones"] {
        let places = answer_keys.get(key).and_then(Value::as_array);
        let places = places.into_iter().flatten().filter_map(Value::as_str);
        page.unreachable.extend(places);
    }
    // Version 1 of Cloud Run pages as Kubernetes does.
    let more = answer.pointer("/metadata/continue").and_then(Value::as_str);
    page.cut = call.items.is_some() && more.is_some_and(|more| !more.is_empty());
    Ok(page)
}

/// The elements under `key`: `items`, or `items.*.instances` for a list in each member of an object, or
/// `items.zones/*.disks` in each of those that begin so.
fn collect<'a>(answer: &'a Value, key: &str, page: &mut Page<'a>) -> Result<(), String> {
    let aggregated = key.split_once("*.").and_then(|(groups, inner)| {
        let (outer, prefix) = groups.split_once('.')?;
        Some((outer, prefix, inner))
    });
    let Some((outer, prefix, inner)) = aggregated else {
        return list(answer, key, page);
    };
    match answer.get(outer) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(groups)) => {
            for (place, group) in groups.iter().filter(|(place, _)| place.starts_with(prefix)) {
                list(group, inner, page)?;
                let warning = group.pointer("/warning/code").and_then(Value::as_str);
                // An empty zone says `NO_RESULTS_ON_PAGE`.
                if warning.is_some_and(|code| code.contains("UNREACHABLE")) {
                    page.unreachable.push(place);
                }
            }
            Ok(())
        }
        Some(_) => Err(format!("an object in `{outer}`")),
    }
}

fn list<'a>(answer: &'a Value, key: &str, page: &mut Page<'a>) -> Result<(), String> {
    match answer.get(key) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(elements)) => {
            page.elements.extend(elements);
            Ok(())
        }
        Some(_) => Err(format!("a list in `{key}`")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{find, page};
    use serde_json::json;

    #[test]
    fn elements_are_found_wherever_a_service_puts_them() {
        let read = |id: &str, answer| {
            let page = page(find(id).unwrap(), &answer).map(|page| {
                let unreachable = page.unreachable.iter().map(|place| (*place).to_owned());
                (
                    page.elements.len(),
                    unreachable.collect::<Vec<_>>(),
                    page.cut,
                )
            });
            page.ok()
        };
        let none = Vec::<String>::new;
        let topics = "pubsub.topics.list";
        assert_eq!(
            read(topics, json!({ "topics": [{}, {}] })),
            Some((2, none(), false))
        );
        assert_eq!(read(topics, json!({})), Some((0, none(), false)));
        assert_eq!(read(topics, json!({ "topics": {} })), None);
        assert_eq!(read(topics, json!([])), None);
        let zones = json!({
            "items": {
                "zones/a": { "instances": [{}] },
                "zones/b": { "warning": { "code": "NO_RESULTS_ON_PAGE" } },
                "zones/c": { "warning": { "code": "UNREACHABLE" } },
            },
            "unreachables": ["zones/d"],
        });
        let expected = vec!["zones/c".to_owned(), "zones/d".to_owned()];
        assert_eq!(
            read("compute.instances.aggregatedList", zones),
            Some((1, expected, false))
        );
        let run =
            json!({ "metadata": { "continue": "x" }, "items": [{}], "unreachable": ["us-east1"] });
        assert_eq!(
            read("run.services.list", run),
            Some((1, vec!["us-east1".to_owned()], true))
        );
        let settings = json!({ "name": "projects/1/accessApprovalSettings" });
        assert_eq!(
            read("accessapproval.getAccessApprovalSettings", settings),
            Some((1, none(), false))
        );
    }
}
