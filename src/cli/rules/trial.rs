//! `leastwise rules test`: runs the examples that lie beside rules.

use crate::catalog::Catalog;
use crate::cli::Failure;
use crate::cli::arguments::{ConfigArguments, TimeArguments};
use crate::cli::judge::Judgement;
use crate::cli::output::{print_text, stdout_color};
use crate::cli::run::{Inputs, judge_paths};
use crate::cli::{output, rulebook};
use crate::report::escape;
use crate::rules::{Rule, RuleOptions, RuleText, Ruleset, message};
use crate::settings::{Exit, Overrides, Settings};
use crate::sources::{Progress, walk};
use anstyle::{AnsiColor, Effects};
use clap::{Args, ValueHint};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Run the examples of rules: `bad*.json` must be found, and `good*.json` not.
///
/// In `unknown*.json`, where there are any, nothing may be found and something must be unknown. Rules are the `<id>.toml` below the folders given; the examples of a rule are the files below them whose folder
/// is called like it, e.g. `house-rules/fixtures/<id>/bad.json`. A rule needs at least one bad
/// and one good example: one that was never seen to find anything, or to be silent, is not known to work.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise rules test house-rules/
  leastwise rules test rules/ fixtures/rules/ --now 2026-11-23

Layout:
  house-rules/house-no-owner.toml
  house-rules/fixtures/house-no-owner/bad.json
  house-rules/fixtures/house-no-owner/good.json
  house-rules/fixtures/house-no-owner/good-near-miss.json
  house-rules/fixtures/house-no-owner/unknown-half-an-export.json

Exit codes:
  0  every rule keeps its word     1  some rule does not     2  a rule is refused")]
pub(super) struct Test {
    /// Folders with rules and examples.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    folders: Vec<PathBuf>,

    /// Only rules that fail.
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    time: TimeArguments,
}

/// What an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Bad,
    Good,
    Unknown,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Bad, Kind::Good, Kind::Unknown];

    /// How the names of its files begin.
    fn word(self) -> &'static str {
        match self {
            Kind::Bad => "bad",
            Kind::Good => "good",
            Kind::Unknown => "unknown",
        }
    }
}

impl Test {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = self.config.load()?;
        let now = self.time.now()?;
        let overrides = Overrides {
            no_baseline: true,
            ..Overrides::default()
        };
        let settings = Settings::new(&loaded, &overrides, now)?;
        let (texts, mut examples, mut options) = collect(&self.folders)?;
        let mut ruleset = Ruleset::load(&texts).map_err(|errors| Failure::rules(&errors))?;
        // Of what the configuration tells rules, some may be for others.
        let mut own = settings.options();
        own.retain(|id, _| ruleset.find(id).is_some());
        rulebook::configure(&mut ruleset, &own, &settings)?;
        options.retain(|id, _| ruleset.find(id).is_some());
        for (id, path) in &options {
            tell(&mut ruleset, id, path)?;
        }

        let (mut failed, mut run) = (0, 0);
        for rule in &ruleset.rules {
            let examples = examples.remove(&rule.id).unwrap_or_default();
            run += examples.len();
            let problems = problems(rule, &examples, &settings, now)?;
            failed += usize::from(!problems.is_empty());
            if !problems.is_empty() || !self.quiet {
                print_text(&told(rule, &examples, &problems))?;
            }
        }
        let count = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
        let verdict = match failed {
            0 => "all as expected".to_owned(),
            _ => format!("{} failed", count(failed, "rule")),
        };
        let (rules, run) = (count(ruleset.rules.len(), "rule"), count(run, "example"));
        output::note(&format!("{rules}, {run}: {verdict}"));
        Ok(match failed {
            0 => Exit::Clean,
            _ => Exit::Findings,
        })
    }
}

/// Examples by the name of their folder, the bad ones first.
type Examples = BTreeMap<String, BTreeSet<(Kind, PathBuf)>>;

/// What lies below the folders: rules, examples, and files of options by the name of their folder.
type Collected = (Vec<RuleText>, Examples, BTreeMap<String, PathBuf>);

/// Tells a rule what lies beside its examples.
fn tell(ruleset: &mut Ruleset, rule: &str, path: &Path) -> Result<(), Failure> {
    let wrong = |message: &str| Failure::usage(format!("{}: {message}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&output::reason(&error)))?;
    let keys = toml::from_str(&text).map_err(|error| wrong(error.message()))?;
    let told = RuleOptions::from([(rule.to_owned(), keys)]);
    ruleset
        .configure(&told)
        .map_err(|error| wrong(&error.message))
}

/// The rules below `folders`, everything that looks like an example, and the options that lie beside these.
fn collect(folders: &[PathBuf]) -> Result<Collected, Failure> {
    let mut texts: Vec<RuleText> = Vec::new();
    let mut options = BTreeMap::new();
    let mut examples = Examples::new();
    for folder in folders {
        if !folder.exists() {
            let folder = folder.display();
            return Err(Failure::usage(format!(
                "`{folder}`: no such file or directory"
            )));
        }
        let walked = walk(std::slice::from_ref(folder));
        let paths: Vec<PathBuf> = walked.inputs.into_iter().map(|input| input.path).collect();
        let is_rule = |path: &PathBuf| {
            path.extension().is_some_and(|end| end == "toml") && !path.ends_with(rulebook::OPTIONS)
        };
        if paths.iter().any(is_rule) {
            for text in rulebook::read_rules(folder)? {
                if texts.iter().all(|known| known.path != text.path) {
                    texts.push(text);
                }
            }
        }
        for path in paths {
            let folder = path
                .parent()
                .and_then(Path::file_name)
                .and_then(|name| name.to_str());
            if let Some(id) = folder.filter(|_| path.ends_with(rulebook::OPTIONS)) {
                options.insert(id.to_owned(), path);
            } else if let Some((id, kind)) = example(&path) {
                examples.entry(id).or_default().insert((kind, path));
            }
        }
    }
    if texts.is_empty() {
        let message = "no rule there: a rule is one file `<id>.toml`";
        return Err(Failure::usage(format!(
            "`{}`: {message}",
            folders[0].display()
        )));
    }
    Ok((texts, examples, options))
}

/// Whose example a file is, and what it shows: `…/<id>/bad*`, `…/<id>/good*` or `…/<id>/unknown*`.
fn example(path: &Path) -> Option<(String, Kind)> {
    if path
        .extension()
        .is_some_and(|end| end == "toml" || end == "md")
    {
        return None;
    }
    let id = path.parent()?.file_name()?.to_str()?.to_owned();
    let name = path.file_name()?.to_str()?;
    let mut kinds = Kind::ALL.iter();
    let (kind, rest) = kinds.find_map(|kind| Some((*kind, name.strip_prefix(kind.word())?)))?;
    let whole_word = !rest.starts_with(|c: char| c.is_alphabetic());
    whole_word.then_some((id, kind))
}

/// What is wrong with a rule's examples, in the order in which they are told.
fn problems(
    rule: &Rule,
    examples: &BTreeSet<(Kind, PathBuf)>,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let mut problems = Vec::new();
    if !rule.unmet.is_empty() {
        let keys = rule.unmet.join(", ");
        problems.push(format!(
            "needs configuration: {keys}; write `fixtures/{}/{}` with the keys that `[options.{}]` would have",
            rule.id,
            rulebook::OPTIONS,
            rule.id
        ));
    }
    let alone = Ruleset {
        rules: vec![rule.clone()],
    };
    for (kind, path) in examples {
        let inputs = Inputs::list(std::slice::from_ref(path))?;
        // Whether a rule keeps its word must not depend on what somebody has imported.
        let catalog = Catalog::embedded();
        let progress = Progress::default();
        let judgement = judge_paths(&inputs, settings, &alone, catalog, now, 1, &progress)?;
        if let Some(problem) = disappointment(rule, *kind, path, &judgement) {
            problems.push(problem);
        }
    }
    for kind in [Kind::Bad, Kind::Good] {
        if !examples.iter().any(|(of, _)| *of == kind) {
            let word = kind.word();
            problems.push(format!(
                "expected at least one {word} example: write `fixtures/{}/{word}.json`",
                rule.id
            ));
        }
    }
    Ok(problems)
}

/// What was expected of an example and did not happen.
fn disappointment(rule: &Rule, kind: Kind, path: &Path, judgement: &Judgement) -> Option<String> {
    // What is found is found, whatever else the document lacks; it may be what the rule is about.
    if kind == Kind::Bad && !judgement.findings.is_empty() {
        return None;
    }
    // A near miss may lie where the rule does not look; the remedied document must be looked at.
    let remedied = path.file_stem().is_some_and(|stem| stem == "good");
    let path = path.display();
    let gap = |incomplete: bool| {
        let mut gaps = judgement.gaps.iter();
        let gap = gaps.find(|gap| !incomplete || gap.reason.is_incomplete())?;
        let place = gap
            .location
            .map(|at| format!(":{}:{}", at.line, at.column))
            .unwrap_or_default();
        Some((place, &gap.message))
    };
    if kind != Kind::Unknown
        && let Some((place, message)) = gap(true)
    {
        return Some(format!("{path}{place}: {message}"));
    }
    let outcomes = &judgement.coverage.outcomes;
    let unknown = || match gap(false) {
        Some((place, message)) => format!("{path}{place}: unknown: {message}"),
        None => format!("{path}: unknown"),
    };
    match (kind, judgement.findings.first()) {
        (Kind::Bad, _) if outcomes.unknown > 0 => {
            Some(format!("{}; expected a finding", unknown()))
        }
        (Kind::Bad, _) if outcomes.pass == 0 => Some(format!(
            "{path}: expected a finding, and the rule applies to nothing in it"
        )),
        (Kind::Bad, _) => Some(format!("{path}: expected a finding, found none")),
        (Kind::Good | Kind::Unknown, Some(finding)) => Some(format!(
            "{path}:{}:{}: expected no finding, found {}, e.g. {}",
            finding.location.line,
            finding.location.column,
            judgement.findings.len(),
            message(rule, finding, &finding.resource_for_people())
        )),
        (Kind::Good, None) if outcomes.unknown > 0 => {
            Some(format!("{}; expected a pass", unknown()))
        }
        (Kind::Good, None) if remedied && outcomes.pass + outcomes.not_applicable == 0 => Some(
            format!("{path}: expected a pass, and the rule looks at nothing in it"),
        ),
        (Kind::Good, None) => None,
        (Kind::Unknown, None) if outcomes.unknown > 0 || gap(true).is_some() => None,
        (Kind::Unknown, None) => Some(format!(
            "{path}: expected that it is not known, and nothing is unknown"
        )),
    }
}

/// The line of a rule, and one for each problem.
fn told(rule: &Rule, examples: &BTreeSet<(Kind, PathBuf)>, problems: &[String]) -> String {
    let (word, style) = match problems {
        [] => ("ok  ", AnsiColor::Green.on_default()),
        _ => ("FAIL", AnsiColor::Red.on_default().effects(Effects::BOLD)),
    };
    let word = match stdout_color() {
        true => format!("{style}{word}{style:#}"),
        false => word.to_owned(),
    };
    let counts = Kind::ALL.map(|kind| {
        let count = examples.iter().filter(|(of, _)| *of == kind).count();
        format!("{count} {}", kind.word())
    });
    // Most rules have nothing that is unknown to show.
    let shown = match examples.iter().any(|(kind, _)| *kind == Kind::Unknown) {
        true => &counts[..],
        false => &counts[..2],
    };
    let mut text = format!("{word}  {}  {}\n", rule.id, shown.join(", "));
    for problem in problems {
        text.push_str(&format!("      {}\n", escape::terminal(problem)));
    }
    text
}
