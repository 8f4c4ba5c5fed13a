//! `org-constraint`: what organisation policies say of some constraints, on an organisation or on its projects.
//!
//! ```toml
//! [analysis]
//! name = "org-constraint"
//!
//! [analysis.with]
//! constraints = ["iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"]
//! want        = "enforced"       # or "not-enforced", "set", "none-allowed"
//! # all     = true               # every constraint must hold; otherwise one of them is enough
//! # denies  = ["storage.googleapis.com"]   # lists: each of these must be denied (or not be among what is allowed)
//! # only    = ["in:eu-*", "europe-*"]      # lists: everything allowed must match one of these globs
//! # default = true               # Google enforces it by default; or "2024-05-03": for organisations created since
//! # on      = "project"          # judge every project instead of every organisation
//! ```
//!
//! `set` means that a list holds anything back (values allowed or denied, or all denied), or that a boolean constraint
//! is enforced; `none-allowed` that a list which grants exceptions grants none.
//!
//! The nearest policy decides, lists add up where they say so, `reset` means the default, a dry run is nothing
//! ([`crate::estate::Effective`]). Policies with conditions on tags are unknown. A node above which the input holds no
//! organisation policies is unknown, never a finding. Placeholders of the message: `{value}` is what was found.

use super::Verdicts;
use super::subjects::{On, Subject, subjects};
use super::verdicts::worded;
use crate::estate::{Effective, Estate, Evidence, Values};
use crate::model::{GapReason, Truth};
use crate::rules::select::Refusal;
use globset::{Glob, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

/// What `org-constraint` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "OrgConstraint")]
pub(crate) struct With {
    /// Constraints without `constraints/`: one and its managed twin, or several that serve the same end.
    constraints: Vec<String>,
    /// What is wanted.
    want: Want,
    /// Whether every constraint must be as wanted; otherwise one is enough.
    #[serde(default)]
    all: bool,
    /// Values of a list that must be denied, or not be among those allowed.
    #[serde(default)]
    denies: Vec<String>,
    /// Globs: whatever a list allows must match one of them.
    #[serde(default)]
    only: Vec<String>,
    /// Whether Google enforces the constraint where no policy says anything, or since when, as a date: for
    /// organisations that were created on that day or later.
    default: Option<Default>,
    /// Whose policies are judged.
    #[serde(default)]
    on: On,
}

/// What is wanted of a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Want {
    /// It is enforced.
    Enforced,
    /// It is not enforced.
    NotEnforced,
    /// A list holds something back; a boolean constraint is enforced.
    Set,
    /// A list that allows exceptions allows none.
    NoneAllowed,
}

/// What holds where no policy says anything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Default {
    /// It is enforced, or is not.
    Enforced(bool),
    /// It is enforced in organisations created on this day or later, e.g. `2024-05-03`.
    Since(String),
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct OrgConstraint {
    with: With,
    only: Option<GlobSet>,
}

/// How a constraint stands.
struct Standing<'e> {
    truth: Truth,
    /// What was found, for people.
    words: String,
    evidence: Option<&'e Evidence>,
}

impl OrgConstraint {
    /// Checks what it is told.
    ///
    /// # Errors
    /// No constraint, or a glob or a date that is none.
    pub(super) fn new(with: With) -> Result<OrgConstraint, Refusal> {
        if with.constraints.is_empty() {
            return Err(Refusal::new("constraints", "no constraint is given"));
        }
        if let Some(wrong) = with
            .constraints
            .iter()
            .find(|c| c.starts_with("constraints/"))
        {
            let message = "constraints are written without `constraints/`";
            return Err(Refusal::at("constraints", wrong, message));
        }
        if let Some(Default::Since(day)) = &with.default
            && day.parse::<jiff::civil::Date>().is_err()
        {
            let message = format!("`{day}` is neither true, false nor a date such as 2024-05-03");
            return Err(Refusal::at("default", day, message));
        }
        let mut globs = GlobSetBuilder::new();
        for pattern in &with.only {
            let glob = Glob::new(pattern).map_err(|error| {
                Refusal::at("only", pattern, format!("no glob: {}", error.kind()))
            })?;
            globs.add(glob);
        }
        let globs = globs
            .build()
            .map_err(|error| Refusal::new("only", error.to_string()))?;
        Ok(OrgConstraint {
            only: (!with.only.is_empty()).then_some(globs),
            with,
        })
    }

    /// The constraints that it asks about.
    pub(super) fn constraints(&self) -> impl Iterator<Item = &str> {
        self.with.constraints.iter().map(String::as_str)
    }

    /// Answers for every organisation, or every project, that the input speaks of.
    pub(super) fn run(&self, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        for (node, subject) in subjects(self.with.on, estate) {
            self.judge(node, &subject, estate, verdicts);
        }
    }

    fn judge(
        &self,
        node: &str,
        subject: &Subject<'_>,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let name = format!("//cloudresourcemanager.googleapis.com/{node}");
        let mut standings: Vec<Standing<'_>> = Vec::new();
        for constraint in &self.with.constraints {
            let effective = estate.effective(constraint, node, subject.ancestors);
            let since = |day: &str| created_since(day, node, subject.ancestors, estate);
            let mut standing = self.standing(constraint, &effective, since);
            let own = estate.policy_on(constraint, node);
            if let (None, Some(own)) = (standing.evidence, own.filter(|own| own.dry_run)) {
                standing.words = format!("{constraint} is only a dry run");
                standing.evidence = Some(&own.evidence);
            }
            standings.push(standing);
        }
        let truths = standings.iter().map(|standing| standing.truth);
        let truth = match self.with.all {
            true => truths.fold(Truth::Yes, Truth::and),
            false => truths.fold(Truth::No, Truth::or),
        };
        // What is told of: those that are not as wanted, the ones that some policy speaks of first.
        let mut wrong: Vec<&Standing<'_>> = standings.iter().filter(|s| s.truth == truth).collect();
        wrong.sort_by_key(|standing| standing.evidence.is_none());
        let place = wrong.iter().find_map(|standing| standing.evidence);
        let place = place.unwrap_or(subject.evidence);
        match truth {
            Truth::Yes => verdicts.pass(),
            Truth::No => {
                let words: Vec<&str> = wrong.iter().map(|standing| &*standing.words).collect();
                let finding = verdicts.finding(&name, place, worded(&words.join("; ")));
                verdicts.fail([finding]);
            }
            Truth::Unknown => {
                let words = wrong.first().map_or("", |standing| &standing.words);
                verdicts.unknown(GapReason::InputMissing, words, &name, place);
            }
        }
    }

    fn standing<'e>(
        &self,
        constraint: &str,
        effective: &Effective<'e>,
        since: impl FnOnce(&str) -> Truth,
    ) -> Standing<'e> {
        let standing = |truth, words: String, evidence| Standing {
            truth,
            words,
            evidence,
        };
        match effective {
            Effective::Enforced(enforced, policy) => {
                let word = if *enforced { "enforced" } else { "not enforced" };
                let words = format!("{constraint} is {word}");
                let wanted = match self.with.want {
                    Want::Enforced | Want::Set => *enforced,
                    Want::NotEnforced => !enforced,
                    Want::NoneAllowed => return untold(constraint, &policy.evidence),
                };
                standing(Truth::from(wanted), words, Some(&policy.evidence))
            }
            Effective::Values(values, by) => {
                let evidence = by.first().map(|policy| &policy.evidence);
                let (holds, words) = self.list(constraint, values);
                standing(Truth::from(holds), words, evidence)
            }
            Effective::Default(policy) => {
                let evidence = policy.map(|policy| &policy.evidence);
                let enforced = match &self.with.default {
                    None => Truth::No,
                    Some(Default::Enforced(enforced)) => Truth::from(*enforced),
                    Some(Default::Since(day)) => since(day),
                };
                let words = match (enforced, policy) {
                    (Truth::Unknown, _) => {
                        "the input does not say when an organisation was created, and so not what Google enforces by \
                         default"
                            .to_owned()
                    }
                    (_, Some(policy)) if !policy.evaluated => {
                        format!("{constraint} is reset to its default")
                    }
                    (_, _) => format!("{constraint} is not set"),
                };
                let wanted = match self.with.want {
                    Want::Enforced | Want::Set => enforced,
                    Want::NotEnforced => enforced.negate(),
                    Want::NoneAllowed => Truth::Yes,
                };
                standing(wanted, words, evidence)
            }
            Effective::Conditional(policy) => standing(
                Truth::Unknown,
                format!("{constraint} depends on tags, which the input does not resolve"),
                Some(&policy.evidence),
            ),
            Effective::Untold(policy) => untold(constraint, &policy.evidence),
            Effective::Missing => standing(
                Truth::Unknown,
                "the input does not hold the organisation policies of some organisations, or of nodes above some projects"
                    .to_owned(),
                None,
            ),
        }
    }

    /// Whether a list is as wanted, and what it says.
    fn list(&self, constraint: &str, values: &Values) -> (bool, String) {
        if self.with.want == Want::NoneAllowed {
            let allowed = values.allow_all || (!values.deny_all && !values.allowed.is_empty());
            return match values.allow_all {
                true => (false, format!("{constraint} allows everything")),
                false => (
                    !allowed,
                    format!("{constraint} allows {}", values.allowed.join(", ")),
                ),
            };
        }
        let restricts = values.restricts();
        if self.with.want == Want::NotEnforced || !restricts {
            let wanted = (self.with.want == Want::NotEnforced) != restricts;
            let word = if restricts {
                "restricts"
            } else {
                "holds nothing back"
            };
            return (wanted, format!("{constraint} {word}"));
        }
        for value in &self.with.denies {
            let has = |list: &[Box<str>]| {
                list.iter()
                    .any(|known| known.strip_prefix("is:").unwrap_or(known) == value.as_str())
            };
            let allowed = values.allowed.is_empty() || has(&values.allowed);
            if !values.deny_all && !has(&values.denied) && allowed {
                return (false, format!("{constraint} does not deny {value}"));
            }
        }
        if let Some(only) = &self.only
            && !values.deny_all
        {
            if values.allowed.is_empty() {
                return (
                    false,
                    format!("{constraint} denies some values and allows all others"),
                );
            }
            if let Some(stray) = values
                .allowed
                .iter()
                .find(|value| !only.is_match(&***value))
            {
                return (false, format!("{constraint} allows {stray}"));
            }
        }
        (true, format!("{constraint} is set"))
    }
}

fn untold<'e>(constraint: &str, evidence: &'e Evidence) -> Standing<'e> {
    Standing {
        truth: Truth::Unknown,
        words: format!("the policy of {constraint} is in the input without what it says"),
        evidence: Some(evidence),
    }
}

/// Whether the organisation of `node` was created on `day` or later.
fn created_since(day: &str, node: &str, ancestors: &[Box<str>], estate: &Estate) -> Truth {
    let (chain, _) = estate.lineage(node, ancestors);
    let top = chain
        .last()
        .map(|top| format!("//cloudresourcemanager.googleapis.com/{top}"));
    let top = top.and_then(|top| estate.nodes.get(&*top));
    // Dates in ISO form compare as text.
    match top.and_then(|top| top.created.as_deref()?.get(..day.len())) {
        Some(created) => Truth::from(created >= day),
        None => Truth::Unknown,
    }
}
