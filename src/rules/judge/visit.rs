//! The one pass over an asset's text: what some rule can ask is decoded, everything else skipped.

use super::program::{Program, TypeProgram};
use super::scratch::{AuditLog, Scratch, Text, offset_in};
use crate::rules::select::walk::{Key, Walk};
use serde::de::value::{Error as ValueError, SeqDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What decides a binding as soon as it is read.
pub(crate) trait BindingJudge {
    /// Judges the binding that `scratch` holds.
    fn binding(&mut self, program: &TypeProgram, scratch: &mut Scratch<'_>);
}

/// Reads one asset into `scratch`. The value is the program of the asset's type, or `None` when the object is
/// no asset in the normal form with its type before its content: such a document must be translated first.
pub(crate) struct AssetSeed<'p, 'j, 's, 'de, J> {
    pub(crate) program: &'p Program,
    pub(crate) judge: &'j mut J,
    pub(crate) scratch: &'s mut Scratch<'de>,
    pub(crate) text: &'de str,
}

impl<'p, 'de, J: BindingJudge> DeserializeSeed<'de> for AssetSeed<'p, '_, '_, 'de, J> {
    type Value = Option<&'p TypeProgram>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'p, 'de, J: BindingJudge> Visitor<'de> for AssetSeed<'p, '_, '_, 'de, J> {
    type Value = Option<&'p TypeProgram>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut program: Option<&'p TypeProgram> = None;
        let mut misplaced = false;
        let mut asset_type = Cow::Borrowed("");
        while let Some(Key(key)) = map.next_key()? {
            match (&*key, program) {
                ("assetType", None) => {
                    asset_type = map.next_value::<Key<'de>>()?.0;
                    let known = self.program.of(&asset_type);
                    self.scratch.found.reset(&known.probes, self.text);
                    program = Some(known);
                }
                ("name", _) => self.scratch.name = map.next_value::<Key<'de>>()?.0,
                ("ancestors", _) => map.next_value_seed(Strings(&mut self.scratch.ancestors))?,
                ("iamPolicy", Some(program)) => {
                    self.scratch.has_policy = true;
                    self.scratch.parts[1] = name_at(self.text, &key);
                    let (judge, scratch) = (&mut *self.judge, &mut *self.scratch);
                    map.next_value_seed(PolicySeed {
                        program,
                        judge,
                        scratch,
                    })?;
                }
                (_, Some(program)) => {
                    match &*key {
                        "resource" => {
                            self.scratch.has_resource = true;
                            self.scratch.parts[0] = name_at(self.text, &key);
                        }
                        "orgPolicy" => self.scratch.has_org_policy = true,
                        _ => {}
                    }
                    walk_member(program, &[key], &mut map, self.scratch)?;
                }
                ("updateTime", None) => {
                    map.next_value::<IgnoredAny>()?;
                }
                (_, None) => {
                    misplaced = true;
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(program) = program {
            walk_head(program, &asset_type, self.scratch).map_err(A::Error::custom)?;
            self.scratch.asset_type = asset_type;
        }
        Ok(program.filter(|_| !misplaced))
    }
}

/// Where a name with its quotes begins.
fn name_at(text: &str, key: &Text<'_>) -> Option<usize> {
    offset_in(text, key)?.checked_sub(1)
}

/// Walks what was read before the type said which rules look where.
fn walk_head(
    program: &TypeProgram,
    asset_type: &str,
    scratch: &mut Scratch<'_>,
) -> Result<(), ValueError> {
    let Scratch {
        found,
        name,
        ancestors,
        ..
    } = scratch;
    // Owned, because these words are not in the asset's text and so have no place there.
    let at = |key: &str| [Cow::Owned(key.to_owned())];
    if program.probes.is_empty() {
        return Ok(());
    }
    for (key, text) in [("name", &**name), ("assetType", asset_type)] {
        if let Some(walk) = Walk::below(&program.probes, &at(key), found) {
            walk.deserialize(StrDeserializer::<ValueError>::new(text))?;
        }
    }
    if let Some(walk) = Walk::below(&program.probes, &at("ancestors"), found) {
        let texts = ancestors.iter().map(|text| &**text);
        walk.deserialize(SeqDeserializer::<_, ValueError>::new(texts))?;
    }
    Ok(())
}

/// Walks the member that `path` names if some rule looks there, and skips it otherwise.
fn walk_member<'de, A: MapAccess<'de>>(
    program: &TypeProgram,
    path: &[Text<'de>],
    map: &mut A,
    scratch: &mut Scratch<'de>,
) -> Result<(), A::Error> {
    match Walk::below(&program.probes, path, &mut scratch.found) {
        Some(walk) => map.next_value_seed(walk),
        None => map.next_value::<IgnoredAny>().map(|_| ()),
    }
}

/// An allow policy.
struct PolicySeed<'p, 'j, 's, 'de, J> {
    program: &'p TypeProgram,
    judge: &'j mut J,
    scratch: &'s mut Scratch<'de>,
}

impl<'de, J: BindingJudge> DeserializeSeed<'de> for PolicySeed<'_, '_, '_, 'de, J> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, J: BindingJudge> Visitor<'de> for PolicySeed<'_, '_, '_, 'de, J> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an allow policy")
    }

    /// `null` is how some exporters spell an empty policy.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "bindings" => {
                    let (program, judge, scratch) =
                        (self.program, &mut *self.judge, &mut *self.scratch);
                    map.next_value_seed(Bindings {
                        program,
                        judge,
                        scratch,
                    })?;
                }
                "version" => self.scratch.version = map.next_value::<Option<u64>>()?,
                "auditConfigs" if self.program.has_facts => {
                    map.next_value_seed(Audit(&mut self.scratch.audit))?;
                }
                _ => walk_member(
                    self.program,
                    &[Cow::Borrowed("iamPolicy"), key],
                    &mut map,
                    self.scratch,
                )?,
            }
        }
        Ok(())
    }
}

/// The list of bindings.
struct Bindings<'p, 'j, 's, 'de, J> {
    program: &'p TypeProgram,
    judge: &'j mut J,
    scratch: &'s mut Scratch<'de>,
}

impl<'de, J: BindingJudge> DeserializeSeed<'de> for Bindings<'_, '_, '_, 'de, J> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, J: BindingJudge> Visitor<'de> for Bindings<'_, '_, '_, 'de, J> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of bindings")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(BindingSeed(self.scratch))?.is_some() {
            self.judge.binding(self.program, self.scratch);
            self.scratch.bindings += 1;
        }
        Ok(())
    }
}

/// One binding.
struct BindingSeed<'s, 'de>(&'s mut Scratch<'de>);

impl<'de> DeserializeSeed<'de> for BindingSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BindingSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a binding")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let binding = &mut self.0.binding;
        binding.role = Cow::Borrowed("");
        binding.members.clear();
        binding.expression = None;
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "role" => binding.role = map.next_value::<Key<'de>>()?.0,
                "members" => map.next_value_seed(Strings(&mut binding.members))?,
                "condition" => binding.expression = map.next_value::<Condition<'de>>()?.0,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A condition's expression; a condition without one is kept as the empty expression, which does not parse.
struct Condition<'de>(Option<Text<'de>>);

impl<'de> serde::Deserialize<'de> for Condition<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionVisitor;
        impl<'de> Visitor<'de> for ConditionVisitor {
            type Value = Condition<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a condition")
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Condition(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut expression, mut empty) = (Cow::Borrowed(""), true);
                while let Some(Key(key)) = map.next_key()? {
                    empty = false;
                    if &*key == "expression" {
                        expression = map.next_value::<Key<'de>>()?.0;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Condition((!empty).then_some(expression)))
            }
        }
        deserializer.deserialize_any(ConditionVisitor)
    }
}

/// A list of strings, appended to a vector; a single string and `null` are taken too.
struct Strings<'s, 'de>(&'s mut Vec<Text<'de>>);

impl<'de> DeserializeSeed<'de> for Strings<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strings<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of strings")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.0.push(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Key(text)) = seq.next_element()? {
            self.0.push(text);
        }
        Ok(())
    }
}

/// `auditConfigs`.
struct Audit<'s, 'de>(&'s mut Vec<AuditLog<'de>>);

#[derive(serde::Deserialize)]
struct AuditConfig {
    service: Option<String>,
    #[serde(rename = "auditLogConfigs")]
    logs: Option<Vec<AuditLogConfig>>,
}

#[derive(serde::Deserialize)]
struct AuditLogConfig {
    #[serde(rename = "logType")]
    log_type: Option<String>,
    #[serde(rename = "exemptedMembers")]
    exempted: Option<Vec<IgnoredAny>>,
}

impl<'de> DeserializeSeed<'de> for Audit<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let configs = <Option<Vec<AuditConfig>> as serde::Deserialize>::deserialize(deserializer)?;
        for config in configs.into_iter().flatten() {
            let service = config.service.unwrap_or_default();
            for log in config.logs.into_iter().flatten() {
                self.0.push(AuditLog {
                    service: Cow::Owned(service.clone()),
                    log_type: Cow::Owned(log.log_type.unwrap_or_default()),
                    exempted: log
                        .exempted
                        .map_or(0, |e| u32::try_from(e.len()).unwrap_or(u32::MAX)),
                });
            }
        }
        Ok(())
    }
}
