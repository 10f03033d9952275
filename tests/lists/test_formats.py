"""Each format reads the samples of its program and what it writes itself."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bounced import times
from bounced.lists.entry import LIST_KINDS, Entry, ListKind, explained
from bounced.lists.export import lines
from bounced.lists.formats import FORMATS
from bounced.lists.rows import Problem, text_of

SAMPLES = Path(__file__).parents[2] / "samples" / "lists"
FILES = sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(".expected"))
AT = datetime(2026, 9, 17, 12, tzinfo=UTC)


def program(path: Path) -> str:
    """The format of a sample: its name up to the first hyphen or dot."""
    return path.name.partition(".")[0].partition("-")[0]


def read(content: bytes, name: str, kind: ListKind | None = None) -> list[Entry | Problem | None]:
    file = io.BufferedReader(io.BytesIO(content))
    return list(FORMATS[name].entries(text_of(file, FORMATS[name].charset), kind))


def shown(entry: Entry | Problem | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    row = asdict(entry)
    return {**row, "at": times.iso_or_none(row["at"])} if isinstance(entry, Entry) else row


def test_every_format_has_a_sample() -> None:
    assert {program(path) for path in FILES} == set(FORMATS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sample_is_read_as_is_written_beside_it(path: Path) -> None:
    expected = path.with_name(f"{path.name}.expected").read_text("utf-8").splitlines()
    assert [json.dumps(shown(row), ensure_ascii=False) for row in read(path.read_bytes(), program(path))] == expected


def entry(kind: ListKind, address: str = "anna@example.org", detail: str = "", scope: str = "all") -> Entry:
    cause, reason, class_ = explained(kind, detail=detail)
    return Entry(address, cause, reason, class_, scope, AT, detail, "other")


#: What a format can't tell apart, each with what it is read as.
ALIKE: dict[str, dict[ListKind, ListKind]] = {
    "ses": {"soft": "hard", "unsubscribe": "complaint", "manual": "complaint"},
    "sendgrid": {"soft": "hard"},
    "mailgun": {"soft": "hard"},
    "postmark": {"soft": "hard"},
    "mailchimp": {"soft": "hard"},
    "brevo": {"soft": "hard"},
    "sparkpost": {"soft": "hard"},
    "resend": {"soft": "hard", "unsubscribe": "manual"},
    "mautic": {"soft": "hard", "complaint": "unsubscribe"},
    "sympa": dict.fromkeys(LIST_KINDS, "manual"),
    "sendcloud": {"soft": "hard"},
    "aliyun": {"soft": "hard", "complaint": "manual", "unsubscribe": "manual"},
}


@pytest.mark.parametrize("kind", LIST_KINDS)
@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_read_again(name: str, kind: ListKind) -> None:
    written = "".join(lines(FORMATS[name], [entry(kind)])).encode()
    [again] = read(written, name)
    assert isinstance(again, Entry)
    assert (again.address, again.kind) == ("anna@example.org", ALIKE.get(name, {}).get(kind, kind))
    assert again.at == (None if name == "sympa" else AT)


def test_our_own_format_loses_nothing() -> None:
    entries = [
        entry("hard", detail="550 5.1.1 user unknown"),
        entry("soft", detail="452 4.2.2 mailbox full", scope="marketing"),
        entry("complaint"),
        entry("unsubscribe", scope="news"),
        entry("manual", "@example.com", '=HYPERLINK("http://x")'),
        entry("manual", "*.example.com", 'a "quoted", cell'),
        entry("manual", "+plus@example.org"),
    ]
    assert read("".join(lines(FORMATS["csv"], entries)).encode(), "csv") == entries


@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].has_header])
def test_no_cell_runs_in_a_spreadsheet(name: str) -> None:
    risky = [entry("hard", "+anna@example.org", "=1+1"), entry("manual", "-bert@example.org", "@SUM(A1)")]
    text = "".join(lines(FORMATS[name], risky))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert [row.address for row in read(text.encode(), name) if isinstance(row, Entry)] == [
        "+anna@example.org",
        "-bert@example.org",
    ]


def test_patterns_are_written_where_the_program_knows_them() -> None:
    patterns = [entry("manual", "@example.com"), entry("manual", "*.example.com")]
    written = {name: "".join(lines(FORMATS[name], patterns)).count("example.com") for name in FORMATS}
    assert {name: number for name, number in written.items() if number} == {"csv": 2, "aliyun": 1, "sympa": 2}
