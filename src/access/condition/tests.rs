//! What `judge` says, as tables.

#![allow(clippy::unwrap_used)]

use super::{Verdict, judge};
use crate::model::Truth;
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

/// The verdict in one word; it must not be two things at once.
fn word(verdict: &Verdict) -> &'static str {
    let answers = [
        (&verdict.invalid, "invalid"),
        (&verdict.expired, "expired"),
        (&verdict.always_true, "always"),
        (&verdict.never_true, "never"),
    ];
    for (answer, name) in answers {
        assert!(
            !answer.reason.is_empty(),
            "{name} needs a reason: {verdict:?}"
        );
    }
    let yes: Vec<_> = answers
        .iter()
        .filter(|(a, _)| a.truth == Truth::Yes)
        .map(|(_, n)| *n)
        .collect();
    match yes.as_slice() {
        [] if answers.iter().any(|(a, _)| a.truth == Truth::Unknown) => "unknown",
        [] => "fine",
        [one] => one,
        many => panic!("{many:?}"),
    }
}

#[test]
fn conditions_are_judged() {
    #[rustfmt::skip]
    let table = [
        // Time, alone.
        ("request.time < timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("request.time <= timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("timestamp('2024-01-01T00:00:00Z') > request.time", "expired"),
        ("!(request.time >= timestamp('2024-01-01T00:00:00Z'))", "expired"),
        ("request.time < timestamp('2026-11-23T00:00:00Z')", "expired"),
        ("request.time <= timestamp('2026-11-23T00:00:00Z')", "fine"),
        ("request.time < timestamp('2026-11-23T01:00:00+02:00')", "expired"),
        ("request.time < timestamp('2027-01-01T00:00:00Z')", "fine"),
        ("request.time < date('2024-02-01')", "expired"),
        ("request.time == timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("request.time != timestamp('2024-01-01T00:00:00Z')", "always"),
        ("request.time > timestamp('2024-01-01T00:00:00Z')", "always"),
        ("request.time > timestamp('2027-01-01T00:00:00Z')", "fine"),
        ("request.time < timestamp('2024-01-01T00:00:00Z') + duration('2592000s')", "expired"),
        ("request.time < timestamp('2024-01-01T00:00:00Z') + duration('315360000s')", "fine"),
        ("request.time - duration('3600s') < timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("request.time - timestamp('2024-01-01T00:00:00Z') < duration('90s')", "expired"),
        ("timestamp('2024-01-01T00:00:00Z') - request.time > duration('90s')", "expired"),
        ("request.time.getFullYear() < 2025", "expired"),
        ("request.time.getFullYear('Europe/Berlin') == 2024", "expired"),
        ("request.time.getFullYear('Europe/Berlin') >= 2025", "always"),
        ("request.time.getFullYear() == 2026", "fine"),
        ("request.time.getFullYear() > 2027 && request.time.getFullYear() < 2027", "never"),
        // Time windows.
        ("request.time > timestamp('2024-01-01T00:00:00Z') && request.time < timestamp('2025-01-01T00:00:00Z')", "expired"),
        ("request.time > timestamp('2025-01-01T00:00:00Z') && request.time < timestamp('2024-01-01T00:00:00Z')", "never"),
        ("request.time > timestamp('2025-01-01T00:00:00Z') && request.time < timestamp('2028-01-01T00:00:00Z')", "fine"),
        ("request.time > timestamp('2025-01-01T00:00:00Z') || request.time < timestamp('2024-01-01T00:00:00Z')", "always"),
        ("request.time < timestamp('2025-01-01T00:00:00Z') || request.time >= timestamp('2025-01-01T00:00:00Z')", "always"),
        ("request.time < timestamp('2024-01-01T00:00:00Z') || request.time < timestamp('2027-01-01T00:00:00Z')", "fine"),
        ("request.time < timestamp('2024-01-01T00:00:00Z') || request.time < timestamp('2025-01-01T00:00:00Z')", "expired"),
        // Time with other parts.
        ("resource.type == 'a/B' && request.time < timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("resource.type == 'a/B' || request.time < timestamp('2024-01-01T00:00:00Z')", "fine"),
        ("resource.type == 'a/B' || request.time > timestamp('2024-01-01T00:00:00Z')", "always"),
        ("(resource.type == 'a/B' || resource.type == 'a/C') && request.time < timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("request.time < timestamp('2024-01-01T00:00:00Z') && resource.name.startsWith('gs://x')", "never"),
        ("resource.type == 'a/B' ? request.time < timestamp('2024-01-01T00:00:00Z') : request.time < timestamp('2025-01-01T00:00:00Z')", "expired"),
        // Broken literals: the reference says that the condition never allows access.
        ("request.time < timestamp('tomorrow')", "never"),
        ("resource.type == 'a/B' || request.time < timestamp('2024-13-01T00:00:00Z')", "never"),
        ("request.time < date('2024-02-30')", "never"),
        ("resource.type == 'a/B' || request.time < date('2024-02-30')", "fine"),
        ("!(request.time < date('2024-02-30'))", "never"),
        // The calendar.
        ("request.time.getHours('Europe/Berlin') >= 9 && request.time.getHours('Europe/Berlin') <= 17", "fine"),
        ("request.time.getHours('Europe/Berlin') >= 17 && request.time.getHours('Europe/Berlin') < 9", "never"),
        ("request.time.getHours('Europe/Berlin') >= 17 && request.time.getHours('UTC') < 9", "fine"),
        ("request.time.getHours() >= 0", "always"),
        ("request.time.getDayOfWeek() == 7", "never"),
        ("request.time.getDayOfWeek() != 0 || request.time.getDayOfWeek() != 6", "always"),
        ("request.time.getDate() == 0", "never"),
        ("destination.port == 22", "fine"),
        ("destination.port > 65535", "never"),
        // Tautologies and contradictions.
        ("true", "always"),
        ("false", "never"),
        ("!true", "never"),
        ("1 == 1", "always"),
        ("1 > 2", "never"),
        ("'a' == 'b'", "never"),
        ("resource.name == resource.name", "always"),
        ("resource.name != resource.name", "never"),
        ("request.time == request.time", "always"),
        ("resource.name.startsWith('')", "always"),
        ("resource.name.endsWith('')", "always"),
        ("resource.name.startsWith('') && resource.type == 'a/B'", "fine"),
        ("resource.type == 'a/B' || resource.type != 'a/B'", "always"),
        ("resource.type == 'a/B' && resource.type != 'a/B'", "never"),
        ("resource.type == 'a/B' && resource.type == 'a/C'", "never"),
        ("resource.type != 'a/B' || resource.type != 'a/C'", "always"),
        ("resource.type != 'a/B' && resource.type != 'a/C'", "fine"),
        ("'x' in request.auth.access_levels || !('x' in request.auth.access_levels)", "always"),
        ("'x' in request.auth.access_levels && !('x' in request.auth.access_levels)", "never"),
        ("(resource.type == 'a/B') == true", "fine"),
        ("(resource.type == 'a/B') == false && resource.type == 'a/B'", "never"),
        ("resource.type in ['a/B', 'a/C']", "fine"),
        ("resource.type in ['a/B', 'a/C'] && resource.type == 'a/D'", "never"),
        ("resource.type in []", "never"),
        ("resource.matchTag('1/env', 'prod') && resource.matchTag('1/env', 'dev')", "never"),
        ("resource.matchTag('1/env', 'prod') && resource.matchTag('1/tier', 'dev')", "fine"),
        ("resource.matchTag('1/env', 'prod') || resource.matchTag('1/env', 'dev')", "fine"),
        ("resource.hasTagKey('1/env')", "fine"),
        // Names.
        ("resource.name.startsWith('projects/_/buckets/acme')", "fine"),
        ("resource.name == 'projects/_/buckets/acme' && resource.name.startsWith('projects/_/buckets/other')", "never"),
        ("resource.name.startsWith('projects/_/buckets/a') && resource.name.startsWith('projects/_/buckets/b')", "never"),
        ("resource.name.startsWith('projects/_/buckets/a') && resource.name.startsWith('projects/_/buckets/ab')", "fine"),
        ("resource.name.startsWith('projects/_/buckets/ab') && !resource.name.startsWith('projects/_/buckets/a')", "never"),
        ("resource.name.endsWith('.jpg') && resource.name.endsWith('.png')", "never"),
        ("resource.name.startsWith('gs://acme')", "never"),
        ("resource.name.startsWith('//storage.googleapis.com/acme')", "never"),
        ("resource.name == '/projects/_/buckets/acme'", "never"),
        ("resource.name != 'gs://acme'", "always"),
        ("resource.type == 'storage.googleapis.com/Bucket' && resource.name == 'acme-models'", "never"),
        ("resource.type == 'storage.googleapis.com/Object' && resource.name.startsWith('projects/acme/buckets/b')", "never"),
        ("resource.type != 'storage.googleapis.com/Object' || resource.name.startsWith('gs://x')", "fine"),
        ("(resource.type != 'storage.googleapis.com/Bucket' && resource.type != 'storage.googleapis.com/Object') || resource.name.startsWith('projects/_/buckets/b')", "fine"),
        ("resource.name.extract('buckets/{b}/objects') == 'acme'", "fine"),
        ("resource.name.extract('buckets/{b}/o') == 'a' && resource.name.extract('buckets/{b}/o') == 'b'", "never"),
        // Other documented attributes.
        ("api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/pubsub.editor'])", "fine"),
        ("api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('a/')", "fine"),
        ("request.path.startsWith('/admin') && request.host == 'hr.example.com'", "fine"),
        ("destination.ip == '10.0.0.2'", "fine"),
        ("compute.isForwardingRuleCreationOperation() && compute.matchLoadBalancingSchemes(['INTERNAL'])", "fine"),
        ("principal.type == 'iam.googleapis.com/ServiceAccount' && principal.subject.endsWith('@example.com')", "fine"),
        ("principal.type in ['a', 'b']", "fine"),
        // What is not documented is never assumed.
        ("resource.colour == 'red'", "unknown"),
        ("resource.colour == resource.colour", "unknown"),
        ("resource.colour == 'red' || resource.colour != 'red'", "unknown"),
        ("resource.colour == 'red' && resource.colour == 'blue'", "never"),
        ("resource.colour == 'red' && request.time < timestamp('2024-01-01T00:00:00Z')", "expired"),
        ("resource.name.matches('^x')", "unknown"),
        ("frobnicate(resource.name)", "unknown"),
        ("frobnicate() || true", "always"),
        ("frobnicate() && false", "never"),
        ("resource.matchLabels('a', 'b')", "unknown"),
        ("['a', 'b'].exists(x, x == resource.type)", "unknown"),
        ("has(resource.name)", "unknown"),
        ("resource.name.size() > 3", "unknown"),
        // Not expressions.
        ("", "invalid"),
        ("   \n", "invalid"),
        ("request.time <", "invalid"),
        ("resource.type = 'x'", "invalid"),
        ("resource.type == 'x' and true", "invalid"),
        ("resource.name.startsWith(\"a)", "invalid"),
        ("'a' 'b'", "invalid"),
        ("\"text\"", "invalid"),
        ("[true]", "invalid"),
        ("{}", "invalid"),
        ("resource.name == 'a\u{0}b'", "fine"),
        ("resource.name == \u{0}", "invalid"),
        ("resource.name == “a”", "invalid"),
        ("resource.name == 'a\\qb'", "invalid"),
        ("1 == 99999999999999999999999999", "invalid"),
        ("// only a comment", "invalid"),
        ("true // and a comment", "always"),
    ];
    for (expression, expected) in table {
        let verdict = judge(expression, now());
        assert_eq!(word(&verdict), expected, "{expression}\n{verdict:#?}");
    }
}

#[test]
fn the_end_of_time_limited_access_is_named() {
    let table = [
        (
            "request.time < timestamp('2027-01-01T00:00:00Z')",
            Some("2027-01-01T00:00:00Z"),
        ),
        (
            "request.time <= timestamp('2027-01-01T00:00:00Z')",
            Some("2027-01-01T00:00:00Z"),
        ),
        (
            "request.time < timestamp('2024-01-01T00:00:00Z')",
            Some("2024-01-01T00:00:00Z"),
        ),
        (
            "resource.type == 'a/B' && request.time < date('2028-01-01')",
            Some("2028-01-01T00:00:00Z"),
        ),
        (
            "request.time < date('2028-01-01') || request.time < date('2029-01-01')",
            Some("2029-01-01T00:00:00Z"),
        ),
        (
            "request.time < date('2028-01-01') || resource.type == 'a/B'",
            None,
        ),
        ("request.time > date('2028-01-01')", None),
        (
            "request.time.getFullYear() <= 2027",
            Some("2028-01-01T00:00:00Z"),
        ),
        (
            "request.time.getFullYear('Asia/Tokyo') <= 2027",
            Some("2028-01-01T16:00:00Z"),
        ),
        (
            "resource.colour == 'red' && request.time < date('2028-01-01')",
            Some("2028-01-01T00:00:00Z"),
        ),
        ("false", None),
        ("request.time <", None),
    ];
    for (expression, expected) in table {
        let expires = judge(expression, now()).expires;
        assert_eq!(
            expires,
            expected.map(|e| e.parse().unwrap()),
            "{expression}"
        );
    }
}

#[test]
fn reasons_are_sentences_for_people() {
    let table = [
        (
            "request.time < timestamp('2024-01-01T00:00:00Z')",
            "it could hold until 2024-01-01T00:00:00Z at the latest",
        ),
        (
            "request.time >= timestamp('2024-01-01T00:00:00Z')",
            "the only thing it waits for, 2024-01-01T00:00:00Z, has passed",
        ),
        (
            "resource.type == 'a' && resource.type == 'b'",
            "`resource.type == \"a\"` and `resource.type == \"b\"` exclude each other",
        ),
        (
            "resource.name.startsWith('')",
            "every text starts with the empty text",
        ),
        (
            "request.time > date('2025-01-01') && request.time < date('2024-01-01')",
            "no moment satisfies all its limits on time",
        ),
        (
            "request.time < timestamp('soon')",
            "`soon` is not a valid timestamp, so evaluating it always fails",
        ),
    ];
    for (expression, expected) in table {
        let v = judge(expression, now());
        let reasons = [&v.invalid, &v.expired, &v.always_true, &v.never_true];
        let said = reasons
            .iter()
            .find(|a| a.truth == Truth::Yes)
            .map(|a| a.reason.as_str());
        assert_eq!(said, Some(expected), "{expression}");
    }
}

#[test]
fn attributes_and_misspelled_buckets_are_listed() {
    let verdict = judge(
        "resource.name in ['gs://a', 'projects/_/buckets/b'] || resource.name.startsWith('projects/acme/buckets/c') \
         || api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([]) \
         || resource.matchTag('k', 'v') || request.time.getHours() > 1 || 'gs://d' == resource.type",
        now(),
    );
    assert_eq!(
        verdict.mentions,
        [
            "iam.googleapis.com/modifiedGrantsByRole",
            "request.time",
            "resource.matchTag",
            "resource.name",
            "resource.type"
        ]
    );
    assert_eq!(
        verdict.misspelled_buckets,
        ["gs://a", "projects/acme/buckets/c"]
    );
}

/// Runs `judge` where a deep recursion would abort the whole process.
fn judge_on_a_small_stack(expression: String) -> Verdict {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread
        .spawn(move || judge(&expression, now()))
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn hostile_text_gets_an_answer() {
    let n = 10_000;
    let table = [
        ("(".repeat(n) + "true" + &")".repeat(n), "unknown"),
        ("[".repeat(n), "unknown"),
        ("!".repeat(n) + "true", "unknown"),
        ("-".repeat(n) + "1 == 1", "unknown"),
        ("a".to_owned() + &".a".repeat(n / 2), "unknown"),
        ("1".to_owned() + &"+1".repeat(n / 2) + " == 1", "unknown"),
        (
            "true ? ".repeat(n / 10) + "true" + &" : true".repeat(n / 10),
            "unknown",
        ),
        ("true && ".repeat(n / 10) + "true", "unknown"),
        (
            format!("resource.name == '{}'", "x".repeat(1 << 20)),
            "unknown",
        ),
        (format!("resource.name == '{}'", "x".repeat(15_000)), "fine"),
        (format!("resource.name == '{}", "(".repeat(n)), "invalid"),
        (
            format!("resource.name == '\\q{}", ".a".repeat(n / 2)),
            "invalid",
        ),
        (format!("xr\"\\\" + \" {}", ".a".repeat(n / 2)), "invalid"),
        (format!("1 == {}", "9".repeat(n)), "invalid"),
        (
            format!(
                "request.time < timestamp('{}-01-01T00:00:00Z')",
                "9".repeat(n)
            ),
            "never",
        ),
        ("\u{0}".repeat(n), "invalid"),
        ("é".repeat(n / 2), "invalid"),
        ("`a`".to_owned(), "invalid"),
    ];
    for (expression, expected) in table {
        let shown: String = expression.chars().take(40).collect();
        assert_eq!(
            word(&judge_on_a_small_stack(expression)),
            expected,
            "{shown}"
        );
    }
}

/// The deepest trees that pass the limits must fit a small stack too.
#[test]
fn the_deepest_admitted_trees_fit_a_small_stack() {
    let parens = |n: usize| "(".repeat(n) + "true" + &")".repeat(n);
    let table = [
        (parens(24), "always"),
        ("!(".repeat(23) + "true" + &")".repeat(23), "never"),
        ("a".to_owned() + &".a".repeat(315), "unknown"),
        ("a".to_owned() + &".b()".repeat(150), "unknown"),
        ("a".to_owned() + &"[0]".repeat(300), "unknown"),
        ("1".to_owned() + &"+1".repeat(310) + " == 1", "unknown"),
        ("1".to_owned() + &"-1".repeat(310) + " == 1", "unknown"),
        ("true".to_owned() + &" == true".repeat(150), "always"),
        (
            "resource.name == 'a'".to_owned() + &" || resource.name == 'a'".repeat(60),
            "fine",
        ),
        ("false ? true : ".repeat(24) + "true", "always"),
        (
            "request.time".to_owned() + &" + duration('1s')".repeat(100) + " < date('2020-01-01')",
            "expired",
        ),
        ("f(".repeat(24) + &")".repeat(24), "unknown"),
        (
            "[1].exists(x, ".repeat(10) + "true" + &")".repeat(10),
            "unknown",
        ),
    ];
    for (expression, expected) in table {
        let shown: String = expression.chars().take(40).collect();
        assert_eq!(
            word(&judge_on_a_small_stack(expression)),
            expected,
            "{shown}"
        );
    }
}

/// Many alternatives in many parts: the answer may be open, but it must come.
#[test]
fn an_explosion_of_cases_is_cut_short() {
    let clause = |n: usize| {
        let items: Vec<_> = (0..20).map(|i| format!("'{n}/{i}'")).collect();
        format!("(resource.type in [{}])", items.join(","))
    };
    let clauses: Vec<_> = (0..12).map(clause).collect();
    let start = std::time::Instant::now();
    let verdict = judge(&clauses.join(" && "), now());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_ne!(verdict.always_true.truth, Truth::Yes);
    assert_eq!(verdict.expired.truth.max(Truth::Unknown), Truth::Unknown);
}
