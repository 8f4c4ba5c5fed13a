//! A rule file as it is written: TOML, strict, one rule a file, the file's stem is the id.

use super::remedy::Remedy;
use crate::finding::{Confidence, Persona, Severity};
use crate::model::MemberKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The content of `rules/<service>/<id>.toml`. Exactly one of `select`, `grant` and `analysis` must be there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleFile {
    /// What is wrong, in one line, as a statement about the resource.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// Whom it speaks to.
    #[serde(default)]
    pub persona: Persona,
    /// Why it matters, in Markdown. The first sentence must stand alone.
    pub why: String,
    /// The remedy in words.
    pub fix: String,
    /// The remedy as steps that can be tried and printed, from the first that fits to the last.
    #[serde(default, rename = "remedy")]
    pub remedies: Vec<Remedy>,
    /// The message of a finding. Placeholders: `{resource}`, `{role}`, `{member}`, `{value}`, `{condition}`, `{permission}`.
    pub message: Option<String>,
    /// Where the facts come from: URLs.
    #[serde(default)]
    pub references: Vec<String>,
    /// Recommendation numbers by benchmark, e.g. `{ "cis-gcp-4.0" = ["5.1"] }`. Always strings: 3.10 is not 3.1.
    #[serde(default)]
    pub benchmark: BTreeMap<String, Vec<String>>,
    /// The same check in other tools: their ids by tool.
    #[serde(default)]
    pub peers: BTreeMap<String, Vec<String>>,
    /// Free words to select by, e.g. `ai-data`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Earlier ids of this rule, and ids of checks that it judges, too.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// When the rule runs, if not always.
    pub only: Option<Only>,
    /// Keys of the rule's own table (`select`, `grant` or `analysis.with`) that only the configuration can give, under
    /// `[options.<rule-id>]`. Until it does, the rule is not applicable.
    #[serde(default)]
    pub needs: Vec<String>,
    /// A question about the settings of one asset.
    pub select: Option<Select>,
    /// A question about who holds what.
    pub grant: Option<Grant>,
    /// What neither can say: code in `src/rules/analyses/`.
    pub analysis: Option<Analysis>,
}

/// When a rule runs that does not always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// Under `--benchmark` with one of the benchmarks that the rule names, or when `--select` names the rule by its
    /// id: it asks what a benchmark asks to the letter, beside a rule that asks what is meant.
    Benchmark,
}

/// How far a rule's remedy goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyKind {
    /// Steps that can be printed as commands and tried on the model.
    Executable,
    /// `fix`, for a person to follow.
    Words,
    /// Nothing.
    None,
}

impl RuleFile {
    /// How far the remedy goes.
    pub fn remedy(&self) -> RemedyKind {
        match self.fix.trim() {
            _ if !self.remedies.is_empty() => RemedyKind::Executable,
            "" => RemedyKind::None,
            _ => RemedyKind::Words,
        }
    }

    /// Whether the rule runs only under a benchmark.
    pub fn is_benchmark_only(&self) -> bool {
        self.only == Some(Only::Benchmark)
    }
}

/// A test of one asset by JSONPath (RFC 9535): either `path` with `expect`, or `forbid`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Select {
    /// Asset type or types, e.g. `storage.googleapis.com/Bucket`.
    pub asset: OneOrMany,
    /// The setting. Several paths are tried in order: the first that is present counts.
    pub path: Option<OneOrMany>,
    /// What the setting must be. A node that is not is a finding.
    pub expect: Option<Expect>,
    /// What the API means when the setting is absent. Without it an absent setting is unknown,
    /// unless `expect` is `present` or `absent`.
    pub default: Option<Scalar>,
    /// Each node that this path selects is a finding.
    pub forbid: Option<String>,
    /// All must hold, otherwise the rule is not applicable to the asset.
    #[serde(default)]
    pub when: Vec<When>,
}

/// A precondition of a [`Select`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct When {
    /// The setting. Several paths are tried in order: the first that is present counts.
    pub path: OneOrMany,
    /// What it must be.
    pub is: Expect,
    /// What the API means when the setting is absent.
    pub default: Option<Scalar>,
}

/// A test of one value. Exactly one key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expect {
    /// Equal to this string, number or boolean. Numbers compare with numeric strings (`"604800"`).
    Equal(Scalar),
    /// Not equal to it.
    NotEqual(Scalar),
    /// Equal to one of these.
    In(Vec<Scalar>),
    /// Equal to none of these.
    NotIn(Vec<Scalar>),
    /// There at all (`true`), whatever its value; `null` counts as absent.
    Present(bool),
    /// Not there (`true`).
    Absent(bool),
    /// A number, or a numeric string, of at least this; or a duration (`"7776000s"`) of at least so many days, e.g.
    /// `"90d"`.
    AtLeast(Bound),
    /// The same, of at most this.
    AtMost(Bound),
    /// A string in which this regular expression matches somewhere.
    Matches(String),
    /// A string in which it matches nowhere.
    NotMatches(String),
    /// A timestamp more than this many days in the past, e.g. `"90d"`.
    OlderThan(String),
    /// A timestamp at most this many days in the past.
    YoungerThan(String),
}

/// A bound of a number or of a duration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A number of days, e.g. `"90d"`: the value is a duration as Google's APIs print it, `"7776000s"`.
    Days(String),
}

/// A question about allow policies: who holds which permission where, by meaning.
///
/// A (binding, member) pair is a finding when the role carries one of `permission` or is one of `role`
/// (both may be given: either counts; none means any role; `unlisted` adds to them), the member is one of `member`, the policy is
/// attached at one of `at`, and the condition is as asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// Permissions by name, or as a family: `*.setIamPolicy` (any service and resource), `storage.objects.*`.
    #[serde(default)]
    pub permission: Vec<String>,
    /// Role names, where the name itself is the point; `*` stands for any characters.
    #[serde(default)]
    pub role: Vec<String>,
    /// Role names that do not count even though they carry the permission; `*` stands for any characters.
    #[serde(default)]
    pub except_role: Vec<String>,
    /// Permissions that do not make a role count, though a family in `permission` holds them.
    #[serde(default)]
    pub except_permission: Vec<String>,
    /// `true`: predefined roles that the catalogue does not list count, too: names that never were, are no more, or are
    /// newer than the catalogue.
    #[serde(default)]
    pub unlisted: bool,
    /// Who.
    #[serde(default)]
    pub member: MemberTest,
    /// The kinds of node whose policy is meant: `organization`, `folder`, `project`, `bucket`, `managed-folder`,
    /// `service-account`, or any asset type. Empty means every node.
    #[serde(default)]
    pub at: Vec<String>,
    /// The kinds of node whose policy is not meant, because another rule speaks of them. A policy of which nobody
    /// knows whose it is counts all the same.
    #[serde(default)]
    pub except_at: Vec<String>,
    /// `"organization"`: only nodes that do not lie in the organisations of the input.
    pub outside: Option<Outside>,
    /// The condition asked for; absent means any binding, conditional or not.
    pub condition: Option<ConditionTest>,
    /// Only bindings of policies that were read below version 3, so that their conditions are lost.
    #[serde(default)]
    pub lossy: bool,
    /// A finding per member (default), or one per binding.
    #[serde(default)]
    pub per: Per,
    /// Rules on grants that say the same more exactly: where one of them tells of a member of a binding, this one does
    /// not. They count only in runs in which they run too.
    #[serde(default)]
    pub yields_to: Vec<String>,
}

/// Which principals a [`Grant`] asks about.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MemberTest {
    /// The kinds that count; empty means all but `deleted`.
    #[serde(default)]
    pub kind: Vec<MemberKind>,
    /// `"organization"`: only principals outside the organisation's domains and projects.
    pub outside: Option<Outside>,
    /// `"organization"`: only principals of the organisation's domains and projects.
    pub inside: Option<Outside>,
    /// `true`: only accounts and groups of public mail services, such as gmail.com; `false`: only others.
    pub consumer: Option<bool>,
    /// `true`: only whole pools and trust domains (`principalSet://…/*`); `false`: only others.
    pub wide: Option<bool>,
    /// Only members in which this regular expression matches somewhere.
    pub matches: Option<String>,
    /// The name of a list under `[principals]` in the configuration; members on it do not count.
    pub except: Option<String>,
}

/// A boundary that a principal or a node may be outside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// The organisation: its domains and projects, from the configuration or the organisation in the input.
    Organization,
}

/// What a [`Grant`] asks of a binding's condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionTest {
    /// There is none.
    None,
    /// There is one, whatever it says.
    Any,
    /// It can no longer hold, because its time is over.
    Expired,
    /// It holds for every request.
    AlwaysTrue,
    /// It can never hold, for another reason than time.
    NeverTrue,
    /// Google refuses it: it does not parse, or has more logical operators than are allowed.
    Invalid,
    /// It compares `resource.name` with a bucket that is not written `projects/_/buckets/BUCKET`.
    MisspelledBucket,
    /// It ends the grant, but only in more than three years.
    FarFuture,
    /// There is none, or none that ends the grant within three years.
    NoEnd,
}

/// How findings of a [`Grant`] are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// One finding per member of a binding.
    #[default]
    Member,
    /// One finding per binding.
    Binding,
}

/// A question answered by code.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Analysis {
    /// The file in `src/rules/analyses/`, in kebab case.
    pub name: String,
    /// Which of its questions, where it answers several.
    pub ask: Option<String>,
    /// What it goes by, where it is told: see the analysis.
    #[schemars(with = "Option<super::analyses::AnyWith>")]
    pub with: Option<toml::Table>,
}

/// A string or a list of strings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The strings.
    pub fn as_slice(&self) -> &[String] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// A literal of a rule file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(String),
}
