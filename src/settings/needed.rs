//! `[[needed]]`: access that must not be taken away, said once, with the reason.

use super::config::{Config, NeededEntry};
use super::error::{SettingsError, Source};
use super::pattern::ResourceGlob;
use toml::Spanned;

/// A grant that is declared needed.
#[derive(Debug, Clone)]
pub struct NeededGrant {
    /// The member, as policies spell it.
    pub member: String,
    /// The role or the permission that it needs.
    pub what: Need,
    /// Where, as it was written.
    pub pattern: String,
    /// Why.
    pub reason: String,
    /// Its place, `.leastwise.toml:12`.
    pub place: String,
    glob: ResourceGlob,
}

/// What somebody needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// This role by name.
    Role(String),
    /// This permission, by whatever role.
    Permission(String),
}

impl Need {
    /// The role or the permission.
    pub fn name(&self) -> &str {
        match self {
            Need::Role(name) | Need::Permission(name) => name,
        }
    }
}

impl NeededGrant {
    /// Checks and compiles the `[[needed]]` entries of `config`.
    ///
    /// # Errors
    /// The first entry that names no member or no need, or gives no reason.
    pub(super) fn compile_all(
        config: &Config,
        source: &Source,
    ) -> Result<Vec<NeededGrant>, SettingsError> {
        let entries = config.needed.iter();
        entries
            .map(|entry| NeededGrant::compile(entry, source))
            .collect()
    }

    fn compile(
        entry: &Spanned<NeededEntry>,
        source: &Source,
    ) -> Result<NeededGrant, SettingsError> {
        let raw = entry.get_ref();
        let member = raw.member.get_ref();
        if !member.contains([':', '/'])
            && !matches!(member.as_str(), "allUsers" | "allAuthenticatedUsers")
        {
            let help = Some(format!(
                "write it as policies do: `user:{member}`, `group:…`, `serviceAccount:…`"
            ));
            return Err(source.error(raw.member.span(), "not a member of a policy", help));
        }
        let what = match (&raw.role, &raw.permission) {
            (Some(role), None) => Need::Role(role.get_ref().clone()),
            (None, Some(permission)) => Need::Permission(permission.get_ref().clone()),
            _ => {
                let help = Some("give one of `role` and `permission`".to_owned());
                return Err(source.error(entry.span(), "what is needed is not clear", help));
            }
        };
        let reason = raw.reason.get_ref().trim();
        if reason.is_empty() {
            let help =
                Some("say what stops without it, for whoever reads this in a year".to_owned());
            return Err(source.error(raw.reason.span(), "the reason is empty", help));
        }
        let pattern = raw.resource.get_ref();
        let glob = ResourceGlob::new(pattern)
            .map_err(|message| source.error(raw.resource.span(), message, None))?;
        Ok(NeededGrant {
            member: member.clone(),
            what,
            pattern: pattern.clone(),
            reason: reason.to_owned(),
            place: format!(
                "{}:{}",
                source.path.display(),
                source.line_of(entry.span().start)
            ),
            glob,
        })
    }

    /// Whether it is about this resource, by its full name.
    pub fn is_about(&self, resource: &str) -> bool {
        self.glob.matches(resource)
    }
}
