//! What changes are made to: assets by name, in the normal form.

use super::step::Step;
use crate::model::canonical;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Assets by canonical full resource name ([`canonical`]).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    assets: BTreeMap<String, Asset>,
}

/// What the input says of one resource, in the shape of a Cloud Asset Inventory asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asset {
    /// `storage.googleapis.com/Bucket`.
    pub asset_type: String,
    /// Itself or what is above it, nearest first: `projects/12`, `folders/3`, `organizations/1`. Empty where the input
    /// does not say.
    pub ancestors: Vec<String>,
    /// `resource.data`; `None` where the input says nothing of the settings.
    pub resource: Option<Value>,
    /// `iamPolicy`, whole: with `etag`, `version` and `auditConfigs`. `None` where the input has no policy of it.
    pub policy: Option<Value>,
    /// The constraints, e.g. `storage.publicAccessPrevention`, of its organisation policies that the input has in the
    /// older form, `orgPolicy` of the node.
    pub old_org_policies: Vec<String>,
    /// JSON pointers into the asset, e.g. `/iamPolicy/auditConfigs`, below which the input cannot say anything: what is
    /// absent there is unknown.
    pub lacks: Vec<String>,
}

impl Model {
    /// What is known of a resource, under any spelling of its name.
    pub fn get(&self, name: &str) -> Option<&Asset> {
        self.assets.get(&*canonical(name))
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Asset> {
        self.assets.get_mut(&*canonical(name))
    }

    /// Puts an asset in place of what was known of it.
    pub fn insert(&mut self, name: &str, asset: Asset) -> Option<Asset> {
        self.assets.insert(canonical(name).into_owned(), asset)
    }

    /// Takes an asset out.
    pub fn remove(&mut self, name: &str) -> Option<Asset> {
        self.assets.remove(&*canonical(name))
    }

    /// What is known now of everything that a step changes, for [`Model::restore`].
    pub fn clone_of(&self, step: &Step) -> Vec<(String, Option<Asset>)> {
        let subjects = step.changes.iter().map(|change| change.subject());
        subjects
            .map(|name| (name.to_owned(), self.get(name).cloned()))
            .collect()
    }

    /// Puts back what [`Model::clone_of`] gave.
    pub fn restore(&mut self, before: Vec<(String, Option<Asset>)>) {
        for (name, asset) in before {
            match asset {
                Some(asset) => self.insert(&name, asset),
                None => self.remove(&name),
            };
        }
    }

    /// Every asset with its canonical name, sorted by it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Asset)> {
        self.assets
            .iter()
            .map(|(name, asset)| (name.as_str(), asset))
    }

    /// Takes in an asset in the normal form. Its settings and its policy often come apart; what was said first of
    /// either stays. `lacks` are the pointers below which the input cannot say anything. Returns the canonical name, `None` for what is no asset.
    pub fn absorb(&mut self, asset: &Value, lacks: &[&str]) -> Option<String> {
        let name = canonical(asset.get("name")?.as_str()?).into_owned();
        let told = Asset::read(asset)?;
        let known = self.assets.entry(name.clone()).or_default();
        if known.asset_type.is_empty() {
            known.asset_type = told.asset_type;
        }
        if known.ancestors.is_empty() {
            known.ancestors = told.ancestors;
        }
        known.old_org_policies.extend(told.old_org_policies);
        if told.resource.is_some() && known.resource.is_none() {
            known.resource = told.resource;
            known.lack("/resource", lacks);
        }
        if told.policy.is_some() && known.policy.is_none() {
            known.policy = told.policy;
            known.lack("/iamPolicy", lacks);
        }
        Some(name)
    }
}

impl Asset {
    /// Reads an asset in the normal form; `None` for what has no type.
    pub fn read(asset: &Value) -> Option<Asset> {
        let object = |value: Option<&Value>| value.filter(|value| value.is_object()).cloned();
        let ancestors = asset.get("ancestors").and_then(Value::as_array);
        let ancestors = ancestors.into_iter().flatten();
        let old = asset.get("orgPolicy").and_then(Value::as_array);
        let old = old.into_iter().flatten().filter_map(|policy| {
            let constraint = policy.get("constraint")?.as_str()?;
            let short = constraint.strip_prefix("constraints/");
            Some(short.unwrap_or(constraint).to_owned())
        });
        Some(Asset {
            asset_type: asset.get("assetType")?.as_str()?.to_owned(),
            ancestors: ancestors
                .filter_map(|one| Some(one.as_str()?.to_owned()))
                .collect(),
            resource: object(asset.get("resource").and_then(|it| it.get("data"))),
            policy: object(asset.get("iamPolicy")),
            old_org_policies: old.collect(),
            lacks: Vec::new(),
        })
    }

    fn lack(&mut self, below: &str, lacks: &[&str]) {
        let lacks = lacks.iter().filter(|pointer| pointer.starts_with(below));
        self.lacks
            .extend(lacks.map(|pointer| (*pointer).to_owned()));
    }

    /// The fields of `resource.data`.
    pub fn settings(&self) -> Option<&Map<String, Value>> {
        self.resource.as_ref()?.as_object()
    }

    /// Whether the input has an organisation policy of the node in the older form.
    pub fn has_old_org_policy(&self, constraint: &str) -> bool {
        let mut old = self.old_org_policies.iter();
        old.any(|known| known == constraint)
    }

    /// Whether the input can tell what stands at `pointer`, e.g. `/iamPolicy/auditConfigs`.
    pub fn tells(&self, pointer: &str) -> bool {
        let is_below = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.lacks.iter().any(|lack| is_below(pointer, lack))
    }

    /// The policy's etag, by which a script tells whether the policy is still the one that was judged.
    pub fn etag(&self) -> Option<&str> {
        self.policy.as_ref()?.get("etag")?.as_str()
    }

    /// The bindings of the policy.
    pub fn bindings(&self) -> &[Value] {
        let bindings = self
            .policy
            .as_ref()
            .and_then(|policy| policy.get("bindings"));
        bindings
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }
}
