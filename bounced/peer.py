"""What the other side says, without the secrets that we have told it.

A server may repeat them as they are, quoted, in base64 together with what else SASL sends, or in part; imaplib shows a
line that it does not understand as Python writes octets, and its first words in capitals.
"""

from __future__ import annotations

import ipaddress
import string
from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

#: Characters of a secret in a row that are hidden, wherever it was cut; one that is shorter is hidden as a whole.
_PIECE = 8

#: Less of it in base64 would be found in ordinary words.
_LEAST_BASE64 = 4

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def masked(text: str, *secrets: str) -> str:
    """``text`` with ``***`` for all that is of ``secrets``; it loses its backslashes then, too."""
    pieces = {piece for secret in filter(None, secrets) for form in _forms(secret) for piece in _pieces(_bare(form))}
    shown = text.replace("\\", "")
    bare = _bare(shown)
    covered = bytearray(len(bare))
    for length in set(map(len, pieces)):
        for at in range(len(bare) - length + 1):
            if bare[at : at + length] in pieces:
                covered[at : at + length] = b"\1" * length
    if not any(covered):
        return text
    runs = groupby(zip(shown, covered, strict=True), itemgetter(1))
    return "".join("***" if secret else "".join(char for char, _ in run) for secret, run in runs)


def _bare(text: str) -> str:
    """``text`` without what quoting adds, in small letters."""
    return text.replace("\\", "").translate(_SMALL)


def _pieces(form: str) -> Iterator[str]:
    for at in range(max(1, len(form) - _PIECE + 1)):
        yield form[at : at + _PIECE]


def _forms(secret: str) -> Iterator[str]:
    octets = secret.encode(errors="replace")
    yield secret
    yield octets.decode("ascii", "replace")  # as imaplib reads it
    yield repr(octets)[2:-1]
    for before, first in enumerate((0, 2, 3)):  # characters that depend on nothing but the secret, wherever it begins
        code = b64encode(bytes(before) + octets).decode()[first : (before + len(octets)) * 8 // 6]
        if len(code) >= _LEAST_BASE64:
            yield code


def is_loopback(host: str) -> bool:
    """True for this machine itself: secrets may go there without TLS."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_SAID_LIMIT = 200


_HEARD_LIMIT = 16 * 1024  # of what is looked through for secrets


def said(problem: Exception, *secrets: str) -> str:
    """What a library or a server said, made harmless: one line of printable characters, without ``secrets``, cut."""
    words = [str(getattr(problem, name, None) or "") for name in ("verify_message", "strerror")]
    said = next(filter(None, [*words, str(problem), type(problem).__name__]))
    return printable(said, *secrets).removeprefix("b'").removesuffix("'")


def printable(text: str, *secrets: str) -> str:
    """``text`` in one line of printable characters, without ``secrets``, cut."""
    shown = masked(text[:_HEARD_LIMIT], *secrets)[:_SAID_LIMIT]
    return "".join(char if char.isprintable() else " " for char in shown)
