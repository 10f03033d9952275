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
from bounced.daemon.blocks import DIGESTS_LIMIT, Blocks
from bounced.daemon.log_line import VALUE_LENGTH_LIMIT, line
from bounced.ledger.ledger import Receipt
from bounced.ledger.sinks import Notice
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


def test_suppressions_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    at = "2026-09-01T12:00:00Z"
    begun = {"scope": "all", "cause": "bounce", "reason": "user_unknown", "bounces": 3}
    data = {**begun, "first_bounce_at": at, "last_bounce_at": at}
    types = ("suppression.added", "suppression.changed", "suppression.removed", "suppression.expired", "brake.applied")
    with caplog.at_level(logging.INFO, "bounced"):
        for id_, type_ in enumerate(types):
            log.change(Notice(id_, at, type_, f"a{id_}@rcpt.test", data, "shop"))
    said = f"scope=all cause=bounce reason=user_unknown bounces=3 first={at} last={at}"
    assert caplog.messages == [
        f'suppressed address="(shop)a0@rcpt.test" {said}',
        f'released address="(shop)a2@rcpt.test" {said}',
        f'released address="(shop)a3@rcpt.test" {said}',
    ]


def blocked(address: str, text: str) -> Event:
    return failed(address, class_="block", reason="reputation", diagnostic_code=text)


def logged(batches: log.Batches, *events: Event, counted: str = "f") -> None:
    """Has a batch of one message with ``events`` logged."""
    item = Item(RawMessage(ORIGIN, AT, b"x", 1), "f", Parsed("bounce", "dsn", "", events))
    batches([item], Receipt((Intake(ORIGIN, "counted", True),), blocked=frozenset(counted)))


def test_blocks_are_told_loudly_and_once(caplog: pytest.LogCaptureFixture) -> None:
    """They are our own fault."""
    batches = log.Batches()
    with caplog.at_level(logging.WARNING, "bounced"):
        logged(batches, failed("a@rcpt.test"), blocked("b@gmail.com", "550 5.7.1 Our system\nhas 17 reasons"))
        logged(batches, blocked("c@gmail.com", "550 5.7.1 our system has 18 reasons"))
        logged(batches, blocked("d@rcpt.test", "550 go away"), counted="")
    assert caplog.messages == [
        'blocked provider=google events=1 text="550 5.7.1 Our system\\nhas 17 reasons" see="bounced report"'
    ]


def test_blocks_are_counted_by_provider_and_text_and_told_once_an_hour() -> None:
    now = 0.0
    blocks = Blocks(lambda: now)

    def told(*events: Event) -> list[tuple[str, str, int]]:
        return [(digest.provider, digest.text, digest.events) for digest in blocks.add(events)]

    spam, rate = blocked("a@rcpt.test", "550 spam"), blocked("a@rcpt.test", "550 too many")
    assert told(spam, spam, rate) == [("rcpt.test", "550 spam", 2), ("rcpt.test", "550 too many", 1)]
    assert told(spam, spam, blocked("b@other.test", "550 spam")) == [("other.test", "550 spam", 1)]
    now = 3599.0
    assert told(spam) == []
    now = 3600.0
    assert told() == [("rcpt.test", "550 spam", 3)]
    now = 7200.0
    assert told() == []
    assert told(rate) == [("rcpt.test", "550 too many", 1)]


def test_blocks_of_many_providers_are_counted_together() -> None:
    many = [blocked(f"a@rcpt{number}.test", "550 spam") for number in range(DIGESTS_LIMIT + 20)]
    *_, last = blocks = Blocks().add(many)
    assert len(blocks) == DIGESTS_LIMIT + 1
    assert (last.provider, last.text, last.events) == ("other providers", "", 20)


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
            function = ast.unparse(call.func)
            if function != "nagios.line" and function.rpartition(".")[2] in ("fact", "line", "suppression_line"):
                yield from (str(arg.value) for arg in call.args[:2] if isinstance(arg, ast.Constant))


def test_every_event_is_in_the_table_of_the_journal() -> None:
    page = documents.ROOT / "systemd" / "README.md"
    listed = [event for row in documents.table(page, "## The journal") for event in row[0].split(", ")]
    assert sorted(listed) == sorted(set(events()))
