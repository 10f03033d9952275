"""What a batch costs, in statements and transactions: it does not grow with the batch, nor with what was before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from bounced.ledger.ledger import Ledger
from bounced.model import Item
from bounced.policy import Policy
from tests.support.ledger import NOW, failed, item

#: Statements that insert, for each report; a trigger that marks its campaign for the rates shows as one of them.
#: Rows are inserted many at a time.
INSERTS_OF_A_REPORT = 2.5

#: Statements of a batch that insert nothing, however many reports are in it.
STATEMENTS_LIMIT = 43


def reports(first: int, number: int) -> list[Item]:
    """Failures of as many addresses as reports."""
    return [
        item(n, n / 1000, failed(f"{n}@b.test", original_message_id=f"{n}@s", trust="plausible"), uid=n)
        for n in range(first, first + number)
    ]


def statements(ledger: Ledger, items: Sequence[Item]) -> Counter[str]:
    """How often each kind of statement runs while ``items`` are taken, triggers not counted."""
    lines: list[str] = []
    ledger._db.conn.set_trace_callback(lines.append)
    ledger.take(items)
    ledger._db.conn.set_trace_callback(None)
    return Counter("INSERT" if "INSERT" in line else line.split()[0] for line in lines if not line.startswith("--"))


def others(counted: Counter[str]) -> int:
    """Those that insert nothing."""
    return counted.total() - counted["INSERT"]


def test_a_batch_is_one_transaction_and_asks_the_same_however_large_it_is(ledger: Ledger) -> None:
    statements(ledger, reports(1, 1))  # what all of them share is there from then on
    small, large = statements(ledger, reports(100, 20)), statements(ledger, reports(1000, 200))
    assert (small["BEGIN"], large["BEGIN"], small["COMMIT"], large["COMMIT"]) == (1, 1, 1, 1)
    assert others(small) == others(large) <= STATEMENTS_LIMIT


def test_the_rows_of_reports_are_inserted_together(ledger: Ledger) -> None:
    statements(ledger, reports(1, 1))
    small, large = statements(ledger, reports(100, 20)), statements(ledger, reports(1000, 120))
    assert large["INSERT"] - small["INSERT"] <= 100 * INSERTS_OF_A_REPORT


def test_a_second_report_about_an_address_asks_no_more(ledger: Ledger) -> None:
    ledger.take(reports(1, 50))
    again = [item(900 + n, 1, failed(f"{n}@b.test", original_message_id=f"x{n}@s"), uid=900 + n) for n in range(1, 51)]
    assert others(statements(ledger, again)) <= STATEMENTS_LIMIT


def test_with_own_domains_a_report_asks_a_fixed_number_of_questions(path: str) -> None:
    careful = Policy(count={"bounce": "plausible"})
    with Ledger(path, careful, clock=lambda: NOW) as ledger:
        statements(ledger, reports(1, 1))
        few, many = statements(ledger, reports(100, 20)), statements(ledger, reports(2000, 20))
        ledger.take(reports(5000, 500))
        assert others(statements(ledger, reports(8000, 20))) == others(few) == others(many)


@pytest.mark.parametrize("number", [1, 30])
def test_what_is_known_already_is_asked_for_together(ledger: Ledger, number: int) -> None:
    ledger.take(reports(1, number))
    assert statements(ledger, reports(1, number))["SELECT"] <= STATEMENTS_LIMIT
