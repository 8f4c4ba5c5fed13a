//! The baseline: findings that were known when it was written. Only new and worse ones are reported.

use super::atomic::write_atomically;
use super::discover::read_text_up_to;
use super::error::{SettingsError, Source};
use super::pattern::RuleInfo;
use super::utc_date;
use crate::finding::{Finding, Severity, fingerprint};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::Path;

/// The version of the file format that is written and read.
const FORMAT: u32 = 1;

/// About two million entries; more is not a baseline but a mistake.
const SIZE_LIMIT: u64 = 512 << 20;

/// A baseline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The tool that wrote it, `leastwise 0.1.0`.
    pub tool: String,
    /// When it was written.
    pub created: Timestamp,
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
}

/// One known finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its fingerprint, which alone decides whether a finding is known.
    #[serde(deserialize_with = "checked_fingerprint")]
    pub fp: String,
    /// The rule's id, for people.
    pub rule: String,
    /// The resource, for people.
    pub resource: String,
    /// The day, in UTC, on which it entered a baseline.
    pub first_seen: Date,
    /// How bad it was. A finding that has become worse is reported again.
    pub severity: Severity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    tool: String,
    created: Timestamp,
    entries: Vec<Entry>,
}

/// What of a baseline came back, in one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Findings that the baseline covers.
    pub count: usize,
    /// The first day of the oldest of them.
    pub oldest: Option<Date>,
    /// How many of them are critical.
    pub critical: usize,
    /// How many of them are high.
    pub high: usize,
}

impl Baseline {
    /// Reads the file `path`.
    ///
    /// # Errors
    /// If it cannot be read, was written by a later version, or is damaged; then with line and column.
    pub fn load(path: &Path) -> Result<Baseline, SettingsError> {
        Baseline::parse(&read_text_up_to(path, SIZE_LIMIT)?)
    }

    /// Reads the text of a baseline file.
    ///
    /// # Errors
    /// As for [`Baseline::load`].
    pub fn parse(source: &Source) -> Result<Baseline, SettingsError> {
        #[derive(Deserialize)]
        struct Header {
            version: u32,
        }
        // The version first: a later format may differ in anything else.
        let header: Header =
            serde_json::from_str(&source.text).map_err(|error| damaged(source, &error))?;
        if header.version != FORMAT {
            let message = format!(
                "a baseline of format {}, and this is format {FORMAT}",
                header.version
            );
            let help = "use the leastwise that wrote it, or write it again with `leastwise baseline write`";
            return Err(source.error(0..1, message, Some(help.to_owned())));
        }
        let file: File =
            serde_json::from_str(&source.text).map_err(|error| damaged(source, &error))?;
        Ok(Baseline::new(file.tool, file.created, file.entries))
    }

    /// Sorts, and folds entries of one fingerprint into one: the first day and the lesser severity, so that
    /// joining two versions of the file by hand never hides more than each of them did.
    fn new(tool: String, created: Timestamp, mut entries: Vec<Entry>) -> Baseline {
        entries.sort_by(|a, b| a.order().cmp(&b.order()));
        let mut index = HashMap::with_capacity(entries.len());
        let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match index.get(&entry.fp) {
                Some(&at) => {
                    let known: &mut Entry = &mut kept[at];
                    known.first_seen = known.first_seen.min(entry.first_seen);
                    known.severity = known.severity.min(entry.severity);
                }
                None => {
                    index.insert(entry.fp.clone(), kept.len());
                    kept.push(entry);
                }
            }
        }
        Baseline {
            tool,
            created,
            entries: kept,
            index,
        }
    }

    /// A baseline of `findings`: those of a run in which suppressions counted and no baseline did. The first
    /// day of what `previous` knew is carried forward.
    pub fn of<'f>(
        findings: impl IntoIterator<Item = &'f Finding>,
        rules: &[RuleInfo<'_>],
        previous: Option<&Baseline>,
        now: Timestamp,
        version: &str,
    ) -> Baseline {
        let today = utc_date(now);
        let mut worst: HashMap<String, Entry> = HashMap::new();
        for finding in findings {
            let prints = fingerprints(finding, rules);
            let Some(fp) = prints.first() else { continue };
            let known = previous.and_then(|previous| previous.find(&prints));
            let entry = worst.entry(fp.clone()).or_insert_with(|| Entry {
                fp: fp.clone(),
                rule: rules[usize::from(finding.rule.0)].id.to_owned(),
                resource: finding.resource.to_string(),
                first_seen: known.map_or(today, |(_, entry)| entry.first_seen),
                severity: finding.severity,
            });
            // One finding in two documents has one fingerprint; what is accepted is the worse.
            entry.severity = entry.severity.max(finding.severity);
        }
        Baseline::new(
            format!("leastwise {version}"),
            now,
            worst.into_values().collect(),
        )
    }

    /// The entries, sorted by rule, resource and fingerprint.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of the first of `fingerprints` that it knows, and its index.
    pub(super) fn find(&self, fingerprints: &[String]) -> Option<(usize, &Entry)> {
        let at = fingerprints
            .iter()
            .find_map(|print| self.index.get(print))?;
        self.entries.get(*at).map(|entry| (*at, entry))
    }

    /// Without the entries that `stale` lists, and nothing added: what `baseline prune` writes.
    #[must_use]
    pub fn without(&self, stale: &[Entry]) -> Baseline {
        let gone: std::collections::HashSet<&str> =
            stale.iter().map(|entry| entry.fp.as_str()).collect();
        let kept = self
            .entries
            .iter()
            .filter(|entry| !gone.contains(entry.fp.as_str()));
        Baseline::new(self.tool.clone(), self.created, kept.cloned().collect())
    }

    /// The text of the file: JSON, one line an entry, so that a diff and a merge see one finding at a time.
    ///
    /// # Errors
    /// None in practice: the content is plain data.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = format!(
            "{{\n  \"version\": {FORMAT},\n  \"tool\": {},\n  \"created\": {},\n  \"entries\": [",
            serde_json::to_string(&self.tool)?,
            serde_json::to_string(&self.created)?
        );
        for (i, entry) in self.entries.iter().enumerate() {
            text.push_str(if i == 0 { "\n    " } else { ",\n    " });
            text.push_str(&serde_json::to_string(entry)?);
        }
        text.push_str(if self.entries.is_empty() {
            "]\n}\n"
        } else {
            "\n  ]\n}\n"
        });
        Ok(text)
    }

    /// Writes the file `path`, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written; the old content is then unchanged.
    pub fn write(&self, path: &Path) -> Result<(), SettingsError> {
        let result = self
            .to_json()
            .map_err(std::io::Error::from)
            .and_then(|text| write_atomically(path, text.as_bytes()));
        result.map_err(|source| SettingsError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

impl Entry {
    fn order(&self) -> (&str, &str, &str) {
        (&self.rule, &self.resource, &self.fp)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        let rest = |entry: &Entry| (entry.first_seen, entry.severity);
        self.order()
            .cmp(&other.order())
            .then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Known {
    pub(super) fn add(&mut self, entry: &Entry, severity: Severity) {
        let oldest = self.oldest.unwrap_or(entry.first_seen);
        self.count += 1;
        self.oldest = Some(oldest.min(entry.first_seen));
        self.critical += usize::from(severity == Severity::Critical);
        self.high += usize::from(severity == Severity::High);
    }

    /// `41 baselined, oldest 187 d, 8 high`; `None` if nothing was.
    pub fn summary(&self, now: Timestamp) -> Option<String> {
        let oldest = self.oldest?;
        // A first day ahead of the clock is no age.
        let days = utc_date(now).duration_since(oldest).as_hours().max(0) / 24;
        let mut text = format!("{} baselined, oldest {days} d", self.count);
        for (count, severity) in [
            (self.critical, Severity::Critical),
            (self.high, Severity::High),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {}", severity.slug()));
            }
        }
        Some(text)
    }
}

/// The fingerprints of `finding`: under its rule's id, then under the rule's earlier ids, so that renaming a rule
/// brings nothing back.
pub fn fingerprints(finding: &Finding, rules: &[RuleInfo<'_>]) -> Vec<String> {
    let rule = rules.get(usize::from(finding.rule.0));
    rule.map(|rule| {
        rule.names()
            .map(|name| fingerprint(name, finding))
            .collect()
    })
    .unwrap_or_default()
}

fn checked_fingerprint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if super::is_fingerprint(&text) {
        Ok(text)
    } else {
        Err(serde::de::Error::custom("not a fingerprint"))
    }
}

fn damaged(source: &Source, error: &serde_json::Error) -> SettingsError {
    let text = error.to_string();
    // serde_json appends the place, which the frame already shows.
    let message = text.split(" at line ").next().unwrap_or(&text);
    let conflict = source.text.lines().any(|line| line.starts_with("<<<<<<< "));
    let help = if conflict {
        "it holds the marks of an unfinished merge: keep the lines of both sides"
    } else {
        "restore it from version control, or write it again with `leastwise baseline write`"
    };
    source.error_at(
        error.line(),
        error.column(),
        format!("damaged baseline: {message}"),
        Some(help.to_owned()),
    )
}
