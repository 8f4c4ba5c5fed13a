//! A batch of lines, each a JSON value: the fast path of an export, and the patient one for the rest.

use super::depth;
use super::dialects::Context;
use super::document::{JsonText, one};
use super::put_off::Later;
use super::run::Told;
use crate::model::{
    AssetText, Columns, Consumer, Dialect, DocumentId, Fate, GapReason, Location, Outline, Site,
    WayBack,
};
use std::borrow::Cow;

/// Gives every line's assets to `consumer`. `wanted` says whether a line is worth a look.
pub(super) fn consume(
    bytes: &[u8],
    first: u32,
    document: DocumentId,
    context: &Context,
    wanted: Option<&[memchr::memmem::Finder<'_>]>,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    if let Some(needles) = wanted
        && needles.iter().all(|needle| needle.find(bytes).is_none())
    {
        return;
    }
    let bytes = match first {
        1 => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
        _ => bytes,
    };
    // One look at the whole batch is much cheaper than one a line.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            report_bad_lines(bytes, first, document, told);
            String::from_utf8_lossy(bytes)
        }
    };
    let mut lines: Vec<(&str, u32)> = Vec::new();
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    for (end, number) in ends.zip(first..) {
        let line = &text[from..end];
        from = end + 1;
        let skipped = line.trim_ascii().is_empty()
            || told.bad_lines.contains(&number)
            || wanted
                .is_some_and(|needles| needles.iter().all(|n| n.find(line.as_bytes()).is_none()));
        if skipped {
            continue;
        }
        if depth::is_bounded(line.as_bytes()) {
            lines.push((line, number));
        } else {
            let place = Location {
                line: number,
                column: 1,
            };
            let message = format!("nested more than {} levels deep", depth::DEEPEST);
            told.gap(document, Some(place), GapReason::TooLarge, message);
        }
    }
    let mut others: Vec<(&str, u32)> = Vec::new();
    let mut invalid: Vec<(&str, u32, String, usize)> = Vec::new();
    let mut taken = 0;
    let texts = lines.iter().map(|(line, number)| AssetText {
        text: line,
        site: Site {
            document,
            way_back: WayBack::Line(*number),
        },
        lacks: &[],
        columns: Columns::default(),
        outline: Outline::default(),
    });
    consumer.consume(texts, |asset, fate| {
        let WayBack::Line(number) = asset.site.way_back else {
            return;
        };
        match fate {
            Fate::Taken => taken += 1,
            Fate::Later => told.later.push(Later {
                document,
                line: number,
                text: asset.text.to_owned(),
            }),
            Fate::NotNormal => others.push((asset.text, number)),
            Fate::Invalid(reason, offset) => invalid.push((asset.text, number, reason, offset)),
        }
    });
    if taken > 0 {
        told.dialects.insert(Dialect::AssetInventory);
        told.assets += taken;
    }
    for (line, number, reason, offset) in invalid {
        let column = line
            .get(..offset)
            .map_or(1, |before| before.chars().count() + 1);
        let place = Location {
            line: number,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        };
        told.gap(
            document,
            Some(place),
            GapReason::Invalid,
            format!("not valid JSON: {reason}"),
        );
    }
    for (line, number) in others {
        translated(line, number, document, context, consumer, told);
        if std::mem::take(&mut told.waits) {
            told.later.push(Later {
                document,
                line: number,
                text: line.to_owned(),
            });
        }
    }
}

/// Gives the assets of a line that is no asset in the normal form to `consumer`.
fn translated(
    line: &str,
    number: u32,
    document: DocumentId,
    context: &Context,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    let place = |column| Location {
        line: number,
        column,
    };
    let places = JsonText::new(line, place(1));
    match serde_json::from_str(line) {
        Ok(value) => one(&value, document, context, &places, consumer, told),
        Err(error) => {
            let column = u32::try_from(error.column()).unwrap_or(1).max(1);
            let message = format!("not valid JSON: {error}");
            told.gap(document, Some(place(column)), GapReason::Invalid, message);
        }
    }
}

/// Gives lines that were put off to `consumer` again.
pub(super) fn consume_again(lines: &[Later], context: &Context, consumer: &mut impl Consumer) {
    let texts = lines.iter().map(|later| AssetText {
        text: &later.text,
        site: Site {
            document: later.document,
            way_back: WayBack::Line(later.line),
        },
        lacks: &[],
        columns: Columns::default(),
        outline: Outline::default(),
    });
    let mut others: Vec<(&str, u32, DocumentId)> = Vec::new();
    consumer.consume(texts, |asset, fate| {
        if let (Fate::NotNormal, WayBack::Line(line)) = (fate, asset.site.way_back) {
            others.push((asset.text, line, asset.site.document));
        }
    });
    // What they are was told the first time.
    let mut told = Told::default();
    for (line, number, document) in others {
        translated(line, number, document, context, consumer, &mut told);
    }
}

fn report_bad_lines(bytes: &[u8], first: u32, document: DocumentId, told: &mut Told) {
    for (line, number) in bytes.split(|b| *b == b'\n').zip(first..) {
        if let Err(error) = std::str::from_utf8(line) {
            let before = String::from_utf8_lossy(&line[..error.valid_up_to()]);
            let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
            let place = Location {
                line: number,
                column,
            };
            told.gap(
                document,
                Some(place),
                GapReason::Invalid,
                "not UTF-8 text".to_owned(),
            );
            told.bad_lines.push(number);
        }
    }
}
