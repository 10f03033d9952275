"""Lists of addresses are read once, in little memory."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing

import pytest

from bounced.ledger import database
from bounced.ledger.in_force import AGAINST
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.policy import Policy
from tests.support.lookup import NOW


def addresses(number: int) -> Iterator[str]:
    return (f"User{n}@rcpt{n % 100}.test" for n in range(number))


@pytest.fixture
def many(path: str) -> str:
    """A file in which every twentieth of ``addresses(100_000)`` is suppressed."""
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.decisions.decide([text.lower() for text in list(addresses(100_000))[::20]], "suppress", "marketing", "")
    return path


def test_a_list_is_read_once_and_answered_as_it_was_written(many: str) -> None:
    with Suppressions(many) as suppressions:
        forbidden = suppressions.filter(addresses(100_000))
    assert list(forbidden) == list(addresses(100_000))[::20]
    assert {found.scope for found in forbidden.values()} == {"marketing"}


def test_a_long_list_needs_no_more_memory_than_a_short_one(many: str) -> None:
    with Suppressions(many) as suppressions:
        peaks = []
        for number in (20_000, 100_000):
            tracemalloc.start()
            suppressions.filter((text for text in addresses(number)), "all")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_list_is_looked_up_by_the_index(many: str) -> None:
    parameters = {"keys": "[]", "scopes": "[]"}
    with closing(sqlite3.connect(many)) as writer:
        writer.execute("ANALYZE")
    with closing(database.open_for_reading(many).conn) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {AGAINST}", parameters)]
    assert plan[0].startswith("SCAN wanted VIRTUAL TABLE")
    assert plan[1].startswith("SEARCH suppression_rows USING INDEX sqlite_autoindex_suppression_rows_1 (address=?")
