"""Whom a word in a sentence is about: the nearest noun before it, or the one that it stands before."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from bounced.classify.phrases.phrase import Subject

_LITERALS_LIMIT = 50
_REACH = 45  # characters between a noun and what is said of it
_SHORT_REACH = 14  # the same of an address or a thing: "@ has been", "certificate is not"
_STEPS_LIMIT = 4  # nouns out of reach that are passed over
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
    after = _noun_after(text, end, nouns)
    if before == "sender" or after is None or (before and not _is_nearer(text, start, nouns, after)):
        return before
    return after.subject


def _is_nearer(text: str, start: int, nouns: Sequence[Noun], after: Noun) -> bool:
    """True when ``after`` is the noun, and not the one before: an address only names whose mailbox a thing is not."""
    nearest = _nearest(text, start, nouns, _REACH)
    if after.subject == "thing":
        return nearest is not None and _is_address(text, nearest)
    return not _is_address(text, after)


def subject_before(text: str, start: int, nouns: Sequence[Noun]) -> Subject:
    """The subject of the nearest noun before ``start`` in the same clause, or of the sender whose that is."""
    nearest = _nearest(text, start, nouns, _REACH)
    noun = nearest
    for _ in range(_COMPOUNDS_LIMIT):
        if noun is None or noun.subject not in ("recipient", "domain"):
            break
        named = _is_address(text, noun)  # of somebody else: only "sender @" is the sender's
        noun = _nearest(text, noun.start, nouns, _ADJACENT if named else _COMPOUND)
        if named and noun and text[noun.start : noun.end] == "@@":
            noun = None  # our address beside theirs
    return noun.subject if noun and noun.subject == "sender" else nearest.subject if nearest else ""


def owner_of(text: str, start: int, end: int, nouns: Sequence[Noun]) -> Subject:
    """``sender`` or ``host`` where the phrase at ``start`` to ``end`` is about one of ours, ``""`` where it is not.

    "Your | address unknown", "sender | address unknown", "unknown user | @@".
    """
    begun = (noun for noun in nouns if noun.start < start < noun.end)
    within = max(begun, key=_end, default=None)
    if within and within.subject in ("sender", "host"):
        return within.subject
    after = _noun_after(text, end, nouns)
    is_ours = after is not None and text[after.start : after.end] == "@@"
    return "sender" if is_ours or subject_before(text, start, nouns) == "sender" else ""


def _noun_after(text: str, end: int, nouns: Sequence[Noun]) -> Noun | None:
    """The longest noun directly after the word in which ``end`` is."""
    while text[end : end + 1].isalnum():
        end += 1
    after = None
    for noun in islice(nouns, bisect_right(nouns, end, key=_end), None):
        if noun.end > end + _REACH:
            break
        if 0 <= noun.start - end <= _ADJACENT and (after is None or noun.end > after.end):
            after = noun
    return after


def _nearest(text: str, start: int, nouns: Sequence[Noun], reach: int) -> Noun | None:
    before = bisect_right(nouns, start, key=_end)
    for _ in range(_STEPS_LIMIT):
        if not before:
            break
        before = bisect_left(nouns, nouns[before - 1].end, key=_end)
        noun = nouns[before]
        if start - noun.end > reach or _BORDER.search(text, noun.end, start):
            break
        if start - noun.end <= _SHORT_REACH or not (noun.subject == "thing" or _is_address(text, noun)):
            return noun
    return None


def _is_address(text: str, noun: Noun) -> bool:
    return text[noun.start : noun.end] == "@"
