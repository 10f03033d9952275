"""`retain`: what is removed from the server, and all that stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import pipeline
from bounced.errors import MailboxError
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger
from bounced.model import JUNK
from bounced.policy import Policy
from bounced.sources.batches import MAX_MESSAGES
from bounced.sources.imap import Account, Disposition, ImapMailbox
from bounced.workers import Workers
from tests.support.daemon import Daemon, bounce
from tests.support.scripted import CLOSE, PoisonedImap
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 6, 1, 12, tzinfo=UTC)
RETAIN = timedelta(days=90)
LETTER = b"From: anna@example.org\nSubject: hello\nMessage-ID: <x@example.org>\n\nHow are you?\n"
#: Says that somebody failed, and not who.
NAMELESS = b"Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nSubject: Undelivered Mail\n\nUser unknown: 550 5.1.1\n"


def report(number: int) -> bytes:
    return bounce(number, f"r{number}@rcpt.test", DAY0)


class Keeper:
    """A ledger and mailboxes that go by the clock of the test."""

    def __init__(self, folder: Path, workers: Workers) -> None:
        self.now = DAY0
        self.path = folder / "bounced.db"
        self.ledger = Ledger(str(self.path), Policy(), clock=lambda: self.now)
        self._workers = workers
        self.mailboxes: list[ImapMailbox] = []

    def open(self, account: Account, folder: str = "INBOX", on_done: Any = "move", **more: Any) -> ImapMailbox:
        """A mailbox that retains for RETAIN."""
        mailbox = {name: more.pop(name) for name in ("role", "taken") if name in more}
        disposition = Disposition(on_done, "Done", "Other", **{"retain": RETAIN, **more})
        self.mailboxes.append(ImapMailbox(account, folder, disposition, now=lambda: self.now, **mailbox))
        return self.mailboxes[-1]

    def poll(self, mailbox: ImapMailbox) -> None:
        """Takes what is there."""
        pipeline.drain(mailbox, self.ledger, self._workers, lambda *_: None, resume=True)

    def retain(self, mailbox: ImapMailbox) -> int:
        """How many were removed."""
        return sum(sum(pipeline.retain(shelf, self.ledger)) for shelf in mailbox.retained_folders)

    def close(self) -> None:
        for mailbox in self.mailboxes:
            mailbox.close()
        self.ledger.close()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(Sender(), count=1) as made:
        yield made


@pytest.fixture
def keeper(tmp_path: Path, workers: Workers) -> Iterator[Keeper]:
    made = Keeper(tmp_path, workers)
    yield made
    made.close()


def plain(server: ImapServer, host: str) -> Account:
    """Dovecot without TLS, on one of the addresses where it can do less."""
    return server.account(host=host, port=server.plain_port(), tls="none")


def left(server: ImapServer, folder: str) -> list[bytes]:
    return [message.content.replace(b"\r\n", b"\n") for message in server.folder_contents(folder)]


def test_old_messages_are_removed_from_the_folder_they_were_moved_to(imap_server: ImapServer, keeper: Keeper) -> None:
    imap_server.append_all("INBOX", [(mail, DAY0) for mail in (report(1), report(1), LETTER)])
    mailbox = keeper.open(imap_server.account())
    keeper.poll(mailbox)
    assert len(left(imap_server, "Done")) == 2
    keeper.now = DAY0 + RETAIN
    assert keeper.retain(mailbox) == 0
    keeper.now += timedelta(seconds=1)
    assert keeper.retain(mailbox) == 2
    assert (left(imap_server, "Done"), left(imap_server, "Other")) == ([], [LETTER])
    assert keeper.retain(mailbox) == 0


def test_what_others_put_there_stays(dovecot: ImapServer, keeper: Keeper) -> None:
    """A letter, a report that nobody has counted, a mail that a person has marked, and one that came later again."""
    dovecot.append_all("INBOX", [(report(1), DAY0), (report(2), DAY0)])
    mailbox = keeper.open(dovecot.account())
    keeper.poll(mailbox)
    late = DAY0 + timedelta(days=60)
    dovecot.append_all("Done", [(LETTER, DAY0), (report(3), DAY0), (b"Subject: y\n\nz\n", DAY0), (report(2), late)])
    with dovecot.client() as client:
        client.select_folder("Done")
        client.add_flags([5], [b"\\Deleted"])
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    assert keeper.retain(mailbox) == 2
    assert left(dovecot, "Done") == [LETTER, report(3), b"Subject: y\n\nz\n", report(2)]


@pytest.mark.parametrize("on_done", ["flag", "leave"])
@pytest.mark.parametrize("folder", ["INBOX", JUNK])
def test_it_is_removed_from_where_it_was_left(dovecot: ImapServer, keeper: Keeper, on_done: str, folder: str) -> None:
    name = "Indesirables" if folder == JUNK else folder
    dovecot.append_all(name, [(mail, DAY0) for mail in (report(1), LETTER, NAMELESS)])
    mailbox = keeper.open(dovecot.account(), folder, on_done)
    keeper.poll(mailbox)
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    dovecot.append(name, report(2), keeper.now)
    keeper.poll(mailbox)
    assert keeper.retain(mailbox) == 1
    assert left(dovecot, name) == [LETTER, NAMELESS, report(2)]


def test_folders_of_outcomes_are_cleared_too(dovecot: ImapServer, keeper: Keeper) -> None:
    dovecot.append_all("INBOX", [(mail, DAY0) for mail in (report(1), report(1), LETTER)])
    mailbox = keeper.open(dovecot.account(), outcome_folders={"repeated": "Twice", "not-a-report": "Letters"})
    keeper.poll(mailbox)
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    assert sorted(shelf.name for shelf in mailbox.retained_folders) == ["imap:test/Done", "imap:test/Twice"]
    assert keeper.retain(mailbox) == 2
    assert [left(dovecot, folder) for folder in ("Done", "Twice", "Letters")] == [[], [], [LETTER]]


def test_what_waits_for_a_person_stays_until_it_is_accepted(dovecot: ImapServer, keeper: Keeper) -> None:
    """A bounce in a mailbox that is for complaints."""
    dovecot.append("INBOX", report(1), DAY0)
    mailbox = keeper.open(dovecot.account(), role="complaints")
    keeper.poll(mailbox)
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    assert keeper.retain(mailbox) == 0
    with closing(sqlite3.connect(keeper.path)) as reader:
        [(event,)] = reader.execute("SELECT event FROM doubts").fetchall()
    keeper.ledger.decisions.accept([event], "looked")
    assert keeper.retain(mailbox) == 1


def test_a_server_that_cannot_remove_just_these_keeps_all_and_that_is_said_once(
    dovecot: ImapServer, keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.append("INBOX", report(1), DAY0)
    mailbox = keeper.open(plain(dovecot, "127.0.0.3"), on_done="leave")
    keeper.poll(mailbox)
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    assert [keeper.retain(mailbox), keeper.retain(mailbox)] == [0, 0]
    assert left(dovecot, "INBOX") == [report(1)]
    assert caplog.messages == ["imap:test/INBOX: server has no UIDPLUS; retain is ignored"]


def test_a_folder_that_nothing_was_moved_to_yet_is_no_problem(dovecot: ImapServer, keeper: Keeper) -> None:
    assert keeper.retain(keeper.open(dovecot.account())) == 0


def test_nothing_is_removed_by_default(dovecot: ImapServer, keeper: Keeper) -> None:
    assert keeper.open(dovecot.account(), retain=timedelta()).retained_folders == ()


def test_a_crash_before_the_end_is_mended_by_the_next_run(dovecot: ImapServer, keeper: Keeper) -> None:
    """It had marked the message, and what a person has marked meanwhile is not its own."""
    dovecot.append("INBOX", report(1), DAY0)
    mailbox = keeper.open(dovecot.account(), on_done="leave")
    keeper.poll(mailbox)
    dovecot.append("INBOX", LETTER, DAY0)
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.add_flags([1, 2], [b"\\Deleted"])
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    assert keeper.retain(mailbox) == 1
    assert left(dovecot, "INBOX") == [LETTER]


class Breaking(PoisonedImap):
    """Hangs up instead of expunging; no message of it is a poison."""

    def __init__(self, uids: range, mail: bytes) -> None:
        super().__init__(uids, poison=set(), failure="", body=mail.replace(b"\n", b"\r\n"))

    def _say(self, name: str, command: str) -> str:
        return {"UID EXPUNGE": CLOSE, "CAPABILITY": "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"}.get(name) or super()._say(
            name, command
        )


def test_what_is_known_to_stay_is_not_fetched_again(keeper: Keeper) -> None:
    with Breaking(range(1, 4), LETTER) as server:
        mailbox = keeper.open(server.account(), on_done="leave")
        keeper.poll(mailbox)
        before = len(server.said)
        keeper.now = DAY0 + RETAIN + timedelta(days=1)
        assert keeper.retain(mailbox) == 0
        said = [" ".join(line.split()[:2]) for line in server.said[before:]]
        assert ("UID SEARCH" in said, "UID FETCH" in said) == (True, False)


def test_a_connection_lost_before_expunge_is_a_failed_poll(keeper: Keeper) -> None:
    with Breaking(range(1, 2), report(1)) as server:
        mailbox = keeper.open(server.account(), on_done="leave")
        keeper.poll(mailbox)
        keeper.now = DAY0 + RETAIN + timedelta(days=1)
        with pytest.raises(MailboxError):
            keeper.retain(mailbox)
        assert [said for said in server.said if "STORE" in said or "EXPUNGE" in said] == [
            "UID STORE 1 +FLAGS.SILENT (\\DELETED)",
            "UID EXPUNGE 1",
        ]
        assert any(said.startswith("UID SEARCH UID 1:1 BEFORE 0") for said in server.said)


def test_more_than_one_command_can_name_is_removed(dovecot: ImapServer, keeper: Keeper) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in range(1, MAX_MESSAGES + 52)])
    mailbox = keeper.open(dovecot.account())
    keeper.poll(mailbox)
    keeper.now = DAY0 + RETAIN + timedelta(days=1)
    removed = [number for shelf in mailbox.retained_folders for number in pipeline.retain(shelf, keeper.ledger)]
    assert (sum(removed), max(removed)) == (MAX_MESSAGES + 51, MAX_MESSAGES)
    assert left(dovecot, "Done") == []


@pytest.fixture
def configured(tmp_path: Path, dovecot: ImapServer) -> Daemon:
    """Two folders of one account that share where their messages go, and two mails counted a hundred days ago."""
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=100)
    mails = [bounce(number, f"r{number}@rcpt.test", long_ago) for number in (1, 2)]
    dovecot.append_all("INBOX", [(mails[0], long_ago)])
    dovecot.append_all("More", [(mails[1], long_ago)])
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": dovecot}, idle=False, folders=["INBOX", "More"])
    with (
        Ledger(str(daemon.database), Policy(), clock=lambda: long_ago) as ledger,
        Workers(Sender(), count=1) as workers,
    ):
        for folder in ("INBOX", "More"):
            with closing(
                ImapMailbox(dovecot.account(name="bounces"), folder, Disposition("move", "Bounced", "Other"))
            ) as mailbox:
                pipeline.drain(mailbox, ledger, workers, lambda *_: None, resume=True)
    assert len(dovecot.folder_contents("Bounced")) == 2
    text = daemon.config.read_text().replace("folders =", 'retain = "90d"\nfolders =')
    daemon.config.write_text(text)
    return daemon


def test_the_daemon_removes_them_with_one_line(configured: Daemon, dovecot: ImapServer) -> None:
    with configured.running():
        line = configured.wait_for("retention ")
        configured.wait_until("SELECT count(*) = 1 FROM jobs WHERE name = 'retention'")
        assert configured.stop()[0] == 0
    assert line == "INFO retention mailbox=imap:bounces/Bounced removed=2"
    assert [other for other in configured.rest() if "retention" in other] == []
    assert dovecot.folder_contents("Bounced") == []
    assert configured.rows("SELECT count(*) FROM events") == [(2,)]


def test_run_once_removes_them_when_it_is_due(configured: Daemon, dovecot: ImapServer) -> None:
    """A run for some mailboxes says nothing of when it was done for all."""
    runs = [configured.bounced("run", "--once", *words) for words in (["--mailbox", "bounces"], [], [])]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert [run.stderr.count("retention ") for run in runs] == [1, 0, 0]
    assert dovecot.folder_contents("Bounced") == []
    with Ledger(str(configured.database), Policy()) as ledger:
        assert {"retention", "reconcile"} <= set(ledger.upkeep.last_runs())


def test_run_once_leaves_them_while_it_is_not_due(configured: Daemon, dovecot: ImapServer) -> None:
    with Ledger(str(configured.database), Policy()) as ledger:
        ledger.upkeep.ran("retention")
    assert configured.bounced("run", "--once").returncode == 0
    assert len(dovecot.folder_contents("Bounced")) == 2
