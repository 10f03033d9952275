"""Which limit holds for a failure: of its reason, its provider, its stream, or its class."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bounced.model import Class
from bounced.policy import Engaged, Entry, Failing, Limit, Policy, decide

START = datetime(2026, 9, 1, tzinfo=UTC)
USUAL, ONE, TWO, FIVE, NEVER = Limit(3, 15), Limit(1, 0), Limit(2, 6), Limit(5, 28), Limit(0, 0)


def rule(**fields: Any) -> Policy:
    return replace(Policy(), **fields)


ALL = rule(
    reasons={"mailbox_full": FIVE},
    providers={"a.test": {"hard": ONE}, "google": {"hard": TWO, "soft": TWO}, "gmail.com": {"soft": ONE}},
    streams={"orders": {"hard": FIVE, "soft": FIVE}, "hasty": {"hard": ONE}},
)


@pytest.mark.parametrize(
    ("class_", "failing", "limit"),
    [
        ("hard", Failing("x@b.test"), USUAL),
        ("hard", Failing("x@a.test"), ONE),
        ("hard", Failing("x@www.a.test"), USUAL),
        ("hard", Failing("x@gmail.com"), TWO),
        ("soft", Failing("x@gmail.com"), ONE),  # the domain before its provider
        ("soft", Failing("x@googlemail.com"), TWO),
        ("hard", Failing("x@company.test", remote_mta="aspmx.l.google.com"), TWO),
        ("hard", Failing("x@company.test", remote_mta="mx.company.test"), USUAL),
        ("hard", Failing("x@b.test", stream="orders"), FIVE),
        ("hard", Failing("x@b.test", stream="hasty"), ONE),
        ("hard", Failing("x@b.test", stream="hasty", is_stream_proved=False), USUAL),
        ("hard", Failing("x@b.test", stream="orders", is_stream_proved=False), FIVE),
        ("hard", Failing("x@gmail.com", stream="orders"), TWO),  # the provider before the stream
        ("soft", Failing("x@gmail.com", "soft", "mailbox_full", stream="orders"), FIVE),  # the reason before all
        ("block", Failing("x@b.test", "soft", "mailbox_full"), NEVER),  # blocks still never count
        ("soft", Failing("x@b.test", "soft", "refused"), Limit(6, 30)),
    ],
)
def test_the_first_that_has_a_limit_holds(class_: Class, failing: Failing, limit: Limit) -> None:
    assert ALL.limit_for(class_, failing) == limit


def test_a_limit_of_a_reason_that_says_nothing_is_meant_as_it_is() -> None:
    assert rule(reasons={"refused": FIVE}).limit("soft", "x@b.test", "refused") == FIVE


def test_softer_classes_ask_for_no_less_than_the_reason() -> None:
    careful = rule(reasons={"user_unknown": FIVE})
    assert careful.limit_for("soft", Failing("x@b.test", "hard", "user_unknown")) == FIVE
    assert careful.limit_for("soft", Failing("x@b.test", "soft", "mailbox_full")) == USUAL


def test_engagement_asks_for_no_less_than_all_of_these() -> None:
    engaged = replace(ALL, engaged=Engaged(timedelta(days=90), {"hard": Limit(4, 10)}))
    lately = timedelta(days=1)
    assert engaged.limit_for("hard", Failing("x@b.test", since_engaged=lately)) == Limit(4, 10)
    assert engaged.limit_for("soft", Failing("x@b.test", stream="orders", since_engaged=lately)) == FIVE


def failures(*days: float, **fields: Any) -> list[Entry]:
    made = {"class_": "hard", "reason": "user_unknown", **fields}
    return [
        Entry(n, START + timedelta(days=day), "failed", original_message_id=f"{n}@s", **made)
        for n, day in enumerate(days, 1)
    ]


@pytest.mark.parametrize(
    ("fields", "is_suppressed"),
    [
        ({}, False),
        ({"remote_mta": "aspmx.l.google.com"}, True),
        ({"stream": "orders"}, False),
        ({"stream": "hasty"}, True),
        ({"stream": "hasty", "trust": "plausible", "stream_by": "header"}, True),  # without [trust] everything counts
    ],
)
def test_a_history_is_judged_by_them(fields: dict[str, Any], is_suppressed: bool) -> None:
    assert bool(decide("x@b.test", failures(0, 7, **fields), ALL).suppressions) == is_suppressed


def test_who_can_only_write_mails_chooses_no_hasty_stream() -> None:
    strict = replace(ALL, count={"bounce": "plausible"})
    claimed = failures(0, 7, stream="hasty", trust="plausible", stream_by="header")
    assert not decide("x@b.test", claimed, strict).suppressions
    proved = failures(0, 7, stream="hasty", trust="verified", stream_by="token")
    assert decide("x@b.test", proved, strict).suppressions


def test_a_reason_that_never_counts_says_so() -> None:
    never = rule(reasons={"mailbox_full": NEVER})
    [step] = decide("x@b.test", failures(0, class_="soft", reason="mailbox_full"), never).steps
    assert (step.counted, step.note) == (False, "not counted: mailbox_full never counts here")
