//! A folder with programs that take down how they were called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        Place { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A program that writes its arguments, each ended by NUL, and the variables that matter, then does `body`.
    pub(crate) fn program(&self, name: &str, body: &str) {
        let here = self.folder.path().display();
        let script = format!(
            "#!/bin/sh\nprintf '%s\\0' \"$@\" >>'{here}/{name}.calls'\nprintf '\\n\\0' >>'{here}/{name}.calls'\n\
             env | grep '^LEASTWISE' >>'{here}/{name}.env'\n:\n{body}\n"
        );
        let path = self.path("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// How a program was called, call by call.
    pub(crate) fn calls(&self, name: &str) -> Vec<Vec<String>> {
        let text = self.read(&format!("{name}.calls"));
        let calls = text.split("\n\0").filter(|call| !call.is_empty());
        let words = |call: &str| -> Vec<String> {
            call.split_terminator('\0').map(str::to_owned).collect()
        };
        calls.map(words).collect()
    }

    /// Runs a script of the repository here, with these programs before those of the system, and nothing of the
    /// surroundings.
    pub(crate) fn run(
        &self,
        script: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.path("bin").display()
        );
        Command::new(script)
            .args(arguments)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("RUNNER_TEMP", self.path("temp"))
            .env("GITHUB_PATH", self.path("github-path"))
            .envs(variables.iter().copied())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }
}
