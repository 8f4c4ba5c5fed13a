//! Which file counts, and which rules run.

use super::*;

fn none(_: &str) -> Option<String> {
    None
}

#[test]
fn one_file_is_found_from_here_to_the_root_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    let inner = top.join("repo/a/b");
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir_all(top.join("repo/.git")).unwrap();
    fs::create_dir_all(top.join("repo/.config")).unwrap();
    let find = |cwd: &Path| Config::discover(None, false, cwd, &none).unwrap();

    fs::write(top.join(".leastwise.toml"), "persona = \"auditor\"").unwrap();
    assert_eq!(
        find(&inner).path,
        None,
        "above the repository nothing is looked for"
    );

    fs::write(top.join("repo/.config/leastwise.toml"), "rules = [\"r\"]").unwrap();
    let loaded = find(&inner);
    assert_eq!(loaded.path, Some(top.join("repo/.config/leastwise.toml")));
    assert_eq!(loaded.base, top.join("repo"));

    fs::write(top.join("repo/leastwise.toml"), "").unwrap();
    assert_eq!(find(&inner).path, Some(top.join("repo/leastwise.toml")));
    fs::write(top.join("repo/.leastwise.toml"), "").unwrap();
    let loaded = find(&top.join("repo"));
    assert_eq!(loaded.path, Some(top.join("repo/.leastwise.toml")));
    assert_eq!(
        loaded.notices,
        ["leastwise.toml is not read: .leastwise.toml comes first"]
    );

    fs::write(inner.join("leastwise.toml"), "").unwrap();
    assert_eq!(
        find(&inner).path,
        Some(inner.join("leastwise.toml")),
        "the nearest wins"
    );

    // Outside a repository, only the folder itself.
    fs::create_dir_all(top.join("loose")).unwrap();
    assert_eq!(find(&top.join("loose")).path, None);
    assert_eq!(find(top).config.persona, Some(Persona::Auditor));
}

#[test]
fn flag_before_variable_before_search() {
    let folder = tempfile::tempdir().unwrap();
    let cwd = folder.path();
    fs::write(cwd.join("leastwise.toml"), "persona = \"regular\"").unwrap();
    fs::write(cwd.join("flag.toml"), "persona = \"auditor\"").unwrap();
    fs::write(cwd.join("variable.toml"), "persona = \"pedantic\"").unwrap();
    let variable = |name: &str| (name == "LEASTWISE_CONFIG").then(|| "variable.toml".to_owned());
    let empty = |name: &str| (name == "LEASTWISE_CONFIG").then(String::new);
    let gone = |name: &str| (name == "LEASTWISE_CONFIG").then(|| "gone.toml".to_owned());
    let persona = |flag: Option<&str>, off, env: &dyn Fn(&str) -> Option<String>| {
        Config::discover(flag.map(Path::new), off, cwd, env).map(|loaded| loaded.config.persona)
    };
    assert_eq!(
        persona(Some("flag.toml"), false, &variable).unwrap(),
        Some(Persona::Auditor)
    );
    assert_eq!(
        persona(None, false, &variable).unwrap(),
        Some(Persona::Pedantic)
    );
    assert_eq!(
        persona(None, false, &empty).unwrap(),
        Some(Persona::Regular)
    );
    assert_eq!(persona(None, true, &variable).unwrap(), None);
    let error = persona(None, false, &gone).unwrap_err().to_string();
    assert!(
        error.contains("gone.toml: no such file (asked for by LEASTWISE_CONFIG)"),
        "{error}"
    );
    let error = persona(Some("none.toml"), false, &none)
        .unwrap_err()
        .to_string();
    assert!(error.contains("(asked for by --config)"), "{error}");
    // One that is there and cannot be read does not turn into none.
    fs::create_dir(cwd.join(".leastwise.toml")).unwrap();
    assert!(matches!(
        persona(None, false, &none),
        Err(SettingsError::Read { .. })
    ));
}

#[test]
fn rules_are_selected_by_id_alias_glob_and_tag() {
    type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [usize]);
    let table: &[Row<'_>] = &[
        ("", &[], &[], &[0, 1, 2, 3]),
        ("select = [\"gcs-*\"]", &[], &[], &[0, 1, 2]),
        (
            "select = [\"gcs-*\"]\nignore = [\"old-public\"]",
            &[],
            &[],
            &[1, 2],
        ),
        ("select = [\"gcs-*\"]", &["iam-hint"], &[], &[3]),
        ("ignore = [\"tag:ai-data\"]", &["gcs-*"], &[], &[1, 2]),
        ("ignore = [\"tag:ai-data\"]", &["gcs-public-iam"], &[], &[0]),
        ("", &["old-*"], &[], &[0]),
        ("ignore = [\"iam-hint\"]", &[], &["gcs-l*"], &[0, 1]),
        ("", &["gcs-*"], &["gcs-public-iam"], &[1, 2]),
    ];
    for (text, wanted, ignored, expected) in table {
        let owned = |list: &[&str]| {
            list.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let (wanted, ignored) = (owned(wanted), owned(ignored));
        let flags = SelectFlags {
            select: &wanted,
            ignore: &ignored,
        };
        let rules = Rules::new();
        let selection = select(&flags, &load(text).unwrap(), &rules.infos()).unwrap();
        let runs: Vec<usize> = (0..4).filter(|i| selection.runs(*i)).collect();
        assert_eq!(
            runs, *expected,
            "{text:?} --select {wanted:?} --ignore {ignored:?}"
        );
        assert_eq!(selection.count(), expected.len());
    }
}

#[test]
fn a_pattern_without_rules_is_an_error() {
    let rules = Rules::new();
    let fails = |text: &str, wanted: &[String]| {
        let flags = SelectFlags {
            select: wanted,
            ignore: &[],
        };
        select(&flags, &load(text).unwrap(), &rules.infos())
            .unwrap_err()
            .to_string()
    };
    let error = fails("", &["gcs-public-iamm".to_owned()]);
    assert_eq!(
        error,
        "--select: there is no rule `gcs-public-iamm`; did you mean `gcs-public-iam`?"
    );
    let error = fails("ignore = [\"bq-*\"]", &[]);
    assert!(
        error.starts_with("leastwise.toml:1:11: `bq-*` matches no rule"),
        "{error}"
    );
    assert!(fails("select = []", &[]).contains("none is left to run"));
    assert!(fails("ignore = [\"*\"]", &[]).contains("none is left to run"));
}
