//! Judges assets one by one, in any number of threads; what needs more than one asset is left as a fact.

mod binding;
mod emit;
mod glance;
mod output;
mod pending;
mod program;
mod record;
mod scratch;
#[cfg(test)]
mod tests;
mod visit;
mod watch;
mod whose;

pub use output::{Output, Tally};
pub use program::Program;

use super::Rule;
use super::bits::Bits;
use super::grant::{Memo, Organization};
use super::select::{Context, Verdict};
use crate::catalog::Roles;
use crate::estate::{self, Interest};
use crate::model::{AssetText, Consumer, Fate, Gap, GapReason, WayBack};
use emit::SharedPlace;
use glance::oddities;
use jiff::Timestamp;
pub(crate) use output::Cause;
use program::Purpose;
pub(crate) use program::{BUCKET, TypeProgram};
use scratch::{Doubt, GrantHit, Scratch};
use serde::de::DeserializeSeed;
use std::borrow::Cow;
use std::sync::Arc;
use visit::AssetSeed;
use watch::Watched;
pub use watch::{Proof, Sight, Watch};
use whose::is_own;

/// What all workers share.
pub struct Bench<'r> {
    /// The compiled rules.
    pub program: &'r Program,
    /// The rules as written, for messages.
    pub rules: &'r [Rule],
    /// The catalogue with the custom roles of the input.
    pub roles: &'r Roles<'r>,
    /// Whether `roles` holds every custom role of the input. Otherwise assets that bind others are put off.
    pub roles_complete: bool,
    /// Whether names of numbered resources are kept.
    pub names: bool,
    /// Who is inside.
    pub organization: &'r Organization,
    /// "Now", for ages and expiries.
    pub now: Timestamp,
    /// What earlier runs found, if anybody remembers.
    pub watch: Option<&'r Watch>,
}

/// One worker.
pub struct Judge<'r> {
    bench: &'r Bench<'r>,
    memo: Memo<'r>,
    output: Output,
}

impl<'r> Judge<'r> {
    /// A worker over `bench`.
    pub fn new(bench: &'r Bench<'r>) -> Judge<'r> {
        Judge {
            bench,
            memo: Memo::new(&bench.program.grants, bench.roles, bench.now),
            output: Output::new(bench.program),
        }
    }

    fn judge<'de>(&mut self, asset: &AssetText<'de>, scratch: &mut Scratch<'de>) -> Fate {
        scratch.clear();
        let mut deserializer = sonic_rs::Deserializer::from_str(asset.text);
        let program = self.bench.program;
        let seed = AssetSeed {
            program,
            judge: self,
            scratch,
            text: asset.text,
        };
        let read = seed.deserialize(&mut deserializer).and_then(|program| {
            deserializer.end()?;
            Ok(program)
        });
        match read {
            Ok(Some(program)) if program.is_dataset && has_untold_list(asset, scratch) => {
                Fate::NotNormal
            }
            Ok(Some(program)) if program.is_renamed => Fate::NotNormal,
            Ok(Some(_)) if !self.bench.roles_complete && self.binds_unseen_role(scratch) => {
                Fate::Later
            }
            Ok(Some(program)) => {
                self.settle(program, asset, scratch);
                Fate::Taken
            }
            Ok(None) => Fate::NotNormal,
            // A shape that the fast reader does not expect may still be an asset to a patient one.
            Err(error) if error.is_unmatched_type() || error.is_not_found() => Fate::NotNormal,
            Err(error) => Fate::Invalid(first_line(&error.to_string()), error.offset()),
        }
    }

    fn binds_unseen_role(&self, scratch: &Scratch<'_>) -> bool {
        let unseen = |(role, _): &(Cow<'_, str>, u32)| self.bench.roles.custom(role).is_none();
        scratch.custom_roles.iter().any(unseen)
    }

    /// Judges an asset that was read to its end.
    fn settle<'de>(
        &mut self,
        program: &TypeProgram,
        asset: &AssetText<'de>,
        scratch: &mut Scratch<'de>,
    ) {
        asset.outline.know(scratch.parts);
        self.output.assets += 1;
        self.output.by_type[program.index] += 1;
        self.output.bindings += u64::from(scratch.bindings);
        self.output.grants += scratch.grants;
        if let Some(watch) = self.bench.watch {
            let sight = &mut self.output.sight;
            sight.meet(&scratch.asset_type, &scratch.name, watch.of(&scratch.name));
        }
        let facts = self.bench.program.keeps_facts
            || (self.bench.names && program.has_names && scratch.has_resource)
            || (program.is_role && !self.bench.roles_complete);
        let document = (program.needs_document
            || facts && (program.has_facts || scratch.has_org_policy))
            .then(|| serde_json::from_str::<serde_json::Value>(asset.text).ok())
            .flatten();
        if scratch.has_policy && !asset.lacks.is_empty() {
            self.pending(program, asset, scratch);
        }
        if facts {
            if let Some(document) = &document {
                estate::facts_of(document, asset, &mut self.output.facts);
            }
            self.policy_facts(program, asset, scratch);
            if self.bench.program.glances && scratch.has_policy {
                self.output.facts.extend(oddities(asset, scratch));
            }
        }
        if scratch.has_policy {
            self.output.bucket_policies += u64::from(program.bucket.is_some());
            self.settle_grants(program, asset, scratch);
        }
        if scratch.has_resource && facts {
            self.bucket_fact(program, asset, scratch);
            let record = program.record.as_ref();
            let record = record.and_then(|record| record.read(asset, scratch, &mut self.memo));
            self.output.facts.extend(record);
        }
        let context = Context {
            now: self.bench.now,
            lacks: asset.lacks,
            document: document.as_ref(),
        };
        self.settle_selects(program, asset, scratch, &context);
    }

    fn settle_selects(
        &mut self,
        program: &TypeProgram,
        asset: &AssetText<'_>,
        scratch: &Scratch<'_>,
        context: &Context<'_>,
    ) {
        let watched = self.bench.watched(&scratch.name);
        let mut name: Option<Arc<str>> = None;
        for select in &program.selects {
            // An asset's settings and its policy often come in two lines; each is judged by what it holds.
            if !select.looks_at(
                scratch.has_resource,
                scratch.has_policy,
                scratch.has_org_policy,
            ) {
                continue;
            }
            let verdict = select.judge(&scratch.found, context);
            if let Some(watched) = watched {
                let decided = !matches!(verdict, Verdict::Unknown(..));
                self.output.sight.note(watched, select.rule, decided);
            }
            let tally = &mut self.output.tallies[select.rule];
            match verdict {
                Verdict::Pass => tally.pass += 1,
                Verdict::NotApplicable => tally.not_applicable += 1,
                Verdict::Unknown(reason, subject) => {
                    tally.unknown += 1;
                    let first = || self.bench.place(asset, &scratch.name, &subject, None);
                    let cause = Cause {
                        reason,
                        subject: subject.as_str().into(),
                    };
                    self.output.unknown(cause, [select.rule], 1, first);
                }
                Verdict::Fail(hits) => {
                    tally.fail += 1;
                    let name = name.get_or_insert_with(|| (&*scratch.name).into()).clone();
                    let (bench, memo) = (self.bench, &mut self.memo);
                    let findings = hits
                        .iter()
                        .map(|hit| bench.select_finding(select.rule, asset, &name, hit, memo));
                    self.output.findings.extend(findings);
                }
            }
        }
    }

    fn settle_grants<'de>(
        &mut self,
        program: &TypeProgram,
        asset: &AssetText<'de>,
        scratch: &mut Scratch<'de>,
    ) {
        self.inconsistent_version(program, scratch);
        self.settle_own(program, scratch);
        self.settle_places(program, scratch);
        let resource: Arc<str> = if scratch.hits.is_empty() {
            "".into()
        } else {
            (&*scratch.name).into()
        };
        let mut place: Option<SharedPlace> = None;
        for hit in &scratch.hits {
            let purpose = self.bench.program.purposes[hit.bit];
            // One grant is enough to know that somebody has one.
            if let Purpose::Fact(Interest::Accounts | Interest::Groups, _) = purpose {
                let member = hit.member.as_ref();
                if !member.is_some_and(|(_, member)| self.memo.texts.first_time(member)) {
                    continue;
                }
            }
            let (bench, memo) = (self.bench, &mut self.memo);
            let here = match place.take().filter(|place| place.is_of(hit)) {
                Some(place) => place,
                None => bench.shared_place(asset, &resource, hit, memo),
            };
            match purpose {
                Purpose::Rule(rule) => {
                    let finding = bench.grant_finding(rule, hit, &here, memo);
                    self.output.findings.push(finding);
                }
                Purpose::Fact(interest, _) => {
                    let fact = bench.grant_fact(interest, &here, scratch, hit, memo);
                    self.output.facts.push(fact);
                }
            }
            place = Some(here);
        }
        let mut unknown = Bits::EMPTY;
        for (bits, doubt) in &scratch.unknown {
            let bits = bits.without(scratch.fail);
            if bits.is_empty() || is_own(scratch, doubt) {
                continue;
            }
            let fresh = bits.and(program.rules).without(unknown);
            unknown = unknown.or(bits.and(program.rules));
            let rules = bits
                .iter()
                .map(|bit| self.bench.program.purposes[bit].rule());
            let name = &scratch.name;
            let first = || self.bench.place(asset, name, doubt.pointer(), None);
            self.output
                .unknown(doubt.cause(), rules, u64::from(fresh.len()), first);
        }
        if let Some(watched) = self.bench.watched(&scratch.name) {
            let purposes = &self.bench.program.purposes;
            for bit in program.rules.iter() {
                let decided = !unknown.contains(bit);
                self.output
                    .sight
                    .note(watched, purposes[bit].rule(), decided);
            }
        }
        // What passes is everything else, and counted by type: rules are many, failures few.
        self.output.policies[program.index] += 1;
        let fail = scratch.fail.and(program.rules);
        for bit in fail.or(unknown).iter() {
            let tally = &mut self.output.tallies[self.bench.program.purposes[bit].rule()];
            match fail.contains(bit) {
                true => tally.fail += 1,
                false => tally.unknown += 1,
            }
        }
        if let Some(binding) = scratch.lost_conditions {
            self.output
                .gaps
                .push(self.lost_conditions(asset, scratch, binding));
        }
    }

    /// A condition in a policy that says it is of a version without conditions: whoever sets this policy again
    /// loses it.
    fn inconsistent_version(&self, program: &TypeProgram, scratch: &mut Scratch<'_>) {
        let (Some(version), Some((binding, role, expression))) =
            (scratch.version, &scratch.first_conditional)
        else {
            return;
        };
        if version >= 3 {
            return;
        }
        let lossy = program
            .grants
            .and(self.bench.program.grants.lossy())
            .without(scratch.fail);
        scratch.fail = scratch.fail.or(lossy);
        scratch.hits.extend(lossy.iter().map(|bit| GrantHit {
            bit,
            binding: *binding,
            member: None,
            role: role.clone(),
            condition: Some(expression.clone()),
        }));
    }

    fn lost_conditions(&self, asset: &AssetText<'_>, scratch: &Scratch<'_>, binding: u32) -> Gap {
        let pointer = format!("/iamPolicy/bindings/{binding}/role");
        let (document, location, name) = self.bench.place(asset, &scratch.name, &pointer, None);
        Gap {
            reason: GapReason::PolicyVersion,
            message: "the policy was read below version 3 and its conditions are lost (`_withcond_` in a role): \
                      read it again with requestedPolicyVersion 3, as gcloud does"
                .to_owned(),
            resource: (!name.is_empty()).then(|| name.into()),
            document: Some(document),
            location: Some(location),
            rules: Vec::new(),
            outcomes: 0,
        }
    }
}

impl Consumer for Judge<'_> {
    type Output = Output;

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        mut outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        let mut scratch = Scratch::default();
        for asset in assets {
            let fate = self.judge(&asset, &mut scratch);
            outcome(asset, fate);
        }
    }

    fn take(&mut self) -> Output {
        let next = Output::after(&self.output, self.bench.program);
        std::mem::replace(&mut self.output, next)
    }
}

impl<'r> Bench<'r> {
    /// What is watched of a resource.
    fn watched(&self, name: &str) -> Option<&'r Watched> {
        self.watch.and_then(|watch| watch.of(name))
    }
}

impl Purpose {
    /// The rule that the bit answers, or one of those that asked for the fact.
    fn rule(self) -> usize {
        match self {
            Purpose::Rule(rule) | Purpose::Fact(_, rule) => rule,
        }
    }
}

impl Doubt<'_> {
    fn cause(&self) -> Cause {
        let (reason, subject) = match self {
            Doubt::Role(role) => (GapReason::RoleUnknown, role),
            Doubt::Condition(expression) => (GapReason::ConditionUnknown, expression),
            Doubt::Member(member) => (GapReason::MemberUnknown, member),
            Doubt::Outside(domain) => (GapReason::SettingMissing, domain),
            Doubt::Lacking(reason, pointer) => (*reason, pointer),
            Doubt::Resource => {
                return Cause {
                    reason: GapReason::ResourceUnknown,
                    subject: "".into(),
                };
            }
        };
        Cause {
            reason,
            subject: (&**subject).into(),
        }
    }
}

/// Whether the access list of a dataset is all that tells its policy. What was translated already tells it twice.
fn has_untold_list(asset: &AssetText<'_>, scratch: &Scratch<'_>) -> bool {
    scratch.has_resource
        && scratch.bindings == 0
        && matches!(asset.site.way_back, WayBack::Line(_))
        && sonic_rs::get(asset.text, ["resource", "data", "access"])
            .is_ok_and(|list| list.as_raw_str().starts_with('['))
}

/// sonic-rs draws the place below its sentence; we have our own way to show it.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.split(" at line ").next().unwrap_or(line).to_owned()
}
