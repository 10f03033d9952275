"""Messages in files: single ones, directories, Maildirs, mboxes, each also gzipped, and standard input.

Nothing is ever written: files stay unchanged.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from bounced.errors import FilesUnreadable, MailboxError, UserError
from bounced.model import Batch, Cursor, Intake, RawMessage
from bounced.peer import counted, printable
from bounced.sources import NO_COPIES, Copies, Mailbox
from bounced.sources.batches import MAX_MESSAGES, MAX_OCTETS, grouped
from bounced.sources.contents import (
    BROKEN_GZIP,
    Range,
    Ranges,
    decompressed,
    is_mbox,
    messages_in,
    messages_of,
    mtime,
    ranges_of,
    remark,
)
from bounced.sources.parts import Part, Skipped

Place = TypeVar("Place")

_MAIL_SUFFIXES = (".eml", ".txt", ".msg", ".mbox", ".gz")

#: What nobody takes for a message: what is known about samples lies beside them in such files.
_OTHER_SUFFIXES = (".json", ".md")
_UNREADABLE = (OSError, *BROKEN_GZIP)

#: Files that are not read because of their names, of which people are told the names, and the characters of each.
NAMES_LIMIT = 5
NAME_LENGTH_LIMIT = 60

#: Of files that were deleted since they were listed.
GONE = (FileNotFoundError,)


class NotedMailbox(Mailbox, Protocol):
    """A mailbox that has something to say about itself."""

    @property
    def notes(self) -> Sequence[str]:
        """Lines for people about what was read so far."""
        ...


class MemoryMailbox:
    """Messages from within the program, or from a stream that can be read only once."""

    def __init__(self, name: str, messages: Iterable[RawMessage], notes: Sequence[str] = ()) -> None:
        self.name = name
        self.notes = notes
        self._messages = messages

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """All messages, regardless of the cursor."""
        return map(Batch, grouped(self._messages, octets))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        """Does nothing."""


class FileMailbox:
    """The messages in the files that ``paths`` lists when asked; files deleted by then are skipped."""

    def __init__(self, name: str, root: Path, paths: Callable[[], Iterable[Path]]) -> None:
        self.name = name
        self.notes: list[str] = []
        self._root = root
        self._paths = paths
        self._octets_behind = 0  # in the files that were read to their end
        self._file: io.BufferedReader | None = None

    @cached_property
    def extent(self) -> int:
        """Octets of all files, compressed ones as they are."""
        return sum(map(_size, self._paths()))

    @property
    def position(self) -> int:
        """Octets that were read."""
        return self._octets_behind + (self._file.tell() if self._file else 0)

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """All messages. Raises MailboxError for files that could not be read, after everything that could."""
        return map(Batch, grouped(self.messages(), octets))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        """Does nothing."""

    def parts(self) -> Iterator[Part]:
        """All of it: groups of files, and ranges of large mboxes."""
        for paths in grouped(self._paths(), _size):
            octets = sum(map(_size, paths))
            if octets > MAX_OCTETS and (ranges := _ranges(paths[0])):
                yield from self._parts_of(paths[0], ranges)
            else:
                yield Part(partial(_read, self.name, self._root, paths), octets)

    def _parts_of(self, path: Path, mbox: Ranges) -> Iterator[Part]:
        for part in mbox.ranges:
            yield Part(partial(_read_range, self.name, self._root, path, part, mbox.unquoted > 0), part.octets)
        if mbox.unquoted:
            self.notes.append(remark(_text(path.relative_to(self._root)), mbox.unquoted))

    def messages(self, skipped: Skipped = GONE) -> Iterator[RawMessage]:
        """All of them. Raises FilesUnreadable for files that could not be read, after everything that could."""
        return each(self._paths(), self._mails_in, _UNREADABLE, _problem, skipped)

    def _mails_in(self, path: Path) -> Iterator[RawMessage]:
        with path.open("rb") as file:
            self._file = file
            try:
                yield from messages_in(file, self.name, _text(path.relative_to(self._root)), mtime(file), self.notes)
            finally:
                self._octets_behind += file.tell()
                self._file = None


def open_source(source: str, stdin: BinaryIO) -> list[NotedMailbox]:
    """The mailboxes in ``source``: a file, a directory, a Maildir, or ``-`` for ``stdin``.

    Raises UserError when it does not exist or can't be read.
    """
    if not source:
        raise UserError("empty source name (unset shell variable?)")
    if source == "-":
        notes: list[str] = []
        return [MemoryMailbox("-", _in_stream(stdin, notes), notes=notes)]
    path = Path(source).absolute()
    try:
        if path.is_dir():
            return [_directory(path)]
        if path.exists() and not path.is_file():
            raise UserError(f"{source}: neither a file nor a directory")
        return [FileMailbox(f"{_kind(path)}:{_text(path)}", path.parent, lambda: [path])]
    except OSError as problem:
        raise UserError(f"{source}: {_why(problem)}") from problem


def _ranges(path: Path) -> Ranges | None:
    """The mbox ``path`` in ranges, ``None`` when it is none, or can't be read."""
    with suppress(OSError), path.open("rb") as file:
        if decompressed(file) is file and is_mbox(file, path.name):
            return ranges_of(file, MAX_MESSAGES, MAX_OCTETS)
    return None


def _read(mailbox: str, root: Path, paths: Sequence[Path], notes: list[str], skipped: Skipped) -> Iterator[RawMessage]:
    """The messages in ``paths`` of ``mailbox``."""
    reader = FileMailbox(mailbox, root, lambda: paths)
    reader.notes = notes
    return reader.messages(skipped)


def _read_range(
    mailbox: str, root: Path, path: Path, part: Range, may_be_part: bool, notes: list[str], skipped: Skipped
) -> Iterator[RawMessage]:
    """The messages in ``part`` of the mbox ``path`` of ``mailbox``; there are no ``notes`` on less than all of it."""

    def messages(path: Path) -> Iterator[RawMessage]:
        with path.open("rb") as file:
            name = _text(path.relative_to(root))
            yield from messages_of(file, part, mailbox, name, mtime(file), may_be_part=may_be_part)

    return each([path], messages, _UNREADABLE, _problem, skipped)


def _problem(path: Path, error: Exception) -> str:
    """Why ``path`` can't be read."""
    return f"{_text(path)}: {_why(error)}"


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        try:
            return "mbox" if is_mbox(decompressed(file), path.name) else "file"
        except BROKEN_GZIP:  # reported when it is read
            return "file"


def _directory(path: Path) -> FileMailbox:
    os.scandir(path).close()  # raises now if that is forbidden
    if (path / "cur").is_dir() and (path / "new").is_dir():
        return FileMailbox(f"maildir:{_text(path)}", path, lambda: _maildir(path))
    mailbox = FileMailbox(f"file:{_text(path)}", path, lambda: _tree(path, mailbox.notes))
    return mailbox


def _tree(root: Path, notes: list[str]) -> Iterator[Path]:
    """The messages below ``root`` by name; a folder that can't be listed comes last, and can't be read either."""
    forbidden: list[OSError] = []
    others = OtherNames()
    for folder, folders, names in os.walk(root, onerror=forbidden.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        mails = (Path(folder, name) for name in sorted(names) if others.passes(name))
        yield from filter(_may_be_file, mails)
    yield from (Path(problem.filename) for problem in forbidden)
    others.note(_text(root), notes)


def _may_be_file(path: Path) -> bool:
    """False for anything that would block when opened, or is no file; opening reports what is wrong with the rest."""
    try:
        return path.is_file()
    except OSError:
        return True


class OtherNames:
    """The files of a directory that are not read, since they have no name that files with messages have."""

    def __init__(self) -> None:
        self._number, self._names = 0, list[str]()

    def passes(self, name: str) -> bool:
        """True when a file of this name is read. Hidden ones are not, nor what is no message; nobody expects that."""
        if name.startswith(".") or name.lower().endswith(_OTHER_SUFFIXES):
            return False
        if name.lower().endswith(_MAIL_SUFFIXES):
            return True
        self._number += 1
        if len(self._names) < NAMES_LIMIT:
            self._names.append(printable(_text(Path(name)), NAME_LENGTH_LIMIT))
        return False

    def note(self, directory: str, notes: list[str]) -> None:
        """Adds to ``notes`` how many there are in ``directory``, if any: once, however often it is listed."""
        names = ", ".join([*self._names, *(["…"] if self._number > NAMES_LIMIT else [])])
        files = counted(self._number, "file", separator=",")
        text = f"{directory}: {files} not read because of the name (not {', '.join(_MAIL_SUFFIXES)}): {names}"
        if self._number and text not in notes:
            notes.append(text)


def _maildir(root: Path) -> Iterator[Path]:
    """The messages of a Maildir, seen ones first; one that is moved or flagged meanwhile is found again."""
    read: set[str] = set()
    for folder in ("cur", "new", "cur"):
        for path in _listed(root / folder):
            unique = path.name.partition(":")[0]
            if unique not in read:
                yield path
                if path.exists():
                    read.add(unique)


def _listed(folder: Path) -> list[Path]:
    """The files in ``folder`` by name; the folder itself if it can't be listed, since it can't be read either."""
    try:
        return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and path.is_file()]
    except OSError:
        return [folder]


def each(
    paths: Iterable[Place],
    messages: Callable[[Place], Iterator[RawMessage]],
    unreadable: tuple[type[Exception], ...],
    explained: Callable[[Place, Exception], str],
    skipped: Skipped,
) -> Iterator[RawMessage]:
    """The ``messages`` of all ``paths``, but of those with an error that is ``skipped``.

    Raises FilesUnreadable, with what ``explained`` says, for those that are ``unreadable``, after everything else.
    """
    problems = []
    for path in paths:
        try:
            yield from messages(path)
        except skipped:
            continue
        except unreadable as problem:
            problems.append(explained(path, problem))
    if problems:
        raise FilesUnreadable(problems)


def _in_stream(stdin: BinaryIO, notes: list[str]) -> Iterator[RawMessage]:
    try:
        yield from filter(lambda mail: mail.size, messages_in(_peekable(stdin), "-", "", datetime.now(UTC), notes))
    except _UNREADABLE as problem:
        raise MailboxError(f"-: {_why(problem)}") from problem


def _peekable(stream: BinaryIO) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[arg-type]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # reported when it is read
        return 0


def octets(message: RawMessage) -> int:
    """How much of it is in memory."""
    return len(message.content)


def _text(path: Path) -> str:
    """The path as text for the database, regardless of the bytes in its name."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _why(problem: Exception) -> str:
    """The reason, in lower case and on one line."""
    if isinstance(problem, BROKEN_GZIP):
        return f"broken gzip file: {problem}".splitlines()[0]
    words = getattr(problem, "strerror", "") or str(problem) or type(problem).__name__
    return words[:1].lower() + words[1:]
