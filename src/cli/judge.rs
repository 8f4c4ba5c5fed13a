//! The flow from inputs to judgements, on one screen.

use super::amend::{Amended, Amendment};
use super::scanned::Ledger;
use super::settle;
use crate::catalog::{Catalog, CustomRole, Roles};
use crate::estate::{Estate, Fact, Survey, WANTED};
use crate::finding::Finding;
use crate::model::{AssetText, Consumer, Dialect, Document, DocumentId, Fate, Gap, GapReason};
use crate::report::{Coverage, Outcomes};
use crate::rules::{
    Bench, Judge, LoadError, Organization, Output, PrincipalLists, Program, Ruleset, Sight, Tally,
    Watch, analyse,
};
use crate::sources::{Input, Progress, Reading, Rest, Spooled, Told, Walked, layout, read};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::time::Instant;

/// What is judged, by what, and when.
pub struct Question<'q> {
    /// The files.
    pub walked: &'q Walked,
    /// Standard input, if it was asked for.
    pub spooled: Option<&'q Spooled>,
    /// `--resource`.
    pub resource: Option<&'q str>,
    /// Whose a bare policy is by its path, as the configuration says.
    pub by_path: &'q (dyn Fn(&Path) -> Option<String> + Sync),
    /// The rules that run.
    pub rules: &'q Ruleset,
    /// What roles carry.
    pub catalog: &'q Catalog,
    /// Lists of principals of the configuration.
    pub principals: &'q PrincipalLists,
    /// What the configuration says is the organisation's own.
    pub organization: &'q Organization,
    /// "Now".
    pub now: Timestamp,
    /// Worker threads.
    pub threads: usize,
    /// Whether people will read of it: resources that are numbered are then also named as the input names them.
    pub for_people: bool,
    /// How far it has come.
    pub progress: &'q Progress,
    /// Changes that are taken for made.
    pub amendment: Option<&'q Amendment>,
    /// What earlier runs found, if anybody remembers.
    pub watch: Option<&'q Watch>,
}

/// What came of it.
pub struct Judgement {
    /// The documents, by [`crate::model::DocumentId`].
    pub documents: Vec<Document>,
    /// Everything found, in no particular order.
    pub findings: Vec<Finding>,
    /// Everything that could not be judged.
    pub gaps: Vec<Gap>,
    /// What was judged.
    pub coverage: Coverage,
    /// What each rule counted, by [`crate::finding::RuleId`].
    pub tallies: Vec<Tally>,
    /// The custom roles of the input.
    pub roles: Vec<CustomRole>,
    /// What was seen of what is watched.
    pub sight: Sight,
}

/// Judges the inputs.
///
/// A binding may come before the role that it binds, and a member before the organisation that it belongs to.
/// Roles are waited for: a line that binds one that was not seen yet is put off to the end, and so are
/// documents that are no streams. Only if a rule asks who is outside the organisation, and the configuration
/// does not say, everything is looked through for the organisation first.
///
/// # Errors
/// A rule that cannot be compiled under this configuration, or no thread to read with.
pub fn judge(question: &Question<'_>) -> Result<Judgement, Refused> {
    let program = question
        .rules
        .compile(question.principals)
        .map_err(|error| Refused::Rule(Box::new(error)))?;
    let organization = question.organization;
    let known = !organization.domains.is_empty() && !organization.projects.is_empty();
    let survey = program.asks_outside() && !known;
    attempt(question, &program, survey).map_err(Refused::System)
}

/// Why nothing was judged.
#[derive(Debug)]
pub enum Refused {
    /// A rule cannot be compiled under this configuration.
    Rule(Box<LoadError>),
    /// The system gave no thread, or no room for what is put off.
    System(io::Error),
}

/// Judges the inputs, after a survey of them or without.
fn attempt(question: &Question<'_>, program: &Program, survey: bool) -> io::Result<Judgement> {
    let started = Instant::now();
    let inputs = &question.walked.inputs;
    let by_path =
        |path: &Path| (question.by_path)(path).or_else(|| layout::resource_from_path(path));
    let reading = |wanted, rest, progress| Reading {
        inputs,
        spooled: question.spooled,
        resource: question.resource,
        by_path: &by_path,
        threads: question.threads,
        wanted,
        rest,
        progress,
    };
    let hidden = Progress::default();
    let mut estate = Estate::default();
    let mut output = Output::new(program);
    let mut log = Log::new(inputs);
    let mut rest = None;
    if survey {
        let wanted: &[&str] = &WANTED;
        let look = reading(Some(wanted), None, &hidden);
        let survey = || Amended::new(Survey::default(), question.amendment);
        read(&look, survey, |job| {
            estate.scanned(
                job.document,
                job.told.records.iter().map(|(record, _)| record),
            );
            estate.absorb_all(job.output);
        })?;
    } else {
        let roles = Roles::new(question.catalog);
        let organization = organization(question, &estate);
        let bench = bench(question, program, &roles, &organization, false);
        let first = reading(None, None, question.progress);
        let mut put_off = Rest::default();
        let mut failed = None;
        read(
            &first,
            || Amended::new(FirstPass::new(&bench), question.amendment),
            |mut job| {
                let (judged, seen) = job.output;
                estate.absorb_all(seen);
                if job.told.whole {
                    put_off.documents.insert(job.document);
                    return;
                }
                for later in &job.told.later {
                    if let Err(error) = put_off.lines.push(later) {
                        failed.get_or_insert(error);
                    }
                }
                log.note(job.document, &mut job.told, &mut estate);
                take_in(judged, &mut estate, &mut output);
            },
        )?;
        if let Some(error) = failed {
            return Err(error);
        }
        rest = Some(put_off);
    }

    let mut roles = Roles::new(question.catalog);
    estate
        .custom_roles()
        .for_each(|role| roles.add(role.clone()));
    let organization = organization(question, &estate);
    let bench = bench(question, program, &roles, &organization, true);
    let last = reading(None, rest.as_ref(), question.progress);
    read(
        &last,
        || Amended::new(Judge::new(&bench), question.amendment),
        |mut job| {
            log.note(job.document, &mut job.told, &mut estate);
            take_in(job.output, &mut estate, &mut output);
        },
    )?;
    if let Some(amendment) = question.amendment {
        let mut judge = Judge::new(&bench);
        amendment.create(&mut judge);
        take_in(judge.take(), &mut estate, &mut output);
    }
    output.count_passes(program);
    analyse(&bench, &estate, &mut output);
    Ok(log.conclude(question, output, &bench, &estate, started))
}

/// Facts go into the estate, the rest to what was said before.
fn take_in(mut judged: Output, estate: &mut Estate, output: &mut Output) {
    estate.absorb_all(std::mem::take(&mut judged.facts));
    output.merge(judged);
}

fn organization(question: &Question<'_>, estate: &Estate) -> Organization {
    let mut organization = question.organization.clone();
    organization.domains.extend(estate.domains.iter().cloned());
    organization
        .projects
        .extend(estate.projects().map(str::to_owned));
    let numbers = estate.organizations().map(str::to_owned);
    organization.numbers.extend(numbers);
    organization.all_projects |= estate.lists_projects();
    organization
}

fn bench<'b>(
    question: &'b Question<'_>,
    program: &'b Program,
    roles: &'b Roles<'b>,
    organization: &'b Organization,
    roles_complete: bool,
) -> Bench<'b> {
    let rules = &question.rules.rules;
    Bench {
        program,
        rules,
        roles,
        roles_complete,
        names: question.for_people,
        organization,
        now: question.now,
        watch: question.watch,
    }
}

/// Judges streams at once, and of whole documents learns what the judging must know.
struct FirstPass<'b> {
    judge: Judge<'b>,
    survey: Survey,
    whole_document: bool,
}

impl<'b> FirstPass<'b> {
    fn new(bench: &'b Bench<'b>) -> FirstPass<'b> {
        FirstPass {
            judge: Judge::new(bench),
            survey: Survey::default(),
            whole_document: false,
        }
    }
}

impl Consumer for FirstPass<'_> {
    type Output = (Output, Vec<Fact>);

    fn begin(&mut self, whole_document: bool) {
        self.whole_document = whole_document;
    }

    fn consume<'d>(
        &mut self,
        assets: impl Iterator<Item = AssetText<'d>>,
        outcome: impl FnMut(AssetText<'d>, Fate),
    ) {
        if self.whole_document {
            self.survey.consume(assets, outcome);
        } else {
            self.judge.consume(assets, outcome);
        }
    }

    fn take(&mut self) -> Self::Output {
        (self.judge.take(), self.survey.take())
    }
}

/// What the reading said of the documents.
struct Log<'i> {
    inputs: &'i [Input],
    documents: Vec<Document>,
    dialects: BTreeMap<Dialect, u64>,
    seen: BTreeSet<(u32, Dialect)>,
    foreign_documents: BTreeMap<u32, String>,
    foreign: Vec<(String, String)>,
    gaps: Vec<Gap>,
    scans: Ledger,
}

impl<'i> Log<'i> {
    fn new(inputs: &'i [Input]) -> Log<'i> {
        let document = |input: &Input| Document {
            path: input.path.clone(),
            dialect: None,
            assets: 0,
        };
        Log {
            inputs,
            documents: inputs.iter().map(document).collect(),
            dialects: BTreeMap::new(),
            seen: BTreeSet::new(),
            foreign_documents: BTreeMap::new(),
            foreign: Vec::new(),
            gaps: Vec::new(),
            scans: Ledger::default(),
        }
    }

    fn note(&mut self, document: DocumentId, told: &mut Told, estate: &mut Estate) {
        let index = document.0;
        for dialect in &told.dialects {
            if self.seen.insert((index, *dialect)) {
                *self.dialects.entry(*dialect).or_default() += 1;
            }
        }
        if let Some(document) = self.documents.get_mut(index as usize) {
            document.dialect = document.dialect.or_else(|| told.dialects.first().copied());
            document.assets += told.assets;
        }
        if let Some(reason) = told.foreign.take() {
            self.foreign_documents.entry(index).or_insert(reason);
        }
        self.gaps.append(&mut told.gaps);
        let records = std::mem::take(&mut told.records);
        estate.scanned(document, records.iter().map(|(record, _)| record));
        self.gaps.extend(self.scans.note(document, records));
    }

    /// The judgement, when everything was read.
    fn conclude(
        mut self,
        question: &Question<'_>,
        mut output: Output,
        bench: &Bench<'_>,
        estate: &Estate,
        started: Instant,
    ) -> Judgement {
        settle::once(&mut output.findings);
        if question.for_people {
            settle::name(&mut output.findings, estate);
        }
        let mut gaps = self.finish(question.walked);
        gaps.extend(output.take_gaps(bench));
        settle::owners(&mut gaps);
        gaps.sort_by(|a, b| {
            let key = |gap: &Gap| (gap.reason, gap.document, gap.location);
            let by_place = key(a).cmp(&key(b));
            by_place
                .then_with(|| a.message.cmp(&b.message))
                .then_with(|| a.resource.cmp(&b.resource))
        });
        let tally = output.outcomes();
        let coverage = Coverage {
            complete: !gaps.iter().any(|gap| gap.reason.is_incomplete()),
            scope: Vec::new(),
            assets: output.assets,
            types: output.types(bench.program),
            bindings: output.bindings,
            grants: output.grants,
            rules: bench
                .rules
                .iter()
                .filter(|rule| rule.unmet.is_empty())
                .count() as u64,
            outcomes: Outcomes {
                fail: tally.fail,
                pass: tally.pass,
                unknown: tally.unknown,
                not_applicable: tally.not_applicable,
            },
            documents: self.dialects,
            foreign: self.foreign,
            bytes: question
                .progress
                .bytes
                .load(std::sync::atomic::Ordering::Relaxed),
            elapsed: started.elapsed(),
        };
        Judgement {
            documents: self.documents,
            findings: output.findings,
            gaps,
            coverage,
            tallies: output.tallies,
            roles: estate.custom_roles().cloned().collect(),
            sight: output.sight,
        }
    }

    /// A foreign file that the user named is a gap; one met in a folder is only counted.
    fn finish(&mut self, walked: &Walked) -> Vec<Gap> {
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.extend(std::mem::take(&mut self.scans).conclude());
        for (index, reason) in std::mem::take(&mut self.foreign_documents) {
            let Some(input) = self.inputs.get(index as usize) else {
                continue;
            };
            if self.documents[index as usize].dialect.is_some() {
                continue;
            }
            if input.named {
                let message = format!("not recognised: {reason}");
                gaps.push(gap(
                    GapReason::Unrecognised,
                    message,
                    Some(DocumentId(index)),
                ));
            } else {
                self.foreign
                    .push((input.path.display().to_string(), reason));
            }
        }
        for (path, reason) in &walked.passed_over {
            self.foreign
                .push((path.display().to_string(), reason.clone()));
        }
        for (path, reason) in &walked.unreadable {
            gaps.push(gap(
                GapReason::Unreadable,
                format!("{}: {reason}", path.display()),
                None,
            ));
        }
        gaps
    }
}

fn gap(reason: GapReason, message: String, document: Option<DocumentId>) -> Gap {
    Gap {
        reason,
        message,
        resource: None,
        document,
        location: None,
        rules: Vec::new(),
        outcomes: 0,
    }
}
