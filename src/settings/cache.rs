//! Where files lie that the tool keeps for itself and that nobody misses.

use super::environment::Env;
use std::path::PathBuf;

/// The variable that names the folder.
pub const CACHE_VARIABLE: &str = "LEASTWISE_CACHE_DIR";

/// The folder for what is kept between runs: [`CACHE_VARIABLE`], else `leastwise` in the platform's cache folder
/// (`XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on Windows `LOCALAPPDATA`). `None` where the
/// surroundings do not say where that is.
pub fn cache_folder(env: Env<'_>) -> Option<PathBuf> {
    let set = |name: &str| {
        env(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = set(CACHE_VARIABLE) {
        return Some(folder);
    }
    let home = || set("HOME").filter(|home| home.is_absolute());
    let platform = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        // The XDG base directory specification: a path that is not absolute does not count.
        set("XDG_CACHE_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| home().map(|home| home.join(".cache")))
    };
    platform.map(|folder| folder.join("leastwise"))
}

#[cfg(test)]
mod tests {
    use super::cache_folder;
    use std::path::Path;

    fn folder(variables: &[(&str, &str)]) -> Option<std::path::PathBuf> {
        cache_folder(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_own_variable_wins() {
        let own = ("LEASTWISE_CACHE_DIR", "here");
        assert_eq!(
            folder(&[own, ("HOME", "/h")]).as_deref(),
            Some(Path::new("here"))
        );
        assert_eq!(folder(&[]), None);
        assert_eq!(folder(&[("LEASTWISE_CACHE_DIR", ""), ("HOME", "")]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn then_the_platform_decides() {
        let home = ("HOME", "/h");
        let is = |variables: &[(&str, &str)], path: &str| {
            assert_eq!(
                folder(variables).as_deref(),
                Some(Path::new(path)),
                "{variables:?}"
            );
        };
        is(&[home], "/h/.cache/leastwise");
        is(&[home, ("XDG_CACHE_HOME", "/x")], "/x/leastwise");
        is(&[home, ("XDG_CACHE_HOME", "x")], "/h/.cache/leastwise");
    }
}
