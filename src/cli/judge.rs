//! The flow from inputs to judgements, on one screen.

use crate::catalog::{Catalog, Roles};
use crate::estate::{Estate, Survey, WANTED};
use crate::finding::Finding;
use crate::model::{Document, Gap, GapReason};
use crate::report::{Coverage, Outcomes};
use crate::rules::{Bench, Judge, Organization, Output, PrincipalLists, Ruleset, analyse};
use crate::sources::{Input, Job, Progress, Reading, Stdin, Walked, layout, read};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;

/// What is judged, by what, and when.
pub struct Question<'q> {
    /// The files.
    pub walked: &'q Walked,
    /// Standard input, if it was asked for.
    pub stdin: Option<&'q Stdin>,
    /// `--resource`.
    pub resource: Option<&'q str>,
    /// Whose a bare policy is by its path, as the configuration says.
    pub by_path: &'q (dyn Fn(&Path) -> Option<String> + Sync),
    /// The rules that run.
    pub rules: &'q Ruleset,
    /// Lists of principals of the configuration.
    pub principals: &'q PrincipalLists,
    /// What the configuration says is the organisation's own.
    pub organization: &'q Organization,
    /// "Now".
    pub now: Timestamp,
    /// Worker threads.
    pub threads: usize,
    /// How far it has come.
    pub progress: &'q Progress,
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
}

/// Reads everything twice: once for what must be known first (roles, the hierarchy), once to judge.
///
/// # Errors
/// A rule that cannot be compiled under this configuration.
pub fn judge(question: &Question<'_>) -> Result<Judgement, crate::rules::LoadError> {
    let started = std::time::Instant::now();
    let inputs = &question.walked.inputs;
    let by_path =
        |path: &Path| (question.by_path)(path).or_else(|| layout::resource_from_path(path, &[]));
    let mut reading = Reading {
        inputs,
        stdin: question.stdin,
        resource: question.resource,
        by_path: &by_path,
        threads: question.threads,
        wanted: Some(&WANTED),
        progress: &Progress::default(),
    };
    let mut estate = Estate::default();
    read(&reading, Survey::default, |job| {
        job.output.into_iter().for_each(|fact| estate.absorb(fact))
    });

    let mut roles = Roles::new(Catalog::embedded());
    estate
        .custom_roles()
        .for_each(|role| roles.add(role.clone()));
    let mut organization = question.organization.clone();
    organization.domains.extend(estate.domains.iter().cloned());
    organization
        .projects
        .extend(estate.projects().map(str::to_owned));

    let program = question.rules.compile(question.principals)?;
    let (rules, now) = (&question.rules.rules, question.now);
    let bench = Bench {
        program: &program,
        rules,
        roles: &roles,
        organization: &organization,
        now,
    };
    let mut output = Output::new(rules.len());
    let mut log = Log::new(inputs);
    (reading.wanted, reading.progress) = (None, question.progress);
    read(
        &reading,
        || Judge::new(&bench),
        |mut job| {
            job.output
                .facts
                .drain(..)
                .for_each(|fact| estate.absorb(fact));
            log.note(&mut job);
            output.merge(job.output);
        },
    );
    analyse(&bench, &estate, &mut output);

    let mut gaps = log.finish(question.walked);
    gaps.extend(output.take_gaps(&bench));
    gaps.sort_by(|a, b| {
        let key = |gap: &Gap| (gap.reason, gap.document, gap.location);
        key(a)
            .cmp(&key(b))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| a.resource.cmp(&b.resource))
    });
    let tally = output.outcomes();
    let coverage = Coverage {
        complete: !gaps.iter().any(|gap| gap.reason.is_incomplete()),
        assets: output.assets,
        bindings: output.bindings,
        grants: output.grants,
        rules: rules.len() as u64,
        outcomes: Outcomes {
            fail: tally.fail,
            pass: tally.pass,
            unknown: tally.unknown,
            not_applicable: tally.not_applicable,
        },
        documents: log.dialects,
        foreign: log.foreign,
        bytes: question
            .progress
            .bytes
            .load(std::sync::atomic::Ordering::Relaxed),
        elapsed: started.elapsed(),
    };
    Ok(Judgement {
        documents: log.documents,
        findings: output.findings,
        gaps,
        coverage,
    })
}

/// What the reading said of the documents.
struct Log<'i> {
    inputs: &'i [Input],
    documents: Vec<Document>,
    dialects: std::collections::BTreeMap<crate::model::Dialect, u64>,
    seen: BTreeSet<(u32, crate::model::Dialect)>,
    foreign_documents: std::collections::BTreeMap<u32, String>,
    foreign: Vec<(String, String)>,
    gaps: Vec<Gap>,
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
            dialects: std::collections::BTreeMap::new(),
            seen: BTreeSet::new(),
            foreign_documents: std::collections::BTreeMap::new(),
            foreign: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn note<O>(&mut self, job: &mut Job<O>) {
        let index = job.document.0;
        for dialect in &job.told.dialects {
            if self.seen.insert((index, *dialect)) {
                *self.dialects.entry(*dialect).or_default() += 1;
            }
        }
        if let Some(document) = self.documents.get_mut(index as usize) {
            document.dialect = document
                .dialect
                .or_else(|| job.told.dialects.first().copied());
            document.assets += job.told.assets;
        }
        if let Some(reason) = job.told.foreign.take() {
            self.foreign_documents.entry(index).or_insert(reason);
        }
        self.gaps.append(&mut job.told.gaps);
    }

    /// A foreign file that the user named is a gap; one met in a folder is only counted.
    fn finish(&mut self, walked: &Walked) -> Vec<Gap> {
        let mut gaps = std::mem::take(&mut self.gaps);
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
                    Some(crate::model::DocumentId(index)),
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

fn gap(reason: GapReason, message: String, document: Option<crate::model::DocumentId>) -> Gap {
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
