"""A connection with one folder selected, made again when it breaks.

The connection is kept between polls, and closed after any error: what the server still sends would be taken for the
next answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from bounced.errors import FolderMissing, MailboxError, Unreachable
from bounced.model import JUNK
from bounced.peer import masked, printable, said
from bounced.sources.imap.account import Account, peer_errors
from bounced.sources.imap.connection import HangUp, connect, disconnect
from bounced.sources.imap.special_use import folders, resolve

_WINDOW_UIDS = 50_000  # UIDs in one SEARCH: imaplib takes no answer over 1 MB

#: Folders that are named when one does not exist.
FOLDERS_SHOWN_LIMIT = 20

#: The highest possible UID: assumed where the server does not send UIDNEXT.
LAST_UID = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Selected:
    """The answer to SELECT."""

    uidvalidity: int
    last_uid: int
    exists: int
    keywords: bool  # whether it accepts our keywords (RFC 3501 7.1, PERMANENTFLAGS)


class Session:
    """One folder of one account, for one thread; only ``interrupt`` may be called from another.

    ``taken`` are folders that the special use of ``folder`` must not resolve to: they are read already, or messages are
    moved there.
    """

    def __init__(
        self, where: str, account: Account, folder: str, readonly: bool, taken: frozenset[str] = frozenset()
    ) -> None:
        self.where = where
        self.patience = account.patience
        self.connections = 0  # made so far
        self._account = account
        self._folder = folder
        self._readonly = readonly
        self._taken = taken
        self._hang_up = HangUp()
        self._client: IMAPClient | None = None
        self._selected = Selected(0, 0, 0, False)

    @property
    def connected(self) -> bool:
        """True when there is a connection, which may have died since it was used last."""
        return self._client is not None

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        disconnect(self._client, self._hang_up)
        self._client = None

    def interrupt(self) -> None:
        """From any thread, for good: a call in progress ends with a MailboxError immediately."""
        self._hang_up.hang_up()

    def select(self) -> Selected:
        """Selects the folder again, over a new connection if the one from the last poll has died."""
        if self._client:
            with suppress(MailboxError):
                return self._select_now()
        return self._select_now()

    def selected(self) -> Selected:
        """The answer to the last SELECT of this connection; selects over a new connection if there is none."""
        return self._selected if self._client else self._select_now()

    def _select_now(self) -> Selected:
        if not self._client:
            with self._guarded(Unreachable):
                self._client = connect(self._account, self._hang_up)
                self.connections += 1
        with self._guarded():
            answer = self._examine(self._client)
            flags = answer.get(b"PERMANENTFLAGS", (rb"\*",))
            last_uid = answer.get(b"UIDNEXT", LAST_UID + 1) - 1
            self._selected = Selected(answer[b"UIDVALIDITY"], last_uid, answer[b"EXISTS"], rb"\*" in flags)
            return self._selected

    def _examine(self, client: IMAPClient) -> dict[bytes, Any]:
        name = resolve(client, self._folder)
        if not name:
            raise FolderMissing(f"{self.where}: no \\Junk folder on this server", optional=True)
        if self._folder == JUNK and name in self._taken:
            shown = said(ValueError(name), *self._account.secrets)
            raise FolderMissing(f"{self.where}: \\Junk resolves to {shown}, which is already in use", optional=True)
        try:
            return client.select_folder(name, readonly=self._readonly)  # type: ignore[no-any-return]
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            if client.folder_exists(name):
                raise
            raise FolderMissing(f"{self.where}: no such folder; {self._folders_there(client)}") from None

    def _folders_there(self, client: IMAPClient) -> str:
        """The folders that the server has, for people: for the one whose name is wrong."""
        names = sorted(folder.name for folder in folders(client))
        more = ", …" if len(names) > FOLDERS_SHOWN_LIMIT else ""
        shown = ", ".join(map(printable, names[:FOLDERS_SHOWN_LIMIT])) + more
        return f"there are: {masked(shown, *self._account.secrets)}" if names else "there is none"

    @contextmanager
    def using(self, epoch: int) -> Iterator[IMAPClient]:
        """The client with the folder selected. Raises MailboxError when its UIDVALIDITY is no longer ``epoch``."""
        client = self.ready(epoch)
        with self._guarded():
            yield client

    def ready(self, epoch: int) -> IMAPClient:
        """The client, over a new connection if there is none. Raises MailboxError as ``using`` does."""
        if not self._client:
            self._select_now()
        if self._selected.uidvalidity != epoch:
            raise MailboxError(f"{self.where}: the folder was replaced while it was being read")
        return self._client

    def uids(self, selected: Selected, first: int, before: date | None = None) -> Iterator[list[int]]:
        """The UIDs from ``first`` on, in order and in pieces that one SEARCH can answer.

        With ``before``, only those of messages that the server got on an earlier day.
        """
        width = _WINDOW_UIDS if selected.exists > _WINDOW_UIDS else LAST_UID
        for low in range(first, selected.last_uid + 1, width):
            high = min(low + width - 1, selected.last_uid)
            with self.using(selected.uidvalidity) as client:
                matching = client.search(["UID", f"{low}:{high}", *(["BEFORE", before] if before else [])])
            yield sorted({uid for uid in matching if low <= uid <= high})

    @contextmanager
    def _guarded(self, kind: type[MailboxError] = MailboxError) -> Iterator[None]:
        """After any error the connection is unusable: what still arrives would be taken for the next answer."""
        try:
            with peer_errors(self.where, self._account, kind), self._hang_up.within(self.patience):
                yield
        except BaseException:
            self.close()
            raise


def existing(client: IMAPClient, uids: Iterable[int]) -> list[int]:
    """The ``uids`` that exist in the selected folder, in order."""
    searched = sorted(set(uids))
    return sorted(set(searched).intersection(client.search(["UID", ",".join(map(str, searched))]))) if searched else []
