//! A loopback HTTP server that does as it is told and remembers what it was asked.
#![allow(dead_code)] // every test binary uses its part

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    /// The body as it came.
    pub(crate) text: String,
    /// JSON, or null.
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| &**value)
    }
}

/// What is answered.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    delay: Duration,
    cut: bool,
}

impl Answer {
    pub(crate) fn text(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
            delay: Duration::ZERO,
            cut: false,
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Answer {
        Answer::text(status, &body.to_string()).header("content-type", "application/json")
    }

    /// The connection is closed instead.
    pub(crate) fn cut() -> Answer {
        Answer {
            cut: true,
            ..Answer::text(0, "")
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn after(self, delay: Duration) -> Answer {
        Answer { delay, ..self }
    }
}

/// A running server. It ends with the process.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers the n-th request, from 0 on.
    pub(crate) fn start(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
        Server::answering(move |_, n| answer(n))
    }

    pub(crate) fn answering(
        answer: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Server {
            address,
            seen: Arc::clone(&seen),
        };
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                std::thread::spawn(move || serve(&stream, &*answer, &seen));
            }
        });
        server
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&Seen, usize) -> Answer, seen: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let answer = answer(&request, number);
        std::thread::sleep(answer.delay);
        if answer.cut || respond(stream, &answer).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Seen> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|&length| length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((key, value)) = header.trim().split_once(':') else {
            break;
        };
        headers.push((key.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(key, _)| key == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Some(Seen {
        method,
        target,
        headers,
        text,
        body,
    })
}

fn respond(mut stream: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} .\r\n", answer.status);
    for (key, value) in &answer.headers {
        head.push_str(&format!("{key}: {value}\r\n"));
    }
    let length = answer.body.len();
    write!(
        stream,
        "{head}content-length: {length}\r\n\r\n{}",
        answer.body
    )?;
    stream.flush()
}

/// Percent-decoded; what is not encoded stays.
fn decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        plain.push(char::from(u8::from_str_radix(hex, 16).unwrap()));
        plain.push_str(rest);
    }
    plain
}

/// The findings of a source, by name.
pub(crate) type Stored = Arc<Mutex<BTreeMap<String, Value>>>;

/// As much of Security Command Center as is asked: lists what a source holds, five a page, and takes changes. Immutable
/// fields cannot be changed, and a mask is refused where there is nothing to change.
pub(crate) fn console(source: &'static str) -> (Server, Stored) {
    const PAGE: usize = 5;
    let stored: Stored = Arc::default();
    let held = Arc::clone(&stored);
    let server = Server::answering(move |request, _| {
        let mut held = held.lock().unwrap();
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let path = path.strip_prefix("/v1/").unwrap();
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(key, _)| *key == name);
            found.map(|(_, value)| decode(value))
        };
        if request.method == "GET" && path == format!("{source}/findings") {
            assert_eq!(parameter("filter").as_deref(), Some("state=\"ACTIVE\""));
            let active: Vec<&Value> = held
                .values()
                .filter(|finding| finding["state"] == "ACTIVE")
                .collect();
            let from: usize = parameter("pageToken").map_or(0, |token| token.parse().unwrap());
            let page = active.iter().skip(from).take(PAGE);
            let results: Vec<Value> = page.map(|finding| json!({ "finding": finding })).collect();
            let next = from + PAGE;
            let token = if next < active.len() {
                next.to_string()
            } else {
                String::new()
            };
            return Answer::json(
                200,
                &json!({ "listFindingsResults": results, "nextPageToken": token }),
            );
        }
        assert_eq!(request.method, "PATCH");
        assert!(path.starts_with(&format!("{source}/findings/")), "{path}");
        let mask = parameter("updateMask");
        let known = held.get(path).cloned();
        if known.is_none() && mask.is_some() {
            return Answer::json(404, &json!({ "error": { "code": 404 } }));
        }
        let mut finding = known.unwrap_or_else(|| json!({ "name": path }));
        for (field, value) in request.body.as_object().unwrap() {
            let chosen = mask
                .as_ref()
                .is_none_or(|mask| mask.split(',').any(|name| name == field));
            if chosen {
                finding[field] = value.clone();
            }
        }
        held.insert(path.to_owned(), finding.clone());
        Answer::json(200, &finding)
    });
    (server, stored)
}
