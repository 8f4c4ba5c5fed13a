//! Colours, or none.

use crate::finding::Severity;
use anstyle::{AnsiColor, Effects, Style};

/// Puts terminal codes around text if colours are allowed.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    /// Whether they are.
    pub(super) color: bool,
}

impl Paint {
    /// `text` in `style`.
    pub(super) fn with(self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The name of a severity in its colour.
    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        self.with(severity_style(severity), text)
    }

    /// What must be seen.
    pub(super) fn bold(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::BOLD), text)
    }

    /// What may be overlooked.
    pub(super) fn dim(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::DIMMED), text)
    }

    /// What asks for attention without being a finding.
    pub(super) fn warning(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default().effects(Effects::BOLD), text)
    }
}

/// The colour of a severity.
pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightRed.on_default().effects(Effects::BOLD),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => Style::new().effects(Effects::DIMMED),
    }
}
