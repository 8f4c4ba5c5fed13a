//! The identity of a finding across runs, machines and layouts of files.

use super::Finding;
use crate::model::canonical;
use sha2::{Digest, Sha256};

/// `v1:` and the hex SHA-256 of rule id, canonical resource name, role, member, hash of the condition's
/// expression and detail, joined by the byte 0x1F. No line numbers, paths, times, severity or message:
/// moving a policy to another file, or rewording a rule, does not make a finding new.
pub fn fingerprint(rule_id: &str, finding: &Finding) -> String {
    let condition = finding
        .condition
        .as_deref()
        .map(|expression| hex(&Sha256::digest(expression)));
    let member = finding.member.as_deref().map(normalise_member);
    let parts = [
        rule_id,
        &canonical(&finding.resource),
        finding.role.as_deref().unwrap_or_default(),
        member.as_deref().unwrap_or_default(),
        condition.as_deref().unwrap_or_default(),
        finding.detail.as_deref().unwrap_or_default(),
    ];
    format!("v1:{}", digest(parts))
}

/// The hex SHA-256 of `parts`, joined by the byte 0x1F.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for (i, part) in parts.into_iter().enumerate() {
        if i > 0 {
            hash.update([0x1f]);
        }
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// E-mail addresses are lower-cased, nothing else: pool subjects and unique ids are case-sensitive.
fn normalise_member(member: &str) -> String {
    for prefix in ["user:", "group:", "serviceAccount:", "domain:"] {
        if let Some(value) = member.strip_prefix(prefix) {
            return format!("{prefix}{}", value.to_lowercase());
        }
    }
    member.to_owned()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}
