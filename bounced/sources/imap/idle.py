"""IDLE (RFC 2177) as a hint: it wakes the poll early and knows nothing else.

1. The poll says when to begin, whenever it has found the folder: so nothing is tried while the account is left alone,
   a login that is refused is the poll's to try again, and a folder that appears is watched from then on.
2. What fails here never holds up a poll. A failed connection keeps all idlers of the account away for a while, a
   failure after that only this one.
"""

from __future__ import annotations

import logging
import random
import select
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from imapclient import IMAPClient

from bounced.errors import LoginRefused, MailboxError, Unreachable
from bounced.retry import Backoff, Pause
from bounced.sources.imap.account import Account, check_text, peer_errors
from bounced.sources.imap.connection import HangUp, connect, disconnect, forget
from bounced.sources.imap.special_use import resolve

_SLICE = 60.0  # seconds of one IDLE: a connection that died in silence is noticed that soon
_SHORTEST_SLICE = 0.1  # a server that always has something to say must not keep the poll busy
_STOP_TIMEOUT = 0.9

log = logging.getLogger("bounced.imap")


class Idler(threading.Thread):
    """A thread with a connection of its own that calls ``wake`` whenever mail arrives in ``folder``.

    ``wake`` is also called at the beginning of each slice, as mail may have arrived before, and when it is time to
    begin again. The thread ends by itself when the server has no IDLE. ``connecting`` is the account's pause between
    attempts of its idlers to connect.
    """

    def __init__(self, account: Account, folder: str, wake: Callable[[], None], connecting: Pause) -> None:
        super().__init__(name=f"idle-{account.name}/{folder}", daemon=True)
        check_text(f"account {account.name}: the name of a folder", folder)
        self._where = f"imap:{account.name}/{folder}"
        self._account = account
        self._folder = folder
        self._wake = wake
        self._line = HangUp()
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
        """Has the thread end as soon as it can; from any other thread."""
        with self._changed:
            self._stopped.set()
            self._changed.notify()
        self._line.hang_up()

    def stop(self, patience: float = _STOP_TIMEOUT) -> None:
        """Has the thread end, and waits for that; an address that does not answer keeps it for its timeout."""
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
        """Waits until no pause is left and a poll has found the folder after it; False when stopped."""
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
        if pause.failed(str(problem), refused=isinstance(problem, LoginRefused)):
            log.info("%s; IDLE again in %d s at the earliest", problem, self._left())

    def _recovered(self, pause: Pause) -> None:
        if pause.recovered():
            log.info("%s: IDLE again", self._where)

    def _watch(self) -> bool:
        """False when there is no IDLE, True when stopped or the folder has gone. Raises MailboxError."""
        client = None
        try:
            with peer_errors(self._where, self._account, Unreachable), self._limited():
                client = connect(self._account, self._line)
            self._recovered(self._connecting)
            with peer_errors(self._where, self._account), self._limited():
                if not client.has_capability("IDLE"):
                    return False
                folder = resolve(client, self._folder)
                if not folder:
                    return True
                client.select_folder(folder, readonly=True)
            while not self._stopped.is_set():
                with peer_errors(self._where, self._account):
                    _idle(client, self._limited, self._wake, self._stopped)
                self._recovered(self._idling)
            return True
        finally:
            disconnect(client, self._line)

    def _limited(self) -> AbstractContextManager[None]:
        return self._line.within(self._account.patience)


def _idle(
    client: IMAPClient,
    limited: Callable[[], AbstractContextManager[None]],
    wake: Callable[[], None],
    stopped: threading.Event,
) -> None:
    """One slice, which ends when the server says anything. Wakes at its beginning for all that came before it.

    imapclient's idle_check() fails on a line that comes in two packets, and returns [] for ever once the server has
    closed; so the socket is only watched here, and DONE reads. What was told between two slices, or together with the
    answer to IDLE, lies in imaplib's buffer, where nothing can be seen from the socket: hence the wake.
    """
    try:
        with limited():
            client.idle()
    finally:
        wake()
    stopped.wait(_SHORTEST_SLICE)
    watch = select.poll()
    watch.register(client.socket(), select.POLLIN)
    watch.poll(_SLICE * 1000)
    with limited():
        client.idle_done()
    forget(client)
