"""What a recipe is: the requests that make another program heed suppressions. Tables, no code; pure.

1. A recipe tells the program what is in force, not what has changed: each of its requests may be made again.
2. Text of a report or of an answer never becomes part of a path, a query or a statement unescaped.
3. What it undoes is what it did, as far as the program can tell that from what others did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bounced.model import Cause

Json = Any

Login = Literal["basic", "bearer", "ghost"]

#: A name in braces, and how its value is escaped there.
_PLACE = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")

#: What an answer may have as an identifier: nothing that leads elsewhere in a path.
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,100}")

#: How a value is put inside quotes.
ESCAPES: Mapping[str, Callable[[str], str]] = {
    "sql": lambda text: text.replace("'", "''"),
    "json": lambda text: json.dumps(text)[1:-1],
    "nql": lambda text: text.replace("\\", "\\\\").replace("'", "\\'"),
}


class UnexpectedAnswer(Exception):
    """An answer that the recipe does not know. The text is for people."""


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is in a row as long as a request had no effect, whatever its answer was.

    That is an item at ``items`` which has one of the values named ``among`` at ``number``, and no ``end`` at ``state``.
    """

    items: str
    among: str
    number: str
    state: str
    end: str
    problem: str  # for people; the number follows

    def check(self, row: Json, values: Mapping[str, Json]) -> None:
        """Raises UnexpectedAnswer for such an item."""
        for item in at(row, self.items):
            number = next(at(item, self.number), None)
            if number in values[self.among] and self.end not in at(item, self.state):
                raise UnexpectedAnswer(f"{self.problem} {number}")


@dataclass(frozen=True, slots=True)
class Find:
    """The rows of an answer for which the steps after it are done; with none of them there is nothing to do.

    A path is names joined by dots; ``*`` stands for each item of a list, or each value of an object.
    """

    rows: str  # an answer without what is to have them is not one of the program
    facts: Mapping[str, str]  # the identifiers that a row has: their names, and their paths in it
    address: str = ""  # its path in a row; a row with another one is left out
    only: Mapping[str, str] = field(default_factory=dict)  # by paths in a row, how a value there must begin
    unless: Mapping[str, str] = field(default_factory=dict)  # the same, of rows that are left out
    none: str = ""  # what an answer has in place of rows, when there are none
    without: Remainder | None = None  # what no row may have any more

    def among(self, answer: Json, values: Mapping[str, Json]) -> Iterator[dict[str, str | int]]:
        """The facts of each row that is about the ``address`` of ``values``. Raises UnexpectedAnswer."""
        for row in self._rows(answer):
            if self._is_meant(row, values["address"]):
                if self.without:
                    self.without.check(row, values)
                yield {name: _identifier(name, row, path) for name, path in self.facts.items()}

    def _rows(self, answer: Json) -> list[Json]:
        holder = self.rows.removesuffix("*").removesuffix(".")
        if not any(isinstance(value, list | Mapping) for value in at(answer, holder)):
            if not self.none or next(at(answer, self.none), None) is None:
                raise UnexpectedAnswer(f"answers without {holder}")
            return []
        return list(at(answer, self.rows))

    def _is_meant(self, row: Json, address: str) -> bool:
        if self.address:
            found = [str(value).casefold() for value in at(row, self.address)]
            if not found:
                raise UnexpectedAnswer(f"answers without {self.address}")
            if address.casefold() not in found:
                return False
        return all(_begins(row, *wanted) for wanted in self.only.items()) and not any(
            _begins(row, *left_out) for left_out in self.unless.items()
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A request. Its texts have names in braces, with the values that ``filled`` puts there."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    find: Find | None = None
    dead: frozenset[int] = frozenset()  # answers that are about this change, besides 400, 422 …


@dataclass(frozen=True, slots=True)
class Action:
    """What is done about a suppression that is in force, and when none is any more. ``does`` and ``undoes`` say it."""

    does: str
    undoes: str
    block: Sequence[Step]
    release: Sequence[Step] = ()
    block_some: Sequence[Step] | None = None  # in place of ``block``, where not all mail is forbidden
    is_report: bool = False  # ``block`` tells of something new: it is only done when a suppression begins
    needs: Sequence[str] = ()  # more keys of [sink.NAME], which other actions do not have


@dataclass(frozen=True, slots=True)
class Failure:
    """How a program says in an answer of 200 that it failed: ``path`` is there, and not empty.

    It refuses the change when a text at ``kind`` is one of ``refusals``, or always when ``kind`` is ``""``.
    """

    path: str
    kind: str = ""
    refusals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A program with an HTTP API. ``needs``: keys of [sink.NAME] besides ``url``; the first action is the default."""

    name: str
    program: str  # for people
    source: str  # the documentation that it was made after
    actions: Mapping[str, Action]
    login: Login = "basic"
    needs: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    by_cause: Mapping[str, Mapping[Cause, Json]] = field(default_factory=dict)  # more names
    failure: Failure | None = None
    token_path: str = ""  # where OAuth 2 client credentials get a token, for ``client_id`` in place of ``user``


@dataclass(frozen=True, slots=True)
class SqlAction:
    """As Action: statements of one transaction, with the parameters of SQL sinks, and with ``{prefix}``."""

    does: str
    undoes: str
    block: Sequence[str]
    release: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SqlRecipe:
    """A program whose database is written to."""

    name: str
    program: str
    source: str
    actions: Mapping[str, SqlAction]
    needs: Sequence[str] = ("driver", "connect")


def filled(template: Json, values: Mapping[str, Json]) -> Json:
    """``template`` with values for the names in its texts; one that is only a name becomes the value itself."""
    if isinstance(template, Mapping):
        return {name: filled(value, values) for name, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    whole = _PLACE.fullmatch(template)
    return values[whole[1]] if whole and not whole[2] else _PLACE.sub(lambda place: _escaped(place, values), template)


def at(value: Json, path: str) -> Iterator[Json]:
    """What is at ``path`` in ``value``."""
    if not path:
        yield value
        return
    name, _, rest = path.partition(".")
    for inner in _inside(value, name):
        yield from at(inner, rest)


def _inside(value: Json, name: str) -> Iterator[Json]:
    if name == "*":
        yield from value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    elif isinstance(value, Mapping) and name in value:
        yield value[name]


def _begins(row: Json, path: str, text: str) -> bool:
    return any(str(value).startswith(text) for value in at(row, path))


def _escaped(place: re.Match[str], values: Mapping[str, Json]) -> str:
    value = str(values[place[1]])
    return ESCAPES[place[2]](value) if place[2] else value


def _identifier(name: str, row: Json, path: str) -> str | int:
    for value in at(row, path):
        if isinstance(value, str | int) and not isinstance(value, bool) and _IDENTIFIER.fullmatch(str(value)):
            return value
    raise UnexpectedAnswer(f"answers without the {name}")
