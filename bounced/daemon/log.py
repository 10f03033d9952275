"""The log: a line for every message, every poll that did something, every suppression, and every failure."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from operator import attrgetter

from bounced import times
from bounced.daemon.blocks import Blocks
from bounced.daemon.log_line import Line, line
from bounced.daemon.log_output import Format, handler
from bounced.daemon.log_queue import Queued
from bounced.errors import MailboxError, UserError
from bounced.ledger.arrivals import SilenceChange
from bounced.ledger.followed import Followed
from bounced.ledger.ledger import Receipt
from bounced.ledger.sinks import Notice
from bounced.model import Event, Intake, Item
from bounced.pipeline import Observer
from bounced.sources.retry import Reminder

#: Values of one field that the line about a message shows: recipients, say.
VALUES_LIMIT = 5

#: The fields of events that the line about a message shows.
OF_EVENTS = ("address", "action", "trust", "reason", "feedback_type", "status", "campaign")
_VALUES_OF = attrgetter(*OF_EVENTS)

#: Seconds that the end waits until the last lines are written.
END_SECONDS = 0.5

log = logging.getLogger("bounced")


@contextmanager
def started(form: Format, identifier: str) -> Iterator[None]:
    """Writes everything from INFO on to standard error, or to the journal where that is the journal.

    Nobody waits for whoever takes the log, except the end for END_SECONDS. A bug that ends the process is logged.
    """
    queued = Queued(handler(form, identifier))
    logging.basicConfig(level=logging.WARNING, handlers=[queued], force=True)
    logging.captureWarnings(True)
    log.setLevel(logging.INFO)
    # It would log a traceback for what bounced.daemon.service logs in a line, and warn of wake-ups that are not lost.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    try:
        yield
    except (UserError, MailboxError, OSError):
        raise
    except Exception as error:
        internal_error(error)
        raise
    finally:
        queued.finish(END_SECONDS)


def internal_error(error: BaseException) -> None:
    """Logs a bug of ours with its traceback."""
    fact(logging.CRITICAL, "internal-error", problem=repr(error), fault=error)


def is_written(patience: float) -> bool:
    """True when all lines were written that were logged until now, which may take ``patience`` seconds."""
    return all(queued.is_written(patience) for queued in _queues())


def lost() -> int:
    """How many lines were dropped since the start, because nobody took them."""
    return sum(queued.lost for queued in _queues())


def _queues() -> list[Queued]:
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, Queued)]


def fact(level: int, event: str, /, *, fault: BaseException | None = None, **facts: object) -> None:
    """Logs ``event`` with its non-empty facts, and the traceback of ``fault``, which is a bug."""
    log.log(level, "%s", line(event, **facts), exc_info=fault)


def migrated(news: str) -> None:
    """Logs what opening a database of an earlier version has changed in it, if anything."""
    if news:
        fact(logging.WARNING, "migrated", changes=news)


def followed(changes: Followed) -> None:
    """Logs what judging everything by another policy has changed, if anything."""
    if changes:
        level = logging.WARNING if changes.withheld else logging.INFO
        fact(
            level,
            "policy-changed",
            suppressed=changes.suppressed,
            released=changes.released,
            withheld=changes.withheld or "",
            see="bounced withheld" if changes.withheld else "",
        )


def silence(change: SilenceChange) -> None:
    """Logs that a mailbox or a feedback loop fell silent, or does so no more."""
    level, event = (logging.WARNING, "silent") if change.is_silent else (logging.INFO, "silence-over")
    limit = f"{change.limit // timedelta(hours=1)}h"
    fact(level, event, kind=change.kind, name=change.name, since=times.iso(change.since), limit=limit)


class HeldEvents:
    """When to log that events do not count: the first time, then at most once an hour. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._reminder = Reminder(clock)
        self._unlogged = 0

    def add(self, events: int) -> int:
        """How many events to log, which are those since the last time; 0 when no line is due."""
        with self._lock:
            self._unlogged += events
            if not events or not self._reminder.is_due("events do not count"):
                return 0
            due, self._unlogged = self._unlogged, 0
            return due


class Batches:
    """Logs a line for every message, and for everything that it changed: an output. From any thread."""

    def __init__(self) -> None:
        self._held = HeldEvents()
        self._blocks = Blocks()

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Logs the results of ``items``."""
        for item, intake in zip(items, receipt.intakes, strict=True):
            log.info("%s", mail(item, intake))
        others(receipt)
        for digest in self._blocks.add(_blocks(items, receipt)):
            fact(
                logging.WARNING,
                "blocked",
                provider=digest.provider,
                events=digest.events,
                text=digest.text,
                see="bounced report",
            )
        followed(receipt.followed)
        for change in receipt.incidents:
            state = "opened" if change.is_open else "closed"
            unit = f"{change.dimension} {change.name}"
            fact(logging.WARNING, "incident", id=change.number, state=state, unit=unit, see="bounced incidents")
        if events := self._held.add(receipt.held):
            fact(logging.WARNING, "held", events=events, see="bounced held")

    def status(self) -> str:
        """Nothing: all of it is in the log."""
        return ""


def _blocks(items: Sequence[Item], receipt: Receipt) -> Iterator[Event]:
    """The blocks that were counted just now: our own fault, so that the operator is told loudly."""
    for item, intake in zip(items, receipt.intakes, strict=True):
        if item.parsed and intake.outcome == "counted" and item.fingerprint in receipt.blocked:
            yield from (event for event in item.parsed.events if event.class_ == "block")


@contextmanager
def poll(mailbox: str, observe: Observer) -> Iterator[Observer]:
    """An observer that calls ``observe`` and counts; a poll that did something ends with a line of these numbers."""
    begun, counts = time.monotonic(), Counter[str]()

    def counting(items: Sequence[Item], receipt: Receipt) -> None:
        counts.update(intake.outcome for intake in receipt.intakes)
        counts.update({"suppressed": len(receipt.started), "released": len(receipt.ended)})
        observe(items, receipt)

    try:
        yield counting
    finally:
        counted = {name.replace("-", "_"): number for name, number in counts.items() if number}
        if counted:
            log.info("%s", line("poll", mailbox=mailbox, **counted, seconds=round(time.monotonic() - begun, 2)))


def others(receipt: Receipt) -> None:
    """Logs a line for every event attributed later, and for the brake."""
    for attributed in receipt.attributed:
        fact(
            logging.INFO,
            "attributed",
            event=attributed.event,
            address=attributed.address,
            evidence=attributed.evidence,
        )
    if receipt.brake:
        fact(logging.WARNING, "brake", withheld=receipt.withheld, limit=receipt.brake, see="bounced withheld")


def mail(item: Item, intake: Intake) -> Line:
    """The line about one message."""
    origin, parsed = intake.origin, item.parsed
    place = {"mailbox": origin.mailbox, "name": origin.name, "outcome": intake.outcome}
    if parsed is None:
        return line("mail", **place)
    return line(
        "mail",
        **place,
        kind=parsed.kind,
        decoder=parsed.decoder,
        **dict(zip(OF_EVENTS, map(_some, zip(*map(_VALUES_OF, parsed.events), strict=True)), strict=False)),
        arrived_at=times.iso(item.message.arrived_at),
        problem=parsed.problem,
        events_dropped=parsed.events_dropped or "",
        subject=parsed.subject[:80] if intake.outcome != "counted" else "",
    )


def change(notice: Notice) -> None:
    """Logs a change of the outbox if it is a suppression that began or ended, or an alarm."""
    if notice.type == "suppression.added":
        log.info("%s", suppression_line("suppressed", notice))
    elif notice.type in ("suppression.expired", "suppression.removed"):
        log.info("%s", suppression_line("released", notice))
    elif notice.type == "alarm.raised":
        log.log(_alarm_level(notice), "%s", line("alarm-raised", **notice.data))
    elif notice.type == "alarm.reminded":
        log.log(_alarm_level(notice), "%s", line("alarm-reminded", **notice.data))
    elif notice.type == "alarm.recovered":
        log.info("%s", line("alarm-recovered", **notice.data))


def _alarm_level(notice: Notice) -> int:
    return logging.ERROR if notice.data["state"] == "CRITICAL" else logging.WARNING


def suppression_line(event: str, notice: Notice) -> Line:
    """The line about a suppression that began or ended."""
    facts = notice.data
    return line(
        event,
        address=notice.key,
        **{name: facts.get(name) for name in ("scope", "cause", "reason", "bounces")},
        first=facts.get("first_bounce_at"),
        last=facts.get("last_bounce_at"),
        until=facts.get("until"),
    )


def _some(stated: Sequence[str]) -> tuple[str, ...]:
    """The first few distinct values of a field, and how many more there are."""
    values = tuple(filter(None, dict.fromkeys(stated)))
    return (*values[:VALUES_LIMIT], f"+{len(values) - VALUES_LIMIT}") if len(values) > VALUES_LIMIT else values
