//! The schema and the guide agree with the reader.

use super::*;

#[test]
fn the_schema_is_current() {
    let path = root().join("docs/schema/config.schema.json");
    let mut text = serde_json::to_string_pretty(&config_schema()).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "docs/schema/config.schema.json is stale; run: UPDATE_DOCS=1 cargo test --test settings"
    );
}

/// As an editor hands it to a schema: JSON has no dates, so they become strings.
fn as_json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| (key, as_json(value)));
            serde_json::Value::Object(entries.collect())
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

/// The TOML blocks of the guide with the line on which each starts.
fn guide_blocks() -> Vec<(usize, String)> {
    let guide = fs::read_to_string(root().join("docs/guide/configuration.md")).unwrap();
    let mut blocks = Vec::new();
    let mut lines = guide.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line == "```toml" {
            let block: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            blocks.push((number + 1, block.join("\n")));
        }
    }
    blocks
}

#[test]
fn the_examples_of_the_guide_are_valid() {
    let schema = serde_json::to_value(config_schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let blocks = guide_blocks();
    assert!(blocks.len() >= 6, "the guide has lost its examples");
    for (line, block) in blocks {
        if let Err(error) = settings(&block) {
            panic!("docs/guide/configuration.md:{line}:\n{error}");
        }
        let value = as_json(toml::from_str(&block).unwrap());
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(
            errors.is_empty(),
            "docs/guide/configuration.md:{line}: schema: {errors:?}"
        );
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = serde_json::to_value(config_schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for text in [
        "selct = []",
        "fail-on = \"hgih\"",
        "[[suppress]]\nrules = [\"x\"]",
        "[[bucket]]\nmatch = \"gs://x\"",
    ] {
        let value: toml::Value = toml::from_str(text).unwrap();
        assert!(
            !validator.is_valid(&serde_json::to_value(value).unwrap()),
            "{text}"
        );
        assert!(settings(text).is_err(), "{text}");
    }
}
