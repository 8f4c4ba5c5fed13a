//! Embeds every rule file, so that a rule is added by putting it into the folder, and turns the catalogue of
//! roles from text into tables.

#[path = "../src/catalog/compile/mod.rs"]
mod compile;
#[path = "../src/catalog/kinds.rs"]
#[expect(unreachable_pub, dead_code, reason = "the library uses all of it")]
mod kinds;
#[path = "../src/catalog/set.rs"]
#[expect(unreachable_pub, dead_code, reason = "the library uses all of it")]
mod set;
#[path = "../src/catalog/slots.rs"]
mod slots;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    collect(&root.join("rules"), &mut files);
    files.sort();
    let mut code = String::from("&[\n");
    for path in &files {
        let name = path
            .strip_prefix(&root)
            .expect("below the root")
            .to_string_lossy()
            .replace('\\', "/");
        writeln!(code, "    ({name:?}, include_str!({:?})),", path)
            .expect("a string takes everything");
    }
    code.push_str("]\n");
    std::fs::write(out.join("builtin_rules.rs"), code).expect("OUT_DIR can be written");
    // Its text is part of this script, so a change of it rebuilds and reruns the script.
    match compile::code() {
        Ok(code) => std::fs::write(out.join("catalog.rs"), code).expect("OUT_DIR can be written"),
        Err(mistake) => println!("cargo::error=src/catalog/data/{mistake}"),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder).expect("the folder of the rules can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
}
