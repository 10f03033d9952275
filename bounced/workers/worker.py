"""What runs in a worker process: it has limits, leaves Ctrl-C to its parent, and dies with it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait

from bounced.classify.pack import unpacked
from bounced.classify.rules import Rule
from bounced.identify import Sender
from bounced.model import Parsed
from bounced.parse import at_most_plausible, parse
from bounced.workers.pools import KILL_SECONDS, MAIL_SECONDS, TOO_SLOW, Mail, Pack

WORKER_OCTETS = 512 * 1024 * 1024

#: Seconds after which it returns what it has, of several messages.
CHUNK_SECONDS = 1.0


class _TooLong(BaseException):
    """No handler for errors in a message catches this."""


def work(mails: list[Mail], sender: Sender, rules: tuple[Rule, ...], pack: Pack) -> list[Parsed]:
    """The results for the first mails, in order: for all, unless they take longer together than one may.

    Or longer than CHUNK_SECONDS: on a busy machine a worker may be taken for one that is stalled.
    """
    tables = unpacked(pack.text)  # built before the first message: that is no message's time
    begun, started = time.process_time(), time.monotonic()
    results: list[Parsed] = []
    for content, arrived_at, may_be_part in mails:
        if results and (time.process_time() - begun > MAIL_SECONDS or time.monotonic() - started > CHUNK_SECONDS):
            break
        since = time.process_time()
        parsed = _limited(partial(parse, content, sender, rules, arrived_at, tables))
        parsed = at_most_plausible(parsed, sender) if may_be_part else parsed
        results.append(replace(parsed, seconds=time.process_time() - since, tables=pack.digest))
    return results


def _limited(parsing: Callable[[], Parsed]) -> Parsed:
    """The result of ``parsing``, in time. A signal interrupts even a regex, which lets no other thread run.

    Where no signal interrupts, another one kills, also when the parent has gone. Only CPU time counts, of which a
    machine that is busy, swaps or was asleep has none to give: that is no message's fault.
    """
    signal.setitimer(signal.ITIMER_VIRTUAL, KILL_SECONDS)
    try:
        signal.setitimer(signal.ITIMER_PROF, MAIL_SECONDS, MAIL_SECONDS)
        try:
            return parsing()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _TooLong:
        return TOO_SLOW
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


#: Have all tables built that parsing needs: an RFC 3464 report, one in free text with a message below it, an answer.
FIRST_REPORTS = (
    b"""\
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; a@b.example
Action: failed
Diagnostic-Code: smtp; 550 no such user

--b--
""",
    b"""\
From: MAILER-DAEMON@b.example
Subject: delivery

Something failed.

The following address is meant:
<a@b.example>: no

returned message:
To: a@b.example
Message-ID: <1@c.example>
""",
    b"""\
From: a@b.example
Subject: away
Auto-Submitted: auto-replied

I am away.
""",
)


def _interrupt(*_: object) -> None:
    raise _TooLong


def start() -> None:
    """Prepares the process, also what is built when the first report is parsed: that is no message's time."""
    for report in FIRST_REPORTS:
        parse(report, Sender())
    signal.signal(signal.SIGPROF, _interrupt)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
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
