"""`bounced policy-server` in a process of its own, started as a socket unit does, and a client."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

#: An unprivileged user, in a group that may read the database; neither has to exist.
NOBODY = 65534
READERS = 64321

PATIENCE = 30.0

#: Becomes a command with a listening socket, as sd_listen_fds(3) describes it.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execvp(sys.argv[2], sys.argv[2:])
"""


def text(**attributes: str) -> bytes:
    """A request as Postfix writes it."""
    lines = [f"{name}={value}" for name, value in {"request": "smtpd_access_policy", **attributes}.items()]
    return ("\n".join(lines) + "\n\n").encode()


def ask(path: Path, recipient: str, **attributes: str) -> str:
    """The action for ``recipient``, over a new connection."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(str(path))
        return asked(client, text(protocol_state="RCPT", recipient=recipient, **attributes))


def asked(client: socket.socket, request: bytes) -> str:
    """The action for ``request``, ``""`` when the connection was closed instead."""
    answer = b""
    with suppress(ConnectionError):
        client.sendall(request)
        while not answer.endswith(b"\n\n") and (octets := client.recv(4096)):
            answer += octets
    return answer.decode().removeprefix("action=").removesuffix("\n\n")


@contextmanager
def activated(path: Path, configuration: Path, owner: str = "root") -> Iterator[Path]:
    """A server behind the socket ``path``, as a socket unit starts it. Yields the file with its log.

    It runs as nobody in the group of the readers. Only ``owner`` can connect.
    """
    as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", f"--groups={READERS}", "--", sys.executable]
    if subprocess.run([*as_nobody, "-c", "import bounced.cli"], capture_output=True).returncode:
        pytest.skip("only root can be another user, who has to be able to read checkout and environment")
    log = configuration.with_name("policy.log")
    with socket.socket(socket.AF_UNIX) as listener, log.open("wb") as file:
        listener.bind(str(path))
        shutil.chown(path, owner)
        path.chmod(0o600)
        listener.listen()
        command = [*as_nobody, "-m", "bounced", "policy-server", "--config", str(configuration)]
        process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATE, str(listener.fileno()), *command],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        yield log
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
