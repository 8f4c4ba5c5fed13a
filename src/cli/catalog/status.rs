//! `leastwise catalog status`: what the answers rest on.

use super::words::{columns, count};
use super::{CatalogArguments, Opened};
use crate::catalog::{Catalog, Tier};
use crate::cli::Failure;
use crate::cli::arguments::{AnswerArguments, AnswerFormat};
use crate::cli::output::{print_json, print_text, stdout_color};
use crate::report::escape;
use crate::settings::Exit;
use clap::Args;
use serde::Serialize;

/// Tell what the answers rest on: dates, counts, what was imported.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise catalog status
  leastwise catalog status --catalog embedded
  leastwise catalog status --format json | jq .imported")]
pub(super) struct Status {
    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

/// The answer as other programs read it.
#[derive(Serialize)]
struct Answer<'c> {
    embedded: Embedded<'c>,
    imported: Option<Imported>,
    /// The file that cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
    /// Both together.
    roles: Counts,
}

#[derive(Serialize)]
struct Embedded<'c> {
    date: &'c str,
    roles: Counts,
    /// The services whose permissions are all written down.
    services: Vec<&'c str>,
    /// Their permissions.
    permissions: usize,
    /// Permissions of which it is known for every role whether it carries them.
    sensitive: usize,
}

#[derive(Serialize)]
struct Imported {
    file: String,
    tool: String,
    created: String,
    updated: String,
    checksum: &'static str,
    roles: usize,
    roles_by_stage_only: usize,
    permissions: usize,
    /// Whether the embedded catalogue is of a later day.
    older_than_embedded: bool,
}

#[derive(Serialize)]
struct Refused {
    file: String,
    reason: String,
}

/// Roles by how much is known of them.
#[derive(Serialize)]
struct Counts {
    all: usize,
    complete: usize,
    complete_within_services: usize,
    sensitive: usize,
    unknown: usize,
}

impl Counts {
    fn of(catalog: &Catalog) -> Counts {
        let of = |tier| {
            catalog
                .roles()
                .filter(|role| catalog.tier(role) == tier)
                .count()
        };
        Counts {
            all: catalog.roles().count(),
            complete: of(Tier::Complete),
            complete_within_services: of(Tier::Broad),
            sensitive: of(Tier::Sensitive),
            unknown: of(Tier::Unknown),
        }
    }
}

impl Status {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let answer = Answer::of(&opened);
        match self.told.format {
            AnswerFormat::Json => print_json(&answer)?,
            AnswerFormat::Table => print_text(&answer.table(stdout_color()))?,
        }
        Ok(Exit::Clean)
    }
}

/// Words with commas between them, in lines of a width that every terminal has.
fn wrapped(first: &str, words: &[&str]) -> String {
    const WIDTH: usize = 80;
    let mut text = first.to_owned();
    let mut column = first.len();
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() { "," } else { "" };
        if at > 0 && column + 1 + word.len() + comma.len() > WIDTH {
            text.push_str("\n  ");
            column = 2;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        text.push_str(comma);
        column += word.len() + comma.len();
    }
    text.push('\n');
    text
}

impl Answer<'static> {
    fn of(opened: &Opened) -> Answer<'static> {
        let embedded = Catalog::embedded();
        let services: Vec<&str> = embedded.services().collect();
        let permissions =
            |service: &&str| embedded.permissions_of(service).map_or(0, Iterator::count);
        Answer {
            embedded: Embedded {
                date: embedded.date(),
                roles: Counts::of(embedded),
                permissions: services.iter().map(permissions).sum(),
                services,
                sensitive: embedded.sensitive().count(),
            },
            imported: opened.import.as_ref().map(|import| {
                let (roles, roles_by_stage_only, permissions) = import.imported.counts();
                let updated = import.updated.to_string();
                Imported {
                    file: import.file.display().to_string(),
                    tool: import.tool.clone(),
                    created: import.created.to_string(),
                    checksum: "agrees",
                    roles,
                    roles_by_stage_only,
                    permissions,
                    older_than_embedded: updated.as_str() < embedded.date(),
                    updated,
                }
            }),
            refused: opened.refused.as_ref().map(|(file, damage)| Refused {
                file: file.display().to_string(),
                reason: damage.to_string(),
            }),
            roles: Counts::of(opened.catalog()),
        }
    }

    fn table(&self, color: bool) -> String {
        let row = |name: &str, counts: &Counts| {
            let numbers = [
                counts.all,
                counts.complete,
                counts.complete_within_services,
                counts.sensitive,
                counts.unknown,
            ];
            let [all, complete, within, sensitive, unknown] = numbers.map(|n| n.to_string());
            [name.to_owned(), all, complete, within, sensitive, unknown]
        };
        let mut rows = vec![row("embedded", &self.embedded.roles)];
        if self.imported.is_some() {
            rows.push(row("with your import", &self.roles));
        }
        let head = [
            "catalogue",
            "roles",
            "complete",
            "complete*",
            "sensitive",
            "unknown",
        ];
        let mut text = columns(head, &rows, color);
        text.push_str(&format!(
            "\nembedded  {}: all {} of {}*, and of every role which of {} it carries\n",
            self.embedded.date,
            count(self.embedded.permissions, "permission", "permissions"),
            count(self.embedded.services.len(), "service", "services"),
            count(
                self.embedded.sensitive,
                "sensitive permission",
                "sensitive permissions"
            ),
        ));
        match (&self.imported, &self.refused) {
            (Some(import), _) => {
                text.push_str(&format!(
                    "imported  {}, first {}, by {}: {} with their permissions, {} by stage only, {}\n          {}, checksum agrees\n",
                    import.updated,
                    import.created,
                    escape::terminal(&import.tool),
                    count(import.roles, "role", "roles"),
                    import.roles_by_stage_only,
                    count(import.permissions, "permission", "permissions"),
                    escape::terminal(&import.file),
                ));
                if import.older_than_embedded {
                    text.push_str(
                        "          it is older than the embedded catalogue and still wins: import again, or use `--catalog embedded`\n",
                    );
                }
            }
            (None, Some(refused)) => text.push_str(&format!(
                "imported  {}: refused: {}\n",
                escape::terminal(&refused.file),
                escape::terminal(&refused.reason)
            )),
            (None, None) => {
                text.push_str("imported  nothing; `leastwise catalog update` fetches it\n");
            }
        }
        text.push('\n');
        text.push_str(&wrapped("* ", &self.embedded.services));
        text
    }
}
