//! Which views, routines and datasets of other projects may read a BigQuery dataset, whoever asks them.

use super::{Verdicts, verdicts::worded};
use crate::estate::{Datum, Estate, Evidence, Record, Records};
use crate::finding::{Finding, Severity};
use crate::model::{GapReason, Truth, project_of};
use crate::rules::judge::Bench;
use std::collections::BTreeMap;

const DATASET: &str = "bigquery.googleapis.com/Dataset";

/// What can be let in: one of it, several, and where its project stands.
const RESOURCES: [(&str, &str, &str); 3] = [
    (
        "a view",
        "views",
        "$.resource.data.access[*].view.projectId",
    ),
    (
        "a routine",
        "routines",
        "$.resource.data.access[*].routine.projectId",
    ),
    (
        "all views of a dataset",
        "datasets",
        "$.resource.data.access[*].dataset.dataset.projectId",
    ),
];

/// The assets that the analysis needs.
pub(super) fn records() -> Vec<(&'static str, &'static str)> {
    let paths = RESOURCES.iter().map(|(_, _, path)| (DATASET, *path));
    paths.collect()
}

/// Answers for every dataset whose settings are in the input.
pub(super) fn run(bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
    for record in estate.records(DATASET).into_iter().flat_map(Records::iter) {
        let mut findings = Vec::new();
        let mut unknown = None;
        for (one, several, path) in RESOURCES {
            let Some(field) = record.field(path) else {
                continue;
            };
            if let Some((reason, pointer)) = &field.lacks {
                unknown = Some((*reason, pointer.to_string(), &record.evidence));
            }
            let mut foreign: BTreeMap<&str, (usize, &Evidence)> = BTreeMap::new();
            for point in &field.values {
                match &point.value {
                    Datum::Text(project) => match is_own(record, project, estate) {
                        Truth::Yes => {}
                        Truth::No => foreign.entry(project).or_insert((0, &point.evidence)).0 += 1,
                        Truth::Unknown => {
                            let sentence = format!(
                                "whether projects/{project} is the one of a dataset that it may read cannot be told: \
                                 the input does not hold the project"
                            );
                            unknown = Some((GapReason::InputMissing, sentence, &point.evidence));
                        }
                    },
                    _ => {
                        let pointer = point.evidence.pointer.to_string();
                        unknown = Some((GapReason::ValueUnknown, pointer, &point.evidence));
                    }
                }
            }
            for (project, (count, evidence)) in foreign {
                let what = match count {
                    1 => format!("{one} of project {project}"),
                    _ => format!("{count} {several} of project {project}"),
                };
                findings.push(finding(record, &what, evidence, verdicts));
                if bench.organization.projects.contains(project)
                    && let Some(finding) = findings.last_mut()
                {
                    finding.severity = finding.severity.min(Severity::Low);
                    finding.note = Some("a project of the organisation".into());
                }
            }
        }
        if !findings.is_empty() {
            verdicts.fail(findings);
        } else if let Some((reason, subject, evidence)) = unknown {
            verdicts.unknown(reason, &subject, &record.name, evidence);
        } else {
            verdicts.pass();
        }
    }
}

fn is_own(record: &Record, project: &str, estate: &Estate) -> Truth {
    match project_of(&record.name) {
        Some(own) => {
            estate.same_project(&format!("projects/{own}"), &format!("projects/{project}"))
        }
        None => Truth::Unknown,
    }
}

fn finding(record: &Record, what: &str, evidence: &Evidence, verdicts: &Verdicts<'_>) -> Finding {
    let mut finding = verdicts.finding(&record.name, evidence, worded(what));
    finding.detail = Some(what.into());
    finding
}
