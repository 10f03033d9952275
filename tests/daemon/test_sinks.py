"""Sinks: every change is delivered at least once, in order for each address, whatever the peer does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import signal
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bounced.address import of_tenant
from bounced.daemon.deliveries import is_of
from bounced.daemon.sinks import Refused, Unavailable
from bounced.daemon.sinks.command import Command
from bounced.daemon.sinks.delivery import Delivery
from bounced.daemon.sinks.json_lines import JsonLines
from bounced.daemon.sinks.webhook import Webhook
from bounced.errors import UserError
from bounced.ledger import outbox, sinks
from bounced.ledger.ledger import Ledger
from bounced.ledger.sinks import Notice
from bounced.policy import Limit, Policy, Suppression
from bounced.sources.retry import Backoff, Pause, Span
from tests.support.commands import DAY0, process
from tests.support.daemon import Daemon, bounce
from tests.support.ledger import failed, item
from tests.support.servers import ImapServer, free_port
from tests.support.sinks import disorder
from tests.support.webhooks import Peer, listening

AT_ONCE = Policy({**Policy().limits, "hard": Limit(1, 0)})

KEY = b"geheimnis-of-24-octets.."
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"

ADDED = Notice(7, "2026-09-01T12:00:00Z", "suppression.added", "a@b.test", {"scope": "all", "cause": "bounce"})


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, AT_ONCE) as opened:
        opened.sinks.follow("crm")
        yield opened


@pytest.fixture
def peer() -> Iterator[Peer]:
    with listening() as opened:
        yield opened


def delivery(ledger: Ledger, peer: Peer, tenant: str = "") -> Delivery:
    pause = Pause(Backoff(lambda shortest, _: shortest, Span(0, 0)))
    return Delivery(
        "crm", Webhook(peer.url, SECRET, 10.0), ledger.sinks, pause, lambda *_: None, partial(is_of, tenant)
    )


def suppress(ledger: Ledger, *addresses: str) -> None:
    ledger.decisions.decide(addresses, "suppress", "all", "")


def state(ledger: Ledger) -> tuple[int, int, str]:
    """Of the sink: what waits, what is dead, and the problem."""
    [row] = sinks.status(ledger._db)
    return row["waiting"], row["dead"], row["problem"]


def test_a_change_is_posted_and_signed(ledger: Ledger, peer: Peer) -> None:
    ledger.take([item(1, 0, failed("a@b.test", diagnostic_code="550 no"))])
    delivery(ledger, peer).run()
    [(headers, content)] = peer.seen
    [request] = peer.requests
    assert request["type"] == "suppression.added"
    assert request["data"]["address"] == "a@b.test"
    assert request["data"]["detail"] == "550 no"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    digest = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert state(ledger) == (0, 0, "")


@pytest.mark.parametrize("status", [301, 307, 401, 404, 408, 410, 429, 500, 503])
def test_what_is_wrong_with_the_peer_is_tried_again(ledger: Ledger, peer: Peer, status: int) -> None:
    suppress(ledger, "a@b.test")
    peer.answer = lambda _: (status, {"Location": peer.url})
    job = delivery(ledger, peer)
    job.run()
    assert state(ledger) == (1, 0, f"answers {status}")
    assert (len(peer.seen) == 1) == (status < 500), "no redirect is followed"
    peer.answer = lambda _: (204, {})
    job.run()
    assert state(ledger) == (0, 0, "")
    ids = {headers["webhook-id"] for headers, _ in peer.seen}
    assert len(ids) == 1


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_what_is_wrong_with_a_change_is_a_dead_letter(ledger: Ledger, peer: Peer, status: int) -> None:
    suppress(ledger, "a@b.test", "c@b.test")
    peer.answer = lambda request: (status if request["data"]["address"] == "a@b.test" else 200, {})
    delivery(ledger, peer).run()
    assert [request["data"]["address"] for request in peer.requests] == ["c@b.test"]
    assert state(ledger) == (0, 1, "")
    [dead] = ledger.sinks.dead("crm", 0, 10)
    assert dead.address == "a@b.test"


def test_the_peer_says_when_to_come_again(peer: Peer) -> None:
    peer.answer = lambda _: (429, {"Retry-After": "120"})
    with pytest.raises(Unavailable) as raised:
        Webhook(peer.url, "", 10.0).deliver(ADDED)
    assert raised.value.seconds == 120.0


def test_nobody_listens() -> None:
    with pytest.raises(Unavailable, match=r"^Failed to establish a new connection: \[Errno 111\] Connection refused$"):
        Webhook(f"http://127.0.0.1:{free_port()}/", "", 10.0).deliver(ADDED)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_no base64!", "geheim"])
def test_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(UserError, match="base64"):
        Webhook("http://127.0.0.1/", secret, 1.0)


def test_each_arrives_in_order_from_a_peer_that_fails_half_of_the_time(ledger: Ledger, peer: Peer) -> None:
    addresses = [f"{number}@b.test" for number in range(40)]
    for _ in range(3):
        suppress(ledger, *addresses)
        ledger.decisions.decide(addresses, "release", "", "")
    tries = iter(range(10**6))
    peer.answer = lambda _: (503 if next(tries) % 2 else 200, {})
    job = delivery(ledger, peer)
    while state(ledger)[0]:
        job.run()
    for address in addresses:
        got = [request["id"] for request in peer.requests if request["data"]["address"] == address]
        assert got == sorted(set(got))
        assert len(got) == 6


def failing_half_of_the_time(tries: Iterator[int], _: object) -> tuple[int, dict[str, str]]:
    return 200 if next(tries, 0) % 2 else 503, {}


def test_each_arrives_in_order_from_a_peer_that_fails_and_is_restarted(ledger: Ledger) -> None:
    addresses = [f"{number}@b.test" for number in range(40)]
    suppress(ledger, *addresses)
    ledger.decisions.decide(addresses, "release", "", "")
    port, got, restarts = free_port(), [], 0
    pause = Pause(Backoff(lambda shortest, _: shortest, Span(0, 0)))
    job = Delivery("crm", Webhook(f"http://127.0.0.1:{port}/", "", 10.0), ledger.sinks, pause, lambda *_: None)
    while state(ledger)[0]:
        with listening(port) as peer:
            peer.answer = partial(failing_half_of_the_time, iter(range(50)))
            job.run()
        got += [(request["id"], request["data"]["address"]) for request in peer.requests]
        restarts += 1
    assert restarts > 1
    assert (
        disorder(got, [(id_, address) for id_, address in ledger._db.execute("SELECT id, address FROM outbox")]) == []
    )


def test_a_sink_that_is_down_costs_bounded_memory(ledger: Ledger) -> None:
    suppression = Suppression("all", "bounce", "user_unknown", "hard", DAY0, detail="x" * 100)
    with ledger._transactions.writing():
        told = [(f"{number}@b.test", suppression) for number in range(20_000)]
        outbox.tell(ledger._db, "suppression.added", told, DAY0)
    webhook = Webhook(f"http://127.0.0.1:{free_port()}/", "", 10.0)
    job = Delivery("crm", webhook, ledger.sinks, Pause(Backoff(lambda *_: 0.0)), lambda *_: None)
    tracemalloc.start()
    job.run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    [row] = sinks.status(ledger._db)
    assert (row["waiting"], row["dead"], row["failing_since"] is None) == (20_000, 0, False)
    assert "refused" in row["problem"]
    assert peak < 4_000_000, "of 20,000 changes 500 are in memory"


class Ended:
    """A sink that takes nothing, and is ended in the middle of its second delivery."""

    lanes = 1
    end: Callable[[], None]

    def __init__(self) -> None:
        self.tries = 0

    def deliver(self, _: Notice) -> None:
        self.tries += 1
        if self.tries == 2:
            self.end()
        raise Unavailable("it is down")

    def flush(self) -> None:
        """Nothing was taken."""

    def close(self) -> None:
        """Nothing is open."""


def test_a_sink_that_is_ended_while_it_is_down_has_not_recovered(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    place = Ended()
    pause = Pause(Backoff(lambda shortest, _: shortest, Span(0, 0)))
    job = Delivery("crm", place, ledger.sinks, pause, lambda *_: None)
    place.end = job.end
    suppress(ledger, "a@b.test")
    with caplog.at_level(logging.INFO):
        job.run()
        job.run()
    assert place.tries == 2
    assert [record.message for record in caplog.records if "recovered" in record.message] == []


def test_what_the_outbox_has_for_a_sink_stays_until_it_has_it(ledger: Ledger, peer: Peer) -> None:
    suppress(ledger, "a@b.test")
    ledger.logged.note(1)
    assert ledger.upkeep.drop_outbox(timedelta(days=-1)) == 0
    delivery(ledger, peer).run()
    assert ledger.upkeep.drop_outbox(timedelta(days=-1)) == 1


def test_a_sink_that_is_gone_holds_nothing(ledger: Ledger, peer: Peer) -> None:
    suppress(ledger, "a@b.test")
    ledger.logged.note(1)
    ledger.sinks.keep_for(["other"])
    assert ledger.upkeep.drop_outbox(timedelta(days=-1)) == 1


def test_lines_are_added_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "changes.jsonl"
    path.write_bytes(b'{"id": 1}\n{"cut sho')
    file = JsonLines(str(path))
    file.deliver(ADDED)
    file.flush()
    lines = path.read_bytes().splitlines()
    assert lines[:2] == [b'{"id": 1}', b'{"cut sho']
    assert json.loads(lines[2])["data"] == {"address": "a@b.test", "scope": "all", "cause": "bounce"}
    path.rename(tmp_path / "changes.jsonl.1")
    file.deliver(ADDED)
    file.flush()
    assert len(path.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("name", ["missing/file", "/dev/full"])
def test_a_file_that_takes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unavailable, match=name):
        JsonLines(str(tmp_path / name)).deliver(ADDED)


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_command_reads_a_change(tmp_path: Path) -> None:
    path = tmp_path / "got"
    Command(script(f"import sys; open({str(path)!r}, 'w').write(sys.stdin.read())"), {}, 30.0).deliver(ADDED)
    assert json.loads(path.read_text())["data"]["address"] == "a@b.test"


@pytest.mark.parametrize(
    ("command", "seconds", "error", "problem"),
    [
        (["/does/not/exist"], 30.0, Unavailable, "No such file"),
        (script("raise SystemExit(1)"), 30.0, Unavailable, "exit status 1"),
        (script("raise SystemExit(65)"), 30.0, Refused, "exit status 65"),
        (script("import time; time.sleep(60)"), 0.2, Unavailable, "longer than 0.2 s"),
    ],
)
def test_a_command_that_fails(command: list[str], seconds: float, error: type[Exception], problem: str) -> None:
    with pytest.raises(error, match=problem):
        Command(command, {}, seconds).deliver(ADDED)


SINKS = """
[sink.crm]
url = "{url}"
[sink.copy]
file = "{file}"
[policy]
hard = {{ bounces = 1, days = 0 }}
"""


def test_the_daemon_delivers_across_a_kill_and_what_others_change(daemon: Daemon, mail_devel: ImapServer) -> None:
    port, copy = free_port(), daemon.directory / "changes.jsonl"
    daemon.configure({"box": mail_devel})
    with daemon.config.open("a") as file:
        file.write(SINKS.format(url=f"http://127.0.0.1:{port}/hook", file=copy))
    with daemon.running():
        daemon.wait_for("started")
        mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
        daemon.hup()
        daemon.wait_for("sink-failed", "crm")
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
    with listening(port) as peer, daemon.running():
        [request] = peer.wait_for(1)
        assert (request["type"], request["data"]["address"]) == ("suppression.added", "a@rcpt.test")
        assert process("release", "--config", str(daemon.config), "a@rcpt.test").returncode == 0
        assert [request["type"] for request in peer.wait_for(2)] == ["suppression.added", "suppression.removed"]
        assert daemon.stop()[0] == 0
    kinds = [json.loads(line)["type"] for line in copy.read_text().splitlines()]
    assert list(dict.fromkeys(kinds)) == ["suppression.added", "suppression.removed"]  # a kill may repeat one


def test_what_was_refused_of_one_tenant_is_not_replayed_to_another(path: str, tmp_path: Path, peer: Peer) -> None:
    config = tmp_path / "bounced.toml"
    words = ("sink", "replay", "crm", "--config", str(config))
    with Ledger(path, AT_ONCE) as ledger:
        ledger.sinks.follow("crm")
        suppress(ledger, of_tenant("acme", "a@b.test"), of_tenant("globex", "c@b.test"), "d@b.test")
        peer.answer = lambda _: (422, {})
        delivery(ledger, peer, tenant="*").run()
    peer.answer = lambda _: (200, {})
    for tenant, delivered, foreign in (("globex", "c@b.test", 2), ("", "d@b.test", 1), ("acme", "a@b.test", 0)):
        config.write_text(
            f'[database]\npath = "{path}"\n[tenant.acme]\n[tenant.globex]\n'
            f'[sink.crm]\nurl = "{peer.url}"\ntenant = "{tenant}"\n'
        )
        config.chmod(0o600)
        told = process(*words).stderr
        more = f"; of other tenants, not delivered: {foreign}" if foreign else ""
        assert told == f"delivered: 1; changed since: 0; refused again: 0{more}\n"
        assert peer.requests[-1]["data"]["address"] == delivered
    assert len(peer.requests) == 3


def test_what_was_refused_is_shown_replayed_and_dropped(path: str, tmp_path: Path, peer: Peer) -> None:
    config = tmp_path / "bounced.toml"
    config.write_text(f'[database]\npath = "{path}"\n[sink.crm]\nurl = "{peer.url}"\n')
    config.chmod(0o600)
    words = ("--config", str(config))
    with Ledger(path, AT_ONCE) as ledger:
        ledger.sinks.follow("crm")
        suppress(ledger, "a@b.test", "c@b.test")
        peer.answer = lambda _: (422, {})
        delivery(ledger, peer).run()
        ledger.decisions.decide(["c@b.test"], "release", "", "")
    listed = json.loads(process("sink", "list", "--json", *words).stdout)
    assert (listed["name"], listed["waiting"], listed["dead"]) == ("crm", 1, 2)
    again = process("sink", "replay", "crm", *words)
    assert again.returncode == 1
    assert "delivered: 0; changed since: 1; refused again: 1" in again.stderr
    peer.answer = lambda _: (200, {})
    assert "delivered: 1" in process("sink", "replay", "crm", *words).stderr
    assert [request["data"]["address"] for request in peer.requests] == ["a@b.test"]
    assert "dropped: 0" in process("sink", "drop", "crm", *words).stderr
    assert "no [sink.x]" in process("sink", "replay", "x", *words).stderr
