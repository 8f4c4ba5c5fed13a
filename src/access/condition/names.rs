//! The names of Cloud Storage resources in conditions: `projects/_/buckets/B`, then `/objects/O` or
//! `/managedFolders/F`. The underscore is literal; no other spelling of a bucket ever matches.

use super::parse::clip;
use super::syntax;
use cel::common::ast::{Expr, operators};

/// Why `literal` can be neither the name of a resource nor the start of one, as a clause.
///
/// `resource.name` is a relative resource name: a path without scheme and without leading slash.
pub(super) fn never_starts_a_name(literal: &str) -> Option<String> {
    let absolute = ["/", "gs://", "http://", "https://"];
    absolute.iter().any(|prefix| literal.starts_with(prefix)).then(|| {
        format!(
            "`resource.name` never starts with `{}`: it is a relative name, such as `projects/_/buckets/BUCKET` for a bucket",
            clip(literal, 80)
        )
    })
}

/// Whether `literal` means a bucket, but not in the form that `resource.name` has.
fn is_misspelled_bucket(literal: &str) -> bool {
    let elsewhere = [
        "gs://",
        "//storage.googleapis.com/",
        "https://storage.googleapis.com/",
        "https://www.googleapis.com/storage/",
        "storage.googleapis.com/",
        "/projects/_/buckets/",
        "_/buckets/",
        "buckets/",
        "b/",
    ];
    let with_project = || {
        let (project, rest) = literal.strip_prefix("projects/")?.split_once('/')?;
        Some(project != "_" && rest.starts_with("buckets/"))
    };
    elsewhere.iter().any(|prefix| literal.starts_with(prefix)) || with_project() == Some(true)
}

/// Collects the misspelled buckets that `expr` compares `resource.name` with.
pub(super) fn misspelled_buckets(expr: &Expr, found: &mut Vec<String>) {
    let Expr::Call(call) = expr else { return };
    let is_name = |expr: &Expr| syntax::path(expr).as_deref() == Some("resource.name");
    let mut check = |literal: &Expr| {
        let items = match literal {
            Expr::List(list) => list.elements.iter().map(|item| &item.expr).collect(),
            single => vec![single],
        };
        for text in items.into_iter().filter_map(syntax::string) {
            if is_misspelled_bucket(text) && !found.iter().any(|known| known == text) {
                found.push(text.to_owned());
            }
        }
    };
    match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
        ("startsWith", Some(target), [literal]) if is_name(&target.expr) => check(&literal.expr),
        (operators::EQUALS | operators::NOT_EQUALS | operators::IN, None, [left, right]) => {
            if is_name(&left.expr) {
                check(&right.expr);
            } else if is_name(&right.expr) {
                check(&left.expr);
            }
        }
        _ => {}
    }
    call.args
        .iter()
        .for_each(|part| misspelled_buckets(&part.expr, found));
}

/// Whether names that only begin like the last name in `literal` begin with it, too: `projects/_/buckets/acme` is the
/// start of `projects/_/buckets/acme-secret`. Who ends it with a separator means a family of names.
fn is_open_prefix(literal: &str) -> bool {
    let Some(rest) = literal.strip_prefix("projects/") else {
        return false;
    };
    if rest.ends_with(['/', '-', '_', '.', '~', '=']) {
        return false;
    }
    let mut steps = rest.split('/');
    match (steps.next(), steps.next(), steps.next()) {
        // A bucket, a managed folder, or objects, whose names hold slashes.
        (Some("_"), Some("buckets"), Some(bucket)) if !bucket.is_empty() => steps.count() != 1,
        // Collections and names take turns: the last is a name if there is an even number of both.
        (Some(_), Some(_), Some(name)) if !name.is_empty() => steps.count() % 2 == 0,
        _ => false,
    }
}

/// Collects the open prefixes that `expr` compares `resource.name` with.
pub(super) fn open_prefixes(expr: &Expr, found: &mut Vec<String>) {
    let Expr::Call(call) = expr else { return };
    if let ("startsWith", Some(target), [literal]) =
        (call.func_name.as_str(), &call.target, call.args.as_slice())
        && syntax::path(&target.expr).as_deref() == Some("resource.name")
        && let Some(text) = syntax::string(&literal.expr)
        && is_open_prefix(text)
        && !found.iter().any(|known| known == text)
    {
        found.push(text.to_owned());
    }
    call.args
        .iter()
        .for_each(|part| open_prefixes(&part.expr, found));
}

#[cfg(test)]
mod tests {
    use super::is_open_prefix;

    #[test]
    fn a_prefix_is_open_where_it_ends_within_a_name() {
        for literal in [
            "projects/_/buckets/acme",
            "projects/_/buckets/acme/objects/raw",
            "projects/_/buckets/acme/objects/raw/2026",
            "projects/_/buckets/acme/managedFolders/raw",
            "projects/acme-ml/secrets/db",
            "projects/acme-ml/locations/global/keyRings/ring/cryptoKeys/key",
        ] {
            assert!(is_open_prefix(literal), "{literal}");
        }
        for literal in [
            "projects/_/buckets/acme/",
            "projects/_/buckets/acme-",
            "projects/_/buckets/",
            "projects/_/buckets/acme/objects",
            "projects/_/buckets/acme/objects/",
            "projects/_/buckets/acme/objects/raw/",
            "projects/acme-ml/secrets/db/versions",
            "projects/acme-ml",
            "gs://acme",
            "",
        ] {
            assert!(!is_open_prefix(literal), "{literal}");
        }
    }
}
