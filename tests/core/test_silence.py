"""A message that nobody contradicted was delivered, and what that does to a streak and a suppression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.policy import Engaged, Entry, Fold, Ladder, Limit, Policy, Sent, State, Step, Suppression, ordered
from bounced.policy import with_deliveries as merged
from bounced.policy.deliveries import REPORTED_LIMIT
from tests.support.history import ADDRESS, ASKS, DAY0, on

OF_INCIDENT: Any = {"held": "incident of one provider", "excused": True}
UNDONE: Any = {"held": "undone by decision 1", "excused": True}
SOFT: Any = {"class_": "soft", "reason": "mailbox_full"}


def sent(day: float, message_id: str = "", **fields: Any) -> Sent:
    return Sent(DAY0 + timedelta(days=day), message_id, **fields)


def folded(history: Iterable[Entry], *records: Sent, policy: Policy | None = None) -> tuple[Fold, list[Step]]:
    """The history with what is recorded as sent, walked."""
    rule = policy or Policy()
    entries = ordered(history, rule)
    fold = Fold(ADDRESS, rule)
    return fold, list(map(fold.step, merged(lambda: entries, records, State(), rule)))


def bounces(history: Iterable[Entry], *records: Sent, policy: Policy | None = None) -> int:
    """The length of the streak in the end."""
    streak = folded(history, *records, policy=policy)[0].state.streak
    return streak.bounces if streak else 0


def suppression(history: Iterable[Entry], *records: Sent, policy: Policy | None = None) -> Suppression | None:
    found = folded(history, *records, policy=policy)[0].suppressions()
    return found[0] if found else None


def test_a_message_that_nobody_contradicts_breaks_the_streak() -> None:
    fold, steps = folded([on(0, original_message_id="0@s"), on(14, original_message_id="14@s")], sent(7, "7@s"))
    assert fold.state.streak is not None
    assert fold.state.streak.bounces == 1
    assert [step.note for step in steps if step.entry.what == "sent"] == [
        "sent, and no report came within 6 days: the streak of 1 is broken"
    ]


@pytest.mark.parametrize(
    ("report", "is_taken_back"),
    [
        (on(7.1, original_message_id="7@s"), True),
        (on(300, original_message_id="7@s"), True),  # whenever it comes
        (on(8, "delayed", original_message_id="7@s"), True),
        (on(9, class_="block", reason="blocklisted", original_message_id="7@s"), True),  # it was not delivered
        (on(9, "noted", original_message_id="7@s"), False),  # relayed
        (on(12), True),  # names nothing: about any message of the days before
        (on(13.1), False),  # too late for that
        (on(12, original_message_id="rewritten@relay"), True),
        (on(12, original_message_id="6.5@s"), False),  # about another one
        (on(12, original_message_id="7@s", held="its mailbox is for complaints"), False),
        (on(6.9, original_message_id="7@s"), True),  # it came before the row was written
        (on(6.9, "delayed", original_message_id="7@s"), False),  # and then it was delivered
        (on(7.1, original_message_id="7@s", **OF_INCIDENT), True),  # whose fault it was, it was not delivered
        (on(6.9, original_message_id="7@s", **OF_INCIDENT), True),
        (on(8, **OF_INCIDENT), False),
        (on(8, **OF_INCIDENT, accepted=True), True),
        (on(7.1, original_message_id="7@s", **UNDONE), True),
        (on(8, **UNDONE), False),
        (on(7.1, original_message_id="7@s", trust="unverified", **OF_INCIDENT), False),
    ],
)
def test_a_report_takes_back_what_was_sent(report: Entry, is_taken_back: bool) -> None:
    records = [sent(6.5, "6.5@s"), sent(7, "7@s")]
    policy = replace(Policy(), count={"bounce": "verified"})
    _, steps = folded([on(0), report, on(6.6, original_message_id="6.5@s")], *records, policy=policy)
    assert [step.entry.original_message_id for step in steps if step.entry.what == "sent" and step.note] == (
        [] if is_taken_back else ["7@s"]
    )


def test_of_several_with_one_message_id_a_report_is_about_the_latest() -> None:
    records = [sent(7, "same@s"), sent(14, "same@s"), sent(21, "same@s")]
    failures = [on(0, original_message_id="same@s"), on(21.1, original_message_id="same@s")]
    assert bounces(failures, *records) == 1
    late = on(28, original_message_id="same@s")  # about which of them nobody knows
    assert bounces([on(0), late], *records, policy=replace(Policy(), settles=timedelta(days=6))) == 2


def test_what_two_records_have_is_one_message() -> None:
    policy = replace(Policy(), lift={"hard": 2})
    failures = [on(day) for day in (0, 8, 16)]
    twice = [sent(30, "30@s"), sent(30.001, "30@s")]
    assert suppression(failures, *twice, policy=policy)
    assert not suppression(failures, *twice, sent(40, "40@s"), policy=policy)


def test_what_is_not_settled_proves_nothing() -> None:
    assert bounces([on(0)], sent(7, "7@s", settled=False)) == 1
    assert bounces([on(0)], sent(7, "7@s")) == 0


def test_what_is_no_message_is_not_taken_back() -> None:
    assert bounces([on(0), on(8)], sent(7, kind="delivered")) == 1
    assert bounces([on(0), on(8)], sent(7, kind="engaged")) == 1


@pytest.mark.parametrize(
    ("class_", "lift", "proofs", "is_suppressed"),
    [
        ("soft", {"soft": 1}, 1, False),
        ("soft", {"soft": 0}, 9, True),
        ("soft", {}, 9, True),
        ("hard", {"hard": 2}, 1, True),
        ("hard", {"hard": 2}, 2, False),
    ],
)
def test_a_suppression_is_lifted_by_as_many_proofs_as_configured(
    class_: Any, lift: Any, proofs: int, is_suppressed: bool
) -> None:
    policy = replace(Policy(), lift=lift)
    history = [on(day, class_=class_, reason="mailbox_disabled") for day in (0, 8, 16)]
    records = [sent(20 + number, f"{number}@s") for number in range(proofs)]
    assert (suppression(history, *records, policy=policy) is not None) == is_suppressed


def test_by_default_a_proof_lifts_what_is_soft_and_nothing_lifts_what_is_hard() -> None:
    delivered = [on(20 + day, "delivered") for day in range(5)]
    assert suppression([*(on(day, **SOFT) for day in (0, 8, 16)), delivered[0]]) is None
    assert suppression([*(on(day) for day in (0, 8, 16)), *delivered]) is not None


def test_a_failure_between_begins_the_count_of_proofs_anew() -> None:
    policy = replace(Policy(), lift={"hard": 2})
    history = [on(day) for day in (0, 8, 16)]
    proofs = [on(17, "delivered"), on(19, "delivered")]
    assert suppression([*history, *proofs], policy=policy) is None
    fold, steps = folded([*history, proofs[0], on(18), proofs[1]], policy=policy)
    assert fold.suppressions()
    assert steps[-1].note == "delivered: the streak of 1 is broken, proof 1 of 2 that lift the suppression"
    assert folded([*history, *proofs], policy=policy)[1][-1].note == "delivered: the suppression is lifted"


def test_proof_does_not_lift_a_complaint_or_what_was_asked_for() -> None:
    asked = on(0, "suppress")
    complained = on(0, "complaint", reason="abuse")
    assert suppression([asked, on(1, "delivered")]) is not None
    assert suppression([complained, on(1, "delivered")]) is not None


QUARTERLY = [on(day, original_message_id=f"{day}@s") for day in (0, 91, 182)]


def test_where_it_is_known_what_was_sent_no_gap_breaks_a_streak() -> None:
    records = [sent(day - 0.1, f"{day}@s") for day in (0, 91, 182)]
    assert suppression(QUARTERLY) is None
    assert suppression(QUARTERLY, *records) is not None
    assert suppression(QUARTERLY, *records[1:]) is None  # of the first nothing is known
    assert bounces(QUARTERLY, *records, sent(120, "120@s")) == 1


def test_a_probation_lasts_until_something_is_sent() -> None:
    policy = replace(Policy(), expire={"mailbox_full": Ladder((timedelta(days=30), None))})
    history = [on(day, original_message_id=f"{day}@s", **SOFT) for day in (0, 8, 16, 200)]
    assert suppression(history, policy=policy) is None
    found = suppression(history, sent(199, "200@s"), policy=policy)
    assert found is not None
    assert found.until is None


def test_of_whoever_was_engaged_more_failures_are_asked_for() -> None:
    patient = Engaged(timedelta(days=60), {"hard": Limit(4, 20)})
    policy = replace(Policy(), engaged=patient)
    history = [on(day) for day in (10, 18, 27)]
    assert suppression(history, sent(5, kind="engaged"), policy=policy) is None
    assert suppression([*history, on(31)], sent(5, kind="engaged"), policy=policy) is not None
    assert suppression(history, sent(-40, kind="engaged"), policy=policy) is not None  # long ago
    assert suppression(history, sent(5, kind="engaged")) is not None


def test_a_report_that_came_before_the_record_is_remembered_for_a_while() -> None:
    early = on(0, original_message_id="1@s")
    later = [on(1 + n / 100, original_message_id=f"later{n}@s") for n in range(REPORTED_LIMIT)]
    assert bounces([early], sent(3, "1@s")) == 1
    assert bounces([early, *later[:-1]], sent(3, "1@s")) == REPORTED_LIMIT
    assert bounces([early, *later], sent(3, "1@s")) == 0


happened = st.one_of(
    st.builds(
        on,
        st.integers(0, 60),
        st.sampled_from(["failed", "failed", "delayed", "delivered", "release"]),
        original_message_id=st.sampled_from(["", "1@s", "2@s", "3@s"]),
        trust=st.sampled_from(["verified", "plausible", "unverified"]),
        id=st.integers(1, 9),
    ),
    st.builds(on, st.integers(0, 60), **{key: st.just(value) for key, value in SOFT.items()}),
)
recorded = st.builds(
    sent,
    st.integers(0, 60),
    st.sampled_from(["", "1@s", "2@s", "3@s", "4@s"]),
    kind=st.sampled_from(["sent", "sent", "delivered", "engaged"]),
    settled=st.booleans(),
)


@given(st.lists(happened, max_size=25), st.lists(recorded, max_size=12), st.integers(0, 30), st.booleans())
def test_the_rest_of_a_history_is_judged_as_all_of_it(
    history: list[Entry], records: list[Sent], cut: int, careful: bool
) -> None:
    """From a state the walk goes on with what is recorded after it; what came before tells the reports."""
    policy = replace(Policy(), count=ASKS if careful else {}, max_gap=timedelta(days=20), reports_per_address=2)
    entries = ordered(history, policy)
    whole = Fold(ADDRESS, policy)
    steps = list(map(whole.step, merged(lambda: entries, records, State(), policy)))
    if not steps:
        return
    at = steps[min(cut, len(steps) - 1)].entry.at
    first = Fold(ADDRESS, policy)
    for step in steps:
        if step.entry.at <= at:
            first.step(step.entry)
    later = [entry for entry in entries if entry.at > at]
    rest = [first.step(entry) for entry in merged(lambda: later, records, replace(first.state), policy)]
    assert rest == [step for step in steps if step.entry.at > at]
    assert first.suppressions() == whole.suppressions()
