//! What a script compares: the fields that a change is about, before and after, as gcloud prints them.

use super::text::printed;
use serde_json::{Map, Value, json};

/// The fields of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    /// For `--format=json(…)`.
    pub(super) list: String,
    /// The same, one by one.
    pub(super) paths: Vec<String>,
    /// What gcloud prints while the fields are what was linted: the same in several words.
    pub(super) was: Vec<String>,
    /// What gcloud prints once they are changed.
    pub(super) will: Vec<String>,
}

/// More ways to write the same than this are not tried.
const MOST: usize = 16;

impl Fields {
    /// The fields that a merge patch changes, `before` and `after` being the whole settings.
    pub(super) fn of(patches: [&Value; 2], before: &Value, after: &Value) -> Fields {
        let mut paths = Vec::new();
        for patch in patches {
            leaves(patch, &mut Vec::new(), &mut paths);
        }
        paths.sort();
        paths.dedup();
        // A field that comes or goes as a whole is compared by what is in it: `null` may be printed as empty, too.
        let all = paths.clone();
        let inner = |path: &Vec<String>| {
            let below = |other: &Vec<String>| other.len() > path.len() && other.starts_with(path);
            !all.iter().any(below)
        };
        let kept: Vec<Vec<String>> = paths.into_iter().filter(inner).collect();
        let list: Vec<String> = kept.iter().map(|path| path.join(".")).collect();
        Fields {
            list: list.join(","),
            paths: list,
            was: texts(&kept, before, after),
            will: texts(&kept, after, before),
        }
    }
}

/// The paths of what a merge patch changes, as far down as gcloud's `json(…)` can name a key.
fn leaves(patch: &Value, at: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let plain = |key: &String| {
        key.starts_with(|first: char| first.is_ascii_alphabetic())
            && key
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || one == '_')
    };
    match patch {
        Value::Object(map) if !map.is_empty() && map.keys().all(plain) => {
            for (key, value) in map {
                at.push(key.clone());
                leaves(value, at, paths);
                at.pop();
            }
        }
        _ if at.is_empty() => {}
        _ => paths.push(at.clone()),
    }
}

/// Every way to print these fields of a value: proto3 does not print `false`, 0, "" and empty lists everywhere, and
/// 64-bit numbers are strings in some outputs.
fn texts(paths: &[Vec<String>], value: &Value, other: &Value) -> Vec<String> {
    let mut all = vec![json!({})];
    for path in paths {
        let mut longer = Vec::new();
        for one in &all {
            for way in ways(at(value, path), at(other, path), path) {
                let mut one = one.clone();
                if let Some(way) = way {
                    put(&mut one, path, way);
                } else if let Some((_, above)) = path.split_last()
                    && !above.is_empty()
                    && at(&one, above).is_none()
                {
                    // What the field was in may stay, empty.
                    let mut empty = one.clone();
                    put(&mut empty, above, json!({}));
                    longer.push(empty);
                }
                longer.push(one);
            }
        }
        longer.truncate(MOST);
        all = longer;
    }
    let texts = all.iter().map(|one| match one {
        Value::Object(map) if map.is_empty() => "null".to_owned(),
        one => printed(one),
    });
    let mut texts: Vec<String> = texts.collect();
    texts.dedup();
    texts
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    found.filter(|value| !value.is_null())
}

/// The ways to print one field; `None` where it is not printed.
fn ways(value: Option<&Value>, other: Option<&Value>, path: &[String]) -> Vec<Option<Value>> {
    let last = path.last().map(String::as_str);
    if last == Some("publicAccessPrevention") && value.is_none_or(|value| value != "enforced") {
        return vec![Some(json!("inherited")), Some(json!("unspecified")), None];
    }
    if [value, other]
        .iter()
        .flatten()
        .any(|value| is_number(value))
        && is_zero(value)
    {
        return vec![Some(json!(0)), Some(json!("0")), None];
    }
    let empty = match value.or(other) {
        Some(Value::Bool(_)) => json!(false),
        Some(Value::String(_)) => json!(""),
        Some(Value::Array(_)) => json!([]),
        Some(Value::Object(_)) => json!({}),
        _ => json!(0),
    };
    match value {
        None => vec![None, Some(empty)],
        Some(value) if *value == empty => vec![Some(value.clone()), None],
        Some(Value::Number(number)) => {
            vec![Some(json!(number)), Some(json!(number.to_string()))]
        }
        Some(Value::String(text)) if is_number(&json!(text)) => {
            let number = text.parse::<i64>().unwrap_or_default();
            vec![Some(json!(text)), Some(json!(number))]
        }
        // Google sorts some lists of names.
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            let mut sorted = list.clone();
            sorted.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            let mut ways = vec![Some(Value::Array(list.clone()))];
            if sorted != *list {
                ways.push(Some(Value::Array(sorted)));
            }
            ways
        }
        // Lists that are empty, inside of what is printed, are often left out.
        Some(value) => {
            let full = full(value);
            match full == *value {
                true => vec![Some(full)],
                false => vec![Some(value.clone()), Some(full)],
            }
        }
    }
}

/// A value without the empty lists in it.
fn full(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(full).collect(),
        Value::Object(map) => {
            let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            let kept = map.iter().filter(|(_, value)| !is_empty(value));
            Value::Object(
                kept.map(|(key, value)| (key.clone(), full(value)))
                    .collect(),
            )
        }
        value => value.clone(),
    }
}

/// A number, or the digits of one.
fn is_number(value: &Value) -> bool {
    let is_digits = |text: &str| text.parse::<i64>().is_ok_and(|it| it.to_string() == text);
    value.is_number() || value.as_str().is_some_and(is_digits)
}

fn is_zero(value: Option<&Value>) -> bool {
    value.is_none_or(|value| *value == 0 || value == "0")
}

fn put(target: &mut Value, path: &[String], value: Value) {
    let mut target = target;
    for key in path {
        if !target.is_object() {
            *target = Value::Object(Map::new());
        }
        target = &mut target[key.as_str()];
    }
    *target = value;
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use serde_json::json;

    #[test]
    fn zero_is_a_number_its_digit_or_absent() {
        let to = json!({"soft": {"seconds": "604800"}});
        for before in [json!(0), json!("0"), json!(null)] {
            let from = json!({"soft": {"seconds": before}});
            let fields = Fields::of([&from, &to], &from, &to);
            for way in [
                r#"{"soft": {"seconds": 0}}"#,
                r#"{"soft": {"seconds": "0"}}"#,
                "null",
            ] {
                assert!(fields.was.contains(&way.to_owned()), "{before}: {way}");
            }
        }
    }

    #[test]
    fn empty_lists_may_be_left_out() {
        let rules =
            |except: &[&str]| json!({"rules": [{"deny": {"who": ["a"], "except": except}}]});
        let (from, to) = (rules(&["b"]), rules(&[]));
        let fields = Fields::of([&from, &to], &from, &to);
        let without = r#"{"rules": [{"deny": {"who": ["a"]}}]}"#;
        assert!(
            fields.will.contains(&without.to_owned()),
            "{:?}",
            fields.will
        );
    }

    #[test]
    fn an_absent_flag_is_false() {
        let (from, to) = (
            json!({"versioning": null}),
            json!({"versioning": {"enabled": true}}),
        );
        let fields = Fields::of([&from, &to], &json!({"name": "b"}), &to);
        assert_eq!(fields.list, "versioning.enabled");
        assert!(fields.was.contains(&"null".to_owned()));
        let from = json!({"versioning": {"enabled": false}});
        let fields = Fields::of([&from, &to], &from, &to);
        assert_eq!(fields.list, "versioning.enabled");
        let ways = [
            r#"{"versioning": {"enabled": false}}"#,
            r#"{"versioning": {}}"#,
            "null",
        ];
        assert_eq!(fields.was, ways);
        assert_eq!(fields.will, [r#"{"versioning": {"enabled": true}}"#]);
    }
}
