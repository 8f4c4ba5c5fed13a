//! Every document of the corpora of real inputs, where they are at hand, in one run: an answer for each, and no
//! valid document called invalid; how much each rule finds there; and whether we agree with the verdicts that come with
//! them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "corpus/agreement.rs"]
mod agreement;
#[path = "corpus/noise.rs"]
mod noise;
mod support;

use leastwise::cli::judge::Judgement;
use leastwise::model::{DocumentId, GapReason};
use leastwise::rules::Ruleset;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::{judge_paths, rule_id, rules, shared};

/// Samples that may lie beside the package.
const FOLDERS: [&str; 2] = ["corpus", "gcloud-samples"];

/// A foreign document that holds one of these words deserves a look.
const SUSPICIOUS: [&str; 8] = [
    "\"bindings\"",
    "bindings:",
    "\"includedPermissions\"",
    "\"assetType\"",
    "\"asset_type\"",
    "\"keyAlgorithm\"",
    "\"storageClass\"",
    "\"booleanPolicy\"",
];

/// What is asked of the corpora, by the word that asks for it alone: `cargo test --test corpus -- noise`.
const PARTS: [&str; 3] = ["documents", "noise", "agreement"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The runner asks every test binary what it holds.
    if arguments.iter().any(|argument| argument == "--list") {
        PARTS.iter().for_each(|part| println!("{part}: test"));
        return ExitCode::SUCCESS;
    }
    let asked: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|word| part.contains(&***word));
    let rules = match rules() {
        Ok(rules) => rules,
        Err(frames) => {
            eprintln!("{frames}");
            return ExitCode::FAILURE;
        }
    };
    let mut faults = Vec::new();
    if wanted("documents") || wanted("noise") {
        let folders = folders();
        if !folders.is_empty() {
            let judgement = judge_paths(&rules, &folders, 2);
            if wanted("documents") {
                tell(&rules, &judgement);
                faults.extend(self::faults(&judgement));
            }
            if wanted("noise") {
                noise::tell(&rules, &judgement);
            }
        }
    }
    if wanted("agreement") {
        faults.extend(agreement::faults(&rules));
    }
    for fault in &faults {
        eprintln!("FAILED {fault}");
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The corpora that are at hand.
fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for name in FOLDERS {
        match shared(name) {
            Some(folder) => folders.push(folder),
            None => println!(
                "skipped: {name} is not at hand (LEASTWISE_SHARED names the folder above it)"
            ),
        }
    }
    folders
}

fn tell(rules: &Ruleset, judgement: &Judgement) {
    let coverage = &judgement.coverage;
    println!(
        "{} documents, {} bytes, {} assets, {} bindings, {:?}",
        judgement.documents.len(),
        coverage.bytes,
        coverage.assets,
        coverage.bindings,
        coverage.elapsed
    );
    println!("{:?}", coverage.outcomes);
    let dialects = coverage.documents.iter();
    counts(
        "documents by dialect",
        dialects.map(|(dialect, count)| (dialect.slug().to_owned(), *count)),
        usize::MAX,
    );
    counts(
        "gaps by reason",
        judgement
            .gaps
            .iter()
            .map(|gap| (gap.reason.slug().to_owned(), 1)),
        usize::MAX,
    );
    counts(
        "foreign documents by reason",
        coverage
            .foreign
            .iter()
            .map(|(_, reason)| (reason.clone(), 1)),
        20,
    );
    counts(
        "findings by rule",
        judgement
            .findings
            .iter()
            .map(|finding| (rule_id(rules, finding).to_owned(), 1)),
        usize::MAX,
    );
    println!("\nincomplete");
    for gap in judgement
        .gaps
        .iter()
        .filter(|gap| gap.reason.is_incomplete())
    {
        let document = gap
            .document
            .and_then(|id| judgement.documents.get(id.0 as usize));
        let path = document.map(|document| document.path.display().to_string());
        println!(
            "  {}: {:?}: {}",
            gap.reason.slug(),
            path.unwrap_or_default(),
            gap.message
        );
    }
    println!("\nforeign, but with words of policies in it");
    for (path, reason) in &coverage.foreign {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if let Some(word) = SUSPICIOUS.iter().find(|word| text.contains(**word)) {
            println!("  {path}: {reason} ({word})");
        }
    }
}

/// Prints what is frequent first.
fn counts(title: &str, entries: impl Iterator<Item = (String, u64)>, most: usize) {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in entries {
        *sums.entry(name).or_default() += count;
    }
    let mut sums: Vec<(String, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    println!(
        "\n{title}: {}",
        sums.iter().map(|(_, count)| count).sum::<u64>()
    );
    for (name, count) in sums.iter().take(most) {
        println!("{count:>8}  {name}");
    }
}

/// Documents about which nothing is said at all, and documents (or lines of NDJSON) that are called invalid and
/// are valid JSON.
fn faults(judgement: &Judgement) -> Vec<String> {
    let foreign: BTreeSet<&str> = judgement
        .coverage
        .foreign
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    let gaps: BTreeSet<DocumentId> = judgement
        .gaps
        .iter()
        .filter_map(|gap| gap.document)
        .collect();
    let mut faults = Vec::new();
    for (index, document) in (0..).zip(&judgement.documents) {
        let path = document.path.display().to_string();
        let told = document.dialect.is_some()
            || foreign.contains(path.as_str())
            || gaps.contains(&DocumentId(index));
        // The answer to a question about nothing, or a list of nothing, needs no words.
        if !told && !is_empty_answer(&document.path) {
            faults.push(format!("{path}: nothing is said about it"));
        }
    }
    faults.extend(called_invalid(judgement));
    faults
}

/// `{}`, `[]`, or an object whose lists are all empty; in an envelope or not.
fn is_empty_answer(path: &Path) -> bool {
    let text = std::fs::read(path).unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice::<Value>(&text) else {
        return false;
    };
    if value.get("headers").is_some()
        && let Some(body) = value.get_mut("body")
    {
        value = body.take();
    }
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| name == "kind" || value.as_array().is_some_and(Vec::is_empty)),
        _ => false,
    }
}

fn called_invalid(judgement: &Judgement) -> Vec<String> {
    let invalid = judgement
        .gaps
        .iter()
        .filter(|gap| gap.reason == GapReason::Invalid);
    invalid
        .filter_map(|gap| {
            let document = judgement.documents.get(gap.document?.0 as usize)?;
            let line = gap.location.map_or(1, |place| place.line);
            let valid = is_json(&document.path, line);
            valid.then(|| format!("{}:{line}: {}", document.path.display(), gap.message))
        })
        .collect()
}

fn is_json(path: &Path, line: u32) -> bool {
    let Ok(text) = std::fs::read_to_string(path) else {
        return false;
    };
    let parses = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    let is_ndjson = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(parses);
    let own = text.lines().nth(line.saturating_sub(1) as usize);
    parses(&text) || (is_ndjson && own.is_some_and(parses))
}
