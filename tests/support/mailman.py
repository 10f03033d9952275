"""Mailman 3 as `make servers` has installed it: its REST API on the loopback interface, from a private directory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from tests.support.servers import free_port, wait_for_port

PACKAGES = Path(__file__).parents[2] / ".servers" / "mailman"

CONFIGURATION = """
[mailman]
layout: here
site_owner: owner@lists.test
[paths.here]
var_dir: {directory}
[webservice]
hostname: 127.0.0.1
port: {port}
admin_user: user
admin_pass: geheim
workers: 1
[mta]
incoming: mailman.mta.null.NullMTA
"""

REST = "import sys; from mailman.bin.runner import main; sys.argv[0] = 'runner'; main()"
COMMAND = "import sys; from mailman.bin.mailman import main; sys.argv[0] = 'mailman'; main()"


def is_missing() -> bool:
    """True when it was not installed."""
    return not (PACKAGES / "mailman").exists()


@dataclass(frozen=True, slots=True)
class Mailman:
    """A running one."""

    directory: Path
    url: str

    def command(self, *words: str) -> str:
        """What `mailman` prints."""
        root = ("--run-as-root",) if os.geteuid() == 0 else ()
        command = [sys.executable, "-c", COMMAND, *root, *words]
        environment = _environment(self.directory)
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=100).stdout

    def subscribe(self, list_id: str, address: str) -> None:
        """Adds a member, without any question."""
        confirmed = dict.fromkeys(("pre_verified", "pre_confirmed", "pre_approved"), "true")
        self.ask("POST", "/members", {"list_id": list_id, "subscriber": address, **confirmed})

    def without_delivery(self, list_name: str, why: str = "any") -> list[str]:
        """The members to whom nothing is delivered."""
        return [line for line in self.command("members", "--nomail", why, list_name).splitlines() if "@" in line]

    def members(self, list_name: str) -> list[str]:
        """All members."""
        return [line for line in self.command("members", list_name).splitlines() if "@" in line]

    def ask(self, method: str, path: str, fields: Mapping[str, str]) -> Any:
        """The answer of the API."""
        headers = urllib3.make_headers(basic_auth="user:geheim")
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request(
                method, f"{self.url}/3.1{path}", fields=fields, encode_multipart=False, headers=headers
            )
        assert answer.status < 300, answer.data
        return answer.json() if answer.data else None


@contextmanager
def running(*lists: str) -> Iterator[Mailman]:
    """A Mailman with ``lists``."""
    with tempfile.TemporaryDirectory(prefix="mailman-") as folder:
        directory, port = Path(folder), free_port()
        (directory / "mailman.cfg").write_text(CONFIGURATION.format(directory=directory, port=port))
        mailman = Mailman(directory, f"http://127.0.0.1:{port}")
        for name in lists:
            mailman.command("create", name)
        words = [sys.executable, "-c", REST, "--runner=rest:0:1", "-C", str(directory / "mailman.cfg")]
        process = subprocess.Popen(
            words, env=_environment(directory), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for_port(port, process)
            yield mailman
        finally:
            process.terminate()
            process.wait()


def _environment(directory: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "PYTHONPATH": str(PACKAGES),
        "MAILMAN_CONFIG_FILE": str(directory / "mailman.cfg"),
    }
