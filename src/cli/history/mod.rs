//! `leastwise history`: what is remembered of earlier runs.

mod lines;

use super::Failure;
use super::arguments::TimeArguments;
use super::catalog::{columns, count};
use super::output::{note, print, print_json, print_text, stdout_color};
use crate::escape;
use crate::finding::Severity;
use crate::history::{Filter, History, RunRow};
use crate::settings::Exit;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use jiff::{SignedDuration, Timestamp};
use lines::{FindingLine, KindLine, Line, RunLine, TrendLine, day};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Show what earlier runs found, and how it changes.
///
/// `lint --history FILE` remembers its runs. Without a command: the last runs, what is open now, and how the estate
/// has changed since the run before.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  leastwise lint exports/ --history leastwise-history.db
  leastwise history leastwise-history.db
  leastwise history show leastwise-history.db 12
  leastwise history findings leastwise-history.db --state fixed --format csv
  leastwise history trend leastwise-history.db
  leastwise history prune leastwise-history.db --keep-days 400")]
pub(super) struct HistoryCommand {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    asked: Option<Asked>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the runs.
    Runs(Asked),
    /// Show one run: what it judged, what was new, reopened and fixed, and how the estate has changed.
    Show(Show),
    /// List findings with their first and last day.
    Findings(Findings),
    /// Show for each day what came, what went, and what was open at its end.
    Trend(Asked),
    /// Forget what was fixed long ago, and old runs. What is open stays, and the last run of each scope.
    Prune(Prune),
}

#[derive(Debug, Args)]
struct Asked {
    /// The history, e.g. `leastwise-history.db`.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// Only this scope, as `history runs` names it, e.g. `exports`.
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,

    /// `table`, `json` or `csv`.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "table",
        hide_possible_values = true
    )]
    format: Form,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    asked: Asked,

    /// The number of the run [default: the last one].
    #[arg(value_name = "RUN")]
    run: Option<i64>,
}

#[derive(Debug, Args)]
struct Findings {
    #[command(flatten)]
    asked: Asked,

    /// Only those that are `open` or `fixed`, or that were `new` or back again in the last run of their scope.
    #[arg(long, value_name = "STATE", hide_possible_values = true)]
    state: Option<StateWord>,

    /// Only those of this rule, e.g. `gcs-public-iam`.
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
}

#[derive(Debug, Args)]
struct Prune {
    /// The history, e.g. `leastwise-history.db`.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// Keep what happened in the last N days.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000))]
    keep_days: u32,

    #[command(flatten)]
    time: TimeArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StateWord {
    Open,
    Fixed,
    New,
}

/// Runs that the overview shows.
const RECENT: u64 = 10;

impl HistoryCommand {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match (self.command, self.asked) {
            (Some(Command::Runs(asked)), _) => asked.runs()?,
            (Some(Command::Show(show)), _) => show.show()?,
            (Some(Command::Findings(findings)), _) => findings.list()?,
            (Some(Command::Trend(asked)), _) => asked.trend()?,
            (Some(Command::Prune(prune)), _) => prune.prune()?,
            (None, Some(asked)) => asked.overview()?,
            (None, None) => {
                return Err(Failure::usage(
                    "name the history, e.g. `leastwise history leastwise-history.db`",
                ));
            }
        }
        Ok(Exit::Clean)
    }
}

impl Asked {
    fn open(&self) -> Result<History, Failure> {
        let history = History::open_existing(&self.file)?;
        if let Some(scope) = &self.scope {
            let known = history.scopes()?;
            if !known.contains(scope) {
                let known: Vec<String> = known
                    .iter()
                    .take(5)
                    .map(|name| format!("`{name}`"))
                    .collect();
                return Err(Failure::usage(format!(
                    "no run of the scope `{scope}` is in the history; it knows {}",
                    match known.is_empty() {
                        true => "none".to_owned(),
                        false => known.join(", "),
                    }
                )));
            }
        }
        Ok(history)
    }

    fn lines(&self, history: &History, most: Option<u64>) -> Result<Vec<RunLine>, Failure> {
        let runs = history.runs(self.scope.as_deref(), most)?;
        Ok(runs.iter().map(RunLine::new).collect())
    }

    fn runs(&self) -> Result<(), Failure> {
        let history = self.open()?;
        tell(&self.lines(&history, None)?, self.format)
    }

    /// The last runs, what is open, and how the estate has changed.
    fn overview(&self) -> Result<(), Failure> {
        let history = self.open()?;
        let lines = self.lines(&history, Some(RECENT))?;
        if self.format != Form::Table {
            return tell(&lines, self.format);
        }
        if lines.is_empty() {
            return print_text("No run is in the history yet.\n");
        }
        let mut text = table(&lines);
        for scope in history.scopes()? {
            if self.scope.as_ref().is_some_and(|asked| *asked != scope) {
                continue;
            }
            if let Some(last) = history.runs(Some(&scope), Some(1))?.first() {
                text.push_str(&now(&history, last)?);
            }
        }
        print_text(&text)
    }

    fn trend(&self) -> Result<(), Failure> {
        let history = self.open()?;
        tell(
            &trend(&history.runs(self.scope.as_deref(), None)?),
            self.format,
        )
    }
}

/// What is open in a scope after its last run, and what has changed in the estate.
fn now(history: &History, last: &RunRow) -> Result<String, Failure> {
    let open = history.findings(&Filter {
        scope: Some(&last.scope),
        open: Some(true),
        ..Filter::default()
    })?;
    let reported = open.iter().filter(|known| known.reported);
    let oldest = reported.map(|known| known.past.first_seen).min();
    let severities = Severity::WORST_FIRST.iter().zip(last.open);
    let severities: Vec<String> = severities
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {}", severity.slug()))
        .collect();
    let state = match oldest {
        Some(oldest) => format!(
            "{} open, the oldest since {}",
            severities.join(", "),
            day(oldest)
        ),
        None => "nothing open".to_owned(),
    };
    let mut text = format!("\n{}: {state}.\n", escape::terminal(&last.scope));
    if let Some(before) = history.run_before(last)? {
        let changed = changed(history, last, Some(&before))?;
        let changed: Vec<String> = changed
            .iter()
            .filter(|line| line.is_change())
            .map(|line| format!("{} {} → {}", line.kind, line.before.unwrap_or(0), line.now))
            .collect();
        if !changed.is_empty() {
            let changed = changed.join(", ");
            let changed = escape::terminal(&changed);
            text.push_str(&format!("  since run {}: {changed}\n", before.id));
        }
    }
    Ok(text)
}

/// How many things of each kind a run saw, beside the run before it.
fn changed(
    history: &History,
    run: &RunRow,
    before: Option<&RunRow>,
) -> Result<Vec<KindLine>, Failure> {
    let now = history.kinds(run.id)?;
    let then = before.map(|before| history.kinds(before.id)).transpose()?;
    let earlier = then.iter().flat_map(|then| then.keys());
    let kinds: BTreeSet<&String> = now.keys().chain(earlier).collect();
    let of = |counts: &BTreeMap<String, u64>, kind| counts.get(kind).copied().unwrap_or(0);
    Ok(kinds
        .into_iter()
        .map(|kind| KindLine {
            kind: kind.clone(),
            before: then.as_ref().map(|then| of(then, kind)),
            now: of(&now, kind),
        })
        .collect())
}

/// The runs of each day together: what came and went, and what was open at its end over all scopes.
fn trend(runs: &[RunRow]) -> Vec<TrendLine> {
    let mut days: BTreeMap<String, TrendLine> = BTreeMap::new();
    let mut ends: BTreeMap<String, BTreeMap<&str, [u64; 5]>> = BTreeMap::new();
    for run in runs {
        let date = day(run.started);
        let line = days.entry(date.clone()).or_default();
        line.day.clone_from(&date);
        line.runs += 1;
        line.incomplete += u64::from(!run.complete);
        line.new += run.new;
        line.reopened += run.reopened;
        line.fixed += run.fixed;
        ends.entry(date).or_default().insert(&run.scope, run.open);
    }
    let mut open: BTreeMap<&str, [u64; 5]> = BTreeMap::new();
    for (date, line) in &mut days {
        open.extend(ends.remove(date).unwrap_or_default());
        let sum = |at: usize| open.values().map(|counts| counts[at]).sum();
        line.open = std::array::from_fn(sum);
    }
    days.into_values().collect()
}

impl Show {
    fn show(&self) -> Result<(), Failure> {
        let history = self.asked.open()?;
        let run = match self.run {
            Some(id) => history.run(Some(id))?,
            None => {
                let last = history.runs(self.asked.scope.as_deref(), Some(1))?;
                last.into_iter().next()
            }
        };
        let Some(run) = run else {
            return Err(Failure::usage(match self.run {
                Some(id) => {
                    format!("no run {id} is in the history; `leastwise history runs` lists them")
                }
                None => "no run is in the history yet".to_owned(),
            }));
        };
        let before = history.run_before(&run)?;
        let kinds = changed(&history, &run, before.as_ref())?;
        let events = history.events(run.id)?;
        let events: Vec<FindingLine> = events
            .iter()
            .map(|(what, known)| FindingLine::new(known, what))
            .collect();
        match self.asked.format {
            Form::Json => {
                #[derive(Serialize)]
                struct Shown<'s> {
                    run: RunLine,
                    changes: &'s [FindingLine],
                    kinds: &'s [KindLine],
                }
                print_json(&Shown {
                    run: RunLine::new(&run),
                    changes: &events,
                    kinds: &kinds,
                })
            }
            Form::Csv => tell(&events, Form::Csv),
            Form::Table => {
                let mut text = table(&[RunLine::new(&run)]);
                let told = RunLine::new(&run).told();
                text.push_str(&format!("\n{told}\n"));
                if !events.is_empty() {
                    text.push_str(&format!("\n{}", table(&events)));
                }
                if before.is_none() || kinds.iter().any(KindLine::is_change) {
                    let kinds: Vec<KindLine> = kinds
                        .into_iter()
                        .filter(|line| before.is_none() || line.is_change())
                        .collect();
                    text.push_str(&format!("\n{}", table(&kinds)));
                }
                print_text(&text)
            }
        }
    }
}

impl Findings {
    fn list(&self) -> Result<(), Failure> {
        let history = self.asked.open()?;
        let filter = Filter {
            scope: self.asked.scope.as_deref(),
            open: match self.state {
                Some(StateWord::Open) => Some(true),
                Some(StateWord::Fixed) => Some(false),
                Some(StateWord::New) | None => None,
            },
            new: self.state == Some(StateWord::New),
            rule: self.rule.as_deref(),
        };
        let lines: Vec<FindingLine> = history
            .findings(&filter)?
            .iter()
            .map(|known| {
                FindingLine::new(
                    known,
                    if known.fixed_at.is_some() {
                        "fixed"
                    } else {
                        "open"
                    },
                )
            })
            .collect();
        if lines.is_empty() && self.asked.format == Form::Table {
            return print_text("No such finding is in the history.\n");
        }
        tell(&lines, self.asked.format)
    }
}

impl Prune {
    fn prune(&self) -> Result<(), Failure> {
        let mut history = History::open_existing(&self.file)?;
        let kept = SignedDuration::from_hours(i64::from(self.keep_days) * 24);
        let before = self.time.now()?.checked_sub(kept).unwrap_or(Timestamp::MIN);
        let pruned = history.prune(before)?;
        note(&format!(
            "{}: {} and {} forgotten",
            self.file.display(),
            count(pruned.runs, "run", "runs"),
            count(pruned.findings, "fixed finding", "fixed findings")
        ));
        Ok(())
    }
}

fn table<const N: usize, L: Line<N>>(lines: &[L]) -> String {
    let rows: Vec<[String; N]> = lines.iter().map(Line::cells).collect();
    columns(L::HEAD, &rows, stdout_color())
}

/// Prints the lines in the format that was asked for.
fn tell<const N: usize, L: Line<N> + Serialize>(lines: &[L], format: Form) -> Result<(), Failure> {
    match format {
        Form::Table => print_text(&table(lines)),
        Form::Json => print_json(&lines),
        Form::Csv => print(|out| {
            write!(out, "{}\r\n", L::FIELDS.join(","))?;
            for line in lines {
                let value = serde_json::to_value(line)?;
                let cell = |field: &&str| match &value[*field] {
                    serde_json::Value::Null => String::new(),
                    serde_json::Value::String(text) => escape::csv(text),
                    other => other.to_string(),
                };
                let cells: Vec<String> = L::FIELDS.iter().map(cell).collect();
                write!(out, "{}\r\n", cells.join(","))?;
            }
            Ok(())
        }),
    }
}
