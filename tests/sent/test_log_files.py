"""A log is read to its end, each line once, whatever rotates it."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bounced.sent import log_files
from bounced.sent.log_files import FilePosition


class Log:
    """A log that somebody writes and rotates, and what was read of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail.log"
        self.path.touch()
        self.position: FilePosition | None = None
        self.gaps: list[str] = []
        self.skipped = self.written = 0

    def write(self, number: int = 3, end: str = "\n") -> list[bytes]:
        """Adds lines, each with a number of its own."""
        lines = [f"line {self.written + n} {'x' * 600}".encode() for n in range(number)]
        self.written += number
        with self.path.open("ab") as file:
            file.write(b"\n".join(lines) + end.encode())
        return lines

    def read(self) -> list[bytes]:
        """What was added."""
        lines = []
        for piece in log_files.pieces(self.path, self.position):
            self.position = piece.position
            self.skipped += piece.skipped
            self.gaps += [piece.gap] if piece.gap else []
            lines += piece.lines
        return lines

    def age(self, name: str, seconds: int = 60) -> Path:
        """The file ``name`` beside the log, written to some time ago."""
        path = self.path.with_name(name)
        at = path.stat().st_mtime - seconds
        os.utime(path, (at, at))
        return path


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def renamed(log: Log) -> None:
    log.path.rename(log.path.with_name("mail.log.1"))
    log.age("mail.log.1")
    log.path.touch()


def dated(log: Log) -> None:
    log.path.rename(log.path.with_name("mail.log-20261129"))
    log.age("mail.log-20261129")
    log.path.touch()


def copied_and_truncated(log: Log) -> None:
    shutil.copy2(log.path, log.path.with_name("mail.log.1"))
    log.age("mail.log.1")
    os.truncate(log.path, 0)


def compressed(log: Log) -> None:
    renamed(log)
    compress(log, "mail.log.1", "mail.log.2.gz")


def compress(log: Log, name: str, to: str) -> None:
    source = log.path.with_name(name)
    times = source.stat()
    with gzip.open(log.path.with_name(to), "wb") as file:
        file.write(source.read_bytes())
    os.utime(log.path.with_name(to), (times.st_mtime, times.st_mtime))
    source.unlink()


ROTATIONS = pytest.mark.parametrize("rotate", [renamed, dated, copied_and_truncated, compressed])


def test_what_is_added_is_read_once(log: Log) -> None:
    assert log.read() == []
    lines = log.write()
    assert log.read() == lines
    assert log.read() == []
    begun = log.write(2, end="")
    assert log.read() == begun[:1]
    with log.path.open("ab") as file:
        file.write(b" and so on\n")
    assert log.read() == [begun[1] + b" and so on"]


@ROTATIONS
@pytest.mark.parametrize("piece_size", [2 * 1024 * 1024, 2000])
def test_it_is_read_on_after_a_rotation(
    log: Log, rotate: Callable[[Log], None], piece_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "PIECE_SIZE", piece_size)
    lines = log.write(20)
    assert log.read() == lines
    late = log.write(5)
    rotate(log)
    new = log.write(7)
    assert log.read() == late + new
    assert log.read() == []
    assert log.gaps == []


@ROTATIONS
def test_nothing_is_read_twice_when_nothing_was_added(log: Log, rotate: Callable[[Log], None]) -> None:
    log.write()
    log.read()
    rotate(log)
    assert log.read() == []
    assert log.read() == []
    new = log.write()
    assert log.read() == new
    assert log.gaps == []


def test_it_was_rotated_several_times(log: Log) -> None:
    log.write()
    log.read()
    lines = log.write()
    renamed(log)
    for generation in range(1, 5):
        lines += log.write()
        log.path.rename(log.path.with_name("new"))
        for number in range(generation, 0, -1):
            older = log.path.with_name(f"mail.log.{number}")
            older.rename(log.path.with_name(f"mail.log.{number + 1}"))
            log.age(f"mail.log.{number + 1}")
        log.path.with_name("new").rename(log.path.with_name("mail.log.1"))
        log.age("mail.log.1")
    compress(log, "mail.log.5", "mail.log.5.gz")
    compress(log, "mail.log.3", "mail.log.3.gz")
    lines += log.write()
    assert log.read() == lines
    assert log.gaps == []


def test_its_writer_goes_on_after_a_rotation_until_it_is_told(log: Log) -> None:
    log.write()
    with log.path.open("ab") as writer:
        log.read()
        renamed(log)
        writer.write(b"late\n")
        writer.flush()
        assert log.read() == [b"late"]
        writer.write(b"later\nwithout an end")
    new = log.write()
    assert log.read() == [b"later", b"without an end", *new]


def test_the_log_is_not_there_until_somebody_writes_to_it(log: Log) -> None:
    log.write()
    log.read()
    late = log.write()
    log.path.rename(log.path.with_name("mail.log.1"))
    assert log.read() == late
    assert log.read() == []
    assert log.write() == log.read()
    assert log.gaps == []


def test_while_gzip_works_both_files_are_there(log: Log) -> None:
    log.write()
    log.read()
    late = log.write()
    renamed(log)
    log.path.with_name("mail.log.1.gz").write_bytes(gzip.compress(b"something")[:10])
    new = log.write()
    assert log.read() == late + new
    assert log.gaps == []


def test_what_was_truncated_and_has_grown_again_is_another_log(log: Log) -> None:
    log.write()
    log.read()
    os.truncate(log.path, 0)
    new = log.write(30)
    assert log.read() == new
    assert log.gaps == ["the file that was read last is gone"]


def test_a_file_that_is_gone_is_a_gap_and_what_is_newer_is_read(log: Log) -> None:
    log.write()
    log.read()
    os.utime(log.path, (1000, 1000))
    log.read()
    log.path.unlink()
    older, newer = log.path.with_name("mail.log.2"), log.path.with_name("mail.log.1.gz")
    older.write_bytes(b"older\n")
    os.utime(older, (500, 500))
    newer.write_bytes(gzip.compress(b"newer\n"))
    os.utime(newer, (1500, 1500))
    new = log.write()
    assert log.read() == [b"newer", *new]
    assert log.gaps == ["the file that was read last is gone"]
    assert log.read() == []


def test_a_damaged_file_is_a_gap_and_the_next_one_is_read(log: Log) -> None:
    lines = log.write(5000)
    assert log.read() == lines
    log.write(5000)
    compressed(log)
    damaged = log.path.with_name("mail.log.2.gz")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    new = log.write()
    assert log.read()[-3:] == new
    [gap] = log.gaps
    assert gap.startswith(f"{damaged}: ")
    assert log.read() == []


def test_a_line_that_is_too_long_is_skipped(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "PIECE_SIZE", 2000)
    lines = log.write(2)
    with log.path.open("ab") as file:
        file.write(b"y" * 4500)
    assert log.read() == lines
    with log.path.open("ab") as file:
        file.write(b"y" * 100)
    assert log.read() == []
    with log.path.open("ab") as file:
        file.write(b"the end\nand on\n")
    assert log.read() == [b"and on"]
    assert log.skipped == 1


def test_other_files_are_not_of_the_log(log: Log) -> None:
    log.write()
    log.read()
    for name in ("mail.log.bak", "mail.log1", "mail.logs", "mail.err.1", "mail.log.offset"):
        log.path.with_name(name).write_text("another\n")
    log.path.with_name("mail.log.9").mkdir()
    log.path.with_name("mail.log.8").symlink_to("nowhere")
    assert log.read() == []
    assert log.gaps == []


def test_a_log_may_be_a_link(log: Log, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    link = other / "link.log"
    link.symlink_to(log.path)
    lines = log.write()
    log.path, path = link, log.path
    assert log.read() == lines
    log.path = path
    renamed(log)
    new = log.write()
    log.path = link
    assert log.read() == new


def test_no_log_is_an_error(log: Log) -> None:
    log.path.unlink()
    with pytest.raises(FileNotFoundError, match="No such file"):
        log.read()


def test_another_file_gets_the_name_while_it_is_read(log: Log) -> None:
    log.write()
    [file] = log_files._files(log.path)
    log.path.rename(log.path.with_name("mail.log.1"))
    log.path.touch()
    with pytest.raises(FileNotFoundError), file.opened():
        pass
    assert not file.begins_as(FilePosition(file.inode, 1))
