//! The first look at the input: what must be known before anything is judged.
//!
//! A binding may come before the role that it binds, and a member before the organisation that it belongs to.
//! So roles and the hierarchy are read first; in a large export only the lines that can hold them are looked at.

use super::fact::Fact;
use super::read::facts_of;
use crate::model::{AssetText, Consumer, Fate};

/// Lines that a survey must see contain one of these.
pub const WANTED: [&str; 5] = [
    "cloudresourcemanager.googleapis.com/Organization\"",
    "cloudresourcemanager.googleapis.com/Folder\"",
    "cloudresourcemanager.googleapis.com/Project\"",
    "iam.googleapis.com/Role\"",
    "{\"leastwise\":",
];

/// Collects roles and the hierarchy.
#[derive(Debug, Default)]
pub struct Survey {
    facts: Vec<Fact>,
}

impl Consumer for Survey {
    type Output = Vec<Fact>;

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        mut outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        for text in assets {
            let mut facts = Vec::new();
            let fate = match serde_json::from_str::<serde_json::Value>(text.text) {
                Ok(asset) if asset.get("assetType").is_some() => {
                    facts_of(&asset, &text, &mut facts);
                    Fate::Taken
                }
                Ok(_) => Fate::NotNormal,
                // The judges will say what is wrong with it.
                Err(_) => Fate::Taken,
            };
            self.facts.extend(
                facts
                    .into_iter()
                    .filter(|f| matches!(f, Fact::Role(_) | Fact::Node(_))),
            );
            outcome(text, fate);
        }
    }

    fn take(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }
}
