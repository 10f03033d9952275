"""The real daemon under libfaketime: its wall clock is set while it runs, and nothing is counted differently."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import clock
from tests.support.daemon import Daemon, bounce, days
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """A daemon whose clock goes by a file; the monotonic one goes on."""
    return Daemon(tmp_path, environment=clock.environment(tmp_path, "+0"))


def test_every_mailbox_is_looked_at_when_the_clock_was_set(daemon: Daemon, mail_devel: ImapServer) -> None:
    """The machine may have been asleep. No poll is due for an hour."""
    daemon.configure({"bounces": mail_devel}, poll="1h", idle=False)
    with Ledger(str(daemon.database), Policy()) as ledger:  # the jobs that ask the folders, too, were done just now
        ledger.upkeep.ran("reconcile")
        ledger.upkeep.ran("retention")
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE polled_at IS NOT NULL")
        mail_devel.append("INBOX", bounce(1, "anna@rcpt.test", DAY0), DAY0)
        clock.set_to(daemon.directory, "+600")
        daemon.wait_for("address=anna@rcpt.test", "outcome=counted")
        assert daemon.stop()[0] == 0


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_polls_go_on_when_the_clock_is_set(daemon: Daemon, mail_devel: ImapServer, zone: str) -> None:
    """A year forward, an hour less, and back to the truth."""
    first, second, third = days(DAY0, 0, 8, 16)
    daemon.environment["TZ"] = zone
    daemon.configure({"bounces": mail_devel}, poll="1s", idle=False)
    mail_devel.append("INBOX", bounce(1, "anna@rcpt.test", first), first)
    with daemon.running():
        daemon.wait_for("address=anna@rcpt.test", "outcome=counted")
        for number, (offset, day) in enumerate([("+365d", second), ("+364d", third), ("-1h", third), ("+0", third)]):
            clock.set_to(daemon.directory, offset)
            daemon.wait_for("clock-jump seconds=")
            mail_devel.append("INBOX", bounce(number + 2, "anna@rcpt.test", day), day)
            daemon.wait_for("address=anna@rcpt.test", "outcome=counted")
        assert daemon.rows("SELECT bounces, since FROM suppressed") == [(5, "2026-09-17T12:00:00Z")]
        assert daemon.rows("SELECT count(*) FROM jobs WHERE ran_at > '2027-06-01'") == [(0,)]
        assert daemon.bounced("status").returncode == 0
        assert daemon.stop()[0] == 0
