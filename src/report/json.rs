//! One JSON document, and its schema.

use super::wire::WireReport;
use super::{Report, Style, escape};
use schemars::generate::SchemaSettings;
use std::io::{self, Write};

/// Writes the report as one indented JSON document.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(Visible(&mut *out), &WireReport::new(report))?;
    writeln!(out)
}

/// Passes JSON on with everything escaped that would act on a terminal ([`escape::json`]).
pub(super) struct Visible<'a>(pub(super) &'a mut dyn Write);

impl Write for Visible<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // `serde_json` writes whole characters; were one ever split, it would go through as it is.
        match std::str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(escape::json(text).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The JSON Schema (draft 2020-12) of what the format `json` writes.
pub fn json_schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<WireReport<'_>>()
        .to_value()
}
