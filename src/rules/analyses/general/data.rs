//! Tests of `lifespan`, and of what it is refused.

use super::{FAIL, PASS, UNKNOWN, asset, told};
use crate::rules::{RuleText, Ruleset};
use serde_json::{Value, json};

const WITH: &str = r#"
asset  = "bigquery.googleapis.com/Table"
from   = "$.resource.data.creationTime"
until  = "$.resource.data.expirationTime"
"#;

fn judged(within: &str, created: &Value, expires: &Value) -> (u64, u64, u64, u64) {
    let data = json!({ "creationTime": created, "expirationTime": expires });
    let name = "//bigquery.googleapis.com/projects/p/datasets/d/tables/t";
    let table = asset(
        "bigquery.googleapis.com/Table",
        name,
        &["projects/7"],
        &data,
    );
    told("lifespan", &format!("{WITH}within = {within}"), &[table]).counts()
}

#[test]
fn times_are_milliseconds_or_dates() {
    for (created, expires) in [
        (json!("0"), json!("864000000")),
        (json!(0), json!(864_000_000)),
        (json!("1970-01-01T00:00:00Z"), json!("1970-01-11T00:00:00Z")),
    ] {
        assert_eq!(judged("{ at-most = \"10d\" }", &created, &expires), PASS);
        assert_eq!(judged("{ at-most = \"9d\" }", &created, &expires), FAIL);
        assert_eq!(judged("{ at-least = \"10d\" }", &created, &expires), PASS);
        assert_eq!(judged("{ at-least = \"11d\" }", &created, &expires), FAIL);
    }
}

#[test]
fn what_has_no_end_lives_for_ever_and_what_has_no_beginning_is_unknown() {
    let (zero, null) = (json!("0"), Value::Null);
    assert_eq!(judged("{ at-most = \"10d\" }", &zero, &null), FAIL);
    assert_eq!(judged("{ at-least = \"10d\" }", &zero, &null), PASS);
    assert_eq!(judged("{ at-most = \"10d\" }", &null, &zero), UNKNOWN);
    for odd in [
        json!("soon"),
        json!(1e300),
        json!("9223372036854775807"),
        json!([]),
    ] {
        assert_eq!(
            judged("{ at-most = \"10d\" }", &zero, &odd),
            UNKNOWN,
            "{odd}"
        );
    }
}

#[test]
fn a_bound_that_says_nothing_is_refused() {
    for within in ["{}", "{ at-most = \"90\" }", "{ at-most = 90 }"] {
        let head =
            "title = \"t\"\nseverity = \"low\"\nconfidence = \"high\"\nwhy = \"w\"\nfix = \"f\"\n";
        let text = RuleText {
            path: "house-rule.toml".to_owned(),
            text: format!(
                "{head}[analysis]\nname = \"lifespan\"\n[analysis.with]\n{WITH}within = {within}\n"
            ),
            builtin: false,
        };
        assert!(Ruleset::load(&[text]).is_err(), "{within}");
    }
}
