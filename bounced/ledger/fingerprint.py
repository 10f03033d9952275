"""Recognizes a message wherever it is read again: IMAP, a Maildir copy, an mbox export, CRLF turned into LF. Pure.

1. What the sender of a message wrote tells it from others: two reports with one Message-ID and one text, about two
   recipients, are two.
2. What is added on top of a header later (Received, another delivery) does not change it: of several deliveries the
   lowest counts, which was the first.
3. A message keeps the fingerprint that it was recorded with: ``earlier`` is how the version before migration m007 made
   it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from bounced.mime import raw_fields

#: Octets of the body that are looked at. A quarter of what is ever read of a message, so that a cut copy is recognized
#: regardless of its line ends, the length of its header and its mbox escapes.
BODY_OCTETS = 65_536

#: Headers that the sender of a message wrote, which identify it with the Message-ID; the first of each counts.
WRITTEN = (b"from", b"to", b"content-type", b"x-failed-recipients")

#: What else identifies a message that has no Message-ID.
UNNUMBERED = (b"date", b"subject")

#: Headers in which a delivery writes the envelope recipient: the one before it was rewritten comes first.
DELIVERY = (b"x-original-to", b"envelope-to", b"x-envelope-to", b"delivered-to")

#: What identified a message that has no Message-ID until migration m007, and nothing else did.
EARLIER = (b"date", b"from", b"to", b"subject")

#: What is looked at of a header.
IDENTIFYING = frozenset((b"message-id", b"received", *WRITTEN, *UNNUMBERED, *DELIVERY, *EARLIER))

_ESCAPED_FROM = re.compile(rb"^>+(?=From )", re.MULTILINE)


def fingerprint(content: bytes) -> str:
    """64 hex digits: SHA-256 of the header's identifying fields and the body, regardless of its line ends."""
    header, body = _split(content)
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in (*_identity(header), body))).hexdigest()


def earlier(content: bytes) -> str:
    """The fingerprint that the message has in a ledger that recorded it before migration m007."""
    header, body = _split(content)
    fields = dict(reversed(list(_fields(header))))
    message_id = fields.get(b"message-id")
    identity = [message_id] if message_id else [fields.get(name, b"") for name in EARLIER]
    return hashlib.sha256(b"\0".join([*identity, body])).hexdigest()


def unfetched(place: str, size: int) -> str:
    """The fingerprint of a message that was too large to fetch: of its place and its size in octets."""
    return hashlib.sha256(b"\0".join([b"unfetched", place.encode(), str(size).encode()])).hexdigest()


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The header, and the body as far as it is looked at, as they are in a file with LF and without mbox escapes."""
    text = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if text.startswith((b"From ", b">From ")):
        text = text.partition(b"\n")[2]
    header, _, body = text.partition(b"\n\n")
    body = _ESCAPED_FROM.sub(b"", body) if b">From " in body else body
    return header, body[:BODY_OCTETS].rstrip(b"\n")


def _identity(header: bytes) -> Iterator[bytes]:
    fields = list(_fields(header))
    first = dict(reversed(fields))
    message_id = first.get(b"message-id", b"")
    yield message_id
    yield from (first.get(name, b"") for name in WRITTEN)
    delivery = _first_delivery(fields)
    yield next(filter(None, (delivery.get(name) for name in DELIVERY)), b"")
    if not message_id:
        yield from (first.get(name, b"") for name in UNNUMBERED)


def _first_delivery(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers of delivery that no Received parts from the lowest one: each delivery writes a Received below its."""
    delivery: dict[bytes, bytes] = {}
    parted = False
    for name, value in fields:
        if name == b"received":
            parted = True
        elif name in DELIVERY:
            delivery = {name: value} if parted else {**delivery, name: value}
            parted = False
    return delivery


def _fields(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The identifying fields of ``header``, in order: name in lower case, and value on one line."""
    fields = ((name.strip(), value) for name, value in raw_fields(header.lstrip(b"\n")))
    return ((name, b" ".join(value.split())) for name, value in fields if name in IDENTIFYING)
