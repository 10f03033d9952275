"""Holds complaints that nobody proved and that are about several recipients, or too many of one source in a day.

1. A report is judged once, when it arrives, and what counted is never taken back.
2. Only complaints that count by themselves are asked: trusted enough, for this mailbox, not verified.
3. A feedback loop sends a message for each complaint; one that complains for several people speaks for none of them.
4. The day is that on which the mailbox got the message, where that is known: a forger can't choose it.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.ledger import floods, tenants
from bounced.model import Event
from bounced.policy import Policy, is_complaint, why_held

#: Complaints of one source in a day, for each message that is known to have been sent in the days before it.
COMPLAINTS_PER_MESSAGE = 0.001

SEVERAL = "complaints about more than one recipient in one message"

COUNT_COMPLAINT = """
INSERT INTO complaint_sources (source, day, complaints, allowed) VALUES (?, ?, 1, ?)
ON CONFLICT (source, day) DO UPDATE SET complaints = complaints + 1 RETURNING complaints, allowed
"""

OVER = "SELECT 1 FROM complaint_sources WHERE source = ? AND day = ? AND complaints > allowed"

ALLOW = "UPDATE complaint_sources SET allowed = ? WHERE source = ? AND day = ?"


def note(db: Database, event: Event, day: str, complaints: int, rule: Policy) -> str:
    """Counts a new complaint, one of ``complaints`` in a report of ``day``; returns why it is held, ``""`` if not."""
    if not _is_asked(event, rule):
        return ""
    if complaints > 1:
        return SEVERAL
    number = rule.complaints_per_source
    if not number:
        return ""
    allowed = _allowed(db, event, day, number)
    return f"more than {allowed} complaints from one source in a day" if allowed else ""


def is_over(db: Database, event: Event, day: str, complaints: int, rule: Policy) -> bool:
    """True when ``note`` would hold a new complaint, unless it is the first beyond the number of the day."""
    return _is_asked(event, rule) and (
        complaints > 1 or db.execute(OVER, [tenants.source(event), day]).fetchone() is not None
    )


def _is_asked(event: Event, rule: Policy) -> bool:
    """True for a complaint that counts by itself without being verified."""
    return bool(rule.count) and is_complaint(event) and event.trust != "verified" and not why_held(event, "", rule)


def _allowed(db: Database, event: Event, day: str, number: int) -> int:
    """Counts a complaint; returns how many are allowed when there are more, else 0."""
    source = tenants.source(event)
    [(complaints, allowed)] = db.execute(COUNT_COMPLAINT, [source, day, number]).fetchall()
    if complaints == allowed + 1 == number + 1:
        allowed += int(floods.sent_lately(db, day, event.tenant) * COMPLAINTS_PER_MESSAGE)
        db.execute(ALLOW, [allowed, source, day])
    return allowed if complaints > allowed else 0
