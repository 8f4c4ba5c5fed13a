//! The REST reader against a server that nobody here wrote: `gcp-storage-emulator` of PyPI, where it is installed.

use super::{buckets, options, reader, run};
use leastwise::sources::live::storage::{Storage, Transport};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running emulator. It ends with the test.
struct Emulator {
    child: Child,
    address: String,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulator {
    /// Starts it in memory, or says why not. `LEASTWISE_STORAGE_EMULATOR_PYTHON` names a Python that has the package.
    fn start() -> Result<Emulator, String> {
        let named = std::env::var_os("LEASTWISE_STORAGE_EMULATOR_PYTHON");
        let python = named.map_or_else(|| PathBuf::from("python3"), PathBuf::from);
        let there = Command::new(&python)
            .args(["-c", "import gcp_storage_emulator"])
            .stderr(Stdio::null())
            .status();
        match there {
            Err(error) => return Err(format!("{}: {error}", python.display())),
            Ok(status) if !status.success() => {
                return Err(format!("{} has no gcp-storage-emulator", python.display()));
            }
            Ok(_) => {}
        }
        let free = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = free.local_addr().map_err(|error| error.to_string())?.port();
        drop(free);
        let child = Command::new(python)
            .args(["-m", "gcp_storage_emulator", "start", "--host", "127.0.0.1"])
            .args(["--port", &port.to_string(), "--in-memory", "--quiet"])
            .args(["--project-number", "417000000021"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut emulator = Emulator {
            child,
            address: format!("127.0.0.1:{port}"),
        };
        let started = Instant::now();
        while std::net::TcpStream::connect(&emulator.address).is_err() {
            if let Ok(Some(status)) = emulator.child.try_wait() {
                return Err(format!("it ended with {status}"));
            }
            if started.elapsed() > Duration::from_secs(30) {
                return Err("it does not listen after 30 s".to_owned());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(emulator)
    }

    /// Sends JSON, and gives back the answer's.
    async fn send(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}/storage/v1/{path}", self.address);
        let request = client.request(method, url).body(body.to_string());
        let answer = request.header("content-type", "application/json").send();
        let answer = answer.await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

/// The emulator with a reader of it, or nothing, said aloud.
async fn emulator() -> Option<(Emulator, Storage)> {
    let emulator = match Emulator::start() {
        Ok(emulator) => emulator,
        Err(why) => {
            eprintln!("SKIPPED, the emulator of Cloud Storage cannot be started: {why}");
            return None;
        }
    };
    let options = options(&[("storage", format!("http://{}", emulator.address))]);
    let (storage, _client) = reader(Transport::Rest, &options).await;
    Some((emulator, storage))
}

#[test]
fn what_was_set_in_the_emulator_is_read() {
    run(async {
        let Some((emulator, storage)) = emulator().await else {
            return;
        };
        assert_eq!(
            buckets(&storage, "acme-ml").await,
            (Vec::new(), Ok(Vec::new()))
        );
        for name in ["acme-train-raw", "acme.models_1"] {
            let body = json!({ "name": name });
            emulator
                .send(reqwest::Method::POST, "b?project=acme-ml", &body)
                .await;
        }
        let settings = json!({
            "iamConfiguration": {
                "uniformBucketLevelAccess": { "enabled": true }, "publicAccessPrevention": "enforced",
            },
            "versioning": { "enabled": true },
            "labels": { "data_class": "restricted" },
            "encryption": { "defaultKmsKeyName": "projects/acme-keys/locations/eu/keyRings/r/cryptoKeys/k" },
            "logging": { "logBucket": "acme-access-logs" },
            "retentionPolicy": { "retentionPeriod": "86400" },
            "softDeletePolicy": { "retentionDurationSeconds": "0" },
            "lifecycle": { "rule": [{ "action": { "type": "Delete" }, "condition": { "age": 30 } }] },
        });
        emulator
            .send(reqwest::Method::PATCH, "b/acme-train-raw", &settings)
            .await;
        let lists = json!({
            "acl": [{ "entity": "allUsers", "role": "READER" }],
            "defaultObjectAcl": [{ "entity": "allAuthenticatedUsers", "role": "READER" }],
        });
        emulator
            .send(reqwest::Method::PATCH, "b/acme.models_1", &lists)
            .await;

        let (found, told) = buckets(&storage, "acme-ml").await;
        assert_eq!(told, Ok(Vec::new()));
        let [raw, models] = found.as_slice() else {
            panic!("{found:#?}");
        };
        assert_eq!(
            (&raw["name"], &raw["projectNumber"]),
            (&json!("acme-train-raw"), &json!("417000000021"))
        );
        for (key, setting) in settings.as_object().unwrap() {
            match key.as_str() {
                // A switch that was not set is said to be off.
                "retentionPolicy" => assert_eq!(
                    raw[key],
                    json!({ "retentionPeriod": "86400", "isLocked": false })
                ),
                _ => assert_eq!(raw[key], *setting, "{key}"),
            }
        }
        // Under uniform access there are no lists, and an empty one would be no fact.
        assert_eq!(
            (raw.get("acl"), raw.get("etag"), raw.get("kind")),
            (None, None, None)
        );
        assert_eq!(
            models["acl"],
            json!([{ "entity": "allUsers", "role": "READER" }])
        );
        assert_eq!(
            models["defaultObjectAcl"][0]["entity"],
            "allAuthenticatedUsers"
        );
        assert_eq!(
            models["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"],
            false
        );
    });
}

#[test]
fn policies_of_the_emulator_are_read() {
    run(async {
        let Some((emulator, storage)) = emulator().await else {
            return;
        };
        let body = json!({ "name": "acme.models_1" });
        emulator
            .send(reqwest::Method::POST, "b?project=acme-ml", &body)
            .await;
        let none = storage.policy("acme.models_1").await.unwrap();
        assert_eq!(none["bindings"], json!([]));
        let policy = json!({
            "version": 3, "etag": "CAk=",
            "bindings": [
                { "role": "roles/storage.objectViewer", "members": ["allUsers"] },
                { "role": "roles/storage.objectAdmin", "members": ["group:ml@acme.example"],
                  "condition": { "title": "until summer", "expression": "request.time < timestamp('2027-06-01T00:00:00Z')" } },
            ],
        });
        emulator
            .send(reqwest::Method::PUT, "b/acme.models_1/iam", &policy)
            .await;
        assert_eq!(storage.policy("acme.models_1").await.unwrap(), policy);
        assert!(storage.policy("acme-gone").await.is_err());
    });
}
