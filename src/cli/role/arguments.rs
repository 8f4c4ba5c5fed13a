//! The flags that the commands for roles share.

use crate::catalog::{Catalog, Stage, Wanted};
use crate::cli::Failure;
use crate::remediation::roles::{Definition, Home, is_role_id, role_id};
use crate::report::escape;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Whose role it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Role")]
pub(super) struct HomeArguments {
    /// The project that owns the role, e.g. `acme-ml`, where the definition does not say it.
    #[arg(long, value_name = "ID", conflicts_with = "organization")]
    project: Option<String>,

    /// The organisation that owns the role, e.g. `123456789012`.
    #[arg(long, value_name = "NUMBER")]
    organization: Option<String>,
}

impl HomeArguments {
    /// The owner, if one is named.
    pub(super) fn home(&self) -> Result<Option<Home>, Failure> {
        if let Some(project) = &self.project {
            let id = project.strip_prefix("projects/").unwrap_or(project);
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:_".contains(&byte);
            return match !id.is_empty() && id.bytes().all(plain) {
                true => Ok(Some(Home::Project(id.to_owned()))),
                false => Err(Failure::usage(format!("no project is called `{project}`"))),
            };
        }
        let Some(organization) = &self.organization else {
            return Ok(None);
        };
        let number = organization
            .strip_prefix("organizations/")
            .unwrap_or(organization);
        match !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Ok(Some(Home::Organization(number.to_owned()))),
            false => Err(Failure::usage(format!(
                "`{organization}` is no organisation's number; `gcloud organizations list` shows it"
            ))),
        }
    }
}

/// What the role is called.
#[derive(Debug, Args)]
#[command(next_help_heading = "Role")]
pub(super) struct WordArguments {
    /// What people call it [default: the id].
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// The launch stage: `alpha`, `beta`, `ga`, `eap`, `deprecated` or `disabled`.
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Option<Stage>,
}

fn stage(text: &str) -> Result<Stage, String> {
    match Stage::parse(Some(&text.to_ascii_uppercase())) {
        Stage::Other => Err("use alpha, beta, ga, eap, deprecated or disabled".to_owned()),
        _ if text.is_empty() => Err("use alpha, beta, ga, eap, deprecated or disabled".to_owned()),
        stage => Ok(stage),
    }
}

impl WordArguments {
    /// Lays what was said over the definition.
    pub(super) fn lay_over(&self, definition: &mut Definition) {
        let over = |mine: &Option<String>, its: &mut Option<String>| {
            if mine.is_some() {
                its.clone_from(mine);
            }
        };
        over(&self.title, &mut definition.title);
        over(&self.description, &mut definition.description);
        definition.stage = self.stage.or(definition.stage);
    }
}

/// An id that the API takes.
pub(super) fn id(text: &str) -> Result<String, String> {
    match is_role_id(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "an id has 3 to 64 letters, digits, `_` and `.`, e.g. `{}`",
            role_id(text)
        )),
    }
}

/// Which permissions the role keeps.
#[derive(Debug, Args)]
#[command(next_help_heading = "Permissions")]
pub(super) struct KeepArguments {
    /// Only these permissions: names, all below one (`storage.objects.*`), or all with a verb (`*.list`).
    #[arg(long, value_name = "PERMISSION", value_delimiter = ',')]
    pub(super) only: Vec<String>,

    /// All permissions but these, likewise.
    #[arg(long, value_name = "PERMISSION", value_delimiter = ',')]
    pub(super) without: Vec<String>,

    /// Remove permissions of which the catalogue does not know whether custom roles may hold them.
    #[arg(long)]
    pub(super) drop_unknown: bool,

    /// Leave escalation permissions among the others, not in a role of their own.
    #[arg(long)]
    pub(super) keep_escalation: bool,
}

impl KeepArguments {
    /// What `--only` and `--without` mean; `None` where they were not given.
    pub(super) fn wanted(&self, catalog: &Catalog) -> Result<[Option<Wanted>; 2], Failure> {
        let parse = |patterns: &[String]| match patterns {
            [] => Ok(None),
            patterns => Wanted::parse_in(patterns, catalog)
                .map(Some)
                .map_err(no_pattern),
        };
        Ok([parse(&self.only)?, parse(&self.without)?])
    }
}

/// A pattern that means nothing.
pub(super) fn no_pattern(error: crate::catalog::PatternError) -> Failure {
    Failure::usage(escape::terminal(&error.to_string()))
}

/// How the role is written, and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct WriteArguments {
    /// `yaml` (for `gcloud iam roles create --file`), `terraform`, `json` (for the REST API) or `gcloud` (a script)
    /// [default: yaml].
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "yaml",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) format: Form,

    /// The file to write; a folder (or a name that ends in `/`) gets a file for each role. `-` is standard output.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(super) output: Option<PathBuf>,
}

/// What takes the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Yaml,
    Terraform,
    Json,
    Gcloud,
}
