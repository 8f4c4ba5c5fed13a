//! The configuration file as it is written: TOML, strict, one file, never merged with another.
//!
//! These types hold what the file says. [`super::Settings`] holds what it means: patterns compiled, paths
//! resolved, dates compared with today.

use super::error::{SettingsError, Source, did_you_mean};
use crate::finding::{Persona, Severity};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// The content of `.leastwise.toml`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "leastwise configuration")]
pub struct Config {
    /// Folders with rules of your own, relative to the folder of the configuration.
    pub rules: Vec<String>,
    /// The rules to run: ids, earlier ids, globs, `tag:…`. Absent means all.
    #[schemars(with = "Option<Vec<String>>")]
    pub select: Option<Vec<Spanned<String>>>,
    /// The rules not to run; stronger than `select`.
    #[schemars(with = "Vec<String>")]
    pub ignore: Vec<Spanned<String>>,
    /// Another severity for a rule, by id.
    #[schemars(with = "BTreeMap<String, Severity>")]
    pub severity: BTreeMap<Spanned<String>, Severity>,
    /// What single rules are told, by id: keys of the rule's own table (`select`, `grant` or `analysis.with`), as
    /// `leastwise explain ID` shows it.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, Value>>")]
    pub options: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<toml::Value>>>,
    /// The least severity that fails a run. Default: `low`.
    pub fail_on: Option<Severity>,
    /// The least severity that is shown. Default: all.
    pub min_severity: Option<Severity>,
    /// How much to show. Default: `regular`.
    pub persona: Option<Persona>,
    /// What belongs to your organisation.
    pub organization: Organization,
    /// Named lists of members, as globs, that rules may except, e.g. `policy-admins`.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub principals: BTreeMap<String, Vec<Spanned<String>>>,
    /// Whose a bare policy is, by the path of its file. The first that matches counts.
    pub resource: Vec<ResourcePath>,
    /// What your buckets are for. The first that matches counts.
    pub bucket: Vec<BucketEntry>,
    /// Buckets that are meant to be read by everybody, with the reason.
    #[schemars(with = "Vec<PublicEntry>")]
    pub public: Vec<Spanned<PublicEntry>>,
    /// Access that `leastwise fix` must not take away, with the reason.
    #[schemars(with = "Vec<NeededEntry>")]
    pub needed: Vec<Spanned<NeededEntry>>,
    /// Findings that are accepted, with the reason.
    #[schemars(with = "Vec<SuppressEntry>")]
    pub suppress: Vec<Spanned<SuppressEntry>>,
    /// Allow `rules = ["*"]` in a suppression.
    pub allow_wildcard: bool,
    /// Every suppression needs `expires`.
    pub require_expiry: bool,
    /// How many days ahead a suppression may expire at most. Implies `require-expiry`.
    pub max_expiry_days: Option<u32>,
    /// The baseline file, relative to the folder of the configuration.
    pub baseline: Option<String>,
}

/// What belongs to the organisation. Where a list is given, whatever is not on it counts as outside;
/// where none is, who is outside is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Organization {
    /// DNS domains of its users and groups, e.g. `acme.ai`.
    #[schemars(with = "Vec<String>")]
    pub domains: Vec<Spanned<String>>,
    /// Ids or numbers of its projects; their service accounts are inside.
    pub projects: Vec<String>,
    /// Its Workspace or Cloud Identity customer ids, e.g. `C01abc234`.
    pub customer_ids: Vec<String>,
}

/// A path pattern for bare policies, and the resource that it means.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ResourcePath {
    /// The end of the path, e.g. `projects/{project}/buckets/{bucket}/iam.json`. A placeholder stands for
    /// one path segment or a part of it, `*` for any part of a segment, `**` for any segments.
    #[schemars(with = "String")]
    pub pattern: Spanned<String>,
    /// The full resource name, with the placeholders of `pattern`. Absent: what `{bucket}`,
    /// `{service-account}`, `{project}`, `{folder}` or `{organization}` says.
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
}

/// What some buckets are for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BucketEntry {
    /// A glob over `gs://…`.
    #[serde(rename = "match")]
    #[schemars(with = "String")]
    pub pattern: Spanned<String>,
    /// What they are for.
    pub role: BucketRole,
}

/// What a bucket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BucketRole {
    /// Data sets that models are trained on.
    TrainingData,
    /// Trained models.
    ModelArtifacts,
    /// Intermediate files of pipelines.
    Staging,
    /// Features that models are served with.
    FeatureStore,
}

impl BucketRole {
    /// The name in the configuration.
    pub fn slug(self) -> &'static str {
        match self {
            BucketRole::TrainingData => "training-data",
            BucketRole::ModelArtifacts => "model-artifacts",
            BucketRole::Staging => "staging",
            BucketRole::FeatureStore => "feature-store",
        }
    }
}

/// One `[[public]]`: buckets whose objects everybody may read. That the public can change something there is never
/// accepted by it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PublicEntry {
    /// A glob over `gs://…`; what lies in the bucket is meant, too.
    #[serde(rename = "match")]
    #[schemars(with = "String")]
    pub pattern: Spanned<String>,
    /// Why everybody may read them.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// The last day, in UTC, on which it counts: `2026-12-31`.
    #[serde(default, deserialize_with = "expiry")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expires: Option<Spanned<Date>>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// One `[[needed]]`: access that must not be taken away.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NeededEntry {
    /// Who needs it, as policies spell it: `serviceAccount:trainer@acme-ml.iam.gserviceaccount.com`.
    #[schemars(with = "String")]
    pub member: Spanned<String>,
    /// The role that is needed; either this or `permission`.
    #[schemars(with = "Option<String>")]
    pub role: Option<Spanned<String>>,
    /// The permission that is needed, by whatever role.
    #[schemars(with = "Option<String>")]
    pub permission: Option<Spanned<String>>,
    /// Where: a glob over the full resource name (`//…`) or the short one (`gs://bucket`, `projects/p`).
    #[schemars(with = "String")]
    pub resource: Spanned<String>,
    /// What stops without it.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
}

/// One `[[suppress]]`: findings of `rules` for which every other key given holds are accepted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SuppressEntry {
    /// The rules: ids, earlier ids, globs, `tag:…`.
    #[schemars(with = "Vec<String>")]
    pub rules: Vec<Spanned<String>>,
    /// Globs over the full resource name (`//…`) or the short one (`gs://bucket`, `projects/p`).
    #[schemars(with = "Option<StringsSchema>")]
    pub resource: Option<Spanned<Strings>>,
    /// Globs over the member.
    #[schemars(with = "Option<StringsSchema>")]
    pub member: Option<Spanned<Strings>>,
    /// Globs over the role.
    #[schemars(with = "Option<StringsSchema>")]
    pub role: Option<Spanned<Strings>>,
    /// The expression of the binding's condition, exactly.
    #[schemars(with = "Option<StringsSchema>")]
    pub condition: Option<Spanned<Strings>>,
    /// Fingerprints of findings, `v1:…`.
    #[schemars(with = "Option<StringsSchema>")]
    pub fingerprint: Option<Spanned<Strings>>,
    /// Why the findings are accepted.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// The last day, in UTC, on which it counts: `2026-12-31`.
    #[serde(default, deserialize_with = "expiry")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expires: Option<Spanned<Date>>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it was decided.
    pub ticket: Option<String>,
}

/// A string or a list of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strings(pub Vec<String>);

// How `Strings` looks in the schema; a doc comment would take the place of the field's own.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code, reason = "only its schema is used")]
enum StringsSchema {
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strings, D::Error> {
        // An untagged enum would only say that no variant matched.
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Strings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Strings, E> {
                Ok(Strings(vec![text.to_owned()]))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Strings, A::Error> {
                let mut strings = Vec::new();
                while let Some(text) = list.next_element()? {
                    strings.push(text);
                }
                Ok(Strings(strings))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A date, quoted or as TOML's own local date, and nothing but a date.
fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Spanned<Date>>, D::Error> {
    struct Day(Date);
    impl<'de> Deserialize<'de> for Day {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
            let text = match toml::Value::deserialize(deserializer)? {
                toml::Value::String(text) => text,
                toml::Value::Datetime(date) => date.to_string(),
                other => other.to_string(),
            };
            super::parse_date(&text).map(Day).ok_or_else(|| {
                serde::de::Error::custom(format_args!(
                    "`{}` is not a date of the form `2026-12-31`",
                    text.escape_debug()
                ))
            })
        }
    }
    let day = Spanned::<Day>::deserialize(deserializer)?;
    Ok(Some(Spanned::new(day.span(), day.into_inner().0)))
}

impl Config {
    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// The first thing wrong with it, with its place; for an unknown key or value, what it may have been meant to be.
    pub fn parse(source: &Source) -> Result<Config, SettingsError> {
        toml::from_str(&source.text).map_err(|error| {
            let (message, help) = explain(error.message());
            source.error(error.span().unwrap_or(0..0), message, help)
        })
    }
}

/// Turns serde's `unknown field …, expected one of …` into a sentence and a suggestion.
pub(super) fn explain(message: &str) -> (String, Option<String>) {
    let first = message.lines().next().unwrap_or_default();
    for (prefix, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        let Some((word, expected)) = first
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once("`, expected "))
        else {
            continue;
        };
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let help = did_you_mean(word, known.iter().copied())
            .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        return (format!("unknown {what} `{word}`"), Some(help));
    }
    // serde speaks of its own data model, the user of TOML's.
    let message = message
        .replace("expected a sequence", "expected a list")
        .replace("unit variant, expected string only", "expected a string");
    (message.replace('\n', "; "), None)
}

/// The JSON Schema (draft 2020-12) of the configuration file.
pub fn config_schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Config>();
    without_null(&mut schema);
    schema
}

/// Takes `null` out of a schema: TOML has none, so an editor must not offer it where a key may simply be left out.
pub fn without_null(schema: &mut schemars::Schema) {
    schemars::transform::transform_subschemas(&mut without_null, schema);
    let Some(keys) = schema.as_object_mut() else {
        return;
    };
    if keys.get("default").is_some_and(Value::is_null) {
        keys.remove("default");
    }
    if let Some(Value::Array(types)) = keys.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            keys.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = keys.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = &choices[..] {
            let only = only.clone();
            keys.remove("anyOf");
            keys.extend(only);
        }
    }
}
