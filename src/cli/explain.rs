//! `leastwise explain`: the page of one rule.

use super::arguments::{ConfigArguments, RuleArguments};
use super::output::{print_json, print_text, stdout_color, stdout_width};
use super::rulebook::infos;
use super::rules::Described;
use super::{Failure, page};
use crate::report::rule_page;
use crate::settings::{Exit, Overrides, RulePattern, Settings};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

/// Tell what a rule looks for, why, and what to do about it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise explain gcs-public-iam
  leastwise explain house-no-owner --rules house-rules/
  leastwise explain gcs-public-iam --format markdown")]
pub(super) struct Explain {
    /// The rule's id, or an earlier one.
    #[arg(value_name = "ID")]
    id: String,

    /// How to tell it: `text` for terminals, `markdown`, or `json`.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    format: Format,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    config: ConfigArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

impl Explain {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = self.config.load()?;
        let overrides = Overrides {
            no_baseline: true,
            ..Overrides::default()
        };
        let settings = Settings::new(&loaded, &overrides, Timestamp::now())?;
        let ruleset = self.rules.load_all(&settings)?;
        let Some(rule) = ruleset.find(&self.id) else {
            return Err(unknown(&self.id, &infos(&ruleset.rules)));
        };
        let infos = infos(std::slice::from_ref(rule));
        let mut rule = rule.clone();
        if let Some(severity) = settings.severity_of(&infos[0]) {
            rule.file.severity = severity;
        }
        match self.format {
            Format::Json => print_json(&Described::whole(&rule))?,
            Format::Markdown => print_text(&rule_page(&rule, None))?,
            Format::Text => {
                let text = rule_page(&rule, None);
                print_text(&page::for_terminal(&text, stdout_width(), stdout_color()))?;
            }
        }
        Ok(Exit::Clean)
    }
}

/// No such rule, and which may have been meant.
fn unknown(id: &str, rules: &[crate::settings::RuleInfo<'_>]) -> Failure {
    let pattern = RulePattern::new(id).ok().filter(RulePattern::is_name);
    let (message, help) = match pattern.map(|pattern| pattern.check(rules)) {
        Some(Err((message, help))) => (message, help),
        _ => (
            format!("`{id}` is not the id of a rule"),
            "`leastwise rules list` names them".to_owned(),
        ),
    };
    Failure::usage(format!("{message}; {help}"))
}
