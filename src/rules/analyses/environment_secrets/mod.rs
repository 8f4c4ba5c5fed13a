//! `environment-secrets`: whether functions, containers and training jobs keep secrets in environment variables.
//!
//! ```toml
//! [analysis]
//! name = "environment-secrets"
//!
//! [analysis.with]
//! names         = '(^|_)(PASSWORD|TOKEN)$'           # variables that hold a secret by their name
//! except-names  = '(^|_)(PUBLIC|PAD)_'               # … and those that do not
//! except-values = ['^\$\{.*\}$', '^projects/.*']     # what is no secret, whatever its variable is called
//!
//! [[analysis.with.shapes]]                           # values that are a secret by their form
//! is      = "a private key"
//! matches = '-----BEGIN ([A-Z]+ )*PRIVATE KEY'
//! ```
//!
//! Names are compared in upper case with `_` between their words, so `dbPassword` is `DB_PASSWORD`; values without
//! white space around them. `{value}` of the message is the variable and why it counts. No value is ever told: not in
//! a message, not in a fingerprint, and no report shows the line that it stands in
//! ([`crate::rules::Rule::points_at_secrets`]).

mod telling;

use super::Verdicts;
use super::verdicts::worded;
use crate::estate::{Datapoint, Estate, Evidence, Record};
use crate::finding::{Confidence, Finding};
use crate::rules::select::Refusal;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Deserialize;
use telling::{Telling, Why};

/// What `environment-secrets` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "EnvironmentSecrets")]
pub(crate) struct With {
    /// A regular expression: variables that hold a secret by their name.
    names: String,
    /// A regular expression: names that do not count after all.
    except_names: String,
    /// Regular expressions: values that are no secret, whatever their variable is called.
    except_values: Vec<String>,
    /// Values that are a secret by their form.
    #[serde(default)]
    shapes: Vec<Shape>,
}

/// A form of secrets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Shape {
    /// What it is, for people: `a private key`.
    is: String,
    /// A regular expression that matches somewhere in the value.
    matches: String,
    /// Whether such values are meant for the public where the name says so (see `except-names`).
    #[serde(default)]
    may_be_public: bool,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct EnvironmentSecrets {
    telling: Telling,
}

const FUNCTION_V1: &str = "cloudfunctions.googleapis.com/CloudFunction";
const FUNCTION: &str = "cloudfunctions.googleapis.com/Function";
const SERVICE: &str = "run.googleapis.com/Service";
const RUN_JOB: &str = "run.googleapis.com/Job";
const WORKER_POOL: &str = "run.googleapis.com/WorkerPool";
const CUSTOM_JOB: &str = "aiplatform.googleapis.com/CustomJob";
const TUNING: &str = "aiplatform.googleapis.com/HyperparameterTuningJob";
const MODEL: &str = "aiplatform.googleapis.com/Model";
const AGENT: &str = "aiplatform.googleapis.com/ReasoningEngine";

/// Variables as an object: the name is the key.
const MAPS: [(&str, &str); 4] = [
    (FUNCTION_V1, "$.resource.data.environmentVariables.*"),
    (FUNCTION_V1, "$.resource.data.buildEnvironmentVariables.*"),
    (
        FUNCTION,
        "$.resource.data.serviceConfig.environmentVariables.*",
    ),
    (
        FUNCTION,
        "$.resource.data.buildConfig.environmentVariables.*",
    ),
];

/// Variables as a list of names and values. One with `valueFrom` or `valueSource` in place of a value is a reference.
/// Cloud Run has two shapes: v2, then v1.
const LISTS: [(&str, &str, &str); 11] = [
    (
        SERVICE,
        "$.resource.data.template.containers[*].env[*].name",
        "$.resource.data.template.containers[*].env[*].value",
    ),
    (
        SERVICE,
        "$.resource.data.spec.template.spec.containers[*].env[*].name",
        "$.resource.data.spec.template.spec.containers[*].env[*].value",
    ),
    (
        RUN_JOB,
        "$.resource.data.template.template.containers[*].env[*].name",
        "$.resource.data.template.template.containers[*].env[*].value",
    ),
    (
        RUN_JOB,
        "$.resource.data.spec.template.spec.template.spec.containers[*].env[*].name",
        "$.resource.data.spec.template.spec.template.spec.containers[*].env[*].value",
    ),
    (
        WORKER_POOL,
        "$.resource.data.template.containers[*].env[*].name",
        "$.resource.data.template.containers[*].env[*].value",
    ),
    (
        CUSTOM_JOB,
        "$.resource.data.jobSpec.workerPoolSpecs[*].containerSpec.env[*].name",
        "$.resource.data.jobSpec.workerPoolSpecs[*].containerSpec.env[*].value",
    ),
    (
        CUSTOM_JOB,
        "$.resource.data.jobSpec.workerPoolSpecs[*].pythonPackageSpec.env[*].name",
        "$.resource.data.jobSpec.workerPoolSpecs[*].pythonPackageSpec.env[*].value",
    ),
    (
        TUNING,
        "$.resource.data.trialJobSpec.workerPoolSpecs[*].containerSpec.env[*].name",
        "$.resource.data.trialJobSpec.workerPoolSpecs[*].containerSpec.env[*].value",
    ),
    (
        TUNING,
        "$.resource.data.trialJobSpec.workerPoolSpecs[*].pythonPackageSpec.env[*].name",
        "$.resource.data.trialJobSpec.workerPoolSpecs[*].pythonPackageSpec.env[*].value",
    ),
    (
        MODEL,
        "$.resource.data.containerSpec.env[*].name",
        "$.resource.data.containerSpec.env[*].value",
    ),
    (
        AGENT,
        "$.resource.data.spec.deploymentSpec.env[*].name",
        "$.resource.data.spec.deploymentSpec.env[*].value",
    ),
];

/// What says that another asset tells the same: a 1st gen function is listed under both types of functions, and a
/// 2nd gen function is also a service of Cloud Run.
const TWINS: [(&str, &str, &str); 3] = [
    (FUNCTION, "$.resource.data.environment", "GEN_1"),
    (
        SERVICE,
        "$.resource.data.labels['goog-managed-by']",
        "cloudfunctions",
    ),
    (
        SERVICE,
        "$.resource.data.metadata.labels['goog-managed-by']",
        "cloudfunctions",
    ),
];

/// What the analysis wants to know of which assets.
pub(super) fn records() -> Vec<(&'static str, &'static str)> {
    let lists = LISTS
        .iter()
        .flat_map(|(asset, name, value)| [(*asset, *name), (*asset, *value)]);
    let twins = TWINS.iter().map(|(asset, path, _)| (*asset, *path));
    MAPS.iter().copied().chain(lists).chain(twins).collect()
}

impl EnvironmentSecrets {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A regular expression that does not compile.
    pub(super) fn new(with: With) -> Result<EnvironmentSecrets, Refusal> {
        Ok(EnvironmentSecrets {
            telling: Telling::new(with)?,
        })
    }

    /// Answers for every workload of the input.
    pub(super) fn run(&self, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let mut types: Vec<&str> = records().into_iter().map(|(asset, _)| asset).collect();
        types.sort_unstable();
        types.dedup();
        for asset_type in types {
            for record in estate
                .records(asset_type)
                .into_iter()
                .flat_map(|r| r.iter())
            {
                self.judge(asset_type, record, verdicts);
            }
        }
    }

    fn judge(&self, asset_type: &str, record: &Record, verdicts: &mut Verdicts<'_>) {
        let is_twin = TWINS.iter().any(|(asset, path, text)| {
            *asset == asset_type
                && record
                    .text(&[path])
                    .is_some_and(|(found, _)| found == *text)
        });
        if is_twin {
            verdicts.not_applicable();
            return;
        }
        let mut findings: Vec<Finding> = Vec::new();
        for (name, value, place) in variables(asset_type, record) {
            // Containers of one workload often share a variable; it is one thing to mend.
            let known = findings
                .iter()
                .any(|known| known.detail.as_deref() == Some(&*name));
            if known {
                continue;
            }
            if let Some(why) = self.telling.why(&name, value) {
                findings.push(finding(record, &name, &why, place, verdicts));
            }
        }
        if !findings.is_empty() {
            verdicts.fail(findings);
            return;
        }
        let declared = paths(asset_type).filter_map(|path| record.field(path)?.lacks.as_ref());
        match declared.into_iter().next() {
            Some((reason, pointer)) => {
                verdicts.unknown(*reason, pointer, &record.name, &record.evidence);
            }
            None => verdicts.pass(),
        }
    }
}

/// The paths at which a type of workload has its variables.
fn paths(asset_type: &str) -> impl Iterator<Item = &'static str> {
    let maps = MAPS.iter().filter(move |(asset, _)| *asset == asset_type);
    let lists = LISTS.iter().filter(move |(asset, ..)| *asset == asset_type);
    maps.map(|(_, path)| *path)
        .chain(lists.map(|(_, _, value)| *value))
}

/// Name, value and place of every variable that has a value.
fn variables<'r>(asset_type: &str, record: &'r Record) -> Vec<(String, &'r str, &'r Evidence)> {
    let points = |path: &str| {
        record
            .field(path)
            .map_or(&[][..], |field| &field.values[..])
    };
    let mut found = Vec::new();
    for (_, path) in MAPS.iter().filter(|(asset, _)| *asset == asset_type) {
        let named = points(path).iter().filter_map(|point| {
            let (_, key) = point.evidence.pointer.rsplit_once('/')?;
            let key = key.replace("~1", "/").replace("~0", "~");
            Some((key, point.value.as_text()?, &point.evidence))
        });
        found.extend(named);
    }
    for (_, names, values) in LISTS.iter().filter(|(asset, ..)| *asset == asset_type) {
        let names: FxHashMap<&str, &str> = points(names)
            .iter()
            .filter_map(|point| Some((entry(point)?, point.value.as_text()?)))
            .collect();
        let named = points(values).iter().filter_map(|point| {
            let name = names.get(entry(point)?)?;
            Some(((*name).to_owned(), point.value.as_text()?, &point.evidence))
        });
        found.extend(named);
    }
    found
}

/// The entry of a list that a name or a value belongs to.
fn entry(point: &Datapoint) -> Option<&str> {
    point
        .evidence
        .pointer
        .rsplit_once('/')
        .map(|(entry, _)| entry)
}

fn finding(
    record: &Record,
    name: &str,
    why: &Why<'_>,
    place: &Evidence,
    verdicts: &Verdicts<'_>,
) -> Finding {
    let message = match why {
        Why::Shape(what) => worded(&format!("{name}, which has the form of {what}")),
        Why::Name => worded(&format!("{name}, by its name")),
    };
    let mut finding = verdicts.finding(&record.name, place, message);
    finding.detail = Some(name.into());
    if matches!(why, Why::Name) {
        finding.confidence = finding.confidence.min(Confidence::Medium);
    }
    finding
}
