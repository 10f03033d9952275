"""A ledger of millions of events in minutes: what was taken once is copied in SQL, as if others had failed before.

``reports`` are the samples as mails about made-up addresses; ``copy`` adds to a ledger what `Ledger.take` adds for the
same reports of another number, the earlier the higher (tests/ledger/test_copies_of_events.py compares them row by row).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database

from bounced import times
from bounced.identify import Sender
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.parse import parse

SAMPLES = Path(__file__).parents[2] / "samples"
MAILBOX = "imap:bounces/INBOX"

#: Between two reports: 40,000 of them take six weeks.
INTERVAL = timedelta(seconds=90)

#: In the order in which the rows refer to each other; the later ones refer to the first.
COPIES = (
    """INSERT INTO texts SELECT id + :more_texts, other(text, :number) FROM texts WHERE id > 0 AND id IN (
        SELECT address FROM event_rows WHERE id <= :events
        UNION SELECT original_message_id FROM unnamed WHERE event <= :events
    )""",
    """INSERT INTO original_messages
    SELECT id + :more_originals, other(original_message_id, :number), proved, recipient_id, headers
    FROM original_messages WHERE id <= :originals""",
    """INSERT INTO message_rows
    SELECT id + :more_messages, other_key(fingerprint, :number), arrived_at - 86400 * :days, recorded_at, message_kind,
        CAST(name + :number * :messages AS TEXT), size, recognized, events_dropped, events_expired
    FROM message_rows WHERE id <= :messages""",
    """INSERT INTO unrecognized SELECT message + :more_messages, content FROM unrecognized
    WHERE message <= :messages""",
    """INSERT INTO event_rows
    SELECT id + :more_events, message + :more_messages, happened_at - 86400 * :days, stored_at - 86400 * :days,
        iif(address, address + :more_texts, 0), campaign, diagnostic_code, other(final_recipient, :number),
        other(original_recipient, :number), sent, verdict, route, original + :more_originals
    FROM event_rows WHERE id <= :events""",
    """INSERT INTO unnamed
    SELECT event + :more_events, iif(original_message_id, original_message_id + :more_texts, 0), recipient_id
    FROM unnamed WHERE event <= :events""",
    """INSERT INTO unicode_addresses SELECT other(address, :number), other(address_unicode, :number)
    FROM unicode_addresses WHERE address IN (SELECT text FROM texts WHERE id <= :texts)""",
    """INSERT INTO recent SELECT kind, happened_at - 86400 * :days, event + :more_events FROM recent
    WHERE kind <> 'held' AND event <= :events""",
    """INSERT INTO doubt_rows SELECT iif(address, address + :more_texts, 0), event + :more_events, why, since
    FROM doubt_rows WHERE event <= :events""",
    """INSERT INTO place_rows
    SELECT mailbox, uidvalidity, uid + :number * :messages, message + :more_messages, outcome, settled
    FROM place_rows WHERE message <= :messages""",
    """INSERT INTO suppressions
    SELECT other(address, :number), scope, cause, reason, class, earlier(since, :days), earlier(until, :days), bounces,
        earlier(first_bounce_at, :days), earlier(last_bounce_at, :days), other_in(detail, address, :number),
        other(address_unicode, :number)
    FROM suppressions WHERE address IN (SELECT text FROM texts WHERE id <= :texts)""",
    """INSERT INTO failure_counts SELECT unit, span, at - 24 * :days / span, addresses
    FROM failure_counts WHERE at * span >= 24 * :first_day AND at * span < 24 * (:first_day + :calendar_days)""",
    """INSERT INTO latest_outcome_rows
    SELECT iif(identity > 0, identity + :more_texts, identity - :more_events), dimension, name, complaint,
        day - :days
    FROM latest_outcome_rows WHERE identity BETWEEN -:events AND :texts""",
)

LAST = """
SELECT (SELECT max(id) FROM texts) AS texts, (SELECT max(id) FROM original_messages) AS originals,
    (SELECT max(id) FROM message_rows) AS messages, (SELECT max(id) FROM event_rows) AS events
"""

#: The days of what failed: each copy is of as many before those.
DAYS = """
SELECT min(at) AS first_day, max(at) - min(at) + 1 AS calendar_days FROM failure_counts WHERE span = 24
"""


@cache
def parsed() -> tuple[tuple[bytes, Parsed], ...]:
    """The samples."""
    mails = [path.read_bytes() for path in sorted(SAMPLES.glob("*/*.eml"))]
    return tuple((mail, parse(mail, Sender())) for mail in mails)


def reports(count: int, addresses: int, now: datetime, number: int = 0) -> Iterator[Item]:
    """So many reports, the last one of ``now``, about so many addresses: those of copy ``number`` of them."""
    end = now.replace(microsecond=0)
    for index in range(count):
        mail, about = parsed()[index % len(parsed())]
        chance = random.Random(index)
        events = tuple(_renamed(event, index, chance.randrange(addresses), number) for event in about.events)
        at = end - (count - index) * INTERVAL
        uid = index + 1 + number * count
        message = RawMessage(Origin(MAILBOX, str(uid), 7, uid), at, mail, len(mail), stored_at=at)
        key = other_key(sha256(b"%d" % index).digest()[-16:], number)
        yield Item(message, key.hex(), replace(about, events=events, number=""))


def _renamed(event: Event, index: int, reader: int, number: int) -> Event:
    """``event`` about another message, and another address if it names one."""
    sent = replace(event, original_message_id=other(f"{index}@example.org", number) or "")
    if not event.address:
        return sent
    address = other(f"reader{reader}@{event.address.rpartition('@')[2]}", number) or ""
    return replace(
        sent,
        address=address,
        diagnostic_code=event.diagnostic_code.replace(event.address, address),
        final_recipient=address if event.final_recipient else "",
        original_recipient=address if event.original_recipient else "",
    )


def other(text: str | None, number: int) -> str | None:
    """An address or Message-ID in copy ``number``."""
    return text.replace("@", f".{number}@") if text and number else text


def other_in(text: str, address: str, number: int) -> str:
    """``text`` with its address in copy ``number``."""
    return text.replace(address, other(address, number) or "")


def other_key(fingerprint: bytes, number: int) -> bytes:
    """A stored fingerprint in copy ``number``."""
    return sha256(fingerprint + b"%d" % number).digest()[-16:] if number else fingerprint


def earlier(date: str | None, days: int) -> str | None:
    """A date of a copy that is so many days earlier."""
    return times.iso(times.parse(date) - timedelta(days=days)) if date else date


def originals(db: Database) -> dict[str, int]:
    """The last ids of what is to be copied, all that there is, and its days."""
    [ids], [days] = db.query(LAST), db.query(DAYS)
    return {**ids, **days}


def copy(db: Database, copied: dict[str, int], number: int) -> None:
    """Adds copy ``number`` (from 1 on) of the originals that are ``copied``. Call inside a transaction."""
    for function in (other, other_in, other_key, earlier):
        db.conn.create_function(function.__name__, -1, function, deterministic=True)
    [last] = db.query(LAST)
    offsets = {f"more_{name}": id_ for name, id_ in last.items()}
    for statement in COPIES:
        db.execute(statement, {**copied, **offsets, "number": number, "days": number * copied["calendar_days"]})
