"""Searches text that was written for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bounced.peer import one_line

_PARAGRAPH_LIMIT = 25  # lines
_TEXT_LIMIT = 16 * 1024  # characters searched for one address

_PUNCTUATION = " \t<>\"'*:,;"  # around an address that opens a line
#: A reply code (RFC 5321 4.2) or enhanced status (RFC 3463).
_CODE = re.compile(r"\b[45](?:\d\d[ -]|\.\d{1,3}\.\d{1,3}\b)")
#: Opens the line of a recipient: "<a@b.test>: why".
_RECIPIENT = re.compile(r"[ \t]{0,8}<?[^\s<>@:;,]{1,64}@[^\s<>@:;,]{1,255}>?:[ \t]")


def phrases(*alternatives: str) -> re.Pattern[str]:
    """A case-insensitive pattern that finds any of the alternatives (each a regular expression)."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


def lower_phrases(*alternatives: str) -> re.Pattern[str]:
    """The same for lower-case text: three times as fast, which matters where every line is searched."""
    return re.compile("|".join(alternatives))


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


def about(text: str, address: str) -> str:
    """The words about ``address`` in ``text``, on one line: the paragraph that opens with it, or one that names it."""
    key = address.lower()
    lines = text[:_TEXT_LIMIT].split("\n")
    named = [number for number, line in enumerate(lines) if key in line.lower()] if key else []
    opening = [number for number in named if lines[number].lower().lstrip(_PUNCTUATION).startswith(key)]
    return next((words for start in (opening or named)[:5] if (words := _paragraph(lines, start, key))), "")


def _paragraph(lines: Sequence[str], start: int, key: str) -> str:
    """The lines from ``start`` to an empty line or the next recipient's, or further if they only name the address."""
    paragraph: list[str] = []
    for line in lines[start : start + _PARAGRAPH_LIMIT]:
        ends = not line.strip() or (_RECIPIENT.match(line) and key not in line.lower())
        if ends and _says_more("".join(paragraph), key):
            break
        if line.strip():
            paragraph.append(line)
    words = one_line(" ".join(paragraph))
    return words if _says_more(words, key) else ""


def _says_more(words: str, key: str) -> bool:
    return len(words.lower().replace(key, "").strip(_PUNCTUATION + "-")) > 3
