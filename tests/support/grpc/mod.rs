//! Cloud Storage by gRPC for tests: a loopback server (h2c) with the calls that a scan makes.
//!
//! It is loaded from buckets as the JSON API has them, so that one estate feeds it and a REST server. It speaks
//! `google.storage.v2.Storage/ListBuckets` and, of `google.storage.control.v2.StorageControl`, `GetIamPolicy` and
//! `ListManagedFolders`. It knows nothing of leastwise's readers.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // every test binary uses its part

mod bucket;
mod estate;
mod faults;
mod messages;
mod serve;

#[allow(unused_imports)]
pub use estate::{Asked, Estate};
#[allow(unused_imports)]
pub use faults::{Fault, Kind};

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running server. It ends with the process.
#[derive(Debug, Clone)]
pub struct Grpc {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

/// What the server holds.
#[derive(Debug, Default)]
pub struct State {
    /// What it tells.
    pub estate: Estate,
    /// What was asked, in order.
    pub asked: Vec<Asked>,
    /// Who asked: `authorization` and `x-goog-user-project` of each request.
    pub callers: Vec<[Option<String>; 2]>,
}

impl Grpc {
    /// Starts a server on a free port of the loopback interface, with a runtime of its own.
    pub fn start(estate: Estate) -> Grpc {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let state = State {
            estate,
            ..State::default()
        };
        let server = Grpc {
            state: Arc::new(Mutex::new(state)),
            address,
        };
        let served = server.clone();
        std::thread::spawn(move || serve::run(listener, served));
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as an endpoint for `storage-grpc`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it holds now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }
}
