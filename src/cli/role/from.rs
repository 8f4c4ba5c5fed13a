//! `leastwise role from`.

use super::arguments::{self, HomeArguments, KeepArguments, WordArguments, WriteArguments};
use super::subjects::Subjects;
use super::{report, write};
use crate::catalog::Stage;
use crate::cli::Failure;
use crate::cli::catalog::{CatalogArguments, settled};
use crate::cli::output::{complain, warn};
use crate::remediation::roles::{Definition, Derived, How, mend};
use crate::report::escape;
use crate::settings::Exit;
use clap::Args;

/// Derive a narrow custom role from wider ones.
///
/// The role gets what the others carry together, as far as it is wanted and a custom role may hold it. Nothing that is not
/// known for certain gets into it, and all that is not known is told.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise role from roles/storage.objectAdmin roles/storage.objectViewer \\
      --only storage.objects.get,storage.objects.list --id ai_data_reader
  leastwise role from roles/aiplatform.user --without '*.delete' --id trainer --project acme-ml --format terraform
  leastwise role from roles/viewer --only 'bigquery.*' --id bq_viewer --organization 123456789012 --format gcloud

Exit codes:
  0  written     1  something that was named is not in it     2  wrong usage     3  written as far as it is known")]
pub(super) struct From {
    /// Roles to derive from, e.g. `roles/storage.objectAdmin`, or files with role definitions.
    #[arg(required = true, value_name = "ROLE")]
    roles: Vec<String>,

    /// What the role shall be called, the last part of its name, e.g. `ai_data_reader`.
    #[arg(long, value_name = "ID", value_parser = arguments::id, help_heading = "Role")]
    id: String,

    #[command(flatten)]
    home: HomeArguments,

    #[command(flatten)]
    words: WordArguments,

    #[command(flatten)]
    keep: KeepArguments,

    #[command(flatten)]
    write: WriteArguments,

    #[command(flatten)]
    catalog: CatalogArguments,
}

impl From {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let opened = self.catalog.open()?;
        let home = self.home.home()?;
        let subjects = Subjects::resolve(&opened, &self.roles, None)?;
        let catalog = subjects.catalog(&opened);
        let roles: Vec<String> = subjects
            .roles()
            .map(|subject| subject.role.to_owned())
            .collect();
        let KeepArguments { only, without, .. } = &self.keep;
        let derived =
            Derived::from_roles(&roles, only, without, catalog).map_err(arguments::no_pattern)?;
        if let Some(pattern) = derived.nobody.first() {
            return Err(Failure::usage(format!(
                "none of these roles carries `{pattern}`; `leastwise catalog which '{pattern}'` names those that do"
            )));
        }
        for doubt in &derived.doubts {
            let role = escape::terminal(&doubt.role);
            let what = match &doubt.pattern {
                Some(pattern) => format!("not all is known that {role} carries of `{pattern}`"),
                None => format!("not all is known that {role} carries"),
            };
            warn(&format!(
                "{what}: what is not known is not in the role\n→ {}",
                settled(&doubt.settle)
            ));
        }
        let names: Vec<&str> = subjects.roles().map(|subject| subject.shown).collect();
        let mut definition = Definition {
            id: Some(self.id.clone()),
            description: Some(format!("Derived from {}", names.join(", "))),
            stage: Some(Stage::Ga),
            permissions: derived.permissions,
            ..Definition::default()
        };
        self.words.lay_over(&mut definition);
        let how = How {
            home: home.as_ref(),
            drop_unknown: self.keep.drop_unknown,
            keep_escalation: self.keep.keep_escalation,
            ..How::new(catalog)
        };
        let mended = mend(&definition, how);
        let certain = derived.doubts.is_empty() && mended.is_certain();
        if mended.roles.is_empty() {
            report::tell(&mended, home.as_ref());
            complain("no permission is left: nothing was written");
            return Ok(match certain {
                true => Exit::Findings,
                false => Exit::Incomplete,
            });
        }
        write::write(&mended.roles, &self.write)?;
        report::tell(&mended, home.as_ref());
        let named = |name: &String| only.contains(name);
        let lacks = mended.removed.iter().any(|one| named(&one.permission));
        Ok(match (lacks, certain) {
            (true, _) => Exit::Findings,
            (false, false) => Exit::Incomplete,
            (false, true) => Exit::Clean,
        })
    }
}
