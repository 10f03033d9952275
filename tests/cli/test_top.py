"""`bounced top` on a terminal, and without one."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from wcwidth import wcswidth

from bounced.errors import EXIT_USAGE
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.cli.test_output import safe
from tests.support.commands import COMMAND, bounced, one_line, process

#: Rows and columns of the terminal.
SIZE = struct.pack("HHHH", 40, 80, 0, 0)

#: What moves the cursor, sets colors and switches screens.
CONTROLS = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|\r")

EVIL = "the disk is [red]full\x1b]0;evil\x07"


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration, and a database with a suppression and a job that failed in words meant for the terminal."""
    file = tmp_path / "bounced.toml"
    file.write_text(
        f'[database]\npath = "{tmp_path}/bounced.db"\n'
        '[mailbox.bounces]\nhost = "imap.test"\nuser = "u"\npassword_env = "PASSWORD"\n'
    )
    suppress(tmp_path, "anna@rcpt.test", EVIL)
    return str(file)


def suppress(folder: Path, address: str, problem: str = "") -> None:
    with Ledger(f"{folder}/bounced.db", Policy()) as ledger:
        ledger.decisions.decide([address], "suppress", "all", "")
        ledger.upkeep.ran("backup", problem)


def unwrapped(shown: bytes) -> str:
    """The words, wherever lines end: that depends on how long the path of the database is."""
    return " ".join(CONTROLS.sub("", shown.decode(errors="replace")).split())


@dataclass
class Terminal:
    """A terminal with the command on it."""

    descriptor: int
    process: subprocess.Popen[bytes]

    def until(self, text: str) -> str:
        """What is shown from now on until ``text`` is. Raises OSError when the command ends before."""
        shown = b""
        while text.encode() not in shown and text not in unwrapped(shown):
            shown += os.read(self.descriptor, 65536)
        return shown.decode()

    def press(self, keys: bytes) -> None:
        os.write(self.descriptor, keys)

    def ended(self) -> int:
        """The exit status; what is still written is read, since the terminal holds only so much."""
        self.until("\x1b[?1049l")
        return self.process.wait(60)


@contextmanager
def terminal(config: str) -> Iterator[Terminal]:
    """A terminal on which `bounced top` runs; it is as before afterwards."""
    descriptor, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, SIZE)
    before = termios.tcgetattr(other)
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    command = ["env", "--default-signal=INT", *COMMAND, "top", "--config", config]  # who runs tests may ignore it
    with subprocess.Popen(command, stdin=other, stdout=other, stderr=other, env=environment) as process:
        try:
            os.close(other)
            yield Terminal(descriptor, process)
            assert termios.tcgetattr(descriptor) == before
        finally:
            process.kill()
    os.close(descriptor)


def test_it_shows_the_state_in_eighty_columns_and_ends_with_q(config: str) -> None:
    with terminal(config) as screen:
        shown = screen.until("anna@rcpt.test")
        screen.press(b"xq")
        assert screen.ended() == 0
    lines = CONTROLS.sub("", shown).split("\n")
    assert max(map(wcswidth, lines)) <= 80
    assert all(safe(line) for line in lines)
    text = " ".join(CONTROLS.sub("", shown).split())
    for words in ("bounced CRITICAL", "q: quit", "1 mailbox", "1 suppressed", "imap:bounces/INBOX", "never polled"):
        assert words in text
    assert "WARNING backup" in text
    assert "the disk is [red]full" in text
    assert "evil\x07" not in shown


def test_what_changes_meanwhile_is_shown(config: str, tmp_path: Path) -> None:
    with terminal(config) as screen:
        screen.until("anna@rcpt.test")
        suppress(tmp_path, "berta@rcpt.test")
        assert "2 suppressed" in screen.until("berta@rcpt.test")
        (tmp_path / "bounced.db").rename(tmp_path / "away.db")
        screen.until("no such database")
        (tmp_path / "away.db").rename(tmp_path / "bounced.db")
        screen.until("berta@rcpt.test")
        screen.press(b"Q")
        assert screen.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_terminal_as_it_was(config: str, number: signal.Signals) -> None:
    with terminal(config) as screen:
        screen.until("anna@rcpt.test")
        screen.process.send_signal(number)
        assert screen.ended() == 0


def test_without_a_terminal_it_says_what_prints_the_same(config: str) -> None:
    ended = process("top", "--config", config, stdin=subprocess.DEVNULL)
    assert (ended.returncode, ended.stdout) == (EXIT_USAGE, "")
    assert one_line(ended) == "bounced: needs a terminal; `bounced status` prints the same once"


def test_a_wrong_configuration_is_told_before_the_terminal_is_taken(tmp_path: Path) -> None:
    assert "no.toml" in one_line(bounced("top", "--config", str(tmp_path / "no.toml")))
