//! `plan.json`: structs of their own, so that a change inside the product cannot change the format by accident.
//! Version 1 only ever gains fields.

use crate::change::{Acl, AuditLog, Change, Condition, Grant, Level, Undo};
use crate::remediation::plan::{Answer, ByHand, Guard, Part, Plan, Planned, Refused};
use crate::remediation::proof::{Access, Doubt, Needed, Proof, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The version of the format.
const VERSION: &str = "1";

/// A plan of leastwise with its proof.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "leastwise plan", rename = "Plan")]
pub(super) struct WirePlan<'a> {
    /// The version of this format: it only gains fields until the number changes.
    #[schemars(extend("const" = VERSION))]
    version: &'static str,
    /// What wrote this.
    tool: Tool,
    /// What is changed, by project, folder or organisation.
    parts: Vec<WirePart<'a>>,
    /// What was asked for and refused by a guard.
    refused: Vec<WireRefused<'a>>,
    /// Findings that no step answers: people must act.
    by_hand: Vec<WireByHand<'a>>,
    proof: WireProof<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Tool {
    /// Always `leastwise`.
    name: &'static str,
    /// The version of the tool.
    version: &'static str,
}

/// The steps of one project, folder or organisation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Part")]
struct WirePart<'a> {
    /// `projects/acme-ml`, `folders/12`, `organizations/1`; `unknown` for assets without a known home.
    scope: &'a str,
    /// In the order in which they must be made.
    steps: Vec<WireStep<'a>>,
}

/// Something that a person agrees to or not, as a whole.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct WireStep<'a> {
    /// Unique in its part: the scripts name a step by it.
    id: &'a str,
    /// What it does, in one line.
    title: &'a str,
    /// How careful one must be. What is manual is never run by a script.
    level: Level,
    /// Why it is of this level.
    because: &'a str,
    /// What may stop working; empty where nothing can.
    may_break: &'a str,
    /// Whether `rollback.sh` leads back to the state before.
    reversible: bool,
    /// Why it cannot be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    irreversible_because: Option<&'a str>,
    /// In the order in which they are made.
    changes: Vec<WireChange<'a>>,
    /// The findings that it answers.
    answers: Vec<WireAnswer<'a>>,
}

/// One change of one resource.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[schemars(rename = "Change")]
enum WireChange<'a> {
    /// A member is put into a binding of an allow policy.
    AddMember(WireGrant<'a>),
    /// A member is taken out of a binding of an allow policy.
    RemoveMember(WireGrant<'a>),
    /// The audit configuration of one service.
    SetAudit {
        /// Full resource name of the node.
        resource: &'a str,
        /// `allServices`, or the name of a service.
        service: &'a str,
        /// The logs before.
        from: &'a [AuditLog],
        /// The logs after.
        to: &'a [AuditLog],
    },
    /// An entry of an access control list of a bucket is taken out.
    RemoveAcl(WireEntry<'a>),
    /// An entry of an access control list of a bucket is put in.
    AddAcl(WireEntry<'a>),
    /// Settings of a resource, as JSON merge patches (RFC 7396): only what changes, `null` for what is absent.
    Patch {
        /// Full resource name.
        resource: &'a str,
        /// Its asset type.
        asset_type: &'a str,
        /// What the fields held before.
        from: &'a Value,
        /// What they hold after.
        to: &'a Value,
    },
    /// A resource comes to be.
    Create(WireResource<'a>),
    /// A resource goes.
    Delete(WireResource<'a>),
}

/// A member of a binding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Grant")]
struct WireGrant<'a> {
    /// Full resource name of the node whose allow policy it is.
    resource: &'a str,
    /// The role.
    role: &'a str,
    /// The member, exactly as the policy spells it.
    member: &'a str,
    /// The binding's condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'a Condition>,
}

/// An entry of an access control list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessControl")]
struct WireEntry<'a> {
    /// Full resource name of the bucket.
    resource: &'a str,
    /// Which list.
    list: Acl,
    /// As the list spells it.
    entity: &'a str,
    /// `READER`, `WRITER`, `OWNER`.
    role: &'a str,
}

/// A whole resource.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resource")]
struct WireResource<'a> {
    /// Full resource name.
    resource: &'a str,
    /// Its asset type.
    asset_type: &'a str,
    /// Its `resource.data`.
    data: &'a Value,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
struct WireAnswer<'a> {
    /// The rule's id.
    rule: &'a str,
    /// Full resource name of what it was found on.
    resource: &'a str,
    /// The identity of the finding across runs.
    fingerprint: &'a str,
    /// What was found.
    message: &'a str,
}

/// A step that a guard refused.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refused")]
struct WireRefused<'a> {
    /// What would have been done.
    title: &'a str,
    /// Which guard.
    guard: Guard,
    /// Why, in one sentence.
    why: &'a str,
    /// The findings that stay.
    answers: Vec<WireAnswer<'a>>,
}

/// A finding that no step answers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ByHand")]
struct WireByHand<'a> {
    #[serde(flatten)]
    answer: WireAnswer<'a>,
    /// The rule's words on what to do.
    fix: &'a str,
}

/// What was proven by making the changes on the input and judging it again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Proof")]
struct WireProof<'a> {
    /// Findings that the plan answers and that are gone after it.
    gone: Vec<WireAnswer<'a>>,
    /// Findings that the plan should answer and that are still there, or cannot be judged any more.
    stays: Vec<WireAnswer<'a>>,
    /// Findings that only come with the plan.
    new: Vec<WireAnswer<'a>>,
    access: WireAccess<'a>,
    /// What the configuration declares needed.
    needed: Vec<WireNeeded<'a>>,
}

/// Whether access after is contained in access before: per principal, permission and resource.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Access")]
struct WireAccess<'a> {
    verdict: Verdict,
    /// Every change of which it is not proven.
    doubts: Vec<WireDoubt<'a>>,
}

/// A change that gives more than there was before, or of which nobody can say.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Doubt")]
struct WireDoubt<'a> {
    verdict: Verdict,
    /// The scope of the part.
    scope: &'a str,
    /// The step's id in it.
    step: &'a str,
    /// Why, in one sentence.
    why: &'a str,
}

/// A grant that the configuration declares needed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Needed")]
struct WireNeeded<'a> {
    member: &'a str,
    /// The role or permission that it needs.
    what: &'a str,
    /// Where, as the configuration spells it.
    resource: &'a str,
    /// The configuration's reason.
    reason: &'a str,
    /// Whether what it has before it has after.
    verdict: Verdict,
    /// Why, in one sentence.
    why: &'a str,
}

impl<'a> WirePlan<'a> {
    pub(super) fn new(plan: &'a Plan, proof: &'a Proof) -> WirePlan<'a> {
        WirePlan {
            version: VERSION,
            tool: Tool {
                name: "leastwise",
                version: env!("CARGO_PKG_VERSION"),
            },
            parts: plan.parts.iter().map(part).collect(),
            refused: plan.refused.iter().map(refused).collect(),
            by_hand: plan.by_hand.iter().map(by_hand).collect(),
            proof: WireProof {
                gone: answers(&proof.gone),
                stays: answers(&proof.stays),
                new: answers(&proof.new),
                access: access(&proof.access),
                needed: proof.needed.iter().map(needed).collect(),
            },
        }
    }
}

fn part(part: &Part) -> WirePart<'_> {
    WirePart {
        scope: &part.scope,
        steps: part.steps.iter().map(step).collect(),
    }
}

fn step(planned: &Planned) -> WireStep<'_> {
    let step = &planned.step;
    let why_never = match &step.undo {
        Undo::Exact => None,
        Undo::Never(why) => Some(why.as_str()),
    };
    WireStep {
        id: &planned.id,
        title: &planned.title,
        level: step.level,
        because: &step.because,
        may_break: &step.may_break,
        reversible: why_never.is_none(),
        irreversible_because: why_never,
        changes: step.changes.iter().map(change).collect(),
        answers: answers(&planned.answers),
    }
}

fn change(change: &Change) -> WireChange<'_> {
    match change {
        Change::AddMember(it) => WireChange::AddMember(grant(it)),
        Change::RemoveMember(it) => WireChange::RemoveMember(grant(it)),
        Change::SetAudit {
            node,
            service,
            from,
            to,
        } => WireChange::SetAudit {
            resource: node,
            service,
            from,
            to,
        },
        Change::RemoveAcl {
            bucket,
            list,
            entity,
            role,
        } => WireChange::RemoveAcl(entry(bucket, *list, entity, role)),
        Change::AddAcl {
            bucket,
            list,
            entity,
            role,
        } => WireChange::AddAcl(entry(bucket, *list, entity, role)),
        Change::Patch {
            name,
            asset_type,
            from,
            to,
        } => WireChange::Patch {
            resource: name,
            asset_type,
            from,
            to,
        },
        Change::Create {
            name,
            asset_type,
            data,
        } => WireChange::Create(resource(name, asset_type, data)),
        Change::Delete {
            name,
            asset_type,
            data,
        } => WireChange::Delete(resource(name, asset_type, data)),
    }
}

fn grant(grant: &Grant) -> WireGrant<'_> {
    WireGrant {
        resource: &grant.node,
        role: &grant.role,
        member: &grant.member,
        condition: grant.condition.as_ref(),
    }
}

fn entry<'a>(resource: &'a str, list: Acl, entity: &'a str, role: &'a str) -> WireEntry<'a> {
    WireEntry {
        resource,
        list,
        entity,
        role,
    }
}

fn resource<'a>(resource: &'a str, asset_type: &'a str, data: &'a Value) -> WireResource<'a> {
    WireResource {
        resource,
        asset_type,
        data,
    }
}

fn answers(answers: &[Answer]) -> Vec<WireAnswer<'_>> {
    answers.iter().map(answer).collect()
}

fn answer(answer: &Answer) -> WireAnswer<'_> {
    WireAnswer {
        rule: &answer.rule,
        resource: &answer.resource,
        fingerprint: &answer.fingerprint,
        message: &answer.message,
    }
}

fn refused(refused: &Refused) -> WireRefused<'_> {
    WireRefused {
        title: &refused.title,
        guard: refused.guard,
        why: &refused.why,
        answers: answers(&refused.answers),
    }
}

fn by_hand(by_hand: &ByHand) -> WireByHand<'_> {
    WireByHand {
        answer: answer(&by_hand.answer),
        fix: &by_hand.fix,
    }
}

fn access(access: &Access) -> WireAccess<'_> {
    WireAccess {
        verdict: access.verdict,
        doubts: access.doubts.iter().map(doubt).collect(),
    }
}

fn doubt(doubt: &Doubt) -> WireDoubt<'_> {
    WireDoubt {
        verdict: doubt.verdict,
        scope: &doubt.scope,
        step: &doubt.step,
        why: &doubt.why,
    }
}

fn needed(needed: &Needed) -> WireNeeded<'_> {
    WireNeeded {
        member: &needed.member,
        what: &needed.what,
        resource: &needed.resource,
        reason: &needed.reason,
        verdict: needed.verdict,
        why: &needed.why,
    }
}
