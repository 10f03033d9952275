"""`bounced api` in a process of its own, and a client that says what it was answered."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.commands import COMMAND, bounced
from tests.support.servers import free_port, wait_for_port

CONFIGURATION = """
[database]
path = "{folder}/bounced.db"
[streams]
news = "marketing"
invoices = "transactional"
[api]
listen = "127.0.0.1:{port}"
{more}
"""

EVERYTHING = ("check", "list", "explain", "outbox", "rates")


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]  # their names in lower case
    content: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.content)

    @property
    def problem(self) -> str:
        """What an error says, which is one as RFC 9457 has it."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        detail: str = self.json["detail"]
        assert detail.isprintable()
        return detail


@dataclass
class Host:
    """A machine with a database, a configuration and a port."""

    folder: Path
    port: int
    context: ssl.SSLContext | None = None

    @property
    def database(self) -> Path:
        return self.folder / "bounced.db"

    @property
    def config(self) -> Path:
        return self.folder / "bounced.toml"

    @property
    def tokens(self) -> Path:
        return self.folder / "api.tokens"

    def token(self, name: str, *scopes: str, tenant: str = "") -> str:
        """A new token, as the admin makes it."""
        words = [*(word for scope in scopes for word in ("--scope", scope)), "--tenant", tenant]
        ended = bounced("api", "token", name, *words, "--config", str(self.config))
        assert ended.exit_code == 0, ended.output
        return ended.stdout.strip()

    def ask(
        self,
        path: str,
        token: str = "",
        method: str = "GET",
        body: bytes | Iterator[bytes] | None = None,
        **headers: str,
    ) -> Answer:
        """One request on a connection of its own; ``_`` in the names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["Authorization"] = f"Bearer {token}"
        client = self.connection()
        try:
            client.request(method, path, body, named, encode_chunked=body is not None and not isinstance(body, bytes))
            answer = client.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            client.close()

    def check_many(self, token: str, content: object) -> Answer:
        """A POST of JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.ask("/v1/check", token, "POST", body, Content_Type="application/json")

    def connection(self) -> http.client.HTTPConnection:
        """A new connection."""
        if self.context:
            return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def raw(self, content: bytes) -> bytes:
        """What is answered to octets, until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
            client.sendall(content)
            return b"".join(iter(lambda: client.recv(65536), b""))


def host(folder: Path, more: str = "") -> Host:
    """A machine whose configuration has ``more`` in [api]."""
    made = Host(folder, free_port())
    made.config.write_text(CONFIGURATION.format(folder=folder, port=made.port, more=more))
    return made


@contextmanager
def running(host: Host) -> Iterator[subprocess.Popen[bytes]]:
    """The server, which ends by SIGTERM and says nothing that it should not; its log is in api.log."""
    command = [*COMMAND, "api", "--config", str(host.config)]
    log = host.folder / "api.log"
    with log.open("ab") as output, subprocess.Popen(command, stderr=output) as process:
        try:
            wait_for_port(host.port, process)
            yield process
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        finally:
            process.kill()
    assert process.returncode in (0, -signal.SIGKILL)
    assert "Traceback" not in log.read_text()
