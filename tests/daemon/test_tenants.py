"""Tenants end to end: a mailbox, sinks and exports of the daemon, and the policy server, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.commands import COMMAND, DAY0, process
from tests.support.daemon import Daemon, bounce
from tests.support.policy import ask
from tests.support.servers import ImapServer, free_port, wait_for_port

PATIENCE = 60.0

TENANTS = {"acme": "acme", "globex": "globex", "house": "", "everybody": "*"}

CONFIG = """
[policy]
hard = { bounces = 1, days = 0 }
[tenant.acme]
domains = ["acme.test"]
logins = ["shop@acme.test"]
[tenant.globex]
domains = ["globex.test"]
"""

SINK = """
[sink.{name}]
file = "{folder}/{name}.jsonl"
tenant = "{tenant}"
"""

EXPORT = """
[export.{name}]
format = "txt"
path = "{folder}/{name}.txt"
tenant = "{tenant}"
"""


def within(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def told(folder: Path, name: str) -> list[tuple[str, str, str]]:
    """What a sink was told: the type of each change, whose it is, and about whom."""
    file = folder / f"{name}.jsonl"
    changes = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [(change["type"], change["data"].get("tenant", ""), change["data"]["address"]) for change in changes]


def exported(folder: Path, name: str) -> list[str]:
    file = folder / f"{name}.txt"
    return file.read_text().split() if file.exists() else []


def configured(daemon: Daemon, server: ImapServer) -> None:
    """A mailbox of acme's, and a sink and an export of each."""
    daemon.configure({"box": server}, tenant="acme")
    parts = [SINK.format(name=name, tenant=tenant, folder=daemon.directory) for name, tenant in TENANTS.items()]
    parts += [EXPORT.format(name=name, tenant=TENANTS[name], folder=daemon.directory) for name in list(TENANTS)[:3]]
    with daemon.config.open("a") as config:
        config.write("".join([CONFIG, *parts]))


def decide(daemon: Daemon, verb: str, tenant: str, *addresses: str) -> None:
    of = ["--tenant", tenant] if tenant else []
    ended = process(verb, *of, "--config", str(daemon.config), *addresses)
    assert ended.returncode == 0, ended.stderr


def test_each_sink_and_export_has_its_own(daemon: Daemon, mail_devel: ImapServer) -> None:
    configured(daemon, mail_devel)
    with daemon.running():
        daemon.wait_for("started")
        within(lambda: len(daemon.rows("SELECT name FROM sinks")) == len(TENANTS))
        mail_devel.append("INBOX", bounce(1, "kim@rcpt.test", DAY0), DAY0)
        within(lambda: exported(daemon.directory, "acme") == ["kim@rcpt.test"])
        decide(daemon, "suppress", "globex", "kim@rcpt.test", "lee@rcpt.test")
        decide(daemon, "suppress", "", "max@rcpt.test")
        decide(daemon, "release", "acme", "kim@rcpt.test")
        expected = {
            "acme": [("suppression.added", "acme", "kim@rcpt.test"), ("suppression.removed", "acme", "kim@rcpt.test")],
            "globex": [("suppression.added", "globex", f"{name}@rcpt.test") for name in ("kim", "lee")],
            "house": [("suppression.added", "", "max@rcpt.test")],
        }
        everything = sorted(change for changes in expected.values() for change in changes)
        within(lambda: sorted(told(daemon.directory, "everybody")) == everything)
        within(lambda: {name: told(daemon.directory, name) for name in expected} == expected)
        lists: dict[str, list[str]] = {
            "acme": [],
            "globex": ["kim@rcpt.test", "lee@rcpt.test"],
            "house": ["max@rcpt.test"],
        }
        within(lambda: {name: exported(daemon.directory, name) for name in lists} == lists)
        assert daemon.rows("SELECT max(id) FROM outbox") == [(len(everything),)]


def test_the_policy_server_answers_for_whoever_sends(daemon: Daemon) -> None:
    port, place = free_port(), daemon.directory / "socket"
    daemon.configure({})
    with daemon.config.open("a") as config:
        config.write(CONFIG)
    decide(daemon, "suppress", "acme", "kim@rcpt.test", "@dead.test")
    decide(daemon, "allow", "globex", "@dead.test")
    words = ["policy-server", "--listen", f"unix:{place}", "--listen", f"inet:localhost:{port}"]
    with subprocess.Popen([*COMMAND, *words, "--config", str(daemon.config)], stderr=subprocess.DEVNULL) as server:
        try:
            wait_for_port(port, server)
            for recipient in ("kim@rcpt.test", "anybody@dead.test"):
                for sender in ("news@acme.test", "news@mail.ACME.test"):
                    assert ask(place, recipient, sender=sender).startswith("550 5.7.1 suppressed: manual")
                assert ask(place, recipient, sender="x@globex.test", sasl_username="Shop@acme.test").startswith("550")
                for sender in ("news@globex.test", "news@house.test", "news@acme.test.evil.test", ""):
                    assert ask(place, recipient, sender=sender) == "DUNNO"
            for recipient in ("(acme)kim@rcpt.test", "kim(acme)@rcpt.test", "(acme)@dead.test"):
                assert ask(place, recipient, sender="news@globex.test") == "DUNNO"
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)
