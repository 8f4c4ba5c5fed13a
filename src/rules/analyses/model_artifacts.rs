//! Whether strangers to a Vertex AI model can read or replace the files it is loaded from.
//!
//! Strangers are the public, and machine identities of another project than the model's that can change objects of
//! the bucket or say who may. People and groups belong to no project, and service agents act for Google.
//! `projectEditor:` and its like stand for those who hold the basic role on the project, whose policy must be at hand.

use super::public_bucket::prevented;
use super::{Verdicts, verdicts::worded};
use crate::access::convenience::{BasicHolders, Expansion};
use crate::estate::{DoubtFact, Estate, Evidence, GrantFact, Interest, ModelFact};
use crate::finding::{Confidence, Finding};
use crate::model::{GapReason, Member, MemberKind, Truth, canonical, project_of, short_name};
use crate::rules::file::{Grant, MemberTest};
use crate::rules::judge::Bench;
use rustc_hash::FxHashMap;

const MACHINES: [MemberKind; 5] = [
    MemberKind::ServiceAccount,
    MemberKind::DefaultServiceAccount,
    MemberKind::WorkloadIdentity,
    MemberKind::GkeWorkload,
    MemberKind::ServiceAccountSet,
];

const WRITES: [&str; 5] = [
    "storage.objects.create",
    "storage.objects.update",
    "storage.objects.delete",
    "storage.objects.setIamPolicy",
    "storage.buckets.setIamPolicy",
];

/// The grants that matter: machine identities that may change what is in a bucket.
pub(super) fn writers() -> Grant {
    Grant {
        permission: WRITES.map(str::to_owned).to_vec(),
        member: MemberTest {
            kind: MACHINES
                .into_iter()
                .chain([MemberKind::Convenience])
                .collect(),
            ..MemberTest::default()
        },
        at: ["bucket", "project", "folder", "organization"]
            .map(str::to_owned)
            .to_vec(),
        ..Grant::default()
    }
}

/// What the judges kept, by the node that it stands on: a bucket's canonical name, or `projects/1`.
struct Kept<'e> {
    grants: FxHashMap<Box<str>, Vec<&'e GrantFact>>,
    doubts: FxHashMap<Box<str>, &'e DoubtFact>,
    basic: BasicHolders<'e>,
}

/// Why it may be that a stranger can change the files, where nothing shows that one can.
enum Perhaps<'e> {
    /// It is not known to which project this member belongs.
    Whose(&'e str),
    /// A stranger inherits the basic role (or holds it under a condition) by which this member would stand for it.
    Inherits(&'e str, &'e str),
    /// It is not known who holds the basic role on the project for which this member stands.
    Unread(&'e str, String),
}

/// Answers for every model whose files are in a bucket.
///
/// Grants above the bucket count as far as the input holds them; that it holds the bucket's own policy is required.
pub(super) fn run(bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    let mut kept = Kept {
        grants: FxHashMap::default(),
        doubts: FxHashMap::default(),
        basic: BasicHolders::of(estate),
    };
    let wanted = [Interest::PublicBucket, Interest::Objects];
    for grant in estate.grants.by(&wanted) {
        let node = node(&grant.node, estate);
        kept.grants.entry(node).or_default().push(grant);
    }
    for doubt in estate.doubts.by(&wanted) {
        kept.doubts
            .entry(node(&doubt.node, estate))
            .or_insert(doubt);
    }
    let mut models: Vec<&ModelFact> = estate.models.iter().collect();
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models.dedup_by(|a, b| a.name == b.name && a.bucket == b.bucket);
    for model in models {
        let bucket = format!(
            "//storage.googleapis.com/projects/_/buckets/{}",
            model.bucket
        );
        let files = Files {
            model,
            bucket: &bucket,
            bench,
            estate,
        };
        files.judge(&kept, verdicts);
    }
}

fn node(name: &str, estate: &Estate) -> Box<str> {
    match name.strip_prefix("//cloudresourcemanager.googleapis.com/") {
        Some(node) => estate.spelling(node).into(),
        None => canonical(name).into(),
    }
}

/// The bucket that a model is loaded from.
struct Files<'a> {
    model: &'a ModelFact,
    /// Canonical name.
    bucket: &'a str,
    bench: &'a Bench<'a>,
    estate: &'a Estate,
}

impl Files<'_> {
    fn judge<'e>(&self, kept: &Kept<'e>, verdicts: &mut Verdicts<'_>) {
        let settings = self.estate.buckets.get(self.bucket);
        let own = kept
            .grants
            .get(self.bucket)
            .and_then(|grants| grants.first());
        let ancestors = settings
            .map(|settings| settings.ancestors.as_slice())
            .or_else(|| own.map(|grant| &*grant.ancestors));
        let ancestors = ancestors.unwrap_or_default();
        let prevented = prevented(settings, ancestors, self.estate);

        let mut nodes = vec![Box::from(self.bucket)];
        if let Some(first) = ancestors.first() {
            let above = self.estate.lineage(first, ancestors).0;
            nodes.extend(above.iter().map(|node| self.estate.spelling(node).into()));
        }
        let mut findings = Vec::new();
        let mut perhaps = Vec::new();
        let grants = nodes.iter().filter_map(|node| kept.grants.get(node));
        for grant in grants.flatten().copied() {
            if grant.interest == Interest::PublicBucket {
                if prevented != Truth::Yes {
                    findings.push(self.public(grant, prevented, verdicts));
                }
                continue;
            }
            let member = Member::parse(&grant.member);
            match self.is_stranger(&member) {
                Truth::Yes => findings.push(self.finding(grant, verdicts)),
                Truth::No => {}
                Truth::Unknown => perhaps.push(Perhaps::Whose(&grant.member)),
            }
            if let Some(expansion) = kept.basic.expand(&member) {
                self.behind(grant, &expansion, &mut findings, &mut perhaps, verdicts);
            }
        }
        if let Some(settings) = settings
            && prevented != Truth::Yes
            && settings.uniform != Some(true)
        {
            let entries = settings.acl.iter().flatten();
            findings.extend(entries.map(|entry| {
                let through = "its access control list";
                self.exposed(&entry.entity, through, &entry.evidence, verdicts)
            }));
        }

        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if !self.estate.bucket_policies.contains(self.bucket) {
            let sentence = format!(
                "the input does not hold the policy of {}, from which a model is loaded",
                short_name(self.bucket)
            );
            self.unknown(&sentence, verdicts);
        } else if let Some(doubt) = nodes.iter().find_map(|node| kept.doubts.get(node)) {
            verdicts.doubt(doubt);
        } else if let Some(perhaps) = perhaps.last() {
            self.unknown(&self.sentence(perhaps), verdicts);
        } else {
            verdicts.pass();
        }
    }

    /// Looks at those for whom a convenience member of the bucket's policy stands.
    fn behind<'e>(
        &self,
        grant: &'e GrantFact,
        expansion: &Expansion<'e>,
        findings: &mut Vec<Finding>,
        perhaps: &mut Vec<Perhaps<'e>>,
        verdicts: &Verdicts<'_>,
    ) {
        let stranger = |holder: &GrantFact| {
            let member = Member::parse(&holder.member);
            match member.kind {
                MemberKind::Public => Truth::Yes,
                kind if MACHINES.contains(&kind) => self.is_stranger(&member),
                _ => Truth::No,
            }
        };
        for holder in &expansion.certain {
            match stranger(holder) {
                Truth::Yes => {
                    let mut finding = self.finding(holder, verdicts);
                    let role = &grant.role;
                    let through = format!("as {}, who holds {role} on the bucket", grant.member);
                    let note = finding.note.take();
                    let note = note.map_or(through.clone(), |note| format!("{note}; {through}"));
                    finding.note = Some(note.into());
                    if grant.condition.is_some() {
                        finding.confidence = finding.confidence.min(Confidence::Medium);
                    }
                    findings.push(finding);
                }
                Truth::No => {}
                Truth::Unknown => perhaps.push(Perhaps::Whose(&holder.member)),
            }
        }
        let inherits = |holder: &&&GrantFact| stranger(holder) != Truth::No;
        if let Some(holder) = expansion.possible.iter().find(inherits) {
            perhaps.push(Perhaps::Inherits(&holder.member, &grant.member));
        }
        if !expansion.is_known {
            let project = expansion.project.clone();
            perhaps.push(Perhaps::Unread(&grant.member, project));
        }
    }

    fn sentence(&self, perhaps: &Perhaps<'_>) -> String {
        let bucket = short_name(self.bucket);
        match perhaps {
            Perhaps::Whose(member) => format!(
                "whether {member} is of the project whose model is loaded from {bucket} cannot be told: the input does \
                 not hold its project"
            ),
            Perhaps::Inherits(member, convenience) => format!(
                "whether {member}, by a basic role that it inherits or holds under a condition, is one of those for whom \
                 {convenience} stands in the policy of {bucket} cannot be told"
            ),
            Perhaps::Unread(convenience, project) => format!(
                "for whom {convenience} stands in the policy of {bucket}, from which a model is loaded, cannot be told: \
                 the input does not hold the policy of {project}"
            ),
        }
    }

    fn unknown(&self, sentence: &str, verdicts: &mut Verdicts<'_>) {
        verdicts.unknown(
            GapReason::InputMissing,
            sentence,
            &self.model.name,
            &self.model.evidence,
        );
    }

    /// Whether a machine identity is of another project than the model.
    fn is_stranger(&self, member: &Member<'_>) -> Truth {
        let own = project_of(&self.model.name)
            .map(|project| format!("projects/{project}"))
            .or_else(|| self.model.ancestors.first().map(|node| node.to_string()));
        match (own, member.project()) {
            (Some(own), Some(theirs)) => self
                .estate
                .same_project(&own, &format!("projects/{theirs}"))
                .negate(),
            // A set of all accounts of a folder or organisation holds those of other projects.
            (_, None) if member.kind == MemberKind::ServiceAccountSet => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    fn public(&self, grant: &GrantFact, prevented: Truth, verdicts: &Verdicts<'_>) -> Finding {
        let mut finding = self.exposed(&grant.member, &grant.role, &grant.evidence, verdicts);
        finding.role = Some(grant.role.clone());
        finding.condition = grant.condition.clone();
        if prevented == Truth::Unknown {
            finding.confidence = finding.confidence.min(Confidence::Medium);
            finding.note =
                Some("whether public access prevention blocks it is not in the input".into());
        }
        finding
    }

    /// The public has access; whether it may change anything does not matter for a model that leaks.
    fn exposed(
        &self,
        member: &str,
        through: &str,
        evidence: &Evidence,
        verdicts: &Verdicts<'_>,
    ) -> Finding {
        let message = format!(
            "{member} has access to the files of {} in {} ({through})",
            self.title(),
            short_name(self.bucket)
        );
        let mut finding = verdicts.finding(&self.model.name, evidence, message);
        finding.member = Some(member.into());
        finding.detail = Some(short_name(self.bucket).into());
        finding
    }

    fn finding(&self, grant: &GrantFact, verdicts: &Verdicts<'_>) -> Finding {
        let message = worded(&short_name(self.bucket));
        let mut finding = verdicts.finding(&self.model.name, &grant.evidence, message);
        finding.role = Some(grant.role.clone());
        finding.member = Some(grant.member.clone());
        finding.condition = grant.condition.clone();
        finding.detail = Some(short_name(self.bucket).into());
        let title = self.model.display_name.iter();
        let mut notes: Vec<String> = title.map(|title| format!("model {title}")).collect();
        if canonical(&grant.node) != self.bucket {
            notes.push(format!("granted on {}", short_name(&grant.node)));
        }
        if self.bench.roles.custom(&grant.role).is_some() {
            notes.push("custom role".to_owned());
        }
        if grant.condition.is_some() {
            finding.confidence = finding.confidence.min(Confidence::Medium);
            notes.push("conditional".to_owned());
        }
        finding.note = (!notes.is_empty()).then(|| notes.join("; ").into());
        finding
    }

    /// What people call the model.
    fn title(&self) -> &str {
        self.model.display_name.as_deref().unwrap_or_else(|| {
            self.model
                .name
                .trim_start_matches("//aiplatform.googleapis.com/")
        })
    }
}
