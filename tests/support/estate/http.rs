//! As much HTTP/1.1 as a client of Google's APIs speaks: keep-alive, `Content-Length`, encoded paths.

use super::percent::decode;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// As it was sent: path and query.
    pub target: String,
    /// The segments of the path, each decoded: what is encoded as `%2F` does not part segments.
    pub segments: Vec<String>,
    /// The decoded query.
    pub query: Vec<(String, String)>,
    /// JSON, or null.
    pub body: Value,
    /// Whether it said who asks.
    pub authorized: bool,
    /// `x-goog-user-project`.
    pub quota_project: Option<String>,
}

impl Request {
    /// A request, read from what was sent.
    pub fn new(method: &str, target: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix('/').unwrap_or(path);
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        };
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            segments: path.split('/').map(|one| decode(one, false)).collect(),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(pair)
                .collect(),
            ..Request::default()
        }
    }

    /// A parameter of the query; the first, if it comes more than once.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every value of a repeated parameter.
    pub fn parameters<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        let all = self.query.iter().filter(move |(key, _)| key == name);
        all.map(|(_, value)| value.as_str())
    }

    /// The service: the first segment.
    pub fn service(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }

    /// What follows the service, decoded; a slash within a segment is kept encoded, so that segments can be told apart.
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(self.target.len());
        for segment in self.segments.iter().skip(1) {
            path.push('/');
            path.push_str(&segment.replace('/', "%2F"));
        }
        path
    }
}

/// What goes over the wire.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it goes wrong on its way.
    pub mishap: Option<Mishap>,
}

/// What can happen to an answer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It comes this much later.
    Late(Duration),
    /// Its body comes byte by byte, with this long between two.
    Trickle(Duration),
    /// Its body ends half way, and the connection with it.
    Cut,
    /// The connection is reset before anything was answered.
    Reset,
}

/// Serves one connection, request by request, until the other side goes.
pub fn serve(stream: TcpStream, answer: impl Fn(&Request) -> Reply) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(120)));
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::with_capacity(16 << 10, stream);
    let (mut line, mut out) = (String::new(), Vec::new());
    while let Some(request) = read(&mut reader, &mut line) {
        let reply = answer(&request);
        match reply.mishap {
            Some(Mishap::Reset) => return reset(reader.into_inner(), writer),
            Some(Mishap::Late(time)) => std::thread::sleep(time),
            _ => {}
        }
        match respond(&mut writer, &reply, &mut out) {
            Ok(true) => {}
            _ => return,
        }
    }
}

/// Closes so that the other side sees a reset, not an end: with no time to linger.
fn reset(reader: TcpStream, writer: TcpStream) {
    drop(reader);
    let socket = tokio::net::TcpSocket::from_std_stream(writer);
    let _ = socket.set_zero_linger();
}

fn read(reader: &mut impl BufRead, line: &mut String) -> Option<Request> {
    line.clear();
    reader.read_line(line).ok().filter(|&length| length > 0)?;
    let mut words = line.split_ascii_whitespace();
    let mut request = Request::new(words.next()?, words.next()?);
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(line).ok()?;
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        let (key, value) = header.split_once(':')?;
        if key.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        } else if key.eq_ignore_ascii_case("authorization") {
            request.authorized = true;
        } else if key.eq_ignore_ascii_case("x-goog-user-project") {
            request.quota_project = Some(value.trim().to_owned());
        }
    }
    if length > 0 {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        request.body = serde_json::from_slice(&body).unwrap_or_default();
    }
    Some(request)
}

/// Writes an answer; `false`: the connection ends with it.
fn respond(writer: &mut TcpStream, reply: &Reply, out: &mut Vec<u8>) -> io::Result<bool> {
    out.clear();
    write!(
        out,
        "HTTP/1.1 {} .\r\ncontent-type: application/json; charset=UTF-8\r\ncontent-length: {}\r\n",
        reply.status,
        reply.body.len()
    )?;
    for (key, value) in &reply.headers {
        write!(out, "{key}: {value}\r\n")?;
    }
    out.extend_from_slice(b"\r\n");
    match reply.mishap {
        Some(Mishap::Cut) => {
            out.extend_from_slice(&reply.body[..reply.body.len() / 2]);
            writer.write_all(out)?;
            writer.shutdown(std::net::Shutdown::Both)?;
            return Ok(false);
        }
        Some(Mishap::Trickle(pause)) => {
            writer.write_all(out)?;
            for byte in &reply.body {
                writer.write_all(&[*byte])?;
                std::thread::sleep(pause);
            }
        }
        _ => {
            out.extend_from_slice(&reply.body);
            writer.write_all(out)?;
        }
    }
    Ok(true)
}

/// A small client, so that the server can be tested by something that is not the product's.
pub struct Caller {
    address: std::net::SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

/// What a [`Caller`] got.
#[derive(Debug, Clone)]
pub struct Got {
    /// HTTP status.
    pub status: u16,
    /// In lower case.
    pub headers: Vec<(String, String)>,
    /// JSON, or null where it is none.
    pub body: Value,
}

impl Caller {
    /// A client of a server.
    pub fn new(address: std::net::SocketAddr) -> Caller {
        Caller {
            address,
            stream: None,
        }
    }

    /// `GET`.
    ///
    /// # Errors
    /// The connection broke, or the answer is not whole.
    pub fn get(&mut self, target: &str) -> io::Result<Got> {
        self.send("GET", target, &Value::Null)
    }

    /// `POST`.
    ///
    /// # Errors
    /// The connection broke, or the answer is not whole.
    pub fn post(&mut self, target: &str, body: &Value) -> io::Result<Got> {
        self.send("POST", target, body)
    }

    fn send(&mut self, method: &str, target: &str, body: &Value) -> io::Result<Got> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(30)))?;
                BufReader::new(stream)
            }
        };
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes())?;
        let got = receive(&mut stream)?;
        self.stream = Some(stream);
        Ok(got)
    }
}

fn receive(stream: &mut BufReader<TcpStream>) -> io::Result<Got> {
    let broken = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split_ascii_whitespace().nth(1);
    let status = status.and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| broken("no status"))?;
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((key, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let (key, value) = (key.to_ascii_lowercase(), value.trim().to_owned());
        if key == "content-length" {
            length = value.parse().map_err(|_| broken("length"))?;
        }
        headers.push((key, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Got {
        status,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}
