"""The fifty-second migration: where searches for incidents may begin, and when units seem to have one."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE search_starts (             -- derived: what was known of a unit at an hour before which all was over
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    quarter INTEGER NOT NULL,            -- of ``at``: 91 days; one is kept for each
    at INTEGER NOT NULL,                 -- hours since 1970
    hours TEXT NOT NULL,                 -- JSON: the most of each day in any hour, see bounced.policy.past
    days TEXT NOT NULL,                  -- the same for whole days
    PRIMARY KEY (unit, quarter)
) STRICT;
CREATE INDEX search_starts_by_hour ON search_starts (at);

CREATE TABLE suspected_spans (           -- derived: when a unit may have had an incident, whether or not it is one
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    since INTEGER NOT NULL,              -- hours since 1970: the first anomalous one
    until INTEGER                        -- of what shows that it is over, or none; NULL: not yet
) STRICT;
CREATE INDEX suspected_spans_by_unit ON suspected_spans (unit, since);
INSERT INTO suspected_spans SELECT unit, found, until FROM incident_spans;
"""
