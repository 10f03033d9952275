"""How many messages proved failures are about: never more than were leaked, and as many as a sender sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.model import TOKEN_KINDS, proof, proof_of_time, proofs, proved
from bounced.policy import Limit, Policy
from tests.support.history import DAY0, judge, on, suppression

KINDS = ("token-id", "token-id-campaign", "message-id", "body", "made")


def shown(number: int, kinds: Any, body: int | None = None) -> str:
    """What message ``number``, sent on day 10 * ``number``, proves by ``kinds``."""
    texts = {"body": str(number if body is None else body)}
    made = proof_of_time(DAY0 + timedelta(days=10 * number))
    return proved(*(made if kind == "made" else proof(kind, texts.get(kind, str(number))) for kind in kinds))


def failures(*reports: tuple[float, str]) -> int:
    """What the streak of these reports, by day and proof, comes to."""
    entries = [on(day, proved=proved) for day, proved in reports]
    streak = judge(*entries).streak
    return streak.bounces if streak else 0


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.dictionaries(st.sampled_from(KINDS), st.integers(0, 2), min_size=1),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_reports_count_no_more_than_messages_were_leaked(reports: list[tuple[int, dict[str, int]]]) -> None:
    """However their proofs are left out and mixed, from the day on which all of them are there."""
    leaked = {number for _, parts in reports for number in parts.values()}
    mixed = [(30 + day, proved(*(shown(number, [kind]) for kind, number in parts.items()))) for day, parts in reports]
    assert 1 <= failures(*mixed) <= len(leaked)


#: What the reports to one sender show, from the first to the last: all of them one, and any of the other.
SENDERS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "a token in the return path": ({"token-id"}, KINDS),
    "a token in the header, the message signed": ({"token-id"}, ("body", "made", "message-id")),
    "signed": ({"message-id", "body", "made"}, ("token-id",)),
    "signed without Message-ID": ({"body", "made"}, ()),
    "the table sends": ({"message-id", "made"}, ("token-id", "body")),
    "the table sends, without times": ({"message-id"}, ("token-id",)),
    "a token with and one without campaign, both signed": ({"made"}, ("token-id", "token-id-campaign", "body")),
}


@pytest.mark.parametrize("sender", SENDERS)
@given(data=st.data(), messages=st.integers(1, 6))
def test_each_message_of_a_sender_counts(sender: str, data: Any, messages: int) -> None:
    always, sometimes = SENDERS[sender]
    more = st.lists(st.sampled_from(sometimes or ("body",)))
    reports = []
    for number in range(messages):
        after = data.draw(st.floats(0, 9))
        reports.append((10 * number + after, shown(number, always | {*data.draw(more)})))
        reports += [(10 * number + after, shown(number, always))] * data.draw(st.integers(0, 1))
    assert failures(*reports) == messages


@given(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=6).map(sorted))
def test_a_sender_may_change_from_tokens_to_signatures_to_the_table(phases: list[int]) -> None:
    """As each of these says when the message was made, or the report after it has a proof of the same kind."""
    ways = {1: {"token-id"}, 2: {"token-id", "message-id", "body", "made"}, 3: {"message-id", "made"}}
    assert failures(*((10 * n + 1, shown(n, ways[phase])) for n, phase in enumerate(phases))) == len(phases)


def test_the_same_text_to_everybody_is_not_the_same_message() -> None:
    """Its body proves nothing that its signed Message-ID contradicts."""
    assert failures(*((10 * n, shown(n, ("message-id", "body"), body=0)) for n in range(3))) == 3


def test_a_time_after_the_report_itself_proves_nothing() -> None:
    later = [(number, shown(7 + number, ["made"])) for number in range(3)]
    assert failures((0, shown(0, ["token-id"])), *later) == 1


def test_what_is_proved_about_an_unproved_failure_counts_once() -> None:
    bare, whole = {"original_message_id": "1"}, {"proved": shown(1, ["message-id", "token-id"])}
    assert [step.counted for step in judge(on(0, **bare), on(9, **whole)).steps] == [True, False]
    assert [step.counted for step in judge(on(0, **whole), on(9, **bare)).steps] == [True, False]


def test_a_failure_of_another_class_is_judged_by_its_own_limit_whatever_it_proves() -> None:
    soft = on(0, class_="soft", reason="mailbox_full", proved=shown(1, ["token-id"]))
    at_once = replace(Policy(), limits={**Policy().limits, "hard": Limit(1, 0)})
    assert suppression(soft, on(1, proved=shown(1, ["message-id"])), policy=at_once)


@pytest.mark.parametrize(
    "old", ["", "token k2 2026-12-31 news", "1@s", "bh 5x7=", "made:2026@s.example", "token k2 2026-12-31 made:x"]
)
def test_what_was_recorded_without_kinds_counts_by_itself(old: str) -> None:
    assert proofs(old) == {}
    assert failures((0, old), (9, "2@s"), (18, "3@s"), (27, shown(1, ["message-id", "body"]))) == 4
    assert failures((0, "2@s"), (9, "2@s")) == 1


def test_proofs_join_by_kind() -> None:
    joined = proved(shown(1, ["token-id", "made"]), "", shown(2, ["token-id", "body"]))
    assert proofs(joined) == {**proofs(shown(1, ["token-id", "made"])), **proofs(shown(2, ["body"]))}
    assert {"token-address", "token-id-campaign-stream"} < TOKEN_KINDS
    assert proof("body", b"x") == proof("body", "x") != proof("message-id", "x")
