//! Reading a syntax tree: names, canonical text, and which attributes and functions Google documents.

use super::moment;
use cel::common::ast::{Expr, LiteralValue, operators};
use std::collections::BTreeSet;

/// Attributes of the "Attribute reference for IAM Conditions" (2026-05).
const ATTRIBUTES: [&str; 11] = [
    "destination.ip",
    "destination.port",
    "principal.subject",
    "principal.type",
    "request.auth.access_levels",
    "request.host",
    "request.path",
    "request.time",
    "resource.name",
    "resource.service",
    "resource.type",
];

/// Functions of the same reference that belong to a name rather than to a value.
const NAMED: [&str; 7] = [
    "api.getAttribute",
    "compute.isForwardingRuleCreationOperation",
    "compute.matchLoadBalancingSchemes",
    "resource.hasTagKey",
    "resource.hasTagKeyId",
    "resource.matchTag",
    "resource.matchTagId",
];

/// Functions of the same reference on values.
const METHODS: [&str; 14] = [
    "endsWith",
    "extract",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "hasOnly",
    "startsWith",
];

const GLOBAL: [&str; 3] = ["date", "duration", "timestamp"];

const OPERATORS: [(&str, &str); 13] = [
    (operators::LOGICAL_AND, "&&"),
    (operators::LOGICAL_OR, "||"),
    (operators::EQUALS, "=="),
    (operators::NOT_EQUALS, "!="),
    (operators::LESS, "<"),
    (operators::LESS_EQUALS, "<="),
    (operators::GREATER, ">"),
    (operators::GREATER_EQUALS, ">="),
    (operators::IN, "in"),
    (operators::ADD, "+"),
    (operators::SUBSTRACT, "-"),
    (operators::LOGICAL_NOT, "!"),
    (operators::CONDITIONAL, "?"),
];

/// `a.b.c`, if the expression is nothing but a dotted name.
pub(super) fn path(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            let mut path = path(&select.operand.expr)?;
            path.push('.');
            path.push_str(&select.field);
            Some(path)
        }
        _ => None,
    }
}

/// `resource.matchTag` and its like: the qualified name of a function that belongs to a name.
pub(super) fn named_function(expr: &Expr) -> Option<String> {
    let Expr::Call(call) = expr else { return None };
    let target = path(&call.target.as_ref()?.expr)?;
    let name = format!("{target}.{}", call.func_name);
    NAMED.contains(&name.as_str()).then_some(name)
}

pub(super) fn string(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(LiteralValue::String(value)) => Some(value.inner()),
        _ => None,
    }
}

pub(super) fn number(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Literal(LiteralValue::Int(value)) => Some(i128::from(*value.inner())),
        Expr::Literal(LiteralValue::UInt(value)) => Some(i128::from(*value.inner())),
        _ => None,
    }
}

pub(super) fn boolean(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Literal(LiteralValue::Boolean(value)) => Some(*value.inner()),
        _ => None,
    }
}

/// Whether `expr` is about the request and everything in it is documented, so that its value exists
/// wherever its attributes do and can be one thing or another.
pub(super) fn varies(expr: &Expr) -> bool {
    let mut found = BTreeSet::new();
    mentions(expr, &mut found);
    !found.is_empty() && is_documented(expr)
}

/// Whether everything in `expr` is documented.
pub(super) fn is_documented(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) => true,
        Expr::List(list) => list.elements.iter().all(|e| is_documented(&e.expr)),
        Expr::Ident(_) | Expr::Select(_) => {
            path(expr).is_some_and(|path| ATTRIBUTES.contains(&path.as_str()))
        }
        // Arithmetic is documented for time only.
        Expr::Call(call)
            if matches!(
                call.func_name.as_str(),
                operators::ADD | operators::SUBSTRACT
            ) =>
        {
            moment::time(expr).is_some()
        }
        Expr::Call(call) => {
            let arguments = call.args.iter().all(|e| is_documented(&e.expr));
            let name = call.func_name.as_str();
            arguments
                && match &call.target {
                    Some(target) => {
                        named_function(expr).is_some()
                            || (METHODS.contains(&name) && is_documented(&target.expr))
                    }
                    None => GLOBAL.contains(&name) || OPERATORS.iter().any(|(op, _)| *op == name),
                }
        }
        _ => false,
    }
}

/// Collects the attributes that `expr` reads and the functions that stand for attributes. What
/// `api.getAttribute` asks for is listed under its own name.
pub(super) fn mentions(expr: &Expr, found: &mut BTreeSet<String>) {
    if let Some(path) = path(expr) {
        found.insert(path);
        return;
    }
    match expr {
        Expr::Select(select) => mentions(&select.operand.expr, found),
        Expr::List(list) => list.elements.iter().for_each(|e| mentions(&e.expr, found)),
        Expr::Call(call) => {
            call.args.iter().for_each(|e| mentions(&e.expr, found));
            let asked = call.args.first().and_then(|e| string(&e.expr));
            match (named_function(expr), asked, &call.target) {
                (Some(name), Some(asked), _) if name == "api.getAttribute" => {
                    found.insert(asked.to_owned());
                }
                (Some(name), _, _) => {
                    found.insert(name);
                }
                (None, _, Some(target)) => mentions(&target.expr, found),
                (None, _, None) => {}
            }
        }
        Expr::Comprehension(all) => mentions(&all.iter_range.expr, found),
        _ => {}
    }
}

/// How many `&&`, `||` and `!` there are; `!=` is none.
pub(super) fn logical_operators(expr: &Expr) -> usize {
    match expr {
        Expr::Select(select) => logical_operators(&select.operand.expr),
        Expr::List(list) => list
            .elements
            .iter()
            .map(|e| logical_operators(&e.expr))
            .sum(),
        Expr::Call(call) => {
            let own = matches!(
                call.func_name.as_str(),
                operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT
            );
            let parts = call.args.iter().chain(call.target.as_deref());
            usize::from(own) + parts.map(|e| logical_operators(&e.expr)).sum::<usize>()
        }
        Expr::Comprehension(all) => logical_operators(&all.iter_range.expr),
        _ => 0,
    }
}

/// One spelling for one meaning-preserving form: two expressions with equal text have equal values in
/// one request. Literals are escaped, so that text cannot imitate structure.
pub(super) fn text(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

fn write(expr: &Expr, out: &mut String) {
    match expr {
        Expr::Ident(name) => out.push_str(name),
        Expr::Select(select) => {
            out.push_str(if select.test { "has(" } else { "" });
            write(&select.operand.expr, out);
            out.push('.');
            out.push_str(&select.field);
            out.push_str(if select.test { ")" } else { "" });
        }
        Expr::Literal(literal) => match literal {
            LiteralValue::String(value) => out.push_str(&format!("{:?}", value.inner())),
            LiteralValue::Int(value) => out.push_str(&value.inner().to_string()),
            LiteralValue::UInt(value) => out.push_str(&format!("{}u", value.inner())),
            LiteralValue::Boolean(value) => out.push_str(&value.inner().to_string()),
            LiteralValue::Null => out.push_str("null"),
            other => out.push_str(&format!("{other:?}")),
        },
        Expr::List(list) => {
            out.push('[');
            write_all(&list.elements, out);
            out.push(']');
        }
        Expr::Call(call) => {
            let symbol = OPERATORS
                .iter()
                .find(|(op, _)| *op == call.func_name)
                .map(|(_, s)| *s);
            match (symbol, call.args.as_slice(), &call.target) {
                (Some(symbol), [left, right], None) => {
                    let flat = !matches!(symbol, "&&" | "||");
                    out.push_str(if flat { "" } else { "(" });
                    write(&left.expr, out);
                    out.push_str(&format!(" {symbol} "));
                    write(&right.expr, out);
                    out.push_str(if flat { "" } else { ")" });
                }
                (Some("!"), [inner], None) => {
                    out.push_str("!(");
                    write(&inner.expr, out);
                    out.push(')');
                }
                (_, _, target) => {
                    if let Some(target) = target {
                        write(&target.expr, out);
                        out.push('.');
                    }
                    out.push_str(&call.func_name);
                    out.push('(');
                    write_all(&call.args, out);
                    out.push(')');
                }
            }
        }
        // Maps, messages and macros: the debug form is unambiguous but carries node numbers, so that two
        // of them never count as equal, which is the safe side.
        other => out.push_str(&format!("{other:?}")),
    }
}

fn write_all(items: &[cel::IdedExpr], out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        write(&item.expr, out);
    }
}
