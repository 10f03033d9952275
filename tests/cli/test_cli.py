"""The commands, their help, and terminals that go away."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bounced.cli import main
from tests.support import documents
from tests.support.commands import ODD, bounced, count, one_line, process

#: As in the README.
COMMANDS = [
    "setup",
    "run",
    "scan",
    "parse",
    "check",
    "explain",
    "suppressions",
    "report",
    "suppress",
    "release",
    "allow",
    "disallow",
    "list",
    "undo",
    "redo",
    "held",
    "accept",
    "reject",
    "withheld",
    "resume",
    "incidents",
    "incident",
    "unrecognized",
    "reports",
    "sends",
    "recipients",
    "delivered",
    "volume",
    "health",
    "token",
    "status",
    "alarms",
    "top",
    "sink",
    "classify",
    "policy",
    "replay",
    "erase",
    "backup",
    "restore",
    "check-config",
    "policy-server",
    "api",
    "web",
]


def test_the_commands_are_those_of_the_readme() -> None:
    assert main.list_commands(click.Context(main)) == COMMANDS


@pytest.mark.parametrize("command", documents.commands())
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = bounced(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"Example: bounced {command}" in result.stdout
    assert result.stderr == ""


def test_help_fits_into_80_columns_uncut_and_its_examples_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = bounced("--help").stdout
    assert "…" not in listed
    assert "..." not in listed.partition("\n")[2]
    for command in documents.commands():
        text = bounced(*command.split(), "--help").stdout
        example = text.partition("  Example: ")[2].replace("\\\n", "")
        assert max(map(len, text.splitlines())) <= 80
        assert shlex.split(example) == shlex.split(str(documents.commands()[command].epilog).removeprefix("Example: "))


def test_the_help_has_three_examples_that_can_be_run(ledger: None) -> None:
    text = bounced("--help").stdout
    examples = [
        line.removeprefix("  Example: bounced ") for line in text.splitlines() if line.startswith("  Example: ")
    ]
    assert len(examples) == 3
    Path("mail.eml").write_bytes(ODD)
    for example in examples:
        assert bounced(*shlex.split(example.replace("/var/mail/bounces", "mail.eml"))).exit_code == 0


LEAKY = """
import logging, warnings
from bounced.cli import main
main.callback()
logging.getLogger("library").warning("leaked")
warnings.warn("leaked")
"""


def test_what_libraries_warn_about_reaches_no_terminal() -> None:
    ended = subprocess.run([sys.executable, "-c", LEAKY], capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("", "")


def test_what_is_no_command_is_a_usage_error() -> None:
    for words in (["scam"], ["--no-such-option"], ["check"], ["check", "--scope", "", "a@rcpt.test"]):
        result = bounced(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert one_line(result).startswith("bounced: ")
        assert one_line(result).endswith(" --help`")
    assert bounced("--version").stdout.startswith("bounced, version ")


def test_a_reader_that_goes_away_is_no_problem() -> None:
    bounced("suppress", "-", stdin=b"".join(b"u%d@rcpt.test\n" % number for number in range(1500)))
    ended = process("suppressions", "--csv", before=("sh", "-c", '"$@" | head -1', "sh"))
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")


def test_a_terminal_that_lacks_the_letters_is_no_problem() -> None:
    count([])
    ended = process("check", "用户@rcpt.test", env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "\\u7528\\u6237@rcpt.test: yes\n", "")


def test_check_loads_neither_parser_nor_phrases() -> None:
    """A sender runs it before each message: nothing may load what only reading a message needs."""
    program = "import sys; from bounced.cli import main; main(['check', '--help'], standalone_mode=False); "
    program += "print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = result.stdout.splitlines()[-1].split()
    assert "bounced.config.lookup" in loaded
    assert {
        "bounced.config.model",
        "bounced.mime",
        "bounced.decode",
        "bounced.classify",
        "wcwidth",
        "rich",
        "apscheduler",
    }.isdisjoint(loaded)


def test_an_option_with_choices_that_is_missing_is_told_in_one_line() -> None:
    assert one_line(bounced("list", "export")).startswith("bounced: missing option '--format'. Choose from: ses, ")
