//! The Markdown of a rule's page, for reading in a terminal. Knows what [`crate::report::rule_page`] and the prose of
//! rules use: headings, paragraphs, lists, code, emphasis, links.

use anstyle::{AnsiColor, Effects, Style};

/// Wider lines are hard to read, however wide the terminal.
const WIDEST: usize = 100;

/// The page as text. `width` is that of the terminal, if there is one; `color` allows terminal codes.
pub(super) fn for_terminal(markdown: &str, width: Option<u16>, color: bool) -> String {
    let width = width.map_or(WIDEST, |columns| usize::from(columns).clamp(30, WIDEST));
    let mut page = Page {
        out: String::with_capacity(markdown.len() + 256),
        width,
        color,
    };
    let mut paragraph: Vec<&str> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        if let Some(end) = fence {
            if line.trim() == end {
                fence = None;
            } else {
                page.out.push_str("    ");
                page.out.push_str(line);
                page.out.push('\n');
            }
            continue;
        }
        let ticks = line.len() - line.trim_start_matches('`').len();
        let heading = line.trim_start_matches('#').strip_prefix(' ');
        if ticks >= 3 {
            page.flush(&mut paragraph);
            fence = Some(&line[..ticks]);
        } else if let (Some(title), true) = (heading, line.starts_with('#')) {
            page.flush(&mut paragraph);
            page.heading(title);
        } else if line.trim().is_empty() {
            page.flush(&mut paragraph);
            page.out.push('\n');
        } else {
            if is_item(line) {
                page.flush(&mut paragraph);
            }
            paragraph.push(line);
        }
    }
    page.flush(&mut paragraph);
    page.out
}

struct Page {
    out: String,
    width: usize,
    color: bool,
}

/// Characters in one style.
struct Span {
    text: String,
    style: Style,
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("* ") || line.starts_with("- ")
}

impl Page {
    fn heading(&mut self, title: &str) {
        let style = Style::new().effects(Effects::BOLD);
        let mut spans = spans(title, self.color);
        spans.iter_mut().for_each(|span| span.style = style);
        self.wrap(&spans, 0);
    }

    /// Ends a paragraph or an item of a list, whose continuation lines are indented below its text.
    fn flush(&mut self, paragraph: &mut Vec<&str>) {
        if paragraph.is_empty() {
            return;
        }
        let indent = if is_item(paragraph[0]) { 2 } else { 0 };
        let text: Vec<&str> = paragraph.iter().map(|line| line.trim()).collect();
        self.wrap(&spans(&text.join(" "), self.color), indent);
        paragraph.clear();
    }

    /// Breaks lines between words; a word that is wider than the page keeps its line.
    fn wrap(&mut self, spans: &[Span], indent: usize) {
        let mut column = 0;
        let mut word: Vec<(String, Style)> = Vec::new();
        let mut put = |page: &mut Page, word: &mut Vec<(String, Style)>| {
            let length: usize = word.iter().map(|(text, _)| text.chars().count()).sum();
            if length == 0 {
                return;
            }
            if column > 0 && column + 1 + length > page.width {
                page.out.push('\n');
                page.out.push_str(&" ".repeat(indent));
                column = indent;
            } else if column > 0 {
                page.out.push(' ');
                column += 1;
            }
            for (text, style) in word.drain(..) {
                match page.color && style != Style::new() {
                    true => page.out.push_str(&format!("{style}{text}{style:#}")),
                    false => page.out.push_str(&text),
                }
            }
            column += length;
        };
        for span in spans {
            for (i, part) in span.text.split(' ').enumerate() {
                if i > 0 {
                    put(self, &mut word);
                }
                if !part.is_empty() {
                    word.push((part.to_owned(), span.style));
                }
            }
        }
        put(self, &mut word);
        self.out.push('\n');
    }
}

/// Inline Markdown: `code`, **strong**, *emphasis*, `[text](url)`, `<url>`, backslash escapes and `&#46;`.
fn spans(text: &str, color: bool) -> Vec<Span> {
    let mut spans = vec![Span {
        text: String::new(),
        style: Style::new(),
    }];
    let mut rest = text;
    let (mut strong, mut emphasis) = (false, false);
    while let Some(c) = rest.chars().next() {
        let style = Style::new().effects(match (strong, emphasis) {
            (true, _) => Effects::BOLD,
            (false, true) => Effects::ITALIC,
            (false, false) => Effects::new(),
        });
        let mut push = |text: &str, style: Style| match spans.last_mut() {
            Some(last) if last.style == style => last.text.push_str(text),
            _ => spans.push(Span {
                text: text.to_owned(),
                style,
            }),
        };
        if let Some((code, after)) = code(rest) {
            // Without colour only its marks tell a command from the sentence around it.
            let code_style = AnsiColor::Cyan.on_default();
            let mark = if color { "" } else { "`" };
            push(&format!("{mark}{code}{mark}"), code_style);
            rest = after;
        } else if let Some((character, after)) = entity(rest) {
            push(character.encode_utf8(&mut [0; 4]), style);
            rest = after;
        } else if let Some((escaped, after)) = escaped(rest) {
            push(escaped, style);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            strong = !strong;
            rest = after;
        } else if is_emphasis(text, rest, emphasis) {
            emphasis = !emphasis;
            rest = &rest[1..];
        } else if let Some((label, url, after)) = link(rest) {
            push(label, style);
            push(&format!(" ({url})"), style);
            rest = after;
        } else if let Some((url, after)) = address(rest) {
            push(url, Style::new().effects(Effects::UNDERLINE));
            rest = after;
        } else {
            let end = c.len_utf8();
            push(&rest[..end], style);
            rest = &rest[end..];
        }
    }
    spans
}

/// Code between runs of backticks of one length.
fn code(text: &str) -> Option<(&str, &str)> {
    let ticks = text.len() - text.trim_start_matches('`').len();
    if ticks == 0 {
        return None;
    }
    let (fence, inner) = text.split_at(ticks);
    let mut from = 0;
    loop {
        let at = from + inner[from..].find(fence)?;
        let run = inner[at..].len() - inner[at..].trim_start_matches('`').len();
        if run == ticks {
            let code = &inner[..at];
            let padded = code
                .strip_prefix(' ')
                .and_then(|code| code.strip_suffix(' '));
            return Some((padded.unwrap_or(code), &inner[at + run..]));
        }
        from = at + run;
    }
}

/// A character behind a backslash that takes its meaning away.
fn escaped(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('\\')?;
    rest.starts_with(|c: char| c.is_ascii_punctuation())
        .then(|| rest.split_at(1))
}

/// A character written as its number, as in `&#46;`, or by name as far as Markdown needs names.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.strip_prefix('&')?.split_once(';')?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?.parse().ok()?;
            char::from_u32(number).filter(|c| !c.is_control())?
        }
    };
    Some((character, after))
}

/// Whether `rest` begins with an asterisk that opens or closes emphasis: not one in `gcs-*` or at the start of an item.
fn is_emphasis(text: &str, rest: &str, open: bool) -> bool {
    let Some(after) = rest.strip_prefix('*') else {
        return false;
    };
    let before = text[..text.len() - rest.len()].chars().next_back();
    let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    if open {
        !space(before)
    } else {
        let next = after.chars().next();
        (space(before) || before == Some('(')) && !space(next) && after.contains('*')
    }
}

fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (url, after) = rest.split_once(')')?;
    let simple = !label.contains(['[', ']']) && !url.contains(char::is_whitespace);
    simple.then_some((label, url, after))
}

fn address(text: &str) -> Option<(&str, &str)> {
    let (url, after) = text.strip_prefix('<')?.split_once('>')?;
    (url.starts_with("https://") && !url.contains(char::is_whitespace)).then_some((url, after))
}

#[cfg(test)]
mod tests {
    use super::for_terminal;

    #[test]
    fn a_page_reads_without_its_marks() {
        let page = "# A \\*title\\*\n\n`the-id` · severity **high**\n\nOne *two*\nthree `a b` gcs-* 5&#46;1 &lt;b&gt; &#27; <https://x.dev/y>.\n\n\
                    * item one\n* item [two](https://z.dev)\n\n```json\n{\n  \"a\": \"`*`\"\n}\n```\n";
        let text = "A *title*\n\n`the-id` · severity high\n\nOne two three `a b` gcs-* 5.1 <b> &#27; https://x.dev/y.\n\n\
                    * item one\n* item two (https://z.dev)\n\n    {\n      \"a\": \"`*`\"\n    }\n";
        assert_eq!(for_terminal(page, None, false), text);
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let text = for_terminal(&format!("* {}", "word ".repeat(40)), Some(40), false);
        assert!(
            text.lines().all(|line| line.chars().count() <= 40),
            "{text}"
        );
        assert!(
            text.lines().skip(1).all(|line| line.starts_with("  word")),
            "{text}"
        );
        assert_eq!(text.matches("word").count(), 40);
    }

    #[test]
    fn colour_comes_only_when_it_is_allowed() {
        let page = "# T\n\na `b` **c**\n";
        assert!(!for_terminal(page, None, false).contains('\u{1b}'));
        let colored = for_terminal(page, None, true);
        assert!(colored.contains("\u{1b}[36mb\u{1b}[0m"), "{colored:?}");
    }
}
