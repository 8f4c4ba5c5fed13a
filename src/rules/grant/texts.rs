//! Texts that occur again and again, allocated once per worker.

use crate::estate::{Evidence, evidence};
use crate::model::{AssetText, WayBack};
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::sync::Arc;

/// Texts remembered for sharing: members of findings, mostly.
const MOST_TEXTS: usize = 20_000;

/// The texts that a worker met.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: FxHashSet<Arc<str>>,
    /// By the numbers of a binding and its member; without one it is the role.
    pointers: FxHashMap<(u32, Option<u32>), Arc<str>>,
    /// Ancestors of the asset before.
    ancestors: Arc<[Box<str>]>,
    told: FxHashSet<Box<str>>,
}

impl Texts {
    /// One allocation for all uses of a text that occurs again and again.
    pub(crate) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.known.get(text) {
            return shared.clone();
        }
        if self.known.len() >= MOST_TEXTS {
            self.known.clear();
        }
        let shared: Arc<str> = text.into();
        self.known.insert(shared.clone());
        shared
    }

    /// Evidence at `pointer` of an asset, one of the few that every asset of a type has.
    pub(crate) fn evidence(
        &mut self,
        asset: &AssetText<'_>,
        pointer: &str,
        at: Option<usize>,
    ) -> Evidence {
        let pointer = self.shared(pointer);
        self.own(asset, evidence(asset, pointer, at))
    }

    /// Evidence at a member, or the role, of a binding.
    pub(crate) fn policy_evidence(
        &mut self,
        asset: &AssetText<'_>,
        binding: u32,
        member: Option<u32>,
        at: Option<usize>,
    ) -> Evidence {
        if self.pointers.len() >= MOST_TEXTS {
            self.pointers.clear();
        }
        let known = self.pointers.entry((binding, member));
        let pointer = known.or_insert_with(|| policy_pointer(binding, member).into());
        let place = evidence(asset, pointer.clone(), at);
        self.own(asset, place)
    }

    /// In a document that was translated, the pointer is another.
    fn own(&mut self, asset: &AssetText<'_>, place: Evidence) -> Evidence {
        match asset.site.way_back {
            WayBack::Line(_) => place,
            WayBack::Translated { .. } => Evidence {
                pointer: self.shared(&place.pointer),
                ..place
            },
        }
    }

    /// One allocation for the ancestors of assets that follow each other in one project.
    pub(crate) fn ancestors(&mut self, texts: &[Cow<'_, str>]) -> Arc<[Box<str>]> {
        let same = self.ancestors.iter().map(|text| &**text);
        if !same.eq(texts.iter().map(|text| &**text)) {
            self.ancestors = texts.iter().map(|text| Box::from(&**text)).collect();
        }
        self.ancestors.clone()
    }

    /// Whether `name`, of a role or a member, is asked about for the first time.
    pub(crate) fn first_time(&mut self, name: &str) -> bool {
        !self.told.contains(name) && self.told.insert(name.into())
    }
}

/// The JSON pointer of a member of a binding, or of its role.
pub(crate) fn policy_pointer(binding: u32, member: Option<u32>) -> String {
    match member {
        Some(index) => format!("/iamPolicy/bindings/{binding}/members/{index}"),
        None => format!("/iamPolicy/bindings/{binding}/role"),
    }
}
