//! Which calls a live scan makes for the rules of a run: what the rules ask about, joined with what the calls bring.

use crate::rules::{Asks, Rule};
use crate::sources::live::calls::{self, Brings, Call, INVENTORIED, OnlyInventoried, Per, UNREAD};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};
use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::Failure;

/// What is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(super) struct ReadArguments {
    /// Also read what is left out by default, because its quota is small or it takes many requests: `activity`,
    /// `boundaries`, `compute-policies`, `deny`, `notifications`, `recommendations`, `tables`.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = words(), hide_possible_values = true)]
    pub(super) with: Vec<String>,

    /// Leave calls out, by name or glob, e.g. `aiplatform.*`; `scan --list-scope` names them.
    #[arg(long, value_name = "CALL", value_delimiter = ',')]
    pub(super) skip: Vec<String>,

    /// Where from: `asset-inventory` (few requests; what it does not list comes from the services), `apis` (each service
    /// by itself), or `auto`: the inventory where the caller may use it [default: auto].
    #[arg(
        long,
        value_name = "HOW",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) via: Via,
}

fn words() -> PossibleValuesParser {
    PossibleValuesParser::new(calls::words().into_iter().map(PossibleValue::new))
}

/// Where a scan reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Via {
    Auto,
    Apis,
    AssetInventory,
}

/// What a scan is of: how far its calls reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Reach {
    Project,
    Folder,
    Organization,
}

impl Reach {
    /// The collection of its nodes.
    pub(super) fn collection(self) -> &'static str {
        match self {
            Reach::Project => "projects",
            Reach::Folder => "folders",
            Reach::Organization => "organizations",
        }
    }

    /// Whether a call is made in a scan of this.
    fn has(self, per: Per) -> bool {
        match per {
            Per::Organization => self == Reach::Organization,
            Per::Folder => self != Reach::Project,
            Per::Scan | Per::Project | Per::Node | Per::Constraint => true,
            Per::Each(id) => calls::find(id).is_some_and(|call| self.has(call.per)),
        }
    }
}

/// A call that is made.
#[derive(Debug, Clone)]
pub(super) struct Read {
    /// The call.
    pub(super) call: &'static Call,
    /// The rules that ask for it, sorted; none if it only finds what others are asked for.
    pub(super) rules: BTreeSet<String>,
}

/// What rules ask about that is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Left {
    /// The call, or the asset type that no call brings.
    pub(super) what: &'static str,
    /// Why, in words.
    pub(super) why: String,
    /// Why.
    #[serde(skip)]
    pub(super) cause: Cause,
    /// The rules that ask about it.
    pub(super) rules: BTreeSet<String>,
}

/// Why something is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// A scan of something larger reads it.
    Reach,
    /// `--skip` leaves it out.
    Skipped,
    /// `--with` and this word read it.
    OnRequest(&'static str),
    /// Only Cloud Asset Inventory brings it, and whether it may be used shows when it is asked.
    Inventory,
    /// No call brings it.
    Unread,
}

/// All that is read for some rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads {
    /// The calls, in the order of the table: a call stands behind the one that it is asked for.
    pub(super) calls: Vec<Read>,
    /// What is left out.
    pub(super) left: Vec<Left>,
    /// What Cloud Asset Inventory is asked for beside what the calls bring, if it is asked.
    pub(super) only_inventoried: Vec<OnlyInventoried>,
    /// The constraints of organisation policies that are asked about.
    pub(super) constraints: BTreeSet<String>,
}

impl Reads {
    fn ask_inventory(&mut self, only: OnlyInventoried) {
        let known = self.only_inventoried.iter_mut();
        match known
            .into_iter()
            .find(|one| one.asset_type == only.asset_type)
        {
            Some(one) => {
                one.policies |= only.policies;
            }
            None => self.only_inventoried.push(only),
        }
    }
}

/// Whether a call brings something that is asked about.
fn is_asked(call: &Call, asks: &Asks) -> bool {
    const DATASET: &str = "bigquery.googleapis.com/Dataset";
    const POLICY: &str = "orgpolicy.googleapis.com/Policy";
    let Some(asset_type) = call.asset_type() else {
        return false;
    };
    match call.brings {
        Brings::Asset(POLICY, _) if call.per == Per::Constraint => {
            asks.constraints().next().is_some()
        }
        Brings::Asset(POLICY, _) => asks.org_policies() || asks.settings_of(POLICY),
        // Nodes are found by the scan itself.
        Brings::Asset(..) if call.per == Per::Scan => false,
        // A dataset tells its policy among its settings.
        Brings::Asset(DATASET, _) => asks.settings_of(DATASET) || asks.policies_of(DATASET),
        Brings::Asset(..) => asks.settings_of(asset_type),
        Brings::Policy => asks.policies_of(asset_type),
        // With whatever it completes.
        Brings::Detail | Brings::Assets | Brings::Names => false,
    }
}

/// The calls that a scan of `reach` makes for `rules`.
///
/// # Errors
/// A glob of `--skip` that is none, or names no call.
pub(super) fn reads(rules: &[Rule], reach: Reach, how: &ReadArguments) -> Result<Reads, Failure> {
    let skipped = skipped(&how.skip)?;
    let mut wanted: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut left: BTreeMap<(&'static str, Cause), BTreeSet<String>> = BTreeMap::new();
    let mut all = Reads::default();
    for rule in rules {
        let asks = rule.asks();
        all.constraints
            .extend(asks.constraints().map(str::to_owned));
        for call in calls::all().filter(|call| is_asked(call, &asks)) {
            match against(call, reach, how, &skipped) {
                None => add(call, &rule.id, &mut wanted),
                Some(cause) => {
                    let rules = left.entry((call.id, cause)).or_default();
                    rules.insert(rule.id.clone());
                }
            }
        }
        for unread in UNREAD {
            let named = match unread.only_policy {
                true => asks.names_policies_of(unread.asset_type),
                false => asks.types().contains(unread.asset_type),
            };
            if !named {
                continue;
            }
            let inventoried = INVENTORIED.contains(&unread.asset_type);
            let cause = match how.via {
                Via::AssetInventory | Via::Auto if inventoried => {
                    let only = OnlyInventoried {
                        asset_type: unread.asset_type,
                        policies: asks.policies_of(unread.asset_type),
                    };
                    all.ask_inventory(only);
                    if how.via == Via::AssetInventory {
                        only.calls()
                            .for_each(|call| add(call, &rule.id, &mut wanted));
                        continue;
                    }
                    Cause::Inventory
                }
                _ => Cause::Unread,
            };
            let rules = left.entry((unread.asset_type, cause)).or_default();
            rules.insert(rule.id.clone());
        }
    }
    complete(&mut wanted, &skipped);
    for id in calls::finders(reach.collection()) {
        wanted.entry(id).or_default();
    }
    if how.via == Via::AssetInventory {
        wanted = by_inventory(wanted);
    }
    let ordered = calls::all().filter_map(|call| {
        let rules = wanted.remove(call.id)?;
        Some(Read { call, rules })
    });
    all.calls = ordered.collect();
    let told = left.into_iter().map(|((what, cause), rules)| Left {
        what,
        why: words_for(what, cause),
        cause,
        rules,
    });
    all.left = told.collect();
    Ok(all)
}

/// Adds a call and those whose elements it is asked for.
fn add(call: &'static Call, rule: &str, wanted: &mut BTreeMap<&'static str, BTreeSet<String>>) {
    let mut next = Some(call);
    while let Some(call) = next {
        wanted.entry(call.id).or_default().insert(rule.to_owned());
        next = call.parent();
    }
}

/// Adds what completes what is read, and what tells whether there is anything to read.
fn complete(wanted: &mut BTreeMap<&'static str, BTreeSet<String>>, skipped: &GlobSet) {
    for call in calls::all().filter(|call| call.brings == Brings::Detail) {
        let of = call.parent().and_then(|parent| wanted.get(parent.id));
        if let Some(rules) = of.cloned() {
            wanted.insert(call.id, rules);
        }
    }
    let some_may_be_off = wanted.keys().filter_map(|id| calls::find(id)).any(|call| {
        let parent = call.parent();
        parent.unwrap_or(call).per == Per::Project && !is_always_on(call.service)
    });
    if some_may_be_off && !skipped.is_match(SERVICES) {
        wanted.entry(SERVICES).or_default();
    }
}

/// Tells which APIs are enabled.
const SERVICES: &str = "serviceusage.services.list";

/// Services that every project has, or whose answers do not hang on its APIs.
fn is_always_on(service: &str) -> bool {
    matches!(
        service,
        "cloudresourcemanager" | "iam" | "storage" | "serviceusage"
    )
}

/// Why a call is not made that is asked for.
fn against(call: &Call, reach: Reach, how: &ReadArguments, skipped: &GlobSet) -> Option<Cause> {
    let chain = || std::iter::successors(Some(call), |call| call.parent());
    if chain().any(|call| skipped.is_match(call.id)) {
        return Some(Cause::Skipped);
    }
    if !reach.has(call.per) {
        return Some(Cause::Reach);
    }
    let asked_for = |word: &&str| how.with.iter().any(|with| with == word);
    let word = chain().find_map(|call| call.with.filter(|word| !asked_for(word)));
    word.map(Cause::OnRequest)
}

fn words_for(what: &str, cause: Cause) -> String {
    match cause {
        Cause::Skipped => "`--skip` leaves it out".to_owned(),
        Cause::OnRequest(word) => format!("`--with {word}` reads it"),
        Cause::Reach => match calls::find(what).map(|call| call.per) {
            Some(Per::Folder) => "a scan of a folder or an organisation reads it".to_owned(),
            _ => "a scan of a whole organisation reads it".to_owned(),
        },
        Cause::Inventory => {
            "only Cloud Asset Inventory tells it, where the caller may use it".to_owned()
        }
        Cause::Unread => {
            let mut known = UNREAD.iter();
            let known = known.find(|unread| unread.asset_type == what);
            known.map_or("", |unread| unread.reason).to_owned()
        }
    }
}

/// What the inventory lists comes from there; the rest, and what the rest is asked for, from the services.
fn by_inventory(
    wanted: BTreeMap<&'static str, BTreeSet<String>>,
) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut by: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for (id, rules) in wanted {
        let Some(call) = calls::find(id) else {
            continue;
        };
        match calls::instead(call).filter(|_| call.per != Per::Scan) {
            Some(instead) => by.entry(instead.id).or_default().extend(rules),
            // Comes with what is asked for its elements.
            None if call.brings == Brings::Names && call.per != Per::Scan => {}
            None => {
                let mut next = Some(call);
                while let Some(call) = next {
                    by.entry(call.id).or_default().extend(rules.iter().cloned());
                    next = call.parent();
                }
            }
        }
    }
    by
}

fn skipped(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut globs = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern).map_err(|error| {
            Failure::usage(format!("`--skip {pattern}` is no glob: {}", error.kind()))
        })?;
        let matcher = glob.compile_matcher();
        if !calls::all().any(|call| matcher.is_match(call.id)) {
            return Err(Failure::usage(format!(
                "`--skip {pattern}` names no call; `scan --list-scope` lists them"
            )));
        }
        globs.add(glob);
    }
    globs
        .build()
        .map_err(|error| Failure::usage(format!("`--skip`: {error}")))
}

/// How many nodes a scope has.
#[allow(dead_code, reason = "the scan tells it")]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nodes {
    /// Organisations.
    pub(super) organizations: u64,
    /// Folders.
    pub(super) folders: u64,
    /// Projects.
    pub(super) projects: u64,
    /// Those of them whose parent is not in the scope.
    pub(super) tops: u64,
}

/// A line of `scan --list-scope`.
#[allow(dead_code, reason = "the scan tells it")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    /// The call.
    pub(super) call: &'static str,
    /// The API: `run.googleapis.com`.
    pub(super) api: String,
    /// For whom, in words: `each project`, `each of iam.serviceAccounts.list`.
    pub(super) per: String,
    /// What the caller must hold.
    pub(super) permissions: &'static [&'static str],
    /// How many times, without pages and retries; unknown before what it is asked for is listed.
    pub(super) times: Option<u64>,
    /// A quota of its own, in calls a minute.
    pub(super) a_minute: Option<u32>,
    /// How many rules ask for it.
    pub(super) rules: usize,
}

/// The calls of a scan as `scan --list-scope` tells them.
#[allow(dead_code, reason = "the scan tells it")]
pub(super) fn scope_listing(reads: &Reads, nodes: Nodes) -> Vec<Listed> {
    let constraints = reads.constraints.len() as u64;
    let listed = reads.calls.iter().map(|Read { call, rules }| {
        let (per, times) = match call.per {
            Per::Scan => ("the scope".to_owned(), None),
            Per::Organization => ("each organisation".to_owned(), Some(nodes.organizations)),
            Per::Folder => ("each folder".to_owned(), Some(nodes.folders)),
            Per::Project => ("each project".to_owned(), Some(nodes.projects)),
            Per::Node => {
                let all = nodes.organizations + nodes.folders + nodes.projects;
                (
                    "each organisation, folder and project".to_owned(),
                    Some(all),
                )
            }
            Per::Constraint => (
                "each constraint, at the top of the scope".to_owned(),
                Some(nodes.tops * constraints),
            ),
            Per::Each(id) => (format!("each of {id}"), None),
        };
        Listed {
            call: call.id,
            api: call.api(),
            per,
            permissions: call.permissions,
            times,
            a_minute: call.budget.map(|(_, a_minute)| a_minute),
            rules: rules.len(),
        }
    });
    listed.collect()
}
