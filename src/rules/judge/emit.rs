//! From hits to findings and facts: the only place where the judges build strings.

use super::program::{Purpose, TypeProgram};
use super::scratch::{GrantHit, Scratch, offset_in};
use super::{Bench, Judge};
use crate::catalog::Stage;
use crate::estate::{
    AuditFact, BucketFact, DoubtFact, Evidence, Fact, GrantFact, Interest, Prevention, PublicAcl,
    RetiredGrant, account_of, evidence, shown_at,
};
use crate::finding::{Finding, Message, RuleId};
use crate::model::{AssetText, DocumentId, GapReason, Location, locate};
use crate::rules::grant::{Memo, policy_pointer};
use crate::rules::select::walk::{Selected, Value};
use crate::rules::select::{Hit, shown};
use std::sync::Arc;

/// What findings about one member of one binding have in common.
pub(super) struct SharedPlace {
    pub(super) binding: u32,
    pub(super) index: Option<u32>,
    resource: Arc<str>,
    member: Option<Arc<str>>,
    evidence: Evidence,
}

impl SharedPlace {
    /// Whether it is the place of `hit` too.
    pub(super) fn is_of(&self, hit: &GrantHit<'_>) -> bool {
        self.binding == hit.binding && self.index == hit.member.as_ref().map(|(index, _)| *index)
    }
}

impl Bench<'_> {
    /// The place of `pointer` in the user's document, with the resource, for a gap.
    pub(super) fn place(
        &self,
        asset: &AssetText<'_>,
        name: &str,
        pointer: &str,
        at: Option<usize>,
    ) -> (DocumentId, Location, Box<str>) {
        let place = evidence(asset, pointer, at);
        (place.document, place.location, name.into())
    }

    pub(super) fn select_finding(
        &self,
        rule: usize,
        asset: &AssetText<'_>,
        name: &Arc<str>,
        hit: &Hit,
        memo: &mut Memo<'_>,
    ) -> Finding {
        let file = &self.rules[rule].file;
        let at = hit.at.map(|at| shown_at(asset.text, at));
        // The same few pointers for every asset of a type.
        let place = memo.texts.evidence(asset, &hit.pointer, at);
        let called = element_name(asset.text, hit);
        let value = memo.texts.shared(called.as_deref().unwrap_or(&hit.value));
        // What a path with several nodes found is told apart by the value, not by its index, which moves.
        let several = file
            .select
            .as_ref()
            .is_some_and(|select| select.forbid.is_some());
        Finding {
            rule: RuleId(u16::try_from(rule).unwrap_or(u16::MAX)),
            severity: file.severity,
            confidence: file.confidence,
            resource: name.clone(),
            known_as: None,
            role: None,
            member: None,
            condition: None,
            detail: several.then(|| value.clone()),
            public_read: false,
            message: Message::Template(Some(value)),
            note: None,
            document: place.document,
            pointer: place.pointer,
            location: place.location,
        }
    }

    pub(super) fn grant_finding(
        &self,
        rule: usize,
        hit: &GrantHit<'_>,
        place: &SharedPlace,
        memo: &mut Memo<'_>,
    ) -> Finding {
        let file = &self.rules[rule].file;
        let witness = memo.witness(hit.bit, &hit.role, hit.condition.is_some());
        Finding {
            rule: RuleId(u16::try_from(rule).unwrap_or(u16::MAX)),
            severity: file.severity,
            confidence: file.confidence,
            resource: place.resource.clone(),
            known_as: None,
            role: Some(memo.texts.shared(&hit.role)),
            member: place.member.clone(),
            condition: hit
                .condition
                .as_deref()
                .map(|expression| memo.texts.shared(expression)),
            detail: None,
            public_read: false,
            message: Message::Template(witness.permission),
            note: witness.note,
            document: place.evidence.document,
            pointer: place.evidence.pointer.clone(),
            location: place.evidence.location,
        }
    }

    /// Where a hit is, shared by all findings about the same member of the same binding.
    pub(super) fn shared_place(
        &self,
        asset: &AssetText<'_>,
        resource: &Arc<str>,
        hit: &GrantHit<'_>,
        memo: &mut Memo<'_>,
    ) -> SharedPlace {
        SharedPlace {
            binding: hit.binding,
            index: hit.member.as_ref().map(|(index, _)| *index),
            resource: resource.clone(),
            member: hit
                .member
                .as_ref()
                .map(|(_, member)| memo.texts.shared(member)),
            evidence: self.grant_place(asset, hit, memo),
        }
    }

    fn grant_place(
        &self,
        asset: &AssetText<'_>,
        hit: &GrantHit<'_>,
        memo: &mut Memo<'_>,
    ) -> Evidence {
        let index = hit.member.as_ref().map(|(index, _)| *index);
        let text = hit.member.as_ref().map_or(&hit.role, |(_, member)| member);
        // A string without escapes is a slice of the asset's text, so its place is known already.
        let at = offset_in(asset.text, text).map(|at| at.saturating_sub(1));
        memo.texts.policy_evidence(asset, hit.binding, index, at)
    }

    pub(super) fn grant_fact(
        &self,
        interest: Interest,
        place: &SharedPlace,
        scratch: &Scratch<'_>,
        hit: &GrantHit<'_>,
        memo: &mut Memo<'_>,
    ) -> Fact {
        let condition = hit.condition.as_deref();
        Fact::Grant(GrantFact {
            interest,
            node: place.resource.clone(),
            role: memo.texts.shared(&hit.role),
            member: (place.member.clone()).unwrap_or_else(|| memo.texts.shared("")),
            condition: condition.map(|expression| memo.texts.shared(expression)),
            ancestors: memo.texts.ancestors(&scratch.ancestors),
            evidence: place.evidence.clone(),
        })
    }
}

impl Bench<'_> {
    /// That a policy may hold grants which an analysis asked for: once for each interest, by the first doubt.
    fn doubts(&self, asset: &AssetText<'_>, scratch: &Scratch<'_>) -> Vec<Fact> {
        let mut told = Vec::new();
        let mut facts = Vec::new();
        for (bits, doubt) in &scratch.unknown {
            for bit in bits.iter() {
                let Purpose::Fact(interest, _) = self.program.purposes[bit] else {
                    continue;
                };
                if told.contains(&interest) {
                    continue;
                }
                told.push(interest);
                let cause = doubt.cause();
                facts.push(Fact::Doubt(DoubtFact {
                    interest,
                    node: (&*scratch.name).into(),
                    reason: cause.reason,
                    subject: cause.subject,
                    evidence: evidence(asset, doubt.pointer(), None),
                }));
            }
        }
        facts
    }
}

impl Judge<'_> {
    /// Facts that any policy of a node leaves: its audit configuration, the custom roles it binds.
    pub(super) fn policy_facts(
        &mut self,
        program: &TypeProgram,
        asset: &AssetText<'_>,
        scratch: &Scratch<'_>,
    ) {
        let facts = &mut self.output.facts;
        if scratch.has_policy && program.has_facts {
            let logs = scratch.audit.iter();
            facts.push(Fact::Audit(AuditFact {
                node: (&*scratch.name).into(),
                ancestors: boxed(&scratch.ancestors),
                logs: logs
                    .map(|log| {
                        (
                            (&*log.service).into(),
                            (&*log.log_type).into(),
                            log.exempted,
                        )
                    })
                    .collect(),
                carried: lacking(asset, "/iamPolicy/auditConfigs").is_none(),
                evidence: evidence(asset, "/iamPolicy", None),
            }));
        }
        if scratch.has_policy && program.bucket.is_some() {
            facts.push(Fact::BucketPolicy((&*scratch.name).into()));
        }
        let is_retired = |role: &str| {
            let described = self.bench.roles.custom(role);
            described.is_some_and(|role| !role.is_in_force() || role.stage == Stage::Deprecated)
        };
        let mut retired = Vec::new();
        for (role, binding) in &scratch.custom_roles {
            if is_retired(role) {
                retired.push((&**role, *binding));
            }
            if self.memo.texts.first_time(role) {
                let texts = &mut self.memo.texts;
                let place = texts.policy_evidence(asset, *binding, None, None);
                facts.push(Fact::Bound(
                    (&**role).into(),
                    (&*scratch.name).into(),
                    place,
                ));
            }
        }
        facts.extend(self.bench.doubts(asset, scratch));
        if !retired.is_empty() {
            facts.extend(retired_grants(asset, &scratch.name, &retired));
        }
        if scratch.has_resource {
            facts.extend(account_of(&scratch.name, asset.text).map(Fact::Account));
        }
    }

    /// What decides who reaches a bucket, out of the walk.
    pub(super) fn bucket_fact(
        &mut self,
        program: &TypeProgram,
        asset: &AssetText<'_>,
        scratch: &Scratch<'_>,
    ) {
        let Some(probes) = &program.bucket else {
            return;
        };
        let found = &scratch.found;
        let absent = |slot: usize| matches!(found.slots[slot].value, Value::Absent);
        let nothing = absent(probes.prevention) && absent(probes.uniform) && absent(probes.project);
        let data = || sonic_rs::get(asset.text, ["resource", "data"]).ok();
        if nothing && !data().is_some_and(|data| data.as_raw_str().starts_with('{')) {
            // `"resource": null` beside a policy says nothing of the settings, and must not hide those of another line.
            return;
        }
        let lacks = |pointer: &str| lacking(asset, pointer);
        let prevention = match &found.slots[probes.prevention].value {
            Value::Text(text) if text.eq_ignore_ascii_case("enforced") => Prevention::Enforced,
            Value::Text(_) => Prevention::Inherited,
            Value::Absent
                if lacks("/resource/data/iamConfiguration/publicAccessPrevention").is_none() =>
            {
                Prevention::Inherited
            }
            _ => Prevention::Unknown,
        };
        let switch = |slot: usize| match found.slots[slot].value {
            Value::Bool(on) => Some(on),
            _ => None,
        };
        let uniform = switch(probes.uniform).or_else(|| switch(probes.uniform_old));
        let uniform = match uniform {
            None if lacks("/resource/data/iamConfiguration/uniformBucketLevelAccess").is_none() => {
                Some(false)
            }
            known => known,
        };
        let acl = |list: usize, field: &str| {
            let entries: Vec<PublicAcl> = found.lists[list]
                .iter()
                .map(|entry| public_acl(asset, entry))
                .collect();
            match lacks(&format!("/resource/data/{field}")) {
                Some(reason) if entries.is_empty() => Err(reason),
                _ => Ok(entries),
            }
        };
        let mut ancestors = boxed(&scratch.ancestors);
        if ancestors.is_empty() {
            match &found.slots[probes.project].value {
                Value::Text(number) => ancestors.push(format!("projects/{number}").into()),
                Value::Number(number) => ancestors.push(format!("projects/{number}").into()),
                _ => {}
            }
        }
        let fact = BucketFact {
            name: (&*scratch.name).into(),
            ancestors,
            prevention,
            uniform,
            acl: acl(probes.acl, "acl"),
            default_acl: acl(probes.default_acl, "defaultObjectAcl"),
            evidence: evidence(asset, "/resource/data", None),
        };
        self.output.facts.push(Fact::Bucket(fact));
    }
}

/// Why the setting at `pointer`, or a part of it, is not in the input. What is lacking as a whole may hold parts that
/// were given alone, such as the ACL that was fetched without its bucket.
pub(super) fn lacking(asset: &AssetText<'_>, pointer: &str) -> Option<GapReason> {
    let is_below = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let steps = || pointer.split('/').skip(1);
    let given = || sonic_rs::get(asset.text, steps()).is_ok();
    asset.lacks.iter().find_map(|(lack, reason)| {
        let lacks = is_below(lack, pointer) || (is_below(pointer, lack) && !given());
        lacks.then_some(*reason)
    })
}

/// Who is bound to roles that are disabled, deprecated or deleted, by the numbers of the bindings, ascending. Such
/// bindings are rare, so the walk does not keep their members and the policy is gone through again.
fn retired_grants(asset: &AssetText<'_>, node: &str, bindings: &[(&str, u32)]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let Ok(list) = sonic_rs::get(asset.text, ["iamPolicy", "bindings"]) else {
        return facts;
    };
    let mut wanted = bindings.iter().peekable();
    for (number, binding) in sonic_rs::to_array_iter(list.as_raw_str()).enumerate() {
        let Ok(binding) = binding else { break };
        let Some((role, _)) = wanted.next_if(|(_, wanted)| *wanted as usize == number) else {
            continue;
        };
        let expression = sonic_rs::get(binding.as_raw_str(), ["condition", "expression"]).ok();
        let condition =
            expression.and_then(|text| sonic_rs::from_str::<String>(text.as_raw_str()).ok());
        let Ok(members) = sonic_rs::get(binding.as_raw_str(), ["members"]) else {
            continue;
        };
        for (index, member) in sonic_rs::to_array_iter(members.as_raw_str()).enumerate() {
            let Ok(raw) = member else { break };
            let Ok(member) = sonic_rs::from_str::<String>(raw.as_raw_str()) else {
                continue;
            };
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let place = policy_pointer(number, Some(index));
            let at = (raw.as_raw_str().as_ptr() as usize).checked_sub(asset.text.as_ptr() as usize);
            facts.push(Fact::Retired(RetiredGrant {
                node: node.into(),
                role: (*role).into(),
                member: member.into(),
                condition: condition.as_deref().map(Into::into),
                evidence: evidence(asset, place, at.filter(|at| *at < asset.text.len())),
            }));
        }
    }
    facts
}

fn public_acl(asset: &AssetText<'_>, entry: &Selected<'_>) -> PublicAcl {
    let place = evidence(asset, format!("{}/entity", entry.pointer), None);
    let (entity, role) = named(asset.text, &entry.pointer);
    PublicAcl {
        entity: entity.into(),
        role: role.map(Into::into),
        evidence: place,
    }
}

/// Which of the two public entities an ACL entry names, and as what.
fn named(text: &str, pointer: &str) -> (String, Option<String>) {
    let asset = serde_json::from_str::<serde_json::Value>(text).ok();
    let entry = asset.as_ref().and_then(|asset| asset.pointer(pointer));
    let word = |key: &str| Some(entry?.get(key)?.as_str()?.to_owned());
    (word("entity").unwrap_or_default(), word("role"))
}

fn boxed(texts: &[std::borrow::Cow<'_, str>]) -> Vec<Box<str>> {
    texts.iter().map(|text| (&**text).into()).collect()
}

/// The name of the element of a list, such as a node pool, that a hit is: "an object" says nothing, and two of them are
/// not one.
fn element_name(text: &str, hit: &Hit) -> Option<String> {
    let (_, token) = hit.pointer.rsplit_once('/')?;
    let is_element = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    if !is_element || hit.value != shown(&Value::Object) {
        return None;
    }
    let at = hit.at.or_else(|| locate::offset_of(text, &hit.pointer))?;
    let name = sonic_rs::get(text.get(at..)?, ["name"]).ok()?;
    serde_json::from_str(name.as_raw_str()).ok()
}
