//! Where a scan, or the merge of its parts, sends what it found besides its reports: Slack, a webhook, Security Command Center.

use super::live::LiveArguments;
use super::{Failure, output};
use crate::report::{Report, scc as findings, slack_message, webhook_message};
use crate::sources::live::client::Client;
use crate::sources::live::post::{Address, TIMEOUT, post};
use crate::sources::live::scc;
use clap::Args;
use serde_json::Value;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Where to send what was found.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Deliveries")]
pub struct SinkArguments {
    /// Send new findings as JSON to this https address, e.g. `https://hooks.example/leastwise`. New means since the runs
    /// of `--history`; without one, every finding. The address is a secret: better give it as LEASTWISE_WEBHOOK.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    webhook: Option<Secret>,

    /// Send new findings to this incoming webhook of Slack. The address is a secret: better give it as LEASTWISE_SLACK.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    slack: Option<Secret>,

    /// Keep the findings of this source in Security Command Center as they are here, e.g. `organizations/1/sources/2`:
    /// open them, change them, and close those that a complete run of the same scope does not report any more.
    #[arg(long, value_name = "SOURCE")]
    scc_source: Option<String>,

    /// What could not be delivered is a warning and does not fail the run (exit code 4).
    #[arg(long)]
    allow_undelivered: bool,
}

/// A text that is not shown. Every text is one: what is wrong with it is told without repeating it.
#[derive(Clone)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Secret, Infallible> {
        Ok(Secret(text.to_owned()))
    }
}

/// Where to send, checked before anything is read: a long run must not end in a typo.
#[derive(Debug, Clone, Default)]
pub struct Sinks {
    webhook: Option<Address>,
    slack: Option<Address>,
    scc_source: Option<String>,
    allow_undelivered: bool,
    /// A task that is tried again may have sent its messages before it failed.
    again: bool,
}

impl SinkArguments {
    /// Checks what was given. With `--offline` nothing can be delivered.
    ///
    /// # Errors
    /// An address or source of the wrong form, in words that do not repeat an address.
    pub fn check(&self, offline: bool) -> Result<Sinks, String> {
        let sinks = [
            self.webhook.is_some(),
            self.slack.is_some(),
            self.scc_source.is_some(),
        ];
        if offline && sinks.contains(&true) {
            return Err("`--offline` goes with no delivery: leave out `--webhook`, `--slack` and `--scc-source`".to_owned());
        }
        let address = |flag: &str, secret: &Option<Secret>| {
            let address = secret.as_ref().map(|secret| secret.0.parse::<Address>());
            let wrong = |error| format!("the value of `--{flag}`: {error}");
            address.transpose().map_err(wrong)
        };
        if let Some(source) = self
            .scc_source
            .as_deref()
            .filter(|s| !findings::is_source(s))
        {
            return Err(format!(
                "`--scc-source {source}`: name a source, e.g. `organizations/1/sources/2`; `gcloud scc sources describe` \
                 tells its number"
            ));
        }
        let attempt = super::env("CLOUD_RUN_TASK_ATTEMPT");
        Ok(Sinks {
            webhook: address("webhook", &self.webhook)?,
            slack: address("slack", &self.slack)?,
            scc_source: self.scc_source.clone(),
            allow_undelivered: self.allow_undelivered,
            again: attempt.is_some_and(|attempt| attempt.parse().is_ok_and(|n: u32| n > 0)),
        })
    }
}

/// What became of the deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// What was done, one sentence each.
    pub done: Vec<String>,
    /// What did not arrive and why, one sentence each. Holds no address.
    pub undelivered: Vec<String>,
}

impl Sinks {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.webhook.is_none() && self.slack.is_none() && self.scc_source.is_none()
    }

    /// Sends what `report` says. Every sink is tried, whatever became of the others.
    pub async fn deliver(&self, report: &Report<'_>, client: &Client) -> Delivery {
        let mut delivery = Delivery::default();
        let slack = || slack_message(report);
        self.message("Slack", self.slack.as_ref(), &slack, &mut delivery)
            .await;
        let webhook = || webhook_message(report);
        self.message(
            "the webhook",
            self.webhook.as_ref(),
            &webhook,
            &mut delivery,
        )
        .await;
        if let Some(source) = &self.scc_source {
            security_command_center(client, source, report, &mut delivery).await;
        }
        delivery
    }

    async fn message(
        &self,
        whereto: &str,
        address: Option<&Address>,
        message: &(dyn Fn() -> Option<Value> + Sync),
        delivery: &mut Delivery,
    ) {
        let Some(address) = address else { return };
        let Some(message) = message() else {
            let nothing = format!("nothing new, so nothing was sent to {whereto}");
            delivery.done.push(nothing);
            return;
        };
        if self.again {
            delivery.undelivered.push(format!(
                "{whereto} was not told: this is another attempt of the task, and the first may have done it"
            ));
            return;
        }
        match post(address, &message, TIMEOUT).await {
            Ok(()) => delivery.done.push(format!("{whereto} was told")),
            Err(error) => {
                let told = format!("{whereto} was not told: {error}");
                delivery.undelivered.push(told);
            }
        }
    }
}

/// What it takes to deliver at the end of a run.
pub(super) struct Deliveries<'r> {
    pub(super) sinks: &'r Sinks,
    pub(super) client: &'r Client,
    pub(super) runtime: &'r tokio::runtime::Runtime,
}

impl Deliveries<'_> {
    /// Delivers, says what became of it, and whether that fails the run.
    pub(super) fn send(&self, report: &Report<'_>, verbose: bool) -> bool {
        if self.sinks.is_empty() {
            return false;
        }
        let delivering = self.sinks.deliver(report, self.client);
        let delivery = self.runtime.block_on(delivering);
        if verbose {
            delivery.done.iter().for_each(|done| output::note(done));
        }
        for undelivered in &delivery.undelivered {
            output::warn(undelivered);
        }
        !delivery.undelivered.is_empty() && !self.sinks.allow_undelivered
    }
}

/// Deliveries of a command that makes no other request.
pub(super) struct Outlet {
    sinks: Sinks,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Outlet {
    /// `None`: nothing is to be delivered. No request is made yet.
    ///
    /// # Errors
    /// An address, source or credentials that cannot be used.
    pub(super) fn open(
        sinks: &SinkArguments,
        live: &LiveArguments,
    ) -> Result<Option<Outlet>, Failure> {
        let sinks = sinks.check(live.offline).map_err(Failure::usage)?;
        if sinks.is_empty() {
            return Ok(None);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let inside = runtime.enter();
        let (client, _) = live.open()?;
        drop(inside);
        Ok(Some(Outlet {
            sinks,
            client,
            runtime,
        }))
    }

    /// Delivers, says what became of it, and whether that fails the run.
    pub(super) fn send(&self, report: &Report<'_>, verbose: bool) -> bool {
        let deliveries = Deliveries {
            sinks: &self.sinks,
            client: &self.client,
            runtime: &self.runtime,
        };
        deliveries.send(report, verbose)
    }
}

async fn security_command_center(
    client: &Client,
    source: &str,
    report: &Report<'_>,
    delivery: &mut Delivery,
) {
    let there = match scc::active(client, source).await {
        Ok(there) => there,
        Err(trouble) => {
            // What is open there is not known, so neither is what would have to be closed.
            delivery.undelivered.push(format!(
                "Security Command Center was not changed: the findings of {source} cannot be listed: {trouble}"
            ));
            return;
        }
    };
    let plan = findings::plan(report, source, &there);
    let closed = plan.writes.iter().filter(|write| write.closes).count();
    let opened = plan.writes.len() - closed;
    let writes = plan.writes.into_iter().map(|write| scc::Write {
        name: write.name,
        mask: write.mask,
        body: write.body,
    });
    let written = scc::write(client, writes.collect()).await;
    if let Some(trouble) = written.trouble {
        delivery.undelivered.push(format!(
            "{} of {} findings were not written to Security Command Center: {trouble}",
            written.failed,
            written.failed + written.done,
        ));
        return;
    }
    if written.failed > 0 {
        let failed = written.failed;
        let told = format!("{failed} findings were not written to Security Command Center");
        delivery.undelivered.push(told);
        return;
    }
    delivery.done.push(format!(
        "Security Command Center: {opened} opened or changed, {closed} closed, {} as they were, {} left open because \
         this run could not judge them",
        plan.unchanged, plan.kept
    ));
}
