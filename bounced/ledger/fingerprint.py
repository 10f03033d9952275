"""Recognises a message wherever it is read again: IMAP, a Maildir copy, an mbox export, CRLF turned into LF. Pure."""

from __future__ import annotations

import hashlib
import re

from bounced.mime import raw_fields

#: Octets of the body that are looked at. A quarter of what is ever read of a message, so that a cut copy is recognised
#: whatever its line ends, its header's length and its mbox escapes cost.
BODY_OCTETS = 65_536

#: What identifies a message that has no Message-ID. None of these is written by the servers it passes.
FALLBACK = (b"date", b"from", b"to", b"subject")

_ESCAPED_FROM = re.compile(rb"^>+(?=From )", re.MULTILINE)


def fingerprint(content: bytes) -> str:
    """64 hex digits: SHA-256 of the Message-ID and the body; trace headers and line ends do not change it."""
    text = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if text.startswith((b"From ", b">From ")):
        text = text.partition(b"\n")[2]
    header, _, body = text.partition(b"\n\n")
    body = _ESCAPED_FROM.sub(b"", body)[:BODY_OCTETS].rstrip(b"\n")
    return hashlib.sha256(b"\0".join([*_identity(header), body])).hexdigest()


def unfetched(place: str, size: int) -> str:
    """The fingerprint of a message that was too large to fetch: of where it lies and its size in octets."""
    return hashlib.sha256(b"\0".join([b"unfetched", place.encode(), str(size).encode()])).hexdigest()


def _identity(header: bytes) -> list[bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value in raw_fields(header.lstrip(b"\n")):
        fields.setdefault(name.strip(), b" ".join(value.split()))
    if message_id := fields.get(b"message-id"):
        return [message_id]
    return [fields.get(name, b"") for name in FALLBACK]
