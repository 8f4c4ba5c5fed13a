//! What the data-driven tests share: where things lie, and the flow of `lint` in process.
#![allow(dead_code, unreachable_pub)] // every test binary uses its part

pub mod place;

use jiff::Timestamp;
use leastwise::catalog::Catalog;
use leastwise::cli::amend::Amendment;
use leastwise::cli::judge::{Judgement, Question, Refused, judge};
use leastwise::finding::Finding;
use leastwise::rules::{Organization, PrincipalLists, RuleOptions, Ruleset, builtin};
use leastwise::sources::{Input, Progress, Spooled, Walked, walk};
use std::path::{Path, PathBuf};

/// The moment at which every fixture is judged.
pub const NOW: &str = "2026-11-23T00:00:00Z";

/// The package's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of samples that lies beside the package, where it does.
pub fn shared(part: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LEASTWISE_SHARED")
        .map_or_else(|| root().join("../shared"), PathBuf::from)
        .join(part);
    folder.is_dir().then_some(folder)
}

/// The rules that come with the product, or what is wrong with them.
pub fn rules() -> Result<Ruleset, String> {
    Ruleset::load(&builtin()).map_err(|errors| {
        let frames: Vec<String> = errors.into_iter().map(|error| error.frame).collect();
        frames.join("\n\n")
    })
}

/// Judges files and folders as `lint` does without a configuration.
pub fn judge_paths(rules: &Ruleset, paths: &[PathBuf], threads: usize) -> Judgement {
    run(rules, &walk(paths), None, threads, None)
}

/// Judges files and folders with changes in place.
pub fn judge_amended(
    rules: &Ruleset,
    paths: &[PathBuf],
    amendment: Option<&Amendment>,
) -> Judgement {
    run(rules, &walk(paths), None, 1, amendment)
}

/// Judges bytes as `lint -` does.
pub fn judge_bytes(rules: &Ruleset, bytes: &[u8]) -> Judgement {
    let stdin = Spooled::stdin(bytes).expect("a slice can be read");
    let walked = Walked {
        inputs: vec![Input {
            path: "-".into(),
            named: true,
        }],
        ..Walked::default()
    };
    run(rules, &walked, Some(&stdin), 1, None)
}

fn run(
    rules: &Ruleset,
    walked: &Walked,
    spooled: Option<&Spooled>,
    threads: usize,
    amendment: Option<&Amendment>,
) -> Judgement {
    let judged = judge(&Question {
        walked,
        spooled,
        resource: None,
        by_path: &|_: &Path| None,
        rules,
        catalog: Catalog::embedded(),
        principals: &PrincipalLists::new(),
        organization: &Organization::default(),
        now: NOW.parse::<Timestamp>().expect("a moment"),
        threads,
        for_people: true,
        progress: &Progress::default(),
        amendment,
        watch: None,
    });
    match judged {
        Ok(mut judgement) => {
            judgement
                .findings
                .sort_by(|a, b| a.compare(b, |id| rule_id_at(rules, id.0)));
            judgement
        }
        Err(Refused::Rule(error)) => panic!("{}", error.frame),
        Err(Refused::System(error)) => panic!("{error}"),
    }
}

/// The id of the rule that found it.
pub fn rule_id<'r>(rules: &'r Ruleset, finding: &Finding) -> &'r str {
    rule_id_at(rules, finding.rule.0)
}

fn rule_id_at(rules: &Ruleset, index: u16) -> &str {
    rules.rules[usize::from(index)].id.as_str()
}

/// The names in a folder, sorted; empty where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// The rules, with what lies beside the examples of one of them told to it.
pub fn told(rules: &'static Ruleset, id: &str) -> &'static Ruleset {
    let path = root().join("fixtures/rules").join(id).join("options.toml");
    let Ok(text) = std::fs::read_to_string(path) else {
        return rules;
    };
    let keys = toml::from_str(&text).expect("options are TOML");
    let mut told = Ruleset::load(&builtin()).expect("they were loaded before");
    told.configure(&RuleOptions::from([(id.to_owned(), keys)]))
        .unwrap_or_else(|error| panic!("{id}: {}", error.message));
    Box::leak(Box::new(told))
}
