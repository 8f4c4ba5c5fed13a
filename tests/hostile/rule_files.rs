//! Rule files that nobody meant to write: refused with their place, or understood; never a panic.

use super::{PUBLIC, lint, support};
use leastwise::rules::{RuleText, Ruleset, builtin};
use proptest::prelude::*;
use std::path::PathBuf;

fn head(rest: &str) -> String {
    format!(
        "title = \"t\"\nseverity = \"low\"\nconfidence = \"high\"\nwhy = \"w\"\nfix = \"f\"\nreferences = []\n{rest}"
    )
}

fn select(path: &str) -> String {
    head(&format!(
        "[select]\nasset = \"storage.googleapis.com/Bucket\"\nforbid = {path:?}\n"
    ))
}

/// Judges with the rule, if it is understood; otherwise its refusal must have a place in the text.
fn answer(text: &str) -> bool {
    let rule = RuleText {
        path: "rules/own-rule.toml".to_owned(),
        text: text.to_owned(),
        builtin: false,
    };
    match Ruleset::load(&[rule]) {
        Ok(rules) => {
            support::judge_bytes(&rules, PUBLIC.as_bytes());
            true
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            let lines = text.lines().count().max(1);
            for error in errors {
                assert!(!error.message.is_empty() && !error.frame.is_empty());
                assert!((1..=lines + 1).contains(&error.line), "{error:?}");
            }
            false
        }
    }
}

/// Through the binary, because an exhausted stack ends a process.
#[test]
fn bombs_are_refused() {
    let n = 10_000;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bombs");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        ("arrays", format!("a = {}", "[".repeat(n))),
        (
            "closed-arrays",
            head(&format!("tags = {}{}", "[".repeat(n), "]".repeat(n))),
        ),
        ("inline", format!("a = {}", "{a=".repeat(n))),
        ("dotted", format!("{}a = 1", "a.".repeat(n))),
        ("tables", format!("[{}a]", "a.".repeat(n))),
        (
            "parentheses",
            select(&format!(
                "$[?{}@.a{}]",
                "(".repeat(4_000),
                ")".repeat(4_000)
            )),
        ),
        (
            "negations",
            select(&format!("$[?{}@.a]", "!".repeat(8_000))),
        ),
        (
            "filters",
            select(&format!("${}{}", "[?@".repeat(3_000), "]".repeat(3_000))),
        ),
        ("segments", select(&format!("${}", ".a".repeat(8_000)))),
        ("descendants", select(&format!("${}", "..*".repeat(5_000)))),
        (
            "conditions",
            select(&format!("$[?@.a{}]", " || @.a".repeat(2_000))),
        ),
        (
            "regex",
            head(
                "[select]\nasset = \"a/B\"\npath = \"$.a\"\nexpect = { matches = \"((a{1000}){1000}){1000}\" }\n",
            ),
        ),
        (
            "groups",
            head(&format!(
                "[select]\nasset = \"a/B\"\npath = \"$.a\"\nexpect = {{ matches = \"{}a{}\" }}\n",
                "(".repeat(n),
                ")".repeat(n)
            )),
        ),
        ("index", select("$[99999999999999999999]")),
        (
            "days",
            head(
                "[select]\nasset = \"a/B\"\npath = \"$.a\"\nexpect = { older-than = \"99999999999999999999d\" }\n",
            ),
        ),
        (
            "number",
            head("[select]\nasset = \"a/B\"\npath = \"$.a\"\nexpect = { at-least = nan }\n"),
        ),
        (
            "families",
            head("[grant]\npermission = [\"*.*.*.*.*.*.*\", \"*\", \"\", \"**\"]\n"),
        ),
    ] {
        let path = folder.join(format!("{name}.toml"));
        std::fs::write(&path, &text).unwrap();
        let file = path.to_str().unwrap();
        let output = lint(
            &["-", "--no-builtin-rules", "--rules", file],
            PUBLIC.as_bytes(),
        );
        println!("{name}: {:?}", output.status.code());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What the shipped rules are made of, to be put together wrongly.
fn words() -> Vec<String> {
    let mut words: Vec<String> = [
        "[select]",
        "[grant]",
        "[analysis]",
        "when",
        "=",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'''",
        "\n",
        ".",
        "true",
        "1e999",
        "-1",
        "nan",
        "2024-01-01",
        "$",
        "@",
        "?",
        "\\",
        "\0",
        "é",
        "\u{202e}",
    ]
    .map(str::to_owned)
    .into();
    for rule in builtin() {
        words.extend(
            rule.text
                .split_whitespace()
                .filter(|word| word.len() < 40)
                .map(str::to_owned),
        );
    }
    words.sort();
    words.dedup();
    words
}

fn sample() -> impl Strategy<Value = String> {
    let texts: Vec<String> = builtin().into_iter().map(|rule| rule.text).collect();
    prop::sample::select(texts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        answer(&text);
    }

    #[test]
    fn any_words_are_answered(words in prop::collection::vec(prop::sample::select(words()), 0..40)) {
        answer(&words.join(" "));
        answer(&head(&words.join(" ")));
    }

    /// A shipped rule with something cut out of it and something put in.
    #[test]
    fn any_slip_of_the_pen_is_answered(
        text in sample(),
        from in any::<prop::sample::Index>(),
        length in 0_usize..20,
        put in prop_oneof![Just(String::new()), prop::sample::select(words()), "\\PC{0,4}"],
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let from = from.index(characters.len());
        let to = (from + length).min(characters.len());
        characters.splice(from..to, put.chars());
        answer(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn any_path_is_answered(path in "\\$?[.$@?!&|<>=()\\[\\]'\"*a-c0-9 ,:-]{0,30}") {
        answer(&select(&path));
    }
}
