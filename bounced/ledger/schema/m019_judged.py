"""The nineteenth migration: what a verdict was read from, so that failures can be judged again by other tables.

Events stay append-only but for one case: while the row ``judging`` is in ``meta``, which bounced.ledger.reclassify
writes for the time of a transaction, their verdict may change, and of that only what the tables say.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.ledger.schema import views

COLUMNS = ("words", "stated_status", "own_names")

#: What tables say of a failure.
JUDGED = ("class", "reason", "status", "reply_code", "rule")

SCRIPT = """
CREATE TABLE reclassified (              -- events that were judged differently since, and how they were recorded
    event INTEGER PRIMARY KEY REFERENCES event_rows (id),
    verdict INTEGER NOT NULL,            -- the recorded one
    judged_at TEXT NOT NULL
) STRICT;
DROP TRIGGER events_are_not_changed;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON event_rows
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'judging') OR ({facts_new}) IS NOT ({facts_old})
    OR (SELECT {kept} FROM verdicts WHERE id = NEW.verdict) IS NOT (SELECT {kept} FROM verdicts WHERE id = OLD.verdict)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
"""


def apply(db: Database) -> str:
    """Adds the columns; returns the statements that are still to be executed."""
    shown = [name for _, name, *_ in db.execute("PRAGMA table_info(events_view)")]
    for name in COLUMNS:
        db.execute(f"ALTER TABLE verdicts ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    db.execute("DROP INDEX verdicts_once")
    verdict = [name for _, name, *_ in db.execute("PRAGMA table_info(verdicts)") if name != "id"]
    db.execute(f"CREATE UNIQUE INDEX verdicts_once ON verdicts ({', '.join(verdict)})")
    views.create(db, shown)
    facts = [name for _, name, *_ in db.execute("PRAGMA table_info(event_rows)") if name != "verdict"]
    return SCRIPT.format(
        facts_new=", ".join(f"NEW.{name}" for name in facts),
        facts_old=", ".join(f"OLD.{name}" for name in facts),
        kept=", ".join(name for name in verdict if name not in JUDGED),
    )
