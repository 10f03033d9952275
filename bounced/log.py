"""One line a fact, ``event key=value …``; whatever a mail says is quoted, so a line can't be forged by one."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Sequence

from bounced import times
from bounced.ledger import Receipt
from bounced.model import Event, Intake, Item
from bounced.policy import Suppression

#: Recipients of one mail that its line names.
NAMED = 5

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


def batch(items: Sequence[Item], receipt: Receipt) -> None:
    """Logs a line for every mail, and one for every suppression that began or ended."""
    for item, intake in zip(items, receipt.intakes, strict=True):
        loud = any(event.class_ == "block" for event in item.reading.events) if item.reading else False
        log.log(logging.WARNING if loud else logging.INFO, "%s", mail(item, intake))
    for address, found in receipt.started:
        log.info("%s", suppression("suppressed", address, found))
    for address, found in receipt.ended:
        log.info("%s", suppression("released", address, found))


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
