//! `leastwise config`: what a run would go by.

use super::arguments::ConfigArguments;
use super::output::{print_json, print_text};
use super::{Arguments, Failure, env, environment};
use crate::settings::{
    DEFAULT_FAIL_ON, Exit, FILE_NAMES, Loaded, Overrides, Settings, config_schema,
};
use clap::{Args, CommandFactory, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Show the configuration that is in force, or its schema.
#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    /// Print the JSON Schema of the configuration file.
    Schema,
}

/// Show the configuration that is in force here, and where it was found.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise config show
  leastwise config show --config ci/leastwise.toml --format json")]
struct Show {
    /// `toml` or `json`.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "toml",
        hide_possible_values = true
    )]
    format: Format,

    #[command(flatten)]
    config: ConfigArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Toml,
    Json,
}

impl Config {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.command {
            Command::Schema => print_json(&config_schema())?,
            Command::Show(show) => show.run()?,
        }
        Ok(Exit::Clean)
    }
}

impl Show {
    fn run(self) -> Result<(), Failure> {
        let loaded = self.config.load()?;
        let overrides = Overrides {
            no_baseline: true,
            ..Overrides::default()
        };
        // Compiling it shows what is wrong with it.
        let settings = Settings::new(&loaded, &overrides, Timestamp::now())?;
        let variables: Vec<(String, String)> = environment::variables(&Arguments::command())
            .into_iter()
            .filter_map(|name| env(&name).map(|value| (name, value)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let values = values(&loaded, &settings);
        match self.format {
            Format::Json => print_json(&json!({
                "origin": loaded.path,
                "base": loaded.base,
                "config": values,
                "environment": variables.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            })),
            Format::Toml => {
                let body =
                    toml::to_string(&values).map_err(|error| Failure::Internal(error.into()))?;
                let mut text = format!("# {}\n", origin(&loaded));
                for notice in &loaded.notices {
                    text.push_str(&format!("# {notice}\n"));
                }
                for (name, value) in variables {
                    text.push_str(&format!("# {name}={} overrules it\n", value.escape_debug()));
                }
                print_text(&format!("{text}\n{body}"))
            }
        }
    }
}

/// Where the configuration came from.
fn origin(loaded: &Loaded) -> String {
    match &loaded.path {
        Some(path) => format!("from {}", path.display().to_string().escape_debug()),
        None => format!(
            "no configuration file ({}): the defaults",
            FILE_NAMES.join(", ")
        ),
    }
}

/// The values in force, under the keys of the file. What the file leaves out and has no default is left out, too.
fn values(loaded: &Loaded, settings: &Settings) -> Map<String, Value> {
    let file = &loaded.config;
    let mut values = Map::new();
    let mut put = |key: &str, value: Value| {
        let empty = match &value {
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => items.is_empty(),
            Value::Null => true,
            _ => false,
        };
        if !empty {
            values.insert(key.to_owned(), value);
        }
    };
    put("fail-on", json!(file.fail_on.unwrap_or(DEFAULT_FAIL_ON)));
    put("min-severity", json!(settings.min_severity));
    put("persona", json!(settings.persona));
    put("rules", json!(settings.rule_folders));
    let texts = |list: &[toml::Spanned<String>]| -> Vec<String> {
        list.iter().map(|text| text.get_ref().clone()).collect()
    };
    put("select", json!(file.select.as_deref().map(texts)));
    put("ignore", json!(texts(&file.ignore)));
    put("baseline", json!(settings.baseline_path));
    put("allow-wildcard", json!(file.allow_wildcard));
    put(
        "require-expiry",
        json!(file.require_expiry || file.max_expiry_days.is_some()),
    );
    put("max-expiry-days", json!(file.max_expiry_days));
    let severity = file.severity.iter();
    let severity: Map<String, Value> = severity
        .map(|(rule, severity)| (rule.get_ref().clone(), json!(severity)))
        .collect();
    put("severity", Value::Object(severity));
    put("options", json!(settings.options()));
    let organization = &settings.organization;
    put(
        "organization",
        json!({
            "domains": texts(&organization.domains),
            "projects": organization.projects,
            "customer-ids": organization.customer_ids,
        }),
    );
    let principals = file.principals.iter();
    let principals: Map<String, Value> = principals
        .map(|(name, members)| (name.clone(), json!(texts(members))))
        .collect();
    put("principals", Value::Object(principals));
    let resources = file.resource.iter().map(|entry| {
        let name = entry.name.as_ref().map(|name| name.get_ref());
        without_null(json!({ "pattern": entry.pattern.get_ref(), "name": name }))
    });
    put("resource", resources.collect());
    let buckets = file
        .bucket
        .iter()
        .map(|entry| json!({ "match": entry.pattern.get_ref(), "role": entry.role.slug() }));
    put("bucket", buckets.collect());
    put(
        "suppress",
        file.suppress
            .iter()
            .map(|entry| suppression(entry.get_ref()))
            .collect(),
    );
    values
}

fn suppression(entry: &crate::settings::SuppressEntry) -> Value {
    let strings = |list: &Option<toml::Spanned<crate::settings::Strings>>| {
        list.as_ref().map(|list| list.get_ref().0.clone())
    };
    without_null(json!({
        "rules": entry.rules.iter().map(|rule| rule.get_ref()).collect::<Vec<_>>(),
        "resource": strings(&entry.resource),
        "member": strings(&entry.member),
        "role": strings(&entry.role),
        "condition": strings(&entry.condition),
        "fingerprint": strings(&entry.fingerprint),
        "reason": entry.reason.get_ref(),
        "expires": entry.expires.as_ref().map(|date| date.get_ref().to_string()),
        "owner": entry.owner,
        "ticket": entry.ticket,
    }))
}

/// TOML has no null.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(keys) => keys.into_iter().filter(|(_, v)| !v.is_null()).collect(),
        other => other,
    }
}
