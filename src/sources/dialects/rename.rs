//! Proto field names (`snake_case`) to JSON names (`camelCase`), with the way back.

use super::node::{Node, join};
use serde_json::{Map, Value};

/// `audit_log_configs` → `auditLogConfigs`. Names without an underscore stay.
pub(super) fn camel(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// No field of an API has a name as long as this. Such names are copied with all below them, so that a
/// hostile one is not repeated in the pointer of everything that it holds.
pub(super) const LONGEST_NAME: usize = 256;

/// A copy of `node` with every member name in camel case, and the pairs (pointer in the copy below
/// `target`, pointer in the source) where the two differ. Below a member named in `opaque` (labels and the
/// like, whose keys belong to the user) nothing is renamed.
pub(super) fn camel_tree(
    node: &Node<'_>,
    target: &str,
    opaque: &[&str],
    pairs: &mut Vec<(String, String)>,
) -> Value {
    match node.value {
        Value::Object(members) => {
            let mut out = Map::with_capacity(members.len());
            for (key, child) in node.members() {
                let name = camel(key);
                let place = join(target, &name);
                if name != key {
                    pairs.push((place.clone(), child.pointer.clone()));
                }
                let value = if opaque.contains(&key) || key.len() > LONGEST_NAME {
                    child.value.clone()
                } else {
                    camel_tree(&child, &place, opaque, pairs)
                };
                out.insert(name, value);
            }
            Value::Object(out)
        }
        Value::Array(_) => Value::Array(
            node.elements()
                .enumerate()
                .map(|(index, child)| {
                    camel_tree(&child, &format!("{target}/{index}"), opaque, pairs)
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::camel;

    #[test]
    fn underscores_become_humps() {
        assert_eq!(camel("exempted_members"), "exemptedMembers");
        assert_eq!(camel("etag"), "etag");
        assert_eq!(camel("auditConfigs"), "auditConfigs");
        assert_eq!(camel("_x"), "X");
    }
}
