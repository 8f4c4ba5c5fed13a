//! From a finding to the steps that would mend it: the rule's `[[remedy]]`, filled in with what the finding and the
//! asset say. Where the asset does not say enough, there is a sentence instead of a guess.

mod check;
mod file;
mod grants;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use check::check;
pub use file::{Action, On, Remedy, With};

use super::Rule;
use crate::change::{Asset, Change, Level, Model, Step, Undo};
use crate::finding::Finding;
use jiff::Timestamp;

/// What a rule proposes against a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposal {
    /// These steps, each of which stands for itself.
    Steps(Vec<Step>),
    /// The rule's words: it has no remedy, or none that fits.
    Words,
    /// A remedy fits, but the input does not say enough to write the step: why, in one sentence.
    NotKnown(String),
}

/// Proposes steps against a finding of `rule`. The model holds what the input says of the finding's resource.
pub fn propose(rule: &Rule, finding: &Finding, model: &Model, now: Timestamp) -> Proposal {
    let asset = model.get(&finding.resource);
    let remedies = &rule.file.remedies;
    let fits = |remedy: &Remedy| remedy.fits(finding, asset);
    let Some(first) = remedies.iter().position(|one| !one.also && fits(one)) else {
        return Proposal::Words;
    };
    let others = remedies.iter().skip(first + 1);
    let others = others.take_while(|remedy| remedy.also);
    let mut steps = Vec::new();
    for remedy in remedies.get(first).into_iter().chain(others) {
        let case = Case {
            remedy,
            finding,
            asset,
            model,
            now,
        };
        match case.changes() {
            Ok(each) => steps.extend(each.into_iter().map(|changes| remedy.step(changes))),
            Err(why) => return Proposal::NotKnown(why),
        }
    }
    match steps.is_empty() {
        true => Proposal::NotKnown("nothing is left to change".to_owned()),
        false => Proposal::Steps(steps),
    }
}

impl Remedy {
    /// Whether the remedy is meant for such a finding.
    fn fits(&self, finding: &Finding, asset: Option<&Asset>) -> bool {
        let any = |patterns: &[String], text: Option<&str>| {
            patterns.is_empty()
                || text.is_some_and(|text| patterns.iter().any(|pattern| fits(pattern, text)))
        };
        let of_type = asset.map(|asset| asset.asset_type.as_str());
        let replaceable = || match (&self.with, finding.role.as_deref()) {
            (Some(With::By(table)), Some(role)) => table.contains_key(role),
            (Some(With::By(_)), None) => false,
            _ => true,
        };
        let data = asset.and_then(|asset| asset.resource.as_ref());
        let is_present =
            |pointer: &String| data.is_some_and(|data| data.pointer(pointer).is_some());
        any(&self.asset, of_type)
            && self.present.as_ref().is_none_or(is_present)
            && replaceable()
            && any(&self.role, finding.role.as_deref())
            && any(&self.member, finding.member.as_deref())
            && any(&self.detail, finding.detail.as_deref())
    }

    fn step(&self, changes: Vec<Change>) -> Step {
        Step {
            changes,
            level: self.level,
            because: self.because.clone(),
            may_break: self.may_break.clone(),
            undo: match &self.no_way_back {
                Some(why) => Undo::Never(why.clone()),
                None => Undo::Exact,
            },
        }
    }

    /// Whether its step is only written down.
    pub fn is_manual(&self) -> bool {
        self.level == Level::Manual
    }
}

/// Whether `*`, which stands for any characters, makes `pattern` fit `text`.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A finding and what is to be done about it.
struct Case<'c> {
    remedy: &'c Remedy,
    finding: &'c Finding,
    asset: Option<&'c Asset>,
    model: &'c Model,
    now: Timestamp,
}

/// The changes of each step, or why there are none.
type Changes = Result<Vec<Vec<Change>>, String>;

impl Case<'_> {
    fn changes(&self) -> Changes {
        match self.remedy.step {
            Action::RemoveMember => self.remove_member(),
            Action::ReplaceRole => self.replace_role(),
            Action::ReplaceMember => self.replace_member(),
            Action::MoveGrant => self.move_grant(),
            Action::AddExpiry => self.add_expiry(),
            Action::PatchResource => self.patch(self.patch_value()?),
            Action::RemoveValue => self.remove_value(),
            Action::AddValue => self.add_value(),
            Action::Create => self.create(),
            Action::RemoveAcl => self.remove_acl(),
            Action::SetAudit => self.set_audit(),
            Action::SetOrgPolicy => self.set_org_policy(),
            Action::RemoveOrgPolicy => self.remove_org_policy(),
            Action::Delete => self.delete(),
            Action::Disable => self.patch(serde_json::json!({ "disabled": true })),
        }
    }

    fn asset(&self) -> Result<&Asset, String> {
        self.asset
            .ok_or_else(|| "the input does not hold the resource itself".to_owned())
    }
}
