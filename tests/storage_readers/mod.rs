//! What the tests share: an estate, servers, readers.

mod emulator;
mod faults;
mod rest;
mod same;

use crate::grpc::{Estate, Grpc};
use leastwise::sources::live::Trouble;
use leastwise::sources::live::client::{Backoff, Client, Options};
use leastwise::sources::live::credentials::Tokens;
use leastwise::sources::live::storage::{Storage, Transport};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

fn options(endpoints: &[(&str, String)]) -> Options {
    let owned = |(key, address): &(&str, String)| ((*key).to_owned(), address.clone());
    Options {
        endpoints: endpoints.iter().map(owned).collect(),
        attempt_timeout: Duration::from_secs(5),
        call_timeout: Duration::from_secs(30),
        attempts: 3,
        backoff: Backoff {
            first: Duration::from_millis(20),
            most: Duration::from_millis(40),
        },
        ..Options::default()
    }
}

/// A reader, and the client that it asks with.
async fn reader(transport: Transport, options: &Options) -> (Storage, Client) {
    let client = Client::new(options.clone(), Arc::new(Tokens::anonymous())).unwrap();
    let storage = Storage::new(transport, &client).await;
    (storage.unwrap(), client)
}

/// A reader by gRPC of a new server.
async fn by_grpc(estate: Estate) -> (Storage, Grpc, Client) {
    let server = Grpc::start(estate);
    let options = options(&[("storage-grpc", server.endpoint())]);
    let (storage, client) = reader(Transport::Grpc, &options).await;
    (storage, server, client)
}

/// A reader by REST of a new server.
async fn by_rest(estate: Estate) -> (Storage, rest::Rest) {
    let server = rest::Rest::start(estate);
    let options = options(&[("storage", server.endpoint())]);
    (reader(Transport::Rest, &options).await.0, server)
}

/// All buckets of a project, with what came of the call.
async fn buckets(storage: &Storage, project: &str) -> (Vec<Value>, Result<Vec<String>, Trouble>) {
    let mut found = Vec::new();
    let result = storage.buckets(project, |bucket| found.push(bucket)).await;
    (found, result)
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test);
}
