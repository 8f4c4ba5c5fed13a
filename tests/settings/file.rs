//! The file: what is read, what is refused.

use super::*;

#[test]
fn everything_that_may_stand_in_a_file_is_read() {
    let text = r#"
rules = ["house-rules"]
select = ["gcs-*", "tag:ai-data"]
ignore = ["gcs-labels-missing"]
fail-on = "high"
min-severity = "low"
persona = "pedantic"
allow-wildcard = true
require-expiry = true
max-expiry-days = 400
baseline = "baseline.json"

[severity]
gcs-public-iam = "critical"

[organization]
domains = ["Acme.ai"]
projects = ["acme-ml", "123456789012"]
customer-ids = ["C01abc234"]

[principals]
policy-admins = ["group:iam-admins@acme.ai", "serviceAccount:tf-*@acme-ops.iam.gserviceaccount.com"]

[[resource]]
pattern = "exports/{project}/{bucket}.json"

[[bucket]]
match = "gs://acme-train*"
role = "training-data"

[[suppress]]
rules = ["*"]
resource = ["gs://acme-train", "gs://acme-models"]
reason = "moving"
expires = 2026-12-31
owner = "ml-platform"
ticket = "SEC-12"
"#;
    let loaded = load(text).unwrap();
    let overrides = Overrides {
        no_baseline: true,
        fail_on: Some(Severity::Critical),
        ..Overrides::default()
    };
    let settings = Settings::new(&loaded, &overrides, now()).unwrap();
    let rules = Rules::new();
    settings.check_rules(&rules.infos()).unwrap();
    assert_eq!(settings.rule_folders, [loaded.base.join("house-rules")]);
    assert_eq!(
        settings.baseline_path,
        Some(loaded.base.join("baseline.json"))
    );
    assert_eq!(settings.fail_on, Severity::Critical, "the flag wins");
    assert_eq!(settings.min_severity, Severity::Low);
    assert_eq!(settings.persona, Persona::Pedantic);
    assert_eq!(settings.organization.domains[0].get_ref(), "acme.ai");
    assert_eq!(settings.organization.customer_ids, ["C01abc234"]);
    let admins = |member| settings.principals.contains("policy-admins", member);
    assert_eq!(admins("group:IAM-admins@acme.ai"), Some(true));
    assert_eq!(
        admins("serviceAccount:tf-prod@acme-ops.iam.gserviceaccount.com"),
        Some(true)
    );
    assert_eq!(admins("user:eve@acme.ai"), Some(false));
    assert_eq!(
        settings.principals.contains("nobody", "user:eve@acme.ai"),
        None
    );
    assert_eq!(
        settings.buckets.role_of(TRAIN),
        Some(BucketRole::TrainingData)
    );
    assert_eq!(settings.buckets.role_of(MODELS), None);
    assert_eq!(
        settings
            .paths
            .resource(Path::new("/data/exports/acme-ml/acme-train.json"))
            .as_deref(),
        Some("//storage.googleapis.com/projects/_/buckets/acme-train")
    );
    let infos = rules.infos();
    let selection = select(&SelectFlags::default(), &loaded, &infos).unwrap();
    assert_eq!(
        (0..4).map(|i| selection.runs(i)).collect::<Vec<_>>(),
        [true, true, false, false]
    );
    assert_eq!(settings.severity_of(&infos[0]), Some(Severity::Critical));
}

#[test]
fn what_is_wrong_is_refused_with_place_and_way_out() {
    let cases = fs::read_to_string(root().join("tests/settings/refused.txt")).unwrap();
    let mut count = 0;
    for case in cases.split("=====\n").skip(1) {
        let (text, parts) = case.split_once("\n-----\n").unwrap();
        let error = refusal(text);
        for part in parts.lines() {
            assert!(error.contains(part), "{text}\n--- lacks {part:?}:\n{error}");
        }
        assert!(error.starts_with("leastwise.toml:"), "{error}");
        count += 1;
    }
    assert!(count > 30, "the cases are gone");
}

#[test]
fn a_limit_on_expiry_counts_its_last_day() {
    let text = format!(
        "max-expiry-days = 30\n{}",
        suppression("role = \"x\"\nexpires = \"2026-07-15\"")
    );
    settings(&text).unwrap();
    let endless = format!(
        "max-expiry-days = {}\n{}",
        u32::MAX,
        suppression("role = \"x\"\nexpires = \"9999-12-31\"")
    );
    settings(&endless).unwrap();
}

#[test]
fn hostile_files_get_an_answer() {
    let deep = format!("a = {}", "[".repeat(100_000));
    let keys = format!("{} = 1", vec!["a"; 50_000].join("."));
    let long = format!("{} = 1", "s".repeat(1 << 20));
    for text in [
        &deep,
        &keys,
        &long,
        "\0",
        "a = 99999999999999999999999",
        "ignore = [\"\\u0000\"]",
        "\u{1b}[31m = 1",
        "\"\\u001b[31m\" = 1",
    ] {
        if let Err(error) = settings(text) {
            let shown: String = error.to_string();
            assert!(!shown.contains('\u{1b}'), "{shown:?}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leastwise.toml");
    fs::write(&path, b"ignore = []\n# \xff").unwrap();
    let error = Loaded::from_file(&path, folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("leastwise.toml:2:3: not valid UTF-8")
            || error.contains(":2:3: not valid UTF-8"),
        "{error}"
    );
    fs::write(&path, "\u{feff}persona = \"auditor\"\n").unwrap();
    assert_eq!(
        Loaded::from_file(&path, folder.path())
            .unwrap()
            .config
            .persona,
        Some(Persona::Auditor)
    );
}
