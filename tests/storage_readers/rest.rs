//! The JSON API of Cloud Storage for tests: as much of it as a scan asks, from the estate of the gRPC server.

use crate::grpc::{Asked, Estate, Kind};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running server. It ends with the process.
#[derive(Debug, Clone)]
pub struct Rest {
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
    /// Paths and queries, as they were sent.
    pub targets: Vec<String>,
}

impl Rest {
    /// Starts a server on a free port of the loopback interface.
    pub fn start(estate: Estate) -> Rest {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Rest {
            state: Arc::new(Mutex::new(State {
                estate,
                ..State::default()
            })),
            address: listener.local_addr().unwrap(),
        };
        let served = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = served.clone();
                std::thread::spawn(move || serve(stream, &server));
            }
        });
        server
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it holds now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(stream: TcpStream, server: &Rest) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return;
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        loop {
            let mut header = String::new();
            let length = reader.read_line(&mut header).unwrap_or_default();
            if length == 0 || header.trim().is_empty() {
                break;
            }
        }
        let (status, body) = answer(server, &target);
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if writer.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(server: &Rest, target: &str) -> (u16, Value) {
    let mut state = server.state();
    state.targets.push(target.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameter = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(key, _)| *key == name);
        found
            .next()
            .map(|(_, value)| decoded(value))
            .unwrap_or_default()
    };
    let segments: Vec<String> = path.split('/').skip(3).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (method, about, size) = match segments.as_slice() {
        ["b"] => ("ListBuckets", parameter("project"), "maxResults"),
        ["b", bucket, "iam"] => (
            "GetIamPolicy",
            (*bucket).to_owned(),
            "optionsRequestedPolicyVersion",
        ),
        ["b", bucket, "managedFolders"] => ("ListManagedFolders", (*bucket).to_owned(), "pageSize"),
        ["b", bucket, "managedFolders", folder, "iam"] => (
            "GetIamPolicy",
            format!("{bucket}/managedFolders/{folder}"),
            "optionsRequestedPolicyVersion",
        ),
        ["projects", project, "hmacKeys"] => ("ListHmacKeys", (*project).to_owned(), "maxResults"),
        _ => return refused(404, "notFound", "Not Found"),
    };
    let asked = Asked {
        method: method.to_owned(),
        about: about.clone(),
        token: parameter("pageToken"),
        number: parameter(size).parse().unwrap_or_default(),
        full: parameter("projection") == "full",
    };
    state.asked.push(asked.clone());
    match state.estate.fault(&asked) {
        None => {}
        Some(Kind::Denied(permission) | Kind::DeniedInWords(permission)) => {
            let message = format!(
                "scanner@acme.example does not have {permission} access to {about}. Permission '{permission}' denied on resource (or it may not exist)."
            );
            return refused(403, "forbidden", &message);
        }
        Some(Kind::Exhausted) => return refused(429, "rateLimitExceeded", "Slow down"),
        Some(Kind::TokenRefused) => return refused(400, "invalid", "Invalid page token"),
        Some(_) => return refused(503, "backendError", "Backend is down"),
    }
    let estate = &state.estate;
    let elements = match method {
        "GetIamPolicy" => {
            return match estate.policy(&asked) {
                Some(mut policy) => {
                    policy["kind"] = json!("storage#policy");
                    policy["resourceId"] = json!(format!("projects/_/buckets/{about}"));
                    (200, policy)
                }
                None => refused(404, "notFound", "The specified bucket does not exist."),
            };
        }
        "ListBuckets" => estate.buckets.get(&about).cloned(),
        "ListManagedFolders" => estate.folders.get(&about).cloned(),
        _ => estate.keys.get(&about).cloned(),
    };
    let mut elements = elements.unwrap_or_default();
    for element in &mut elements {
        decorate(element, method, asked.full, &about);
    }
    let Some(page) = estate.page(&elements, &asked) else {
        return refused(400, "invalid", "Invalid page token");
    };
    let mut list = json!({ "kind": "storage#list" });
    // An empty list is left out.
    if !page.elements.is_empty() {
        list["items"] = Value::from(page.elements);
    }
    if !page.next.is_empty() {
        list["nextPageToken"] = Value::from(page.next);
    }
    if let Some(names) = estate.unreachable.get(&about)
        && parameter("returnPartialSuccess") == "true"
    {
        list["unreachable"] = json!(names);
    }
    (200, list)
}

/// What only this API says.
fn decorate(element: &mut Value, method: &str, full: bool, about: &str) {
    let name = element["name"].clone();
    match method {
        "ListBuckets" => {
            element["kind"] = json!("storage#bucket");
            element["id"] = name.clone();
            element["selfLink"] = json!("https://www.googleapis.com/storage/v1/b/x");
            element["etag"] = json!("CAc=");
            element["generation"] = json!("1700000000000000000");
            element["satisfiesPZI"] = json!(true);
            let uniform = element.pointer("/iamConfiguration/uniformBucketLevelAccess");
            if let Some(uniform) = uniform.cloned() {
                element["iamConfiguration"]["bucketPolicyOnly"] = uniform;
            }
            for list in ["acl", "defaultObjectAcl"] {
                if !full {
                    element.as_object_mut().unwrap().remove(list);
                }
                let entries = element.get_mut(list).and_then(Value::as_array_mut);
                for entry in entries.into_iter().flatten() {
                    entry["kind"] = json!("storage#accessControl");
                    entry["bucket"] = name.clone();
                    entry["etag"] = json!("CAc=");
                    entry["selfLink"] = json!("https://www.googleapis.com/storage/v1/b/x/acl/y");
                }
            }
            if !full {
                element.as_object_mut().unwrap().remove("owner");
            }
        }
        "ListManagedFolders" => {
            element["kind"] = json!("storage#managedFolder");
            element["bucket"] = json!(about);
            element["id"] = json!(format!("{about}/{}", name.as_str().unwrap()));
            element["selfLink"] = json!("https://www.googleapis.com/storage/v1/b/x");
        }
        _ => {}
    }
}

fn refused(status: u16, reason: &str, message: &str) -> (u16, Value) {
    let errors = json!([{ "message": message, "domain": "global", "reason": reason }]);
    let body = json!({ "error": { "code": status, "message": message, "errors": errors } });
    (status, body)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            byte => byte,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).unwrap()
}
