"""Any interleaving ends as the pages say that folding in order of happening does: the oracle imports nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Ladder, Limit, Policy
from tests.support import oracle
from tests.support.ledger import DAY0, failed, item

ADDRESS = "a@b.test"

POLICY = Policy(
    {**Policy().limits, "hard": Limit(oracle.BOUNCES, oracle.DAYS)},
    expire={"hard": Ladder((timedelta(days=oracle.LASTS),), probation=False)},
)
OTHER = replace(POLICY, max_gap=timedelta(days=3))

#: Half days, each used once, so that nothing happens at the same time.
halves = st.lists(st.integers(0, 240), max_size=12, unique=True)
kinds = st.sampled_from(["failed", "failed", "failed", "delivered", "released"])
names = st.sampled_from(["", "", "1@s", "2@s", "3@s"])
steps = st.sampled_from(["", "", "copy", "replay", "other numbers", "undo and redo"])


class Clock:
    def __init__(self) -> None:
        self.now = DAY0

    def __call__(self) -> datetime:
        return self.now


def report(number: int, fact: oracle.Fact) -> Item:
    day, what, name = fact
    if what == "delivered":
        return item(number, day, Event(ADDRESS, "delivered", "delivered", original_message_id=name))
    return item(number, day, failed(ADDRESS, original_message_id=name))


def later(copy: Item) -> Item:
    """The same report as read elsewhere, two days later."""
    return replace(copy, message=replace(copy.message, arrived_at=copy.message.arrived_at + timedelta(days=2)))


def do(ledger: Ledger, clock: Clock, number: int, fact: oracle.Fact, step: str) -> None:
    """Records one fact, and does ``step`` beside it, which changes nothing in the end."""
    if fact[1] == "released":
        clock.now = DAY0 + timedelta(days=fact[0])
        ledger.decisions.decide([ADDRESS], "release", "", "")
    elif step == "copy":
        ledger.take([later(report(number, fact))])
        ledger.take([report(number, fact)])
    else:
        ledger.take([report(number, fact)])
    if step == "replay":
        ledger.replay()
    elif step == "other numbers":
        ledger.adopt(OTHER)
        ledger.adopt(POLICY)
    elif step == "undo and redo":
        decision, _ = ledger.undo.undo(Filter(provider="b.test"), "")
        ledger.undo.redo(decision)


def standing(ledger: Ledger) -> list[tuple[datetime, datetime]]:
    sql = "SELECT since, until FROM suppressions"
    return [tuple(map(datetime.fromisoformat, row)) for row in ledger._db.execute(sql).fetchall()]  # type: ignore[misc]


@settings(max_examples=150, deadline=None)
@given(halves, st.data(), st.randoms(use_true_random=False))
def test_any_interleaving_is_one_history(days: list[int], data: Any, random: Any) -> None:
    facts = [(half / 2, data.draw(kinds), data.draw(names)) for half in days]
    clock, order = Clock(), list(enumerate(facts))
    random.shuffle(order)
    with Ledger(":memory:", POLICY, dry_run=True, clock=clock) as ledger:
        for number, fact in order:
            do(ledger, clock, number, fact, data.draw(steps))
        expected = oracle.suppressed_since(facts)
        dates = [tuple(DAY0 + timedelta(days=day) for day in expected)] if expected else []
        assert standing(ledger) == dates
