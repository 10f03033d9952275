"""The real daemon in a process of its own, and the mails that the tests deliver to it."""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import ImapServer

#: Long enough for the slowest machine; the tests wait for events, not for time.
PATIENCE = 60.0

MAIL = """\
Return-Path: <>
Received: from mx.rcpt.test (mx.rcpt.test [192.0.2.1]) by mx.sender.test; {date}
Message-ID: <{number}@mx.rcpt.test>
From: MAILER-DAEMON@mx.rcpt.test
To: bounces@sender.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It {action}.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.rcpt.test

Final-Recipient: rfc822; {recipient}
Action: {action}
{said}

--b
Content-Type: text/rfc822-headers

Message-ID: <{number}@sender.test>
X-Campaign-ID: autumn

--b--
"""


SAID = {
    "failed": "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown",
    "delivered": "Status: 2.0.0",
}


def bounce(number: int, recipient: str, when: datetime, action: str = "failed") -> bytes:
    """A report that ``recipient`` failed, or what else ``action`` says, as it reached us at ``when``."""
    fields = {"number": number, "recipient": recipient, "action": action, "said": SAID[action]}
    return MAIL.format(date=format_datetime(when), **fields).encode()


@dataclass
class Daemon:
    """`bounced run` with the folder in which its configuration and its database lie."""

    directory: Path
    process: subprocess.Popen[str] | None = None
    program: tuple[str, ...] = ("-m", "bounced")
    lines: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()  # more of the command line
    is_started: threading.Event = field(default_factory=threading.Event)  # as it says in its log
    _new: queue.Queue[str | None] = field(default_factory=queue.Queue)
    _listener: threading.Thread | None = None

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.directory / "bounced.db"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.directory / "bounced.toml"

    def configure(self, mailboxes: Mapping[str, ImapServer], **settings: object) -> None:
        """Writes the configuration; ``settings`` go into every mailbox."""
        secret_file(self.directory / "password", "secret\n")
        parts = [
            f'[database]\npath = "{self.database}"\n[identify]\ncampaign = "X-Campaign-ID"\nrecipient = "X-Recipient"\n'
        ]
        for name, server in mailboxes.items():
            keys = {
                "host": server.host,
                "port": server.port,
                "tls": server.tls,
                "ca_file": server.ca_file,
                "user": server.user,
                "password_file": str(self.directory / "password"),
                "poll": "1h",
                "timeout": "20s",
                **settings,
            }
            lines = (
                f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
                for key, value in keys.items()
            )
            parts.append(f"[mailbox.{name}]\n" + "\n".join(lines) + "\n")
        self.config.write_text("\n".join(parts).replace("'", '"'))

    def by_refresh_token(self, url: str, token: str) -> None:
        """Has the last mailbox log in by tokens of the endpoint at ``url``, as Google wants it, and by no password."""
        secret_file(self.directory / "refresh-token", token)
        secret_file(self.directory / "client-secret", "client-geheimnis")
        *_, mailbox = (line for line in self.config.read_text().splitlines() if line.startswith("[mailbox."))
        self._by_token(f"""\
{mailbox.replace("]", ".oauth]")}
provider = "google"
client_id = "id"
client_secret_file = "{self.directory / "client-secret"}"
refresh_token_file = "{self.directory / "refresh-token"}"
token_url = "{url}"
""")

    def by_command(self, *words: str) -> None:
        """Has the last mailbox log in by tokens that a command prints, and by no password."""
        self._by_token(f"token_command = {json.dumps(words)}\n")

    def _by_token(self, login: str) -> None:
        head, mailbox, keys = self.config.read_text().rpartition("[mailbox.")
        lines = [line for line in keys.splitlines() if not line.startswith("password_file")]
        self.config.write_text("\n".join([head + mailbox + lines[0], *lines[1:], 'mechanism = "XOAUTH2"', login]))

    @contextmanager
    def running(self) -> Iterator[Daemon]:
        """Starts it, and kills what is left of it afterwards."""
        self.start()
        try:
            yield self
        finally:
            self.kill()

    def start(self) -> None:
        """Starts it; its log is read from now on."""
        self.lines, self._new, self.is_started = [], queue.Queue(), threading.Event()
        command = [sys.executable, *self.program, "run", "--config", str(self.config), *self.words]
        environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        environment |= self.environment
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self._listener = threading.Thread(target=self._listen, args=(self.process,))
        self._listener.start()

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Starts it with a log that nobody reads, and kills what is left of it afterwards."""
        command = [sys.executable, *self.program, "run", "--config", str(self.config), *self.words]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as self.process:
            try:
                yield
            finally:
                self.process.kill()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                self._new.put(line.rstrip())
                if "started" in line:
                    self.is_started.set()
        self._new.put(None)

    def wait_for(self, *words: str) -> str:
        """The next log line that has all of ``words``."""
        end = time.monotonic() + PATIENCE
        while (left := end - time.monotonic()) > 0:
            try:
                line = self._new.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            self.lines.append(line)
            if all(word in line for word in words):
                return line
        raise AssertionError(f"no line with {words} in {self.lines[-20:]}")

    def hup(self) -> None:
        """Sends SIGHUP."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def wait_until(self, sql: str) -> None:
        """Returns when the database answers ``sql`` with true: for what is written and not logged."""
        assert self.process is not None
        end, status = time.monotonic() + PATIENCE, None
        while not self._is_true(sql):
            assert status is None, f"it has ended with {status}: {sql}"
            assert time.monotonic() < end, sql
            time.sleep(0.05)
            status = self.process.poll()

    def _is_true(self, sql: str) -> bool:
        """What the database answers; false as long as there is none."""
        try:
            return bool(self.rows(sql)[0][0])
        except sqlite3.OperationalError:
            return False

    def rest(self) -> list[str]:
        """The log lines that nobody waited for, once it has ended."""
        return list(iter(partial(self._new.get, timeout=PATIENCE), None))

    def wait_until_open(self) -> None:
        """Returns when it has opened the database, also when it can't do anything with it."""
        if os.geteuid():
            pytest.skip("only root can see which files a daemon has open")
        assert self.process is not None
        opened = False
        while not opened:
            assert self.process.poll() is None
            with suppress(OSError):  # files that are closed meanwhile
                opened = any(file.samefile(self.database) for file in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Sends a signal; the exit status, and the seconds until it came."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(sent)
        status = self.process.wait(PATIENCE)
        return status, time.monotonic() - begun

    def children(self) -> list[int]:
        """The PIDs of the processes that it has started."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self.process and self._listener:
            self.process.kill()
            self.process.wait()
            self._listener.join()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What an outside reader finds in the database."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as reader:
            return reader.execute(sql).fetchall()

    def bounced(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command with the same configuration."""
        command = [sys.executable, "-m", "bounced", *words, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def secret_file(path: Path, text: str | bytes) -> Path:
    """``path`` with a secret in it that nobody else can read."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def days(first: datetime, *numbers: float) -> list[datetime]:
    """The times that lie so many days after ``first``."""
    return [first + timedelta(days=number) for number in numbers]
