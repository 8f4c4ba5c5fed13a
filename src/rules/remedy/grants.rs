//! Steps on allow policies.

use super::{Case, Changes, On, With};
use crate::access::condition::{self, MAX_LOGICAL_OPERATORS};
use crate::change::{Asset, Change, Condition, Grant};
use crate::model::{Member, MemberKind, canonical};
use jiff::ToSpan;
use serde_json::Value;

/// What Google puts behind a role's name when a policy is read below version 3.
const LOSSY: &str = "_withcond_";

impl Case<'_> {
    pub(super) fn remove_member(&self) -> Changes {
        let grants = self.grants()?;
        Ok(grants
            .into_iter()
            .map(|grant| vec![Change::RemoveMember(grant)])
            .collect())
    }

    pub(super) fn replace_role(&self) -> Changes {
        let with = self.remedy.with.as_ref();
        let each = self.grants()?.into_iter().map(|grant| {
            let role = with.and_then(|with| with.instead_of(&grant.role));
            let role = role.ok_or_else(|| {
                format!("the rule names no role to take the place of {}", grant.role)
            })?;
            let role = role.to_owned();
            Ok(swap(grant.clone(), Grant { role, ..grant }))
        });
        each.collect()
    }

    pub(super) fn replace_member(&self) -> Changes {
        let Some(With::One(member)) = &self.remedy.with else {
            return Err("the rule does not name the new member".to_owned());
        };
        let each = self.grants()?.into_iter().map(|grant| {
            let member = member.clone();
            swap(grant.clone(), Grant { member, ..grant })
        });
        Ok(each.collect())
    }

    /// Grants on the bucket what was granted above it.
    pub(super) fn move_grant(&self) -> Changes {
        let mut steps = Vec::new();
        for grant in self.grants()? {
            let bucket = self.bucket(&grant)?;
            let known = self.model.get(&bucket);
            if known.is_none_or(|asset| asset.policy.is_none()) {
                return Err(
                    "the input does not hold the policy of the bucket that is meant".to_owned(),
                );
            }
            let role = match &self.remedy.with {
                None => grant.role.clone(),
                Some(with) => with
                    .instead_of(&grant.role)
                    .ok_or_else(|| {
                        format!("the rule names no role to take the place of {}", grant.role)
                    })?
                    .to_owned(),
            };
            let moved = Grant {
                node: bucket,
                role,
                ..grant.clone()
            };
            steps.push(swap(grant, moved));
        }
        Ok(steps)
    }

    /// The one bucket that the finding or the condition of a grant names.
    fn bucket(&self, grant: &Grant) -> Result<String, String> {
        if let Some(bucket) = self.named_bucket() {
            return Ok(bucket);
        }
        let expression = grant
            .condition
            .as_ref()
            .map(|condition| condition.expression.as_str());
        let mut buckets: Vec<&str> = expression
            .unwrap_or_default()
            .split("projects/_/buckets/")
            .skip(1)
            .filter_map(|rest| rest.split(['/', '"', '\'']).next())
            .filter(|bucket| !bucket.is_empty())
            .collect();
        buckets.dedup();
        match buckets.as_slice() {
            [bucket] => Ok(full_name(bucket)),
            _ => Err("nothing says which bucket the grant is needed on".to_owned()),
        }
    }

    fn named_bucket(&self) -> Option<String> {
        let bucket = self.finding.detail.as_deref()?.strip_prefix("gs://")?;
        Some(full_name(bucket.trim_end_matches('/')))
    }

    pub(super) fn add_expiry(&self) -> Changes {
        let days = self.remedy.days.unwrap_or_default();
        let end = self.now.checked_add((i64::from(days) * 24).hours());
        let end = end.map_err(|_| "the end lies too far ahead".to_owned())?;
        let day = end.strftime("%Y-%m-%d").to_string();
        let until = format!("request.time < timestamp(\"{day}T00:00:00Z\")");
        let mut steps = Vec::new();
        for grant in self.grants()? {
            if is_basic(&grant.role) {
                return Err(format!("Google allows no condition on {}", grant.role));
            }
            if Member::parse(&grant.member).kind == MemberKind::Public {
                return Err(format!("Google allows no condition for {}", grant.member));
            }
            let condition = match &grant.condition {
                None => Condition {
                    title: format!("Until {day}"),
                    description: None,
                    expression: until.clone(),
                },
                Some(old) if condition::plain_end(&old.expression).is_some() => Condition {
                    expression: until.clone(),
                    ..old.clone()
                },
                Some(old) => {
                    let known = condition::judge(&old.expression, self.now);
                    if known.logical_operators + 1 > MAX_LOGICAL_OPERATORS {
                        return Err("the condition has no room for an end".to_owned());
                    }
                    Condition {
                        expression: format!("({}) && {until}", old.expression),
                        ..old.clone()
                    }
                }
            };
            let ended = Grant {
                condition: Some(condition),
                ..grant.clone()
            };
            steps.push(swap(grant, ended));
        }
        Ok(steps)
    }

    /// Whose policies may have the grant: the resource, and where the remedy says so the bucket that is told, or
    /// everything above.
    fn places(&self) -> Result<Vec<(String, &Asset)>, String> {
        let own = canonical(&self.finding.resource).into_owned();
        match self.remedy.on {
            None => return Ok(vec![(own, self.asset()?)]),
            Some(On::Bucket) => {
                let bucket = self
                    .named_bucket()
                    .ok_or("the finding does not say which bucket it is about")?;
                let asset = self.model.get(&bucket);
                return Ok(vec![(
                    bucket,
                    asset.ok_or("the input does not hold the bucket")?,
                )]);
            }
            Some(On::Above) => {}
        }
        let mut names = vec![own.as_str()];
        while let Some((outer, _)) = names.last().and_then(|name| name.rsplit_once('/')) {
            names.push(outer);
        }
        let above = self.asset.map_or(&[][..], |asset| &asset.ancestors);
        let above = above
            .iter()
            .map(|node| format!("//cloudresourcemanager.googleapis.com/{node}"));
        let names = names.into_iter().map(str::to_owned).chain(above);
        let known = names.filter_map(|name| Some((self.model.get(&name)?, name)));
        let places: Vec<(String, &Asset)> = known.map(|(asset, name)| (name, asset)).collect();
        match places.is_empty() {
            true => Err("the input does not hold the resource itself".to_owned()),
            false => Ok(places),
        }
    }

    /// The grants that a finding is about, with their exact conditions: those of its member, or of every member of its
    /// binding.
    fn grants(&self) -> Result<Vec<Grant>, String> {
        let places = self.places()?;
        if places.iter().all(|(_, asset)| asset.policy.is_none()) {
            return Err("the input does not hold the policy that the grant is in".to_owned());
        }
        let Some(role) = self.finding.role.as_deref() else {
            return Err("the finding does not say which role it is about".to_owned());
        };
        if role.contains(LOSSY) {
            return Err("the policy was read below version 3, so that its conditions are lost: export it again".to_owned());
        }
        let (member, condition) = (&self.finding.member, &self.finding.condition);
        let found: Vec<Grant> = places
            .iter()
            .flat_map(|(node, asset)| {
                grants_of(asset, node, role, member.as_deref(), condition.as_deref())
            })
            .collect();
        if found.is_empty() {
            return Err("the policy in the input has no such grant".to_owned());
        }
        Ok(found)
    }
}

/// Adds before it removes, so that nobody is without access in between.
fn swap(old: Grant, new: Grant) -> Vec<Change> {
    vec![Change::AddMember(new), Change::RemoveMember(old)]
}

fn grants_of(
    asset: &Asset,
    node: &str,
    role: &str,
    member: Option<&str>,
    expression: Option<&str>,
) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for binding in asset.bindings() {
        if binding.get("role").and_then(Value::as_str) != Some(role) {
            continue;
        }
        let condition = binding.get("condition").filter(|value| !value.is_null());
        let condition = match condition.map(Condition::read) {
            None => None,
            Some(Some(condition)) => Some(condition),
            // What cannot be named exactly cannot be removed exactly.
            Some(None) => continue,
        };
        if condition.as_ref().map(|one| one.expression.as_str()) != expression {
            continue;
        }
        let members = binding.get("members").and_then(Value::as_array);
        for text in members.into_iter().flatten().filter_map(Value::as_str) {
            if member.is_some_and(|wanted| wanted != text) {
                continue;
            }
            let grant = Grant {
                node: canonical(node).into_owned(),
                role: role.to_owned(),
                member: text.to_owned(),
                condition: condition.clone(),
            };
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
    }
    grants
}

fn full_name(bucket: &str) -> String {
    format!("//storage.googleapis.com/projects/_/buckets/{bucket}")
}

fn is_basic(role: &str) -> bool {
    ["owner", "editor", "viewer", "admin", "writer", "reader"]
        .iter()
        .any(|name| role.strip_prefix("roles/") == Some(name))
}
