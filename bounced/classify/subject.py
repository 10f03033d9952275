"""Whom a word in a sentence is about: the nearest noun before it, or the one that it stands before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from bounced.classify.phrases.phrase import Subject

_LITERALS_LIMIT = 50
_REACH = 45  # characters between a noun and what is said of it
_ADJACENT = 1
_COMPOUND = 12  # characters between the nouns of "sender's email address"
_BORDER = re.compile(r"[.;,!?](?= )|\)|\b[45]\d\d(?= )")  # ends a clause: punctuation, or the next reply
_ADDRESS_LITERAL = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")


class Noun(NamedTuple):
    """Where a noun is in the text, and whom it names."""

    start: int
    end: int
    subject: Subject


def literals(text: str) -> list[Noun]:
    """The IPv4 addresses in ``text``: hosts of ours, where words are said of one."""
    return [Noun(*match.span(), "host") for match in islice(_ADDRESS_LITERAL.finditer(text), _LITERALS_LIMIT)]


def has_literal(text: str, start: int) -> bool:
    """True when an IPv4 address comes after ``start``."""
    return bool(_ADDRESS_LITERAL.search(text, max(start, 0)))


def subject_of(text: str, start: int, end: int, nouns: Sequence[Noun]) -> Subject:
    """Whom the words at ``start`` to ``end`` are about, ``""`` where nobody is named; the sender where both are."""
    before = subject_before(text, start, nouns)
    after = next((noun.subject for noun in nouns if 0 <= noun.start - end <= 1), before)
    return "sender" if before == "sender" else after


def subject_before(text: str, start: int, nouns: Sequence[Noun]) -> Subject:
    """The subject of the nearest noun before ``start`` in the same clause, or of the sender whose that is."""
    nearest = _nearest(text, start, nouns, _REACH)
    noun = nearest
    while noun and noun.subject != "sender":
        named = text[noun.start : noun.end] == "@"  # an address of somebody else: only "sender @" is the sender's
        noun = _nearest(text, noun.start, nouns, _ADJACENT if named else _COMPOUND)
        if named and noun and text[noun.start : noun.end] == "@@":
            break
    return noun.subject if noun and noun.subject == "sender" else nearest.subject if nearest else ""


def _nearest(text: str, start: int, nouns: Sequence[Noun], reach: int) -> Noun | None:
    near = (noun for noun in nouns if 0 <= start - noun.end <= reach)
    noun = max(near, key=lambda noun: (noun.end, -noun.start), default=None)
    return None if noun is None or _BORDER.search(text, noun.end, start) else noun
