"""Servers that ask for mercy, or give out something else than the message."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from bounced.errors import MailboxError, Throttled
from bounced.model import RawMessage
from tests.support.imap import BODY, SIZE, Open, read
from tests.support.scripted import CLOSE, PoisonedImap, ScriptedImap

THROTTLING = [
    "TAG NO [OVERQUOTA] Account exceeded command or bandwidth limits\r\n",
    "TAG BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n",
    "TAG NO [LIMIT] Rate limit hit\r\n",
    "* BYE Account exceeded command or bandwidth limits\r\n" + CLOSE,
]


def drained(server: ScriptedImap, open_mailbox: Open) -> tuple[list[RawMessage], MailboxError | None]:
    """What one poll reads, and what it ends with."""
    messages: list[RawMessage] = []
    try:
        for batch in open_mailbox(server.account()).batches(None):
            messages += batch.messages
    except MailboxError as problem:
        return messages, problem
    return messages, None


class Throttling(PoisonedImap):
    """Gives out the first messages, up to ``allowed``, also of a longer question; then says ``failure``."""

    def __init__(self, allowed: int, failure: str) -> None:
        super().__init__(range(1, 201), set(range(1, 201)), failure)
        self._allowed = allowed

    def _say(self, name: str, command: str) -> str:
        if name != "UID FETCH" or "RFC822.SIZE" in command:
            return super()._say(name, command)
        given = [uid for uid in map(int, command.split()[2].split(",")) if uid <= self._allowed]
        poison, self.poison = self.poison, set()
        asked = f"UID FETCH {','.join(map(str, given))} BODY"
        text = super()._say(name, asked) if given else ""
        self.poison = poison
        return text + self._failure


@pytest.mark.parametrize("failure", THROTTLING)
@pytest.mark.parametrize("allowed", [0, 100])
def test_a_server_that_throttles_is_left_alone_after_one_login(failure: str, allowed: int, open_mailbox: Open) -> None:
    """mailcow#1554, imapsync#212: 202 logins in 22 seconds."""
    with Throttling(allowed, failure) as server:
        messages, problem = drained(server, open_mailbox)
        assert server.connections == 1
    assert isinstance(problem, Throttled)
    taken = 0 if CLOSE in failure else allowed
    assert [message.origin.uid for message in messages] == list(range(1, taken + 1))
    assert not any(message.withheld for message in messages)


@pytest.mark.parametrize("allowed", [0, 100])
def test_a_server_that_refuses_in_other_words_gets_two_logins(allowed: int, open_mailbox: Open) -> None:
    with Throttling(allowed, "TAG NO busy\r\n") as server:
        messages, problem = drained(server, open_mailbox)
        assert server.connections <= 2
        assert server.commands["UID FETCH"] < 15
    assert problem is not None
    assert [message.origin.uid for message in messages] == list(range(1, allowed + 1))
    assert not any(message.withheld for message in messages)


def test_messages_that_the_server_fails_over_are_found_on_one_connection(open_mailbox: Open) -> None:
    """Three beside each other, and the newest is read: it is theirs, not the server's."""
    with PoisonedImap(range(1, 201), {50, 51, 52, 130}, "TAG NO can't convert\r\n") as server:
        messages, problem = drained(server, open_mailbox)
        assert server.connections == 2
    assert problem is None
    assert [message.origin.uid for message in messages if message.withheld] == [50, 51, 52, 130]
    assert len(messages) == 200


PLACEHOLDER = (
    "From: Microsoft Exchange\r\nTo: bounces@example.org\r\n"
    "Subject: Retrieval using the IMAP4 protocol failed for the following message: 4711\r\n\r\n"
    "The server couldn't retrieve the following message:\r\n"
)


def test_what_exchange_puts_in_the_place_of_a_message_is_not_it(
    open_mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """FreeScout#3203: it was filed as no report, and the bounce was never read."""
    size = f"* 1 FETCH (UID 1 RFC822.SIZE {len(PLACEHOLDER)})\r\n"
    body = f"* 1 FETCH (UID 1 BODY[]<0> {{{len(PLACEHOLDER)}}}\r\n{PLACEHOLDER})\r\n"
    with ScriptedImap({"UID FETCH": [size, body]}) as server, caplog.at_level(logging.WARNING):
        [message] = read(open_mailbox(server.account()))
    assert (message.withheld, message.content) == (True, b"")
    assert [record.getMessage() for record in caplog.records] == ["imap:test/INBOX: no body for UID 1"]


def dated(internaldate: str, received: str) -> dict[str, list[str]]:
    size = f'* 1 FETCH (UID 1 RFC822.SIZE 99 INTERNALDATE "{internaldate}")\r\n'
    mail = f"Received: from a by b; {received}\r\n\r\nx"
    return {"UID FETCH": [size, f"* 1 FETCH (UID 1 BODY[]<0> {{{len(mail)}}}\r\n{mail})\r\n"]}


@pytest.mark.parametrize("internaldate", ["01-Jan-1970 00:00:00 +0000", "17-Aug-2025 12:00:00 +0000"])
def test_a_date_years_before_the_message_arrived_is_not_believed(internaldate: str, open_mailbox: Open) -> None:
    """GoDaddy, and Maildirs that were restored without times: all bounces had one date, and suppressed nobody."""
    with ScriptedImap(dated(internaldate, "Mon, 14 Sep 2026 12:00:00 +0000")) as server:
        mailbox = open_mailbox(server.account(), now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
        [message] = read(mailbox)
    assert message.arrived_at == datetime(2026, 9, 14, 12, tzinfo=UTC)
    assert message.stored_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert "server dates messages years before they arrived" in mailbox.remark


@pytest.mark.parametrize(
    ("internaldate", "received"),
    [
        ("01-Jan-1970 00:00:00 +0000", "no date"),
        ("14-Sep-2025 13:00:00 +0000", "Mon, 14 Sep 2026 12:00:00 +0000"),
        ("14-Oct-2026 12:00:00 +0000", "Mon, 14 Sep 2099 12:00:00 +0000"),
    ],
)
def test_other_dates_are_believed(internaldate: str, received: str, open_mailbox: Open) -> None:
    """A date that is yet to come proves nothing against the server."""
    with ScriptedImap(dated(internaldate, received)) as server:
        mailbox = open_mailbox(server.account(), now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
        [message] = read(mailbox)
    assert message.stored_at is not None
    assert message.arrived_at == message.stored_at < datetime(2026, 11, 1, tzinfo=UTC) - timedelta(days=10)
    assert mailbox.remark == ""


def test_uids_that_are_given_out_twice_are_noticed(open_mailbox: Open) -> None:
    """paperless-ngx#8939: a server that gives out the highest existing UID + 1."""
    selected = [f"* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\n" for exists in (1, 0, 1, 1)]
    answers = {"EXAMINE": selected, "FETCH": ["* 1 FETCH (UID 1)\r\n"], "UID FETCH": [SIZE, BODY]}
    with ScriptedImap(answers) as server:
        mailbox = open_mailbox(server.account())
        [batch] = mailbox.batches(None)
        assert batch.cursor is not None
        assert [mailbox.may_have_reused(batch.cursor) for _ in range(3)] == [True, True, False]
