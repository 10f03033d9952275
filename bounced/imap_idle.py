"""IDLE (RFC 2177) as a hint: it wakes the poll early and knows nothing else."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable

from imapclient import IMAPClient

from bounced.imap_account import Account, LoginRefused, check_text, peer_errors
from bounced.imap_connection import Line, connect, disconnect
from bounced.imap_folder import resolve
from bounced.model import MailboxError

_SLICE = 60.0  # seconds of one IDLE: a connection that died in silence is noticed that soon
_SHORTEST_SLICE = 0.1  # a server that always has something to say must not keep the poll busy
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 300.0  # seconds between attempts to connect
_STOP_TIMEOUT = 0.9

log = logging.getLogger(__name__)


class Idler(threading.Thread):
    """A thread with a connection of its own that calls ``wake`` whenever mail arrives in ``folder``.

    ``wake`` is also called at the beginning of each slice, as mail may have arrived before. The thread ends by itself
    when the server has no IDLE.
    """

    def __init__(self, account: Account, folder: str, wake: Callable[[], None]) -> None:
        super().__init__(name=f"idle-{account.name}/{folder}", daemon=True)
        check_text(f"account {account.name}: the name of a folder", folder)
        self._where = f"imap:{account.name}/{folder}"
        self._account = account
        self._folder = folder
        self._wake = wake
        self._line = Line()
        self._stopped = threading.Event()
        self._delay = _FIRST_DELAY

    def hang_up(self) -> None:
        """Has the thread end as soon as it can; from any other thread."""
        self._stopped.set()
        self._line.hang_up()

    def stop(self, patience: float = _STOP_TIMEOUT) -> None:
        """Has the thread end, and waits for that; an address that does not answer keeps it for its timeout."""
        self.hang_up()
        if self.is_alive():
            self.join(patience)

    def run(self) -> None:
        """Watches until stopped, connecting again when the connection breaks."""
        while not self._stopped.is_set():
            try:
                self._watch()
                return
            except MailboxError as problem:
                if self._stopped.is_set():
                    return
                refused = isinstance(problem, LoginRefused)
                self._delay = _LONGEST_DELAY if refused else min(2 * self._delay, _LONGEST_DELAY)
                log.info("%s; IDLE again in %d s", problem, self._delay)
            self._stopped.wait(self._delay)

    def _watch(self) -> None:
        """Returns when stopped or when there is no IDLE. Raises MailboxError when the connection breaks."""
        client = None
        try:
            with peer_errors(self._where, self._account):
                client = connect(self._account, self._line)
                if not client.has_capability("IDLE"):
                    return
                folder = resolve(client, self._folder)
                if not folder:
                    return
                client.select_folder(folder, readonly=True)
            while not self._stopped.is_set():
                with peer_errors(self._where, self._account):
                    _idle(client, self._wake, self._stopped)
                self._delay = _FIRST_DELAY
        finally:
            disconnect(client, self._line)


def _idle(client: IMAPClient, wake: Callable[[], None], stopped: threading.Event) -> None:
    """One slice, which ends when the server says anything. Wakes at its beginning for all that came before it.

    imapclient's idle_check() fails on a line that comes in two packets, and returns [] for ever once the server has
    closed; so the socket is only watched here, and DONE reads. What was told between two slices, or together with the
    answer to IDLE, lies in imaplib's buffer, where nothing can be seen from the socket: hence the wake.
    """
    try:
        client.idle()
    finally:
        wake()
    stopped.wait(_SHORTEST_SLICE)
    watch = select.poll()
    watch.register(client.socket(), select.POLLIN)
    watch.poll(_SLICE * 1000)
    client.idle_done()
