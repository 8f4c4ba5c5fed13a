//! From text to rules, strictly: a typo must never become silence.

use super::grant::PrincipalLists;
use super::judge::Program;
use super::select::Refusal;
use super::{Rule, RuleFile, message, remedy};
use crate::model::locate;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::ops::Range;

/// A rule file that is refused: file, line, column, and a drawing with a caret.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{path}:{line}:{column}: {message}")]
pub struct LoadError {
    /// The file.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line with a caret below, ready to print.
    pub frame: String,
}

/// The rules of a run.
#[derive(Debug)]
pub struct Ruleset {
    /// Sorted by id.
    pub rules: Vec<Rule>,
}

/// A rule file's path and text.
#[derive(Debug, Clone)]
pub struct RuleText {
    /// As the user would write it.
    pub path: String,
    /// The content.
    pub text: String,
    /// Whether it came with the product.
    pub builtin: bool,
}

/// The rule files that came with the product.
pub fn builtin() -> Vec<RuleText> {
    const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_rules.rs"));
    FILES
        .iter()
        .map(|(path, text)| RuleText {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            builtin: true,
        })
        .collect()
}

impl Ruleset {
    /// Parses every file and proves that each was understood. All errors are told, not only the first. What came with
    /// the product was proven before it was published, by a test, and is only read.
    ///
    /// # Errors
    /// Every file that is refused, in the order given.
    pub fn load(texts: &[RuleText]) -> Result<Ruleset, Vec<LoadError>> {
        let mut errors = Vec::new();
        let mut rules: Vec<Rule> = Vec::new();
        for text in texts {
            match parse(text) {
                Ok(rule) => rules.push(rule),
                Err(error) => errors.push(*error),
            }
        }
        for rule in rules.iter().filter(|rule| !rule.builtin) {
            if let Err(refusal) = prove(rule) {
                errors.push(at(rule, &refusal));
            }
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        for pair in rules.windows(2) {
            if pair[0].id == pair[1].id {
                let message = format!("the id `{}` is taken by {}", pair[0].id, pair[0].path);
                errors.push(at(&pair[1], &Refusal::new("title", message)));
            }
        }
        if errors.is_empty() {
            Ok(Ruleset { rules })
        } else {
            Err(errors)
        }
    }

    /// Compiles the rules together with the principals that the configuration names.
    ///
    /// # Errors
    /// The rule that is refused: too many rules, or a list of principals that does not parse.
    pub fn compile(&self, lists: &PrincipalLists) -> Result<Program, LoadError> {
        Program::compile(&self.rules, lists)
            .map_err(|(index, refusal)| at(&self.rules[index], &refusal))
    }

    /// Finds a rule by id or alias.
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id).or_else(|| {
            self.rules
                .iter()
                .find(|rule| rule.file.aliases.iter().any(|a| a == id))
        })
    }
}

/// Whether `text` can be the id of a rule: a-z, 0-9 and `-`.
pub fn is_rule_id(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(fits)
}

fn parse(text: &RuleText) -> Result<Rule, Box<LoadError>> {
    let stem = text.path.rsplit(['/', '\\']).next().unwrap_or(&text.path);
    let id = stem.strip_suffix(".toml").unwrap_or(stem);
    let wrong = |span: Option<Range<usize>>, message: String| {
        Box::new(error(&text.path, &text.text, span.unwrap_or(0..0), message))
    };
    if !is_rule_id(id) {
        return Err(wrong(
            None,
            format!("the file's name is the rule's id, and `{id}` is not made of a-z, 0-9 and `-`"),
        ));
    }
    let file: RuleFile =
        toml::from_str(&text.text).map_err(|e| wrong(e.span(), e.message().to_owned()))?;
    let rule = Rule {
        id: id.to_owned(),
        builtin: text.builtin,
        unmet: file.needs.clone(),
        path: text.path.clone(),
        text: text.text.clone(),
        file,
    };
    check_words(&rule)?;
    Ok(rule)
}

fn check_words(rule: &Rule) -> Result<(), Box<LoadError>> {
    let file = &rule.file;
    for (key, text) in [
        ("title", &file.title),
        ("why", &file.why),
        ("fix", &file.fix),
    ] {
        if text.trim().is_empty() {
            return Err(Box::new(at(
                rule,
                &Refusal::new(key, format!("`{key}` is empty")),
            )));
        }
    }
    if file.title.contains('\n') {
        return Err(Box::new(at(
            rule,
            &Refusal::new("title", "a title is one line"),
        )));
    }
    if file.is_benchmark_only() && file.benchmark.is_empty() {
        let message = "a rule that runs only under a benchmark names it under `benchmark`";
        return Err(Box::new(at(rule, &Refusal::new("only", message))));
    }
    if let Some(template) = &file.message {
        message::check(template).map_err(|(offset, message)| {
            let text = Some((template.clone(), offset));
            Box::new(at(
                rule,
                &Refusal {
                    text,
                    ..Refusal::new("message", message)
                },
            ))
        })?;
    }
    Ok(())
}

/// Proves that a rule was understood. It is compiled alone, so that every rule's own errors are told in one go.
fn prove(rule: &Rule) -> Result<(), Refusal> {
    rule.check_needs()?;
    remedy::check(rule)?;
    rule.compiles()
}

/// Places a refusal in the rule's text: at the string that is wrong, else at its key.
fn at(rule: &Rule, refusal: &Refusal) -> LoadError {
    let text = &rule.text;
    let by_string = refusal.text.as_ref().and_then(|(wrong, offset)| {
        let from = key_span(text, refusal.key).map_or(0, |span| span.start);
        let start = from + text[from..].find(wrong.as_str())?;
        let offset = (start + offset).min(start + wrong.len());
        let rest = text.get(offset..)?;
        let length = rest
            .find(|c: char| c.is_whitespace() || "'\"])".contains(c))
            .unwrap_or(1)
            .max(1);
        Some(offset..(offset + length).min(text.len()))
    });
    let span = refusal
        .span
        .clone()
        .or(by_string)
        .or_else(|| key_span(text, refusal.key))
        .unwrap_or(0..0);
    error(&rule.path, text, span, refusal.message.clone())
}

/// The first line that sets `key`, or its table header.
fn key_span(text: &str, key: &str) -> Option<Range<usize>> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let bare = trimmed.trim_start_matches('[');
        if bare
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
        {
            let start = offset + indent + (trimmed.len() - bare.len());
            return Some(start..start + key.len());
        }
        if let Some(inside) = line.find(&format!("{key} =")) {
            return Some(offset + inside..offset + inside + key.len());
        }
        offset += line.len();
    }
    None
}

fn error(path: &str, text: &str, span: Range<usize>, message: String) -> LoadError {
    let start = floor(text, span.start);
    let end = floor(text, span.end).max(start);
    let place = locate::line_column(text, start);
    let (line, column) = (place.line as usize, place.column as usize);
    let snippet = Snippet::source(text)
        .path(path)
        .annotation(AnnotationKind::Primary.span(start..end));
    let report = [Level::ERROR
        .primary_title(message.as_str())
        .element(snippet)];
    let frame = Renderer::plain().render(&report);
    LoadError {
        path: path.to_owned(),
        line,
        column,
        message,
        frame,
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{Ruleset, at, builtin, prove};

    #[test]
    fn what_came_with_the_product_is_proven() {
        let rules = Ruleset::load(&builtin()).expect("they parse").rules;
        assert!(!rules.is_empty());
        for rule in &rules {
            let refused = prove(rule).map_err(|refusal| at(rule, &refusal).to_string());
            assert_eq!(refused, Ok(()));
        }
    }
}
