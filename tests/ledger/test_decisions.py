"""What people decide, and which events they accept."""

from __future__ import annotations

import pytest

from bounced.errors import UserError
from bounced.ledger.ledger import Ledger
from bounced.ledger.suppressions import Folded
from bounced.model import Event
from bounced.policy import Policy
from tests.support.ledger import NOW, failed, item, rows, suppressed


def test_decisions(ledger: Ledger, path: str) -> None:
    assert ledger.decisions.decide(["a@b.test"], "suppress", "marketing", "asked us").started[0][0] == "a@b.test"
    assert suppressed(path) == [("a@b.test", "marketing", "manual", 0)]
    assert len(ledger.decisions.decide(["a@b.test"], "release", "", "asked again").ended) == 1
    assert suppressed(path) == []
    assert rows(path, "SELECT what, why FROM decisions") == [("suppress", "asked us"), ("release", "asked again")]


def test_an_accepted_event_counts_and_accepting_it_twice_is_harmless(path: str) -> None:
    careful = Policy(count={"bounce": "plausible"})
    with Ledger(path, careful, clock=lambda: NOW) as ledger:
        ledger.take([item(number, day, failed("a@b.test")) for number, day in enumerate((0, 8, 16))])
        assert suppressed(path) == []
        assert ledger.decisions.accept([1, 2], "looked").started == ()
        assert [address for address, _ in ledger.decisions.accept([1, 3], "").started] == ["a@b.test"]
        assert ledger.decisions.accept([3], "") == Folded()
    assert rows(path, "SELECT event, why FROM accepted") == [(1, "looked"), (2, "looked"), (3, "")]


def test_nobody_has_to_look_at_what_counts_for_nothing_anyway(path: str) -> None:
    with Ledger(path, Policy(count={"bounce": "plausible"})) as ledger:
        delayed = Event("a@b.test", "bounce", "delayed", "soft", "unreachable")
        assert ledger.take([item(1, 0, delayed, failed("c@d.test"))]).held == 1
    assert rows(path, "SELECT address FROM doubts") == [("c@d.test",)]


def test_an_unknown_event_number_refuses_the_whole_command(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("a@b.test"))])
    with pytest.raises(UserError, match="17: no event has this number"):
        ledger.decisions.accept([1, 17], "")
    assert rows(path, "SELECT count(*) FROM accepted") == [(0,)]
