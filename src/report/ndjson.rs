//! One JSON object a line, for pipes and for loading into a table: findings, suppressed findings, what is
//! fixed since the last run, gaps, the recommendations of the benchmark that was asked for, and at the end the run with its coverage. Each has a `type`.

use super::history::WireFixed;
use super::wire::{VERSION, WireFinding, WireGap, WireRun, WireSuppressed};
use super::wire_benchmark::WireRecommendation;
use super::{Report, Style};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(WireFinding<'a>),
    Suppressed(WireSuppressed<'a>),
    Fixed(WireFixed<'a>),
    Gap(WireGap<'a>),
    Recommendation {
        benchmark: &'a str,
        #[serde(flatten)]
        recommendation: WireRecommendation<'a>,
    },
    Coverage {
        version: &'static str,
        #[serde(flatten)]
        run: WireRun<'a>,
    },
}

/// Writes the report line by line. A reader that has seen the line `coverage` has seen everything.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    in_parallel(&report.findings, out, |finding, text| {
        line(&Line::Finding(WireFinding::new(report, finding)), text)
    })?;
    let suppressed = report.suppressed.iter();
    let fixed = report.changes.into_iter().flat_map(WireFixed::all);
    let gaps = report.gaps.iter();
    let recommendations = report.benchmark.iter().flat_map(|assessment| {
        let recommendations = assessment.recommendations.iter();
        recommendations.map(|one| Line::Recommendation {
            benchmark: &assessment.benchmark.id,
            recommendation: WireRecommendation::new(one),
        })
    });
    let lines = suppressed
        .map(|pair| Line::Suppressed(WireSuppressed::new(report, pair)))
        .chain(fixed.map(Line::Fixed))
        .chain(gaps.map(|gap| Line::Gap(WireGap::new(report, gap))))
        .chain(recommendations)
        .chain(std::iter::once_with(|| Line::Coverage {
            version: VERSION,
            run: WireRun::new(report),
        }));
    let mut text = Vec::new();
    for one in lines {
        text.clear();
        line(&one, &mut text)?;
        out.write_all(&text)?;
    }
    Ok(())
}

/// Adds one line of JSON to `text`.
pub(super) fn line(value: &impl Serialize, text: &mut Vec<u8>) -> io::Result<()> {
    let start = text.len();
    serde_json::to_writer(&mut *text, value)?;
    escape_from(start, text);
    text.push(b'\n');
    Ok(())
}

/// Escapes what would act on a terminal, which is rare enough to look for it first.
fn escape_from(start: usize, text: &mut Vec<u8>) {
    let own = &text[start..];
    if own.is_ascii() && memchr::memchr(0x7f, own).is_none() {
        return;
    }
    if let Ok(whole) = std::str::from_utf8(&text[start..]) {
        let escaped = super::escape::json(whole).into_owned();
        text.truncate(start);
        text.extend_from_slice(escaped.as_bytes());
    }
}

/// Writes `items` in their order, with a share of the work in each of a few threads.
pub(super) fn in_parallel<T: Sync>(
    items: &[T],
    out: &mut dyn Write,
    each: impl Fn(&T, &mut Vec<u8>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    /// Items a thread takes at a time.
    const SHARE: usize = 2_000;
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    for round in items.chunks(SHARE * threads) {
        let parts: Vec<io::Result<Vec<u8>>> = std::thread::scope(|scope| {
            let shares: Vec<_> = round
                .chunks(SHARE)
                .map(|share| {
                    let each = &each;
                    scope.spawn(move || {
                        let mut text = Vec::with_capacity(SHARE * 512);
                        share.iter().try_for_each(|item| each(item, &mut text))?;
                        Ok(text)
                    })
                })
                .collect();
            shares
                .into_iter()
                .map(|share| {
                    share
                        .join()
                        .unwrap_or_else(|_| Err(io::Error::other("a writer failed")))
                })
                .collect()
        });
        for part in parts {
            out.write_all(&part?)?;
        }
    }
    Ok(())
}
