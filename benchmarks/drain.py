"""Draining a Dovecot on this machine, beside a reader that throws away what it fetches.

`python -m benchmarks.drain [MAILS]`
"""

from __future__ import annotations

import re
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
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


def rows(mails: int = 20_000) -> Iterator[tuple[str, float]]:
    """How many times as long as the bare reader the daemon takes; the first reader is not measured.

    Dovecot looks at every file then.
    """
    if dovecot_is_missing():
        return
    with running_dovecot(trustme.CA()) as dovecot:
        server = dovecot.fresh()
        deliver(server, mails)
        read(server)
        bare = min(read(server) for _ in range(TIMES))
        yield f"a reader that throws {mails:,} reports away, messages a second", mails / bare
        yield "draining with on_done = leave, times the reader (3)", drain(server, mails, "leave") / bare
        yield "draining with on_done = move, times the reader (5)", drain(server, mails, "move") / bare


if __name__ == "__main__":
    for label, figure in rows(*map(int, sys.argv[1:2])):
        print(f"{figure:10.2f}  {label}")
