"""Draining a Dovecot on this machine, beside a reader that throws away what it fetches.

`python -m benchmarks.drain [MAILS]`
"""

from __future__ import annotations

import re
import resource
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

#: Messages in one FETCH.
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


def drain(server: ImapServer, mails: int, on_done: OnDone) -> tuple[float, float]:
    """Seconds that the daemon's poll of everything takes, by its own log; and of the processor, from start to end."""
    before = _processor()
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(Path(folder))
        daemon.configure({"bounces": server}, on_done=on_done)
        with daemon.running():
            while f" counted={mails} " not in (line := daemon.wait_for("")):
                pass
            daemon.stop()
    [seconds] = re.findall(r" seconds=([0-9.]+)", line)
    return float(seconds), _processor() - before


def _processor() -> float:
    """Seconds of the processor that processes took which have ended: the daemon and its workers."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
        ways: tuple[tuple[OnDone, int], ...] = (("leave", 3), ("move", 5))
        for on_done, goal in ways:
            seconds, processor = drain(server, mails, on_done)
            yield f"draining with on_done = {on_done}, times the reader ({goal})", seconds / bare
            yield "the daemon and its workers, microseconds of the processor a message", processor / mails * 1e6


if __name__ == "__main__":
    for label, figure in rows(*map(int, sys.argv[1:2])):
        print(f"{figure:10.2f}  {label}")
