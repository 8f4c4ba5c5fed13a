//! JUnit XML, for CI servers: a suite per project, a case per rule and resource. Findings are failures,
//! gaps are errors, what is suppressed or known to the baseline is skipped. What passed is only counted
//! in a report, so it has no cases; the counts stand in the suite `leastwise`.

use super::escape::xml;
use super::view::{asides, subject};
use super::words::{count, one_line};
use super::{Report, Style};
use crate::finding::Finding;
use crate::model::project_of;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// One test case in the making.
#[derive(Default)]
struct Case<'r> {
    failures: Vec<&'r Finding>,
    errors: Vec<String>,
    skipped: Vec<String>,
}

/// Cases by class (the rule, or why something is unknown) and name (the resource or file).
type Suite<'r> = BTreeMap<(&'r str, String), Case<'r>>;

/// Writes the report as one `testsuites` element.
pub(super) fn write(report: &Report<'_>, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report);
    let mut total = [0; 3];
    for cases in suites.values() {
        for (sum, n) in total.iter_mut().zip(tally(cases)) {
            *sum += n;
        }
    }
    // The coverage is one case more: a file without any case fails in some CI servers.
    let tests = suites.values().map(BTreeMap::len).sum::<usize>() + 1;
    let [failures, errors, skipped] = total;
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="leastwise" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}">"#
    )?;
    for (name, cases) in &suites {
        let [failures, errors, skipped] = tally(cases);
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{failures}" errors="{errors}" skipped="{skipped}">"#,
            xml(name),
            cases.len()
        )?;
        for ((class, name), case) in cases {
            write_case(report, class, name, case, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    coverage(report, out)?;
    writeln!(out, "</testsuites>")
}

fn suites<'r>(report: &'r Report<'_>) -> BTreeMap<&'r str, Suite<'r>> {
    let mut suites = BTreeMap::<&str, Suite<'_>>::new();
    for finding in &report.findings {
        let case = case(&mut suites, report, finding);
        case.failures.push(finding);
    }
    for (finding, reason) in &report.suppressed {
        let case = case(&mut suites, report, finding);
        case.skipped.push(format!("suppressed: {reason}"));
    }
    for finding in &report.baselined {
        let case = case(&mut suites, report, finding);
        case.skipped.push("known to the baseline".to_owned());
    }
    for gap in &report.gaps {
        let place = gap
            .document
            .map(|document| report.place(document, gap.location));
        let name = match (&gap.resource, &place) {
            (Some(name), _) => name.clone(),
            (None, Some(place)) => place.clone(),
            (None, None) => "the input".to_owned(),
        };
        let suite = suites.entry(project(gap.resource.as_deref())).or_default();
        let case = suite.entry((gap.reason.slug(), name)).or_default();
        case.errors.push(one_line(&gap.message));
    }
    suites
}

fn project(resource: Option<&str>) -> &str {
    resource.and_then(project_of).unwrap_or("no project")
}

fn case<'r, 's>(
    suites: &'s mut BTreeMap<&'r str, Suite<'r>>,
    report: &'r Report<'_>,
    finding: &'r Finding,
) -> &'s mut Case<'r> {
    suites
        .entry(project(Some(&finding.resource)))
        .or_default()
        .entry((report.rule_id(finding), finding.resource.to_string()))
        .or_default()
}

/// Failures, errors and skipped cases. A case counts once, as the worst that is in it.
fn tally(cases: &Suite<'_>) -> [usize; 3] {
    let mut sums = [0; 3];
    for case in cases.values() {
        let outcome = match (case.failures.is_empty(), case.errors.is_empty()) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        if let Some(sum) = sums.get_mut(outcome) {
            *sum += 1;
        }
    }
    sums
}

fn write_case(
    report: &Report<'_>,
    class: &str,
    name: &str,
    case: &Case<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let first = case.failures.first();
    let place = match first.map(|first| (report.path(first.document), first.location.line)) {
        Some((path, line)) if path != "-" => format!(r#" file="{}" line="{line}""#, xml(&path)),
        _ => String::new(),
    };
    writeln!(
        out,
        r#"    <testcase classname="{}" name="{}"{place}>"#,
        xml(class),
        xml(name)
    )?;
    if let Some(first) = case.failures.first() {
        // One element, whatever the number: many readers take only the first.
        let message = match case.failures.len() {
            1 => one_line(&report.message(first)),
            n => format!("{} (and {} more)", one_line(&report.message(first)), n - 1),
        };
        writeln!(
            out,
            r#"      <failure type="{}" message="{}">"#,
            first.severity.slug(),
            xml(&message)
        )?;
        for finding in &case.failures {
            writeln!(out, "{}", xml(&details(report, finding)))?;
        }
        writeln!(out, "      </failure>")?;
    } else if let Some(first) = case.errors.first() {
        writeln!(
            out,
            r#"      <error type="not assessed" message="{}">{}</error>"#,
            xml(first),
            xml(&case.errors.join(" "))
        )?;
    } else if let Some(first) = case.skipped.first() {
        writeln!(out, r#"      <skipped message="{}"/>"#, xml(first))?;
    }
    writeln!(out, "    </testcase>")
}

/// A finding on one line.
fn details(report: &Report<'_>, finding: &Finding) -> String {
    let mut parts = vec![
        report.place(finding.document, Some(finding.location)),
        one_line(&report.message(finding)),
    ];
    parts.push(subject(finding));
    parts.extend(asides(finding));
    parts.push(report.fingerprint(finding));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// One more suite with what was judged.
fn coverage(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &report.coverage;
    let outcomes = &coverage.outcomes;
    writeln!(
        out,
        r#"  <testsuite name="leastwise" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="leastwise" name="coverage">
      <system-out>{}, {}, {}: {} failed, {} passed, {} not assessed, {} not applicable{}</system-out>
    </testcase>
  </testsuite>"#,
        count(coverage.assets, "asset"),
        count(coverage.bindings, "binding"),
        count(coverage.rules, "rule"),
        outcomes.fail,
        outcomes.pass,
        outcomes.unknown,
        outcomes.not_applicable,
        if coverage.complete {
            ""
        } else {
            "; the run is incomplete"
        }
    )
}
