"""One line of the log: an event and its facts, written so that nothing in it can forge another."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable, Mapping

from bounced.peer import escaped, shortened

#: Characters of one value; no message can make a line longer.
VALUE_LENGTH_LIMIT = 300

#: Lines of a traceback: the last ones, which matter most.
_TRACEBACK_LINES_LIMIT = 40

_BARE = re.compile(r"[A-Za-z0-9_.@:/+*,<>-]+")

_NUMBERS = (int, float)

Value = str | int | float | tuple[str, ...]


class Line(str):
    """``event key=value …`` with its parts; values with more than plain characters are quoted."""

    event: str
    facts: Mapping[str, Value]

    def __new__(cls, event: str, facts: Mapping[str, Value]) -> Line:
        words = map("=".join, zip(facts, _words(facts.values()), strict=True))
        made = super().__new__(cls, " ".join([event, *words]))
        made.event, made.facts = event, facts
        return made


def line(event: str, /, **facts: object) -> Line:
    """The line about ``event``, with its non-empty facts. A tuple is several values."""
    return Line(event, {name: _value(value) for name, value in facts.items() if value not in ("", None, ())})


def line_of(record: logging.LogRecord) -> Line:
    """The line that a record carries; text from libraries and other modules becomes a note."""
    carried = [part for part in (record.msg, *(record.args or ())) if isinstance(part, Line)]
    return carried[0] if carried else line("note", logger=record.name, text=record.getMessage())


def traced(record: logging.LogRecord) -> str:
    """The traceback that a record carries, its lines indented: none of them looks like a fact. "" without one."""
    if not record.exc_info:
        return ""
    lines = "".join(traceback.format_exception(*record.exc_info)).splitlines()[-_TRACEBACK_LINES_LIMIT:]
    return "\n".join(f"  {escaped(text[:VALUE_LENGTH_LIMIT])}" for text in lines)


def _value(value: object) -> Value:
    if isinstance(value, tuple):
        return tuple([shortened(str(part), VALUE_LENGTH_LIMIT) for part in value])
    return value if isinstance(value, _NUMBERS) else shortened(str(value), VALUE_LENGTH_LIMIT)


def _words(values: Iterable[Value]) -> list[str]:
    """Each of ``values`` as one word, or in quotes."""
    texts = [",".join(value) if isinstance(value, tuple) else str(value) for value in values]
    if all(texts) and _BARE.fullmatch("".join(texts)):
        return texts  # as most lines are: one question for all of them
    return [text if _BARE.fullmatch(text) else json.dumps(text) for text in texts]
