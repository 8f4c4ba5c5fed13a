//! How a rule file becomes findings.

mod file;

pub use file::{
    Analysis, ConditionTest, Expect, Grant, MemberTest, OneOrMany, Outside, Per, RuleFile, Scalar,
    Select, When,
};

/// A rule: its id and what its file says.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The file's stem.
    pub id: String,
    /// The content.
    pub file: RuleFile,
    /// Whether it came with the product.
    pub builtin: bool,
}
