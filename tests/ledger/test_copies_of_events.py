"""What the benchmark of millions of events copies in SQL is what `take` writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bounced.ledger.ledger import Ledger
from bounced.model import Item
from bounced.policy import Limit, Policy
from tests.support import copies
from tests.support.ledger import rows

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REPORTS, ADDRESSES = 700, 90

#: Enough of them are suppressed.
POLICY = Policy({**Policy().limits, "hard": Limit(1, 0)})

SHOWN = {
    "events_view": "*",
    "messages": "*",
    "places": "*",
    "suppressions": "*",
    "outcomes": "*",
    "latest_outcomes": "*",
    "unnamed JOIN texts ON texts.id = original_message_id": "event, text, recipient_id",
    "recent": "*",
    "failure_counts": "*",
    "totals": "*",
    "unrecognized": "message, length(content)",
}


def reports(number: int, now: datetime = NOW) -> list[Item]:
    return list(copies.reports(REPORTS, ADDRESSES, now, number))


def shown(path: str) -> dict[str, list[Any]]:
    return {table: sorted(rows(path, f"SELECT {columns} FROM {table}"), key=repr) for table, columns in SHOWN.items()}


def test_a_copy_is_what_take_writes(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("taken.db", "copied.db")]
    for path in paths:
        with Ledger(path, POLICY, clock=lambda: NOW) as ledger:
            ledger.take(reports(0))
            ledger.upkeep.recount()
            originals = copies.originals(ledger._db)
            if path == paths[0]:
                ledger.take(reports(1, NOW - timedelta(days=originals["calendar_days"])))
                ledger.upkeep.recount()
            else:
                ledger.write(partial(copies.copy, copied=originals, number=1))
    taken, copied = map(shown, paths)
    assert {table for table, found in taken.items() if not found} == set()
    for table in SHOWN:
        assert [row for row in copied[table] if row not in taken[table]] == []
        assert len(taken[table]) == len(copied[table])
