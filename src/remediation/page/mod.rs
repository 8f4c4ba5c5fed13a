//! The plan as people and programs read it: `plan.md` and `plan.json`.

mod diff;
mod markdown;
#[cfg(test)]
mod tests;
mod wire;
mod words;

use super::plan::Plan;
use super::proof::Proof;
use crate::escape;
use schemars::generate::SchemaSettings;
use wire::WirePlan;

pub use markdown::markdown;

/// `plan.json`: one indented JSON document, as [`json_schema`] describes it.
pub fn json(plan: &Plan, proof: &Proof) -> String {
    // Only maps without text keys and refusing writers make this fail; here is neither.
    let text = serde_json::to_string_pretty(&WirePlan::new(plan, proof)).unwrap_or_default();
    format!("{}\n", escape::json(&text))
}

/// The JSON Schema (draft 2020-12) of `plan.json`.
pub fn json_schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<WirePlan<'_>>()
        .to_value()
}
