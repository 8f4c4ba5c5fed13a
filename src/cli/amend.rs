//! The input with changes in place: every asset is changed on its way to the judges, wherever it stands.

use crate::change::{Change, Model, apply};
use crate::model::{
    AssetText, Columns, Consumer, DocumentId, Fate, Outline, Site, WayBack, canonical,
};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::iter;

/// What is changed.
#[derive(Debug, Default)]
pub struct Amendment {
    /// Changes of assets of the input, in order, by canonical name.
    changes: HashMap<String, Vec<Change>>,
    /// Assets that come to be, in the normal form.
    created: Vec<String>,
}

impl Amendment {
    /// Changes, in order. `model` is what the input says with the changes made on it.
    pub fn new<'c>(changes: impl Iterator<Item = &'c Change>, model: &Model) -> Amendment {
        let mut amendment = Amendment::default();
        for change in changes {
            let name = canonical(change.subject()).into_owned();
            if let Change::Create { asset_type, .. } = change {
                let asset = model.get(&name).cloned().unwrap_or_default();
                let text = json!({
                    "name": name,
                    "assetType": asset_type,
                    "ancestors": asset.ancestors,
                    "resource": { "data": asset.resource },
                });
                amendment.created.push(text.to_string());
            } else {
                amendment
                    .changes
                    .entry(name)
                    .or_default()
                    .push(change.clone());
            }
        }
        amendment
    }

    /// Offers what comes to be to a consumer, when everything else was read.
    pub(super) fn create(&self, consumer: &mut impl Consumer) {
        let site = Site {
            document: DocumentId::default(),
            way_back: WayBack::Line(1),
        };
        let created = self.created.iter().map(|text| AssetText {
            text,
            site,
            lacks: &[],
            columns: Columns::default(),
            outline: Outline::default(),
        });
        consumer.consume(created, |_, _| {});
    }

    /// The asset as it is afterwards; `None` if nothing changes, an empty text if it is gone.
    fn amended(&self, text: &str) -> Option<String> {
        let name = sonic_rs::get(text, ["name"]).ok()?;
        let name = sonic_rs::from_str::<Cow<'_, str>>(name.as_raw_str()).ok()?;
        let changes = self.changes.get(&*canonical(&name))?;
        let mut asset: Value = serde_json::from_str(text).ok()?;
        let mut alone = Model::default();
        alone.absorb(&asset, &[])?;
        for change in changes {
            // An asset's settings and its policy may stand apart: each change finds its half.
            let _ = apply(change, &mut alone);
        }
        let Some(after) = alone.get(&name) else {
            return Some(String::new());
        };
        if let (Some(data), Some(there)) = (&after.resource, asset.pointer_mut("/resource/data")) {
            *there = data.clone();
        }
        if let (Some(policy), Some(there)) = (&after.policy, asset.get_mut("iamPolicy")) {
            *there = policy.clone();
        }
        Some(asset.to_string())
    }
}

/// A consumer that sees the input with changes in place.
pub(super) struct Amended<'a, C> {
    inner: C,
    amendment: Option<&'a Amendment>,
}

impl<'a, C> Amended<'a, C> {
    pub(super) fn new(inner: C, amendment: Option<&'a Amendment>) -> Amended<'a, C> {
        Amended { inner, amendment }
    }
}

impl<C: Consumer> Consumer for Amended<'_, C> {
    type Output = C::Output;

    fn begin(&mut self, whole_document: bool) {
        self.inner.begin(whole_document);
    }

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        mut outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        let Some(amendment) = self.amendment else {
            return self.inner.consume(assets, outcome);
        };
        for asset in assets {
            match amendment.amended(asset.text) {
                None => self.inner.consume(iter::once(asset), &mut outcome),
                Some(text) if text.is_empty() => outcome(asset, Fate::Taken),
                Some(text) => {
                    let amended = AssetText {
                        text: &text,
                        site: asset.site,
                        lacks: asset.lacks,
                        columns: Columns::default(),
                        outline: Outline::default(),
                    };
                    // Whoever puts it off keeps the text of the input, which is amended again.
                    let mut fate = Fate::Taken;
                    self.inner
                        .consume(iter::once(amended), |_, told| fate = told);
                    outcome(asset, fate);
                }
            }
        }
    }

    fn take(&mut self) -> Self::Output {
        self.inner.take()
    }
}
