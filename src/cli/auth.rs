//! `leastwise auth`: who would ask Google's APIs.

use super::Failure;
use super::arguments::{AnswerArguments, AnswerFormat};
use super::live::{LiveArguments, block_on, failed};
use super::output::{print_json, print_text};
use crate::report::escape;
use crate::settings::Exit;
use crate::sources::live::Trouble;
use crate::sources::live::client::{Client, Request};
use crate::sources::live::credentials::Identity;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt::Write as _;

/// Tell which identity `scan` would use, and where it was found.
///
/// Credentials are looked for in this order: what a flag names, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE,
/// CLOUDSDK_AUTH_ACCESS_TOKEN and GOOGLE_OAUTH_ACCESS_TOKEN, GOOGLE_APPLICATION_CREDENTIALS, the application default
/// credentials in gcloud's folder (CLOUDSDK_CONFIG), the metadata server, the gcloud CLI. The first that is there is used,
/// and if it does not work, that is an error. Tokens are never printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  leastwise auth
  leastwise auth --impersonate scanner@acme-ml.iam.gserviceaccount.com --check
  leastwise auth --credentials key.json --format json | jq -r .identity

Exit codes:
  0  there are credentials, and they give a token
  2  there are none, or they give none
  4  with `--check`: the API could not be asked")]
pub(super) struct Auth {
    /// Also make one call, to see whether an API takes the token.
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    told: AnswerArguments,

    #[command(flatten)]
    live: LiveArguments,
}

/// The answer as other programs read it.
#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    identity: Whom,
    default_project: Option<Project>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
}

/// An identity.
#[derive(Debug, Serialize)]
struct Whom {
    /// Absent where nobody says it.
    identity: Option<String>,
    kind: &'static str,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonated_by: Option<Box<Whom>>,
    quota_project: Option<Project>,
    scopes: Vec<&'static str>,
    expires: Option<String>,
}

/// A project, and who says so.
#[derive(Debug, Serialize)]
struct Project {
    id: String,
    source: String,
}

impl Project {
    fn new((id, source): (String, String)) -> Project {
        Project { id, source }
    }
}

impl Whom {
    fn new(identity: Identity) -> Whom {
        let through = identity
            .through
            .map(|through| Box::new(Whom::new(*through)));
        Whom {
            identity: identity.who,
            kind: identity.kind.slug(),
            source: identity.place,
            impersonated_by: through,
            quota_project: identity.quota_project.map(Project::new),
            scopes: identity.scopes,
            expires: identity.expires.map(whole_seconds),
        }
    }
}

fn whole_seconds(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second())
        .map_or_else(|_| moment.to_string(), |at| at.to_string())
}

impl Auth {
    /// Runs the command.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let (client, tokens) = self.live.open()?;
        let check = self.check;
        let asked = block_on(async {
            let identity = tokens.identity().await?;
            let project = tokens.default_project().await;
            if check {
                self::check(&client).await?;
            }
            Ok::<_, Trouble>((identity, project))
        })?;
        let (identity, project) = asked.map_err(failed)?;
        let now = Timestamp::now();
        match self.told.format {
            AnswerFormat::Json => print_json(&Answer {
                identity: Whom::new(identity),
                default_project: project.map(Project::new),
                check: check.then_some("answered"),
            })?,
            AnswerFormat::Table => print_text(&told(&identity, project, check, now))?,
        }
        Ok(Exit::Clean)
    }
}

/// One call that every identity may make: it lists what it may see.
async fn check(client: &Client) -> Result<(), Trouble> {
    let mut request = Request::get("cloudresourcemanager", "/v3/projects:search");
    request.query = vec![("pageSize", "1".to_owned())];
    client.call(&request).await.map(|_| ())
}

/// The answer for people.
fn told(
    identity: &Identity,
    project: Option<(String, String)>,
    check: bool,
    now: Timestamp,
) -> String {
    let mut told = String::new();
    let mut line = |key: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(told, "{key:<16}{}", escape::terminal(value));
    };
    let from = |pair: &Option<(String, String)>| match pair {
        Some((id, source)) => format!("{id} ({source})"),
        None => "none".to_owned(),
    };
    line("identity", identity.who.as_deref().unwrap_or("not known"));
    let mut named = identity;
    line("credentials", &credentials(named));
    while let Some(through) = &named.through {
        named = through;
        let who = named.who.as_deref().unwrap_or("not known");
        line("asked by", &format!("{who}, {}", credentials(named)));
    }
    line("quota project", &from(&identity.quota_project));
    line("default project", &from(&project));
    if !identity.scopes.is_empty() {
        line("scope", &identity.scopes.join(" "));
    }
    if let Some(expires) = identity.expires {
        let left = expires.duration_since(now).as_secs().max(0) / 60;
        line(
            "token expires",
            &format!("{} (in {left} min)", whole_seconds(expires)),
        );
    }
    if check {
        line("check", "the Resource Manager API answered");
    }
    told
}

fn credentials(identity: &Identity) -> String {
    format!("{}: {}", identity.kind.words(), identity.place)
}
