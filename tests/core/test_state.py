"""A walk goes on from a kept state as from the first entry, and a state does not grow with the history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.ledger.states import packed, unpacked
from bounced.model import proof
from bounced.policy import Entry, Fold, Judgment, Ladder, Limit, Policy, decide, ordered
from bounced.policy.complaints import COMPLAINTS_LIMIT, SCOPES_LIMIT
from bounced.policy.doubts import REPORTS_LIMIT
from bounced.policy.repeats import COUNTED_LIMIT
from tests.support.history import ADDRESS, DAY0, complaint, judge, on

CAREFUL: Any = {"bounce": "plausible", "complaint": "plausible", "delivered": "plausible", "not-spam": "plausible"}

POLICY = Policy(
    limits={**Policy().limits, "soft": Limit(2, 1), "block": Limit(4, 0)},
    max_gap=timedelta(days=20),
    expire={"mailbox_full": Ladder((timedelta(days=7),), probation=False)},
    complaints={"abuse": "stream", "opt-out": "marketing", "fraud": "all"},
    transactional=("invoices",),
    reports_per_address=2,
)

REASONS = ["mailbox_full", "mailbox_full", "user_unknown"]

happened: Any = {
    "day": st.integers(0, 50) | st.floats(0, 5).map(lambda day: round(day, 2)),
    "source": st.sampled_from(["", "192.0.2.1", "192.0.2.2"]),
    "trust": st.sampled_from(["verified", "plausible", "unverified"]),
    "accepted": st.booleans(),
    "held": st.sampled_from(["", "", "", "its mailbox is for complaints"]),
    "original_message_id": st.sampled_from(["", "1@s", "2@s", "3@s"]),
    "proved": st.sampled_from(["", "1@s", *(proof(kind, str(n)) for kind in ("message-id", "body") for n in range(3))]),
    "stored_at": st.none() | st.integers(0, 50).map(lambda day: DAY0 + timedelta(days=day)),
    "id": st.integers(1, 10**6),
}
entries = (
    st.builds(
        on,
        **happened,
        class_=st.sampled_from(["hard", "soft", "block"]),
        reason=st.sampled_from(REASONS),
    )
    | st.builds(on, **happened, what=st.sampled_from(["delivered", "auto-reply", "delayed", "noted"]))
    | st.builds(
        complaint,
        **happened,
        kind=st.sampled_from(["abuse", "not-spam", "opt-out", "fraud", "dkim"]),
        stream=st.sampled_from(["", "tips", "invoices"]),
        stream_by=st.sampled_from(["", "token"]),
    )
    | st.builds(
        on,
        day=happened["day"],
        what=st.sampled_from(["suppress", "release"]),
        scope=st.sampled_from(["", "all", "tips"]),
        cause=st.sampled_from(["", "bounce", "complaint", "manual"]),
    )
)
LADDERS: Any = {"mailbox_full": Ladder((timedelta(days=5), timedelta(days=9), None)), "hard": Ladder((timedelta(3),))}
policies = st.sampled_from(
    [
        POLICY,
        replace(POLICY, expire=LADDERS, scopes={"soft": "marketing"}),
        replace(POLICY, count=CAREFUL),
        replace(POLICY, count=CAREFUL, migrated=True),
    ]
)


def continued(history: Iterable[Entry], policy: Policy, cuts: set[int]) -> Judgment:
    """What ``history`` comes to when its state is written and read before the steps with the numbers ``cuts``."""
    fold, steps = Fold(ADDRESS, policy), []
    for number, entry in enumerate(ordered(history, policy)):
        if number in cuts:
            fold = Fold(ADDRESS, policy, unpacked(packed(fold.state)))
        steps.append(fold.step(entry))
    return Judgment(tuple(steps), fold.suppressions(), fold.state.streak)


@settings(max_examples=300, deadline=None)
@given(st.lists(entries, max_size=40), policies, st.sets(st.integers(0, 40)))
def test_from_a_kept_state_it_is_as_from_nothing(history: list[Entry], policy: Policy, cuts: set[int]) -> None:
    assert continued(history, policy, cuts) == decide(ADDRESS, history, policy)


LONG = 1000

#: Long histories of one kind, each with much in every entry of it.
HISTORIES: dict[str, list[Entry]] = {
    "failures": [on(n / 10, original_message_id=f"{n}@s" * 50, detail="x" * 1000) for n in range(LONG)],
    "proved failures": [
        on(n, proved=" ".join(proof(kind, str(n)) for kind in ("message-id", "body", "token-id", "sns")))
        for n in range(LONG)
    ],
    "a flood": [on(n / LONG, source=f"host{n}.example", trust="plausible") for n in range(LONG)],
    "complaints": [complaint(n, "abuse", original_message_id=f"{n}@s", detail="x" * 1000) for n in range(LONG)],
    "complaints of streams": [
        complaint(n, kind, original_message_id=f"{n}@s", stream=f"stream-{n}")
        for n in range(LONG // 2)
        for kind in ("abuse", "opt-out")
    ],
    "unsubscriptions": [complaint(n, "opt-out", stream="tips", detail="x" * 1000) for n in range(LONG)],
    "successes": [on(n, "delivered") for n in range(LONG)],
}


@pytest.mark.parametrize("kind", HISTORIES)
@pytest.mark.parametrize("count", [{}, CAREFUL], ids=["everything counts", "careful"])
def test_a_state_does_not_grow_with_the_history(kind: str, count: Any) -> None:
    policy = replace(POLICY, count=count, complaints={"abuse": "stream", "opt-out": "stream"}, reports_per_address=10)
    sizes = []
    fold = Fold(ADDRESS, policy)
    for number, entry in enumerate(ordered(HISTORIES[kind], policy), 1):
        fold.step(entry)
        if number in (LONG // 2, LONG):
            sizes.append(len(packed(fold.state)))
    assert sizes[1] <= sizes[0] + 100  # numbers with another digit
    assert sizes[1] < 40_000


def test_a_report_about_one_of_many_failures_is_recognized_while_it_may_come() -> None:
    history = [on(n, original_message_id=f"{n}@s") for n in range(COUNTED_LIMIT + 1)]
    again = [on(COUNTED_LIMIT + 1, original_message_id=f"{n}@s") for n in (0, 1)]
    assert [judge(*history, late).steps[-1].counted for late in again] == [True, False]
    old = on(0, original_message_id="1@s")
    late = [on(day, original_message_id="1@s") for day in (90, 91)]
    assert [judge(old, on(60), entry).steps[-1].counted for entry in late] == [False, False]
    between = [on(day, original_message_id="2@s") for day in (89.5, 90.5)]
    assert [judge(old, on(60), *pair).steps[-1].counted for pair in zip(between, late, strict=True)] == [False, True]


def test_a_flood_from_many_hosts_is_one() -> None:
    policy = replace(Policy(), count={"bounce": "plausible"})
    hosts = [on(n / 1000, source=f"192.0.2.{n}", trust="plausible") for n in range(REPORTS_LIMIT + 1)]
    steps = judge(*hosts, policy=policy).steps
    assert [step.note for step in steps if step.held] == [f"held: more than {REPORTS_LIMIT} reports in a day"]
    assert not any(step.held for step in judge(*hosts, policy=replace(policy, reports_per_address=200)).steps)
    assert not judge(*hosts, on(2, source="192.0.2.1", trust="plausible"), policy=policy).steps[-1].held


def test_of_many_complaints_the_oldest_is_lifted_by_a_release_only() -> None:
    many = [complaint(n, "abuse", original_message_id=f"{n}@s") for n in range(COMPLAINTS_LIMIT + 1)]
    lifting = [complaint(99, "not-spam", original_message_id=f"{n}@s") for n in range(COMPLAINTS_LIMIT + 1)]
    [first] = judge(*many, *lifting).suppressions
    assert first.since == many[0].at
    assert judge(*many[1:], *lifting).suppressions == ()
    assert judge(*many, *lifting, on(100, "release")).suppressions == ()


def test_complaints_about_many_streams_forbid_marketing() -> None:
    policy = replace(Policy(), complaints={"abuse": "stream"})
    many = [complaint(n, "abuse", stream=f"stream-{n}") for n in range(SCOPES_LIMIT + 5)]
    scopes = {suppression.scope for suppression in judge(*many, policy=policy).suppressions}
    assert len(scopes) == SCOPES_LIMIT + 1
    assert "marketing" in scopes
