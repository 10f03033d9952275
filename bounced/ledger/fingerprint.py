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
from collections.abc import Iterable, Mapping

#: Octets of the body that are looked at. A quarter of what is ever read of a message, so that a cut copy is recognized
#: regardless of its line ends, the length of its header and its mbox escapes.
BODY_OCTETS = 65_536

#: What numbers a message.
NUMBER = (b"message-id",)

#: Headers that the sender of a message wrote, which identify it with the Message-ID; the first of each counts.
WRITTEN = (b"from", b"to", b"content-type", b"x-failed-recipients")

#: What else identifies a message that has no Message-ID.
UNNUMBERED = (b"date", b"subject")

#: Headers in which a delivery writes the envelope recipient: the one before it was rewritten comes first.
DELIVERY = (b"x-original-to", b"envelope-to", b"x-envelope-to", b"delivered-to")

#: What identified a message that has no Message-ID until migration m007, and nothing else did.
EARLIER = (b"date", b"from", b"to", b"subject")

#: What is looked at of a header.
IDENTIFYING = frozenset((b"received", *NUMBER, *WRITTEN, *UNNUMBERED, *DELIVERY, *EARLIER))

#: White space in a name or next to it, with line ends that only fold the field.
_SPACE = rb"(?:[ \t\f\v]|\n[ \t])*"

#: The end of a line and, after it, the name of an identifying field and its folded value.
_FIELD = re.compile(
    rb"\n(?:[\f\v]%b)?(%b)%b(?::([^\n]*(?:\n[ \t][^\n]*)*)|(?=\n(?![ \t])|\Z))"
    % (_SPACE, b"|".join(sorted(IDENTIFYING)), _SPACE),
    re.IGNORECASE,
)
_ESCAPED_FROM = re.compile(rb"^>+(?=From )", re.MULTILINE)


def fingerprint(content: bytes) -> str:
    """64 hex digits: SHA-256 of the header's identifying fields and the body, regardless of its line ends."""
    header, body = _split(content)
    return hashlib.sha256(b"".join([b"%d:%b" % (len(part), part) for part in (*_identity(header), body)])).hexdigest()


def earlier(content: bytes) -> str:
    """The fingerprint that the message has in a ledger that recorded it before migration m007."""
    header, body = _split(content)
    first = dict(reversed(_fields(header)))
    message_id = _values(first, NUMBER)
    identity = message_id if any(message_id) else _values(first, EARLIER)
    return hashlib.sha256(b"\0".join([*identity, body])).hexdigest()


def unfetched(place: str, size: int) -> str:
    """The fingerprint of a message that was too large to fetch: of its place and its size in octets."""
    return hashlib.sha256(b"\0".join([b"unfetched", place.encode(), str(size).encode()])).hexdigest()


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The header, and the body as far as it is looked at, as they are in a file with LF and without mbox escapes."""
    text = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content
    if text.startswith((b"From ", b">From ")):
        text = text.partition(b"\n")[2]
    header, _, body = text.partition(b"\n\n")
    body = _ESCAPED_FROM.sub(b"", body) if b">From " in body else body
    return header, body[:BODY_OCTETS].rstrip(b"\n")


def _identity(header: bytes) -> list[bytes]:
    fields = _fields(header)
    first = dict(reversed(fields))
    message_id = _values(first, NUMBER)
    delivered_to = next(filter(None, _values(_first_delivery(fields), DELIVERY)), b"")
    unnumbered = [] if any(message_id) else _values(first, UNNUMBERED)
    return [*message_id, *_values(first, WRITTEN), delivered_to, *unnumbered]


def _first_delivery(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers of delivery that no Received parts from the lowest one: each delivery writes a Received below its."""
    delivery: dict[bytes, bytes] = {}
    parted = False
    for name, value in fields:
        if name == b"received":
            parted = True
        elif name in DELIVERY:
            if parted:
                delivery = {}
            delivery[name] = value
            parted = False
    return delivery


def _fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """The identifying fields of ``header``, in order: name in lower case, and folded value."""
    return [(name.lower(), value) for name, value in _FIELD.findall(b"\n" + header.lstrip())]


def _values(fields: Mapping[bytes, bytes], names: Iterable[bytes]) -> list[bytes]:
    """The values of ``names``, each on one line, empty where there is none."""
    return [b" ".join(fields.get(name, b"").split()) for name in names]
