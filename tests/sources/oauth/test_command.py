"""Access tokens by a command."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bounced.config import Config
from bounced.errors import MailboxError, Unreachable, UserError
from bounced.sources import configured
from bounced.sources.oauth import command
from tests.support.oauth import (
    problem,
    script,
    tokens,
)


def test_a_command_prints_the_token(here: Path) -> None:
    words = script(here, "import sys; print(sys.argv[1]); print('more')")
    assert tokens({"token_command": [*words, "a;$HOME"]}).current() == "a;$HOME"


def test_a_command_is_asked_again_when_its_token_is_refused(here: Path) -> None:
    found = tokens({"token_command": script(here, "import os; print(os.getpid())")})
    first = found.current()
    assert found.current() == first
    found.refused(first)
    assert found.current() != first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; print('geheimnis'); sys.exit('geheimnis')", "failed with status 1; run it by hand to see why"),
        ("import os; os.kill(os.getpid(), 9)", "failed with status -9; run it by hand to see why"),
    ],
)
def test_a_command_that_fails_is_one_line(here: Path, text: str, said: str) -> None:
    assert problem(tokens({"token_command": script(here, text)}), Unreachable) == f"token_command: {said}"


@pytest.mark.parametrize("text", ["", "print()", "print('\\x00')", "print('ü')", "print('x' * 20_000)"])
def test_a_command_that_prints_no_token_is_one_line(here: Path, text: str) -> None:
    assert problem(tokens({"token_command": script(here, text)}), Unreachable) == "token_command: printed no token"


STUCK = "imap:office: token_command: took longer than 1 s, or printed over 64 KiB"


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; print(1); time.sleep(600)'])",
        "import os, time\nos.fork() or os.setsid()\nprint(1, flush=True)\ntime.sleep(20)",
        "print('x\\n' * 100_000)",
    ],
    ids=["with a child", "with a child in a session of its own", "prints too much"],
)
def test_a_hanging_command_is_killed_with_its_children(here: Path, text: str) -> None:
    before = time.monotonic()
    with pytest.raises(MailboxError) as error:
        command.by_command("imap:office", script(here, text), os.environ, 1.0)
    assert str(error.value) == STUCK
    assert time.monotonic() - before < 15


def test_a_command_that_leaves_a_daemon_behind_gives_its_token(here: Path) -> None:
    """As those do that start an agent: it keeps the pipe open."""
    text = "import os, sys, time\nprint('tok', flush=True)\nif os.fork() == 0: os.setsid(); time.sleep(20)"
    before = time.monotonic()
    assert tokens({"token_command": script(here, text)}).current() == "tok"
    assert time.monotonic() - before < 15


def test_a_command_that_cannot_be_started_is_one_line(here: Path) -> None:
    program = here / "program"
    with pytest.raises(UserError, match=f"token_command: program {program} not found$"):
        tokens({"token_command": [str(program)]})
    program.touch(0o755)
    found = tokens({"token_command": [str(program)]})
    program.unlink()
    assert problem(found, Unreachable) == f"token_command: {program}: No such file or directory"


def test_a_command_sees_no_secrets(here: Path) -> None:
    words = script(here, "import os; print(','.join(sorted(name for name in os.environ if name.startswith('B_'))))")
    other = {"host": "127.0.0.1"}
    found = Config.model_validate(
        {
            "mailbox": {
                "office": {**other, "user": "office", "token_command": words},
                "second": {**other, "user": "second", "password_env": "B_PASSWORD"},
                "third": {
                    **other,
                    "user": "third",
                    "oauth": {
                        "provider": "microsoft",
                        "tenant": "t",
                        "client_id": "c",
                        "client_secret_env": "B_CLIENT",
                    },
                },
            }
        }
    )
    environment = {**os.environ, "B_PASSWORD": "geheimnis", "B_CLIENT": "geheimnis", "B_HOME": "/"}
    made = configured.account(found, "office", environment).tokens
    assert made is not None
    assert made.current() == "B_HOME"
