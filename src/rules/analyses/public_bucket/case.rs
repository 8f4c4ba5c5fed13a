//! All that the input says of one bucket and the public.

use super::{BUCKET, key};
use crate::access::exposure::{Answer, Guards, Way, every_address, exposed};
use crate::estate::{BucketFact, Estate, Evidence, GrantFact, Interest, Prevention, PublicAcl};
use crate::model::{GapReason, Truth};
use crate::rules::analyses::kept::Kept;
use indexmap::IndexMap;
use std::cell::OnceCell;

pub(super) const FILTER_MODE: &str = "$.resource.data.ipFilter.mode";
pub(super) const FILTER_RANGES: &str =
    "$.resource.data.ipFilter.publicNetworkSource.allowedIpCidrRanges[*]";

/// The facts about one bucket.
pub(in crate::rules::analyses) struct Case<'e> {
    /// As the input spells it.
    pub(super) name: &'e str,
    /// Its settings, if the input holds them.
    pub(super) settings: Option<&'e BucketFact>,
    /// What shuts or narrows its ways.
    pub(super) guards: Guards,
    policy: Vec<&'e GrantFact>,
    folders: Vec<&'e GrantFact>,
    /// Whether the input holds the bucket's allow policy, and every member of it is known.
    policy_known: bool,
}

/// The canonical name of the bucket that a policy is of, or of the bucket that the managed folder lies in.
pub(super) fn bucket_of(node: &str) -> Box<str> {
    let name = key(node);
    match name.split_once("/managedFolders/") {
        Some((bucket, _)) => bucket.into(),
        None => name,
    }
}

/// The buckets of an estate, looked up for the first rule that asks.
#[derive(Default)]
pub(in crate::rules::analyses) struct Cases<'e>(OnceCell<IndexMap<Box<str>, Case<'e>>>);

impl<'e> Cases<'e> {
    /// See [`cases`].
    pub(super) fn of(&self, estate: &'e Estate) -> &IndexMap<Box<str>, Case<'e>> {
        self.0.get_or_init(|| cases(estate))
    }
}

/// Every bucket with settings or with a grant to the public, by canonical name: those with grants first, in the order
/// of the input, then the others by name.
fn cases(estate: &Estate) -> IndexMap<Box<str>, Case<'_>> {
    let mut cases: IndexMap<Box<str>, Case<'_>> = IndexMap::new();
    for grant in estate.grants.by(&[Interest::PublicBucket]) {
        let bucket = bucket_of(&grant.node);
        let case = cases
            .entry(bucket)
            .or_insert_with_key(|bucket| Case::new(bucket, &grant.node, &grant.ancestors, estate));
        match grant.node.contains("/managedFolders/") {
            true => case.folders.push(grant),
            false => case.policy.push(grant),
        }
    }
    let mut rest: Vec<(&Box<str>, &BucketFact)> = estate.buckets.iter().collect();
    rest.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    for (bucket, settings) in rest {
        cases
            .entry(bucket.clone())
            .or_insert_with_key(|bucket| Case::new(bucket, &settings.name, &[], estate));
    }
    cases
}

impl<'e> Case<'e> {
    /// Of the bucket with this canonical name; `name` and `ancestors` are for one without settings.
    pub(super) fn new(
        bucket: &str,
        name: &'e str,
        ancestors: &[Box<str>],
        estate: &'e Estate,
    ) -> Case<'e> {
        let settings = estate.buckets.get(bucket);
        let ancestors = settings.map_or(ancestors, |settings| &settings.ancestors);
        let uniform = settings.and_then(|settings| settings.uniform);
        let doubtful = || {
            let mut doubts = estate.doubts.by(&[Interest::PublicBucket]);
            doubts.any(|doubt| *bucket_of(&doubt.node) == *bucket)
        };
        Case {
            name: settings.map_or(name, |settings| &settings.name),
            settings,
            guards: Guards {
                prevention: prevented(settings, ancestors, estate),
                uniform: uniform.map_or(Truth::Unknown, Truth::from),
                filter: filtered(bucket, estate),
                perimeter: estate.perimeter_of("storage.googleapis.com", ancestors),
            },
            policy: Vec::new(),
            folders: Vec::new(),
            policy_known: estate.bucket_policies.contains(bucket) && !doubtful(),
        }
    }

    /// Whether any policy names the public.
    pub(super) fn has_grants(&self) -> bool {
        !self.policy.is_empty() || !self.folders.is_empty()
    }

    /// The grants to the public, with their way.
    pub(super) fn grants(&self) -> impl Iterator<Item = (Way, &'e GrantFact)> {
        let policy = self.policy.iter().map(|grant| (Way::Policy, *grant));
        let folders = self.folders.iter().map(|grant| (Way::FolderPolicy, *grant));
        policy.chain(folders)
    }

    /// The public entries of a list, or why they are not known; `None` without settings, and for policies.
    pub(super) fn list(&self, way: Way) -> Option<&'e Result<Vec<PublicAcl>, GapReason>> {
        let settings = self.settings?;
        match way {
            Way::Acl => Some(&settings.acl),
            Way::DefaultObjectAcl => Some(&settings.default_acl),
            Way::Policy | Way::FolderPolicy | Way::ObjectAcl => None,
        }
    }

    /// The entries of the bucket's list by which the public changes something.
    pub(super) fn writers(&self) -> impl Iterator<Item = &'e PublicAcl> {
        let entries = self.list(Way::Acl).into_iter().flatten().flatten();
        entries.filter(|entry| entry.changes())
    }

    /// The first public member on a way, and where it stands.
    fn first(&self, way: Way) -> Option<(&'e str, &'e Evidence)> {
        let grant = self.grants().find(|(of, _)| *of == way);
        if let Some((_, grant)) = grant {
            return Some((&grant.member, &grant.evidence));
        }
        let entry = self.list(way)?.as_ref().ok()?.first()?;
        Some((&entry.entity, &entry.evidence))
    }

    /// What the table says of a way.
    pub(super) fn answer(&self, way: Way) -> Answer {
        let opened = match way {
            Way::Policy if !self.policy.is_empty() => Truth::Yes,
            Way::Policy if self.policy_known => Truth::No,
            Way::Policy => Truth::Unknown,
            // Whether all folders were exported cannot be told; one that was not is no doubt of this bucket.
            Way::FolderPolicy => Truth::from(!self.folders.is_empty()),
            // The same holds of objects, of which only some are ever listed.
            Way::ObjectAcl => Truth::No,
            Way::Acl | Way::DefaultObjectAcl => match self.list(way) {
                Some(Ok(entries)) => Truth::from(!entries.is_empty()),
                Some(Err(_)) | None => Truth::Unknown,
            },
        };
        self.guards.answer(way, opened)
    }
}

/// Who reaches a bucket from the internet, by any way.
pub(in crate::rules::analyses) enum Reach<'e> {
    /// The public: through what `place` shows.
    Public {
        /// `allUsers` or `allAuthenticatedUsers`.
        who: &'e str,
        /// The grant or the entry of a list.
        place: &'e Evidence,
        /// Whether it is certain that nothing holds it back.
        sure: Truth,
    },
    /// Nobody.
    Nobody,
    /// The input does not say.
    Unknown,
}

/// Whether the public reaches the bucket of this canonical name. `kept` holds the public grants.
pub(in crate::rules::analyses) fn reach<'e>(
    bucket: &str,
    kept: &Kept<'e>,
    estate: &'e Estate,
) -> Reach<'e> {
    let folders = format!("{bucket}/managedFolders/");
    let below = kept.nodes().filter(|(node, _)| node.starts_with(&folders));
    let first = kept.at(bucket).next();
    let ancestors = first.map_or(&[][..], |grant| &grant.ancestors);
    let mut case = Case::new(bucket, "", ancestors, estate);
    case.policy = kept.at(bucket).collect();
    case.folders = below
        .flat_map(|(_, grants)| grants.iter().copied())
        .collect();
    let open = Way::ALL.iter().find_map(|way| match case.answer(*way) {
        Answer::Open(held) => Some((held, case.first(*way)?)),
        _ => None,
    });
    match (open, exposed(Way::ALL.map(|way| case.answer(way)))) {
        (Some((held, (who, place))), _) => Reach::Public {
            who,
            place,
            sure: match held.by_nothing() {
                true => Truth::Yes,
                false => Truth::Unknown,
            },
        },
        (None, Truth::No) => Reach::Nobody,
        (None, _) => Reach::Unknown,
    }
}

/// Whether public access prevention holds for a bucket.
pub(in crate::rules::analyses) fn prevented(
    settings: Option<&BucketFact>,
    ancestors: &[Box<str>],
    estate: &Estate,
) -> Truth {
    let above = || estate.enforced_above("storage.publicAccessPrevention", ancestors);
    match settings.map(|settings| settings.prevention) {
        Some(Prevention::Enforced) => Truth::Yes,
        // Without organisation policies in the input one may be hidden, so this may stay unknown.
        Some(Prevention::Inherited) => above(),
        Some(Prevention::Unknown) | None => match above() {
            Truth::Yes => Truth::Yes,
            Truth::No | Truth::Unknown => Truth::Unknown,
        },
    }
}

/// Whether an IP filter is in force that keeps most of the internet out.
fn filtered(bucket: &str, estate: &Estate) -> Truth {
    let record = estate
        .records(BUCKET)
        .and_then(|buckets| buckets.named(bucket));
    let Some(mode) = record.and_then(|record| record.field(FILTER_MODE)) else {
        return Truth::Unknown;
    };
    match (mode.values.first(), &mode.lacks) {
        (Some(mode), _) if mode.value.as_text() == Some("Enabled") => {
            let ranges = record.and_then(|record| record.field(FILTER_RANGES));
            let ranges = ranges.into_iter().flat_map(|field| &field.values);
            let mut ranges = ranges.filter_map(|range| range.value.as_text());
            Truth::from(!ranges.any(every_address))
        }
        (None, Some(_)) => Truth::Unknown,
        _ => Truth::No,
    }
}
