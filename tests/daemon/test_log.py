"""The daemon's log: one line a fact, which no mail can forge, break or colour."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.daemon import log
from bounced.daemon.log_line import VALUE_LENGTH_LIMIT, line
from bounced.ledger.ledger import Receipt
from bounced.model import Event, Intake, Item, Origin, Parsed, RawMessage
from bounced.policy import Suppression
from tests.support import documents

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
ORIGIN = Origin("imap:bounces/INBOX", "17", 1, 17)


def failed(address: str, **fields: Any) -> Event:
    return Event(address, "bounce", "failed", **{"class_": "hard", "reason": "user_unknown", **fields})


def mail(*events: Event, outcome: Any = "counted", **fields: Any) -> str:
    reading = Parsed(**{"kind": "bounce", "decoder": "dsn", "events": events, **fields})
    item = Item(RawMessage(ORIGIN, AT, b"x", 1), "f" * 64, reading)
    return log.mail(item, Intake(ORIGIN, outcome, True))


def test_a_counted_mail_says_who_and_why() -> None:
    assert mail(failed("a@rcpt.test", status="5.1.1", campaign="autumn")) == (
        "mail mailbox=imap:bounces/INBOX name=17 outcome=counted kind=bounce decoder=dsn address=a@rcpt.test "
        "action=failed trust=unverified reason=user_unknown status=5.1.1 campaign=autumn "
        "arrived_at=2026-09-01T12:00:00Z"
    )


def test_a_mail_with_many_recipients_names_the_first_few() -> None:
    line = mail(*(failed(f"u{number}@rcpt.test") for number in range(7)))
    assert "address=u0@rcpt.test,u1@rcpt.test,u2@rcpt.test,u3@rcpt.test,u4@rcpt.test,+2 " in line


def test_a_mail_that_was_known_says_only_that() -> None:
    item = Item(RawMessage(ORIGIN, AT, b"x", 1), "f" * 64, None)
    assert log.mail(item, Intake(ORIGIN, "repeated", True)) == (
        "mail mailbox=imap:bounces/INBOX name=17 outcome=repeated"
    )


def test_a_mail_that_was_not_understood_shows_its_subject() -> None:
    line = mail(kind="other", decoder="", subject='hello "you"\n', outcome="not-a-report")
    assert line.endswith(r'subject="hello \"you\"\n"')


@given(st.text(), st.text())
def test_no_mail_can_forge_a_line(subject: str, campaign: str) -> None:
    line = mail(failed("a@rcpt.test", campaign=campaign), subject=subject, outcome="not-a-report")
    assert line.isascii()
    assert line.isprintable()


@given(st.text(min_size=1))
def test_a_value_is_one_word_or_quoted(value: str) -> None:
    _, _, said = line("what", key=value).partition("key=")
    assert said.startswith('"') if set(value) & set(' "=\\\n') else said


def test_what_says_nothing_is_left_out() -> None:
    assert line("poll", mailbox="", problem=None, dropped=0) == "poll dropped=0"


def test_suppressions_and_blocks_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A block is our own fault: the operator is told loudly."""
    events = (failed("a@rcpt.test"), failed("b@rcpt.test", class_="block", reason="reputation"))
    items = [
        Item(RawMessage(ORIGIN, AT, b"x", 1), fingerprint, Parsed("bounce", "dsn", "", (event,)))
        for fingerprint, event in zip("fg", events, strict=True)
    ]
    begun = Suppression("all", "bounce", "user_unknown", "hard", AT, None, 3, AT, AT)
    intakes = (Intake(ORIGIN, "counted", True),) * 2
    with caplog.at_level(logging.INFO, "bounced"):
        log.Batches()(
            items, Receipt(intakes, (("a@rcpt.test", begun),), (("b@rcpt.test", begun),), blocked=frozenset("g"))
        )
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO", "INFO"]
    assert caplog.messages[2] == (
        "suppressed address=a@rcpt.test scope=all cause=bounce reason=user_unknown bounces=3 "
        "first=2026-09-01T12:00:00Z last=2026-09-01T12:00:00Z"
    )
    assert caplog.messages[3].startswith("released address=b@rcpt.test")


def test_what_does_not_count_is_told_at_once_and_then_once_an_hour() -> None:
    now = 0.0
    held = log.HeldEvents(lambda: now)
    assert [held.add(number) for number in (0, 200, 0, 100, 50)] == [0, 200, 0, 0, 0]
    now = 3600.0
    assert [held.add(number) for number in (0, 1, 1)] == [0, 151, 0]


def test_what_a_mail_says_is_cut() -> None:
    shown = mail(failed("a@rcpt.test", campaign="x" * 10_000), subject="y" * 10_000, outcome="not-a-report")
    assert len(shown) < 1_000
    assert "x" * (VALUE_LENGTH_LIMIT - 1) + r"\u2026" in shown


def test_a_poll_that_did_something_ends_with_its_numbers(caplog: pytest.LogCaptureFixture) -> None:
    begun = Suppression("all", "bounce", "user_unknown", "hard", AT, None, 3, AT, AT)
    intakes = (Intake(ORIGIN, "counted", True), Intake(ORIGIN, "counted", True), Intake(ORIGIN, "not-a-report", False))
    seen: list[Any] = []
    with caplog.at_level(logging.INFO, "bounced"):
        with log.poll("imap:bounces/INBOX", lambda items, receipt: seen.append(receipt)) as observe:
            observe([], Receipt(intakes, (("a@rcpt.test", begun),)))
            observe([], Receipt(intakes[:1]))
        with log.poll("imap:bounces/INBOX", log.Batches()):
            pass
    assert len(seen) == 2
    [said] = caplog.messages
    assert said.startswith("poll mailbox=imap:bounces/INBOX counted=3 not_a_report=1 suppressed=1 seconds=")


def test_a_poll_that_fails_tells_what_it_did_before(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.INFO, "bounced"),
        pytest.raises(ValueError, match="gone"),
        log.poll("imap:bounces/INBOX", lambda items, receipt: None) as observe,
    ):
        observe([], Receipt((Intake(ORIGIN, "counted", True),)))
        raise ValueError("gone")
    assert caplog.messages[0].startswith("poll mailbox=imap:bounces/INBOX counted=1 seconds=")


def events() -> Iterator[str]:
    """The names of all events that the code logs."""
    for path in sorted((documents.ROOT / "bounced").rglob("*.py")):
        calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            if ast.unparse(call.func).rpartition(".")[2] in ("fact", "line", "suppression_line"):
                yield from (str(arg.value) for arg in call.args[:2] if isinstance(arg, ast.Constant))


def test_every_event_is_in_the_table_of_the_journal() -> None:
    page = documents.ROOT / "systemd" / "README.md"
    listed = [event for row in documents.table(page, "## The journal") for event in row[0].split(", ")]
    assert sorted(listed) == sorted(set(events()))
