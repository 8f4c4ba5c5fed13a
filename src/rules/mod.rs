//! How a rule file becomes findings.

mod analyses;
mod asks;
pub mod benchmark;
mod bits;
mod file;
mod grant;
mod judge;
mod load;
mod message;
mod options;
pub mod remedy;
mod select;

pub use analyses::analyse;
pub use asks::Asks;
pub use file::{
    Analysis, ConditionTest, Expect, Grant, MemberTest, OneOrMany, Only, Outside, Per, RemedyKind,
    RuleFile, Scalar, Select, When,
};
pub use grant::{Organization, PrincipalLists};
pub use judge::{Bench, Judge, Output, Program, Proof, Sight, Tally, Watch};
pub use load::{LoadError, RuleText, Ruleset, builtin, is_rule_id};
pub use message::message;
pub use options::{OptionError, RuleOptions};

/// A rule: its id and what its file says.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The file's stem.
    pub id: String,
    /// The content.
    pub file: RuleFile,
    /// Whether it came with the product.
    pub builtin: bool,
    /// The file, as the user would write it.
    pub path: String,
    /// The file's text.
    pub text: String,
    /// Keys that only the configuration can give, and has not given: the rule does not run.
    pub unmet: Vec<String>,
}

impl Rule {
    /// Whether its findings point at secrets, so that no report may show the text there.
    pub fn points_at_secrets(&self) -> bool {
        let analysis = self.file.analysis.as_ref();
        analysis.is_some_and(|analysis| analysis.name == analyses::ENVIRONMENT_SECRETS)
    }
}
