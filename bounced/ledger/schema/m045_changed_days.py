"""The forty-fifth migration: of which days that are counted in ``answered_days`` rows were written or deleted since.

Whoever writes messages of today, or yesterday, pays for one look-up: these days are not counted yet.
"""

from __future__ import annotations

#: Notes a day, ``{}``, when it is counted.
_IS_COUNTED = "{} < (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'answered')"
_NOTE = """
    INSERT INTO changed_days (day, {change}) VALUES ({day}, 1)
    ON CONFLICT DO UPDATE SET {change} = 1 WHERE NOT {change};
"""

_OLD_SENT, _NEW_SENT = (f"unixepoch(substr({row}.sent_at, 1, 10)) / 86400" for row in ("OLD", "NEW"))
_OLD_DELIVERED, _NEW_DELIVERED = (f"{row}.at / 86400" for row in ("OLD", "NEW"))


def _trigger(name: str, of: str, day: str, change: str) -> str:
    body = _NOTE.format(change=change, day=day)
    return f"CREATE TRIGGER {name} {of} WHEN {_IS_COUNTED.format(day)}\nBEGIN{body}END;\n"


SCRIPT = f"""
CREATE TABLE changed_days (
    day INTEGER PRIMARY KEY,             -- since 1970
    written INTEGER NOT NULL DEFAULT 0 CHECK (written IN (0, 1)),  -- 1: it is to be counted again
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1))   -- 1: it never counts for less than it did
) STRICT;
INSERT INTO changed_days SELECT DISTINCT day, 1, 1 FROM answered_days;
{_trigger("sends_change_days", "AFTER INSERT ON sends", _NEW_SENT, "written")}
{_trigger("sends_that_change_change_days", "AFTER UPDATE OF sent_at ON sends", _NEW_SENT, "written")}
{_trigger("sends_that_changed_leave_days", "AFTER UPDATE OF sent_at ON sends", _OLD_SENT, "deleted")}
{_trigger("sends_that_go_leave_days", "BEFORE DELETE ON sends", _OLD_SENT, "deleted")}
{_trigger("deliveries_change_days", "AFTER INSERT ON deliveries", _NEW_DELIVERED, "written")}
{_trigger("deliveries_that_go_leave_days", "BEFORE DELETE ON deliveries", _OLD_DELIVERED, "deleted")}
"""  # noqa: S608
