"""Files in any common encoding, with any common separator; bad lines cost themselves alone."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bounced.lists import json_records
from bounced.lists.entry import Entry
from bounced.lists.formats import FORMATS
from bounced.lists.rows import Problem, text_of
from tests.support.documents import ROOT

SAMPLES = ROOT / "samples" / "lists"

TABLE = "address{s}date{s}cause{s}detail\r\nanna@example.org{s}2026-01-02{s}manual{s}été\r\n"


def read(content: bytes, name: str = "csv") -> list[Entry | Problem | None]:
    file = io.BufferedReader(io.BytesIO(content))
    return list(FORMATS[name].entries(text_of(file)))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_and_separators(encoding: str, separator: str) -> None:
    [entry] = read(TABLE.format(s=separator).encode(encoding))
    assert isinstance(entry, Entry)
    assert (entry.address, entry.detail) == ("anna@example.org", "été")


def test_columns_in_another_order_more_of_them_and_line_ends_in_cells() -> None:
    text = 'sep=;\nComment;CAUSE;Other;E-Mail Address\n"two\nlines; ""quoted""";hard;x;anna@example.org\n\n'
    [entry] = read(text.encode())
    assert isinstance(entry, Entry)
    assert (entry.address, entry.cause, entry.detail) == ("anna@example.org", "bounce", 'two lines; "quoted"')


def test_bad_lines_are_told_with_their_number_and_the_rest_is_taken() -> None:
    text = (
        "address,date,cause\nanna@example.org,2026-01-01,manual\nno address,,manual\nbert@example.net,soon,manual\n"
        "carl@example.net,,because\n,,manual\ndora@example.net,2026-01-01,manual,and,more\nemil@example.net,,manual\n"
        "fred@example.net,,\ngina@example.net,1970-01-01,manual,,\n"
    )
    rows = read(text.encode())
    assert [row.address for row in rows if isinstance(row, Entry)] == ["anna@example.org", "emil@example.net"]
    assert [(row.line, row.text) for row in rows if isinstance(row, Problem)] == [
        (3, "'no address' is not an email address"),
        (4, "'soon' is no date that can be read; 2026-09-01T12:00:00Z is one"),
        (5, "'because' is no cause of a suppression that is known"),
        (6, "has no address"),
        (7, "has 5 cells for 3 columns"),
        (9, "does not say why it is suppressed: add --cause"),
        (10, "'1970-01-01' is a date before 1990"),
    ]


def addresses(text: str) -> list[str]:
    return [row.address for row in read(text.encode()) if isinstance(row, Entry)]


def test_a_quote_that_never_ends_costs_no_other_line() -> None:
    """Read as CSV has it, everything up to the next quote would be one cell, and no problem."""
    table = 'address,cause,detail\nanna@b.test,hard,"550 no\nbert@b.test,hard,x\ncarl@b.test,hard,"550 y"\n'
    assert addresses(table + "dora@b.test,hard,z\n") == [f"{name}@b.test" for name in ("anna", "bert", "carl", "dora")]
    assert addresses('address,cause\n"anna@b.test,hard\nbert@b.test,hard\n') == ["bert@b.test"]
    assert addresses('address,detail,cause\nanna@b.test,said "no" twice,hard\nbert@b.test,"a "b" c",hard\n') == [
        "anna@b.test",
        "bert@b.test",
    ]


def test_lines_that_were_read_again_keep_their_numbers() -> None:
    rows = read(b'address,cause\n"two\nlines",hard\n"anna@b.test,hard\nnobody,hard\n')
    problems = [(row.line, row.text) for row in rows if isinstance(row, Problem)]
    assert [line for line, _ in problems] == [2, 4, 5]
    assert problems[2][1] == "'nobody' is not an email address"


def test_many_quotes_that_never_end_are_read_in_time() -> None:
    rows = read(b"address,cause\n" + b'anna@b.test,hard,"x\n' * 20_000)
    assert len(rows) == 20_000
    rows = read(b'address,cause\nanna@example.org,manual\n"' + b"x\n" * 100_000)
    assert isinstance(rows[0], Entry)
    assert len(rows) == 100_001
    assert all(isinstance(row, Problem) for row in rows[1:])


@pytest.mark.parametrize(
    "text",
    [
        '{"email": "a@b.test", "cause": "hard"}\n{"email": "c@d.test", "cause": "hard"}\n',
        '[{"email": "a@b.test", "cause": "hard"}, {"email": "c@d.test", "cause": "hard"}]',
        '{"x": {"y": [\n{"email": "a@b.test",\n"cause": "hard", "tags": ["x"]},\n'
        '{"email": "c@d.test", "cause": "hard"}]}, "z": []}',
        '{"data": [{"email": "a@b.test", "cause": "hard"}]}\n{"data": [{"email": "c@d.test", "cause": "hard"}]}\n',
    ],
)
def test_json_in_any_shape(text: str) -> None:
    assert [row.address for row in read(text.encode()) if isinstance(row, Entry)] == ["a@b.test", "c@d.test"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("[]", 0),
        (" [ ]\n", 0),
        ("[]\n" * 2, 0),
        ("[]\n" * 99 + "x", 1),
        ("[[]]", 1),
        ("[", 1),
        ('["a@b.test", "c@d.test"]', 1),
        ("[1", 1),
    ],
)
def test_json_without_an_object_is_a_problem_unless_it_is_empty(text: str, rows: int) -> None:
    assert [isinstance(row, Problem) for row in read(text.encode())] == [True] * rows


def emptied(value: Any) -> Any:
    """``value`` with no records in the arrays that had some."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return []
    return {name: emptied(inner) for name, inner in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_an_answer_without_records_is_empty(path: Path) -> None:
    answer = json.dumps(emptied(json.loads(path.read_text("utf-8"))))
    assert "[]" in answer
    assert read(answer.encode()) == []
    assert read(f"{answer}\n{answer}\n".encode()) == []
    mixed = f'{answer}\n{{"data": [{{"email": "a@b.test", "cause": "hard"}}]}}\n'
    assert addresses(mixed) == ["a@b.test"]


@pytest.mark.parametrize(
    "text", ['{"rows": []}', '{"total": 0, "page": 1, "next": null, "more": false, "rows": []}', '{"a": {"b": []}}']
)
def test_what_holds_an_empty_array_alone_is_empty(text: str) -> None:
    """Whatever the program that wrote it calls the array."""
    assert read(text.encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"name": "x", "tags": [], "data": {}}',
        '{"rows": [], "error": true}',
        '{"total": 0, "rows": {}}',
        '{"errors": ["forbidden"], "data": []}',
        '{"data": [], "meta": {"error": "forbidden"}}',
        '{"address": "<a@b.test", "data": []}',
        '{"user": {"mail": "a@b.test"}, "data": []}',
        '{"data": [[]]}',
        '{"data": ["a@b.test"]}',
    ],
)
def test_json_of_another_format_is_a_problem(text: str) -> None:
    assert [type(row) for row in read(text.encode())] == [Problem]


def test_an_entry_is_none_the_less_one_with_an_empty_array() -> None:
    assert addresses('{"email": "a@b.test", "cause": "hard", "data": []}') == ["a@b.test"]


@pytest.mark.parametrize(
    "text", ['{"email": "a@b.test", "cause": "hard"', "[{nonsense", '{"a":' * 100_000, "{" * 5_000]
)
def test_what_is_no_json_is_a_problem(text: str) -> None:
    rows = read(text.encode())
    assert [row.text for row in rows if isinstance(row, Problem)][-1] == json_records.NOT_JSON


def pieces(number: int) -> Iterator[str]:
    yield '{"data": {"list": ['
    for place in range(number):
        yield f'{{"email": "a{place}@b.test", "text": "{"x" * 200}"}},\n'
    yield "{}]}}"


def test_a_large_document_is_read_in_bounded_memory() -> None:
    tracemalloc.start()
    try:
        number = sum(isinstance(record, dict) for record in json_records.json_records(pieces(100_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert number == 100_001
    assert peak < 20_000_000
