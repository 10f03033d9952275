"""Draining a Dovecot on this machine, beside a reader that throws away what it fetches.

`python -m benchmarks.drain [MAILS]`
"""

from __future__ import annotations

import re
import ssl
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from imapclient import IMAPClient

from bounced.model import OnDone
from tests.soak.post import Post
from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer, dovecot_is_missing, running_dovecot

#: Messages in one FETCH, as many as the daemon asks for.
ASKED = 200

TIMES = 3


def deliver(server: ImapServer, mails: int) -> None:
    """Puts reports into the server's INBOX, each about another address."""
    post, now = Post(server), datetime.now(UTC)
    post.make("INBOX")
    for number in range(mails):
        when = now - timedelta(seconds=mails - number)
        post.deliver("INBOX", bounce(number, f"reader{number}@example.net", when), when)


def read(server: ImapServer) -> float:
    """Seconds that it takes to fetch everything by imapclient over TLS and to throw it away."""
    trusted = ssl.create_default_context(cafile=server.ca_file)
    begun = time.monotonic()
    with IMAPClient(server.host, server.port, ssl_context=trusted, timeout=60) as client:
        client.login(server.user, server.password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for start in range(0, len(uids), ASKED):
            client.fetch(uids[start : start + ASKED], ["BODY.PEEK[]"])
    return time.monotonic() - begun


def drain(server: ImapServer, mails: int, on_done: OnDone) -> float:
    """Seconds that the daemon's poll of everything takes, by its own log."""
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(Path(folder))
        daemon.configure({"bounces": server}, on_done=on_done)
        with daemon.running():
            while f" counted={mails} " not in (line := daemon.wait_for("")):
                pass
            daemon.stop()
    [seconds] = re.findall(r" seconds=([0-9.]+)", line)
    return float(seconds)


def measure(server: ImapServer, mails: int) -> None:
    """Prints what each of them takes; the first reader is not measured, for Dovecot looks at every file then."""
    deliver(server, mails)
    read(server)
    bare = min(read(server) for _ in range(TIMES))
    print(f"{mails} reports of {len(bounce(0, 'reader0@example.net', datetime.now(UTC)))} octets over IMAPS")
    print(f"{mails / bare:8.0f} a second  by a reader that throws them away")
    ways: tuple[OnDone, ...] = ("leave", "move")
    for on_done in ways:
        took = drain(server, mails, on_done)
        print(f"{mails / took:8.0f} a second  by the daemon with on_done = {on_done}: {took / bare:.1f} times as long")


def main() -> None:
    if dovecot_is_missing():
        print("skipped: there is no Dovecot on this machine")
        return
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with running_dovecot(trustme.CA()) as dovecot:
        measure(dovecot.fresh(), mails)


if __name__ == "__main__":
    main()
