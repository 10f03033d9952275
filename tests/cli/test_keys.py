"""An address on the command line or on standard input is a whole text; everything else is refused in one line."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.commands import bounced, one_line

#: Typed, pasted or left empty by a script; carl@rcpt.test is suppressed in some of them.
NOT_ONE_ADDRESS = {
    "": "an empty text",
    "bert@rcpt.test carl@rcpt.test": "bert@rcpt.test carl@rcpt.test",
    "ca(x)rl@rcpt.test": "ca(x)rl@rcpt.test",
    "bert@rcpt.test@example.org": "bert@rcpt.test@example.org",
    "bert@rcpt.test' OR 1=1 --": "bert@rcpt.test' OR 1=1 --",
    "Bert <bert@rcpt.test>": "Bert <bert@rcpt.test>",
    " bert@rcpt.test": " bert@rcpt.test",
    "bert@rcpt.test\n": "bert@rcpt.test\N{REPLACEMENT CHARACTER}",
    "IMCEASMTP-bert+40rcpt+2Etest@example.org": "IMCEASMTP-bert+40rcpt+2Etest@example.org",
}


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("words", [("check",), ("suppress",), ("release",), ("explain",), ("check", "b@rcpt.test")])
@pytest.mark.parametrize("text", NOT_ONE_ADDRESS)
def test_a_text_that_is_not_one_address_is_refused_by_every_command(text: str, words: tuple[str, ...]) -> None:
    before = decided()
    result = bounced(*words, "--", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert one_line(result) == f"bounced: {NOT_ONE_ADDRESS[text]}: is not an email address"
    assert decided() == before


#: What is said of a list that is not taken.
NOTHING_CHANGED = "bounced: nothing was changed: correct these lines, or take them out"


def decided() -> int:
    with closing(sqlite3.connect("bounced.db")) as db:
        [(number,)] = db.execute("SELECT count(*) FROM decisions").fetchall()
        return int(number)


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("command", ["check", "suppress", "release"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"b@rcpt.test\nc@rcpt.test d@rcpt.test\n", "line 2: c@rcpt.test d@rcpt.test: is not an email address"),
        (b"b@rcpt.test\n\nc@rcpt.test\n", "line 2: an empty text: is not an email address"),
        (b"\n", "line 1: an empty text: is not an email address"),
        (b"b@rcpt.test\n c@rcpt.test", "line 2:  c@rcpt.test: is not an email address"),
        ("b@rcpt.test\n\ufeffc@rcpt.test\n".encode(), "line 2: \ufffdc@rcpt.test: is not an email address"),
        (b"b@rcpt.test\r\r\n", "line 1: b@rcpt.test\ufffd: is not an email address"),
        (b"b@rcpt.test\0\n", "line 1: b@rcpt.test\ufffd: is not an email address"),
        (b"b@rcpt.test\n\xff@rcpt.test\n", "line 2: \ufffd@rcpt.test: is not an email address"),
    ],
)
def test_a_line_that_is_not_one_address_is_named_by_its_number(content: bytes, says: str, command: str) -> None:
    result = bounced(command, "-", stdin=content)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert lines[:1] == [f"bounced: {says}"]
    assert lines[1:] == ([] if command == "check" else [NOTHING_CHANGED])


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "content", ["\ufeffb@rcpt.test\r\nc@rcpt.test\r\n", "\ufeffb@rcpt.test\nc@rcpt.test", "b@rcpt.test\nc@rcpt.test\r"]
)
def test_a_file_of_a_windows_program_is_read(content: str) -> None:
    assert bounced("check", "-", stdin=content.encode()).stdout == "b@rcpt.test: yes\nc@rcpt.test: yes\n"


@pytest.mark.usefixtures("ledger")
def test_a_file_of_nonsense_is_refused_in_a_few_lines() -> None:
    lines = bounced("check", "-", stdin=b"nonsense\n" * 100_000).stderr.splitlines()
    assert lines[0] == "bounced: line 1: nonsense: is not an email address"
    assert (len(lines), lines[-1]) == (11, "bounced: and maybe more")
