"""`make soak`: mails whose outcome is known, delivered while everything goes wrong, then a long quiet stretch.

Ends with 0 when the ledger is exactly as if nothing had happened: nothing lost, nothing doubled, the right addresses
suppressed, every mail in exactly one folder; memory, descriptors and threads of the quiet stretch are printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import trustme

from tests.soak.faults import Scene, chosen, kill_daemon
from tests.soak.post import Post, digest
from tests.soak.truth import Mail, Truth
from tests.support import sinks
from tests.support.daemon import Daemon
from tests.support.other_servers import running_courier
from tests.support.proxy import FaultProxy
from tests.support.servers import ImapServer, running_dovecot
from tests.support.webhooks import Peer, listening

READ = ("INBOX", "Junk")
DONE = ("Bounced", "Bounced-Unrecognized")
BACKLOG = 3000  # mails in a folder: a real one is never fuller for long
TWICE = "mails that are on the server twice"
SINK_FILE = "changes.jsonl"
SINKS = """
[sink.crm]
url = "{url}"
[sink.log]
file = "{file}"
"""
REFUSED_SHARE = 0.1  # of what the webhook is asked to take
PATIENCE = 900.0  # seconds without progress


class Soak:
    """One run; what it was told to deliver and did deliver."""

    def __init__(self, scene: Scene, seed: int, peer: Peer) -> None:
        self.scene = scene
        self.peer = peer
        self.chance = random.Random(seed + 1)
        self.posts = [Post(server) for server in scene.users]
        self.delivered: Counter[bytes] = Counter()
        self._state: tuple[float, ...] = ()
        for post in self.posts:
            for name in (*READ, *DONE):
                post.make(name)

    def deliver(self, mails: Iterator[Mail]) -> None:
        """Delivers, now and then one mail twice, and waits while too many lie in the folders."""
        for number, mail in enumerate(mails):
            for _ in range(2 if number % 20 == 0 else 1):
                self.chance.choice(self.posts).deliver(self.chance.choice(READ), mail.content, mail.when)
                self.delivered[digest(mail.content)] += 1
            if number % 100 == 0:
                while self.waiting() > BACKLOG:
                    time.sleep(0.2)

    def waiting(self) -> int:
        """How many mails lie where they were delivered."""
        return sum(post.waiting(name) for post in self.posts for name in READ)

    def drained(self) -> None:
        """Returns when nothing waits any more. Raises AssertionError when it stands still."""
        while (waiting := self.waiting()) or self.unsettled():
            self.check_progress(waiting, self.unsettled())
            time.sleep(0.5)

    def told(self) -> None:
        """Returns when every sink has every change. Raises AssertionError when it stands still."""
        rows = self.scene.daemon.rows
        while waiting := rows("SELECT count(*) FROM outbox_rows, sinks WHERE outbox_rows.id > position")[0][0]:
            self.check_progress(waiting)
            time.sleep(0.5)

    def recorded(self) -> int:
        """How many of the mails the ledger has."""
        [(number,)] = self.scene.daemon.rows("SELECT count(*) FROM events")
        return int(number)

    def unsettled(self) -> int:
        """How many mails the ledger has that are not moved yet."""
        [(number,)] = self.scene.daemon.rows("SELECT count(*) FROM places WHERE settled = 0")
        return int(number)

    def check_progress(self, *state: int) -> None:
        """Raises AssertionError when ``state`` has been the same for PATIENCE seconds, or the daemon has ended."""
        process = self.scene.daemon.process
        if process and process.poll() is not None:
            raise AssertionError(f"the daemon ended by itself, {process.poll()}: {self.said()[-10:]}")
        if state != self._state[1:]:
            self._state = (time.monotonic(), *state)
        if time.monotonic() - self._state[0] > PATIENCE:
            raise AssertionError(f"nothing happens: {state}, {self.waiting()} mails are there: {self.said()[-10:]}")

    def said(self) -> list[str]:
        """What the daemon has said, which it does not survive, but for the mails."""
        self.scene.daemon.kill()
        return [line for line in self.scene.daemon.rest() if not line.startswith("INFO mail")]

    def wrong(self, truth: Truth) -> list[str]:
        """What is not as it must be."""
        rows = self.scene.daemon.rows
        found = Counter[bytes]()
        for post in self.posts:
            found += post.contents(*READ, *DONE)
        counted = dict(rows("SELECT original_message_id, count(*) FROM events GROUP BY 1"))
        suppressed = {address for (address,) in rows("SELECT address FROM suppressed")}
        facts = {
            TWICE: (found - self.delivered).total(),
            "mails lost on the server": (self.delivered - found).total(),
            "mails lost in the ledger": len(self.delivered) - len(counted),
            "mails doubled in the ledger": sum(number - 1 for number in counted.values()),
            "unrecognized messages": rows("SELECT count(*) FROM messages WHERE recognized = 0")[0][0],
            "suppressed and must not be": len(suppressed - truth.suppressed),
            "not suppressed and must be": len(truth.suppressed - suppressed),
            **self._disorder(),
        }
        print(f"{self.delivered.total()} delivered, {len(counted)} counted, {len(suppressed)} suppressed")
        for what, number in facts.items():
            print(f"  {what}: {number}")
        # Dovecot moves by a copy and an unlink in a Maildir: a kill of Dovecot leaves both.
        is_dovecot = self.scene.users[0].kind == "dovecot"
        return [what for what, number in facts.items() if number and not (is_dovecot and what == TWICE)]

    def _disorder(self) -> dict[str, int]:
        """What the sinks lack, or got in the wrong order."""
        changes = self.scene.daemon.rows("SELECT id, address FROM outbox_view ORDER BY id")
        posted = [(request["id"], request["data"]["address"]) for request in self.peer.requests]
        lines = sinks.of_lines(self.scene.daemon.directory / SINK_FILE)
        print(f"{len(changes)} changes, {len(posted)} posted, {len(lines)} lines")
        return {
            "changes that the webhook lacks or got out of order": len(sinks.disorder(posted, changes)),
            "changes that the file lacks or has out of order": len(sinks.disorder(lines, changes)),
        }


def storm(soak: Soak, mails: Iterator[Mail], count: int, kills: int, pause: float) -> None:
    """Delivers ``count`` mails while things go wrong: ``kills`` kills and as many other faults.

    Each comes when so many mails are recorded, and some seconds later: a server or a machine that is slow gets as far
    between two of them as a fast one. A batch is recorded at once, so that many follow each other with nothing between.
    """
    scene = soak.scene
    faults = [kill_daemon] * kills + chosen(scene, kills)
    scene.chance.shuffle(faults)
    marks = sorted(scene.chance.uniform(0, count) for _ in faults)
    delivering = threading.Thread(target=soak.deliver, args=(mails,), daemon=True)
    delivering.start()
    for mark, fault in zip(marks, faults, strict=True):
        while soak.recorded() < mark:
            soak.check_progress(soak.recorded())
            time.sleep(0.2)
        time.sleep(scene.chance.expovariate(1 / pause))
        fault(scene)
    delivering.join()
    done = Counter(fault.__name__ for fault in faults)
    print("faults: " + ", ".join(f"{number} {name}" for name, number in done.most_common()))


def quiet(soak: Soak, mails: Iterator[Mail], count: int) -> None:
    """Delivers to one daemon that nobody disturbs, and prints what it holds meanwhile."""
    soak.scene.daemon.kill()
    soak.scene.daemon.start()
    soak.scene.daemon.wait_for("started")
    for tenth in range(10):
        soak.deliver(islice(mails, count // 10) if tenth < 9 else mails)
        print(f"  {soak.delivered.total():>8} mails: {_held(soak.scene.daemon)}")


def _held(daemon: Daemon) -> str:
    assert daemon.process is not None
    folder = Path(f"/proc/{daemon.process.pid}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    files = len(list((folder / "fd").iterdir()))
    return f"{int(status['VmRSS'].split()[0]) // 1024} MB, {files} descriptors, {status['Threads'].strip()} threads"


def _spare(folder: Path, truth: Truth) -> Path:
    """A Maildir of some of the mails."""
    spare = folder / "spare"
    for part in ("tmp", "new", "cur"):
        (spare / part).mkdir(parents=True)
    for mail in islice(Truth(truth.count, truth.seed).mails(), 200):
        (spare / "new" / f"{mail.number}").write_bytes(mail.content)
    return spare


@contextmanager
def _running(kind: str) -> Iterator[ImapServer]:
    """The server, without TLS."""
    if kind == "courier":
        with running_courier() as server:
            yield server
    else:
        with running_dovecot(trustme.CA()) as server:
            yield dataclasses.replace(server, port=server.plain_port(), tls="none", ca_file="")


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="mails in all")
    parser.add_argument("--storm", type=int, default=0, help="how many of them come during the storm; 0: a quarter")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two faults, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=("dovecot", "courier"), default="dovecot")
    wanted = parser.parse_args()
    truth = Truth(wanted.messages, wanted.seed)
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as directory,
        _running(wanted.server) as plain,
        FaultProxy(plain.port) as proxy,
        listening() as peer,
    ):
        users = [plain.fresh(), plain.fresh()]
        daemon = Daemon(Path(directory))
        scene = Scene(daemon, proxy, users, _spare(daemon.directory, truth), random.Random(wanted.seed))
        soak = Soak(scene, wanted.seed, peer)
        peer.answer = lambda _: (503 if soak.chance.random() < REFUSED_SHARE else 200, {})
        boxes = {f"box{n}": dataclasses.replace(user, port=proxy.port) for n, user in enumerate(users)}
        daemon.configure(boxes, folders=list(READ), poll="2s", timeout="4s")
        with daemon.config.open("a") as file:
            file.write(SINKS.format(url=peer.url, file=daemon.directory / SINK_FILE))
        mails, stormy = truth.mails(), wanted.storm or wanted.messages // 4
        with daemon.running():
            daemon.wait_for("started")
            storm(soak, islice(mails, stormy), stormy, wanted.kills, wanted.pause)
            quiet(soak, mails, wanted.messages - stormy)
            soak.drained()
            soak.told()
            assert daemon.stop()[0] == 0
        wrong = soak.wrong(truth)
    print(f"seed {wanted.seed}, {scene.kills} kills: " + ("; ".join(wrong) or "exact"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
