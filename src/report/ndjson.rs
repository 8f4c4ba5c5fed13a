//! One JSON object a line, for pipes and for loading into a table: findings, suppressed findings, gaps,
//! and at the end the run with its coverage. Each has a `type`.

use super::json::Visible;
use super::wire::{VERSION, WireFinding, WireGap, WireRun, WireSuppressed};
use super::{Report, Style};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(WireFinding<'a>),
    Suppressed(WireSuppressed<'a>),
    Gap(WireGap<'a>),
    Coverage {
        version: &'static str,
        #[serde(flatten)]
        run: WireRun<'a>,
    },
}

/// Writes the report line by line. A reader that has seen the line `coverage` has seen everything.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.findings.iter();
    let suppressed = report.suppressed.iter();
    let gaps = report.gaps.iter();
    let lines = findings
        .map(|finding| Line::Finding(WireFinding::new(report, finding)))
        .chain(suppressed.map(|pair| Line::Suppressed(WireSuppressed::new(report, pair))))
        .chain(gaps.map(|gap| Line::Gap(WireGap::new(report, gap))))
        .chain(std::iter::once_with(|| Line::Coverage {
            version: VERSION,
            run: WireRun::new(report),
        }));
    for line in lines {
        serde_json::to_writer(Visible(&mut *out), &line)?;
        writeln!(out)?;
    }
    Ok(())
}
