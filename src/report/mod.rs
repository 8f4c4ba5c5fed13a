//! A report becomes text. Pure: nothing is filtered here and no exit code is decided.
//!
//! One file per format, each with one `write`; [`render`] chooses among them. Everything that comes from
//! the input goes through [`escape`] for the medium at hand.

mod benchmark;
mod bigquery;
mod csv;
mod format;
mod github;
mod history;
mod json;
mod junit;
mod markdown;
mod ndjson;
mod news;
mod page;
mod paint;
mod prometheus;
mod sarif;
pub mod scc;
mod slack;
mod summary;
mod table;
mod text;
mod view;
mod webhook;
mod wire;
mod wire_benchmark;
mod words;

pub use crate::escape;
pub use bigquery::bigquery_schema;
pub use format::{Format, UnknownFormat, render};
pub use json::json_schema;
pub use page::{Example, rule_index, rule_page};
pub use slack::slack_message;
pub use webhook::webhook_message;

use crate::finding::Finding;
use crate::history::Changes;
use crate::model::{Dialect, Document, Excerpts, Gap};
use crate::rules::Rule;
use crate::rules::benchmark::Assessment;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything a run has to say.
pub struct Report<'a> {
    /// The tool's version.
    pub version: &'static str,
    /// When the run judged ("now" for ages and expiries).
    pub now: jiff::Timestamp,
    /// What it rests on that roles carry this or that.
    pub catalog: CatalogDate<'a>,
    /// The rules of the run, indexed by [`crate::finding::RuleId`].
    pub rules: &'a [Rule],
    /// The documents, indexed by [`crate::model::DocumentId`].
    pub documents: &'a [Document],
    /// What is reported, in the order of [`Finding::compare`].
    pub findings: Vec<Finding>,
    /// What a suppression of the configuration covers, with its reason.
    pub suppressed: Vec<(Finding, String)>,
    /// Findings that the baseline already knew.
    pub baselined: Vec<Finding>,
    /// Findings that are not shown.
    pub hidden: Hidden,
    /// What could not be judged, in a fixed order.
    pub gaps: Vec<Gap>,
    /// What was judged.
    pub coverage: Coverage,
    /// What it means for a benchmark, if the run was about one.
    pub benchmark: Option<Assessment>,
    /// What the run means beside those before it, if somebody remembers.
    pub changes: Option<&'a Changes>,
    /// Things worth a line to the user: unused suppressions, expired ones, the state of the baseline.
    pub notices: Vec<String>,
    /// Gives lines of the documents for code frames.
    pub excerpts: &'a (dyn Excerpts + Sync),
}

/// Which catalogue of roles and permissions was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogDate<'a> {
    /// The day of the embedded one, as `2026-08-22`.
    pub embedded: &'a str,
    /// When what lies over it was imported.
    pub imported: Option<jiff::Timestamp>,
}

/// How many findings are not shown, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Beyond the persona.
    pub by_persona: u64,
    /// Of the others, those below `min-severity`.
    pub by_severity: u64,
}

/// What was judged, and how it came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// What was asked for, as the user named it: `organizations/770043110021`, or files and folders.
    pub scope: Vec<String>,
    /// Nothing that was asked for is missing: no gap is [`crate::model::GapReason::is_incomplete`].
    pub complete: bool,
    /// Assets judged.
    pub assets: u64,
    /// The same by asset type; types that no rule names are counted together, as `other`.
    pub types: BTreeMap<String, u64>,
    /// Bindings in allow policies judged.
    pub bindings: u64,
    /// (binding, member) pairs judged.
    pub grants: u64,
    /// Rules that ran.
    pub rules: u64,
    /// Outcomes over rule × asset.
    pub outcomes: Outcomes,
    /// Documents by dialect.
    pub documents: BTreeMap<Dialect, u64>,
    /// Files met while walking folders that are nothing we know, with the reason.
    pub foreign: Vec<(String, String)>,
    /// Bytes read.
    pub bytes: u64,
    /// Wall time of reading and judging. Shown to people, and to Prometheus; no other format for programs may differ by it.
    pub elapsed: Duration,
}

/// The four outcomes, counted over rule × asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// At least one finding.
    pub fail: u64,
    /// Judged, and nothing found.
    pub pass: u64,
    /// Could not be judged.
    pub unknown: u64,
    /// The rule's precondition does not hold for the asset.
    pub not_applicable: u64,
}

/// How a format is to be written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Colours and other terminal codes are allowed.
    pub color: bool,
    /// Columns of the terminal; `None` when there is none.
    pub width: Option<u16>,
    /// Every finding of a group, not the first few.
    pub all: bool,
    /// Name every foreign file and every gap.
    pub verbose: bool,
    /// Findings only, no summary.
    pub quiet: bool,
}
