//! `leastwise schema`: the JSON Schemas of what is read and written.

use super::Failure;
use super::output::print_json;
use crate::remediation::page;
use crate::report::{bigquery_schema, json_schema};
use crate::rules::RuleFile;
use crate::settings::{Exit, config_schema, without_null};
use clap::{Args, Subcommand};

/// Print a schema: JSON Schema (draft 2020-12), or that of a BigQuery table.
#[derive(Debug, Args)]
pub(super) struct Schema {
    #[command(subcommand)]
    of: Of,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Of {
    /// Of what `--format json` writes.
    Report,
    /// Of the configuration file; the same as `leastwise config schema`.
    Config,
    /// Of the `plan.json` that `leastwise fix` writes.
    Plan,
    /// Of the table into which the rows of `--format bigquery` are loaded, for `bq load --schema`.
    Bigquery,
    /// Of a rule file; the same as `leastwise rules schema`.
    Rule,
}

impl Schema {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.of {
            Of::Report => print_json(&json_schema())?,
            Of::Config => print_json(&config_schema())?,
            Of::Plan => print_json(&page::json_schema())?,
            Of::Bigquery => print_json(&bigquery_schema())?,
            Of::Rule => print_json(&rule_schema())?,
        }
        Ok(Exit::Clean)
    }
}

/// The schema of a rule file.
pub(super) fn rule_schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<RuleFile>();
    without_null(&mut schema);
    schema
}
