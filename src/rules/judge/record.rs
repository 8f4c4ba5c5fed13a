//! What analyses ask of assets of any type, picked up by the walk that serves the rules on settings.

use super::emit::lacking;
use super::scratch::Scratch;
use crate::estate::{Datapoint, Datum, Fact, Field, Record, shown_at};
use crate::model::AssetText;
use crate::rules::grant::Memo;
use crate::rules::select::path::Path;
use crate::rules::select::probe::Probes;
use crate::rules::select::walk::{Captured, Value};
use crate::rules::select::{Refusal, parse};
use std::sync::Arc;

/// The paths that analyses declared for one asset type.
#[derive(Debug)]
pub(crate) struct RecordProbes {
    asset_type: Arc<str>,
    paths: Arc<[Box<str>]>,
    sources: Vec<Source>,
    /// The slot of the settings as a whole.
    data: usize,
}

/// Where the settings of an asset are.
const DATA: &str = "$.resource.data";

/// Where the walk puts what a path selects.
#[derive(Debug)]
struct Source {
    place: Place,
    /// JSON pointer of the path as far as it names one node.
    prefix: String,
}

#[derive(Debug)]
enum Place {
    Slot(usize),
    List(usize),
}

impl RecordProbes {
    /// Adds the paths to the trie of the type.
    ///
    /// # Errors
    /// A path that does not parse, or that the walk does not pass.
    pub(crate) fn add(
        asset_type: &str,
        paths: &[&str],
        probes: &mut Probes,
    ) -> Result<RecordProbes, Refusal> {
        let mut sources = Vec::with_capacity(paths.len());
        for text in paths {
            let path: Path = parse(text, "path")?;
            let steps = path.walked().ok_or_else(|| {
                let message = "an analysis can ask for children, indices, wildcards, and one filter at the end";
                Refusal::at("path", *text, message)
            })?;
            let place = match path.is_singular() {
                true => Place::Slot(probes.slot(&steps.steps)),
                false => Place::List(probes.list(steps)),
            };
            sources.push(Source {
                place,
                prefix: path.prefix,
            });
        }
        let data = match parse(DATA, "path")?.walked() {
            Some(steps) => probes.slot(&steps.steps),
            None => probes.unused(),
        };
        Ok(RecordProbes {
            asset_type: asset_type.into(),
            sources,
            data,
            paths: paths.iter().map(|path| Box::from(*path)).collect(),
        })
    }

    /// The record of an asset that was walked; `None` if its settings are not there.
    pub(super) fn read(
        &self,
        asset: &AssetText<'_>,
        scratch: &Scratch<'_>,
        memo: &mut Memo<'_>,
    ) -> Option<Fact> {
        let data = &scratch.found.slots[self.data];
        if !matches!(data.value, Value::Object) {
            // `"resource": null` beside a policy says nothing, and must not hide the settings in another line.
            return None;
        }
        let mut place = |pointer: &str, captured: &Captured<'_>| {
            let at = captured.at().map(|at| shown_at(asset.text, at));
            memo.texts.evidence(asset, pointer, at)
        };
        let data_evidence = place("/resource/data", data);
        let fields = self
            .sources
            .iter()
            .enumerate()
            .filter_map(|(index, source)| {
                let mut field = Field::default();
                let mut add = |pointer: &str, captured: &Captured<'_>| {
                    if let Some(value) = datum(&captured.value) {
                        let evidence = place(pointer, captured);
                        field.values.push(Datapoint { value, evidence });
                    }
                };
                match source.place {
                    Place::Slot(slot) => add(&source.prefix, &scratch.found.slots[slot]),
                    Place::List(list) => {
                        for selected in &scratch.found.lists[list] {
                            add(&selected.pointer, &selected.captured);
                        }
                    }
                }
                field.lacks = lacking(asset, &source.prefix)
                    .map(|reason| (reason, source.prefix.as_str().into()));
                let is_bare = field.values.is_empty() && field.lacks.is_none();
                (!is_bare).then(|| (u16::try_from(index).unwrap_or(u16::MAX), field))
            });
        let fields = fields.collect();
        let ancestors = memo.texts.ancestors(&scratch.ancestors);
        let record = Record {
            name: (&*scratch.name).into(),
            ancestors,
            paths: self.paths.clone(),
            fields,
            evidence: data_evidence,
        };
        Some(Fact::Record(self.asset_type.clone(), record))
    }
}

/// `null` is how some exporters spell absence.
fn datum(value: &Value<'_>) -> Option<Datum> {
    Some(match value {
        Value::Absent | Value::Null => return None,
        Value::Bool(value) => Datum::Bool(*value),
        Value::Number(number) => Datum::Number(*number),
        Value::Text(text) => Datum::Text((&**text).into()),
        Value::Array => Datum::List,
        Value::Object => Datum::Object,
        Value::Ambiguous => Datum::Ambiguous,
    })
}
