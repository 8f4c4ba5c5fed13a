//! What gcloud's configuration says: the project and account that a person set with `gcloud config set`.

use super::Env;
use std::path::PathBuf;

/// gcloud's configuration folder: `CLOUDSDK_CONFIG`, else the platform's.
pub(super) fn folder(env: Env<'_>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(folder) = set("CLOUDSDK_CONFIG") {
        return Some(PathBuf::from(folder));
    }
    let folder = match cfg!(windows) {
        true => PathBuf::from(set("APPDATA")?),
        false => PathBuf::from(set("HOME")?).join(".config"),
    };
    Some(folder.join("gcloud"))
}

/// The active configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Active {
    /// Its name.
    pub(super) name: String,
    pub(super) project: Option<String>,
    pub(super) account: Option<String>,
}

/// Reads the active configuration: the one that `CLOUDSDK_ACTIVE_CONFIG_NAME` names, else the file `active_config`.
pub(super) fn active(env: Env<'_>) -> Option<Active> {
    let folder = folder(env)?;
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let name = set("CLOUDSDK_ACTIVE_CONFIG_NAME").or_else(|| {
        let text = super::file::read(&folder.join("active_config"), 1 << 10).ok()?;
        Some(text.reveal().trim().to_owned()).filter(|name| !name.is_empty())
    });
    let name = name.unwrap_or_else(|| "default".to_owned());
    // gcloud's own rule for names; anything else is no file of the folder.
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let file = folder.join("configurations").join(format!("config_{name}"));
    let text = super::file::read(&file, 1 << 20).ok()?;
    let property = |section, key| property(text.reveal(), section, key);
    Some(Active {
        project: property("core", "project"),
        account: property("core", "account"),
        name,
    })
}

/// A property of an INI file.
fn property(text: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            inside = name.trim() == section;
        } else if let Some((name, value)) = line.split_once('=')
            && inside
            && name.trim() == key
        {
            return Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::property;

    #[test]
    fn properties_belong_to_sections() {
        let text =
            "[auth]\nproject = no\n[core]\n# project = x\naccount = a@b.example\nproject=acme-ml\n";
        assert_eq!(
            property(text, "core", "project").as_deref(),
            Some("acme-ml")
        );
        assert_eq!(
            property(text, "core", "account").as_deref(),
            Some("a@b.example")
        );
        assert_eq!(property(text, "core", "region"), None);
        assert_eq!(property("[core]\nproject =\n", "core", "project"), None);
    }
}
