//! From everything that was found to what is reported: severity overrides, suppressions, baseline, persona.

use super::Settings;
use super::baseline::{Entry, Known, fingerprints};
use super::pattern::RuleInfo;
use super::public::PublicBucket;
use super::suppress::Suppression;
use super::utc_date;
use crate::finding::{Confidence, Finding, Persona, Severity};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What became of the findings of a run. Nothing is dropped: each is in exactly one of `reported`,
/// `suppressed`, `baselined` and the hidden counts.
#[derive(Debug, Clone, Default)]
pub struct Triage {
    /// What is reported, in the order of [`Finding::compare`].
    pub reported: Vec<Finding>,
    /// What a suppression or a declaration covers, in the same order, with its reason and place.
    pub suppressed: Vec<(Finding, String)>,
    /// What the baseline already knew, in the same order.
    pub baselined: Vec<Finding>,
    /// What the persona and `min-severity` hide, in no particular order, if [`Settings::keep_hidden`] asks for it.
    pub hidden: Vec<Finding>,
    /// How many the persona hides.
    pub hidden_by_persona: u64,
    /// How many of the others `min-severity` hides.
    pub hidden_by_severity: u64,
    /// Lines for the user: first the warnings, then what is good to know.
    pub notices: Vec<String>,
    /// How many of the notices are warnings, which `--strict` turns into errors.
    pub warnings: usize,
    /// The worst severity reported.
    pub worst: Option<Severity>,
    /// Entries of the baseline whose rule ran and that matched nothing: fixed, or not in the input.
    pub stale: Vec<Entry>,
}

/// What a suppression did in this run.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    /// Whether any of its rules ran. If none did, it could not match.
    assessed: bool,
    matched: u64,
}

/// Sorts `findings` into what is reported, accepted, known and hidden, as `settings` say at `now`.
///
/// `rules` are the rules that ran, indexed by [`crate::finding::RuleId`]. A finding whose rule is not among them is
/// reported as it is. Suppressions and the baseline come before persona and `min-severity`, so that
/// showing less does not make them look unused.
pub fn triage(
    findings: Vec<Finding>,
    rules: &[RuleInfo<'_>],
    settings: &Settings,
    now: Timestamp,
) -> Triage {
    let today = utc_date(now);
    let rule_settings: Vec<RuleSettings<'_>> = rules
        .iter()
        .map(|rule| RuleSettings::new(rule, settings))
        .collect();
    let mut uses = vec![Use::default(); settings.suppressions.entries().len()];
    for at in rule_settings.iter().flat_map(|rule| &rule.suppressions) {
        uses[*at].assessed = true;
    }
    let mut declared = Declared::new(rules, settings);
    let baseline_size = settings
        .baseline
        .as_ref()
        .map_or(0, |baseline| baseline.entries().len());
    let mut seen = vec![false; baseline_size];
    let mut known = Known::default();
    let mut risen = 0_u64;
    // In place: there may be hundreds of thousands, and nearly all stay.
    let mut triage = Triage {
        reported: findings,
        ..Triage::default()
    };

    let Triage {
        reported,
        suppressed,
        baselined,
        hidden,
        hidden_by_persona,
        hidden_by_severity,
        ..
    } = &mut triage;
    reported.retain_mut(|finding| {
        let Some(rule) = rule_settings.get(usize::from(finding.rule.0)) else {
            return true;
        };
        if let Some(severity) = rule.severity {
            finding.severity = severity;
        }
        let prints = if settings.baseline.is_some() || rule.wants_fingerprint {
            fingerprints(finding, rules)
        } else {
            Vec::new()
        };
        let baseline = settings.baseline.as_ref();
        let entry = baseline.and_then(|baseline| baseline.find(&prints));
        if let Some((at, _)) = entry {
            seen[at] = true;
        }
        if let Some(text) = rule.suppressed(finding, &prints, settings, today, &mut uses) {
            suppressed.push((finding.clone(), text));
            return false;
        }
        if let Some(text) = declared.covered(finding, today) {
            suppressed.push((finding.clone(), text));
            return false;
        }
        match entry {
            Some((_, entry)) if finding.severity <= entry.severity => {
                known.add(entry, finding.severity);
                baselined.push(finding.clone());
                return false;
            }
            Some(_) => risen += 1,
            None => {}
        }
        let heard = speaks_to(settings.persona, rule.info, finding.confidence);
        let severe = finding.severity >= settings.min_severity;
        if !heard {
            *hidden_by_persona += 1;
        } else if !severe {
            *hidden_by_severity += 1;
        }
        if settings.keep_hidden && !(heard && severe) {
            hidden.push(finding.clone());
        }
        heard && severe
    });

    let mut by_id: Vec<usize> = (0..rules.len()).collect();
    by_id.sort_by_key(|at| rules[*at].id);
    let mut ranks = vec![0; rules.len()];
    for (rank, at) in by_id.into_iter().enumerate() {
        ranks[at] = rank;
    }
    let rank = |rule: crate::finding::RuleId| ranks.get(usize::from(rule.0));
    Finding::sort(&mut triage.reported, rank);
    Finding::sort(&mut triage.baselined, rank);
    triage
        .suppressed
        .sort_by(|(a, _), (b, _)| a.compare(b, rank));
    triage.worst = triage.reported.first().map(|finding| finding.severity);
    if let Some(baseline) = &settings.baseline {
        let ran = |entry: &Entry| {
            rules
                .iter()
                .any(|rule| rule.names().any(|name| name == entry.rule))
        };
        let unseen = baseline
            .entries()
            .iter()
            .zip(&seen)
            .filter(|(entry, seen)| !**seen && ran(entry));
        triage.stale = unseen.map(|(entry, _)| entry.clone()).collect();
    }
    if settings.apply_suppressions {
        let entries = settings.suppressions.entries().iter().zip(&uses);
        triage
            .notices
            .extend(entries.filter_map(|(entry, usage)| warning(entry, *usage, today)));
        triage.notices.extend(declared.warnings(today));
    }
    triage.warnings = triage.notices.len();
    triage.notices.extend(declared.remark());
    triage
        .notices
        .extend(remarks(&triage, &known, risen, settings, now));
    triage
}

/// What the settings say about one rule, decided once.
struct RuleSettings<'a> {
    info: &'a RuleInfo<'a>,
    severity: Option<Severity>,
    /// Indices of the suppressions that name it.
    suppressions: Vec<usize>,
    wants_fingerprint: bool,
}

impl<'a> RuleSettings<'a> {
    fn new(info: &'a RuleInfo<'a>, settings: &Settings) -> RuleSettings<'a> {
        let entries = settings.suppressions.entries();
        let suppressions: Vec<usize> = (0..entries.len())
            .filter(|at| entries[*at].names(info))
            .collect();
        RuleSettings {
            info,
            severity: settings.severity_of(info),
            wants_fingerprint: suppressions
                .iter()
                .any(|at| entries[*at].wants_fingerprint()),
            suppressions,
        }
    }

    /// The reason and place of the first suppression in force that covers `finding`. Each one in force that covers it
    /// counts as used, so that an overlap is not reported as unused; an expired one only if no other took its place.
    fn suppressed(
        &self,
        finding: &Finding,
        prints: &[String],
        settings: &Settings,
        today: Date,
        uses: &mut [Use],
    ) -> Option<String> {
        if !settings.apply_suppressions {
            return None;
        }
        let entries = settings.suppressions.entries();
        let covering = |at: &&usize| entries[**at].covers(finding, prints);
        let (expired, in_force): (Vec<usize>, Vec<usize>) = self
            .suppressions
            .iter()
            .filter(covering)
            .partition(|at| entries[**at].is_expired(today));
        let used = if in_force.is_empty() {
            &expired
        } else {
            &in_force
        };
        for at in used {
            uses[*at].matched += 1;
        }
        in_force.first().map(|at| entries[*at].describe())
    }
}

/// What the declarations of public buckets did in this run.
struct Declared<'s> {
    entries: &'s [PublicBucket],
    uses: Vec<Use>,
    /// The buckets that findings were about, by the names that people read, and how many findings.
    buckets: BTreeSet<String>,
    findings: u64,
}

impl<'s> Declared<'s> {
    fn new(rules: &[RuleInfo<'_>], settings: &'s Settings) -> Declared<'s> {
        let entries = match settings.apply_suppressions {
            true => settings.public.entries(),
            false => &[],
        };
        let about_the_public = |rule: &RuleInfo<'_>| rule.tags.iter().any(|tag| tag == PUBLIC);
        let usage = Use {
            assessed: rules.iter().any(about_the_public),
            matched: 0,
        };
        Declared {
            entries,
            uses: vec![usage; entries.len()],
            buckets: BTreeSet::new(),
            findings: 0,
        }
    }

    /// The reason and place of the first declaration in force that covers `finding`; the rest is as with suppressions.
    fn covered(&mut self, finding: &Finding, today: Date) -> Option<String> {
        if !finding.public_read {
            return None;
        }
        let covering = |(_, entry): &(usize, &PublicBucket)| entry.covers(finding);
        let (expired, in_force): (Vec<_>, Vec<_>) = (self.entries.iter().enumerate())
            .filter(covering)
            .partition(|(_, entry)| entry.is_expired(today));
        let used = match in_force.is_empty() {
            true => &expired,
            false => &in_force,
        };
        for (at, _) in used {
            self.uses[*at].matched += 1;
        }
        let (_, entry) = in_force.first()?;
        let name = finding.resource_for_people();
        let (scheme, path) = name.split_once("//").unwrap_or(("", &name));
        let bucket = path.split('/').next().unwrap_or_default();
        self.buckets.insert(format!("{scheme}//{bucket}"));
        self.findings += 1;
        Some(entry.describe())
    }

    fn warnings(&self, today: Date) -> impl Iterator<Item = String> {
        let uses = self.entries.iter().zip(&self.uses);
        uses.filter_map(move |(entry, usage)| {
            let PublicBucket { pattern, place, .. } = entry;
            match (entry.expires, usage.matched) {
                (Some(last), 0) if today > last => Some(format!(
                    "declaration of {pattern} as public at {place} expired on {last} and matches nothing any more: \
                     remove it"
                )),
                (Some(last), matched) if today > last => Some(format!(
                    "declaration of {pattern} as public at {place} expired on {last}: what it covered counts again \
                     ({matched} finding{})",
                    plural(matched)
                )),
                (_, 0) if usage.assessed => Some(format!(
                    "unused declaration at {place}: nothing that {pattern} matches was found open to the public; remove it"
                )),
                _ => None,
            }
        })
    }

    /// Which buckets are public on purpose, so that nobody takes silence for closed.
    fn remark(&self) -> Option<String> {
        let shown: Vec<&str> = self.buckets.iter().take(5).map(String::as_str).collect();
        let count = self.buckets.len() as u64;
        (count > 0).then(|| {
            let more = if count > 5 { ", …" } else { "" };
            format!(
                "{count} bucket{} declared public ({} finding{}): {}{more}",
                plural(count),
                self.findings,
                plural(self.findings),
                shown.join(", ")
            )
        })
    }
}

/// The tag of rules about who of the public comes in.
const PUBLIC: &str = "public-access";

/// Whether a finding is for this persona.
fn speaks_to(persona: Persona, rule: &RuleInfo<'_>, confidence: Confidence) -> bool {
    persona == Persona::Auditor || (rule.persona <= persona && confidence >= Confidence::Medium)
}

fn warning(entry: &Suppression, usage: Use, today: Date) -> Option<String> {
    let place = &entry.place;
    match (entry.expires, usage.matched) {
        (Some(last), 0) if today > last => Some(format!(
            "suppression at {place} expired on {last} and matches nothing any more: remove it"
        )),
        (Some(last), matched) if today > last => Some(format!(
            "suppression at {place} expired on {last}: what it covered counts again ({matched} finding{}{})",
            plural(matched),
            entry.contact()
        )),
        (_, 0) if usage.assessed => Some(format!(
            "unused suppression at {place}: nothing matches it ({}); remove it",
            entry.rule_texts()
        )),
        _ => None,
    }
}

fn remarks(
    triage: &Triage,
    known: &Known,
    risen: u64,
    settings: &Settings,
    now: Timestamp,
) -> Vec<String> {
    let mut remarks = settings.notices.clone();
    remarks.extend(known.summary(now));
    if risen > 0 {
        remarks.push(format!(
            "{risen} finding{} of the baseline reported again: more severe than recorded",
            plural(risen)
        ));
    }
    if !triage.stale.is_empty() {
        remarks.push(format!(
            "{} of the baseline no longer found: `leastwise baseline prune` removes what is fixed",
            triage.stale.len()
        ));
    }
    remarks
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
