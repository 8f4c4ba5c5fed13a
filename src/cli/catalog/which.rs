//! `leastwise catalog which`: the roles that carry a permission.

use super::CatalogArguments;
use super::words::{self, TierWord, columns, count};
use crate::catalog::{Catalog, Roles, Tier, Wanted};
use crate::cli::Failure;
use crate::cli::arguments::{AnswerArguments, AnswerFormat};
use crate::cli::output::{print_json, print_text, stdout_color};
use crate::model::Truth;
use crate::settings::Exit;
use clap::Args;
use serde::Serialize;

/// Name the roles that carry a permission, and those of which that is not known.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise catalog which storage.objects.get
  leastwise catalog which 'secretmanager.versions.*'
  leastwise catalog which '*.setIamPolicy' --service-agents --format json

Roles of Google's service agents are left out unless asked for: nobody should bind them to anybody else.")]
pub(super) struct Which {
    /// A permission, all below a name (`storage.objects.*`), or all with a verb (`*.setIamPolicy`).
    #[arg(value_name = "PERMISSION")]
    permission: String,

    /// The roles of service agents too.
    #[arg(long)]
    service_agents: bool,

    /// Name every role of which it is not known.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

/// The answer as other programs read it.
#[derive(Serialize)]
struct Answer<'c> {
    permission: &'c str,
    roles: Vec<Holder<'c>>,
    unknown: Vec<Open<'c>>,
    /// Roles of service agents that carry it and are left out.
    service_agents_left_out: usize,
}

#[derive(Serialize)]
struct Holder<'c> {
    role: &'c str,
    tier: TierWord,
    stage: Option<&'static str>,
    /// What it carries of what was asked for; empty where it is only known that it carries some of it.
    permissions: Vec<&'c str>,
}

#[derive(Serialize)]
struct Open<'c> {
    role: &'c str,
    settle: String,
}

/// So many roles of which it is not known are named.
const FEW: usize = 3;

/// What a role is known to carry of what was asked for.
fn matching<'c>(catalog: &'c Catalog, role: &str, wanted: &Wanted) -> Vec<&'c str> {
    let known = catalog.at_least(role);
    let names = catalog.names(&known);
    names.filter(|name| wanted.matches(name)).collect()
}

impl Which {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let catalog = opened.catalog();
        let wanted = Wanted::parse_in(std::slice::from_ref(&self.permission), catalog)
            .map_err(|error| Failure::usage(error.to_string()))?;
        let answer = self.answer(catalog, &wanted);
        match self.told.format {
            AnswerFormat::Json => print_json(&answer)?,
            AnswerFormat::Table => print_text(&self.table(&answer, catalog))?,
        }
        Ok(Exit::Clean)
    }

    fn answer<'c>(&'c self, catalog: &'c Catalog, wanted: &Wanted) -> Answer<'c> {
        let roles = Roles::new(catalog);
        let mut answer = Answer {
            permission: &self.permission,
            roles: Vec::new(),
            unknown: Vec::new(),
            service_agents_left_out: 0,
        };
        for role in catalog.roles() {
            let truth = roles.carries(role, wanted).truth;
            if words::is_of_service_agent(role) && !self.service_agents {
                answer.service_agents_left_out += usize::from(truth == Truth::Yes);
                continue;
            }
            match truth {
                Truth::Yes => answer.roles.push(Holder {
                    role,
                    tier: TierWord::of(catalog.tier(role)),
                    stage: words::stage(catalog, role),
                    permissions: matching(catalog, role, wanted),
                }),
                Truth::Unknown => answer.unknown.push(Open {
                    role,
                    settle: words::settle(catalog, role),
                }),
                Truth::No => {}
            }
        }
        answer
    }

    fn table(&self, answer: &Answer<'_>, catalog: &Catalog) -> String {
        let mut text = String::new();
        if !answer.roles.is_empty() {
            let rows: Vec<[String; 3]> = answer
                .roles
                .iter()
                .map(|holder| {
                    let carries = match holder.permissions.as_slice() {
                        [] => format!("{}, nobody says which", self.permission),
                        [one] => (*one).to_owned(),
                        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
                    };
                    [
                        holder.role.to_owned(),
                        words::tier_cell(catalog.tier(holder.role)),
                        carries,
                    ]
                })
                .collect();
            text.push_str(&columns(["role", "tier", "carries"], &rows, stdout_color()));
            text.push('\n');
        }
        let carry = match answer.roles.len() {
            1 => "carries it",
            _ => "carry it",
        };
        text.push_str(&format!(
            "{} {carry}",
            count(answer.roles.len(), "role", "roles")
        ));
        if answer.service_agents_left_out > 0 {
            let agents = count(answer.service_agents_left_out, "role", "roles");
            text.push_str(&format!(
                "; {agents} of service agents too: `--service-agents` names them"
            ));
        }
        text.push_str(".\n");
        self.tell_unknown(answer, &mut text);
        let broad = |holder: &Holder<'_>| catalog.tier(holder.role) == Tier::Broad;
        if answer.roles.iter().any(broad) {
            text.push_str(&format!("{}.\n", words::star(catalog)));
        }
        text
    }

    fn tell_unknown(&self, answer: &Answer<'_>, text: &mut String) {
        let shown = match self.all {
            true => answer.unknown.len(),
            false => answer.unknown.len().min(FEW),
        };
        let Some(first) = answer.unknown.first() else {
            return;
        };
        let names: Vec<&str> = answer
            .unknown
            .iter()
            .take(shown)
            .map(|open| open.role)
            .collect();
        let more = match answer.unknown.len() - shown {
            0 => String::new(),
            more => format!(", and {more} more (`--all` names them)"),
        };
        let settle = match answer.unknown.len() {
            0..=FEW => words::settled(&first.settle),
            _ => "`leastwise catalog update` fetches all of them".to_owned(),
        };
        text.push_str(&format!(
            "Of {} it is not known: {}{more}.\n→ {settle}\n",
            count(answer.unknown.len(), "role", "roles"),
            names.join(", "),
        ));
    }
}
