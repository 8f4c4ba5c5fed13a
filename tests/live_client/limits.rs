//! Time-outs, sizes, budgets, cancellation: where a call ends whatever the API does.

use super::script::answer;
use super::{ask, client, get, options, script};
use leastwise::sources::live::TroubleKind;
use leastwise::sources::live::client::Options;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_slow_server_times_out() {
    let slow = answer(200, "{}").after(Duration::from_millis(900));
    let server = script(vec![slow]);
    let client = client(Options {
        attempt_timeout: Duration::from_millis(80),
        attempts: 2,
        ..options(&server)
    });
    let trouble = client.call(&get()).await.unwrap_err();
    assert_eq!((trouble.kind, trouble.attempts), (TroubleKind::TimedOut, 2));
}

#[tokio::test]
async fn a_call_has_an_end_whatever_its_attempts() {
    let slow = answer(200, "{}").after(Duration::from_secs(3));
    let server = script(vec![slow]);
    let client = client(Options {
        call_timeout: Duration::from_millis(100),
        ..options(&server)
    });
    let begin = Instant::now();
    let trouble = client.call(&get()).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_answer_has_a_largest_size_also_when_it_is_compressed() {
    let zipped = |text: &str| {
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(text.as_bytes()).unwrap();
        answer(200, zip.finish().unwrap()).with("content-encoding", "gzip")
    };
    let server = script(vec![zipped(r#"{"name":"zipped"}"#)]);
    assert_eq!(ask(&server).await.0, Ok(json!({"name": "zipped"})));
    assert!(
        server.asked()[0]
            .header("accept-encoding")
            .unwrap()
            .contains("gzip")
    );
    let bomb = format!(r#"{{"a":"{}"}}"#, "a".repeat(1 << 20));
    let server = script(vec![zipped(&bomb)]);
    let client = client(Options {
        answer_limit: 1 << 16,
        ..options(&server)
    });
    let trouble = client.call(&get()).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Malformed);
    assert!(
        trouble.message.contains("larger than 65536 bytes"),
        "{trouble}"
    );
}

#[tokio::test]
async fn a_budget_spreads_calls() {
    let server = script(vec![answer(200, "{}")]);
    let minute = Duration::from_millis(500);
    let client = client(Options {
        minute,
        ..options(&server)
    });
    let mut request = get();
    request.budget = Some(("deny policies", 5));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (client, request) = (client.clone(), request.clone());
        running.spawn(async move { client.call(&request).await.unwrap() });
    }
    running.join_all().await;
    let at: Vec<Instant> = server.asked().iter().map(|asked| asked.at).collect();
    for (first, sixth) in at.iter().zip(at.iter().skip(5)) {
        assert!(
            *sixth - *first >= minute - Duration::from_millis(100),
            "{at:?}"
        );
    }
    assert!(at[11] - at[0] >= minute * 2 - Duration::from_millis(100));
}

#[tokio::test]
async fn cancelling_ends_what_runs_and_what_comes() {
    let slow = answer(200, "{}").after(Duration::from_secs(4));
    let server = script(vec![slow]);
    let client = client(options(&server));
    let stop = client.stop();
    let running = tokio::spawn({
        let client = client.clone();
        async move { client.call(&get()).await }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    let begin = Instant::now();
    stop.stop();
    let trouble = running.await.unwrap().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Cancelled);
    let later = client.call(&get()).await.unwrap_err();
    assert_eq!(later.kind, TroubleKind::Cancelled);
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn the_whole_has_an_end() {
    let slow = answer(200, "{}").after(Duration::from_secs(4));
    let server = script(vec![slow]);
    let client = client(Options {
        total_timeout: Some(Duration::from_millis(200)),
        ..options(&server)
    });
    let begin = Instant::now();
    for _ in 0..2 {
        let trouble = client.call(&get()).await.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Cancelled);
    }
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn offline_opens_no_socket() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let client = client(Options {
        endpoints: BTreeMap::from([("*".to_owned(), address)]),
        offline: true,
        ..Options::default()
    });
    let trouble = client.call(&get()).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Offline);
    let ended = client.pages(&get(), |_| ()).await;
    assert_eq!(ended.unwrap_err().kind, TroubleKind::Offline);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(listener.accept().is_err(), "somebody connected");
    assert_eq!(client.requests(), 0);
}
