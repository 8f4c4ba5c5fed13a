//! `at-most`: of some kind of asset, only so many may lie below one parent.
//!
//! ```toml
//! [analysis]
//! name = "at-most"
//!
//! [analysis.with]
//! asset = "iam.googleapis.com/ServiceAccountKey"
//! under = "/keys/"                                   # what is before this in the name is the parent
//! count = 1
//! where = [{ path = "$.resource.data.keyType", is = { equal = "USER_MANAGED" } }]
//! ```
//!
//! The parents of such assets are judged, each once. Assets that may or may not be as asked leave the parent unknown
//! where they would exceed the count. `{value}` of the message says how many there are.

use super::Verdicts;
use super::clause::{Clause, all_hold};
use super::verdicts::worded;
use crate::estate::{Estate, Record};
use crate::model::{GapReason, Truth};
use crate::rules::file::When;
use crate::rules::judge::Bench;
use crate::rules::select::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What `at-most` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "AtMost")]
pub(crate) struct With {
    /// The asset type.
    asset: String,
    /// The collection in the asset's name, such as `/keys/`: what is before it is the parent.
    under: String,
    /// How many there may be.
    count: usize,
    /// What must hold of an asset to be counted.
    #[serde(default, rename = "where")]
    wanted: Vec<When>,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct AtMost {
    with: With,
    wanted: Vec<Clause>,
}

/// What lies below one parent.
#[derive(Default)]
struct Below<'e> {
    counted: Vec<&'e Record>,
    doubtful: Vec<&'e Record>,
}

impl AtMost {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A test that does not compile, or a collection that is none.
    pub(super) fn new(with: With) -> Result<AtMost, Refusal> {
        let inner = with.under.strip_prefix('/');
        let inner = inner.and_then(|inner| inner.strip_suffix('/'));
        if inner.is_none_or(str::is_empty) {
            let message = "`under` is a collection between slashes, such as `/keys/`";
            return Err(Refusal::at("under", &with.under, message));
        }
        Ok(AtMost {
            wanted: Clause::compile(&with.wanted)?,
            with,
        })
    }

    /// What must be kept of which assets.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        let asset = self.with.asset.as_str();
        let paths = self.wanted.iter().flat_map(Clause::paths);
        // So that the type is kept even if nothing is asked of it but that it is there.
        paths.chain(["$.name"]).map(|path| (asset, path)).collect()
    }

    /// Answers for every parent of such assets.
    pub(super) fn run(&self, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let mut parents: BTreeMap<&str, Below<'_>> = BTreeMap::new();
        let records = estate.records(&self.with.asset);
        for record in records.into_iter().flat_map(|records| records.iter()) {
            let Some((parent, _)) = record.name.rsplit_once(self.with.under.as_str()) else {
                continue;
            };
            let below = parents.entry(parent).or_default();
            match all_hold(&self.wanted, record, bench.now) {
                Truth::Yes => below.counted.push(record),
                Truth::Unknown => below.doubtful.push(record),
                Truth::No => {}
            }
        }
        for (parent, below) in parents {
            self.judge(parent, &below, verdicts);
        }
    }

    fn judge(&self, parent: &str, below: &Below<'_>, verdicts: &mut Verdicts<'_>) {
        let counted = below.counted.len();
        if let Some(surplus) = below.counted.get(self.with.count) {
            let value = worded(&counted.to_string());
            let finding = verdicts.finding(parent, &surplus.evidence, value);
            return verdicts.fail([finding]);
        }
        match below.doubtful.first() {
            Some(doubtful) if counted + below.doubtful.len() > self.with.count => verdicts.unknown(
                GapReason::InputMissing,
                "the input does not say of some assets whether they count",
                parent,
                &doubtful.evidence,
            ),
            _ if counted + below.doubtful.len() == 0 => verdicts.not_applicable(),
            _ => verdicts.pass(),
        }
    }
}
