//! One walk of an asset's JSON serves every path of every rule of its type.
//!
//! The walk is a serde visitor: what no path asks for is skipped as structure and never becomes a value.

use super::path::{Constant, Operator, push_pointer};
use super::probe::{Node, Probes, Target};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;

/// A value as far as rules look at it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Value<'de> {
    /// Not there.
    #[default]
    Absent,
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'de, str>),
    Array,
    Object,
    /// The key stands twice with different values.
    Ambiguous,
}

/// A value and the byte offset at which it (or, for what has no text of its own, its key) stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captured<'de> {
    pub(crate) value: Value<'de>,
    at: usize,
}

/// The offset of what has no text nearby to tell it by: an element of a list that is no string.
const NOWHERE: usize = usize::MAX;

impl Captured<'_> {
    /// The offset, if the walk knows it: of the value, or of its name.
    pub(crate) fn at(&self) -> Option<usize> {
        (self.at != NOWHERE).then_some(self.at)
    }
}

impl<'v> From<Value<'v>> for Captured<'v> {
    /// A value whose place is not known.
    fn from(value: Value<'v>) -> Captured<'v> {
        Captured { value, at: NOWHERE }
    }
}

/// One node of a path that may select several.
#[derive(Debug, Clone)]
pub(crate) struct Selected<'de> {
    pub(crate) pointer: String,
    pub(crate) captured: Captured<'de>,
}

/// What a walk found, reused from asset to asset.
#[derive(Debug, Default)]
pub(crate) struct Found<'de> {
    pub(crate) slots: Vec<Captured<'de>>,
    pub(crate) lists: Vec<Vec<Selected<'de>>>,
    locals: Vec<Value<'de>>,
    /// Where the locals were met.
    places: Vec<usize>,
    pointer: Vec<Part<'de>>,
    base: usize,
}

#[derive(Debug)]
enum Part<'de> {
    Key(Cow<'de, str>),
    Index(usize),
}

impl<'de> Found<'de> {
    /// Empties everything and makes room for `probes`. `document` is the text that will be walked.
    pub(crate) fn reset(&mut self, probes: &Probes, document: &'de str) {
        self.slots.clear();
        self.slots.resize(probes.slots, Captured::default());
        self.lists.iter_mut().for_each(Vec::clear);
        self.lists
            .resize(probes.lists.max(self.lists.len()), Vec::new());
        self.locals.clear();
        self.locals.resize(probes.locals, Value::Absent);
        self.places.clear();
        self.places.resize(probes.locals, NOWHERE);
        self.pointer.clear();
        self.base = document.as_ptr() as usize;
    }

    fn offset_of(&self, text: &str) -> usize {
        (text.as_ptr() as usize).wrapping_sub(self.base)
    }

    fn pointer_text(&self) -> String {
        let mut text = String::new();
        for part in &self.pointer {
            match part {
                Part::Key(key) => push_pointer(&mut text, key),
                Part::Index(index) => push_pointer(&mut text, &index.to_string()),
            }
        }
        text
    }

    fn capture(&mut self, nodes: &[&Node], value: &Value<'de>, at: usize) {
        for node in nodes {
            for target in &node.targets {
                match *target {
                    Target::Slot(slot) => {
                        let place = &mut self.slots[slot];
                        place.value = merge(&place.value, value);
                        place.at = at;
                    }
                    Target::Many(list) => {
                        let pointer = self.pointer_text();
                        self.lists[list].push(Selected {
                            pointer,
                            captured: Captured {
                                value: value.clone(),
                                at,
                            },
                        });
                    }
                    Target::Local(local) => {
                        self.locals[local] = merge(&self.locals[local], value);
                        self.places[local] = at;
                    }
                }
            }
        }
    }

    fn begin_child<'p>(&mut self, nodes: &[&'p Node], next: &mut Active<'p>) {
        for node in nodes {
            if let Some(filters) = &node.filters {
                self.locals[filters.locals.clone()].fill(Value::Absent);
                next.push(&filters.child);
            }
        }
    }

    fn end_child(&mut self, nodes: &[&Node]) {
        for node in nodes {
            let Some(filters) = &node.filters else {
                continue;
            };
            for (test, list) in &filters.tests {
                if test.holds(&self.locals) {
                    let pointer = self.pointer_text();
                    let child = filters.locals.start;
                    let (value, at) = (self.locals[child].clone(), self.places[child]);
                    self.lists[*list].push(Selected {
                        pointer,
                        captured: Captured { value, at },
                    });
                }
            }
        }
    }
}

fn merge<'de>(old: &Value<'de>, new: &Value<'de>) -> Value<'de> {
    if *old == Value::Absent || old == new {
        new.clone()
    } else {
        Value::Ambiguous
    }
}

type Active<'p> = SmallVec<[&'p Node; 4]>;

/// Walks one value with the trie nodes that are active there.
pub(crate) struct Walk<'p, 'f, 'de> {
    nodes: Active<'p>,
    found: &'f mut Found<'de>,
    /// Offset of the value's name.
    at: usize,
}

impl<'p, 'f, 'de> Walk<'p, 'f, 'de> {
    /// Begins below the member of the asset that `path` leads to. Returns `None` if no rule looks there.
    pub(crate) fn below(
        probes: &'p Probes,
        path: &[Cow<'de, str>],
        found: &'f mut Found<'de>,
    ) -> Option<Self> {
        let mut nodes = Active::from_slice(&[&probes.root]);
        for key in path {
            let mut next = Active::new();
            children_by_key(&nodes, key, &mut next);
            nodes = next;
        }
        if nodes.is_empty() {
            return None;
        }
        let at = match path.last() {
            Some(Cow::Borrowed(key)) => found.offset_of(key).saturating_sub(1),
            _ => NOWHERE,
        };
        found.pointer.clear();
        found.pointer.extend(path.iter().cloned().map(Part::Key));
        Some(Walk { nodes, found, at })
    }
}

fn children_by_key<'p>(nodes: &[&'p Node], key: &str, next: &mut Active<'p>) {
    for node in nodes {
        if let Some((_, child)) = node.keys.iter().find(|(name, _)| **name == *key) {
            next.push(child);
        }
        if let Some(each) = &node.each {
            next.push(each);
        }
    }
}

fn children_by_index<'p>(nodes: &[&'p Node], index: usize, next: &mut Active<'p>) {
    for node in nodes {
        if let Some((_, child)) = node.indices.iter().find(|(i, _)| *i == index) {
            next.push(child);
        }
        if let Some(each) = &node.each {
            next.push(each);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.found.capture(&self.nodes, &Value::Null, self.at);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.found
            .capture(&self.nodes, &Value::Bool(value), self.at);
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)] // JSON numbers are doubles
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.found
            .capture(&self.nodes, &Value::Number(value), self.at);
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<(), E> {
        let at = self.found.offset_of(value).saturating_sub(1);
        self.found
            .capture(&self.nodes, &Value::Text(Cow::Borrowed(value)), at);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<(), E> {
        self.found
            .capture(&self.nodes, &Value::Text(Cow::Owned(value)), self.at);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.found.capture(&self.nodes, &Value::Object, self.at);
        while let Some(Key(key)) = map.next_key()? {
            let mut next = Active::new();
            children_by_key(&self.nodes, &key, &mut next);
            self.found.begin_child(&self.nodes, &mut next);
            if next.is_empty() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let at = match &key {
                Cow::Borrowed(text) => self.found.offset_of(text).saturating_sub(1),
                Cow::Owned(_) => NOWHERE,
            };
            self.found.pointer.push(Part::Key(key));
            map.next_value_seed(Walk {
                nodes: next,
                found: self.found,
                at,
            })?;
            self.found.end_child(&self.nodes);
            self.found.pointer.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.found.capture(&self.nodes, &Value::Array, self.at);
        let mut index = 0;
        loop {
            let mut next = Active::new();
            children_by_index(&self.nodes, index, &mut next);
            self.found.begin_child(&self.nodes, &mut next);
            self.found.pointer.push(Part::Index(index));
            let more = if next.is_empty() {
                seq.next_element::<IgnoredAny>()?.is_some()
            } else {
                let walk = Walk {
                    nodes: next,
                    found: self.found,
                    at: NOWHERE,
                };
                seq.next_element_seed(walk)?.is_some()
            };
            if more {
                self.found.end_child(&self.nodes);
            }
            self.found.pointer.pop();
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }
}

/// A member name, borrowed from the text unless it holds escapes.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl Value<'_> {
    /// A comparison of RFC 9535 section 2.3.5.2.2: only numbers and strings are ordered, and what is absent
    /// equals no literal.
    pub(crate) fn compares(&self, operator: Operator, constant: &Constant) -> bool {
        let equal = match (self, constant) {
            (Value::Null, Constant::Null) => true,
            (Value::Bool(a), Constant::Bool(b)) => a == b,
            (Value::Number(a), Constant::Number(b)) => a == b,
            (Value::Text(a), Constant::String(b)) => **a == **b,
            _ => false,
        };
        let less = match (self, constant) {
            (Value::Number(a), Constant::Number(b)) => a < b,
            (Value::Text(a), Constant::String(b)) => **a < **b,
            _ => false,
        };
        let greater = match (self, constant) {
            (Value::Number(a), Constant::Number(b)) => a > b,
            (Value::Text(a), Constant::String(b)) => **a > **b,
            _ => false,
        };
        match operator {
            Operator::Equal => equal,
            Operator::NotEqual => !equal,
            Operator::Less => less,
            Operator::LessOrEqual => less || equal,
            Operator::Greater => greater,
            Operator::GreaterOrEqual => greater || equal,
        }
    }
}
