"""Messages in files that fsspec reaches: s3://, gcs://, sftp://, https:// and others, as in bounced.sources.files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from operator import itemgetter
from posixpath import basename, relpath
from typing import Any, cast
from urllib.parse import unquote

from bounced.errors import UserError
from bounced.model import Batch, Cursor, Intake, RawMessage
from bounced.peer import said
from bounced.sources import NO_COPIES, Copies
from bounced.sources.batches import grouped
from bounced.sources.contents import messages_in
from bounced.sources.files import GONE, OtherNames, each, octets
from bounced.sources.parts import Part, Skipped

#: What of a URL, or of a chain of them (``zip://a.eml::https://…``), is for its server alone: login, and what may be a
#: signature.
_SECRET = re.compile(r"(?<=://)(?P<login>[^/]*)@|[?#].*")


def is_remote(source: str) -> bool:
    """True for URLs."""
    return "://" in source


class RemoteMailbox:
    """The messages below ``url``: a file, a directory, or a Maildir. Raises UserError when it can't be reached."""

    def __init__(self, url: str) -> None:
        self.notes: list[str] = []
        self._url = _without_secrets(url)
        self._secrets = tuple(_secrets(url))
        try:
            self._files, self._root = _file_system(url)
            self._is_directory = self._files.isdir(self._root)
            self._is_maildir = self._is_directory and all(
                self._files.isdir(f"{self._root}/{name}") for name in ("cur", "new")
            )
            exists = self._files.exists(self._root)
        except Exception as problem:  # each file system has errors of its own
            raise UserError(f"{self._url}: {said(problem, *self._secrets)}") from problem
        if not exists:
            raise UserError(f"{self._url}: no such file or directory")
        kind = "maildir" if self._is_maildir else "file"
        self.name = f"{kind}:{self._url}"

    @cached_property
    def extent(self) -> int:
        """0: nobody knows without asking for each file."""
        return 0

    @property
    def position(self) -> int:
        """0, as nobody knows how much there is."""
        return 0

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """All messages. Raises MailboxError for files that could not be read, after everything that could."""
        return map(Batch, grouped(self.messages(self._paths()), octets))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        """Does nothing."""

    def parts(self) -> Iterator[Part]:
        """All of it, in groups of files."""
        for group in grouped(self._listed(), itemgetter(1)):
            yield Part(partial(_read, self, [path for path, _ in group]), 0)

    def messages(self, paths: Iterable[str], skipped: Skipped = GONE) -> Iterator[RawMessage]:
        """Those in ``paths``. Raises FilesUnreadable for files that could not be read, after everything that could."""
        unreadable = (Exception,)  # each file system has errors of its own
        return each(
            paths,
            self._mails_in,
            unreadable,
            lambda path, why: f"{self._url}: {_name(path)}: {said(why, *self._secrets)}",
            skipped,
        )

    def _paths(self) -> Iterator[str]:
        return (path for path, _ in self._listed())

    def _listed(self) -> Iterator[tuple[str, int]]:
        """The files and their octets (0: unknown), by name; those of a Maildir that were seen come first."""
        if not self._is_directory:
            yield self._root, 0
            return
        others = OtherNames()
        for folder in ("cur", "new") if self._is_maildir else ("",):
            files = self._files.find(f"{self._root}/{folder}".rstrip("/"), detail=True)
            for path in sorted(files):
                parts = relpath(path, self._root).split("/")
                is_hidden = any(part.startswith(".") for part in parts)
                if not is_hidden and (self._is_maildir or others.passes(parts[-1])):
                    yield path, files[path].get("size") or 0
        others.note(self._url, self.notes)

    def _mails_in(self, path: str) -> Iterator[RawMessage]:
        name = relpath(path, self._root) if self._is_directory else _name(path)
        with self._files.open(path, "rb") as raw, io.BufferedReader(cast(Any, raw)) as file:
            yield from messages_in(file, self.name, name, self._modified(path), self.notes)

    def _modified(self, path: str) -> datetime:
        """When the file was last written, now where that is not known."""
        now = datetime.now(UTC)
        try:
            written: datetime = self._files.modified(path)
        except Exception:  # noqa: BLE001  each file system has its own; many do not know
            return now
        return min(written if written.tzinfo else written.replace(tzinfo=UTC), now)


def _read(mailbox: RemoteMailbox, paths: Sequence[str], notes: list[str], skipped: Skipped) -> Iterator[RawMessage]:
    """The messages in ``paths`` of ``mailbox``."""
    mailbox.notes = notes
    return mailbox.messages(paths, skipped)


def _file_system(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UserError("URLs need an extra: pip install 'bounced-daemon[remote]'") from None
    files, root = url_to_fs(url)
    return files, root.rstrip("/") or "/"


def _without_secrets(url: str) -> str:
    """``url`` for the database and for people."""
    return _SECRET.sub("", url)


def _secrets(url: str) -> Iterator[str]:
    """What no error may show of ``url``."""
    for secret in _SECRET.finditer(url):
        password = (secret["login"] or "").partition(":")[2]
        yield from (password, unquote(password)) if secret["login"] is not None else (secret[0],)


def _name(path: str) -> str:
    """The name of the file, of which some file systems have the URL."""
    return basename(_without_secrets(path) if is_remote(path) else path)
