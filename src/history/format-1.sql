-- Format 1 of the history. Moments are RFC 3339 in UTC, to the second.

-- What was judged, as its runs name it.
CREATE TABLE scopes (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE runs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    scope         INTEGER NOT NULL REFERENCES scopes (id),
    started       TEXT NOT NULL CHECK (length(started) >= 20),
    finished      TEXT NOT NULL CHECK (length(finished) >= 20),
    version       TEXT NOT NULL,
    complete      INTEGER NOT NULL CHECK (complete IN (0, 1)),
    rules         INTEGER NOT NULL CHECK (rules >= 0),
    ruleset       TEXT NOT NULL,
    documents     INTEGER NOT NULL CHECK (documents >= 0),
    assets        INTEGER NOT NULL CHECK (assets >= 0),
    bindings      INTEGER NOT NULL CHECK (bindings >= 0),
    grants        INTEGER NOT NULL CHECK (grants >= 0),
    fail          INTEGER NOT NULL CHECK (fail >= 0),
    pass          INTEGER NOT NULL CHECK (pass >= 0),
    unknown       INTEGER NOT NULL CHECK (unknown >= 0),
    -- Findings, reported or withheld, and how they compare.
    found         INTEGER NOT NULL CHECK (found >= 0),
    new           INTEGER NOT NULL CHECK (new >= 0),
    reopened      INTEGER NOT NULL CHECK (reopened >= 0),
    fixed         INTEGER NOT NULL CHECK (fixed >= 0),
    not_looked_at INTEGER NOT NULL CHECK (not_looked_at >= 0),
    -- Open after the run and reported when they were found last, by severity.
    critical      INTEGER NOT NULL CHECK (critical >= 0),
    high          INTEGER NOT NULL CHECK (high >= 0),
    medium        INTEGER NOT NULL CHECK (medium >= 0),
    low           INTEGER NOT NULL CHECK (low >= 0),
    info          INTEGER NOT NULL CHECK (info >= 0)
) STRICT;

CREATE INDEX runs_of_scope ON runs (scope);

-- How many things of each asset type a run saw.
CREATE TABLE kinds (
    run    INTEGER NOT NULL REFERENCES runs (id),
    kind   TEXT NOT NULL,
    things INTEGER NOT NULL CHECK (things >= 0),
    PRIMARY KEY (run, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
    id          INTEGER PRIMARY KEY,
    scope       INTEGER NOT NULL REFERENCES scopes (id),
    fingerprint TEXT NOT NULL CHECK (fingerprint GLOB 'v*:*'),
    rule        TEXT NOT NULL,
    severity    TEXT NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
    reported    INTEGER NOT NULL CHECK (reported IN (0, 1)),
    resource    TEXT NOT NULL,
    role        TEXT,
    member      TEXT,
    condition   TEXT,
    detail      TEXT,
    message     TEXT NOT NULL,
    first_seen  TEXT NOT NULL CHECK (length(first_seen) >= 20),
    first_run   INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'fixed')),
    fixed_at    TEXT CHECK ((fixed_at IS NULL) = (state = 'open')),
    fixed_run   INTEGER CHECK ((fixed_run IS NULL) = (state = 'open')),
    reopened    INTEGER NOT NULL CHECK (reopened >= 0),
    UNIQUE (scope, fingerprint)
) STRICT;

-- The last sighting of each finding: apart from the rest of it, because every run changes it.
CREATE TABLE sightings (
    finding INTEGER PRIMARY KEY REFERENCES findings (id),
    seen    TEXT NOT NULL CHECK (length(seen) >= 20),
    run     INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    run     INTEGER NOT NULL,
    finding INTEGER NOT NULL REFERENCES findings (id),
    what    TEXT NOT NULL CHECK (what IN ('new', 'fixed', 'reopened')),
    PRIMARY KEY (run, finding)
) STRICT, WITHOUT ROWID;
