//! Paths as the relative URIs that GitHub wants.

use crate::report::escape::uri_segment;
use std::path::{Component, Path};

/// `path` as a relative URI reference without `.` and `..`, percent-encoded. GitHub resolves it against
/// the root of the repository and rejects an absolute or empty one, so a root is dropped and standard
/// input is called `stdin`.
pub(super) fn relative(path: Option<&Path>) -> String {
    let mut segments: Vec<String> = Vec::new();
    for component in path.unwrap_or(Path::new("-")).components() {
        match component {
            Component::Normal(name) => segments.push(uri_segment(name.as_encoded_bytes())),
            Component::ParentDir => {
                segments.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    match segments.join("/") {
        empty if empty.is_empty() || empty == "-" => "stdin".to_owned(),
        uri => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::relative;
    use std::path::Path;

    #[test]
    fn uris_are_relative_and_encoded() {
        let table = [
            ("exports/org.ndjson", "exports/org.ndjson"),
            ("./a b/ü.json", "a%20b/%C3%BC.json"),
            ("/srv/x.json", "srv/x.json"),
            ("../../up.json", "up.json"),
            ("a/../b:c#?.json", "b%3Ac%23%3F.json"),
            ("-", "stdin"),
            ("", "stdin"),
        ];
        for (path, uri) in table {
            assert_eq!(relative(Some(Path::new(path))), uri, "{path}");
        }
        assert_eq!(relative(None), "stdin");
    }
}
