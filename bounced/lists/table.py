"""The rows of CSV, of which a quote that never ends costs one line at most.

As CSV has it, such a cell has all lines up to the next quote in it, and the rows on them would be lost without a word.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

#: Lines of a row, whose cells may have line ends in them: of one that has more a quote never ends.
ROW_LINES_LIMIT = 100


class Table:
    """Yields each row with the number of its first line, after ``offset``: its cells, or why it has none.

    ``is_data`` is true of a cell that a row has and the rest of a cell does not: an address.
    """

    def __init__(self, lines: Iterable[str], separator: str, is_data: Callable[[str], bool], offset: int = 0) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._separator = separator
        self._is_data = is_data
        self._number = offset
        self._width = 0

    def __iter__(self) -> Iterator[tuple[int, list[str] | str]]:
        while taken := list(islice(self._next_lines(), 1)):
            line = self._number
            try:
                yield line, self._cells(taken)
            except csv.Error as error:
                yield line, str(error)

    def _next_lines(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._lines, "")
            if not line:
                return
            self._number += 1
            yield line

    def _cells(self, taken: list[str]) -> list[str]:
        """Those of the row that begins with the line in ``taken``, to which the others are added."""
        cells = self._complete(taken)
        if cells is None:
            self._again.extendleft(reversed(taken[1:]))
            self._number -= len(taken) - 1
            cells = next(csv.reader(taken[:1], delimiter=self._separator), [])
        self._width = self._width or len(cells)
        return cells

    def _complete(self, taken: list[str]) -> list[str] | None:
        """The cells of a row in which every quote ends as it must, else ``None``."""

        def lines() -> Iterator[str]:
            yield taken[0]
            for line in islice(self._next_lines(), ROW_LINES_LIMIT - 1):
                taken.append(line)
                yield line

        try:
            cells = next(csv.reader(lines(), delimiter=self._separator, strict=True), [])
        except csv.Error:
            return None
        return None if any(map(self._is_row, taken[1:])) else cells

    def _is_row(self, line: str) -> bool:
        """True for a line that is as long as a row, and has what only rows have."""
        try:
            cells = next(csv.reader([line], delimiter=self._separator), [])
        except csv.Error:
            return False
        return len(cells) == self._width and any(map(self._is_data, cells))
