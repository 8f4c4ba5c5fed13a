//! JSON as gcloud prints it and as gcloud reads it.

use crate::escape::is_treacherous;
use serde_json::Value;

/// A value as `--format=json` prints it once indents and line ends are taken away: keys sorted, a space after each
/// colon, none after a comma.
pub(super) fn printed(value: &Value) -> String {
    let mut out = String::new();
    print(value, &mut out);
    out
}

fn print(value: &Value, out: &mut String) {
    match value {
        Value::Array(list) => {
            out.push('[');
            for (at, one) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                print(one, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                print(&map[key], out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// A file that gcloud reads: JSON that is also YAML, which is how gcloud reads it. YAML folds line separators and
/// refuses controls that JSON takes, so whatever acts is escaped.
pub(super) fn file(value: &Value) -> String {
    let plain = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut text = String::with_capacity(plain.len() + 1);
    for one in plain.chars() {
        if is_treacherous(one) && one != '\n' && u32::from(one) < 0x1_0000 {
            text.push_str(&format!("\\u{:04x}", u32::from(one)));
        } else {
            text.push(one);
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::{file, printed};
    use serde_json::json;

    #[test]
    fn prints_like_gcloud() {
        let value = json!({"b": [1, "x\n"], "a": {"c": true, "a": {}}});
        assert_eq!(
            printed(&value),
            r#"{"a": {"a": {},"c": true},"b": [1,"x\n"]}"#
        );
    }

    #[test]
    fn files_hold_no_character_that_yaml_folds() {
        let text = file(&json!({"title": "a\u{2028}b\u{7f}\u{85}\nc"}));
        assert!(text.contains(r"a\u2028b\u007f\u0085\nc"), "{text}");
    }
}
