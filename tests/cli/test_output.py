"""What is printed: nothing that a terminal or a spreadsheet would act on, whatever the rows hold."""

from __future__ import annotations

import csv
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.cli import output
from bounced.peer import printable

CONTROLS = "".join(
    chr(point) for point in (*range(32), *range(127, 160), 0x202E, 0x2066, 0x200B, 0x2028, 0xFEFF, 0xDCFF)
)

#: What lets a terminal act: controls, format controls such as bidi overrides, lone surrogates, line separators.
DANGEROUS = ("Cc", "Cf", "Cs", "Zl", "Zp")


def safe(text: str) -> bool:
    return not any(unicodedata.category(character) in DANGEROUS for character in text)


def test_plain_replaces_every_control() -> None:
    assert printable(CONTROLS) == "\N{REPLACEMENT CHARACTER}" * len(CONTROLS)
    assert printable("Grüße, 用户 🙂") == "Grüße, 用户 🙂"


@given(st.text())
def test_plain_is_always_safe(text: str) -> None:
    assert safe(printable(text))


def test_plain_cuts() -> None:
    assert printable("abcdef", 6) == "abcdef"
    assert printable("abcdefg", 6) == "abcde…"


@given(st.text())
def test_json_is_one_line_of_ascii(text: str) -> None:
    line = output.as_json({"text": text})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize("first", output.FORMULA_OPENINGS)
def test_a_csv_cell_is_no_formula(first: str) -> None:
    [head, row] = csv.reader(output.as_csv([{"a": f"{first}cmd", "b": -1, "c": None}], ("a", "b", "c")))
    assert head == ["a", "b", "c"]
    assert row == [f"'{first}cmd", "-1", ""]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_csv_row_is_one_line_with_its_cells(text: str) -> None:
    lines = list(output.as_csv([{"a": text, "b": "end"}], ("a", "b")))
    [_, row] = csv.reader(lines)
    assert len(row) == 2
    assert safe("".join(lines))
    assert row[1] == "end"
    assert row[0].removeprefix("'").startswith(output.FORMULA_OPENINGS) or not row[0].startswith(
        output.FORMULA_OPENINGS
    )
    assert not row[0].startswith(output.FORMULA_OPENINGS)


def test_a_csv_cell_is_never_cut() -> None:
    [_, line] = output.as_csv([{"a": "x" * 1000}], ("a",))
    assert line == "x" * 1000


def test_a_table_has_a_line_a_row_and_cuts_cells() -> None:
    table = output.as_table([{"a": "one\ntwo\x1b[31m", "b": None}, {"a": "x" * 300, "b": "1e5"}], ("a", "b"))
    head, first, second = table.splitlines()
    assert head.split() == ["a", "b"]
    assert first.rstrip() == "one\N{REPLACEMENT CHARACTER}two\N{REPLACEMENT CHARACTER}[31m"
    assert second.split() == ["x" * 199 + "…", "1e5"]
    assert output.as_table([], ("a",)) == ""
