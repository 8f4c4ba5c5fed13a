//! What GitHub Actions wants besides annotations: the step's outputs and its summary.

use super::Failure;
use super::output::{Target, reason, warn};
use crate::report::{Format, Report, Style, render};
use std::fs::OpenOptions;
use std::io::{self, Write};

/// GitHub refuses a step summary above 1 MiB as a whole; what earlier commands of the step wrote counts, too.
const SUMMARY_LIMIT: u64 = 1 << 20;

/// Ends a summary that had to be cut.
const CUT: &str = "\n\n… cut: GitHub shows at most 1 MiB. The other formats hold everything.\n";

/// Appends to `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT`, if the format `github` was asked for. A file that cannot be
/// written is a warning: the run has its result.
pub(super) fn tell(report: &Report<'_>, targets: &[Target], style: Style) -> Result<(), Failure> {
    if !targets.iter().any(|target| target.format == Format::Github) {
        return Ok(());
    }
    let named = |variable| super::env(variable).filter(|path| !path.is_empty());
    if let Some(path) = named("GITHUB_STEP_SUMMARY") {
        let taken = std::fs::metadata(&path).map_or(0, |file| file.len());
        let mut text = Vec::new();
        let plain = Style {
            color: false,
            width: None,
            ..style
        };
        render(Format::Markdown, report, plain, &mut text)?;
        let room = SUMMARY_LIMIT.saturating_sub(taken);
        let text = cut(text, usize::try_from(room).unwrap_or(usize::MAX));
        append("GITHUB_STEP_SUMMARY", &path, &text);
    }
    if let Some(path) = named("GITHUB_OUTPUT") {
        append("GITHUB_OUTPUT", &path, outputs(report, targets).as_bytes());
    }
    Ok(())
}

/// At most `room` bytes of `text`, cut at the end of a line.
fn cut(mut text: Vec<u8>, room: usize) -> Vec<u8> {
    if text.len() <= room {
        return text;
    }
    let Some(room) = room.checked_sub(CUT.len()) else {
        return Vec::new();
    };
    let end = memchr::memrchr(b'\n', &text[..room]).unwrap_or(0);
    text.truncate(end);
    text.extend_from_slice(CUT.as_bytes());
    text
}

/// The outputs of the step, one `name=value` a line.
fn outputs(report: &Report<'_>, targets: &[Target]) -> String {
    let severity = report.findings.first().map_or("", |f| f.severity.slug());
    let mut lines = format!(
        "max-severity={severity}\nfindings={}\ncomplete={}\n",
        report.findings.len(),
        report.coverage.complete
    );
    let sarif = targets
        .iter()
        .find(|target| target.format == Format::Sarif)
        .and_then(|target| target.file.as_ref())
        .map(|file| file.display().to_string());
    // A line feed in the name would start another output.
    if let Some(file) = sarif.filter(|file| !file.contains(['\n', '\r'])) {
        lines.push_str(&format!("sarif-file={file}\n"));
    }
    lines
}

fn append(variable: &str, path: &str, text: &[u8]) {
    let open = OpenOptions::new().append(true).create(true).open(path);
    let written: io::Result<()> = open.and_then(|mut file| file.write_all(text));
    if let Err(error) = written {
        warn(&format!(
            "{variable}: cannot write `{path}`: {}",
            reason(&error)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::{CUT, cut};

    #[test]
    fn a_summary_is_cut_at_a_line() {
        let text = "0123456789\n".repeat(100).into_bytes();
        assert_eq!(cut(text.clone(), text.len()), text);
        let short = String::from_utf8(cut(text.clone(), 500)).unwrap_or_default();
        assert!(short.len() <= 500 && short.ends_with(CUT), "{short}");
        let kept = short.strip_suffix(CUT).unwrap_or_default();
        assert!(kept.lines().all(|line| line == "0123456789"), "{kept}");
        assert!(cut(text, 10).is_empty());
    }
}
