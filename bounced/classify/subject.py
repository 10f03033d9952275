"""Whom a word in a sentence is about: the nearest noun before it, or the one that it stands before."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import islice, takewhile
from operator import attrgetter
from typing import NamedTuple

from bounced.classify.phrases.phrase import Subject

_LITERALS_LIMIT = 50
_REACH = 45  # characters between a noun and what is said of it
_ADJACENT = 1
_COMPOUNDS_LIMIT = 4
_COMPOUND = 12  # characters between the nouns of "sender's email address"
_BORDER = re.compile(r"[.;,!?](?= )|\)|\b[45]\d\d(?= )")  # ends a clause: punctuation, or the next reply
_ADDRESS_LITERAL = re.compile(r"\d(?<![\w.].)\d{0,2}(?:\.\d{1,3}){3}(?![\w.])")


class Noun(NamedTuple):
    """Where a noun is in the text, and whom it names."""

    start: int
    end: int
    subject: Subject


_end = attrgetter("end")


def literals(text: str) -> list[Noun]:
    """The IPv4 addresses in ``text``: hosts of ours, where words are said of one."""
    return [Noun(*match.span(), "host") for match in islice(_ADDRESS_LITERAL.finditer(text), _LITERALS_LIMIT)]


def has_literal(text: str, start: int) -> bool:
    """True when an IPv4 address comes after ``start``."""
    return bool(_ADDRESS_LITERAL.search(text, max(start, 0)))


def subject_of(text: str, start: int, end: int, nouns: Sequence[Noun]) -> Subject:
    """Whom the words at ``start`` to ``end`` are about, ``""`` where nobody is named; the sender where both are.

    ``nouns`` are in the order of their ends, of those with one end the longest first.
    """
    before = subject_before(text, start, nouns)
    behind = takewhile(lambda noun: noun.end <= end + _REACH, islice(nouns, bisect_right(nouns, end, key=_end), None))
    after = next((noun.subject for noun in behind if 0 <= noun.start - end <= 1), before)
    return "sender" if before == "sender" else after


def subject_before(text: str, start: int, nouns: Sequence[Noun]) -> Subject:
    """The subject of the nearest noun before ``start`` in the same clause, or of the sender whose that is."""
    nearest = _nearest(text, start, nouns, _REACH)
    noun = nearest
    for _ in range(_COMPOUNDS_LIMIT):
        if noun is None or noun.subject == "sender":
            break
        named = text[noun.start : noun.end] == "@"  # an address of somebody else: only "sender @" is the sender's
        noun = _nearest(text, noun.start, nouns, _ADJACENT if named else _COMPOUND)
        if named and noun and text[noun.start : noun.end] == "@@":
            noun = None  # our address beside theirs
    return noun.subject if noun and noun.subject == "sender" else nearest.subject if nearest else ""


def _nearest(text: str, start: int, nouns: Sequence[Noun], reach: int) -> Noun | None:
    before = bisect_right(nouns, start, key=_end)
    noun = nouns[bisect_left(nouns, nouns[before - 1].end, key=_end)] if before else None
    if noun is None or start - noun.end > reach or _BORDER.search(text, noun.end, start):
        return None
    return noun
