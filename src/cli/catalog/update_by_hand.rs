//! `leastwise catalog update` in a build without the live readers: what to do instead.

use crate::cli::Failure;
use crate::settings::Exit;
use clap::Args;

/// Fetch roles from the IAM API; not possible in this build, so it tells how.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  leastwise catalog update

Exit codes:
  2  this build cannot ask the IAM API itself")]
pub(super) struct Update {}

/// The roles come in pages of at most 1,000 (IAM API reference, `roles.list`), so the loop follows the token.
const INSTEAD: &str = r#"this build of leastwise cannot ask the IAM API itself. Fetch its answers, and import them:

  token=""; page=0
  while :; do
    page=$((page + 1))
    curl -sSfG "https://iam.googleapis.com/v1/roles?view=FULL&pageSize=1000" --data-urlencode "pageToken=$token" \
      -H "Authorization: Bearer $(gcloud auth print-access-token)" > "roles-$page.json"
    token=$(jq -r '.nextPageToken // ""' "roles-$page.json")
    [ -n "$token" ] || break
  done
  leastwise catalog import roles-*.json

and where custom roles are judged, which permissions they may hold:

  gcloud iam list-testable-permissions //cloudresourcemanager.googleapis.com/projects/PROJECT --format=json > testable.json
  leastwise catalog import testable.json --resource projects/PROJECT"#;

impl Update {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        Err(Failure::usage(INSTEAD))
    }
}
