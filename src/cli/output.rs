//! Where results and talk go: results to standard output or files, talk to standard error.

use super::Failure;
use super::arguments::ReportArguments;
use crate::report::{Format, Report, Style, escape, render};
use crate::settings::{ColorChoice, color, stream_atomically, write_atomically};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::OnceLock;

/// One `--format`: a format, and the file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    /// Absent: standard output.
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

/// The value of one `--format`: several may stand in one, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Targets(Vec<Target>);

impl FromStr for Targets {
    type Err = String;

    /// A comma may also be part of a file's name: it separates only what a format follows, or a bare name.
    fn from_str(text: &str) -> Result<Targets, String> {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(',') {
            let name = part.split('=').next().unwrap_or(part);
            match parts.last_mut() {
                Some(last) if last.contains('=') && name.parse::<Format>().is_err() => {
                    last.push(',');
                    last.push_str(part);
                }
                _ => parts.push(part.to_owned()),
            }
        }
        let targets = parts.iter().map(|part| part.parse::<Target>());
        targets.collect::<Result<_, _>>().map(Targets)
    }
}

/// Where the report goes, checked before anything is read: a long run must not end in a typo.
pub(super) fn targets(arguments: &ReportArguments) -> Result<Vec<Target>, Failure> {
    let mut targets: Vec<Target> = arguments
        .formats
        .iter()
        .flat_map(|several| several.0.iter().cloned())
        .collect();
    if targets.is_empty() {
        targets.push(Target {
            format: Format::Table,
            file: None,
        });
    }
    if let Some(file) = &arguments.output {
        match targets.as_mut_slice() {
            [
                Target {
                    file: place @ None, ..
                },
            ] => *place = Some(file.clone()),
            [one] => {
                return Err(Failure::usage(format!(
                    "`--format {}=…` and `--output` both name a file; keep one of them",
                    one.format
                )));
            }
            _ => {
                return Err(Failure::usage(
                    "`--output` goes with a single `--format`; with several write `--format NAME=FILE`",
                ));
            }
        }
        targets
            .iter_mut()
            .for_each(|target| target.file = target.file.take().filter(|f| f.as_os_str() != "-"));
    }
    let places: Vec<Option<PathBuf>> = targets
        .iter()
        .map(|target| target.file.as_deref().map(place).transpose())
        .collect::<Result<_, _>>()?;
    for (i, place) in places.iter().enumerate() {
        if places[..i].contains(place) {
            let (one, format) = (targets[i].format, Format::name(targets[i].format));
            let whereto = targets[i]
                .file
                .as_ref()
                .map_or("standard output".to_owned(), |file| {
                    format!("`{}`", file.display())
                });
            let way_out = match place {
                Some(_) => "give each its own file".to_owned(),
                None => format!("send one into a file, e.g. `--format {format}=report.{format}`"),
            };
            return Err(Failure::usage(format!(
                "two formats go to {whereto}, the second is {one}; {way_out}"
            )));
        }
    }
    Ok(targets)
}

/// The one name of a file that is to be written. Its folder must be there.
fn place(file: &Path) -> Result<PathBuf, Failure> {
    let wrong =
        |reason: String| Failure::usage(format!("cannot write `{}`: {reason}", file.display()));
    if file.is_dir() {
        return Err(wrong("it is a folder".to_owned()));
    }
    if let Ok(there) = std::fs::canonicalize(file) {
        return Ok(there);
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = file
        .file_name()
        .ok_or_else(|| wrong("it has no file name".to_owned()))?;
    let folder = std::fs::canonicalize(folder)
        .map_err(|error| wrong(format!("its folder: {}", reason(&error))))?;
    if !folder.is_dir() {
        return Err(wrong("its folder is a file".to_owned()));
    }
    Ok(folder.join(name))
}

/// What the system says, in the way we speak: lower case, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Writes the report to every target: files first, each whole or not at all, so that a reader of standard output that
/// goes away takes no file with it. `silent` leaves standard output empty.
pub(super) fn write(
    report: &Report<'_>,
    targets: &[Target],
    style: Style,
    silent: bool,
) -> Result<(), Failure> {
    for target in targets {
        if let Some(path) = &target.file {
            let plain = Style {
                color: choice() == ColorChoice::Always,
                width: None,
                ..style
            };
            let written = stream_atomically(path, |out| render(target.format, report, plain, out));
            written.map_err(|error| cannot_write(path, &error))?;
        }
    }
    for target in targets {
        if target.file.is_none() && !silent {
            let terminal = io::stdout().is_terminal();
            let style = Style {
                color: stdout_color(),
                width: terminal.then(width).flatten(),
                ..style
            };
            print(|out| render(target.format, report, style, out))?;
        }
    }
    Ok(())
}

/// Writes a text into a file, whole or not at all.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    place(path)?;
    write_atomically(path, text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!(
        "cannot write `{}`: {}",
        path.display(),
        reason(error)
    ))
}

/// Writes to standard output.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // What is left in the buffer of a broken pipe must not be tried again.
    let (_, _) = out.into_parts();
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::Internal(anyhow::anyhow!(
            "cannot write to standard output: {}",
            reason(&error)
        )),
    })
}

/// Writes a text to standard output.
pub(super) fn print_text(text: &str) -> Result<(), Failure> {
    print(|out| out.write_all(text.as_bytes()))
}

/// Writes a value to standard output, as indented JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Internal(error.into()))?;
    print(|out| writeln!(out, "{}", escape::json(&text)))
}

/// Columns of the terminal on standard output, if there is one.
pub(super) fn stdout_width() -> Option<u16> {
    io::stdout().is_terminal().then(width).flatten()
}

fn width() -> Option<u16> {
    let columns = super::env("COLUMNS").and_then(|text| text.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
}

static CHOICE: OnceLock<ColorChoice> = OnceLock::new();

/// Remembers `--color` for everything that is said from here on.
pub(super) fn set_color(choice: ColorChoice) {
    // Set once, when the command line has been read.
    let _ = CHOICE.set(choice);
}

fn choice() -> ColorChoice {
    CHOICE.get().copied().unwrap_or_default()
}

/// Whether to colour standard output.
pub(super) fn stdout_color() -> bool {
    color(choice(), &super::env, io::stdout().is_terminal())
}

fn stderr_color() -> bool {
    color(choice(), &super::env, io::stderr().is_terminal())
}

/// Tells the user that something is wrong.
pub(super) fn complain(message: &str) {
    let style = anstyle::AnsiColor::Red
        .on_default()
        .effects(anstyle::Effects::BOLD);
    say("error", style, message);
}

/// Tells the user something worth knowing.
pub(super) fn warn(message: &str) {
    let style = anstyle::AnsiColor::Yellow
        .on_default()
        .effects(anstyle::Effects::BOLD);
    say("warning", style, message);
}

/// Tells the user what is going on.
pub(super) fn note(message: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{}", escape::prose(message));
}

fn say(word: &str, style: anstyle::Style, message: &str) {
    let message = escape::prose(message);
    let mut stderr = io::stderr().lock();
    let _ = if stderr_color() {
        writeln!(stderr, "{style}{word}{style:#}: {message}")
    } else {
        writeln!(stderr, "{word}: {message}")
    };
}

#[cfg(test)]
mod tests {
    use super::Targets;

    #[test]
    fn a_comma_separates_formats_and_may_stand_in_a_file_name() {
        let table = [
            ("table", "table"),
            ("json=a.json,table", "json=a.json table"),
            ("json=a,b.json", "json=a,b.json"),
            ("json=a,b.json,csv=c,d,sarif", "json=a,b.json csv=c,d sarif"),
        ];
        for (text, wanted) in table {
            let targets = text.parse::<Targets>().map(|targets| targets.0);
            let read: Vec<String> = targets
                .into_iter()
                .flatten()
                .map(|target| match target.file {
                    Some(file) => format!("{}={}", target.format, file.display()),
                    None => target.format.to_string(),
                })
                .collect();
            assert_eq!(read.join(" "), wanted, "{text}");
        }
        for text in ["tabel", "json,tabel", "json=,table", ""] {
            assert!(text.parse::<Targets>().is_err(), "{text}");
        }
    }
}
