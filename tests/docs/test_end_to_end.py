"""Every list format, sink and endpoint has a row in the documentation, with a test that ran it end to end."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from bounced.config.sink import KINDS
from bounced.daemon.api.endpoints import ENDPOINTS
from bounced.lists.formats import FORMATS
from bounced.lists.maps import MAPS
from bounced.lists.recipes import RECIPES
from tests.support.documents import DOCS, ROOT

#: What has a row, by its page.
THINGS: dict[str, Iterable[str]] = {
    "lists.md": [*FORMATS, *MAPS],
    "sinks.md": [*KINDS, *RECIPES],
    "api.md": [f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS],
}

TEST = re.compile(r"`((?:\w+/)+test_\w+\.py)::(\w+)`")


def rows_of(page: str) -> dict[str, list[tuple[str, str]]]:
    """The tests in the last cell of each row of a table, by what its first cell names."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in (DOCS / page).read_text("utf-8").splitlines():
        cells = line.strip("| ").split(" | ") if line.startswith("|") else [""]
        for thing in re.findall(r"`([^`]+)`", cells[0]) if TEST.search(cells[-1]) else []:
            found.setdefault(thing, []).extend(TEST.findall(cells[-1]))
    return found


def is_there(file: str, test: str) -> bool:
    path = ROOT / "tests" / file.removeprefix("tests/")
    return path.is_file() and f"\ndef {test}(" in path.read_text("utf-8")


@pytest.mark.parametrize("page", THINGS)
def test_each_has_a_test_that_exists(page: str) -> None:
    tests = rows_of(page)
    assert [thing for thing in THINGS[page] if thing not in tests] == []
    assert [test for named in tests.values() for test in named if not is_there(*test)] == []
