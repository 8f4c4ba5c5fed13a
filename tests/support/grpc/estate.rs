//! What a server tells: buckets, policies, managed folders, as the JSON API has them.

use super::{Fault, Kind};
use serde_json::Value;
use std::collections::BTreeMap;

/// An estate for both transports.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    /// Buckets of the JSON API by project.
    pub buckets: BTreeMap<String, Vec<Value>>,
    /// What cannot be reached, by project.
    pub unreachable: BTreeMap<String, Vec<String>>,
    /// Policies: `bucket`, or `bucket/managedFolders/a/b/`.
    pub policies: BTreeMap<String, Value>,
    /// Managed folders of the JSON API by bucket.
    pub folders: BTreeMap<String, Vec<Value>>,
    /// HMAC keys of the JSON API by project. gRPC has no such call.
    pub keys: BTreeMap<String, Vec<Value>>,
    /// The most elements of a page; 0: as many as are asked for.
    pub page: usize,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `ListBuckets`.
    pub method: String,
    /// The parent or resource, without what is always there: `acme-ml`, `acme-logs`, `acme-logs/managedFolders/a/`.
    pub about: String,
    /// The page token.
    pub token: String,
    /// The policy version, or the size of a page.
    pub number: i32,
    /// Everything was asked for: `*`, or the full projection.
    pub full: bool,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its elements.
    pub elements: Vec<Value>,
    /// The token of the next; empty: there is none.
    pub next: String,
}

impl Estate {
    /// The fault that meets this request, counted.
    pub fn fault(&mut self, asked: &Asked) -> Option<Kind> {
        let fault = self.faults.iter_mut().find(|fault| fault.meets(asked))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.kind.clone())
    }

    /// A page of `elements`, or `None` if the token is none of ours. A token is a position with a mark.
    pub fn page(&self, elements: &[Value], asked: &Asked) -> Option<Page> {
        let start = match asked.token.as_str() {
            "" => 0,
            token => token.strip_prefix("at-")?.parse::<usize>().ok()?,
        };
        let rest = elements.get(start..)?;
        let wished = usize::try_from(asked.number).unwrap_or(0);
        let size = [self.page, wished].into_iter().filter(|size| *size > 0);
        let size = size.min().unwrap_or(usize::MAX).min(rest.len());
        let next = match start + size {
            end if end < elements.len() => format!("at-{end}"),
            _ => String::new(),
        };
        Some(Page {
            elements: rest[..size].to_vec(),
            next,
        })
    }

    /// The policy, in the version that was asked for: who asks for less than 3 sees conditions hidden in role names.
    pub fn policy(&self, asked: &Asked) -> Option<Value> {
        let mut policy = self.policies.get(&asked.about)?.clone();
        if asked.number < 3
            && let Some(bindings) = policy["bindings"].as_array_mut()
        {
            for binding in bindings.iter_mut().filter_map(Value::as_object_mut) {
                if binding.remove("condition").is_some() {
                    let role = binding["role"].as_str().unwrap_or_default();
                    let hidden = format!("{role}_withcond_0123456789abcdef0123");
                    binding.insert("role".to_owned(), Value::from(hidden));
                }
            }
            policy["version"] = Value::from(1);
        }
        Some(policy)
    }
}
