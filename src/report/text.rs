//! One block per finding in the manner of rustc: message, place, the lines of the document, the remedy.

use super::escape::{self, is_treacherous, terminal};
use super::paint::{Paint, severity_style};
use super::view::asides;
use super::words::{number, one_line};
use super::{Report, Style, summary};
use crate::finding::{Finding, Severity};
use crate::rules::Rule;
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use std::io::{self, Write};
use std::ops::Range;

/// Columns where no terminal says how many there are.
const COLUMNS: usize = 100;
/// Columns that the frame itself takes at most.
const MARGIN: usize = 12;

/// Writes the findings as code frames, then the summary.
pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    for group in report.groups() {
        let shown = group.shown(style.all);
        for finding in group.findings.iter().take(shown) {
            let block = block(report, finding, group.rule, style, paint);
            writeln!(out, "{}\n", block.trim_end())?;
        }
        let hidden = group.findings.len() - shown;
        if hidden > 0 {
            let hidden = number(u64::try_from(hidden).unwrap_or(u64::MAX));
            let id = terminal(group.rule_id);
            writeln!(out, "… and {hidden} more of {id} (--all shows them)\n")?;
        }
    }
    report.write_benchmark(style, paint, out)?;
    if !style.quiet {
        summary::write(report, style, paint, out)?;
    }
    Ok(())
}

fn block(
    report: &Report<'_>,
    finding: &Finding,
    rule: Option<&Rule>,
    style: Style,
    paint: Paint,
) -> String {
    let path = report.path(finding.document);
    let path = if path == "-" { "<stdin>" } else { &*path };
    let path = terminal(path);
    let message = one_line(&report.message(finding));
    let (line, column) = (finding.location.line, finding.location.column);
    let columns = style.width.map_or(COLUMNS, usize::from).clamp(40, 240);
    let shown = !rule.is_some_and(Rule::points_at_secrets);
    let frame = shown
        .then(|| report.excerpts.line(finding.document, line, column))
        .flatten()
        .map(|(text, cut)| Frame::new(&text, cut, column, columns - MARGIN));

    let mut elements: Vec<Element<'_>> = Vec::new();
    if let Some(frame) = &frame {
        let span = AnnotationKind::Primary.span(frame.span.clone());
        let snippet = Snippet::source(&*frame.text).line_start(index(line));
        elements.push(snippet.annotation(span).into());
    }
    let fix = rule
        .map(|rule| one_line(&rule.file.fix))
        .unwrap_or_default();
    if !fix.is_empty() {
        elements.push(Level::HELP.message(terminal(&fix).into_owned()).into());
    }
    for note in report
        .remembered(finding)
        .into_iter()
        .chain(asides(finding))
    {
        elements.push(Level::NOTE.message(terminal(&note).into_owned()).into());
    }
    let level = match finding.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Info => Level::INFO,
    };
    let title = level
        .with_name(finding.severity.slug())
        .primary_title(terminal(&message))
        .id(escape::terminal(report.rule_id(finding)));
    let renderer = if style.color {
        let severity = severity_style(finding.severity);
        Renderer::styled()
            .error(severity)
            .warning(severity)
            .info(severity)
    } else {
        Renderer::plain()
    };
    let block = renderer
        .term_width(columns)
        .render(&[title.elements(elements)]);
    // annotate-snippets counts columns in the text it is given, which may be cut; so the arrow is ours.
    let (title, rest) = block.split_once('\n').unwrap_or((&block, ""));
    let indent = if frame.is_some() {
        line.to_string().len()
    } else {
        0
    };
    let arrow = paint.with(annotate_snippets::renderer::DEFAULT_LINE_NUM_STYLE, "-->");
    format!(
        "{title}\n{:indent$}{arrow} {path}:{line}:{column}\n{rest}",
        ""
    )
}

fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The visible part of a line and the bytes in it that are meant.
struct Frame {
    text: String,
    span: Range<usize>,
}

impl Frame {
    /// Cuts `text`, whose first `cut` characters are missing already, to about `columns` around the
    /// 1-based `column`, and shows what would act on a terminal.
    fn new(text: &str, cut: u32, column: u32, columns: usize) -> Frame {
        let at = index(column.max(1) - 1).saturating_sub(index(cut));
        let chars: Vec<char> = text.chars().take(at + columns * 2).collect();
        let at = at.min(chars.len());
        let end = at + value_length(chars.get(at..).unwrap_or_default());
        // A quarter of the line says what stands before.
        let start = if chars.len() <= columns {
            0
        } else {
            at.saturating_sub(columns / 4)
        };
        let stop = chars.len().min(start + columns);
        let mut frame = Frame {
            text: String::new(),
            span: 0..0,
        };
        if start > 0 || cut > 0 {
            frame.text.push('…');
        }
        for (i, &c) in chars.iter().enumerate().take(stop).skip(start) {
            if i == at {
                frame.span.start = frame.text.len();
            }
            if c == '\t' {
                frame.text.push(' ');
            } else if is_treacherous(c) {
                frame.text.push_str(&terminal(c.encode_utf8(&mut [0; 4])));
            } else {
                frame.text.push(c);
            }
            if i < end {
                frame.span.end = frame.text.len();
            }
        }
        if at >= stop {
            frame.span.start = frame.text.len();
        }
        frame.span.end = frame.span.end.max(frame.span.start);
        if stop < chars.len() || text.chars().nth(chars.len()).is_some() {
            frame.text.push('…');
        }
        frame
    }
}

/// How many characters the value takes that starts here: a JSON string to its closing quote, an opening
/// bracket alone, anything else up to what ends a scalar.
fn value_length(rest: &[char]) -> usize {
    match rest.first() {
        None => 0,
        Some('{' | '[') => 1,
        Some('"') => {
            let mut escaped = false;
            let close = rest.iter().skip(1).position(|&c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            close.map_or(rest.len(), |close| close + 2)
        }
        Some(_) => rest
            .iter()
            .position(|c| matches!(c, ',' | '}' | ']') || c.is_whitespace())
            .unwrap_or(rest.len())
            .max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;
    use proptest::prelude::*;

    fn meant(text: &str, cut: u32, column: u32, columns: usize) -> (String, String) {
        let frame = Frame::new(text, cut, column, columns);
        let span = frame.text[frame.span.clone()].to_owned();
        (frame.text, span)
    }

    #[test]
    fn the_value_is_underlined() {
        let line = r#"{"role": "roles/owner", "n": 12}"#;
        assert_eq!(meant(line, 0, 10, 80).1, r#""roles/owner""#);
        assert_eq!(meant(line, 0, 30, 80).1, "12");
        assert_eq!(meant(line, 0, 1, 80).1, "{");
        assert_eq!(meant(line, 0, 999, 80).1, "");
        assert_eq!(meant("", 0, 1, 80), (String::new(), String::new()));
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let line = format!("{}\"allUsers\"{}", "a".repeat(500), "b".repeat(500));
        let (text, span) = meant(&line, 0, 501, 60);
        assert_eq!(span, "\"allUsers\"");
        assert_eq!(text.chars().count(), 62);
        assert!(text.starts_with("…a") && text.ends_with("b…"), "{text}");
        assert_eq!(meant("xx\"y\"zz", 100, 103, 60).0, "…xx\"y\"zz");
    }

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(meant("\"a\u{1b}[2J\"", 0, 1, 80).1, "\"a\\u{1b}[2J\"");
    }

    proptest! {
        #[test]
        fn any_line_gives_a_frame(text: String, cut: u32, column: u32, columns in 1usize..300) {
            let frame = Frame::new(&text, cut, column, columns);
            prop_assert!(frame.text.get(frame.span).is_some());
        }
    }
}
