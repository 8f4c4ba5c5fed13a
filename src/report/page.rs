//! The page of a rule, in Markdown. One rendering for all readers: `explain`, `docs/rules/` and the help
//! in SARIF.

use super::escape::{markdown, markdown_code, prose};
use super::words::one_line;
use crate::finding::Persona;
use crate::rules::Rule;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a rule finds, and the same after the fix.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    /// A document with a finding, as text.
    pub bad: &'a str,
    /// The same document without.
    pub good: &'a str,
}

/// The page of one rule.
pub fn rule_page(rule: &Rule, example: Option<Example<'_>>) -> String {
    let file = &rule.file;
    let mut page = format!("# {}\n\n", markdown(&one_line(&file.title)));
    let _ = writeln!(page, "{}\n", facts(rule));
    // `why` and `fix` are Markdown by definition of the rule file.
    let _ = writeln!(page, "{}\n", prose(file.why.trim()));
    let _ = writeln!(page, "## Fix\n\n{}\n", prose(file.fix.trim()));
    if let Some(example) = example {
        let _ = writeln!(
            page,
            "## Example\n\nFound:\n\n{}",
            fence("json", example.bad)
        );
        let _ = writeln!(page, "Not found:\n\n{}", fence("json", example.good));
    }
    options(&mut page, rule);
    if !file.benchmark.is_empty() {
        section(&mut page, "Benchmarks", &file.benchmark);
    }
    if !file.peers.is_empty() {
        section(&mut page, "The same check elsewhere", &file.peers);
    }
    if !file.references.is_empty() {
        page.push_str("## References\n\n");
        for reference in &file.references {
            let _ = writeln!(page, "* {}", link(reference));
        }
        page.push('\n');
    }
    let end = page.trim_end().len();
    page.truncate(end);
    page.push('\n');
    page
}

/// The line below the title: id, severity and what else a reader selects by.
fn facts(rule: &Rule) -> String {
    let file = &rule.file;
    let mut facts = vec![
        markdown_code(&rule.id),
        format!("severity **{}**", file.severity.slug()),
        format!("confidence **{}**", file.confidence.slug()),
        format!("persona **{}**", persona(file.persona)),
    ];
    if !file.tags.is_empty() {
        facts.push(format!("tags: {}", markdown(&file.tags.join(", "))));
    }
    if !file.aliases.is_empty() {
        facts.push(format!(
            "also known as {}",
            markdown(&file.aliases.join(", "))
        ));
    }
    facts.join(" · ")
}

fn persona(persona: Persona) -> &'static str {
    match persona {
        Persona::Regular => "regular",
        Persona::Pedantic => "pedantic",
        Persona::Auditor => "auditor",
    }
}

/// What the configuration can tell the rule, with what it goes by now.
fn options(page: &mut String, rule: &Rule) {
    let file = &rule.file;
    let told = file.analysis.as_ref().is_some_and(|a| a.with.is_some());
    if !told && file.needs.is_empty() {
        return;
    }
    page.push_str("## Options\n\n");
    let header = markdown_code(&format!("[options.{}]", rule.id));
    if !file.needs.is_empty() {
        let keys: Vec<_> = file.needs.iter().map(|key| markdown_code(key)).collect();
        let keys = keys.join(", ");
        let _ = writeln!(
            page,
            "Needs configuration: {keys}. The rule is not applicable until {header} gives it.\n"
        );
    }
    if let Some(keys) = rule.options() {
        let _ = writeln!(
            page,
            "The rule goes by the following; the configuration can override each key:\n\n{}",
            fence("toml", &keys)
        );
    }
}

fn section(page: &mut String, title: &str, entries: &BTreeMap<String, Vec<String>>) {
    let _ = writeln!(page, "## {title}\n");
    for (name, ids) in entries {
        // A benchmark that was looked at and has no such recommendation is worth saying, too.
        let ids = if ids.is_empty() {
            "none".to_owned()
        } else {
            markdown(&ids.join(", "))
        };
        let _ = writeln!(page, "* {}: {ids}", markdown(name));
    }
    page.push('\n');
}

/// A web address as a link, anything else as text.
fn link(reference: &str) -> String {
    let plain = reference
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"<>\\`".contains(&b));
    if plain && reference.starts_with("https://") {
        format!("<{reference}>")
    } else {
        markdown(reference)
    }
}

/// A code block whose fence is longer than any run of backticks in it.
fn fence(language: &str, code: &str) -> String {
    let code = prose(code.trim_end());
    let longest = code
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{code}\n{fence}\n")
}

/// Tables of all rules, one for each folder that their files lie in: worst first, then by id. Links go to the pages
/// beside it.
pub fn rule_index(rules: &[Rule]) -> String {
    let mut folders: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        let folder = rule.path.rsplit(['/', '\\']).nth(1).unwrap_or_default();
        folders.entry(folder).or_default().push(rule);
    }
    let mut page = String::from("# Rules\n");
    for (folder, mut rules) in folders {
        rules.sort_by(|a, b| {
            let severity = b.file.severity.cmp(&a.file.severity);
            severity.then_with(|| a.id.cmp(&b.id))
        });
        if !folder.is_empty() {
            let _ = writeln!(page, "\n## {}", markdown(folder));
        }
        page.push_str("\n| Rule | Severity | Confidence | What is wrong |\n|---|---|---|---|\n");
        for rule in rules {
            let _ = writeln!(
                page,
                "| [{}]({}.md) | {} | {} | {} |",
                markdown(&rule.id),
                super::escape::uri_segment(rule.id.as_bytes()),
                rule.file.severity.slug(),
                rule.file.confidence.slug(),
                markdown(&one_line(&rule.file.title)),
            );
        }
    }
    page
}
