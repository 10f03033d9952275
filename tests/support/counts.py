"""Counts what a call does: such counts make understanding fast, and need no clock."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import bounced
from bounced import address
from bounced.classify.phrases.find import PhraseFinder
from bounced.classify.replies import fold
from bounced.classify.statuses import Codes
from bounced.identify import Sender
from bounced.model import Original
from bounced.parse import parse
from bounced.workers.worker import FIRST_REPORTS

OURS = str(Path(bounced.__file__).parent)
REGEX = frozenset(("search", "match", "fullmatch", "findall", "finditer", "sub", "split"))
FUNCTIONS = {
    Original.get.__code__: "header look-ups",
    Original.all.__code__: "header look-ups",
    address.parse.__code__: "addresses parsed",
    Codes.meaning.__code__: "codes looked up",
    PhraseFinder.find.__code__: "searches for phrases",  # once more for each phrase that is found
    fold.__code__: "texts folded",
}


def counts(work: Callable[[], object]) -> Counter[str]:
    """How often ``work`` looks up a header, parses an address and lets one of our modules use a regular expression.

    Keys of addresses are remembered: none is at the beginning. Tables are built, as in a worker.
    """
    for report in FIRST_REPORTS:
        parse(report, Sender())
    address._claimed.cache_clear()
    done: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and (name := FUNCTIONS.get(frame.f_code)):
            done[name] += 1
        elif event == "c_call" and frame.f_code.co_filename.startswith(OURS):
            done["regular expressions"] += _is_regex(argument)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return done


def _is_regex(function: Any) -> bool:
    return isinstance(getattr(function, "__self__", None), re.Pattern) and function.__name__ in REGEX
