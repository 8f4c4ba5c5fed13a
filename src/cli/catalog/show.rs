//! `leastwise catalog show`: one role, or one permission.

use super::words::{self, TierWord, count};
use super::{CatalogArguments, Opened};
use crate::catalog::{Catalog, Denial, PatternError, Roles, Tier, Wanted};
use crate::cli::Failure;
use crate::cli::arguments::{AnswerArguments, AnswerFormat};
use crate::cli::output::{print_json, print_text, stdout_color, warn};
use crate::model::Truth;
use crate::report::escape;
use crate::settings::Exit;
use anstyle::{Effects, Style};
use clap::Args;
use serde::Serialize;

/// Tell everything that is known of a role, or of a permission.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise catalog show roles/storage.objectViewer
  leastwise catalog show projects/acme-ml/roles/trainer
  leastwise catalog show storage.objects.get
  leastwise catalog show roles/owner --format json | jq -r '.permissions[]'

Exit codes:
  0  it is known, wholly or in part     2  not a name     3  nothing is known of it")]
pub(super) struct Show {
    /// A role, e.g. `roles/storage.admin` (`roles/` may be left out), or a permission.
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

/// A role as other programs read it.
#[derive(Serialize)]
struct Role<'c> {
    role: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'c str>,
    tier: TierWord,
    /// The services of which all permissions are known; absent where that is no restriction.
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<Vec<&'c str>>,
    stage: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    /// What it is known to carry, sorted.
    permissions: Vec<&'c str>,
    /// Families of which it carries some permission, though nobody says which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    some_of: Vec<String>,
    /// Where it is known from.
    source: Source,
    /// What would settle the rest; absent where nothing is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    settle: Option<String>,
}

/// Where something is known from.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// The day of the embedded catalogue.
    Embedded(String),
    /// The moment of the import.
    Imported(String),
}

/// A permission as other programs read it. What is not known is null.
#[derive(Serialize)]
struct Permission<'c> {
    permission: &'c str,
    exists: Option<bool>,
    stage: Option<&'static str>,
    custom_roles: Option<&'static str>,
    lowest_level: Option<&'static str>,
    /// How deny policies name it; `deniable` says whether they can.
    deny_name: Option<String>,
    deniable: Option<bool>,
    /// Whether it is known for every role of known content whether it carries it.
    sensitive: bool,
}

impl Show {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let catalog = opened.catalog();
        let role = words::meant(catalog, &self.name);
        if is_role(&role) {
            return self.role(&opened, &role);
        }
        match Wanted::parse_in(&[role.to_string()], catalog) {
            Ok(_) if !role.contains('*') => self.permission(&opened, &role),
            Ok(_) => Err(several(&role)),
            Err(PatternError::NoSuch { .. }) if role.contains('*') => Err(several(&role)),
            Err(error @ PatternError::NoSuch { .. }) => {
                Err(Failure::usage(escape::terminal(&error.to_string())))
            }
            Err(PatternError::Malformed(_)) => {
                let near = words::near(&role, catalog.roles());
                let hint = match near.is_empty() {
                    true => "; `leastwise catalog list` names the roles".to_owned(),
                    false => words::did_you_mean(&near),
                };
                let role = escape::terminal(&role);
                Err(Failure::usage(format!("no role is called `{role}`{hint}")))
            }
        }
    }

    fn role(&self, opened: &Opened, name: &str) -> Result<Exit, Failure> {
        let catalog = opened.catalog();
        words::warn_unknown(opened, name);
        let tier = catalog.tier(name);
        let some_of = some_of(catalog, name);
        let listed: Vec<&str> = match catalog.definition(name) {
            Some(definition) => definition.collect(),
            None => Vec::new(),
        };
        let known = catalog.at_least(name);
        let role = Role {
            role: name,
            title: opened
                .described(name)
                .and_then(|role| role.title.as_deref()),
            tier: TierWord::of(tier),
            within: catalog.complete_within(name).map(Iterator::collect),
            stage: words::stage(catalog, name),
            deleted: catalog.is_deleted(name),
            permissions: match listed.is_empty() {
                true => catalog.names(&known).collect(),
                false => listed,
            },
            some_of,
            source: match (opened.described(name), opened.imported()) {
                (Some(_), Some(imported)) => Source::Imported(imported.to_string()),
                _ => Source::Embedded(catalog.date().to_owned()),
            },
            settle: (tier != Tier::Complete).then(|| words::settle(catalog, name)),
        };
        match self.told.format {
            AnswerFormat::Json => print_json(&role)?,
            AnswerFormat::Table => print_text(&role_page(&role, catalog, stdout_color()))?,
        }
        Ok(match tier {
            Tier::Unknown => Exit::Incomplete,
            Tier::Complete | Tier::Broad | Tier::Sensitive => Exit::Clean,
        })
    }

    fn permission(&self, opened: &Opened, name: &str) -> Result<Exit, Failure> {
        let (catalog, date) = (opened.catalog(), opened.date());
        let exists = match catalog.exists(name) {
            Truth::Yes => Some(true),
            Truth::No => Some(false),
            Truth::Unknown => None,
        };
        let (deny_name, deniable) = match catalog.deny_name(name) {
            Denial::Name(name) => (Some(name), Some(true)),
            Denial::NotDeniable => (None, Some(false)),
            Denial::Unknown => (None, None),
        };
        let permission = Permission {
            permission: name,
            exists,
            stage: catalog.permission_stage(name).map(|stage| stage.slug()),
            custom_roles: words::support(catalog.support(name)),
            lowest_level: catalog.lowest_level(name).map(words::level),
            deny_name,
            deniable,
            sensitive: catalog.sensitive().any(|known| known == name),
        };
        let near = words::near(name, catalog.roles());
        if exists.is_none() && !near.is_empty() {
            // `cloudbuild.builds.builder` is a role that looks like a permission.
            let hint = words::did_you_mean(&near);
            warn(&format!(
                "the catalogue of {date} knows no permission `{name}`{hint}"
            ));
        }
        match self.told.format {
            AnswerFormat::Json => print_json(&permission)?,
            AnswerFormat::Table => print_text(&permission_page(&permission, stdout_color()))?,
        }
        Ok(match exists {
            None => Exit::Incomplete,
            Some(_) => Exit::Clean,
        })
    }
}

/// A pattern is for another command.
fn several(pattern: &str) -> Failure {
    Failure::usage(format!(
        "`{pattern}` stands for several permissions; `leastwise catalog which '{pattern}'` takes it"
    ))
}

fn is_role(name: &str) -> bool {
    ["roles/", "projects/", "organizations/"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// The families of which a role carries something that the catalogue cannot name.
fn some_of(catalog: &Catalog, role: &str) -> Vec<String> {
    let family = Wanted::parse(&["*.setIamPolicy".to_owned()]).ok();
    let roles = Roles::new(catalog);
    let family = family.filter(|family| roles.carries(role, family).witness.is_none());
    family
        .and_then(|family| roles.family(role, &family))
        .into_iter()
        .collect()
}

fn role_page(role: &Role<'_>, catalog: &Catalog, color: bool) -> String {
    let bold = Style::new().effects(Effects::BOLD);
    let name = escape::terminal(role.role);
    let mut text = match color {
        true => format!("{bold}{name}{bold:#}"),
        false => name.into_owned(),
    };
    if let Some(title) = role.title {
        text.push_str(&format!(" · {}", escape::terminal(title)));
    }
    text.push('\n');
    let tier = match (role.tier, &role.within) {
        (TierWord::Complete, None) => {
            "complete: it carries these permissions and no others".to_owned()
        }
        (TierWord::Complete, Some(within)) => format!(
            "complete within {}: of others only what matters most is known",
            count(within.len(), "service", "services")
        ),
        (TierWord::Sensitive, _) => {
            "sensitive: of the permissions that matter most it carries these; it may carry others"
                .to_owned()
        }
        (TierWord::Unknown, _) if catalog.knows(role.role) => {
            "unknown: it exists, and nobody has written down what it carries".to_owned()
        }
        (TierWord::Unknown, _) => "unknown: it is not in the catalogue".to_owned(),
    };
    let mut fact = |what: &str, says: &str| text.push_str(&format!("{what:7} {says}\n"));
    fact("tier", &tier);
    fact(
        "stage",
        match role.stage {
            Some("DISABLED") => "DISABLED: it can be bound, and grants nothing",
            Some(stage) => stage,
            None => "unknown",
        },
    );
    if role.deleted {
        fact("deleted", "yes: its bindings have no effect");
    }
    if catalog.knows(role.role) {
        match &role.source {
            Source::Embedded(date) => fact("source", &format!("the embedded catalogue of {date}")),
            Source::Imported(moment) => fact("source", &format!("your import of {moment}")),
        }
    }
    if let Some(settle) = &role.settle {
        fact("settle", &words::settled(settle));
    }
    if !role.permissions.is_empty() || !role.some_of.is_empty() {
        text.push('\n');
    }
    for permission in &role.permissions {
        text.push_str(&format!("  {permission}\n"));
    }
    for family in &role.some_of {
        text.push_str(&format!("  {family}, nobody says which\n"));
    }
    text
}

fn permission_page(permission: &Permission<'_>, color: bool) -> String {
    let bold = Style::new().effects(Effects::BOLD);
    let name = permission.permission;
    let mut text = match color {
        true => format!("{bold}{name}{bold:#}\n"),
        false => format!("{name}\n"),
    };
    let facts = [
        (
            "exists",
            match permission.exists {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            },
        ),
        ("stage", permission.stage.unwrap_or("unknown")),
        ("custom roles", permission.custom_roles.unwrap_or("unknown")),
        ("granted from", permission.lowest_level.unwrap_or("unknown")),
        (
            "deny name",
            match (&permission.deny_name, permission.deniable) {
                (Some(name), _) => name,
                (None, Some(false)) => "none: deny policies cannot name it",
                (None, _) => "unknown",
            },
        ),
    ];
    for (what, says) in facts {
        text.push_str(&format!("{what:12}  {says}\n"));
    }
    text.push_str(&format!("\n→ leastwise catalog which {name}\n"));
    text
}
