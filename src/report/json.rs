//! One JSON document, and its schema.

use super::wire::WireReport;
use super::{Report, Style};
use schemars::generate::SchemaSettings;
use std::io::{self, Write};

/// Writes the report as one indented JSON document.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &WireReport::new(report))?;
    writeln!(out)
}

/// The JSON Schema (draft 2020-12) of what the format `json` writes.
pub fn json_schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<WireReport<'_>>()
        .to_value()
}
