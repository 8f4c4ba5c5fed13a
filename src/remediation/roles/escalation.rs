//! Permissions by which somebody gains more than was granted, and that should not hide among others.
//!
//! A way to escalate may take several permissions, and they may come from different roles. One of each is decisive:
//! without it the way is closed, and it is of little other use. That one is split off, whether the role at hand holds the
//! others or not.

use crate::access::primitives::{Primitive, primitives};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// What it takes to act as a service account when something is deployed: decisive wherever it is needed.
const ACT_AS: &str = "iam.serviceAccounts.actAs";

/// Whether a permission is the decisive one of a known way to escalate privileges.
pub fn is_escalation(permission: &str) -> bool {
    decisive().contains_key(permission)
}

/// What the permission lets its holder do, in one line, beginning in lower case; `None` if it is not
/// [decisive](is_escalation).
pub fn reason(permission: &str) -> Option<String> {
    if permission == ACT_AS {
        let ways = decisive().get(permission)?.len();
        return Some(format!(
            "run code as the service account, with one of the permissions to deploy ({ways} known ways)"
        ));
    }
    let ways = decisive().get(permission)?;
    let mut told: Vec<String> = Vec::new();
    for (primitive, others) in ways {
        let title = lower(&primitive.title);
        let told_now = match others.as_slice() {
            [] => format!("{title} ({})", primitive.id),
            others => format!("{title}, with {} ({})", others.join(" and "), primitive.id),
        };
        if !told.contains(&told_now) {
            told.push(told_now);
        }
    }
    let more = told.len().saturating_sub(2);
    told.truncate(2);
    let mut text = told.join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    Some(text)
}

fn lower(title: &str) -> String {
    let mut letters = title.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// What a permission is decisive for, and what else each way takes.
type Ways = Vec<(&'static Primitive, Vec<&'static str>)>;

fn decisive() -> &'static FxHashMap<&'static str, Ways> {
    static DECISIVE: OnceLock<FxHashMap<&'static str, Ways>> = OnceLock::new();
    DECISIVE.get_or_init(|| {
        let mut decisive: FxHashMap<&str, Ways> = FxHashMap::default();
        let alternatives = || {
            primitives().iter().flat_map(|primitive| {
                let needs = primitive.needs.iter();
                needs.map(move |needs| {
                    let needs = needs.iter().map(|need| need.permission.as_str());
                    (primitive, needs.collect::<Vec<&'static str>>())
                })
            })
        };
        for (primitive, needs) in alternatives() {
            if let [alone] = needs[..] {
                decisive.entry(alone).or_default().push((primitive, vec![]));
            }
        }
        for (primitive, needs) in alternatives().filter(|(_, needs)| needs.len() > 1) {
            // The file lists what is held on the target first, and then what anybody may need for other reasons.
            let alone = needs.iter().find(|need| decisive.contains_key(*need));
            let act_as = needs.iter().find(|need| **need == ACT_AS);
            if let Some(one) = act_as.or(alone).or(needs.first()).copied() {
                let others = needs.into_iter().filter(|need| *need != one).collect();
                decisive.entry(one).or_default().push((primitive, others));
            }
        }
        decisive
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{is_escalation, reason};
    use crate::access::primitives::primitives;

    /// A role without the decisive permissions opens no way.
    #[test]
    fn every_way_takes_a_decisive_permission() {
        for primitive in primitives() {
            for needs in &primitive.needs {
                let mut needs = needs.iter().map(|need| need.permission.as_str());
                assert!(needs.any(is_escalation), "{}", primitive.id);
            }
        }
    }

    #[test]
    fn what_deploys_is_not_decisive_and_what_impersonates_is() {
        for permission in [
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.getAccessToken",
            "iam.roles.update",
            "resourcemanager.projects.setIamPolicy",
        ] {
            assert!(is_escalation(permission), "{permission}");
            assert!(!reason(permission).unwrap().is_empty());
        }
        for permission in [
            "compute.instances.create",
            "run.services.create",
            "storage.objects.get",
            "resourcemanager.projects.create",
        ] {
            assert!(!is_escalation(permission), "{permission}");
            assert_eq!(reason(permission), None);
        }
        assert_eq!(
            reason("iam.serviceAccounts.getAccessToken").unwrap(),
            "mint an access token (A1)"
        );
    }
}
