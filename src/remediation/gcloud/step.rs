//! One change as lines of a step's function.

use super::files::Files;
use super::place::{Place, place, plain};
use super::settings::{Setting, Turn, setting};
use super::text::printed;
use super::visible::{holds_nul, visible};
use crate::change::{Acl, Asset, AuditLog, Change, Grant, Model};
use crate::escape::{is_treacherous, shell};
use crate::model::short_name;
use serde_json::{Value, json};

/// A change with what is known of its resource before and after.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    change: Change,
    place: Option<Place>,
    before: Option<Asset>,
    after: Option<Asset>,
}

impl Scene {
    /// A change that is about to be made on the model.
    pub(super) fn new(change: &Change, model: &Model) -> Scene {
        let name = change.subject();
        Scene {
            change: change.clone(),
            place: place(name, model),
            before: model.get(name).cloned(),
            after: None,
        }
    }

    /// The change is made.
    pub(super) fn then(&mut self, model: &Model) {
        self.after = model.get(self.change.subject()).cloned();
    }

    /// The way back.
    pub(super) fn back(self) -> Scene {
        Scene {
            change: self.change.inverse(),
            before: self.after,
            after: self.before,
            ..self
        }
    }
}

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// Lines of the function.
    Made(Vec<String>),
    /// The script cannot do it.
    ByHand {
        /// What is to be done, for people.
        what: String,
        /// Why the script does not.
        why: String,
    },
}

/// Writes a change.
pub(super) fn write(scene: &Scene, files: &mut Files<'_>) -> Written {
    let lines = if holds_nul(&json!(scene.change).to_string().replace("\\u0000", "\0")) {
        Err("a name in it holds a NUL, which no command can be given".to_owned())
    } else if let Some(place) = &scene.place {
        lines(scene, place, files)
    } else {
        Err(nowhere(scene.change.subject()))
    };
    match lines {
        Ok(lines) => Written::Made(lines.into_iter().map(|line| format!("  {line}")).collect()),
        Err(why) => Written::ByHand {
            what: told(&scene.change),
            why: visible(&why),
        },
    }
}

fn lines(scene: &Scene, place: &Place, files: &mut Files<'_>) -> Result<Vec<String>, String> {
    match &scene.change {
        Change::AddMember(grant) => member("grant", grant, place, files),
        Change::RemoveMember(grant) => member("revoke", grant, place, files),
        Change::SetAudit {
            service, from, to, ..
        } => {
            if let Some(policy) = scene.after.as_ref().and_then(|asset| asset.policy.as_ref()) {
                files.add("policies", "policy", "json", policy);
            }
            audit(place, service, from, to)
        }
        Change::RemoveAcl {
            list, entity, role, ..
        } => acl(place, *list, "remove", entity, role),
        Change::AddAcl {
            list, entity, role, ..
        } => acl(place, *list, "add", entity, role),
        Change::Patch {
            name,
            asset_type,
            from,
            to,
        } => {
            // Without the whole settings there is what the patch says.
            let before = settings(scene.before.as_ref()).unwrap_or(from);
            let after = settings(scene.after.as_ref()).unwrap_or(to);
            let turn = Turn {
                asset_type,
                name,
                before: Some(before),
                after: Some(after),
                patches: Some([from, to]),
            };
            Ok(compared(&setting(turn, place, files)?))
        }
        Change::Create {
            name,
            asset_type,
            data,
        }
        | Change::Delete {
            name,
            asset_type,
            data,
        } => {
            let (before, after) = match scene.change {
                Change::Create { .. } => (None, Some(data)),
                _ => (Some(data), None),
            };
            let turn = Turn {
                asset_type,
                name,
                before,
                after,
                patches: None,
            };
            Ok(compared(&setting(turn, place, files)?))
        }
    }
}

fn settings(asset: Option<&Asset>) -> Option<&Value> {
    asset?.resource.as_ref()
}

/// The groups of gcloud that have `add-iam-policy-binding`.
fn has_bindings(group: &[&str]) -> bool {
    matches!(
        group,
        ["projects" | "organizations" | "secrets" | "functions"]
            | ["resource-manager", "folders"]
            | ["storage", "buckets" | "managed-folders"]
            | ["iam", "service-accounts"]
            | ["kms", "keyrings" | "keys"]
            | ["pubsub", "topics" | "subscriptions"]
            | ["artifacts", "repositories"]
            | ["run", "services"]
            | ["compute", "images"]
    )
}

/// `policy_of storage buckets -- 'gs://b'`
fn policy_of(place: &Place) -> Result<String, String> {
    if !has_bindings(place.group) {
        let group = place.group.join(" ");
        return Err(format!("gcloud {group} has no command for one binding"));
    }
    let flags = place
        .flags
        .iter()
        .map(|(flag, value)| format!(" {flag}={}", shell(value)));
    let flags: String = flags.collect();
    Ok(format!(
        "policy_of {} -- {}{flags}",
        place.group.join(" "),
        shell(&place.name)
    ))
}

fn member(
    verb: &str,
    grant: &Grant,
    place: &Place,
    files: &mut Files<'_>,
) -> Result<Vec<String>, String> {
    let mut line = format!("{verb} {} {}", shell(&grant.role), shell(&grant.member));
    // gcloud's records are split at these.
    if [&grant.role, &grant.member]
        .iter()
        .any(|text| text.contains(['\u{1e}', '\u{1f}']))
    {
        return Err("the binding holds a separator of records".to_owned());
    }
    if let Some(condition) = &grant.condition {
        if let ["functions"] | ["pubsub", _] = place.group {
            return Err(format!(
                "gcloud {} has no conditions",
                place.group.join(" ")
            ));
        }
        let file = files.condition(condition);
        let description = condition.description.as_deref().unwrap_or_default();
        for word in [&file, &condition.title, description, &condition.expression] {
            line.push_str(" \\\n    ");
            line.push_str(&shell(word));
        }
    }
    Ok(vec![policy_of(place)?, line])
}

fn acl(
    place: &Place,
    list: Acl,
    verb: &str,
    entity: &str,
    role: &str,
) -> Result<Vec<String>, String> {
    if place.group != ["storage", "buckets"] {
        return Err("only buckets have access control lists here".to_owned());
    }
    if !plain(entity) || !plain(role) {
        return Err("the entity cannot be written as a flag".to_owned());
    }
    let list = match list {
        Acl::Bucket => "acl",
        Acl::DefaultObject => "default-object-acl",
    };
    let (bucket, entity, role) = (shell(&place.name), shell(entity), shell(role));
    Ok(vec![format!("acl {bucket} {list} {verb} {entity} {role}")])
}

fn audit(
    place: &Place,
    service: &str,
    from: &[AuditLog],
    to: &[AuditLog],
) -> Result<Vec<String>, String> {
    if !matches!(
        place.group,
        ["projects" | "organizations"] | ["resource-manager", "folders"]
    ) {
        return Err(
            "only projects, folders and organisations have audit configurations".to_owned(),
        );
    }
    if !plain(service) {
        return Err("the service's name is none".to_owned());
    }
    let mut line = format!("audit {}", shell(service));
    for (word, logs) in [("was", from), ("will", to)] {
        line.push_str(&format!(" \\\n    {word}"));
        for log in logs {
            let odd = |member: &String| {
                member.is_empty()
                    || member.contains(|one: char| is_treacherous(one) || one.is_whitespace())
            };
            if !plain(&log.log_type) || log.exempted_members.iter().any(odd) {
                return Err("a log or an exempted member cannot be compared".to_owned());
            }
            line.push_str(&format!(" {}", shell(&log.log_type)));
            for member in &log.exempted_members {
                line.push_str(&format!(
                    " {}",
                    shell(&format!("{} {member}", log.log_type))
                ));
            }
        }
    }
    let entry = if to.is_empty() {
        String::new()
    } else {
        printed(&json!({ "service": service, "auditLogConfigs": to }))
    };
    line.push_str(&format!(" \\\n    by {}", shell(&entry)));
    Ok(vec![policy_of(place)?, line])
}

fn compared(setting: &Setting) -> Vec<String> {
    let mut line = format!("setting {}", shell(&setting.fields.list));
    for (word, texts) in [("was", &setting.fields.was), ("will", &setting.fields.will)] {
        line.push_str(&format!(" \\\n    {word}"));
        for text in texts {
            line.push_str(&format!(" {}", shell(text)));
        }
    }
    line.push_str(&format!(" \\\n    by {}", setting.by.line()));
    vec![format!("resource {}", setting.read.line()), line]
}

fn nowhere(name: &str) -> String {
    if name.contains("bigquery.googleapis.com/") {
        return "gcloud does not know datasets: bq show --format=prettyjson, edit access, bq update --source".to_owned();
    }
    "gcloud has no command for this kind of resource, or its name is not one that its service allows".to_owned()
}

/// What a change does, for people.
fn told(change: &Change) -> String {
    let node = short_name(change.subject()).into_owned();
    let text = match change {
        Change::AddMember(grant) => format!("grant {} to {} on {node}", grant.role, grant.member),
        Change::RemoveMember(grant) => {
            format!("take {} from {} on {node}", grant.role, grant.member)
        }
        Change::SetAudit { service, to, .. } => {
            let to = json!(to);
            format!("set the audit logs of {service} on {node} to {to}")
        }
        Change::RemoveAcl { entity, role, .. } => {
            format!("take {role} from {entity} in an access control list of {node}")
        }
        Change::AddAcl { entity, role, .. } => {
            format!("give {role} to {entity} in an access control list of {node}")
        }
        Change::Patch { from, to, .. } => format!("change {node} from {from} to {to}"),
        Change::Create { data, .. } => format!("create {node} as {data}"),
        Change::Delete { .. } => format!("delete {node}"),
    };
    visible(&text)
}
