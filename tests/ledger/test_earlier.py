"""A report happened when its earliest copy says, whichever is read first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from bounced.ledger.ledger import Ledger
from bounced.model import Item
from bounced.policy import Policy
from tests.support.ledger import DAY0, NOW, failed, item, rows, suppressed

FACTS = (
    "SELECT events.happened_at, stored_at, arrived_at FROM events JOIN messages ON messages.id = message "
    "ORDER BY fingerprint"
)


def copied(number: int, day: float, stored: float | None = None) -> Item:
    """A copy of the report with that number, which says that it arrived on that day."""
    report = item(number, day, failed("a@b.test", original_message_id=f"{number}@s"))
    stored_at = None if stored is None else DAY0 + timedelta(days=stored)
    return replace(report, message=replace(report.message, stored_at=stored_at))


COPIES = {
    "a later copy in a file": [copied(1, 3), copied(1, 0)],
    "a mailbox and an archive": [copied(1, 3, stored=3), copied(1, 0)],
    "a date that the mailbox contradicts": [copied(1, 0, stored=9), copied(1, 4, stored=4)],
    "three": [copied(1, 2), copied(1, 5, stored=5), copied(1, 1)],
}


@pytest.mark.parametrize("kind", COPIES)
def test_the_order_of_copies_makes_no_difference(kind: str) -> None:
    ends = []
    for order in permutations(COPIES[kind]):
        for apart in (False, True):
            with Ledger(":memory:", Policy(), dry_run=True, clock=lambda: NOW) as ledger:
                for batch in [[copy] for copy in order] if apart else [list(order)]:
                    ledger.take(batch)
                ends.append(ledger._db.execute(FACTS).fetchall())
    assert ends == ends[:1] * len(ends)
    assert len(ends[0]) == 1


def test_an_archive_that_is_read_later_moves_the_suppression(path: str) -> None:
    """Read by IMAP on the day of a migration, and from the backup of the years before afterwards."""
    reports = [(1, 0.0), (2, 8.0), (3, 16.0)]
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take([copied(number, 40) for number, _ in reports])
        assert suppressed(path) == []
        receipt = ledger.take([copied(number, day) for number, day in reports])
    assert [intake.outcome for intake in receipt.intakes] == ["repeated"] * 3
    assert [(address, change.since) for address, change in receipt.started] == [("a@b.test", DAY0 + timedelta(days=16))]
    assert suppressed(path) == [("a@b.test", "all", "bounce", 3)]


def test_rates_are_of_the_day_on_which_it_happened(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        for day in (3, 0):
            ledger.take([copied(1, day)])
            ledger.upkeep.recount()
    assert rows(path, "SELECT day, bounces FROM outcomes WHERE bounces <> 0") == [("2026-09-01", 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event_rows SET happened_at = happened_at - 1",
        "UPDATE message_rows SET arrived_at = arrived_at - 1",
        "INSERT INTO meta VALUES ('copy', ''); UPDATE event_rows SET happened_at = happened_at + 1",
        "INSERT INTO meta VALUES ('copy', ''); UPDATE event_rows SET stored_at = happened_at + 9e5",
        "INSERT INTO meta VALUES ('copy', ''); UPDATE event_rows SET address = 0, happened_at = happened_at - 1",
        "INSERT INTO meta VALUES ('copy', ''); UPDATE message_rows SET size = 1, arrived_at = arrived_at - 1",
    ],
)
def test_nothing_else_can_change_a_date(statement: str, path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take([copied(1, 3)])

        def execute(db: Any) -> None:
            for part in statement.split("; "):
                db.execute(part)

        with pytest.raises(Exception, match="append-only"):
            ledger.write(execute)
