//! As much HTTP as gcloud speaks.

use super::percent::decode;
use super::{Answer, Cloud};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// As it was sent: path and query.
    pub target: String,
    /// Decoded, without the leading slash and the query.
    pub path: String,
    /// The decoded query.
    pub query: Vec<(String, String)>,
    /// JSON, or null.
    pub body: Value,
}

/// A request and how it was answered, as it is kept in a file.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct Recorded {
    /// `GET`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// JSON, or null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The status of the answer.
    pub status: u16,
}

impl Recorded {
    /// Takes a request down.
    pub fn of(request: &Request, status: u16) -> Recorded {
        Recorded {
            method: request.method.clone(),
            target: request.target.clone(),
            body: request.body.clone(),
            status,
        }
    }
}

impl Request {
    /// A request, read from what was sent.
    pub fn new(method: &str, target: &str, body: Value) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // gcloud encodes some names twice.
        let mut decoded = path.trim_start_matches('/').to_owned();
        loop {
            let again = decode(&decoded, false);
            if again == decoded {
                break;
            }
            decoded = again;
        }
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        };
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            path: decoded,
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(pair)
                .collect(),
            body,
        }
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it is to change something.
    pub fn writes(&self) -> bool {
        match self.method.as_str() {
            "GET" => false,
            "POST" => !["getIamPolicy", "queryTestablePermissions", "getAncestry"]
                .iter()
                .any(|read| self.path.ends_with(read)),
            _ => true,
        }
    }
}

/// Serves one connection, request by request.
pub fn serve(stream: TcpStream, cloud: &Cloud) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let answer = cloud.state().answer(&request);
        if respond(&mut writer, &answer).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|&length| length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim();
        if header.is_empty() {
            break;
        }
        let (key, value) = header.split_once(':')?;
        if key.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Request::new(&method, &target, body))
}

fn respond(writer: &mut impl Write, answer: &Answer) -> std::io::Result<()> {
    let body = answer.body.to_string();
    let (status, length) = (answer.status, body.len());
    let head = format!(
        "HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    writer.write_all(head.as_bytes())?;
    writer.write_all(body.as_bytes())?;
    writer.flush()
}

/// Sends a request that was taken down before, and says what became of it.
pub fn ask(address: SocketAddr, recorded: &Recorded) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    let body = match &recorded.body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let Recorded { method, target, .. } = recorded;
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line
        .split_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("no status"))
}
