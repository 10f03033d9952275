"""Forged reports: what is made of each, and hundreds of all kinds at the real daemon (benchmarks.forged: thousands)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.parse import parse
from bounced.sources.arrival import arrived_at
from tests.support.daemon import Daemon
from tests.support.forged import OUR_KEY, OURS, SETS, careful, forged
from tests.support.servers import ImapServer

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)

CAREFUL = f"""
[trust]
own_domains = ["{OURS}"]
addresses_per_message = 50
[trust.count_by_kind]
complaint = "verified"
"""

MAILS = 600

DOUBTS = {
    "held: trust unverified, plausible required",
    "held: trust unverified, verified required",
    "held: trust plausible, verified required",
    "held: reports about one message name more than 50 addresses",
    "held: more than 10 reports from one source in a day",
}


def test_they_are_what_they_pretend_to_be() -> None:
    """Every one is read as a report about its victim; made-up originals are plausible, complaints included."""
    sender = Sender(anchors=TrustAnchors((OURS,)), keys=(OUR_KEY,))
    for mail, (_, original, _) in zip(forged(len(SETS), NOW), SETS, strict=True):
        [event] = parse(mail, sender, (), NOW).events
        assert event.address.startswith("victim")
        assert event.trust == ("plausible" if OURS in original else "unverified")


def test_no_date_in_them_is_believed_but_the_topmost_received() -> None:
    mail = next(forged(1, NOW))
    assert arrived_at(mail, NOW, NOW) == NOW - timedelta(days=16)
    assert arrived_at(b"Received: by mx.sender.test; Thu, 17 Sep 2026 12:00:00 +0000\n" + mail, NOW, NOW) == NOW
    assert arrived_at(b"Received: by mx.sender.test; Thu, 17 Sep 2099 12:00:00 +0000\n" + mail, NOW, NOW) == NOW
    assert arrived_at(mail.partition(b"Date:")[2], NOW, NOW) == NOW


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def test_hundreds_of_forged_reports_suppress_nobody(daemon: Daemon, dovecot: ImapServer) -> None:
    """All are recorded, the mailbox is drained, and the operator is warned once."""
    dovecot.append_all("INBOX", [(mail, None) for mail in forged(MAILS, datetime.now(UTC))])
    daemon.configure({"bounces": dovecot})
    careful(daemon, CAREFUL)
    with daemon.running():
        daemon.wait_for(" held events=")
        daemon.wait_until(f"SELECT count(*) = {MAILS} FROM places WHERE settled = 1")
        assert daemon.stop()[0] == 0
        assert [line for line in (*daemon.lines, *daemon.rest()) if " held events=" in line] == [daemon.lines[-1]]
    assert daemon.rows("SELECT count(*) FROM suppressions") == [(0,)]
    assert daemon.rows("SELECT count(*), count(DISTINCT message) FROM events") == [(MAILS, MAILS)]
    assert {why for (why,) in daemon.rows("SELECT why FROM doubts")} == DOUBTS
    assert dovecot.folder_contents("INBOX") == []
    assert len(dovecot.folder_contents("Bounced")) == MAILS
