//! `leastwise catalog update`: asks the IAM API, and takes in what it says.

use super::import::{Import, level, place};
use super::stored::CatalogArguments;
use crate::cli::Failure;
use crate::cli::live::{LiveArguments, block_on, failed};
use crate::cli::output::warn;
use crate::settings::Exit;
use crate::sources::dialects;
use crate::sources::live::Trouble;
use crate::sources::live::client::{Client, Request};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Fetch all predefined roles from the IAM API, for all later runs.
///
/// Any identity may list them. What comes is taken in as `catalog import` does: what was imported before is kept, and where both
/// speak of the same, the newer wins.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise catalog update
  leastwise catalog update --testable projects/acme-ml

Exit codes:
  0  everything was taken in            3  a page or a role is missing; the rest was taken in
  2  nothing was stored: there are no credentials, or the stored catalogue cannot be written
  4  nothing was stored: the API could not be asked")]
pub(super) struct Update {
    /// Also fetch which permissions custom roles there may hold: a project, folder or organisation, e.g.
    /// `projects/acme-ml`.
    #[arg(long, value_name = "NAME")]
    testable: Option<String>,

    /// Pages that did not come, and roles that cannot be read, do not fail the run.
    #[arg(long)]
    allow_incomplete: bool,

    #[command(flatten)]
    catalog: CatalogArguments,

    #[command(flatten)]
    live: LiveArguments,
}

/// The most that the API gives at once (IAM API reference, `roles.list` and `queryTestablePermissions`).
const PAGE: u32 = 1_000;

impl Update {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        // A minute of fetching must not end in a typo.
        place(&self.catalog)?;
        let mut lists = vec![("roles", roles())];
        if let Some(name) = &self.testable {
            level("--testable", name)?;
            lists.push(("permissions", permissions(name)?));
        }
        let (client, _) = self.live.open()?;
        let folder = tempfile::tempdir()?;
        let fetched = block_on(async {
            let mut fetched = Vec::new();
            for (name, request) in lists {
                fetched.push(fetch(&client, &request, folder.path(), name).await?);
            }
            Ok::<_, Failure>(fetched)
        })?;
        let mut files = Vec::new();
        for (mut pages, trouble) in fetched? {
            match trouble {
                Some(trouble) if pages.is_empty() => return Err(failed(trouble)),
                // The last page that came says that another follows, which the import tells.
                Some(trouble) => warn(&format!("{}: {}", trouble.service, trouble.message)),
                None => {}
            }
            files.append(&mut pages);
        }
        Import::new(files, self.testable, self.allow_incomplete, self.catalog).run()
    }
}

fn roles() -> Request {
    let mut request = Request::get("iam", "/v1/roles");
    request.query = vec![("view", "FULL".to_owned()), ("pageSize", PAGE.to_string())];
    request
}

fn permissions(name: &str) -> Result<Request, Failure> {
    let (name, _) = dialects::full_resource_name(name)
        .map_err(|error| Failure::usage(format!("--testable `{name}`: {error}")))?;
    let body = json!({"fullResourceName": name, "pageSize": PAGE});
    let path = "/v1/permissions:queryTestablePermissions";
    Ok(Request::post("iam", path, body))
}

/// Writes the pages of a list into files, as far as they come.
async fn fetch(
    client: &Client,
    request: &Request,
    folder: &Path,
    name: &str,
) -> Result<(Vec<PathBuf>, Option<Trouble>), Failure> {
    let mut files = Vec::new();
    let mut failed = None;
    let keep = |page: Value| {
        let file = folder.join(format!("{name}-{}.json", files.len() + 1));
        match std::fs::write(&file, page.to_string()) {
            Ok(()) => files.push(file),
            Err(error) => failed = Some(error),
        }
    };
    let ended = client.pages(request, keep).await;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok((files, ended.err())),
    }
}
