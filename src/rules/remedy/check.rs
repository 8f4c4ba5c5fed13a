//! A remedy is refused when it says too little, or something that its step does not take: a remedy that silently does
//! less than was written is worse than none.

use super::file::{Action, Remedy, With};
use crate::change::Level;
use crate::rules::Rule;
use crate::rules::select::Refusal;
use std::ops::Range;

const LOGS: [&str; 3] = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

/// Checks every remedy of a rule.
///
/// # Errors
/// The first that is wrong, with its place.
pub(in crate::rules) fn check(rule: &Rule) -> Result<(), Refusal> {
    for (index, remedy) in rule.file.remedies.iter().enumerate() {
        let alone = (index == 0 && remedy.also)
            .then(|| ("also", "there is no remedy before this one".to_owned()));
        alone
            .or_else(|| fault(remedy))
            .map_or(Ok(()), |(key, message)| {
                let span = place(&rule.text, index, key);
                let refusal = Refusal::new("remedy", message);
                Err(Refusal { span, ..refusal })
            })?;
    }
    Ok(())
}

fn fault(remedy: &Remedy) -> Option<(&'static str, String)> {
    let step = slug(remedy.step);
    let taken = keys(remedy.step);
    for (key, given) in given(remedy) {
        if given && !taken.iter().any(|(name, _)| *name == key) {
            let known = taken
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect::<Vec<_>>();
            let known = match known.as_slice() {
                [] => "nothing of the kind".to_owned(),
                some => some.join(", "),
            };
            return Some((key, format!("`{step}` takes no `{key}`; it takes {known}")));
        }
        let needed = taken.iter().any(|(name, needed)| *name == key && *needed);
        if needed && !given {
            return Some(("step", format!("`{step}` needs `{key}`")));
        }
    }
    let pointers = remedy.unset.iter().chain(&remedy.present);
    if let Some(wrong) = pointers
        .into_iter()
        .find(|pointer| !pointer.starts_with('/'))
    {
        let key = if remedy.unset.contains(wrong) {
            "unset"
        } else {
            "present"
        };
        return Some((
            key,
            format!("`{wrong}` is no JSON pointer: it begins with `/`"),
        ));
    }
    if remedy.because.trim().is_empty() {
        return Some(("because", "`because` is empty".to_owned()));
    }
    match remedy.step {
        Action::Delete if remedy.no_way_back.is_none() => {
            let message =
                "`delete` needs `no-way-back`: why what is gone cannot be brought back as it was";
            return Some(("step", message.to_owned()));
        }
        Action::PatchResource if remedy.value.is_none() && remedy.unset.is_empty() => {
            return Some((
                "step",
                "`patch-resource` needs `value` or `unset`".to_owned(),
            ));
        }
        Action::SetAudit => {
            if let Some(log) = remedy.logs.iter().find(|log| !LOGS.contains(&log.as_str())) {
                return Some((
                    "logs",
                    format!("`{log}` is no log; use {}", LOGS.join(", ")),
                ));
            }
            if remedy.logs.is_empty() && remedy.exempted != Some(false) {
                let message = "`set-audit` needs `logs`, or `exempted = false`";
                return Some(("step", message.to_owned()));
            }
            if !remedy.logs.is_empty() && remedy.service.is_empty() {
                return Some(("logs", "`logs` needs `service`: whose".to_owned()));
            }
            if remedy.exempted == Some(true) {
                let message = "nobody is exempted by a remedy; leave `exempted` out";
                return Some(("exempted", message.to_owned()));
            }
        }
        Action::SetOrgPolicy => {
            let lists =
                usize::from(!remedy.allow.is_empty()) + usize::from(!remedy.deny.is_empty());
            if lists + usize::from(remedy.enforce.is_some()) != 1 {
                let message = "`set-org-policy` needs one of `enforce`, `allow` and `deny`";
                return Some(("step", message.to_owned()));
            }
        }
        Action::ReplaceMember if matches!(remedy.with, Some(With::By(_))) => {
            return Some(("with", "`with` is one member".to_owned()));
        }
        _ => {}
    }
    // Nothing is lost by what has no effect, so nothing can stay lost.
    if remedy.no_way_back.is_some() && remedy.level != Level::Manual {
        return Some(("level", "what cannot be undone is `manual`".to_owned()));
    }
    None
}

/// The parameters that a step takes, and whether it needs them.
fn keys(step: Action) -> &'static [(&'static str, bool)] {
    match step {
        Action::ReplaceRole | Action::ReplaceMember => &[("with", true)],
        Action::MoveGrant => &[("with", false)],
        Action::AddExpiry => &[("days", true)],
        Action::PatchResource => &[("value", false), ("unset", false)],
        Action::RemoveMember => &[("on", false)],
        Action::RemoveValue => &[("from", true), ("lists", false), ("keep-one", false)],
        Action::AddValue => &[("to", true), ("value", true)],
        Action::Create => &[("resource", true), ("kind", true), ("value", true)],
        Action::SetAudit => &[("service", false), ("logs", false), ("exempted", false)],
        Action::SetOrgPolicy => &[
            ("constraint", true),
            ("enforce", false),
            ("allow", false),
            ("deny", false),
        ],
        Action::RemoveOrgPolicy => &[("constraint", false)],
        Action::RemoveAcl | Action::Delete | Action::Disable => &[],
    }
}

/// The parameters, and whether they are given.
fn given(remedy: &Remedy) -> [(&'static str, bool); 18] {
    [
        ("on", remedy.on.is_some()),
        ("with", remedy.with.is_some()),
        ("days", remedy.days.is_some()),
        ("value", remedy.value.is_some()),
        ("unset", !remedy.unset.is_empty()),
        ("from", remedy.from.is_some()),
        ("lists", !remedy.lists.is_empty()),
        ("keep-one", remedy.keep_one),
        ("to", remedy.to.is_some()),
        ("resource", remedy.resource.is_some()),
        ("kind", remedy.kind.is_some()),
        ("service", !remedy.service.is_empty()),
        ("logs", !remedy.logs.is_empty()),
        ("exempted", remedy.exempted.is_some()),
        ("constraint", remedy.constraint.is_some()),
        ("enforce", remedy.enforce.is_some()),
        ("allow", !remedy.allow.is_empty()),
        ("deny", !remedy.deny.is_empty()),
    ]
}

/// The step's name in a rule file.
pub(super) fn slug(step: Action) -> &'static str {
    match step {
        Action::RemoveMember => "remove-member",
        Action::ReplaceRole => "replace-role",
        Action::ReplaceMember => "replace-member",
        Action::MoveGrant => "move-grant",
        Action::AddExpiry => "add-expiry",
        Action::PatchResource => "patch-resource",
        Action::RemoveValue => "remove-value",
        Action::AddValue => "add-value",
        Action::Create => "create",
        Action::RemoveAcl => "remove-acl",
        Action::SetAudit => "set-audit",
        Action::SetOrgPolicy => "set-org-policy",
        Action::RemoveOrgPolicy => "remove-org-policy",
        Action::Delete => "delete",
        Action::Disable => "disable",
    }
}

/// Where `key` stands in the remedy of this number, else where the remedy begins.
fn place(text: &str, index: usize, key: &str) -> Option<Range<usize>> {
    let (header, _) = text.match_indices("[[remedy]]").nth(index)?;
    let mut offset = header;
    for line in text[header..].split_inclusive('\n') {
        let is_other = offset > header && line.starts_with('[');
        if is_other {
            break;
        }
        let rest = line.strip_prefix(key);
        if rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.'])) {
            return Some(offset..offset + key.len());
        }
        offset += line.len();
    }
    Some(header..header + "[[remedy]]".len())
}
