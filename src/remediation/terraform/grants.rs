//! Grants, audit configurations and access control lists.
//!
//! Terraform states what is there. That a member must *not* be there it can say only by owning the whole binding, which
//! takes away whoever joined since the input was written: such resources are written as comments, with that danger.

use super::hcl::{Body, Expr};
use super::names::{Labels, Names};
use super::targets::{Holder, holder};
use super::{heading, shown};
use crate::change::{Acl, AuditLog, Condition, Grant, Model};
use crate::model::{canonical, short_name};
use crate::remediation::plan::Planned;
use serde_json::Value;

/// `google_…_iam_member` for a grant that is added. It needs no import: the provider adds a member that is there already
/// without complaint.
pub(super) fn added(
    planned: &Planned,
    grant: &Grant,
    names: &Names<'_>,
    labels: &mut Labels,
) -> Result<Body, String> {
    let holder = known_holder(&grant.node, names)?;
    if grant.member.starts_with("deleted:") {
        return Err("Terraform knows no deleted members".to_owned());
    }
    let resource = format!("{}_iam_member", holder.resource);
    let label = labels.take(&resource, &grant_label(grant));
    let mut inner = who(&holder);
    inner.set("role", Expr::text(&grant.role));
    inner.set("member", Expr::text(&grant.member));
    if let Some(condition) = &grant.condition {
        inner.block("condition", condition_body(condition));
    }
    let mut body = Body::new();
    body.comment(&heading(planned));
    if !holder.warning.is_empty() {
        body.comment(holder.warning);
    }
    body.labelled("resource", &[&resource, &label], inner);
    Ok(body)
}

/// Members that leave one binding.
pub(super) struct Removal<'p> {
    /// The binding, with its first member.
    pub(super) binding: &'p Grant,
    /// Who leaves, by step.
    pub(super) members: Vec<(&'p Planned, &'p str)>,
}

/// What is said of grants that go: a comment, and as a comment the binding that would hold.
pub(super) fn removed(
    removal: &Removal<'_>,
    after: &Model,
    names: &Names<'_>,
    labels: &mut Labels,
) -> Body {
    let grant = removal.binding;
    let mut words = String::new();
    for (planned, member) in &removal.members {
        words.push_str(&format!(
            "{} takes {} out of {} on {}.\n",
            planned.id,
            shown(member),
            shown(&grant.role),
            shown(&short_name(&grant.node)),
        ));
    }
    let mut body = Body::new();
    let stays = staying(after, grant);
    match (holder(&grant.node, names), stays) {
        (Some(holder), Some(stays)) if stays.is_empty() => {
            words.push_str(&format!(
                "Nobody stays in this binding. A {}_iam_member or _binding of it in your configuration must go.",
                holder.resource
            ));
            body.comment(&words);
        }
        (Some(_), Some(stays)) if stays.iter().any(|one| one.starts_with("deleted:")) => {
            words.push_str("Deleted members stay in this binding, which Terraform cannot state.");
            body.comment(&words);
        }
        (Some(holder), Some(stays)) => {
            words.push_str(
                "Or let Terraform own the binding. Danger: whoever is not in this list loses the role, also if added since the input was written.",
            );
            if !holder.warning.is_empty() {
                words.push('\n');
                words.push_str(holder.warning);
            }
            body.comment(&words);
            body.append(binding(grant, &holder, stays, labels).commented());
        }
        (None, _) => {
            words.push_str("Its grants are not stated by this version.");
            body.comment(&words);
        }
        (_, None) => {
            words.push_str("The input does not hold the whole policy.");
            body.comment(&words);
        }
    }
    body
}

fn binding(grant: &Grant, holder: &Holder, stays: Vec<String>, labels: &mut Labels) -> Body {
    let resource = format!("{}_iam_binding", holder.resource);
    let label = labels.take(
        &resource,
        &format!("{} {}", grant.role, short_name(&grant.node)),
    );
    let mut body = Body::new();
    let title = grant.condition.as_ref().map(|it| it.title.as_str());
    if let Some(id) = import_id(&[&holder.import, &grant.role], title) {
        body.append(import(&resource, &label, &id));
    }
    let mut inner = who(holder);
    inner.set("role", Expr::text(&grant.role));
    inner.set("members", Expr::texts(stays));
    if let Some(condition) = &grant.condition {
        inner.block("condition", condition_body(condition));
    }
    body.labelled("resource", &[&resource, &label], inner);
    body
}

/// The id of an import: words in a row. Terraform splits it at white space and joins the title's words with one blank,
/// so what has other white space cannot be imported.
fn import_id(words: &[&str], title: Option<&str>) -> Option<String> {
    let is_word = |word: &&str| !word.is_empty() && !word.contains(char::is_whitespace);
    let title_is_kept = title
        .is_none_or(|title| title.split_whitespace().eq(title.split(' ')) && !title.is_empty());
    (words.iter().all(is_word) && title_is_kept).then(|| {
        let words: Vec<&str> = words.iter().copied().chain(title).collect();
        words.join(" ")
    })
}

/// Who stays in the binding after the plan, sorted; `None` if the policy is not known.
fn staying(after: &Model, grant: &Grant) -> Option<Vec<String>> {
    let asset = after.get(&grant.node)?;
    asset.policy.as_ref()?;
    let mut members: Vec<String> = asset
        .bindings()
        .iter()
        .filter(|binding| binding.get("role").and_then(Value::as_str) == Some(&*grant.role))
        .filter(|binding| crate::change::has_condition(binding, grant.condition.as_ref()))
        .filter_map(|binding| binding.get("members")?.as_array())
        .flatten()
        .filter_map(|member| Some(member.as_str()?.to_owned()))
        .collect();
    members.sort();
    members.dedup();
    Some(members)
}

/// `google_…_iam_audit_config`.
pub(super) fn audit(
    planned: &Planned,
    (node, service): (&str, &str),
    (from, to): (&[AuditLog], &[AuditLog]),
    names: &Names<'_>,
    labels: &mut Labels,
) -> Result<Body, String> {
    let holder = known_holder(node, names)?;
    let is_node = matches!(
        holder.resource,
        "google_project" | "google_folder" | "google_organization"
    );
    if !is_node {
        return Err(
            "Terraform configures audit logs on projects, folders and organisations".into(),
        );
    }
    if to.is_empty() {
        return Err(
            "an audit configuration that must be absent cannot be stated: take its block out of your configuration"
                .to_owned(),
        );
    }
    let resource = format!("{}_iam_audit_config", holder.resource);
    let label = labels.take(&resource, &format!("{service} {}", short_name(node)));
    let mut inner = who(&holder);
    inner.set("service", Expr::text(service));
    for log in to {
        let mut block = Body::new();
        block.set("log_type", Expr::text(&log.log_type));
        if !log.exempted_members.is_empty() {
            block.set("exempted_members", Expr::texts(&log.exempted_members));
        }
        inner.block("audit_log_config", block);
    }
    let mut body = Body::new();
    body.comment(&heading(planned));
    // One that is not there yet is created; one that is there is overwritten.
    if !from.is_empty()
        && let Some(id) = import_id(&[&holder.import, service], None)
    {
        body.append(import(&resource, &label, &id));
    }
    body.labelled("resource", &[&resource, &label], inner);
    Ok(body)
}

/// Entries that leave an access control list of a bucket.
pub(super) fn list(
    steps: &[(&Planned, String)],
    (bucket, which): (&str, Acl),
    after: &Model,
    labels: &mut Labels,
) -> Body {
    let (resource, field, called) = match which {
        Acl::Bucket => ("google_storage_bucket_acl", "acl", "access control list"),
        Acl::DefaultObject => (
            "google_storage_default_object_acl",
            "defaultObjectAcl",
            "default access control list for objects",
        ),
    };
    let mut words = String::new();
    for (planned, what) in steps {
        words.push_str(&format!("{} {what}\n", planned.id));
    }
    let full = canonical(bucket).into_owned();
    let name = full.rsplit('/').next().unwrap_or_default();
    let entries = after
        .get(bucket)
        .and_then(|asset| asset.settings()?.get(field)?.as_array());
    let mut body = Body::new();
    let Some(entries) = entries.filter(|entries| !entries.is_empty()) else {
        words.push_str(&format!("What stays in the {called} is not known."));
        body.comment(&words);
        return body;
    };
    words.push_str(
        "Or let Terraform own the list. Danger: entries that are not in it go, also those added since the input was written; the first apply only takes the list over, a second one removes. Not with uniform bucket-level access.",
    );
    body.comment(&words);
    let pairs = entries.iter().filter_map(|entry| {
        let role = entry.get("role")?.as_str()?;
        Some(format!("{role}:{}", entry.get("entity")?.as_str()?))
    });
    let mut inner = Body::new();
    inner.set("bucket", Expr::text(name));
    inner.set("role_entity", Expr::texts(pairs));
    let label = labels.take(resource, name);
    let mut block = Body::new();
    block.labelled("resource", &[resource, &label], inner);
    body.append(block.commented());
    body
}

/// An `import` block.
pub(super) fn import(resource: &str, label: &str, id: &str) -> Body {
    let mut inner = Body::new();
    inner.set("to", Expr::Plain(format!("{resource}.{label}")));
    inner.set("id", Expr::text(id));
    let mut body = Body::new();
    body.block("import", inner);
    body
}

fn known_holder(node: &str, names: &Names<'_>) -> Result<Holder, String> {
    holder(node, names).ok_or_else(|| "this version does not state its grants".to_owned())
}

fn who(holder: &Holder) -> Body {
    let mut body = Body::new();
    for (key, value) in &holder.arguments {
        body.set(key, value.clone());
    }
    body
}

fn condition_body(condition: &Condition) -> Body {
    let mut body = Body::new();
    body.set("title", Expr::text(&condition.title));
    if let Some(description) = &condition.description {
        body.set("description", Expr::text(description));
    }
    body.set("expression", Expr::text(&condition.expression));
    body
}

/// What tells a grant from others: who, in which role, on what.
fn grant_label(grant: &Grant) -> String {
    let role = grant.role.rsplit(['/', '.']).next().unwrap_or_default();
    let member = grant.member.rsplit(':').next().unwrap_or_default();
    let member = member.split('@').next().unwrap_or_default();
    format!("{member} {role} {}", short_name(&grant.node))
}
