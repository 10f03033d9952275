"""What servers answer means what it says: replies from logs and public lists, by reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bounced.classify import classify
from bounced.model import Report

REPLIES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "server_replies.toml").read_text("utf-8"))
OURS = frozenset(("bounces@shop.example", "shop.example"))


def reason(text: str, mta: str = "") -> str:
    report = Report(final_recipient="anna@b.example", diagnostic_code=f"smtp; {text}", remote_mta=mta)
    return classify(report, ours=OURS).reason


@pytest.mark.parametrize("expected", REPLIES)
def test_a_reply_has_its_reason(expected: str) -> None:
    assert {text: reason(text) for text in REPLIES[expected]} == dict.fromkeys(REPLIES[expected], expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 Requested action not taken: mailbox unavailable", "user_unknown"),
        ("550-Requested action not taken: mailbox unavailable 550-Reject due to SPF policy.", "authentication"),
        ("550-Requested action not taken: mailbox unavailable 550 Sender address is not allowed.", "sender_rejected"),
    ],
)
def test_united_internet_says_before_the_cause_what_it_says_of_unknown_users(text: str, expected: str) -> None:
    assert reason(text, "mx00.gmx.net") == expected
    assert reason("550 Requested action not taken: mailbox unavailable", "mx.b.example") == "refused"
