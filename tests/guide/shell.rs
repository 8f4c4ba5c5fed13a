//! The little of a shell that the pages need, so that their commands run on every platform.

/// One command of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) words: Vec<String>,
    /// The file after `<`.
    pub(crate) stdin: Option<String>,
    /// The file after `>`.
    pub(crate) stdout: Option<String>,
    /// What `# exit code N` after it says; 0 otherwise.
    pub(crate) exit: i32,
}

/// What stands on the pages and is not run: tools that need a cloud, and what carries them.
const OTHERS: [&str; 9] = [
    "gcloud",
    "gsutil",
    "terraform",
    "jq",
    "mkdir",
    "for",
    "done",
    "git",
    "curl",
];

/// The lines of a block with continuations joined.
pub(crate) fn lines(body: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in body {
        let (text, goes_on) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line.as_str(), false),
        };
        match lines.last_mut().filter(|_| open) {
            Some(last) => last.push_str(text.trim_start()),
            None => lines.push(text.to_owned()),
        }
        open = goes_on;
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

/// Whether a word runs a script that a plan wrote.
pub(crate) fn is_script(word: &str) -> bool {
    word.starts_with("fixes/") && word.ends_with(".sh")
}

/// The command on `line` if it is one that we run: `leastwise`, `cargo`, `cat`, or a script of a plan.
///
/// # Errors
/// What is not plain, or begins with a word that we do not know.
pub(crate) fn parse(line: &str) -> Result<Option<Command>, String> {
    let line = line.trim();
    let first = line.split_whitespace().next().unwrap_or_default();
    if OTHERS.contains(&first) {
        return Ok(None);
    }
    if !["leastwise", "cargo", "cat"].contains(&first) && !is_script(first) {
        return Err(format!("`{first}` is no command that the pages may use"));
    }
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut exit = 0;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => {
                exit = exit_code(&line[at..])?;
                break;
            }
            (None, '|' | ';' | '&' | '$' | '`' | '*' | '(' | ')') => {
                return Err(format!("`{c}` is more than a plain command"));
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    let mut redirected = |sign: &str| -> Result<Option<String>, String> {
        let Some(at) = words.iter().position(|word| word == sign) else {
            return Ok(None);
        };
        if at + 1 >= words.len() {
            return Err(format!("a file is missing after `{sign}`"));
        }
        let file = words.remove(at + 1);
        words.remove(at);
        Ok(Some(file))
    };
    let (stdin, stdout) = (redirected("<")?, redirected(">")?);
    Ok(Some(Command {
        words,
        stdin,
        stdout,
        exit,
    }))
}

/// The number in `# exit code N…`; any other comment says nothing.
fn exit_code(comment: &str) -> Result<i32, String> {
    let Some(rest) = comment.strip_prefix("# exit code ") else {
        return Ok(0);
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .map_err(|_| format!("`{comment}` names no exit code"))
}

#[test]
fn commands_are_split_as_a_shell_does() {
    let command = parse("leastwise lint - --select 'gcs-*' <in.json > out   # exit code 1: found");
    assert!(command.is_ok_and(|c| c.is_some_and(|c| c.words.contains(&"<in.json".to_owned()))));
    let command = parse("leastwise lint - --select 'gcs-*' < in.json > out   # exit code 1: found");
    let expected = Command {
        words: ["leastwise", "lint", "-", "--select", "gcs-*"]
            .map(str::to_owned)
            .into(),
        stdin: Some("in.json".to_owned()),
        stdout: Some("out".to_owned()),
        exit: 1,
    };
    assert_eq!(command, Ok(Some(expected)));
    assert_eq!(parse("gcloud projects list | head"), Ok(None));
    for wrong in [
        "rm -r x",
        "leastwise lint a | head",
        "leastwise lint 'a",
        "leastwise lint >",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
    let body = [
        "leastwise lint \\".to_owned(),
        "  a".to_owned(),
        String::new(),
    ];
    assert_eq!(lines(&body), ["leastwise lint a"]);
}
