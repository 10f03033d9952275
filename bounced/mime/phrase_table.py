"""Tables of phrases, searched in time that hardly grows with their rows.

A table is an alternation of regular expressions. ``re`` tries each of them at each character. But each begins with
words, its openings, which one pass over the text finds (Aho and Corasick, 1975): it is only tried where one of its
openings is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Protocol

from ahocorasick import Automaton

from bounced.mime.lazy import lazy

_OPENING_LENGTH = 5  # characters from which an opening is specific enough
_FOLDED = {"İ": "i", "ı": "i", "ſ": "s"}
#: Of a regular expression: what matches no character, a group, a class, a literal; anything else ends an opening.
_TOKEN = re.compile(
    r"(?P<nothing>\\b|\^)|(?P<group>\(\?:)|\[(?P<class>[^\\\]^](?:[^\\\]-]*-?))\]|(?P<literal>[^\\.*+?{}()\[\]|^$]|\\\W)"
)
_SKIPPED = re.compile(r"\\.|\[.[^\]]*\]|[^\\\[]", re.DOTALL)


def folded(text: str) -> str:
    """``text`` in lower case, as ``re.IGNORECASE`` compares it: of the same length."""
    return text.lower() if text.isascii() else _plain(text).lower()


def _plain(text: str) -> str:
    """``text`` without letters whose lower case is of another length; ``str.translate`` takes thirty times as long."""
    for letter, plain in _FOLDED.items():
        text = text.replace(letter, plain)
    return text


class Phrases(Protocol):
    """Regular expressions for ``folded`` text that are looked for by their openings."""

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in ``text``, ``None`` without one."""
        return min(self._matches(text), key=re.Match.start, default=None)

    def are_in(self, text: str) -> bool:
        """True when one of them is in ``text``."""
        return any(self._matches(text))

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        """The matches, of those with one opening maybe only the first."""
        ...


class FewPhrases(Phrases):
    """So few that each opening is looked for, in short texts."""

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        self._patterns = patterns

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        for opening in filter(text.__contains__, self._patterns):
            pattern = self._patterns[opening]
            at = text.find(opening)
            while at >= 0 and not (match := pattern.match(text, at)):
                at = text.find(opening, at + 1)
            if at >= 0 and match:
                yield match


class PhraseTable(Phrases):
    """Regular expressions each of which begins with words. Built when it is first searched, which takes 5 ms.

    It raises ValueError then for one without openings.

    >>> PhraseTable("un-?deliver|(?:was|is) lost").search("mail is lost").start()
    5
    """

    def __init__(self, *alternatives: str) -> None:
        self._alternatives = alternatives

    @lazy
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        """The expressions that begin with each opening."""
        rows = defaultdict[str, list[str]](list)
        for row in (_plain(row) for alternative in self._alternatives for row in _split(alternative)):
            for opening in _openings(row)[0]:
                rows[opening].append(row)
        if "" in rows:
            raise ValueError(f"begins with no words: {rows['']}")
        kept: dict[str, dict[str, None]] = {}
        shortest = ""
        for opening in sorted(rows):  # an opening comes directly before those that begin with it
            if not (shortest and opening.startswith(shortest)):
                shortest = opening
            kept.setdefault(shortest, {}).update(dict.fromkeys(rows[opening]))
        return {opening: re.compile("|".join(same)) for opening, same in kept.items()}

    @lazy
    def _automaton(self) -> Automaton:
        """Finds the openings."""
        automaton = Automaton()
        for opening in self._patterns:
            automaton.add_word(opening, opening)
        automaton.make_automaton()
        return automaton

    def within(self, text: str) -> FewPhrases:
        """The rows that can be in any part of ``text``: for the question which of its lines hold one."""
        openings = dict.fromkeys(opening for _, opening in self._automaton.iter(text))
        return FewPhrases({opening: self._patterns[opening] for opening in openings})

    def _matches(self, text: str) -> Iterator[re.Match[str]]:
        for last, opening in self._automaton.iter(text):
            if match := self._patterns[opening].match(text, last + 1 - len(opening)):
                yield match


def _split(pattern: str) -> Iterator[str]:
    """The alternatives of ``pattern``."""
    start = depth = 0
    for token in _SKIPPED.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == "|" and not depth:
            yield pattern[start : token.start()]
            start = token.end()
    yield pattern[start:]


def _openings(row: str) -> tuple[set[str], bool]:
    """All texts with which a match of ``row`` may begin, and whether they are all of the match."""
    openings = {""}
    while row and min(map(len, openings)) < _OPENING_LENGTH:
        texts, is_whole, row = _next(row)
        openings = set(map("".join, product(openings, texts)))
        if not is_whole:
            return openings, False
    return openings, not row


def _next(row: str) -> tuple[set[str], bool, str]:
    """The same for the first token of ``row``, and the rest of the row."""
    token = _TOKEN.match(row)
    if not token:
        return {""}, False, ""
    end = token.end()
    if token["group"]:
        end = _group_end(row)
        branches = [_openings(branch) for branch in _split(row[token.end() : end - 1])]
        texts, is_whole = set[str]().union(*(texts for texts, _ in branches)), all(whole for _, whole in branches)
    else:
        texts, is_whole = set(token["class"] or [(token["literal"] or "")[-1:]]), True
    if row[end : end + 1] in ("*", "+", "{"):
        return {""}, False, ""
    if row[end : end + 1] == "?":
        return texts | {""}, is_whole, row[end + 1 :]
    return texts, is_whole, row[end:]


def _group_end(row: str) -> int:
    """Where the group ends with which ``row`` begins."""
    depth = 0
    for token in _SKIPPED.finditer(row):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    raise ValueError(f"no regular expression: {row}")
