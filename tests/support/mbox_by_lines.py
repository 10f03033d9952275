"""An mbox split as its format is told: line by line. Slow, and what the splitter in blocks is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator

EMPTY_LINES = (b"\n", b"\r\n")
CONTENT_LENGTH = re.compile(rb"content-length[ \t]{0,8}:[ \t]{0,8}([0-9]{1,12})\s*$", re.IGNORECASE)

Message = tuple[bytes, bytes, int]  # its separator, its content, and how many lines could be separators


def split(mbox: bytes, *, seekable: bool) -> Iterator[Message]:
    """Every message of ``mbox``; by Content-Length where it is ``seekable``."""
    lines = mbox.splitlines(keepends=True) if b"\r" not in mbox.replace(b"\r\n", b"") else _lines(mbox)
    separator, content, unquoted, has_begun = b"", b"", 0, False
    empty = b"\n"
    ends = _ends(b"", 0, lines) if seekable and not mbox.startswith(b"From ") else 0  # that begins a message
    position = 0
    for number, line in enumerate(lines):
        if empty and line.startswith(b"From ") and not _is_held(mbox, position + len(line), ends):
            if has_begun:
                yield separator, content, unquoted
            separator, content, unquoted, has_begun, empty = line, b"", 0, True, b""
            ends = _ends(line, position + len(line), lines[number + 1 :]) if seekable else 0
        elif has_begun or line not in EMPTY_LINES:
            empty = empty if has_begun else b""
            has_begun = True
            unquoted += line.startswith(b"From ")
            content += empty
            empty = line if line in EMPTY_LINES else b""
            content += b"" if empty else _unquoted(line)
        position += len(line)
    if has_begun:
        yield separator, content, unquoted


def _lines(mbox: bytes) -> list[bytes]:
    """Lines end with LF only."""
    parts = mbox.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _ends(separator: bytes, position: int, lines: list[bytes]) -> int:
    """Where the body of the message at ``position`` ends by its last Content-Length, 0 where it states none."""
    stated = 0
    for line in lines:
        position += len(line)
        if line in EMPTY_LINES:
            return position + stated if stated else 0
        if match := CONTENT_LENGTH.match(line):
            stated = int(match[1])
    return 0


def _is_held(mbox: bytes, end: int, body_ends: int) -> bool:
    """True when a line up to ``end`` is within a body that leads to a separator or the end."""
    if end > body_ends or body_ends > len(mbox):
        return False
    following = next(iter(_lines(mbox[body_ends:])), b"")
    if following in EMPTY_LINES:
        following = next(iter(_lines(mbox[body_ends + len(following) :])), b"")
    return following.startswith(b"From ") or not following


def _unquoted(line: bytes) -> bytes:
    return line[1:] if line[:1] == b">" and line.lstrip(b">").startswith(b"From ") else line
