"""Tables of phrases find what their rows find, where they find it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.mime import LANGUAGES, PhraseTable, folded

ROWS = [
    r"un-?deliver|non[ -]?(?:remis|livr)|\bnot\b",
    r"(?:could|can)(?: ?not|n['’]t) (?:be )?(?:deliver|sen[dt])",
    r"^warning(?!.{0,20}failed)|was.{2}",
    r"ab{2}c|xy+|no?t|\bend\b",
    r"l[ab]{2}x|\(s\)|a\.b|c\wd",
    *(row for language in LANGUAGES.values() for row in (language.subjects, language.announcements, language.delays)),
]


@pytest.mark.parametrize("rows", ROWS)
def test_a_table_finds_what_its_expressions_find(rows: str) -> None:
    table, pattern = PhraseTable(rows), re.compile(rows.replace("ı", "i"))

    @given(st.from_regex(pattern), st.text(max_size=5))
    def holds(text: str, before: str) -> None:
        text = folded(before + text)
        found, expected = table.search(text), pattern.search(text)
        assert table.are_in(text) is bool(expected)
        assert (found and found.start()) == (expected and expected.start())
        assert table.within(f"{text}\n{before}").are_in(text) is bool(expected)

    holds()


@pytest.mark.parametrize("text", ["", "nothing of the kind", "cannot be", "warning: failed"])
def test_other_text_holds_none(text: str) -> None:
    table = PhraseTable(*ROWS[1:3])
    assert table.search(text) is None
    assert not table.are_in(text)


@pytest.mark.parametrize("row", [r"\w+ed", r".{0,10}end", r"(?:a|\d)b", r"[^a]b", r"[a-z]b", r"a?", r"(?i:a)"])
def test_a_row_that_begins_with_no_words_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match="begins with no words"):
        PhraseTable("fine", row).are_in("")


def test_a_group_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        PhraseTable("(?:a|b").are_in("")


@pytest.mark.parametrize(
    ("text", "lower"), [("ÀB", "àb"), ("İSTANBUL ılık", "istanbul ilik"), ("Ab", "ab"), ("ſ", "s")]
)
def test_folded_text_is_as_long(text: str, lower: str) -> None:
    assert folded(text) == lower
    assert len(lower) == len(text)
