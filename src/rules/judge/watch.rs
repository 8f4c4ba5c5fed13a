//! What a run looked at, as far as earlier runs found something there: only what was looked at can be fixed.

use crate::model::{Gap, canonical};
use crate::rules::Rule;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// Pairs of a rule and a resource on which an earlier run found something.
#[derive(Debug, Default)]
pub struct Watch {
    /// By canonical resource name.
    resources: FxHashMap<Box<str>, Watched>,
}

/// A resource that is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    index: usize,
    rules: FxHashSet<usize>,
}

impl Watch {
    /// Watches `pairs` of a rule's index and a full resource name.
    pub fn new<'p>(pairs: impl IntoIterator<Item = (usize, &'p str)>) -> Watch {
        let mut watch = Watch::default();
        for (rule, resource) in pairs {
            let next = watch.resources.len();
            let name = canonical(resource).into();
            let watched = watch.resources.entry(name).or_insert_with(|| Watched {
                index: next,
                rules: FxHashSet::default(),
            });
            watched.rules.insert(rule);
        }
        watch
    }

    pub(crate) fn of(&self, resource: &str) -> Option<&Watched> {
        self.resources.get(&*canonical(resource))
    }
}

/// What else decides whether a run looked somewhere.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'p> {
    /// What is watched.
    pub watch: &'p Watch,
    /// The rule judged something, whatever it was, or there is nothing to judge.
    pub looked_at_anything: bool,
    /// What could not be judged.
    pub gaps: &'p [Gap],
}

/// What a run saw of the things that are watched, and how many things of each asset type.
#[derive(Debug, Default)]
pub struct Sight {
    /// Hashes of the names, by asset type: settings and policy of one thing often come as two assets.
    kinds: FxHashMap<Box<str>, FxHashSet<u64>>,
    /// Resources that are in the input.
    met: FxHashSet<usize>,
    /// Pairs of resource and rule that were judged, whatever came of it.
    decided: FxHashSet<(usize, usize)>,
    /// Pairs that could not be judged.
    undecided: FxHashSet<(usize, usize)>,
}

impl Sight {
    /// An asset is in the input.
    pub(super) fn meet(&mut self, asset_type: &str, name: &str, watched: Option<&Watched>) {
        let mut hasher = FxHasher::default();
        canonical(name).hash(&mut hasher);
        let names = match self.kinds.get_mut(asset_type) {
            Some(names) => names,
            None => self.kinds.entry(asset_type.into()).or_default(),
        };
        names.insert(hasher.finish());
        self.met.extend(watched.map(|watched| watched.index));
    }

    /// A rule judged a resource, or could not.
    pub(super) fn note(&mut self, watched: &Watched, rule: usize, decided: bool) {
        if watched.rules.contains(&rule) {
            let pairs = match decided {
                true => &mut self.decided,
                false => &mut self.undecided,
            };
            pairs.insert((watched.index, rule));
        }
    }

    /// What an analysis could not tell of a resource.
    pub(crate) fn doubt(&mut self, watch: Option<&Watch>, rule: usize, resource: &str) {
        if let Some(watched) = watch.and_then(|watch| watch.of(resource)) {
            self.note(watched, rule, false);
        }
    }

    /// Adds what a later batch saw.
    pub(super) fn merge(&mut self, other: Sight) {
        for (kind, names) in other.kinds {
            self.kinds.entry(kind).or_default().extend(names);
        }
        self.met.extend(other.met);
        self.decided.extend(other.decided);
        self.undecided.extend(other.undecided);
    }

    /// How many things of each asset type there were.
    pub fn kinds(&self) -> BTreeMap<String, u64> {
        let kinds = self.kinds.iter();
        kinds
            .map(|(kind, names)| (kind.to_string(), names.len() as u64))
            .collect()
    }

    /// Whether the run has looked whether a rule finds something on a resource.
    ///
    /// What is in the input must have been judged by the rule. What is not in the input is gone, provided that the
    /// rule looked at anything at all: otherwise nothing of its kind was in the input, which proves nothing.
    pub fn looked_at(&self, proof: &Proof<'_>, index: usize, rule: &Rule, resource: &str) -> bool {
        let Some(watched) = proof.watch.of(resource) else {
            return false;
        };
        let pair = (watched.index, index);
        if !watched.rules.contains(&index) || self.undecided.contains(&pair) {
            return false;
        }
        if self.decided.contains(&pair) {
            return true;
        }
        // An analysis judges from facts, which have no asset of their own.
        let by_asset = rule.file.analysis.is_none();
        if by_asset && self.met.contains(&watched.index) {
            return false;
        }
        let open = |gap: &Gap| gap.resource.is_none() && gap.rules.contains(&rule.id);
        proof.looked_at_anything && !proof.gaps.iter().any(open)
    }
}
