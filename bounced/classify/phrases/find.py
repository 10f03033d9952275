"""Every phrase that a text holds, in one pass over it (Aho and Corasick, 1975)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ahocorasick import Automaton


class PhraseFinder:
    """Finds ``phrases`` in texts; the time is linear in the text, for any text and phrases."""

    def __init__(self, phrases: Iterable[str]) -> None:
        numbers: dict[str, list[int]] = {}
        for index, phrase in enumerate(phrases):
            numbers.setdefault(phrase, []).append(index)
        self._automaton = Automaton()
        for phrase, indexes in numbers.items():
            self._automaton.add_word(phrase, (len(phrase), indexes))
        self._automaton.make_automaton()

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Each phrase that ``text`` holds where a word begins: its index, and where it starts and ends.

        In the order of their ends; of those with one end the longest first.
        """
        for last, (length, indexes) in self._automaton.iter(text) if self._automaton else ():
            end = last + 1
            start = end - length
            if text[start - 1] == " " or _begins_word(text, start):
                for index in indexes:
                    yield index, start, end


def _begins_word(text: str, at: int) -> bool:
    """False in the middle of an ASCII word, or of ``@@``; scripts without spaces have no such middle."""
    if at == 0:
        return True
    before = text[at - 1]
    return not (before.isascii() and before.isalnum() and text[at].isalnum()) and not before == text[at] == "@"
