"""SIGKILL at every line from the outbox to the sinks: each change is delivered at least once, each address in order.

The kill is a real one, of the real command, with a webhook, a file and a database at once. The test takes every
STRIDE-th line, and those at which something is delivered or noted; `make steps` takes them all.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from tests.support import sinks
from tests.support.daemon import Daemon
from tests.support.killed import chosen
from tests.support.servers import ImapServer
from tests.support.sinks import Change
from tests.support.webhooks import Peer, listening

STRIDE = int(os.environ.get("BOUNCED_STRIDE", "67"))

#: Where a change goes out, or the word about it comes back; each of them is tried in any case.
MOMENTS = (
    "self._sink.deliver(notice)",
    "self._sink.flush()",
    "self._sinks.delivered(",
    ".commit()",
    "outcome.taken.add",
)

ADDRESSES = ("a@b.test", "b@b.test", "c@b.test", "d@b.test")
NAMES = ("crm", "log", "shop")

CONFIGURATION = """
[sink.crm]
url = "{url}"
[sink.log]
file = "{directory}/changes.jsonl"
[sink.shop]
driver = "sqlite3"
connect = {{ database = "{directory}/shop.db" }}
statement = "INSERT INTO changes (change, address) VALUES (:id, :address)"
"""


def prepared(directory: Path, server: ImapServer, peer: Peer) -> Daemon:
    """A database with changes that no sink has, and the sinks."""
    daemon = Daemon(directory)
    directory.mkdir()
    daemon.configure({"bounces": server}, idle=False)
    with daemon.config.open("a") as file:
        file.write(CONFIGURATION.format(url=peer.url, directory=directory))
    with closing(sqlite3.connect(directory / "shop.db")) as shop:
        shop.execute("CREATE TABLE changes (change, address)")
    with Ledger(str(daemon.database), sinks.AT_ONCE) as ledger:
        for name in NAMES:
            ledger.sinks.follow(name)
        for _ in range(2):
            sinks.suppress(ledger, *ADDRESSES)
            sinks.release(ledger, *ADDRESSES)
    return daemon


def run(daemon: Daemon, *killed: str) -> int:
    """`bounced run --once`, killed or not; its exit status."""
    program = ["-m", "tests.support.killed", *killed, "--"] if killed else ["-m", "bounced"]
    command = [sys.executable, *program, "run", "--once", "--config", str(daemon.config)]
    environment = {**os.environ, "BOUNCED_STEPS": "sinks"}
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=100).returncode


def of_webhook(peer: Peer) -> list[Change]:
    return [(request["id"], request["data"]["address"]) for request in peer.requests]


def of_database(daemon: Daemon) -> list[Change]:
    with closing(sqlite3.connect(daemon.directory / "shop.db")) as shop:
        return shop.execute("SELECT change, address FROM changes ORDER BY rowid").fetchall()


@pytest.mark.timeout(7200)
def test_a_kill_at_any_step_of_a_delivery_loses_nothing(tmp_path: Path, mail_devel: ImapServer) -> None:
    with listening() as peer:
        rehearsal, record = prepared(tmp_path / "rehearsal", mail_devel, peer), tmp_path / "steps"
        assert run(rehearsal, "record", str(record)) == 0
    steps = record.read_text().splitlines()
    assert {step.partition(":")[0] for step in steps} >= {
        "daemon/sinks/delivery",
        "daemon/sinks/webhook",
        "daemon/sinks/json_lines",
        "daemon/sinks/sql",
        "ledger/sinks",
    }
    some = chosen(steps, MOMENTS, STRIDE)
    wrong = {step: found for step in some if (found := killed_at(step, tmp_path, mail_devel))}
    print(f"killed at {len(some)} of {len(steps)} steps")
    assert wrong == {}


def killed_at(step: str, folder: Path, server: ImapServer) -> list[str]:
    """What is not as it must be when a run was killed at ``step`` and another one followed."""
    directory = folder / step.replace(":", "-").replace("/", "-")
    with listening() as peer:
        daemon = prepared(directory, server, peer)
        if run(daemon, step) != -9:
            return ["was not killed"]
        if run(daemon) != 0:
            return ["the next run failed"]
        changes = daemon.rows("SELECT id, address FROM outbox_view ORDER BY id")
        sinks_: dict[str, Callable[[], list[Change]]] = {
            "webhook": lambda: of_webhook(peer),
            "file": lambda: sinks.of_lines(daemon.directory / "changes.jsonl"),
            "database": lambda: of_database(daemon),
        }
        found = [f"{name}: {what}" for name, got in sinks_.items() for what in sinks.disorder(got(), changes)]
        found += [f"waits: {row}" for row in daemon.rows("SELECT name FROM sinks WHERE position < 16")]
    shutil.rmtree(directory)
    return found
