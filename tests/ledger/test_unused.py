"""Passages that nothing refers to are deleted, and those that something refers to meanwhile stay."""

from __future__ import annotations

from datetime import timedelta

from bounced.ledger.ledger import Ledger
from bounced.ledger.unused import Unused
from bounced.policy import Policy
from tests.support.ledger import DAY0, failed, item, rows

SAID = "550 5.1.1 <{}> unknown"


def test_a_passage_is_shared_by_all_whom_it_names(ledger: Ledger, path: str) -> None:
    for number, address in enumerate(("a@b.test", "c@d.test")):
        ledger.take([item(number, number, failed(address, diagnostic_code=SAID.format(address)))])
    assert rows(path, "SELECT count(*) FROM passages WHERE id > 0") == [(1,)]
    shown = rows(path, "SELECT diagnostic_code FROM events_view ORDER BY id")
    assert shown == [(SAID.format("a@b.test"),), (SAID.format("c@d.test"),)]


def test_what_a_new_event_refers_to_between_two_steps_stays(path: str) -> None:
    clock = [DAY0 + timedelta(days=1)]
    with Ledger(path, Policy(count={"bounce": "plausible"}), clock=lambda: clock[0]) as ledger:
        ledger.take([item(1, 0, failed("a@b.test", diagnostic_code="gone")), item(2, 0, failed("c@b.test"))])
        ledger.upkeep.drop_held(timedelta(days=10))
        unused = Unused(ledger._db, "passages")
        while unused.look():
            pass
        unused._used[:] = bytearray(len(unused._used))  # as if the events of all of them had been deleted
        ledger.take([item(3, 1, failed("a@b.test", diagnostic_code="gone", trust="plausible"))])
        ledger.write(lambda _: unused.delete())
        assert rows(path, "SELECT diagnostic_code FROM events_view WHERE id = 3") == [("gone",)]
        clock[0] += timedelta(days=20)
        assert ledger.upkeep.drop_held(timedelta(days=10)) == 2
        assert rows(path, "SELECT text FROM passages WHERE id > 0") == [("gone",)]
