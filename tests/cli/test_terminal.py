"""Tables on a terminal, a real one: cut to its width, paged when they are longer than it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from bounced.cli import terminal
from bounced.peer import printable
from tests.support.commands import COMMAND, COMPLAINT, DAY0, bounced, count, failures

WIDE = "用户" * 40


@pytest.fixture
def lists(here: Path) -> None:
    """Forty suppressed addresses, with details of wide characters."""
    bounced("suppress", "--why", WIDE, *(f"a{number}@rcpt.test" for number in range(40)))


def on_terminal(
    columns: int, lines: int, *words: str, typed: bool = True, status: int | None = 0, **more: str
) -> list[str]:
    """The lines that a command shows on a terminal of that size; ``typed``: its input is a terminal, too."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "LESS", "PAGER")}
    started = subprocess.Popen(
        [*COMMAND, *words],
        stdin=theirs if typed else subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**environment, "TERM": "dumb", **more},
    )
    os.close(theirs)
    shown = b"".join(_read(ours))
    os.close(ours)
    assert started.wait(60) == status or status is None
    return shown.decode().replace("\r\n", "\n").splitlines()


def _read(descriptor: int) -> Iterator[bytes]:
    with suppress(OSError):  # Linux: EIO when the other side is closed
        while octets := os.read(descriptor, 65536):
            yield octets


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_table_fits_the_terminal(columns: int) -> None:
    lines = on_terminal(columns, 100, "suppressions")
    assert len(lines) == 1 + 40
    assert max(map(wcswidth, lines)) <= columns
    assert any("…" in line for line in lines)


@pytest.mark.usefixtures("lists")
def test_wide_shows_all_and_a_pipe_is_never_cut() -> None:
    assert WIDE in "".join(on_terminal(80, 100, "suppressions", "--wide"))
    assert WIDE in bounced("suppressions").stdout


@pytest.mark.usefixtures("lists")
def test_what_is_longer_than_the_terminal_is_paged(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "paged $LESS"\ncat\n')
    pager.chmod(0o755)
    lines = on_terminal(80, 30, "suppressions", PAGER=str(pager))
    assert (lines[0], lines[1].split()[0], len(list(filter(None, lines)))) == ("paged FRX", "address", 1 + 1 + 40)
    assert on_terminal(80, 30, "suppressions", "--wide", PAGER=str(pager))[0] == "paged FRSX"
    assert on_terminal(80, 30, "suppressions", PAGER=str(pager), LESS="i")[0] == "paged i"
    assert not on_terminal(80, 50, "suppressions", PAGER=str(pager))[0].startswith("paged")
    assert not on_terminal(80, 30, "suppressions", typed=False, PAGER=str(pager))[0].startswith("paged")
    assert len(on_terminal(80, 30, "suppressions", "--json", PAGER=str(pager))) == 40


def test_a_narrow_terminal_is_enough(here: Path) -> None:
    count(failures("anna@rcpt.test", 0, 8))
    count([(COMPLAINT, DAY0)])
    lines = on_terminal(40, 50, "reports")
    assert len(lines) == 2
    assert max(map(wcswidth, lines)) <= 40


CELLS = st.lists(st.text(max_size=40).map(printable), min_size=3, max_size=3)


@given(st.lists(CELLS, min_size=1, max_size=5), st.integers(10, 120))
def test_any_cells_fit_any_terminal(table: list[list[str]], columns: int) -> None:
    for row in terminal.fitted(table, columns):
        assert sum(map(terminal.columns_of, row)) + (len(row) - 1) * terminal.GAP <= columns


@given(st.text().map(printable), st.integers(1, 60))
def test_what_is_cut_is_the_beginning(text: str, columns: int) -> None:
    shown = terminal.cut(text, columns)
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
    assert terminal.columns_of(shown) <= columns


def test_what_says_least_goes_first() -> None:
    table = [["address", "until", "since"], ["kim@example.org", "", "2026-09-01T12:00:00Z"]]
    assert list(terminal.fitted(table, 44)) == table
    for columns, address, since in (
        (37, "kim@example.org", "2026-09-01T12:00:00Z"),
        (36, "kim@example.org", "2026-09-01T12:00"),
        (32, "kim@example.org", "2026-09-01"),
        (26, "kim@example.o…", "2026-09-01"),
        (21, "kim@exam…", "2026-09-…"),
    ):
        assert list(terminal.fitted(table, columns)) == [["address", "since"], [address, since]]


def test_columns_that_can_be_spared_go_before_too_little_can_be_read() -> None:
    table = [
        ["address", "since", "detail"],
        ["kim.of.the.example@example.org", "2026-09-01T12:00:00Z", "asked by phone"],
    ]
    short = "kim.of.the.example@ex…"
    for columns, shown in (
        (69, table[1]),
        (60, [short, "2026-09-01T12:00:00Z", "asked by phone"]),
        (44, [short, "2026-09-01T12:00:00Z"]),
        (32, ["kim.of.the.example@…", "2026-09-01"]),
    ):
        assert list(terminal.fitted(table, columns, ["detail"]))[1] == shown
    assert len(list(terminal.fitted(table, 44))[1]) == len(table[1])


def test_numbers_end_below_each_other() -> None:
    table = [["name", "sent", "%", "code"], ["a", "1,000", "0.286", "5.1.1"], ["b", "7", "", "5"]]
    assert list(terminal.aligned(table)) == [
        "name   sent      %  code",
        "a     1,000  0.286  5.1.1",
        "b         7         5",
    ]


@pytest.mark.parametrize(("command", "line"), [("status", "BOUNCED "), ("health", "BOUNCED HEALTH ")])
def test_figures_are_for_monitors(here: Path, command: str, line: str) -> None:
    count(failures("anna@rcpt.test", 0, 8))
    bounced("volume", "add", "--campaign", "spring", "--sent", "200")
    first = next(row for row in bounced(command).stdout.splitlines() if row.startswith(line))
    assert " | " in first
    assert not [row for row in on_terminal(200, 50, command, status=None) if " | " in row]


def test_a_long_text_is_cut_before_a_date_is() -> None:
    table = [["since", "problem"], ["2026-09-01T12:00:00Z", "the server said NO, and more"]]
    assert list(terminal.fitted(table, 42))[1] == ["2026-09-01T12:00:00Z", "the server said NO,…"]


def test_nothing_is_cut_that_fits() -> None:
    assert list(terminal.fitted([["name", "n"], ["abcdef", "1"]], 9)) == [["name", "n"], ["abcdef", "1"]]
    assert list(terminal.fitted([["name", "n"], ["abcdef", "1"]], 8)) == [["name", "n"], ["abcd…", "1"]]
    assert terminal.cut("é用x", 3) == "é…"
