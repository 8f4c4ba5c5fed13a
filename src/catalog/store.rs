//! The file in which an import is kept: two lines of JSON. The first says what the second is, and its checksum.
//!
//! Names of permissions stand in the file once, and roles say them by number: all of Google's predefined
//! roles are then one megabyte.

use super::answers::{is_permission_name, is_role_name};
use super::{CustomRole, Imported, Level, PermissionFact, Stage, Support};
use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The version of the form that is written and read.
const FORMAT: u32 = 1;

/// An import, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The tool that wrote it last, `leastwise 0.1.0`.
    pub tool: String,
    /// When the first import was stored.
    pub created: Timestamp,
    /// When the last one was.
    pub updated: Timestamp,
    /// What was imported.
    pub imported: Imported,
}

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Damage {
    /// It does not begin as one.
    #[error("it is no stored catalogue")]
    Foreign,
    /// A later version of the tool has written it.
    #[error("a later version of leastwise has written it (format {0}, this one knows {FORMAT})")]
    Later(u32),
    /// Its content is not what was written.
    #[error("it is damaged: its checksum does not agree")]
    Checksum,
    /// The checksum agrees, and still it cannot be read.
    #[error("it is damaged: {0}")]
    Content(String),
}

#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(rename = "leastwise-catalog")]
    format: u32,
    #[serde(default)]
    tool: String,
    #[serde(default)]
    created: Option<Timestamp>,
    #[serde(default)]
    updated: Option<Timestamp>,
    /// Of everything after the first line.
    #[serde(default)]
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    names: Vec<String>,
    roles: Vec<RoleLine>,
    permissions: Vec<PermissionLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleLine {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    stage: StageWord,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<u32>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionLine {
    name: u32,
    support: SupportWord,
    stage: StageWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<LevelWord>,
}

/// The form of the file is this module's: the types of the catalogue may change without it.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum StageWord {
    Alpha,
    Beta,
    Ga,
    Eap,
    Deprecated,
    Disabled,
    Other,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SupportWord {
    Supported,
    Testing,
    NotSupported,
    Unknown,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum LevelWord {
    Project,
    Folder,
    Organization,
}

impl Stored {
    /// The text of the file. The same import gives the same text.
    ///
    /// # Errors
    /// None in practice: the content is plain data.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        let mut names: Vec<&str> = self
            .imported
            .roles
            .iter()
            .flat_map(|role| role.permissions.iter().flatten())
            .chain(self.imported.permissions.iter().map(|fact| &fact.name))
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        let numbers: FxHashMap<&str, u32> = names.iter().copied().zip(0..).collect();
        let number = |name: &String| numbers.get(name.as_str()).copied().unwrap_or(u32::MAX);
        let body = Body {
            roles: self
                .imported
                .roles
                .iter()
                .map(|role| RoleLine {
                    name: role.name.clone(),
                    title: role.title.clone(),
                    stage: role.stage.into(),
                    deleted: role.deleted,
                    permissions: role
                        .permissions
                        .as_ref()
                        .map(|permissions| permissions.iter().map(number).collect()),
                })
                .collect(),
            permissions: self
                .imported
                .permissions
                .iter()
                .map(|fact| PermissionLine {
                    name: number(&fact.name),
                    support: fact.support.into(),
                    stage: fact.stage.into(),
                    level: fact.level.map(Into::into),
                })
                .collect(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let body = format!("{}\n", serde_json::to_string(&body)?);
        let head = Head {
            format: FORMAT,
            tool: self.tool.clone(),
            created: Some(self.created),
            updated: Some(self.updated),
            sha256: checksum(body.as_bytes()),
        };
        Ok(format!("{}\n{body}", serde_json::to_string(&head)?))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// If it is no such file, or one of a later version, or not what was written.
    pub fn decode(text: &[u8]) -> Result<Stored, Damage> {
        let end = memchr::memchr(b'\n', text).ok_or(Damage::Foreign)?;
        let (head, body) = text.split_at(end + 1);
        let head: Head = serde_json::from_slice(head).map_err(|_| Damage::Foreign)?;
        if head.format > FORMAT {
            return Err(Damage::Later(head.format));
        }
        if head.sha256 != checksum(body) {
            return Err(Damage::Checksum);
        }
        let content = |message: &str| Damage::Content(message.to_owned());
        let missing = || content("it does not say when it was written");
        let body: Body = serde_json::from_slice(body).map_err(|error| {
            let text = error.to_string();
            content(text.split(" at line ").next().unwrap_or(&text))
        })?;
        Ok(Stored {
            tool: head.tool,
            created: head.created.ok_or_else(missing)?,
            updated: head.updated.ok_or_else(missing)?,
            imported: body.open()?,
        })
    }
}

fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Body {
    /// Gives the numbers their names back, and holds every name to the form that an import lets in: whoever can write
    /// the file can also write its checksum.
    fn open(self) -> Result<Imported, Damage> {
        let wrong = |what: &str| Damage::Content(what.to_owned());
        if !self.names.iter().all(|name| is_permission_name(name)) {
            return Err(wrong("a permission has a name that none can have"));
        }
        if !self.roles.iter().all(|role| is_role_name(&role.name)) {
            return Err(wrong("a role has a name that none can have"));
        }
        if !self.names.is_sorted_by(|a, b| a < b)
            || !self.roles.is_sorted_by(|a, b| a.name < b.name)
            || !self.permissions.is_sorted_by(|a, b| a.name < b.name)
        {
            return Err(wrong("its names are not in order"));
        }
        let named = |number: u32| {
            let name = self.names.get(number as usize);
            name.cloned()
                .ok_or_else(|| wrong("a permission has no name"))
        };
        let roles = self.roles.into_iter().map(|role| {
            let permissions = role.permissions.map(|numbers| {
                if !numbers.is_sorted_by(|a, b| a < b) {
                    return Err(wrong("its names are not in order"));
                }
                numbers.into_iter().map(named).collect::<Result<_, _>>()
            });
            Ok(CustomRole {
                name: role.name,
                title: role.title,
                stage: role.stage.into(),
                deleted: role.deleted,
                permissions: permissions.transpose()?,
            })
        });
        let roles = roles.collect::<Result<_, Damage>>()?;
        let permissions = self.permissions.into_iter().map(|line| {
            Ok(PermissionFact {
                name: named(line.name)?,
                support: line.support.into(),
                stage: line.stage.into(),
                level: line.level.map(Into::into),
            })
        });
        let permissions = permissions.collect::<Result<_, Damage>>()?;
        Ok(Imported { roles, permissions })
    }
}

/// Both ways between a type of the catalogue and its word in the file.
macro_rules! words {
    ($kind:ident, $word:ident, $($variant:ident)*) => {
        impl From<$kind> for $word {
            fn from(kind: $kind) -> $word {
                match kind { $($kind::$variant => $word::$variant,)* }
            }
        }

        impl From<$word> for $kind {
            fn from(word: $word) -> $kind {
                match word { $($word::$variant => $kind::$variant,)* }
            }
        }
    };
}

words!(Stage, StageWord, Alpha Beta Ga Eap Deprecated Disabled Other);
words!(Support, SupportWord, Supported Testing NotSupported Unknown);
words!(Level, LevelWord, Project Folder Organization);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Damage, Stored, checksum};
    use crate::catalog::{CustomRole, Imported, Level, PermissionFact, Stage, Support};

    fn stored() -> Stored {
        let role = |name: &str, permissions: Option<&[&str]>| CustomRole {
            name: name.to_owned(),
            title: Some("A \u{1b}[31m \"title\"\n".to_owned()),
            stage: Stage::Beta,
            deleted: true,
            permissions: permissions.map(|list| list.iter().map(|p| (*p).to_owned()).collect()),
        };
        Stored {
            tool: "leastwise 0.1.0".to_owned(),
            created: "2026-11-01T00:00:00Z".parse().unwrap(),
            updated: "2026-11-23T10:00:00Z".parse().unwrap(),
            imported: Imported {
                roles: vec![
                    role(
                        "organizations/1/roles/a",
                        Some(&["acme.b.get", "acme.c.get"]),
                    ),
                    role("roles/acme.empty", Some(&[])),
                    role("roles/acme.listed", None),
                ],
                permissions: vec![PermissionFact {
                    name: "acme.c.get".to_owned(),
                    support: Support::NotSupported,
                    stage: Stage::Alpha,
                    level: Some(Level::Folder),
                }],
            },
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = stored().encode().unwrap();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(Stored::decode(text.as_bytes()), Ok(stored()));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let text = stored().encode().unwrap();
        let body = text.find('\n').unwrap() + 1;
        for at in body..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(Stored::decode(&bytes), Err(Damage::Checksum), "byte {at}");
            assert!(
                Stored::decode(&text.as_bytes()[..at]).is_err(),
                "{at} bytes"
            );
        }
        for at in 0..body {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            // In the dates it may be another date; nothing else passes.
            let same = Stored::decode(&bytes).map(|read| read.imported);
            assert!(same.is_err() || same == Ok(stored().imported), "byte {at}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let sealed = |body: &str| {
            let head = format!(
                r#"{{"leastwise-catalog":1,"created":"2026-11-01T00:00:00Z","updated":"2026-11-01T00:00:00Z","sha256":"{}"}}"#,
                checksum(body.as_bytes())
            );
            Stored::decode(format!("{head}\n{body}").as_bytes())
        };
        assert!(sealed(r#"{"names":[],"roles":[],"permissions":[]}"#).is_ok());
        for body in [
            "",
            "{}",
            r#"{"names":["\u001b[31m.b.c"],"roles":[],"permissions":[]}"#,
            r#"{"names":["b.b.c","a.b.c"],"roles":[],"permissions":[]}"#,
            r#"{"names":[],"roles":[{"name":"nobody","stage":"GA"}],"permissions":[]}"#,
            r#"{"names":[],"roles":[{"name":"roles/a","stage":"NEW"}],"permissions":[]}"#,
            r#"{"names":["a.b.c"],"roles":[{"name":"roles/a","stage":"GA","permissions":[1]}],"permissions":[]}"#,
            r#"{"names":["a.b.c"],"roles":[{"name":"roles/a","stage":"GA","permissions":[0,0]}],"permissions":[]}"#,
            r#"{"names":[],"roles":[],"permissions":[{"name":0,"support":"TESTING","stage":"GA"}]}"#,
        ] {
            assert!(matches!(sealed(body), Err(Damage::Content(_))), "{body}");
        }
        for text in [
            "",
            "{}",
            "{}\n",
            "[]\n[]\n",
            "\0\n",
            "{\"leastwise-catalog\":-1}\n",
        ] {
            assert_eq!(
                Stored::decode(text.as_bytes()),
                Err(Damage::Foreign),
                "{text:?}"
            );
        }
        let later = "{\"leastwise-catalog\":2,\"new\":[]}\n\u{0}";
        assert_eq!(Stored::decode(later.as_bytes()), Err(Damage::Later(2)));
    }
}
