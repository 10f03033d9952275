"""What counts: trust, forged dates, floods, and what a person accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bounced.policy import Entry, Limit, Policy
from tests.support.history import ASKS, DAY0, complaint, judge, on, suppression

CAREFUL = Policy(count=ASKS)


def notes(*history: Entry, policy: Policy = CAREFUL) -> list[str]:
    return [step.note for step in judge(*history, policy=policy).steps]


def test_what_is_not_trusted_enough_does_nothing_and_says_why() -> None:
    doubtful = [on(day, trust="unverified") for day in (0, 8, 16)]
    assert suppression(*doubtful, policy=CAREFUL) is None
    assert notes(doubtful[0]) == ["held: trust unverified, plausible required"]
    assert suppression(*doubtful) is not None
    assert suppression(*(on(day, trust="plausible") for day in (0, 8, 16)), policy=CAREFUL) is not None
    assert notes(complaint(0, "abuse", trust="plausible")) == ["held: trust plausible, verified required"]


def test_proof_of_delivery_and_not_spam_need_trust_too() -> None:
    for proof in ("delivered", "auto-reply"):
        assert suppression(on(0), on(8), on(12, proof, trust="unverified"), on(16), policy=CAREFUL) is not None
    same = {"original_message_id": "1@s"}
    lifted = complaint(1, "not-spam", trust="plausible", **same)
    assert suppression(complaint(0, "abuse", **same), lifted, policy=CAREFUL) is not None


def test_held_events_wait_for_a_person_under_any_policy() -> None:
    held = {"held": "its mailbox is for complaints"}
    assert suppression(*(on(day, **held) for day in (0, 8, 16))) is None
    assert notes(on(0, **held), policy=Policy()) == ["held: its mailbox is for complaints"]
    assert notes(on(0, "delayed", **held)) == ["delayed, not failed"]


def test_what_a_person_accepted_counts() -> None:
    assert suppression(*(on(day, accepted=True, trust="unverified") for day in (0, 8, 16)), policy=CAREFUL)
    assert suppression(*(on(day, accepted=True, held="x") for day in (0, 8, 16)), policy=CAREFUL)


def stretched(stored: float = 16, **fields: Any) -> list[Entry]:
    """Three reports that came within an hour, with Received dates that are 16, 8 and no days old."""
    known = {"trust": "plausible", **fields}
    at = [DAY0 + timedelta(days=stored, minutes=minute) for minute in (0, 20, 40)]
    return [on(day, stored_at=when, **known) for day, when in zip((0, 8, 16), at, strict=True)]


def test_a_forged_received_does_not_stretch_a_streak() -> None:
    """Where our own server adds no Received, the topmost one is the forger's."""
    assert suppression(*stretched(), policy=CAREFUL) is None
    assert [step.entry.at.hour for step in judge(*stretched(), policy=CAREFUL).steps] == [12, 12, 12]
    assert suppression(*stretched()) is None  # E2: the rule is the only protection without own domains
    assert suppression(*stretched(trust="verified"), policy=CAREFUL) is None  # E3: one leaked message
    assert suppression(*stretched(accepted=True), policy=CAREFUL)
    assert suppression(*stretched(), policy=replace(CAREFUL, migrated=True))
    in_time = [on(day, trust="plausible", stored_at=DAY0 + timedelta(days=day + 1)) for day in (0, 8, 16)]
    assert suppression(*in_time, policy=CAREFUL)


@pytest.mark.parametrize(
    ("stored", "suppressed"),
    [
        ((23.9, 8 * 24, 14 * 24 + 23.8), False),  # E4: less than fifteen days by the mailbox's dates
        ((23.9, 8 * 24, 15 * 24 + 23.8), False),
        ((23.9, 8 * 24, 16 * 24), True),
        ((0.1, 8 * 24, 15 * 24 + 0.2), True),
    ],
)
def test_the_days_are_those_of_the_mailbox_too(stored: tuple[float, ...], suppressed: bool) -> None:
    """Each Received claims to be as old as is believed, or as the first one."""
    at = (0.0, 8.0, max(stored[2] / 24 - 0.99, 15.001))
    history = [
        on(day, trust="plausible", stored_at=DAY0 + timedelta(hours=hours))
        for day, hours in zip(at, stored, strict=True)
    ]
    assert bool(suppression(*history, policy=CAREFUL)) is suppressed


def test_a_report_that_was_stored_late_is_as_old_as_it_says() -> None:
    late = [on(0), on(8), on(14.5, stored_at=DAY0 + timedelta(days=15.2))]
    assert suppression(*late) is None


def flood(reports: int, hours: float, **fields: Any) -> list[Entry]:
    """So many failures, spread evenly over the time."""
    known = {"trust": "plausible", "source": "192.0.2.1", **fields}
    return [on(hours / 24 * n / (reports - 1), original_message_id=f"{n}@s", **known) for n in range(reports)]


ELEVEN = replace(CAREFUL, limits={**Policy().limits, "hard": Limit(11, 0)})


def test_too_many_reports_from_one_source_in_a_day_are_held() -> None:
    """Those that exceed the number, never the first ones (F14, B15)."""
    assert suppression(*flood(11, 24), policy=ELEVEN) is None
    assert notes(*flood(11, 24))[-2:] == [
        "failure 10 of the streak",
        "held: more than 10 reports from one source in a day",
    ]
    assert suppression(*flood(11, 24), policy=Policy(limits=ELEVEN.limits))
    assert suppression(*flood(11, 24), policy=replace(ELEVEN, reports_per_address=0))
    assert suppression(*flood(11, 24, trust="verified"), policy=ELEVEN)
    assert suppression(*flood(11, 24, accepted=True), policy=ELEVEN)
    assert suppression(*flood(11, 26.5), policy=ELEVEN)


@pytest.mark.parametrize("reports", [10, 11, 500])
def test_a_flood_takes_no_failure_back_that_counted_before_it(reports: int) -> None:
    genuine = [on(day, trust="plausible", source="192.0.2.1") for day in (-16, -8, 0)]
    assert suppression(*genuine, *flood(reports, 20), policy=CAREFUL)


def test_what_is_held_is_not_a_part_of_the_flood_that_holds_the_next() -> None:
    """A source that never ends counts as often a day as it may."""
    assert sum(step.counted for step in judge(*flood(401, 24 * 10), policy=CAREFUL).steps) == 100


@pytest.mark.parametrize(("reports", "sent", "counts"), [(50, 50, True), (51, 50, False), (5, 1, False), (5, 5, True)])
def test_who_knows_what_was_sent_needs_no_guess(reports: int, sent: int, counts: bool) -> None:
    policy = replace(CAREFUL, limits={**Policy().limits, "hard": Limit(reports, 0)})
    assert bool(judge(*flood(reports, 24, sent=sent), policy=policy).suppressions) == counts


def test_servers_on_the_way_may_report_one_failure_twice() -> None:
    assert all(step.counted for step in judge(*flood(3, 1, sent=1), policy=CAREFUL).steps)


def test_a_flood_leaves_what_lies_beside_it() -> None:
    others = [on(day, trust="plausible", source="192.0.2.2") for day in (0, 8, 16)]
    before_and_after = [on(day, trust="plausible", source="192.0.2.1") for day in (-3, 5, 14)]
    made_up = flood(400, 30)
    assert suppression(*made_up, *others, policy=replace(CAREFUL, reports_per_address=1))
    steps = judge(*made_up, *before_and_after, policy=CAREFUL).steps
    assert {entry.at for entry in before_and_after} <= {step.entry.at for step in steps if step.counted}


def test_what_does_not_count_anyway_makes_no_flood() -> None:
    unverified = flood(50, 24, trust="unverified")
    assert suppression(
        *unverified, *(on(day, trust="plausible", source="192.0.2.1") for day in (0, 8, 16)), policy=CAREFUL
    )
