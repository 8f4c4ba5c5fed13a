//! What rules ask about, so that whoever reads an estate for them knows what to read.

use super::Rule;
use super::analyses::{self, Question};
use super::file::{Grant, Select};
use super::grant::asset_type;
use std::collections::BTreeSet;

/// Custom roles: what they carry decides about grants.
const ROLE: &str = "iam.googleapis.com/Role";

/// What some rules want to know of an estate. Empty: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    settings: BTreeSet<String>,
    policies: BTreeSet<String>,
    /// Policies of all types but these.
    policies_but: Option<BTreeSet<String>>,
    constraints: BTreeSet<String>,
    org_policies: bool,
}

impl Rule {
    /// What the rule asks about: nothing if it does not run, because the configuration has not told it what it needs.
    pub fn asks(&self) -> Asks {
        let mut asks = Asks::default();
        if !self.unmet.is_empty() {
            return asks;
        }
        if let Some(select) = &self.file.select {
            asks.add_select(select);
        }
        if let Some(grant) = &self.file.grant {
            asks.add_grant(grant);
        }
        if let Some(analysis) = &self.file.analysis
            && let Ok(kind) = analyses::find(analysis, &self.text)
        {
            for (asset_type, path) in kind.records() {
                asks.add_path(asset_type, path);
            }
            for question in kind.questions() {
                match question {
                    Question::Fixed(interest) => asks.add_grant(&analyses::question(interest)),
                    Question::Grant(grant) => asks.add_grant(&grant),
                }
            }
            kind.add_facts(&mut asks);
        }
        asks
    }
}

impl Asks {
    /// What several rules ask about together.
    pub fn of<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Asks {
        let mut all = Asks::default();
        rules.into_iter().for_each(|rule| all.add(rule.asks()));
        all
    }

    /// Whether the settings of assets of a type are asked about.
    pub fn settings_of(&self, asset_type: &str) -> bool {
        self.settings.contains(asset_type)
    }

    /// Whether the allow policies of assets of a type are asked about.
    pub fn policies_of(&self, asset_type: &str) -> bool {
        let but = self.policies_but.as_ref();
        self.policies.contains(asset_type) || but.is_some_and(|but| !but.contains(asset_type))
    }

    /// Whether some rule names a type as one whose allow policies it asks about, and does not ask about those of all.
    pub fn names_policies_of(&self, asset_type: &str) -> bool {
        self.policies.contains(asset_type)
    }

    /// The asset types that some rule names.
    pub fn types(&self) -> BTreeSet<&str> {
        let named = self.settings.iter().chain(&self.policies);
        named.map(String::as_str).collect()
    }

    /// The constraints of organisation policies by name, without `constraints/`.
    pub fn constraints(&self) -> impl Iterator<Item = &str> {
        self.constraints.iter().map(String::as_str)
    }

    /// Whether organisation policies are asked about.
    pub fn org_policies(&self) -> bool {
        self.org_policies || !self.constraints.is_empty()
    }

    fn add(&mut self, other: Asks) {
        self.settings.extend(other.settings);
        self.policies.extend(other.policies);
        self.constraints.extend(other.constraints);
        self.org_policies |= other.org_policies;
        self.policies_but = match (self.policies_but.take(), other.policies_but) {
            (Some(mine), Some(its)) => Some(mine.intersection(&its).cloned().collect()),
            (one, other) => one.or(other),
        };
    }

    fn add_select(&mut self, select: &Select) {
        let own = select.path.iter().flat_map(|path| path.as_slice());
        let paths: Vec<&String> = own
            .chain(&select.forbid)
            .chain(select.when.iter().flat_map(|when| when.path.as_slice()))
            .collect();
        for asset_type in select.asset.as_slice() {
            for path in &paths {
                self.add_path(asset_type, path);
            }
        }
    }

    /// A path in assets of a type: what it leads into is asked about.
    fn add_path(&mut self, asset_type: &str, path: &str) {
        if path.starts_with("$.iamPolicy") {
            self.policies.insert(asset_type.to_owned());
        } else if path.starts_with("$.orgPolicy") {
            self.org_policies = true;
        } else {
            self.settings.insert(asset_type.to_owned());
        }
    }

    pub(super) fn add_grant(&mut self, grant: &Grant) {
        let types = |places: &[String]| -> BTreeSet<String> {
            let types = places.iter().filter_map(|place| asset_type(place).ok());
            types.map(str::to_owned).collect()
        };
        let mut asked = Asks::default();
        match grant.at.is_empty() {
            true => asked.policies_but = Some(types(&grant.except_at)),
            false => asked.policies = types(&grant.at),
        }
        self.add(asked);
        if !grant.permission.is_empty() || grant.unlisted {
            self.settings.insert(ROLE.to_owned());
        }
    }

    /// The settings of assets of a type.
    pub(super) fn add_settings(&mut self, types: &[&str]) {
        self.settings
            .extend(types.iter().map(|asset_type| (*asset_type).to_owned()));
    }

    /// The allow policies of assets of a type, or, of none, those of all.
    pub(super) fn add_policies(&mut self, types: &[&str]) {
        match types {
            [] => self.policies_but = Some(BTreeSet::new()),
            types => self
                .policies
                .extend(types.iter().map(|asset_type| (*asset_type).to_owned())),
        }
    }

    /// What organisation policies say of constraints.
    pub(super) fn add_constraints<'c>(&mut self, constraints: impl IntoIterator<Item = &'c str>) {
        let constraints = constraints.into_iter().map(str::to_owned);
        self.constraints.extend(constraints);
    }

    /// Whatever organisation policies there are.
    pub(super) fn add_org_policies(&mut self) {
        self.org_policies = true;
    }
}
