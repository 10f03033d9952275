"""Raw header fields, for whatever must not depend on a MIME parser: dates, fingerprints, authentication results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from bounced.model import Original

HEADER_LIMIT = 64 * 1024  # octets
FIELDS_LIMIT = 1200  # from the top

#: A comment without others, which most are.
_COMMENT = re.compile(r"\((?<!\\\()[^()\\]*\)")
_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_NESTING = {"(": 1, ")": -1}


def header_lines(content: bytes) -> bytes:
    """The lines of the header that ``content`` begins with, each after LF instead of before its own line end."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return (b"\n" + content).partition(b"\n\n")[0]


def raw_fields(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name in lower case and unfolded value of each header field that ``content`` begins with, in order, undecoded."""
    for field in header_lines(content)[1:].replace(b"\n ", b"  ").replace(b"\n\t", b" \t").split(b"\n"):
        if field:
            name, _, value = field.partition(b":")
            yield name.rstrip(b" \t").lower(), value


def header_of(content: bytes, name: bytes) -> Original:
    """The fields ``name`` (in lower case) of the header that ``content`` begins with, unfolded; of the first ones."""
    fields = islice(raw_fields(content[:HEADER_LIMIT].lstrip()), FIELDS_LIMIT)
    return Original.of(tuple((key.decode(), _unfolded(value)) for key, value in fields if key == name))


def _unfolded(value: bytes) -> str:
    return " ".join(value.decode("utf-8", "replace").split())


def without_comments(value: str) -> str:
    """``value`` of ``Received`` without its comments (RFC 5322 3.2.2) and what follows one that does not end.

    Double quotes do not hide parentheses: a stray one may come from HELO.
    """
    value = _COMMENT.sub(" ", value)
    kept, depth, start = [], 0, 0
    for mark in _MARK.finditer(value):
        step = _NESTING.get(mark[0], 0)
        if step and not depth:
            kept.append(value[start : mark.start()])
        depth = max(0, depth + step)
        if step and not depth:
            start = mark.end()
    return " ".join(kept if depth else [*kept, value[start:]])
