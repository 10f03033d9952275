"""How far a scan is, on a terminal: files by octets, mailboxes by messages, with the rate and the time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bounced.peer import counted, printable
from bounced.sources import Mailbox, Measured

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

#: Columns of the name of the mailbox, of which the end is shown, and of the bar itself: all of it fits into 80.
LABEL_WIDTH = 20
BAR_WIDTH = 15

#: Told how many messages were read since it was told last.
Step = Callable[[int], None]


class Progress:
    """The bar for one mailbox, which appears with the first messages: a mailbox is measured when it is opened."""

    def __init__(self, mailbox: Mailbox, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._since = clock()
        self._messages = 0
        self._position = 0
        self._bar: ProgressBar[int] | None = None

    def step(self, messages: int) -> None:
        """Moves the bar after ``messages`` more."""
        self._messages += messages
        extent = self._mailbox.extent if isinstance(self._mailbox, Measured) else 0
        position = self._mailbox.position if isinstance(self._mailbox, Measured) else 0
        if self._bar is None:
            self._bar = self._made(extent)
            self._bar.render_progress()
        self._bar.update(max(0, position - self._position) if extent else messages, self._messages)
        self._position = max(position, self._position)

    def close(self) -> None:
        """Ends the line."""
        if self._bar:
            self._bar.render_finish()

    def _made(self, extent: int) -> ProgressBar[int]:
        # click requires an iterable for a bar without an end, and never iterates over it.
        endless = None if extent else ()
        name = printable(self._mailbox.name[-LABEL_WIDTH:], LABEL_WIDTH)
        return click.progressbar(
            endless, extent or None, label=name, file=sys.stderr, width=BAR_WIDTH, item_show_func=self._rate
        )

    def _rate(self, messages: int | None) -> str:
        """The messages so far, and how many of them in a second."""
        read = messages or 0
        seconds = self._clock() - self._since
        return f"{counted(read, 'message')}, {round(read / seconds) if seconds else 0}/s"


@contextmanager
def progress(mailbox: Mailbox) -> Iterator[Step]:
    """What to tell of every message of ``mailbox``; nothing is shown where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    shown = Progress(mailbox)
    try:
        yield shown.step
    finally:
        shown.close()
