//! Whether a line and column really are the place of a JSON pointer, without asking the code under test: what
//! stands there is replaced, and the document read again must have changed exactly where the pointer leads.

use leastwise::model::Location;
use serde_json::Value;

const MARK: &str = "\u{1F4CD} the mark that no fixture holds";

/// Proves that `location` in the JSON `text` is the place of `pointer`: of a scalar or an array's element its
/// value, of a member that is an object or an array its name. Where the pointer leads nowhere, that of the
/// nearest ancestor that is there. Returns that ancestor, or the pointer itself.
///
/// # Errors
/// What stands there instead.
pub fn prove<'p>(text: &str, pointer: &'p str, location: Location) -> Result<&'p str, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let offset = offset(text, location).ok_or_else(|| format!("{location:?} is outside"))?;
    let rest = &text[offset..];
    let mut there = pointer;
    while document.pointer(there).is_none() {
        there = there.rfind('/').map_or("", |slash| &there[..slash]);
    }
    let wrong = |what: &str| {
        let shown: String = rest.chars().take(40).collect();
        format!("{there} is {what}, but {location:?} is at {shown:?}")
    };
    if there.is_empty() {
        let first = text.len() - text.trim_start().len();
        return (offset == first)
            .then_some(there)
            .ok_or_else(|| wrong("the whole document"));
    }
    let (parent, token) = there.rsplit_once('/').unwrap_or(("", ""));
    let by_name = document.pointer(parent).is_some_and(Value::is_object)
        && document
            .pointer(there)
            .is_some_and(|value| value.is_object() || value.is_array());
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let Some(Ok(_)) = stream.next() else {
        return Err(wrong("a value"));
    };
    let end = offset + stream.byte_offset();
    let marked = format!("{}{:?}{}", &text[..offset], MARK, &text[end..]);
    let changed: Value =
        serde_json::from_str(&marked).map_err(|_| wrong("a value that can be replaced"))?;
    let expected = if by_name {
        changed
            .pointer(&format!("{parent}/{MARK}"))
            .filter(|_| changed.pointer(there).is_none())
            == document.pointer(there)
    } else {
        changed.pointer(there).and_then(Value::as_str) == Some(MARK)
    };
    let what = if by_name {
        format!("the member named {token:?}")
    } else {
        "that value".to_owned()
    };
    expected.then_some(there).ok_or_else(|| wrong(&what))
}

/// The byte offset of a place.
fn offset(text: &str, place: Location) -> Option<usize> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let own = text.get(start..)?.split('\n').next()?;
    let within = own.char_indices().map(|(at, _)| at).nth(column)?;
    Some(start + within)
}
