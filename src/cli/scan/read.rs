//! The reading: from flags to a snapshot.

use super::arguments::{nothing_named, reach};
use super::{Scan, words};
use crate::cli::live::failed;
use crate::cli::reads::{ReadArguments, Reads, Via, reads};
use crate::cli::verdict::Judging;
use crate::cli::{Failure, output, progress};
use crate::sources::live::calls;
use crate::sources::live::client::{Client, Stop};
use crate::sources::live::credentials::Tokens;
use crate::sources::live::scan::hierarchy::Hierarchy;
use crate::sources::live::scan::plan::Plan;
use crate::sources::live::scan::run::HIERARCHY;
use crate::sources::live::scan::scope::Scope;
use crate::sources::live::scan::{self, Summary};
use crate::sources::live::storage::Storage;
use crate::sources::snapshot::{Block, CALLS, Header, Saved, SnapshotError, Writer};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Runtime;

/// Everything that is needed to ask.
pub(super) struct Session {
    pub(super) runtime: Runtime,
    pub(super) scan: scan::Scan,
    pub(super) reads: Reads,
    scope: Scope,
    client: Client,
    /// Whether something is read that a cancelled scan could keep.
    reading: Arc<AtomicBool>,
}

impl Session {
    /// Understands the scope, finds the credentials, and makes no request for the scan yet.
    pub(super) fn open(arguments: &Scan, judging: &Judging<'_>) -> Result<Session, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let inside = runtime.enter();
        let (client, tokens) = arguments.live.open()?;
        drop(inside);
        if client.options().offline {
            return Err(Failure::usage(
                "`scan` asks Google's APIs, which `--offline` forbids; `lint` judges what `scan --save` left",
            ));
        }
        let talk = &arguments.judging.report.talk;
        let scope = runtime.block_on(scope(arguments, &tokens))?;
        let reads = reads(
            &judging.ruleset.rules,
            reach(&scope),
            &api_reads(&arguments.read),
        )?;
        words::of_reads(&reads, talk);
        let reading = Arc::new(AtomicBool::new(false));
        runtime.spawn(obey_signals(client.stop(), Arc::clone(&reading)));
        let identity = runtime.block_on(tokens.identity()).map_err(failed)?;
        words::of_identity(&identity, talk);
        let transport = arguments.reading.storage_transport.into();
        let storage = runtime.block_on(Storage::new(transport, &client));
        let storage = storage.map_err(failed)?;
        let scan = scan::Scan::new(
            client.clone(),
            storage,
            plan(&reads),
            scope.clone(),
            scan::Settings {
                via: arguments.read.via.into(),
                width: usize::from(arguments.reading.concurrency),
            },
        );
        Ok(Session {
            runtime,
            scan,
            reads,
            scope,
            client,
            reading,
        })
    }

    /// What asks, for what comes after the reading.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Requests sent so far, retries included.
    fn requests(&self) -> u64 {
        self.client.requests()
    }

    /// What the scope is, and tells what of it is left out.
    pub(super) fn hierarchy(&self, arguments: &Scan) -> Hierarchy {
        let hierarchy = self.runtime.block_on(self.scan.hierarchy());
        words::of_hierarchy(&hierarchy, &arguments.judging.report.talk);
        hierarchy
    }

    /// Reads everything into a snapshot. The runtime comes back with it: until it is dropped, Ctrl-C ends the run.
    pub(super) fn read(
        self,
        arguments: &Scan,
        judging: &Judging<'_>,
    ) -> Result<(Saved, Runtime), Failure> {
        let shard = arguments.shard.shard()?;
        let header = Header::new(self.header_words(arguments), judging.now, shard);
        let reading = &arguments.reading;
        let save = reading.save.as_deref().map(|path| match shard {
            Some(shard) => shard.in_path(path),
            None => path.to_path_buf(),
        });
        let mut writer = match &save {
            None => Writer::temporary(&header),
            Some(path) if reading.resume => Writer::resume(path, &header),
            Some(path) => Writer::create(path, &header),
        }
        .map_err(unsaved)?;
        self.reading.store(true, Ordering::SeqCst);
        let hierarchy = self.hierarchy(arguments);
        if hierarchy.nodes.is_empty() && arguments.judging.verdict.allow_incomplete {
            return Err(nothing_read(&hierarchy));
        }
        let scanned =
            |unit: &str| unit == HIERARCHY || hierarchy.nodes.iter().any(|node| node.unit == unit);
        if hierarchy.missing.is_empty() {
            writer.retain(scanned);
        }
        let done = writer.done().clone();
        words::of_resumed(&writer, &arguments.judging.report.talk);
        let wanted = |unit: &str| {
            let whole = done.contains(unit) && unit != HIERARCHY;
            !whole && shard.is_none_or(|shard| shard.takes(unit))
        };
        let talk = &arguments.judging.report.talk;
        let summary = progress::counted(
            talk,
            &judging.targets,
            &self.scan.progress(),
            &|| self.requests(),
            || {
                let append = |block: Block| writer.append(&block);
                self.runtime
                    .block_on(self.scan.read(&hierarchy, wanted, append))
            },
        );
        let summary = match summary {
            Ok(summary) => summary,
            Err(error) => return Err(unsaved(error)),
        };
        self.reading.store(false, Ordering::SeqCst);
        let saved = writer.finish().map_err(unsaved)?;
        self.tell(&summary, &saved, save.as_ref(), talk);
        Ok((saved, self.runtime))
    }

    fn tell(
        &self,
        summary: &Summary,
        saved: &Saved,
        save: Option<&PathBuf>,
        talk: &crate::cli::arguments::TalkArguments,
    ) {
        words::of_summary(summary, talk);
        if talk.quiet == 0 {
            let requests = self.requests();
            let place = save.map_or_else(String::new, |path| {
                format!(", saved in `{}`", path.display())
            });
            output::note(&format!(
                "{} assets of {} by {requests} requests{place}",
                saved.assets,
                words::counted(saved.units.saturating_sub(1), "node", "nodes"),
            ));
        }
    }

    /// What is scanned, as the header and the history call it.
    pub(super) fn scope_words(&self) -> Vec<String> {
        let scope = &self.scope;
        let mut words = scope.nodes.clone();
        words.extend(scope.projects.iter().map(|one| format!("projects/{one}")));
        words.extend(scope.excluded.iter().map(|one| format!("!projects/{one}")));
        words.sort();
        words
    }

    /// What decides what is read, beside the scope the calls that are made: two scans that agree in it are one.
    fn header_words(&self, arguments: &Scan) -> Vec<String> {
        let mut words = self.scope_words();
        let mut digest = Sha256::new();
        let plan = self.scan.plan();
        for call in plan.calls() {
            digest.update(call.id);
            digest.update([0]);
        }
        for constraint in plan.constraints() {
            digest.update(constraint);
            digest.update([0]);
        }
        digest.update(format!("{:?}", arguments.read.via));
        let digest = digest.finalize();
        let short: String = digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        words.push(format!("{CALLS}{short}"));
        words
    }
}

/// The scope that is named, or the default project.
async fn scope(arguments: &Scan, tokens: &Tokens) -> Result<Scope, Failure> {
    let mut scope = arguments.scope.scope();
    if !arguments.scope.is_empty() {
        return Ok(scope);
    }
    let Some((project, place)) = tokens.default_project().await else {
        return Err(nothing_named());
    };
    let chosen = project
        .parse()
        .map_err(|error| Failure::usage(format!("the project of {place}: {error}")))?;
    scope.projects.push(chosen);
    if arguments.judging.report.talk.quiet == 0 {
        output::note(&format!("scans {project}, the project of {place}"));
    }
    Ok(scope)
}

/// What the services are asked: what the inventory brings instead is found out when it answers.
fn api_reads(how: &ReadArguments) -> ReadArguments {
    ReadArguments {
        with: how.with.clone(),
        skip: how.skip.clone(),
        via: match how.via {
            Via::AssetInventory => Via::Auto,
            other => other,
        },
    }
}

/// The calls that the rules need and the user does not leave out.
fn plan(reads: &Reads) -> Plan {
    let calls = reads.calls.iter().map(|read| read.call).collect();
    let left_out = reads.left.iter().filter_map(|left| calls::find(left.what));
    let constraints = reads.constraints.iter().cloned().collect();
    Plan::new(calls, constraints, left_out.collect())
        .with_inventoried(reads.only_inventoried.clone())
}

/// The first Ctrl-C, or SIGTERM, ends the reading, so that what is known is judged and kept; the second ends the run,
/// and so does the first when nothing is being read.
async fn obey_signals(stop: Stop, reading: Arc<AtomicBool>) {
    loop {
        if told_to_stop().await.is_err() {
            return;
        }
        if !reading.load(Ordering::SeqCst) || stop.is_stopped() {
            // 128 and the number of SIGINT, as shells say it. What was appended to a saved snapshot is on disk.
            #[allow(clippy::exit)]
            std::process::exit(130);
        }
        output::warn("cancelled: what is known is judged; once more ends at once");
        stop.stop();
    }
}

#[cfg(unix)]
async fn told_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn unsaved(error: SnapshotError) -> Failure {
    match error {
        SnapshotError::System { .. } => Failure::Internal(error.into()),
        other => Failure::usage(other.to_string()),
    }
}

/// Nothing of the scope could be found: there is no result that could be called incomplete.
pub(super) fn nothing_read(hierarchy: &Hierarchy) -> Failure {
    let reasons: Vec<&str> = hierarchy
        .missing
        .iter()
        .map(|missing| missing.message.as_str())
        .collect();
    Failure::Internal(anyhow::anyhow!(
        "nothing could be read: {}",
        match reasons.as_slice() {
            [] => "no project of the scope is left".to_owned(),
            some => some.join("; "),
        }
    ))
}
