//! The default at a terminal: worst first, one group per rule, exact names, the way out, and at the end
//! what was judged and what was not.

use super::escape::terminal;
use super::paint::Paint;
use super::view::{Group, asides, message_says_more, subject};
use super::words::{number, one_line, shorten};
use super::{Report, Style, summary};
use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use std::io::{self, Write};

/// The right edge of headings on terminals wider than this: the eye should not travel further.
const MEASURE: usize = 100;
const GAP: usize = 3;
const INDENT: usize = 2;

/// Writes the report for a person.
pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    for group in report.groups() {
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
        // Prose may be wrapped by the terminal; the count must not be pushed out of sight by it.
        return writeln!(out, "{severity}  {id} · {size}\n  {title}");
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

/// Where the parts of a row go, from the widest terminal to the narrowest. Names are never broken:
/// a part that does not fit goes to a line of its own, and one that is longer than the line is left
/// to the terminal, from which it can be copied whole.
#[derive(Clone, Copy)]
enum Layout {
    /// All on one line.
    Line,
    /// What else there is to say below.
    AsideBelow,
    /// The place below as well.
    PlaceBelow,
    /// One part a line.
    Stack,
}

fn rows(
    report: &Report<'_>,
    group: &Group<'_>,
    style: Style,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    // A long condition must not fill the screen; the whole of it is in the machine formats and in -v.
    let limit = if style.verbose { usize::MAX } else { 160 };
    let shown = group.findings.iter().take(group.shown(style.all));
    let rows: Vec<Row> = shown
        .map(|finding| Row {
            resource: terminal(&crate::model::short_name(&finding.resource)).into_owned(),
            subject: terminal(&subject(finding)).into_owned(),
            place: terminal(&report.place(finding.document, Some(finding.location))).into_owned(),
            aside: message_says_more(group.rule)
                .then(|| one_line(&finding.message))
                .into_iter()
                .chain(asides(finding))
                .map(|aside| shorten(&terminal(&aside), limit))
                .collect::<Vec<_>>()
                .join(" · "),
        })
        .collect();
    let layout = layout(&rows, style.width);
    let table = match layout {
        Layout::Line => columns(
            &rows,
            paint,
            &[|r| &r.resource, |r| &r.subject, |r| &r.place, |r| &r.aside],
            2,
        ),
        Layout::AsideBelow => columns(
            &rows,
            paint,
            &[|r| &r.resource, |r| &r.subject, |r| &r.place],
            2,
        ),
        Layout::PlaceBelow => columns(&rows, paint, &[|r| &r.resource, |r| &r.subject], 2),
        Layout::Stack => columns(&rows, paint, &[|r| &r.resource], 1),
    };
    for (line, row) in table.lines().zip(&rows) {
        writeln!(out, "{:INDENT$}{}", "", line.trim_end())?;
        if matches!(layout, Layout::Stack) && !row.subject.is_empty() {
            writeln!(out, "      {}", row.subject)?;
        }
        if matches!(layout, Layout::PlaceBelow | Layout::Stack) {
            writeln!(out, "      {}", paint.dim(&row.place))?;
        }
        if !matches!(layout, Layout::Line) && !row.aside.is_empty() {
            writeln!(out, "      {}", row.aside)?;
        }
    }
    Ok(())
}

type Column = for<'r> fn(&'r Row) -> &'r str;

/// The columns of the rows that are not empty throughout, aligned and never wrapped. Columns from
/// `dim_from` on are dimmed.
fn columns(rows: &[Row], paint: Paint, columns: &[Column], dim_from: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .force_no_tty();
    if paint.color {
        table.enforce_styling();
        table.style_text_only();
    }
    for row in rows {
        let cells = columns.iter().enumerate().filter_map(|(i, column)| {
            rows.iter().any(|row| !column(row).is_empty()).then(|| {
                let cell = Cell::new(column(row));
                if i == dim_from {
                    cell.add_attribute(Attribute::Dim)
                } else {
                    cell
                }
            })
        });
        table.add_row(cells.collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(1)));
    }
    table
}

/// The first layout in which every row of the group fits.
fn layout(rows: &[Row], width: Option<u16>) -> Layout {
    let Some(width) = width.map(usize::from) else {
        return Layout::Line;
    };
    let plain = Paint { color: false };
    let all: &[Column] = &[|r| &r.resource, |r| &r.subject, |r| &r.place, |r| &r.aside];
    // comfy-table knows how many columns a character takes.
    let needs = |parts: &[Column]| {
        let table = columns(rows, plain, parts, usize::MAX);
        let widths = table.column_max_content_widths();
        let content: usize = widths.iter().copied().map(usize::from).sum();
        INDENT + content + GAP * widths.len().saturating_sub(1)
    };
    [
        (4, Layout::Line),
        (3, Layout::AsideBelow),
        (2, Layout::PlaceBelow),
    ]
    .into_iter()
    .find(|(parts, _)| needs(&all[..*parts]) <= width)
    .map_or(Layout::Stack, |(_, layout)| layout)
}
