"""What the documentation shows runs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bounced import policy
from bounced.ledger.ledger import Ledger
from tests.support import documents
from tests.support.documents import DOCS, PAGES, README
from tests.support.story import INSTALLED, prepared, run_examples, shell


def test_the_readme_shows_what_its_commands_print(tmp_path: Path) -> None:
    [block] = documents.blocks(README, "console")
    assert block.startswith("$ bounced scan samples/story\n22 messages: ")
    assert run_examples(block, prepared(tmp_path)) == block, "run: python -m tests.docs.test_docs"


def statements() -> list[str]:
    """Every SQL statement of the documentation."""
    return [
        statement.strip()
        for page in PAGES
        for block in documents.blocks(page, "sql")
        for statement in block.split(";")
        if statement.strip()
    ]


@pytest.mark.parametrize("statement", statements())
def test_sql_examples_find_something(statement: str, story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        reader.execute("CREATE TEMP TABLE recipients AS SELECT 'Ben@example.net' AS address")
        asked = {"covering": '["erik@example.net", "@example.net"]', "mailbox": None}
        assert reader.execute(statement, asked).fetchall() or "FROM incidents" in statement, "the story has none"


def test_the_shell_example_for_lists_of_addresses(story: Path) -> None:
    (story.parent / "recipients.txt").write_text("Anna@example.org\nBEN@example.net\nerik@example.net\n")
    [loop] = [block for block in documents.blocks(DOCS / "readers.md", "sh") if "bounced check" in block]
    assert shell(loop, story.parent).stdout == ""
    assert (story.parent / "may-be-mailed.txt").read_text() == "ben@example.net\n"


def test_the_python_example(story: Path) -> None:
    [example] = documents.blocks(DOCS / "readers.md", "python")
    assert INSTALLED in example
    names: dict[str, Any] = {}
    exec(example.replace(INSTALLED, str(story)), names)
    with closing(names["ledger"]):
        asked = [("Anna@example.org", "all"), ("erik@example.net", "all"), ("erik@example.net", "marketing")]
        assert [names["may_be_mailed"](*question) for question in asked] == [False, True, False]


@pytest.fixture
def international(tmp_path: Path) -> Path:
    """A database in which an address with an international domain is suppressed."""
    with Ledger(str(tmp_path / "bounced.db"), policy.Policy()) as ledger:
        ledger.decisions.decide(["анна@xn--e1afmkfd.xn--p1ai"], "suppress", "all", "")
    return tmp_path / "bounced.db"


U_LABELS = ("АННА@пример.рф", "анна@ПРИМЕР.рф", "анна@xn--e1afmkfd.xn--p1ai")


@pytest.mark.parametrize("text", U_LABELS)
def test_the_python_example_finds_international_domains(international: Path, text: str) -> None:
    [example] = documents.blocks(DOCS / "readers.md", "python")
    names: dict[str, Any] = {}
    exec(example.replace(INSTALLED, str(international)), names)
    with closing(names["ledger"]):
        assert not names["may_be_mailed"](text)
        assert names["may_be_mailed"]("бен@пример.рф")


@pytest.mark.parametrize("text", U_LABELS)
def test_the_statements_for_php_and_exim_find_international_domains(international: Path, text: str) -> None:
    [php] = documents.blocks(DOCS / "readers.md", "php")
    [exim] = [block for block in documents.blocks(DOCS / "readers.md", "text") if "lookup sqlite" in block]
    for example, expansion in ((php, ":address"), (exim, "'${quote_sqlite:${lc:$local_part@$domain}}'")):
        statement = re.search(
            r"SELECT 1 FROM.*?(?=\"|})", example.replace("\\\n", " ").replace(expansion, "?1"), re.DOTALL
        )
        assert statement
        with closing(sqlite3.connect(f"file:{international}?mode=ro", uri=True)) as reader:
            assert reader.execute(statement[0], [text.lower()]).fetchall() == [(1,)]
            assert reader.execute(statement[0], ["бен@пример.рф"]).fetchall() == []


def test_the_example_for_programs_that_send(story: Path) -> None:
    [example] = documents.blocks(DOCS / "sent.md", "python")
    assert INSTALLED in example
    names: dict[str, Any] = {}
    exec(example.replace(INSTALLED, str(story)), names)
    with closing(names["db"]) as db:
        for _ in range(2):
            names["sent"]("<1@our.test>", "Anna@example.org", "spring")
        assert db.execute("SELECT message_id, address, campaign FROM sends").fetchall() == [
            ("1@our.test", "anna@example.org", "spring")
        ]
