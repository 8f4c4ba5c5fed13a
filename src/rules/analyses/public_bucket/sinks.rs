//! Buckets that log sinks write to, and the public.

use super::case::{Case, cases};
use super::{key, weigh};
use crate::access::exposure::{Answer, Way, exposed};
use crate::estate::{Estate, Evidence};
use crate::model::{GapReason, Truth, short_name};
use crate::rules::analyses::Verdicts;
use crate::rules::analyses::buckets::sinks::{destinations, without_sinks};

const UNTOLD: &str =
    "the input does not hold the policy or the lists of buckets that log sinks write to";

/// Answers for every bucket that a sink writes to, by all ways together.
pub(super) fn run(estate: &Estate, verdicts: &mut Verdicts<'_>) {
    without_sinks(estate, verdicts);
    let mut cases = cases(estate);
    let destinations = destinations(estate);
    for name in destinations.keys() {
        let bucket = key(name);
        cases
            .entry(bucket)
            .or_insert_with_key(|bucket| Case::new(bucket, name, &[], estate));
    }
    for (name, (sink, place)) in &destinations {
        let Some(case) = cases.get(&key(name)) else {
            continue;
        };
        match exposed(Way::ALL.map(|way| case.answer(way))) {
            Truth::No => verdicts.pass(),
            Truth::Unknown => verdicts.unknown(GapReason::InputMissing, UNTOLD, case.name, place),
            Truth::Yes => {
                let open = Way::ALL.iter().find_map(|way| match case.answer(*way) {
                    Answer::Open(held) => Some((held, case.first(*way)?)),
                    _ => None,
                });
                let Some((held, (member, evidence))) = open else {
                    continue;
                };
                let message = format!(
                    "{member} reaches {}, which the log sink {} writes to",
                    short_name(case.name),
                    sink.name.rsplit('/').next().unwrap_or_default()
                );
                let mut finding = verdicts.finding(case.name, evidence, message);
                finding.member = Some(member.into());
                weigh(&mut finding, held, Vec::new());
                verdicts.fail([finding]);
            }
        }
    }
}

impl<'e> Case<'e> {
    /// The first public member on a way, and where it stands.
    fn first(&self, way: Way) -> Option<(&'e str, &'e Evidence)> {
        let grant = self.grants().find(|(of, _)| *of == way);
        if let Some((_, grant)) = grant {
            return Some((&grant.member, &grant.evidence));
        }
        let entry = self.list(way)?.as_ref().ok()?.first()?;
        Some((&entry.entity, &entry.evidence))
    }
}
