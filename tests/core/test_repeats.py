"""One failure is counted once, however many reports there are about it and whatever they return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bounced.model import proof, proof_of_time
from bounced.policy import Entry, Fold, Limit, Policy, ordered
from tests.support.history import ADDRESS, DAY0, judge, on, suppression

WEEKS = range(0, 18 * 7, 7)

CLAIMED: Any = {"trust": "plausible"}
SAME: Any = {**CLAIMED, "original_message_id": "alert@s"}
SOFT: Any = {"class_": "soft", "reason": "mailbox_full"}


def counted(*history: Entry) -> list[bool]:
    return [step.counted for step in judge(*history).steps]


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([on(0), on(0.1)], [True, False]),
        ([on(0), on(0.99), on(1)], [True, False, True]),
        ([on(0, original_message_id="1@s"), on(0.2)], [True, False]),
        ([on(0), on(0.2, original_message_id="1@s")], [True, False]),
        ([on(0), on(0.2, original_message_id="1@s"), on(0.3, original_message_id="2@s")], [True, False, True]),
        ([on(0), on(0.2, original_message_id="1@s"), on(5, original_message_id="1@s")], [True, False, False]),
        ([on(0, original_message_id="1@s"), on(0.1, original_message_id="2@s"), on(0.2)], [True, True, False]),
        ([on(0, original_message_id="1@s"), on(1, original_message_id="1@s"), on(1.5)], [True, False, True]),
    ],
)
def test_what_names_no_message_counts_once_a_day(reports: list[Entry], expected: list[bool]) -> None:
    assert counted(*reports) == expected


def test_two_reports_of_a_day_and_one_after_sixteen_are_two_failures() -> None:
    assert suppression(on(0), on(0.01), on(16)) is None
    assert suppression(on(0), on(0.01), on(16), on(17)) is not None


def test_a_second_report_that_is_harder_makes_the_failure_hard() -> None:
    policy = Policy(limits={**Policy().limits, "hard": Limit(1, 0)})
    [_, again] = judge(on(0, **SOFT), on(0.1), policy=policy).steps
    assert again.note == "not counted: a message already failed (2026-09-01): the hard limit of 1 is reached"
    assert not again.counted
    assert suppression(on(0, **SOFT), on(0.1), policy=policy) is not None


@pytest.mark.parametrize("hours", [0, 5, -5])
def test_a_program_with_one_message_id_gets_its_dead_found(hours: float) -> None:
    history = [on(day + (hours / 24 if day % 2 else 0), **SAME) for day in WEEKS]
    standing = suppression(*history)
    assert standing is not None
    assert (standing.since - DAY0).days in range(20, 23)
    assert standing.bounces == len(WEEKS)


def test_so_does_one_that_sends_every_day() -> None:
    standing = suppression(*(on(day, **SAME) for day in range(60)))
    assert standing is not None
    assert standing.since == DAY0 + timedelta(days=21)


def test_what_is_proved_to_be_one_message_is_one_failure_however_often_it_is_reported() -> None:
    proved = [on(day, trust="verified", proved=proof("message-id", "alert@s")) for day in WEEKS]
    assert suppression(*proved) is None
    sent = [entry._replace(proved=f"{entry.proved} {proof_of_time(entry.at - timedelta(hours=1))}") for entry in proved]
    assert suppression(*sent) is not None


def test_what_is_remembered_of_failures_without_a_message_is_a_day() -> None:
    fold = Fold(ADDRESS, Policy())
    for entry in ordered((on(day) for day in range(20)), fold.policy):
        fold.step(entry)
    assert len(fold.state.counted) <= 2


MEMBER: Any = {"final_recipient": "Former.Colleague@Example.ORG"}


def test_a_member_of_a_list_at_the_domain_is_not_charged_to_the_list() -> None:
    steps = judge(*(on(day, **MEMBER) for day in WEEKS)).steps
    assert not any(step.counted for step in steps)
    assert steps[0].note == "not counted: Former.Colleague@Example.ORG failed, another mailbox behind this address"
    assert suppression(*(on(day, **MEMBER) for day in WEEKS), *(on(130 + day) for day in (0, 8, 16))) is not None


@pytest.mark.parametrize(
    "final_recipient",
    ["", ADDRESS, "Anna@Example.org", "anna+news@example.org", "an.na@example.org", "anna@elsewhere.example", "anna"],
)
def test_a_forward_and_another_spelling_are_the_address(final_recipient: str) -> None:
    assert suppression(*(on(day, final_recipient=final_recipient) for day in (0, 8, 16))) is not None
