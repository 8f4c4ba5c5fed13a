//! Writes a Cloud Asset Inventory export of an invented organisation, as NDJSON in the field order of Google's exports.
//!
//! Everything follows from the seed: the same seed and size give the same bytes on every machine.
//! The proportions (assets per project, bindings per policy, members per binding, how often a setting is wrong)
//! are chosen so that one gigabyte holds about 750,000 assets and 100 usual rules find some 100,000 to 300,000 things in it.

mod people;
mod policies;
mod project;
mod resources;
mod words;

use super::random::Random;
use project::{ORGANIZATION, PROJECTS_PER_FOLDER, Project, folder_number};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Changes with every change of the bytes that a seed gives, so that no stale file is measured.
pub(crate) const VERSION: u32 = 1;

/// The moment of the export, in seconds since 1970: 2026-11-01T00:00:00Z. Ages in the file are relative to it.
pub(crate) const NOW: i64 = 1_793_491_200;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Lines, each an asset.
    pub(crate) assets: u64,
    /// Bytes.
    pub(crate) bytes: u64,
    /// SHA-256 of all bytes, in lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// Writes whole projects until at least `size` bytes are out.
///
/// # Errors
///
/// What `out` answers.
pub(crate) fn export(out: &mut impl Write, seed: u64, size: u64) -> io::Result<Summary> {
    let mut digest = Sha256::new();
    let mut summary = Summary {
        assets: 0,
        bytes: 0,
        sha256: String::new(),
    };
    let mut block = String::new();
    let mut random = Random::new(seed, 0);
    resources::organization(&mut block);
    policies::organization(&mut block, &mut random);
    for index in 0_u64.. {
        if index.is_multiple_of(PROJECTS_PER_FOLDER) {
            let mut random = Random::new(seed, (1 << 40) + index);
            let folder = folder_number(index / PROJECTS_PER_FOLDER);
            resources::folder(&mut block, &mut random, folder);
            policies::folder(&mut block, &mut random, folder, index);
        }
        let mut random = Random::new(seed, index + 1);
        let project = Project::named(index, ORGANIZATION);
        whole_project(&mut block, &mut random, &project);
        digest.update(block.as_bytes());
        out.write_all(block.as_bytes())?;
        summary.bytes += block.len() as u64;
        summary.assets += memchr::memchr_iter(b'\n', block.as_bytes()).count() as u64;
        block.clear();
        if summary.bytes >= size {
            break;
        }
    }
    summary.sha256 = hexadecimal(&digest.finalize());
    Ok(summary)
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A String takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An export has one content type; two exports of a project, one after the other, give both.
fn whole_project(out: &mut String, random: &mut Random, project: &Project) {
    let buckets = random.tail(0, 40, 800);
    let datasets = random.tail(0, 20, 720);
    let secrets = random.tail(0, 30, 760);
    resources::project(out, random, project);
    let shapes: Vec<resources::BucketShape> = (0..buckets)
        .map(|number| resources::bucket(out, random, project, number))
        .collect();
    for number in 0..project.accounts {
        resources::service_account(out, random, project, number);
        for _ in 0..random.tail(0, 6, 360) {
            resources::key(out, random, project, number);
        }
    }
    if random.permille(10) {
        resources::default_account_key(out, random, project);
    }
    for number in 0..datasets {
        resources::dataset(out, random, project, number);
    }
    for number in 0..secrets {
        resources::secret(out, random, project, number);
    }
    let custom_role = random
        .permille(250)
        .then(|| resources::custom_role(out, random, project));

    policies::project(out, random, project, custom_role);
    for (number, shape) in shapes.iter().enumerate() {
        policies::bucket(out, random, project, number as u64, shape);
    }
    for number in 0..project.accounts {
        if random.permille(220) {
            policies::service_account(out, random, project, number);
        }
    }
    for number in 0..datasets {
        if random.permille(600) {
            policies::dataset(out, random, project, number);
        }
    }
    for number in 0..secrets {
        if random.permille(400) {
            policies::secret(out, random, project, number);
        }
    }
}
