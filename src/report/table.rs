//! The default at a terminal: worst first, one group per rule, exact names, the way out, and at the end
//! what was judged and what was not.

use super::escape::terminal;
use super::paint::Paint;
use super::view::{Group, asides, message_says_more, subject, value};
use super::words::{number, one_line, shorten, wrap};
use super::{Report, Style, summary};
use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use std::io::{self, Write};

/// The right edge of headings on terminals wider than this: the eye should not travel further.
const MEASURE: usize = 100;
/// Columns between parts.
const GAP: usize = 3;
const GAP_COLUMNS: u16 = 3;
/// Columns before a row, and before what stands below it.
const INDENT: usize = 2;
const BELOW: usize = 6;
/// Prose is not wrapped to less than this.
const WORDS: usize = 30;

/// Writes the report for a person.
pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    report.write_benchmark(style, paint, out)?;
    // The recommendations name what failed; said by rule again it would be twice as long.
    let groups = report.groups().filter(|_| report.benchmark.is_none());
    for group in groups {
        heading(&group, style, paint, out)?;
        rows(report, &group, style, paint, out)?;
        let hidden = group.findings.len() - group.shown(style.all);
        if hidden > 0 {
            let hidden = number(u64::try_from(hidden).unwrap_or(u64::MAX));
            let more = format!("… and {hidden} more (--all shows them)");
            writeln!(out, "  {}", paint.dim(&more))?;
        }
        let way = format!("→ leastwise explain {}", terminal(group.rule_id));
        writeln!(out, "  {}\n", paint.dim(&way))?;
    }
    if !style.quiet {
        summary::write(report, style, paint, out)?;
    }
    Ok(())
}

/// `critical  gcs-public-iam · anyone on the internet can read objects      2 buckets`.
fn heading(group: &Group<'_>, style: Style, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let severity = group.severity.slug();
    let id = terminal(group.rule_id);
    let title = group.title();
    let title = terminal(&title);
    let size = group.size();
    let wide = |text: &str| text.chars().count();
    let left = wide(severity) + 2 + wide(&id) + 3 + wide(&title);
    let (severity, id) = (paint.severity(group.severity, severity), paint.bold(&id));
    let columns = style.width.map(usize::from);
    if columns.is_some_and(|columns| left + GAP + wide(&size) > columns) {
        // The count must not be pushed out of sight by a long title.
        writeln!(out, "{severity}  {id} · {size}")?;
        for line in wrap(
            &title,
            columns
                .map_or(usize::MAX, |c| c.saturating_sub(INDENT))
                .max(WORDS),
        ) {
            writeln!(out, "{:INDENT$}{line}", "")?;
        }
        return Ok(());
    }
    let edge = columns.map_or(0, |columns| columns.min(MEASURE));
    let space = edge.saturating_sub(left + wide(&size)).max(GAP);
    writeln!(out, "{severity}  {id} · {title}{:space$}{size}", "")
}

/// What a row of a group says.
struct Row {
    resource: String,
    subject: String,
    place: String,
    aside: String,
}

type Part = for<'r> fn(&'r Row) -> &'r str;

/// The parts of a row, in their order. The first `n` stand in columns, the others below.
const PARTS: [Part; 4] = [
    |row| &row.resource,
    |row| &row.subject,
    |row| &row.place,
    |row| &row.aside,
];
const SUBJECT: usize = 1;
const PLACE: usize = 2;

/// Writes the rows. As many parts as fit stand in aligned columns. Names are never broken: a part that
/// does not fit goes to a line below, and a name longer than the line is left to the terminal, from which
/// it can be copied whole.
fn rows(
    report: &Report<'_>,
    group: &Group<'_>,
    style: Style,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    // A long condition must not fill the screen; the whole of it is in the machine formats and in -v.
    let limit = if style.verbose { usize::MAX } else { 400 };
    let shown = group.findings.iter().take(group.shown(style.all));
    let rows: Vec<Row> = shown
        .map(|finding| Row {
            resource: terminal(&finding.resource_for_people()).into_owned(),
            subject: terminal(&subject(finding)).into_owned(),
            place: terminal(&report.place(finding.document, Some(finding.location))).into_owned(),
            aside: report
                .remembered(finding)
                .into_iter()
                .chain(message_says_more(group.rule).then(|| one_line(&report.message(finding))))
                .chain(value(group.rule, finding).map(one_line))
                .chain(asides(finding))
                .map(|aside| shorten(&terminal(&aside), limit))
                .collect::<Vec<_>>()
                .join(" · "),
        })
        .collect();
    let columns = style.width.map(usize::from);
    let inside = columns_that_fit(&rows, columns);
    let parts = PARTS.get(..inside).unwrap_or(&PARTS);
    for (line, row) in table(&rows, parts, paint).lines().zip(&rows) {
        writeln!(out, "{:INDENT$}{}", "", line.trim_end())?;
        if inside <= SUBJECT && !row.subject.is_empty() {
            writeln!(out, "{:BELOW$}{}", "", row.subject)?;
        }
        let place = if inside <= PLACE { &*row.place } else { "" };
        let aside = if inside < PARTS.len() {
            &*row.aside
        } else {
            ""
        };
        below(place, aside, columns.unwrap_or(usize::MAX), paint, out)?;
    }
    Ok(())
}

/// Writes what has no column: on one line if it fits, else the place first and the prose wrapped.
fn below(
    place: &str,
    aside: &str,
    columns: usize,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = columns.saturating_sub(BELOW);
    let wide = |text: &str| text.chars().count();
    let dim = paint.dim(place);
    if !place.is_empty() && !aside.is_empty() && wide(place) + 3 + wide(aside) <= width {
        return writeln!(out, "{:BELOW$}{dim} · {aside}", "");
    }
    if !place.is_empty() {
        writeln!(out, "{:BELOW$}{dim}", "")?;
    }
    for line in wrap(aside, width.max(WORDS)) {
        writeln!(out, "{:BELOW$}{line}", "")?;
    }
    Ok(())
}

/// The parts of the rows in columns, without those that are empty throughout.
fn table(rows: &[Row], parts: &[Part], paint: Paint) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .force_no_tty();
    if paint.color {
        table.enforce_styling();
        table.style_text_only();
    }
    let filled: Vec<(usize, &Part)> = parts
        .iter()
        .enumerate()
        .filter(|(_, part)| rows.iter().any(|row| !part(row).is_empty()))
        .collect();
    for row in rows {
        let cells = filled.iter().map(|(i, part)| match *i {
            PLACE => Cell::new(part(row)).add_attribute(Attribute::Dim),
            _ => Cell::new(part(row)),
        });
        table.add_row(cells.collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP_COLUMNS));
    }
    table
}

/// How many parts of every row fit into columns side by side; at least the resource.
fn columns_that_fit(rows: &[Row], columns: Option<usize>) -> usize {
    let Some(columns) = columns else {
        return PARTS.len();
    };
    // comfy-table knows how many columns a character takes.
    let widths = PARTS.map(|part| {
        let table = table(rows, &[part], Paint { color: false });
        let width = table.column_max_content_widths().first().copied();
        usize::from(width.unwrap_or_default())
    });
    let mut end = INDENT;
    let fit = widths.iter().take_while(|width| {
        if **width > 0 {
            end += **width + GAP;
        }
        end - GAP.min(end) <= columns
    });
    fit.count().max(1)
}
