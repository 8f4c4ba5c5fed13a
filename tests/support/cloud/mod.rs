//! A Google Cloud for tests: a loopback HTTP server whose state is a [`Model`].
//!
//! It speaks what gcloud needs for the commands of a script: allow policies with etags and conditions, service
//! accounts and their keys, custom roles with their life cycle, deny policies, buckets, HMAC keys, organisation
//! policies, and simple resources by name. Answers and errors have Google's shape. It knows nothing of leastwise's
//! scripts; it knows of leastwise only the [`Model`] that it is loaded from.
//!
//! Each service has its own path below the root (`/storage/…`, `/iam/…`), which `CLOUDSDK_API_ENDPOINT_OVERRIDES_*`
//! sets; gcloud adds the versioned path of the API.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // every test binary uses its part

mod answer;
mod compare;
mod http;
#[path = "../percent.rs"]
mod percent;
mod policy;
mod resources;
mod roles;
mod storage;

pub use answer::Answer;
// Each test takes what it needs.
#[allow(unused_imports)]
pub use compare::difference;
#[allow(unused_imports)]
pub use http::{Recorded, Request, ask};

use leastwise::change::Model;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The services, as their hosts begin, with what gcloud calls their endpoint and what it adds to it.
pub const SERVICES: [(&str, &str, &str); 15] = [
    ("IAM", "iam", ""),
    ("CLOUDRESOURCEMANAGER", "cloudresourcemanager", ""),
    ("STORAGE", "storage", "storage/v1/"),
    ("ORGPOLICY", "orgpolicy", ""),
    ("APIKEYS", "apikeys", ""),
    ("SERVICEUSAGE", "serviceusage", ""),
    ("SECRETMANAGER", "secretmanager", ""),
    ("CLOUDKMS", "cloudkms", ""),
    ("PUBSUB", "pubsub", ""),
    ("ARTIFACTREGISTRY", "artifactregistry", ""),
    ("RUN", "run", ""),
    ("CLOUDFUNCTIONS", "cloudfunctions", ""),
    ("LOGGING", "logging", ""),
    ("COMPUTE", "compute", "compute/v1/"),
    ("BIGQUERY", "bigquery", "bigquery/v2/"),
];

/// A running server. It ends with the process.
#[derive(Debug, Clone)]
pub struct Cloud {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

/// What the server holds.
#[derive(Debug, Default)]
pub struct State {
    /// Resources and their policies.
    pub model: Model,
    /// Roles that were deleted here and can still be brought back, by full name.
    pub deleted: BTreeMap<String, Value>,
    /// Counts writes: etags come from it.
    pub writes: u64,
    /// Writes that still succeed; then each is refused. `None`: all do.
    pub allowed: Option<u64>,
    /// What was asked and answered.
    pub log: Vec<Recorded>,
}

impl Cloud {
    /// Starts a server on a free port of the loopback interface.
    pub fn start(model: Model) -> Cloud {
        let listener =
            TcpListener::bind("127.0.0.1:0").expect("the loopback interface has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let state = State {
            model,
            ..State::default()
        };
        let cloud = Cloud {
            state: Arc::new(Mutex::new(state)),
            address,
        };
        let served = cloud.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let cloud = served.clone();
                std::thread::spawn(move || {
                    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
                    http::serve(stream, &cloud);
                });
            }
        });
        cloud
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it holds now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The environment in which gcloud asks this server and nobody else; `config` is its folder.
    pub fn environment(&self, config: &std::path::Path) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = [
            ("CLOUDSDK_CORE_PROJECT", "acme-ml"),
            ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1"),
            ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "1"),
            ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "1"),
            ("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true"),
            ("SETTLE_SECONDS", "0"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        all.push(("CLOUDSDK_CONFIG".to_owned(), config.display().to_string()));
        for (gcloud, service, below) in SERVICES {
            all.push((
                format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{gcloud}"),
                format!("http://{}/{service}/{below}", self.address),
            ));
        }
        all
    }
}

impl State {
    /// Answers a request, and takes it down.
    pub fn answer(&mut self, request: &Request) -> Answer {
        let answer = if request.writes() && self.allowed == Some(0) {
            Answer::error(
                403,
                "PERMISSION_DENIED",
                "The caller does not have permission",
            )
        } else {
            self.route(request)
        };
        if request.writes() && answer.status < 400 {
            self.writes += 1;
            self.allowed = self.allowed.map(|left| left - 1);
        }
        self.log.push(Recorded::of(request, answer.status));
        answer
    }

    fn route(&mut self, request: &Request) -> Answer {
        let (service, path) = request.path.split_once('/').unwrap_or((&request.path, ""));
        if service == "storage" {
            return storage::route(self, path.trim_start_matches("storage/v1/"), request);
        }
        // compute/v1/projects/…, v1/projects/…, v2beta/…
        let path = path.trim_start_matches("compute/");
        let Some((_version, path)) = path.split_once('/') else {
            return Answer::not_found(path);
        };
        let (path, verb) = match path.rsplit_once(':') {
            Some((path, verb)) if verb.bytes().all(|one| one.is_ascii_alphabetic()) => (path, verb),
            _ => (path, ""),
        };
        match (service, verb) {
            (_, "getIamPolicy" | "setIamPolicy") => {
                policy::route(self, service, path, verb, request)
            }
            ("compute", _)
                if path.ends_with("/getIamPolicy") || path.ends_with("/setIamPolicy") =>
            {
                let (path, verb) = path.rsplit_once('/').unwrap_or((path, ""));
                policy::route(self, service, path, verb, request)
            }
            ("iam", _) if path.contains("/roles") => roles::route(self, path, verb, request),
            _ => resources::route(self, service, path, verb, request),
        }
    }

    /// The next etag, which must be base64.
    pub fn etag(&self) -> String {
        format!("BwX{:05}", self.writes + 1)
    }
}
