"""`bounced erase --messages`: what names an address is gone from the server, octet by octet, and nothing else is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced.errors import EXIT_MAILBOX, EXIT_USAGE
from bounced.ledger.named_messages import NamedMessage
from bounced.pipeline.erasure import periods
from bounced.sources import Period
from tests.support.commands import bounced, one_line
from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer, free_port

ANNA = "anna@rcpt.test"
BEA = "bea@other.test"
WHEN = datetime(2026, 6, 1, 12, tzinfo=UTC)

OF_BEA = bounce(3, BEA, WHEN)
OF_BOTH = bounce(4, ANNA, WHEN).replace(
    b"Final-Recipient: rfc822; " + ANNA.encode(),
    b"Final-Recipient: rfc822; %b\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; %b"
    % (BEA.encode(), ANNA.encode()),
)
LETTER = f"From: x@y.test\nSubject: hello\nMessage-ID: <5@y.test>\n\nDoes {ANNA} still read this?\n".encode()
OTHER_LETTER = b"From: x@y.test\nSubject: hello\nMessage-ID: <6@y.test>\n\nHow are you?\n"


class Host:
    """A mailbox on a server, and `bounced` beside it."""

    def __init__(self, folder: Path, server: ImapServer) -> None:
        self._daemon, self.server = Daemon(folder), server

    def configure(self, on_done: str, **settings: Any) -> None:
        """Writes the configuration; what is moved is in the folders Done and Other."""
        folders = {"done_folder": "Done", "unrecognized_folder": "Other"} if on_done == "move" else {}
        self._daemon.configure({"bounces": self.server}, on_done=on_done, **folders, **settings)

    def take(self, *mails: bytes) -> None:
        """Has the server get ``mails``, and counts them."""
        self.server.append_all("INBOX", [(mail, WHEN) for mail in mails])
        assert bounced("scan", "imap:bounces").exit_code == 0

    def erase(self, *words: str) -> dict[str, Any]:
        """What `bounced erase --messages` says of it."""
        answer: dict[str, Any] = json.loads(bounced("erase", ANNA, "--messages", "--json", "--yes", *words).stdout)
        return answer

    def contents(self, *folders: str) -> list[bytes]:
        """What is in ``folders``, in any order."""
        stored = [message for folder in folders for message in self.server.folder_contents(folder)]
        return sorted(message.content.replace(b"\r\n", b"\n") for message in stored)

    def mark_deleted(self, folder: str, uid: int) -> None:
        """As somebody does who has not expunged it yet."""
        with self.server.client() as client:
            client.select_folder(folder)
            client.add_flags([uid], [b"\\Deleted"])

    def files_with(self, text: str) -> list[str]:
        """The files of the server's mailbox that have ``text`` in them."""
        files = (file for file in (self.server.directory / "mail" / self.server.user).rglob("*") if file.is_file())
        return [file.name for file in files if text.encode() in file.read_bytes()]


@pytest.fixture
def host(tmp_path: Path, dovecot: ImapServer, monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host(tmp_path, dovecot)
    monkeypatch.setenv("BOUNCED_CONFIG", str(tmp_path / "bounced.toml"))
    return made


def test_they_are_gone_from_where_they_were_moved(host: Host) -> None:
    host.configure("move")
    host.take(bounce(1, ANNA, WHEN), OF_BEA, OF_BOTH, LETTER, OTHER_LETTER, bounce(1, ANNA, WHEN))
    assert len(host.contents("Done")) == 4
    host.mark_deleted("Done", 2)
    assert host.files_with(ANNA)
    answer = host.erase()
    assert answer["removed"] == {"imap:bounces/Done": 3, "imap:bounces/Other": 1}
    assert {row["is_removed"] for row in answer["places"]} == {True}
    assert host.contents("INBOX", "Done", "Other") == sorted([OF_BEA, OTHER_LETTER])
    assert host.files_with(ANNA) == []
    again = host.erase()
    assert (again["removed"], again["places"], again["rows"]) == ({}, [], {})


def test_those_about_others_too_stay_if_asked(host: Host) -> None:
    host.configure("leave")
    host.take(bounce(1, ANNA, WHEN), OF_BEA, OF_BOTH, LETTER)
    shown = bounced("erase", ANNA, "--messages")
    assert "would remove 3 messages from the mail server" in shown.stdout
    assert shown.stdout.count("about others as well") == 2
    assert len(host.contents("INBOX")) == 4
    answer = host.erase("--keep-shared")
    assert [(row["shared"], row["is_removed"]) for row in answer["places"]] == [
        (False, True),
        (True, False),
        (True, False),
    ]
    assert host.contents("INBOX") == sorted([OF_BEA, OF_BOTH, LETTER])


def test_a_uid_of_another_message_stays(host: Host) -> None:
    """A folder that was made anew, with the UIDVALIDITY of before: what it has of her is known by its content."""
    host.configure("flag")
    host.take(bounce(1, ANNA, WHEN), OF_BEA)
    before = uidvalidity(host)
    host.server.remove("INBOX", [1, 2])
    host.server.set_uidvalidity("INBOX", before + 1)
    host.server.append_all("INBOX", [(OTHER_LETTER, WHEN), (bounce(1, ANNA, WHEN), WHEN)])
    assert host.erase()["removed"] == {"imap:bounces/INBOX": 1}
    assert host.contents("INBOX") == [OTHER_LETTER]


def uidvalidity(host: Host) -> int:
    with host.server.client() as client:
        number: int = client.select_folder("INBOX")[b"UIDVALIDITY"]
        return number


def test_without_uidplus_they_stay_and_are_named(host: Host) -> None:
    host.server = ImapServer("dovecot", host.server.plain_port(), "127.0.0.3", user=host.server.user)
    host.configure("leave")
    host.take(bounce(1, ANNA, WHEN), OF_BEA)
    host.mark_deleted("INBOX", 2)
    result = bounced("erase", ANNA, "--messages", "--yes")
    assert "removed" not in result.stdout
    assert "    imap:bounces/INBOX: UID 1 (UIDVALIDITY" in result.stdout
    assert host.contents("INBOX") == sorted([bounce(1, ANNA, WHEN), OF_BEA])


def test_without_the_server_nothing_is_erased(host: Host) -> None:
    host.configure("leave")
    host.take(bounce(1, ANNA, WHEN))
    there, host.server = host.server, ImapServer("dovecot", free_port())
    host.configure("leave")
    result = bounced("erase", ANNA, "--messages", "--yes")
    assert result.exit_code == EXIT_MAILBOX
    assert "nothing was erased from the database" in one_line(result)
    host.server = there
    host.configure("leave")
    assert host.erase()["removed"] == {"imap:bounces/INBOX": 1}
    assert host.contents("INBOX") == []


def test_what_people_are_told(host: Host) -> None:
    host.configure("leave")
    host.take(bounce(1, ANNA, WHEN))
    assert (
        "removed 1 message from the mail server: 1 from imap:bounces/INBOX"
        in bounced("erase", ANNA, "--messages", "--yes").stdout
    )
    refused = bounced("erase", ANNA, "--keep-shared")
    assert (refused.exit_code, "--messages" in one_line(refused)) == (EXIT_USAGE, True)


def message(arrived: int, recorded: int, *, places: int = 1) -> NamedMessage:
    arrived_at, recorded_at = (WHEN + timedelta(days=day) for day in (arrived, recorded))
    read = tuple(("imap:a/INBOX", 1, uid) for uid in range(places))
    return NamedMessage(b"", read, arrived_at, recorded_at, is_shared=False)


def period(since: int, before: int | None) -> Period:
    days = (WHEN.date() + timedelta(days=day) for day in (since, before or 0))
    first, last = days
    return Period(first, None if before is None else last)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], []),
        ([message(10, 11), message(0, 0)], [period(-2, 2), period(8, 13)]),
        ([message(0, 9), message(3, 4), message(11, 12)], [period(-2, 14)]),
        ([message(0, 1, places=2), message(50, 51)], [period(-2, None)]),
        ([message(0, 9), message(3, 4, places=2)], [period(-2, None)]),
    ],
)
def test_when_they_may_have_been_stored(messages: list[NamedMessage], expected: list[Period]) -> None:
    assert periods(messages) == expected
