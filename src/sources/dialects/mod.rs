//! From any spelling of a fact to its normal form: the Cloud Asset Inventory asset.
//!
//! A document is recognised by its content, never by its name. Everything here is a pure function of a
//! parsed document; who reads files, splits NDJSON or parses YAML is next door.
//!
//! Shapes follow Google's REST references and what gcloud 528 and gsutil 5.34 print. A field that no table
//! knows is kept as it stands; a field that a dialect cannot carry is declared once, in its reader, as a
//! [`Lack`], so that a rule on it answers unknown instead of pass.

mod access_list;
mod activity;
mod bucket;
mod bucket_gcloud;
mod bucket_text;
mod bucket_v2;
mod dataset;
mod document;
mod foreign;
mod iam;
mod inventory;
mod manager;
mod names;
mod node;
mod org_policy;
mod other;
mod policy;
mod rename;
mod resource_types;
mod snapshot;
mod storage_parts;
mod terraform;
mod times;

use crate::model::{Dialect, GapReason, ScanRecord};
use serde_json::Value;

pub use bucket_text::{BucketText, translate_bucket_text};
#[cfg(feature = "live")]
pub(in crate::sources) use bucket_v2::bucket_settings;
pub use names::{NameError, full_resource_name};

/// One asset in normal form, and the way back to the user's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    /// The asset: `name`, `assetType`, `ancestors`, `resource {data, parent}`, `iamPolicy`, `orgPolicy`, …
    /// in camel case. `name` is empty where nothing says whose the facts are.
    pub asset: Value,
    /// Pairs of JSON pointer prefixes, of the asset and of the source document; the longest match wins,
    /// and the prefix `""` maps the whole.
    pub pointers: Vec<(String, String)>,
    /// What this asset cannot say although the resource may have it.
    pub lacks: Vec<Lack>,
}

impl Translated {
    /// The place in the source document that `pointer` of the asset came from. A place that does not exist
    /// there literally (a default that was filled in) is below one that does.
    pub fn source_pointer(&self, pointer: &str) -> String {
        node::source_of(&self.pointers, pointer)
    }

    /// Why a value that is absent at `pointer` is unknown rather than unset, if it is.
    pub fn lack_at(&self, pointer: &str) -> Option<GapReason> {
        self.lacks
            .iter()
            .find(|lack| node::below(pointer, &lack.pointer).is_some())
            .map(|lack| lack.reason)
    }
}

/// A part of an asset whose absence means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Pointer prefix in the asset. Only values absent at or below it are meant.
    pub pointer: String,
    /// [`GapReason::DialectLacks`], [`GapReason::KnownAfterApply`] or [`GapReason::ContentMissing`].
    pub reason: GapReason,
}

/// What a document says in one dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Translation {
    /// The dialect.
    pub dialect: Dialect,
    /// Its assets, in document order.
    pub assets: Vec<Translated>,
    /// What could not be read, why, in words, and where in the source document.
    pub gaps: Vec<(GapReason, String, String)>,
    /// What a snapshot says of itself, and where in the source document.
    pub records: Vec<(ScanRecord, String)>,
}

/// What a document is.
#[derive(Debug, Clone, PartialEq)]
pub enum Recognised {
    /// Google Cloud data. A mixed array holds several dialects; an empty list or answer none.
    Known(Vec<Translation>),
    /// Something else.
    Foreign {
        /// One sentence for people.
        reason: String,
    },
}

/// What is known about a document besides its text.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Whose a bare policy is, in any form that [`full_resource_name`] understands. What the document
    /// itself says wins.
    pub resource: Option<String>,
}

/// Recognises `document` and translates it. Total: any JSON value gives an answer.
pub fn translate(document: &Value, context: &Context) -> Recognised {
    document::translate(document, context)
}
