//! What was asked, how often, and how often it would have had to be.

use super::rest::Trace;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Requests of one method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub requests: u64,
    /// Those that were not answered with 200.
    pub failed: u64,
    /// The least number that would have brought the same: each list with the longest pages, each other thing once.
    pub least: u64,
}

/// Requests of all methods.
#[derive(Debug, Default)]
pub struct Counts {
    by_method: BTreeMap<String, Count>,
    /// The least number of each target that was seen, by the hash of method and target.
    targets: HashMap<u64, u64>,
    /// Paths that no API has; whoever asks for one has a mistake in its table.
    unknown: Vec<String>,
    /// Bytes of all bodies.
    bytes: u64,
}

impl Counts {
    /// Takes a request down.
    pub fn add(&mut self, trace: &Trace, status: u16, bytes: usize) {
        self.bytes += bytes as u64;
        let count = self.by_method.entry(trace.method.clone()).or_default();
        count.requests += 1;
        if status != 200 {
            count.failed += 1;
        }
        let mut hasher = DefaultHasher::new();
        (&trace.method, &trace.target).hash(&mut hasher);
        let least = self.targets.entry(hasher.finish()).or_default();
        let now = trace.least as u64;
        if now > *least {
            count.least += now - *least;
            *least = now;
        }
    }

    /// Takes down a path that no API has.
    pub fn unknown(&mut self, target: &str) {
        self.unknown.push(target.to_owned());
    }

    /// Paths that no API has.
    pub fn unknown_paths(&self) -> &[String] {
        &self.unknown
    }

    /// By method: `storage.buckets.list`.
    pub fn by_method(&self) -> &BTreeMap<String, Count> {
        &self.by_method
    }

    /// All requests.
    pub fn requests(&self) -> u64 {
        self.by_method.values().map(|count| count.requests).sum()
    }

    /// As `/_/counts` tells it to another process.
    pub fn json(&self) -> Value {
        let methods: BTreeMap<&String, Value> = self
            .by_method
            .iter()
            .map(|(method, count)| {
                (
                    method,
                    json!({ "requests": count.requests, "failed": count.failed, "least": count.least }),
                )
            })
            .collect();
        json!({ "methods": methods, "unknown": self.unknown, "bytes": self.bytes })
    }
}
