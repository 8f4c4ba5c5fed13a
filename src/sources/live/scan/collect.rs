//! One unit is read: the calls of an organisation, folder or project, and what they bring, in a fixed order.
//!
//! Assets stand in the order of the table of calls, and within a call in that of the API; what belongs to an asset
//! (the keys of an account) follows it. Services are asked side by side; within a service, one list comes after the
//! other, and the elements of a list are asked about side by side again.

use super::super::calls::{Brings, Call, Per};
use super::super::storage::Transport;
use super::super::{Trouble, TroubleKind};
use super::ask::{Asker, Subject, trouble};
use super::brought::Brought;
use super::node::Node;
use super::part::{Part, shared};
use super::plan::Plan;
use super::reach::in_order;
use crate::sources::snapshot::Block;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// So many elements of a list are asked about side by side; how many calls are under way, the reach says.
const WIDTH: usize = 32;

/// A unit that is read.
pub(super) struct Unit {
    pub(super) asker: Asker,
    pub(super) plan: Arc<Plan>,
    pub(super) node: Arc<Node>,
    /// Whether the parent of the node is not in the scope.
    pub(super) topmost: bool,
    /// What Cloud Asset Inventory has brought already.
    pub(super) brought: Brought,
    /// Services that are not asked any more in this unit, and why.
    closed: Mutex<BTreeMap<String, Trouble>>,
    requests: AtomicU64,
}

/// What came of a unit.
pub(super) struct Read {
    pub(super) block: Block,
    /// Elements that were deleted between the list and the question about them.
    pub(super) gone: u64,
}

/// What a call for a node brought.
enum Root {
    /// The policy of the node itself.
    Policy(Value),
    /// Something else, or nothing.
    Part(Part),
}

impl Unit {
    pub(super) fn new(
        asker: Asker,
        plan: Arc<Plan>,
        node: Arc<Node>,
        topmost: bool,
        brought: Brought,
    ) -> Unit {
        Unit {
            asker,
            plan,
            node,
            topmost,
            brought,
            closed: Mutex::default(),
            requests: AtomicU64::new(0),
        }
    }

    /// Reads the unit.
    pub(super) async fn read(mut self) -> Read {
        let mut policy = self.brought.policy.take();
        let mut rest = std::mem::take(&mut self.brought.part);
        let brought = &self.brought.calls;
        let roots = self.plan.roots(&self.node, self.topmost);
        let roots: Vec<&'static Call> = roots
            .filter(|call| !brought.contains(call.id) && !self.plan.is_idle(call, brought))
            .collect();
        let mut services: Vec<(String, Vec<&'static Call>)> = Vec::new();
        for call in &roots {
            let api = call.api();
            match services.iter_mut().find(|(known, _)| *known == api) {
                Some((_, calls)) => calls.push(call),
                None => services.push((api, vec![call])),
            }
        }
        let unit = Arc::new(self);
        let count = services.len();
        let read = in_order(services, count, |(_, calls)| {
            let unit = Arc::clone(&unit);
            async move {
                let mut parts = Vec::new();
                for call in calls {
                    parts.push((call.id, unit.root(call).await));
                }
                parts
            }
        })
        .await;
        let mut by_call: BTreeMap<&str, Root> = read.into_iter().flatten().collect();
        for call in roots {
            match by_call.remove(call.id) {
                Some(Root::Policy(found)) => policy = Some(found),
                Some(Root::Part(part)) => rest.add(part),
                None => {}
            }
        }
        let mut whole = Part::default();
        if let Some(asset) = unit.asker.node(&unit.node, policy) {
            whole.write(&asset);
        }
        whole.add(rest);
        unit.conclude(whole)
    }

    fn conclude(&self, whole: Part) -> Read {
        let brought = &self.brought;
        let types = self.plan.types(
            &self.node,
            self.topmost,
            &whole.failed_calls(),
            brought.is_listed.then_some(&*brought.calls),
        );
        let missing = whole.missing();
        Read {
            gone: whole.gone,
            block: Block {
                unit: self.node.unit.clone(),
                lines: whole.lines,
                assets: whole.assets,
                missing,
                requests: self.requests.load(Ordering::Relaxed),
                types,
            },
        }
    }

    /// A call for the node itself.
    async fn root(self: &Arc<Unit>, call: &'static Call) -> Root {
        if call.brings == Brings::Policy {
            return match self.one(call, &self.subject(None)).await {
                Ok(policy) => Root::Policy(policy),
                Err(trouble) => Root::Part(self.failed(call, &self.node.full_name(), &trouble)),
            };
        }
        if call.per != Per::Constraint {
            return Root::Part(self.elements(call, None).await);
        }
        let constraints = self.plan.constraints().to_vec();
        let held = in_order(constraints, WIDTH, |constraint| {
            let unit = Arc::clone(self);
            async move { unit.constraint(call, &constraint).await }
        })
        .await;
        let mut whole = Part::default();
        held.into_iter().for_each(|part| whole.add(part));
        Root::Part(whole)
    }

    /// What holds of a constraint at the node.
    async fn constraint(&self, call: &'static Call, constraint: &str) -> Part {
        let subject = Subject {
            constraint: Some(constraint),
            ..self.subject(None)
        };
        let answer = self.one(call, &subject).await;
        let asset = answer.and_then(|value| self.asker.asset(call, &subject, &value, None));
        match asset {
            Ok(asset) => {
                let mut part = Part::default();
                part.write(&asset);
                part
            }
            // A constraint that does not exist here: nothing holds.
            Err(trouble) if self.is_gone(call, &trouble) => Part::default(),
            Err(trouble) => self.failed(call, &self.node.full_name(), &trouble),
        }
    }

    /// Everything that `call` brings, asked for the node or for `parent`, with what hangs on it.
    fn elements<'u>(
        self: &'u Arc<Unit>,
        call: &'static Call,
        parent: Option<Arc<Parent>>,
    ) -> Pin<Box<dyn Future<Output = Part> + Send + 'u>> {
        Box::pin(async move {
            let of = parent.as_deref();
            let resource = of.map_or_else(|| self.node.full_name(), |parent| parent.name.clone());
            // As text: what waits for its turn must be small.
            let mut texts: Vec<Box<str>> = Vec::new();
            let mut part = Part::default();
            let subject = self.subject(of.map(|parent| &parent.element));
            match call.items {
                None => match self.one(call, &subject).await {
                    Ok(value) => texts.push(value.to_string().into()),
                    // Nobody has set it up, or what it belongs to is gone.
                    Err(trouble) if self.is_gone(call, &trouble) => {
                        part.gone += u64::from(parent.is_some());
                    }
                    Err(trouble) => part.add(self.failed(call, &resource, &trouble)),
                },
                Some(_) => {
                    let keep = |value: Value| texts.push(value.to_string().into());
                    match self.list(call, &subject, keep).await {
                        Ok(unreachable) => {
                            for place in unreachable {
                                part.add(self.failed(call, &resource, &beyond(call, &place)));
                            }
                        }
                        Err(trouble) if is_of_asset(call) && self.is_gone(call, &trouble) => {
                            part.gone += 1;
                        }
                        Err(trouble) => part.add(self.failed(call, &resource, &trouble)),
                    }
                }
            }
            let width = match self.plan.children(call).is_empty() {
                true => 1,
                false => WIDTH,
            };
            let read = in_order(texts, width, |text| {
                let (unit, parent) = (Arc::clone(self), parent.clone());
                async move { unit.element(call, &text, parent.as_deref()).await }
            })
            .await;
            // What did not come is told behind what came.
            let mut whole = Part::default();
            read.into_iter().for_each(|one| whole.add(one));
            whole.add(part);
            whole
        })
    }

    /// One element, with what hangs on it.
    async fn element(
        self: &Arc<Unit>,
        call: &'static Call,
        text: &str,
        parent: Option<&Parent>,
    ) -> Part {
        let Ok(mut element) = serde_json::from_str::<Value>(text) else {
            return Part::default();
        };
        let mut part = Part::default();
        let name = self.subject(Some(&element)).name(call);
        let name = name.unwrap_or_else(|| match parent {
            Some(parent) => parent.name.clone(),
            None => self.node.full_name(),
        });
        let (mut policy, mut sketchy) = (None, false);
        let mut hanging = Vec::new();
        for child in self.plan.children(call) {
            let brought = &self.brought.calls;
            if brought.contains(child.id) || self.plan.is_idle(child, brought) {
                if child.brings == Brings::Policy {
                    policy = self.brought.policy_of(&name);
                }
                continue;
            }
            let merge = match child.brings {
                Brings::Detail => true,
                Brings::Policy => false,
                _ => {
                    hanging.push(*child);
                    continue;
                }
            };
            match self.one(child, &self.subject(Some(&element))).await {
                Ok(more) if merge => add(&mut element, more),
                Ok(found) => policy = Some(found),
                Err(trouble) if self.is_gone(child, &trouble) => {
                    return Part {
                        gone: 1,
                        ..Part::default()
                    };
                }
                Err(trouble) => {
                    part.lose(child, &self.node, &name, &trouble);
                    sketchy |= merge;
                }
            }
        }
        // Half of the settings would look as if the other half were not set.
        if let Brings::Asset(asset_type, _) = call.brings
            && !sketchy
        {
            if self.brought.only_policies.contains(asset_type) {
                policy = self.brought.policy_of(&name);
            }
            let subject = self.subject(Some(&element));
            let within = parent.map(|parent| parent.name.as_str());
            match self.asker.asset(call, &subject, &element, within) {
                Ok(mut asset) => {
                    if let Some(policy) = policy {
                        add(&mut asset, serde_json::json!({ "iamPolicy": policy }));
                    }
                    part.write(&asset);
                }
                Err(trouble) => part.lose(call, &self.node, &name, &trouble),
            }
        }
        if !hanging.is_empty() {
            let own = Arc::new(Parent { element, name });
            for child in hanging {
                part.add(self.elements(child, Some(Arc::clone(&own))).await);
            }
        }
        part
    }

    fn failed(&self, call: &'static Call, resource: &str, trouble: &Trouble) -> Part {
        Part::failed(call, &self.node, resource, trouble)
    }

    fn subject<'u>(&'u self, element: Option<&'u Value>) -> Subject<'u> {
        Subject {
            node: &self.node,
            constraint: None,
            element,
        }
    }

    async fn one(&self, call: &'static Call, subject: &Subject<'_>) -> Result<Value, Trouble> {
        self.open(call, subject)?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = self.asker.one(call, subject).await;
        answer.inspect_err(|trouble| self.heed(call, trouble))
    }

    async fn list(
        &self,
        call: &'static Call,
        subject: &Subject<'_>,
        each: impl FnMut(Value) + Send,
    ) -> Result<Vec<String>, Trouble> {
        self.open(call, subject)?;
        let answer = self.asker.list(call, subject, &self.requests, each).await;
        answer.inspect_err(|trouble| self.heed(call, trouble))
    }

    /// Whether the API itself says that what is asked about is not there. A front end that does not know the path says
    /// 404, too, and gives no reason.
    fn is_gone(&self, call: &Call, trouble: &Trouble) -> bool {
        let by_grpc =
            call.service == "storage" && self.asker.storage.transport() == Transport::Grpc;
        trouble.kind == TroubleKind::NotFound && (by_grpc || trouble.reason.is_some())
    }

    /// Refuses if the API or its host is not asked any more.
    fn open(&self, call: &Call, subject: &Subject<'_>) -> Result<(), Trouble> {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if closed.is_empty() {
            return Ok(());
        }
        let host = self.asker.service(call, subject);
        let why = ["", &call.api(), host]
            .into_iter()
            .find_map(|of| closed.get(of));
        why.map_or(Ok(()), |trouble| Err(trouble.clone()))
    }

    /// Remembers what is true of more than this call.
    fn heed(&self, call: &Call, trouble: &Trouble) {
        if let Some(of) = shared(call, trouble) {
            let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            closed.entry(of).or_insert_with(|| trouble.clone());
        }
    }
}

/// An element, and the name of the asset that it is.
struct Parent {
    element: Value,
    name: String,
}

/// Whether a call is asked for assets, which may be deleted meanwhile, and not for places, which are not.
fn is_of_asset(call: &Call) -> bool {
    let parent = call.parent();
    parent.is_some_and(|parent| matches!(parent.brings, Brings::Asset(..)))
}

/// A location that could not be reached.
fn beyond(call: &Call, place: &str) -> Trouble {
    let message = format!("`{place}` could not be reached");
    trouble(call, TroubleKind::PageLost, &message)
}

/// Replaces members by those of `more`.
fn add(value: &mut Value, more: Value) {
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}
