"""What the daemon tells: a line for every mail and every poll that did something, for suppressions and for troubles."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bounced import times
from bounced.daemon.log_line import Line, line
from bounced.daemon.log_output import Format, handler
from bounced.ledger.ledger import Receipt
from bounced.model import Event, Intake, Item
from bounced.pipeline import Observer
from bounced.policy import Suppression
from bounced.retry import Reminder

#: Recipients of one mail that its line names.
NAMED = 5

log = logging.getLogger("bounced")


def start(form: Format, identifier: str) -> None:
    """Has everything from INFO on written to standard error, or to the journal where that is the journal."""
    logging.basicConfig(level=logging.WARNING, handlers=[handler(form, identifier)], force=True)
    log.setLevel(logging.INFO)
    # It would show a traceback of what bounced.daemon.service says in a line, and warn of wake-ups that are not lost.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


def fact(level: int, what: str, *, fault: BaseException | None = None, **facts: object) -> None:
    """Logs what happened, with those facts that say something, and the traceback of a ``fault`` of our own."""
    log.log(level, "%s", line(what, **facts), exc_info=fault)


class Doubts:
    """Says that events do not count: at the first one, then at most once an hour. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._episode = Reminder(clock)
        self._untold = 0

    def add(self, events: int) -> int:
        """How many events to tell of, which are those since the last time; 0 when nothing is due."""
        with self._lock:
            self._untold += events
            if not events or not self._episode.failed("events do not count"):
                return 0
            told, self._untold = self._untold, 0
            return told


class Batches:
    """Logs a line for every message, and for everything that it changed: an output. From any thread."""

    def __init__(self) -> None:
        self._doubts = Doubts()

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Logs what ``items`` came to."""
        for item, intake in zip(items, receipt.intakes, strict=True):
            loud = any(event.class_ == "block" for event in item.parsed.events) if item.parsed else False
            log.log(logging.WARNING if loud else logging.INFO, "%s", mail(item, intake))
        _changes(receipt)
        if told := self._doubts.add(receipt.held):
            fact(logging.WARNING, "held", events=told, see="bounced held")

    def status(self) -> str:
        """Nothing: all of it is in the log."""
        return ""


@contextmanager
def poll(mailbox: str, observe: Observer) -> Iterator[Observer]:
    """An observer that tells ``observe`` and counts; a poll that did something ends with a line of these numbers."""
    begun, counts = time.monotonic(), Counter[str]()

    def counting(items: Sequence[Item], receipt: Receipt) -> None:
        counts.update(intake.outcome for intake in receipt.intakes)
        counts.update({"suppressed": len(receipt.started), "released": len(receipt.ended)})
        observe(items, receipt)

    try:
        yield counting
    finally:
        done = {name.replace("-", "_"): number for name, number in counts.items() if number}
        if done:
            log.info("%s", line("poll", mailbox=mailbox, **done, seconds=round(time.monotonic() - begun, 2)))


def _changes(receipt: Receipt) -> None:
    """Logs a line for every event that was attributed later, and for every suppression that began or ended."""
    for one in receipt.attributed:
        fact(logging.INFO, "attributed", event=one.event, address=one.address, evidence=one.evidence)
    for address, found in receipt.started:
        log.info("%s", suppression("suppressed", address, found))
    for address, found in receipt.ended:
        log.info("%s", suppression("released", address, found))


def mail(item: Item, intake: Intake) -> Line:
    """The line about one mail."""
    origin, parsed = intake.origin, item.parsed
    where = {"mailbox": origin.mailbox, "name": origin.name, "outcome": intake.outcome}
    if parsed is None:
        return line("mail", **where)
    events = parsed.events
    return line(
        "mail",
        **where,
        kind=parsed.kind,
        decoder=parsed.decoder,
        address=_some(events, "address"),
        action=_some(events, "action"),
        trust=_some(events, "trust"),
        reason=_some(events, "reason"),
        feedback_type=_some(events, "feedback_type"),
        status=_some(events, "status"),
        campaign=_some(events, "campaign"),
        arrived_at=times.iso(item.message.arrived_at),
        problem=parsed.problem,
        subject=parsed.subject[:80] if intake.outcome != "counted" else "",
    )


def suppression(what: str, address: str, found: Suppression) -> Line:
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


def _some(events: Sequence[Event], name: str) -> tuple[str, ...]:
    """The distinct values of a field, the first few of them, and how many more there are."""
    values = tuple(value for value in dict.fromkeys(getattr(event, name) for event in events) if value)
    return (*values[:NAMED], f"+{len(values) - NAMED}") if len(values) > NAMED else values
