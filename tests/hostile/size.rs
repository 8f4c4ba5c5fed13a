//! Documents that are too large in one way or another: memory stays bounded.

use super::{PUBLIC, UNVERSIONED, found, leastwise, measured};
use std::io::Write;
use std::path::PathBuf;

/// The largest document that is held, its reader's copy, and the program with its rules.
const BOUND: u64 = 400;

fn file(name: &str, write: impl FnOnce(&mut dyn Write)) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    write(&mut out);
    out.flush().unwrap();
    path
}

/// Lints the file from standard input (spooled) and by name; prints and bounds the memory of both.
fn judge(path: &PathBuf, bound: u64) -> Vec<serde_json::Value> {
    let mut reports = Vec::new();
    for input in ["-".as_ref(), path.as_path()] {
        let mut command = leastwise();
        command
            .args(["--format", "json", "--threads", "2"])
            .arg(input);
        let started = std::time::Instant::now();
        let (output, peak) = measured(&mut command, path);
        let name = path.file_name().unwrap().display();
        println!(
            "{name} as {}: {peak:?} MiB, {:?}",
            input.display(),
            started.elapsed()
        );
        assert!(
            peak.is_none_or(|peak| peak <= bound),
            "{name}: {peak:?} MiB"
        );
        reports.push(serde_json::from_slice(&output.stdout).unwrap());
    }
    std::fs::remove_file(path).unwrap();
    reports
}

/// One asset with a policy of so many bytes on one line.
fn wide(out: &mut dyn Write, bytes: usize) {
    let head = r#"{"name":"//storage.googleapis.com/acme-wide","assetType":"storage.googleapis.com/Bucket","iamPolicy":{"bindings":[{"role":"roles/storage.objectViewer","members":["#;
    out.write_all(head.as_bytes()).unwrap();
    let mut written = 0;
    while written < bytes {
        let member =
            format!("\"serviceAccount:trainer-{written:09}@acme-ml.iam.gserviceaccount.com\",");
        out.write_all(member.as_bytes()).unwrap();
        written += member.len();
    }
    out.write_all(b"\"allUsers\"]}]}}").unwrap();
}

#[test]
fn a_line_of_20_megabytes_is_judged() {
    let path = file("wide.ndjson", |out| {
        writeln!(out, "{UNVERSIONED}").unwrap();
        wide(out, 20 << 20);
        writeln!(out, "\n{PUBLIC}").unwrap();
    });
    for report in judge(&path, BOUND) {
        assert_eq!(report["coverage"]["assets"], 3);
        let wide = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| {
                finding["resource"] == "//storage.googleapis.com/acme-wide"
                    && finding["member"] == "allUsers"
            });
        assert_eq!(wide.unwrap()["location"]["line"], 2);
    }
}

#[test]
fn a_line_of_200_megabytes_is_refused_and_the_others_are_judged() {
    if std::env::var_os("LEASTWISE_SLOW_TESTS").is_none() {
        println!("skipped: LEASTWISE_SLOW_TESTS is not set");
        return;
    }
    for first in [false, true] {
        let path = file(&format!("line-{first}.ndjson"), |out| {
            if !first {
                writeln!(out, "{UNVERSIONED}").unwrap();
            }
            wide(out, 200 << 20);
            write!(out, "\n{PUBLIC}\n{UNVERSIONED}\n").unwrap();
        });
        for report in judge(&path, BOUND) {
            let reasons: Vec<&str> = report["gaps"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|gap| gap["reason"].as_str())
                .collect();
            assert!(reasons.contains(&"too-large"), "{reasons:?}");
            assert!(found(&report, "gcs-public-iam"), "first: {first}");
        }
    }
}

/// A gibibyte in a megabyte: members of a gzip file may follow each other.
#[test]
fn a_bomb_of_gzip_is_refused() {
    for (name, byte) in [
        ("spaces.gz", b' '),
        ("brackets.gz", b'['),
        ("lines.gz", b'\n'),
    ] {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![byte; 4 << 20]).unwrap();
        let member = gzip.finish().unwrap();
        let path = file(name, |out| {
            for _ in 0..256 {
                out.write_all(&member).unwrap();
            }
        });
        for report in judge(&path, BOUND) {
            assert!(!report["coverage"]["complete"].as_bool().unwrap(), "{name}");
        }
    }
}

/// A small document that a tree makes large: every element is two bytes of text and a node of memory.
#[test]
fn a_document_that_grows_as_a_tree_is_bounded() {
    let path = file("tree.json", |out| {
        out.write_all(b"{\"bindings\":[").unwrap();
        out.write_all(&b"1,".repeat(5 << 20)).unwrap();
        out.write_all(b"1]}").unwrap();
    });
    judge(&path, 2 * BOUND);
}
