"""The records in JSON: of one document or many, of JSON lines, of an array or of one inside an answer of an API.

A document that is larger than OBJECT_LIMIT is not read as a whole: what stands inside it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

#: Characters of a document, or of a record in a larger one.
OBJECT_LIMIT = 1_000_000

#: How deep records may lie in a document, and values in a record.
DEPTH_LIMIT = 8

NOT_JSON = "is not JSON, or the file ends in the middle"

#: A text without any object that may be complete has no more of it than this.
EMPTY_LENGTH_LIMIT = 100

#: Arrays in which the programs of bounced.lists.formats answer, in lower case: without records, nobody is on the list,
#: whatever texts stand beside them.
ARRAYS = frozenset(
    (
        *("contacts", "data", "datalist", "items", "maildetail", "results", "suppressions", "usersuppressions"),
        "suppresseddestinationsummaries",
    )
)

Record = dict[str, Any]


def json_records(pieces: Iterable[str]) -> Iterator[Record | str]:
    """The records in a text that comes in ``pieces``; NOT_JSON where it can't be read, after which nothing comes."""
    reader = _Reader()
    for piece in pieces:
        yield from reader.records(piece)
        if reader.failed:
            break
    else:
        yield from reader.rest()
    if reader.failed:
        yield NOT_JSON


class _Reader:
    """What of a text was not understood so far."""

    def __init__(self) -> None:
        self.failed = False
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._tried_at = 0  # characters below which it is too early to try again
        self._depth = 0  # documents that are being looked into
        self._before = ""  # what stands before the first record
        self._is_empty = True  # there was no record

    def records(self, piece: str) -> Iterator[Record]:
        """The records that end in ``piece``."""
        self._text += piece
        if self._is_empty and len(self._before) <= EMPTY_LENGTH_LIMIT:
            self._before += piece.strip()
        if len(self._text) >= self._tried_at:
            yield from self._read(is_all=False)

    def rest(self) -> Iterator[Record]:
        """What can be read of a text that is complete."""
        before = self._depth
        yield from self._read(is_all=True)
        self.failed = self.failed or self._depth > before or (self._is_empty and not _is_of_empty_lists(self._before))

    def _read(self, *, is_all: bool) -> Iterator[Record]:
        end = 0
        while (begin := self._text.find("{", end)) >= 0 and not self.failed:
            try:
                document, end = self._decoder.raw_decode(self._text, begin)
            except (ValueError, RecursionError):
                end = begin
                if not is_all and len(self._text) - begin <= OBJECT_LIMIT:
                    break
                end = self._inside(begin)
            else:
                self._is_empty = False
                yield from _records(document)
        self._text = self._text[end if begin >= 0 else len(self._text) :]
        self._tried_at = 2 * len(self._text)

    def _inside(self, begin: int) -> int:
        """Where to look for the records in a document that begins there and can't be read as a whole."""
        self._depth += 1
        self.failed = self._depth > DEPTH_LIMIT
        return begin + 1


def _is_of_empty_lists(text: str) -> bool:
    arrays = "".join(text.split())
    return 0 < len(arrays) <= EMPTY_LENGTH_LIMIT and not arrays.replace("[]", "")


def _records(document: Record, depth: int = 0) -> Iterator[Record]:
    """The objects in the arrays of ``document``; itself where there are none, unless it is an answer without any."""
    lists = (value for value in document.values() if isinstance(value, list))
    several = [item for items in lists for item in items if isinstance(item, dict)]
    if several:
        yield from several
        return
    wrapped = [value for value in document.values() if isinstance(value, dict) and _has_records(value)]
    if wrapped and depth < DEPTH_LIMIT:
        for value in wrapped:
            yield from _records(value, depth + 1)
    elif not _is_empty_answer(document):
        yield document


def _is_empty_answer(document: Record) -> bool:
    """True when one of ARRAYS is empty, or any array without a text beside it; not with an address or an error."""
    values = list(_values(document))
    texts = [value for _, value in values if value and isinstance(value, str)]
    return (
        any(value == [] and (name in ARRAYS or not texts) for name, value in values)
        and not any("@" in text for text in texts)
        and not any(value and "error" in name for name, value in values)
    )


def _values(document: Record, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The names, in lower case, and values of ``document`` and of the objects in it."""
    for name, value in document.items():
        yield name.lower(), value
        if isinstance(value, dict) and depth < DEPTH_LIMIT:
            yield from _values(value, depth + 1)


def _has_records(document: Record, depth: int = 0) -> bool:
    """True when an array of objects is somewhere inside ``document``."""
    for value in document.values():
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            return True
        if isinstance(value, dict) and depth < DEPTH_LIMIT and _has_records(value, depth + 1):
            return True
    return False
