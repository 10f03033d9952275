"""One line a fact, ``event key=value …``; whatever a mail says is quoted, so a line can't be forged by one."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence

from bounced import times
from bounced.ledger import Receipt
from bounced.model import Event, Intake, Item
from bounced.policy import Suppression

#: Recipients of one mail that its line names.
NAMED = 5

#: Seconds between two lines about a trouble that lasts.
HOUR = 3600.0

_BARE = re.compile(r"[A-Za-z0-9_.@:/+*,<>-]+")

log = logging.getLogger("bounced")


def line(what: str, **facts: object) -> str:
    """``what`` and the facts that say something, as ``key=value``; quoted where one has more than plain characters."""
    return " ".join(
        [what, *(f"{name}={_quoted(str(value))}" for name, value in facts.items() if value not in ("", None))]
    )


def to_stderr(level: int = logging.INFO) -> None:
    """Sends the log to standard error: without dates where the journal adds its own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)
    # It would show a traceback of what bounced.service says in a line, and warn of wake-ups that are not lost.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


class Episode:
    """When a trouble that lasts is worth a line: when it begins, once an hour, and when it is over. For one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""  # what failed last, "" while all is well
        self._clock = clock
        self._told_at = 0.0

    def failed(self, problem: str) -> bool:
        """True when ``problem`` is due in the log: the first one, or an hour after the last one that was."""
        now = self._clock()
        due = not self.problem or now - self._told_at >= HOUR
        self.problem = problem
        self._told_at = now if due else self._told_at
        return due

    def recovered(self) -> bool:
        """True when something had failed: that it is over is due in the log."""
        failing, self.problem = bool(self.problem), ""
        return failing


class Doubts:
    """Says that events do not count: at the first one, then at most once an hour. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._episode = Episode(clock)
        self._untold = 0

    def add(self, events: int) -> int:
        """How many events to tell of, which are those since the last time; 0 when nothing is due."""
        with self._lock:
            self._untold += events
            if not events or not self._episode.failed("events do not count"):
                return 0
            told, self._untold = self._untold, 0
            return told


_doubts = Doubts()


def batch(items: Sequence[Item], receipt: Receipt) -> None:
    """Logs a line for every mail, and one for every suppression that began or ended."""
    for item, intake in zip(items, receipt.intakes, strict=True):
        loud = any(event.class_ == "block" for event in item.reading.events) if item.reading else False
        log.log(logging.WARNING if loud else logging.INFO, "%s", mail(item, intake))
    changes(receipt)


def changes(receipt: Receipt) -> None:
    """Logs a line for every event that was attributed later, and for every suppression that began or ended."""
    for one in receipt.attributed:
        log.info("%s", line("attributed", event=one.event, address=one.address, evidence=one.evidence))
    for address, found in receipt.started:
        log.info("%s", suppression("suppressed", address, found))
    for address, found in receipt.ended:
        log.info("%s", suppression("released", address, found))
    if told := _doubts.add(receipt.doubted):
        log.warning("%s", line("not-counted", events=told, see="bounced held"))


def mail(item: Item, intake: Intake) -> str:
    """The line about one mail."""
    origin, reading = intake.origin, item.reading
    where = {"mailbox": origin.mailbox, "name": origin.name, "outcome": intake.outcome}
    if reading is None:
        return line("mail", **where)
    events = reading.events
    return line(
        "mail",
        **where,
        kind=reading.kind,
        decoder=reading.decoder,
        address=_joined(events, "address"),
        action=_joined(events, "action"),
        trust=_joined(events, "trust"),
        reason=_joined(events, "reason"),
        feedback_type=_joined(events, "feedback_type"),
        status=_joined(events, "status"),
        campaign=_joined(events, "campaign"),
        arrived_at=times.iso(item.message.arrived_at),
        problem=reading.problem,
        subject=reading.subject[:80] if intake.outcome != "counted" else "",
    )


def suppression(what: str, address: str, found: Suppression) -> str:
    """The line about a suppression."""
    return line(
        what,
        address=address,
        scope=found.scope,
        cause=found.cause,
        reason=found.reason,
        bounces=found.bounces or "",
        first=times.iso_or_none(found.first_bounce_at),
        last=times.iso_or_none(found.last_bounce_at),
        until=times.iso_or_none(found.until),
    )


def _joined(events: Sequence[Event], name: str) -> str:
    """The distinct values of a field, the first few of them."""
    values = [value for value in dict.fromkeys(getattr(event, name) for event in events) if value]
    return ",".join(values[:NAMED]) + (f",+{len(values) - NAMED}" if len(values) > NAMED else "")


def _quoted(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text)
