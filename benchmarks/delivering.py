"""Delivering a backlog of changes: how fast, and whether all arrive in order.

`python -m benchmarks.delivering` delivers to a webhook that takes everything, to a file, and to SQLite. With `--failing
0.5 --restarts 20` the webhook fails half of the time, and is killed and started again so many times meanwhile.
"""

from __future__ import annotations

import argparse
import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from bounced.config import SinkSection
from bounced.daemon.sinks import configured
from bounced.daemon.sinks.delivery import Delivery
from bounced.ledger import outbox
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy, Suppression
from bounced.sources.retry import Backoff, Pause, Span
from bounced.times import now

#: Changes of one address, which is suppressed and released in turn.
CHANGES_OF_ADDRESS = 10

STATEMENT = "INSERT INTO changes (change, address) VALUES (:id, :address)"


class Peer:
    """The webhook's process, which may be killed and started again."""

    def __init__(self, directory: Path, failing: float) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            self.port = probe.getsockname()[1]
        self.taken = directory / "taken"
        self._failing = failing
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        words = ["-m", "benchmarks.peer", str(self.port), str(self.taken), str(self._failing)]
        self._process = subprocess.Popen([sys.executable, *words])  # noqa: S603
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)

    def kill(self) -> None:
        """Kills it, whatever it was taking."""
        if self._process:
            self._process.kill()
            self._process.wait()


def fill(ledger: Ledger, changes: int) -> None:
    """Writes ``changes`` into the outbox, as the ledger does."""
    addresses = [f"user{number}@rcpt{number % 50}.test" for number in range(changes // CHANGES_OF_ADDRESS)]
    suppression = Suppression("all", "bounce", "user_unknown", "hard", now(), detail="550 5.1.1 user unknown")
    for number in range(CHANGES_OF_ADDRESS):
        with ledger._transactions.writing():
            told = [(address, suppression) for address in addresses]
            outbox.tell(ledger._db, "suppression.removed" if number % 2 else "suppression.added", told, now())


def wrong(numbers: list[tuple[int, str]], changes: int) -> str:
    """What is wrong with what a sink got."""
    by_address: dict[str, list[int]] = {}
    for number, address in numbers:
        by_address.setdefault(address, []).append(number)
    lost = changes - len({number for number, _ in numbers})
    unordered = sum(list(dict.fromkeys(several)) != sorted(set(several)) for several in by_address.values())
    return f"lost: {lost}, addresses out of order: {unordered}, repeated: {len(numbers) - changes + lost}"


@contextmanager
def backlog(path: Path, changes: int) -> Iterator[Ledger]:
    """A ledger with ``changes`` that the sink does not have."""
    with Ledger(str(path), Policy()) as ledger:
        ledger.sinks.follow("sink")
        fill(ledger, changes)
        yield ledger


def deliver(ledger: Ledger, section: SinkSection, restarts: list[int], peer: Peer | None) -> float:
    """Seconds until the sink has everything; the peer is killed when so many changes are left."""
    sink = configured.sink(configured.Place(section, "", {}, partial(ledger.sinks.in_force, scopes=None)))
    pause = Pause(Backoff(lambda shortest, _: shortest, Span(0.2, 2.0)))
    job = Delivery("sink", sink, ledger.sinks, pause, lambda *_: None)
    begun = time.monotonic()
    while left := ledger._db.execute("SELECT count(*) FROM outbox_rows, sinks WHERE id > position").fetchone()[0]:
        if peer and restarts and left <= restarts[0]:
            restarts.pop(0)
            peer.kill()
            peer.start()
        job.run()
        time.sleep(pause.left())
    sink.close()
    return time.monotonic() - begun


def report(name: str, changes: int, seconds: float, result: str) -> None:
    """Prints the figures."""
    rate = f"{changes / seconds:,.0f} a second, {time.process_time() / changes * 1e6:.0f} us of the processor each"
    print(f"{name}: {changes:,} changes in {seconds:.0f} s: {rate}; {result}", flush=True)


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(prog="benchmarks.delivering", description=__doc__)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--failing", type=float, default=0.0)
    parser.add_argument("--restarts", type=int, default=0)
    wanted = parser.parse_args()
    changes = wanted.changes
    with tempfile.TemporaryDirectory(prefix="delivering-") as folder:
        directory = Path(folder)
        peer = Peer(directory, wanted.failing)
        peer.start()
        marks = [changes * (wanted.restarts - n) // (wanted.restarts + 1) for n in range(wanted.restarts)]
        with backlog(directory / "webhook.db", changes) as ledger:
            section = SinkSection.model_validate({"url": f"http://127.0.0.1:{peer.port}/"})
            seconds = deliver(ledger, section, marks, peer)
        peer.kill()
        rows = [json.loads(line) for line in peer.taken.read_text().splitlines() if line.endswith("}}")]
        report("webhook", changes, seconds, wrong([(row["id"], row["data"]["address"]) for row in rows], changes))
        if wanted.failing or wanted.restarts:
            return
        with backlog(directory / "file.db", changes) as ledger:
            seconds = deliver(ledger, SinkSection.model_validate({"file": str(directory / "lines")}), [], None)
        rows = [json.loads(line) for line in (directory / "lines").read_text().splitlines()]
        report("file", changes, seconds, wrong([(row["id"], row["data"]["address"]) for row in rows], changes))
        with closing(sqlite3.connect(directory / "shop.db")) as shop:
            shop.execute("CREATE TABLE changes (change, address)")
            keys = {"driver": "sqlite3", "connect": {"database": str(directory / "shop.db")}, "statement": STATEMENT}
            with backlog(directory / "sql.db", changes) as ledger:
                seconds = deliver(ledger, SinkSection.model_validate(keys), [], None)
            report("SQLite", changes, seconds, wrong(shop.execute("SELECT * FROM changes").fetchall(), changes))


if __name__ == "__main__":
    main()
