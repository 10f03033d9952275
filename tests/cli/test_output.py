"""What is printed: nothing that a terminal or a spreadsheet would act on, whatever the rows hold."""

from __future__ import annotations

import csv
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.cli import output
from bounced.lists.cells import FORMULA_OPENINGS
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


@pytest.mark.parametrize("first", FORMULA_OPENINGS)
def test_a_csv_cell_is_no_formula(first: str) -> None:
    [head, row] = csv.reader(output.as_csv([{"a": f"{first}cmd", "b": -1, "c": None}], ("a", "b", "c")))
    assert head == ["a", "b", "c"]
    assert row == [f"'{first}cmd", "-1", ""]


#: How spreadsheets that want another separator cut a line into cells.
SEPARATORS = ",;|\t\n\r"

FORMULAS = [
    "550 5.1.1 user unknown;=1+1;+2",
    '550 5.1.1 x; =cmd|"/C calc"!A0',
    "a|@SUM(1)",
    "a\t=1",
    "a\n=1",
    "a,=1",
    ";;=1",
    "=;=1",
    ";''=1",
    ';""=1',
    '"=1"',
    " =1",
    "'=1",
    "；=1;＝1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_separator_makes_a_formula_of_the_rest_of_a_cell(text: str) -> None:
    """H5, F19: half of Europe's spreadsheets separate by semicolons. Quotes and spaces around a cell may be dropped."""
    for line in list(output.as_csv([{"a": text, "b": text, "c": f"x{text}"}], ("a", "b", "c"))):
        for separator in SEPARATORS:
            for cell in [*line.split(separator), *next(csv.reader([line], delimiter=separator))]:
                assert not cell.strip(' "').startswith(FORMULA_OPENINGS)


CELLS = st.text(st.sampled_from([*SEPARATORS, *FORMULA_OPENINGS, *" '\"ab1"]))


@given(CELLS)
def test_no_csv_cell_becomes_a_formula(text: str) -> None:
    test_no_separator_makes_a_formula_of_the_rest_of_a_cell(text)


@given(CELLS)
def test_what_a_csv_cell_held_can_be_had_again(text: str) -> None:
    """As docs/commands.md says: without one quote before what would be a formula."""
    [_, [cell]] = csv.reader(output.as_csv([{"a": text}], ("a",)))
    openings = re.escape("".join(FORMULA_OPENINGS))
    assert re.sub(rf"""(^|[,;|])'(?=[ '"]*[{openings}])""", r"\1", cell) == printable(text, len(text))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_csv_row_is_one_line_with_its_cells(text: str) -> None:
    lines = list(output.as_csv([{"a": text, "b": "end"}], ("a", "b")))
    [_, row] = csv.reader(lines)
    assert len(row) == 2
    assert safe("".join(lines))
    assert row[1] == "end"
    assert row[0].removeprefix("'").startswith(FORMULA_OPENINGS) or not row[0].startswith(FORMULA_OPENINGS)
    assert not row[0].startswith(FORMULA_OPENINGS)


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
