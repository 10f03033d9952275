"""Searches text that was written for people."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, repeat

from bounced.mime.lazy import lazy
from bounced.peer import one_line

_PARAGRAPH_LIMIT = 25  # lines
_TEXT_LIMIT = 16 * 1024  # characters searched for an address

#: Recipients of one message for whom its text is searched; real reports about more have a Diagnostic-Code for each.
SEARCHES_LIMIT = 50

_PUNCTUATION = " \t<>\"'*:,;"  # around an address that opens a line
#: A reply code (RFC 5321 4.2) or enhanced status (RFC 3463).
_CODE = re.compile(r"\b[45](?:\d\d[ -]|\.\d{1,3}\.\d{1,3}\b)")
#: An SMTP reply, which people do not write: with an enhanced status, or as Exchange and others introduce it.
_QUOTED_REPLY = re.compile(
    r"\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|\b(?:said|returned|error|response|to)\b.{0,60}?[:'\"] {0,2}[45]\d\d[ -]",
    re.IGNORECASE,
)
#: Opens the line of a recipient: "<a@b.test>: why".
_RECIPIENT = re.compile(r"[ \t]{0,8}<?[^\s<>@:;,]{1,64}@[^\s<>@:;,]{1,255}>?:[ \t]")


#: What gateways and people add below a text: signatures, and the words of virus scanners and lawyers.
_RULE = re.compile(r"[ \t]{0,8}[-_=*]{5,120}[ \t]{0,8}")  # a line that separates
_SIGNATURE = re.compile(r"\n-- ?$", re.MULTILINE)
_FOOTERS = (
    r"no virus|(?:this|the) (?:e-?mail|message|mail) (?:has been|was|is) (?:scanned|checked|virus|intended)",
    r"(?:scanned|checked|certified) (?:by|for|virus)|virus[- ]free|outgoing mail|incoming mail",
    r"the (?:information|content)s? (?:contained )?(?:in|of) this|it is intended (?:only|solely)",
    r"this (?:e-?mail|message|communication) (?:and|may|contains)|if you are not the intended",
    r"confidential|disclaimer|legal notice",
    r"diese (?:e-?mail|nachricht) (?:wurde auf viren|enthält vertrau|ist vertrau)",
    r"ce (?:message|courriel) .{0,40}(?:virus|confident)|este (?:mensaje|correo|e-?mail) .{0,40}(?:virus|confiden)",
)
_FOOTER = re.compile(rf"[^a-z\n]{{0,8}}(?:{'|'.join(_FOOTERS)})")
_FOOTER_WORDS = ("virus", "viren", "intended", "confiden", "disclaimer", "legal notice", "vertrau")


def without_footers(text: str) -> str:
    """``text`` without its signature and the paragraphs that virus scanners and lawyers add: they give no reason."""
    if (text.startswith("--") or "\n--" in text) and (signature := _SIGNATURE.search(f"\n{text}")):
        text = text[: signature.start()]
    lower = text.lower()
    if not any(map(lower.__contains__, _FOOTER_WORDS)):
        return text
    paragraphs = text.split("\n\n")
    return "\n\n".join(paragraph for paragraph in paragraphs if not _FOOTER.match(paragraph.lstrip().lower()))


def phrases(*alternatives: str) -> re.Pattern[str]:
    """A case-insensitive pattern that finds any of the alternatives (each a regular expression)."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


def below(text: str, names: Iterable[str]) -> dict[str, str]:
    """For each address that opens a line, the text down to the next such address, on one line."""
    names_by_key = {name.lower(): name for name in names}
    words_by_name: dict[str, list[str]] = {}
    words: list[str] = []
    for line in text.split("\n"):
        opening = line.lstrip(_PUNCTUATION)
        first = (opening.split(None, 1) or [""])[0].rstrip(_PUNCTUATION)
        if name := names_by_key.get(first.lower()):
            words = words_by_name.setdefault(name, [])
            words.append(opening[len(first) :].lstrip(_PUNCTUATION))
        else:
            words.append(line)
    return {name: one_line(" ".join(lines)) for name, lines in words_by_name.items()}


def telling(candidates: Iterable[str]) -> str:
    """The first candidate that quotes a reply code or a status, otherwise the first that is not empty."""
    words = [candidate for candidate in candidates if len(candidate) > 3]
    return next(filter(_CODE.search, words), words[0] if words else "")


def quotes_reply(text: str) -> bool:
    """True when a server's reply is in the text."""
    return bool(_QUOTED_REPLY.search(text[:_TEXT_LIMIT]))


class Words:
    """A text, prepared once for the question what it says about each of many addresses."""

    def __init__(self, text: str) -> None:
        self._text = text[:_TEXT_LIMIT]

    @lazy
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    @lazy
    def _lower(self) -> list[str]:
        """Each line in lower case."""
        return list(map(str.lower, self._lines))

    @lazy
    def _joined(self) -> str:
        return "\n".join(self._lower)

    @lazy
    def _starts(self) -> list[int]:
        """Where each line begins in ``_joined``."""
        return list(accumulate((len(line) + 1 for line in self._lower), initial=0))

    def whole(self) -> str:
        """All of it, on one line."""
        return one_line(self._text)

    def about(self, address: str) -> str:
        """The words about ``address``, on one line: the paragraph that opens with it, or one that names it."""
        key = address.lower()
        named = list(self._named(key)) if key else []
        opening = [number for number in named if self._lower[number].lstrip(_PUNCTUATION).startswith(key)]
        return next((words for start in (opening or named)[:5] if (words := _paragraph(self._lines, start, key))), "")

    def _named(self, key: str) -> Iterator[int]:
        """The numbers of the lines that hold ``key``."""
        at = self._joined.find(key)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield number
            at = self._joined.find(key, self._starts[number + 1])


def searched(text: str) -> Iterator[Words]:
    """The words of ``text`` for each recipient of a message, in order: none from SEARCHES_LIMIT on."""
    yield from repeat(Words(text), SEARCHES_LIMIT)
    yield from repeat(Words(""))


def _paragraph(lines: Sequence[str], start: int, key: str) -> str:
    """The lines from ``start`` to an empty line or the next recipient's, or further if they only name the address."""
    paragraph: list[str] = []
    for line in lines[start : start + _PARAGRAPH_LIMIT]:
        ends = not line.strip() or _RULE.fullmatch(line) or (_RECIPIENT.match(line) and key not in line.lower())
        if ends and _says_more("".join(paragraph), key):
            break
        if line.strip():
            paragraph.append(line)
    words = one_line(" ".join(paragraph))
    return words if _says_more(words, key) else ""


def _says_more(words: str, key: str) -> bool:
    return len(words.lower().replace(key, "").strip(_PUNCTUATION + "-")) > 3
