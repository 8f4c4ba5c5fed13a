//! What analyses asked of assets of any type: the values at the paths that they declared, and where these stand.
//!
//! No type needs a fact of its own for this. An analysis says `(asset type, paths)`; the walk that serves the rules
//! on settings picks the values up on its way, and only they are kept. Nothing is kept that no active rule asks for.

use super::fact::Evidence;
use crate::model::{DocumentId, GapReason, canonical};
use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

/// A value as far as anybody looks at it.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(Arc<str>),
    /// A list, whatever it holds.
    List,
    /// An object, whatever it holds.
    Object,
    /// The key stands twice with different values.
    Ambiguous,
}

impl Datum {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Datum::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Datapoint {
    /// The value.
    pub value: Datum,
    /// Where it stands.
    pub evidence: Evidence,
}

/// What stands at one declared path of an asset: no value if the path selects nothing, several if it has a wildcard
/// or a filter. `null` counts as nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Field {
    /// The values, in the order of the asset.
    pub values: Vec<Datapoint>,
    /// Why the input could not have said more, with the pointer.
    pub lacks: Option<(GapReason, Box<str>)>,
}

/// One asset as far as analyses asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Full resource name.
    pub name: Box<str>,
    /// The nodes above, nearest first, as in the asset's `ancestors`; empty where the input has none.
    pub ancestors: Arc<[Box<str>]>,
    /// The paths that were declared for this type, as written.
    pub paths: Arc<[Box<str>]>,
    /// What stands there, by the index of the path; paths at which there is nothing, and nothing to say, are left out.
    pub fields: Box<[(u16, Field)]>,
    /// Where the settings start.
    pub evidence: Evidence,
}

impl Record {
    /// What stands at `path`, which must be written as it was declared.
    pub fn field(&self, path: &str) -> Option<&Field> {
        static NOTHING: Field = Field {
            values: Vec::new(),
            lacks: None,
        };
        let index = self.paths.iter().position(|known| **known == *path)?;
        let mut fields = self.fields.iter();
        let found = fields.find(|(of, _)| usize::from(*of) == index);
        Some(found.map_or(&NOTHING, |(_, field)| field))
    }

    /// The first text at any of `paths`.
    pub fn text(&self, paths: &[&str]) -> Option<(&str, &Evidence)> {
        let fields = paths.iter().filter_map(|path| self.field(path));
        fields
            .flat_map(|field| &field.values)
            .find_map(|point| Some((point.value.as_text()?, &point.evidence)))
    }

    /// The project, folder or organisation that the asset lies in, as `projects/1`: by its ancestors, else by its
    /// name.
    pub fn owner(&self) -> Option<Box<str>> {
        let first = self.ancestors.first().cloned();
        first.or_else(|| self.named_owner())
    }

    /// The project, folder or organisation that the name speaks of.
    pub fn named_owner(&self) -> Option<Box<str>> {
        owner_of(&self.name)
    }
}

/// `projects/p` of `//host/projects/p/…`; the same for folders and organisations.
fn owner_of(name: &str) -> Option<Box<str>> {
    let (_, path) = name.strip_prefix("//")?.split_once('/')?;
    let mut steps = path.split('/');
    let (kind, id) = (steps.next()?, steps.next()?);
    let is_node = matches!(kind, "projects" | "folders" | "organizations");
    (is_node && id != "_" && !id.is_empty()).then(|| format!("{kind}/{id}").into())
}

/// All records of one asset type, in the order of the input.
#[derive(Debug, Default)]
pub struct Records {
    list: Vec<Record>,
    /// Indices by canonical name, which is not kept twice.
    by_name: HashTable<usize>,
}

fn hash(name: &str) -> u64 {
    FxBuildHasher.hash_one(&*canonical(name))
}

impl Records {
    /// Takes one in. What was said first of one asset stands.
    pub(super) fn add(&mut self, record: Record) {
        if self.named(&record.name).is_none() {
            let Records { list, by_name } = self;
            let index = list.len();
            let hash_of = hash(&record.name);
            list.push(record);
            by_name.insert_unique(hash_of, index, |index| hash(&list[*index].name));
        }
    }

    /// In the order of the input.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.list.iter()
    }

    /// By full resource name, in any spelling.
    pub fn named(&self, name: &str) -> Option<&Record> {
        let wanted = canonical(name);
        let is_it = |index: &usize| canonical(&self.list[*index].name) == wanted;
        self.list.get(*self.by_name.find(hash(name), is_it)?)
    }
}

/// Which documents speak of which nodes, to tell "there is none" from "the export does not carry that".
#[derive(Debug, Default)]
pub(super) struct Mentions {
    documents: FxHashMap<Box<str>, Vec<DocumentId>>,
}

impl Mentions {
    /// `document` holds something of `node`.
    pub(super) fn add(&mut self, document: DocumentId, node: &str) {
        let documents = match self.documents.get_mut(node) {
            Some(documents) => documents,
            None => self.documents.entry(node.into()).or_default(),
        };
        // Documents come one after the other, nearly.
        if documents.last() != Some(&document) && !documents.contains(&document) {
            documents.push(document);
        }
    }

    pub(super) fn of(&self, node: &str) -> &[DocumentId] {
        self.documents.get(node).map_or(&[], Vec::as_slice)
    }
}

/// How far the input carries assets of one type: see [`super::Estate::coverage`].
#[derive(Debug, Default)]
pub struct Coverage {
    /// The type.
    pub(super) asset_type: Box<str>,
    /// Snapshots that hold assets of the type: they tell themselves how far they go.
    pub(super) scans: FxHashSet<DocumentId>,
    /// Other documents that hold assets of the type.
    pub(super) documents: FxHashSet<DocumentId>,
    /// Nodes at the top of documents that hold assets of the type of several owners: listings of all that is below.
    pub(super) tops: FxHashSet<Box<str>>,
}

impl Coverage {
    /// What `records` say of it. `snapshots` are documents of scans.
    pub(super) fn of(records: &Records, snapshots: &FxHashSet<DocumentId>) -> Coverage {
        let mut owners: FxHashMap<DocumentId, Box<str>> = FxHashMap::default();
        let mut coverage = Coverage::default();
        for record in records.iter() {
            let document = record.evidence.document;
            if snapshots.contains(&document) {
                coverage.scans.insert(document);
                continue;
            }
            coverage.documents.insert(document);
            let (Some(owner), Some(top)) = (record.owner(), record.ancestors.last()) else {
                continue;
            };
            let first = owners.entry(document).or_insert_with(|| owner.clone());
            if *first != owner && !top.starts_with("projects/") {
                coverage.tops.insert(top.clone());
            }
        }
        coverage
    }
}
