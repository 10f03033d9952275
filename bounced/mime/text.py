"""Finding one's way in text that was written for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WORDS_LIMIT = 1500  # characters kept of the words that say why
_PARAGRAPH_LIMIT = 25  # lines
_TEXT_LIMIT = 16 * 1024  # characters in which one address is looked for

_AROUND = " \t<>\"'*:,;"  # what stands around an address that opens a line
_SPACES = re.compile(r"\s+")


def phrases(*alternatives: str) -> re.Pattern[str]:
    """A pattern, blind to case, that finds any of the alternatives (each a regular expression)."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


def one_line(text: str, limit: int = WORDS_LIMIT) -> str:
    """The text with every run of white space as one blank, cut at ``limit`` characters."""
    return _SPACES.sub(" ", text.lstrip()[: 4 * limit]).strip()[:limit].rstrip()


def below(text: str, names: Iterable[str]) -> dict[str, str]:
    """For each address that opens a line, what follows down to the next one that does, on one line."""
    wanted = {name.lower(): name for name in names}
    found: dict[str, list[str]] = {}
    words: list[str] = []
    for line in text.split("\n"):
        opening = line.lstrip(_AROUND)
        first = (opening.split(None, 1) or [""])[0].rstrip(_AROUND)
        if name := wanted.get(first.lower()):
            words = found.setdefault(name, [])
            words.append(opening[len(first) :].lstrip(_AROUND))
        else:
            words.append(line)
    return {name: one_line(" ".join(lines)) for name, lines in found.items()}


def about(text: str, address: str) -> str:
    """The words that ``text`` has about ``address``, on one line: the paragraph that opens with it, else names it."""
    wanted = address.lower()
    lines = text[:_TEXT_LIMIT].split("\n")
    named = [number for number, line in enumerate(lines) if wanted in line.lower()] if wanted else []
    opening = [number for number in named if lines[number].lower().lstrip(_AROUND).startswith(wanted)]
    return next((words for start in (opening or named)[:5] if (words := _paragraph(lines, start, wanted))), "")


def _paragraph(lines: Sequence[str], start: int, wanted: str) -> str:
    """The lines from ``start`` to the next empty one; the paragraph after that when these only name the address."""
    paragraph: list[str] = []
    for line in lines[start : start + _PARAGRAPH_LIMIT]:
        if line.strip():
            paragraph.append(line)
        elif _says_more("".join(paragraph), wanted):
            break
    words = one_line(" ".join(paragraph))
    return words if _says_more(words, wanted) else ""


def _says_more(words: str, wanted: str) -> bool:
    return len(words.lower().replace(wanted, "").strip(_AROUND + "-")) > 3
