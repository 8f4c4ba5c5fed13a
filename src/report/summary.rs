//! The end of the formats for people: what was not assessed and why, notices, and what was judged.

use super::escape::terminal;
use super::paint::Paint;
use super::words::{count, duration, len, meaning, number, way_out};
use super::{Report, Style};
use crate::model::{Gap, GapReason, short_name};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Gaps of one reason that are named without `-v`.
const FEW: usize = 3;

/// Writes everything that follows the findings.
pub(super) fn write(
    report: &Report<'_>,
    style: Style,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    if report.findings.is_empty() {
        let open = report.coverage.outcomes.unknown;
        let words = if report.nothing_judged() {
            paint.warning("nothing was judged: no document held an asset")
        } else if open > 0 {
            // Silence about what was not looked at is no good news.
            let words = format!("no findings, but {} not be made", could(open));
            paint.warning(&words)
        } else {
            paint.bold("no findings")
        };
        writeln!(out, "{words}\n")?;
    }
    gaps(report, style, paint, out)?;
    foreign(report, style, paint, out)?;
    unconfigured(report, style, paint, out)?;
    for notice in &report.notices {
        writeln!(out, "{} {}", paint.warning("notice:"), terminal(notice))?;
    }
    if !report.notices.is_empty() {
        writeln!(out)?;
    }
    judged(report, paint, out)
}

/// `1 check could`, `12 checks could`.
fn could(checks: u64) -> String {
    format!("{} could", count(checks, "check"))
}

/// The gaps, grouped by reason; those that make the run incomplete first.
fn gaps(report: &Report<'_>, style: Style, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut section = None;
    for (reason, gaps) in report.gaps_by_reason() {
        let title = if reason.is_incomplete() {
            "incomplete"
        } else {
            "not assessed"
        };
        if section != Some(title) {
            if section.is_some() {
                writeln!(out)?;
            }
            writeln!(out, "{}", paint.warning(title))?;
            section = Some(title);
        }
        let (id, size) = (paint.bold(reason.slug()), size(reason, &gaps));
        writeln!(out, "  {id} · {} · {size}", meaning(reason))?;
        let lines = lines(report, &gaps, reason.is_incomplete() || style.verbose);
        let shown = if style.verbose || lines.len() <= FEW + 1 {
            lines.len()
        } else {
            FEW
        };
        for line in lines.iter().take(shown) {
            line.write(style, paint, out)?;
        }
        if let Some(hidden) = lines.get(shown..).filter(|hidden| !hidden.is_empty()) {
            let more = format!("… and {} more (-v names them)", number(len(hidden)));
            writeln!(out, "    {}", paint.dim(&more))?;
        }
        if let Some(way) = way_out(reason) {
            writeln!(out, "    {}", paint.dim(&format!("→ {way}")))?;
        }
    }
    if section.is_some() {
        writeln!(out)?;
    }
    Ok(())
}

/// How much a reason leaves open: checks (rule × asset), else documents or places.
fn size(reason: GapReason, gaps: &[&Gap]) -> String {
    let outcomes: u64 = gaps.iter().map(|gap| gap.outcomes).sum();
    if outcomes > 0 {
        return count(outcomes, "check");
    }
    let noun = match reason {
        GapReason::Unreadable
        | GapReason::Invalid
        | GapReason::TooLarge
        | GapReason::Unrecognised => "document",
        _ => "place",
    };
    count(len(gaps), noun)
}

/// Gaps that say the same.
struct Line {
    place: String,
    message: String,
    rules: String,
}

impl Line {
    fn write(&self, style: Style, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let parts: Vec<&str> = [&*self.place, &self.message, &self.rules]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let wide = parts
            .iter()
            .map(|part| part.chars().count() + 3)
            .sum::<usize>()
            + 1;
        if style.width.is_none_or(|columns| wide <= columns.into()) || self.place.is_empty() {
            let place = if self.place.is_empty() {
                String::new()
            } else {
                format!("{}   ", self.place)
            };
            write!(out, "    {place}{}", self.message)?;
        } else {
            write!(out, "    {}\n      {}", self.place, self.message)?;
        }
        if self.rules.is_empty() {
            writeln!(out)
        } else {
            writeln!(out, "   {}", paint.dim(&self.rules))
        }
    }
}

/// One line for all gaps with the same message, in their order; with `each`, one for each of them.
fn lines(report: &Report<'_>, gaps: &[&Gap], each: bool) -> Vec<Line> {
    let mut same = indexmap::IndexMap::<(&str, usize), Vec<&Gap>>::new();
    for (number, gap) in gaps.iter().enumerate() {
        let apart = if each { number } else { 0 };
        same.entry((&gap.message, apart)).or_default().push(gap);
    }
    same.into_iter()
        .map(|((message, _), gaps)| {
            let rules: BTreeSet<&str> = gaps
                .iter()
                .flat_map(|gap| gap.rules.iter().map(String::as_str))
                .collect();
            Line {
                place: match gaps.as_slice() {
                    [gap] => place(report, gap),
                    [first, others @ ..] => {
                        format!("{} and {} more", place(report, first), number(len(others)))
                    }
                    [] => String::new(),
                },
                message: terminal(&super::words::one_line(message)).into_owned(),
                rules: match rules.len() {
                    0 => String::new(),
                    1..=3 => {
                        let rules: Vec<&str> = rules.into_iter().collect();
                        format!("({})", terminal(&rules.join(", ")))
                    }
                    many => format!("({})", count(many as u64, "rule")),
                },
            }
        })
        .collect()
}

/// What a gap is about: the place in a document if it has one, and the resource.
fn place(report: &Report<'_>, gap: &Gap) -> String {
    let file = gap
        .document
        .map(|document| report.place(document, gap.location));
    let resource = gap.resource.as_deref().map(short_name);
    // Often the sentence names it already, without the service in front.
    let resource = resource.filter(|name| {
        let bare = name.split_once(".googleapis.com/").map(|(_, bare)| bare);
        !gap.message.contains(bare.unwrap_or(name))
    });
    let place = match (file, resource) {
        (Some(file), Some(resource)) => format!("{resource}   {file}"),
        (Some(file), None) => file,
        (None, Some(resource)) => resource.into_owned(),
        (None, None) => String::new(),
    };
    terminal(&place).into_owned()
}

/// Files met on the way that are nothing we know.
fn foreign(report: &Report<'_>, style: Style, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let foreign = &report.coverage.foreign;
    if foreign.is_empty() {
        return Ok(());
    }
    let files = count(len(foreign), "file");
    if !style.verbose {
        let line = format!("{files} passed over: nothing we know (-v names them)");
        return writeln!(out, "{}\n", paint.dim(&line));
    }
    writeln!(out, "{}", paint.bold(&format!("{files} passed over")))?;
    for (path, reason) in foreign {
        writeln!(out, "  {}   {}", terminal(path), terminal(reason))?;
    }
    writeln!(out)
}

/// Rules that only the configuration can make applicable.
fn unconfigured(
    report: &Report<'_>,
    style: Style,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let waiting: Vec<_> = report
        .rules
        .iter()
        .filter(|r| !r.unmet.is_empty())
        .collect();
    if waiting.is_empty() || !style.verbose {
        return Ok(());
    }
    let verb = if waiting.len() == 1 { "needs" } else { "need" };
    let title = format!("{} {verb} configuration", count(len(&waiting), "rule"));
    writeln!(out, "{}", paint.bold(&title))?;
    for rule in waiting {
        let keys = rule.unmet.join(", ");
        writeln!(
            out,
            "  {}   {} under [options.{}]",
            rule.id,
            terminal(&keys),
            rule.id
        )?;
    }
    writeln!(out)
}

/// `412 assets, 1,933 bindings, 37 rules in 0.04 s: 3 critical, 11 high. 14 not assessed (…).`
fn judged(report: &Report<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.coverage;
    let tally = if report.findings.is_empty() {
        report.tally()
    } else {
        report
            .by_severity()
            .into_iter()
            .map(|(severity, n)| {
                paint.severity(severity, &format!("{} {}", number(n), severity.slug()))
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    writeln!(
        out,
        "{}, {}, {} in {}: {tally}.{}",
        count(coverage.assets, "asset"),
        count(coverage.bindings, "binding"),
        count(coverage.rules, "rule"),
        duration(coverage.elapsed),
        report.assessed(),
    )?;
    if let Some(withheld) = report.withheld() {
        writeln!(out, "Not shown: {withheld}.")?;
    }
    if let Some(changes) = report.since_last_run() {
        writeln!(out, "{changes}")?;
    }
    if !coverage.complete {
        let words =
            "The run is incomplete: something that was asked for could not be read or judged.";
        writeln!(out, "{}", paint.warning(words))?;
    }
    Ok(())
}
