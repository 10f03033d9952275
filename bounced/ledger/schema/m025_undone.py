"""The twenty-fifth migration: failures that are taken back, and earlier dates of messages that were read again.

Events and messages stay append-only but for one case more: while the row ``copy`` is in ``meta``, which
bounced.ledger.earlier writes for the time of a transaction, their dates may change to earlier ones.
"""

from __future__ import annotations

from sqlite_utils import Database

#: When an event counts, without an own decision: see bounced.ledger.history.
COUNTS_AT = "iif({0}.stored_at IS NULL OR {0}.stored_at - {0}.happened_at <= 86400, {0}.happened_at, {0}.stored_at)"

#: Dates of a copy are better if it counts earlier by them, or as early and arrived earlier.
IS_EARLIER = f"({COUNTS_AT.format('NEW')}, NEW.happened_at) < ({COUNTS_AT.format('OLD')}, OLD.happened_at)"

SCRIPT = """
CREATE TABLE undos (                     -- decisions about failures, by what happened
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    filter TEXT NOT NULL,                -- JSON: see bounced.ledger.filters
    why TEXT NOT NULL,
    redone_at TEXT                       -- when they were taken back themselves
) STRICT;
CREATE TABLE undone (                    -- the failures, which count for nothing
    event INTEGER NOT NULL REFERENCES event_rows (id),
    undo INTEGER NOT NULL REFERENCES undos (id),
    PRIMARY KEY (event, undo)
) STRICT, WITHOUT ROWID;
CREATE INDEX undone_by_undo ON undone (undo);
CREATE TRIGGER undos_are_not_changed BEFORE UPDATE ON undos
WHEN OLD.redone_at IS NOT NULL
    OR (NEW.id, NEW.decided_at, NEW.filter, NEW.why) IS NOT (OLD.id, OLD.decided_at, OLD.filter, OLD.why)
BEGIN SELECT RAISE(ABORT, 'undos are append-only'); END;
CREATE TRIGGER undos_are_not_deleted BEFORE DELETE ON undos
BEGIN SELECT RAISE(ABORT, 'undos are append-only'); END;

DROP TRIGGER messages_are_not_changed;
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON message_rows
WHEN (NEW.id, NEW.fingerprint, NEW.recorded_at, NEW.message_kind, NEW.name, NEW.size, NEW.recognized,
        NEW.events_dropped)
    IS NOT (OLD.id, OLD.fingerprint, OLD.recorded_at, OLD.message_kind, OLD.name, OLD.size, OLD.recognized,
        OLD.events_dropped)
    OR NOT iif(
        NEW.arrived_at = OLD.arrived_at,
        NEW.events_expired > OLD.events_expired,
        NEW.arrived_at < OLD.arrived_at AND NEW.events_expired = OLD.events_expired
            AND EXISTS (SELECT 1 FROM meta WHERE name = 'copy')
    )
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
CREATE TRIGGER recent_events_move AFTER UPDATE OF happened_at ON event_rows WHEN NEW.happened_at <> OLD.happened_at
BEGIN
    UPDATE recent SET happened_at = NEW.happened_at
    WHERE kind IN ('held', 'blocked') AND happened_at = OLD.happened_at AND event = NEW.id;
    INSERT INTO stale VALUES (NEW.id, 1) ON CONFLICT DO UPDATE SET removed = 1;
END;
"""

#: The trigger of m019_judged, and what else may change.
EVENTS = """
DROP TRIGGER events_are_not_changed;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON event_rows
WHEN ({stay_new}) IS NOT ({stay_old}) OR NOT iif(
    NEW.verdict = OLD.verdict,
    EXISTS (SELECT 1 FROM meta WHERE name = 'copy') AND {is_earlier},
    (NEW.happened_at, NEW.stored_at) IS (OLD.happened_at, OLD.stored_at)
        AND EXISTS (SELECT 1 FROM meta WHERE name = 'judging') AND
        (SELECT {kept} FROM verdicts WHERE id = NEW.verdict) IS (SELECT {kept} FROM verdicts WHERE id = OLD.verdict)
)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
"""

DATES = ("happened_at", "stored_at")


def script(db: Database, judged: tuple[str, ...]) -> str:
    """The statements; ``judged`` are the columns of a verdict that tables may change."""
    return SCRIPT + append_only(db, judged)


def append_only(db: Database, judged: tuple[str, ...]) -> str:
    """Has every column of an event stay that there is by now, but ``judged`` ones."""
    facts = [name for _, name, *_ in db.execute("PRAGMA table_info(event_rows)")]
    stay = [name for name in facts if name not in ("verdict", *DATES)]
    verdict = [name for _, name, *_ in db.execute("PRAGMA table_info(verdicts)") if name != "id"]
    return EVENTS.format(
        stay_new=", ".join(f"NEW.{name}" for name in stay),
        stay_old=", ".join(f"OLD.{name}" for name in stay),
        is_earlier=IS_EARLIER,
        kept=", ".join(name for name in verdict if name not in judged),
    )
