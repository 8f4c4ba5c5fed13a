//! `[select]`: the settings of one asset, by JSONPath.

#[cfg(test)]
mod agreement;
pub(crate) mod expect;
pub(crate) mod path;
mod plain;
pub(crate) mod probe;
pub(crate) mod proof;
mod setting;
pub(crate) mod walk;

use crate::model::{GapReason, Truth};
use crate::rules::file::Select;
use expect::Test;
use jiff::Timestamp;
use path::Path;
use probe::Probes;
pub(crate) use setting::value_of_scalar;
use setting::{Setting, lacking};
use std::borrow::Cow;
use std::ops::Range;
use walk::{Captured, Found, Selected, Value};

/// A compiled `[select]`, tied to the probes of its asset type.
#[derive(Debug)]
pub(crate) struct SelectRule {
    /// Index of the rule in the ruleset.
    pub(crate) rule: usize,
    question: Question,
    when: Vec<(Setting, Test)>,
    /// JSON-pointer prefixes that the rule looks at.
    pub(crate) prefixes: Vec<String>,
}

#[derive(Debug)]
enum Question {
    Setting(Setting, Test),
    Each(Source, Test),
    Forbid(Source),
}

/// Where the nodes of a path come from.
#[derive(Debug)]
enum Source {
    List(usize),
    /// Not compiled: jsonpath-rust serves it over the whole asset.
    Query(String),
}

/// What a rule says about an asset.
#[derive(Debug)]
pub(crate) enum Verdict {
    Pass,
    NotApplicable,
    Unknown(GapReason, String),
    /// One entry per node: where it is, and its value for the message.
    Fail(Vec<Hit>),
}

/// A node that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// JSON pointer in the asset; of an absent setting, where it would be.
    pub(crate) pointer: String,
    /// Byte offset of the node or of its name in the asset's text, if that is known.
    pub(crate) at: Option<usize>,
    /// The value, for people.
    pub(crate) value: String,
}

/// What the judge knows about an asset besides its text.
pub(crate) struct Context<'a> {
    pub(crate) now: Timestamp,
    /// JSON-pointer prefixes that the input cannot say, with the reason.
    pub(crate) lacks: &'a [(String, GapReason)],
    /// The asset as a DOM, for paths that are not compiled.
    pub(crate) document: Option<&'a serde_json::Value>,
}

impl SelectRule {
    /// Compiles `select` into `probes`.
    ///
    /// # Errors
    /// A sentence naming the key of the rule file it is about, with the offset inside that string.
    pub(crate) fn compile(
        rule: usize,
        select: &Select,
        probes: &mut Probes,
    ) -> Result<SelectRule, Refusal> {
        let when = select
            .when
            .iter()
            .map(|w| {
                let setting = Setting::compile(w.path.as_slice(), w.default.clone(), probes)?;
                let test = Test::compile(&w.is).map_err(|m| Refusal::new("is", m))?;
                Ok((setting, test))
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        let mut prefixes: Vec<String> = when.iter().flat_map(|(s, _)| s.prefixes()).collect();
        let question = match (&select.path, &select.expect, &select.forbid) {
            (Some(paths), Some(expect), None) => {
                let test = Test::compile(expect).map_err(|m| Refusal::new("expect", m))?;
                let paths = paths.as_slice();
                let parsed = paths
                    .iter()
                    .map(|p| parse(p, "path"))
                    .collect::<Result<Vec<_>, _>>()?;
                match &parsed[..] {
                    [] => return Err(Refusal::new("path", "no path is given")),
                    [one] if !one.is_singular() => {
                        if select.default.is_some() {
                            return Err(Refusal::new(
                                "default",
                                "a path with a wildcard has no default: what is not selected is not tested",
                            ));
                        }
                        prefixes.push(one.prefix.clone());
                        Question::Each(Source::compile(one, probes), test)
                    }
                    many if many.iter().all(Path::is_singular) => {
                        let setting = Setting::compile(paths, select.default.clone(), probes)?;
                        prefixes.extend(setting.prefixes());
                        Question::Setting(setting, test)
                    }
                    _ => {
                        return Err(Refusal::new(
                            "path",
                            "several paths must each select one node",
                        ));
                    }
                }
            }
            (None, None, Some(forbid)) => {
                let path = parse(forbid, "forbid")?;
                prefixes.push(path.prefix.clone());
                Question::Forbid(Source::compile(&path, probes))
            }
            _ => {
                return Err(Refusal::new(
                    "select",
                    "give either `path` with `expect`, or `forbid` alone",
                ));
            }
        };
        Ok(SelectRule {
            rule,
            question,
            when,
            prefixes,
        })
    }

    /// Whether the rule's question is about what the asset carries: its settings, its policy or its
    /// organisation policies.
    pub(crate) fn looks_at(&self, resource: bool, policy: bool, org_policy: bool) -> bool {
        let place = self.prefixes.last().map_or("", String::as_str);
        if place.starts_with("/iamPolicy") {
            policy
        } else if place.starts_with("/orgPolicy") {
            org_policy
        } else if place.starts_with("/resource") {
            resource
        } else {
            true
        }
    }

    /// Whether the rule needs the asset as a DOM.
    pub(crate) fn needs_document(&self) -> bool {
        matches!(
            &self.question,
            Question::Each(Source::Query(_), _) | Question::Forbid(Source::Query(_))
        )
    }

    /// Judges an asset from what its walk found.
    pub(crate) fn judge(&self, found: &Found<'_>, context: &Context<'_>) -> Verdict {
        for (setting, test) in &self.when {
            let read = setting.read(test, found, context);
            match read.truth {
                Truth::Yes => {}
                Truth::No => return Verdict::NotApplicable,
                Truth::Unknown => return setting.unknown(&read),
            }
        }
        match &self.question {
            Question::Setting(setting, test) => {
                let read = setting.read(test, found, context);
                match read.truth {
                    Truth::Yes => Verdict::Pass,
                    Truth::No => {
                        let mut hit = setting.hit(&read, found);
                        if let Some(words) = test.in_words(&hit.value) {
                            hit.value = words;
                        }
                        Verdict::Fail(vec![hit])
                    }
                    Truth::Unknown => setting.unknown(&read),
                }
            }
            Question::Each(source, test) => source.nodes(found, context, |nodes| {
                let mut hits = Vec::new();
                let mut unknown = None;
                for node in nodes {
                    match test.holds(&node.captured.value, context.now) {
                        Truth::Yes => {}
                        Truth::No => hits.push(hit(node)),
                        Truth::Unknown => unknown = Some(node),
                    }
                }
                match (hits.is_empty(), unknown) {
                    (false, _) => Verdict::Fail(hits),
                    (true, Some(node)) => Verdict::Unknown(
                        GapReason::ValueUnknown,
                        format!("{} has an unexpected type or value", node.pointer),
                    ),
                    (true, None) => self.nothing_selected(context),
                }
            }),
            Question::Forbid(source) => source.nodes(found, context, |nodes| {
                if nodes.is_empty() {
                    self.nothing_selected(context)
                } else {
                    Verdict::Fail(nodes.iter().map(hit).collect())
                }
            }),
        }
    }

    /// Nothing selected is a pass only if the input could have said it.
    fn nothing_selected(&self, context: &Context<'_>) -> Verdict {
        match self
            .prefixes
            .iter()
            .find_map(|prefix| lacking(prefix, context))
        {
            Some((pointer, reason)) => Verdict::Unknown(reason, pointer.to_owned()),
            None => Verdict::Pass,
        }
    }
}

/// Why a `[select]` is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The key of the rule file whose value is wrong.
    pub(crate) key: &'static str,
    /// The string that is wrong, to find its place, and the byte offset in it.
    pub(crate) text: Option<(String, usize)>,
    /// Where it is in the rule file's text, if that is known.
    pub(crate) span: Option<Range<usize>>,
    /// A sentence.
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(key: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            key,
            text: None,
            span: None,
            message: message.into(),
        }
    }

    /// Whether all that is wrong is that one of `keys` is not there yet.
    pub(crate) fn asks_for(&self, keys: &[String]) -> bool {
        let is_named = |key: &String| self.message.contains(&format!("`{key}`"));
        !self.message.starts_with("unknown") && keys.iter().any(is_named)
    }

    /// About the string `text`, which stands somewhere after `key`.
    pub(crate) fn at(
        key: &'static str,
        text: impl Into<String>,
        message: impl Into<String>,
    ) -> Refusal {
        Refusal {
            text: Some((text.into(), 0)),
            ..Refusal::new(key, message)
        }
    }
}

pub(crate) fn parse(text: &str, key: &'static str) -> Result<Path, Refusal> {
    Path::parse(text).map_err(|error| Refusal {
        text: Some((text.to_owned(), error.offset)),
        ..Refusal::new(key, error.message)
    })
}

fn hit(node: &Selected<'_>) -> Hit {
    Hit {
        pointer: node.pointer.clone(),
        at: node.captured.at(),
        value: shown(&node.captured.value).into_owned(),
    }
}

/// A value as a message shows it.
pub(crate) fn shown<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::Absent => Cow::Borrowed("absent"),
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Text(text) => Cow::Borrowed(text),
        Value::Array => Cow::Borrowed("a list"),
        Value::Object => Cow::Borrowed("an object"),
        Value::Ambiguous => Cow::Borrowed("two different values"),
    }
}

impl Source {
    fn compile(path: &Path, probes: &mut Probes) -> Source {
        match path.walked() {
            Some(steps) => Source::List(probes.list(steps)),
            None => Source::Query(path.text.clone()),
        }
    }

    fn nodes(
        &self,
        found: &Found<'_>,
        context: &Context<'_>,
        judge: impl FnOnce(&[Selected<'_>]) -> Verdict,
    ) -> Verdict {
        match self {
            Source::List(list) => judge(&found.lists[*list]),
            Source::Query(text) => match context.document {
                Some(document) => match query(text, document) {
                    Ok(nodes) => judge(&nodes),
                    Err(message) => Verdict::Unknown(GapReason::ValueUnknown, message),
                },
                None => Verdict::Unknown(
                    GapReason::ValueUnknown,
                    "the asset has no document".to_owned(),
                ),
            },
        }
    }
}

/// Runs a path through jsonpath-rust: for what is not compiled, and as the reference in tests.
///
/// # Errors
/// The library's sentence.
pub(crate) fn query<'d>(
    text: &str,
    document: &'d serde_json::Value,
) -> Result<Vec<Selected<'d>>, String> {
    use jsonpath_rust::JsonPath as _;
    let nodes = document
        .query_with_path(text)
        .map_err(|error| error.to_string())?;
    Ok(nodes
        .into_iter()
        .map(|node| {
            let (value, path) = (node.clone().val(), node.path());
            Selected {
                pointer: pointer_of(&path),
                captured: Captured::from(value_of(value)),
            }
        })
        .collect())
}

fn value_of(value: &serde_json::Value) -> Value<'_> {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => Value::Number(n.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(s) => Value::Text(Cow::Borrowed(s)),
        serde_json::Value::Array(_) => Value::Array,
        serde_json::Value::Object(_) => Value::Object,
    }
}

/// `$['a']['o\'q'][3]` as `/a/o'q/3`.
fn pointer_of(path: &str) -> String {
    let mut pointer = String::new();
    let mut chars = path.strip_prefix('$').unwrap_or(path).chars();
    let mut token = String::new();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => token.extend(chars.next()),
            '\'' => quoted = !quoted,
            '[' if !quoted => token.clear(),
            ']' if !quoted => path::push_pointer(&mut pointer, &token),
            other => token.push(other),
        }
    }
    pointer
}
