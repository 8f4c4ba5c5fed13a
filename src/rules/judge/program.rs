//! All rules of a run, compiled into one table per asset type.

use super::record::RecordProbes;
use crate::estate::{DOCUMENT_TYPES, Interest};
use crate::model::POLICY_V2;
use crate::rules::Rule;
use crate::rules::analyses::{self, Kind, Question};
use crate::rules::bits::Bits;
use crate::rules::file::Grant;
use crate::rules::grant::{Grants, PrincipalLists};
use crate::rules::select::path::Path;
use crate::rules::select::probe::Probes;
use crate::rules::select::{Refusal, SelectRule};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What runs over the stream of assets.
#[derive(Debug)]
pub struct Program {
    pub(crate) types: FxHashMap<Box<str>, TypeProgram>,
    /// For asset types that no rule names.
    pub(crate) other: TypeProgram,
    /// For policies of which nothing says whose they are.
    pub(crate) nameless: TypeProgram,
    pub(crate) grants: Grants,
    /// What each bit of the grant masks is for.
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) rules: usize,
    /// Some rule asks who is outside the organisation.
    pub(crate) asks_outside: bool,
    /// Some analysis asks what is odd about policies as a whole.
    pub(crate) glances: bool,
    /// Some analysis runs, so what it may need is kept.
    pub(crate) keeps_facts: bool,
    /// The analyses that run after the stream.
    pub(crate) analyses: Vec<Compiled>,
}

/// An analysis that a rule asks for.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Index of the rule.
    pub(crate) rule: usize,
    pub(crate) kind: Kind,
    /// Which grants were kept for it, in the order of [`Kind::questions`].
    pub(crate) interests: Vec<Interest>,
}

/// What a bit of the grant masks is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A rule, by index: a hit is a finding.
    Rule(usize),
    /// An analysis: a hit is a fact. The index is that of one of the rules that ask.
    Fact(Interest, usize),
}

/// What runs over the assets of one type.
#[derive(Debug, Default)]
pub(crate) struct TypeProgram {
    /// Where its policies are counted.
    pub(crate) index: usize,
    pub(crate) grants: Bits,
    /// The bits of `grants` that are rules.
    pub(crate) rules: Bits,
    pub(crate) probes: Probes,
    pub(crate) selects: Vec<SelectRule>,
    /// Some rule needs the asset as a DOM.
    pub(crate) needs_document: bool,
    /// Facts are read from the asset as a DOM.
    pub(crate) has_facts: bool,
    /// Its assets describe custom roles.
    pub(crate) is_role: bool,
    /// The settings of its assets say what others, which only number them, are called.
    pub(crate) has_names: bool,
    /// Its assets may spell their policy as a list among their settings.
    pub(crate) is_dataset: bool,
    /// Its assets go by another type in the normal form.
    pub(crate) is_renamed: bool,
    /// Nothing says whose the policies are.
    pub(crate) is_nameless: bool,
    /// Probes of the settings that decide who reaches a bucket.
    pub(crate) bucket: Option<BucketProbes>,
    /// What analyses ask of its assets.
    pub(crate) record: Option<RecordProbes>,
}

/// Where a bucket's settings are found after the walk.
#[derive(Debug)]
pub(crate) struct BucketProbes {
    pub(crate) prevention: usize,
    pub(crate) uniform: usize,
    pub(crate) uniform_old: usize,
    pub(crate) project: usize,
    pub(crate) acl: usize,
    pub(crate) default_acl: usize,
}

/// Types whose settings tell an id or an address besides the number.
const NAMED: [&str; 2] = [
    "cloudresourcemanager.googleapis.com/Project",
    "iam.googleapis.com/ServiceAccount",
];

pub(crate) const BUCKET: &str = "storage.googleapis.com/Bucket";

const DATASET: &str = "bigquery.googleapis.com/Dataset";

impl Program {
    /// Compiles `rules`; `lists` are the principals that the configuration names.
    ///
    /// # Errors
    /// The index of the first rule that is refused, and why.
    pub(crate) fn compile(
        rules: &[Rule],
        lists: &PrincipalLists,
    ) -> Result<Program, (usize, Refusal)> {
        let mut grants = Grants::default();
        let mut purposes = Vec::new();
        let mut types: FxHashMap<Box<str>, TypeProgram> = FxHashMap::default();
        let mut compiled: Vec<Compiled> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            if !rule.unmet.is_empty() {
                continue;
            }
            let refused = |refusal| (index, refusal);
            let file = &rule.file;
            match (&file.select, &file.grant, &file.analysis) {
                (Some(select), None, None) => {
                    for asset in select.asset.as_slice() {
                        let program = types.entry(asset.as_str().into()).or_default();
                        let compiled = SelectRule::compile(index, select, &mut program.probes)
                            .map_err(refused)?;
                        program.needs_document |= compiled.needs_document();
                        program.selects.push(compiled);
                    }
                }
                (None, Some(grant), None) => {
                    grants.add(grant, lists).map_err(refused)?;
                    purposes.push(Purpose::Rule(index));
                }
                (None, None, Some(analysis)) => {
                    let kind = analyses::find(analysis, &rule.text).map_err(refused)?;
                    compiled.push(Compiled {
                        rule: index,
                        kind,
                        interests: Vec::new(),
                    });
                }
                _ => {
                    let message = "a rule has exactly one of [select], [grant] and [analysis]";
                    return Err((index, Refusal::new("title", message)));
                }
            }
        }
        settle_yields(rules, &purposes, &mut grants);
        keep_grants(&mut compiled, &mut grants, &mut purposes, lists)?;
        keep_records(&compiled, &mut types)?;
        let mut program =
            Program::finish(rules.len(), types, grants, purposes, !compiled.is_empty());
        program.glances = compiled.iter().any(|analysis| analysis.kind.glances());
        program.analyses = compiled;
        Ok(program)
    }

    fn finish(
        rules: usize,
        mut types: FxHashMap<Box<str>, TypeProgram>,
        grants: Grants,
        purposes: Vec<Purpose>,
        keeps_facts: bool,
    ) -> Program {
        for name in grants
            .places()
            .chain(DOCUMENT_TYPES)
            .chain(NAMED)
            .chain([BUCKET, DATASET, POLICY_V2])
        {
            if !types.contains_key(name) {
                types.insert(name.into(), TypeProgram::default());
            }
        }
        let mut are_rules = Bits::EMPTY;
        for (bit, purpose) in purposes.iter().enumerate() {
            if matches!(purpose, Purpose::Rule(_)) {
                are_rules.insert(bit);
            }
        }
        for (index, (name, program)) in types.iter_mut().enumerate() {
            program.index = index + 2;
            program.grants = grants.at(name);
            program.rules = program.grants.and(are_rules);
            program.is_role = **name == *"iam.googleapis.com/Role";
            program.is_dataset = **name == *DATASET;
            program.is_renamed = **name == *POLICY_V2;
            program.has_names = NAMED.contains(&&**name);
            program.has_facts = DOCUMENT_TYPES.contains(&&**name);
            if keeps_facts && **name == *BUCKET {
                program.bucket = Some(BucketProbes::add(&mut program.probes));
            }
        }
        let with = |index, bits: Bits| TypeProgram {
            index,
            grants: bits,
            rules: bits.and(are_rules),
            ..TypeProgram::default()
        };
        let asks_outside = grants.ask_outside();
        let other = with(0, grants.anywhere());
        let nameless = TypeProgram {
            is_nameless: true,
            ..with(1, grants.all())
        };
        Program {
            types,
            other,
            nameless,
            grants,
            purposes,
            rules,
            asks_outside,
            keeps_facts,
            glances: false,
            analyses: Vec::new(),
        }
    }

    /// Everything that runs, by [`TypeProgram::index`].
    pub(crate) fn all(&self) -> impl Iterator<Item = &TypeProgram> {
        [&self.other, &self.nameless]
            .into_iter()
            .chain(self.types.values())
    }

    /// The asset type of every program, with its index. What has no program of its own, or no type, is `other`.
    pub(crate) fn type_names(&self) -> impl Iterator<Item = (&str, usize)> {
        let rest = [&self.other, &self.nameless];
        let rest = rest.into_iter().map(|program| ("other", program.index));
        let named = self.types.iter();
        rest.chain(named.map(|(name, program)| (&**name, program.index)))
    }

    /// Whether judging needs to know what belongs to the organisation.
    pub fn asks_outside(&self) -> bool {
        self.asks_outside
    }

    /// The program for assets of `asset_type`; the empty type is an asset of which nothing is known.
    pub(crate) fn of(&self, asset_type: &str) -> &TypeProgram {
        if asset_type.is_empty() {
            return &self.nameless;
        }
        self.types.get(asset_type).unwrap_or(&self.other)
    }
}

/// Gives every question of the analyses a bit. What several ask in the same words is one question.
fn keep_grants(
    compiled: &mut [Compiled],
    grants: &mut Grants,
    purposes: &mut Vec<Purpose>,
    lists: &PrincipalLists,
) -> Result<(), (usize, Refusal)> {
    let mut fixed: Vec<(Interest, usize)> = Vec::new();
    let mut asked: Vec<(String, Grant, usize)> = Vec::new();
    for analysis in compiled {
        for question in analysis.kind.questions() {
            let interest = match question {
                Question::Fixed(interest) => {
                    fixed.push((interest, analysis.rule));
                    interest
                }
                Question::Grant(grant) => {
                    let words = format!("{grant:?}");
                    let known = asked.iter().position(|(known, ..)| *known == words);
                    let index = known.unwrap_or_else(|| {
                        asked.push((words, *grant, analysis.rule));
                        asked.len() - 1
                    });
                    Interest::Asked(u16::try_from(index).unwrap_or(u16::MAX))
                }
            };
            analysis.interests.push(interest);
        }
    }
    fixed.sort();
    fixed.dedup_by_key(|(interest, _)| *interest);
    let fixed = fixed
        .into_iter()
        .map(|(interest, rule)| (interest, analyses::question(interest), rule));
    let asked = asked
        .into_iter()
        .enumerate()
        .map(|(index, (_, grant, rule))| {
            let interest = Interest::Asked(u16::try_from(index).unwrap_or(u16::MAX));
            (interest, grant, rule)
        });
    for (interest, grant, rule) in fixed.chain(asked) {
        grants
            .add(&grant, lists)
            .map_err(|refusal| (rule, refusal))?;
        purposes.push(Purpose::Fact(interest, rule));
    }
    Ok(())
}

/// Makes the walk pick up what analyses ask of assets.
fn keep_records(
    compiled: &[Compiled],
    types: &mut FxHashMap<Box<str>, TypeProgram>,
) -> Result<(), (usize, Refusal)> {
    let mut wanted: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for analysis in compiled {
        for (asset_type, path) in analysis.kind.records() {
            let paths = wanted.entry(asset_type).or_default();
            if !paths.iter().any(|(known, _)| *known == path) {
                paths.push((path, analysis.rule));
            }
        }
    }
    for (asset_type, paths) in wanted {
        let program = types.entry(asset_type.into()).or_default();
        let first = paths.first().map_or(0, |(_, rule)| *rule);
        let texts: Vec<&str> = paths.iter().map(|(path, _)| *path).collect();
        let record =
            RecordProbes::add(asset_type, &texts, &mut program.probes).map_err(|refusal| {
                // Whose path it is: that of the rule which declared it.
                let wrong = refusal.text.as_ref().map(|(text, _)| text.as_str());
                let rule = paths.iter().find(|(path, _)| Some(*path) == wrong);
                (rule.map_or(first, |(_, rule)| *rule), refusal)
            })?;
        program.record = Some(record);
    }
    Ok(())
}

/// Tells the rules on grants which others of this run they leave findings to: never to one that speaks to fewer people.
fn settle_yields(rules: &[Rule], purposes: &[Purpose], grants: &mut Grants) {
    let of_bit = |purpose: &Purpose| match purpose {
        Purpose::Rule(index) => rules.get(*index),
        Purpose::Fact(..) => None,
    };
    for (bit, purpose) in purposes.iter().enumerate() {
        let Some(own) = of_bit(purpose).map(|rule| &rule.file) else {
            continue;
        };
        let ids = own.grant.as_ref().map(|grant| &grant.yields_to);
        let takes = |rule: &Rule| {
            ids.is_some_and(|ids| ids.contains(&rule.id)) && rule.file.persona <= own.persona
        };
        let mut others = Bits::EMPTY;
        for (other, purpose) in purposes.iter().enumerate() {
            if of_bit(purpose).is_some_and(takes) {
                others.insert(other);
            }
        }
        grants.leave(bit, others);
    }
}

impl BucketProbes {
    fn add(probes: &mut Probes) -> BucketProbes {
        // Constant expressions that the tests of `path` prove; a slot that nothing fills reads as absent.
        let mut slot = |text: &str| match Path::parse(text).ok().and_then(|p| p.steps) {
            Some(steps) => probes.slot(&steps.steps),
            None => probes.unused(),
        };
        let prevention = slot("$.resource.data.iamConfiguration.publicAccessPrevention");
        let uniform = slot("$.resource.data.iamConfiguration.uniformBucketLevelAccess.enabled");
        let uniform_old = slot("$.resource.data.iamConfiguration.bucketPolicyOnly.enabled");
        let project = slot("$.resource.data.projectNumber");
        let mut list = |field: &str| {
            let text = format!(
                "$.resource.data.{field}[?@.entity == 'allUsers' || @.entity == 'allAuthenticatedUsers']"
            );
            match Path::parse(&text).ok().and_then(|p| p.steps) {
                Some(steps) => probes.list(&steps),
                None => probes.unused(),
            }
        };
        BucketProbes {
            acl: list("acl"),
            default_acl: list("defaultObjectAcl"),
            prevention,
            uniform,
            uniform_old,
            project,
        }
    }
}
