//! A share of the objects of an export as a part that can be merged.

use super::record::START;
use super::{Header, Missing, Saved, Shard, SnapshotError, Writer};
use crate::model::{AssetText, Consumer, Fate, Gap, GapReason, WayBack};
use crate::sources::{Input, Progress, Reading, Told, read};
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// What was taken of an export.
#[derive(Debug)]
pub struct Taken {
    /// The part.
    pub saved: Saved,
    /// How many of the files it has read.
    pub files: usize,
}

/// Reads `shard`'s share of the files of an export and writes its assets to `save`, as a part for [`super::merge`].
/// Files are dealt out by their place in the sorted list, and each becomes a unit. What could not be read stands in
/// the part as something that is missing; so do files that are no asset exports, because what their dialects cannot
/// say would be lost in a part.
///
/// # Errors
/// When the part cannot be written, or a file is itself a snapshot.
pub fn take_share(
    inputs: &[Input],
    shard: Shard,
    save: &Path,
    threads: usize,
    read_at: Timestamp,
) -> Result<Taken, SnapshotError> {
    let mut inputs: Vec<&Input> = inputs.iter().collect();
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    let header = Header::new(vec![listed(&inputs)], read_at, Some(shard));
    let mut writer = Writer::create(save, &header)?;
    let mut files = 0;
    let share = inputs.iter().enumerate();
    for (_, input) in share.filter(|(index, _)| shard.takes_file(*index)) {
        files += 1;
        file(&mut writer, input, threads)?;
    }
    let saved = writer.finish()?;
    Ok(Taken { saved, files })
}

/// The list of files in one sentence: parts that were dealt from different lists do not fit together.
fn listed(inputs: &[&Input]) -> String {
    let mut digest = Sha256::new();
    for input in inputs {
        digest.update(input.path.to_string_lossy().as_bytes());
        digest.update([0]);
    }
    let start = digest.finalize();
    let name = start.iter().take(8).fold(String::new(), |mut name, byte| {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    });
    format!("{} exported files, names {name}", inputs.len())
}

/// Reads one file into a unit.
fn file(writer: &mut Writer, input: &Input, threads: usize) -> Result<(), SnapshotError> {
    let path = input.path.to_string_lossy().replace('\\', "/");
    let mut append = writer.begin(&format!("documents/{path}"))?;
    let reading = Reading {
        inputs: std::slice::from_ref(input),
        spooled: None,
        resource: None,
        by_path: &|_| None,
        threads,
        wanted: None,
        rest: None,
        progress: &Progress::default(),
    };
    let mut failed = None;
    let mut missing = Vec::new();
    let mut foreign = None;
    let mut any = false;
    let mut refused = 0;
    let done = read(&reading, Keep::default, |job| {
        let Kept { lines, beyond } = job.output;
        refused += beyond;
        any |= !job.told.dialects.is_empty();
        if !job.told.records.is_empty() && failed.is_none() {
            failed = Some(SnapshotError::NotOurs {
                path: input.path.clone(),
                reason: "is a snapshot already; merge it without `--shard`".to_owned(),
            });
        }
        if failed.is_none() {
            failed = append.lines(&lines).err();
        }
        let Told {
            gaps,
            foreign: reason,
            ..
        } = job.told;
        missing.extend(gaps.iter().map(|gap| told(&path, gap)));
        foreign = foreign.take().or(reason);
    });
    done.map_err(SnapshotError::system(&input.path))?;
    if let Some(error) = failed {
        return Err(error);
    }
    if refused > 0 {
        let message = format!(
            "{refused} of what it holds can be said in no asset export; judge this file by `leastwise lint`"
        );
        missing.push(wanting(&path, GapReason::DialectLacks, &message));
        missing.push(wanting(
            &path,
            GapReason::Unrecognised,
            "no asset export as a whole",
        ));
    }
    if let Some(reason) = foreign.filter(|_| !any && input.named) {
        missing.push(wanting(
            &path,
            GapReason::Unrecognised,
            &format!("not recognised: {reason}"),
        ));
    }
    append.close(&missing, 0, &[])
}

fn told(path: &str, gap: &Gap) -> Missing {
    let place = match gap.location {
        Some(place) => format!("{path}:{}:{}", place.line, place.column),
        None => path.to_owned(),
    };
    let missing = wanting(&place, gap.reason, &gap.message);
    Missing {
        resource: gap.resource.clone(),
        ..missing
    }
}

fn wanting(place: &str, reason: GapReason, message: &str) -> Missing {
    Missing {
        reason,
        call: place.to_owned(),
        resource: None,
        message: message.to_owned(),
        permission: None,
    }
}

/// Keeps assets as they stand, or as they were translated.
#[derive(Debug, Default)]
struct Keep {
    kept: Kept,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<u8>,
    /// Assets that cannot be kept so that their gaps are.
    beyond: u64,
}

/// As much of an asset as tells that it is one.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "assetType")]
    asset_type: Cow<'a, str>,
}

impl Consumer for Keep {
    type Output = Kept;

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        mut outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        for asset in assets {
            let text = asset.text.trim();
            let as_it_stands = matches!(asset.site.way_back, WayBack::Line(_));
            let is_asset = || {
                let peek = serde_json::from_str::<Peek<'_>>(text);
                peek.is_ok_and(|peek| peek.name.starts_with("//") && !peek.asset_type.is_empty())
            };
            let fits = asset.lacks.is_empty() && !text.contains('\n');
            let fate = match fits && !text.as_bytes().starts_with(START) && is_asset() {
                true => {
                    self.kept.lines.extend_from_slice(text.as_bytes());
                    self.kept.lines.push(b'\n');
                    Fate::Taken
                }
                // It is offered again when it is translated.
                false if as_it_stands => Fate::NotNormal,
                false => {
                    self.kept.beyond += 1;
                    Fate::Taken
                }
            };
            outcome(asset, fate);
        }
    }

    fn take(&mut self) -> Kept {
        std::mem::take(&mut self.kept)
    }
}
