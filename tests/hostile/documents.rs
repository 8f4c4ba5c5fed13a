//! Documents that are wrong in one known way: what is wrong is named with its place, and the rest is judged.

use super::{PUBLIC, UNVERSIONED, found, gaps, lint, report, report_on};
use std::io::Write;

const PUBLIC_RULE: &str = "gcs-public-iam";
const VERSIONING_RULE: &str = "gcs-versioning-disabled";

/// `bad` between good lines, before them and behind them: the good ones are judged in each case.
/// Returns the report where it stands in the middle, on line 2.
fn among_lines(bad: &[u8]) -> serde_json::Value {
    let (public, unversioned) = (PUBLIC.as_bytes(), UNVERSIONED.as_bytes());
    let lines = |order: [&[u8]; 3]| [order.join(&b'\n'), b"\n".to_vec()].concat();
    for (where_, text) in [
        ("first", lines([bad, public, unversioned])),
        ("last", lines([public, unversioned, bad])),
    ] {
        let (_, told) = report(&text);
        let shown = String::from_utf8_lossy(&bad[..bad.len().min(60)]).into_owned();
        assert!(found(&told, PUBLIC_RULE), "{where_}: {shown}: {told:#}");
        assert!(found(&told, VERSIONING_RULE), "{where_}: {shown}");
    }
    let (_, told) = report(&lines([public, bad, unversioned]));
    assert!(found(&told, PUBLIC_RULE) && found(&told, VERSIONING_RULE));
    told
}

fn deep(levels: usize) -> String {
    format!(
        r#"{{"name":"x","assetType":"storage.googleapis.com/Bucket","resource":{{"data":{}1{}}}}}"#,
        r#"{"a":["#.repeat(levels / 2),
        "]}".repeat(levels / 2)
    )
}

#[test]
fn a_bad_line_does_not_cost_the_others() {
    let told = among_lines(br#"{"name": "x", "assetType": "storage"#);
    assert_eq!(gaps(&told, "invalid").first().unwrap().0, 2);
    let told = among_lines(b"{\"name\": \"caf\xe9\", \"assetType\": \"a/B\"}");
    assert_eq!(gaps(&told, "invalid"), [(2, 14)]);
    let told = among_lines(deep(10_000).as_bytes());
    assert_eq!(gaps(&told, "too-large"), [(2, 1)]);
    let told = among_lines(b"{\"name\": \"a\0b\", \"assetType\": \"a/B\"}");
    assert_eq!(gaps(&told, "invalid").first().unwrap().0, 2);
    let told = among_lines(br#"{"name":"x","assetType":"storage.googleapis.com/Bucket","resource":{"data":{"retentionPolicy":{"retentionPeriod":1e999}}}}"#);
    assert!(told["gaps"].as_array().is_some_and(|gaps| !gaps.is_empty()));
    among_lines(b"{}");
    among_lines(b"{");
    among_lines(b"{\"a\":");
    among_lines(b"{\"a\": [1,");
    among_lines(b"{\"a\" what?");
    for odd in [
        &b"null"[..],
        b"[]",
        b"what?",
        b"-",
        b"}",
        b"\xff\xfe",
        b"\0",
    ] {
        let text = [PUBLIC.as_bytes(), odd, UNVERSIONED.as_bytes()].join(&b'\n');
        let (_, told) = report(&text);
        assert!(
            found(&told, PUBLIC_RULE) && found(&told, VERSIONING_RULE),
            "{odd:?}"
        );
    }
}

#[test]
fn deep_documents_are_refused() {
    for text in [
        deep(10_000),
        format!("[{}]", deep(10_000)),
        "[".repeat(10_000),
        "{\"a\":".repeat(10_000),
        format!("bindings:{}x", "\n- ".repeat(10_000)),
        format!("bindings: {}", "[".repeat(10_000)),
        (0..10_000)
            .map(|n| format!("{}a:\n", " ".repeat(n)))
            .collect(),
        format!("{}x", "- ".repeat(10_000)),
        format!("{}x", "? ".repeat(10_000)),
        format!("bindings: {}", "&a [".repeat(10_000)),
    ] {
        let output = lint(&["-", "--format", "json"], text.as_bytes());
        let shown: String = text.chars().take(40).collect();
        assert_eq!(output.status.code(), Some(3), "{shown}");
    }
}

#[test]
fn aliases_of_yaml_do_not_multiply() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..30 {
        let before = format!("*a{}", n - 1);
        let list = vec![before; 9].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    text.push_str("bindings: *a29\n");
    let output = lint(&["-"], text.as_bytes());
    assert_eq!(output.status.code(), Some(3));
}

/// Numbers that no type holds are unknown to a rule or invalid, and what stands beside them is judged.
#[test]
fn numbers_beyond_all_types() {
    let long = "9".repeat(5_000);
    for number in [
        "1e999",
        "-1e999",
        "1e-999",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1e1000000000",
        "1E+400",
        "123456789012345678901234567890",
        &long,
    ] {
        let asset = |data: &str| {
            format!(
                r#"{{"name":"//storage.googleapis.com/b","assetType":"storage.googleapis.com/Bucket","resource":{{"data":{data}}}}}"#
            )
        };
        let data = format!(
            r#"{{"softDeletePolicy":{{"retentionDurationSeconds":{number}}},"projectNumber":{number}}}"#
        );
        let policy = format!(
            r#"{{"name":"//cloudresourcemanager.googleapis.com/projects/1","assetType":"cloudresourcemanager.googleapis.com/Project","iamPolicy":{{"version":{number},"bindings":[]}}}}"#
        );
        let lines = format!("{}\n{policy}\n{PUBLIC}\n", asset(&data));
        let told = report_on(&[
            &lines,
            &format!("[{},{PUBLIC}]", asset(&data)),
            &format!("[{policy},{PUBLIC}]"),
            &format!("version: {number}\nbindings:\n- role: roles/viewer\n"),
        ]);
        assert!(found(&told, PUBLIC_RULE), "{number}: {told:#}");
    }
}

/// Whoever spells a key twice gets an answer, and what one spelling exposes is not lost in a stream of assets.
#[test]
fn keys_that_stand_twice() {
    let asset = |rest: &str| {
        format!(
            r#"{{"name":"//storage.googleapis.com/acme-open","assetType":"storage.googleapis.com/Bucket",{rest}}}"#
        )
    };
    let on = r#""versioning":{"enabled":true}"#;
    let off = r#""versioning":{"enabled":false}"#;
    let closed =
        r#""bindings":[{"role":"roles/storage.objectViewer","members":["user:a@acme.example"]}]"#;
    let open = r#""bindings":[{"role":"roles/storage.objectViewer","members":["allUsers"]}]"#;
    for (first, second) in [(on, off), (off, on)] {
        let line = asset(&format!(r#""resource":{{"data":{{{first},{second}}}}}"#));
        let (_, told) = report(format!("{line}\n{PUBLIC}\n").as_bytes());
        let unknown = told["gaps"].as_array().unwrap().iter().any(|gap| {
            let rules = gap["rules"].as_array().unwrap();
            gap["reason"] == "value-unknown" && rules.iter().any(|rule| rule == VERSIONING_RULE)
        });
        assert!(found(&told, VERSIONING_RULE) || unknown, "{told:#}");
        lint(&["-"], format!("[{line}]").as_bytes());
    }
    for (first, second) in [(closed, open), (open, closed)] {
        let line = asset(&format!(r#""iamPolicy":{{{first},{second}}}"#));
        let (_, told) = report(format!("{line}\n{UNVERSIONED}\n").as_bytes());
        assert!(found(&told, PUBLIC_RULE), "{told:#}");
        lint(&["-"], format!("[{line}]").as_bytes());
    }
    for twice in [
        r#"{"name":"a","name":"b","assetType":"storage.googleapis.com/Bucket","assetType":"x/Y","iamPolicy":{}}"#,
        r#"{"assetType":1,"assetType":"x/Y","name":"b","iamPolicy":null,"iamPolicy":{"bindings":{}}}"#,
        r#"{"name":"b","assetType":"storage.googleapis.com/Bucket","iamPolicy":{"bindings":[{"role":"roles/a","role":"roles/b","members":["allUsers"],"members":[]}]}}"#,
    ] {
        report_on(&[
            &format!("{twice}\n{PUBLIC}\n"),
            &format!("[{twice}]"),
            twice,
        ]);
    }
}

/// A byte order mark, Windows ends of line and a missing last one change nothing, not even places.
#[test]
fn marks_and_ends_of_lines() {
    let plain = format!("{PUBLIC}\n{UNVERSIONED}\n");
    let places = |text: &[u8]| {
        let (_, told) = report(text);
        let findings = told["findings"].as_array().unwrap().clone();
        let place = |finding: &serde_json::Value| {
            (
                finding["rule"].clone(),
                finding["location"].clone(),
                finding["fingerprint"].clone(),
            )
        };
        findings.iter().map(place).collect::<Vec<_>>()
    };
    let expected = places(plain.as_bytes());
    assert!(expected.len() >= 2);
    let marked = format!("\u{feff}{plain}");
    for text in [
        marked.clone(),
        plain.replace('\n', "\r\n"),
        marked.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
    ] {
        assert_eq!(places(text.as_bytes()), expected, "{:?}", &text[..5]);
    }
    let array = format!("[\n{PUBLIC},\n{UNVERSIONED}\n]\n");
    let expected = places(array.as_bytes());
    assert!(expected.len() >= 2);
    assert_eq!(places(array.replace('\n', "\r\n").as_bytes()), expected);
    assert_eq!(places(format!("\u{feff}{array}").as_bytes()), expected);
    let yaml = "bindings:\n- members:\n  - allUsers\n  role: roles/owner\n";
    let expected = places(yaml.as_bytes());
    assert_eq!(places(yaml.replace('\n', "\r\n").as_bytes()), expected);
    assert_eq!(places(format!("\u{feff}{yaml}").as_bytes()), expected);
}

#[test]
fn what_is_cut_off_is_said() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let text = format!("{PUBLIC}\n{UNVERSIONED}\n").repeat(2_000);
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    for cut in [2, 5, 10, 18, gzip.len() / 2, gzip.len() - 8, gzip.len() - 1] {
        let (code, told) = report(&gzip[..cut]);
        assert_eq!(code, 3, "cut at {cut}");
        assert!(
            !told["coverage"]["complete"].as_bool().unwrap(),
            "cut at {cut}"
        );
    }
    let mut broken = gzip.clone();
    let middle = broken.len() / 2;
    broken[middle..middle + 20].fill(0xAA);
    assert_eq!(report(&broken).0, 3);
    let (_, whole) = report(&gzip);
    assert!(whole["coverage"]["complete"].as_bool().unwrap());
    // Rubbish behind the last member is not part of the export, but it is not silently dropped either.
    let tail = [gzip.as_slice(), b"rubbish"].concat();
    assert_eq!(report(&tail).0, 3);
    for text in [
        format!("[{PUBLIC},"),
        format!("[{PUBLIC}"),
        PUBLIC[..200].to_owned(),
    ] {
        let (code, told) = report(text.as_bytes());
        assert_eq!((code, gaps(&told, "invalid").len()), (3, 1), "{told:#}");
    }
}

/// Nothing at all is nothing we know.
#[test]
fn emptiness() {
    report_on(&[
        "",
        " ",
        "\n\n\n",
        "\u{feff}",
        "\0",
        "\0\0\0\0",
        "null",
        "0",
        "\"\"",
        "[]",
        "{}",
        "---\n---\n",
    ]);
}
