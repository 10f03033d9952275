"""Every phrase that a text holds, in one pass over it (Aho and Corasick, 1975)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

#: The key under which a node keeps the phrases that end there; no character of a text is empty.
_ENDS = ""

_Node = dict[str, Any]  # a character to the next node; _ENDS to a tuple of (index, length)


class PhraseFinder:
    """Finds ``phrases`` in texts; the time is linear in the text, for any text and phrases."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._start: _Node = {}
        for index, phrase in enumerate(phrases):
            node = self._start
            for character in phrase:
                node = node.setdefault(character, {})
            node[_ENDS] = (*node.get(_ENDS, ()), (index, len(phrase)))
        self._link()

    def _link(self) -> None:
        """Adds to every node the ways on and the ends of its longest suffix; breadth first, so those are complete."""
        start = self._start
        queue = deque((child, start) for child in start.values())
        while queue:
            node, suffix = queue.popleft()
            for character, child in node.items():
                if character != _ENDS:
                    queue.append((child, suffix.get(character) or start.get(character, start)))
            ends = (*node.get(_ENDS, ()), *suffix.get(_ENDS, ()))
            if suffix is not start:
                for character, child in suffix.items():
                    node.setdefault(character, child)
            if ends:
                node[_ENDS] = ends

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Each phrase that ``text`` holds where a word begins: its index, and where it starts and ends."""
        root = node = self._start
        for position, character in enumerate(text):
            node = node.get(character) or root.get(character, root)
            if _ENDS in node:
                for index, length in node[_ENDS]:
                    start = position - length + 1
                    if _begins_word(text, start):
                        yield index, start, position + 1


def _begins_word(text: str, at: int) -> bool:
    """False in the middle of an ASCII word, or of ``@@``; scripts without spaces have no such middle."""
    if at == 0:
        return True
    before = text[at - 1]
    return not (before.isascii() and before.isalnum() and text[at].isalnum()) and not before == text[at] == "@"
