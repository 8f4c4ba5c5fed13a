//! Runs at once, runs that are killed, files that are spoilt: nothing that was stored is lost.

use super::house::{House, bucket, lint};
use super::model::record;
use leastwise::history::{Filter, History, HistoryError};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn is_whole(path: &Path) -> bool {
    let connection = Connection::open(path).unwrap();
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    verdict == "ok"
}

#[test]
fn runs_at_once_are_all_stored() {
    let house = House::new();
    house.export(&[bucket("a", false), bucket("b", false)]);
    let running: Vec<_> = (0..8)
        .map(|_| {
            let mut command = house.command(&lint("2026-08-01", "--exit-zero -qq"));
            command
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for run in running {
        let output = run.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}");
    }
    assert!(is_whole(&house.path("h.db")));
    let runs = house.ask("runs h.db");
    let runs = runs.as_array().unwrap();
    assert_eq!(runs.len(), 8);
    let new: u64 = runs.iter().map(|run| run["new"].as_u64().unwrap()).sum();
    assert_eq!(new, 2, "each finding is new to one of them");
    assert!(runs.iter().all(|run| run["found"] == 2));
}

/// The file whose name makes the test below a writer that goes on until it is killed.
const WRITER: &str = "LEASTWISE_TEST_WRITER";

#[test]
#[ignore = "the process that the next test kills"]
fn a_writer_without_end() {
    let Some(path) = std::env::var_os(WRITER) else {
        return;
    };
    for second in 1_000.. {
        let mut history = History::open(Path::new(&path)).unwrap();
        // Each run finds other things, so that every page of the file changes.
        let found = (0..400).map(|n| (format!("{:064x}", n * 7 + second % 5), true));
        record(&mut history, "s", second, found, true, &|_, _| true);
    }
}

#[test]
fn a_killed_run_leaves_what_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.db");
    let mut history = History::open(&path).unwrap();
    record(
        &mut history,
        "before",
        10,
        [("1".to_owned(), true)],
        true,
        &|_, _| true,
    );
    drop(history);
    let mut before = 1;
    let mut hot = 0;
    for turn in 0..12u64 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "faults::a_writer_without_end", "--ignored"])
            .env(WRITER, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60 + turn * turn * 7 % 190));
        assert!(
            writer.try_wait().unwrap().is_none(),
            "the writer ended by itself"
        );
        writer.kill().unwrap();
        writer.wait().unwrap();
        hot += usize::from(folder.path().join("h.db-journal").exists());

        let history = History::open(&path).unwrap();
        let runs = history.runs(None, None).unwrap();
        assert!(runs.len() >= before, "{} runs after {before}", runs.len());
        assert_eq!(runs[0].scope, "before");
        // A run is there with all that it found, or not at all.
        for run in &runs[1..] {
            assert_eq!(run.found, 400);
        }
        if let Some(last) = runs[1..].last() {
            let open = history.findings(&Filter {
                scope: Some("s"),
                open: Some(true),
                ..Filter::default()
            });
            assert!(
                open.unwrap()
                    .iter()
                    .all(|known| known.past.last_seen == last.started)
            );
        }
        before = runs.len();
        drop(history);
        assert!(is_whole(&path));
    }
    assert!(before > 1, "nothing was ever stored");
    println!("{before} runs stored, {hot} of 12 killed while they stored one");
}

#[test]
fn a_killed_lint_leaves_a_whole_file() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    house.lint("2026-08-01", "");
    let many: Vec<String> = (0..300).map(|n| bucket(&format!("b{n}"), false)).collect();
    house.export(&many);
    for turn in 0..6u64 {
        let mut command = house.command(&lint("2026-08-02", "-qq"));
        let mut run = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(turn * 45));
        // It may have ended.
        let _ = run.kill();
        run.wait().unwrap();
        let runs = house.ask("runs h.db");
        assert_eq!(runs[0]["found"], 1);
        assert!(is_whole(&house.path("h.db")));
    }
}

/// What opens the file refuses it, with a word on why, and does not touch it.
fn refused(house: &House, content: &[u8], word: &str) {
    house.write("h.db", content);
    house.export(&[bucket("a", false)]);
    for arguments in [lint("2026-08-01", ""), "history h.db".to_owned()] {
        let ran = house.run(&arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.err);
        assert!(ran.err.contains(word), "{arguments}: {}", ran.err);
        assert!(ran.err.contains("h.db"), "{}", ran.err);
        assert!(ran.out.is_empty(), "nothing is judged: {}", ran.out);
        assert!(
            fs::read(house.path("h.db")).unwrap() == content,
            "{arguments}: it was changed"
        );
    }
}

/// A history with a few runs in it.
fn stored(house: &House) -> Vec<u8> {
    let many: Vec<String> = (0..200).map(|n| bucket(&format!("b{n}"), false)).collect();
    house.export(&many);
    house.lint("2026-08-01", "");
    house.lint("2026-08-02", "");
    fs::read(house.path("h.db")).unwrap()
}

#[test]
fn a_spoilt_file_is_refused_and_left_as_it_is() {
    let house = House::new();
    let whole = stored(&house);
    let pages = whole.len() / 4096;
    assert!(pages > 20, "{pages}");
    refused(&house, b"hello\n", "no history");
    refused(&house, &b"a list of things\n".repeat(1_000), "no history");
    refused(&house, &whole[..whole.len() / 2], "damaged");
    refused(&house, &whole[..4096], "damaged");
    refused(&house, &whole[..100], "damaged");
    // The head of any page that is in use.
    for page in (1..pages).step_by(5) {
        let mut spoilt = whole.clone();
        for (at, byte) in spoilt[page * 4096..][..64].iter_mut().enumerate() {
            *byte = (at * 37 + page) as u8 | 0x80;
        }
        refused(&house, &spoilt, "damaged");
    }
    // It still opens as it was.
    house.write("h.db", &whole);
    assert_eq!(house.ask("runs h.db").as_array().unwrap().len(), 2);
}

/// Bytes anywhere: refused and unchanged, or read. Never a crash, and never a wrong word for it.
#[test]
fn any_bytes_in_a_file_are_survived() {
    let house = House::new();
    let whole = stored(&house);
    let path = house.path("h.db");
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let (mut refused, mut read) = (0, 0);
    for _ in 0..150 {
        let mut spoilt = whole.clone();
        for _ in 0..=next(3) {
            let at = next(spoilt.len());
            let end = (at + 1 + next(40)).min(spoilt.len());
            spoilt[at..end].fill_with(|| next(256) as u8);
        }
        fs::write(&path, &spoilt).unwrap();
        let opened = History::open(&path).and_then(|history| {
            history.runs(None, None)?;
            history.findings(&Filter::default())?;
            history.open_in("exports")
        });
        match opened {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                assert!(error.is_about_the_file(), "{error}");
                assert!(fs::read(&path).unwrap() == spoilt, "{error}");
            }
        }
    }
    println!("{refused} refused, {read} read");
    assert!(refused > 30, "{refused}");
}

#[test]
fn what_is_no_history_is_refused() {
    let house = House::new();
    let other = house.path("other.db");
    let connection = Connection::open(&other).unwrap();
    connection
        .execute_batch("CREATE TABLE mine (x); INSERT INTO mine VALUES (1);")
        .unwrap();
    drop(connection);
    refused(&house, &fs::read(&other).unwrap(), "another program");

    fs::remove_file(house.path("h.db")).unwrap();
    let whole = stored(&house);
    let connection = Connection::open(house.path("h.db")).unwrap();
    connection
        .execute_batch("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM findings; END;")
        .unwrap();
    drop(connection);
    refused(&house, &fs::read(house.path("h.db")).unwrap(), "triggers");

    house.write("h.db", &whole);
    let connection = Connection::open(house.path("h.db")).unwrap();
    connection.execute_batch("PRAGMA user_version = 7").unwrap();
    drop(connection);
    refused(&house, &fs::read(house.path("h.db")).unwrap(), "format 7");

    fs::remove_file(house.path("h.db")).unwrap();
    fs::create_dir(house.path("h.db")).unwrap();
    assert!(
        house
            .run(&lint("2026-08-01", ""))
            .err
            .contains("it is a folder")
    );
    let nowhere = lint("2026-08-01", "").replace("h.db", "no/where.db");
    assert!(house.run(&nowhere).err.contains("its folder is not there"));
    let missing = house.run("history missing.db");
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("no such file"), "{}", missing.err);
    assert!(!house.path("missing.db").exists());
}

/// Names that SQLite has a meaning for are names of files here.
#[test]
fn a_name_is_a_file() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    for name in [":memory:", "file:x?mode=memory"] {
        let ran = house.run(&lint("2026-08-01", "").replace("h.db", name));
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        if cfg!(unix) {
            assert!(house.path(name).is_file(), "{name}");
        }
    }
}

/// The reports are written although the run cannot be stored, and the exit code says so.
#[cfg(unix)]
#[test]
fn a_run_that_cannot_be_stored_is_told_and_ends_with_4() {
    let house = House::new();
    house.export(&[bucket("a", false)]);
    house.lint("2026-08-01", "");
    let before = fs::read(house.path("h.db")).unwrap();
    let many: Vec<String> = (0..3_000)
        .map(|n| bucket(&format!("b{n}"), false))
        .collect();
    house.export(&many);
    // No file may grow beyond what the history has now, nearly.
    let blocks = before.len() / 1024 + 8;
    let lint = format!(
        "{} {}",
        env!("CARGO_BIN_EXE_leastwise"),
        lint("2026-08-02", "--format json")
    );
    let output = Command::new("bash")
        .args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {blocks}; exec {lint}"),
        ])
        .current_dir(house.folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("the run is not in the history"), "{told}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 3_000);
    assert!(report.get("history").is_none());
    assert_eq!(house.ask("runs h.db").as_array().unwrap().len(), 1);
    assert!(is_whole(&house.path("h.db")));
}

/// Two processes that migrate or make the file at once are settled by the lock; a third way to lose is a lock that
/// is never released, which ends in an error, not in waiting for ever.
#[test]
fn errors_say_what_they_are_about() {
    let busy = HistoryError::Busy {
        path: "h.db".into(),
        seconds: 60,
    };
    assert!(!busy.is_about_the_file());
    assert!(busy.to_string().contains("in use"));
}
