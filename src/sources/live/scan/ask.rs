//! A call of the table is made: by REST, or by the readers of Cloud Storage.

use super::super::calls::{self, Call, ExpandError, Variables, Verb};
use super::super::client::Request;
use super::super::storage::Storage;
use super::super::{Trouble, TroubleKind};
use super::node::Node;
use super::reach::Reach;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes calls. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) reach: Reach,
    pub(super) storage: Storage,
}

/// What a call is made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'s> {
    pub(super) node: &'s Node,
    pub(super) constraint: Option<&'s str>,
    /// An element that another call brought.
    pub(super) element: Option<&'s Value>,
}

impl Subject<'_> {
    fn variables(&self) -> Variables<'_> {
        let is_project = self.node.unit.starts_with("projects/");
        Variables {
            project: is_project.then(|| self.node.id()),
            number: is_project.then(|| self.node.number()),
            node: Some(&self.node.unit),
            organization: self.node.organization(),
            constraint: self.constraint,
            element: self.element,
        }
    }
}

impl Subject<'_> {
    /// The full name of the asset that the element is; `None` if it is none.
    pub(super) fn name(&self, call: &Call) -> Option<String> {
        match call.brings {
            calls::Brings::Asset(_, template) => calls::name(template, &self.variables()).ok(),
            _ => None,
        }
    }
}

impl Asker {
    /// The one answer to `call`.
    pub(super) async fn one(&self, call: &Call, subject: &Subject<'_>) -> Result<Value, Trouble> {
        let text = |key| text(call, subject, key);
        let storage = &self.storage;
        match call.id {
            "storage.buckets.getIamPolicy" => {
                let bucket = text("name")?;
                self.reach.run(call.service, storage.policy(bucket)).await
            }
            "storage.managedFolders.getIamPolicy" => {
                let (bucket, folder) = (text("bucket")?, text("name")?);
                let policy = storage.managed_folder_policy(bucket, folder);
                self.reach.run(call.service, policy).await
            }
            _ => self.reach.call(&request(call, subject)?).await,
        }
    }

    /// Every element of the list that `call` asks for; those before a trouble have been given to `each`. What comes
    /// back are locations that could not be reached. `requests` counts the pages.
    pub(super) async fn list(
        &self,
        call: &Call,
        subject: &Subject<'_>,
        requests: &AtomicU64,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<Vec<String>, Trouble> {
        let count = || requests.fetch_add(1, Ordering::Relaxed);
        let storage = &self.storage;
        match call.id {
            "storage.buckets.list" => {
                count();
                let project = subject.node.id();
                let list = storage.buckets(project, &mut each);
                return self.reach.run(call.service, list).await;
            }
            "storage.managedFolders.list" => {
                count();
                let bucket = text(call, subject, "name")?;
                let list = storage.managed_folders(bucket, &mut each);
                return self
                    .reach
                    .run(call.service, list)
                    .await
                    .map(|()| Vec::new());
            }
            _ => {}
        }
        self.list_with(call, subject, Vec::new(), requests, each)
            .await
    }

    /// As [`Asker::list`], with more parameters than the table has.
    pub(super) async fn list_with(
        &self,
        call: &Call,
        subject: &Subject<'_>,
        more: Vec<(&'static str, String)>,
        requests: &AtomicU64,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<Vec<String>, Trouble> {
        let mut unreachable = Vec::new();
        let mut odd = None;
        let mut pages = 0;
        let mut request = request(call, subject)?;
        request.query.extend(more);
        let paged = self.reach.pages(&request, |answer| {
            pages += 1;
            match calls::page(call, &answer) {
                Ok(page) => {
                    page.elements.into_iter().for_each(|one| each(one.clone()));
                    unreachable.extend(page.unreachable.into_iter().map(str::to_owned));
                    if page.cut {
                        let message = "more follows, and there is no way to ask for it";
                        odd.get_or_insert((TroubleKind::PageLost, message.to_owned()));
                    }
                }
                Err(expected) => {
                    let message = format!("where {expected} should be, there is something else");
                    odd.get_or_insert((TroubleKind::Malformed, message));
                }
            }
        });
        let paged = paged.await;
        requests.fetch_add(pages + u64::from(paged.is_err()), Ordering::Relaxed);
        paged?;
        match odd {
            Some((kind, message)) => Err(trouble(call, kind, &message)),
            None => {
                unreachable.sort();
                unreachable.dedup();
                Ok(unreachable)
            }
        }
    }

    /// The service that a call goes to.
    pub(super) fn service(&self, call: &Call, subject: &Subject<'_>) -> &'static str {
        calls::service(call, &subject.variables()).unwrap_or(call.service)
    }

    /// An element as an asset. `within` is the full name of what it belongs to, if it is not the node.
    pub(super) fn asset(
        &self,
        call: &Call,
        subject: &Subject<'_>,
        element: &Value,
        within: Option<&str>,
    ) -> Result<Value, Trouble> {
        let ancestors = &subject.node.ancestors;
        let ancestors: Vec<String> = ancestors.iter().map(|name| name.to_string()).collect();
        calls::asset(call, element, &subject.variables(), &ancestors, within)
            .map_err(|error| unfit(call, &error))
    }

    /// The asset of a node; `None` if nothing could be read of it, not even its policy.
    pub(super) fn node(&self, node: &Node, policy: Option<Value>) -> Option<Value> {
        let subject = Subject {
            node,
            constraint: None,
            element: None,
        };
        let element = node.data.as_deref();
        let element = element.and_then(|text| serde_json::from_str::<Value>(text).ok());
        if element.is_none() && policy.is_none() {
            return None;
        }
        // A node that could not be read has a policy all the same.
        let named = serde_json::json!({ "name": node.name() });
        let call = calls::find(node.kind().call())?;
        let bare = element.is_none();
        let element = element.unwrap_or(named);
        let mut asset = self.asset(call, &subject, &element, None).ok()?;
        let members = asset.as_object_mut()?;
        if bare {
            members.shift_remove("resource");
        }
        if let Some(policy) = policy {
            members.insert("iamPolicy".to_owned(), policy);
        }
        Some(asset)
    }
}

fn request(call: &Call, subject: &Subject<'_>) -> Result<Request, Trouble> {
    let variables = subject.variables();
    let fill = || -> Result<Request, ExpandError> {
        let mut query = Vec::with_capacity(call.query.len());
        for (key, template) in call.query {
            query.push((*key, calls::name(template, &variables)?));
        }
        Ok(Request {
            service: calls::service(call, &variables)?,
            path: calls::expand(call.path, &variables)?,
            query,
            body: match call.verb {
                Verb::Get => None,
                // It stands in our table; a test reads every one.
                Verb::Post(body) => serde_json::from_str(body).ok(),
            },
            budget: call.budget,
        })
    };
    fill().map_err(|error| unfit(call, &error))
}

fn text<'s>(call: &Call, subject: &Subject<'s>, key: &str) -> Result<&'s str, Trouble> {
    let value = subject.element.and_then(|element| element.get(key));
    let missing = || unfit(call, &ExpandError::Missing(key.to_owned()));
    value.and_then(Value::as_str).ok_or_else(missing)
}

/// An answer that cannot be asked about any further.
fn unfit(call: &Call, error: &ExpandError) -> Trouble {
    trouble(call, TroubleKind::Malformed, &error.to_string())
}

pub(super) fn trouble(call: &Call, kind: TroubleKind, message: &str) -> Trouble {
    Trouble::new(kind, call.service, message)
}
