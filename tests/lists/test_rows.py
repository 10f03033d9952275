"""Files in any common encoding, with any common separator; bad lines cost themselves alone."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest

from bounced.lists import json_records
from bounced.lists.entry import Entry
from bounced.lists.formats import FORMATS
from bounced.lists.rows import Problem, text_of

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
        (4, "is no date that can be read; 2026-09-01T12:00:00Z is one"),
        (5, "'because' is no cause of a suppression that is known"),
        (6, "has no address"),
        (7, "has 5 cells for 3 columns"),
        (9, "does not say why it is suppressed: add --cause"),
        (10, "is a date before 1990"),
    ]


def test_a_quote_that_never_ends_costs_what_follows_at_most() -> None:
    rows = read(b'address,cause\nanna@example.org,manual\n"' + b"x\n" * 100_000)
    assert isinstance(rows[0], Entry)
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
