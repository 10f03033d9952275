"""The tables that other programs read are the documented ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from bounced import model, reasons
from tests.support import documents
from tests.support.documents import DOCS

DATABASE = DOCS / "database.md"


def test_every_migration_is_documented(story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        applied = [name for (name,) in reader.execute("SELECT name FROM _sqlite_migrations ORDER BY name")]
    assert [row[0] for row in documents.table(DATABASE, "## Migrations")] == applied


@pytest.mark.parametrize("view", ["suppressed", "events_view"])
def test_the_columns_of_the_views(view: str, story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        columns = reader.execute("SELECT name, type FROM pragma_table_info(?)", [view]).fetchall()
    documented = [tuple(row[:2]) for row in documents.table(DATABASE, f"## {view}")]
    assert documented == [(name, type_ or "TEXT") for name, type_ in columns]


def test_the_columns_of_the_rates(story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        columns = [name for (name,) in reader.execute("SELECT name FROM pragma_table_info('campaign_health')")]
    assert [row[0] for row in documents.table(DATABASE, "## campaign_health")] == columns


def test_the_number_of_reasons() -> None:
    assert f"One of {len(reasons.REASONS)}, each" in DATABASE.read_text("utf-8")


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("kind", get_args(model.Kind)),
        ("action", get_args(model.Action)),
        ("class", get_args(model.Class)),
        ("trust", get_args(model.Trust)),
        ("cause", get_args(model.Cause)),
    ],
)
def test_the_closed_lists(heading: str, values: tuple[str, ...]) -> None:
    assert [row[0].strip("'") for row in documents.table(DATABASE, f"### {heading}")] == list(values)
