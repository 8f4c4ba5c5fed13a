//! Reads all inputs with a few threads and hands the results back in the order of the input.

use super::chunks::{self, Piece};
use super::dialects::Context;
use super::open::{Spooled, open};
use super::put_off::{Later, PutOff};
use super::walk::Input;
use super::{document, elements, lines};
use crate::model::{Consumer, Dialect, DocumentId, Gap, GapReason, Location, PlacedRecord};
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

/// What is to be read, and how.
pub struct Reading<'r> {
    /// The files, in order; a file's index is its [`DocumentId`].
    pub inputs: &'r [Input],
    /// Those of the files that can be read only once: standard input and pipes.
    pub spooled: Option<&'r Spooled>,
    /// Whose a bare policy is, as the user said with a flag.
    pub resource: Option<&'r str>,
    /// Whose a bare policy is by the path of its file.
    pub by_path: &'r (dyn Fn(&Path) -> Option<String> + Sync),
    /// Worker threads.
    pub threads: usize,
    /// Only lines in which one of these occurs; documents as a whole are read always.
    pub wanted: Option<&'r [&'static str]>,
    /// Only documents as a whole, which a first pass put off, and then these lines.
    pub rest: Option<&'r Rest>,
    /// Bytes read so far, for a progress display.
    pub progress: &'r Progress,
}

/// What a first pass put off.
#[derive(Debug, Default)]
pub struct Rest {
    /// Documents that are no streams of assets.
    pub documents: BTreeSet<DocumentId>,
    /// Lines of streams.
    pub lines: PutOff,
}

/// How far a reading has come.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes after decompression.
    pub bytes: AtomicU64,
    /// Documents begun.
    pub documents: AtomicU64,
}

/// What is told of a piece of a document besides what its consumer says.
#[derive(Debug, Default)]
pub struct Told {
    /// What it was recognised as.
    pub dialects: BTreeSet<Dialect>,
    /// Why it is nothing we know, if it is nothing we know.
    pub foreign: Option<String>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Assets handed out.
    pub assets: u64,
    /// What a snapshot says of itself.
    pub records: Vec<PlacedRecord>,
    /// It is a document as a whole.
    pub whole: bool,
    /// Lines to be offered again.
    pub later: Vec<Later>,
    /// The only asset of the value just translated depends on something that the rest of the input may still say.
    pub(super) waits: bool,
    pub(super) bad_lines: Vec<u32>,
}

impl Told {
    pub(super) fn gap(
        &mut self,
        document: DocumentId,
        place: Option<Location>,
        reason: GapReason,
        message: String,
    ) {
        self.gaps.push(Gap {
            reason,
            message,
            resource: None,
            document: Some(document),
            location: place,
            rules: Vec::new(),
            outcomes: 0,
        });
    }

    /// Whether more values follow the first one, rather than the text being broken.
    pub(super) fn values_follow(&self, text: &str, error: &serde_json::Error) -> bool {
        let mut stream =
            serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        let first = matches!(stream.next(), Some(Ok(_)));
        first
            && error.is_syntax()
            && text[stream.byte_offset()..]
                .trim_start()
                .starts_with(['{', '['])
    }
}

/// A finished piece of work.
pub struct Job<O> {
    /// The document.
    pub document: DocumentId,
    /// What is told of it.
    pub told: Told,
    /// What its consumer says.
    pub output: O,
}

struct Work {
    sequence: u64,
    document: DocumentId,
    piece: Task,
}

enum Task {
    Piece(Piece),
    Again(Vec<Later>),
}

/// A worker's stack: room for [`super::depth::DEEPEST`] levels, and for a short text that is nothing but
/// brackets.
const STACK: usize = 32 << 20;

/// Reads everything. `consumer` makes one consumer per thread; `absorb` gets the results in the order of the
/// input, on the calling thread. A panic of a consumer is passed on.
///
/// # Errors
/// When the system gives us no thread, so that nothing was read.
pub fn read<C: Consumer>(
    reading: &Reading<'_>,
    consumer: impl Fn() -> C + Sync,
    mut absorb: impl FnMut(Job<C::Output>),
) -> io::Result<()> {
    let (send, receive) = mpsc::sync_channel::<Work>(reading.threads * 2);
    // Shared by the workers alone: when the last one is gone, be it by a panic, the producer's channel closes.
    let receive = Arc::new(Mutex::new(receive));
    let (done, results) = mpsc::sync_channel::<(u64, Job<C::Output>)>(reading.threads * 4);
    std::thread::scope(|scope| {
        let mut refused = None;
        for started in 0..reading.threads.max(1) {
            let (receive, done, consumer) = (Arc::clone(&receive), done.clone(), &consumer);
            let worker = move || work(reading, &receive, &done, consumer);
            let builder = std::thread::Builder::new().stack_size(STACK);
            match builder.spawn_scoped(scope, worker) {
                Ok(_) => {}
                // Fewer threads are slower, none is a failure.
                Err(error) if started == 0 => refused = Some(error),
                Err(_) => break,
            }
            if refused.is_some() {
                break;
            }
        }
        drop((done, receive));
        if let Some(error) = refused {
            return Err(error);
        }
        scope.spawn(move || produce(reading, &send));
        let mut next = 0;
        let mut waiting = BTreeMap::new();
        for (sequence, job) in results {
            waiting.insert(sequence, job);
            while let Some(job) = waiting.remove(&next) {
                absorb(job);
                next += 1;
            }
        }
        Ok(())
    })
}

/// Opens every input and cuts it into work.
fn produce(reading: &Reading<'_>, send: &mpsc::SyncSender<Work>) {
    let mut sequence = 0;
    for (index, input) in reading.inputs.iter().enumerate() {
        let document = DocumentId(u32::try_from(index).unwrap_or(u32::MAX));
        if reading
            .rest
            .is_some_and(|rest| !rest.documents.contains(&document))
        {
            continue;
        }
        reading.progress.documents.fetch_add(1, Ordering::Relaxed);
        let mut hand_over = |piece: Piece| {
            let size = match &piece {
                Piece::Lines { bytes, .. } | Piece::Whole { bytes } => bytes.len() as u64,
                Piece::Elements(batch) => batch.bytes.len() as u64,
                Piece::Broken { .. } | Piece::TooLarge { .. } | Piece::Failed { .. } => 0,
            };
            reading.progress.bytes.fetch_add(size, Ordering::Relaxed);
            let piece = Task::Piece(piece);
            let sent = send
                .send(Work {
                    sequence,
                    document,
                    piece,
                })
                .is_ok();
            sequence += 1;
            sent
        };
        match open(&input.path, reading.spooled) {
            Ok(reader) => chunks::cut(reader, hand_over),
            Err(error) => {
                hand_over(Piece::Failed { error, line: 1 });
            }
        }
    }
    let Some(rest) = reading.rest else { return };
    let again = rest.lines.batches(|lines| {
        let document = lines
            .first()
            .map(|later| later.document)
            .unwrap_or_default();
        let sent = send
            .send(Work {
                sequence,
                document,
                piece: Task::Again(lines),
            })
            .is_ok();
        sequence += 1;
        sent
    });
    if let Err(error) = again {
        let piece = Task::Piece(Piece::Failed { error, line: 1 });
        // If nobody listens any more, the run has failed already.
        let _ = send.send(Work {
            sequence,
            document: DocumentId::default(),
            piece,
        });
    }
}

fn work<C: Consumer>(
    reading: &Reading<'_>,
    receive: &Mutex<mpsc::Receiver<Work>>,
    done: &mpsc::SyncSender<(u64, Job<C::Output>)>,
    consumer: &impl Fn() -> C,
) {
    let mut consumer = consumer();
    let needles: Option<Vec<Finder<'_>>> = reading.wanted.map(|wanted| {
        wanted
            .iter()
            .map(|needle| Finder::new(needle.as_bytes()))
            .collect()
    });
    loop {
        let next = match receive.lock() {
            Ok(receive) => receive.recv(),
            Err(_) => return,
        };
        let Ok(Work {
            sequence,
            document,
            piece,
        }) = next
        else {
            return;
        };
        let mut told = Told::default();
        let context = context(reading, document);
        let piece = match piece {
            Task::Piece(piece) => piece,
            Task::Again(lines) => {
                consumer.begin(false);
                lines::consume_again(&lines, &context, &mut consumer);
                let job = Job {
                    document,
                    told,
                    output: consumer.take(),
                };
                if done.send((sequence, job)).is_err() {
                    return;
                }
                continue;
            }
        };
        told.whole = matches!(
            piece,
            Piece::Whole { .. } | Piece::Elements(_) | Piece::Broken { .. }
        );
        consumer.begin(told.whole);
        match piece {
            Piece::Lines { bytes, first } => {
                let needles = needles.as_deref();
                lines::consume(
                    &bytes,
                    first,
                    document,
                    &context,
                    needles,
                    &mut consumer,
                    &mut told,
                );
            }
            Piece::Whole { bytes } => {
                document::consume(&bytes, document, &context, &mut consumer, &mut told);
            }
            Piece::Elements(batch) => {
                elements::consume(&batch, document, &context, &mut consumer, &mut told);
            }
            Piece::Broken {
                reason,
                place,
                message,
            } => told.gap(document, Some(place), reason, message),
            Piece::TooLarge { line } => {
                let message = format!(
                    "larger than {} MiB; export it as NDJSON, one asset a line",
                    chunks::LARGEST >> 20
                );
                told.gap(
                    document,
                    Some(Location { line, column: 1 }),
                    GapReason::TooLarge,
                    message,
                );
            }
            Piece::Failed { error, line } => {
                let place = (line > 1).then_some(Location { line, column: 1 });
                // The system's number of the error helps nobody.
                let error = error.to_string();
                let reason = error.split(" (os error").next().unwrap_or(&error);
                told.gap(
                    document,
                    place,
                    GapReason::Unreadable,
                    reason.to_lowercase(),
                );
            }
        }
        let job = Job {
            document,
            told,
            output: consumer.take(),
        };
        if done.send((sequence, job)).is_err() {
            return;
        }
    }
}

fn context(reading: &Reading<'_>, document: DocumentId) -> Context {
    let input = reading.inputs.get(document.0 as usize);
    let by_path = || input.and_then(|input| (reading.by_path)(&input.path));
    Context {
        resource: reading.resource.map(str::to_owned).or_else(by_path),
    }
}
