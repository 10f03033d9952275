"""A connection with one folder selected, made anew when it breaks.

The connection is kept between polls, and thrown away after any error: what the server still sends would be
taken for the next answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient

from bounced.imap_account import Account, Unreachable, peer_errors
from bounced.imap_connection import Line, connect, disconnect
from bounced.model import MailboxError

_WINDOW = 50_000  # UIDs in one SEARCH: imaplib takes no answer over 1 MB
_LAST_UID = 2**32 - 1

Answer = dict[bytes, Any]


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder as SELECT found it."""

    uidvalidity: int
    last_uid: int
    exists: int


class Session:
    """One folder of one account, for one thread; only ``interrupt`` may be called from another."""

    def __init__(self, where: str, account: Account, folder: str, readonly: bool) -> None:
        self._where = where
        self._account = account
        self._folder = folder
        self._readonly = readonly
        self._line = Line()
        self._client: IMAPClient | None = None
        self._uidvalidity = 0

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        disconnect(self._client, self._line)
        self._client = None

    def interrupt(self) -> None:
        """From any thread, for good: whatever is under way ends with a MailboxError at once."""
        self._line.hang_up()

    def select(self) -> Selected:
        """The folder as it is now, over a new connection when the one from the last poll has died."""
        if self._client:
            with suppress(MailboxError):
                return self._select_now()
        return self._select_now()

    def _select_now(self) -> Selected:
        with self._guarded():
            if not self._client:
                with peer_errors(self._where, self._account, Unreachable):
                    self._client = connect(self._account, self._line)
            answer = self._client.select_folder(self._folder, readonly=self._readonly)
            self._uidvalidity = answer[b"UIDVALIDITY"]
            last_uid = answer.get(b"UIDNEXT", _LAST_UID + 1) - 1
            return Selected(self._uidvalidity, last_uid, answer[b"EXISTS"])

    @contextmanager
    def using(self, epoch: int) -> Iterator[IMAPClient]:
        """The client with the folder selected. Raises MailboxError when its UIDVALIDITY is not ``epoch`` any more."""
        if not self._client:
            self._select_now()
        if self._uidvalidity != epoch:
            raise MailboxError(f"{self._where}: the folder was replaced while it was read")
        with self._guarded():
            yield self._client

    def uids(self, selected: Selected, first: int) -> Iterator[list[int]]:
        """The UIDs from ``first`` on, in order and in pieces that one SEARCH can answer."""
        width = _WINDOW if selected.exists > _WINDOW else _LAST_UID
        for low in range(first, selected.last_uid + 1, width):
            high = min(low + width - 1, selected.last_uid)
            with self.using(selected.uidvalidity) as client:
                found = client.search(["UID", f"{low}:{high}"])
            yield sorted({uid for uid in found if low <= uid <= high})

    def fetch(
        self, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Callable[[Answer], object]
    ) -> dict[int, Answer]:
        """The answers by UID in which ``proof`` finds what was asked for; none for messages that have gone.

        What the first answer lacks is asked for once more, on a new connection.
        """
        found: dict[int, Answer] = {}
        with suppress(MailboxError), self.using(epoch) as client:
            found = _proven(client.fetch(uids, items), proof)
        lacking = [uid for uid in uids if uid not in found]
        if not lacking:
            return found
        self.close()
        with self.using(epoch) as client:
            present = existing(client, lacking)
            found |= _proven(client.fetch(present, items), proof)
        withheld = [uid for uid in present if uid not in found]
        if withheld:
            raise MailboxError(f"{self._where}: the server does not give out the message with UID {withheld[0]}")
        return found

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """After any error the connection is poisoned: what still comes would be taken for the next answer."""
        try:
            with peer_errors(self._where, self._account):
                yield
        except BaseException:
            self.close()
            raise


def existing(client: IMAPClient, uids: Iterable[int]) -> list[int]:
    """Those of ``uids`` that are in the selected folder, in order."""
    wanted = set(uids)
    return sorted(wanted.intersection(client.search(["UID", ",".join(map(str, sorted(wanted)))]))) if wanted else []


def _proven(answers: dict[int, Answer], proof: Callable[[Answer], object]) -> dict[int, Answer]:
    return {uid: answer for uid, answer in answers.items() if proof(answer) is not None}
