//! Terraform's language, as far as it is written here, laid out as `terraform fmt` does.

use crate::escape;

#[cfg(test)]
mod tests;

/// The width to which comments are wrapped.
const WIDTH: usize = 100;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A string.
    Text(String),
    /// Something that is written as it is: a number, `true`, an address. Never a name from outside.
    Plain(String),
    /// A list.
    List(Vec<Expr>),
    /// A map.
    Map(Vec<(String, Expr)>),
    /// A function of one value.
    Call(&'static str, Box<Expr>),
}

/// What stands between two braces, or in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Body(Vec<Item>);

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Argument(String, Expr),
    Block(String, Vec<String>, Body),
    /// Words; they belong to what follows.
    Comment(Vec<String>),
    /// What would be here, as a comment.
    Off(Vec<String>),
}

impl Expr {
    /// A string.
    pub(super) fn text(text: impl Into<String>) -> Expr {
        Expr::Text(text.into())
    }

    /// A list of strings.
    pub(super) fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Expr {
        Expr::List(texts.into_iter().map(Expr::text).collect())
    }

    /// A value of JSON, as `jsonencode` takes it.
    pub(super) fn json(value: &serde_json::Value) -> Expr {
        match value {
            serde_json::Value::Null => Expr::Plain("null".to_owned()),
            serde_json::Value::Bool(it) => Expr::Plain(it.to_string()),
            serde_json::Value::Number(it) => Expr::Plain(it.to_string()),
            serde_json::Value::String(it) => Expr::text(it),
            serde_json::Value::Array(list) => Expr::List(list.iter().map(Expr::json).collect()),
            serde_json::Value::Object(map) => {
                let entries = map.iter();
                Expr::Map(
                    entries
                        .map(|(key, it)| (key.clone(), Expr::json(it)))
                        .collect(),
                )
            }
        }
    }

    /// The lines of the value; the first has no indent.
    fn lines(&self, indent: usize, out: &mut String) {
        match self {
            Expr::Text(text) => out.push_str(&escape::hcl(text)),
            Expr::Plain(text) => out.push_str(text),
            Expr::List(list) if list.len() < 2 && list.iter().all(Expr::is_flat) => {
                out.push('[');
                if let Some(only) = list.first() {
                    only.lines(indent, out);
                }
                out.push(']');
            }
            Expr::List(list) => {
                out.push_str("[\n");
                for one in list {
                    pad(indent + 1, out);
                    one.lines(indent + 1, out);
                    out.push_str(",\n");
                }
                pad(indent, out);
                out.push(']');
            }
            Expr::Map(entries) if entries.is_empty() => out.push_str("{}"),
            Expr::Map(entries) => {
                out.push_str("{\n");
                let entries: Vec<(String, &Expr)> = entries
                    .iter()
                    .map(|(key, value)| (map_key(key), value))
                    .collect();
                arguments(&entries, indent + 1, out);
                pad(indent, out);
                out.push('}');
            }
            Expr::Call(function, of) => {
                out.push_str(function);
                out.push('(');
                of.lines(indent, out);
                out.push(')');
            }
        }
    }

    /// Whether it is written in one line.
    fn is_flat(&self) -> bool {
        match self {
            Expr::Text(_) | Expr::Plain(_) => true,
            Expr::List(list) => list.len() < 2 && list.iter().all(Expr::is_flat),
            Expr::Map(entries) => entries.is_empty(),
            Expr::Call(_, of) => of.is_flat(),
        }
    }
}

impl Body {
    /// A body without anything.
    pub(super) fn new() -> Body {
        Body::default()
    }

    /// `key = value`; the key is ours.
    pub(super) fn set(&mut self, key: &str, value: Expr) -> &mut Body {
        self.0.push(Item::Argument(key.to_owned(), value));
        self
    }

    /// `key = value` where there is a value.
    pub(super) fn set_some(&mut self, key: &str, value: Option<Expr>) -> &mut Body {
        if let Some(value) = value {
            self.set(key, value);
        }
        self
    }

    /// `kind { … }`.
    pub(super) fn block(&mut self, kind: &str, body: Body) -> &mut Body {
        self.labelled(kind, &[], body)
    }

    /// `kind "label" … { … }`.
    pub(super) fn labelled(&mut self, kind: &str, labels: &[&str], body: Body) -> &mut Body {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        self.0.push(Item::Block(kind.to_owned(), labels, body));
        self
    }

    /// A comment, wrapped. Names in it need no escaping before.
    pub(super) fn comment(&mut self, text: &str) -> &mut Body {
        self.0.push(Item::Comment(wrap(text)));
        self
    }

    /// Puts everything of another body after this one.
    pub(super) fn append(&mut self, other: Body) -> &mut Body {
        self.0.extend(other.0);
        self
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same as a comment, to be uncommented by hand.
    pub(super) fn commented(&self) -> Body {
        let text = self.text();
        Body(vec![Item::Off(text.lines().map(str::to_owned).collect())])
    }

    /// The text of a file.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, indent: usize, out: &mut String) {
        let mut group: Vec<(String, &Expr)> = Vec::new();
        for (at, item) in self.0.iter().enumerate() {
            if let Item::Argument(key, value) = item {
                group.push((key.clone(), value));
                continue;
            }
            arguments(&group, indent, out);
            group.clear();
            let before = at.checked_sub(1).and_then(|at| self.0.get(at));
            if before.is_some_and(|before| !matches!(before, Item::Comment(_))) {
                out.push('\n');
            }
            match item {
                Item::Argument(..) => {}
                Item::Comment(lines) | Item::Off(lines) => {
                    for line in lines {
                        pad(indent, out);
                        out.push_str(format!("# {line}").trim_end());
                        out.push('\n');
                    }
                }
                Item::Block(kind, labels, body) => {
                    pad(indent, out);
                    out.push_str(kind);
                    for label in labels {
                        out.push(' ');
                        out.push_str(&escape::hcl(label));
                    }
                    out.push_str(" {\n");
                    body.write(indent + 1, out);
                    pad(indent, out);
                    out.push_str("}\n");
                }
            }
        }
        arguments(&group, indent, out);
    }
}

/// A key of a map: bare where it can be.
fn map_key(key: &str) -> String {
    let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let means_something = matches!(key, "for" | "if" | "in" | "null" | "true" | "false");
    if is_word && !means_something {
        key.to_owned()
    } else {
        escape::hcl(key)
    }
}

/// Arguments one below the other. Those of one line each have their equals signs in a column; one of several
/// lines ends the run (`formatCells` of hclwrite).
fn arguments(entries: &[(String, &Expr)], indent: usize, out: &mut String) {
    let mut rest = entries;
    while let Some((first, _)) = rest.split_first() {
        let run = rest.iter().take_while(|(_, value)| value.is_flat()).count();
        let (now, later) = rest.split_at(run.max(1));
        let width = now.iter().map(|(key, _)| key.chars().count()).max();
        let width = width.unwrap_or_else(|| first.0.chars().count());
        for (key, value) in now {
            pad(indent, out);
            out.push_str(key);
            for _ in key.chars().count()..width {
                out.push(' ');
            }
            out.push_str(" = ");
            value.lines(indent, out);
            out.push('\n');
        }
        rest = later;
    }
}

fn pad(indent: usize, out: &mut String) {
    for _ in 0..indent {
        out.push_str("  ");
    }
}

/// Words in lines. Line breaks of ours stay; what a name brings along is made visible.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = escape::terminal(line);
        let mut current = String::new();
        for word in line.split(' ') {
            if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// A label for a resource: what a name has of letters, digits and hyphens.
pub(super) fn label(text: &str) -> String {
    let mut label = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            label.push(c.to_ascii_lowercase());
        } else if !label.ends_with('_') {
            label.push('_');
        }
    }
    let label = label.trim_matches('_');
    let label: String = label.chars().take(60).collect();
    if label.starts_with(|c: char| c.is_ascii_lowercase()) {
        label
    } else {
        format!("r_{label}").trim_end_matches('_').to_owned()
    }
}
