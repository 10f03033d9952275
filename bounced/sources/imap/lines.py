"""Lines of servers that imaplib can't read, as it can. Each kind was seen; without, all that follows would be lost.

1. imaplib knows responses and their codes in capitals only, RFC 3501 (9) in any case, and with one blank between words:
   DavMail writes two where a folder is large (modern-email/defects#45).
2. It needs CRLF, and the blank before a text that is empty.
3. Blank lines are no responses. Some servers send one behind a literal (cpython#88574); only where the response can't
   end with the literal, as FETCH can't, is that known to be one.
4. Exchange 2013 sends the response code of a MOVE on a line of its own (parsedmarc#80, MailKit#115).
5. A literal may be one of octets that are no text (``~{5}``, RFC 3516).
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: The start of a response.
_RESPONSE = re.compile(rb" *(?:\*|[A-P]{4}\d+) +(?:\d+ +)?[A-Za-z-]+(?: +\[[A-Za-z-]+)?")

#: The end of a command without the text that has to follow.
_WITHOUT_TEXT = re.compile(rb" *[A-P]{4}\d+ +(?:OK|NO|BAD)\r\n", re.IGNORECASE)

_FETCH = re.compile(rb"\* \d+ FETCH \(")

_BARE_CODE = re.compile(rb" *\[COPYUID ", re.IGNORECASE)

_LITERAL8 = re.compile(rb"~(\{\d+\}\r\n)\Z")

_BLANK = b"\r\n"


class Lines:
    """The lines that ``read`` returns, mended. ``behind_literal`` has to be told of each literal that was read."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._is_behind_literal = False
        self._is_fetch = False  # the response of which a line was read last

    def behind_literal(self) -> None:
        """The next line goes on with the response whose literal was read."""
        self._is_behind_literal = True

    def next(self) -> bytes:
        """The next line, ``b""`` at the end."""
        goes_on, self._is_behind_literal = self._is_behind_literal, False
        line = self._line()
        while line == _BLANK and (self._is_fetch or not goes_on):
            line = self._line()
        if not goes_on:
            line = _begun(line)
            self._is_fetch = _FETCH.match(line) is not None
        return _LITERAL8.sub(rb"\1", line)

    def _line(self) -> bytes:
        return _ended(self._read())


def _ended(line: bytes) -> bytes:
    if line.endswith(b"\n") and not line.endswith(b"\r\n"):
        line = line[:-1] + b"\r\n"
    return line[:-2] + b" \r\n" if _WITHOUT_TEXT.fullmatch(line) else line


def _begun(line: bytes) -> bytes:
    if _BARE_CODE.match(line):
        line = b"* OK " + line
    begin = _RESPONSE.match(line)
    return b" ".join(begin[0].upper().split()) + line[begin.end() :] if begin else line
