"""The thirty-second migration: a suppression has its address, which may be long, no more often than it is looked up by.

Indexes have rowids; of an address that is the same in U-labels, and in what was said about it, nothing is repeated.
``suppressions`` shows and takes them as they were.
"""

from __future__ import annotations

from bounced.ledger.schema.views import ADDRESS_MARK

_MARK = f"char({ord(ADDRESS_MARK)})"


def _marked(detail: str, address: str) -> str:
    """``detail`` with the mark for ``address``, both SQL."""
    return f"replace(replace({detail}, {_MARK}, ' '), {address}, {_MARK})"


SCRIPT = f"""
CREATE TABLE suppression_rows (
    address TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope <> ''),
    cause TEXT NOT NULL CHECK (cause IN ('bounce', 'complaint', 'manual')),
    reason TEXT NOT NULL,
    class TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT,                          -- NULL: does not end by itself
    bounces INTEGER NOT NULL,
    first_bounce_at TEXT,
    last_bounce_at TEXT,
    detail TEXT NOT NULL,                -- with a mark where the address is
    address_unicode TEXT,                -- NULL: the same
    PRIMARY KEY (address, scope, cause)
) STRICT;
INSERT INTO suppression_rows
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at,
    {_marked("detail", "address")}, nullif(address_unicode, address)
FROM suppressions ORDER BY address, scope, cause;
DROP TABLE suppressions;
CREATE INDEX suppressions_by_unicode ON suppression_rows (coalesce(address_unicode, address));
CREATE INDEX suppressions_by_date ON suppression_rows (since DESC);
CREATE INDEX suppressions_that_end ON suppression_rows (until) WHERE until IS NOT NULL;

CREATE VIEW suppressions AS
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at,
    replace(detail, {_MARK}, address) AS detail, coalesce(address_unicode, address) AS address_unicode
FROM suppression_rows;
CREATE TRIGGER suppressions_are_added INSTEAD OF INSERT ON suppressions
BEGIN
    INSERT INTO suppression_rows
    VALUES (NEW.address, NEW.scope, NEW.cause, NEW.reason, NEW.class, NEW.since, NEW.until, NEW.bounces,
        NEW.first_bounce_at, NEW.last_bounce_at, {_marked("NEW.detail", "NEW.address")},
        nullif(NEW.address_unicode, NEW.address));
END;
CREATE TRIGGER suppressions_are_removed INSTEAD OF DELETE ON suppressions
BEGIN
    DELETE FROM suppression_rows WHERE address = OLD.address AND scope = OLD.scope AND cause = OLD.cause;
END;
CREATE TRIGGER suppressions_are_counted AFTER INSERT ON suppression_rows
BEGIN
    UPDATE totals SET number = number + 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number + 1 WHERE name = 'suppressed' AND NOT EXISTS (
        SELECT 1 FROM suppression_rows WHERE address = NEW.address AND (scope, cause) IS NOT (NEW.scope, NEW.cause)
    );
END;
CREATE TRIGGER suppressions_that_go_are_counted AFTER DELETE ON suppression_rows
BEGIN
    UPDATE totals SET number = number - 1 WHERE name = 'suppressions';
    UPDATE totals SET number = number - 1 WHERE name = 'suppressed'
        AND NOT EXISTS (SELECT 1 FROM suppression_rows WHERE address = OLD.address);
END;
"""  # noqa: S608
