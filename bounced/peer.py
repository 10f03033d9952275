"""What the other side says, made harmless: messages, mail servers, users. Pure. Which function to use where:

* ``one_line`` for words that a decoder quotes: white space folded, nothing else changed.
* ``storable`` for everything of a message that gets into the ledger.
* ``printable`` for a terminal, a table or a CSV cell: control characters become U+FFFD, a long text gets an ellipsis.
* ``escaped`` for the log: control characters stay readable, as ``\\x1b``.
* ``said`` for a library's exception and ``quoted`` for a server's answer, both without our secrets (``masked``).
* ``counted`` for a number of them, ``days`` for one of days, ``waiting`` for how many wait.
* ``is_printable`` for input that is refused rather than changed.
"""

from __future__ import annotations

import ipaddress
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import groupby
from string import ascii_lowercase, ascii_uppercase

#: Characters of the words that a decoder quotes.
WORDS_LIMIT = 1500

#: Characters of one value in the ledger.
STORED_LIMIT = 1000

#: Characters of one value in a table or a message for a terminal.
SHOWN_LIMIT = 200

#: Characters of a server's answer that are searched for secrets, and that are quoted.
_ANSWER_LIMIT = 16 * 1024
_QUOTE_LIMIT = 200

#: Characters of a secret in a row that are masked, wherever it was cut; a shorter secret is masked as a whole.
_PIECE_LENGTH = 8

#: Anything shorter in base64 would be found in ordinary words.
_BASE64_LENGTH_MIN = 4

_LOWER_CASE = str.maketrans(ascii_uppercase, ascii_lowercase)


def single_spaced(text: str, limit: int) -> str:
    """The first ``limit`` characters of ``text`` on one line, with a blank for every run of white space."""
    return " ".join(text[:limit].split())


def one_line(text: str, limit: int = WORDS_LIMIT) -> str:
    """``text`` on one line, with a blank for every run of white space, cut at ``limit`` characters."""
    return single_spaced(text.lstrip(), 4 * limit)[:limit].rstrip()


def storable(text: str) -> str:
    """``text`` as one line of at most STORED_LIMIT printable characters, fit for the database, a log and a terminal."""
    if len(text) <= STORED_LIMIT and text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text  # as nearly all are: three times as fast
    return _without_controls(single_spaced(text, 4 * STORED_LIMIT)[:STORED_LIMIT])


def are_storable(texts: Iterable[str]) -> bool:
    """True where ``storable`` changes none of ``texts``: with blanks between them, that is one question."""
    stated = list(filter(None, texts))
    joined = " ".join(stated)
    return storable(joined) == joined or all(storable(text) == text for text in stated)


def printable(text: str, limit: int = SHOWN_LIMIT) -> str:
    """``text`` without anything a terminal would act on, shortened to ``limit`` characters."""
    return _without_controls(shortened(text, limit))


def escaped(text: str) -> str:
    """``text`` with escapes for anything a terminal would act on."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def shortened(text: str, limit: int) -> str:
    """``text``, with an ellipsis at the end if it is longer than ``limit`` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def counted(number: int, noun: str, plural: str = "s", *, separator: str = "") -> str:
    """``number`` of ``noun``, for people: "1 message", "2 messages"; with a ``separator`` "2,000 messages"."""
    return f"{number:{separator}} {noun}{plural if number != 1 else ''}"


def days(number: float) -> str:
    """``number`` of days, for people: "1 day", "0.5 days"."""
    return f"{number:g} day{'s' if number != 1 else ''}"


def waiting(number: int, noun: str) -> str:
    """That so many of ``noun`` wait: "1 message waits", "2 messages wait"."""
    return f"{counted(number, noun, separator=',')} {'waits' if number == 1 else 'wait'}"


def is_printable(text: str, limit: int) -> bool:
    """True for text of at most ``limit`` characters without control characters and undecodable bytes."""
    return len(text) <= limit and text.isprintable()


def said(problem: Exception, *secrets: str) -> str:
    """The words of a library's exception, often a server's: one printable line, without ``secrets``, cut."""
    candidates = [str(getattr(problem, name, None) or "") for name in ("verify_message", "strerror")]
    if isinstance(problem, UnicodeError):  # its text has the character in it, which may be one of a secret
        candidates.append(getattr(problem, "reason", "") or type(problem).__name__)
    words = next(filter(None, [*candidates, str(problem), type(problem).__name__]))
    return quoted(words, *secrets).removeprefix("b'").removesuffix("'")


def quoted(answer: str, *secrets: str) -> str:
    """A server's answer as one line of printable characters, without ``secrets``, cut."""
    return _without_controls(masked(answer[:_ANSWER_LIMIT], *secrets)[:_QUOTE_LIMIT], " ")


def masked(text: str, *secrets: str) -> str:
    """``text`` with ``***`` for every part of ``secrets``; it then loses its backslashes as well.

    A server may repeat a secret verbatim, quoted, in base64 together with the rest of a SASL response, or in part;
    imaplib shows a line it can't parse as Python writes bytes, with the first words in capitals.
    """
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
    runs = groupby(zip(shown, covered, strict=True), lambda pair: pair[1])
    return "".join("***" if secret else "".join(char for char, _ in run) for secret, run in runs)


def is_loopback(host: str) -> bool:
    """True for this machine itself: secrets may be sent there without TLS."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_controls(text: str, replacement: str = "\N{REPLACEMENT CHARACTER}") -> str:
    return text if text.isprintable() else "".join(char if char.isprintable() else replacement for char in text)


def _bare(text: str) -> str:
    """``text`` without what quoting adds, in lower case."""
    return text.replace("\\", "").translate(_LOWER_CASE)


def _pieces(form: str) -> Iterator[str]:
    for at in range(max(1, len(form) - _PIECE_LENGTH + 1)):
        yield form[at : at + _PIECE_LENGTH]


def _forms(secret: str) -> Iterator[str]:
    octets = secret.encode(errors="replace")
    yield secret
    yield octets.decode("ascii", "replace")  # as imaplib reads it
    yield repr(octets)[2:-1]
    for before, first in enumerate((0, 2, 3)):  # characters that depend on the secret alone, wherever it begins
        code = b64encode(bytes(before) + octets).decode()[first : (before + len(octets)) * 8 // 6]
        if len(code) >= _BASE64_LENGTH_MIN:
            yield code
