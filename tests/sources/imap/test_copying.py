"""COPY that was interrupted on a server without MOVE: what it copied is found, and not copied again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bounced.errors import MailboxError
from bounced.model import CopyTarget, Intake
from bounced.sources.imap import Disposition, ImapMailbox
from bounced.sources.imap.session import Session
from tests.support.imap import NotedCopies, bodies, plain, read, text
from tests.support.scripted import CLOSE, ScriptedImap
from tests.support.servers import ImapServer

MOVE = Disposition("move", "Bounced", "Bounced")
WHEN = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def mailbox(dovecot: ImapServer) -> Iterator[ImapMailbox]:
    """The first two of its messages are the same."""
    dovecot.append_all("INBOX", [(text(number), WHEN) for number in (1, 1, 2)])
    with closing(ImapMailbox(plain(dovecot, "127.0.0.2"), "INBOX", MOVE)) as mailbox:
        yield mailbox


def begun(
    server: ImapServer,
    mailbox: ImapMailbox,
    copied: Sequence[int],
    before: Sequence[int] = (),
    begun_at: datetime | None = None,
) -> NotedCopies:
    """As a kill leaves it while all are copied: ``copied`` were, and ``before`` was in the target already."""
    noted = NotedCopies()
    with server.client() as client:
        client.create_folder("Bounced")
        for number in before:
            client.append("Bounced", text(number), msg_time=WHEN)
        status = client.folder_status("Bounced", ["UIDVALIDITY", "UIDNEXT"])
        client.select_folder("INBOX")
        if copied:
            client.copy(copied, "Bounced")
    target = CopyTarget("Bounced", status[b"UIDVALIDITY"], status[b"UIDNEXT"], begun_at)
    noted.note_copying([intake.origin for intake in intakes(mailbox)], target)
    return noted


def intakes(mailbox: ImapMailbox) -> list[Intake]:
    return [Intake(message.origin, "counted", True) for message in read(mailbox)]


def settled(server: ImapServer, mailbox: ImapMailbox, noted: NotedCopies) -> Counter[bytes]:
    """What the target has afterwards, and the folder no more."""
    mailbox.settle(intakes(mailbox), noted)
    assert bodies(server, "INBOX") == []
    return Counter(bodies(server, "Bounced"))


@pytest.mark.parametrize("copied", [[], [1], [1, 3], [1, 2], [1, 2, 3]])
def test_what_was_copied_is_not_copied_again(dovecot: ImapServer, mailbox: ImapMailbox, copied: list[int]) -> None:
    noted = begun(dovecot, mailbox, copied)
    assert settled(dovecot, mailbox, noted) == Counter([text(1), text(1), text(2)])
    assert noted.targets == {}


@pytest.mark.parametrize("copied", [[], [2]])
def test_a_copy_that_the_server_still_makes_is_waited_for(
    dovecot: ImapServer, mailbox: ImapMailbox, copied: list[int]
) -> None:
    """A server goes on with the COPY of a connection that is gone: here it ends between two looks at the target."""
    noted = begun(dovecot, mailbox, copied, begun_at=datetime.now(UTC))
    opened, looks = mailbox._copying._opened, iter(range(9))

    def open_later(folder: str) -> Session:
        if next(looks) == 1:
            with dovecot.client() as client:
                client.select_folder("INBOX")
                client.copy(sorted({1, 2, 3}.difference(copied)), "Bounced")
        return opened(folder)

    mailbox._copying._opened = open_later
    assert settled(dovecot, mailbox, noted) == Counter([text(1), text(1), text(2)])
    assert next(looks) == 2


@pytest.mark.parametrize("begun_at", [datetime(2100, 1, 1, tzinfo=UTC), None])
def test_a_copy_is_not_waited_for_forever(dovecot: ImapServer, mailbox: ImapMailbox, begun_at: datetime | None) -> None:
    noted = begun(dovecot, mailbox, [], begun_at=begun_at)
    mailbox._copying._timeout = timedelta(seconds=1)
    assert settled(dovecot, mailbox, noted) == Counter([text(1), text(1), text(2)])


def test_what_was_there_before_is_no_copy(dovecot: ImapServer, mailbox: ImapMailbox) -> None:
    noted = begun(dovecot, mailbox, [3], before=[1, 2])
    assert settled(dovecot, mailbox, noted) == Counter([text(1)] * 3 + [text(2)] * 2)


def test_copies_are_found_however_many_messages_came_after(
    dovecot: ImapServer, mailbox: ImapMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = begun(dovecot, mailbox, [1, 2, 3])
    dovecot.append_all("Bounced", [(text(number), WHEN) for number in range(3, 8)])
    monkeypatch.setattr("bounced.sources.imap.copying.CANDIDATES_LIMIT", 4)
    settle = settled(dovecot, mailbox, noted)
    assert settle == Counter([text(1), text(1), *(text(number) for number in range(2, 8))])


def test_copies_are_found_in_a_folder_with_other_uids(dovecot: ImapServer, mailbox: ImapMailbox) -> None:
    noted = begun(dovecot, mailbox, [1, 2, 3])
    dovecot.set_uidvalidity("Bounced", 4711)
    assert settled(dovecot, mailbox, noted) == Counter([text(1), text(1), text(2)])


def test_a_target_that_has_gone_has_no_copies(dovecot: ImapServer, mailbox: ImapMailbox) -> None:
    noted = begun(dovecot, mailbox, [1, 2, 3])
    with dovecot.client() as client:
        client.delete_folder("Bounced")
    assert settled(dovecot, mailbox, noted) == Counter([text(1), text(1), text(2)])


def test_messages_that_are_not_fetched_are_known_by_size_and_date(
    dovecot: ImapServer, mailbox: ImapMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = begun(dovecot, mailbox, [3])
    monkeypatch.setattr("bounced.sources.imap.reader.FETCH_SIZE_LIMIT", 5)
    assert settled(dovecot, mailbox, noted) == Counter([text(1), text(1), text(2)])


def test_what_a_person_took_away_meanwhile_is_not_looked_for(dovecot: ImapServer, mailbox: ImapMailbox) -> None:
    noted, taken = begun(dovecot, mailbox, []), intakes(mailbox)
    dovecot.remove("INBOX", [1, 2, 3])
    mailbox.settle(taken, noted)
    assert bodies(dovecot, "Bounced") == []


def test_an_interrupted_search_for_copies_ends(dovecot: ImapServer, mailbox: ImapMailbox) -> None:
    noted, taken = begun(dovecot, mailbox, []), intakes(mailbox)
    mailbox._copying.interrupt()
    with pytest.raises(MailboxError):
        mailbox.settle(taken, noted)


@pytest.mark.parametrize(
    ("status", "known"),
    [
        ('* STATUS "Bounced" (UIDNEXT 9 UIDVALIDITY 7)\r\n', (7, 9)),
        ("* STATUS {7}\r\nBounced (uidvalidity 7 MESSAGES 3)\r\n", (7, 0)),
        ('* STATUS "(UIDNEXT 4" (MESSAGES 3)\r\n', (0, 0)),
        ("", (0, 0)),
        ("TAG NO not now\r\n", (0, 0)),
    ],
)
def test_a_copy_is_noted_before_the_server_is_told(status: str, known: tuple[int, int]) -> None:
    """The connection is lost before the answer to COPY arrives."""
    answers = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 UIDPLUS\r\n"],
        "LIST": ['* LIST () "/" "Bounced"\r\n'],
        "STATUS": [status],
        "UID COPY": [CLOSE],
    }
    noted = NotedCopies()
    with (
        ScriptedImap(answers) as server,
        closing(ImapMailbox(server.account(), "INBOX", MOVE, now=lambda: WHEN)) as mailbox,
    ):
        [origin] = [mailbox._reader.origin(7, 1)]
        with pytest.raises(MailboxError):
            mailbox.settle([Intake(replace(origin), "counted", True)], noted)
    assert noted.targets == {origin: CopyTarget("Bounced", *known, WHEN)}
