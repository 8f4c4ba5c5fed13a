//! Cloud Asset Inventory: a whole scope at once, instead of a question for each resource.
//!
//! Each topmost node is listed once for each content type, a thousand assets a page. The pages come in no order that
//! belongs to a node, so they are spooled into a temporary file, of which only the places of each node's assets are
//! held in memory: 16 bytes for an asset. A unit is then put together from its places, settings and policy in one.

use super::super::calls::{self, Brings, Call};
use super::super::{Trouble, TroubleKind};
use super::ask::{Asker, Subject};
use super::brought::Brought;
use super::node::Node;
use super::part::Part;
use super::plan::Plan;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What Cloud Asset Inventory has of a scope.
#[derive(Debug)]
pub(super) struct Inventory {
    spool: Spool,
    /// The place of each node in the spool, by `projects/41`.
    nodes: HashMap<String, usize>,
    /// Calls that need not be made.
    calls: Arc<BTreeSet<&'static str>>,
    /// Types whose settings came, with a call that names them if a service has one.
    settings: BTreeMap<&'static str, Option<&'static Call>>,
    /// Types whose policies came.
    policies: BTreeSet<&'static str>,
    /// Types of which only the policies came, though no service tells them.
    only_policies: Arc<BTreeSet<&'static str>>,
    /// Lists that failed, and the topmost node that they were of.
    lost: Vec<(&'static Call, String, Trouble)>,
}

impl Inventory {
    /// Lists the inventory of `tops` for what `plan` needs in `nodes`. `None`: the plan needs nothing that it has.
    ///
    /// # Errors
    /// If it is to fall back: the first trouble. Otherwise troubles stand in the units.
    pub(super) async fn list(
        asker: &Asker,
        plan: &Plan,
        tops: &[&Node],
        nodes: &[&Node],
        fall_back: bool,
    ) -> Result<Option<Inventory>, Trouble> {
        let instead = plan.inventoried();
        let mut types: BTreeMap<&'static str, (&'static Call, BTreeSet<&'static str>)> =
            BTreeMap::new();
        let mut inventory = Inventory {
            spool: Spool::new().map_err(|error| unspooled(&error))?,
            nodes: HashMap::with_capacity(nodes.len()),
            calls: Arc::new(instead.keys().copied().collect()),
            settings: BTreeMap::new(),
            policies: BTreeSet::new(),
            only_policies: Arc::default(),
            lost: Vec::new(),
        };
        for (id, by) in &instead {
            let call = calls::find(id);
            let Some((call, asset_type)) = call.and_then(|call| Some((call, call.asset_type()?)))
            else {
                continue;
            };
            let asked = &mut types
                .entry(by.id)
                .or_insert_with(|| (by, BTreeSet::new()))
                .1;
            asked.insert(asset_type);
            match call.brings {
                Brings::Policy => {
                    inventory.policies.insert(asset_type);
                }
                Brings::Asset(..) => {
                    inventory.settings.insert(asset_type, Some(call));
                }
                _ => {}
            }
        }
        for only in plan.only_inventoried() {
            let listed = plan.lists(only.asset_type);
            for call in only.calls() {
                if listed && call.id != calls::LIST_POLICIES {
                    continue;
                }
                let asked = types
                    .entry(call.id)
                    .or_insert_with(|| (call, BTreeSet::new()));
                asked.1.insert(only.asset_type);
            }
            if !listed {
                inventory.settings.insert(only.asset_type, None);
            }
            if only.policies {
                inventory.policies.insert(only.asset_type);
            }
        }
        let of_listed = plan.only_inventoried().iter().filter(|only| only.policies);
        inventory.only_policies = Arc::new(of_listed.map(|only| only.asset_type).collect());
        if types.is_empty() {
            return Ok(None);
        }
        for node in nodes {
            let at = inventory.nodes.len();
            inventory.nodes.insert(node.name().to_owned(), at);
        }
        inventory.spool.places.resize_with(nodes.len(), Vec::new);
        for node in tops {
            for (call, types) in types.values() {
                let listed = inventory.one(asker, call, node, types).await;
                match listed {
                    Ok(()) => {}
                    Err(trouble) if fall_back && trouble.kind != TroubleKind::Cancelled => {
                        return Err(trouble);
                    }
                    Err(trouble) => {
                        let name = node.name().to_owned();
                        inventory.lost.push((call, name, trouble));
                    }
                }
            }
        }
        inventory.spool.flush().map_err(|error| unspooled(&error))?;
        Ok(Some(inventory))
    }

    /// Everything of some types below `node`, of one kind of content.
    async fn one(
        &mut self,
        asker: &Asker,
        call: &'static Call,
        node: &Node,
        types: &BTreeSet<&'static str>,
    ) -> Result<(), Trouble> {
        let subject = Subject {
            node,
            constraint: None,
            element: None,
        };
        let mut broken = None;
        let (nodes, spool) = (&self.nodes, &mut self.spool);
        let keep = |asset: Value| {
            let owner = asset.pointer("/ancestors/0").and_then(Value::as_str);
            // What lies in a node that is left out was not asked for.
            let Some(at) = owner.and_then(|owner| nodes.get(owner)) else {
                return;
            };
            if broken.is_none() {
                broken = spool.push(*at, &asset).err();
            }
        };
        let requests = AtomicU64::new(0);
        let more = types.iter().map(|one| ("assetTypes", (*one).to_owned()));
        let listed = asker
            .list_with(call, &subject, more.collect(), &requests, keep)
            .await;
        match broken {
            Some(error) => Err(unspooled(&error)),
            None => listed.map(|_| ()),
        }
    }

    /// What it has of a node.
    pub(super) fn of(&mut self, node: &Node) -> Brought {
        let mut brought = Brought {
            is_listed: true,
            calls: Arc::clone(&self.calls),
            only_policies: Arc::clone(&self.only_policies),
            ..Brought::default()
        };
        for (call, top, trouble) in &self.lost {
            if node.ancestors.iter().any(|name| **name == **top) {
                let part = Part::failed(call, node, &node.full_name(), trouble);
                brought.part.lost.extend(part.lost);
                brought.lacks_policies |= call.id == calls::LIST_POLICIES;
            }
        }
        let at = self.nodes.get(node.name()).copied();
        let texts = at.map_or_else(|| Ok(Vec::new()), |at| self.spool.take(at));
        match texts {
            Ok(texts) => self.join(node, texts, &mut brought),
            Err(error) => {
                let call = calls::all().find(|call| self.calls.contains(call.id));
                if let Some(call) = call {
                    let name = node.full_name();
                    brought.part.lose(call, node, &name, &unspooled(&error));
                }
            }
        }
        brought
    }

    /// Puts settings and policies of the same asset together.
    fn join(&self, node: &Node, texts: Vec<String>, brought: &mut Brought) {
        let own = node.full_name();
        let mut joined: BTreeMap<(String, String), Map<String, Value>> = BTreeMap::new();
        for text in texts {
            let Ok(Value::Object(mut asset)) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            let key = |key| asset.get(key).and_then(Value::as_str).map(str::to_owned);
            let (Some(asset_type), Some(name)) = (key("assetType"), key("name")) else {
                continue;
            };
            let known = joined.entry((asset_type, name)).or_default();
            for key in [
                "ancestors",
                "resource",
                "iamPolicy",
                "servicePerimeter",
                "accessPolicy",
            ] {
                if let Some(value) = asset.shift_remove(key) {
                    known.insert(key.to_owned(), value);
                }
            }
        }
        let mut assets: BTreeMap<(String, String), Value> = BTreeMap::new();
        for ((asset_type, name), mut members) in joined {
            let asks_policy = self.policies.contains(asset_type.as_str());
            let policy = members.shift_remove("iamPolicy");
            if name == own {
                brought.policy = policy;
                continue;
            }
            let Some(call) = self.settings.get(asset_type.as_str()) else {
                if let Some(policy) = policy {
                    let text = policy.to_string().into();
                    brought.policies.insert(name, text);
                }
                continue;
            };
            let own_name = call.and_then(|call| own_name(call, node, &members));
            let name = own_name.unwrap_or(name);
            let mut asset = Map::new();
            asset.insert("name".to_owned(), Value::from(name.as_str()));
            asset.insert("assetType".to_owned(), Value::from(asset_type.as_str()));
            asset.extend(members);
            let is_whole = ["resource", "servicePerimeter", "accessPolicy"]
                .iter()
                .any(|key| asset.contains_key(*key));
            let none = || brought.no_policy().filter(|_| asks_policy && is_whole);
            if let Some(policy) = policy.or_else(none) {
                asset.insert("iamPolicy".to_owned(), policy);
            }
            assets.insert((asset_type, name), Value::Object(asset));
        }
        assets.values().for_each(|asset| brought.part.write(asset));
        let kind = node.kind().asset_type();
        if self.policies.contains(kind) && brought.policy.is_none() {
            brought.policy = brought.no_policy();
        }
    }
}

/// What the service calls it. The inventory names service accounts and their keys by unique ids; a finding must be the
/// same by whatever way its resource was read.
fn own_name(call: &Call, node: &Node, members: &Map<String, Value>) -> Option<String> {
    let data = members.get("resource")?.get("data")?;
    let subject = Subject {
        node,
        constraint: None,
        element: Some(data),
    };
    subject.name(call)
}

/// Assets in a temporary file, and where those of each node are.
#[derive(Debug)]
struct Spool {
    file: BufWriter<File>,
    end: u64,
    places: Vec<Vec<(u64, u32)>>,
}

impl Spool {
    fn new() -> io::Result<Spool> {
        Ok(Spool {
            file: BufWriter::with_capacity(1 << 18, tempfile::tempfile()?),
            end: 0,
            places: Vec::new(),
        })
    }

    fn push(&mut self, node: usize, asset: &Value) -> io::Result<()> {
        let text = asset.to_string();
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        self.file.write_all(text.as_bytes())?;
        if let Some(places) = self.places.get_mut(node) {
            places.push((self.end, length));
        }
        self.end += u64::from(length);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// The assets of a node, in the order in which they came.
    fn take(&mut self, node: usize) -> io::Result<Vec<String>> {
        let places = self.places.get_mut(node).map(std::mem::take);
        let mut texts = Vec::new();
        for (from, length) in places.unwrap_or_default() {
            let file = self.file.get_mut();
            file.seek(SeekFrom::Start(from))?;
            let mut text = String::new();
            file.take(u64::from(length)).read_to_string(&mut text)?;
            texts.push(text);
        }
        Ok(texts)
    }
}

/// The temporary file failed.
fn unspooled(error: &io::Error) -> Trouble {
    let message = format!("the temporary file for the inventory: {error}");
    Trouble::new(TroubleKind::Malformed, "cloudasset", &message)
}
