//! GitHub's Markdown, for step summaries and comments.

use super::escape::{markdown, markdown_code as code};
use super::news::News;
use super::view::{Group, asides, message_says_more, subject};
use super::words::{count, len, meaning, number, one_line, way_out};
use super::{Report, Style};
use crate::model::short_name;
use std::io::{self, Write};

/// Gaps of one reason that are named without `-v`.
const FEW: usize = 3;

/// New findings that are named before everything else.
const NEWS: usize = 20;

/// Writes a heading, one table per rule, what was not assessed, and what was judged.
pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## leastwise: {}\n", report.tally())?;
    if let Some(assessment) = &report.benchmark {
        super::benchmark::write_markdown(assessment, style, out)?;
    }
    news(report, style, out)?;
    for group in report.groups() {
        table(report, &group, style, out)?;
    }
    if style.quiet {
        return Ok(());
    }
    gaps(report, style, out)?;
    for notice in &report.notices {
        writeln!(out, "> {}\n", markdown(notice))?;
    }
    judged(report, out)
}

/// What is new since the runs before, if they are remembered: whoever looks every morning looks no further.
fn news(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let news = News::of(report);
    if !news.remembered || news.first_run {
        return Ok(());
    }
    let fixed = u64::try_from(news.fixed.len()).unwrap_or(u64::MAX);
    let counts = [
        (len(&news.new), "new"),
        (len(&news.reopened), "reopened"),
        (news.open, "still open"),
        (fixed, "fixed"),
    ];
    let counts = counts.map(|(n, what)| format!("{} {what}", number(n)));
    writeln!(out, "**{}**\n", counts.join(", "))?;
    let fresh = news.fresh();
    let shown = if style.all { fresh.len() } else { NEWS };
    for finding in fresh.iter().take(shown) {
        writeln!(
            out,
            "* {} · {} · {} {}",
            finding.severity.slug(),
            code(report.rule_id(finding)),
            code(&finding.resource_for_people()),
            code(&subject(finding)),
        )?;
    }
    if fresh.len() > shown {
        writeln!(out, "* … and {} more", fresh.len() - shown)?;
    }
    if !fresh.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn table(
    report: &Report<'_>,
    group: &Group<'_>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "### {} · {} · {}\n\n{}\n",
        group.severity.slug(),
        code(group.rule_id),
        group.size(),
        markdown(&group.title())
    )?;
    writeln!(out, "| Resource | What | Where | Note |\n|---|---|---|---|")?;
    let shown = group.shown(style.all);
    for finding in group.findings.iter().take(shown) {
        let notes: Vec<String> = report
            .remembered(finding)
            .into_iter()
            .chain(message_says_more(group.rule).then(|| one_line(&report.message(finding))))
            .chain(asides(finding))
            .map(|aside| markdown(&aside))
            .collect();
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            code(&finding.resource_for_people()),
            code(&subject(finding)),
            code(&report.place(finding.document, Some(finding.location))),
            notes.join(" · ")
        )?;
    }
    writeln!(out)?;
    let hidden = group.findings.len() - shown;
    if hidden > 0 {
        let hidden = number(u64::try_from(hidden).unwrap_or(u64::MAX));
        writeln!(out, "… and {hidden} more\n")?;
    }
    if let Some(rule) = group.rule {
        writeln!(out, "**Fix:** {}\n", markdown(&one_line(&rule.file.fix)))?;
    }
    Ok(())
}

fn gaps(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Not assessed\n")?;
    for (reason, gaps) in report.gaps_by_reason() {
        let mark = if reason.is_incomplete() {
            ", makes the run incomplete"
        } else {
            ""
        };
        let way = way_out(reason).map(|way| format!(" → {}", markdown(way)));
        writeln!(
            out,
            "* **{}** ({}{mark}): {}{}",
            reason.slug(),
            count(len(&gaps), "gap"),
            meaning(reason),
            way.unwrap_or_default()
        )?;
        let shown = if style.verbose || gaps.len() <= FEW + 1 {
            gaps.len()
        } else {
            FEW
        };
        for gap in gaps.iter().take(shown) {
            let place = match (&gap.document, &gap.resource) {
                (Some(document), _) => Some(report.place(*document, gap.location)),
                (None, Some(resource)) => Some(short_name(resource).into_owned()),
                (None, None) => None,
            };
            let place = place.map(|place| format!("{}: ", code(&place)));
            let message = markdown(&one_line(&gap.message));
            writeln!(out, "  * {}{message}", place.unwrap_or_default())?;
        }
        if gaps.len() > shown {
            writeln!(out, "  * … and {} more", gaps.len() - shown)?;
        }
    }
    writeln!(out)
}

fn judged(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.coverage;
    if !coverage.complete {
        let words =
            "The run is incomplete: something that was asked for could not be read or judged.";
        writeln!(out, "**{words}**\n")?;
    }
    writeln!(
        out,
        "{}, {}, {}: {}.{}",
        count(coverage.assets, "asset"),
        count(coverage.bindings, "binding"),
        count(coverage.rules, "rule"),
        report.tally(),
        report.assessed(),
    )?;
    if let Some(withheld) = report.withheld() {
        writeln!(out, "Not shown: {withheld}.")?;
    }
    if let Some(changes) = report.since_last_run() {
        writeln!(out, "\n{changes}")?;
    }
    Ok(())
}
