"""What runs in a worker process: it has limits, leaves Ctrl-C to its parent, and dies with it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from datetime import datetime
from multiprocessing.connection import wait

from bounced.identify import Marks
from bounced.model import Reading
from bounced.rules import Rule
from bounced.understand import understand

#: What one mail may cost. Typical is 1 ms and 60 MB.
MAIL_SECONDS = 5.0
WORKER_OCTETS = 512 * 1024 * 1024

#: Processor seconds after which a worker is killed that has no parent any more to do it.
ORPHAN_SECONDS = 2 * MAIL_SECONDS

Mail = tuple[bytes, datetime]  # content, and when it arrived


def work(mails: list[Mail], marks: Marks, rules: tuple[Rule, ...]) -> list[Reading]:
    """The reading of each mail, in order."""
    # Nobody is left to stop a worker whose parent was killed while it hangs in a regex, which no thread interrupts.
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + ORPHAN_SECONDS), resource.RLIM_INFINITY))
    return [understand(content, marks, rules, arrived_at) for content, arrived_at in mails]


def start() -> None:
    """Prepares the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())  # our parent blocked some
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_OCTETS, WORKER_OCTETS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
