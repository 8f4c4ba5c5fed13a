//! `leastwise rules list`.

use crate::cli::Failure;
use crate::cli::arguments::{
    AnswerArguments, AnswerFormat, BenchmarkArguments, ConfigArguments, RuleArguments,
};
use crate::cli::output::{print_json, print_text, stdout_color, stdout_width};
use crate::cli::rulebook::infos;
use crate::finding::{Confidence, Persona, Severity};
use crate::report::escape;
use crate::rules::{Only, RemedyKind, Rule};
use crate::settings::{Exit, Overrides, Settings};
use anstyle::{AnsiColor, Effects, Style};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// List the rules that would run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise rules list
  leastwise rules list --select tag:ai-data
  leastwise rules list --benchmark cis-gcp-4.0
  leastwise rules list --rules house-rules/ --format json | jq -r '.[].id'")]
pub(super) struct List {
    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    benchmark: BenchmarkArguments,

    #[command(flatten)]
    config: ConfigArguments,
}

/// A rule as other programs read it.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Described<'r> {
    id: &'r str,
    aliases: &'r [String],
    title: &'r str,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
    tags: &'r [String],
    peers: &'r BTreeMap<String, Vec<String>>,
    benchmark: &'r BTreeMap<String, Vec<String>>,
    /// How far the remedy goes.
    remedy: RemedyKind,
    /// When it runs, if not always.
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<Only>,
    /// `select`, `grant` or `analysis`.
    kind: &'static str,
    builtin: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    words: Option<Words<'r>>,
}

/// What a rule says at length.
#[derive(Debug, Serialize)]
struct Words<'r> {
    why: &'r str,
    fix: &'r str,
    references: &'r [String],
    /// The file, as the user would write it.
    path: &'r str,
}

impl<'r> Described<'r> {
    fn new(rule: &'r Rule) -> Described<'r> {
        let file = &rule.file;
        Described {
            id: &rule.id,
            aliases: &file.aliases,
            title: &file.title,
            severity: file.severity,
            confidence: file.confidence,
            persona: file.persona,
            tags: &file.tags,
            peers: &file.peers,
            benchmark: &file.benchmark,
            remedy: file.remedy(),
            only: file.only,
            kind: match (&file.select, &file.grant) {
                (Some(_), _) => "select",
                (None, Some(_)) => "grant",
                (None, None) => "analysis",
            },
            builtin: rule.builtin,
            words: None,
        }
    }

    /// With why, fix and references.
    pub(in crate::cli) fn whole(rule: &'r Rule) -> Described<'r> {
        Described {
            words: Some(Words {
                why: rule.file.why.trim(),
                fix: rule.file.fix.trim(),
                references: &rule.file.references,
                path: &rule.path,
            }),
            ..Described::new(rule)
        }
    }
}

impl List {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = self.config.load()?;
        let overrides = Overrides {
            no_baseline: true,
            ..Overrides::default()
        };
        let settings = Settings::new(&loaded, &overrides, Timestamp::now())?;
        let mut ruleset = match self.benchmark.benchmark() {
            Some(benchmark) => self.rules.load_for(benchmark, &settings)?,
            None => self.rules.load(&loaded, &settings)?,
        };
        let severities: Vec<Option<Severity>> = infos(&ruleset.rules)
            .iter()
            .map(|info| settings.severity_of(info))
            .collect();
        for (rule, severity) in ruleset.rules.iter_mut().zip(severities) {
            rule.file.severity = severity.unwrap_or(rule.file.severity);
        }
        match self.told.format {
            AnswerFormat::Json => {
                let rules: Vec<Described<'_>> = ruleset.rules.iter().map(Described::new).collect();
                print_json(&rules)?;
            }
            AnswerFormat::Table => {
                print_text(&table(&ruleset.rules, stdout_width(), stdout_color()))?
            }
        }
        Ok(Exit::Clean)
    }
}

/// One line a rule, by id: ids are read from left to right, and sorted as `ls` would.
fn table(rules: &[Rule], width: Option<u16>, color: bool) -> String {
    let title = |rule: &Rule| escape::terminal(&rule.file.title).into_owned();
    let column = |name: &str, texts: &mut dyn Iterator<Item = usize>| {
        texts.max().unwrap_or_default().max(name.len())
    };
    let ids = column("rule", &mut rules.iter().map(|rule| rule.id.len()));
    let (severities, personas) = ("critical".len(), "pedantic".len());
    let left = ids + severities + personas + 6;
    // A narrow terminal cuts the titles; a pipe gets them whole.
    let room = width.map_or(usize::MAX, |width| {
        usize::from(width).saturating_sub(left).max(20)
    });
    let paint = |style: Style, text: &str| match color {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    };
    let mut lines = vec![paint(
        Style::new().effects(Effects::BOLD),
        &format!(
            "{:ids$}  {:severities$}  {:personas$}  what is wrong",
            "rule", "severity", "persona"
        ),
    )];
    for rule in rules {
        let severity = paint(
            style(rule.file.severity),
            &format!("{:severities$}", rule.file.severity.slug()),
        );
        let mut title = title(rule);
        if title.chars().count() > room {
            title = title.chars().take(room - 1).collect();
            title.push('…');
        }
        let persona = match rule.file.persona {
            Persona::Regular => "regular",
            Persona::Pedantic => "pedantic",
            Persona::Auditor => "auditor",
        };
        lines.push(format!(
            "{:ids$}  {severity}  {persona:personas$}  {title}",
            rule.id
        ));
    }
    let plural = if rules.len() == 1 { "" } else { "s" };
    lines.push(format!(
        "\n{} rule{plural}. `leastwise explain ID` tells more.\n",
        rules.len()
    ));
    lines.join("\n")
}

/// The colour of a severity, as in reports.
fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightRed.on_default().effects(Effects::BOLD),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => Style::new().effects(Effects::DIMMED),
    }
}
