"""A connection with one folder selected, made again when it breaks.

The connection is kept between polls, and closed after any error: what the server still sends would be taken for the
next answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from bounced.errors import FolderMissing, MailboxError, Unreachable
from bounced.model import JUNK, Expiration
from bounced.peer import masked, printable, said
from bounced.sources.imap.account import Account, peer_errors
from bounced.sources.imap.commands import UID_LIMIT, Selected, listed_uids, noticed, refused, search, select
from bounced.sources.imap.connection import HangUp, connect, disconnect, expirations
from bounced.sources.imap.listing import folders, located
from bounced.sources.imap.remarks import Remarks
from bounced.sources.imap.special_use import resolve

#: UIDs in one SEARCH at first, and messages from which on that is a limit: the answer of a large folder takes long.
_WINDOW_UIDS = 50_000

#: Folders that are named when one does not exist.
FOLDERS_SHOWN_LIMIT = 20

#: Messages in a window below which the next one is twice as wide: UIDs may lie far apart, or near 2 ** 32.
_SPARSE_WINDOW_MESSAGES = 5_000

#: Seconds of a SELECT from which on NOOP does instead: Dovecot and Courier read a directory of 500,000 files for it.
SLOW_SECONDS = 0.5

#: For how long it does: so many times the duration of the SELECT, and seconds.
RESELECT_FACTOR = 100
RESELECT_SECONDS = 600.0


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
        self.remarks = Remarks(where)
        self.connections = 0  # made so far
        self.expirations: tuple[Expiration, ...] = ()  # as the last of them has shown
        self._account = account
        self._folder = folder
        self._readonly = readonly
        self._examines = readonly  # by EXAMINE, as long as UIDs last there
        self._taken = taken
        self._hang_up = HangUp()
        self._client: IMAPClient | None = None
        self._selected = Selected(0, 0, 0, 0, keywords=False, writable=False)
        self._selected_at = self._seconds = 0.0  # by the monotonic clock: when, and for how long
        self._noop_seconds = 0.0  # of the last one

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

    def select(self, *, anew: bool = False) -> Selected:
        """Looks at the folder again, over a new connection if the one from the last poll has died.

        Where SELECT takes long that is NOOP for a while, unless it is to be selected ``anew``.
        """
        if self._client:
            with suppress(MailboxError):
                return self._select_now() if anew or not self._may_ask(self._client) else self._selected
        return self._select_now()

    def _may_ask(self, client: IMAPClient) -> bool:
        """True when SELECT took long, not long ago, and NOOP has said how many messages there are now.

        Not where NOOP takes even longer: Courier reads the directory twice for it.
        """
        is_due = time.monotonic() - self._selected_at > min(RESELECT_FACTOR * self._seconds, RESELECT_SECONDS)
        if self._seconds < SLOW_SECONDS or is_due or self._noop_seconds > self._seconds:
            return False
        begun = time.monotonic()
        with self._guarded():
            seen = noticed(client, self._selected)
        self._noop_seconds = time.monotonic() - begun
        self._selected = seen or self._selected
        return seen is not None

    @property
    def exists(self) -> int:
        """How many messages the folder had at the last SELECT, less those that were moved away since."""
        return self._selected.exists

    def selected(self) -> Selected:
        """The answer to the last SELECT of this connection; selects over a new connection if there is none."""
        return self._selected if self._client else self._select_now()

    def _select_now(self) -> Selected:
        if not self._client:
            with self._guarded(Unreachable):
                self._client = connect(self._account, self._hang_up)
                self.connections += 1
                self.expirations = expirations(self._client, self._account)
        begun = time.monotonic()
        with self._guarded():
            self._selected = self._examine(self._client)
        self._selected_at = time.monotonic()
        self._seconds = self._selected_at - begun
        self._remark(self._selected)
        return self._selected

    def _remark(self, selected: Selected) -> None:
        told, last = selected.next_uid, selected.last_uid
        is_wrong = told is not None and selected.assigned == UID_LIMIT
        self.remarks.note("uidnext", f"server sends UIDNEXT {told} with a message of UID {last}" if is_wrong else "")
        is_refused = not self._readonly and not selected.writable
        self.remarks.note("readonly", "folder is read-only: messages are counted and left in it" if is_refused else "")

    def _examine(self, client: IMAPClient) -> Selected:
        name = resolve(client, self._folder)
        if not name:
            raise FolderMissing(f"{self.where}: no \\Junk folder on this server", optional=True)
        if self._folder == JUNK and name in self._taken:
            shown = said(ValueError(name), *self._account.secrets)
            raise FolderMissing(f"{self.where}: \\Junk resolves to {shown}, which is already in use", optional=True)
        try:
            return self._lasting(select(client, name, readonly=self._examines))
        except IMAPClientError as problem:
            if not refused(problem):
                raise
            known = located(client, name)
            if known == name:
                raise
            if known:
                return self._lasting(select(client, known, readonly=self._examines))
            raise FolderMissing(f"{self.where}: no such folder; {self._folders_there(client)}") from None

    def _lasting(self, selected: Selected) -> Selected:
        """``selected``; the next time by SELECT where EXAMINE does not say UIDNEXT."""
        self._examines = self._examines and selected.next_uid is not None
        return selected

    def _folders_there(self, client: IMAPClient) -> str:
        """The folders that the server has, for people: for the one whose name is wrong."""
        names = sorted(folder.name for folder in folders(client))
        more = ", …" if len(names) > FOLDERS_SHOWN_LIMIT else ""
        shown = ", ".join(map(printable, names[:FOLDERS_SHOWN_LIMIT])) + more
        return f"there are: {masked(shown, *self._account.secrets)}" if names else "there is none"

    def removed(self, messages: int) -> None:
        """Call when that many messages were moved away, so that ``selected`` stays true."""
        self._selected = replace(self._selected, exists=max(0, self._selected.exists - messages))

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

    def uids(
        self, selected: Selected, first: int, before: date | None = None, since: date | None = None
    ) -> Iterator[list[int]]:
        """The UIDs from ``first`` on, in order and in pieces that one SEARCH can answer.

        With ``before``, only those of messages that the server got on an earlier day; with ``since``, on that day or
        later.
        """
        low, width = first, _WINDOW_UIDS if selected.exists > _WINDOW_UIDS else UID_LIMIT
        while low <= selected.last_uid:
            high = min(low + width - 1, selected.last_uid)
            with self.using(selected.uidvalidity) as client:
                uids = search(client, low, high, before, since)
                if (
                    not before
                    and not since
                    and selected.last_uid in range(low, high + 1)
                    and selected.last_uid not in uids
                ):
                    uids = self._listed(client, selected.last_uid, low, high, uids)
            yield uids
            low = high + 1
            width = 2 * width if len(uids) < _SPARSE_WINDOW_MESSAGES else _WINDOW_UIDS

    def _listed(self, client: IMAPClient, last_uid: int, low: int, high: int, searched: list[int]) -> list[int]:
        """The UIDs where SEARCH leaves out the last message, which may only have gone since."""
        listed = listed_uids(client, low, high)
        is_wrong = last_uid in listed
        self.remarks.note("search", f"server does not find the message of UID {last_uid} by SEARCH" if is_wrong else "")
        return listed if is_wrong else searched

    def explained(self, problem: Exception) -> MailboxError:
        """What the server said, as an error that ends nothing."""
        try:
            with peer_errors(self.where, self._account):
                raise problem
        except MailboxError as error:
            return error

    @contextmanager
    def _guarded(self, kind: type[MailboxError] = MailboxError) -> Iterator[None]:
        """After any error the connection is unusable: what still arrives would be taken for the next answer."""
        try:
            with peer_errors(self.where, self._account, kind), self._hang_up.within(self.patience):
                yield
        except BaseException:
            self.close()
            raise
