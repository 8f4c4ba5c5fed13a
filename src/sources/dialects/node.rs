//! A value of the user's document together with its JSON pointer, and the asset under construction.

use super::{Lack, Translated};
use crate::model::GapReason;
use crate::model::locate::unescape;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// A value and where it stands in the source document.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Node<'a> {
        Node {
            value,
            pointer: String::new(),
        }
    }

    /// The member `key` of an object, if it is there and not null.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.as_object()?.get(key)?;
        (!value.is_null()).then(|| Node {
            value,
            pointer: join(&self.pointer, key),
        })
    }

    /// The first of `keys` that is there.
    pub(super) fn any(&self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.as_object()?.get(key)?.as_str()
    }

    /// A string, or a whole number as its digits: ids come in both forms.
    pub(super) fn id(&self, key: &str) -> Option<String> {
        id_text(self.value.as_object()?.get(key)?)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value.as_object().is_some_and(|o| o.contains_key(key))
    }

    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// The members of an object; nothing for any other value.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> + '_ {
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| {
                let node = Node {
                    value,
                    pointer: join(&self.pointer, key),
                };
                (key.as_str(), node)
            })
    }

    /// The elements of an array; nothing for any other value.
    pub(super) fn elements(&self) -> impl Iterator<Item = Node<'a>> + '_ {
        self.value
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(index, value)| Node {
                value,
                pointer: format!("{}/{index}", self.pointer),
            })
    }
}

/// A string, or a whole number as its digits.
pub(super) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}

/// `pointer` with one more reference token, escaped after RFC 6901.
pub(super) fn join(pointer: &str, key: &str) -> String {
    let mut out = String::with_capacity(pointer.len() + key.len() + 1);
    out.push_str(pointer);
    out.push('/');
    for c in key.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            c => out.push(c),
        }
    }
    out
}

/// What remains of `pointer` below `prefix`, if `prefix` is one of its ancestors or itself.
pub(super) fn below<'p>(pointer: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = pointer.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// An asset under construction. Every value is put in together with the place it came from.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    asset: Value,
    /// By asset pointer: thousands of grants of a plan may end in one asset.
    pointers: IndexMap<String, String>,
    lacks: IndexMap<String, GapReason>,
}

impl Draft {
    /// An asset whose facts, unless said otherwise, stand at `source`.
    pub(super) fn new(name: &str, asset_type: &str, source: &str) -> Draft {
        let mut asset = Map::new();
        asset.insert("name".to_owned(), Value::from(name));
        asset.insert("assetType".to_owned(), Value::from(asset_type));
        Draft {
            asset: Value::Object(asset),
            pointers: IndexMap::from([(String::new(), source.to_owned())]),
            lacks: IndexMap::new(),
        }
    }

    /// An asset that is already in normal form.
    pub(super) fn whole(asset: Value, source: &str) -> Draft {
        Draft {
            asset,
            pointers: IndexMap::from([(String::new(), source.to_owned())]),
            lacks: IndexMap::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        self.at("/name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.asset.pointer(pointer)
    }

    pub(super) fn has(&self, pointer: &str) -> bool {
        self.at(pointer).is_some()
    }

    /// Puts `value` at `pointer`, making the objects on the way, and remembers that it came from `source`.
    /// Where something that is no object stands on the way, that wins and `value` is dropped: only an
    /// ill-typed document leads there, and its own value must stay visible.
    pub(super) fn set(&mut self, pointer: &str, value: Value, source: &str) {
        let mut tokens: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|token| unescape(token).into_owned())
            .collect();
        let Some(last) = tokens.pop() else {
            return;
        };
        let mut place = &mut self.asset;
        for token in tokens {
            place = match place {
                Value::Object(map) => map
                    .entry(token)
                    .or_insert_with(|| Value::Object(Map::new())),
                Value::Array(list) => {
                    match token.parse::<usize>().ok().and_then(|i| list.get_mut(i)) {
                        Some(element) => element,
                        None => return,
                    }
                }
                _ => return,
            };
        }
        match place {
            Value::Object(map) => {
                map.insert(last, value);
            }
            Value::Array(list) => match last.parse::<usize>().ok().and_then(|i| list.get_mut(i)) {
                Some(element) => *element = value,
                None => return,
            },
            _ => return,
        }
        self.map(pointer, source);
    }

    /// [`Draft::set`] of a copy of `node`.
    pub(super) fn copy(&mut self, pointer: &str, node: &Node<'_>) {
        self.set(pointer, node.value.clone(), &node.pointer);
    }

    /// Appends to the array at `pointer`, making it if it is absent, and gives back the element's pointer.
    pub(super) fn push(&mut self, pointer: &str, value: Value, source: &str) -> String {
        if !self.has(pointer) {
            self.set(pointer, Value::Array(Vec::new()), source);
        }
        let index = match self.asset.pointer_mut(pointer) {
            Some(Value::Array(list)) => {
                list.push(value);
                list.len() - 1
            }
            _ => return pointer.to_owned(),
        };
        let element = format!("{pointer}/{index}");
        self.map(&element, source);
        element
    }

    /// Says that what stands at `pointer` of the asset came from `source`.
    pub(super) fn map(&mut self, pointer: &str, source: &str) {
        if self.source(pointer) != source {
            self.pointers.insert(pointer.to_owned(), source.to_owned());
        }
    }

    pub(super) fn lack(&mut self, pointer: &str, reason: GapReason) {
        self.lacks.entry(pointer.to_owned()).or_insert(reason);
    }

    /// Takes back a lack: another part of the document carries the value after all.
    pub(super) fn unlack(&mut self, pointer: &str) {
        self.lacks.shift_remove(pointer);
    }

    /// Takes a member out: a secret that is no policy.
    pub(super) fn remove(&mut self, pointer: &str) {
        if let Some((parent, key)) = pointer.rsplit_once('/')
            && let Some(Value::Object(map)) = self.asset.pointer_mut(parent)
        {
            map.shift_remove(&*unescape(key));
        }
    }

    /// [`Draft::lack`] for each of `pointers`, relative to `/resource/data`.
    pub(super) fn lack_data(&mut self, pointers: &[&str], reason: GapReason) {
        for pointer in pointers {
            self.lack(&format!("/resource/data{pointer}"), reason);
        }
    }

    /// The source of what stands at `pointer`.
    pub(super) fn source(&self, pointer: &str) -> String {
        let mut prefix = pointer;
        loop {
            if let Some(source) = self.pointers.get(prefix) {
                return format!(
                    "{source}{}",
                    pointer.get(prefix.len()..).unwrap_or_default()
                );
            }
            match prefix.rfind('/') {
                Some(cut) => prefix = prefix.get(..cut).unwrap_or_default(),
                None => return pointer.to_owned(),
            }
        }
    }

    /// Moves a value, and every mapping below it, if it is there and its new place is free.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if from == to || self.has(to) || !self.has(from) {
            return;
        }
        let source = self.source(from);
        let Some((parent, key)) = from.rsplit_once('/') else {
            return;
        };
        let taken = match self.asset.pointer_mut(parent) {
            Some(Value::Object(map)) => map.shift_remove(&*unescape(key)),
            _ => None,
        };
        let Some(value) = taken else {
            return;
        };
        let moved: Vec<(String, String)> = self
            .pointers
            .iter()
            .filter_map(|(place, source)| {
                let rest = below(place, from)?;
                Some((format!("{to}{rest}"), source.clone()))
            })
            .collect();
        self.pointers
            .retain(|place, _| below(place, from).is_none());
        self.pointers.extend(moved);
        self.set(to, value, &source);
    }

    /// Replaces the value at `pointer` by what `how` makes of it; `None` leaves it as it is.
    pub(super) fn change(&mut self, pointer: &str, how: impl Fn(&Value) -> Option<Value>) {
        if let Some(value) = self.asset.pointer_mut(pointer)
            && let Some(new) = how(value)
        {
            *value = new;
        }
    }

    pub(super) fn finish(self) -> Translated {
        // A lack is a promise about absent values only: one that the document carries after all is none.
        let lacks = self
            .lacks
            .into_iter()
            .filter(|(pointer, _)| self.asset.pointer(pointer).is_none_or(is_partial))
            .map(|(pointer, reason)| Lack { pointer, reason })
            .collect();
        Translated {
            asset: self.asset,
            pointers: self.pointers.into_iter().collect(),
            lacks,
        }
    }
}

/// A container may be there and still lack members; a scalar is there or is not.
fn is_partial(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Array(_) | Value::Null)
}

/// Translates an asset pointer by the longest prefix in `pointers`.
pub(super) fn source_of(pointers: &[(String, String)], pointer: &str) -> String {
    pointers
        .iter()
        .filter_map(|(from, to)| below(pointer, from).map(|rest| (from.len(), to, rest)))
        .max_by_key(|(length, _, _)| *length)
        .map_or_else(String::new, |(_, to, rest)| format!("{to}{rest}"))
}
