//! A loopback Google Cloud for scans: everything that a scan reads, over HTTP, from one state.
//!
//! The state is an [`Estate`]: from assets of an export, so that scanning the server must find what linting the export
//! finds, or generated, of any size. Each service lies below its own first path segment (`/storage/storage/v1/b`),
//! which `--endpoint '*=http://127.0.0.1:PORT/{service}'` makes of a host. Pages, tokens, errors and refusals are
//! those that the references of the APIs describe; what goes wrong beyond them is a [`Fault`]. Requests are counted by
//! method, beside the least number that would have brought the same.
//!
//! It only reads, knows nothing of leastwise, and needs one thread for each connection.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // every test binary uses its part

mod answer;
mod assets;
mod counts;
mod fault;
mod generate;
pub mod http;
pub mod kinds;
#[path = "../percent.rs"]
mod percent;
mod rest;
mod rights;
mod state;

// Each test takes what it needs.
#[allow(unused_imports)]
pub use {
    counts::{Count, Counts},
    fault::{Fault, Kind as FaultKind, When},
    http::{Caller, Got},
    rest::Twist,
    rights::Rights,
    state::{Content, Estate, Item, Level, Node},
};

use answer::Refusal;
use http::{Reply, Request};
use rest::{Ask, Trace};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// A running server. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

#[derive(Debug)]
struct Shared {
    estate: Estate,
    rights: RwLock<Rights>,
    /// Each with how many requests have fitted it.
    faults: Mutex<Vec<(Fault, u32)>>,
    counts: Mutex<Counts>,
    over: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Starts a server on a free port of the loopback interface.
    pub fn start(estate: Estate) -> Server {
        let listener =
            TcpListener::bind("127.0.0.1:0").expect("the loopback interface has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            estate,
            rights: RwLock::default(),
            faults: Mutex::default(),
            counts: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let served = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if served.over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = served.clone();
                std::thread::spawn(move || {
                    http::serve(stream, |request| shared.answer(request));
                });
            }
        });
        Server { shared, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `--endpoint` takes to ask this server and nobody else.
    pub fn endpoint(&self) -> String {
        format!("*=http://{}/{{service}}", self.address)
    }

    /// What it holds.
    pub fn estate(&self) -> &Estate {
        &self.shared.estate
    }

    /// Changes the caller's rights.
    pub fn rights(&self, change: impl FnOnce(&mut Rights)) {
        let rights = self.shared.rights.write();
        change(&mut rights.unwrap_or_else(PoisonError::into_inner));
    }

    /// What goes wrong from now on; of the rules that fit a request the first that strikes is taken.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        *lock(&self.shared.faults) = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// What was asked so far.
    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        lock(&self.shared.counts)
    }

    /// Counts from zero.
    pub fn forget(&self) {
        *self.counts() = Counts::default();
    }

    /// A client of this server.
    pub fn caller(&self) -> Caller {
        Caller::new(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the listener, which looks up.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Reply {
        if request.service() == "_" {
            return answer::ok(&lock(&self.counts).json());
        }
        let fault = self.fault(request);
        let rights = self.rights.read().unwrap_or_else(PoisonError::into_inner);
        let mut trace = Trace::default();
        let twist = fault.as_ref().map(FaultKind::twist).unwrap_or_default();
        let ask = Ask {
            estate: &self.estate,
            rights: &rights,
            request,
            twist,
        };
        let mut outcome = ask.route(&mut trace);
        if let Some(refusal) = fault.as_ref().and_then(|kind| kind.refusal(request)) {
            outcome = Err(refusal);
        }
        let mut reply = match &outcome {
            Ok(body) => answer::ok(body),
            Err(refusal) => answer::refuse(request.service(), refusal),
        };
        if let Some(kind) = &fault {
            kind.spoil(&mut reply);
        }
        let mut counts = lock(&self.counts);
        if matches!(outcome, Err(Refusal::NoSuchPath)) {
            counts.unknown(&format!("{} {}", request.method, request.target));
        } else {
            counts.add(&trace, reply.status, reply.body.len());
        }
        reply
    }

    /// How this request goes wrong. It counts for every rule that it fits, so that rules do not shift each other.
    fn fault(&self, request: &Request) -> Option<FaultKind> {
        let mut struck = None;
        for (fault, seen) in lock(&self.faults).iter_mut() {
            if !fault.fits(request) {
                continue;
            }
            *seen += 1;
            if struck.is_none() && fault.strikes(*seen) {
                struck = Some(fault.kind.clone());
            }
        }
        struck
    }
}
