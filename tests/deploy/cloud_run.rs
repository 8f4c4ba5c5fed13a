//! The script of the Cloud Run job against a server that keeps objects with generations.

use super::place::Place;
use super::server::{Answer, Server};
use super::{root, told, tool};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::Output;
use std::sync::{Arc, Mutex};

/// Objects by name: generation and content.
type Objects = Arc<Mutex<BTreeMap<String, (u64, String)>>>;

/// The metadata server and Cloud Storage in one. A write with another generation than the stored one is refused.
fn cloud() -> (Server, Objects) {
    let objects: Objects = Arc::default();
    let held = Arc::clone(&objects);
    let server = Server::answering(move |request, _| {
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        if path == "/computeMetadata/v1/instance/service-accounts/default/token" {
            assert_eq!(request.header("metadata-flavor"), Some("Google"));
            let token = json!({ "access_token": "t0ken-s3cret", "expires_in": 3599, "token_type": "Bearer" });
            return Answer::json(200, &token);
        }
        if request.header("authorization") != Some("Bearer t0ken-s3cret") {
            return Answer::json(401, &json!({}));
        }
        let mut held = held.lock().unwrap();
        if let Some(name) = path.strip_prefix("/storage/v1/b/state/o/") {
            let Some((generation, content)) = held.get(name) else {
                return Answer::json(404, &json!({ "error": { "code": 404 } }));
            };
            return match parameter("alt") {
                Some(_) => Answer::text(200, content),
                None => Answer::text(
                    200,
                    &format!("{{\n  \"generation\": \"{generation}\"\n}}\n"),
                ),
            };
        }
        assert_eq!(
            (&*request.method, path),
            ("POST", "/upload/storage/v1/b/state/o")
        );
        let name = parameter("name").unwrap();
        let generation = held.get(&name).map_or(0, |(generation, _)| *generation);
        let wanted = parameter("ifGenerationMatch").map(|text| text.parse::<u64>().unwrap());
        if wanted.is_some_and(|wanted| wanted != generation) {
            return Answer::json(412, &json!({ "error": { "code": 412 } }));
        }
        held.insert(name, (generation + 7, request.text.clone()));
        Answer::json(200, &json!({}))
    });
    (server, objects)
}

fn run(place: &Place, server: &Server, object: &str) -> Option<Output> {
    tool("curl", &["--version"])?;
    let address = server.url("");
    let host = address.trim_start_matches("http://");
    let variables = [
        ("STATE_BUCKET", "state"),
        ("STATE_OBJECT", object),
        ("STORAGE_ENDPOINT", &*address),
        ("GCE_METADATA_HOST", host),
    ];
    let script = root().join("deploy/cloud-run/run.sh");
    let arguments = ["scan", "--history", "history.db", "--organization", "1"];
    let output = place.run(&script, &arguments, &variables);
    assert!(!told(&output).contains("s3cret"), "{}", told(&output));
    Some(output)
}

/// A tool that adds a line to its history and leaves a snapshot, and ends with `code`.
fn remembers(place: &Place, code: i32) {
    place.program(
        "leastwise",
        &format!("echo \"run $(cat history.db 2>/dev/null | wc -l)\" >>history.db; echo seen >out/snapshot.ndjson; exit {code}"),
    );
}

#[test]
fn the_history_is_carried_from_run_to_run() {
    let (server, objects) = cloud();
    let place = Place::new();
    remembers(&place, 1);
    let Some(output) = run(&place, &server, "history.db") else {
        return;
    };
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("there is no history yet"));
    assert_eq!(
        place.calls("leastwise"),
        [["scan", "--history", "history.db", "--organization", "1"]]
    );
    remembers(&place, 0);
    let output = run(&place, &server, "history.db").unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let objects = objects.lock().unwrap();
    assert_eq!(objects["history.db"], (14, "run 0\nrun 1\n".to_owned()));
    assert_eq!(objects["snapshot.ndjson"].1, "seen\n");
}

#[test]
fn a_history_that_another_run_stored_meanwhile_is_not_overwritten() {
    let (server, objects) = cloud();
    let place = Place::new();
    objects
        .lock()
        .unwrap()
        .insert("history.db".to_owned(), (5, "old\n".to_owned()));
    let meanwhile = server.url("/upload/storage/v1/b/state/o?uploadType=media&name=history.db");
    place.program(
        "leastwise",
        &format!(
            "curl --silent --output other -H 'Authorization: Bearer t0ken-s3cret' --data-binary theirs '{meanwhile}'; rm other; echo mine >>history.db"
        ),
    );
    let Some(output) = run(&place, &server, "history.db") else {
        return;
    };
    assert_eq!(output.status.code(), Some(4));
    assert!(
        told(&output).contains("another run stored its history"),
        "{}",
        told(&output)
    );
    assert_eq!(objects.lock().unwrap()["history.db"].1, "theirs");
}

#[test]
fn nothing_is_stored_of_a_run_that_was_cut_off_or_changed_nothing() {
    let (server, objects) = cloud();
    let before = (5, "old\n".to_owned());
    objects
        .lock()
        .unwrap()
        .insert("history.db".to_owned(), before.clone());
    let place = Place::new();
    place.program(
        "leastwise",
        "echo half >>history.db; echo x >history.db-journal; exit 4",
    );
    let Some(output) = run(&place, &server, "history.db") else {
        return;
    };
    assert_eq!(output.status.code(), Some(4));
    assert!(told(&output).contains("cut off"));
    place.program("leastwise", "exit 3");
    let output = run(&place, &server, "history.db").unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert_eq!(objects.lock().unwrap()["history.db"], before);
}

#[test]
fn without_a_history_that_can_be_read_nothing_is_scanned() {
    let place = Place::new();
    remembers(&place, 0);
    let refuses = Server::answering(|request, _| match request.target.contains("token") {
        true => Answer::text(200, "{\"access_token\":\"t0ken-s3cret\"}"),
        false => Answer::text(403, "no"),
    });
    let Some(output) = run(&place, &refuses, "history.db") else {
        return;
    };
    assert_eq!(output.status.code(), Some(4));
    assert!(
        told(&output).contains("cannot be read: 403"),
        "{}",
        told(&output)
    );
    let silent = Server::answering(|_, _| Answer::text(404, ""));
    let output = run(&place, &silent, "history.db").unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(told(&output).contains("no token"));
    let (server, _) = cloud();
    for name in ["../x", "a b", "a?b", "..", "a/b"] {
        let output = run(&place, &server, name).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    assert!(place.calls("leastwise").is_empty());
}
