//! What is asked becomes what is answered. No sockets here.

mod fields;
mod generic;
mod guard;
mod inventory;
mod manager;
mod paging;
mod policy;
mod shapes;
mod storage;

pub use paging::Twist;

use super::answer::Refusal;
use super::http::Request;
use super::rights::Rights;
use super::state::Estate;
use serde_json::Value;

/// Verbs that follow the last colon of a path.
const VERBS: [&str; 10] = [
    "search",
    "getIamPolicy",
    "testIamPermissions",
    "getAncestry",
    "searchAllResources",
    "searchAllIamPolicies",
    "getEffectivePolicy",
    "searchTargetPolicyBindings",
    "searchEffectivePolicyBindings",
    "query",
];

/// A request with everything that its answer depends on.
pub struct Ask<'s> {
    /// What there is.
    pub estate: &'s Estate,
    /// What the caller may do.
    pub rights: &'s Rights,
    /// What was sent.
    pub request: &'s Request,
    /// How a list goes wrong.
    pub twist: Twist,
}

/// What a request turned out to be, for the counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The method, as the audit logs name it: `storage.buckets.list`.
    pub method: String,
    /// Whose list it is, or what was read.
    pub target: String,
    /// The least number of requests that bring all of this target: pages of the greatest length.
    pub least: usize,
}

impl Trace {
    fn is(&mut self, method: impl Into<String>) {
        self.method = method.into();
    }
}

/// The path of a request, taken apart.
struct Place<'r> {
    /// `v1`, `bigquery/v2`.
    version: String,
    /// What follows it, without the verb.
    path: Vec<&'r str>,
    /// What follows the last colon.
    verb: &'r str,
}

impl Ask<'_> {
    /// Answers.
    ///
    /// # Errors
    /// The refusal, which each service words in its own way.
    pub fn route(&self, trace: &mut Trace) -> Result<Value, Refusal> {
        let service = match self.request.service() {
            // These have a host for each region.
            regional if regional.ends_with("-aiplatform") => "aiplatform",
            regional if regional.ends_with("-documentai") => "documentai",
            service => service,
        };
        let place = self.place(service).ok_or(Refusal::NoSuchPath)?;
        trace.target = self.request.path();
        trace.least = 1;
        if let Some(off) = self.off(service, &place) {
            trace.is(format!("{service} (off)"));
            return Err(Refusal::Disabled(off));
        }
        let answer = match (service, &*place.version) {
            ("cloudresourcemanager", _) => manager::route(self, &place, trace),
            ("storage", "storage/v1") => storage::route(self, &place, trace),
            ("iam", "v2") => guard::deny(self, &place, trace),
            ("orgpolicy", "v2") => guard::org_policy(self, &place, trace),
            ("cloudasset", "v1") => inventory::route(self, &place, trace),
            _ => generic::route(self, service, &place, trace),
        }?;
        match self.request.parameter("fields") {
            Some(fields) => fields::pick(&answer, fields)
                .ok_or_else(|| Refusal::Invalid(format!("Invalid field selection {fields}"))),
            None => Ok(answer),
        }
    }

    /// The number of the project in which the API that is asked is off.
    fn off(&self, service: &str, place: &Place<'_>) -> Option<String> {
        if !self.estate.strict {
            return None;
        }
        let named = place
            .path
            .iter()
            .skip_while(|segment| !["projects", "namespaces"].contains(segment));
        let id = named.skip(1).copied().next();
        let id = id.or(self.request.parameter("project"))?;
        let at = self.estate.node(&format!("projects/{id}"))?;
        (!self.estate.enabled(at, service)).then(|| self.estate.nodes[at].number.clone())
    }

    fn place(&self, service: &str) -> Option<Place<'_>> {
        let mut path: Vec<&str> = self
            .request
            .segments
            .iter()
            .skip(1)
            .map(String::as_str)
            .collect();
        let of_version = match service {
            "storage" | "bigquery" | "compute" => 2,
            _ => 1,
        };
        if path.len() <= of_version {
            return None;
        }
        let version = path.drain(..of_version).collect::<Vec<_>>().join("/");
        let mut verb = "";
        if let Some(last) = path.last_mut()
            && let Some((before, after)) = last.rsplit_once(':')
            && VERBS.contains(&after)
        {
            (*last, verb) = (before, after);
        }
        Some(Place {
            version,
            path,
            verb,
        })
    }

    fn get_only(&self) -> Result<(), Refusal> {
        self.method("GET")
    }

    fn post_only(&self) -> Result<(), Refusal> {
        self.method("POST")
    }

    fn method(&self, method: &str) -> Result<(), Refusal> {
        if self.request.method == method {
            return Ok(());
        }
        Err(Refusal::NoSuchPath)
    }
}
