//! `leastwise scan`: reads policy from Google Cloud and judges it exactly as `lint` judges an export.

mod arguments;
mod listing;
mod preflight;
mod read;
mod words;

use super::arguments::{
    BenchmarkArguments, ConfigArguments, ReportArguments, RuleArguments, TimeArguments,
    VerdictArguments,
};
use super::catalog::CatalogArguments;
use super::live::LiveArguments;
use super::output::{self, Target};
use super::reads::ReadArguments;
use super::run::{Inputs, judge_paths};
use super::shard::ShardArguments;
use super::verdict::Run;
use super::{Failure, progress};
use crate::finding::{Persona, Severity};
use crate::rules::Ruleset;
use crate::settings::{Exit, Settings};
use arguments::{ReadingArguments, ScopeArguments};
use clap::Args;
use jiff::Timestamp;
use std::path::PathBuf;

/// Judge policy that is read from Google Cloud.
///
/// Reads the settings and policies of projects, folders or a whole organisation over Google's APIs, only those that
/// the rules ask about, and judges them exactly as `lint` judges an export. Nothing is changed. What could not be read
/// is told, and the exit code says so.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Scan {
    #[command(flatten)]
    scope: ScopeArguments,

    #[command(flatten)]
    reading: ReadingArguments,

    #[command(flatten)]
    read: ReadArguments,

    #[command(flatten)]
    shard: ShardArguments,

    #[command(flatten)]
    live: LiveArguments,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    benchmark: BenchmarkArguments,

    #[command(flatten)]
    report: ReportArguments,

    #[command(flatten)]
    verdict: VerdictArguments,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    time: TimeArguments,
}

const EXAMPLES: &str = "\
Examples:
  leastwise scan --project acme-ml
  leastwise scan --organization 770043110021 --exclude-project 'acme-sandbox-*' --save acme.ndjson
  leastwise scan --organization 770043110021 --save acme.ndjson --resume
  leastwise scan --folder 551900287731 --list-scope
  leastwise scan --folder 551900287731 --preflight
  leastwise scan --project acme-ml --storage-transport rest --skip 'aiplatform.*'

Exit codes:
  0  nothing at or above --fail-on          1  findings
  2  wrong usage, configuration or rule     3  something asked for could not be read or judged
  4  the tool failed                        130  cancelled twice

Ctrl-C ends the reading: what is known is judged and, with --save, kept, and --resume goes on from there.
Every flag can be given as a variable, too: LEASTWISE_PROJECT=acme-ml is --project acme-ml.";

/// What a run of the command is about, when its flags are understood.
struct Task {
    targets: Vec<Target>,
    settings: Settings,
    ruleset: Ruleset,
    now: Timestamp,
}

impl Scan {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let targets = output::targets(&self.report)?;
        let loaded = self.config.load()?;
        let now = self.time.now()?;
        let mut settings = Settings::new(&loaded, &self.verdict.overrides(), now)?;
        let ruleset = match self.benchmark.benchmark() {
            Some(benchmark) => {
                // What fails a recommendation is told, whoever asks.
                settings.persona = Persona::Auditor;
                settings.min_severity = Severity::Info;
                self.rules.load_for(benchmark, &settings)?
            }
            None => self.rules.load(&loaded, &settings)?,
        };
        let task = Task {
            targets,
            settings,
            ruleset,
            now,
        };
        let session = read::Session::open(&self, &task)?;
        if self.reading.list_scope {
            return listing::run(&self, session);
        }
        if self.reading.preflight {
            return preflight::run(&self, session);
        }
        self.judge(task, session)
    }

    /// Reads, and judges what was read.
    fn judge(&self, task: Task, session: read::Session) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let (saved, runtime) = session.read(self, &task)?;
        let path: PathBuf = saved.path.clone();
        let mut inputs = Inputs::list(std::slice::from_ref(&path))?;
        inputs.for_people = task
            .targets
            .iter()
            .any(|target| target.format.names_for_people());
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let talk = &self.report.talk;
        let mut judgement = progress::shown(talk, &task.targets, inputs.size(), |progress| {
            judge_paths(
                &inputs,
                &task.settings,
                &task.ruleset,
                opened.catalog(),
                task.now,
                threads,
                progress,
            )
        })?;
        if self.reading.save.is_none() {
            // The folder of a temporary file means nothing to anybody.
            for document in &mut judgement.documents {
                document.path = document
                    .path
                    .file_name()
                    .map_or_else(PathBuf::new, PathBuf::from);
            }
        }
        let run = Run {
            targets: &task.targets,
            settings: &task.settings,
            ruleset: &task.ruleset,
            catalog: &opened,
            now: task.now,
            excerpts: &inputs.lines(),
            report: &self.report,
            verdict: &self.verdict,
            benchmark: self.benchmark.benchmark(),
        };
        let told = run.tell(&mut judgement)?;
        drop(runtime);
        told.exit()
    }
}
