//! A server on this machine that answers as a script says, over real sockets.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // every test binary uses its part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub at: Instant,
    pub method: String,
    /// Path and query, still encoded.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// How many bytes of the body are sent before the connection ends.
    cut: Option<usize>,
    delay: Duration,
}

pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.into(),
        cut: None,
        delay: Duration::ZERO,
    }
}

/// A page of a list.
pub fn page(item: &str, next: &str) -> Answer {
    let body = format!(r#"{{"items":["{item}"],"nextPageToken":"{next}"}}"#);
    answer(200, body)
}

impl Answer {
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn cut_after(mut self, bytes: usize) -> Answer {
        self.cut = Some(bytes);
        self
    }

    pub fn after(mut self, delay: Duration) -> Answer {
        self.delay = delay;
        self
    }
}

/// The server; it ends with the value.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
}

impl Server {
    /// `script` says what the n-th request, from 0, is answered with.
    pub fn start(script: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Server {
            address,
            asked: Arc::default(),
            over: Arc::default(),
        };
        let (asked, over) = (Arc::clone(&server.asked), Arc::clone(&server.over));
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (asked, script) = (Arc::clone(&asked), Arc::clone(&script));
                thread::spawn(move || serve(stream.unwrap(), &asked, &*script));
            }
        });
        server
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

fn serve(
    mut stream: TcpStream,
    asked: &Mutex<Vec<Asked>>,
    script: &(dyn Fn(usize, &Asked) -> Answer + Send + Sync),
) {
    let Some(request) = read(&stream) else { return };
    let number = {
        let mut asked = asked.lock().unwrap();
        asked.push(request.clone());
        asked.len() - 1
    };
    let answer = script(number, &request);
    thread::sleep(answer.delay);
    let mut head = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", answer.status);
    let length = ("content-length".to_owned(), answer.body.len().to_string());
    for (name, value) in answer.headers.iter().chain([&length]) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let sent = answer.cut.unwrap_or(answer.body.len());
    // A client that went away is part of some scripts.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&answer.body[..sent]);
    let _ = stream.flush();
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_lowercase(), value.trim().to_owned()));
            }
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        at: Instant::now(),
        method,
        target,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
