//! Who is measured: each a whole process.

use super::child::{self, Run};
use super::generate;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What everybody runs over.
pub(crate) struct Course {
    /// The export.
    pub(crate) export: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its lines.
    pub(crate) assets: u64,
    /// The folder of the small set of rules.
    pub(crate) fourteen: PathBuf,
    /// The folder of all rules.
    pub(crate) hundred: PathBuf,
}

/// One process to measure, and how it did so far.
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) threads: String,
    command: Command,
    /// Exit codes that mean that it did its work: for a linter, finding something is one.
    accepted: &'static [i32],
    /// It prints the number of assets, which must be right.
    counts_assets: bool,
    /// The file that it must write anew in each run.
    writes: Option<PathBuf>,
    pub(crate) runs: Vec<Run>,
    pub(crate) failure: Option<String>,
}

impl Contestant {
    fn new(name: &str, threads: String, command: Command) -> Contestant {
        Contestant {
            name: name.to_owned(),
            threads,
            command,
            accepted: &[0],
            counts_assets: false,
            writes: None,
            runs: Vec::new(),
            failure: None,
        }
    }

    /// A contestant of this program, as a process of its own so that memory and start-up count alike.
    pub(crate) fn own(
        mode: &str,
        name: &str,
        threads: usize,
        course: &Course,
    ) -> Result<Contestant> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--contestant", mode, "--threads"])
            .arg(threads.to_string())
            .arg(&course.export);
        let mut contestant = Contestant::new(name, threads.to_string(), command);
        contestant.counts_assets = true;
        Ok(contestant)
    }

    /// This linter with the rules of a folder, or with all that are built in.
    pub(crate) fn ours(
        name: String,
        course: &Course,
        rules: Option<&Path>,
        out: &Path,
    ) -> Contestant {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        let mut format = std::ffi::OsString::from("ndjson=");
        format.push(out);
        command
            .arg("lint")
            .arg(&course.export)
            .args(["--no-config", "--format"])
            .arg(format)
            .env("LEASTWISE_CATALOG", "embedded")
            .env("SOURCE_DATE_EPOCH", generate::NOW.to_string());
        match rules {
            Some(rules) => command.arg("--no-builtin-rules").arg("--rules").arg(rules),
            None => command.args(["--persona", "auditor"]),
        };
        let mut contestant = Contestant::new(&name, "all".to_owned(), command);
        contestant.accepted = &[0, 1];
        contestant.writes = Some(out.to_owned());
        contestant
    }

    pub(crate) fn duckdb(
        name: String,
        course: &Course,
        python: &Path,
        threads: usize,
    ) -> Contestant {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let mut command = Command::new(python);
        command
            .arg(sources.join("in_duckdb.py"))
            .arg(&course.export)
            .arg(&course.hundred)
            .arg(sources.join("rules.toml"))
            .args(["--now", &generate::NOW.to_string()])
            .args(["--threads", &threads.to_string()]);
        Contestant::new(&name, threads.to_string(), command)
    }

    /// Runs once more, unless it failed before.
    pub(crate) fn race(&mut self, course: &Course) {
        if self.failure.is_some() {
            return;
        }
        if let Some(path) = &self.writes {
            // Nothing may be left of an earlier run, or a program that does nothing would look fast.
            let _ = std::fs::remove_file(path);
        }
        let run = match child::run(&mut self.command) {
            Ok(run) => run,
            Err(error) => {
                self.failure = Some(format!("{error:#}"));
                return;
            }
        };
        let done = run
            .status
            .code()
            .is_some_and(|code| self.accepted.contains(&code));
        if !done {
            let complaint = run.stderr.lines().last().unwrap_or("no message");
            self.failure = Some(format!("{}: {complaint}", run.status));
        } else if self.counts_assets && run.stdout.trim() != course.assets.to_string() {
            self.failure = Some(format!("it saw {} assets", run.stdout.trim()));
        } else if self.writes.as_ref().is_some_and(|path| !has_content(path)) {
            self.failure = Some("it wrote no findings".to_owned());
        } else {
            self.runs.push(run);
        }
    }

    /// The median wall time, unless it failed.
    pub(crate) fn wall(&self) -> Option<Duration> {
        if self.failure.is_some() {
            return None;
        }
        median(self.runs.iter().map(|run| run.wall))
    }

    /// The most memory that any run held, in MiB.
    pub(crate) fn peak_mib(&self) -> Option<f64> {
        let kib = self.runs.iter().filter_map(|run| run.peak_kib).max()?;
        Some(kib as f64 / 1024.0)
    }
}

fn has_content(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

pub(crate) fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let middle = values.len() / 2;
    values.into_iter().nth(middle)
}

/// The version of DuckDB, or why it cannot take part.
pub(crate) fn duckdb_version(python: &Path) -> Result<String, String> {
    let mut command = Command::new(python);
    command.args(["-c", "import tomllib, duckdb; print(duckdb.__version__)"]);
    let run = child::run(&mut command).map_err(|error| format!("{error:#}"))?;
    if run.status.success() {
        return Ok(run.stdout.trim().to_owned());
    }
    Err(format!(
        "{} says \"{}\"; `python3 -m venv V && V/bin/pip install duckdb`, then `--python V/bin/python`",
        python.display(),
        run.stderr.lines().last().unwrap_or_default()
    ))
}
