//! The plan as Terraform: resources of the google provider in the state that the plan wants, and the imports that take
//! over what exists.
//!
//! Terraform states what is there, so it adds and sets well and removes badly. What it cannot say is listed at the top of
//! `main.tf`; manual steps are written as comments, as in the scripts. No file names a provider: they can be put into
//! a configuration that exists, or be run on their own.

mod bucket;
mod grants;
mod hcl;
mod names;
mod stated;
mod targets;
#[cfg(test)]
mod tests;

use super::plan::{Part, Plan, Planned, Script};
use crate::change::{Acl, Change, Condition, Level, Model, apply};
use crate::escape;
use crate::model::{canonical, short_name};
use grants::Removal;
use hcl::{Body, Expr};
use indexmap::IndexMap;
use names::{Labels, Names};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Writes `terraform/*.tf` for a part of a plan. The model is what the input says before the plan.
pub fn render(_plan: &Plan, part: &Part, model: &Model) -> Script {
    if part.steps.is_empty() {
        return Script::new();
    }
    let mut writer = Writer {
        names: Names::new(model),
        labels: Labels::default(),
        after: after(part, model),
        grants: Body::new(),
        storage: Body::new(),
        others: Body::new(),
        cannot: IndexMap::new(),
    };
    writer.write(part);
    writer.finish(part)
}

const GRANT_GOES: &str =
    "Terraform has no resource for a grant that must not be (iam.tf says more)";
const ENTRY_GOES: &str =
    "Terraform has no resource for an entry of a list that must not be (storage.tf says more)";

struct Writer<'m> {
    names: Names<'m>,
    labels: Labels,
    /// What the part is about, after its steps that are not manual.
    after: Model,
    grants: Body,
    storage: Body,
    others: Body,
    /// What Terraform cannot say.
    cannot: IndexMap<String, Vec<String>>,
}

/// A step, and what it does in words.
type Told<'p> = (&'p Planned, String);

/// Node, role and condition.
type Binding<'p> = (Cow<'p, str>, &'p str, Option<&'p Condition>);

/// What the changes of one part are about, each thing once, in the order of its first step.
#[derive(Default)]
struct Subjects<'p> {
    removals: IndexMap<Binding<'p>, Removal<'p>>,
    lists: IndexMap<(Cow<'p, str>, Acl), Vec<Told<'p>>>,
    resources: IndexMap<Cow<'p, str>, Vec<(&'p Planned, &'p Change)>>,
}

impl Writer<'_> {
    fn write(&mut self, part: &Part) {
        let mut subjects = Subjects::default();
        for planned in &part.steps {
            for change in &planned.step.changes {
                self.sort(planned, change, &mut subjects);
            }
        }
        for removal in subjects.removals.values() {
            let said = grants::removed(removal, &self.after, &self.names, &mut self.labels);
            self.grants.append(said);
            for (planned, _) in &removal.members {
                self.cannot(planned, GRANT_GOES);
            }
        }
        for ((bucket, which), steps) in &subjects.lists {
            let said = grants::list(steps, (bucket, *which), &self.after, &mut self.labels);
            self.storage.append(said);
            for (planned, _) in steps {
                self.cannot(planned, ENTRY_GOES);
            }
        }
        for (name, changes) in &subjects.resources {
            self.resource(name, changes);
        }
    }

    /// Grants and audit configurations are written at once; what several changes may be about is gathered.
    fn sort<'p>(&mut self, planned: &'p Planned, change: &'p Change, subjects: &mut Subjects<'p>) {
        let said = match change {
            Change::AddMember(grant) => {
                grants::added(planned, grant, &self.names, &mut self.labels)
            }
            Change::SetAudit {
                node,
                service,
                from,
                to,
            } => grants::audit(
                planned,
                (node, service),
                (from, to),
                &self.names,
                &mut self.labels,
            ),
            Change::RemoveMember(grant) => {
                let key = (
                    canonical(&grant.node),
                    &*grant.role,
                    grant.condition.as_ref(),
                );
                let removal = subjects.removals.entry(key).or_insert_with(|| Removal {
                    binding: grant,
                    members: Vec::new(),
                });
                removal.members.push((planned, &grant.member));
                return;
            }
            Change::RemoveAcl {
                bucket,
                list,
                entity,
                role,
            } => {
                let what = format!(
                    "takes {} {} out of the list of {}.",
                    shown(role),
                    shown(entity),
                    shown(&short_name(bucket))
                );
                let steps = subjects.lists.entry((canonical(bucket), *list));
                steps.or_default().push((planned, what));
                return;
            }
            Change::AddAcl { .. } => {
                Err("entries of access control lists are written by the script".to_owned())
            }
            Change::Patch { name, .. }
            | Change::Create { name, .. }
            | Change::Delete { name, .. } => {
                let changes = subjects.resources.entry(canonical(name));
                changes.or_default().push((planned, change));
                return;
            }
        };
        match said {
            Ok(body) if planned.step.level == Level::Manual => {
                self.grants.append(body.commented());
            }
            Ok(body) => {
                self.grants.append(body);
            }
            Err(why) => self.cannot(planned, &why),
        }
    }

    fn resource(&mut self, name: &str, changes: &[(&Planned, &Change)]) {
        let is_manual = |planned: &Planned| planned.step.level == Level::Manual;
        let by_hand = changes.iter().all(|(planned, _)| is_manual(planned));
        let asset = self.names.asset(name);
        let mut asset_type = asset.map_or("", |asset| asset.asset_type.as_str());
        let known = asset.and_then(|asset| asset.resource.clone());
        let (mut data, mut creates) = (known.unwrap_or(Value::Null), false);
        let mut words = Vec::new();
        for (planned, change) in changes {
            let stated = by_hand || !is_manual(planned);
            match change {
                Change::Delete { .. } => {
                    return self.cannot_each(changes, "Terraform destroys only what it manages");
                }
                Change::Patch {
                    to, asset_type: of, ..
                } => {
                    asset_type = of;
                    // Half a resource would reset the other half.
                    if stated && data.is_object() {
                        crate::change::merge(&mut data, to);
                    }
                }
                Change::Create {
                    data: all,
                    asset_type: of,
                    ..
                } => {
                    (asset_type, creates) = (of, true);
                    if stated {
                        data = all.clone();
                    }
                }
                _ => {}
            }
            words.push(heading(planned));
            if !stated {
                words.push("This step is manual and not stated here.".to_owned());
            }
        }
        let stated = match stated::state(name, asset_type, &data, &self.names) {
            Ok(stated) => stated,
            Err(why) => return self.cannot_each(changes, &why),
        };
        let label = self.labels.take(stated.resource, &stated.name);
        if by_hand {
            words.push("Manual: read it, then take the comment signs away.".to_owned());
        }
        let lacks = asset
            .map(|asset| asset.lacks.as_slice())
            .unwrap_or_default();
        let lacks = lacks
            .iter()
            .filter_map(|place| place.strip_prefix("/resource/data/"));
        let unstated: BTreeSet<&str> = stated
            .unstated
            .iter()
            .map(String::as_str)
            .chain(lacks)
            .collect();
        if !unstated.is_empty() {
            let unstated: Vec<Cow<'_, str>> = unstated.into_iter().map(shown).collect();
            words.push(format!(
                "Not stated, for the input does not hold it or Terraform has no argument: {}.",
                unstated.join(", ")
            ));
        }
        let mut body = Body::new();
        body.comment(&words.join("\n"));
        let mut blocks = Body::new();
        let import = grants::import(stated.resource, &label, &stated.import);
        if creates && !stated.creates_over && !by_hand {
            blocks.comment("If fix.sh has made it already, import it instead of creating it:");
            blocks.append(import.commented());
        } else if !creates {
            blocks.append(import);
        }
        blocks.labelled("resource", &[stated.resource, &label], stated.body);
        body.append(if by_hand { blocks.commented() } else { blocks });
        if stated.resource.starts_with("google_storage_") {
            self.storage.append(body);
        } else {
            self.others.append(body);
        }
    }

    fn cannot(&mut self, planned: &Planned, why: &str) {
        let steps = self.cannot.entry(why.to_owned()).or_default();
        let step = heading(planned);
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }

    fn cannot_each(&mut self, changes: &[(&Planned, &Change)], why: &str) {
        for (planned, _) in changes {
            self.cannot(planned, why);
        }
    }

    fn finish(self, part: &Part) -> Script {
        let mut head = format!(
            "The plan for {} as Terraform, written by leastwise {}. Read plan.md first.\n\n\
             Put the files into the configuration that manages these resources, or run them on their own with a provider of your choice. \
             `terraform plan` must show the changes of the plan and nothing else: whatever else it wants to change is a setting that the \
             input does not hold, and must be stated before you apply.",
            shown(&part.scope),
            env!("CARGO_PKG_VERSION"),
        );
        if !self.cannot.is_empty() {
            head.push_str(
                "\n\nTerraform cannot say these; run fix.sh for them, or change them by hand:",
            );
            for (why, steps) in &self.cannot {
                head.push_str(&format!(
                    "

{why}:"
                ));
                for step in steps {
                    head.push_str(&format!(
                        "
- {step}"
                    ));
                }
            }
        }
        let mut main = Body::new();
        main.comment(&head);
        let mut google = Body::new();
        let provider = [("source", "hashicorp/google"), ("version", ">= 6.0")];
        let provider = provider.map(|(key, value)| (key.to_owned(), Expr::text(value)));
        google.set("google", Expr::Map(provider.into()));
        let mut terraform = Body::new();
        // Imports as blocks came with this version.
        terraform.set("required_version", Expr::text(">= 1.5"));
        terraform.block("required_providers", google);
        main.block("terraform", terraform);
        let mut script = Script::new();
        let files = [
            ("main", main),
            ("iam", self.grants),
            ("storage", self.storage),
            ("resources", self.others),
        ];
        for (name, body) in files {
            if !body.is_empty() {
                script.insert(format!("terraform/{name}.tf"), body.text());
            }
        }
        script
    }
}

/// What the part is about, after its steps that are not manual. What cannot be applied stays as it is.
fn after(part: &Part, model: &Model) -> Model {
    let mut after = Model::default();
    let changes = part.steps.iter().flat_map(|planned| {
        let by_hand = planned.step.level == Level::Manual;
        planned
            .step
            .changes
            .iter()
            .map(move |change| (by_hand, change))
    });
    for (by_hand, change) in changes {
        let name = change.subject();
        if after.get(name).is_none()
            && let Some(asset) = model.get(name)
        {
            after.insert(name, asset.clone());
        }
        if !by_hand {
            let _ = apply(change, &mut after);
        }
    }
    after
}

/// `s01 · what the step does`.
fn heading(planned: &Planned) -> String {
    format!("{} · {}", planned.id, shown(&planned.title))
}

/// A name in a comment.
fn shown(name: &str) -> Cow<'_, str> {
    escape::terminal(name)
}
