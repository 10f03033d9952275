"""The mail log in systemd's journal is read from where it was read last."""

from __future__ import annotations

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
    return b"@%d - postfix/smtp[0]: %s" % (at.timestamp(), text)


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


FORGED = b"\n\n__CURSOR=s=1\n__REALTIME_TIMESTAMP=1788761646000000\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=forged\n\n"


@pytest.mark.parametrize(
    "text",
    [
        b"caf\xe9 \x01",
        "größer 📫".encode(),
        b"two\nlines",
        b"\n\n",
        b"ends with a line\n",
        b"",
        b"=",
        b"x" * 5_000,
        FORGED,
    ],
)
def test_every_text_is_one_line_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    written = journals.journal(tmp_path, monkeypatch)
    written.write((NOW, b"postfix/smtp", text), (NOW, b"postfix/smtp", b"last"))
    [piece] = journal.pieces("")
    assert piece.lines == [line(NOW, one) for one in (text, b"last") if one]
    assert piece.skipped == int(not text)


@pytest.mark.parametrize("text", [b"x", b"\xff", b"\n", b"x\n", FORGED])
@pytest.mark.parametrize("size", [8_200, 70_000, 3_000_000])
def test_what_is_too_long_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, size: int) -> None:
    written = journals.journal(tmp_path, monkeypatch)
    long = text * (size // len(text) + 1)
    written.write((NOW, b"postfix/smtp", long), (NOW, long[:60_000], b"text"), (NOW, b"postfix/smtp", b"last"))
    [piece] = journal.pieces("")
    assert (piece.lines, piece.skipped) == ([line(NOW, b"last")], 2)
    assert read(piece.position) == ([], piece.position)


@pytest.mark.parametrize("size", range(8_150, 8_200))
def test_how_long_a_text_is_cuts_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    fields = b"__CURSOR=c\n__REALTIME_TIMESTAMP=1788761646000000\nSYSLOG_IDENTIFIER=postfix/smtp\n"
    text = b"x" * size
    (tmp_path / "output").write_bytes(
        fields + b"MESSAGE=" + text + b"\n\n" + fields + b"MESSAGE\n" + size.to_bytes(8, "little") + text + b"\n\n"
    )
    journals.journalctl(tmp_path, monkeypatch, f"cat {tmp_path}/output")
    [piece] = journal.pieces("")
    assert len(piece.lines) + piece.skipped == 2
    assert set(piece.lines) <= {b"@1788761646 - postfix/smtp[0]: " + text}


BEGUN = "__CURSOR=c2\n__REALTIME_TIMESTAMP=1788761646000000\nSYSLOG_IDENTIFIER=a\n"


@pytest.mark.parametrize(
    "entry",
    [
        "__CURSOR=c2\n__REALTIME_TIMESTAMP=1788761646000000\nMESSAGE=text\n\n",
        "__CURSOR=c2\nSYSLOG_IDENTIFIER=a\nMESSAGE=text\n\n",
        f"{BEGUN}\n",
        f"{BEGUN}MESSAGE=\n\n",
    ],
)
def test_an_entry_that_says_nothing_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    (tmp_path / "output").write_text(f"__CURSOR=c1\n\n{entry}")
    journals.journalctl(tmp_path, monkeypatch, f"cat {tmp_path}/output")
    [piece] = journal.pieces("")
    assert (piece.lines, piece.skipped) == ([], 2)
    assert piece.position == "c2"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "MES",
        "MESSAGE=text",
        "MESSAGE=text\n",
        "MESSAGE\n",
        "MESSAGE\nabc",
        "MESSAGE\nseveral octets",
        "MESSAGE\n\x04\0\0\0\0\0\0\0tex",
    ],
)
def test_an_entry_without_an_end_is_read_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    (tmp_path / "output").write_text(f"{BEGUN.replace('c2', 'c1')}MESSAGE=first\n\n{BEGUN}{rest}")
    journals.journalctl(tmp_path, monkeypatch, f"cat {tmp_path}/output; kill -9 $$")
    pieces = journal.pieces("")
    assert next(pieces).position == "c1"
    with pytest.raises(OSError, match="-9"):
        next(pieces)


@pytest.mark.parametrize("damaged", [(1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_what_is_damaged_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: tuple[int, ...]) -> None:
    """By a disk: journalctl 252 ends at a field without a name."""
    written = journals.journal(tmp_path, monkeypatch)
    times = [NOW + timedelta(microseconds=number) for number in range(3)]
    written.write(*((at, b"postfix/smtp", b"text %d" % number) for number, at in enumerate(times)))
    [file] = written.folder.iterdir()
    content = file.read_bytes()
    for number in damaged:
        assert content.count(b"MESSAGE=text %d" % number) == 1
        content = content.replace(b"MESSAGE=text %d" % number, b"MESSAGE text %d" % number)
    file.write_bytes(content)
    [piece] = journal.pieces("")
    assert piece.lines == [line(NOW, b"text %d" % number) for number in range(3) if number not in damaged]
    assert (piece.skipped, piece.gap) == (len(damaged), "")
    assert read(piece.position) == ([], piece.position)
    written.write((NOW + timedelta(seconds=1), b"postfix/smtp", b"new"))
    [piece] = journal.pieces(piece.position)
    assert (piece.lines, piece.skipped, piece.gap) == ([line(NOW + timedelta(seconds=1), b"new")], 0, "")


def test_no_more_is_skipped_than_a_disk_damages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "DAMAGED_LIMIT", 3)
    journals.journalctl(
        tmp_path,
        monkeypatch,
        "printf '__CURSOR=c\\n__REALTIME_TIMESTAMP=1\\n'; echo x >> runs; echo Invalid field. >&2; exit 1",
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=r"journalctl failed \(1\): Invalid field\."):
        read("")
    assert len(Path("runs").read_text().splitlines()) == 3


def test_boots_follow_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = journals.journal(tmp_path, monkeypatch)
    cursor, seen = "", []
    for number in range(3):
        at = NOW - timedelta(minutes=10 - number)
        written.write((at, b"postfix/smtp", b"%d" % number), boot=f"{number + 1:032x}", monotonic=60 - number)
        lines, cursor = read(cursor)
        seen += lines
    assert seen == [line(NOW - timedelta(minutes=10 - number), b"%d" % number) for number in range(3)]
    assert read("") == (seen, cursor)


def test_a_cursor_that_journalctl_refuses_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journals.journal(tmp_path, monkeypatch)
    with pytest.raises(OSError, match="journalctl failed") as error:
        next(journal.pieces("nonsense"))
    assert error.value.strerror == "journalctl failed (1): Failed to seek to cursor: Invalid argument"


def test_of_a_journalctl_that_fails_nothing_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journals.journalctl(tmp_path, monkeypatch, "echo forbidden >&2; exit 1")
    with pytest.raises(OSError, match=r"journalctl failed \(1\): forbidden"):
        next(journal.pieces(""))


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
