"""Reads a log from where it was read last, through rotation: renamed, copied and truncated, or compressed by gzip.

1. A position is a file and an offset into what it contains. The file is known by its inode, and by how it begins: a log
   that was truncated begins otherwise, and one that was copied or compressed has another inode.
2. What is older is read first, to its end: the rest of the file of the position, then those that were begun after it.
   A rotated file is left when the next one has a line: until then its writer may not know that it was rotated.
3. Only whole lines are read; in a file that is left, the last one too. What is longer than a line may be is skipped.
4. Where the file of the position is gone, lines may be lost: that is a gap. Reading goes on with what is newer.
"""

from __future__ import annotations

import errno
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import IO, Generic, TypeVar, cast

#: Octets that are read at a time, thus of a line.
PIECE_SIZE = 2 * 1024 * 1024

#: Octets at the beginning of a file by which it is known.
HEAD_SIZE = 1024

#: Files of one log that are looked at.
FILES_LIMIT = 1000

#: Characters of the digest of a head.
DIGEST_LENGTH = 32

_ROTATED = re.compile(r"[.-][0-9][0-9T_.-]{0,30}(?:\.gz)?")
_NUMBER = re.compile(r"\.(\d{1,9})(?:\.gz)?$")

Position = TypeVar("Position")


@dataclass(frozen=True, slots=True)
class FilePosition:
    """``offset`` octets of a file were read, the first of which have the digest ``head``.

    ``modified`` is when it was last written to, in seconds since 1970. ``is_cut``: the rest of a line is to be skipped.
    """

    inode: int = 0
    offset: int = 0
    head: str = ""
    modified: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class LogPiece(Generic[Position]):
    """Some lines, and where the next ones are. ``skipped`` lines were too long; there was a ``gap`` before them."""

    lines: list[bytes]
    position: Position
    skipped: int = 0
    gap: str = ""  # why lines are missing, for people


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of a log, as it was found."""

    path: Path
    inode: int
    size: int
    modified: int

    @property
    def is_compressed(self) -> bool:
        """True for one that gzip made."""
        return self.path.suffix == ".gz"

    @property
    def is_begun(self) -> bool:
        """True when it has something."""
        return self.is_compressed or self.size > 0

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """What it contains. Raises OSError, FileNotFoundError if another file has its name by now."""
        with self.path.open("rb") as content:
            if os.fstat(content.fileno()).st_ino != self.inode:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))
            if self.is_compressed:
                with gzip.open(content) as decompressed:
                    yield cast(IO[bytes], decompressed)
            else:
                yield content

    def begins_as(self, position: FilePosition) -> bool:
        """True when it begins as the file of ``position`` does."""
        length = min(position.offset, HEAD_SIZE)
        try:
            with self.opened() as content:
                return _digest(content.read(length), length) == position.head
        except (OSError, EOFError, zlib.error):
            return False


def pieces(path: Path, position: FilePosition | None) -> Iterator[LogPiece[FilePosition]]:
    """What was added to the log at ``path`` since ``position`` (None: all that it has); the last piece may be empty.

    Raises OSError when the log can't be read.
    """
    files = _files(path.resolve())
    number, gap = len(files) - 1, ""
    if position is not None and (of_position := _number(files, position)) is not None:
        number = of_position
    elif position is not None:
        number = next((n for n, file in enumerate(files) if file.modified >= position.modified), number)
        position, gap = None, "the file that was read last is gone"
    is_left = True
    while is_left:
        is_left = any(following.is_begun for following in files[number + 1 : number + 2])
        for piece in _rest(files[number], position or FilePosition(), is_left=is_left):
            yield replace(piece, gap=gap) if gap else piece
            gap = ""
        number, position = number + 1, None


def _files(path: Path) -> list[LogFile]:
    """The files of a log, the oldest first, itself last if it is there. Raises OSError where there is none."""
    current = _file(path)
    names = {entry.name for entry in os.scandir(path.parent) if _is_rotated(entry.name, path.name)}
    originals = sorted(name for name in names if name.removesuffix(".gz") not in names - {name})[:FILES_LIMIT]
    rotated = [file for name in originals if (file := _file(path.parent / name))]
    older = [file for file in rotated if not current or file.inode != current.inode]
    files = [*sorted(older, key=lambda file: (file.modified, -_generation(file.path.name))), *filter(None, [current])]
    if not files:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    return files


def _file(path: Path) -> LogFile | None:
    """A file, None if it is not there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return LogFile(path, status.st_ino, status.st_size, int(status.st_mtime)) if S_ISREG(status.st_mode) else None


def _is_rotated(name: str, log: str) -> bool:
    """True for names as logrotate and savelog make them: mail.log.1, mail.log.2.gz, mail.log-20261129."""
    return name.startswith(log) and _ROTATED.fullmatch(name[len(log) :]) is not None


def _generation(name: str) -> int:
    """The number in the name of a rotated file: the larger, the older."""
    number = _NUMBER.search(name)
    return int(number[1]) if number else 0


def _number(files: list[LogFile], position: FilePosition) -> int | None:
    """Which of ``files`` is that of ``position``, or a copy of it; None when it is gone."""
    numbers = range(len(files) - 1, -1, -1)
    for number in numbers:
        file = files[number]
        is_long_enough = file.is_compressed or file.size >= position.offset
        if file.inode == position.inode and is_long_enough and file.begins_as(position):
            return number
    copies = (number for number in numbers if position.offset and files[number].inode != position.inode)
    return next((number for number in copies if files[number].begins_as(position)), None)


def _rest(file: LogFile, position: FilePosition, *, is_left: bool) -> Iterator[LogPiece[FilePosition]]:
    """What ``file`` has behind ``position``; all of it if it ``is_left`` then."""
    position = replace(position, inode=file.inode, modified=file.modified)
    try:
        with file.opened() as content:
            head = content.read(HEAD_SIZE)
            content.seek(position.offset)
            block, is_end = b"", False
            while not is_end:
                block += content.read(PIECE_SIZE - len(block))
                is_end = len(block) < PIECE_SIZE
                piece = _piece(block, position, head, is_whole=is_left and is_end)
                yield piece
                block = block[piece.position.offset - position.offset :]
                position = piece.position
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield LogPiece([], position, gap=f"{file.path}: {error}")


def _piece(block: bytes, position: FilePosition, head: bytes, *, is_whole: bool) -> LogPiece[FilePosition]:
    """The lines in ``block``, which is at ``position``; if it ``is_whole`` the last one too, which has no end."""
    lines = block.split(b"\n")
    rest = lines.pop()
    if rest and is_whole:
        lines, rest = [*lines, rest], b""
    end = len(block) - len(rest)
    is_too_long = not end and len(block) == PIECE_SIZE
    offset = position.offset + (len(block) if is_too_long else end)
    after = replace(
        position,
        offset=offset,
        head=_digest(head, min(offset, HEAD_SIZE)),
        is_cut=is_too_long or (position.is_cut and not end),
    )
    return LogPiece(lines[int(position.is_cut) :], after, skipped=int(is_too_long and not position.is_cut))


def _digest(head: bytes, length: int) -> str:
    """Of the first ``length`` octets of a file, ``""`` where it has fewer."""
    return sha256(head[:length]).hexdigest()[:DIGEST_LENGTH] if len(head) >= length else ""
