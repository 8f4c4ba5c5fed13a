//! Percent-decoding, as the loopback servers need it.

/// Decodes once; `plus` makes spaces of plus signs, as in a query.
pub fn decode(text: &str, plus: bool) -> String {
    if !text.bytes().any(|one| one == b'%' || (plus && one == b'+')) {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&one, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (one, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) if plus => bytes.push(b' '),
            _ => bytes.push(one),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
