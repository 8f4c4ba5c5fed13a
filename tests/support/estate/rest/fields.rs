//! Partial answers: `fields=nextPageToken,items(name,iamConfiguration/publicAccessPrevention)`.

use serde_json::{Map, Value};

/// The part of an answer that was asked for; `None`: the selection cannot be read.
pub fn pick(value: &Value, fields: &str) -> Option<Value> {
    let mut rest = fields;
    let chosen = select(value, &mut rest)?;
    rest.is_empty().then_some(chosen)
}

/// One list of paths, up to its end or a closing parenthesis.
fn select(value: &Value, rest: &mut &str) -> Option<Value> {
    let start = *rest;
    // Of an array each element is chosen from, by the same selection.
    if let Value::Array(elements) = value {
        let mut chosen = Vec::with_capacity(elements.len());
        for element in elements {
            *rest = start;
            chosen.push(select(element, rest)?);
        }
        if elements.is_empty() {
            select(&Value::Null, rest)?;
        }
        return Some(Value::Array(chosen));
    }
    let mut chosen = Map::new();
    loop {
        let end = rest.find(['/', '(', ')', ',']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        *rest = after;
        let names: Vec<&String> = match value {
            Value::Object(entries) => entries
                .keys()
                .filter(|key| name == "*" || *key == name)
                .collect(),
            _ => Vec::new(),
        };
        let nested = rest.strip_prefix(['/', '(']);
        let before = *rest;
        for name in &names {
            *rest = before;
            let part = sub(&value[name.as_str()], rest)?;
            chosen.insert((*name).clone(), part);
        }
        if names.is_empty() && nested.is_some() {
            sub(&Value::Null, rest)?;
        }
        match rest.strip_prefix(',') {
            Some(more) => *rest = more,
            None => return Some(Value::Object(chosen)),
        }
    }
}

/// What follows a name: nothing, `/name…`, or `(…)`.
fn sub(value: &Value, rest: &mut &str) -> Option<Value> {
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner;
        let chosen = select(value, rest)?;
        *rest = rest.strip_prefix(')')?;
        return Some(chosen);
    }
    if let Some(inner) = rest.strip_prefix('/') {
        // A path ends at the next comma: its tail is a selection of one.
        let end = path_end(inner);
        let (path, after) = inner.split_at(end);
        let mut path = path;
        let chosen = select(value, &mut path)?;
        *rest = after;
        return path.is_empty().then_some(chosen);
    }
    Some(value.clone())
}

fn path_end(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
