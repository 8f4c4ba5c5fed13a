//! Runs a whole process and measures it from outside: wall time, processor time, peak memory.

use anyhow::{Context, Result};
use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a process took.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// From before it was started until it was waited for.
    pub(crate) wall: Duration,
    /// User and system time together, in steps of 10 ms; `None` where `/proc` does not say.
    pub(crate) processor: Option<Duration>,
    /// The most memory it held at once (`VmHWM`), in KiB; `None` where `/proc` does not say.
    pub(crate) peak_kib: Option<u64>,
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// What it printed.
    pub(crate) stdout: String,
    /// The end of what it complained about.
    pub(crate) stderr: String,
}

/// Runs `command` to its end.
///
/// # Errors
///
/// When it cannot be started or its output cannot be read.
pub(crate) fn run(command: &mut Command) -> Result<Run> {
    let mut complaints = tempfile::tempfile()?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(complaints.try_clone()?);
    let before = children_ticks();
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
    let id = child.id();
    let ended = AtomicBool::new(false);
    let peak = AtomicU64::new(0);
    let mut stdout = String::new();
    let (status, wall) = std::thread::scope(|scope| {
        // The high-water mark only grows, so the last look before the end is the answer but for the last few milliseconds.
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                if let Some(kib) = high_water(id) {
                    peak.fetch_max(kib, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(4));
            }
        });
        let read = child
            .stdout
            .take()
            .map(|mut out| out.read_to_string(&mut stdout));
        let status = child.wait();
        let wall = start.elapsed();
        ended.store(true, Ordering::Relaxed);
        read.transpose()?;
        Ok::<_, std::io::Error>((status?, wall))
    })?;
    let processor = match (before, children_ticks()) {
        (Some(before), Some(after)) => Some(Duration::from_millis((after - before) * 10)),
        _ => None,
    };
    let mut stderr = String::new();
    std::io::Seek::rewind(&mut complaints)?;
    complaints.take(16_384).read_to_string(&mut stderr)?;
    Ok(Run {
        wall,
        processor,
        peak_kib: match peak.into_inner() {
            0 => None,
            kib => Some(kib),
        },
        status,
        stdout,
        stderr,
    })
}

/// `VmHWM` of a running process, see proc_pid_status(5).
fn high_water(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// User and system time of all children that were waited for, in hundredths of a second:
/// fields 16 and 17 of proc_pid_stat(5), which Linux counts in units of 1/100 s for every program.
fn children_ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}
