//! `docs/reliability.md`: what was measured, for people, and read back.

use super::estate::FaultKind;
use super::faults::{Comes, Row};
use super::tool::Scanned;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What came of a fault in an API.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// In a word.
    pub outcome: Outcome,
    /// What the user is told first.
    pub message: String,
    /// How long it took.
    pub time: std::time::Duration,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

impl Cell {
    /// What a scan says, beside what it says when nothing goes wrong.
    pub fn of(scanned: &Scanned, calm: &Scanned, apis: &Scanned) -> Cell {
        Cell {
            outcome: match (scanned.code, scanned.gaps.is_empty()) {
                (Some(0), true) if scanned.findings == calm.findings => Outcome::Whole,
                (Some(0), true) if scanned.findings == apis.findings => Outcome::Apis,
                (Some(0), true) => Outcome::Gone,
                (Some(3), false) => Outcome::Gap,
                (Some(4), _) => Outcome::Stops,
                _ => Outcome::Wrong,
            },
            message: scanned.gaps.first().cloned().unwrap_or_default(),
            time: scanned.time,
            wrong: None,
        }
    }
}

/// What came of it, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The findings are those of every other day, and nothing is missing.
    Whole,
    /// Nothing is missing, and the findings are those of a calm day with `--via apis`.
    Apis,
    /// Nothing is missing, and the findings are those of an estate that has nothing of what was asked for.
    Gone,
    /// Something is missing, and it is told.
    Gap,
    /// Nothing can be judged, and it is told why.
    Stops,
    /// None of these.
    #[default]
    Wrong,
}

impl Outcome {
    /// As the matrix shows it.
    fn word(self) -> &'static str {
        match self {
            Outcome::Whole => "whole",
            Outcome::Apis => "apis",
            Outcome::Gone => "gone",
            Outcome::Gap => "gap",
            Outcome::Stops => "stops",
            Outcome::Wrong => "wrong",
        }
    }
}

/// Cells by API and fault.
#[derive(Debug, Default)]
pub struct Matrix {
    cells: BTreeMap<(String, String), Cell>,
}

impl Matrix {
    /// Takes a cell in.
    pub fn add(&mut self, api: &str, row: &str, cell: Cell) {
        self.cells.insert((api.to_owned(), row.to_owned()), cell);
    }

    fn get(&self, api: &str, row: &str) -> Option<&Cell> {
        self.cells.get(&(api.to_owned(), row.to_owned()))
    }
}

/// Where it lies.
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md")
}

const HEAD: &str = "\
<!-- Measured and written by tests/reliability.rs: UPDATE_DOCS=1 cargo test --test reliability -->

# What a scan says when Google does not answer

`leastwise scan` never passes silently over what it could not read. This page is measured: for every API that a scan asks
and every fault, the tool scans an organisation of two projects on a loopback server on which all calls of that API go
wrong in that way, and is compared with the same scan on a calm day, both with `--attempts 2 --attempt-timeout 1s --call-timeout 4s` and
`--exit-zero`. It always ends; every finding whose rule asks nothing of that API is given; and what is missing is a gap:
told on the terminal, in every report and in the saved snapshot. Exit code 3 says that there are gaps, unless
`--allow-incomplete` is given or there are findings, whose 1 comes first; the report's `coverage.complete` is false in any
case. `--resume` reads what is missing again.

Buckets are read by REST here (`--storage-transport rest`); `tests/storage_readers.rs` does the same to gRPC.

## What the user sees

";

const MATRIX: &str = "
## Every API

* **whole**: nothing is missing, the findings are those of the calm day.
* **gap**: exit code 3, the gap is told, all other findings are given.
* **apis**: nothing is missing that `--via apis` would have read, and a note tells what it does not read.
* **gone**: 404 is an answer here: what was asked for does not exist, and is judged so.
* **stops**: exit code 4, nothing could be read at all, and the reason is told.
* **–**: this API cannot go wrong in this way.

APIs that the built-in rules ask nothing of are not asked, and not in the table. With `--via auto`, the default, a scan
goes on by the APIs of the services where Cloud Asset Inventory fails; what only the inventory tells is then a gap, unless it was
refused or is not enabled.

";

/// The page.
pub fn write(matrix: &Matrix, apis: &[String], rows: &[Row], example: &str) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| fault | the API does | comes of it | the user is told, e.g. |\n| --- | --- | --- | --- |\n");
    for row in rows {
        let _ = writeln!(page, "{}", line(matrix, row, example));
    }
    page.push_str(MATRIX);
    let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    let _ = writeln!(page, "| API | {} |", names.join(" | "));
    let _ = writeln!(page, "| --- |{}", " --- |".repeat(rows.len()));
    for api in apis {
        let _ = write!(page, "| {api} |");
        for row in rows {
            let word = matrix
                .get(api, row.name)
                .map_or("–", |cell| cell.outcome.word());
            let _ = write!(page, " {word} |");
        }
        page.push('\n');
    }
    page
}

fn line(matrix: &Matrix, row: &Row, example: &str) -> String {
    let cell = matrix.get(row.only.unwrap_or(example), row.name);
    let comes = match row.comes {
        Comes::Nothing if matches!(row.kind, FaultKind::List(_)) => "nothing: the list goes on",
        Comes::Nothing => "nothing: it is tried again",
        Comes::Gap => "a gap",
        Comes::GapUnlessGone => "a gap; nothing, if what was listed may be deleted since",
    };
    let message = cell.map_or("", |cell| cell.message.as_str());
    let message = message.replace('|', "\\|").replace('<', "&lt;");
    format!("| {} | {} | {comes} | {message} |", row.name, row.does)
}

/// What differs between what was measured and the page.
pub fn compare(matrix: &Matrix, rows: &[Row], example: &str) -> Vec<String> {
    let page = std::fs::read_to_string(path()).unwrap_or_default();
    let mut stale = Vec::new();
    for row in rows {
        let line = line(matrix, row, example);
        let measured = matrix.get(row.only.unwrap_or(example), row.name).is_some();
        if measured && !page.lines().any(|known| known == line) {
            stale.push(line);
        }
    }
    for ((api, row), cell) in &matrix.cells {
        let column = rows
            .iter()
            .position(|known| known.name == row)
            .unwrap_or_default();
        let known = page
            .lines()
            .find_map(|line| line.strip_prefix(&format!("| {api} |")))
            .filter(|line| !line.contains("the API does"))
            .and_then(|line| line.split('|').nth(column))
            .map(str::trim);
        if known != Some(cell.outcome.word()) {
            stale.push(format!(
                "{api} × {row}: {} and not {known:?}",
                cell.outcome.word()
            ));
        }
    }
    stale
}
