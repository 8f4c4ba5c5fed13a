//! `leastwise permissions`: the least role that a scan needs.

mod bind;
mod why;

use super::Failure;
use super::arguments::{
    BenchmarkArguments, ConfigArguments, RuleArguments, TimeArguments, persona,
};
use super::catalog::{CatalogArguments, count};
use super::output::{note, print_text, warn, write_text};
use super::reads::{Cause, Left, Reach, ReadArguments, Reads, Via, reads};
use crate::catalog::Stage;
use crate::finding::Persona;
use crate::remediation::roles::render::{self, Lacking};
use crate::remediation::roles::{Definition, Home, How, Mended, is_role_id, mend, role_id};
use crate::settings::{Exit, Overrides, Settings};
use bind::Place;
use clap::{Args, ValueEnum, ValueHint};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Print the least role that a scan needs.
///
/// The role holds what the enabled rules need to be judged, and nothing else: rules, `--with`, `--skip` and `--via` are those
/// of `scan`. Nothing is changed in the cloud: what is printed is a file for gcloud or Terraform, or a script.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise permissions --project acme-ml > role.yaml
  gcloud iam roles create leastwise_scan --project=acme-ml --file=role.yaml
  leastwise permissions --organization 123456789012 --format gcloud \\
      --member serviceAccount:leastwise@acme-ops.iam.gserviceaccount.com > grant.sh
  leastwise permissions --folder 551900287731 --organization 123456789012 --format terraform \\
      --member group:cloud-security@acme.example
  leastwise permissions --select 'gcs-*' --format json          # which rule needs what
  leastwise permissions --scope organization --via asset-inventory

A role of a folder does not exist: it is one of the organisation, granted on the folder. Who scans with `--quota-project`
also needs `serviceusage.services.use` on that project.")]
pub(super) struct Permissions {
    #[command(flatten)]
    scope: ScopeArguments,

    #[command(flatten)]
    role: OwnArguments,

    #[command(flatten)]
    read: ReadArguments,

    #[command(flatten)]
    rules: RuleArguments,

    #[command(flatten)]
    benchmark: BenchmarkArguments,

    /// Whom the scan speaks to: `regular`, `pedantic` or `auditor`; it decides which rules run [default: regular].
    #[arg(long, value_name = "PERSONA", value_parser = persona, help_heading = "Rules")]
    persona: Option<Persona>,

    #[command(flatten)]
    config: ConfigArguments,

    #[command(flatten)]
    time: TimeArguments,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    write: FormArguments,
}

/// What is scanned.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
struct ScopeArguments {
    /// What is scanned: `project`, `folder` or `organization` [default: what is named below, else `project`].
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    scope: Option<Reach>,

    /// The project that is scanned, e.g. `acme-ml`.
    #[arg(long, value_name = "ID", value_parser = bind::project)]
    project: Option<String>,

    /// The folder that is scanned, by number.
    #[arg(long, value_name = "NUMBER", value_parser = bind::number, conflicts_with = "project")]
    folder: Option<String>,

    /// The organisation that is scanned, by number; with a project or a folder, whose role it becomes.
    #[arg(long, value_name = "NUMBER", value_parser = bind::number)]
    organization: Option<String>,
}

/// The role itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Role")]
struct OwnArguments {
    /// What the role is called, the last part of its name.
    #[arg(long, value_name = "ID", default_value = "leastwise_scan", value_parser = id)]
    id: String,

    /// Who gets it, e.g. `serviceAccount:leastwise@acme-ops.iam.gserviceaccount.com`. May be given several times.
    #[arg(long = "member", value_name = "MEMBER", value_parser = bind::member)]
    members: Vec<String>,
}

/// How it is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
struct FormArguments {
    /// `yaml` (for `gcloud iam roles create --file`), `gcloud` (a script that creates and grants it), `terraform`, or `json`
    /// (each permission with the calls and rules that need it) [default: yaml].
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "yaml",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Form,

    /// The file to write, instead of standard output.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Yaml,
    Gcloud,
    Terraform,
    Json,
}

fn id(text: &str) -> Result<String, String> {
    match is_role_id(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "an id has 3 to 64 letters, digits, `_` and `.`, e.g. `{}`",
            role_id(text)
        )),
    }
}

impl ScopeArguments {
    /// How far the scan reaches.
    fn reach(&self) -> Result<Reach, Failure> {
        let named = match (&self.project, &self.folder, &self.organization) {
            (Some(_), _, _) => Some(Reach::Project),
            (None, Some(_), _) => Some(Reach::Folder),
            (None, None, Some(_)) => Some(Reach::Organization),
            (None, None, None) => None,
        };
        match (self.scope, named) {
            (Some(scope), Some(named)) if scope < named => Err(Failure::usage(
                "`--scope` is less than what is named; leave it out",
            )),
            // The organisation owns the role of what is below it.
            (Some(scope), Some(named)) if scope > named => Err(Failure::usage(
                "`--scope` is more than what is named; leave it out, or name what is scanned",
            )),
            (scope, named) => Ok(scope.or(named).unwrap_or(Reach::Project)),
        }
    }

    /// What the role is granted on.
    fn place(&self, reach: Reach) -> Option<Place> {
        let (kind, name) = match reach {
            Reach::Project => (Reach::Project, self.project.clone()),
            Reach::Folder => (Reach::Folder, self.folder.clone()),
            Reach::Organization => (Reach::Organization, self.organization.clone()),
        };
        name.map(|name| Place { kind, name })
    }

    /// Who owns the role.
    fn home(&self) -> Option<Home> {
        let organization = self.organization.clone().map(Home::Organization);
        organization.or_else(|| self.project.clone().map(Home::Project))
    }
}

impl Permissions {
    /// What overrules the configuration. No findings are made, so there is nothing to compare with a baseline.
    fn overrides(&self) -> Overrides {
        Overrides {
            persona: self.persona,
            no_baseline: true,
            ..Overrides::default()
        }
    }

    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = self.config.load()?;
        let now = self.time.now()?;
        let mut settings = Settings::new(&loaded, &self.overrides(), now)?;
        let ruleset = match self.benchmark.benchmark() {
            Some(benchmark) => {
                settings.persona = Persona::Auditor;
                self.rules.load_for(benchmark, &settings)?
            }
            None => self.rules.load(&loaded, &settings)?,
        };
        let opened = self.catalog.open()?;
        let reach = self.scope.reach()?;
        let reads = reads(&ruleset.rules, reach, &self.read)?;
        let (home, place) = (self.scope.home(), self.scope.place(reach));
        let asked: BTreeSet<&str> = permissions(&reads).collect();
        // Levels are judged even where nobody says whose role it is.
        let judged = home.clone().unwrap_or(match reach {
            Reach::Project => Home::Project("-".to_owned()),
            Reach::Folder | Reach::Organization => Home::Organization("-".to_owned()),
        });
        let definition = Definition {
            home: home.clone(),
            id: Some(self.role.id.clone()),
            title: Some("leastwise scan".to_owned()),
            description: Some(format!(
                "What leastwise {} reads in a scan of a{} {}",
                env!("CARGO_PKG_VERSION"),
                if reach == Reach::Organization {
                    "n"
                } else {
                    ""
                },
                word(reach),
            )),
            stage: Some(Stage::Ga),
            permissions: asked.iter().map(|name| (*name).to_owned()).collect(),
            etag: None,
        };
        let how = How {
            home: Some(&judged),
            ..How::new(opened.catalog())
        };
        let mut mended = mend(&definition, how);
        for role in &mut mended.roles {
            role.definition.home.clone_from(&home);
        }
        let text = match self.write.format {
            Form::Yaml => mended
                .roles
                .iter()
                .map(render::yaml)
                .collect::<Vec<_>>()
                .join("---\n"),
            Form::Gcloud => self.script(&mended, place.as_ref())?,
            Form::Terraform => self.terraform(&mended, place.as_ref())?,
            Form::Json => why::json(reach, &reads, &mended, opened.catalog())?,
        };
        match self
            .write
            .output
            .as_deref()
            .filter(|path| path.as_os_str() != "-")
        {
            Some(path) => {
                write_text(path, &text)?;
                note(&format!("wrote {}", path.display()));
            }
            None => print_text(&text)?,
        }
        self.tell(reach, &reads, &mended);
        Ok(Exit::Clean)
    }

    fn script(&self, mended: &Mended, place: Option<&Place>) -> Result<String, Failure> {
        let mut text =
            render::script(&mended.roles).map_err(|lacking| lacks(lacking, "a script"))?;
        for role in &mended.roles {
            text.push_str(&bind::gcloud(
                role,
                self.granted(place)?,
                &self.role.members,
            ));
        }
        Ok(text)
    }

    fn terraform(&self, mended: &Mended, place: Option<&Place>) -> Result<String, Failure> {
        let lacking = |lacking| lacks(lacking, "Terraform");
        let mut text = render::terraform(&mended.roles).map_err(lacking)?;
        for role in &mended.roles {
            let granted = self.granted(place)?;
            text.push_str(&bind::terraform(role, granted, &self.role.members).map_err(lacking)?);
        }
        Ok(text)
    }

    /// What the role is granted on; a grant without it is wrong usage.
    fn granted<'p>(&self, place: Option<&'p Place>) -> Result<Option<&'p Place>, Failure> {
        match (place, self.role.members.is_empty()) {
            (None, false) => Err(Failure::usage(
                "a grant must say on what; name it with `--project ID`, `--folder NUMBER` or `--organization NUMBER`",
            )),
            (place, _) => Ok(place),
        }
    }

    /// What the role does not let the scan read.
    fn tell(&self, reach: Reach, reads: &Reads, mended: &Mended) {
        if !mended.removed.is_empty() {
            let names: Vec<&str> = mended.removed.iter().map(|one| &*one.permission).collect();
            warn(&format!(
                "a role of a {} cannot hold {}: {}; what they read will be missing",
                word(reach),
                count(names.len(), "permission", "permissions"),
                names.join(", ")
            ));
        }
        if !mended.doubtful.is_empty() {
            let names: Vec<&str> = mended.doubtful.iter().map(|one| &*one.permission).collect();
            warn(&format!(
                "the catalogue does not know whether a custom role may hold {}",
                names.join(", ")
            ));
        }
        let far = reads.left.iter().filter(|left| left.cause == Cause::Reach);
        if let Some(rules) = asking(far) {
            note(&format!(
                "{rules} ask about what only a scan of something larger than a {} reads, too",
                word(reach)
            ));
        }
        let mut words: BTreeMap<&str, Vec<&Left>> = BTreeMap::new();
        for left in &reads.left {
            if let Cause::OnRequest(word) = left.cause {
                words.entry(word).or_default().push(left);
            }
        }
        let more = words.into_iter().filter_map(|(word, left)| {
            Some(format!("`--with {word}` ({})", asking(left.into_iter())?))
        });
        let more: Vec<String> = more.collect();
        if !more.is_empty() {
            note(&format!("read only if asked for: {}", more.join(", ")));
        }
        if self.read.via == Via::Auto {
            let only = reads.left.iter();
            let only = asking(only.filter(|left| left.cause == Cause::Inventory));
            let only = only.map_or_else(String::new, |rules| {
                format!(" and brings what no service tells ({rules})")
            });
            note(&format!(
                "a scan by Cloud Asset Inventory takes far fewer requests{only}; `--via asset-inventory` writes the role for it"
            ));
        }
        let never = reads.left.iter().filter(|left| left.cause == Cause::Unread);
        let what: BTreeSet<&str> = never.clone().map(|left| left.what).collect();
        if let Some(rules) = asking(never) {
            note(&format!(
                "never read live: {} ({rules}); `--format json` names them and says why",
                count(what.len(), "asset type", "asset types")
            ));
        }
    }
}

/// How many rules ask about what is left out.
fn asking<'l>(left: impl Iterator<Item = &'l Left>) -> Option<String> {
    let rules: BTreeSet<&String> = left.flat_map(|left| &left.rules).collect();
    (!rules.is_empty()).then(|| count(rules.len(), "rule", "rules"))
}

/// The permissions of all calls.
fn permissions(reads: &Reads) -> impl Iterator<Item = &'static str> + '_ {
    let calls = reads.calls.iter();
    calls.flat_map(|read| read.call.permissions.iter().copied())
}

fn word(reach: Reach) -> &'static str {
    match reach {
        Reach::Project => "project",
        Reach::Folder => "folder",
        Reach::Organization => "organisation",
    }
}

fn lacks(lacking: Lacking, whereto: &str) -> Failure {
    Failure::usage(format!(
        "{lacking}, and {whereto} must know; say `--project ID` or `--organization NUMBER`"
    ))
}
