//! `requires`: every project, or every organisation, must have something.
//!
//! ```toml
//! [analysis]
//! name = "requires"
//!
//! [analysis.with]
//! per   = "project"                                  # or "organization"
//! asset = "logging.googleapis.com/LogSink"
//! where = [
//!     { path = "$.resource.data.filter", is = { absent = true } },
//!     { path = "$.resource.data.disabled", is = { equal = false }, default = false },
//! ]
//! # above    = [{ path = "$.resource.data.includeChildren", is = { equal = true } }]   # those above count if …
//! # owner    = "$.resource.data.parent"              # where the asset says whose it is, if its name does not
//! # only-with = "storage.googleapis.com/Bucket"      # only nodes that hold such an asset
//! # covers   = { path = "$.….categories[*]", values = ["SECURITY", "LEGAL"], all = "ALL" }   # all of them together
//! # exported = true                                  # the user's word that exports carry the type
//!
//! # [analysis.with.and-an]                           # … and something that refers to it
//! # asset = "monitoring.googleapis.com/AlertPolicy"
//! # where = [{ path = "$.resource.data.enabled", is = { equal = true }, default = true }]
//! # key   = "$.resource.data.name"                   # of the first asset
//! # path  = ["$.resource.data.conditions[*].conditionThreshold.filter"]   # of the second
//! # names = "logging.googleapis.com/user/{}"         # must hold this, with the key for {}
//! ```
//!
//! `asset` and the rest are judged by what the export holds. That it holds none fails only where it would hold them: in
//! a document that speaks of the node, or a listing of all that is above it ([`Estate::covers`]). Otherwise the rule is not
//! assessed. `{value}` of the message says what is there instead.

use super::Verdicts;
use super::clause::{Clause, all_hold};
use super::subjects::{On, Subject, subjects};
use super::verdicts::worded;
use crate::estate::{Coverage, Estate, Record, node_of};
use crate::model::{GapReason, Truth};
use crate::rules::file::{OneOrMany, When};
use crate::rules::judge::Bench;
use crate::rules::select::Refusal;
use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::Deserialize;

/// What `requires` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Requires")]
pub(crate) struct With {
    /// Who must have it.
    per: On,
    /// The asset type.
    asset: String,
    /// What must hold of the asset.
    #[serde(default, rename = "where")]
    wanted: Vec<When>,
    /// Assets of folders and of the organisation above count, too, if this holds of them; an empty list means any.
    above: Option<Vec<When>>,
    /// Where the asset says whose it is, as `projects/p`, if neither its name nor its ancestors do.
    owner: Option<String>,
    /// Only nodes that hold an asset of this type are judged.
    only_with: Option<String>,
    /// What the assets must cover together.
    covers: Option<Covers>,
    /// Something else that must refer to the asset.
    and_an: Option<AndAn>,
    /// The user's word that exports carry the type, so that none in them means that there is none.
    #[serde(default)]
    exported: bool,
}

/// Values that assets must cover together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Covers {
    /// Where an asset says what it covers.
    path: String,
    /// What must be covered.
    values: Vec<String>,
    /// A value that covers everything.
    all: Option<String>,
}

/// An asset that must refer to another.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct AndAn {
    /// The asset type.
    asset: String,
    /// What must hold of it.
    #[serde(default, rename = "where")]
    wanted: Vec<When>,
    /// What the first asset is called by.
    key: String,
    /// Where this asset refers to it.
    path: OneOrMany,
    /// What must stand there, with the first asset's `key` for `{}`; not followed by a letter, digit, `_`, `-` or `/`.
    names: String,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct Requires {
    with: With,
    wanted: Vec<Clause>,
    above: Option<Vec<Clause>>,
    second: Vec<Clause>,
}

/// The records of a type by whose they are.
type ByOwner<'e> = FxHashMap<Box<str>, Vec<&'e Record>>;

/// Everything that is the same for all nodes.
struct Input<'e> {
    bench: &'e Bench<'e>,
    estate: &'e Estate,
    first: ByOwner<'e>,
    second: ByOwner<'e>,
    first_coverage: Coverage,
    second_coverage: Coverage,
}

/// What there is at a node.
struct There<'e> {
    /// Assets that are as wanted, and how surely.
    matching: Vec<(&'e Record, Truth)>,
    /// How many were looked at.
    count: usize,
    /// The export would hold them, here and as far up as they count.
    covered: bool,
}

impl Requires {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A test that does not compile, or a name without `{}`.
    pub(super) fn new(with: With) -> Result<Requires, Refusal> {
        let above = with.above.as_deref().map(Clause::compile).transpose()?;
        let second = with.and_an.as_ref().map_or(&[][..], |and| &and.wanted);
        if let Some(and) = &with.and_an
            && !and.names.contains("{}")
        {
            let message = "`names` has no `{}` for the key of the first asset";
            return Err(Refusal::at("names", &and.names, message));
        }
        Ok(Requires {
            wanted: Clause::compile(&with.wanted)?,
            second: Clause::compile(second)?,
            above,
            with,
        })
    }

    /// What must be kept of which assets.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        let With {
            asset,
            owner,
            only_with,
            covers,
            and_an,
            ..
        } = &self.with;
        let above = self.above.iter().flatten();
        let mut wanted: Vec<(&str, &str)> = self
            .wanted
            .iter()
            .chain(above)
            .flat_map(Clause::paths)
            .chain(owner.as_deref())
            .chain(covers.as_ref().map(|covers| covers.path.as_str()))
            .chain(and_an.as_ref().map(|and| and.key.as_str()))
            .map(|path| (asset.as_str(), path))
            .collect();
        // So that a type is kept of which nothing is asked but that it is there.
        wanted.push((asset, "$.name"));
        wanted.extend(only_with.as_deref().map(|asset| (asset, "$.name")));
        if let Some(and) = and_an {
            let paths = self.second.iter().flat_map(Clause::paths);
            let paths = paths.chain(and.path.as_slice().iter().map(String::as_str));
            wanted.extend(paths.map(|path| (and.asset.as_str(), path)));
        }
        wanted
    }

    /// Answers for every node.
    pub(super) fn run(&self, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let second = self.with.and_an.as_ref().map_or("", |and| &and.asset);
        let input = Input {
            bench,
            estate,
            first: self.by_owner(&self.with.asset, estate),
            second: by_owner(second, estate, Record::owner),
            first_coverage: estate.coverage(&self.with.asset),
            second_coverage: estate.coverage(second),
        };
        let holders: Option<FxHashSet<Box<str>>> = self.with.only_with.as_deref().map(|asset| {
            let owners = by_owner(asset, estate, Record::owner);
            owners.into_keys().collect()
        });
        for (node, subject) in subjects(self.with.per, estate) {
            if holders
                .as_ref()
                .is_some_and(|holders| !holders.contains(node))
            {
                verdicts.not_applicable();
            } else {
                self.judge(node, &subject, &input, verdicts);
            }
        }
    }

    fn by_owner<'e>(&self, asset: &str, estate: &'e Estate) -> ByOwner<'e> {
        by_owner(asset, estate, |record| {
            let told = self.with.owner.as_deref();
            let told = told.and_then(|path| Some(node_of(record.text(&[path])?.0)));
            told.or_else(|| record.owner())
        })
    }

    fn judge(
        &self,
        node: &str,
        subject: &Subject<'_>,
        input: &Input<'_>,
        verdicts: &mut Verdicts<'_>,
    ) {
        let name = format!("//cloudresourcemanager.googleapis.com/{node}");
        let there = self.first(node, subject, input);
        let sure = there
            .matching
            .iter()
            .filter(|(_, truth)| *truth == Truth::Yes);
        let records: Vec<&Record> = sure.map(|(record, _)| *record).collect();
        let doubtful = there.matching.len() > records.len();
        let (truth, lack, covered) = if let Some(covers) = &self.with.covers {
            let missing = covers.missing(&records);
            (
                Truth::from(missing.is_empty()),
                missing.join(", "),
                there.covered,
            )
        } else if records.is_empty() {
            let words = match there.count {
                0 => "there is none".to_owned(),
                1 => "the only one is not as wanted".to_owned(),
                several => format!("none of {several} is as wanted"),
            };
            (Truth::No, words, there.covered)
        } else if let Some(and) = &self.with.and_an {
            let truth = self.followed(node, and, &records, input);
            let covered = self.with.exported || input.estate.covers(&input.second_coverage, node);
            (
                truth,
                format!("nothing refers to {}", shown(&records)),
                covered,
            )
        } else {
            (Truth::Yes, String::new(), true)
        };
        match truth {
            Truth::Yes => verdicts.pass(),
            Truth::No if covered && !doubtful => {
                let finding = verdicts.finding(&name, subject.evidence, worded(&lack));
                verdicts.fail([finding]);
            }
            Truth::No if covered => {
                let sentence = format!("some {} cannot be told from the input", self.with.asset);
                verdicts.unknown(GapReason::InputMissing, &sentence, &name, subject.evidence);
            }
            Truth::Unknown => {
                let sentence = "something of another project refers to it, and may or may not be meant for this one";
                verdicts.unknown(GapReason::InputMissing, sentence, &name, subject.evidence);
            }
            Truth::No => {
                let asset = match (&self.with.and_an, records.is_empty()) {
                    (Some(and), false) => &and.asset,
                    _ => &self.with.asset,
                };
                let above = if self.above.is_some() {
                    ", or of what is above them,"
                } else {
                    ""
                };
                let sentence = format!(
                    "the input does not carry {asset} of some {}{above} so whether there is none is not known",
                    self.with.per.plural()
                );
                verdicts.unknown(GapReason::InputMissing, &sentence, &name, subject.evidence);
            }
        }
    }

    /// The first assets of a node, with those above where they count.
    fn first<'e>(&self, node: &str, subject: &Subject<'_>, input: &Input<'e>) -> There<'e> {
        let (chain, rooted) = input.estate.lineage(node, subject.ancestors);
        let now = input.bench.now;
        let covers =
            |node: &str| self.with.exported || input.estate.covers(&input.first_coverage, node);
        let mut there = There {
            matching: Vec::new(),
            count: 0,
            covered: covers(node),
        };
        let mut add = |node: &str, also: &[Clause]| {
            for record in input
                .first
                .get(input.estate.spelling(node))
                .into_iter()
                .flatten()
            {
                there.count += 1;
                let truth = all_hold(&self.wanted, record, now).and(all_hold(also, record, now));
                if truth != Truth::No {
                    there.matching.push((record, truth));
                }
            }
        };
        add(node, &[]);
        if let Some(above) = &self.above {
            chain.iter().skip(1).for_each(|node| add(node, above));
            let covered = rooted && chain.iter().skip(1).all(|node| covers(node));
            there.covered &= covered || self.with.exported;
        }
        there
    }

    /// Whether a second asset refers to one of `records`.
    fn followed(&self, node: &str, and: &AndAn, records: &[&Record], input: &Input<'_>) -> Truth {
        let keys = records.iter().filter_map(|record| record.text(&[&and.key]));
        let names: Vec<String> = keys
            .map(|(key, _)| and.names.replacen("{}", key, 1))
            .collect();
        let refers = |record: &Record| {
            let paths = and.path.as_slice().iter();
            let fields = paths.filter_map(|path| record.field(path));
            let mut texts = fields
                .flat_map(|field| &field.values)
                .filter_map(|point| point.value.as_text());
            texts.any(|text| names.iter().any(|name| holds_word(text, name)))
        };
        let fits = |record: &Record| match refers(record) {
            true => all_hold(&self.second, record, input.bench.now),
            false => Truth::No,
        };
        let own = input.second.get(node).into_iter().flatten();
        let own = own.map(|record| fits(record)).fold(Truth::No, Truth::or);
        // One dashboard project may watch many; whether it watches this one is not in the export.
        let others = || {
            input
                .second
                .values()
                .flatten()
                .any(|record| fits(record) != Truth::No)
        };
        match own {
            Truth::No if others() => Truth::Unknown,
            own => own,
        }
    }
}

impl Covers {
    /// What none of `records` covers.
    fn missing(&self, records: &[&Record]) -> Vec<&str> {
        let fields = records.iter().filter_map(|record| record.field(&self.path));
        let covered: FxHashSet<&str> = fields
            .flat_map(|field| &field.values)
            .filter_map(|point| point.value.as_text())
            .collect();
        if self.all.as_deref().is_some_and(|all| covered.contains(all)) {
            return Vec::new();
        }
        let values = self.values.iter().map(String::as_str);
        values.filter(|value| !covered.contains(value)).collect()
    }
}

fn by_owner<'e>(
    asset: &str,
    estate: &'e Estate,
    owner: impl Fn(&Record) -> Option<Box<str>>,
) -> ByOwner<'e> {
    let mut by_owner = ByOwner::default();
    let records = estate.records(asset).into_iter();
    for record in records.flat_map(|records| records.iter()) {
        if let Some(owner) = owner(record) {
            let owner = estate.spelling(&owner);
            by_owner.entry(owner.into()).or_default().push(record);
        }
    }
    by_owner
}

/// Whether `text` holds `word`, and not only as the beginning of a longer name.
fn holds_word(text: &str, word: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
    text.match_indices(word)
        .any(|(at, _)| !text[at + word.len()..].starts_with(goes_on))
}

/// The last parts of names, for people.
fn shown(records: &[&Record]) -> String {
    let names = records
        .iter()
        .filter_map(|record| record.name.rsplit('/').next());
    names.collect::<Vec<_>>().join(", ")
}
