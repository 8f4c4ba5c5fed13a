//! The formats by name.

use super::{Report, Style, bigquery, csv, github, json, junit, markdown, ndjson, prometheus};
use super::{sarif, table, text};
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

/// A format in which a report can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// Groups for people, the default at a terminal.
    Table,
    /// One block per finding with the lines of the document.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// SARIF 2.1.0, within the limits of GitHub code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Markdown for step summaries.
    Markdown,
    /// One row per finding.
    Csv,
    /// JUnit XML for CI servers.
    Junit,
    /// Metrics for the textfile collector of Prometheus.
    Prometheus,
    /// Rows for a BigQuery table.
    Bigquery,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 11] = [
        Format::Table,
        Format::Text,
        Format::Json,
        Format::Ndjson,
        Format::Sarif,
        Format::Github,
        Format::Markdown,
        Format::Csv,
        Format::Junit,
        Format::Prometheus,
        Format::Bigquery,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Text => "text",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Markdown => "markdown",
            Format::Csv => "csv",
            Format::Junit => "junit",
            Format::Prometheus => "prometheus",
            Format::Bigquery => "bigquery",
        }
    }

    /// Whether it calls resources what people call them; the others keep to the names of the input.
    pub fn names_for_people(self) -> bool {
        !matches!(
            self,
            Format::Json | Format::Ndjson | Format::Csv | Format::Prometheus | Format::Bigquery
        )
    }

    /// Whether people read it as it is, so that progress may be shown beside it.
    pub fn is_for_people(self) -> bool {
        matches!(self, Format::Table | Format::Text)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{name}`, expected one of {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    /// What was given.
    pub name: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        Format::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat {
                name: name.to_owned(),
            })
    }
}

/// Writes `report` in `format`. Many small pieces are written: give it a buffered writer.
///
/// # Errors
///
/// Whatever `out` fails with; nothing else can fail.
pub fn render(
    format: Format,
    report: &Report<'_>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, style, out),
        Format::Text => text::write(report, style, out),
        Format::Json => json::write(report, style, out),
        Format::Ndjson => ndjson::write(report, style, out),
        Format::Sarif => sarif::write(report, style, out),
        Format::Github => github::write(report, style, out),
        Format::Markdown => markdown::write(report, style, out),
        Format::Csv => csv::write(report, style, out),
        Format::Junit => junit::write(report, style, out),
        Format::Prometheus => prometheus::write(report, style, out),
        Format::Bigquery => bigquery::write(report, style, out),
    }
}

#[cfg(test)]
mod tests {
    use super::Format;
    use clap::ValueEnum;

    #[test]
    fn names_are_the_same_everywhere() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            let value = format.to_possible_value();
            assert_eq!(value.as_ref().map(|v| v.get_name()), Some(format.name()));
        }
        assert_eq!(Format::value_variants(), Format::ALL);
        let error = "xml".parse::<Format>().map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("`xml`") && e.contains("junit")));
    }
}
