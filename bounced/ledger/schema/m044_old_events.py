"""The forty-fourth migration: events that are old may be deleted, and their words and those of their messages.

Facts stay append-only but for what happened up to the time in the row ``events_kept_since`` of ``meta``, which
housekeeping writes for the time of a transaction, as it does with ``held_kept_since``. What was counted of them stays.
"""

from __future__ import annotations

from sqlite_utils import Database

#: The event {event} is so old.
IS_OLD = """EXISTS (
    SELECT 1 FROM meta JOIN event_rows ON event_rows.id = {event}
    WHERE meta.name = 'events_kept_since' AND happened_at <= CAST(meta.value AS INTEGER)
)"""

#: It is held since long (m012_bounded).
IS_EXPIRED = """EXISTS (
    SELECT 1 FROM doubts JOIN meta ON meta.name = 'held_kept_since'
    WHERE doubts.event = {event} AND since < meta.value
        AND NOT EXISTS (SELECT 1 FROM accepted WHERE accepted.event = doubts.event)
)"""

NOT_DELETED = """
DROP TRIGGER {name}_are_not_deleted;
CREATE TRIGGER {name}_are_not_deleted BEFORE DELETE ON {table}
WHEN NOT {is_old}{is_expired}
BEGIN SELECT RAISE(ABORT, '{name} are append-only'); END;
"""

#: The facts, their tables, and their events.
FACTS = (
    ("events", "event_rows", "OLD.id"),
    ("attributions", "attribution_rows", "OLD.event"),
    ("crowded", "crowd_rows", "OLD.event"),
    ("accepted", "accepted", "OLD.event"),
)

OTHERS = """
DROP TRIGGER latest_outcomes_are_removed;
CREATE TRIGGER latest_outcomes_are_removed AFTER DELETE ON latest_outcome_rows
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'events_kept_since')
BEGIN
    UPDATE outcomes SET bounces = bounces - NOT OLD.complaint, complaints = complaints - OLD.complaint
    WHERE dimension = (SELECT text FROM texts WHERE id = OLD.dimension)
        AND name = (SELECT text FROM texts WHERE id = OLD.name) AND day = date(OLD.day * 86400, 'unixepoch');
END;

DROP TRIGGER messages_are_not_changed;
CREATE TRIGGER messages_are_not_changed BEFORE UPDATE ON message_rows
WHEN (NEW.id, NEW.fingerprint, NEW.recorded_at, NEW.name, NEW.size, NEW.recognized, NEW.events_dropped)
    IS NOT (OLD.id, OLD.fingerprint, OLD.recorded_at, OLD.name, OLD.size, OLD.recognized, OLD.events_dropped)
    OR NOT iif(
        NEW.message_kind <> OLD.message_kind,
        (NEW.arrived_at, NEW.events_expired) IS (OLD.arrived_at, OLD.events_expired)
            AND EXISTS (SELECT 1 FROM meta WHERE name = 'events_kept_since' AND NOT EXISTS (
                SELECT 1 FROM event_rows WHERE message = OLD.id AND happened_at > CAST(meta.value AS INTEGER)
            )),
        iif(
            NEW.arrived_at = OLD.arrived_at,
            NEW.events_expired > OLD.events_expired,
            NEW.arrived_at < OLD.arrived_at AND NEW.events_expired = OLD.events_expired
                AND EXISTS (SELECT 1 FROM meta WHERE name = 'copy')
        )
    )
BEGIN SELECT RAISE(ABORT, 'messages are append-only'); END;
"""


def _not_deleted(name: str, table: str, event: str) -> str:
    is_expired = "" if name == "accepted" else f" AND NOT {IS_EXPIRED.format(event=event)}"
    return NOT_DELETED.format(name=name, table=table, is_old=IS_OLD.format(event=event), is_expired=is_expired)


#: All of an old event stays but its words.
WORDS_GO = "NEW.diagnostic_code = 0 AND ({stay_new}) IS ({stay_old}) AND {is_old}"

GUARD = "SELECT sql FROM sqlite_master WHERE name = 'events_are_not_changed'"


def script(db: Database) -> str:
    """The statements."""
    [(sql,)] = db.execute(GUARD).fetchall()
    head, _, rest = sql.partition("WHEN ")
    condition, _, action = rest.rpartition("BEGIN ")
    stay = [name for _, name, *_ in db.execute("PRAGMA table_info(event_rows)") if name != "diagnostic_code"]
    words_go = WORDS_GO.format(
        stay_new=", ".join(f"NEW.{name}" for name in stay),
        stay_old=", ".join(f"OLD.{name}" for name in stay),
        is_old=IS_OLD.format(event="OLD.id"),
    )
    guard = f"DROP TRIGGER events_are_not_changed;\n{head}WHEN NOT ({words_go}) AND ({condition})\nBEGIN {action};\n"
    return "".join(_not_deleted(*fact) for fact in FACTS) + OTHERS + guard
