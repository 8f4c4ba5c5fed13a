//! `leastwise scan`: reads policy from Google Cloud and judges it exactly as `lint` judges an export.

mod arguments;
mod listing;
mod preflight;
mod read;
mod words;

use super::Failure;
use super::arguments::threads;
use super::live::LiveArguments;
use super::reads::ReadArguments;
use super::run::Inputs;
use super::shard::ShardArguments;
use super::sinks::{Deliveries, SinkArguments, Sinks};
use super::verdict::{Judging, JudgingArguments};
use crate::settings::Exit;
use arguments::{ReadingArguments, ScopeArguments};
use clap::Args;
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
    sinks: SinkArguments,

    #[command(flatten)]
    judging: JudgingArguments,
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

impl Scan {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let judging = self.judging.prepare()?;
        let sinks = self
            .sinks
            .check(self.live.offline)
            .map_err(Failure::usage)?;
        let session = read::Session::open(&self, &judging)?;
        if self.reading.list_scope {
            return listing::run(&self, session);
        }
        if self.reading.preflight {
            return preflight::run(&self, session);
        }
        self.judge(judging, &sinks, session)
    }

    /// Reads, and judges what was read.
    fn judge(
        &self,
        mut judging: Judging<'_>,
        sinks: &Sinks,
        session: read::Session,
    ) -> Result<Exit, Failure> {
        let scope = session.scope_words();
        let client = session.client();
        judging.remember(true, || scope.join(", "))?;
        let (saved, runtime) = session.read(self, &judging)?;
        let mut inputs = Inputs::list(std::slice::from_ref(&saved.path))?;
        let mut judgement = judging.judge(&mut inputs, threads(None))?;
        judgement.coverage.scope = scope;
        if self.reading.save.is_none() {
            // The folder of a temporary file means nothing to anybody.
            for document in &mut judgement.documents {
                document.path = document
                    .path
                    .file_name()
                    .map_or_else(PathBuf::new, PathBuf::from);
            }
        }
        let told = judging.tell(&inputs, &mut judgement, |report, verbose| {
            let deliveries = Deliveries {
                sinks,
                client: &client,
                runtime: &runtime,
            };
            deliveries.send(report, verbose)
        })?;
        drop(runtime);
        told.exit()
    }
}
