"""Networks that fail, between Dovecot and us: whatever happens, every mail is counted once in the end."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced import pipeline
from bounced.errors import MailboxError
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from bounced.sources.imap import Disposition, ImapMailbox
from bounced.workers import Workers
from tests.support.daemon import bounce
from tests.support.proxy import Fault, FaultProxy
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
MAILS = 230

#: A slow machine may need more than one poll when the network is good again: an answer has to come within 1.5 s.
BAD_POLLS, MOST_POLLS = 3, 20

FAULTS: dict[str, list[Fault]] = {
    "reset": [Fault("reset", after) for after in (0, 50, 900, 5_000, 60_000, 200_000)],
    "cut": [Fault("cut", after) for after in (0, 50, 900, 5_000, 60_000, 200_000)],
    "half-open": [Fault("half-open", after) for after in (10, 40_000)],
    "drip": [Fault("drip", after, 0.05) for after in (10, 40_000)],
}


def plain_port(server: ImapServer) -> int:
    return int((server.directory / "plain-port").read_text())


@pytest.mark.parametrize("kind", FAULTS)
def test_a_drain_through_a_bad_network_ends_as_through_a_good_one(
    kind: str, dovecot: ImapServer, tmp_path: Path
) -> None:
    """The same mailbox, as the daemon has it, goes through the bad time and the good one."""
    mails: list[tuple[bytes, datetime | None]] = [
        (bounce(number, f"r{number}@rcpt.test", DAY0), DAY0) for number in range(MAILS)
    ]
    dovecot.append_all("INBOX", mails)
    path = str(tmp_path / "bounced.db")
    failures = 0
    with (
        FaultProxy(plain_port(dovecot), FAULTS[kind], seed=1) as proxy,
        Workers(Sender(), count=1) as workers,
        Ledger(path, Policy()) as ledger,
    ):
        account = dovecot.account(port=proxy.port, tls="none", timeout=0.3)
        mailbox = ImapMailbox(account, "INBOX", Disposition("move", "Done", "Unrecognized"))
        for polls in range(MOST_POLLS):
            if polls == BAD_POLLS:
                proxy.calm()
            try:
                pipeline.drain(mailbox, ledger, workers, lambda items, receipt: None, resume=True)
                pipeline.reconcile(mailbox, ledger, workers, lambda items, receipt: None)
            except MailboxError:
                failures += 1
            else:
                if polls >= BAD_POLLS:
                    break
        mailbox.close()
        assert 0 < failures < MOST_POLLS
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT address, count(*) FROM events GROUP BY address").fetchall()
        unsettled = db.execute("SELECT count(*) FROM places WHERE settled = 0").fetchone()
    assert dict(found) == {f"r{number}@rcpt.test": 1 for number in range(MAILS)}
    assert unsettled == (0,)
    assert len(dovecot.folder_contents("Done")) == MAILS
    assert dovecot.folder_contents("INBOX") == []


def test_a_server_that_sends_an_octet_now_and_then_is_given_up_on(dovecot: ImapServer) -> None:
    dovecot.append("INBOX", bounce(1, "r1@rcpt.test", DAY0), DAY0)
    with FaultProxy(plain_port(dovecot), [Fault("drip", 10, 0.02)]) as proxy:
        mailbox = ImapMailbox(dovecot.account(port=proxy.port, tls="none", timeout=0.4))
        begun = time.monotonic()
        with pytest.raises(MailboxError, match="an answer took longer than 2 s"):
            list(mailbox.batches(None))
        assert time.monotonic() - begun < 20
    mailbox.close()
