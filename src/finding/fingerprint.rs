//! The identity of a finding across runs, machines and layouts of files.

use super::Finding;
use crate::model::canonical;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// `v1:` and the hex SHA-256 of rule id, canonical resource name, role, member, hash of the condition's
/// expression and detail, joined by the byte 0x1F. No line numbers, paths, times, severity or message:
/// moving a policy to another file, or rewording a rule, does not make a finding new.
pub fn fingerprint(rule_id: &str, finding: &Finding) -> String {
    let condition = finding
        .condition
        .as_deref()
        .map(|expression| digest([expression]));
    let member = finding.member.as_deref().map(normalised);
    let parts = [
        rule_id,
        &canonical(&finding.resource),
        finding.role.as_deref().unwrap_or_default(),
        member.as_deref().unwrap_or_default(),
        condition.as_deref().unwrap_or_default(),
        finding.detail.as_deref().unwrap_or_default(),
    ];
    let mut print = String::with_capacity(VERSION.len() + 2 * 32);
    print.push_str(VERSION);
    push_hex(&mut print, &Sha256::digest(parts.join(SEPARATOR)).into());
    print
}

const VERSION: &str = "v1:";

const SEPARATOR: &str = "\u{1f}";

/// The hex SHA-256 of `parts`, joined by the byte 0x1F.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = parts.into_iter().collect();
    let mut text = String::with_capacity(2 * 32);
    push_hex(&mut text, &Sha256::digest(parts.join(SEPARATOR)).into());
    text
}

/// E-mail addresses are lower-cased, nothing else: pool subjects and unique ids are case-sensitive.
fn normalised(member: &str) -> Cow<'_, str> {
    let is_lower =
        |value: &str| value.is_ascii() && !value.bytes().any(|byte| byte.is_ascii_uppercase());
    for prefix in ["user:", "group:", "serviceAccount:", "domain:"] {
        if let Some(value) = member.strip_prefix(prefix) {
            return match is_lower(value) {
                true => Cow::Borrowed(member),
                false => Cow::Owned(format!("{prefix}{}", value.to_lowercase())),
            };
        }
    }
    Cow::Borrowed(member)
}

fn push_hex(text: &mut String, bytes: &[u8; 32]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}
