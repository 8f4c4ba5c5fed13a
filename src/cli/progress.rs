//! How far a run has come, shown to people who wait.

use super::arguments::TalkArguments;
use super::output::Target;
use crate::settings;
use crate::sources::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How often the display moves.
const STEP: Duration = Duration::from_millis(100);

/// Runs `work`, and shows how far it has come if somebody is there to see it. `total` is the number of bytes to read,
/// where it is known.
pub(super) fn shown<T>(
    talk: &TalkArguments,
    targets: &[Target],
    total: Option<u64>,
    work: impl FnOnce(&Progress) -> T,
) -> T {
    let progress = Progress::default();
    if !wanted(talk, targets) {
        return work(&progress);
    }
    moving(
        &bar(total),
        |bar| update(bar, &progress),
        || work(&progress),
    )
}

/// Runs `work`, the reading of a scan, and shows how far it has come if somebody is there to see it.
#[cfg(feature = "live")]
pub(super) fn counted<T>(
    talk: &TalkArguments,
    targets: &[Target],
    progress: &crate::sources::live::scan::Progress,
    requests: &(dyn Fn() -> u64 + Sync),
    work: impl FnOnce() -> T,
) -> T {
    if !wanted(talk, targets) {
        return work();
    }
    let style = ProgressStyle::with_template("{bar:24} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let update = |bar: &ProgressBar| {
        let (done, units) = (
            progress.done.load(Ordering::Relaxed),
            progress.units.load(Ordering::Relaxed),
        );
        bar.set_length(units);
        bar.set_position(done);
        let requests = requests();
        bar.set_message(format!("{done}/{units} nodes · {requests} requests"));
        bar.tick();
    };
    moving(&bar.with_style(style), update, work)
}

/// Whether somebody is there to see it, and wants to.
fn wanted(talk: &TalkArguments, targets: &[Target]) -> bool {
    settings::progress(
        settings::Progress {
            stderr_is_terminal: io::stderr().is_terminal(),
            quiet: talk.quiet > 0,
            no_progress: talk.no_progress,
            human_format: targets
                .iter()
                .all(|target| target.file.is_some() || target.format.is_for_people()),
        },
        &super::env,
    )
}

/// Runs `work`, and meanwhile moves `bar`.
fn moving<T>(
    bar: &ProgressBar,
    update: impl Fn(&ProgressBar) + Sync,
    work: impl FnOnce() -> T,
) -> T {
    let (done, waiting) = mpsc::channel::<()>();
    let update = &update;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Ends when `done` is dropped, be it by a panic.
            while let Err(RecvTimeoutError::Timeout) = waiting.recv_timeout(STEP) {
                update(bar);
            }
            bar.finish_and_clear();
        });
        let _done = done;
        work()
    })
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{bar:24} {bytes}/{total_bytes} · {msg} · {bytes_per_sec}",
        None => "{spinner} {bytes} · {msg} · {bytes_per_sec}",
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.progress_chars("━╸ ").tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ");
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style)
}

fn update(bar: &ProgressBar, progress: &Progress) {
    let (bytes, documents) = (
        progress.bytes.load(Ordering::Relaxed),
        progress.documents.load(Ordering::Relaxed),
    );
    // Roles and the hierarchy are read first, for which nothing is counted.
    bar.set_message(match documents {
        0 => "looking around".to_owned(),
        1 => "1 document".to_owned(),
        several => format!("{several} documents"),
    });
    bar.set_position(bytes);
    bar.tick();
}
