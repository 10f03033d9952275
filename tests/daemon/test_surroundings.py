"""What lies around the daemon: a proxy on the way to the server, and a container in which it is process 1."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from tests.conftest import missing
from tests.support.daemon import PATIENCE, Daemon, bounce, secret_file
from tests.support.products import Product, ProductImap
from tests.support.proxies import StubProxy

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
REPORTS = [bounce(number, f"r{number}@rcpt.test", DAY0).replace(b"\n", b"\r\n") for number in range(2)]

ORDINARY = Product(
    name="ordinary",
    seen_in=(),
    greeting="ready",
    greeted="IMAP4rev1 AUTH=PLAIN",
    capabilities="IMAP4rev1 IDLE MOVE UIDPLUS",
)

#: Instead of the daemon's program: the same as process 1 of a namespace of its own.
FIRST_PROCESS = """\
import os, sys
words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-m", "bounced", *sys.argv[1:]]
os.execvp(words[0], words)
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


@pytest.mark.parametrize("type_", ["socks5", "http"])
def test_the_daemon_reads_through_a_proxy(daemon: Daemon, type_: Literal["socks5", "http"]) -> None:
    """IDLE goes that way, too; only the proxy knows the name of the server."""
    with ProductImap(ORDINARY) as server, StubProxy(type_, server.port, "anna:geheimnis") as stub:
        server.deliver("INBOX", *REPORTS)
        named = dataclasses.replace(server.mailbox(), host="localhost", port=server.port)
        daemon.configure({"bounces": named}, poll="1s")
        password = secret_file(daemon.directory / "proxy-password", "geheimnis")
        with daemon.config.open("a") as config:
            config.write(
                f'[mailbox.bounces.proxy]\ntype = "{type_}"\nhost = "127.0.0.1"\nport = {stub.port}\n'
                f'user = "anna"\npassword_file = "{password}"\n'
            )
        with daemon.running():
            daemon.wait_for("poll ", "counted=2")
            daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
            while not server.commands["IDLE"]:
                time.sleep(0.05)
            assert daemon.stop()[0] == 0
        assert server.contents("Bounced") == REPORTS
    assert set(stub.asked) == {f"localhost:{server.port}"}
    assert not any("geheimnis" in line for line in [*daemon.lines, *daemon.rest()])


@pytest.fixture
def unshare() -> None:
    """Skips where this machine has no namespaces for us."""
    program = shutil.which("unshare")
    words = ["--pid", "--fork", "--mount-proc", "true"]
    if not program or subprocess.run([program, *words], capture_output=True, check=False).returncode:
        missing("unshare, with the right to use it,")


@pytest.mark.usefixtures("unshare")
def test_as_the_first_process_of_a_container_it_ends_within_two_seconds(daemon: Daemon) -> None:
    """The kernel keeps signals from process 1 that it does not wait for."""
    daemon.program = ("-c", FIRST_PROCESS)
    with ProductImap(ORDINARY) as server:
        server.deliver("INBOX", *REPORTS)
        daemon.configure({"bounces": server.mailbox()}, poll="1s")
        with daemon.running():
            daemon.wait_for("started")
            daemon.wait_until("SELECT count(*) = 2 FROM messages")
            [first] = daemon.children()
            begun = time.monotonic()
            os.kill(first, signal.SIGTERM)
            assert daemon.process is not None
            assert daemon.process.wait(PATIENCE) == 0
            assert time.monotonic() - begun < 2
        assert server.contents("INBOX") == []
