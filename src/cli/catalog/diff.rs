//! `leastwise catalog diff`: what two roles carry, side by side.

use super::CatalogArguments;
use super::words::{self, TierWord, count};
use crate::catalog::{Catalog, Comparison, Relation, Tier};
use crate::cli::Failure;
use crate::cli::arguments::{AnswerArguments, AnswerFormat};
use crate::cli::output::{print_json, print_text, stdout_color};
use crate::settings::Exit;
use anstyle::AnsiColor;
use clap::Args;
use serde::Serialize;

/// Compare what two roles carry.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise catalog diff roles/storage.objectUser roles/storage.objectAdmin
  leastwise catalog diff projects/acme-ml/roles/trainer roles/aiplatform.user --format json

What is not known of one of them is neither a difference nor the lack of one.

Exit codes:
  0  they carry the same     1  they differ     2  wrong usage     3  too little is known to say")]
pub(super) struct Diff {
    /// The first role, e.g. `roles/storage.objectUser`.
    #[arg(value_name = "ROLE")]
    first: String,

    /// The second role.
    #[arg(value_name = "ROLE")]
    second: String,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

/// The answer as other programs read it.
#[derive(Serialize)]
struct Answer<'c> {
    first: Side<'c>,
    second: Side<'c>,
    /// How the first stands to the second: equal, narrower, wider, incomparable or unknown.
    relation: &'static str,
    only_first: Vec<&'c str>,
    only_second: Vec<&'c str>,
    /// How many permissions both carry.
    both: usize,
    /// What one carries, and of the other it is not known.
    open: Vec<&'c str>,
}

#[derive(Serialize)]
struct Side<'c> {
    role: &'c str,
    tier: TierWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle: Option<String>,
}

impl Diff {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let catalog = opened.catalog();
        let first = words::meant(catalog, &self.first);
        let second = words::meant(catalog, &self.second);
        for role in [&first, &second] {
            words::warn_unknown(&opened, role);
        }
        let plain = |role| Subject { role, shown: role };
        tell(catalog, plain(&first), plain(&second), self.told.format)
    }
}

/// A role to compare.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Subject<'s> {
    /// By what name the catalogue knows it.
    pub(in crate::cli) role: &'s str,
    /// By what name the reader does.
    pub(in crate::cli) shown: &'s str,
}

/// Tells how two roles of a catalogue stand to each other.
pub(in crate::cli) fn tell(
    catalog: &Catalog,
    first: Subject<'_>,
    second: Subject<'_>,
    format: AnswerFormat,
) -> Result<Exit, Failure> {
    let compared = catalog.compare(first.role, second.role);
    let relation = compared.relation();
    let both = catalog
        .at_least(first.role)
        .intersection(&catalog.at_least(second.role));
    let answer = Answer {
        first: side(catalog, first),
        second: side(catalog, second),
        relation: match relation {
            Relation::Equal => "equal",
            Relation::Narrower => "narrower",
            Relation::Wider => "wider",
            Relation::Incomparable => "incomparable",
            Relation::Unknown => "unknown",
        },
        only_first: catalog.names(&compared.only_first).collect(),
        only_second: catalog.names(&compared.only_second).collect(),
        both: both.len(),
        open: catalog.names(&compared.open).collect(),
    };
    match format {
        AnswerFormat::Json => print_json(&answer)?,
        AnswerFormat::Table => print_text(&table(&answer, relation, stdout_color()))?,
    }
    Ok(exit(&compared, relation))
}

/// A difference that is certain counts, whatever else is open.
fn exit(compared: &Comparison, relation: Relation) -> Exit {
    if !compared.only_first.is_empty() || !compared.only_second.is_empty() {
        return Exit::Findings;
    }
    match relation {
        Relation::Equal => Exit::Clean,
        Relation::Unknown => Exit::Incomplete,
        Relation::Narrower | Relation::Wider | Relation::Incomparable => Exit::Findings,
    }
}

fn side<'c>(catalog: &Catalog, subject: Subject<'c>) -> Side<'c> {
    let Subject { role, shown } = subject;
    let tier = catalog.tier(role);
    Side {
        role: shown,
        tier: TierWord::of(tier),
        settle: (tier != Tier::Complete).then(|| words::settle(catalog, role)),
    }
}

fn table(answer: &Answer<'_>, relation: Relation, color: bool) -> String {
    let mut text = String::new();
    let parts = [
        ('-', AnsiColor::Red, &answer.only_first),
        ('+', AnsiColor::Green, &answer.only_second),
        ('?', AnsiColor::Yellow, &answer.open),
    ];
    for (sign, paint, permissions) in parts {
        let style = paint.on_default();
        for permission in permissions {
            text.push_str(&match color {
                true => format!("{style}{sign} {permission}{style:#}\n"),
                false => format!("{sign} {permission}\n"),
            });
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let name = |side: &Side<'_>| crate::report::escape::terminal(side.role).into_owned();
    let (first, second) = (name(&answer.first), name(&answer.second));
    text.push_str(&match relation {
        Relation::Equal => format!("{first} carries the same as {second}"),
        Relation::Narrower => format!("{first} carries less than {second}"),
        Relation::Wider => format!("{first} carries more than {second}"),
        Relation::Incomparable => format!("{first} and {second}: each carries what the other does not"),
        Relation::Unknown => {
            format!("{first} and {second}: too little is known to say whether one carries all of the other")
        }
    });
    text.push_str(&format!(
        ": {} only in the first, {} only in the second, {} in both",
        answer.only_first.len(),
        answer.only_second.len(),
        answer.both
    ));
    if !answer.open.is_empty() {
        text.push_str(&format!(
            ", {} in one and perhaps in the other",
            count(answer.open.len(), "permission", "permissions")
        ));
    }
    text.push_str(".\n");
    if relation == Relation::Unknown {
        let settles = [&answer.first.settle, &answer.second.settle];
        for settle in settles.into_iter().flatten() {
            text.push_str(&format!("→ {}\n", words::settled(settle)));
        }
    }
    text
}
