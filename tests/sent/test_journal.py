"""The mail log in systemd's journal is read from where it was read last."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bounced.sent import journal
from tests.support import journal as journals

NOW = datetime.now(UTC).replace(microsecond=0)


def read(cursor: str) -> tuple[list[bytes], str]:
    lines = []
    for piece in journal.pieces(cursor):
        lines += piece.lines
        cursor = piece.position
    return lines, cursor


def line(at: datetime, text: bytes) -> bytes:
    return b"@%d - postfix/smtp[17]: %s" % (at.timestamp(), text)


def test_what_is_added_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = journals.journal(tmp_path, monkeypatch)
    assert read("") == ([], "")
    days = [NOW - timedelta(days=2), NOW - timedelta(hours=2), NOW - timedelta(hours=1)]
    written.write(*((at, b"postfix/smtp", b"%d" % at.timestamp()) for at in days))
    written.write((NOW, b"sshd", b"another facility"), facility=4)
    lines, cursor = read("")
    assert lines == [line(at, b"%d" % at.timestamp()) for at in days[1:]]
    assert read(cursor) == ([], cursor)
    written.write((NOW, b"postfix/smtp", b"new"))
    lines, cursor = read(cursor)
    assert lines == [line(NOW, b"new")]
    for file in written.folder.iterdir():
        file.unlink()
    assert read(cursor) == ([], cursor)
    written.write((NOW + timedelta(seconds=1), b"postfix/smtp", b"newer"))
    [piece] = journal.pieces(cursor)
    assert piece.lines == [line(NOW + timedelta(seconds=1), b"newer")]
    assert piece.gap == "the entry that was read last is gone"


def test_it_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ENTRIES_LIMIT", 10)
    written = journals.journal(tmp_path, monkeypatch)
    times = [NOW - timedelta(seconds=60 - n) for n in range(25)]
    written.write(*((at, b"postfix/smtp", b"text") for at in times))
    pieces = list(journal.pieces(""))
    assert [len(piece.lines) for piece in pieces] == [10, 10, 5]
    assert read(pieces[1].position)[0] == pieces[2].lines
    first = journal.pieces("")
    next(first)
    first.close()


def test_what_is_not_text_or_too_long_is_skipped_or_read_as_octets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = journals.journal(tmp_path, monkeypatch)
    written.write(
        (NOW, b"postfix/smtp", b"caf\xe9 \x01"), (NOW, b"postfix/smtp", b"x" * 70_000), (NOW, b"postfix/smtp", b"last")
    )
    [piece] = journal.pieces("")
    assert piece.lines == [line(NOW, b"caf\xe9 \x01"), line(NOW, b"last")]
    assert piece.skipped == 1


@pytest.mark.parametrize(
    "entry",
    [
        "not JSON",
        json.dumps({"MESSAGE": [1, 999], "SYSLOG_IDENTIFIER": "a", "__REALTIME_TIMESTAMP": "1788761646000000"}),
        json.dumps({"MESSAGE": ["a"], "SYSLOG_IDENTIFIER": "a", "__REALTIME_TIMESTAMP": "1788761646000000"}),
        json.dumps({"MESSAGE": "text", "__REALTIME_TIMESTAMP": "1788761646000000"}),
        json.dumps({"MESSAGE": "text", "SYSLOG_IDENTIFIER": "a"}),
    ],
)
def test_an_entry_that_says_nothing_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    journals.journalctl(tmp_path, monkeypatch, f"cat <<'E'\n{entry}\nE")
    [piece] = journal.pieces("")
    assert (piece.lines, piece.skipped, piece.position) == ([], 1, "")


def test_a_cursor_that_journalctl_refuses_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journals.journal(tmp_path, monkeypatch)
    with pytest.raises(OSError, match="journalctl failed") as error:
        read("nonsense")
    assert error.value.strerror == "journalctl failed (1): Failed to seek to cursor: Invalid argument"


def test_no_journalctl_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(FileNotFoundError, match="journalctl"):
        read("")


def test_a_journalctl_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SECONDS_LIMIT", 0.5)
    journals.journalctl(tmp_path, monkeypatch, "echo $$ > pid; exec sleep 20")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="-9"):
        read("")
    pid = Path("pid").read_text().strip()
    assert subprocess.run(["kill", "-0", pid], check=False, capture_output=True).returncode
