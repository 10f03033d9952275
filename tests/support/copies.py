"""A ledger of millions of events in minutes: what was taken once is copied in SQL, as if it had been about others.

``reports`` are the samples as mails about made-up addresses; ``copy`` adds to a ledger what `Ledger.take` adds for the
same reports of another number (tests/ledger/test_copies_of_events.py compares the two, row by row).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database

from bounced.identify import Sender
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.parse import parse

SAMPLES = Path(__file__).parents[2] / "samples"
MAILBOX = "imap:bounces/INBOX"

#: Between two reports: 20,000 of them take six weeks.
INTERVAL = timedelta(minutes=3)

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
    SELECT id + :more_messages, other_key(fingerprint, :number), arrived_at, recorded_at, message_kind,
        CAST(name + :number * :messages AS TEXT), size, recognized, events_dropped, events_expired
    FROM message_rows WHERE id <= :messages""",
    """INSERT INTO unrecognized SELECT message + :more_messages, content FROM unrecognized
    WHERE message <= :messages""",
    """INSERT INTO event_rows
    SELECT id + :more_events, message + :more_messages, happened_at, stored_at,
        iif(address, address + :more_texts, 0), campaign, diagnostic_code, other(final_recipient, :number),
        other(original_recipient, :number), sent, verdict, route, original + :more_originals
    FROM event_rows WHERE id <= :events""",
    """INSERT INTO unnamed
    SELECT event + :more_events, iif(original_message_id, original_message_id + :more_texts, 0), recipient_id
    FROM unnamed WHERE event <= :events""",
    """INSERT INTO unicode_addresses SELECT other(address, :number), other(address_unicode, :number)
    FROM unicode_addresses WHERE address IN (SELECT text FROM texts WHERE id <= :texts)""",
    """INSERT INTO recent SELECT kind, happened_at, event + :more_events FROM recent
    WHERE kind <> 'held' AND event <= :events""",
    """INSERT INTO doubt_rows SELECT iif(address, address + :more_texts, 0), event + :more_events, why, since
    FROM doubt_rows WHERE event <= :events""",
    """INSERT INTO place_rows
    SELECT mailbox, uidvalidity, uid + :number * :messages, message + :more_messages, outcome, settled
    FROM place_rows WHERE message <= :messages""",
    """INSERT INTO suppressions
    SELECT other(address, :number), scope, cause, reason, class, since, until, bounces, first_bounce_at,
        last_bounce_at, other_in(detail, address, :number), other(address_unicode, :number)
    FROM suppressions WHERE address IN (SELECT text FROM texts WHERE id <= :texts)""",
    """INSERT INTO latest_outcome_rows
    SELECT iif(identity > 0, identity + :more_texts, identity - :more_events), dimension, name, complaint,
        day
    FROM latest_outcome_rows WHERE identity BETWEEN -:events AND :texts""",
)

LAST = """
SELECT (SELECT max(id) FROM texts) AS texts, (SELECT max(id) FROM original_messages) AS originals,
    (SELECT max(id) FROM message_rows) AS messages, (SELECT max(id) FROM event_rows) AS events
"""


@cache
def parsed() -> tuple[tuple[bytes, Parsed], ...]:
    """The samples."""
    mails = [path.read_bytes() for path in sorted(SAMPLES.glob("*/*.eml"))]
    return tuple((mail, parse(mail, Sender())) for mail in mails)


def reports(count: int, addresses: int, number: int = 0, now: datetime | None = None) -> Iterator[Item]:
    """So many reports, the last one of ``now``, about so many addresses: those of copy ``number`` of them."""
    end = (now or datetime.now(UTC)).replace(microsecond=0)
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


def last_ids(db: Database) -> dict[str, int]:
    """The last ids of what is to be copied."""
    [row] = db.query(LAST)
    return row


def copy(db: Database, last: dict[str, int], number: int) -> None:
    """Adds copy ``number`` (from 1 on) of everything up to ``last``. Call inside a transaction."""
    for function in (other, other_in, other_key):
        db.conn.create_function(function.__name__, -1, function, deterministic=True)
    offsets = {f"more_{name}": number for name, number in last_ids(db).items()}
    for statement in COPIES:
        db.execute(statement, {**last, **offsets, "number": number})
