"""Asks DuckDB what the rule files of a folder ask, over a Cloud Asset Inventory export, and prints a count for each as JSON.

The rule files are the ones that leastwise reads, translated to SQL here, so both answer the same questions.
Only what the benchmark's rules use is translated; anything else is an error, never a silent zero.
"""

import argparse
import json
import pathlib
import re
import tomllib

import duckdb

AT = {
    "organization": "cloudresourcemanager.googleapis.com/Organization",
    "folder": "cloudresourcemanager.googleapis.com/Folder",
    "project": "cloudresourcemanager.googleapis.com/Project",
    "bucket": "storage.googleapis.com/Bucket",
    "service-account": "iam.googleapis.com/ServiceAccount",
}

# The kinds of principal, in the order in which they are told apart; the cheap tests stand before the regular expressions.
KIND = r"""
case
  when member like 'serviceAccount:%' then case
    when member like '%.iam.gserviceaccount.com' then case
      when contains(member, '@gcp-sa-') then 'service-agent'
      when member like 'serviceAccount:service-%'
        and regexp_matches(member, ':service-(org-|folder-)?[0-9]+@') then 'service-agent'
      else 'service-account' end
    when contains(member, '.svc.id.goog[') then 'gke-workload'
    when member like '%@developer.gserviceaccount.com' or member like '%@appspot.gserviceaccount.com'
      or member like '%@cloudbuild.gserviceaccount.com'
      then 'default-service-account'
    when member like '%gserviceaccount.com' then 'service-agent'
    else 'service-account' end
  when member like 'user:%' then 'user'
  when member like 'group:%' then 'group'
  when member like 'principal%://iam.googleapis.com/locations/global/workforcePools/%' then 'workforce'
  when member like 'principal%://iam.googleapis.com/%/workloadIdentityPools/%' then 'workload-identity'
  when member like 'domain:%' then 'domain'
  when member in ('allUsers', 'allAuthenticatedUsers') then 'public'
  when member like 'project%:%' then 'convenience'
  when member like 'deleted:%' then 'deleted'
  else 'unknown' end
"""

# What a rule can ask of a condition.
STATE = r"""
case
  when b.condition.expression is null then 'none'
  when b.condition.expression = 'true' then 'always-true'
  when try_cast(regexp_extract(b.condition.expression, '^request\.time < timestamp\("([^"]+)"\)$', 1) as timestamptz)
    <= to_timestamp(getvariable('now')) then 'expired'
  else 'other' end
"""

# Who counts where a rule does not say.
NOT_DELETED = "kind <> 'deleted'"


def quote(text):
    """A SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(texts):
    """A SQL list of strings for `in`."""
    return "(" + ", ".join(quote(text) for text in texts) + ")"


def many(value):
    """A string or a list, as a list."""
    return [value] if isinstance(value, str) else value


class Fields:
    """The fields that the rules ask for: the columns that DuckDB has to read."""

    def __init__(self):
        self.tree = {"name": "VARCHAR", "assetType": "VARCHAR", "resource": {"data": {}}}

    def add(self, path, kind="VARCHAR"):
        """Notes a path such as `$.resource.data.versioning.enabled`; returns the SQL for it."""
        names = path.removeprefix("$.").split(".")
        if not path.startswith("$.") or not all(re.fullmatch(r"\w+", name) for name in names):
            raise SystemExit(f"not translated: {path}")
        node = self.tree
        for name in names[:-1]:
            node = node.setdefault(name, {})
        node.setdefault(names[-1], kind)
        return ".".join(f'"{name}"' for name in names)

    def type_of(self, node):
        """The SQL type of a subtree."""
        if isinstance(node, str):
            return node
        return "STRUCT(" + ", ".join(f'"{name}" {self.type_of(kind)}' for name, kind in node.items()) + ")"


def scalar(value):
    """A literal, as DuckDB casts JSON scalars to text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def expectation(value, expect, now):
    """SQL that is true when `value` is as expected, null when there is no value."""
    ((test, wanted),) = expect.items()
    match test:
        case "equal":
            return f"{value} = {quote(scalar(wanted))}"
        case "not-equal":
            return f"{value} <> {quote(scalar(wanted))}"
        case "in":
            return f"{value} in {listed(map(scalar, wanted))}"
        case "not-in":
            return f"{value} not in {listed(map(scalar, wanted))}"
        case "present" if wanted is True:
            return f"{value} is not null"
        case "absent" if wanted is True:
            return f"{value} is null"
        case "at-least":
            return f"try_cast({value} as double) >= {wanted}"
        case "at-most":
            return f"try_cast({value} as double) <= {wanted}"
        case "matches":
            return f"regexp_matches({value}, {quote(wanted)})"
        case "not-matches":
            return f"not regexp_matches({value}, {quote(wanted)})"
        case "younger-than" if wanted.endswith("d"):
            since = now - int(wanted[:-1]) * 86_400
            return f"try_cast({value} as timestamptz) >= to_timestamp({since})"
    raise SystemExit(f"not translated: {expect}")


def setting(select, fields, now):
    """A `[select]` as an SQL expression: how many findings a row gives."""
    on_type = f'"assetType" in {listed(many(select["asset"]))}'
    if forbid := select.get("forbid"):
        if found := re.fullmatch(r"(\$[\w.]+)\[\?@\.(\w+) == '([^']*)'\]", forbid):
            path, name, value = found.groups()
            column = fields.add(path, kind=[])
            entry = fields.tree
            for step in path.removeprefix("$.").split("."):
                entry = entry[step]
            if name not in entry:
                entry.append(name)
            nodes = f"[x for x in {column} if x.\"{name}\" = {quote(value)}]"
        elif found := re.fullmatch(r"(\$[\w.]+)\[\*\]\.(\w+)\[\?@ == '([^']*)'\]", forbid):
            path, name, value = found.groups()
            column = fields.add(path, kind=f'STRUCT("{name}" VARCHAR[])[]')
            nodes = f"[x for x in flatten([y.\"{name}\" for y in {column}]) if x = {quote(value)}]"
        else:
            raise SystemExit(f"not translated: {forbid}")
        return f"case when {on_type} then len({nodes}) end"

    def value_of(test):
        columns = [fields.add(path) for path in many(test["path"])]
        if "default" in test:
            columns.append(quote(scalar(test["default"])))
        return f"coalesce({', '.join(columns)})" if len(columns) > 1 else columns[0]

    tests = [on_type, '"resource" is not null']
    tests += [expectation(value_of(when), when["is"], now) for when in select.get("when", [])]
    tests.append(f"not ({expectation(value_of(select), select['expect'], now)})")
    return f"case when {' and '.join(tests)} then 1 end"


def grant(grant, carriers):
    """A `[grant]` as two SQL tests: one of binding and kind of member, one of the member's text or none."""
    tests = []
    if "at" in grant:
        tests.append(f'"assetType" in {listed(AT.get(at, at) for at in grant["at"])}')
    member = grant.get("member", {})
    kinds = member.get("kind")
    tests.append(f"kind in {listed(kinds)}" if kinds else NOT_DELETED)
    match grant.get("condition"):
        case None:
            # A grant whose time is over is no grant; only rules about conditions tell of it.
            tests.append("state <> 'expired'")
        case "any":
            tests.append("state <> 'none'")
        case "none" | "expired" | "always-true" as state:
            tests.append(f"state = {quote(state)}")
        case other:
            raise SystemExit(f"not translated: condition {other}")
    if "role" in grant or "permission" in grant:
        ways = []
        names = list(grant.get("role", []))
        for permission in grant.get("permission", []):
            for carrier in carriers[permission]:
                if "/" in carrier:
                    names.append(carrier)
                else:
                    ways.append(f"role like {quote('%/roles/' + carrier)}")
        ways.append(f"role in {listed(names)}")
        tests.append(f"({' or '.join(ways)})")
    text = []
    if "matches" in member:
        text.append(f"regexp_matches(member, {quote(member['matches'])})")
    if "wide" in member:
        wide = "member like 'principalSet://%/*'"
        text.append(wide if member["wide"] else f"not ({wide})")
    return " and ".join(tests), " and ".join(text)


def main():
    """Reads the arguments, asks, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export")
    parser.add_argument("rules", type=pathlib.Path)
    parser.add_argument("table", type=pathlib.Path, help="benches/rules.toml, for its [carriers]")
    parser.add_argument("--now", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    rules = {path.stem: tomllib.loads(path.read_text()) for path in sorted(arguments.rules.glob("*.toml"))}
    carriers = tomllib.loads(arguments.table.read_text())["carriers"]
    fields = Fields()
    settings = {id: setting(rule["select"], fields, arguments.now) for id, rule in rules.items() if "select" in rule}
    grants = {id: grant(rule["grant"], carriers) for id, rule in rules.items() if "grant" in rule}
    if len(settings) + len(grants) != len(rules):
        raise SystemExit("a rule is neither a select nor a grant")

    def finish(node):
        """Lists of names, noted by `forbid`, become lists of structures."""
        if isinstance(node, list):
            return "STRUCT(" + ", ".join(f'"{name}" VARCHAR' for name in node) + ")[]"
        return {name: finish(kind) for name, kind in node.items()} if isinstance(node, dict) else node

    columns = {name: fields.type_of(finish(kind)) for name, kind in fields.tree.items()}
    columns["iamPolicy"] = (
        "STRUCT(bindings STRUCT(role VARCHAR, members VARCHAR[], condition STRUCT(expression VARCHAR))[])"
    )

    database = duckdb.connect(config={"threads": arguments.threads})
    database.execute("set preserve_insertion_order = false")
    database.execute("set timezone = 'UTC'")
    database.execute(f"set variable now = {arguments.now}")
    shape = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in columns.items())
    database.execute(
        f"""create temp table asset as select * from read_json({quote(arguments.export)},
        format = 'newline_delimited', columns = {{{shape}}})"""
    )
    sums = ", ".join(f"sum({expression})" for expression in settings.values())
    counts = dict(zip(settings, database.execute(f"select {sums} from asset").fetchone()))

    bindings = f"""(select "assetType", b.role as role, b.members as members, {STATE} as state
        from (select "assetType", unnest("iamPolicy".bindings) as b from asset))"""
    whole = {id: tests for id, tests in grants.items() if rules[id]["grant"].get("per") == "binding"}
    for id in whole:
        if rules[id]["grant"].get("member"):
            raise SystemExit(f"not translated: {id} counts bindings by member")
    alive = "len([m for m in members if not starts_with(m, 'deleted:')]) > 0"
    sums = ", ".join(
        f"count(*) filter (where {test.replace(NOT_DELETED, 'true')} and {alive})" for test, _ in whole.values()
    )
    counts.update(zip(whole, database.execute(f"select {sums} from {bindings}").fetchone()))

    # Counting per (type, role, state, kind) first makes most rules a question to a few thousand rows.
    single = {id: tests for id, tests in grants.items() if id not in whole}
    inner = "".join(
        f', count(*) filter (where {test} and {text}) as "{id}"' for id, (test, text) in single.items() if text
    )
    outer = {
        id: f'sum("{id}")' if text else f"sum(pairs) filter (where {test})" for id, (test, text) in single.items()
    }
    database.execute(
        f"""create temp table pair as
        select "assetType", role, state, kind, count(*) as pairs {inner} from (
            select *, {KIND} as kind from (
                select "assetType", role, state, unnest(members) as member from {bindings}))
        group by all"""
    )
    sums = ", ".join(outer.values())
    counts.update(zip(outer, database.execute(f"select {sums} from pair").fetchone()))
    counts = {id: int(count or 0) for id, count in counts.items()}
    print(json.dumps(counts, sort_keys=True))


if __name__ == "__main__":
    main()
