//! The flags that only `scan` has.

use crate::cli::Failure;
use crate::cli::reads::{Reach, Via as ViaWord};
use crate::sources::live::scan::Via;
use crate::sources::live::scan::scope::{Chosen, Scope, folder, organization};
use crate::sources::live::storage::Transport;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// What is scanned.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct ScopeArguments {
    /// A project by id or number, or a pattern of ids, e.g. `acme-*`. May be given several times. With `--folder` or
    /// `--organization`, only these projects below them [default: the project of gcloud's configuration].
    #[arg(long = "project", value_name = "PROJECT", value_delimiter = ',')]
    pub(super) projects: Vec<Chosen>,

    /// A folder by number, with everything below it. May be given several times.
    #[arg(long = "folder", value_name = "NUMBER", value_delimiter = ',', value_parser = folder)]
    pub(super) in_folders: Vec<String>,

    /// An organisation by number, with everything below it. May be given several times.
    #[arg(long = "organization", value_name = "NUMBER", value_delimiter = ',', value_parser = organization)]
    pub(super) in_organizations: Vec<String>,

    /// Projects that are left out: ids, numbers or patterns.
    #[arg(
        long = "exclude-project",
        value_name = "PROJECT",
        value_delimiter = ','
    )]
    pub(super) excluded: Vec<Chosen>,
}

impl ScopeArguments {
    /// Whether the user named none.
    pub(super) fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.in_folders.is_empty() && self.in_organizations.is_empty()
    }

    /// The scope.
    pub(super) fn scope(&self) -> Scope {
        let mut nodes = [self.in_organizations.clone(), self.in_folders.clone()].concat();
        let mut known = std::collections::BTreeSet::new();
        nodes.retain(|node| known.insert(node.clone()));
        Scope {
            projects: self.projects.clone(),
            nodes,
            excluded: self.excluded.clone(),
        }
    }
}

/// How it is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(super) struct ReadingArguments {
    /// Only list the organisations, folders and projects that would be read, and by which calls.
    #[arg(long, conflicts_with_all = ["preflight", "save", "resume"])]
    pub(super) list_scope: bool,

    /// Only ask which permissions are missing for the scan.
    #[arg(long, conflicts_with_all = ["save", "resume"])]
    pub(super) preflight: bool,

    /// Buckets are read by `grpc` or `rest`; gRPC knows no proxies.
    #[arg(
        long,
        value_name = "TRANSPORT",
        default_value = "grpc",
        hide_possible_values = true
    )]
    pub(super) storage_transport: TransportWord,

    /// Calls that are under way at once.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) concurrency: u16,

    /// Keep what is read: a Cloud Asset Inventory export that `lint` judges to the very same findings.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) save: Option<PathBuf>,

    /// Go on with the scan that `--save` holds: what is whole there is not read again.
    #[arg(long, requires = "save")]
    pub(super) resume: bool,
}

/// `--storage-transport`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TransportWord {
    Grpc,
    Rest,
}

impl From<TransportWord> for Transport {
    fn from(word: TransportWord) -> Transport {
        match word {
            TransportWord::Grpc => Transport::Grpc,
            TransportWord::Rest => Transport::Rest,
        }
    }
}

/// How far the calls of a scope reach.
pub(super) fn reach(scope: &Scope) -> Reach {
    let has = |kind: &str| scope.nodes.iter().any(|node| node.starts_with(kind));
    match (has("organizations/"), has("folders/")) {
        (true, _) => Reach::Organization,
        (false, true) => Reach::Folder,
        (false, false) => Reach::Project,
    }
}

impl From<ViaWord> for Via {
    fn from(word: ViaWord) -> Via {
        match word {
            ViaWord::AssetInventory => Via::AssetInventory,
            ViaWord::Apis => Via::Apis,
            ViaWord::Auto => Via::Auto,
        }
    }
}

/// No scope: how to name one.
pub(super) fn nothing_named() -> Failure {
    Failure::usage(
        "nothing to scan: name it by `--project`, `--folder` or `--organization`, or set a default by \
         `gcloud config set project PROJECT` or CLOUDSDK_CORE_PROJECT",
    )
}
