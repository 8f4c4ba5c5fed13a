//! `leastwise lint`: judges exported policy, with no network and no credentials.

use super::judge::{Judgement, Question, judge};
use super::output::{self, Target};
use super::{Failure, env};
use crate::finding::{Persona, Severity};
use crate::report::{Format, Report, Style};
use crate::rules::{Organization, PrincipalLists, Rule, RuleText, Ruleset, builtin};
use crate::settings::{
    ColorChoice, Config, Ending, Exit, Loaded, Overrides, RuleInfo, SelectFlags, Settings, Triage,
    select, triage,
};
use crate::sources::{Lines, Progress, Stdin, walk};
use clap::{ArgAction, Args, ValueHint};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Judge exported policy, offline.
///
/// Takes files, folders and `-` for standard input, in any mix: Cloud Asset Inventory exports, what gcloud,
/// gsutil and the REST APIs print (JSON or YAML, plain or gzip), and Terraform plans. Every document is
/// recognised by its content.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Lint {
    /// Files and folders to judge; `-` is standard input.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    /// Whose a bare policy is that does not say it itself, e.g. `projects/acme-ml` or `gs://bucket`.
    #[arg(long, value_name = "NAME", env = "LEASTWISE_RESOURCE")]
    resource: Option<String>,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    report: ReportArguments,

    #[command(flatten)]
    verdict: VerdictArguments,

    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", env = "LEASTWISE_THREADS")]
    threads: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  leastwise lint exports/
  gcloud asset export … && leastwise lint org.ndjson.gz --format sarif=out.sarif --format table
  gcloud projects get-iam-policy acme-ml --format=json | leastwise lint - --resource projects/acme-ml
  terraform show -json plan.out | leastwise lint - --fail-on high

Exit codes:
  0  nothing at or above --fail-on          1  findings
  2  wrong usage, configuration or rule     3  something asked for could not be read or judged
  4  the tool failed";

/// Which rules run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArguments {
    /// A folder (or file) with your own rules, beside the built-in ones. May be given several times.
    #[arg(long = "rules", value_name = "DIR", value_hint = ValueHint::AnyPath)]
    rules: Vec<PathBuf>,

    /// Only your own rules.
    #[arg(long)]
    no_builtin_rules: bool,

    /// Only these rules: ids, globs such as `gcs-*`, or `tag:ai-data`.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,

    /// All rules but these.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,

    /// Whom to speak to: `regular`, `pedantic` (tidiness too) or `auditor` (everything).
    #[arg(long, value_name = "PERSONA", value_parser = parse_persona, env = "LEASTWISE_PERSONA")]
    persona: Option<Persona>,
}

/// How the result is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportArguments {
    /// `table`, `text`, `json`, `ndjson`, `sarif`, `github`, `markdown`, `csv` or `junit`; with `=FILE` into a
    /// file. May be given several times.
    #[arg(
        long = "format",
        value_name = "FORMAT[=FILE]",
        env = "LEASTWISE_FORMAT",
        value_delimiter = ','
    )]
    formats: Vec<Target>,

    /// Every finding of a group, not the first few.
    #[arg(long)]
    all: bool,

    /// Name every foreign file and every gap.
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,

    /// Findings only; twice: nothing but the exit code.
    #[arg(short, long, action = ArgAction::Count)]
    quiet: u8,

    /// Colours: `auto`, `always` or `never`.
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = parse_color)]
    color: ColorChoice,

    /// No progress display.
    #[arg(long)]
    no_progress: bool,
}

/// What makes the run fail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verdict")]
pub(super) struct VerdictArguments {
    /// The least severity that fails the run [default: low].
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, env = "LEASTWISE_FAIL_ON")]
    fail_on: Option<Severity>,

    /// The least severity that is shown.
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    min_severity: Option<Severity>,

    /// Findings do not fail the run.
    #[arg(long)]
    exit_zero: bool,

    /// Warnings (unused or expired suppressions) fail the run.
    #[arg(long)]
    strict: bool,

    /// What could not be read does not fail the run.
    #[arg(long)]
    allow_incomplete: bool,

    /// Anything that could not be judged fails the run.
    #[arg(long)]
    require_complete: bool,

    /// The configuration file, instead of looking for one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,

    /// No configuration file.
    #[arg(long, conflicts_with = "config")]
    no_config: bool,

    /// Show what suppressions cover.
    #[arg(long)]
    no_ignores: bool,

    /// Findings of this file are known and not told again.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "LEASTWISE_BASELINE")]
    baseline: Option<PathBuf>,

    /// No baseline, whatever the configuration says.
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,

    /// The moment to judge by, RFC 3339 or a date [default: now, or SOURCE_DATE_EPOCH].
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
}

fn parse_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_lowercase())).map_err(|error| {
        let text = error.to_string();
        text.split_once("expected")
            .map_or(text.clone(), |(_, known)| format!("use{known}"))
    })
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    parse_word(text)
}

fn parse_persona(text: &str) -> Result<Persona, String> {
    parse_word(text)
}

fn parse_color(text: &str) -> Result<ColorChoice, String> {
    match text {
        "auto" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" => Ok(ColorChoice::Never),
        _ => Err("use auto, always or never".to_owned()),
    }
}

/// What a run produced, before it is told.
pub(super) struct Run {
    pub(super) judgement: Judgement,
    pub(super) settings: Settings,
    pub(super) ruleset: Ruleset,
    pub(super) triage: Triage,
    pub(super) now: Timestamp,
}

impl Lint {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = self.verdict.load_config()?;
        let now = crate::settings::now(self.verdict.now.as_deref(), &env, Timestamp::now())?;
        let settings = Settings::new(&loaded, &self.verdict.overrides(self.rules.persona), now)?;
        let ruleset = self.rules.load(&loaded, &settings)?;
        let walked = walk(&self.paths);
        if walked.inputs.is_empty() && walked.unreadable.is_empty() {
            return Err(Failure::Usage("no file below the paths given".to_owned()));
        }
        let stdin = match walked
            .inputs
            .iter()
            .any(|input| input.path.as_os_str() == "-")
        {
            true => Some(Stdin::spool(std::io::stdin().lock())?),
            false => None,
        };
        let resource = match &self.resource {
            Some(name) => {
                let (name, _) = crate::sources::dialects::full_resource_name(name)
                    .map_err(|error| Failure::Usage(format!("--resource: {error}")))?;
                Some(name)
            }
            None => None,
        };
        let judged = judge(&Question {
            walked: &walked,
            stdin: stdin.as_ref(),
            resource: resource.as_deref(),
            by_path: &|path: &Path| settings.paths.resource(path),
            rules: &ruleset,
            principals: &principals(&settings),
            organization: &organization(&settings),
            now,
            threads: self.threads.unwrap_or_else(cores).clamp(1, 256),
            progress: &Progress::default(),
        });
        let mut judgement =
            judged.map_err(|error| Failure::Usage(format!("{error}\n{}", error.frame)))?;
        let infos = infos(&ruleset.rules);
        let findings = std::mem::take(&mut judgement.findings);
        let triage = triage(findings, &infos, &settings, now);
        let ending = Ending {
            usage_error: false,
            warnings: triage.warnings,
            strict: self.verdict.strict,
            worst: triage.worst,
            fail_on: settings.fail_on,
            exit_zero: self.verdict.exit_zero,
            incomplete_gaps: judgement
                .gaps
                .iter()
                .filter(|gap| gap.reason.is_incomplete())
                .count(),
            allow_incomplete: self.verdict.allow_incomplete,
            unknown_outcomes: judgement.coverage.outcomes.unknown,
            require_complete: self.verdict.require_complete,
            internal_failure: false,
        };
        let exit = ending.exit();
        if self.report.quiet < 2 {
            let lines = Lines {
                inputs: &walked.inputs,
                stdin: stdin.as_ref(),
            };
            let mut notices = settings.notices.clone();
            notices.extend(triage.notices);
            let report = Report {
                version: env!("CARGO_PKG_VERSION"),
                now,
                rules: &ruleset.rules,
                documents: &judgement.documents,
                findings: triage.reported,
                suppressed: triage.suppressed,
                baselined: triage.baselined,
                hidden: triage.hidden,
                gaps: judgement.gaps,
                coverage: judgement.coverage,
                notices,
                excerpts: &lines,
            };
            self.report.write(&report)?;
        }
        Ok(exit)
    }
}

/// One per core, as far as the system says.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn principals(settings: &Settings) -> PrincipalLists {
    settings
        .principals
        .names()
        .map(|name| {
            let members = settings.principals.list(name).unwrap_or_default();
            (
                name.to_owned(),
                members.into_iter().map(str::to_owned).collect(),
            )
        })
        .collect()
}

fn organization(settings: &Settings) -> Organization {
    Organization {
        domains: settings
            .organization
            .domains
            .iter()
            .map(|domain| domain.get_ref().clone())
            .collect(),
        projects: settings.organization.projects.iter().cloned().collect(),
    }
}

/// What the settings need to know of each rule.
pub(super) fn infos(rules: &[Rule]) -> Vec<RuleInfo<'_>> {
    rules
        .iter()
        .map(|rule| RuleInfo {
            id: &rule.id,
            aliases: &rule.file.aliases,
            tags: &rule.file.tags,
            persona: rule.file.persona,
        })
        .collect()
}

impl VerdictArguments {
    fn load_config(&self) -> Result<Loaded, Failure> {
        let cwd = std::env::current_dir()?;
        Ok(Config::discover(
            self.config.as_deref(),
            self.no_config,
            &cwd,
            &env,
        )?)
    }

    fn overrides(&self, persona: Option<Persona>) -> Overrides {
        Overrides {
            fail_on: self.fail_on,
            min_severity: self.min_severity,
            persona,
            no_ignores: self.no_ignores,
            baseline: self.baseline.clone(),
            no_baseline: self.no_baseline,
        }
    }
}

impl RuleArguments {
    /// Loads the built-in rules and the user's, and keeps those that were asked for.
    fn load(&self, loaded: &Loaded, settings: &Settings) -> Result<Ruleset, Failure> {
        let mut texts = if self.no_builtin_rules {
            Vec::new()
        } else {
            builtin()
        };
        for folder in self.rules.iter().chain(&settings.rule_folders) {
            texts.extend(read_rules(folder)?);
        }
        let mut ruleset = load(&texts)?;
        let infos = infos(&ruleset.rules);
        settings.check_rules(&infos)?;
        let flags = SelectFlags {
            select: &self.select,
            ignore: &self.ignore,
        };
        let selection = select(&flags, loaded, &infos)?;
        let mut index = 0;
        ruleset.rules.retain(|_| {
            index += 1;
            selection.runs(index - 1)
        });
        Ok(ruleset)
    }
}

/// Loads rules, telling every error at once.
pub(super) fn load(texts: &[RuleText]) -> Result<Ruleset, Failure> {
    Ruleset::load(texts).map_err(|errors| {
        let told: Vec<String> = errors
            .iter()
            .map(|error| format!("{error}\n{}", error.frame))
            .collect();
        Failure::Usage(told.join("\n\nerror: "))
    })
}

/// Reads the rule files of a folder, or one file.
pub(super) fn read_rules(path: &Path) -> Result<Vec<RuleText>, Failure> {
    let wrong = |reason: String| Failure::Usage(format!("rules in {}: {reason}", path.display()));
    let walked = walk(std::slice::from_ref(&path.to_path_buf()));
    if let Some((path, reason)) = walked.unreadable.first() {
        return Err(Failure::Usage(format!(
            "rules in {}: {reason}",
            path.display()
        )));
    }
    let mut texts = Vec::new();
    for input in walked.inputs {
        if input
            .path
            .extension()
            .is_none_or(|extension| extension != "toml")
        {
            continue;
        }
        let text =
            std::fs::read_to_string(&input.path).map_err(|error| wrong(error.to_string()))?;
        texts.push(RuleText {
            path: input.path.display().to_string(),
            text,
            builtin: false,
        });
    }
    if texts.is_empty() {
        return Err(wrong("no .toml file".to_owned()));
    }
    Ok(texts)
}

impl ReportArguments {
    fn write(&self, report: &Report<'_>) -> Result<(), Failure> {
        let default = [Target {
            format: Format::Table,
            file: None,
        }];
        let targets = if self.formats.is_empty() {
            &default
        } else {
            self.formats.as_slice()
        };
        let style = Style {
            color: false,
            width: None,
            all: self.all,
            verbose: self.verbose > 0,
            quiet: self.quiet > 0,
        };
        Ok(output::write(report, targets, self.color, style)?)
    }
}
