//! Times of gcloud and of HTTP, as RFC 3339.

/// RFC 3339 for a time as gcloud (`2024-01-02T03:04:05+0000`) or gsutil (`Tue, 02 Jan 2024 03:04:05 GMT`)
/// prints it. What is already RFC 3339, or no time at all, stays as it is.
pub(super) fn rfc3339(text: &str) -> String {
    if let Some(fixed) = with_colon(text) {
        return fixed;
    }
    if text.contains(", ")
        && let Ok(time) = jiff::fmt::rfc2822::parse(text)
    {
        return time.timestamp().to_string();
    }
    text.to_owned()
}

/// `…+0000` → `…+00:00`.
fn with_colon(text: &str) -> Option<String> {
    let split = text.len().checked_sub(5)?;
    let offset = text.get(split..)?;
    let (sign, digits) = (offset.get(..1)?, offset.get(1..)?);
    if !matches!(sign, "+" | "-")
        || !digits.bytes().all(|b| b.is_ascii_digit())
        || !text.get(..split)?.contains('T')
    {
        return None;
    }
    Some(format!(
        "{}{}:{}",
        text.get(..split + 1)?,
        digits.get(..2)?,
        digits.get(2..)?
    ))
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn the_times_of_gcloud_and_gsutil_become_rfc_3339() {
        assert_eq!(
            rfc3339("2024-01-02T03:04:05+0000"),
            "2024-01-02T03:04:05+00:00"
        );
        assert_eq!(
            rfc3339("Tue, 02 Jan 2024 03:04:05 GMT"),
            "2024-01-02T03:04:05Z"
        );
        assert_eq!(
            rfc3339("2024-01-02T03:04:05.678000+00:00"),
            "2024-01-02T03:04:05.678000+00:00"
        );
        assert_eq!(rfc3339("-0000"), "-0000");
        assert_eq!(rfc3339("日本語+0000"), "日本語+0000");
    }
}
