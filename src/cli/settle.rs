//! What is done to the findings and gaps of a run once everything is judged: one thing is told once, by the name that
//! people know.

use crate::estate::Estate;
use crate::finding::{Finding, RuleId};
use crate::model::{DocumentId, Gap, GapReason, canonical, project_of, short_name};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// Gives resources that are named by a number the name that the input tells: a service account's address, a
/// project's id.
pub(super) fn name(findings: &mut [Finding], estate: &Estate) {
    let addresses: FxHashMap<&str, &str> = estate
        .accounts
        .values()
        .filter_map(|account| {
            let (_, id) = account.name.split_once("/serviceAccounts/")?;
            (!id.contains('@')).then_some((id, &*account.email))
        })
        .collect();
    let mut names: FxHashMap<Arc<str>, Option<Arc<str>>> = FxHashMap::default();
    for finding in findings {
        let known = match names.get(&finding.resource) {
            Some(known) => known.clone(),
            None => {
                let known = known_as(&finding.resource, &addresses, estate).map(Into::into);
                names.insert(finding.resource.clone(), known.clone());
                known
            }
        };
        finding.known_as = known;
    }
}

fn known_as(resource: &str, addresses: &FxHashMap<&str, &str>, estate: &Estate) -> Option<String> {
    if let Some((_, account)) = resource.split_once("/serviceAccounts/") {
        let (id, rest) = match account.find('/') {
            Some(end) => account.split_at(end),
            None => (account, ""),
        };
        return addresses.get(id).map(|address| format!("{address}{rest}"));
    }
    let number = format!("projects/{}", project_of(resource)?);
    let id = estate
        .alias(&number)
        .filter(|_| number[9..].bytes().all(|b| b.is_ascii_digit()))?;
    Some(short_name(resource).replacen(&number, id, 1))
}

/// Drops what another document has told already: exports overlap, and a bucket is no worse for being in two of them.
/// The first document keeps its findings; what stands several times in it is several things.
pub(super) fn once(findings: &mut Vec<Finding>) {
    type Key = (RuleId, [Option<Arc<str>>; 5]);
    let several = findings
        .iter()
        .any(|finding| finding.document != findings[0].document);
    if !several {
        return;
    }
    let mut first: FxHashMap<Key, DocumentId> = FxHashMap::default();
    let key = |finding: &Finding| -> Key {
        let resource = match canonical(&finding.resource) {
            Cow::Borrowed(_) => finding.resource.clone(),
            Cow::Owned(name) => name.into(),
        };
        let parts = [
            Some(resource),
            finding.role.clone(),
            finding.member.clone(),
            finding.condition.clone(),
            finding.detail.clone(),
        ];
        (finding.rule, parts)
    };
    for finding in findings.iter() {
        let document = first.entry(key(finding)).or_insert(finding.document);
        *document = (*document).min(finding.document);
    }
    // Of policies without an owner nobody can say that they are the same.
    findings.retain(|finding| {
        finding.resource.is_empty() || first.get(&key(finding)) == Some(&finding.document)
    });
}

/// That nobody knows whose a policy is was told where it was read, for each of them; what it left open, for all of
/// them together, where they were judged. That is one thing.
pub(super) fn owners(gaps: &mut Vec<Gap>) {
    let is_owner = |gap: &Gap| gap.reason == GapReason::ResourceUnknown;
    let Some(read) = gaps
        .iter()
        .position(|gap| is_owner(gap) && gap.rules.is_empty())
    else {
        return;
    };
    let (judged, kept): (Vec<Gap>, Vec<Gap>) = std::mem::take(gaps)
        .into_iter()
        .partition(|gap| is_owner(gap) && !gap.rules.is_empty());
    // What is read comes before what is judged, so the position has not moved.
    *gaps = kept;
    if let Some(read) = gaps.get_mut(read) {
        for gap in judged {
            read.outcomes += gap.outcomes;
            read.rules.extend(gap.rules);
        }
    }
}
