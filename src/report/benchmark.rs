//! What a run says of a benchmark, for people and for spreadsheets: one entry per recommendation, by number.

use super::escape::{csv, markdown, markdown_code, terminal};
use super::paint::Paint;
use super::words::{count, len, number, one_line, wrap};
use super::{Report, Style};
use crate::rules::benchmark::{Assessed, Assessment, Standing, Subject};
use anstyle::{AnsiColor, Effects};
use comfy_table::{ContentArrangement, Table, presets};
use std::io::{self, Write};

/// Subjects that are named without `--all`.
const FEW: usize = 5;
/// Columns before an entry, and before what stands below it.
const INDENT: usize = 2;
const BELOW: usize = 8;
/// Columns between parts.
const GAP: u16 = 2;
/// Prose is not wrapped to less than this, and not to more where no terminal says how wide it is.
const NARROW: usize = 30;
const MEASURE: usize = 120;

/// Writes the recommendations as a table, with what failed and what stands in the way below each.
pub(super) fn write(
    assessment: &Assessment,
    style: Style,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let benchmark = assessment.benchmark;
    let head = paint.bold(&terminal(&benchmark.title));
    writeln!(out, "{head} · {}\n", terminal(&benchmark.id))?;
    let width = style.width.map_or(MEASURE, usize::from);
    let rows = table(assessment, paint).to_string();
    for (row, one) in rows.lines().zip(&assessment.recommendations) {
        writeln!(out, "{:INDENT$}{}", "", row.trim_end())?;
        below(
            one,
            style,
            width.saturating_sub(BELOW).max(NARROW),
            paint,
            out,
        )?;
    }
    writeln!(
        out,
        "\n{}\n",
        tally(assessment, |standing, text| colored(standing, text, paint))
    )
}

/// Number, outcome, how many of the subjects failed, and what is to be so.
fn table(assessment: &Assessment, paint: Paint) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .force_no_tty();
    if paint.color {
        table.enforce_styling();
        table.style_text_only();
    }
    for one in &assessment.recommendations {
        let mut outcome = comfy_table::Cell::new(one.standing.word());
        if let Some(color) = color(one.standing) {
            outcome = outcome.fg(color);
        }
        table.add_row([
            comfy_table::Cell::new(terminal(&one.number)),
            outcome,
            comfy_table::Cell::new(share(one)),
            comfy_table::Cell::new(terminal(&one_line(&one.title))),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table
}

/// `2 of 31`: how many subjects failed of those that were judged.
fn share(one: &Assessed) -> String {
    let judged = one.tally.fail + one.tally.pass;
    match judged {
        0 => String::new(),
        _ => format!("{} of {}", number(one.tally.fail), number(judged)),
    }
}

fn below(
    one: &Assessed,
    style: Style,
    width: usize,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !one.rules.is_empty() {
        for line in wrap(&terminal(&one.rules.join(" · ")), width) {
            writeln!(out, "{:BELOW$}{}", "", paint.dim(&line))?;
        }
    }
    let shown = shown(one, style);
    for subject in one.failed.iter().take(shown) {
        writeln!(out, "{:BELOW$}{}", "", terminal(&told(subject)))?;
    }
    if let Some(hidden) = one.failed.get(shown..).filter(|hidden| !hidden.is_empty()) {
        let more = format!("… and {} more (--all shows them)", number(len(hidden)));
        writeln!(out, "{:BELOW$}{}", "", paint.dim(&more))?;
    }
    for reason in &one.reasons {
        for line in wrap(&terminal(&one_line(reason)), width) {
            writeln!(out, "{:BELOW$}{line}", "")?;
        }
    }
    Ok(())
}

fn shown(one: &Assessed, style: Style) -> usize {
    match one.failed.len() {
        n if style.all || n <= FEW + 1 => n,
        _ => FEW,
    }
}

/// `gs://acme-models   roles/storage.objectViewer → allUsers (accepted)`.
fn told(subject: &Subject) -> String {
    let mut text = subject.known_as.clone();
    match (&subject.role, &subject.member) {
        (Some(role), Some(member)) => text.push_str(&format!("   {role} → {member}")),
        (Some(one), None) | (None, Some(one)) => text.push_str(&format!("   {one}")),
        (None, None) => {}
    }
    if subject.accepted {
        text.push_str("   (accepted)");
    }
    text
}

/// `36 recommendations: 12 fail, 3 unknown, 4 manual, 17 pass`.
fn tally(assessment: &Assessment, paint: impl Fn(Standing, &str) -> String) -> String {
    let counts: Vec<String> = assessment
        .counts()
        .into_iter()
        .map(|(standing, n)| paint(standing, &format!("{} {}", number(n), standing.word())))
        .collect();
    let whole = count(len(&assessment.recommendations), "recommendation");
    format!("{whole}: {}", counts.join(", "))
}

fn color(standing: Standing) -> Option<comfy_table::Color> {
    match standing {
        Standing::Fail => Some(comfy_table::Color::DarkRed),
        Standing::Unknown | Standing::Manual => Some(comfy_table::Color::DarkYellow),
        Standing::Pass => Some(comfy_table::Color::DarkGreen),
        Standing::NotApplicable => None,
    }
}

fn colored(standing: Standing, text: &str, paint: Paint) -> String {
    let style = match standing {
        Standing::Fail => AnsiColor::Red.on_default(),
        Standing::Unknown | Standing::Manual => AnsiColor::Yellow.on_default(),
        Standing::Pass => AnsiColor::Green.on_default(),
        Standing::NotApplicable => anstyle::Style::new().effects(Effects::DIMMED),
    };
    paint.with(style, text)
}

/// Writes the recommendations as a Markdown table.
pub(super) fn write_markdown(
    assessment: &Assessment,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let benchmark = assessment.benchmark;
    writeln!(out, "### {}\n", markdown(&benchmark.title))?;
    writeln!(out, "{}\n", tally(assessment, |_, text| text.to_owned()))?;
    writeln!(
        out,
        "| Number | Outcome | Failed | Recommendation | Rules | Detail |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for one in &assessment.recommendations {
        let shown = shown(one, style);
        let rules: Vec<String> = one.rules.iter().map(|rule| markdown_code(rule)).collect();
        let mut details: Vec<String> = one
            .failed
            .iter()
            .take(shown)
            .map(|subject| markdown_code(&told(subject)))
            .collect();
        if one.failed.len() > shown {
            details.push(format!(
                "… and {} more",
                number((one.failed.len() - shown) as u64)
            ));
        }
        details.extend(one.reasons.iter().map(|reason| markdown(&one_line(reason))));
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            markdown(&one.number),
            one.standing.word(),
            share(one),
            markdown(&one_line(&one.title)),
            rules.join(" "),
            details.join(" · ")
        )?;
    }
    writeln!(out)
}

const HEADER: [&str; 11] = [
    "benchmark",
    "number",
    "recommendation",
    "outcome",
    "rules",
    "fail",
    "pass",
    "unknown",
    "not_applicable",
    "failed",
    "reason",
];

/// Writes one row per recommendation (RFC 4180). What failed stands in one cell, separated by `; `.
pub(super) fn write_csv(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}\r\n", HEADER.join(","))?;
    for one in &assessment.recommendations {
        let failed: Vec<String> = one
            .failed
            .iter()
            .map(|subject| {
                let parts = [
                    Some(&subject.resource),
                    subject.role.as_ref(),
                    subject.member.as_ref(),
                ];
                let parts: Vec<&str> = parts.into_iter().flatten().map(|part| &**part).collect();
                parts.join(" ")
            })
            .collect();
        let tally = one.tally;
        let counts = [tally.fail, tally.pass, tally.unknown, tally.not_applicable];
        let counts = counts.map(|n| n.to_string());
        let cells: [&str; HEADER.len()] = [
            &assessment.benchmark.id,
            &one.number,
            &one.title,
            one.standing.slug(),
            &one.rules.join(" "),
            &counts[0],
            &counts[1],
            &counts[2],
            &counts[3],
            &failed.join("; "),
            &one.reasons.join("; "),
        ];
        write!(out, "{}\r\n", cells.map(csv).join(","))?;
    }
    Ok(())
}

impl Report<'_> {
    /// Writes the recommendations for people, if the run was about a benchmark.
    pub(super) fn write_benchmark(
        &self,
        style: Style,
        paint: Paint,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match &self.benchmark {
            Some(assessment) => write(assessment, style, paint, out),
            None => Ok(()),
        }
    }
}
