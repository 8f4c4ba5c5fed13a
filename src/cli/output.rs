//! Where results and talk go: results to standard output or files, talk to standard error.

use crate::report::{Format, Report, Style, render};
use crate::settings::{ColorChoice, color, write_atomically};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::str::FromStr;

/// One `--format`: a format, and the file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = name.parse::<Format>().map_err(|error| error.to_string())?;
        Ok(Target {
            format,
            file: file.filter(|f| f.as_os_str() != "-"),
        })
    }
}

/// Writes the report to every target. A file appears whole or not at all.
pub(super) fn write(
    report: &Report<'_>,
    targets: &[Target],
    choice: ColorChoice,
    style: Style,
) -> io::Result<()> {
    for target in targets {
        match &target.file {
            Some(path) => {
                let plain = Style {
                    color: choice == ColorChoice::Always,
                    width: None,
                    ..style
                };
                let mut text = Vec::new();
                render(target.format, report, plain, &mut text)?;
                write_atomically(path, &text).map_err(|error| {
                    io::Error::new(
                        error.kind(),
                        format!("cannot write {}: {error}", path.display()),
                    )
                })?;
            }
            None => {
                let stdout = io::stdout();
                let terminal = stdout.is_terminal();
                let style = Style {
                    color: color(choice, &super::env, terminal),
                    width: terminal.then(width).flatten(),
                    ..style
                };
                let mut out = BufWriter::with_capacity(1 << 16, stdout.lock());
                render(target.format, report, style, &mut out)?;
                out.flush()?;
            }
        }
    }
    Ok(())
}

/// Columns of the terminal.
fn width() -> Option<u16> {
    let columns = super::env("COLUMNS").and_then(|text| text.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
}

/// Tells the user that something is wrong.
pub(super) fn complain(message: &str) {
    say("error", message);
}

/// Tells the user something worth knowing.
pub(super) fn warn(message: &str) {
    say("warning", message);
}

fn say(word: &str, message: &str) {
    let mut stderr = io::stderr().lock();
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(stderr, "{word}: {message}");
}
