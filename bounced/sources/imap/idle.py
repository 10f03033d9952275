"""IDLE (RFC 2177) as a hint: it wakes the poll early and knows nothing else.

1. A poll that found the folder lets it begin: nothing is tried while the account backs off, only polls retry a refused
   login, and a folder that appears is watched from then on.
2. A failure here never delays a poll. After a failed connection all idlers of the account back off, after a later
   failure only this one.
"""

from __future__ import annotations

import logging
import random
import select
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from bounced.errors import LoginRefused, MailboxError, Unreachable
from bounced.sources.imap.account import Account, check_text, peer_errors
from bounced.sources.imap.commands import enter
from bounced.sources.imap.connection import HangUp, connect, disconnect, forget
from bounced.sources.imap.listing import located
from bounced.sources.imap.special_use import resolve
from bounced.sources.retry import Backoff, Pause

_SLICE_SECONDS = 60.0  # of one IDLE: a connection that died silently is noticed that soon
_SLICE_SECONDS_MIN = 0.1  # a server that always sends something must not keep the poll busy
_STOP_TIMEOUT = 0.9

log = logging.getLogger("bounced.imap")


class Idler(threading.Thread):
    """A thread with its own connection that calls ``wake`` whenever mail arrives in ``folder``.

    ``wake`` is also called at the beginning of each slice, as mail may have arrived before, and when it is time to
    begin again. The thread ends when the server has no IDLE. ``connecting`` is the account's pause between
    attempts of its idlers to connect.
    """

    def __init__(self, account: Account, folder: str, wake: Callable[[], None], connecting: Pause) -> None:
        super().__init__(name=f"idle-{account.name}/{folder}", daemon=True)
        check_text(f"account {account.name}: the name of a folder", folder)
        self._where = f"imap:{account.name}/{folder}"
        self._account = account
        self._folder = folder
        self._wake = wake
        self._hang_up = HangUp()
        self._connecting = connecting
        self._idling = Pause(Backoff(random.uniform))
        self._changed = threading.Condition()
        self._polled = False  # by a poll, since the last attempt
        self._stopped = threading.Event()

    def polled(self, *, recovered: bool = False) -> None:
        """Called after each poll that found the folder; ``recovered`` when the one before had failed."""
        with self._changed:
            if recovered:
                self._connecting.lift()
                self._idling.lift()
            self._polled = True
            self._changed.notify()

    def hang_up(self) -> None:
        """Ends the thread as soon as possible; from any other thread."""
        with self._changed:
            self._stopped.set()
            self._changed.notify()
        self._hang_up.hang_up()

    def stop(self, patience: float = _STOP_TIMEOUT) -> None:
        """Ends the thread and waits for it; an address that does not answer keeps it for its timeout."""
        self.hang_up()
        if self.is_alive():
            self.join(patience)

    def run(self) -> None:
        """Watches until stopped, connecting again when the connection breaks."""
        able = True
        while able and self._turn():
            try:
                able = self._watch()
            except MailboxError as problem:
                if not self._stopped.is_set():
                    self._failed(problem)
            self._polled = False

    def _turn(self) -> bool:
        """Waits until no pause is left and a poll has found the folder since; False when stopped."""
        with self._changed:
            while not self._stopped.is_set():
                left = self._left()
                if self._polled and not left:
                    return True
                if not self._changed.wait(left or None):
                    self._polled = False
                    self._wake()
        return False

    def _left(self) -> float:
        return max(self._connecting.left(), self._idling.left())

    def _failed(self, problem: MailboxError) -> None:
        pause = self._connecting if isinstance(problem, Unreachable) else self._idling
        if pause.begin(str(problem), refused=isinstance(problem, LoginRefused)):
            log.info("%s; next IDLE in %d s at the earliest", problem, self._left())

    def _recovered(self, pause: Pause) -> None:
        if pause.end():
            log.info("%s: IDLE works again", self._where)

    def _watch(self) -> bool:
        """False without IDLE, True when stopped or the folder does not exist. Raises MailboxError."""
        client = None
        try:
            with peer_errors(self._where, self._account, Unreachable), self._limited():
                client = connect(self._account, self._hang_up)
            self._recovered(self._connecting)
            with peer_errors(self._where, self._account), self._limited():
                if not client.has_capability("IDLE"):
                    return False
                folder = resolve(client, self._folder)
                if not folder:
                    return True
                enter(client, located(client, folder) or folder, readonly=True)
            while not self._stopped.is_set():
                with peer_errors(self._where, self._account):
                    _idle(client, self._limited, self._wake, self._stopped)
                self._recovered(self._idling)
            return True
        finally:
            disconnect(client, self._hang_up)

    def _limited(self) -> AbstractContextManager[None]:
        return self._hang_up.within(self._account.patience)


def _idle(
    client: IMAPClient,
    limited: Callable[[], AbstractContextManager[None]],
    wake: Callable[[], None],
    stopped: threading.Event,
) -> None:
    """One slice, which ends when the server sends anything. Wakes at its beginning for all that came before it.

    imapclient's idle_check() fails on a line in two packets, and returns [] forever once the server has closed; so the
    socket is only watched here, and DONE reads. What the server sent between two slices, or together with the answer to
    IDLE, is in imaplib's buffer, which the socket does not show: hence the wake.
    """
    try:
        with limited():
            _begin(client)
    finally:
        wake()
    stopped.wait(_SLICE_SECONDS_MIN)
    watch = select.poll()
    watch.register(client.socket(), select.POLLIN)
    watch.poll(_SLICE_SECONDS * 1000)
    with limited():
        client.idle_done()
    forget(client)


def _begin(client: IMAPClient) -> None:
    """IDLE; imapclient's own idle() fails over news before the "+". Raises IMAPClientError when it is refused."""
    imap = client._imap
    tag = client._idle_tag = imap._command("IDLE")
    while imap._get_response() is not None:
        if refusal := imap.tagged_commands[tag]:
            raise IMAPClientError(f"IDLE refused: {refusal[1][-1].decode('utf-8', 'replace')}")
