"""Transfer encodings (RFC 2045 6) and those of encoded words (RFC 2047 4), decoded and encoded again."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_LINE_OCTETS = 57  # octets of a line of 76 characters


@dataclass(frozen=True, slots=True)
class Coding:
    """One encoding; ``encode`` also gets the line end to write. Neither raises."""

    decode: Callable[[bytes], bytes]
    encode: Callable[[bytes, bytes], bytes]


def _from_base64(encoded: bytes) -> bytes:
    """The octets of the complete groups of four, ignoring anything between them."""
    letters = _NOT_BASE64.sub(b"", encoded)
    letters += b"=" * (-len(letters) % 4) if len(letters) % 4 != 1 else b"A=="
    return binascii.a2b_base64(letters)


def _to_base64(body: bytes, newline: bytes) -> bytes:
    lines = (body[start : start + _LINE_OCTETS] for start in range(0, len(body), _LINE_OCTETS))
    return b"".join(binascii.b2a_base64(line, newline=False) + newline for line in lines)


def _word_to_base64(body: bytes, _: bytes) -> bytes:
    return binascii.b2a_base64(body, newline=False)


def _word_from_qp(encoded: bytes) -> bytes:
    return binascii.a2b_qp(encoded, header=True)


def _word_to_qp(body: bytes, _: bytes) -> bytes:
    quoted = (
        b"_" if octet == 32 else bytes((octet,)) if chr(octet).isascii() and chr(octet).isalnum() else b"=%02X" % octet
        for octet in body
    )
    return b"".join(quoted)


def _to_qp(body: bytes, _: bytes) -> bytes:
    return binascii.b2a_qp(body)


PLAIN = Coding(bytes, lambda body, _: body)
BODY_CODINGS: Mapping[bytes, Coding] = {
    b"base64": Coding(_from_base64, _to_base64),
    b"quoted-printable": Coding(binascii.a2b_qp, _to_qp),
}
WORD_CODINGS: Mapping[str, Coding] = {
    "b": Coding(_from_base64, _word_to_base64),
    "q": Coding(_word_from_qp, _word_to_qp),
}
