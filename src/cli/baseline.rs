//! `leastwise baseline`: what is known today and need not be told again.

use super::arguments::{
    ConfigArguments, InputArguments, RuleArguments, TalkArguments, TimeArguments,
};
use super::catalog::CatalogArguments;
use super::judge::Judgement;
use super::output::{note, print_text, warn};
use super::run::{Inputs, judge_paths};
use super::verdict::{incomplete, nothing_known};
use super::{Failure, progress, rulebook};
use crate::finding::{Persona, Severity};
use crate::report::escape;
use crate::rules::Ruleset;
use crate::settings::{self, Entry, Exit, Overrides, Settings, Triage, triage};
use clap::{Args, Subcommand, ValueHint};
use jiff::Timestamp;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Write, check or prune a baseline: findings that are known and not told again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise baseline write leastwise-baseline.json exports/
  leastwise lint --baseline leastwise-baseline.json exports/
  leastwise baseline check leastwise-baseline.json exports/
  leastwise baseline prune leastwise-baseline.json exports/")]
pub(super) struct Baseline {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write everything that is found now into FILE.
    ///
    /// An earlier FILE does not count, except that its entries keep their first day. Findings that a suppression
    /// covers are not written, those that a persona or `min-severity` hides are.
    Write(Write),
    /// Fail if entries of FILE match nothing any more.
    Check(Common),
    /// Drop the entries of FILE that match nothing any more, and add none.
    ///
    /// Judge all that FILE was written from: what is not in the input counts as fixed.
    Prune(Common),
}

#[derive(Debug, Args)]
struct Write {
    /// Replace FILE even if it is no baseline.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// The baseline, e.g. `leastwise-baseline.json`.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    #[command(flatten)]
    input: InputArguments,

    /// Go on although something could not be read.
    #[arg(long)]
    allow_incomplete: bool,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    talk: TalkArguments,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    time: TimeArguments,
}

impl Baseline {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.command {
            Command::Write(write) => write.run(),
            Command::Check(common) => common.check(),
            Command::Prune(common) => common.prune(),
        }
    }
}

/// What was found, before any persona or severity hides it.
struct Found {
    ruleset: Ruleset,
    triage: Triage,
    now: Timestamp,
}

impl Write {
    fn run(self) -> Result<Exit, Failure> {
        let file = &self.common.file;
        let previous = match settings::Baseline::load(file) {
            Ok(previous) => Some(previous),
            Err(_) if !file.exists() => None,
            Err(error) if self.force => {
                warn(&format!("replacing `{}`: {error}", file.display()));
                None
            }
            Err(error) => {
                return Err(Failure::usage(format!(
                    "{error}\nnot replaced, because it is no baseline; `--force` replaces it"
                )));
            }
        };
        let Some(found) = self.common.find(None)? else {
            return Ok(Exit::Incomplete);
        };
        let infos = rulebook::infos(&found.ruleset.rules);
        let baseline = settings::Baseline::of(
            &found.triage.reported,
            &infos,
            previous.as_ref(),
            found.now,
            env!("CARGO_PKG_VERSION"),
        );
        baseline.write(file)?;
        if self.common.talk.quiet == 0 {
            let before: HashSet<&str> = previous
                .iter()
                .flat_map(|previous| previous.entries())
                .map(|entry| &*entry.fp)
                .collect();
            let entries = baseline.entries().iter();
            let known = entries.filter(|entry| before.contains(&*entry.fp)).count();
            note(&format!(
                "{}: {}, {known} of them known before{}",
                file.display(),
                count(baseline.entries().len()),
                severities(baseline.entries())
            ));
        }
        Ok(Exit::Clean)
    }
}

impl Common {
    fn check(self) -> Result<Exit, Failure> {
        let Some((baseline, stale)) = self.stale()? else {
            return Ok(Exit::Incomplete);
        };
        if !stale.is_empty() {
            print_text(&told(&stale))?;
        }
        if self.talk.quiet == 0 {
            let (file, all) = (self.file.display(), count(baseline.entries().len()));
            note(&match stale.len() {
                0 => format!("{file}: {all}, all still there"),
                gone => format!(
                    "{file}: {all}, {gone} found no more; `leastwise baseline prune` removes them"
                ),
            });
        }
        Ok(match stale.len() {
            0 => Exit::Clean,
            _ => Exit::Findings,
        })
    }

    fn prune(self) -> Result<Exit, Failure> {
        let Some((baseline, stale)) = self.stale()? else {
            return Ok(Exit::Incomplete);
        };
        if !stale.is_empty() {
            baseline.without(&stale).write(&self.file)?;
            print_text(&told(&stale))?;
        }
        if self.talk.quiet == 0 {
            note(&format!(
                "{}: {} removed, {} left",
                self.file.display(),
                stale.len(),
                baseline.entries().len() - stale.len()
            ));
        }
        Ok(Exit::Clean)
    }

    /// The baseline, and its entries that nothing matches any more.
    fn stale(&self) -> Result<Option<(settings::Baseline, Vec<Entry>)>, Failure> {
        let baseline = settings::Baseline::load(&self.file)?;
        let found = self.find(Some(&self.file))?;
        Ok(found.map(|found| (baseline, found.triage.stale)))
    }

    /// Judges everything under `baseline`. Nothing if the run was incomplete, which is told: what could not be read is
    /// neither found nor fixed.
    fn find(&self, baseline: Option<&Path>) -> Result<Option<Found>, Failure> {
        let loaded = self.config.load()?;
        let now = self.time.now()?;
        let overrides = Overrides {
            fail_on: None,
            min_severity: Some(Severity::Info),
            persona: Some(Persona::Auditor),
            no_ignores: false,
            baseline: baseline.map(Path::to_path_buf),
            no_baseline: baseline.is_none(),
        };
        let settings = Settings::new(&loaded, &overrides, now)?;
        let ruleset = self.rules.load(&loaded, &settings)?;
        let opened = self.catalog.open()?;
        let inputs = Inputs::gather(&self.input)?;
        let threads = self.input.threads();
        let mut judgement = progress::shown(&self.talk, &[], inputs.size(), |progress| {
            judge_paths(
                &inputs,
                &settings,
                &ruleset,
                opened.catalog(),
                now,
                threads,
                progress,
            )
        })?;
        inputs.warn_of_shared_resource(&judgement);
        if nothing_known(&judgement) {
            return Err(Failure::usage(
                "nothing to judge: no file is an export that leastwise knows",
            ));
        }
        if incomplete(&judgement) > 0 {
            tell_incomplete(&judgement);
            if !self.allow_incomplete {
                warn(
                    "the run is incomplete, so nothing was decided; `--allow-incomplete` goes on regardless",
                );
                return Ok(None);
            }
        }
        let findings = std::mem::take(&mut judgement.findings);
        let triage = triage(findings, &rulebook::infos(&ruleset.rules), &settings, now);
        Ok(Some(Found {
            ruleset,
            triage,
            now,
        }))
    }
}

/// What could not be read, at most a few.
fn tell_incomplete(judgement: &Judgement) {
    const FEW: usize = 5;
    let gaps: Vec<_> = judgement
        .gaps
        .iter()
        .filter(|gap| gap.reason.is_incomplete())
        .collect();
    for gap in gaps.iter().take(FEW) {
        let document = gap
            .document
            .and_then(|id| judgement.documents.get(id.0 as usize));
        let place = document.map_or(String::new(), |document| match gap.location {
            Some(at) => format!("{}:{}:{}: ", document.path.display(), at.line, at.column),
            None => format!("{}: ", document.path.display()),
        });
        warn(&format!("{place}{}", gap.message));
    }
    if gaps.len() > FEW {
        warn(&format!("… and {} more", gaps.len() - FEW));
    }
}

fn count(entries: usize) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        several => format!("{several} entries"),
    }
}

/// `: 3 critical, 11 high`, worst first.
fn severities(entries: &[Entry]) -> String {
    let counted = Severity::WORST_FIRST.into_iter().filter_map(|severity| {
        let n = entries
            .iter()
            .filter(|entry| entry.severity == severity)
            .count();
        (n > 0).then(|| format!("{n} {}", severity.slug()))
    });
    let counted: Vec<String> = counted.collect();
    match counted.is_empty() {
        true => String::new(),
        false => format!(" ({})", counted.join(", ")),
    }
}

/// One line an entry.
fn told(entries: &[Entry]) -> String {
    entries
        .iter()
        .map(|entry| {
            let resource = crate::model::short_name(&entry.resource);
            let line = format!(
                "{}  {}  {resource}  since {}",
                entry.severity.slug(),
                entry.rule,
                entry.first_seen
            );
            format!("{}\n", escape::terminal(&line))
        })
        .collect()
}
