//! The second look at the input: every asset that a step may be about, whole.

use crate::change::Model;
use crate::cli::Failure;
use crate::cli::run::Inputs;
use crate::model::{AssetText, Consumer, Fate, POLICY_V2, canonical};
use crate::settings::Settings;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;

/// Types that guards, proofs and remedies look at wherever they are: who may set policies, what roles carry, which
/// organisation policies there are.
const ALWAYS: [&str; 5] = [
    "cloudresourcemanager.googleapis.com/Organization",
    "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager.googleapis.com/Project",
    "iam.googleapis.com/Role",
    "orgpolicy.googleapis.com/Policy",
];

/// Reads the input again and keeps what is called like one of `names` (canonical), what the configuration declares
/// needed, and the nodes above.
pub(super) fn gather(
    inputs: &Inputs,
    settings: &Settings,
    names: &HashSet<String>,
    threads: usize,
) -> Result<Model, Failure> {
    let mut model = Model::default();
    let wanted = Wanted { names, settings };
    inputs.read(
        settings,
        threads,
        || Gather::new(&wanted),
        |found: Vec<Found>| {
            for Found { asset, lacks } in found {
                let lacks: Vec<&str> = lacks.iter().map(String::as_str).collect();
                model.absorb(&asset, &lacks);
            }
        },
    )?;
    Ok(model)
}

struct Wanted<'w> {
    names: &'w HashSet<String>,
    settings: &'w Settings,
}

impl Wanted<'_> {
    fn holds(&self, name: &str, asset_type: &str) -> bool {
        let name = canonical(name);
        let is_needed = || {
            let mut needed = self.settings.needed.iter();
            needed.any(|needed| needed.is_about(&name))
        };
        ALWAYS.contains(&asset_type) || self.names.contains(&*name) || is_needed()
    }
}

/// An asset, with the pointers below which the input cannot say anything.
struct Found {
    asset: Value,
    lacks: Vec<String>,
}

struct Gather<'w> {
    wanted: &'w Wanted<'w>,
    found: Vec<Found>,
}

impl<'w> Gather<'w> {
    fn new(wanted: &'w Wanted<'w>) -> Gather<'w> {
        Gather {
            wanted,
            found: Vec::new(),
        }
    }

    fn take_in(&mut self, text: &AssetText<'_>) -> Fate {
        let field = |key: &'static str| -> Option<Cow<'_, str>> {
            let value = sonic_rs::get(text.text, [key]).ok()?;
            sonic_rs::from_str(value.as_raw_str()).ok()
        };
        let Some(asset_type) = field("assetType") else {
            return Fate::NotNormal;
        };
        if asset_type == POLICY_V2 {
            return Fate::NotNormal;
        }
        let name = field("name").unwrap_or_default();
        if !self.wanted.holds(&name, &asset_type) {
            return Fate::Taken;
        }
        // The judges have said what is wrong with it.
        if let Ok(asset) = serde_json::from_str(text.text) {
            let lacks = text.lacks.iter().map(|(pointer, _)| pointer.clone());
            self.found.push(Found {
                asset,
                lacks: lacks.collect(),
            });
        }
        Fate::Taken
    }
}

impl Consumer for Gather<'_> {
    type Output = Vec<Found>;

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        mut outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        for text in assets {
            let fate = self.take_in(&text);
            outcome(text, fate);
        }
    }

    fn take(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}
