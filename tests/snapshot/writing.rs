//! Written, killed at any moment, resumed.

use super::{began, block, header, hierarchy, project, refused, write};
use jiff::ToSpan;
use leastwise::sources::snapshot::{Block, Header, Resumed, SnapshotError, Writer};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::path::Path;

fn blocks() -> Vec<Block> {
    vec![
        hierarchy(),
        block("organizations/770043110021", &[]),
        block(
            "folders/551900287731",
            &[json!({"name": "//x/1", "assetType": "x"})],
        ),
        project("acme-data", 2),
        project("acme-ml", 1),
    ]
}

fn partial(path: &Path) -> std::path::PathBuf {
    path.with_extension("ndjson.partial")
}

#[test]
fn every_line_is_json_and_an_asset_or_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let mut blocks = blocks();
    blocks[3].missing.push(refused("acme-data-0"));
    write(&path, &header(None), &blocks);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n'));
    let mut assets = 0;
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        match keys.as_slice() {
            [only] if *only == "leastwise" => {}
            _ => {
                assert!(value["assetType"].is_string(), "{line}");
                assert!(value["name"].is_string(), "{line}");
                assets += 1;
            }
        }
    }
    assert_eq!(assets, blocks.iter().map(|block| block.assets).sum::<u64>());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"leastwise":{"scan":{"version":1,"scope":["organizations/770043110021"],"readAt":"2026-11-23T02:00:00Z"}}}"#
    );
    assert_eq!(
        *lines.last().unwrap(),
        r#"{"leastwise":{"end":{"units":5}}}"#
    );
    assert!(lines.contains(
        &r#"{"leastwise":{"unit":{"unit":"projects/acme-ml","assets":2,"requests":3,"whole":true}}}"#
    ));
    assert!(!partial(&path).exists());
}

#[test]
#[cfg(unix)]
fn only_its_owner_may_read_it_unless_the_old_one_was_for_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut writer = Writer::create(&path, &header(None)).unwrap();
    writer.append(&hierarchy()).unwrap();
    assert_eq!(mode(&partial(&path)), 0o600);
    writer.finish().unwrap();
    assert_eq!(mode(&path), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    write(&path, &header(None), &[hierarchy()]);
    assert_eq!(mode(&path), 0o640);

    let link = folder.path().join("latest.ndjson");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    write(&link, &header(None), &blocks());
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&link).unwrap());
    assert!(Writer::create(folder.path(), &header(None)).is_err());
}

#[test]
fn two_scans_into_one_file_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let mut first = Writer::create(&path, &header(None)).unwrap();
    first.append(&hierarchy()).unwrap();
    for second in [
        Writer::create(&path, &header(None)),
        Writer::resume(&path, &header(None)),
    ] {
        let error = second.unwrap_err();
        assert!(matches!(error, SnapshotError::Busy(_)), "{error}");
        assert!(
            error.to_string().contains("another scan is writing"),
            "{error}"
        );
    }
    first.append(&project("acme-ml", 1)).unwrap();
    first.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.ends_with("{\"leastwise\":{\"end\":{\"units\":2}}}\n"),
        "{text}"
    );
    // And when the first is gone, there is room.
    Writer::create(&path, &header(None))
        .unwrap()
        .finish()
        .unwrap();
}

#[test]
fn a_scan_with_something_missing_is_resumed_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let mut torn = blocks();
    torn[3].missing.push(refused("acme-data-0"));
    write(&path, &header(None), &torn);

    let later = Header::new(header(None).scope, began() + 5.hours(), None);
    let mut writer = Writer::resume(&path, &later).unwrap();
    assert_eq!(writer.header().read_at, began());
    assert!(!writer.done().contains("projects/acme-data"));
    assert_eq!(
        writer.resumed(),
        Resumed {
            whole: 4,
            incomplete: 1,
            lost: 0
        }
    );
    // What is known may be asked again, and the finished file stands until the end.
    assert_eq!(
        writer.lines_of("hierarchy").unwrap().unwrap(),
        hierarchy().lines
    );
    assert_eq!(writer.lines_of("projects/none").unwrap(), None);
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("storage.buckets.getIamPolicy")
    );
    writer.append(&blocks()[3]).unwrap();
    writer.finish().unwrap();

    let whole = folder.path().join("whole.ndjson");
    write(&whole, &header(None), &blocks());
    assert_eq!(
        std::fs::read(&path).unwrap(),
        std::fs::read(&whole).unwrap()
    );
}

/// A resumed scan is killed while it copies what it has: nothing of that is lost.
#[test]
fn what_was_finished_survives_a_killed_resume() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let mut torn = blocks();
    torn[3].missing.push(refused("acme-data-0"));
    write(&path, &header(None), &torn);
    let finished = std::fs::read(&path).unwrap();
    let kept = finished.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    std::fs::write(partial(&path), &finished[..kept + 10]).unwrap();
    let writer = Writer::resume(&path, &header(None)).unwrap();
    assert_eq!(writer.resumed().whole, 4);
    writer.finish().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), finished);

    // Last night's finished scan has nothing to say in tonight's killed one.
    let tonight = Header::new(header(None).scope, began() + 24.hours(), None);
    let mut writer = Writer::create(&path, &tonight).unwrap();
    writer.append(&hierarchy()).unwrap();
    let left = writer.leave().unwrap();
    assert_eq!(left.path, partial(&path));
    let writer = Writer::resume(&path, &tonight).unwrap();
    assert_eq!(writer.done().iter().collect::<Vec<_>>(), ["hierarchy"]);
}

#[test]
fn a_scan_of_something_else_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    write(&path, &header(None), &blocks());
    let other = Header::new(vec!["projects/acme-ml".to_owned()], began(), None);
    let divided = header(Some("1/2".parse().unwrap()));
    for (wanted, part) in [(other, "not of projects/acme-ml"), (divided, "(part 1/2)")] {
        let error = Writer::resume(&path, &wanted).unwrap_err();
        assert!(matches!(error, SnapshotError::OtherScope { .. }), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(!partial(&path).exists(), "a refusal leaves nothing behind");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "remember the milk\n").unwrap();
    let error = Writer::resume(&text, &header(None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("is no snapshot"), "{error}");
    assert_eq!(
        std::fs::read_to_string(&text).unwrap(),
        "remember the milk\n"
    );
    let newer =
        r#"{"leastwise":{"scan":{"version":2,"scope":[],"readAt":"2026-11-23T02:00:00Z"}}}"#;
    std::fs::write(&path, format!("{newer}\n")).unwrap();
    let error = Writer::resume(&path, &header(None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("version 2"), "{error}");
    // Nothing there yet: a new scan.
    let fresh = Writer::resume(&folder.path().join("new.ndjson"), &header(None)).unwrap();
    assert!(fresh.done().is_empty());
}

#[test]
fn lines_that_are_none_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let mut writer = Writer::create(&path, &header(None)).unwrap();
    let mut torn = project("acme-ml", 1);
    torn.lines.pop();
    assert!(writer.append(&torn).is_err());
    let mut miscounted = project("acme-ml", 1);
    miscounted.assets += 1;
    assert!(writer.append(&miscounted).is_err());
    {
        let mut append = writer.begin("projects/dropped").unwrap();
        append.lines(&project("dropped", 1).lines).unwrap();
    }
    writer.append(&project("acme-ml", 1)).unwrap();
    writer.finish().unwrap();
    let clean = folder.path().join("clean.ndjson");
    write(&clean, &header(None), &[project("acme-ml", 1)]);
    assert_eq!(
        std::fs::read(&path).unwrap(),
        std::fs::read(&clean).unwrap()
    );
}

/// Small units: a file that is cut at every byte is written as often.
fn small() -> Vec<Block> {
    let asset = |name: &str| block(name, &[json!({"name": "//x/1", "assetType": "x"})]);
    vec![
        asset("projects/b"),
        block("folders/1", &[]),
        asset("hierarchy"),
    ]
}

/// The content of a partial file, and where each unit in it ends.
fn running(path: &Path, blocks: &[Block]) -> (Vec<u8>, Vec<usize>) {
    let mut writer = Writer::create(path, &header(None)).unwrap();
    let mut ends = Vec::new();
    for block in blocks {
        writer.append(block).unwrap();
        ends.push(std::fs::metadata(partial(path)).unwrap().len() as usize);
    }
    writer.leave().unwrap();
    (std::fs::read(partial(path)).unwrap(), ends)
}

#[test]
fn a_scan_killed_at_any_byte_keeps_its_whole_units_and_ends_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.ndjson");
    let whole = folder.path().join("whole.ndjson");
    write(&whole, &header(None), &small());
    let expected = std::fs::read(&whole).unwrap();
    let (content, ends) = running(&path, &small());
    for cut in 0..=content.len() {
        std::fs::write(partial(&path), &content[..cut]).unwrap();
        let _ = std::fs::remove_file(&path);
        let mut writer = Writer::resume(&path, &header(None)).unwrap();
        let whole_units = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!(writer.done().len(), whole_units, "cut at {cut}");
        let begun = content[..cut].contains(&b'\n');
        let torn = begun
            && !ends.contains(&cut)
            && cut != content.iter().position(|b| *b == b'\n').unwrap() + 1;
        assert_eq!(writer.resumed().lost, u64::from(torn), "cut at {cut}");
        for block in small().iter().skip(whole_units) {
            writer.append(block).unwrap();
        }
        writer.finish().unwrap();
        assert!(std::fs::read(&path).unwrap() == expected, "cut at {cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_finished_file_does_not_depend_on_the_order_of_reading(order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(), again in any::<Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let (sorted, path) = (folder.path().join("sorted"), folder.path().join("s"));
        let blocks = blocks();
        write(&sorted, &header(None), &blocks);
        let mut shuffled: Vec<Block> = order.iter().map(|at| blocks[*at].clone()).collect();
        // One is read twice, as after a fault.
        shuffled.push(blocks[again.index(blocks.len())].clone());
        write(&path, &header(None), &shuffled);
        prop_assert_eq!(std::fs::read(&sorted).unwrap(), std::fs::read(&path).unwrap());
    }

    /// Bytes that change on disk cost the units that they are in, and never a panic or an asset that was not read.
    #[test]
    fn a_damaged_partial_costs_only_what_is_damaged(at in any::<Index>(), byte in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.ndjson");
        let (mut content, ends) = running(&path, &blocks());
        let header_end = content.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let at = header_end + at.index(content.len() - header_end);
        content[at] = byte;
        std::fs::write(partial(&path), &content).unwrap();
        let writer = Writer::resume(&path, &header(None)).unwrap();
        let hit = ends.iter().position(|end| at < *end).unwrap();
        for (index, block) in blocks().iter().enumerate() {
            // The end of a unit joins it with the next.
            let may_suffer = index == hit || (index == hit + 1);
            prop_assert!(may_suffer || writer.done().contains(&block.unit), "{} at {}", block.unit, at);
        }
    }
}
