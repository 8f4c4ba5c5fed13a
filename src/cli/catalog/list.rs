//! `leastwise catalog list`.

use super::CatalogArguments;
use super::words::{self, TierWord, columns, count};
use crate::catalog::{Catalog, Tier};
use crate::cli::Failure;
use crate::cli::arguments::{AnswerArguments, AnswerFormat};
use crate::cli::output::{print_json, print_text, stdout_color};
use crate::settings::Exit;
use clap::Args;
use serde::Serialize;

/// List the roles that are known, with how much is known of each.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise catalog list --service storage
  leastwise catalog list --tier unknown
  leastwise catalog list --format json | jq -r '.[] | select(.stage == \"DEPRECATED\").role'

Tiers:
  complete   every permission is known; with a star: every permission of the services that are written down
  sensitive  known is whether the role carries the permissions that matter most
  unknown    only the name is known")]
pub(super) struct List {
    /// Only roles of this tier: `complete`, `sensitive` or `unknown`.
    #[arg(long, value_name = "TIER", hide_possible_values = true)]
    tier: Option<TierWord>,

    /// Only roles of this service, e.g. `storage`; `-` is that of the roles that belong to none.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,

    /// Only roles of this launch stage, e.g. `beta`.
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

/// A role in a list.
#[derive(Serialize)]
struct Line<'c> {
    role: &'c str,
    tier: TierWord,
    /// Whether it is complete within the services that are written down only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    within_services: bool,
    stage: Option<&'static str>,
    /// How many permissions it is known to carry.
    known_permissions: usize,
}

impl List {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let catalog = opened.catalog();
        self.check(catalog)?;
        let roles: Vec<&str> = catalog
            .roles()
            .filter(|role| self.wants(catalog, role))
            .collect();
        match self.told.format {
            AnswerFormat::Json => {
                let lines: Vec<Line<'_>> = roles
                    .iter()
                    .map(|role| Line {
                        role,
                        tier: TierWord::of(catalog.tier(role)),
                        within_services: catalog.tier(role) == Tier::Broad,
                        stage: words::stage(catalog, role),
                        known_permissions: catalog.at_least(role).len(),
                    })
                    .collect();
                print_json(&lines)?;
            }
            AnswerFormat::Table => print_text(&table(catalog, &roles, stdout_color()))?,
        }
        Ok(Exit::Clean)
    }

    fn wants(&self, catalog: &Catalog, role: &str) -> bool {
        let tier = self
            .tier
            .is_none_or(|tier| tier == TierWord::of(catalog.tier(role)));
        let service = self.service.as_deref();
        let service =
            service.is_none_or(|service| words::service_of(role).unwrap_or("-") == service);
        let stage = self.stage.as_deref().is_none_or(|stage| {
            words::stage(catalog, role).is_some_and(|known| known.eq_ignore_ascii_case(stage))
        });
        tier && service && stage
    }

    /// A word that means nothing must not become an empty list.
    fn check(&self, catalog: &Catalog) -> Result<(), Failure> {
        if let Some(service) = self.service.as_deref().filter(|service| *service != "-") {
            let services = || catalog.roles().filter_map(words::service_of);
            if !services().any(|known| known == service) {
                let near = words::near(service, services());
                let mut near: Vec<&str> = near;
                near.dedup();
                let hint = words::did_you_mean(&near);
                return Err(Failure::usage(format!(
                    "no role is of the service `{service}`{hint}"
                )));
            }
        }
        const STAGES: [&str; 6] = ["ALPHA", "BETA", "GA", "EAP", "DEPRECATED", "DISABLED"];
        match &self.stage {
            Some(stage) if !STAGES.iter().any(|known| known.eq_ignore_ascii_case(stage)) => {
                Err(Failure::usage(format!(
                    "no launch stage is called `{stage}`; use one of {}",
                    STAGES.join(", ").to_lowercase()
                )))
            }
            _ => Ok(()),
        }
    }
}

fn table(catalog: &Catalog, roles: &[&str], color: bool) -> String {
    let rows: Vec<[String; 4]> = roles
        .iter()
        .map(|role| {
            let tier = catalog.tier(role);
            let known = catalog.at_least(role).len();
            let known = match tier {
                Tier::Complete => known.to_string(),
                Tier::Broad | Tier::Sensitive => format!("{known} or more"),
                Tier::Unknown => "?".to_owned(),
            };
            [
                (*role).to_owned(),
                words::tier_cell(tier),
                words::stage(catalog, role).unwrap_or("?").to_owned(),
                known,
            ]
        })
        .collect();
    let mut text = columns(["role", "tier", "stage", "permissions"], &rows, color);
    text.push_str(&format!("\n{}.", count(roles.len(), "role", "roles")));
    if roles.iter().any(|role| catalog.tier(role) == Tier::Broad) {
        text.push_str(&format!(" {}.", words::star(catalog)));
    }
    text.push_str(" `leastwise catalog show ROLE` tells more.\n");
    text
}
