//! Parts of a scan, and of an export, become what one run would have left.

use super::{House, began, block, header, hierarchy, project, refused, text, write};
use jiff::ToSpan;
use leastwise::sources::snapshot::{Block, Header, Shard, merge};
use proptest::prelude::*;
use serde_json::Value;
use std::path::PathBuf;

fn shard(index: u32, of: u32) -> Shard {
    Shard::new(index, of).unwrap()
}

fn estate(projects: usize) -> Vec<Block> {
    let mut blocks = vec![hierarchy(), block("organizations/770043110021", &[])];
    blocks.extend((0..projects).map(|index| project(&format!("acme-{index}"), index % 3)));
    blocks
}

/// Writes the parts of a scan as so many machines would, each beginning a little later, and returns their names.
fn divided(house: &House, blocks: &[Block], of: u32) -> Vec<PathBuf> {
    let parts = (1..=of).map(|index| {
        let shard = shard(index, of);
        let later = began() + i64::from(index - 1).seconds();
        let header = Header::new(header(None).scope, later, Some(shard));
        let own: Vec<Block> = blocks
            .iter()
            .filter(|block| shard.takes(&block.unit))
            .cloned()
            .collect();
        let path = house.path(&format!("part-{index}.ndjson"));
        write(&path, &header, &own);
        path
    });
    parts.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_merge_to_the_bytes_of_one_scan(projects in 0_usize..12, of in 1_u32..6, missing in any::<bool>(), reversed in any::<bool>()) {
        let house = House::new();
        let mut blocks = estate(projects);
        if missing && let Some(last) = blocks.last_mut() {
            last.missing.push(refused("acme"));
        }
        write(&house.path("whole.ndjson"), &header(None), &blocks);
        let mut parts = divided(&house, &blocks, of);
        if reversed {
            parts.reverse();
        }
        let saved = merge(&parts, Some(&house.path("merged.ndjson"))).unwrap();
        prop_assert_eq!(saved.units, blocks.len());
        let (merged, whole) = (std::fs::read(house.path("merged.ndjson")).unwrap(), std::fs::read(house.path("whole.ndjson")).unwrap());
        prop_assert_eq!(merged, whole);
    }
}

#[test]
fn merged_parts_are_judged_as_one_scan() {
    let house = House::new();
    let blocks = estate(5);
    write(&house.path("merge"), &header(None), &blocks);
    divided(&house, &blocks, 3);
    let one = house.run("lint merge --format json");
    let several = house.run("merge part-3.ndjson part-1.ndjson part-2.ndjson --format json");
    assert_eq!(several.status.code(), Some(1), "{}", text(&several.stderr));
    let (mut one, mut several): (Value, Value) = (
        serde_json::from_slice(&one.stdout).unwrap(),
        serde_json::from_slice(&several.stdout).unwrap(),
    );
    for report in [&mut one, &mut several] {
        report["coverage"]
            .as_object_mut()
            .unwrap()
            .remove("elapsed_ms");
    }
    assert!(!one["findings"].as_array().unwrap().is_empty());
    assert_eq!(one, several);
    // The parts are an input of `lint` as they are, too.
    let (parts, code) = house.report("lint part-1.ndjson part-2.ndjson part-3.ndjson");
    assert_eq!(
        (code, &parts["coverage"]["assets"]),
        (1, &one["coverage"]["assets"])
    );
}

#[test]
fn a_part_that_is_missing_fails_the_run() {
    let house = House::new();
    divided(&house, &estate(5), 3);
    let (report, code) =
        house.report("merge part-1.ndjson part-3.ndjson --exit-zero --save m.ndjson");
    assert_eq!(code, 3);
    assert!(
        report.to_string().contains("part 2 of 3 was not given"),
        "{report}"
    );
    let (again, code) = house.report("lint m.ndjson --exit-zero");
    assert_eq!(code, 3);
    assert_eq!(again, report);
    let saved = house.run("merge part-1.ndjson part-3.ndjson --save m.ndjson --no-judge");
    assert_eq!((saved.status.code(), saved.stdout.len()), (Some(3), 0));
    // Nor is one part by itself the whole.
    let (alone, code) = house.report("lint part-2.ndjson --exit-zero");
    assert_eq!(code, 3);
    assert!(
        alone.to_string().contains("2 is not in the input (1, 3)"),
        "{alone}"
    );
}

#[test]
fn a_part_that_was_killed_fails_the_run() {
    let house = House::new();
    divided(&house, &estate(9), 2);
    let part = std::fs::read(house.path("part-2.ndjson")).unwrap();
    std::fs::write(house.path("part-2.ndjson"), &part[..part.len() - 60]).unwrap();
    let (report, code) = house.report("merge part-1.ndjson part-2.ndjson --exit-zero");
    assert_eq!(code, 3);
    assert!(report.to_string().contains("was not finished"), "{report}");
}

#[test]
fn what_is_not_of_one_scan_is_refused() {
    let house = House::new();
    divided(&house, &estate(3), 2);
    let other = Header::new(vec!["projects/x".to_owned()], began(), Some(shard(2, 2)));
    write(&house.path("other.ndjson"), &other, &[project("x", 1)]);
    let thirds = Header::new(header(None).scope, began(), Some(shard(3, 3)));
    write(&house.path("third.ndjson"), &thirds, &[project("x", 1)]);
    std::fs::write(house.path("plain.ndjson"), project("x", 1).lines).unwrap();
    for (wrong, words) in [
        ("other.ndjson", "not parts of one scan"),
        ("third.ndjson", "part 3 of 3"),
        ("plain.ndjson", "is no snapshot"),
    ] {
        let output = house.run(&format!("merge part-1.ndjson {wrong}"));
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains(words),
            "{}",
            text(&output.stderr)
        );
    }
    assert_eq!(house.run("merge .").status.code(), Some(2));
}

#[test]
fn a_unit_in_two_parts_is_taken_once_and_a_difference_is_told() {
    let house = House::new();
    let (one, two) = (shard(1, 2), shard(2, 2));
    let part = |shard, name: &str, blocks: &[Block]| {
        let header = Header::new(header(None).scope, began(), Some(shard));
        write(&house.path(name), &header, blocks);
        house.path(name)
    };
    let mut refused_one = project("acme-ml", 2);
    refused_one.missing.push(refused("acme-ml-0"));
    let first = part(one, "1", &[hierarchy(), refused_one]);
    let second = part(two, "2", &[project("acme-ml", 2), project("acme-data", 1)]);
    // A part that was read twice.
    let again = part(two, "2b", &[project("acme-ml", 2), project("acme-data", 1)]);
    let parts = [first, second, again];
    merge(&parts, Some(&house.path("m"))).unwrap();
    write(
        &house.path("whole"),
        &header(None),
        &[hierarchy(), project("acme-ml", 2), project("acme-data", 1)],
    );
    assert_eq!(
        std::fs::read(house.path("m")).unwrap(),
        std::fs::read(house.path("whole")).unwrap()
    );

    part(two, "2b", &[project("acme-ml", 3)]);
    let saved = merge(&parts, Some(&house.path("m"))).unwrap();
    assert_eq!(saved.incomplete, 1);
    let (report, code) = house.report("lint m --exit-zero");
    assert_eq!(code, 3);
    assert!(
        report
            .to_string()
            .contains("both hold projects/acme-ml, and not the same"),
        "{report}"
    );
}

/// The objects of an export that was written in shards, read by several machines.
#[test]
fn shares_of_an_export_merge_to_what_one_run_reads() {
    let house = House::new();
    std::fs::create_dir(house.path("export")).unwrap();
    for index in 0..7 {
        let lines = project(&format!("acme-{index}"), 3).lines;
        std::fs::write(house.path(&format!("export/{index:05}.ndjson")), lines).unwrap();
    }
    let take = |index: &str, count: &str| {
        let variables = [
            ("CLOUD_RUN_TASK_INDEX", index),
            ("CLOUD_RUN_TASK_COUNT", count),
        ];
        let arguments = format!("merge export --shard auto --save of-{count}-{{shard}}.ndjson");
        let output = house.run_with(&arguments, &variables);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    };
    (0..3).for_each(|index| take(&index.to_string(), "3"));
    take("0", "1");
    let (several, code) = house.report("merge of-3-1.ndjson of-3-2.ndjson of-3-3.ndjson");
    let (one, one_code) = house.report("merge of-1-1.ndjson");
    assert_eq!((code, one_code), (1, 1));
    assert_eq!(several, one);
    let (direct, _) = house.report("lint export");
    let told = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        let mut told: Vec<String> = findings
            .map(|finding| finding["fingerprint"].to_string())
            .collect();
        told.sort();
        told
    };
    assert!(!told(&direct).is_empty());
    assert_eq!(told(&several), told(&direct));
    for count in ["assets", "bindings", "grants", "outcomes"] {
        assert_eq!(
            several["coverage"][count], direct["coverage"][count],
            "{count}"
        );
    }
}

#[test]
fn what_is_no_asset_export_is_told_in_a_share_of_one() {
    let house = House::new();
    std::fs::create_dir(house.path("export")).unwrap();
    let policy =
        r#"{"version":1,"bindings":[{"role":"roles/owner","members":["user:a@acme.example"]}]}"#;
    std::fs::write(house.path("export/policy.json"), policy).unwrap();
    std::fs::write(
        house.path("export/torn.ndjson"),
        "{\"name\":\"//x/1\",\"assetType\":\"x\"}\n{\"name\":\n",
    )
    .unwrap();
    let taken = house.run("merge export --shard 1/1 --save part.ndjson");
    assert_eq!(taken.status.code(), Some(3), "{}", text(&taken.stderr));
    let (report, code) = house.report("merge part.ndjson --exit-zero");
    assert_eq!(code, 3);
    let told = report["gaps"].to_string();
    assert!(told.contains("export/torn.ndjson:2"), "{told}");
    assert!(told.contains("export/policy.json"), "{told}");
    let again = house.run("merge part.ndjson --shard 1/1 --save again.ndjson");
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is a snapshot already"));
}
