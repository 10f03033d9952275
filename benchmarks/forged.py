"""Ten thousand forged reports of all kinds through the real daemon, from a Dovecot on this machine.

`python -m benchmarks.forged [MAILS]`; the exit status is 1 when anybody is suppressed or anything is lost.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import trustme

from tests.support.daemon import Daemon
from tests.support.forged import OURS, careful, forged
from tests.support.servers import ImapServer, running_dovecot

CONFIG = f"""
[trust]
own_domains = ["{OURS}"]
[trust.count_by_kind]
complaint = "verified"
"""

WHY = "SELECT count(*), why FROM doubts GROUP BY why ORDER BY 1 DESC"


def drained(daemon: Daemon, mails: int) -> float:
    """Seconds until all of them are in the ledger and settled."""
    begun = time.monotonic()
    with daemon.running():
        daemon.wait_for("not-counted")
        while daemon.rows("SELECT count(*) FROM places WHERE settled = 1") != [(mails,)]:
            time.sleep(0.5)
        took = time.monotonic() - begun
        daemon.stop()
        daemon.lines += daemon.rest()
    return took


def measure(server: ImapServer, daemon: Daemon, mails: int) -> bool:
    """Prints what became of them; true when all is as it should be."""
    server.append_all("INBOX", [(mail, None) for mail in forged(mails, datetime.now(UTC))])
    daemon.configure({"bounces": server})
    careful(daemon, CONFIG)
    took = drained(daemon, mails)
    [(suppressed,)] = daemon.rows("SELECT count(*) FROM suppressions")
    [(recorded,)] = daemon.rows("SELECT count(*) FROM events")
    left, moved = len(server.folder_contents("INBOX")), len(server.folder_contents("Bounced"))
    warnings = [line for line in daemon.lines if "not-counted" in line]
    print(f"{mails} forged reports in {took:.1f} s ({mails / took:.0f} a second), the daemon's start included")
    print(f"{suppressed} suppressed, {recorded} recorded, {left} left in the mailbox, {moved} moved")
    print("\n".join(f"{number:6} {why}" for number, why in daemon.rows(WHY)))
    print(f"{len(warnings)} warning: {warnings}")
    return (suppressed, recorded, left, moved, len(warnings)) == (0, mails, 0, mails, 1)


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder, running_dovecot(trustme.CA()) as dovecot:
        sys.exit(0 if measure(dovecot.fresh(), Daemon(Path(folder)), mails) else 1)


if __name__ == "__main__":
    main()
