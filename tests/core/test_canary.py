"""The report about a canary is known by our signature, and is about nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bounced import tokens
from bounced.identify import Sender
from bounced.ledger import append
from bounced.model import Origin, Parsed, RawMessage
from bounced.parse import parse
from bounced.tokens import Key
from tests.support.daemon import bounce

KEY, OTHER = Key("k2", b"k" * 32), Key("k2", b"o" * 32)
SENT = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = date(2026, 9, 2)


def returned(token: str, content: bytes | None = None) -> Parsed:
    """What a report about a message with ``token`` in its header says."""
    report = content or bounce(1, "canary@sender.test", SENT)
    return parse(report.replace(b"X-Campaign-ID: autumn", f"X-Bounced-Token: {token}".encode()), SENDER, (), SENT)


SENDER = Sender(keys=(KEY,))


def canary(key: Key = KEY, recipient_id: str = "canary~17") -> str:
    return tokens.make(key, DAY, recipient_id=recipient_id)


@pytest.mark.parametrize("action", ["failed", "delivered"])
def test_it_is_told_by_our_signature_and_has_no_event(action: str) -> None:
    parsed = returned(canary(), bounce(1, "canary@sender.test", SENT, action))
    assert (parsed.canary, parsed.events, parsed.kind, parsed.decoder) == ("17", (), "other", "canary")
    assert parsed.recognized
    message = RawMessage(Origin("imap:bounces/INBOX"), SENT, b"", 0)
    assert append.outcome(message, parsed) == "counted"


@pytest.mark.parametrize(
    "token",
    [canary(OTHER), canary(recipient_id="17"), canary(recipient_id="my-canary~17"), "1k2" + "a" * 40, ""],
    ids=["forged", "of a recipient", "of another recipient", "made up", "none"],
)
def test_nobody_else_can_write_one(token: str) -> None:
    parsed = returned(token)
    assert (parsed.canary, len(parsed.events)) == ("", 1)


def test_one_that_has_expired_is_none() -> None:
    token = tokens.make(KEY, date(2026, 8, 1), recipient_id="canary~17")
    assert returned(token).canary == ""


def test_a_message_that_is_no_report_returns_none() -> None:
    token = canary()
    answer = f"From: a@b.test\nSubject: {token}\nX-Bounced-Token: {token}\n\n{token}\n".encode()
    assert parse(answer, SENDER, (), SENT).canary == ""
