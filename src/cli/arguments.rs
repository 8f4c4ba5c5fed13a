//! The flags that commands share, in groups.

use super::output::Targets;
use super::{Failure, env};
use crate::finding::{Persona, Severity};
use crate::rules::benchmark::{self, Benchmark};
use crate::settings::{Config, Loaded, Overrides};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{ArgAction, Args, ValueEnum, ValueHint};
use jiff::Timestamp;
use std::path::PathBuf;

/// What is judged.
#[derive(Debug, Args)]
pub(super) struct InputArguments {
    /// Files and folders to judge; `-` is standard input.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Whose a bare policy is that does not say it itself, e.g. `projects/acme-ml` or `gs://acme-models`.
    #[arg(long, value_name = "NAME")]
    pub(super) resource: Option<String>,

    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) threads: Option<u16>,
}

impl InputArguments {
    /// The paths as they were given.
    pub(super) fn named(&self) -> Vec<String> {
        let named = self.paths.iter();
        named.map(|path| path.display().to_string()).collect()
    }

    /// Worker threads.
    pub(super) fn threads(&self) -> usize {
        threads(self.threads)
    }
}

/// Worker threads: as asked, else one per core as far as the system says.
pub(super) fn threads(asked: Option<u16>) -> usize {
    match asked {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(2, usize::from),
    }
}

/// Which rules run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArguments {
    /// A folder (or file) with your own rules, beside the built-in ones, e.g. `house-rules/`. May be given
    /// several times.
    #[arg(long = "rules", value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub(super) folders: Vec<PathBuf>,

    /// Only your own rules.
    #[arg(long)]
    pub(super) no_builtin_rules: bool,

    /// Only these rules: ids, globs or tags, e.g. `gcs-*,tag:ai-data`.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) select: Vec<String>,

    /// All rules but these, e.g. `gcs-versioning-disabled`.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
}

/// Whose recommendations are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct BenchmarkArguments {
    /// Judge a benchmark: its rules and no others, whatever the persona, and what they mean for each
    /// recommendation. `cis-gcp-2.0`, `cis-gcp-3.0`, `cis-gcp-4.0` or `cis-gcp-5.0`.
    #[arg(long, value_name = "NAME", value_parser = benchmarks(), hide_possible_values = true)]
    #[arg(conflicts_with_all = ["select", "ignore"])]
    benchmark: Option<String>,
}

impl BenchmarkArguments {
    /// The benchmark that was asked for.
    pub(super) fn benchmark(&self) -> Option<&'static Benchmark> {
        self.benchmark.as_deref().and_then(benchmark::benchmark)
    }
}

fn benchmarks() -> PossibleValuesParser {
    let known = benchmark::benchmarks().iter();
    PossibleValuesParser::new(known.map(|one| PossibleValue::new(&*one.id).help(&*one.title)))
}

/// What the run goes by.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArguments {
    /// The configuration file, instead of looking for `.leastwise.toml` [env: LEASTWISE_CONFIG].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// No configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

impl ConfigArguments {
    /// Finds and reads the configuration.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        let cwd = std::env::current_dir()
            .map_err(|error| Failure::usage(format!("the current folder is gone: {error}")))?;
        let loaded = Config::discover(self.config.as_deref(), self.no_config, &cwd, &env)?;
        Ok(loaded)
    }
}

/// The moment by which ages and expiries are judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct TimeArguments {
    /// The moment to judge by, e.g. `2026-12-31` or `2026-12-31T08:00:00Z` [default: now, or SOURCE_DATE_EPOCH].
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,
}

impl TimeArguments {
    /// The moment.
    pub(super) fn now(&self) -> Result<Timestamp, Failure> {
        let now = crate::settings::now(self.now.as_deref(), &env, Timestamp::now())?;
        Ok(now)
    }
}

/// How the result is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportArguments {
    /// `table`, `text`, `json`, `ndjson`, `sarif`, `github`, `markdown`, `csv`, `junit`, `prometheus` or `bigquery`;
    /// into a file with `=FILE`, e.g. `--format table --format sarif=out.sarif` [default: table].
    #[arg(
        long = "format",
        value_name = "FORMAT[=FILE]",
        hide_possible_values = true
    )]
    pub(super) formats: Vec<Targets>,

    /// Where the one format goes instead of standard output; `--format json --output r.json` is
    /// `--format json=r.json`.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,

    /// Every finding of a group, not the first few.
    #[arg(long)]
    pub(super) all: bool,

    #[command(flatten)]
    pub(super) talk: TalkArguments,
}

/// How a command that answers a question tells the answer.
#[derive(Debug, Args)]
pub(super) struct AnswerArguments {
    /// `table` or `json`.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "table",
        hide_possible_values = true
    )]
    pub(super) format: AnswerFormat,
}

/// What reads the answer: people, or programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    Table,
    Json,
}

/// How much is said besides results.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct TalkArguments {
    /// Name every document with what it was recognised as, every foreign file and every gap.
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,

    /// Findings only; twice: nothing but the exit code and the files asked for.
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) quiet: u8,

    /// No progress display.
    #[arg(long)]
    pub(super) no_progress: bool,
}

/// What is shown, and what makes the run fail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verdict")]
pub(super) struct VerdictArguments {
    /// The least severity that fails the run: info, low, medium, high or critical [default: low].
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Severity>,

    /// The least severity that is shown.
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    min_severity: Option<Severity>,

    /// Whom to speak to: `regular`, `pedantic` (tidiness too) or `auditor` (everything) [default: regular].
    #[arg(long, value_name = "PERSONA", value_parser = persona)]
    persona: Option<Persona>,

    /// Findings of this file are known and not told again, e.g. `leastwise-baseline.json`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,

    /// No baseline, whatever the configuration says.
    #[arg(long)]
    no_baseline: bool,

    /// Show what suppressions cover.
    #[arg(long)]
    no_ignores: bool,

    /// Findings do not fail the run.
    #[arg(long)]
    pub(super) exit_zero: bool,

    /// Warnings (unused or expired suppressions) fail the run.
    #[arg(long)]
    pub(super) strict: bool,

    /// What could not be read does not fail the run.
    #[arg(long)]
    pub(super) allow_incomplete: bool,

    /// Anything that could not be judged fails the run.
    #[arg(long)]
    pub(super) require_complete: bool,
}

impl VerdictArguments {
    /// What overrules the configuration.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            fail_on: self.fail_on,
            min_severity: self.min_severity,
            persona: self.persona,
            no_ignores: self.no_ignores,
            baseline: self.baseline.clone(),
            no_baseline: self.no_baseline,
        }
    }
}

/// Parses a word as serde knows it; serde's complaint lists what it would have taken.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_lowercase())).map_err(|error| {
        let text = error.to_string();
        text.split_once("expected")
            .map_or(text.clone(), |(_, known)| format!("use{known}"))
    })
}

/// A severity by its name.
pub(super) fn severity(text: &str) -> Result<Severity, String> {
    word(text)
}

/// A persona by its name.
pub(super) fn persona(text: &str) -> Result<Persona, String> {
    word(text)
}
