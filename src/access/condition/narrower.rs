//! Whether one condition never holds where another does not, by their structure.

use super::parse::parse;
use super::syntax;
use cel::common::ast::{Expr, operators};
use std::collections::BTreeSet;

/// Whether `inner` is `outer` and perhaps more: everything that `outer` demands, part by part of its `&&`, `inner`
/// demands as well, in whatever order and whatever brackets. True is certain; false means that the structure does not
/// show it, or that one of them is no expression.
pub fn is_narrower(inner: &str, outer: &str) -> bool {
    // The same text means the same, whatever it means.
    if inner == outer {
        return true;
    }
    let (Ok(inner), Ok(outer)) = (parse(inner), parse(outer)) else {
        return false;
    };
    let (mut demanded, mut there) = (BTreeSet::new(), BTreeSet::new());
    conjuncts(&outer, &mut demanded);
    conjuncts(&inner, &mut there);
    demanded.is_subset(&there)
}

/// The parts of an `&&`, as texts; the whole where there is none.
fn conjuncts(expr: &Expr, parts: &mut BTreeSet<String>) {
    match expr {
        Expr::Call(call)
            if call.func_name == operators::LOGICAL_AND
                && call.args.len() == 2
                && call.target.is_none() =>
        {
            call.args
                .iter()
                .for_each(|part| conjuncts(&part.expr, parts));
        }
        _ => {
            parts.insert(syntax::text(expr));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_narrower;

    #[test]
    fn more_demands_are_narrower() {
        let (a, b, c) = (
            "resource.type == 'a'",
            "request.time < timestamp('2027-01-01T00:00:00Z')",
            "resource.name == 'c'",
        );
        let and = |parts: &[&str]| parts.join(" && ");
        for (inner, outer) in [
            (a.to_owned(), a.to_owned()),
            (a.replace(' ', "  "), a.to_owned()),
            (format!("({a}) && {b}"), a.to_owned()),
            (and(&[b, a]), a.to_owned()),
            (format!("({})", and(&[c, b, a])), and(&[a, c])),
            (format!("({a} || {b}) && {c}"), format!("{a} || {b}")),
        ] {
            assert!(is_narrower(&inner, &outer), "{inner}  in  {outer}");
        }
        for (inner, outer) in [
            (a.to_owned(), b.to_owned()),
            (a.to_owned(), and(&[a, b])),
            (format!("{a} || {b}"), a.to_owned()),
            // `&&` binds before `||`: this holds wherever c does.
            (format!("({a}) && {b} || {c}"), a.to_owned()),
            (format!("({a} && {b}"), a.to_owned()),
            (format!("!({a})"), a.to_owned()),
            (String::new(), a.to_owned()),
            ("resource.type == 'A'".to_owned(), a.to_owned()),
        ] {
            assert!(!is_narrower(&inner, &outer), "{inner}  in  {outer}");
        }
    }
}
