"""What later entries ask of a state: all that is left of it decides what becomes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bounced.model import Class
from bounced.policy import Engaged, Entry, Fold, Limit, Policy, State, ordered, outdated
from tests.support.history import DAY0, on

POLICY = Policy(max_gap=timedelta(days=20))
ENGAGED = Policy(max_gap=timedelta(days=20), engaged=Engaged(timedelta(days=30), {"hard": Limit(5, 20)}))


def state(*history: Entry, policy: Policy = POLICY) -> State:
    fold = Fold("anna@example.org", policy)
    for entry in ordered(history, policy):
        fold.step(entry)
    return fold.state


def asked(day: float, *history: Entry, policy: Policy = POLICY) -> State:
    return outdated.asked(state(*history, policy=policy), DAY0 + timedelta(days=day), policy)


@pytest.mark.parametrize(
    "history",
    [
        (),
        (on(0),),
        (on(0, original_message_id="1@s"), on(1, original_message_id="2@s")),
        (on(0), on(1, "delivered")),
        (on(0, "engaged"),),
        (on(0, "delayed", original_message_id="1@s"),),
    ],
)
def test_what_is_over_is_as_if_it_had_not_been(history: tuple[Entry, ...]) -> None:
    assert asked(21, *history) == State()
    assert outdated.begin(asked(21, *history)) is None


@pytest.mark.parametrize(
    ("history", "first"),
    [
        ((on(0), on(10)), 0),
        ((on(0), on(1, "delivered"), on(10)), 10),
        ((on(0, original_message_id="1@s"), on(10, original_message_id="2@s"), on(11, "delivered")), 10),
        ((on(0, recorded=True), on(1, "delayed")), 0),
        ((on(0), on(8), on(16)), 0),
        ((on(-50), on(0), on(8), on(16)), 0),
        ((on(3, "complaint", reason="abuse"),), 3),
        ((on(0, "suppress", cause="bounce", reason="user_unknown", class_="hard"),), 0),
    ],
)
def test_what_goes_on_begins_with_its_first_entry(history: tuple[Entry, ...], first: int) -> None:
    needed = asked(21, *history)
    assert needed != State()
    assert outdated.begin(needed) == DAY0 + timedelta(days=first)


def test_reports_of_a_day_may_be_a_flood() -> None:
    flooded = Policy(count={"bounce": "plausible"}, max_gap=timedelta())
    reported = (on(20.5, trust="plausible", source="192.0.2.1"),)
    assert asked(21, *reported, policy=flooded).reports == (("192.0.2.1", DAY0 + timedelta(days=20.5)),)
    assert outdated.begin(asked(21, *reported, policy=flooded)) == DAY0 + timedelta(days=20.5)
    assert asked(21.5, *reported, policy=flooded).reports == ()


def test_who_was_engaged_has_other_limits_for_a_time() -> None:
    assert asked(29, on(0, "engaged"), policy=ENGAGED).engaged_at == DAY0
    assert asked(30, on(0, "engaged"), policy=ENGAGED) == State()


@pytest.mark.parametrize("class_", ["hard", "soft"])
def test_proofs_count_while_somebody_is_suppressed(class_: Class) -> None:
    policy = Policy(max_gap=timedelta(days=20), lift={"hard": 2, "soft": 2})
    failures = [on(day, class_=class_) for day in (0, 8, 16)]
    assert asked(21, *failures, on(17, "delivered"), policy=policy).proofs == 1
    assert asked(21, *failures, on(17, "delivered"), on(18, "delivered"), policy=policy).proofs == 0


def test_a_verified_failure_is_proof_while_its_streak_or_suppression_lasts() -> None:
    assert asked(10, on(0)).verified_at == DAY0
    assert asked(10, on(0), on(1, "delivered")).verified_at is None
    assert asked(10, on(0), on(1, "delivered"), on(2, trust="plausible")).verified_at is None
    suppressed = (on(0), on(8), on(16))
    assert asked(90, *suppressed).verified_at == DAY0 + timedelta(days=16)
    assert asked(90, *(entry._replace(trust="plausible") for entry in suppressed)).verified_at is None
