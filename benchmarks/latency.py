"""From the delivery of a report to the suppression that any reader of the database sees, with IDLE.

`python -m benchmarks.latency [DELIVERIES]`
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import trustme

from tests.soak.post import Post
from tests.support.daemon import PATIENCE, Daemon, bounce
from tests.support.servers import ImapServer, dovecot_is_missing, running_dovecot

#: Who fails once is suppressed.
AT_ONCE = """
[policy]
hard = { bounces = 1, days = 0 }
"""

#: Seconds between two deliveries, at most; so is what comes while the daemon is busy measured too.
PAUSE = 0.2

#: Seconds between two looks at the database.
LOOK = 0.005


def deliver(post: Post, deliveries: int, begun: dict[str, float]) -> None:
    """Delivers reports as a local delivery agent does, at random times; ``begun`` is when each was."""
    times = random.Random(1)  # noqa: S311
    for number in range(deliveries):
        time.sleep(times.uniform(0, PAUSE))
        address, now = f"reader{number}@example.net", datetime.now(UTC)
        begun[address] = time.monotonic()
        post.deliver("INBOX", bounce(number, address, now), now)


def watch(database: Path, deliveries: int) -> dict[str, float]:
    """When each suppression was there for somebody who asks all the time."""
    seen: dict[str, float] = {}
    last = time.monotonic()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        while len(seen) < deliveries and (now := time.monotonic()) < last + PATIENCE:
            found = [address for (address,) in reader.execute("SELECT address FROM suppressed") if address not in seen]
            seen |= dict.fromkeys(found, now)
            last = now if found else last
            time.sleep(LOOK)
    return seen


def measure(server: ImapServer, daemon: Daemon, deliveries: int) -> list[float]:
    """Milliseconds of each delivery."""
    post, begun = Post(server), dict[str, float]()
    post.make("INBOX")
    daemon.configure({"bounces": server})
    with daemon.config.open("a") as config:
        config.write(AT_ONCE)
    warm = datetime.now(UTC)
    post.deliver("INBOX", bounce(deliveries, "first@example.net", warm), warm)
    with daemon.running():
        daemon.wait_for("suppressed", "first@example.net")
        poster = threading.Thread(target=deliver, args=(post, deliveries, begun))
        poster.start()
        seen = watch(daemon.database, deliveries + 1)
        poster.join()
        daemon.stop()
    return [1e3 * (seen[address] - at) for address, at in begun.items() if address in seen]


def rows(deliveries: int = 1000) -> Iterator[tuple[str, float]]:
    """From delivery to the visible suppression."""
    if dovecot_is_missing():
        return
    with tempfile.TemporaryDirectory() as folder, running_dovecot(trustme.CA()) as dovecot:
        took = measure(dovecot.fresh(), Daemon(Path(folder)), deliveries)
    cuts = quantiles(took, n=100)
    yield f"{deliveries} deliveries, seen as suppressions", len(took)
    yield "delivery to suppression, ms, median (259)", cuts[49]
    yield "delivery to suppression, ms, 99th percentile (513)", cuts[98]


if __name__ == "__main__":
    for label, figure in rows(*map(int, sys.argv[1:2])):
        print(f"{figure:10.2f}  {label}")
