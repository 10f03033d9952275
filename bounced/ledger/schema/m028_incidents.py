"""The twenty-eighth migration: incidents, and the counts of failures that show them."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE failure_counts (            -- how many addresses failed; derived, see bounced.ledger.failure_counts
    unit INTEGER NOT NULL,               -- the digest of what may have an incident; that of '' is everything
    span INTEGER NOT NULL,               -- hours: 1 or 24
    at INTEGER NOT NULL,                 -- since 1970, in spans
    addresses INTEGER NOT NULL,
    PRIMARY KEY (unit, span, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure_units (             -- of which units enough addresses failed at a time to be an incident
    unit INTEGER PRIMARY KEY,
    level INTEGER NOT NULL,              -- the unit of everything that is reported with the same trust
    dimension TEXT NOT NULL CHECK (dimension IN ('provider', 'domain', 'campaign', 'text')),
    name TEXT NOT NULL,
    trust TEXT NOT NULL
) STRICT;

CREATE TABLE incident_spans (            -- derived; of a unit no two have an hour in common
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    since INTEGER NOT NULL,              -- hours since 1970
    found INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    until INTEGER                        -- NULL: it is open
) STRICT;
CREATE INDEX incident_spans_by_unit ON incident_spans (unit, since);

CREATE TABLE incident_rows (             -- the events that an incident holds; derived
    event INTEGER NOT NULL REFERENCES event_rows (id),
    incident INTEGER NOT NULL,
    PRIMARY KEY (event, incident)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_rows_by_incident ON incident_rows (incident);

CREATE TABLE incident_decisions (        -- what people decided about the incident of a unit at that hour
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    incident INTEGER NOT NULL,           -- its number then
    unit INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('discard', 'release')),
    why TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_date ON event_rows (happened_at);

CREATE VIEW incidents AS
SELECT incident_spans.id AS id, dimension, name, trust,
    strftime('%Y-%m-%dT%H:%M:%SZ', since * 3600, 'unixepoch') AS since,
    strftime('%Y-%m-%dT%H:%M:%SZ', until * 3600, 'unixepoch') AS until,
    coalesce(
        (SELECT decision || iif(decision = 'discard', 'ed', 'd') FROM incident_decisions AS decided
            WHERE decided.unit = incident_spans.unit AND hour >= since AND (until IS NULL OR hour < until)
            ORDER BY decided.id DESC LIMIT 1),
        iif(until IS NULL, 'open', 'settled')
    ) AS state,
    (SELECT count(*) FROM incident_rows WHERE incident = incident_spans.id) AS events
FROM incident_spans JOIN failure_units USING (unit);
"""
